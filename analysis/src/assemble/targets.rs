//! Makes LLVM's back ends known to LLVM. Part of the boundary to LLVM.
//!
//! The compiler whose plugin we are links the same library and has registered them all; LLVM's
//! registry ignores what it has already. Each back end is registered when the first block for it
//! comes up, which keeps the tests and benchmarks of one architecture from paying for all.

use std::sync::Once;

use crate::block::Architecture;

/// Names the functions with which a back end registers its parts, and calls them once.
macro_rules! registration {
    ($($info:ident $target:ident $mc:ident $parser:ident $printer:ident $disassembler:ident),+) => {{
        // `llvm-sys` does not know all back ends, so all are declared here in one way.
        unsafe extern "C" {
            $(
                safe fn $info();
                safe fn $target();
                safe fn $mc();
                safe fn $parser();
                safe fn $printer();
                safe fn $disassembler();
            )+
        }
        static REGISTERED: Once = Once::new();
        // Sound to call: the functions only add to LLVM's registry, and `Once` keeps our own
        // threads apart.
        REGISTERED.call_once(|| {
            $(
                $info();
                $target();
                $mc();
                $parser();
                $printer();
                $disassembler();
            )+
        });
    }};
}

/// Registers the back end for an architecture.
pub(super) fn register(architecture: Architecture) {
    match architecture {
        Architecture::X86 | Architecture::X86_64 => registration!(
            LLVMInitializeX86TargetInfo LLVMInitializeX86Target LLVMInitializeX86TargetMC
            LLVMInitializeX86AsmParser LLVMInitializeX86AsmPrinter LLVMInitializeX86Disassembler
        ),
        Architecture::AArch64 | Architecture::Arm64Ec => registration!(
            LLVMInitializeAArch64TargetInfo LLVMInitializeAArch64Target LLVMInitializeAArch64TargetMC
            LLVMInitializeAArch64AsmParser LLVMInitializeAArch64AsmPrinter LLVMInitializeAArch64Disassembler
        ),
        Architecture::Arm => registration!(
            LLVMInitializeARMTargetInfo LLVMInitializeARMTarget LLVMInitializeARMTargetMC
            LLVMInitializeARMAsmParser LLVMInitializeARMAsmPrinter LLVMInitializeARMDisassembler
        ),
        Architecture::RiscV32 | Architecture::RiscV64 => registration!(
            LLVMInitializeRISCVTargetInfo LLVMInitializeRISCVTarget LLVMInitializeRISCVTargetMC
            LLVMInitializeRISCVAsmParser LLVMInitializeRISCVAsmPrinter LLVMInitializeRISCVDisassembler
        ),
        Architecture::LoongArch32 | Architecture::LoongArch64 => registration!(
            LLVMInitializeLoongArchTargetInfo LLVMInitializeLoongArchTarget LLVMInitializeLoongArchTargetMC
            LLVMInitializeLoongArchAsmParser LLVMInitializeLoongArchAsmPrinter LLVMInitializeLoongArchDisassembler
        ),
        Architecture::S390x => registration!(
            LLVMInitializeSystemZTargetInfo LLVMInitializeSystemZTarget LLVMInitializeSystemZTargetMC
            LLVMInitializeSystemZAsmParser LLVMInitializeSystemZAsmPrinter LLVMInitializeSystemZDisassembler
        ),
        Architecture::PowerPc | Architecture::PowerPc64 => registration!(
            LLVMInitializePowerPCTargetInfo LLVMInitializePowerPCTarget LLVMInitializePowerPCTargetMC
            LLVMInitializePowerPCAsmParser LLVMInitializePowerPCAsmPrinter LLVMInitializePowerPCDisassembler
        ),
        Architecture::Mips | Architecture::Mips64 => registration!(
            LLVMInitializeMipsTargetInfo LLVMInitializeMipsTarget LLVMInitializeMipsTargetMC
            LLVMInitializeMipsAsmParser LLVMInitializeMipsAsmPrinter LLVMInitializeMipsDisassembler
        ),
        Architecture::Sparc | Architecture::Sparc64 => registration!(
            LLVMInitializeSparcTargetInfo LLVMInitializeSparcTarget LLVMInitializeSparcTargetMC
            LLVMInitializeSparcAsmParser LLVMInitializeSparcAsmPrinter LLVMInitializeSparcDisassembler
        ),
        Architecture::Bpf => registration!(
            LLVMInitializeBPFTargetInfo LLVMInitializeBPFTarget LLVMInitializeBPFTargetMC
            LLVMInitializeBPFAsmParser LLVMInitializeBPFAsmPrinter LLVMInitializeBPFDisassembler
        ),
        Architecture::Avr => registration!(
            LLVMInitializeAVRTargetInfo LLVMInitializeAVRTarget LLVMInitializeAVRTargetMC
            LLVMInitializeAVRAsmParser LLVMInitializeAVRAsmPrinter LLVMInitializeAVRDisassembler
        ),
        Architecture::Msp430 => registration!(
            LLVMInitializeMSP430TargetInfo LLVMInitializeMSP430Target LLVMInitializeMSP430TargetMC
            LLVMInitializeMSP430AsmParser LLVMInitializeMSP430AsmPrinter LLVMInitializeMSP430Disassembler
        ),
        Architecture::Hexagon => registration!(
            LLVMInitializeHexagonTargetInfo LLVMInitializeHexagonTarget LLVMInitializeHexagonTargetMC
            LLVMInitializeHexagonAsmParser LLVMInitializeHexagonAsmPrinter LLVMInitializeHexagonDisassembler
        ),
        Architecture::M68k => registration!(
            LLVMInitializeM68kTargetInfo LLVMInitializeM68kTarget LLVMInitializeM68kTargetMC
            LLVMInitializeM68kAsmParser LLVMInitializeM68kAsmPrinter LLVMInitializeM68kDisassembler
        ),
        Architecture::CSky => registration!(
            LLVMInitializeCSKYTargetInfo LLVMInitializeCSKYTarget LLVMInitializeCSKYTargetMC
            LLVMInitializeCSKYAsmParser LLVMInitializeCSKYAsmPrinter LLVMInitializeCSKYDisassembler
        ),
        Architecture::Xtensa => registration!(
            LLVMInitializeXtensaTargetInfo LLVMInitializeXtensaTarget LLVMInitializeXtensaTargetMC
            LLVMInitializeXtensaAsmParser LLVMInitializeXtensaAsmPrinter LLVMInitializeXtensaDisassembler
        ),
        Architecture::AmdGpu => registration!(
            LLVMInitializeAMDGPUTargetInfo LLVMInitializeAMDGPUTarget LLVMInitializeAMDGPUTargetMC
            LLVMInitializeAMDGPUAsmParser LLVMInitializeAMDGPUAsmPrinter LLVMInitializeAMDGPUDisassembler
        ),
    }
}
