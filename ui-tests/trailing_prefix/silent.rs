use std::arch::{asm, global_asm};

unsafe fn on_two_lines(counter: *mut u32) {
    unsafe { asm!("lock", "inc dword ptr [{}]", in(reg) counter, options(nostack)) };
}

fn pause() {
    unsafe { asm!("rep", "nop", options(nomem, nostack, preserves_flags)) };
}

fn two_byte_return() {
    unsafe { asm!("call 2f", "jmp 3f", "2:", "rep ret", "3:") };
}

// The last bytes look like prefixes, but control never reaches them.
fn data() -> u32 {
    let byte: u32;
    unsafe {
        asm!(
            "movzx {byte:e}, byte ptr [rip + 2f]",
            "jmp 3f",
            "2:",
            ".byte 0x66",
            "3:",
            byte = out(reg) byte,
            options(pure, readonly, nostack, preserves_flags),
        )
    };
    byte
}

fn in_another_section() -> u32 {
    let byte: u32;
    unsafe {
        asm!(
            ".pushsection .rodata.trailing_prefix, \"a\", @progbits",
            "2:",
            ".byte 0xf3",
            ".popsection",
            "movzx {byte:e}, byte ptr [rip + 2b]",
            byte = out(reg) byte,
            options(pure, readonly, nostack, preserves_flags),
        )
    };
    byte
}

fn empty() {
    unsafe { asm!("", options(nomem, nostack, preserves_flags)) };
}

global_asm!(
    ".globl trailing_prefix_silent",
    "trailing_prefix_silent:",
    "rep stosb",
    "ret",
    ".ascii \"ABC\"",
);
