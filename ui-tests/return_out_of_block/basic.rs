use std::arch::asm;

fn with_output() -> u32 {
    let value;
    unsafe { asm!("mov eax, 1", "ret", out("eax") value) }; //~ return_out_of_block
    value
}

fn without_output() {
    unsafe { asm!("ret", options(noreturn)) }; //~ return_out_of_block
}

fn above_the_top() -> u32 {
    let value;
    unsafe {
        asm!(
            "add rsp, 8",
            "mov eax, 1",
            "ret", //~ return_out_of_block
            out("eax") value,
        )
    };
    value
}

/// Popped and restored: the address is still the compiler's.
fn put_back() -> u64 {
    let value;
    unsafe {
        asm!(
            "pop rax",
            "push rax",
            "ret", //~ return_out_of_block
            out("rax") value,
        )
    };
    value
}

fn on_one_path(value: u64) -> u64 {
    let result;
    unsafe {
        asm!(
            "xor eax, eax",
            "test {value}, {value}",
            "jnz 2f",
            "ret", //~ return_out_of_block
            "2:",
            value = in(reg) value,
            out("rax") result,
            options(nomem),
        )
    };
    result
}

fn far_and_from_an_interrupt(far: bool) -> u32 {
    let value;
    if far {
        unsafe { asm!("mov eax, 1", "retfq", out("eax") value) }; //~ return_out_of_block
    } else {
        unsafe { asm!("mov eax, 1", "iretq", out("eax") value) }; //~ return_out_of_block
    }
    value
}

fn att_syntax() -> u32 {
    let value;
    unsafe { asm!("movl $1, %eax", "ret $8", out("eax") value, options(att_syntax)) }; //~ return_out_of_block
    value
}
