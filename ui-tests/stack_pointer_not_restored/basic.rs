use std::arch::{asm, naked_asm};

unsafe fn pushes(value: u64) {
    unsafe { asm!("push {}", in(reg) value, options(preserves_flags)) }; //~ stack_pointer_not_restored
}

unsafe fn pops() -> u64 {
    let value;
    unsafe { asm!("pop {}", out(reg) value, options(preserves_flags)) }; //~ stack_pointer_not_restored
    value
}

unsafe fn on_one_path(value: u64) {
    unsafe {
        asm!(
            "test {value}, {value}",
            "jz 2f",
            "push {value}", //~ stack_pointer_not_restored
            "2:",
            value = in(reg) value,
        )
    };
}

unsafe fn room_is_not_given_back() {
    unsafe {
        asm!(
            "sub rsp, 32",
            "mov byte ptr [rsp], 1",
            "add rsp, 24", //~ stack_pointer_not_restored
        )
    };
}

unsafe fn aligned() {
    unsafe { asm!("and rsp, -64", options(nomem)) }; //~ stack_pointer_not_restored
}

unsafe fn another_stack(top: u64) {
    unsafe { asm!("mov rsp, {}", in(reg) top, options(preserves_flags)) }; //~ stack_pointer_not_restored
}

unsafe fn to_a_label(value: u64) {
    unsafe {
        asm!(
            "push {value}", //~ stack_pointer_not_restored
            "test {value}, {value}",
            "jz {zero}",
            "pop {value}",
            value = inout(reg) value => _,
            zero = label { return },
        )
    };
}

unsafe fn att_syntax(value: u64) {
    unsafe { asm!("pushq {}", in(reg) value, options(att_syntax, preserves_flags)) }; //~ stack_pointer_not_restored
}

#[unsafe(naked)]
extern "C" fn naked(value: u64) -> u64 {
    naked_asm!(
        "push rdi", //~ stack_pointer_not_restored
        "mov rax, rdi",
        "ret",
    )
}

/// The caller takes its arguments off the stack itself.
#[unsafe(naked)]
extern "C" fn naked_pops(value: u64) -> u64 {
    naked_asm!("mov rax, rdi", "ret 8") //~ stack_pointer_not_restored
}

/// It returns, though not by a `ret`.
#[unsafe(naked)]
extern "C" fn naked_jumps_back() {
    naked_asm!("pop rdx", "sub rsp, 16", "jmp rdx") //~ stack_pointer_not_restored
}

fn too_few_of_a_constant_number() {
    unsafe {
        asm!(
            "mov ecx, 8",
            "2:",
            "push 0",
            "dec ecx",
            "jnz 2b",
            "add rsp, 56", //~ stack_pointer_not_restored
            out("ecx") _,
            options(nomem),
        )
    };
}

fn variable_amount_taken(bytes: u64) {
    unsafe {
        asm!(
            "sub rsp, {}", //~ stack_pointer_not_restored
            in(reg) bytes,
            options(nomem),
        )
    };
}

/// What is popped is not what was pushed: the stack was aligned, so `and` goes down another slot.
fn another_slot() {
    unsafe {
        asm!(
            "push rsp",
            "and rsp, -16",
            "nop",
            "pop rsp", //~ stack_pointer_not_restored
        )
    };
}
