#![deny(asm_lint::not_judged)]
use std::arch::asm;

fn generic<const NUMBER: u8>() {
    unsafe {
        asm!(
            ".if {} == 7", // A number that is not tried.
            "nop",
            ".else",
            "npo",
            ".endif",
            const NUMBER,
        )
    };
}
