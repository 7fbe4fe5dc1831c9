use std::arch::asm;

unsafe fn arguments(handler: u64, frame: u64) {
    unsafe {
        asm!(
            //~v undeclared_clobber
            "mov rdi, {0}", //~ operand_register_collision
            "mov rsi, {1}",
            in(reg) handler,
            in(reg) frame,
            options(nomem, nostack, preserves_flags),
        )
    };
}
