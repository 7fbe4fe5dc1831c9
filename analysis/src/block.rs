//! [`Block`]: one `asm!`, `naked_asm!` or `global_asm!` as its author wrote it.
//!
//! This is the input from the driver: everything that the contract says, nothing about what the
//! instructions do, and no compiler type. Made by the driver's `collect`, read by
//! [`substitute`](crate::substitute) and by the rules.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::registers::{Register, RegisterPart, RegisterTable};
use crate::values::Cell;

/// One block of inline assembly.
#[derive(Clone, Debug)]
pub struct Block {
    /// Which macro it came from, with what only that macro has.
    pub kind: BlockKind,
    /// The syntax that the template starts in.
    pub syntax: Syntax,
    /// The template, in order. Template strings are joined with a line feed, as the compiler
    /// joins them; so line N of the assembled text is line N of the template.
    pub template: Vec<Piece>,
    /// The operands, by the index that [`Piece::Placeholder`] uses. Clobbers from `clobber_abi` are
    /// among them, as the compiler lowers them.
    pub operands: Vec<Operand>,
    /// The ABIs that `clobber_abi(…)` names, by their names in [`Target::abis`].
    pub clobber_abis: Vec<String>,
    /// What `options(…)` promises.
    pub options: Options,
    /// What the function around it may use beyond what the target has. The compiler assembles
    /// `global_asm!` with the target's features alone.
    pub features: FunctionFeatures,
    /// What all blocks of a crate share.
    pub target: Arc<Target>,
}

impl Block {
    /// Whether the Rust code of a `label` operand never continues after the assembly.
    pub fn diverges_at(&self, label: usize) -> bool {
        matches!(self.operands.get(label), Some(Operand::Label { diverges: true }))
    }

    /// The length of the template's text, in bytes.
    pub fn template_bytes(&self) -> usize {
        let length = |piece: &Piece| match piece {
            Piece::Text(text) => text.len(),
            Piece::Placeholder { .. } => 1,
        };
        self.template.iter().map(length).sum()
    }

    /// Whether it is 32-bit Arm code that starts in the Thumb instruction set.
    pub fn is_thumb(&self) -> bool {
        self.target.architecture == Architecture::Arm
            && last_sign(&self.features.llvm, "thumb-mode").unwrap_or(self.target.is_thumb())
    }

    /// Whether the function around the block may use what the compiler calls so.
    pub fn has_feature(&self, name: &str) -> bool {
        self.target.features.contains(name) || self.features.names.contains(name)
    }

    /// Whether code around the block may keep a value in the register, as far as the features of the
    /// target and of the function tell. On x86 and AArch64 any function may be part of one that
    /// enables more; apart from nightly, on Arm and RISC-V none is.
    pub fn may_hold_value(&self, register: Register) -> bool {
        let has = |feature| self.has_feature(feature);
        match (self.target.architecture, register) {
            // `q8` to `q15` are `d16` to `d31`.
            (Architecture::Arm, Register::Vector(8..)) => has("d32"),
            (Architecture::Arm, Register::Vector(_)) => has("fpregs"),
            (Architecture::RiscV32 | Architecture::RiscV64, Register::Float(_)) => has("f"),
            (Architecture::RiscV32 | Architecture::RiscV64, Register::Vector(_)) => has("zve32x"),
            _ => true,
        }
    }

    /// Whether the block clobbers the x87 stack, so that it is empty on entry and must be empty on exit.
    /// One register of it, or of MMX, stands for all to the compiler.
    pub fn clobbers_x87(&self) -> bool {
        self.operands.iter().any(|operand| match operand {
            Operand::Register(operand) => matches!(
                operand.place,
                Place::Explicit(part) if matches!(part.register, Register::X87(_) | Register::Mmx(_))
            ),
            _ => false,
        })
    }
}

/// The macro that a block came from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BlockKind {
    /// `asm!`: the promise is made by operands and options.
    Inline,
    /// `naked_asm!`: the promise is the function's ABI.
    Naked(FunctionAbi),
    /// `global_asm!`: only the assembler's own state is promised.
    Global,
}

/// The ABI of a naked function, as far as its body must keep it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FunctionAbi {
    /// The ABI's name as in `extern "…"`, resolved for the target (`C` is `sysv64` or `win64` …).
    pub name: String,
    /// The register parts that carry arguments at entry. `None` when they are not known (a
    /// variadic function, an argument passed in a way that we do not model).
    pub arguments: Option<Vec<RegisterPart>>,
    /// The register parts that carry the result at a return; `None` when not known.
    pub results: Option<Vec<RegisterPart>>,
    /// The registers that the function must preserve.
    pub callee_saved: Vec<Register>,
    /// Whether the return type is `!`.
    pub diverges: bool,
    /// How many bytes of stack arguments the callee pops at `ret` (`stdcall` and similar ABIs).
    pub callee_pops: u32,
}

impl FunctionAbi {
    /// Whether the function is entered by an interrupt, from whose frame it returns.
    pub fn is_interrupt_handler(&self) -> bool {
        self.name.contains("interrupt")
    }

    /// The ABI of a function whose convention only those know who wrote the assembly on both sides.
    pub fn own_convention(diverges: bool) -> FunctionAbi {
        FunctionAbi {
            name: OWN_CONVENTION.to_owned(),
            arguments: None,
            results: None,
            callee_saved: Vec::new(),
            diverges,
            callee_pops: 0,
        }
    }
}

/// The name of the ABI of a function that keeps a convention of its own (`extern "custom"`).
pub const OWN_CONVENTION: &str = "custom";

/// The dialect in which a template starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Syntax {
    /// Intel syntax without prefixes, the default.
    Intel,
    /// AT&T syntax, by `options(att_syntax)`.
    Att,
}

/// A piece of a template.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Piece {
    /// Literal text.
    Text(String),
    /// `{operand:modifier}`.
    Placeholder {
        /// The index into [`Block::operands`].
        operand: usize,
        /// The modifier letter, if one is written.
        modifier: Option<char>,
    },
}

/// An operand.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Operand {
    /// A register, for input, output, both, or as a clobber.
    Register(RegisterOperand),
    /// `const`: the value as it is pasted into the text, or `None` where it depends on a generic
    /// parameter and may be any number.
    Constant(Option<String>),
    /// `sym`: a function or static.
    Symbol(Symbol),
    /// `label`: a block of Rust code that the assembly may jump to.
    Label {
        /// Whether the code never continues after the assembly: it returns, breaks or panics. Then
        /// nobody sees the outputs.
        diverges: bool,
    },
}

/// An operand that is in a register.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisterOperand {
    /// Which register.
    pub place: Place,
    /// The value that goes in; `None` for `out` and `lateout`.
    pub input: Option<ValueType>,
    /// What comes out.
    pub output: Output,
    /// Whether the output is a late one (`lateout`, `inlateout`, a late clobber).
    pub late: bool,
    /// Whether `clobber_abi` put it there, not the author.
    pub from_clobber_abi: bool,
}

/// Where a register operand is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// A register that the source names: `in("eax")`. The part is what the compiler reserves:
    /// the whole register for any name but the 8-bit ones.
    Explicit(RegisterPart),
    /// A register that the compiler chooses from a class: `in(reg)`.
    Class(String),
}

/// The output side of a register operand.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
    /// None: `in`.
    None,
    /// `_`: a clobber, the value is discarded.
    Discarded,
    /// The value is used.
    Used(ValueType),
}

/// What is known about the type of a value that goes in or comes out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ValueType {
    /// Its size in bits. A register may be wider: an input's further bits are undefined.
    pub bits: u16,
    /// Whether its bits need not be initialized (`MaybeUninit`).
    pub may_be_uninitialized: bool,
    /// Whether it is a pointer, a reference or a function pointer.
    pub pointee: Option<Pointee>,
    /// For a function pointer: how it is to be called.
    pub callee: Option<Callee>,
    /// Its constant value, if the source gives one: `in("eax") 1`.
    pub constant: Option<u64>,
}

/// What is known about the memory that an input points at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pointee {
    /// The type's spelling, for messages (`[f32; 4]`).
    pub name: String,
    /// The alignment in bytes that the place is known to have: the larger of the type's and,
    /// where it is known, the place's. `None` where the type says nothing (`u8`, `c_void`).
    pub alignment: Option<u64>,
    /// The size in bytes of the place, where the operand is known to point at a place of that
    /// size; `None` for raw pointers of unknown origin and for unsized or unknown lengths.
    pub place_bytes: Option<u64>,
    /// Why a write through the operand is not allowed, where it is not.
    pub immutable: Option<Immutable>,
    /// Whether the place may hold no value: it is a `MaybeUninit`.
    pub may_be_uninitialized: bool,
}

/// Why memory that an operand points to must not be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Immutable {
    /// It comes from a `&T` without interior mutability.
    SharedReference,
    /// It comes from `as_ptr()` of a shared slice, array, or string.
    SharedSlice,
    /// It is the address of a place that is not `mut`.
    ImmutablePlace,
    /// It is the address of a `static` without interior mutability.
    ImmutableStatic,
}

/// A `sym` operand.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Symbol {
    /// The path as the author wrote it, for messages.
    pub name: String,
    /// For a function: how it is to be called. `None` for a static.
    pub callee: Option<Callee>,
    /// For a static: what is there. `None` for a function, and for what another language defines.
    pub target: Option<Pointee>,
}

/// How a function is called.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Callee {
    /// The ABI's name as in `extern "…"`, resolved for the target.
    pub abi: String,
    /// Whether an unwind may leave it (under the crate's panic strategy).
    pub may_unwind: bool,
    /// Whether it returns `!`.
    pub diverges: bool,
    /// Whether it takes nothing and returns `()`.
    pub is_bare: bool,
    /// Whether it is known to be a Rust function with a body, not a mere declaration or a type.
    pub has_body: bool,
    /// How many bytes of arguments it pops at its return (`stdcall` and similar ABIs).
    pub pops: u32,
}

impl Callee {
    /// Whether the type may be there only because an address has to have one: it is the shortest
    /// for code that is not Rust's. What `extern "Rust"` functions do is the compiler's business,
    /// so such a type is never there only for the address. A function with a body is what its ABI says.
    pub fn may_be_placeholder(&self) -> bool {
        self.is_bare && !self.has_body && self.abi != "Rust"
    }
}

/// What `options(…)` promises; names are the Reference's.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[allow(missing_docs, reason = "each name is the option's own")]
pub struct Options {
    pub pure: bool,
    pub nomem: bool,
    pub readonly: bool,
    pub preserves_flags: bool,
    pub noreturn: bool,
    pub nostack: bool,
    pub may_unwind: bool,
}

/// The instruction set that a block is written in: those that the compiler accepts `asm!` for and
/// that LLVM can assemble.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Architecture {
    /// 32-bit x86.
    X86,
    /// x86_64.
    X86_64,
    /// 32-bit Arm, in either instruction set.
    Arm,
    /// 64-bit Arm.
    AArch64,
    /// 64-bit Arm code that x86_64 code can call.
    Arm64Ec,
    /// 32-bit RISC-V.
    RiscV32,
    /// 64-bit RISC-V.
    RiscV64,
    /// 32-bit LoongArch.
    LoongArch32,
    /// 64-bit LoongArch.
    LoongArch64,
    /// IBM Z.
    S390x,
    /// 32-bit PowerPC.
    PowerPc,
    /// 64-bit PowerPC.
    PowerPc64,
    /// 32-bit MIPS.
    Mips,
    /// 64-bit MIPS.
    Mips64,
    /// 32-bit SPARC.
    Sparc,
    /// 64-bit SPARC.
    Sparc64,
    /// BPF programs.
    Bpf,
    /// AVR.
    Avr,
    /// MSP430.
    Msp430,
    /// Hexagon.
    Hexagon,
    /// Motorola 68000.
    M68k,
    /// C-SKY.
    CSky,
    /// Xtensa.
    Xtensa,
    /// AMD graphics processors.
    AmdGpu,
}

impl Architecture {
    /// The width of a general register, a pointer and a stack slot, in bits.
    pub fn word_bits(self) -> u16 {
        match self {
            Architecture::Avr => 8,
            Architecture::Msp430 => 16,
            Architecture::X86
            | Architecture::Arm
            | Architecture::RiscV32
            | Architecture::LoongArch32
            | Architecture::PowerPc
            | Architecture::Mips
            | Architecture::Sparc
            | Architecture::Hexagon
            | Architecture::M68k
            | Architecture::CSky
            | Architecture::Xtensa => 32,
            Architecture::X86_64
            | Architecture::AArch64
            | Architecture::Arm64Ec
            | Architecture::RiscV64
            | Architecture::LoongArch64
            | Architecture::S390x
            | Architecture::PowerPc64
            | Architecture::Mips64
            | Architecture::Sparc64
            | Architecture::Bpf
            | Architecture::AmdGpu => 64,
        }
    }

    /// [`word_bits`](Self::word_bits) in bytes.
    pub fn word_bytes(self) -> u16 {
        self.word_bits() / 8
    }

    /// Whether it is x86 of either width, the only one with two syntaxes.
    pub fn is_x86(self) -> bool {
        matches!(self, Architecture::X86 | Architecture::X86_64)
    }
}

/// What all blocks of a crate share: the target as the compiler sees it.
#[derive(Clone, Debug)]
pub struct Target {
    /// The instruction set.
    pub architecture: Architecture,
    /// Whether the lowest byte of a value is the last one in memory.
    pub is_big_endian: bool,
    /// LLVM's name of the target, which need not be the compiler's own.
    pub llvm_triple: String,
    /// LLVM's name of the processor.
    pub llvm_cpu: String,
    /// LLVM's names of the target's features, each with its sign: `+v8a,-neon`.
    pub llvm_features: String,
    /// LLVM's name of the ABI, where there is a choice (`lp64d`); else empty.
    pub llvm_abi: String,
    /// Whether code is for any address, so that the assembler goes through the global offset table
    /// where it has a choice (RISC-V `la`).
    pub is_position_independent: bool,
    /// The compiler's names of the features that all code of the crate may use.
    pub features: BTreeSet<String>,
    /// Register classes and spellings.
    pub registers: RegisterTable,
    /// For each ABI by name: the register parts that a callee may overwrite, and what it asks of
    /// its caller's stack.
    pub abis: BTreeMap<String, Abi>,
    /// Whether the compiler keeps values in general registers only, because the target has no other
    /// (a soft-float ABI): what is in vector and floating-point registers is nobody's.
    pub only_general_registers: bool,
    /// The name in [`abis`](Self::abis) of what `extern "C"` means here.
    pub c_abi: String,
    /// For symbols that templates name, and of which more is known than that they are functions:
    /// the name in [`abis`](Self::abis) of the ABI by which they are called.
    pub callees: BTreeMap<String, String>,
    /// The convention by which the system takes `syscall` and `int 0x80`.
    pub kernel: Kernel,
    /// What the user says that instructions leave changed which enter a system, a firmware or a
    /// hypervisor, by instruction (`int 0x21`, `vmcall`); takes precedence over the tables.
    pub system_calls: BTreeMap<String, Changes>,
}

/// What one instruction that enters a system, a firmware, a hypervisor or an enclave leaves changed.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Changes {
    /// What is changed.
    pub certain: Vec<Cell>,
    /// What may be changed.
    pub possible: Vec<Cell>,
}

impl Target {
    /// [`llvm_features`](Self::llvm_features) with more of them, which take precedence.
    pub fn features_with(&self, more: &str) -> String {
        match (self.llvm_features.as_str(), more) {
            ("", more) => more.to_owned(),
            (own, "") => own.to_owned(),
            (own, more) => format!("{own},{more}"),
        }
    }

    /// Whether code of the target is Thumb code where nothing else is said.
    pub fn is_thumb(&self) -> bool {
        let last = last_sign(&self.llvm_features, "thumb-mode");
        last.unwrap_or_else(|| self.llvm_triple.starts_with("thumb"))
    }
}

/// The sign of the last mention of a feature in LLVM's list.
fn last_sign(features: &str, name: &str) -> Option<bool> {
    features.rsplit(',').find_map(|feature| match feature.split_at_checked(1)? {
        ("+", rest) if rest == name => Some(true),
        ("-", rest) if rest == name => Some(false),
        _ => None,
    })
}

/// What the function around a block adds to the target's features: `#[target_feature]` and
/// `#[instruction_set]`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct FunctionFeatures {
    /// The compiler's names of what `#[target_feature]` enables, with what they imply.
    pub names: BTreeSet<String>,
    /// The same, and the instruction set, in LLVM's names, each with its sign.
    pub llvm: String,
}

/// What a called function may do and needs.
#[derive(Clone, Default, Debug)]
pub struct Abi {
    /// The register parts that the callee may leave changed.
    pub clobbers: Vec<RegisterPart>,
    /// The alignment of `rsp` before a call, in bytes.
    pub stack_alignment: u32,
    /// The bytes of shadow space that the caller leaves above the return address.
    pub shadow_space: u32,
    /// Whether it is a convention of one function's own, for which there is no name in the source.
    pub is_nameless: bool,
}

/// Which kernel handles system calls, and so what a call leaves changed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kernel {
    /// Linux, with any C library.
    Linux,
    /// macOS, iOS and their like.
    Darwin,
    /// FreeBSD, NetBSD, OpenBSD and DragonFly.
    Bsd,
    /// Windows.
    Windows,
    /// illumos and Solaris.
    Solaris,
    /// Fuchsia.
    Fuchsia,
    /// Xous.
    Xous,
    /// UEFI firmware.
    Uefi,
    /// No system: the block may be the kernel itself, or call its firmware (the BIOS, SBI).
    None,
    /// Nothing is known beyond what the processor does itself.
    Unknown,
}

impl Kernel {
    /// All kernels with the names by which a configuration file knows them.
    pub const NAMES: [(Kernel, &str); 10] = [
        (Kernel::Linux, "linux"),
        (Kernel::Darwin, "darwin"),
        (Kernel::Bsd, "bsd"),
        (Kernel::Windows, "windows"),
        (Kernel::Solaris, "solaris"),
        (Kernel::Fuchsia, "fuchsia"),
        (Kernel::Xous, "xous"),
        (Kernel::Uefi, "uefi"),
        (Kernel::None, "none"),
        (Kernel::Unknown, "unknown"),
    ];

    /// The name in a configuration file.
    pub fn name(self) -> &'static str {
        Kernel::NAMES.iter().find(|(kernel, _)| *kernel == self).map_or("unknown", |(_, name)| name)
    }
}
