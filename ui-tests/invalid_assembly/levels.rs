//@check-pass
#![cfg_attr(asm_lint, warn(asm_lint::all))]
#![cfg_attr(asm_lint, allow(asm_lint::promise, asm_lint::style, asm_lint::hazard))]
use std::arch::asm;

fn on_a_statement() {
    #[expect(asm_lint::invalid_assembly, reason = "a test of levels")]
    unsafe {
        asm!("npo")
    };
}

#[allow(asm_lint::invalid_assembly)]
fn on_a_function() {
    unsafe { asm!("npo") };
}

#[expect(asm_lint::contract)]
mod by_group {
    fn function() {
        unsafe { std::arch::asm!("npo") };
    }
}
