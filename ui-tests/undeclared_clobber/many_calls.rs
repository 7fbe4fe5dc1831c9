//! A routine of the block that is called many times is judged once, and what it changes is reported.
#![deny(asm_lint::not_judged)]
use std::arch::asm;

fn forty_calls() -> u64 {
    let sum;
    unsafe {
        asm!(
            "xor eax, eax",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "jmp 3f",
            "2:",
            "inc rax",
            "mov ecx, 1", //~ undeclared_clobber
            "ret",
            "3:",
            out("rax") sum,
        )
    };
    sum
}

fn forty_calls_declared() -> u64 {
    let sum;
    unsafe {
        asm!(
            "xor eax, eax",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "call 2f",
            "jmp 3f",
            "2:",
            "inc rax",
            "mov ecx, 1",
            "ret",
            "3:",
            out("rax") sum,
            out("rcx") _,
        )
    };
    sum
}

/// Each level calls the next one twice: 64 ways lead to the innermost.
fn nested() -> u64 {
    let sum;
    unsafe {
        asm!(
            "xor eax, eax",
            "call 12f",
            "jmp 3f",
            "12:", "call 13f", "call 13f", "ret",
            "13:", "call 14f", "call 14f", "ret",
            "14:", "call 15f", "call 15f", "ret",
            "15:", "call 16f", "call 16f", "ret",
            "16:", "call 17f", "call 17f", "ret",
            "17:", "call 18f", "call 18f", "ret",
            "18:", "inc rax",
            "mov edx, 1", //~ undeclared_clobber
            "ret",
            "3:",
            out("rax") sum,
        )
    };
    sum
}
