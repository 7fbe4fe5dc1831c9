//@no-rustfix
use std::arch::asm;

/// The pushes are balanced: what moves the stack pointer is another thing than the use of the stack.
fn moved_besides_pushes() {
    unsafe {
        asm!(
            "push r13", //~ nostack_stack_use
            "pop r13",
            "sub rsp, 8", //~ stack_pointer_not_restored
            options(nostack),
        )
    };
}
