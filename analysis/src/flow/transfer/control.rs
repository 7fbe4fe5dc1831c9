//! Jumps, calls, returns, and the ways out of the block.

use iced_x86::{FlowControl, Mnemonic, OpKind, Register as Iced};

use super::{Destination, Next};
use crate::block::{BlockKind, Callee, Operand};
use crate::facts::{
    AccessKind, Call, CallTarget, DepartureKind, DoubtKind, ExitKind, StackUseKind, UseKind,
};
use crate::flow::machine::{Machine, Step};
use crate::flow::program::{CodeAddress, Decoded, Reference};
use crate::flow::state::State;
use crate::registers::{Register, RegisterPart};
use crate::substitute::operand_of_symbol;
use crate::values::{Cause, Cell, Flag, Kind, ValueId, Word};

impl Machine<'_> {
    /// Executes an instruction that decides where control goes; `None` for all others.
    pub fn control(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> Option<Next> {
        let instruction = &decoded.instruction;
        if self.meanings.of(instruction).ends && instruction.mnemonic() != Mnemonic::Iretq {
            let trap = instruction.flow_control() == FlowControl::Exception;
            return Some(Next::Leave(if trap {
                DepartureKind::Trap
            } else {
                DepartureKind::Return
            }));
        }
        if self.always_faults(state, decoded) {
            return Some(Next::Leave(DepartureKind::Trap));
        }
        match instruction.flow_control() {
            FlowControl::UnconditionalBranch => Some(self.jump_direct(decoded)),
            FlowControl::IndirectBranch => Some(self.jump_indirect(state, step, decoded)),
            FlowControl::ConditionalBranch => Some(self.branch(state, step, decoded)),
            // The decoder calls `syscall`, `vmcall` and the like calls, too.
            FlowControl::Call if instruction.mnemonic() == Mnemonic::Call => {
                Some(self.call_direct(state, step, decoded))
            }
            FlowControl::IndirectCall => Some(self.call_indirect(state, step, decoded)),
            FlowControl::Return => Some(self.leave(state, step, decoded)),
            _ => None,
        }
    }

    /// Whether it divides by a register that is known to be zero.
    fn always_faults(&mut self, state: &State, decoded: &Decoded) -> bool {
        let instruction = &decoded.instruction;
        matches!(instruction.mnemonic(), Mnemonic::Div | Mnemonic::Idiv)
            && instruction.op0_kind() == OpKind::Register
            && self.read_register(state, instruction.op0_register()).as_constant() == Some(0)
    }

    /// Where a direct jump or call goes.
    fn destination(&self, decoded: &Decoded) -> (Destination, Option<String>) {
        match &decoded.displacement {
            Some(Reference::Address(address)) => (Destination::Code(*address), None),
            // A slot holds no code.
            Some(Reference::Slot(_)) => (Destination::Outside, None),
            Some(Reference::Symbol(number, _)) => {
                let name = self.program.symbol(*number).to_owned();
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

    fn is_naked(&self) -> bool {
        matches!(self.block.kind, BlockKind::Naked(_))
    }

    fn jump_direct(&mut self, decoded: &Decoded) -> Next {
        match self.destination(decoded).0 {
            Destination::Label(operand) => Next::Exit(ExitKind::Label(operand)),
            Destination::Outside => self.jump_out(),
            inside => Next::Goto(inside),
        }
    }

    fn jump_out(&self) -> Next {
        if self.is_naked() {
            Next::Exit(ExitKind::TailJump)
        } else {
            Next::Leave(DepartureKind::Jump)
        }
    }

    fn jump_indirect(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> Next {
        let word = self.target(state, step, decoded);
        self.jump_to(step, &word)
    }

    /// What an indirect jump or call goes by.
    fn target(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> Word {
        let bits = self.word_bits();
        // A far pointer's offset comes first in memory (SDM vol. 2, JMP); its selector is not
        // followed.
        self.read_operand(state, step, decoded, 0, bits)
    }

    /// Goes to a computed address.
    fn jump_to(&mut self, step: Step, word: &Word) -> Next {
        if let Some(address) = self.code_address(word) {
            return Next::Goto(Destination::Code(address));
        }
        let label = self.symbol_operand(word).filter(|&operand| {
            matches!(self.block.operands.get(operand), Some(Operand::Label { .. }))
        });
        if let Some(operand) = label {
            return Next::Exit(ExitKind::Label(operand));
        }
        self.used(step, UseKind::Target, word);
        if self.may_be_own_address(word) {
            return Next::Unknown(DoubtKind::ComputedJump);
        }
        self.jump_out()
    }

    /// The operand that the word is the address of.
    fn symbol_operand(&self, word: &Word) -> Option<usize> {
        let (value, 0) = word.as_slice()? else { return None };
        match self.values.get(value).kind {
            Kind::Symbol { symbol, addend: 0 } => operand_of_symbol(self.program.symbol(symbol)),
            _ => None,
        }
    }

    /// Whether an address of the block's own code or data went into the word.
    fn may_be_own_address(&self, word: &Word) -> bool {
        let mut work: Vec<ValueId> = word.values().collect();
        let mut seen = Vec::new();
        while let Some(value) = work.pop() {
            if seen.contains(&value) {
                continue;
            }
            seen.push(value);
            match &self.values.get(value).kind {
                Kind::Address { .. } => return true,
                Kind::Offset { base, .. } => work.extend(base.values()),
                Kind::Computed { inputs, .. } | Kind::Fresh { inputs, .. } => {
                    work.extend(inputs.iter().flat_map(Word::values));
                }
                Kind::Joined { .. } => {
                    work.extend(self.values.alternatives(value).iter().flat_map(Word::values));
                }
                _ => {}
            }
        }
        false
    }

    /// The width of the counter of a `loop`, which the address size decides.
    fn counter_bits(&self, decoded: &Decoded) -> u16 {
        let counter = decoded
            .registers
            .iter()
            .map(|(register, _)| register)
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
                    question.condition.words.push(zero);
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
            for word in question.condition.words.clone() {
                self.used(step, UseKind::Branch, &word);
            }
        }
        Next::Branch(question, self.destination(decoded).0)
    }

    fn call_direct(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> Next {
        match self.destination(decoded) {
            (Destination::Code(address), _) => self.call_inside(state, step, decoded, address),
            (_, name) => {
                let target = match name.as_deref().map(|name| (operand_of_symbol(name), name)) {
                    Some((Some(operand), _)) => CallTarget::Operand(operand),
                    Some((None, name)) => CallTarget::Named(name.to_owned()),
                    None => CallTarget::Unknown,
                };
                self.call_outside(state, step, target)
            }
        }
    }

    fn call_indirect(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> Next {
        let word = self.target(state, step, decoded);
        if let Some(address) = self.code_address(&word) {
            return self.call_inside(state, step, decoded, address);
        }
        self.used(step, UseKind::Target, &word);
        let target = match self.symbol_operand(&word).or_else(|| self.input_operand(&word)) {
            Some(operand) => CallTarget::Operand(operand),
            None => CallTarget::Unknown,
        };
        self.call_outside(state, step, target)
    }

    /// The register operand whose input the word is.
    pub fn input_operand(&self, word: &Word) -> Option<usize> {
        let (value, 0) = word.as_slice()? else { return None };
        let Kind::Entry(Cell::Register(register)) = self.values.get(value).kind else {
            return None;
        };
        self.block.operands.iter().zip(self.registers).position(|(operand, part)| {
            matches!(operand, Operand::Register(operand) if operand.input.is_some())
                && part.is_some_and(|part| part.register == register)
        })
    }

    /// A call within the block is a push and a jump.
    fn call_inside(
        &mut self,
        state: &mut State,
        step: Step,
        decoded: &Decoded,
        to: CodeAddress,
    ) -> Next {
        let back =
            CodeAddress { section: decoded.address.section, offset: decoded.instruction.next_ip() };
        let word = self.reference(&Reference::Address(back), step.site);
        self.push(state, step, word);
        Next::Goto(Destination::Code(to))
    }

    /// What is known of the function that is called.
    fn callee(&self, target: &CallTarget) -> Option<&Callee> {
        let CallTarget::Operand(operand) = target else { return None };
        match self.block.operands.get(*operand)? {
            Operand::Symbol(symbol) => symbol.callee.as_ref(),
            Operand::Register(operand) => operand.input.as_ref()?.callee.as_ref(),
            _ => None,
        }
    }

    fn call_outside(&mut self, state: &mut State, step: Step, target: CallTarget) -> Next {
        let callee = self.callee(&target).cloned();
        let diverges = callee.as_ref().is_some_and(|callee| callee.diverges);
        let block = self.block;
        let machine = &block.target;
        let configured = match &target {
            CallTarget::Named(name) => machine.callees.get(name).cloned(),
            _ => None,
        };
        let declared = callee.map(|callee| callee.abi);
        let abi = declared.or(configured).unwrap_or_else(|| machine.c_abi.clone());
        let stack_pointer = self.general(state, Register::RSP);
        let misalignment = self.low_stack_bits(&stack_pointer);
        let room = self.stack_range(&stack_pointer).map(|(_, highest)| -highest);
        self.stack_use(state, step, &stack_pointer, StackUseKind::Call);
        self.hand_over(state, step.site);
        let (site, trace) = (step.site, step.trace);
        let call = Call { site, trace, target, abi, stack_pointer, misalignment, room };
        let clobbers = machine.abis.get(&call.abi).or_else(|| machine.abis.get(&machine.c_abi));
        for part in clobbers.into_iter().flat_map(|abi| &abi.clobbers) {
            self.overwrite(state, step, part.register, part.low_bit, part.bits);
        }
        for flag in Flag::STATUS {
            let word = self.fresh(state, step, Cause::Callee, 1);
            self.set_flag(state, step, flag, word);
        }
        self.record.calls.push(call);
        // What a callee does to memory is not known; the caller's own stack is not its business.
        let mut memory = std::mem::take(&mut state.memory);
        memory.retain(|base| {
            self.comes_from_stack(base) || state.stacks.iter().any(|(stack, _)| stack == base)
        });
        state.memory = memory;
        if diverges {
            return Next::Leave(DepartureKind::DivergingCall);
        }
        Next::Fall
    }

    /// Lets a part of a register hold something that a callee or the kernel left there.
    pub fn overwrite(
        &mut self,
        state: &mut State,
        step: Step,
        register: Register,
        low: u16,
        bits: u16,
    ) {
        let part = RegisterPart { register, low_bit: low, bits };
        self.overwrite_with(state, step, part, Cause::Callee);
    }

    /// Lets a part of a register hold something that comes from outside of the block.
    pub fn overwrite_with(
        &mut self,
        state: &mut State,
        step: Step,
        part: RegisterPart,
        cause: Cause,
    ) {
        let RegisterPart { register, low_bit: low, bits } = part;
        if matches!(register, Register::X87(_) | Register::Mmx(_)) {
            // What a callee leaves on the x87 stack is its ABI's business.
            return;
        }
        let cell = Cell::Register(register);
        let bits = bits.min(register.bits() - low);
        let before = state.get(cell, &mut self.values);
        // What was there may be there still.
        let inputs = match cause {
            Cause::Opaque => vec![before.slice(low, bits)],
            _ => Vec::new(),
        };
        let origin = self.origin(state, step, 0);
        let word = self.values.fresh(origin, cause, inputs, bits);
        let whole = before.with(low, &word);
        state.set(cell, whole, &mut self.values);
        self.wrote(state, step, cell);
    }

    /// `rsp` modulo 64 as far as the entry `rsp` and forced alignment tell. The entry `rsp` counts
    /// as aligned, that of a naked function as aligned before its caller pushed the return address.
    fn low_stack_bits(&mut self, stack: &Word) -> Option<u8> {
        let (base, offset) = self.base_and_offset(stack);
        let entry = self.values.entry(Cell::Register(Register::RSP)).slice(0, base.bits());
        let pushed = if self.is_naked() { i64::from(self.word_bits() / 8) } else { 0 };
        let (modulus, offset): (i64, i64) = if base == entry {
            (64, offset - pushed)
        } else {
            let (mask, ones) = base.known();
            let aligned = ones & 15 == 0 && mask & 15 == 15;
            (aligned.then(|| 1 << mask.trailing_ones().min(6))?, offset)
        };
        u8::try_from(offset.rem_euclid(modulus)).ok()
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
                self.return_to(step, &to)
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
            return Next::Goto(Destination::Code(address));
        }
        if self.is_naked() && depth.is_some() && !self.is_jump_target(&to) {
            // Returns through a slot that is not its caller's: the exit rules tell.
            self.set_general(state, Register::RSP, &stack);
            return Next::Exit(exit);
        }
        self.jump_to(step, &to)
    }

    /// Whether a word on the stack was plainly put there to be jumped to.
    fn is_jump_target(&self, word: &Word) -> bool {
        word.as_slice().is_some_and(|(value, _)| match self.values.get(value).kind {
            Kind::Symbol { .. } | Kind::Address { .. } => true,
            Kind::Fresh { cause: Cause::Load, ref inputs, .. } => {
                !inputs.iter().any(|input| self.comes_from_stack(input))
            }
            _ => false,
        })
    }

    fn return_to(&mut self, step: Step, to: &Word) -> Next {
        if let Some(address) = self.code_address(to) {
            return Next::Goto(Destination::Code(address));
        }
        self.used(step, UseKind::Target, to);
        if self.may_be_own_address(to) {
            return Next::Unknown(DoubtKind::ComputedJump);
        }
        Next::Leave(DepartureKind::Return)
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
