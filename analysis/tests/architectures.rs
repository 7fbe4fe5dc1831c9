//! Every architecture through the assembler: text in, bytes, ends, relocations and leaks out.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use asm_analysis::assemble::{
    Content, Context, Field, FieldValue, LeakedState, MachineCode, Pointed, Rejection,
    RelocationTarget, Unit, assemble,
};
use asm_analysis::block::{Architecture, Syntax, Target};
use asm_analysis::testing::target_x86_64;

fn target(architecture: Architecture, triple: &str, features: &str) -> Target {
    Target {
        architecture,
        llvm_triple: triple.to_owned(),
        llvm_cpu: String::new(),
        llvm_features: features.to_owned(),
        ..(*target_x86_64()).clone()
    }
}

fn aarch64() -> Target {
    target(Architecture::AArch64, "aarch64-unknown-linux-gnu", "+v8a")
}

fn arm() -> Target {
    target(Architecture::Arm, "armv7-unknown-linux-gnueabihf", "+v7")
}

fn thumb() -> Target {
    target(Architecture::Arm, "thumbv7em-none-eabi", "+thumb-mode")
}

fn riscv() -> Target {
    target(Architecture::RiscV64, "riscv64", "+m,+a,+f,+d,+c")
}

fn unit<'a>(target: &Target, text: &'a str) -> Unit<'a> {
    Unit {
        text,
        variant: None,
        syntax: Syntax::Intel,
        context: Context::Function,
        features: "",
        is_thumb: target.llvm_triple.starts_with("thumb"),
    }
}

fn code(target: &Target, text: &str) -> Result<MachineCode, Rejection> {
    assemble(target, &[unit(target, text)]).remove(0)
}

#[test]
fn each_architecture_assembles_and_rejects() {
    let cases: &[(Architecture, &str, &str, &str, &[u8])] = &[
        (Architecture::AArch64, "aarch64-unknown-linux-gnu", "", "ret", &[0xc0, 0x03, 0x5f, 0xd6]),
        (Architecture::AArch64, "arm64-apple-macosx11.0.0", "", "ret", &[0xc0, 0x03, 0x5f, 0xd6]),
        (Architecture::AArch64, "aarch64-pc-windows-msvc", "", "ret", &[0xc0, 0x03, 0x5f, 0xd6]),
        (
            Architecture::AArch64,
            "aarch64_be-unknown-linux-gnu",
            "",
            "ret",
            &[0xc0, 0x03, 0x5f, 0xd6],
        ),
        (Architecture::Arm64Ec, "arm64ec-pc-windows-msvc", "", "ret", &[0xc0, 0x03, 0x5f, 0xd6]),
        (
            Architecture::Arm,
            "armv7-unknown-linux-gnueabihf",
            "",
            "bx lr",
            &[0x1e, 0xff, 0x2f, 0xe1],
        ),
        (Architecture::Arm, "thumbv6m-none-eabi", "", "bx lr", &[0x70, 0x47]),
        (Architecture::Arm, "thumbv7a-pc-windows-msvc", "", "bx lr", &[0x70, 0x47]),
        (Architecture::RiscV32, "riscv32", "+c", "ret", &[0x82, 0x80]),
        (Architecture::RiscV64, "riscv64-unknown-linux-gnu", "", "ret", &[0x67, 0x80, 0x00, 0x00]),
        (
            Architecture::LoongArch64,
            "loongarch64-unknown-linux-gnu",
            "",
            "ret",
            &[0x20, 0, 0, 0x4c],
        ),
        (Architecture::LoongArch32, "loongarch32-unknown-none", "", "ret", &[0x20, 0, 0, 0x4c]),
        (Architecture::S390x, "s390x-unknown-linux-gnu", "", "br %r14", &[0x07, 0xfe]),
        (Architecture::PowerPc, "powerpc-unknown-linux-gnu", "", "blr", &[0x4e, 0x80, 0, 0x20]),
        (
            Architecture::PowerPc64,
            "powerpc64le-unknown-linux-gnu",
            "",
            "blr",
            &[0x20, 0, 0x80, 0x4e],
        ),
        (Architecture::Mips, "mips-unknown-linux-gnu", "", "syscall", &[0, 0, 0, 0x0c]),
        (Architecture::Mips64, "mips64el-unknown-linux-gnuabi64", "", "syscall", &[0x0c, 0, 0, 0]),
        (Architecture::Sparc64, "sparc64-unknown-linux-gnu", "", "nop", &[1, 0, 0, 0]),
        (Architecture::Sparc, "sparc-unknown-none-elf", "", "nop", &[1, 0, 0, 0]),
        (Architecture::Bpf, "bpfel", "", "r0 = r1", &[0xbf, 0x10, 0, 0, 0, 0, 0, 0]),
        (Architecture::Avr, "avr-none", "", "nop", &[0, 0]),
        (Architecture::Msp430, "msp430-none-elf", "", "nop", &[0x03, 0x43]),
        (Architecture::Hexagon, "hexagon-unknown-linux-musl", "", "{ nop }", &[0, 0xc0, 0, 0x7f]),
        (Architecture::M68k, "m68k-unknown-linux-gnu", "", "rts", &[0x4e, 0x75]),
        (Architecture::CSky, "csky-unknown-linux-gnuabiv2", "", "nop", &[0x03, 0x6c]),
        (Architecture::Xtensa, "xtensa-none-elf", "", "ret", &[0x80, 0, 0]),
        (Architecture::AmdGpu, "amdgcn-amd-amdhsa", "", "s_nop 0", &[0, 0, 0x80, 0xbf]),
    ];
    for &(architecture, triple, features, text, bytes) in cases {
        let target = target(architecture, triple, features);
        let assembled =
            code(&target, text).unwrap_or_else(|rejection| panic!("{triple}: {rejection:?}"));
        assert_eq!(assembled.start_section().bytes, bytes, "{triple}");
        assert_eq!(assembled.end_offset, bytes.len() as u64, "{triple}");
        assert!(assembled.leaks.is_empty(), "{triple}: {:?}", assembled.leaks);
        if !matches!(architecture, Architecture::Avr | Architecture::Msp430) {
            assert_eq!(assembled.line_at(assembled.start, 0), Some(0), "{triple}");
        }
        let rejection = code(&target, &format!("{text}\nfrobnicate.")).unwrap_err();
        assert_eq!(rejection.line, Some(1), "{triple}: {rejection:?}");
    }
}

#[test]
fn features_decide_what_assembles() {
    let target = aarch64();
    assert!(code(&target, "casal x0, x1, [x2]").is_err());
    let with_lse = Unit { features: "+lse", ..unit(&target, "casal x0, x1, [x2]") };
    let plain = unit(&target, "nop");
    let answers = assemble(&target, &[with_lse, plain, Unit { text: "ptrue p0.b", ..with_lse }]);
    assert!(answers[0].is_ok() && answers[1].is_ok() && answers[2].is_err());
    assert!(code(&riscv(), "mul a0, a0, a1").is_ok());
    assert!(code(&riscv(), "vsetvli t0, a0, e8").is_err());
}

#[test]
fn what_a_module_defines_reaches_functions_with_other_features() {
    let target = aarch64();
    let module =
        Unit { context: Context::Module, ..unit(&target, ".macro three\nmov x0, 3\n.endm") };
    let user = Unit { features: "+lse", ..unit(&target, "three\ncasal x0, x1, [x2]") };
    let answers = assemble(&target, &[module, user]);
    assert_eq!(answers[1].as_ref().unwrap().end_offset, 8);
}

#[test]
fn thumb_and_arm() {
    let target = arm();
    let thumb = Unit { features: "+thumb-mode", is_thumb: true, ..unit(&target, "bx lr") };
    let answers = assemble(&target, &[unit(&target, "bx lr"), thumb]);
    let content = |answer: &Result<MachineCode, Rejection>| {
        let code = answer.as_ref().unwrap();
        (code.end_offset, code.start_section().content_at(0))
    };
    assert_eq!(content(&answers[0]), (4, Some(Content::Code)));
    assert_eq!(content(&answers[1]), (2, Some(Content::Thumb)));
    let leaks = |text| code(&target, text).unwrap().leaks;
    assert_eq!(leaks(".thumb\nnop")[0].state, LeakedState::CodeWidth);
    assert_eq!(leaks(".thumb\nnop")[0].line, Some(0));
    assert_eq!(leaks(".thumb\nnop\n.arm"), []);
    assert_eq!(leaks(".code 16\nnop")[0].state, LeakedState::CodeWidth);
    let thumb = self::thumb();
    assert_eq!(code(&thumb, "nop").unwrap().leaks, []);
    assert_eq!(code(&thumb, ".thumb\nnop").unwrap().leaks, []);
}

#[test]
fn selections_leak() {
    let selection = |name: &str| LeakedState::Selection(name.to_owned());
    let leaks = |target: &Target, text| {
        let leaks = code(target, text).unwrap().leaks;
        leaks.into_iter().map(|leak| leak.state).collect::<Vec<_>>()
    };
    assert_eq!(leaks(&aarch64(), ".arch armv8-a+lse\ncasal x0, x1, [x2]"), [selection(".arch")]);
    assert_eq!(leaks(&aarch64(), ".arch_extension lse\ncasal x0, x1, [x2]"), []);
    assert_eq!(leaks(&arm(), ".fpu neon\nvadd.f32 d0, d0, d0"), [selection(".fpu")]);
    let riscv = riscv();
    assert_eq!(leaks(&riscv, ".option arch, +v\nvsetvli t0, a0, e8, m1, ta, ma").len(), 1);
    let pushed = ".option push\n.option arch, +v\nvsetvli t0, a0, e8, m1, ta, ma\n.option pop";
    assert_eq!(leaks(&riscv, pushed), []);
    assert_eq!(leaks(&riscv, ".option norvc\nnop"), [selection(".option norvc")]);
    assert_eq!(leaks(&riscv, ".option norvc\nnop\n.option rvc"), []);
    assert_eq!(
        leaks(&aarch64(), ".macro one\nnop\n.endm\none"),
        [LeakedState::Macro("one".into())]
    );
    assert_eq!(leaks(&aarch64(), ".macro one\nnop\n.endm\none\n.purgem one"), []);
}

/// Offset, what the field holds, target, addend.
fn fields(target: &Target, text: &str) -> Vec<(u64, Field, String, i64)> {
    let code = code(target, text).unwrap_or_else(|rejection| panic!("{text}: {rejection:?}"));
    let named = |target: &RelocationTarget| match target {
        RelocationTarget::Symbol(name) => name.clone(),
        RelocationTarget::Section { section, offset } if *section == code.start => {
            format!("+{offset}")
        }
        other => format!("{other:?}"),
    };
    let relocations = code.start_section().relocations.iter();
    relocations
        .map(|relocation| {
            (relocation.offset, relocation.field, named(&relocation.target), relocation.addend)
        })
        .collect()
}

const fn field(value: FieldValue, low: u8, bits: u8) -> Field {
    Field { value, low, bits, of: Pointed::Target }
}

#[test]
fn relocations_in_neutral_terms() {
    use FieldValue::{Address, Distance, LowOfPair, Page};
    let slot = |field: Field| Field { of: Pointed::Slot, ..field };
    let page = field(Page, 12, 21);
    let low = field(Address, 0, 12);
    let whole = field(Distance, 0, 64);
    let windows = target(Architecture::AArch64, "aarch64-pc-windows-msvc", "");
    let apple = target(Architecture::AArch64, "arm64-apple-macosx11.0.0", "");
    let (s, other) = ("s".to_owned(), "s".to_owned());
    let cases: &[(&Target, &str, &[(u64, Field, i64)])] = &[
        (&aarch64(), "adrp x0, s+4\nadd x0, x0, :lo12:s+4", &[(0, page, 4), (4, low, 4)]),
        (
            &aarch64(),
            "adrp x0, :got:s\nldr x0, [x0, :got_lo12:s]",
            &[(0, slot(page), 0), (4, slot(low), 0)],
        ),
        (
            &aarch64(),
            "nop\nbl s\ncbz x0, s\ntbz x0, 1, s",
            &[(4, whole, 0), (8, whole, 0), (12, whole, 0)],
        ),
        (
            &aarch64(),
            "movz x0, #:abs_g1:s\nmovk x0, #:abs_g0_nc:s",
            &[(0, field(Address, 16, 16), 0), (4, field(Address, 0, 16), 0)],
        ),
        (
            &windows,
            "adrp x0, s+4\nldr x0, [x0, :lo12:s+8]\nbl s",
            &[(0, page, 4), (4, low, 8), (8, whole, 0)],
        ),
        (
            &apple,
            "adrp x0, s@PAGE+4\nadd x0, x0, s@PAGEOFF+4\nbl s",
            &[(0, page, 4), (4, low, 4), (8, whole, 0)],
        ),
        (
            &apple,
            "adrp x0, s@GOTPAGE\nldr x0, [x0, s@GOTPAGEOFF]",
            &[(0, slot(page), 0), (4, slot(low), 0)],
        ),
        (&arm(), "bl s\nb s+8\nbeq s", &[(0, whole, 0), (4, whole, 8), (8, whole, 0)]),
        (
            &arm(),
            "movw r0, #:lower16:s\nmovt r0, #:upper16:s",
            &[(0, field(Address, 0, 16), 0), (4, field(Address, 16, 16), 0)],
        ),
        (&thumb(), "bl s\nb.w s+8\nbeq.w s", &[(0, whole, 0), (4, whole, 8), (8, whole, 0)]),
        (
            &thumb(),
            "movw r0, #:lower16:s\nmovt r0, #:upper16:s",
            &[(0, field(Address, 0, 16), 0), (4, field(Address, 16, 16), 0)],
        ),
        // A branch to what may be far away becomes one around a jump.
        (&riscv(), "call s\nj s\nbeqz a0, s", &[(0, whole, 0), (8, whole, 0), (14, whole, 0)]),
        (
            &riscv(),
            "lui a0, %hi(s)\naddi a0, a0, %lo(s)",
            &[(0, field(Address, 12, 20), 0), (4, low, 0)],
        ),
    ];
    for (target, text, expected) in cases {
        let found = fields(target, text);
        let expected: Vec<_> = expected
            .iter()
            .map(|&(offset, field, addend)| (offset, field, s.clone(), addend))
            .collect();
        let found: Vec<_> = found
            .into_iter()
            .map(|(offset, field, name, addend)| {
                (offset, field, name.trim_start_matches('_').to_owned(), addend)
            })
            .collect();
        assert_eq!(found, expected, "{} {text}", target.llvm_triple);
    }
    // The low part is of what the high part is of.
    let pair = fields(&riscv(), "nop\n1: auipc a0, %pcrel_hi(s)\naddi a0, a0, %pcrel_lo(1b)");
    let low = field(LowOfPair, 0, 12);
    let high = field(Distance, 12, 20);
    assert_eq!(pair, [(2, high, s, 0), (6, low, other, 0)]);
}

#[test]
fn literal_pools_are_behind_the_end() {
    let code = code(&aarch64(), "ldr x0, =0x123456789abcdef0\nnop").unwrap();
    let section = code.start_section();
    assert_eq!(code.end_offset, 8);
    assert_eq!(section.bytes.len(), 16);
    assert_eq!(section.bytes[8..], 0x1234_5678_9abc_def0_u64.to_le_bytes());
    assert_eq!(section.content_at(0), Some(Content::Code));
    assert_eq!(section.content_at(8), Some(Content::Data));
    assert!(section.symbols.is_empty());
    for target in [arm(), thumb()] {
        let code = self::code(&target, "ldr r0, =0x12345678\nldr r1, =s").unwrap();
        let section = code.start_section();
        let pool = usize::try_from(code.end_offset).unwrap().next_multiple_of(4);
        assert_eq!(section.bytes[pool..][..4], [0x78, 0x56, 0x34, 0x12]);
        assert_eq!(section.content_at(pool as u64), Some(Content::Data));
        let relocation = &section.relocations[0];
        assert_eq!(relocation.offset, pool as u64 + 4);
        assert_eq!(relocation.field, field(FieldValue::Address, 0, 32));
    }
}

/// Mach-O has no relocation for a conditional branch, so that the label has to be there.
#[test]
fn branches_to_label_operands() {
    let label = "asm_lint_label_0".to_owned();
    for triple in
        ["arm64-apple-macosx11.0.0", "aarch64-unknown-linux-gnu", "aarch64-pc-windows-msvc"]
    {
        let target = target(Architecture::AArch64, triple, "");
        let text = "nop\ncbz x0, asm_lint_label_0\nb.eq asm_lint_label_0\n\
            tbnz x0, 3, asm_lint_label_0\nb asm_lint_label_0";
        let found = fields(&target, text);
        let whole = field(FieldValue::Distance, 0, 64);
        let expected: Vec<_> =
            [4, 8, 12, 16].map(|offset| (offset, whole, label.clone(), 0)).into();
        assert_eq!(found, expected, "{triple}");
        let code = code(&target, text).unwrap();
        assert_eq!(code.end_offset, 20, "{triple}");
    }
}
