use std::arch::asm;

fn flags() -> u64 {
    let flags;
    unsafe {
        asm!("pushfq", "pop {}", out(reg) flags, options(nomem, nostack, preserves_flags)); //~ nostack_stack_use
    }
    flags
}

fn red_zone(value: u64) -> u32 {
    let half;
    unsafe {
        asm!(
            "mov [rsp - 16], {value}", //~ nostack_stack_use
            "mov {half:e}, [rsp - 12]",
            value = in(reg) value,
            half = out(reg) half,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    half
}

unsafe fn call(function: extern "C" fn()) {
    unsafe { asm!("call {}", in(reg) function, clobber_abi("C"), options(nostack)) }; //~ nostack_stack_use
}

/// A call inside the block pushes, too.
fn call_inside(mut number: u64) -> u64 {
    unsafe {
        asm!(
            "call 2f", //~ nostack_stack_use
            "jmp 3f",
            "2:",
            "inc {number}",
            "ret",
            "3:",
            number = inout(reg) number,
            options(nomem, nostack),
        )
    };
    number
}

fn frame() {
    unsafe { asm!("enter 32, 0", "leave", options(nomem, nostack, preserves_flags)) }; //~ nostack_stack_use
}

fn several(a: u64, b: u64) -> u64 {
    let sum;
    unsafe {
        asm!(
            "push rbx", //~ nostack_stack_use
            "push {b}",
            "mov rbx, rax",
            "add rbx, [rsp]",
            "mov rax, rbx",
            "add rsp, 8",
            "pop rbx",
            b = in(reg) b,
            inout("rax") a => sum,
            options(pure, nomem, nostack),
        )
    };
    sum
}

fn att_syntax() -> u64 {
    let flags;
    unsafe {
        asm!(
            "pushfq", //~ nostack_stack_use
            "popq {}",
            out(reg) flags,
            options(att_syntax, nomem, nostack, preserves_flags),
        )
    };
    flags
}

fn on_one_path(condition: u64) {
    unsafe {
        asm!(
            "test {condition}, {condition}",
            "jz 2f",
            "push {condition}", //~ nostack_stack_use
            "pop {condition}",
            "2:",
            condition = inout(reg) condition => _,
            options(nomem, nostack),
        )
    };
}

/// Back on the stack of the entry, its rules are in force again.
unsafe fn after_another_stack(stack: u64) {
    unsafe {
        asm!(
            "mov {old}, rsp",
            "mov rsp, {stack}",
            "push 1",
            "mov rsp, {old}",
            "push 2", //~ nostack_stack_use
            "pop {old}",
            old = out(reg) _,
            stack = in(reg) stack,
            options(nostack, preserves_flags),
        )
    };
}
