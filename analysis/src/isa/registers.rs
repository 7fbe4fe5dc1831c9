//! Names of registers and cells, and what they are there for, on every architecture.
//!
//! What the lints and the interpreter ask; names and long lists are in the folders.

use std::ops::Range;

use super::{aarch64, arm, riscv, x86};
use crate::block::{Architecture, Kernel, Syntax};
use crate::effects::Part;
use crate::meaning::KernelEntry;
use crate::naming;
use crate::registers::{Register, RegisterPart};
use crate::values::{Cell, Flag, VectorState};

/// What a cell is there for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Role {
    /// A general register.
    General,
    /// The stack pointer.
    StackPointer,
    /// The register that holds the frame pointer where one is kept.
    FramePointer,
    /// A vector register, or a scalar floating-point register that is part of one.
    Vector,
    /// A floating-point register apart from vectors.
    Float,
    /// A mask or predicate register.
    Mask,
    /// A register of the x87 or MMX stack.
    Stack,
    /// A matrix register.
    Matrix,
    /// A flag that `preserves_flags` promises.
    StatusFlag,
    /// Another flag.
    SystemFlag,
    /// The direction of string instructions.
    Direction,
    /// Sticky floating-point status; a control register where status is part of it.
    FloatStatus,
    /// How floating-point instructions round, trap and flush.
    FloatControl,
    /// How vector instructions see their registers.
    VectorConfiguration,
    /// A segment register.
    Segment,
    /// A system register.
    System,
}

/// Stands for a register of an architecture whose instructions are not known: none has it.
const NOT_KNOWN: u8 = u8::MAX;

impl Architecture {
    /// The stack pointer.
    pub fn stack_pointer(self) -> Register {
        Register::General(match self {
            Architecture::X86 | Architecture::X86_64 => 4,
            Architecture::AArch64 | Architecture::Arm64Ec => 31,
            Architecture::Arm => 13,
            Architecture::RiscV32 | Architecture::RiscV64 => 2,
            _ => NOT_KNOWN,
        })
    }

    /// The register of the frame pointer, where one is kept. On Arm that is `r11`; in Thumb state
    /// and on Apple's systems `r7`.
    pub fn frame_pointer(self) -> Register {
        Register::General(match self {
            Architecture::X86 | Architecture::X86_64 => 5,
            Architecture::AArch64 | Architecture::Arm64Ec => 29,
            Architecture::Arm => 11,
            Architecture::RiscV32 | Architecture::RiscV64 => 8,
            _ => NOT_KNOWN,
        })
    }

    /// The register in which a call leaves the address to return to; `None` where calls push it.
    pub fn link_register(self) -> Option<Register> {
        match self {
            Architecture::AArch64 | Architecture::Arm64Ec => Some(Register::General(30)),
            Architecture::Arm => Some(Register::General(14)),
            Architecture::RiscV32 | Architecture::RiscV64 => Some(Register::General(1)),
            _ => None,
        }
    }

    /// The general registers but the stack pointer, a program counter and a register that is
    /// always 0, in the order of their numbers.
    pub fn general_registers(self) -> impl Iterator<Item = Register> + use<> {
        let (from, to) = match self {
            Architecture::X86 => (0, 8),
            Architecture::X86_64 => (0, 16),
            Architecture::AArch64 | Architecture::Arm64Ec => (0, 31),
            Architecture::Arm => (0, 15),
            Architecture::RiscV32 | Architecture::RiscV64 => (1, 32),
            _ => (0, 0),
        };
        let stack_pointer = self.stack_pointer();
        (from..to).map(Register::General).filter(move |&register| register != stack_pointer)
    }

    /// The general registers in which a C function takes arguments, apart from x86: AAPCS64 6.8.2,
    /// with `x8` for the address of a result; AAPCS32 6.5; RISC-V psABI, "Integer Calling
    /// Convention".
    pub fn argument_registers(self) -> Range<u8> {
        match self {
            Architecture::AArch64 | Architecture::Arm64Ec => 0..9,
            Architecture::Arm => 0..4,
            Architecture::RiscV32 | Architecture::RiscV64 => 10..18,
            _ => 0..0,
        }
    }

    /// Whether an operand may name the general register; the compiler keeps some for itself (rules
    /// operand-type, "cannot be used as operands"; `rustc_target::asm`).
    pub fn can_be_operand(self, register: Register, is_thumb: bool) -> bool {
        let Register::General(number) = register else { return true };
        let kept: &[u8] = match self {
            Architecture::X86_64 => &[3, 4, 5],
            Architecture::X86 => &[4, 5, 6],
            Architecture::AArch64 | Architecture::Arm64Ec => &[19, 29, 31],
            Architecture::Arm if is_thumb => &[6, 7, 13, 15],
            Architecture::Arm => &[6, 11, 13, 15],
            Architecture::RiscV32 | Architecture::RiscV64 => &[0, 2, 3, 4, 8, 9],
            _ => &[],
        };
        !kept.contains(&number)
    }

    /// Whether the general register is the platform's: what it holds is never the block's business
    /// (RISC-V psABI, `gp` and `tp`; AAPCS64 6.1.1 and AAPCS32 6.1.1, the platform register).
    pub fn is_platform_register(self, register: Register) -> bool {
        match self {
            Architecture::AArch64 | Architecture::Arm64Ec => register == Register::General(18),
            Architecture::Arm => register == Register::General(9),
            Architecture::RiscV32 | Architecture::RiscV64 => {
                matches!(register, Register::General(3 | 4))
            }
            _ => false,
        }
    }

    /// How many bytes below the stack pointer functions may use without moving it (System V ABI,
    /// 3.2.2; Apple, "Writing ARM64 code for Apple platforms"; Microsoft, "Overview of ARM64 ABI
    /// conventions"). AAPCS64 6.4.5.1, AAPCS32 and the RISC-V psABI have none.
    pub fn red_zone(self, kernel: Kernel) -> u16 {
        match (self, kernel) {
            (Architecture::X86_64, Kernel::Windows | Kernel::Uefi | Kernel::None) => 0,
            (Architecture::X86_64, _) => 128,
            (Architecture::AArch64, Kernel::Darwin) => 128,
            (Architecture::AArch64 | Architecture::Arm64Ec, Kernel::Windows) => 16,
            _ => 0,
        }
    }

    /// How many bits of a vector register an ABI preserves at most: the low half on x86; the low 64
    /// bits on AArch64 (AAPCS64 6.1.2).
    pub fn preserved_vector_bits(self) -> u16 {
        match self {
            Architecture::AArch64 | Architecture::Arm64Ec => 64,
            _ => 128,
        }
    }

    /// The modes of the processor that later instructions depend on, and that a block may change
    /// without privilege.
    pub fn modes(self) -> Vec<Part> {
        let mut modes = self.float_control().to_vec();
        if self.is_x86() {
            modes.push(Part::whole(Cell::Flag(Flag::Direction)));
        }
        modes
    }

    /// What the control part of a floating-point register holds wherever Rust code runs, where that
    /// is the same everywhere (SDM vol. 1, 10.2.3 and 8.1.5: as after a reset and `fninit`).
    pub fn default_control(self, cell: Cell) -> Option<u64> {
        match cell {
            Cell::Mxcsr => Some(0x1f80),
            Cell::X87Control => Some(0x37f),
            _ => None,
        }
    }

    /// The name of the control part of a floating-point register, as a message has it.
    pub fn control_name(self, cell: Cell) -> String {
        match cell {
            Cell::Mxcsr => "the control bits of MXCSR".to_owned(),
            cell => self.cell_name(cell).to_owned(),
        }
    }

    /// The name of the status part of a floating-point register, as a message has it.
    pub fn status_name(self, cell: Cell) -> String {
        match cell {
            Cell::Mxcsr => "the exception flags of MXCSR".to_owned(),
            cell => self.cell_name(cell).to_owned(),
        }
    }

    /// The instructions that save and restore a floating-point control register.
    pub fn save_and_restore(self, cell: Cell) -> (&'static str, &'static str) {
        match self {
            Architecture::X86 | Architecture::X86_64 if cell == Cell::Mxcsr => {
                ("stmxcsr", "ldmxcsr")
            }
            Architecture::X86 | Architecture::X86_64 => ("fnstcw", "fldcw"),
            Architecture::Arm => ("vmrs", "vmsr"),
            Architecture::RiscV32 | Architecture::RiscV64 => ("frrm", "fsrm"),
            _ => ("mrs", "msr"),
        }
    }

    /// The instructions that save a register in another one and restore it, as they are written in a
    /// template.
    pub fn save_in(self, syntax: Syntax, name: &str, saved: &str) -> (String, String) {
        match (self, syntax) {
            (Architecture::X86 | Architecture::X86_64, Syntax::Intel) => {
                (format!("mov {saved}, {name}"), format!("xchg {saved}, {name}"))
            }
            (Architecture::X86 | Architecture::X86_64, Syntax::Att) => {
                (format!("mov %{name}, {saved}"), format!("xchg %{name}, {saved}"))
            }
            (Architecture::RiscV32 | Architecture::RiscV64, _) => {
                (format!("mv {saved}, {name}"), format!("mv {name}, {saved}"))
            }
            _ => (format!("mov {saved}, {name}"), format!("mov {name}, {saved}")),
        }
    }

    /// Whether there are flags that every comparison sets, so that a promise to keep them costs
    /// something.
    pub fn has_condition_flags(self) -> bool {
        self.preserved_flags().iter().any(|cell| matches!(cell, Cell::Flag(_)))
    }

    /// The register of a function's result.
    pub fn result_register(self) -> Register {
        Register::General(match self {
            Architecture::RiscV32 | Architecture::RiscV64 => 10,
            _ => 0,
        })
    }

    /// What every call out of the block may leave changed, whatever the callee's ABI says: the
    /// register that the call itself writes, and what code of the linker between caller and callee
    /// may use (AAPCS64 6.1.1: `x16` and `x17`; AAPCS32 6.1: `r12`).
    pub fn changed_by_calls(self) -> &'static [Register] {
        match self {
            Architecture::AArch64 | Architecture::Arm64Ec => {
                &[Register::General(30), Register::General(16), Register::General(17)]
            }
            Architecture::Arm => &[Register::General(14), Register::General(12)],
            Architecture::RiscV32 | Architecture::RiscV64 => &[Register::General(1)],
            _ => &[],
        }
    }

    /// The registers that come back changed from a call of the kernel, a hypervisor or a monitor;
    /// `None` where that is not known. Outputs that the author declares may be written besides.
    pub fn changed_by_kernel(
        self,
        entry: KernelEntry,
        kernel: Kernel,
    ) -> Option<&'static [Register]> {
        const RESULT: [Register; 4] = [
            Register::General(0),
            Register::General(1),
            Register::General(2),
            Register::General(3),
        ];
        const RISCV_ARGUMENTS: [Register; 8] = [
            Register::General(10),
            Register::General(11),
            Register::General(12),
            Register::General(13),
            Register::General(14),
            Register::General(15),
            Register::General(16),
            Register::General(17),
        ];
        const RISCV: [Register; 2] = [Register::General(10), Register::General(11)];
        match (self, entry, kernel) {
            // syscall(2), "Architecture calling conventions".
            (
                Architecture::AArch64 | Architecture::Arm64Ec | Architecture::Arm,
                KernelEntry::SystemCall,
                Kernel::Linux,
            ) => Some(&RESULT[..1]),
            (
                Architecture::RiscV32 | Architecture::RiscV64,
                KernelEntry::SystemCall,
                Kernel::Linux,
            ) => Some(&RISCV[..1]),
            // RISC-V SBI specification, "Binary Encoding".
            (
                Architecture::RiscV32 | Architecture::RiscV64,
                KernelEntry::SystemCall | KernelEntry::HypervisorCall,
                Kernel::None,
            ) => Some(&RISCV),
            // Xous: the answer is in all registers that carry the call.
            (
                Architecture::RiscV32 | Architecture::RiscV64,
                KernelEntry::SystemCall,
                Kernel::Xous,
            ) => Some(&RISCV_ARGUMENTS),
            // XNU returns a second result in `x1`.
            (Architecture::AArch64, KernelEntry::SystemCall, Kernel::Darwin) => Some(&RESULT[..2]),
            // SMCCC (Arm DEN 0028), "Results": `x0` to `x3`.
            (
                Architecture::AArch64 | Architecture::Arm64Ec | Architecture::Arm,
                KernelEntry::HypervisorCall | KernelEntry::MonitorCall,
                _,
            ) => Some(&RESULT),
            _ => None,
        }
    }

    /// The status that a called function leaves as it likes: flags, floating-point status, how
    /// vectors are configured.
    pub fn status_changed_by_calls(self) -> &'static [Cell] {
        match self {
            Architecture::X86 | Architecture::X86_64 => &X86_STATUS,
            Architecture::AArch64 | Architecture::Arm64Ec => &[
                Cell::Flag(Flag::Sign),
                Cell::Flag(Flag::Zero),
                Cell::Flag(Flag::Carry),
                Cell::Flag(Flag::Overflow),
                Cell::FloatStatus,
            ],
            Architecture::Arm => &[
                Cell::Flag(Flag::Sign),
                Cell::Flag(Flag::Zero),
                Cell::Flag(Flag::Carry),
                Cell::Flag(Flag::Overflow),
                Cell::Flag(Flag::Saturation),
                Cell::Flag(Flag::GreaterOrEqual0),
                Cell::Flag(Flag::GreaterOrEqual1),
                Cell::Flag(Flag::GreaterOrEqual2),
                Cell::Flag(Flag::GreaterOrEqual3),
                Cell::FloatStatus,
            ],
            Architecture::RiscV32 | Architecture::RiscV64 => &[
                Cell::FloatStatus,
                Cell::Vector(VectorState::Length),
                Cell::Vector(VectorState::Type),
            ],
            _ => &[],
        }
    }

    /// The status that `preserves_flags` promises and that instructions show openly: reported by
    /// `preserves_flags_modified` (rules.preserved-registers).
    pub fn preserved_flags(self) -> &'static [Cell] {
        match self {
            Architecture::X86 | Architecture::X86_64 => &X86_STATUS,
            Architecture::AArch64 | Architecture::Arm64Ec | Architecture::Arm => {
                let all = Architecture::Arm.status_changed_by_calls();
                let count = if self == Architecture::Arm { all.len() - 1 } else { 4 };
                &all[..count]
            }
            Architecture::RiscV32 | Architecture::RiscV64 => &[
                Cell::Vector(VectorState::Type),
                Cell::Vector(VectorState::Length),
                Cell::Vector(VectorState::RoundingMode),
            ],
            _ => &[],
        }
    }

    /// The sticky floating-point status that `preserves_flags` covers, too.
    pub fn float_status(self) -> &'static [Part] {
        const X86: [Part; 2] = [
            Part { cell: Cell::Mxcsr, low: 0, bits: 6 },
            Part { cell: Cell::X87Status, low: 0, bits: 16 },
        ];
        const OTHER: [Part; 1] = [Part { cell: Cell::FloatStatus, low: 0, bits: 32 }];
        const RISCV: [Part; 2] = [
            Part { cell: Cell::FloatStatus, low: 0, bits: 32 },
            Part { cell: Cell::Vector(VectorState::Saturated), low: 0, bits: 64 },
        ];
        match self {
            Architecture::X86 | Architecture::X86_64 => &X86,
            Architecture::RiscV32 | Architecture::RiscV64 => &RISCV,
            _ => &OTHER,
        }
    }

    /// What controls how floating-point instructions round, trap and flush.
    pub fn float_control(self) -> &'static [Part] {
        const X86: [Part; 2] = [
            Part { cell: Cell::Mxcsr, low: 6, bits: 26 },
            Part { cell: Cell::X87Control, low: 0, bits: 16 },
        ];
        const OTHER: [Part; 1] = [Part { cell: Cell::FloatControl, low: 0, bits: 32 }];
        match self {
            Architecture::X86 | Architecture::X86_64 => &X86,
            _ => &OTHER,
        }
    }

    /// What a cell is there for.
    pub fn role(self, cell: Cell) -> Role {
        match cell {
            Cell::Register(register) if register == self.stack_pointer() => Role::StackPointer,
            Cell::Register(register) if register == self.frame_pointer() => Role::FramePointer,
            Cell::Register(Register::General(_)) => Role::General,
            Cell::Register(Register::Float(_)) => Role::Float,
            Cell::Register(Register::Vector(_)) => Role::Vector,
            Cell::Register(Register::Mask(_)) => Role::Mask,
            Cell::Register(Register::Mmx(_) | Register::X87(_)) => Role::Stack,
            Cell::Register(Register::Tile(_)) => Role::Matrix,
            Cell::Flag(Flag::Direction) => Role::Direction,
            Cell::Flag(_) if self.preserved_flags().contains(&cell) => Role::StatusFlag,
            Cell::Flag(_) | Cell::OtherFlags => Role::SystemFlag,
            Cell::Mxcsr | Cell::X87Status | Cell::FloatStatus => Role::FloatStatus,
            Cell::X87Control | Cell::FloatControl => Role::FloatControl,
            Cell::Vector(VectorState::Saturated) => Role::FloatStatus,
            Cell::Vector(_) => Role::VectorConfiguration,
            Cell::Segment(_) => Role::Segment,
            Cell::System(_) => Role::System,
        }
    }

    /// The register's name at a width: `eax`, `w3`, `d0`, `a0`.
    pub fn register_name(self, part: RegisterPart) -> String {
        naming::name(self, part)
    }

    /// The name that everybody knows a whole register by: `rcx`, `xmm3`, `x3`, `v3`.
    pub fn usual_name(self, register: Register) -> String {
        let bits = match register {
            Register::General(_) => self.word_bits(),
            Register::Vector(_) if self.is_x86() => 128,
            register => register.bits(),
        };
        self.register_name(RegisterPart { bits, ..register.whole() })
    }

    /// The part that a register name means; `None` for anything that is not a register which an
    /// operand may name.
    pub fn parse_register(self, name: &str) -> Option<RegisterPart> {
        naming::parse(self, name)
    }

    /// The name of a cell that is not a register, as a message has it: `CF`, `NZCV`, "the x87
    /// control word".
    pub fn cell_name(self, cell: Cell) -> &'static str {
        match self {
            Architecture::X86 | Architecture::X86_64 => x86::registers::cell_name(cell),
            Architecture::AArch64 | Architecture::Arm64Ec => aarch64::contract::cell_name(cell),
            Architecture::Arm => arm::contract::cell_name(cell),
            Architecture::RiscV32 | Architecture::RiscV64 => riscv::contract::cell_name(cell),
            _ => "status of the processor",
        }
    }

    /// The whole register, or the status flag, of a name as a configuration file has it.
    pub fn cell(self, name: &str) -> Option<Cell> {
        let mut flags = self.preserved_flags().iter();
        match flags.find(|flag| self.cell_name(**flag) == name) {
            Some(flag) => Some(*flag),
            None => naming::parse(self, name).map(|part| Cell::Register(part.register)),
        }
    }

    /// The instruction by which a function returns, as messages name it.
    pub fn return_instruction(self) -> &'static str {
        match self {
            Architecture::Arm => "bx lr",
            _ => "ret",
        }
    }

    /// What a register of the processor that only instructions for the purpose read is called.
    pub fn system_register(self) -> &'static str {
        match self {
            Architecture::X86 | Architecture::X86_64 => "a model-specific register",
            Architecture::RiscV32 | Architecture::RiscV64 => "a control and status register",
            _ => "a system register",
        }
    }

    /// What the register is called by which code finds the data of its thread or processor.
    pub fn thread_base(self) -> &'static str {
        match self {
            Architecture::X86 | Architecture::X86_64 => "the base of a segment",
            _ => "the thread pointer",
        }
    }

    /// An instruction that always traps, as help names it.
    pub fn trap(self) -> &'static str {
        match self {
            Architecture::X86 | Architecture::X86_64 => "ud2",
            Architecture::RiscV32 | Architecture::RiscV64 => "unimp",
            _ => "udf #0",
        }
    }

    /// The alignment in bytes that the stack pointer must have whenever memory is accessed through
    /// it, or the processor faults.
    pub fn stack_access_alignment(self) -> Option<u32> {
        // DDI 0487, "SP alignment checking".
        (matches!(self, Architecture::AArch64 | Architecture::Arm64Ec)).then_some(16)
    }
}

const X86_STATUS: [Cell; 6] = [
    Cell::Flag(Flag::Carry),
    Cell::Flag(Flag::Parity),
    Cell::Flag(Flag::Adjust),
    Cell::Flag(Flag::Zero),
    Cell::Flag(Flag::Sign),
    Cell::Flag(Flag::Overflow),
];

/// The modifier, with its colon, by which a placeholder of a class stands for a part of its
/// register; empty for what it stands for without one.
pub fn modifier(architecture: Architecture, class: &str, part: RegisterPart) -> &'static str {
    match architecture {
        Architecture::X86 | Architecture::X86_64 => {
            x86::registers::modifier(architecture, class, part)
        }
        Architecture::AArch64 | Architecture::Arm64Ec => aarch64::contract::modifier(class, part),
        Architecture::Arm => arm::contract::modifier(class, part),
        Architecture::RiscV32 | Architecture::RiscV64 => riscv::contract::modifier(class, part),
        _ => "",
    }
}
