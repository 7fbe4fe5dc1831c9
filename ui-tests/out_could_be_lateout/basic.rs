#![warn(asm_lint::out_could_be_lateout)]

use std::arch::asm;

unsafe fn load(pointer: *const u64) -> u64 {
    let value;
    unsafe {
        asm!(
            "mov {value}, [{pointer}]",
            pointer = in(reg) pointer,
            value = out(reg) value, //~ out_could_be_lateout
            options(pure, readonly, nostack, preserves_flags),
        )
    };
    value
}

fn several(left: u64, right: u64) -> (u64, u64) {
    let (low, high);
    unsafe {
        asm!(
            "mulx {high}, {low}, {right}",
            in("rdx") left,
            right = in(reg) right,
            low = out(reg) low, //~ out_could_be_lateout
            high = out(reg) high,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    (low, high)
}

fn explicit(value: u32) -> u32 {
    let count;
    unsafe {
        asm!(
            "lzcntl {value:e}, %eax",
            value = in(reg) value,
            out("eax") count, //~ out_could_be_lateout
            options(att_syntax, pure, nomem, nostack),
        )
    };
    count
}

macro_rules! load {
    ($pointer:expr, $value:ident) => {
        asm!("mov {}, [{}]", out(reg) $value, in(reg) $pointer, options(readonly, nostack))
    };
}

unsafe fn by_macro<T>(pointer: *const T) -> u64 {
    let value: u64;
    unsafe { load!(pointer, value) }; //~ out_could_be_lateout
    value
}
