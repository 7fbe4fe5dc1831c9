//@compile-flags: --target aarch64-unknown-linux-gnu -Ctarget-feature=+paca,+pacg
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn signs(mut pointer: u64, modifier: u64) -> u64 {
    unsafe { asm!("pacia {}, {}", inout(reg) pointer, in(reg) modifier, options(pure, nomem, nostack)) }; //~ pure_nondeterministic
    pointer
}

fn authenticates(mut pointer: u64, modifier: u64) -> u64 {
    unsafe { asm!("autda {}, {}", inout(reg) pointer, in(reg) modifier, options(pure, nomem, nostack)) }; //~ pure_nondeterministic
    pointer
}

fn message_code(a: u64, b: u64) -> u64 {
    let code;
    unsafe { asm!("pacga {}, {}, {}", out(reg) code, in(reg) a, in(reg) b, options(pure, nomem, nostack)) }; //~ pure_nondeterministic
    code
}

/// Whatever the keys are, the second undoes the first.
fn there_and_back(mut pointer: u64, modifier: u64) -> u64 {
    unsafe {
        asm!(
            "pacia {0}, {1}",
            "autia {0}, {1}",
            inout(reg) pointer,
            in(reg) modifier,
            options(pure, nomem, nostack),
        )
    };
    pointer
}

/// What is stripped off does not depend on a key.
fn stripped(mut pointer: u64) -> u64 {
    unsafe { asm!("xpaci {}", inout(reg) pointer, options(pure, nomem, nostack)) };
    pointer
}
