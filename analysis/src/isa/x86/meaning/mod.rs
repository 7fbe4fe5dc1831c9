//! What an instruction means to the contract, as far as the decoder's own tables don't say it.
//!
//! iced knows registers, flags and memory operands. Whether an instruction synchronizes, accesses a
//! device, gives a different result each time, may set an exception flag of MXCSR or requires an
//! aligned operand is in four text tables next to this file (`system.txt`, `memory.txt`,
//! `floating.txt`, `mxcsr.txt`), one fact a row, each row with its place in the manuals. Read by
//! [`Meanings`] on first use, asked by the effects of every instruction and by the rules.

mod cpuid;
mod facts;
mod table;

use std::sync::LazyLock;

use iced_x86::{
    Code, CpuidFeature, EncodingKind, Instruction, Mnemonic, OpKind, Register, RflagsBits,
    RoundingControl,
};

pub use crate::meaning::{Idle, KernelEntry, Nondeterminism, SideEffect, SystemEffect};
pub use cpuid::leaf_has_subleaves;
pub use facts::{FloatingState, HiddenAccess, OperandAccess, SseFlags};
pub use table::{Meanings, is_mnemonic, mnemonics};

/// What the standard tables say about `instruction`.
pub fn meaning(instruction: &Instruction) -> Meaning {
    Meanings::standard().of(instruction)
}

/// What an instruction means beyond its registers, flags and memory operands.
///
/// The default is what nearly all instructions mean: nothing more.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Meaning {
    /// It orders this processor's memory accesses as others see them: `mfence`, `sfence`, a `lock`
    /// prefix, `xchg` with memory.
    pub synchronizes: bool,
    /// It does something that no register, flag or memory operand shows.
    pub side_effect: Option<SideEffect>,
    /// Its results depend on something that is not an operand.
    pub nondeterministic: Option<Nondeterminism>,
    /// It does more to memory, or to when other code may touch it, than its operands show.
    pub system: Option<SystemEffect>,
    /// It enters the kernel by the operating system's convention.
    pub kernel: Option<KernelEntry>,
    /// What it does to registers and memory can't be known from the instruction.
    pub opaque: bool,
    /// Execution never continues after it: `ud2`, `sysret`. (After `hlt`, `int3` and `int1` it does.)
    pub ends: bool,
    /// It may do nothing at all, its results as they were: where a feature of the processor is off.
    pub perhaps_nothing: bool,
    /// The status flags are kept although the decoder calls them undefined or written.
    pub flags_kept: bool,
    /// Flags that are undefined afterwards although the decoder calls them kept, as bits of
    /// [`RflagsBits`].
    pub undefined_flags: u32,
    /// What happens at the memory operand, where the decoder's access is not the whole truth.
    pub operand_access: OperandAccess,
    /// A memory access that no operand shows.
    pub hidden_access: Option<HiddenAccess>,
    /// How many bytes the memory operand has at least, where the decoder has no size.
    pub minimum_bytes: Option<u32>,
    /// The alignment in bytes that the memory operand must have, or the instruction faults.
    pub alignment: Option<u32>,
    /// The same for the memory that a register operand points at (`movdir64b`, `enqcmd`).
    pub target_alignment: Option<u32>,
    /// The exception flags of MXCSR that it may set.
    pub sse_flags: SseFlags,
    /// Which floating-point state it loads, stores or resets as a whole.
    pub floating_state: Option<FloatingState>,
    /// It changes the x87 status word: an exception flag, C0 to C3 or the top of stack.
    pub changes_x87_status: bool,
    /// It pushes: the register that becomes `st(0)` is written, which the decoder doesn't list.
    pub pushes_x87: bool,
    /// It uses an MMX register, which gives all eight x87 registers a tag of "valid" and sets the
    /// top of stack to 0.
    pub enters_mmx: bool,
}

impl Meaning {
    /// What every architecture's instructions have a meaning in.
    pub fn common(&self, instruction: &Instruction) -> crate::meaning::Meaning {
        let mnemonic = instruction.mnemonic();
        let has_two_registers = instruction.op0_kind() == OpKind::Register
            && instruction.op1_kind() == OpKind::Register;
        crate::meaning::Meaning {
            synchronizes: self.synchronizes,
            acquires: false,
            side_effect: self.side_effect,
            nondeterministic: self.nondeterministic,
            system: self.system,
            kernel: self.kernel,
            opaque: self.opaque,
            ends: self.ends,
            // The exit of the guest leads to the instruction after `vmrun` (APM vol. 2, 15.5.1); a
            // failure to enter it leads to that after `vmlaunch` (SDM vol. 3C, VMLAUNCH).
            comes_back: matches!(
                mnemonic,
                Mnemonic::Vmrun | Mnemonic::Vmlaunch | Mnemonic::Vmresume
            ),
            // `bsf` and `bsr` leave the destination for a source of 0 (APM vol. 3, BSF and BSR).
            perhaps_nothing: self.perhaps_nothing
                || matches!(mnemonic, Mnemonic::Bsf | Mnemonic::Bsr),
            hints: self.operand_access == OperandAccess::Hint && mnemonic != Mnemonic::Nop,
            idles: match mnemonic {
                Mnemonic::Pause => Some(Idle::Spin),
                Mnemonic::Hlt => Some(Idle::Halt),
                _ => None,
            },
            accesses_more: self.minimum_bytes.is_some(),
            acts_on_address: self.operand_access == OperandAccess::Address,
            sets_trap_table: mnemonic == Mnemonic::Lidt,
            writes_unknown: false,
            // Valgrind, Bochs and others treat `xchg` of a register with itself as a request.
            requests: mnemonic == Mnemonic::Xchg
                && has_two_registers
                && instruction.op0_register() == instruction.op1_register(),
            raises_float_status: self.raises_sse_flags() || self.changes_x87_status,
        }
    }

    /// Whether it may set an exception flag of MXCSR.
    pub fn raises_sse_flags(&self) -> bool {
        self.sse_flags != SseFlags::NONE
    }

    /// Whether the memory operand is not accessed at all: a hint, or an address to act upon.
    pub fn leaves_operand_alone(&self) -> bool {
        matches!(self.operand_access, OperandAccess::Hint | OperandAccess::Address)
    }

    /// Adds what depends on operands and prefixes, which no table row can say.
    fn with_operands(mut self, instruction: &Instruction) -> Meaning {
        let memory = has_memory_operand(instruction);
        let exchange = instruction.mnemonic() == Mnemonic::Xchg && memory;
        // A `lock` prefix counts on own stack too: `lock or [rsp], 0` is a fence idiom.
        self.synchronizes |= exchange || (instruction.has_lock_prefix() && memory);

        if writes_page_table_base(instruction) {
            self.system = self.system.or(Some(SystemEffect::Translation));
        }
        if self.kernel == Some(KernelEntry::Interrupt(0)) {
            let vector = instruction.immediate8();
            self.kernel = Some(KernelEntry::Interrupt(vector));
        }
        // Embedded rounding implies that exceptions are suppressed (SDM 2 "EVEX.b").
        if instruction.suppress_all_exceptions()
            || instruction.rounding_control() != RoundingControl::None
        {
            self.sse_flags = SseFlags::NONE;
        }
        if memory {
            if self.alignment == Some(0) || demands_vector_alignment(instruction) {
                self.alignment = u32::try_from(instruction.memory_size().size()).ok();
            }
        } else {
            self.alignment = None;
            self.operand_access = OperandAccess::AsDecoded;
        }
        if rotates_by_whole_turns(instruction) {
            self.undefined_flags |= RflagsBits::OF;
        }
        if self.changes_x87_status {
            // `fdecstp` turns the stack and writes nothing.
            self.pushes_x87 = instruction.fpu_stack_increment_info().increment() < 0
                && instruction.mnemonic() != Mnemonic::Fdecstp;
        }
        if uses_mmx(instruction) {
            self.enters_mmx = true;
            self.changes_x87_status = true;
        }
        self
    }
}

/// Whether any operand is memory, be it only by implication as with string instructions.
fn has_memory_operand(instruction: &Instruction) -> bool {
    (0..instruction.op_count()).any(|operand| {
        !matches!(
            instruction.op_kind(operand),
            OpKind::Register
                | OpKind::NearBranch16
                | OpKind::NearBranch32
                | OpKind::NearBranch64
                | OpKind::FarBranch16
                | OpKind::FarBranch32
                | OpKind::Immediate8
                | OpKind::Immediate8_2nd
                | OpKind::Immediate16
                | OpKind::Immediate32
                | OpKind::Immediate64
                | OpKind::Immediate8to16
                | OpKind::Immediate8to32
                | OpKind::Immediate8to64
                | OpKind::Immediate32to64
        )
    })
}

/// Whether it is a `mov cr3`, which flushes translations as `invlpg` does. One form of the
/// decoder covers all control registers, so no table row can distinguish them.
fn writes_page_table_base(instruction: &Instruction) -> bool {
    matches!(instruction.code(), Code::Mov_cr_r32 | Code::Mov_cr_r64)
        && instruction.op0_register() == Register::CR3
}

/// Whether it is a `rcl` or `rcr` whose count is not 0 after masking to five bits but a multiple
/// of the 9 or 17 bits that turn. The decoder takes that for a count of 0, which keeps all flags;
/// processors leave OF undefined, as for every count but 0 and 1 (SDM 2 "RCL/RCR/ROL/ROR").
fn rotates_by_whole_turns(instruction: &Instruction) -> bool {
    let turn = match instruction.code() {
        Code::Rcl_rm8_imm8 | Code::Rcr_rm8_imm8 => 9,
        Code::Rcl_rm16_imm8 | Code::Rcr_rm16_imm8 => 17,
        _ => return false,
    };
    let count = instruction.immediate8() & 0x1F;
    count != 0 && count.is_multiple_of(turn)
}

fn uses_mmx(instruction: &Instruction) -> bool {
    (0..instruction.op_count()).any(|operand| {
        instruction.op_kind(operand) == OpKind::Register && instruction.op_register(operand).is_mm()
    })
}

/// Whether the rule "a 128-bit memory operand of a legacy SSE instruction is aligned" applies
/// (SDM 1 "Memory Alignment" of the chapter on SSE; SDM 2 exception types 2 and 4). VEX and EVEX
/// operands need none; the moves that do are rows of `memory.txt`.
fn demands_vector_alignment(instruction: &Instruction) -> bool {
    if instruction.encoding() != EncodingKind::Legacy || instruction.memory_size().size() != 16 {
        return false;
    }
    let named_unaligned = matches!(
        instruction.mnemonic(),
        Mnemonic::Movups
            | Mnemonic::Movupd
            | Mnemonic::Movdqu
            | Mnemonic::Lddqu
            | Mnemonic::Maskmovdqu
            | Mnemonic::Pcmpestri
            | Mnemonic::Pcmpestri64
            | Mnemonic::Pcmpestrm
            | Mnemonic::Pcmpestrm64
            | Mnemonic::Pcmpistri
            | Mnemonic::Pcmpistrm
    );
    !named_unaligned
        && instruction.cpuid_features().iter().any(|feature| {
            matches!(
                feature,
                CpuidFeature::SSE
                    | CpuidFeature::SSE2
                    | CpuidFeature::SSE3
                    | CpuidFeature::SSSE3
                    | CpuidFeature::SSE4_1
                    | CpuidFeature::SSE4_2
                    | CpuidFeature::AES
                    | CpuidFeature::PCLMULQDQ
                    | CpuidFeature::SHA
                    | CpuidFeature::GFNI
            )
        })
}

/// The standard tables, read when the first instruction asks.
static STANDARD: LazyLock<Meanings> = LazyLock::new(Meanings::from_tables);

#[cfg(test)]
mod tests;
