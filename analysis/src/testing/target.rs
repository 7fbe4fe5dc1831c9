//! Targets with the register tables of `tests/registers.*.txt`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::block::{Abi, Architecture, Kernel, Target};
use crate::naming;
use crate::registers::{Register, RegisterPart, RegisterTable};

/// `x86_64-unknown-linux-gnu`.
pub fn target_x86_64() -> Arc<Target> {
    let volatile = |general: &[u8], vectors: u8| Abi {
        clobbers: clobbers(general, vectors, 32),
        stack_alignment: 16,
        shadow_space: 0,
        is_nameless: false,
    };
    let sysv64 = volatile(&[0, 1, 2, 6, 7, 8, 9, 10, 11], 16);
    let win64 = Abi { shadow_space: 32, ..volatile(&[0, 1, 2, 8, 9, 10, 11], 6) };
    let abis = [("sysv64", sysv64), ("win64", win64)];
    Arc::new(Target {
        architecture: Architecture::X86_64,
        is_big_endian: false,
        llvm_triple: "x86_64-unknown-linux-gnu".to_owned(),
        llvm_cpu: "x86-64".to_owned(),
        llvm_features: String::new(),
        llvm_abi: String::new(),
        is_position_independent: true,
        features: BTreeSet::new(),
        registers: parse_table(include_str!("../../tests/registers.x86_64.txt"), 5),
        abis: abis.map(|(name, abi)| (name.to_owned(), abi)).into(),
        only_general_registers: false,
        c_abi: "sysv64".to_owned(),
        callees: BTreeMap::new(),
        kernel: Kernel::Linux,
        system_calls: BTreeMap::new(),
    })
}

/// `i686-unknown-linux-gnu`.
pub fn target_x86() -> Arc<Target> {
    let cdecl = Abi {
        clobbers: clobbers(&[0, 1, 2], 8, 8),
        stack_alignment: 16,
        shadow_space: 0,
        is_nameless: false,
    };
    Arc::new(Target {
        architecture: Architecture::X86,
        is_big_endian: false,
        llvm_triple: "i686-unknown-linux-gnu".to_owned(),
        llvm_cpu: "pentium4".to_owned(),
        llvm_features: String::new(),
        llvm_abi: String::new(),
        is_position_independent: true,
        features: BTreeSet::new(),
        registers: parse_table(include_str!("../../tests/registers.x86.txt"), 5),
        abis: BTreeMap::from([("cdecl".to_owned(), cdecl)]),
        only_general_registers: false,
        c_abi: "cdecl".to_owned(),
        callees: BTreeMap::new(),
        kernel: Kernel::Linux,
        system_calls: BTreeMap::new(),
    })
}

/// `aarch64-unknown-linux-gnu`.
pub fn target_aarch64() -> Arc<Target> {
    let table = include_str!("../../tests/registers.aarch64.txt");
    let target = other(Architecture::AArch64, "aarch64-unknown-linux-gnu", table);
    Arc::new(Target { llvm_features: "+v8a,+outline-atomics".to_owned(), ..target })
}

/// `armv7-unknown-linux-gnueabihf`, in the Arm instruction set, with NEON.
pub fn target_arm() -> Arc<Target> {
    let table = include_str!("../../tests/registers.arm.txt");
    let target = other(Architecture::Arm, "armv7-unknown-linux-gnueabihf", table);
    Arc::new(Target {
        llvm_features: "+v7,+neon,+d32,-thumb-mode".to_owned(),
        features: ["fpregs", "d32"].map(str::to_owned).into(),
        ..target
    })
}

/// `thumbv7em-none-eabihf`.
pub fn target_thumb() -> Arc<Target> {
    let table = include_str!("../../tests/registers.thumb.txt");
    let target = other(Architecture::Arm, "thumbv7em-none-eabihf", table);
    let llvm_features = "+thumb-mode,+vfp4d16sp".to_owned();
    let features = ["fpregs"].map(str::to_owned).into();
    Arc::new(Target { llvm_features, features, kernel: Kernel::None, ..target })
}

/// `riscv64gc-unknown-linux-gnu`.
pub fn target_riscv64() -> Arc<Target> {
    let table = include_str!("../../tests/registers.riscv64.txt");
    let target = other(Architecture::RiscV64, "riscv64-unknown-linux-gnu", table);
    let llvm_features = "+m,+a,+f,+d,+c,+zicsr,+zifencei".to_owned();
    let features = ["f", "d"].map(str::to_owned).into();
    Arc::new(Target { llvm_features, features, llvm_abi: "lp64d".to_owned(), ..target })
}

/// `riscv32imac-unknown-none-elf`.
pub fn target_riscv32() -> Arc<Target> {
    let table = include_str!("../../tests/registers.riscv32.txt");
    let target = other(Architecture::RiscV32, "riscv32", table);
    Arc::new(Target {
        llvm_features: "+m,+a,+c".to_owned(),
        kernel: Kernel::None,
        is_position_independent: false,
        ..target
    })
}

/// A Linux target of another architecture; its table has the clobbers of its one ABI, too.
fn other(architecture: Architecture, triple: &str, table: &str) -> Target {
    let mut registers = RegisterTable::default();
    let mut abi = Abi { stack_alignment: 16, ..Abi::default() };
    if architecture == Architecture::Arm {
        abi.stack_alignment = 8;
    }
    let part = |name: &str| {
        let (name, bits) = name.split_once('@').unwrap_or((name, ""));
        let part = naming::parse(architecture, name);
        let part = part.unwrap_or_else(|| panic!("register `{name}`"));
        match bits.split_once('+') {
            Some((low, bits)) => {
                RegisterPart { low_bit: low.parse().unwrap(), bits: bits.parse().unwrap(), ..part }
            }
            None => part,
        }
    };
    for line in table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut fields = line.split('|').map(str::trim);
        let mut field = || fields.next().unwrap_or_else(|| panic!("line `{line}`"));
        let (class, name) = (field(), field());
        if class == "clobbers" {
            abi.clobbers = name.split(' ').map(part).collect();
            continue;
        }
        let (plain, modified) = (field(), field());
        let part = part(name);
        let (table, class) = match class.strip_prefix("unspelled ") {
            Some(class) => (&mut registers.unspelled, class),
            None => (&mut registers.classes, class),
        };
        table.entry(class.to_owned()).or_default().push(part);
        registers.spellings.insert((part, None), plain.to_owned());
        for (modifier, spelling) in modified.split(' ').filter_map(|pair| pair.split_once(':')) {
            registers.spellings.insert((part, modifier.chars().next()), spelling.to_owned());
        }
    }
    Target {
        architecture,
        is_big_endian: false,
        llvm_triple: triple.to_owned(),
        llvm_cpu: "generic".to_owned(),
        llvm_features: String::new(),
        llvm_abi: String::new(),
        is_position_independent: true,
        features: BTreeSet::new(),
        registers,
        abis: BTreeMap::from([("C".to_owned(), abi)]),
        only_general_registers: false,
        c_abi: "C".to_owned(),
        callees: BTreeMap::new(),
        kernel: Kernel::Linux,
        system_calls: BTreeMap::new(),
    }
}

/// Reads a table of registers; the format is described in its head. `unspelled` is the register
/// that is assigned for `reg` without having a name there (the frame pointer).
fn parse_table(text: &str, unspelled: u8) -> RegisterTable {
    let mut table = RegisterTable::default();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut fields = line.split('|').map(str::trim);
        let mut field = || fields.next().unwrap_or_else(|| panic!("line `{line}`"));
        let (class, name, plain, modified) = (field(), field(), field(), field());
        let part = RegisterPart::parse(name).unwrap_or_else(|| panic!("register `{name}`"));
        table.classes.entry(class.to_owned()).or_default().push(part);
        table.spellings.insert((part, None), plain.to_owned());
        for (modifier, spelling) in modified.split(' ').filter_map(|pair| pair.split_once(':')) {
            table.spellings.insert((part, modifier.chars().next()), spelling.to_owned());
        }
    }
    let frame_pointer = Register::General(unspelled).whole();
    let is_64 = table.classes.get("reg").is_some_and(|parts| parts.len() > 8);
    let bits: &[(Option<char>, u16)] = match is_64 {
        true => &[(None, 64), (Some('r'), 64), (Some('e'), 32), (Some('x'), 16), (Some('l'), 8)],
        false => &[(None, 32), (Some('e'), 32), (Some('x'), 16)],
    };
    for &(modifier, bits) in bits {
        let spelled = RegisterPart { bits, ..frame_pointer };
        table.spellings.insert((frame_pointer, modifier), spelled.to_string());
    }
    if is_64 {
        let byte = RegisterPart { bits: 8, ..frame_pointer };
        table.spellings.insert((byte, None), byte.to_string());
        table.unspelled.insert("reg_byte".to_owned(), vec![byte]);
    }
    table.unspelled.insert("reg".to_owned(), vec![frame_pointer]);
    table
}

fn clobbers(general: &[u8], vectors: u8, all_vectors: u8) -> Vec<RegisterPart> {
    // A vector register that is kept is kept in its lower 128 bits only.
    let upper =
        |number| RegisterPart { register: Register::Vector(number), low_bit: 128, bits: 512 - 128 };
    let kept = vectors..16.min(all_vectors);
    let new_vectors = 16.min(all_vectors)..all_vectors;
    general
        .iter()
        .map(|&number| Register::General(number).whole())
        .chain((0..vectors).map(|number| Register::Vector(number).whole()))
        .chain(kept.map(upper))
        .chain(new_vectors.map(|number| Register::Vector(number).whole()))
        .chain((0..8).map(|number| Register::Mask(number).whole()))
        .chain((0..8).map(|number| Register::Mmx(number).whole()))
        .chain((0..8).map(|number| Register::X87(number).whole()))
        .collect()
}
