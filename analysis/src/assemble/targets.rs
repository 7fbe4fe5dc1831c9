//! Makes LLVM's back ends known to LLVM. Part of the boundary to LLVM.
//!
//! The compiler whose plugin we are links the same library and has registered them all; LLVM's
//! registry ignores what it has already. In tests and benchmarks nobody else does it.

use std::sync::Once;

/// Declares the functions with which back ends register their parts, and one that calls them all.
macro_rules! registration {
    ($($info:ident $target:ident $mc:ident $parser:ident $printer:ident $disassembler:ident,)+) => {
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

        fn register_all() {
            $(
                $info();
                $target();
                $mc();
                $parser();
                $printer();
                $disassembler();
            )+
        }
    };
}

registration! {
    LLVMInitializeX86TargetInfo LLVMInitializeX86Target LLVMInitializeX86TargetMC
    LLVMInitializeX86AsmParser LLVMInitializeX86AsmPrinter LLVMInitializeX86Disassembler,
    LLVMInitializeAArch64TargetInfo LLVMInitializeAArch64Target LLVMInitializeAArch64TargetMC
    LLVMInitializeAArch64AsmParser LLVMInitializeAArch64AsmPrinter LLVMInitializeAArch64Disassembler,
    LLVMInitializeARMTargetInfo LLVMInitializeARMTarget LLVMInitializeARMTargetMC
    LLVMInitializeARMAsmParser LLVMInitializeARMAsmPrinter LLVMInitializeARMDisassembler,
    LLVMInitializeRISCVTargetInfo LLVMInitializeRISCVTarget LLVMInitializeRISCVTargetMC
    LLVMInitializeRISCVAsmParser LLVMInitializeRISCVAsmPrinter LLVMInitializeRISCVDisassembler,
    LLVMInitializeLoongArchTargetInfo LLVMInitializeLoongArchTarget LLVMInitializeLoongArchTargetMC
    LLVMInitializeLoongArchAsmParser LLVMInitializeLoongArchAsmPrinter LLVMInitializeLoongArchDisassembler,
    LLVMInitializeSystemZTargetInfo LLVMInitializeSystemZTarget LLVMInitializeSystemZTargetMC
    LLVMInitializeSystemZAsmParser LLVMInitializeSystemZAsmPrinter LLVMInitializeSystemZDisassembler,
    LLVMInitializePowerPCTargetInfo LLVMInitializePowerPCTarget LLVMInitializePowerPCTargetMC
    LLVMInitializePowerPCAsmParser LLVMInitializePowerPCAsmPrinter LLVMInitializePowerPCDisassembler,
    LLVMInitializeMipsTargetInfo LLVMInitializeMipsTarget LLVMInitializeMipsTargetMC
    LLVMInitializeMipsAsmParser LLVMInitializeMipsAsmPrinter LLVMInitializeMipsDisassembler,
    LLVMInitializeSparcTargetInfo LLVMInitializeSparcTarget LLVMInitializeSparcTargetMC
    LLVMInitializeSparcAsmParser LLVMInitializeSparcAsmPrinter LLVMInitializeSparcDisassembler,
    LLVMInitializeBPFTargetInfo LLVMInitializeBPFTarget LLVMInitializeBPFTargetMC
    LLVMInitializeBPFAsmParser LLVMInitializeBPFAsmPrinter LLVMInitializeBPFDisassembler,
    LLVMInitializeAVRTargetInfo LLVMInitializeAVRTarget LLVMInitializeAVRTargetMC
    LLVMInitializeAVRAsmParser LLVMInitializeAVRAsmPrinter LLVMInitializeAVRDisassembler,
    LLVMInitializeMSP430TargetInfo LLVMInitializeMSP430Target LLVMInitializeMSP430TargetMC
    LLVMInitializeMSP430AsmParser LLVMInitializeMSP430AsmPrinter LLVMInitializeMSP430Disassembler,
    LLVMInitializeHexagonTargetInfo LLVMInitializeHexagonTarget LLVMInitializeHexagonTargetMC
    LLVMInitializeHexagonAsmParser LLVMInitializeHexagonAsmPrinter LLVMInitializeHexagonDisassembler,
    LLVMInitializeM68kTargetInfo LLVMInitializeM68kTarget LLVMInitializeM68kTargetMC
    LLVMInitializeM68kAsmParser LLVMInitializeM68kAsmPrinter LLVMInitializeM68kDisassembler,
    LLVMInitializeCSKYTargetInfo LLVMInitializeCSKYTarget LLVMInitializeCSKYTargetMC
    LLVMInitializeCSKYAsmParser LLVMInitializeCSKYAsmPrinter LLVMInitializeCSKYDisassembler,
    LLVMInitializeXtensaTargetInfo LLVMInitializeXtensaTarget LLVMInitializeXtensaTargetMC
    LLVMInitializeXtensaAsmParser LLVMInitializeXtensaAsmPrinter LLVMInitializeXtensaDisassembler,
    LLVMInitializeAMDGPUTargetInfo LLVMInitializeAMDGPUTarget LLVMInitializeAMDGPUTargetMC
    LLVMInitializeAMDGPUAsmParser LLVMInitializeAMDGPUAsmPrinter LLVMInitializeAMDGPUDisassembler,
}

/// Registers all back ends, once.
///
/// All at once, because the list that they go into is one for all and LLVM keeps no threads apart
/// there: registered one by one, two threads that ask for two architectures could lose one of them, or
/// one thread could search the list while another adds to it.
pub(super) fn register() {
    static REGISTERED: Once = Once::new();
    // Sound to call: the functions only add to LLVM's registry, and `Once` keeps our own threads apart.
    REGISTERED.call_once(register_all);
}
