//! Instructions that need a state of their own to run at all: images of floating-point state,
//! return addresses, selectors, dividends.

use fastrand::Rng;
use iced_x86::{Code, Mnemonic, OpKind, Register};

use asm_analysis::isa::x86::meaning::FloatingState;

use crate::native::{STACK, code_segment, stack_segment};
use crate::state::{ImageLayout, word};
use crate::trial::Trial;

impl Trial {
    /// Instructions that need a state of their own to run at all.
    pub fn place_particulars(&mut self, layout: &ImageLayout, rng: &mut Rng) -> Option<()> {
        let instruction = self.instruction;
        let address = self.operand_address();
        match self.meaning.floating_state {
            Some(FloatingState::LoadMxcsr) => {
                self.store(address?, &(0x1F80 | rng.u32(..0x40) | rng.u32(..4) << 13).to_le_bytes())
            }
            Some(FloatingState::LoadFxImage | FloatingState::LoadXsaveImage) => {
                self.store(address? + 24, &(0x1F80 | rng.u32(..0x40)).to_le_bytes());
                self.store(address? + 512, &[0; 64]);
                self.store(address? + 512, &(rng.u64(..) & layout.features).to_le_bytes());
                self.state[word::GENERAL] &= layout.features;
                self.state[word::GENERAL + 2] = 0;
            }
            Some(FloatingState::SaveXsaveImage) => {
                self.store(address? + 512, &[0; 64]);
                self.state[word::GENERAL] &= layout.features;
                self.state[word::GENERAL + 2] = 0;
            }
            _ => {}
        }
        match instruction.mnemonic() {
            Mnemonic::Ret => self.push(self.end()),
            Mnemonic::Retf => {
                let bytes = if matches!(instruction.code(), Code::Retfd | Code::Retfd_imm16) {
                    4
                } else {
                    8
                };
                self.push_all(&[self.end(), u64::from(code_segment())], bytes);
            }
            Mnemonic::Iretd | Mnemonic::Iretq => {
                let bytes = if instruction.code() == Code::Iretd { 4 } else { 8 };
                let flags = rng.u64(..) & 0xCD5 | 0x202;
                let stack = STACK + rng.u64(..0x100) * 8;
                let selectors = [code_segment(), stack_segment()].map(u64::from);
                self.push_all(&[self.end(), selectors[0], flags, stack, selectors[1]], bytes);
            }
            Mnemonic::Mov if instruction.op0_register().is_segment_register() => {
                if instruction.op0_register() == Register::FS {
                    return None;
                }
                let selector = stack_segment();
                if instruction.op1_kind() == OpKind::Register {
                    let register = instruction.op1_register().full_register();
                    self.state[word::GENERAL + register.number()] = u64::from(selector);
                } else {
                    self.store(address?, &selector.to_le_bytes());
                }
            }
            Mnemonic::Pop if instruction.op0_register().is_segment_register() => {
                self.push(u64::from(stack_segment()));
            }
            Mnemonic::Lss | Mnemonic::Lgs => {
                let offset = instruction.op0_register().size() as u64;
                self.store(address? + offset, &stack_segment().to_le_bytes());
            }
            Mnemonic::Cmpxchg | Mnemonic::Cmpxchg8b | Mnemonic::Cmpxchg16b
                if address.is_some() && rng.bool() =>
            {
                // The rare case: they are equal.
                let low = self.state[word::GENERAL];
                let high = self.state[word::GENERAL + 2];
                let half = instruction.memory_size().size() as u64 / 2;
                self.store(address?, &low.to_le_bytes());
                if instruction.mnemonic() != Mnemonic::Cmpxchg {
                    self.store(address? + half, &high.to_le_bytes());
                }
            }
            Mnemonic::Popf | Mnemonic::Popfq => self.push(rng.u64(..) & 0xCD5 | 0x202),
            Mnemonic::Leave => {}
            Mnemonic::Jmp | Mnemonic::Call if instruction.op0_kind() == OpKind::Register => {
                let register = instruction.op0_register();
                (register.full_register() != Register::RSP && register.size() == 8).then_some(())?;
                self.state[word::GENERAL + register.number()] = self.end();
            }
            Mnemonic::Jmp | Mnemonic::Call if instruction.op0_kind() == OpKind::Memory => {
                self.store(address?, &self.end().to_le_bytes());
                let far = match instruction.code() {
                    Code::Jmp_m1632 | Code::Call_m1632 => 4,
                    Code::Jmp_m1664 | Code::Call_m1664 => 8,
                    _ => return Some(()),
                };
                self.store(address? + far, &code_segment().to_le_bytes());
            }
            Mnemonic::Div | Mnemonic::Idiv => {
                self.state[word::GENERAL + 2] = 0;
                if instruction.op0_register().full_register() != Register::RAX {
                    self.state[word::GENERAL] = rng.u64(..0x80);
                }
            }
            Mnemonic::Xgetbv | Mnemonic::Rdpkru | Mnemonic::Rdpru | Mnemonic::Rdpmc => {
                self.state[word::GENERAL + 1] = rng.u64(..2);
            }
            Mnemonic::Cpuid => {
                self.state[word::GENERAL] = rng.u64(..0x20) | rng.u64(..2) << 31;
                self.state[word::GENERAL + 1] = rng.u64(..4);
            }
            Mnemonic::Monitorx | Mnemonic::Monitor => {
                self.state[word::GENERAL] = self.target(rng);
                self.state[word::GENERAL + 1] = 0;
                self.state[word::GENERAL + 2] = 0;
            }
            _ => {}
        }
        Some(())
    }
}
