//! What the model says about an instruction: which bits of state it may change, which bits may
//! matter to what it does, and which memory it reads and writes.
//!
//! This is the decoder's own account with our tables of meaning on top: what every analysis of a
//! block starts from.

use iced_x86::{InstructionInfoFactory, OpAccess, Register, RflagsBits, UsedMemory, UsedRegister};

use asm_analysis::isa::x86::meaning::{FloatingState, OperandAccess};

use crate::state::{State, word};
use crate::trial::{Trial, register_value};

/// A range of memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Range {
    /// Its first byte.
    pub start: u64,
    /// The byte after its last.
    pub end: u64,
}

/// The model's account of one instruction in one state.
pub struct Claims {
    /// Bits that may change.
    pub writes: State,
    /// Bits that may matter.
    pub reads: State,
    /// Status flags whose value afterwards may be anything.
    pub undefined_flags: u64,
    /// Memory that may be written.
    pub memory_writes: Vec<Range>,
    /// Memory whose content may matter.
    pub memory_reads: Vec<Range>,
    /// What is written, one for each claim, for the count of claims that never come true.
    pub roles: Vec<Role>,
}

/// What can be changed before a run without any effect but on itself.
pub struct Unread {
    /// Bits of the state.
    pub bits: State,
    /// Bits of the state that may be anything afterwards, whatever they were.
    pub anything: State,
    /// Memory that must be left alone.
    pub memory: Vec<Range>,
    /// The end of the stack whose content afterwards is not compared; 0 for none.
    pub hidden: u64,
}

/// One thing that an instruction is said to write.
pub struct Role {
    /// What it is, the same for all encodings of a form.
    pub name: String,
    /// Where it may be in this encoding: first and last word, bits of each. Empty for memory.
    pub runs: Vec<(usize, usize, u64)>,
}

/// rflags' bits in the decoder's order: the decoder's bit, ours, a name.
const FLAGS: [(u32, u64, &str); 9] = [
    (RflagsBits::CF, 1 << 0, "CF"),
    (RflagsBits::PF, 1 << 2, "PF"),
    (RflagsBits::AF, 1 << 4, "AF"),
    (RflagsBits::ZF, 1 << 6, "ZF"),
    (RflagsBits::SF, 1 << 7, "SF"),
    (RflagsBits::DF, 1 << 10, "DF"),
    (RflagsBits::OF, 1 << 11, "OF"),
    (RflagsBits::AC, 1 << 18, "AC"),
    (RflagsBits::IF, 1 << 9, "IF"),
];

fn flags(decoder: u32) -> u64 {
    FLAGS.iter().filter(|(theirs, ..)| decoder & theirs != 0).map(|(_, ours, _)| ours).sum()
}

impl Claims {
    /// The account of `trial`.
    pub fn of(trial: &Trial, factory: &mut InstructionInfoFactory) -> Claims {
        let mut claims = Claims {
            writes: State::zero(),
            reads: State::zero(),
            undefined_flags: flags(
                trial.instruction.rflags_undefined() | trial.meaning.undefined_flags,
            ),
            memory_writes: Vec::new(),
            memory_reads: Vec::new(),
            roles: Vec::new(),
        };
        let info = factory.info(&trial.instruction);
        for used in info.used_registers() {
            claims.add_register(trial, *used);
        }
        for used in info.used_memory() {
            claims.add_memory(trial, used);
        }
        claims.add_flags(trial);
        claims.add_floating(trial);
        if let Some((start, bytes, write)) = trial.hidden_access() {
            let range = Range { start, end: start + bytes };
            if write { claims.memory_writes.push(range) } else { claims.memory_reads.push(range) }
        }
        claims
    }

    /// What is claimed not to matter.
    pub fn unread(&self) -> Unread {
        let mut bits = self.reads.clone();
        bits.words_mut().iter_mut().for_each(|word| *word = !*word);
        let mut anything = State::zero();
        anything[word::FLAGS] = self.undefined_flags;
        Unread { bits, anything, memory: self.memory_reads.clone(), hidden: 0 }
    }

    fn add_flags(&mut self, trial: &Trial) {
        let instruction = &trial.instruction;
        if !trial.meaning.flags_kept {
            self.writes[word::FLAGS] |= flags(instruction.rflags_modified()) | self.undefined_flags;
            for (theirs, ours, name) in FLAGS {
                let defined = instruction.rflags_modified() & !instruction.rflags_undefined();
                if defined & theirs != 0 {
                    let runs = vec![(word::FLAGS, word::FLAGS, ours)];
                    self.roles.push(Role { name: name.to_owned(), runs });
                }
            }
        }
        self.reads[word::FLAGS] |= flags(instruction.rflags_read());
    }

    fn add_floating(&mut self, trial: &Trial) {
        let meaning = &trial.meaning;
        let raised = u64::from(meaning.sse_flags.bits());
        self.writes[word::MXCSR] |= raised;
        for bit in (0..6).map(|bit| 1u64 << bit).filter(|bit| raised & bit != 0) {
            let name = format!("mxcsr {bit:#x}");
            self.roles.push(Role { name, runs: vec![(word::MXCSR, word::MXCSR, bit)] });
        }
        if meaning.changes_x87_status || meaning.enters_mmx {
            for place in [word::X87_STATUS, word::X87_TAGS] {
                self.writes[place] = u64::MAX;
                self.reads[place] = u64::MAX;
            }
        }
        if meaning.enters_mmx {
            // A write of an MMX register sets its sign and exponent to all ones.
            for register in 0..8 {
                if self.writes[word::X87 + 2 * register] != 0 {
                    self.writes[word::X87 + 2 * register + 1] = 0xFFFF;
                }
            }
        }
        if meaning.pushes_x87 {
            let increment = trial.instruction.fpu_stack_increment_info().increment();
            let top = (trial.state.x87_top() as i32 + increment) & 7;
            let first = word::X87 + 2 * top as usize;
            let runs = vec![(first, first + 1, u64::MAX)];
            self.writes[first] = u64::MAX;
            self.writes[first + 1] = u64::MAX;
            self.roles.push(Role { name: "x87 push".to_owned(), runs });
        }
        let Some(state) = meaning.floating_state else { return };
        let x87 = word::X87_CONTROL..word::MASK;
        let control_and_status = word::X87_CONTROL..word::X87_TAGS;
        let status = word::X87_STATUS..word::X87_TAGS;
        let tags = word::X87_TAGS..word::MASK;
        let registers = word::X87..word::VECTOR;
        let mxcsr = word::MXCSR..word::X87_CONTROL;
        let all = word::MXCSR..word::COUNT;
        use FloatingState as F;
        let (written, read) = match state {
            F::ResetX87 | F::LoadX87Environment => (vec![x87], vec![]),
            F::EmptyX87 => (vec![tags], vec![]),
            // Unmasking sets or clears the summary of pending exceptions.
            F::LoadX87Control => (vec![control_and_status], vec![x87]),
            F::SaveX87Control => (vec![], vec![x87]),
            F::SaveX87Status => (vec![], vec![status]),
            // What the full tags say about a register depends on its content.
            F::SaveX87Environment => (vec![control_and_status], vec![x87, registers]),
            F::LoadX87 => (vec![x87, registers], vec![]),
            F::SaveAndResetX87 => (vec![x87.clone()], vec![x87, registers]),
            F::LoadMxcsr => (vec![mxcsr], vec![]),
            F::SaveMxcsr => (vec![], vec![mxcsr]),
            F::LoadFxImage => (vec![all], vec![]),
            F::LoadXsaveImage => (vec![all.clone()], vec![all]),
            F::SaveFxImage | F::SaveXsaveImage => (vec![], vec![all]),
        };
        for place in written.into_iter().flatten() {
            self.writes[place] = u64::MAX;
        }
        for place in read.into_iter().flatten() {
            self.reads[place] = u64::MAX;
        }
    }

    fn add_register(&mut self, trial: &Trial, used: UsedRegister) {
        let (reads, writes) = directions(used.access());
        let runs = places(trial, used.register());
        for (first, last, bits) in runs.iter().copied() {
            for place in first..=last {
                if writes {
                    self.writes[place] |= bits;
                }
                if reads {
                    self.reads[place] |= bits;
                }
            }
        }
        if writes && !runs.is_empty() {
            let number = self.roles.len();
            let name = format!("register write {number} of {} bytes", used.register().size());
            self.roles.push(Role { name, runs });
        }
    }

    fn add_memory(&mut self, trial: &Trial, used: &UsedMemory) {
        if trial.meaning.leaves_operand_alone() {
            return;
        }
        let (mut reads, mut writes) = directions(used.access());
        if trial.meaning.operand_access == OperandAccess::ReadWrite {
            (reads, writes) = (true, true);
        }
        for range in ranges(trial, used) {
            if writes {
                self.memory_writes.push(range);
            }
            if reads {
                self.memory_reads.push(range);
            }
        }
        if writes {
            self.roles.push(Role { name: "memory write".to_owned(), runs: Vec::new() });
        }
    }
}

/// Whether an access reads, and whether it writes.
fn directions(access: OpAccess) -> (bool, bool) {
    match access {
        OpAccess::None | OpAccess::NoMemAccess => (false, false),
        OpAccess::Read | OpAccess::CondRead => (true, false),
        OpAccess::Write | OpAccess::CondWrite => (false, true),
        OpAccess::ReadWrite | OpAccess::ReadCondWrite => (true, true),
    }
}

/// The words of a register, as runs with the bits that it has in each.
fn places(trial: &Trial, register: Register) -> Vec<(usize, usize, u64)> {
    let number = register.number();
    if register.is_gpr() {
        let place = word::GENERAL + register.full_register().number();
        let bits = match register {
            Register::AH | Register::CH | Register::DH | Register::BH => 0xFF00,
            _ if register.size() == 8 => u64::MAX,
            _ => (1 << (8 * register.size())) - 1,
        };
        vec![(place, place, bits)]
    } else if register.is_vector_register() {
        let first = word::VECTOR + 8 * number;
        vec![(first, first + register.size() / 8 - 1, u64::MAX)]
    } else if register.is_k() {
        vec![(word::MASK + number, word::MASK + number, u64::MAX)]
    } else if register.is_mm() {
        let first = word::X87 + 2 * number;
        vec![(first, first, u64::MAX)]
    } else if register.is_st() {
        // Counted from the top before, and from the top after a push or a pop.
        let top = trial.state.x87_top() as i32;
        let moved = top + trial.instruction.fpu_stack_increment_info().increment();
        [top, moved]
            .map(|top| word::X87 + 2 * (((top + number as i32) & 7) as usize))
            .map(|first| (first, first + 1, u64::MAX))
            .to_vec()
    } else {
        Vec::new()
    }
}

/// The memory that one access covers.
fn ranges(trial: &Trial, used: &UsedMemory) -> Vec<Range> {
    let state = &trial.state;
    let vector = used.index().is_vector_register();
    let elements = if vector { used.index().size() / used.vsib_size().max(1) as usize } else { 1 };
    let size = match used.memory_size().size() as u64 {
        0 => crate::native::IMAGE_BYTES as u64,
        size => size,
    };
    let mut found = Vec::new();
    for element in 0..elements {
        let address = used.virtual_address(element, |register, element, bytes| {
            if !register.is_vector_register() {
                return register_value(state, register);
            }
            let place = word::VECTOR + 8 * register.number() + element * bytes / 8;
            let value = state[place];
            // The decoder wants a 32-bit index sign-extended.
            Some(if bytes == 8 {
                value
            } else {
                (value >> (32 * (element % 2))) as u32 as i32 as i64 as u64
            })
        });
        let Some(address) = address else { continue };
        let repeats = if trial.instruction.is_string_instruction() { state[1] & 7 } else { 0 };
        found.push(Range { start: address - repeats * size, end: address + (repeats + 1) * size });
        if trial.meaning.operand_access == OperandAccess::BitString {
            let index = state[trial.instruction.op1_register().full_register().number()];
            let index = match size {
                8 => index as i64,
                4 => i64::from(index as i32),
                _ => i64::from(index as i16),
            };
            let start = address.wrapping_add_signed((index >> 3) & !(size as i64 - 1));
            found = vec![Range { start, end: start + size }];
        }
    }
    found
}
