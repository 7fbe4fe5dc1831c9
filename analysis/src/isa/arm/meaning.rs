//! What an instruction means to the contract: the words by which the tables `system.txt` and
//! `coprocessor.txt` know it.

use exarmo_aarch32::{Instruction, Operand};

use super::decode::{Decoded, Form, State};
use super::m_profile::{Exchange, SystemKind, holds_flags, special_name};
use super::registers::PROGRAM_COUNTER;

/// The tables, by name.
pub const TABLES: &[(&str, &str)] = &[
    ("system.txt", include_str!("system.txt")),
    ("coprocessor.txt", include_str!("coprocessor.txt")),
];

/// The words by which the tables know an instruction, the most general first.
pub fn keys(decoded: &Decoded) -> Vec<String> {
    let mut keys = vec![decoded.mnemonic().to_owned()];
    match &decoded.form {
        Form::Common(instruction) => common(decoded, instruction, &mut keys),
        Form::System(form) => match form.kind {
            SystemKind::Read { special, .. } => {
                keys.extend(special_name(special).map(|name| format!("mrs:{name}")));
            }
            // The flags alone are no secret of the system's.
            SystemKind::Write { special, .. } if holds_flags(special) => {}
            SystemKind::Coprocessor(coprocessor) if !coprocessor.is_second => {
                match coprocessor.exchange {
                    Exchange::Write => keys.push("mcr:maker".to_owned()),
                    Exchange::WritePair => keys.push("mcrr:maker".to_owned()),
                    Exchange::Read | Exchange::ReadPair | Exchange::Operation => {}
                }
            }
            SystemKind::Write { special, .. } => {
                keys.extend(special_name(special).map(|name| format!("msr:{name}")));
            }
            _ => {}
        },
    }
    keys
}

fn common(decoded: &Decoded, instruction: &Instruction, keys: &mut Vec<String>) {
    let operands = instruction.operands();
    let operands: Vec<&Operand> =
        operands.as_slice().iter().filter(|operand| !matches!(operand, Operand::Cond(_))).collect();
    let symbol = |index: usize| match operands.get(index) {
        Some(Operand::Symbol(symbol)) => Some(symbol.name),
        _ => None,
    };
    let immediate = |index: usize| match operands.get(index) {
        Some(Operand::Imm { value, .. }) => Some(*value),
        _ => None,
    };
    let mnemonic = decoded.mnemonic();
    let writes_counter = || {
        let first = operands.first().map(|operand| **operand);
        matches!(first, Some(Operand::Reg(operand))
            if super::registers::part(operand.reg).is_none())
    };
    match mnemonic {
        "svc" | "bkpt" | "hlt" => {
            if is_semihosting(decoded, immediate(0).unwrap_or(0)) {
                keys.push(format!("{mnemonic}:semihosting"));
            }
        }
        "mrs" => keys.extend(symbol(1).map(|name| match name {
            "apsr" | "cpsr" | "spsr" => format!("mrs:{name}"),
            _ => "mrs:banked".to_owned(),
        })),
        "msr" => {
            let name = symbol(0).unwrap_or("");
            match name.split_once('_') {
                Some(("apsr", _)) => {}
                Some(("cpsr", fields)) if !fields.contains('c') => {}
                Some(("cpsr", _)) => keys.push("msr:control_field".to_owned()),
                Some(("spsr", _)) => keys.push("msr:spsr".to_owned()),
                _ => keys.push("msr:banked".to_owned()),
            }
        }
        "cps" | "cpsid" | "cpsie" if immediate(0).or(immediate(1)).is_some() => {
            keys.push("cps:mode".to_owned());
        }
        "vmrs" => keys.extend(symbol(1).map(|name| format!("vmrs:{name}"))),
        "vmsr" => keys.extend(symbol(0).map(|name| format!("vmsr:{name}"))),
        "subs" | "movs" if writes_counter() => keys.push(format!("{mnemonic}:pc")),
        "ldm" | "ldmda" | "ldmdb" | "ldmib"
            if matches!(operands.first(), Some(Operand::Symbol(_))) =>
        {
            let returns = operands.iter().any(|operand| {
                matches!(operand, Operand::List(list) if list.mask >> PROGRAM_COUNTER & 1 == 1)
            });
            if returns {
                keys.push("ldm:exception".to_owned());
            }
        }
        "mcr" | "mrc" if symbol(0) == Some("p15") => {
            let field = |index| immediate(index).unwrap_or(0);
            let (first, n, m, second) = (field(1), field(3), field(4), field(5));
            keys.push(format!("{mnemonic}:c{n}"));
            keys.push(format!("{mnemonic}:c{n},c{m},{second}"));
            keys.push(format!("{mnemonic}:{first},c{n},c{m},{second}"));
        }
        "mcrr" | "mrrc" if symbol(0) == Some("p15") => {
            let field = |index| immediate(index).unwrap_or(0);
            keys.push(format!("{mnemonic}:{},c{}", field(1), field(4)));
        }
        // Coprocessor 14 is for debugging.
        "mcr" | "mcrr" if symbol(0) != Some("p14") => keys.push(format!("{mnemonic}:maker")),
        _ => {}
    }
}

/// Whether a trap of that number asks a debugger for a service ("Semihosting for AArch32 and
/// AArch64", 3.1).
pub fn is_semihosting(decoded: &Decoded, number: i64) -> bool {
    let is_thumb = decoded.state == State::Thumb;
    match decoded.mnemonic() {
        "svc" => number == if is_thumb { 0xab } else { 0x12_3456 },
        "bkpt" => is_thumb && number == 0xab,
        "hlt" => number == if is_thumb { 0x3c } else { 0xf000 },
        _ => false,
    }
}
