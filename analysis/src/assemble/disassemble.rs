//! LLVM's disassembler: bytes in, LLVM's own words for an instruction out. Part of the boundary to
//! LLVM.
//!
//! It serves as a *witness* for decoders that are not LLVM's: where a decoder's mnemonic is not the
//! one that LLVM gives, the instruction is not judged.

use std::ffi::{CStr, CString, c_char};
use std::ptr::{self, NonNull};

use llvm_sys::disassembler::{
    LLVMCreateDisasmCPUFeatures, LLVMDisasmDispose, LLVMDisasmInstruction,
    LLVMDisassembler_Option_AsmPrinterVariant, LLVMOpaqueDisasmContext, LLVMSetDisasmOptions,
};

use super::targets;
use crate::block::{Architecture, Target};

/// LLVM's disassembler for one target and one set of features.
pub struct Disassembler {
    context: NonNull<LLVMOpaqueDisasmContext>,
}

/// An instruction as LLVM reads it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Disassembled {
    /// How many bytes it has.
    pub length: usize,
    /// The mnemonic in LLVM's spelling, with its suffixes (`b.eq`, `vadd.i32`, `ldreq`).
    pub mnemonic: String,
    /// The operands as LLVM writes them, without the blank before them; empty for none.
    pub operands: String,
}

impl Disassembled {
    /// The instruction on one line.
    pub fn text(&self) -> String {
        match self.operands.as_str() {
            "" => self.mnemonic.clone(),
            operands => format!("{} {operands}", self.mnemonic),
        }
    }
}

/// Room for the text of an instruction; the longest that LLVM writes has about 200 letters.
const TEXT_BYTES: usize = 512;

impl Disassembler {
    /// The disassembler for LLVM's name of a target, with a processor and features as LLVM names
    /// them (`+sve,-thumb-mode`); both may be empty. `None` where LLVM has none for the target, or
    /// where the names hold a NUL.
    pub fn new(
        architecture: Architecture,
        triple: &str,
        cpu: &str,
        features: &str,
    ) -> Option<Disassembler> {
        targets::register();
        let [triple, cpu, features] = [triple, cpu, features].map(CString::new);
        let (triple, cpu, features) = (triple.ok()?, cpu.ok()?, features.ok()?);
        // SAFETY: the strings are C strings, which LLVM copies. Without callbacks it asks nobody
        // about operands, so that it needs no data of ours.
        let context = unsafe {
            LLVMCreateDisasmCPUFeatures(
                triple.as_ptr(),
                cpu.as_ptr(),
                features.as_ptr(),
                ptr::null_mut(),
                0,
                None,
                None,
            )
        };
        let disassembler = Disassembler { context: NonNull::new(context)? };
        if matches!(architecture, Architecture::X86 | Architecture::X86_64) {
            // SAFETY: the context is live. The second printer of x86 writes Intel syntax.
            unsafe {
                LLVMSetDisasmOptions(context, LLVMDisassembler_Option_AsmPrinterVariant);
            }
        }
        Some(disassembler)
    }

    /// The disassembler for what blocks of a target are assembled for, with LLVM's names of
    /// features that are added to the target's own.
    pub fn for_target(target: &Target, features: &str) -> Option<Disassembler> {
        let features = target.features_with(features);
        Disassembler::new(target.architecture, &target.llvm_triple, &target.llvm_cpu, &features)
    }

    /// The instruction at the start of the bytes; `None` where LLVM knows none. `address` is where
    /// it stands: targets of branches are written relative to it or as addresses, as LLVM does it
    /// for the instruction set.
    pub fn instruction(&self, bytes: &[u8], address: u64) -> Option<Disassembled> {
        // LLVM wants the bytes mutable without ever writing to them; a copy needs no promise of
        // that. No instruction set has longer instructions than 16 bytes (x86: 15); bundles of
        // Hexagon have four words.
        let mut copy = [0u8; 16];
        let count = bytes.len().min(copy.len());
        copy[..count].copy_from_slice(&bytes[..count]);
        let mut text = [0u8; TEXT_BYTES];
        // SAFETY: the context is live and used by one thread at a time, since it is neither `Send`
        // nor `Sync`. The first `count` bytes of `copy` and all of `text` are valid; LLVM writes a
        // C string that it cuts to the size given.
        let length = unsafe {
            LLVMDisasmInstruction(
                self.context.as_ptr(),
                copy.as_mut_ptr(),
                count as u64,
                address,
                text.as_mut_ptr().cast::<c_char>(),
                text.len(),
            )
        };
        if length == 0 || length > count {
            return None;
        }
        let text = CStr::from_bytes_until_nul(&text).ok()?.to_string_lossy();
        // A tab is before the mnemonic, and another one, or a blank, before the operands.
        let text = text.trim();
        let (mnemonic, operands) = text.split_once(['\t', ' ']).unwrap_or((text, ""));
        Some(Disassembled {
            length,
            mnemonic: mnemonic.to_owned(),
            operands: operands.trim().replace('\t', " "),
        })
    }
}

impl Drop for Disassembler {
    fn drop(&mut self) {
        // SAFETY: the context is ours and is disposed of once.
        unsafe { LLVMDisasmDispose(self.context.as_ptr()) };
    }
}
