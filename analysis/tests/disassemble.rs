//! LLVM's disassembler as the analysis asks it, for every architecture with a folder of its own or
//! that is to have one.

use std::sync::Barrier;
use std::thread;

use asm_analysis::assemble::Disassembler;
use asm_analysis::block::Architecture;

/// Architecture, triple, features, bytes, length, mnemonic, operands.
const CASES: &[(Architecture, &str, &str, &[u8], usize, &str, &str)] = &[
    (
        Architecture::AArch64,
        "aarch64-unknown-linux-gnu",
        "",
        &[0x20, 0x00, 0x02, 0x8b],
        4,
        "add",
        "x0, x1, x2",
    ),
    (
        Architecture::AArch64,
        "aarch64-apple-macosx11.0.0",
        "+lse",
        &[0x41, 0xfc, 0xe0, 0xc8],
        4,
        "casal",
        "x0, x1, [x2]",
    ),
    (
        Architecture::Arm,
        "armv7-unknown-linux-gnueabihf",
        "",
        &[0x01, 0x00, 0x80, 0xe0],
        4,
        "add",
        "r0, r0, r1",
    ),
    (
        Architecture::Arm,
        "armv7-unknown-linux-gnueabihf",
        "+thumb-mode",
        &[0x40, 0x18],
        2,
        "adds",
        "r0, r0, r1",
    ),
    (Architecture::Arm, "thumbv7em-none-eabi", "", &[0x70, 0x47], 2, "bx", "lr"),
    (Architecture::RiscV64, "riscv64", "+m,+c", &[0x33, 0x05, 0xb5, 0x02], 4, "mul", "a0, a0, a1"),
    (Architecture::RiscV32, "riscv32", "+c", &[0x05, 0x05], 2, "addi", "a0, a0, 1"),
    (
        Architecture::X86_64,
        "x86_64-unknown-linux-gnu",
        "",
        &[0x48, 0x89, 0xd8],
        3,
        "mov",
        "rax, rbx",
    ),
    (
        Architecture::LoongArch64,
        "loongarch64-unknown-linux-gnu",
        "",
        &[0xa4, 0x98, 0x10, 0x00],
        4,
        "add.d",
        "$a0, $a1, $a2",
    ),
    (Architecture::S390x, "s390x-unknown-linux-gnu", "", &[0x18, 0x12], 2, "lr", "%r1, %r2"),
    (
        Architecture::PowerPc64,
        "powerpc64le-unknown-linux-gnu",
        "",
        &[0x14, 0x2a, 0x64, 0x7c],
        4,
        "add",
        "3, 4, 5",
    ),
];

/// All at the same time, as threads of the driver might: LLVM's list of targets is one for all.
#[test]
fn one_instruction_of_each_architecture() {
    let start = Barrier::new(CASES.len());
    thread::scope(|scope| {
        for &(architecture, triple, features, bytes, length, mnemonic, operands) in CASES {
            let start = &start;
            scope.spawn(move || {
                start.wait();
                let disassembler =
                    Disassembler::new(architecture, triple, "", features).expect(triple);
                let read = disassembler.instruction(bytes, 0).expect(triple);
                assert_eq!(
                    (read.length, read.mnemonic.as_str(), read.operands.as_str()),
                    (length, mnemonic, operands),
                    "{triple} {features}"
                );
            });
        }
    });
}

#[test]
fn what_is_no_instruction_is_none() {
    let thumb = Disassembler::new(Architecture::Arm, "thumbv6m-none-eabi", "", "").expect("thumb");
    assert_eq!(thumb.instruction(&[], 0), None);
    assert_eq!(thumb.instruction(&[0x70], 0), None);
    // `add.w` is not in Armv6-M.
    assert_eq!(thumb.instruction(&[0x00, 0xeb, 0x01, 0x00], 0), None);
    let base = Disassembler::new(Architecture::RiscV64, "riscv64", "", "").expect("riscv");
    assert_eq!(base.instruction(&[0x33, 0x05, 0xb5, 0x02], 0), None, "`mul` without `m`");
    assert!(Disassembler::new(Architecture::X86, "no-such-target", "", "").is_none());
    assert!(Disassembler::new(Architecture::X86, "i686\0", "", "").is_none());
}
