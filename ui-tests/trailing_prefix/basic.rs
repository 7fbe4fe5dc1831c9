use std::arch::{asm, global_asm};

unsafe fn lock(counter: *mut u32) {
    unsafe {
        asm!(
            "inc dword ptr [{}]",
            "lock", //~ trailing_prefix
            in(reg) counter,
            options(nostack),
        )
    };
}

unsafe fn alone() {
    unsafe { asm!("rep", options(nomem, nostack, preserves_flags)) }; //~ trailing_prefix
}

unsafe fn bytes() {
    unsafe {
        asm!("nop", ".byte 0x66", options(nomem, nostack, preserves_flags)); //~ trailing_prefix
        asm!("nop", ".byte 0x48", options(nomem, nostack, preserves_flags)); //~ trailing_prefix
        asm!("nop", "fs", options(nomem, nostack, preserves_flags)); //~ trailing_prefix
    }
}

unsafe fn on_one_line() {
    unsafe { asm!("nop; repne", options(nomem, nostack, preserves_flags)) }; //~ trailing_prefix
}

unsafe fn att() {
    unsafe { asm!("nop", "data16", options(att_syntax, nomem, nostack, preserves_flags)) }; //~ trailing_prefix
}

unsafe fn behind_the_last_jump() -> ! {
    unsafe {
        asm!(
            "2:",
            "hlt",
            "jmp 2b",
            "rep", //~ trailing_prefix
            options(noreturn, nomem, nostack),
        )
    };
}

macro_rules! locked {
    () => {
        asm!("lock", options(nomem, nostack, preserves_flags))
    };
}

unsafe fn by_macro() {
    unsafe { locked!() }; //~ trailing_prefix
}

global_asm!(
    ".globl trailing_prefix_basic",
    "trailing_prefix_basic:",
    "ret",
    "rep", //~ trailing_prefix
);

global_asm!(
    ".pushsection .text.trailing_prefix, \"ax\", @progbits",
    "nop",
    "lock", //~ trailing_prefix
    ".popsection",
    "ret",
);
