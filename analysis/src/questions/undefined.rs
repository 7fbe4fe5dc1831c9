//! Reads of undefined bits: registers that are not inputs, bits above an input's type, flags as they
//! are on entry.
//!
//! A read counts only where the bits are seen from outside ([`Demand`](crate::machine::demand)):
//! a save for a later restore, or an instruction whose result does not depend on the bits, is none.

use rustc_hash::FxHashSet;

use crate::block::{Architecture, Block, BlockKind, Operand, RegisterOperand, ValueType};
use crate::facts::{DepartureKind, Exit, ExitKind, Facts, UndefinedRead, Use, UseKind};
use crate::machine::demand::Bits;
use crate::registers::{Register, RegisterPart};
use crate::values::{Cell, Flag, Kind, Segment, Site, Source, Word, low_mask};

/// What was given of a cell on entry.
enum Given {
    /// Everything, or it is nothing that anybody gives.
    All,
    /// Nothing.
    Nothing,
    /// The low bits: those of an input's type, from a first bit on.
    Low { from: u16, bits: u16 },
}

impl Facts {
    /// Every read of undefined bits, one for each cell. The block is the one that the facts are about.
    pub fn undefined_reads(&self, block: &Block) -> &[UndefinedRead] {
        self.answers.undefined_reads.get_or_init(|| undefined_reads(block, self))
    }
}

fn undefined_reads(block: &Block, facts: &Facts) -> Vec<UndefinedRead> {
    if block.kind == BlockKind::Global {
        return Vec::new();
    }
    let stores = stores_where_no_value_need_be(facts, block);
    let returns = returns_out(facts);
    let is_at =
        |used: &Use, sites: &FxHashSet<Site>| used.site.is_some_and(|site| sites.contains(&site));
    let matters = |used: &&Use| {
        !is_save(facts, block, used)
            && !is_picture_of_flags(facts, used)
            && !(used.kind == UseKind::Stored && is_at(used, &stores))
            && !is_at(used, &returns)
    };
    let pieces: Vec<Vec<Use>> =
        facts.uses.iter().map(|used| stored_registers(facts, used)).collect();
    let uses = facts.uses.iter().zip(&pieces).flat_map(|(used, pieces)| match pieces.is_empty() {
        true => std::slice::from_ref(used),
        false => pieces,
    });
    let uses: Vec<&Use> = uses.filter(matters).collect();
    let demand = facts.demand(uses.iter().copied());
    let mut reads: Vec<UndefinedRead> = Vec::new();
    for (cell, origin) in demand.entries(&facts.values) {
        let operand = operand_of(facts, cell);
        let given_bits = match given(block, facts, cell) {
            Given::All => continue,
            Given::Nothing => None,
            Given::Low { from, bits } => {
                // Which bits above the type an instruction takes in must be certain.
                if origin.certain & !units(cell, from, bits) == 0 {
                    continue;
                }
                Some(bits)
            }
        };
        let Some(used) = uses.get(origin.wanted_by) else { continue };
        let is_output = matches!(used.kind, UseKind::Output(_) | UseKind::Result);
        if is_output && origin.through.is_none() && goes_straight_to_its_output(facts, used, cell) {
            // An output that is never written: another rule's finding.
            continue;
        }
        if reads.iter().any(|known| known.cell == cell) {
            continue;
        }
        let read = origin.through.or(used.site.filter(|_| !is_output));
        let read = match cell {
            Cell::Flag(flag) => {
                // A picture of all flags is taken on purpose.
                let Some(single) = read_of_single_flag(facts, flag, origin.through) else {
                    continue;
                };
                read.or(Some(single))
            }
            _ => read.or_else(|| first_read(facts, cell)),
        };
        reads.push(UndefinedRead {
            cell,
            part: part_of(cell, origin.bits),
            operand,
            given_bits,
            read,
            kind: used.kind,
            seen: used.site,
        });
    }
    reads
}

/// The part of a register that spans the bits.
fn part_of(cell: Cell, bits: Bits) -> Option<RegisterPart> {
    let Cell::Register(register) = cell else { return None };
    let unit = if cell.bits() > 64 { 8 } else { 1 };
    let low = u16::try_from(bits.trailing_zeros()).ok()?.min(63);
    let end = u16::try_from(64 - bits.leading_zeros()).ok()?.max(low + 1);
    Some(RegisterPart { register, low_bit: low * unit, bits: (end - low) * unit })
}

fn first_read(facts: &Facts, cell: Cell) -> Option<Site> {
    facts.reads.iter().find(|(_, read)| *read == cell).map(|(site, _)| *site)
}

/// An instruction that asks for the flag by itself, not for all flags at once as `pushf` and
/// `lahf` do: `instruction`, if it is one, or any if none is named.
fn read_of_single_flag(facts: &Facts, flag: Flag, instruction: Option<Site>) -> Option<Site> {
    let sites: Vec<Site> = (0u32..)
        .map(Site)
        .zip(&facts.instructions)
        .filter(|(_, reached)| reached.instruction.asks_for(flag))
        .map(|(site, _)| site)
        .collect();
    let named = instruction.filter(|site| sites.contains(site));
    named.or_else(|| sites.first().copied())
}

/// The operand in whose register the cell is.
fn operand_of(facts: &Facts, cell: Cell) -> Option<usize> {
    facts
        .registers
        .iter()
        .position(|part| part.is_some_and(|part| Cell::Register(part.register) == cell))
}

/// Whether several flags are seen at once, as they were on entry: a picture that `pushf` or `lahf`
/// took. No instruction reads any of them by itself.
fn is_picture_of_flags(facts: &Facts, used: &Use) -> bool {
    let flags = used.word.segments().iter().filter(|segment| match segment.source {
        Source::Slice { value, .. } => {
            matches!(facts.values.get(value).kind, Kind::Entry(Cell::Flag(_)))
        }
        _ => false,
    });
    flags.count() > 1
}

/// The returns that leave the function from inside the block, whose use of the return address is
/// another rule's finding.
fn returns_out(facts: &Facts) -> FxHashSet<Site> {
    let departures = facts.departures.iter();
    departures
        .filter(|departure| departure.kind == DepartureKind::FrameReturn)
        .map(|departure| departure.site)
        .collect()
}

/// Whether a run of a stored word is a whole general register, or the low part of another one, as it
/// was on entry.
fn is_register_on_entry(facts: &Facts, segment: &Segment) -> bool {
    match segment.source {
        Source::Slice { value, low: 0 } => {
            matches!(facts.values.get(value).kind, Kind::Entry(Cell::Register(_)))
                && segment.bits >= facts.architecture.word_bits()
        }
        _ => false,
    }
}

/// What is stored next to each other, as a store of a pair of registers does, register by register;
/// nothing where one store has one word.
fn stored_registers(facts: &Facts, used: &Use) -> Vec<Use> {
    if used.kind != UseKind::Stored || used.word.segments().len() < 2 {
        return Vec::new();
    }
    let mut ends: Vec<u16> = Vec::new();
    for (start, segment) in used.word.runs() {
        if is_register_on_entry(facts, &segment) {
            ends.extend([start, start + segment.bits]);
        }
    }
    if ends.is_empty() {
        return Vec::new();
    }
    ends.extend([0, used.word.bits()]);
    ends.sort_unstable();
    ends.dedup();
    ends.windows(2)
        .map(|ends| Use { word: used.word.slice(ends[0], ends[1] - ends[0]), ..used.clone() })
        .collect()
}

/// A store of a whole register that is not an operand's, as it was on entry: somebody saves it. What
/// enters a naked function that never returns to a caller (the start of a trap) may be anybody, who has
/// values in all registers, and system registers serve to save one, too.
fn is_save(facts: &Facts, block: &Block, used: &Use) -> bool {
    let Some((value, low)) = used.word.as_slice() else { return false };
    let Kind::Entry(Cell::Register(register)) = facts.values.get(value).kind else { return false };
    let bits = used.word.bits();
    let architecture = block.target.architecture;
    let whole = match register {
        Register::General(_) => low == 0 && bits == architecture.word_bits(),
        // Each of the four in one `q` register is saved by itself.
        Register::Vector(_) if architecture == Architecture::Arm => bits >= 32,
        Register::Float(_) => low == 0 && bits >= if block.has_feature("d") { 64 } else { 32 },
        _ => low == 0 && bits >= architecture.preserved_vector_bits(),
    };
    let own = facts.registers.iter().flatten().any(|part| part.register == register);
    if !whole || own {
        return false;
    }
    match used.kind {
        UseKind::Stored => is_callee_saved(block, register) || is_entered_by_anybody(facts, block),
        UseKind::System => is_entered_by_anybody(facts, block),
        _ => false,
    }
}

/// Whether it is a naked function that never returns to a caller.
fn is_entered_by_anybody(facts: &Facts, block: &Block) -> bool {
    let returns = |exit: &Exit| matches!(exit.kind, ExitKind::Return { .. });
    matches!(block.kind, BlockKind::Naked(_)) && !facts.exits.iter().any(returns)
}

/// The instructions that write memory only through pointers to a `MaybeUninit`: any value does there,
/// and so does none.
fn stores_where_no_value_need_be(facts: &Facts, block: &Block) -> FxHashSet<Site> {
    let may_be_none = |operand: &RegisterOperand| {
        let pointee = operand.input.as_ref().and_then(|input| input.pointee.as_ref());
        pointee.is_some_and(|pointee| pointee.may_be_uninitialized)
    };
    let is_one =
        |operand: &Operand| matches!(operand, Operand::Register(operand) if may_be_none(operand));
    if !block.operands.iter().any(is_one) {
        return FxHashSet::default();
    }
    let (mut to_none, mut to_others) = (FxHashSet::default(), FxHashSet::default());
    for access in facts.accesses.iter().filter(|access| access.kind.writes()) {
        match pointer_operand(facts, block, &access.address).is_some_and(may_be_none) {
            true => to_none.insert(access.site),
            false => to_others.insert(access.site),
        };
    }
    to_none.retain(|site| !to_others.contains(site));
    to_none
}

/// The operand that an address is, or is at a constant distance from.
fn pointer_operand<'a>(
    facts: &Facts,
    block: &'a Block,
    address: &Word,
) -> Option<&'a RegisterOperand> {
    let (mut value, _) = address.as_slice()?;
    if let Kind::Offset { base, .. } = &facts.values.get(value).kind {
        (value, _) = base.as_slice()?;
    }
    let Kind::Entry(cell) = facts.values.get(value).kind else { return None };
    match block.operands.get(operand_of(facts, cell)?)? {
        Operand::Register(operand) => Some(operand),
        _ => None,
    }
}

/// Whether the calling convention has the register saved by the callee: a naked function's own,
/// else the target's. Of a vector register it is enough that the low part is, as `win64` has it.
fn is_callee_saved(block: &Block, register: Register) -> bool {
    if let BlockKind::Naked(abi) = &block.kind {
        return abi.callee_saved.contains(&register);
    }
    block.target.abis.get(&block.target.c_abi).is_some_and(|abi| {
        abi.clobbers.iter().all(|part| part.register != register || part.low_bit > 0)
    })
}

fn goes_straight_to_its_output(facts: &Facts, used: &Use, cell: Cell) -> bool {
    let UseKind::Output(operand) = used.kind else { return false };
    let part = facts.registers.get(operand).copied().flatten();
    part.is_some_and(|part| {
        Cell::Register(part.register) == cell
            && facts.untouched_bits(&used.word, cell, part.low_bit) != 0
    })
}

/// The bits of a cell, in the units of [`Bits`].
fn units(cell: Cell, from: u16, bits: u16) -> Bits {
    let unit = if cell.bits() > 64 { 8 } else { 1 };
    low_mask(bits.div_ceil(unit)).checked_shl(u32::from(from / unit)).unwrap_or(0)
}

fn given(block: &Block, facts: &Facts, cell: Cell) -> Given {
    match cell {
        Cell::Flag(Flag::Direction | Flag::Interrupt | Flag::AlignmentCheck)
        | Cell::OtherFlags
        | Cell::Mxcsr
        | Cell::X87Control
        | Cell::X87Status
        | Cell::Segment(_)
        | Cell::FloatStatus
        | Cell::FloatControl
        | Cell::Vector(_)
        | Cell::System(_)
        | Cell::Register(Register::X87(_) | Register::Mmx(_)) => Given::All,
        Cell::Register(register) if is_kept_by_others(facts, block, register) => Given::All,
        Cell::Flag(_) => Given::Nothing,
        Cell::Register(register) => match &block.kind {
            // A function that never returns was not called by one that follows the ABI: a
            // switch of contexts begins it, and leaves it what the callee would keep.
            BlockKind::Naked(abi)
                if facts.exits.is_empty() && abi.callee_saved.contains(&register) =>
            {
                Given::All
            }
            BlockKind::Naked(abi) => match &abi.arguments {
                Some(parts) if parts.iter().all(|part| part.register != register) => Given::Nothing,
                _ => Given::All,
            },
            _ => given_by_operands(block, facts, register),
        },
    }
}

/// Whether the register always holds something that is not the block's business: the stack and the
/// frame pointer, what the platform keeps, and the return address of a naked function.
fn is_kept_by_others(facts: &Facts, block: &Block, register: Register) -> bool {
    let architecture = facts.architecture;
    register == architecture.stack_pointer()
        || register == architecture.frame_pointer()
        || architecture.is_platform_register(register)
        || matches!(block.kind, BlockKind::Naked(_))
            && architecture.link_register() == Some(register)
}

fn given_by_operands(block: &Block, facts: &Facts, register: Register) -> Given {
    let mut given = Given::Nothing;
    for (operand, part) in block.operands.iter().zip(&facts.registers) {
        let (Operand::Register(operand), Some(part)) = (operand, part) else { continue };
        if part.register != register {
            continue;
        }
        if let Some(ValueType { bits, .. }) = operand.input {
            // A narrower value in a floating-point register is NaN-boxed (RISC-V Unpriv, "NaN
            // Boxing of Narrower Values"): the bits above it are all 1.
            if matches!(register, Register::Float(_)) {
                return Given::All;
            }
            if part.low_bit > 0 || matches!(given, Given::Low { .. }) {
                // `ah` and `al` side by side: their union is not followed.
                return Given::All;
            }
            given = Given::Low { from: part.low_bit, bits };
        }
    }
    match given {
        Given::Low { bits, .. } if bits >= register.bits().min(block_bits(block, register)) => {
            Given::All
        }
        given => given,
    }
}

/// How many bits of the register the target's instructions can see.
fn block_bits(block: &Block, register: Register) -> u16 {
    match register {
        Register::General(_) => block.target.architecture.word_bits(),
        register => register.bits(),
    }
}

/// Whether the word is, or may be, what the cell held on entry; for messages.
pub fn is_entry_of(facts: &Facts, word: &Word, cell: Cell) -> bool {
    facts.untouched_bits(word, cell, 0) != 0
}
