//! Random programs: a dozen instructions with branches, loops and calls, mostly such as people
//! write to save, restore and move values.
//!
//! `rbx` points into the data and `rsp` into the stack; memory operands go by these two, so that
//! most programs reach their end.

use fastrand::Rng;
use iced_x86::{
    Code, FlowControl, Instruction, InstructionInfoFactory, Mnemonic, OpAccess, OpKind, Register,
};

use asm_analysis::isa::x86::meaning::{FloatingState, OperandAccess, meaning};

use crate::encodings::{Encodings, decode};
use crate::native::{CODE, DATA, DATA_BYTES, STACK, STACK_BYTES};
use crate::random::{random_memory, random_state};
use crate::state::{ImageLayout, Snapshot, word};

/// A program and what it starts from.
pub struct Program {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Where it starts from.
    pub start: Snapshot,
    /// Its instructions, for reading.
    pub text: String,
}

/// Instructions that programs are mostly made of.
const USUAL: &[Mnemonic] = &[
    Mnemonic::Push,
    Mnemonic::Push,
    Mnemonic::Pop,
    Mnemonic::Pop,
    Mnemonic::Mov,
    Mnemonic::Mov,
    Mnemonic::Mov,
    Mnemonic::Xchg,
    Mnemonic::Xchg,
    Mnemonic::Lea,
    Mnemonic::Add,
    Mnemonic::Sub,
    Mnemonic::Inc,
    Mnemonic::Dec,
    Mnemonic::Xor,
    Mnemonic::And,
    Mnemonic::Or,
    Mnemonic::Not,
    Mnemonic::Neg,
    Mnemonic::Adc,
    Mnemonic::Sbb,
    Mnemonic::Cmp,
    Mnemonic::Test,
    Mnemonic::Rol,
    Mnemonic::Ror,
    Mnemonic::Rcl,
    Mnemonic::Shl,
    Mnemonic::Shr,
    Mnemonic::Sar,
    Mnemonic::Shld,
    Mnemonic::Bt,
    Mnemonic::Bts,
    Mnemonic::Bsf,
    Mnemonic::Bswap,
    Mnemonic::Movzx,
    Mnemonic::Movsx,
    Mnemonic::Movsxd,
    Mnemonic::Cdqe,
    Mnemonic::Cqo,
    Mnemonic::Imul,
    Mnemonic::Mul,
    Mnemonic::Mulx,
    Mnemonic::Cmpxchg,
    Mnemonic::Xadd,
    Mnemonic::Lahf,
    Mnemonic::Sahf,
    Mnemonic::Pushfq,
    Mnemonic::Popfq,
    Mnemonic::Seto,
    Mnemonic::Setb,
    Mnemonic::Cmovb,
    Mnemonic::Cmovne,
    Mnemonic::Stc,
    Mnemonic::Clc,
    Mnemonic::Cmc,
    Mnemonic::Movq,
    Mnemonic::Movd,
    Mnemonic::Vmovq,
    Mnemonic::Movaps,
    Mnemonic::Movdqu,
    Mnemonic::Pxor,
    Mnemonic::Vpxor,
    Mnemonic::Movss,
    Mnemonic::Addsd,
    Mnemonic::Pinsrq,
    Mnemonic::Vzeroupper,
    Mnemonic::Kmovq,
    Mnemonic::Kmovd,
    Mnemonic::Cpuid,
    Mnemonic::Leave,
    Mnemonic::Enter,
    Mnemonic::Lodsb,
    Mnemonic::Stosq,
    Mnemonic::Movsb,
    Mnemonic::Scasb,
    Mnemonic::Fld1,
    Mnemonic::Fxch,
    Mnemonic::Fstp,
    Mnemonic::Emms,
    Mnemonic::Adcx,
    Mnemonic::Rorx,
    Mnemonic::Pdep,
];

/// Ways to part or to go elsewhere, with one byte or four of distance.
const BRANCHES: &[Mnemonic] = &[
    Mnemonic::Je,
    Mnemonic::Jne,
    Mnemonic::Jb,
    Mnemonic::Jae,
    Mnemonic::Jo,
    Mnemonic::Jle,
    Mnemonic::Jrcxz,
    Mnemonic::Jmp,
    Mnemonic::Call,
    Mnemonic::Loop,
];

/// Makes programs.
pub struct Composer {
    any: Vec<Code>,
    usual: Vec<Vec<Code>>,
    branches: Vec<Vec<Code>>,
    factory: InstructionInfoFactory,
}

/// An instruction of a program that is being made.
struct Piece {
    bytes: Vec<u8>,
    /// How many bytes at the end are a distance, and to which piece it goes.
    target: Option<(usize, usize)>,
}

impl Composer {
    /// A composer over the forms that may be run.
    pub fn new(forms: &[Code]) -> Composer {
        let of = |mnemonic: &Mnemonic| -> Vec<Code> {
            forms.iter().copied().filter(|code| code.mnemonic() == *mnemonic).collect()
        };
        let any = forms.iter().copied().filter(|code| {
            let meaning = meaning_of(*code);
            code.flow_control() == FlowControl::Next
                && meaning.nondeterministic.is_none()
                && !meaning.floating_state.is_some_and(is_image)
        });
        let near = |code: &Code| code.is_jmp_short_or_near() || code.is_call_near();
        let branch = |code: &Code| {
            near(code) || code.is_jcc_short_or_near() || code.is_jcx_short() || code.is_loop()
        };
        Composer {
            any: any.collect(),
            usual: USUAL.iter().map(of).filter(|codes| !codes.is_empty()).collect(),
            branches: BRANCHES
                .iter()
                .map(|mnemonic| of(mnemonic).into_iter().filter(branch).collect::<Vec<_>>())
                .filter(|codes| !codes.is_empty())
                .collect(),
            factory: InstructionInfoFactory::new(),
        }
    }

    /// A random program.
    pub fn compose(
        &mut self,
        encodings: &Encodings,
        layout: &ImageLayout,
        rng: &mut Rng,
    ) -> Option<Program> {
        let count = rng.usize(2..14);
        let mut pieces = Vec::new();
        // The interpreter does not follow what a write of one view does to the other.
        let with_x87 = rng.bool();
        let without = if with_x87 { is_mmx } else { is_x87 };
        while pieces.len() < count {
            let piece = match rng.u8(..8) {
                // A loop that pushes onto the x87 stack is merged as if it did not.
                0 => self.branch(encodings, pieces.len(), count, !with_x87, rng),
                _ => self.plain(encodings, rng),
            };
            pieces.extend(piece.filter(|piece| {
                decode(&piece.bytes).is_some_and(|(instruction, _)| !without(&instruction))
            }));
        }
        let bytes = link(&pieces)?;
        let mut state = random_state(layout, rng);
        // As the contract says about an entry: DF is clear.
        state[word::FLAGS] &= !0x400;
        state[word::GENERAL + 1] = rng.u64(..8);
        state[word::GENERAL + 3] = DATA + 0x1000 + rng.u64(..4) * 64;
        state[word::GENERAL + 4] = STACK + STACK_BYTES as u64 / 2 + rng.u64(..8) * 16;
        state[word::GENERAL + 5] = state[word::GENERAL + 4] - rng.u64(..8) * 8;
        state[word::GENERAL + 6] = DATA + 0x1800 + rng.u64(..64);
        state[word::GENERAL + 7] = DATA + 0x1A00 + rng.u64(..64);
        let start = Snapshot {
            state,
            data: random_memory(DATA_BYTES, rng),
            stack: random_memory(STACK_BYTES, rng),
        };
        let text = text_of(&bytes);
        Some(Program { bytes, start, text })
    }

    /// An instruction that continues with the next one.
    fn plain(&mut self, encodings: &Encodings, rng: &mut Rng) -> Option<Piece> {
        let codes = match rng.u8(..4) {
            0 => &self.any,
            _ => self.usual.get(rng.usize(..self.usual.len()))?,
        };
        let code = *codes.get(rng.usize(..codes.len()))?;
        let (instruction, bytes) = encodings.random_beside_pointers(code, rng)?;
        self.leaves_pointers(&instruction, rng).then_some(Piece { bytes, target: None })
    }

    /// Whether the instruction can be expected to reach its memory, and to leave `rbx` and `rsp`
    /// pointing where they do.
    fn leaves_pointers(&mut self, instruction: &Instruction, rng: &mut Rng) -> bool {
        let thread = matches!(instruction.memory_segment(), Register::FS | Register::GS);
        let meaning = meaning(instruction);
        if thread
            || instruction.flow_control() != FlowControl::Next
            || meaning.target_alignment.is_some()
            || meaning.hidden_access.is_some()
            || meaning.operand_access == OperandAccess::Address
            || meaning.system.is_some()
            || instruction.code() == Code::Pause
            // A mask decides whether an address faults; and what was stored under a mask is new to
            // the interpreter when it is loaded again.
            || meaning.operand_access == OperandAccess::Conditional
            || instruction.memory_base() != Register::None
                && instruction.op_mask() != Register::None
            // Real code never steps a part of a stack pointer.
            || instruction.code() == Code::Leavew
            || [0, 1].iter().any(|operand| {
                instruction.op_count() > *operand
                    && matches!(instruction.op_register(*operand), Register::SP | Register::SPL)
            })
            // It would hide that the x87 stack overflowed, which makes content mean nothing.
            || matches!(
                instruction.mnemonic(),
                Mnemonic::Fnclex | Mnemonic::Fclex | Mnemonic::Fninit | Mnemonic::Finit
            )
            // The decoder takes `insertq` with immediates for a write of the whole register; what
            // is kept of it is then no input.
            || instruction.mnemonic() == Mnemonic::Insertq
            // Hints beside the address must be valid.
            || matches!(instruction.mnemonic(), Mnemonic::Monitor | Mnemonic::Monitorx)
            || instruction.memory_index().is_vector_register()
            || instruction.is_ip_rel_memory_operand()
            || instruction.has_rep_prefix() && rng.u8(..4) != 0
        {
            return false;
        }
        let mut astray = false;
        let written =
            self.factory.info(instruction).used_registers().iter().fold(false, |any, used| {
                let register = used.register().full_register();
                let writes = matches!(
                    used.access(),
                    OpAccess::Write
                        | OpAccess::CondWrite
                        | OpAccess::ReadWrite
                        | OpAccess::ReadCondWrite
                );
                let stack = register == Register::RSP && !instruction.is_stack_instruction();
                astray |= writes && stack && !steps_stack_pointer(instruction);
                any | (writes && (stack || register == Register::RBX))
            });
        if astray {
            return false;
        }
        // Now and then all the same: that is where save and restore begin.
        !written || rng.u8(..16) == 0
    }

    /// A branch from piece `from` of `count`: forward, or a `loop` back.
    fn branch(
        &self,
        encodings: &Encodings,
        from: usize,
        count: usize,
        may_loop: bool,
        rng: &mut Rng,
    ) -> Option<Piece> {
        let codes = self.branches.get(rng.usize(..self.branches.len()))?;
        let code = *codes.get(rng.usize(..codes.len()))?;
        let (instruction, bytes) = encodings.random(code, rng)?;
        // What the size prefix does to a branch differs between vendors.
        if bytes.contains(&0x66) || bytes.contains(&0x67) {
            return None;
        }
        let distance = match instruction.len() {
            length if length == bytes.len() && is_short(&instruction) => 1,
            _ => 4,
        };
        let back = may_loop && instruction.mnemonic() == Mnemonic::Loop && rng.bool();
        let to = if back { rng.usize(..=from) } else { rng.usize(from + 1..=count) };
        Some(Piece { bytes, target: Some((distance, to)) })
    }
}

fn is_mmx(instruction: &Instruction) -> bool {
    meaning(instruction).enters_mmx
}

fn is_x87(instruction: &Instruction) -> bool {
    let meaning = meaning(instruction);
    meaning.changes_x87_status && !meaning.enters_mmx
}

fn is_short(instruction: &Instruction) -> bool {
    instruction.is_jmp_short()
        || instruction.is_jcc_short()
        || instruction.is_jcx_short()
        || instruction.is_loop()
}

fn meaning_of(code: Code) -> asm_analysis::isa::x86::meaning::Meaning {
    let mut instruction = Instruction::default();
    instruction.set_code(code);
    meaning(&instruction)
}

/// Whether it changes the stack pointer as people do: by a constant, or to another register's.
fn steps_stack_pointer(instruction: &Instruction) -> bool {
    let constant =
        matches!(instruction.op1_kind(), OpKind::Immediate8to64 | OpKind::Immediate32to64);
    match instruction.mnemonic() {
        Mnemonic::Mov => instruction.op0_register() == Register::RSP,
        Mnemonic::Lea => {
            instruction.op0_register() == Register::RSP
                && instruction.memory_base() == Register::RSP
                && instruction.memory_index() == Register::None
        }
        Mnemonic::Add | Mnemonic::Sub => instruction.op0_register() == Register::RSP && constant,
        _ => false,
    }
}

/// Whether it loads or stores an image: a random one faults, and what is stored is useless.
fn is_image(state: FloatingState) -> bool {
    !matches!(state, FloatingState::ResetX87 | FloatingState::EmptyX87)
}

/// Joins the pieces and fills in the distances.
fn link(pieces: &[Piece]) -> Option<Vec<u8>> {
    let mut starts = vec![0];
    for piece in pieces {
        starts.push(starts.last()? + piece.bytes.len());
    }
    let mut bytes = Vec::new();
    for (number, piece) in pieces.iter().enumerate() {
        bytes.extend(&piece.bytes);
        if let Some((size, to)) = piece.target {
            let target = *starts.get(to).or(starts.last())?;
            let distance = target as i64 - *starts.get(number + 1)? as i64;
            if size == 1 {
                i8::try_from(distance).ok()?;
            }
            let end = bytes.len();
            bytes.get_mut(end - size..)?.copy_from_slice(distance.to_le_bytes().get(..size)?);
        }
    }
    Some(bytes)
}

/// The instructions in a row, as far as they decode.
fn text_of(bytes: &[u8]) -> String {
    let mut at = 0;
    let mut text = Vec::new();
    while let Some((mut instruction, length)) = bytes.get(at..).and_then(decode) {
        instruction.set_ip(CODE + at as u64);
        text.push(format!("{at:x}: {instruction}"));
        at += length;
    }
    text.join("; ")
}
