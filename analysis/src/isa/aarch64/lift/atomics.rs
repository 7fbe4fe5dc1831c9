//! Exclusives, atomic memory operations, tags and memory copies (DDI 0487, C4.1 "Loads and Stores").

use exarmo_aarch64::{Mnemonic, Operand, Reg};

use super::super::operands::{Lifter, part};
use super::memory::{Address, address, operand, write_back};
use crate::effects::{Access, Condition, Effect, Expression, HavocCause, Operation, Part, Test};

/// Lifts an instruction of this kind; `None` for any other.
pub fn lift(lifter: &mut Lifter<'_>) -> Option<()> {
    use Mnemonic::*;
    match lifter.mnemonic() {
        Ldxr | Ldaxr | Ldtxr | Ldatxr => load_exclusive(lifter, None),
        Ldxrb | Ldaxrb => load_exclusive(lifter, Some(8)),
        Ldxrh | Ldaxrh => load_exclusive(lifter, Some(16)),
        Ldxp | Ldaxp => load_exclusive_pair(lifter),
        Stxr | Stlxr | Sttxr | Stltxr => store_exclusive(lifter, None),
        Stxrb | Stlxrb => store_exclusive(lifter, Some(8)),
        Stxrh | Stlxrh => store_exclusive(lifter, Some(16)),
        Stxp | Stlxp => store_exclusive(lifter, None),
        Cas | Casa | Casl | Casal | Cast | Casat | Caslt | Casalt => compare_and_swap(lifter, None),
        Casb | Casab | Caslb | Casalb => compare_and_swap(lifter, Some(8)),
        Cash | Casah | Caslh | Casalh => compare_and_swap(lifter, Some(16)),
        Casp | Caspa | Caspl | Caspal | Caspt | Caspat | Casplt | Caspalt => pair_swap(lifter),
        Clrex => Some(()),
        Stg | St2g | Stzg | Stz2g => store_tags(lifter),
        Stgp => store_tagged_pair(lifter),
        Ldg => load_tag(lifter),
        Ldgm | Stgm | Stzgm => tags_of_a_block(lifter),
        Ld64b | St64b | St64bv | St64bv0 => block_of_64(lifter),
        Ldraa | Ldrab => authenticated_load(lifter),
        _ => {
            let name = lifter.mnemonic().name();
            if name.starts_with("cpy") || name.starts_with("set") && operand(lifter).is_some() {
                return copy_or_set(lifter);
            }
            modify(lifter, name)
        }
    }
}

/// An access that faults unless it is naturally aligned.
fn aligned(at: Expression, bits: u16) -> Access {
    let bytes = u64::from(bits / 8);
    Access { alignment: Some(bytes as u32), ..Access::plain(at, bytes) }
}

fn target(lifter: &Lifter<'_>) -> Option<Address> {
    Some(address(lifter, &operand(lifter)?))
}

fn load_exclusive(lifter: &mut Lifter<'_>, bits: Option<u16>) -> Option<()> {
    let reg = lifter.register(0)?.reg;
    let at = target(lifter)?.at;
    let value = lifter.load(aligned(at, bits.unwrap_or(part(reg).0)));
    lifter.write(reg, value.zero_extend(part(reg).0));
    Some(())
}

fn load_exclusive_pair(lifter: &mut Lifter<'_>) -> Option<()> {
    let (one, other) = (lifter.register(0)?.reg, lifter.register(1)?.reg);
    let bits = part(one).0;
    let at = target(lifter)?.at;
    let pair = lifter.load(aligned(at, 2 * bits));
    lifter.write(one, pair.clone().slice(0, bits));
    lifter.write(other, pair.slice(bits, bits));
    Some(())
}

/// The status register, the register or registers to store, the memory.
fn store_exclusive(lifter: &mut Lifter<'_>, bits: Option<u16>) -> Option<()> {
    let status = lifter.register(0)?.reg;
    let (first, second) = (lifter.register(1)?.reg, lifter.register(2));
    let bits = bits.unwrap_or(part(first).0);
    let mut value = lifter.read(first).slice(0, bits);
    let mut width = bits;
    if let Some(second) = second {
        value = Expression::Join(vec![value, lifter.read(second.reg)]);
        width += bits;
    }
    let at = target(lifter)?.at;
    lifter.store(Access { conditional: true, ..aligned(at, width) }, Some(value));
    // 0 or 1: whether the monitor still held.
    lifter.write(status, Expression::zeros(32));
    if let (_, Some(part)) = part(status) {
        lifter.havoc(Part { bits: 1, ..part }, HavocCause::Varying);
    }
    Some(())
}

fn compare_and_swap(lifter: &mut Lifter<'_>, bits: Option<u16>) -> Option<()> {
    let (compared, new) = (lifter.register(0)?.reg, lifter.register(1)?.reg);
    let bits = bits.unwrap_or(part(compared).0);
    let at = target(lifter)?.at;
    let old = lifter.load(aligned(at.clone(), bits));
    let new = lifter.read(new).slice(0, bits);
    let expected = lifter.read(compared).slice(0, bits);
    store_if_equal(lifter, aligned(at, bits), (&old, expected), new);
    lifter.write(compared, old.zero_extend(part(compared).0));
    Some(())
}

/// Stores the new value if memory holds the expected one, else perhaps the old one.
fn store_if_equal(
    lifter: &mut Lifter<'_>,
    access: Access,
    (old, expected): (&Expression, Expression),
    new: Expression,
) {
    let holds = Condition::holds(Test::Equal(old.clone(), expected));
    let value = Expression::Choose(Box::new(holds), Box::new(new), Box::new(old.clone()));
    lifter.store(Access { conditional: true, ..access }, Some(value));
}

fn pair_swap(lifter: &mut Lifter<'_>) -> Option<()> {
    let regs: Vec<Reg> =
        (0..4).map(|index| lifter.register(index).map(|it| it.reg)).collect::<Option<_>>()?;
    let bits = part(regs[0]).0;
    let at = target(lifter)?.at;
    let old = lifter.load(aligned(at.clone(), 2 * bits));
    let expected = Expression::Join(vec![lifter.read(regs[0]), lifter.read(regs[1])]);
    let new = Expression::Join(vec![lifter.read(regs[2]), lifter.read(regs[3])]);
    store_if_equal(lifter, aligned(at, 2 * bits), (&old, expected), new);
    lifter.write(regs[0], old.clone().slice(0, bits));
    lifter.write(regs[1], old.slice(bits, bits));
    Some(())
}

/// What an atomic operation does to memory.
enum Modification {
    Swap,
    Add,
    Clear,
    Xor,
    Set,
    Extreme {
        signed: bool,
        greater: bool,
    },
    /// Something that is not followed.
    Other,
}

/// `ld<op>`, `st<op>`, `swp` and their kin: the memory becomes something of its old value and a
/// register, and another register gets the old value.
fn modify(lifter: &mut Lifter<'_>, name: &str) -> Option<()> {
    let (stem, returns) = if let Some(stem) = name.strip_prefix("ld") {
        (stem, true)
    } else if let Some(stem) = name.strip_prefix("st") {
        (stem, false)
    } else if name.starts_with("swp") || name.starts_with("rcw") {
        (name, true)
    } else {
        return None;
    };
    // Unprivileged forms have a `t` in front.
    let stem = stem.strip_prefix('t').filter(|_| name.len() > 4).unwrap_or(stem);
    let known: [(&str, Modification); 9] = [
        ("swp", Modification::Swap),
        ("add", Modification::Add),
        ("clr", Modification::Clear),
        ("eor", Modification::Xor),
        ("set", Modification::Set),
        ("smax", Modification::Extreme { signed: true, greater: true }),
        ("smin", Modification::Extreme { signed: true, greater: false }),
        ("umax", Modification::Extreme { signed: false, greater: true }),
        ("umin", Modification::Extreme { signed: false, greater: false }),
    ];
    let others = ["fadd", "fmax", "fmin", "bfadd", "bfmax", "bfmin", "rcw"];
    let found = known.into_iter().find(|(word, _)| stem.starts_with(word));
    let (word, modification) = match found {
        Some(found) => found,
        None => (*others.iter().find(|word| stem.starts_with(**word))?, Modification::Other),
    };
    let suffix = &stem[word.len()..];
    let operands = lifter.code.operands.len();
    // Pairs: both registers are written and read.
    if suffix.starts_with('p') || operands == 5 || word == "rcw" {
        return modify_pair(lifter);
    }
    let source = lifter.register(0)?.reg;
    let width = part(source).0;
    let bits = match suffix.chars().last() {
        Some('b') => 8,
        Some('h') => 16,
        _ => width,
    };
    let at = target(lifter)?.at;
    let old = lifter.load(aligned(at.clone(), bits));
    let value = lifter.read(source).slice(0, bits);
    let new = modified(&modification, old.clone(), value, bits);
    lifter.store(aligned(at, bits), Some(new));
    if returns && let Some(destination) = lifter.register(1) {
        lifter.write(destination.reg, old.zero_extend(part(destination.reg).0));
    }
    Some(())
}

fn modified(kind: &Modification, old: Expression, value: Expression, bits: u16) -> Expression {
    let two = |operation, one, other| Expression::computed(operation, vec![one, other], bits);
    match kind {
        Modification::Swap => value,
        Modification::Add => two(Operation::Add, old, value),
        Modification::Xor => two(Operation::Xor, old, value),
        Modification::Set => two(Operation::Or, old, value),
        Modification::Clear => {
            let kept = Expression::computed(Operation::Not, vec![value], bits);
            two(Operation::And, old, kept)
        }
        Modification::Extreme { signed, greater } => {
            let (one, other) = (old.clone(), value.clone());
            let test = if *signed { Test::LessSigned(one, other) } else { Test::Less(one, other) };
            let (less, more) = (Box::new(old), Box::new(value));
            let (taken, rest) = if *greater { (more, less) } else { (less, more) };
            Expression::Choose(Box::new(Condition::holds(test)), taken, rest)
        }
        Modification::Other => two(Operation::Function("atomic".into()), old, value),
    }
}

/// Atomic operations on pairs: what comes of memory is not followed, and both registers of the
/// pair hold its old value.
fn modify_pair(lifter: &mut Lifter<'_>) -> Option<()> {
    let regs: Vec<Reg> = lifter
        .code
        .operands
        .iter()
        .filter_map(|operand| match operand {
            Operand::Reg(register) => Some(register.reg),
            _ => None,
        })
        .collect();
    let at = target(lifter)?.at;
    let bits = 64 * u16::from(lifter.mnemonic().name().contains('p')) + 64;
    let old = lifter.load(aligned(at.clone(), bits));
    lifter.store(Access { conditional: true, ..aligned(at, bits) }, None);
    let inputs: Vec<Expression> = regs.iter().map(|reg| lifter.read(*reg)).collect();
    for reg in &regs {
        let name = format!("{} {reg}", lifter.mnemonic().name());
        let mut inputs = inputs.clone();
        inputs.push(old.clone());
        let value = Expression::computed(Operation::Function(name.into()), inputs, part(*reg).0);
        lifter.write(*reg, value);
    }
    if lifter.mnemonic().name().starts_with("rcw") {
        super::general::set_flags(lifter, vec![old]);
    }
    Some(())
}

/// Allocation tags are written, and with them data where the mnemonic has a `z`.
fn store_tags(lifter: &mut Lifter<'_>) -> Option<()> {
    let address = target(lifter)?;
    let mnemonic = lifter.mnemonic();
    let bytes = if matches!(mnemonic, Mnemonic::St2g | Mnemonic::Stz2g) { 32 } else { 16 };
    let zeroes = matches!(mnemonic, Mnemonic::Stzg | Mnemonic::Stz2g);
    let access = Access { alignment: Some(16), ..Access::plain(address.at.clone(), bytes) };
    let access = Access { conditional: !zeroes, ..access };
    let value = zeroes.then(|| Expression::zeros(8 * bytes as u16));
    lifter.store(access, value);
    // The tag of the memory.
    let tag = lifter.read(lifter.register(0)?.reg).slice(56, 4);
    lifter.use_in_system(tag);
    write_back(lifter, address);
    Some(())
}

fn store_tagged_pair(lifter: &mut Lifter<'_>) -> Option<()> {
    let address = target(lifter)?;
    let pair = vec![lifter.value(0, 64)?, lifter.value(1, 64)?];
    lifter.store(aligned(address.at.clone(), 128), Some(Expression::Join(pair)));
    write_back(lifter, address);
    Some(())
}

/// The tag goes into bits 59:56 of the destination, which keeps the others.
fn load_tag(lifter: &mut Lifter<'_>) -> Option<()> {
    let at = target(lifter)?.at;
    let access = Access { conditional: true, ..Access::plain(at, 16) };
    let loaded = lifter.load(access);
    let (_, part) = part(lifter.register(0)?.reg);
    let tag = Expression::computed(Operation::Function("tag".into()), vec![loaded], 4);
    if let Some(part) = part {
        lifter.effects.list.push(Effect::Set(Part { low: 56, bits: 4, ..part }, tag));
    }
    Some(())
}

fn tags_of_a_block(lifter: &mut Lifter<'_>) -> Option<()> {
    let at = target(lifter)?.at;
    let access = Access::of_unknown_length(at);
    if lifter.mnemonic() == Mnemonic::Ldgm {
        let loaded = lifter.load(access);
        let tags = Expression::computed(Operation::Function("tags".into()), vec![loaded], 64);
        lifter.set(tags);
    } else {
        lifter.store(access, None);
    }
    Some(())
}

/// Eight registers from or to 64 bytes (FEAT_LS64).
fn block_of_64(lifter: &mut Lifter<'_>) -> Option<()> {
    let loads = lifter.mnemonic() == Mnemonic::Ld64b;
    let returns = matches!(lifter.mnemonic(), Mnemonic::St64bv | Mnemonic::St64bv0);
    let first = lifter.register(usize::from(returns))?.reg.num();
    let row: Vec<Reg> = (0..8)
        .filter_map(|number| exarmo_aarch64::XRegZr::try_new(first + number).map(Reg::X))
        .collect();
    let at = target(lifter)?.at;
    if loads {
        let value = lifter.load(aligned(at, 512));
        for (number, reg) in (0u16..).zip(row) {
            lifter.write(reg, value.clone().slice(64 * number, 64));
        }
        return Some(());
    }
    let values = row.into_iter().map(|reg| lifter.read(reg)).collect();
    lifter
        .store(Access { conditional: returns, ..aligned(at, 512) }, Some(Expression::Join(values)));
    if returns && let (_, Some(part)) = part(lifter.register(0)?.reg) {
        lifter.havoc(part, HavocCause::Varying);
    }
    Some(())
}

/// The base is authenticated before the load.
fn authenticated_load(lifter: &mut Lifter<'_>) -> Option<()> {
    let memory = operand(lifter)?;
    let address = address(lifter, &memory);
    let name = if lifter.mnemonic() == Mnemonic::Ldraa { "autda" } else { "autdb" };
    let at = Expression::computed(Operation::Function(name.into()), vec![address.at], 64);
    let value = lifter.load(Access::plain(at.clone(), 8));
    if let Some((base, _)) = address.back {
        lifter.write(base, at);
    }
    lifter.set(value);
    Some(())
}

/// `cpy*` and `set*` (FEAT_MOPS): an unknown stretch of memory, and all registers move on; the
/// first of the three instructions of a sequence leaves a code in the flags, which the others read
/// (DDI 0487 C6.2 CPYP, CPYM, CPYE).
fn copy_or_set(lifter: &mut Lifter<'_>) -> Option<()> {
    let mut regs: Vec<(Reg, bool)> = Vec::new();
    for operand in lifter.code.operands.iter() {
        match operand {
            Operand::Mem(memory) => regs.push((memory.base, true)),
            Operand::Reg(register) => regs.push((register.reg, false)),
            _ => {}
        }
    }
    let inputs: Vec<Expression> = regs.iter().map(|(reg, _)| lifter.read(*reg)).collect();
    let memory = regs.iter().filter(|(_, is_memory)| *is_memory).count();
    let wide = |at| Access { conditional: true, ..Access::of_unknown_length(at) };
    if memory == 2 {
        lifter.load(wide(inputs[1].clone()));
    }
    lifter.store(wide(inputs.first()?.clone()), None);
    // Of `set*` the last register is the byte.
    let written = if memory == 2 { 3 } else { 2 };
    let mut all = inputs.clone();
    // `cpyp`, `cpyfp`, `setp` and `setgp` are the first of their sequences.
    let name = lifter.mnemonic().name();
    let stage = ["cpyf", "cpy", "setg", "set"].iter().find_map(|kind| name.strip_prefix(kind));
    let is_first = stage.is_some_and(|stage| stage.starts_with('p'));
    if !is_first {
        all.extend(super::super::operands::FLAGS.map(|(flag, _)| lifter.flag(flag)));
    }
    for (reg, _) in regs.into_iter().take(written) {
        let name = format!("{} {reg}", lifter.mnemonic().name());
        let value = Expression::computed(Operation::Function(name.into()), all.clone(), 64);
        lifter.write(reg, value);
    }
    if is_first {
        super::general::set_flags(lifter, inputs);
    }
    Some(())
}
