//! The boundary to LLVM: assembly text in, an object file and LLVM's diagnostics out.
//!
//! With `targets` and `disassemble` the only place of this package with `unsafe`. Nothing here touches
//! process-wide state of LLVM beyond registering back ends. Diagnostics go to a handler of our own
//! context, never to a global one.

use std::ffi::{CStr, CString, c_char, c_uint, c_void};
use std::ptr;

use llvm_sys::core::{
    LLVMAddAttributeAtIndex, LLVMAddFunction, LLVMAppendBasicBlockInContext, LLVMBuildCall2,
    LLVMBuildUnreachable, LLVMContextCreate, LLVMContextDispose, LLVMContextSetDiagnosticHandler,
    LLVMCreateBuilderInContext, LLVMCreateEnumAttribute, LLVMDisposeBuilder,
    LLVMDisposeMemoryBuffer, LLVMDisposeMessage, LLVMDisposeModule, LLVMFunctionType,
    LLVMGetBufferSize, LLVMGetBufferStart, LLVMGetDiagInfoDescription, LLVMGetDiagInfoSeverity,
    LLVMGetEnumAttributeKindForName, LLVMGetInlineAsm, LLVMModuleCreateWithNameInContext,
    LLVMPositionBuilderAtEnd, LLVMSetModuleInlineAsm2, LLVMSetTarget, LLVMVoidTypeInContext,
};
use llvm_sys::prelude::{
    LLVMContextRef, LLVMDiagnosticInfoRef, LLVMMemoryBufferRef, LLVMModuleRef,
};
use llvm_sys::target_machine::{
    LLVMCodeGenFileType, LLVMCodeGenOptLevel, LLVMCreateTargetMachineOptions,
    LLVMCreateTargetMachineWithOptions, LLVMDisposeTargetMachine, LLVMDisposeTargetMachineOptions,
    LLVMGetTargetFromTriple, LLVMRelocMode, LLVMTargetMachineEmitToMemoryBuffer,
    LLVMTargetMachineOptionsSetABI, LLVMTargetMachineOptionsSetCPU,
    LLVMTargetMachineOptionsSetCodeGenOptLevel, LLVMTargetMachineOptionsSetFeatures,
    LLVMTargetMachineOptionsSetRelocMode, LLVMTargetMachineRef,
};
use llvm_sys::{LLVMAttributeFunctionIndex, LLVMDiagnosticSeverity, LLVMInlineAsmDialect};

use super::assembler::{Emitted, Message, Severity};
use super::targets;
use crate::block::Target;

/// LLVM's assembler for one target and one set of features. Keeping it saves a part of a module's
/// fixed cost.
pub(super) struct Assembler {
    machine: LLVMTargetMachineRef,
    triple: CString,
}

impl Assembler {
    /// Makes an assembler for a target and further features, or says in LLVM's words why there is
    /// none.
    pub fn new(target: &Target, features: &str) -> Result<Assembler, String> {
        targets::register();
        let string = |text: &str| CString::new(text).map_err(|error| error.to_string());
        let triple = string(&target.llvm_triple)?;
        let cpu = string(&target.llvm_cpu)?;
        let features = string(&target.features_with(features))?;
        let abi = string(&target.llvm_abi)?;
        let mut llvm_target = ptr::null_mut();
        let mut message = ptr::null_mut();
        // SAFETY: `triple` is a C string; both results are written through valid pointers.
        let failed =
            unsafe { LLVMGetTargetFromTriple(triple.as_ptr(), &mut llvm_target, &mut message) }
                != 0;
        let message = take_message(message);
        if failed {
            return Err(message);
        }
        let relocation_mode = match target.is_position_independent {
            true => LLVMRelocMode::LLVMRelocPIC,
            false => LLVMRelocMode::LLVMRelocStatic,
        };
        // SAFETY: `llvm_target` was found above; the strings are C strings and copied by LLVM; the
        // options are ours and disposed of once.
        let machine = unsafe {
            let options = LLVMCreateTargetMachineOptions();
            LLVMTargetMachineOptionsSetCPU(options, cpu.as_ptr());
            LLVMTargetMachineOptionsSetFeatures(options, features.as_ptr());
            LLVMTargetMachineOptionsSetABI(options, abi.as_ptr());
            LLVMTargetMachineOptionsSetCodeGenOptLevel(
                options,
                LLVMCodeGenOptLevel::LLVMCodeGenLevelNone,
            );
            LLVMTargetMachineOptionsSetRelocMode(options, relocation_mode);
            let machine = LLVMCreateTargetMachineWithOptions(llvm_target, triple.as_ptr(), options);
            LLVMDisposeTargetMachineOptions(options);
            machine
        };
        if machine.is_null() {
            return Err(format!("LLVM has no code generator for {}", triple.to_string_lossy()));
        }
        Ok(Assembler { machine, triple })
    }

    /// See [`assembler::Assembler::assemble`](super::assembler::Assembler::assemble).
    pub fn assemble(&self, text: &[u8], function: Option<&[u8]>) -> Result<Emitted, String> {
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
            if let Some(function) = function {
                add_function(context, module, function);
            }
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

/// Adds a function that is nothing but the text, in Intel syntax.
///
/// # Safety
///
/// The context is live, and the module is one of its own.
unsafe fn add_function(context: LLVMContextRef, module: LLVMModuleRef, text: &[u8]) {
    // SAFETY: all values are made here, in the live context and module; the builder is disposed
    // of; the texts are copied by their lengths.
    unsafe {
        let function_type = LLVMFunctionType(LLVMVoidTypeInContext(context), ptr::null_mut(), 0, 0);
        let function = LLVMAddFunction(module, c"asm_lint_function".as_ptr(), function_type);
        // Without them the compiler's own instructions and unwind tables would stand around it.
        for name in ["naked", "nounwind"] {
            let kind = LLVMGetEnumAttributeKindForName(name.as_ptr().cast(), name.len());
            let attribute = LLVMCreateEnumAttribute(context, kind, 0);
            let index: c_uint = LLVMAttributeFunctionIndex;
            LLVMAddAttributeAtIndex(function, index, attribute);
        }
        let block = LLVMAppendBasicBlockInContext(context, function, c"".as_ptr());
        let builder = LLVMCreateBuilderInContext(context);
        LLVMPositionBuilderAtEnd(builder, block);
        let assembly = LLVMGetInlineAsm(
            function_type,
            text.as_ptr().cast::<c_char>(),
            text.len(),
            c"".as_ptr(),
            0,
            1,
            0,
            LLVMInlineAsmDialect::LLVMInlineAsmDialectIntel,
            0,
        );
        LLVMBuildCall2(builder, function_type, assembly, ptr::null_mut(), 0, c"".as_ptr());
        LLVMBuildUnreachable(builder);
        LLVMDisposeBuilder(builder);
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

/// Copies a string that LLVM made for its caller, and frees it.
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
