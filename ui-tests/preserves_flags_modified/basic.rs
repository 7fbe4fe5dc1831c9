use std::arch::asm;

fn arithmetic(mut number: u64) -> u64 {
    unsafe {
        asm!(
            "add {number}, 1", //~ preserves_flags_modified
            number = inout(reg) number,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    number
}

fn some_flags_only(mut number: u64) -> u64 {
    unsafe {
        asm!("inc {}", inout(reg) number, options(nomem, nostack, preserves_flags)); //~ preserves_flags_modified
        asm!("clc", options(nomem, nostack, preserves_flags)); //~ preserves_flags_modified
        asm!("rol {}, 5", inout(reg) number, options(nomem, nostack, preserves_flags)); //~ preserves_flags_modified
        asm!("popcnt {0}, {0}", inout(reg) number, options(nomem, nostack, preserves_flags)); //~ preserves_flags_modified
    }
    number
}

fn att_syntax(mut number: u64) -> u64 {
    unsafe {
        asm!(
            "subq $5, {0}", //~ preserves_flags_modified
            inout(reg) number,
            options(att_syntax, nomem, nostack, preserves_flags),
        )
    };
    number
}

/// Each flag is reported at the instruction that changes it last.
fn several_instructions(mut number: u64) -> u64 {
    unsafe {
        asm!(
            "add {number}, 1", //~ preserves_flags_modified
            "stc",
            number = inout(reg) number,
            options(nomem, nostack, preserves_flags),
        )
    };
    number
}

fn undefined_flags(a: u64, b: u64) -> u64 {
    let product;
    unsafe {
        asm!(
            "imul {product}, {b}", //~ preserves_flags_modified
            product = inout(reg) a => product,
            b = in(reg) b,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    product
}

unsafe fn load_flags(flags: u64) {
    unsafe { asm!("push {}", "popfq", in(reg) flags, options(nomem, preserves_flags)) }; //~ preserves_flags_modified
}

unsafe fn call(function: extern "C" fn()) {
    unsafe { asm!("call {}", in(reg) function, clobber_abi("C"), options(preserves_flags)) }; //~ preserves_flags_modified
}

/// `sahf` does not bring back OF.
fn five_flags_back(mut number: u64) -> u64 {
    unsafe {
        asm!(
            "lahf",
            "add {number}, 1", //~ preserves_flags_modified
            "sahf",
            number = inout(reg) number,
            out("rax") _,
            options(nomem, nostack, preserves_flags),
        )
    };
    number
}

/// Making room on the stack by arithmetic changes flags.
fn room_on_the_stack() {
    unsafe {
        asm!(
            "sub rsp, 64",
            "add rsp, 64", //~ preserves_flags_modified
            options(nomem, preserves_flags),
        )
    };
}

fn shift_by_an_unknown_count(mut number: u64, count: u8) -> u64 {
    unsafe {
        asm!(
            "shl {number}, cl", //~ preserves_flags_modified
            number = inout(reg) number,
            in("cl") count,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    number
}

fn guest() {
    unsafe {
        asm!(
            "vmlaunch", //~ preserves_flags_modified
            options(preserves_flags),
        )
    };
}
