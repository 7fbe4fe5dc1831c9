//! Jumps, returns, and the ways out of the block. Calls are in [`calls`](super::calls).

use std::rc::Rc;

use iced_x86::{FlowControl, Mnemonic, OpKind, Register as Iced};

use crate::block::{BlockKind, Operand};
use crate::isa::x86::decode::Decoded;
use crate::machine::code::{CodeAddress, Reference};
use crate::machine::next::{Destination, Next};
use crate::machine::record::{AccessKind, DepartureKind, DoubtKind, ExitKind, UseKind};
use crate::machine::state::State;
use crate::machine::{Machine, Step};
use crate::registers::Register;
use crate::substitute::operand_of_symbol;
use crate::values::{Cause, Cell, Flag, Word};

impl Machine<'_> {
    /// Executes an instruction that decides where control goes; `None` for all others.
    pub fn control(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> Option<Next> {
        let instruction = &decoded.instruction;
        if decoded.known.meaning.ends && instruction.mnemonic() != Mnemonic::Iretq {
            let trap = instruction.flow_control() == FlowControl::Exception;
            return Some(Next::Leave(if trap {
                DepartureKind::Trap
            } else {
                DepartureKind::Return
            }));
        }
        if instruction.mnemonic() == Mnemonic::Enclu && self.leaves_enclave(state) {
            let target = self.general(state, Register::RBX);
            return Some(self.jump_to(state, step, &target));
        }
        if self.always_faults(state, decoded) {
            return Some(Next::Leave(DepartureKind::Trap));
        }
        match instruction.flow_control() {
            FlowControl::UnconditionalBranch => Some(self.jump_direct(state, decoded)),
            FlowControl::IndirectBranch => Some(self.jump_indirect(state, step, decoded)),
            FlowControl::ConditionalBranch => Some(self.branch(state, step, decoded)),
            // The decoder calls `syscall`, `vmcall` and the like calls, too.
            FlowControl::Call if instruction.mnemonic() == Mnemonic::Call => {
                Some(self.call_direct(state, step, decoded))
            }
            FlowControl::IndirectCall => Some(self.call_indirect(state, step, decoded)),
            FlowControl::Return => Some(self.leave(state, step, decoded)),
            FlowControl::XbeginXabortXend if instruction.mnemonic() == Mnemonic::Xbegin => {
                Some(self.begin_transaction(state, step, decoded))
            }
            _ => None,
        }
    }

    /// Whether `enclu` is known to leave its enclave for the address in `rbx` (SDM vol. 3D, EEXIT).
    fn leaves_enclave(&mut self, state: &State) -> bool {
        const EEXIT: u64 = 4;
        let leaf = self.read_register(state, Iced::EAX);
        leaf.as_constant().or_else(|| self.input_constant(&leaf)) == Some(EEXIT)
    }

    /// Whether it divides by a register that is known to be zero.
    fn always_faults(&mut self, state: &State, decoded: &Decoded) -> bool {
        let instruction = &decoded.instruction;
        matches!(instruction.mnemonic(), Mnemonic::Div | Mnemonic::Idiv)
            && instruction.op0_kind() == OpKind::Register
            && self.read_register(state, instruction.op0_register()).as_constant() == Some(0)
    }

    /// Where a direct jump or call goes.
    pub fn destination(&self, decoded: &Decoded) -> (Destination, Option<String>) {
        match &decoded.displacement {
            Some(Reference::Address(address)) => (Destination::Code(*address), None),
            // A slot holds no code.
            Some(Reference::Slot(_)) => (Destination::Outside, None),
            Some(Reference::Symbol(number, _)) => {
                let name = self.code.symbol(*number).to_owned();
                let operand = operand_of_symbol(&name);
                let label = operand.filter(|&operand| {
                    matches!(self.block.operands.get(operand), Some(Operand::Label { .. }))
                });
                match label {
                    Some(operand) => (Destination::Label(operand), Some(name)),
                    None => (Destination::Outside, Some(name)),
                }
            }
            None => {
                let section = decoded.address.section;
                let offset = decoded.instruction.near_branch_target();
                let far = matches!(
                    decoded.instruction.op_kind(0),
                    OpKind::FarBranch16 | OpKind::FarBranch32
                );
                match (&decoded.immediate, far) {
                    (Some(Reference::Address(address)), _) => (Destination::Code(*address), None),
                    (_, true) => (Destination::Outside, None),
                    _ => (Destination::Code(CodeAddress { section, offset }), None),
                }
            }
        }
    }

    fn jump_direct(&mut self, state: &State, decoded: &Decoded) -> Next {
        match self.destination(decoded).0 {
            Destination::Label(operand) => Next::Exit(ExitKind::Label(operand)),
            Destination::Outside => self.jump_out(state),
            inside => Next::Goto(inside),
        }
    }

    fn jump_indirect(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> Next {
        let word = self.target(state, step, decoded);
        if self.is_naked() && self.loaded_from_frame(&word) == Some(0) {
            return self.return_by_jump(state, step);
        }
        self.jump_to(state, step, &word)
    }

    /// `pop rcx; jmp rcx`: a naked function returns to its caller by a jump. The exit rules compare
    /// `rsp` as it is before a `ret`, so what the jump leaves to be popped is taken back first. A
    /// function that has dropped more than its ABI tells it to was not called by that ABI.
    fn return_by_jump(&mut self, state: &mut State, step: Step) -> Next {
        let bits = self.word_bits();
        let stack = self.general(state, Register::RSP);
        let (BlockKind::Naked(abi), Some((lowest, highest))) =
            (&self.block.kind, self.stack_range(&stack))
        else {
            return Next::Exit(ExitKind::TailJump);
        };
        let expected = i64::from(abi.callee_pops);
        let dropped = lowest - i64::from(bits / 8);
        if lowest != highest || dropped > expected {
            self.record.is_entered_by_jump |= dropped > expected;
            return Next::Exit(ExitKind::TailJump);
        }
        let entry = self.values.entry(Cell::Register(Register::RSP)).slice(0, bits);
        let before = self.values.add_constant(&entry, (dropped - expected) as u64, step.site);
        self.set_general(state, Register::RSP, &before);
        Next::Exit(ExitKind::Return { pops: u16::try_from(abi.callee_pops).unwrap_or(u16::MAX) })
    }

    /// What an indirect jump or call goes by.
    pub fn target(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> Word {
        let bits = self.word_bits();
        // A far pointer's offset comes first in memory (SDM vol. 2, JMP); its selector is not
        // followed.
        self.read_operand(state, step, decoded, 0, bits)
    }

    /// The width of the counter of a `loop`, which the address size decides.
    fn counter_bits(&self, decoded: &Decoded) -> u16 {
        let counter = decoded
            .known
            .registers
            .iter()
            .map(|used| used.register)
            .filter(|register| register.full_register() == Iced::RCX)
            .map(|register| register.size() * 8)
            .min();
        counter.and_then(|bits| u16::try_from(bits).ok()).unwrap_or(self.word_bits())
    }

    fn branch(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> Next {
        let instruction = &decoded.instruction;
        let question = match instruction.mnemonic() {
            Mnemonic::Jcxz | Mnemonic::Jecxz | Mnemonic::Jrcxz => {
                let bits = match instruction.mnemonic() {
                    Mnemonic::Jcxz => 16,
                    Mnemonic::Jecxz => 32,
                    _ => 64,
                };
                let counter = self.counter(state, bits);
                self.zero_question(state, &counter, false)
            }
            Mnemonic::Loop | Mnemonic::Loope | Mnemonic::Loopne => {
                let bits = self.counter_bits(decoded);
                let counter = self.counter(state, bits);
                let counter = self.values.add_constant(&counter, u64::MAX, step.site);
                let written = if bits == 32 {
                    counter.zero_extend(self.word_bits())
                } else {
                    counter.clone()
                };
                self.set_general(state, Register::RCX, &written);
                let mut question = self.zero_question(state, &counter, true);
                if instruction.mnemonic() != Mnemonic::Loop {
                    let zero = state.flag(Flag::Zero, &mut self.values);
                    Rc::make_mut(&mut question.condition).words.push(zero);
                    question.known = question.known.filter(|goes_on| !goes_on);
                }
                question
            }
            _ => match self.flags_question(state, instruction) {
                Some(question) => question,
                None => return Next::Unknown(DoubtKind::OpaqueInstruction),
            },
        };
        if question.known.is_none() {
            let condition = Rc::clone(&question.condition);
            for word in &condition.words {
                self.used(step, UseKind::Branch, word);
            }
        }
        Next::Branch(question, self.destination(decoded).0)
    }

    /// `xbegin`: an aborted transaction continues at the fallback with everything as it was at the
    /// start, except for the reason in `eax` (SDM vol. 2, XBEGIN).
    fn begin_transaction(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> Next {
        let reason = self.fresh(state, step, Cause::Instruction, 32);
        let mut aborted = state.clone();
        self.write_register(&mut aborted, Iced::EAX, reason, false);
        self.wrote(&mut aborted, step, Cell::Register(Register::RAX));
        Next::Either(Box::new(aborted), self.destination(decoded).0)
    }

    /// Returns of all kinds.
    fn leave(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> Next {
        let instruction = &decoded.instruction;
        let bits = self.word_bits();
        match instruction.mnemonic() {
            Mnemonic::Ret => self.near_return(state, step, decoded),
            Mnemonic::Retf => {
                let to = self.pop(state, step, bits);
                let selector = self.pop(state, step, bits);
                self.used(step, UseKind::System, &selector.slice(0, 16));
                self.drop_arguments(state, step, instruction.try_immediate(0).unwrap_or(0));
                self.return_to(step, &to)
            }
            Mnemonic::Iret | Mnemonic::Iretd | Mnemonic::Iretq
                if let Some(next) = self.return_from_interrupt(state, bits) =>
            {
                next
            }
            Mnemonic::Iret | Mnemonic::Iretd | Mnemonic::Iretq => {
                let to = self.pop(state, step, bits);
                let selector = self.pop(state, step, bits);
                self.used(step, UseKind::System, &selector.slice(0, 16));
                let flags = self.pop(state, step, bits);
                let inside = self.code_address(&to).is_some();
                if bits == 64 || !inside {
                    // Outside 64-bit mode rsp and ss are popped only when privilege changes.
                    let stack = self.pop(state, step, bits);
                    let segment = self.pop(state, step, bits);
                    self.used(step, UseKind::System, &segment.slice(0, 16));
                    self.set_general(state, Register::RSP, &stack);
                    if inside {
                        self.stack_pointer_loaded(state, step);
                    } else {
                        self.used(step, UseKind::StackPointer, &stack);
                    }
                }
                if inside {
                    self.load_flags_image(state, step, &flags);
                }
                self.return_to(step, &to)
            }
            _ => Next::Leave(DepartureKind::Return),
        }
    }

    /// How a naked handler returns to what was interrupted: the processor takes the flags and the
    /// stack back from its frame, above which there may have been an error code.
    fn return_from_interrupt(&mut self, state: &mut State, bits: u16) -> Option<Next> {
        let BlockKind::Naked(abi) = &self.block.kind else { return None };
        if abi.name != "x86-interrupt" {
            return None;
        }
        let stack = self.general(state, Register::RSP);
        let (lowest, highest) = self.stack_range(&stack)?;
        let pops = u16::try_from(lowest).ok().filter(|_| lowest == highest)?;
        let entry = self.values.entry(Cell::Register(Register::RSP)).slice(0, bits);
        self.set_general(state, Register::RSP, &entry);
        for flag in Flag::ALL {
            let entry = self.values.entry(Cell::Flag(flag));
            state.set(Cell::Flag(flag), entry, &mut self.values);
        }
        Some(Next::Exit(ExitKind::Return { pops }))
    }

    fn near_return(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> Next {
        let bits = self.word_bits();
        let stack = self.general(state, Register::RSP);
        let entry = self.values.entry(Cell::Register(Register::RSP)).slice(0, bits);
        let pops = decoded.instruction.try_immediate(0).unwrap_or(0);
        let exit = ExitKind::Return { pops: u16::try_from(pops).unwrap_or(u16::MAX) };
        if self.is_naked() && stack == entry {
            return Next::Exit(exit);
        }
        let depth = self.stack_range(&stack);
        let to = self.pop(state, step, bits);
        if let Some(address) = self.code_address(&to) {
            self.drop_arguments(state, step, pops);
            return Next::Goto(Destination::Code(address));
        }
        if let Some(addresses) = self.merged_code_addresses(&to) {
            self.drop_arguments(state, step, pops);
            return Next::Several(addresses);
        }
        if let Some(address) = self.code_address_before(&to) {
            self.drop_arguments(state, step, pops);
            return Next::Goto(Destination::Code(address));
        }
        if self.is_naked() && self.is_unknown(&to) {
            return Next::Unknown(DoubtKind::ComputedJump);
        }
        if self.is_naked()
            && let Some((lowest, _)) = depth
            && !self.is_jump_target(&to)
        {
            // Returns through a slot that is not its caller's: the exit rules tell, unless it took
            // the address of a caller for data, and so has none.
            self.record.is_entered_by_jump |= lowest > 0 && self.record.takes_return_address;
            self.set_general(state, Register::RSP, &stack);
            return Next::Exit(exit);
        }
        if let Some(next) = self.return_out_of_block(step, &to) {
            return next;
        }
        self.jump_to(state, step, &to)
    }

    /// What `ret n` does after popping the address that it returns to (SDM vol. 2, RET).
    fn drop_arguments(&mut self, state: &mut State, step: Step, bytes: u64) {
        let stack = self.general(state, Register::RSP);
        let above = self.values.add_constant(&stack, bytes, step.site);
        self.set_general(state, Register::RSP, &above);
    }

    /// Records the memory accesses that the decoder lists, without following values.
    pub fn listed_accesses(&mut self, state: &State, step: Step, decoded: &Decoded) {
        for (kind, address, bytes, conditional) in self.memory_list(state, decoded) {
            self.access(state, step, kind, &address, bytes, conditional);
        }
    }

    /// Whether the kind of access reads.
    pub fn reads(kind: AccessKind) -> bool {
        kind.reads()
    }
}
