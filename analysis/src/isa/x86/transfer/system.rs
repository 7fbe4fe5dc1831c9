//! System instructions: what they use, what the kernel changes, what is not known.

use iced_x86::{Mnemonic, Register as Iced};

use super::flags::DECODER_BITS;
use crate::block::{Changes, Operand, Place};
use crate::isa::x86::decode::Decoded;
use crate::isa::x86::kernels;
use crate::isa::x86::meaning::{
    KernelEntry, Meaning, OperandAccess, SideEffect, leaf_has_subleaves,
};
use crate::isa::x86::questions::mnemonic;
use crate::machine::record::{DoubtKind, UseKind};
use crate::machine::state::State;
use crate::machine::{Machine, Step};
use crate::registers::{Register, RegisterPart};
use crate::values::{Cause, Cell, Word};

/// The registers that are unknown after `sysenter`: the kernel continues in its own code, which pops
/// three registers and an address off the stack (Linux, `__kernel_vsyscall`).
const TAKEN_FROM_STACK: [Register; 4] =
    [Register::RSP, Register::RBP, Register::RCX, Register::RDX];

impl Machine<'_> {
    /// Executes a system instruction. Returns whether it was one.
    pub fn system(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> bool {
        let instruction = &decoded.instruction;
        let meaning = &decoded.known.meaning;
        if let Some(entry) = meaning.kernel {
            self.enter_kernel(state, step, decoded, entry);
            return true;
        }
        if instruction.mnemonic() == Mnemonic::Cpuid {
            self.identify(state, step);
            return true;
        }
        if meaning.opaque {
            self.opaque(state, step, decoded);
            return true;
        }
        if meaning.operand_access == OperandAccess::Address {
            let address = self.memory_operand(state, decoded);
            self.used(step, UseKind::Address, &address.word);
        }
        if instruction.mnemonic() == Mnemonic::Vmwrite {
            // It may be the address to which the exits of a guest come back (SDM vol. 3C, 24.5).
            let bits = self.word_bits();
            let value = self.read_operand(state, step, decoded, 1, bits);
            if self.may_be_own_address(&value) {
                self.doubt(DoubtKind::MayComeBack, Some(step.site));
            }
        }
        if matches!(instruction.mnemonic(), Mnemonic::Lar | Mnemonic::Lsl) {
            // Not what the destination held, though it may stay there.
            let selector = self.read_operand(state, step, decoded, 1, 16);
            self.used(step, UseKind::System, &selector);
            return false;
        }
        let Some(kind) = use_kind(instruction.mnemonic(), meaning) else { return false };
        let inputs = self.all_inputs(state, step, decoded);
        for (input, register) in inputs.iter().zip(Self::read_list(decoded)) {
            // Only what selects or fills system state is seen; `rsp` and the like is not.
            if register.is_none_or(|register| register.is_gpr()) {
                self.used(step, kind, input);
            }
        }
        self.generic_from(state, step, decoded, &inputs);
        true
    }

    /// The registers after the first of [`all_inputs`](Self::all_inputs).
    fn read_list(decoded: &Decoded) -> impl Iterator<Item = Option<Iced>> {
        let read = decoded.known.registers.iter().filter(|used| super::generic::reads(used.access));
        read.map(|used| Some(used.register)).chain(std::iter::repeat(None))
    }

    /// `syscall`, `int n`, `vmcall`: whoever is entered may write every register that the author declares
    /// as an output; whatever else is known to change, changes, as it does with `enclu` or `vmrun`.
    fn enter_kernel(
        &mut self,
        state: &mut State,
        step: Step,
        decoded: &Decoded,
        entry: KernelEntry,
    ) {
        self.hand_over(state, step.site);
        let selector = match entry {
            KernelEntry::Interrupt(vector) => Some(u64::from(vector)),
            KernelEntry::Enclave => {
                let leaf = self.read_register(state, Iced::EAX);
                self.used(step, UseKind::System, &leaf);
                leaf.as_constant().or_else(|| self.input_constant(&leaf))
            }
            _ => None,
        };
        // The processor's own functions write what their manual lists and no more.
        if !matches!(entry, KernelEntry::Enclave | KernelEntry::Guest) {
            self.write_declared_outputs(state, step);
        }
        let mnemonic = mnemonic(&decoded.instruction);
        match kernels::changes(&self.block.target, &mnemonic, selector) {
            Some(changes) => {
                let Changes { certain, possible } = changes.clone();
                for cell in certain {
                    self.answered(state, step, cell, Cause::Callee);
                }
                if !possible.is_empty() {
                    self.doubt(DoubtKind::ForeignAnswer, Some(step.site));
                }
                for cell in possible {
                    // What the block keeps in a register of a class has no part in a convention.
                    match self.is_of_class(cell) {
                        // The others are numbered alike, whichever register the class has.
                        true => _ = self.origin(state, step, 0),
                        false => self.answered(state, step, cell, Cause::Opaque),
                    }
                }
            }
            // Where control comes back to, and with which stack, only the kernel knows.
            None => {
                self.doubt(DoubtKind::OpaqueInstruction, Some(step.site));
                for register in TAKEN_FROM_STACK {
                    let word = self.fresh(state, step, Cause::Opaque, self.word_bits());
                    self.set_general(state, register, &word);
                }
            }
        }
    }

    /// Whether it is the register that was chosen for an operand of a class.
    fn is_of_class(&self, cell: Cell) -> bool {
        self.block.operands.iter().zip(self.registers).any(|(operand, part)| {
            matches!(operand, Operand::Register(operand) if matches!(operand.place, Place::Class(_)))
                && part.is_some_and(|part| Cell::Register(part.register) == cell)
        })
    }

    /// Lets a register or a flag hold what a kernel or firmware has left there.
    fn answered(&mut self, state: &mut State, step: Step, cell: Cell, cause: Cause) {
        match cell {
            Cell::Register(register) => self.overwrite_with(
                state,
                step,
                RegisterPart { bits: 64, ..register.whole() },
                cause,
            ),
            Cell::Flag(flag) => {
                let bit = self.fresh(state, step, cause, 1);
                self.set_flag(state, step, flag, bit);
            }
            _ => {}
        }
    }

    /// An instruction whose effects can't be known: declared outputs may be written, the rest is
    /// unknown.
    fn opaque(&mut self, state: &mut State, step: Step, decoded: &Decoded) {
        self.listed_accesses(state, step, decoded);
        self.doubt(DoubtKind::OpaqueInstruction, Some(step.site));
        self.write_declared_outputs(state, step);
        for (flag, bit) in DECODER_BITS {
            if decoded.instruction.rflags_modified() & bit != 0 {
                let word = self.fresh(state, step, Cause::Opaque, 1);
                self.set_flag(state, step, flag, word);
            }
        }
    }

    /// `cpuid`: `eax` selects; `ecx` does where the leaf has subleaves, or is not known.
    fn identify(&mut self, state: &mut State, step: Step) {
        let leaf = self.read_register(state, Iced::EAX);
        self.used(step, UseKind::System, &leaf);
        let known = leaf.as_constant().or_else(|| self.input_constant(&leaf));
        let has_subleaves = known.and_then(|leaf| u32::try_from(leaf).ok());
        let subleaf = self.read_register(state, Iced::ECX);
        // An author who passes a subleaf to a leaf that has none does so on purpose.
        let is_given = self.input_operand(&subleaf).is_some();
        if is_given || has_subleaves.is_none_or(leaf_has_subleaves) {
            self.used(step, UseKind::System, &subleaf);
        }
        for (slot, register) in (0u16..).zip([Iced::EAX, Iced::EBX, Iced::ECX, Iced::EDX]) {
            let origin = self.origin(state, step, slot);
            let word = self.values.fresh(origin, Cause::Instruction, Vec::new(), 32);
            self.write_register(state, register, word, false);
        }
    }

    /// What a cell holds; for the rules about whole cells.
    pub fn cell(&mut self, state: &State, cell: Cell) -> Word {
        state.get(cell, &mut self.values)
    }
}

/// How a system instruction uses what it reads.
fn use_kind(mnemonic: Mnemonic, meaning: &Meaning) -> Option<UseKind> {
    match meaning.side_effect {
        Some(SideEffect::PortIo) => Some(UseKind::Port),
        Some(SideEffect::Privileged | SideEffect::MachineState | SideEffect::Hypervisor) => {
            Some(UseKind::System)
        }
        _ => matches!(
            mnemonic,
            Mnemonic::Rdmsr
                | Mnemonic::Verr
                | Mnemonic::Verw
                | Mnemonic::Monitor
                | Mnemonic::Monitorx
                | Mnemonic::Umonitor
                | Mnemonic::Mwait
                | Mnemonic::Mwaitx
                | Mnemonic::Umwait
                | Mnemonic::Tpause
                | Mnemonic::Xgetbv
                | Mnemonic::Rdpmc
                | Mnemonic::Rdpkru
                | Mnemonic::Wrpkru
                | Mnemonic::Wrfsbase
                | Mnemonic::Wrgsbase
                | Mnemonic::Xsetbv
        )
        .then_some(UseKind::System),
    }
}
