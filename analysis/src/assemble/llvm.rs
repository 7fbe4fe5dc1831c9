//! The boundary to LLVM: assembly text in, an object file and LLVM's complaints out.
//!
//! The only place of this package with `unsafe`. Nothing here touches process-wide state of LLVM
//! beyond registering the x86 target, which may happen any number of times: the compiler whose
//! plugin we are links the same library and has registered it already. Diagnostics go to a
//! handler of our own context, never to a global one.

use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr;
use std::sync::Once;

use llvm_sys::LLVMDiagnosticSeverity;
use llvm_sys::core::{
    LLVMContextCreate, LLVMContextDispose, LLVMContextSetDiagnosticHandler,
    LLVMDisposeMemoryBuffer, LLVMDisposeMessage, LLVMDisposeModule, LLVMGetBufferSize,
    LLVMGetBufferStart, LLVMGetDiagInfoDescription, LLVMGetDiagInfoSeverity,
    LLVMModuleCreateWithNameInContext, LLVMSetModuleInlineAsm2, LLVMSetTarget,
};
use llvm_sys::prelude::{LLVMDiagnosticInfoRef, LLVMMemoryBufferRef};
use llvm_sys::target::{
    LLVMInitializeX86AsmParser, LLVMInitializeX86AsmPrinter, LLVMInitializeX86Target,
    LLVMInitializeX86TargetInfo, LLVMInitializeX86TargetMC,
};
use llvm_sys::target_machine::{
    LLVMCodeGenFileType, LLVMCodeGenOptLevel, LLVMCodeModel, LLVMCreateTargetMachine,
    LLVMDisposeTargetMachine, LLVMGetTargetFromTriple, LLVMRelocMode,
    LLVMTargetMachineEmitToMemoryBuffer, LLVMTargetMachineRef,
};

/// LLVM's assembler for one target. Keeping it saves a part of a module's fixed cost.
pub(super) struct Assembler {
    machine: LLVMTargetMachineRef,
    triple: CString,
}

/// What a run of the assembler leaves behind.
pub(super) struct Emitted {
    /// The object file. LLVM writes one even when it rejects the text.
    pub object: Vec<u8>,
    /// What LLVM said, in its order.
    pub messages: Vec<Message>,
}

/// One diagnostic.
pub(super) struct Message {
    /// How grave it is.
    pub severity: Severity,
    /// The diagnostic as LLVM would print it: position, message, source line, marker.
    pub text: String,
}

/// How grave a diagnostic is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Severity {
    /// The text is rejected.
    Error,
    /// Where an error or a warning before it came from.
    Note,
    /// Anything else.
    Other,
}

impl Assembler {
    /// Makes an assembler for a target, or says in LLVM's words why there is none.
    pub fn new(triple: &str) -> Result<Assembler, String> {
        static REGISTERED: Once = Once::new();
        REGISTERED.call_once(|| {
            // SAFETY: the functions only add the x86 target to LLVM's registry, which ignores
            // what is registered already; `Once` keeps our own threads apart.
            unsafe {
                LLVMInitializeX86TargetInfo();
                LLVMInitializeX86Target();
                LLVMInitializeX86TargetMC();
                LLVMInitializeX86AsmParser();
                LLVMInitializeX86AsmPrinter();
            }
        });
        let triple = CString::new(triple).map_err(|error| error.to_string())?;
        let mut target = ptr::null_mut();
        let mut message = ptr::null_mut();
        // SAFETY: `triple` is a C string; both results are written through valid pointers.
        let failed =
            unsafe { LLVMGetTargetFromTriple(triple.as_ptr(), &mut target, &mut message) } != 0;
        let message = take_message(message);
        if failed {
            return Err(message);
        }
        // SAFETY: `target` was found above; the strings are C strings and copied by LLVM.
        let machine = unsafe {
            LLVMCreateTargetMachine(
                target,
                triple.as_ptr(),
                c"".as_ptr(),
                c"".as_ptr(),
                LLVMCodeGenOptLevel::LLVMCodeGenLevelNone,
                LLVMRelocMode::LLVMRelocPIC,
                LLVMCodeModel::LLVMCodeModelDefault,
            )
        };
        if machine.is_null() {
            return Err(format!("LLVM has no code generator for {}", triple.to_string_lossy()));
        }
        Ok(Assembler { machine, triple })
    }

    /// Assembles a text, which may hold any bytes. It starts in AT&T syntax and the text section.
    pub fn assemble(&self, text: &[u8]) -> Result<Emitted, String> {
        let mut messages: Vec<Message> = Vec::new();
        let mut buffer: LLVMMemoryBufferRef = ptr::null_mut();
        let mut message = ptr::null_mut();
        // SAFETY: the context and the module are made here, used by this thread alone and
        // disposed of, module first, before the block ends. `messages` outlives the context, whose
        // handler is the only other one to touch it, and only inside the call that emits. `text`
        // is copied by its length. The machine lives as long as `self`.
        let failed = unsafe {
            let context = LLVMContextCreate();
            LLVMContextSetDiagnosticHandler(
                context,
                Some(record),
                ptr::from_mut(&mut messages).cast::<c_void>(),
            );
            let module = LLVMModuleCreateWithNameInContext(c"asm".as_ptr(), context);
            LLVMSetTarget(module, self.triple.as_ptr());
            LLVMSetModuleInlineAsm2(module, text.as_ptr().cast::<c_char>(), text.len());
            let failed = LLVMTargetMachineEmitToMemoryBuffer(
                self.machine,
                module,
                LLVMCodeGenFileType::LLVMObjectFile,
                &mut message,
                &mut buffer,
            ) != 0;
            LLVMDisposeModule(module);
            LLVMContextDispose(context);
            failed
        };
        let message = take_message(message);
        if failed || buffer.is_null() {
            return Err(message);
        }
        // SAFETY: the buffer is LLVM's and holds `LLVMGetBufferSize` bytes until it is disposed
        // of, which happens once, after they were copied.
        let object = unsafe {
            let start = LLVMGetBufferStart(buffer).cast::<u8>();
            let object = std::slice::from_raw_parts(start, LLVMGetBufferSize(buffer)).to_vec();
            LLVMDisposeMemoryBuffer(buffer);
            object
        };
        Ok(Emitted { object, messages })
    }
}

impl Drop for Assembler {
    fn drop(&mut self) {
        // SAFETY: the machine is ours, and no module that uses it is left.
        unsafe { LLVMDisposeTargetMachine(self.machine) };
    }
}

/// Called by LLVM for each diagnostic of the context; `messages` is what `assemble` registered.
extern "C" fn record(diagnostic: LLVMDiagnosticInfoRef, messages: *mut c_void) {
    // SAFETY: LLVM hands in a live diagnostic.
    let severity = match unsafe { LLVMGetDiagInfoSeverity(diagnostic) } {
        LLVMDiagnosticSeverity::LLVMDSError => Severity::Error,
        LLVMDiagnosticSeverity::LLVMDSNote => Severity::Note,
        _ => Severity::Other,
    };
    // SAFETY: as above; the text is ours to dispose of.
    let text = take_message(unsafe { LLVMGetDiagInfoDescription(diagnostic) });
    // SAFETY: `messages` is the vector in the frame of `assemble`, which waits for LLVM and holds
    // no reference to it meanwhile.
    unsafe { (*messages.cast::<Vec<Message>>()).push(Message { severity, text }) };
}

/// Copies a string that LLVM made for its caller, and gives it back.
fn take_message(message: *mut c_char) -> String {
    if message.is_null() {
        return String::new();
    }
    // SAFETY: not null, so it is a C string that LLVM allocated and nobody else frees.
    unsafe {
        let text = CStr::from_ptr(message).to_string_lossy().into_owned();
        LLVMDisposeMessage(message);
        text
    }
}
