use std::arch::{asm, naked_asm};

unsafe fn clear_down(last: *mut u8, count: usize) {
    unsafe {
        asm!(
            "std", //~ direction_flag_left_set
            "rep stosb",
            inout("rdi") last => _,
            inout("rcx") count => _,
            in("al") 0_u8,
            options(nostack, preserves_flags),
        )
    };
}

/// The jump goes past `cld`.
unsafe fn on_one_path(last: *mut u8, count: usize) {
    unsafe {
        asm!(
            "std", //~ direction_flag_left_set
            "jrcxz 2f",
            "rep stosb",
            "cld",
            "2:",
            inout("rdi") last => _,
            inout("rcx") count => _,
            in("al") 0_u8,
            options(nostack, preserves_flags),
        )
    };
}

unsafe fn to_a_label(value: u64) {
    unsafe {
        asm!(
            "test {value}, {value}",
            "std", //~ direction_flag_left_set
            "jz {zero}",
            "cld",
            value = in(reg) value,
            zero = label { return },
            options(nomem, nostack),
        )
    };
}

unsafe fn loaded() {
    unsafe {
        asm!(
            "pushfq",
            "or qword ptr [rsp], 0x400",
            "popfq", //~ direction_flag_left_set
        )
    };
}

unsafe fn att_syntax() {
    unsafe { asm!("std", options(att_syntax, nomem, nostack, preserves_flags)) }; //~ direction_flag_left_set
}

macro_rules! backwards {
    () => {
        unsafe { asm!("std", options(nomem, nostack, preserves_flags)) }
    };
}

fn by_macro() {
    backwards!(); //~ direction_flag_left_set
}

#[unsafe(naked)]
extern "C" fn naked(last: *mut u8, count: usize) {
    naked_asm!(
        "mov rcx, rsi",
        "mov al, 0",
        "std", //~ direction_flag_left_set
        "rep stosb",
        "ret",
    )
}
