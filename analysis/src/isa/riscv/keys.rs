//! By which words the tables of meanings know an instruction.

use super::csr::{followed, read_key, write_key};
use super::decode::Instruction;

/// A fence between writes and nothing (Unpriv "Zihintpause").
const PAUSE: u32 = 0x0100_000f;

/// The keys of an instruction, the most general first.
pub fn keys(instruction: &Instruction) -> Vec<&'static str> {
    let word = instruction.word;
    let name = instruction.name;
    match name {
        _ if instruction.traps => vec!["unimp"],
        "fence" if word.0 == PAUSE => vec!["pause"],
        // Prefetches are encoded as operations whose result is dropped (Unpriv "Zicbop").
        "ori" if word.rd() == 0 && matches!(word.rs2(), 0 | 1 | 3) => vec!["prefetch"],
        // A fence between nothing and something orders nothing; `pause` is encoded as one.
        "fence" if word.field(20, 4) == 0 || word.field(24, 4) == 0 => Vec::new(),
        "csrrw" | "csrrs" | "csrrc" | "csrrwi" | "csrrsi" | "csrrci" => registers(instruction),
        _ if word.opcode() == 0x2f && is_load(name) && word.field(26, 1) == 1 => {
            vec![name, "load-acquire"]
        }
        _ => vec![name],
    }
}

/// Whether an atomic access only reads.
fn is_load(name: &str) -> bool {
    name.starts_with("lr.") || matches!(name.as_bytes(), [b'l', b'b' | b'h' | b'w' | b'd', ..])
}

/// The keys of an access to a control and status register. What is followed is seen by its value.
fn registers(instruction: &Instruction) -> Vec<&'static str> {
    let word = instruction.word;
    let number = word.csr();
    let mut keys = vec![instruction.name];
    let sets_or_clears = word.funct3() & 2 != 0;
    let writes = !sets_or_clears || word.rs1() != 0;
    let reads = sets_or_clears || word.rd() != 0;
    let is_scratch = matches!(followed(number), Some(super::csr::Csr::Scratch(_)));
    if followed(number).is_none() || is_scratch {
        if reads {
            keys.push("csrr");
            keys.extend(read_key(number));
        }
        if writes {
            keys.push("csrw");
            keys.extend(write_key(number));
        }
    }
    keys
}
