use std::arch::asm;

unsafe fn store(pointer: *mut u32) {
    unsafe { asm!("inc dword ptr [{}]", in(reg) pointer, options(readonly, nostack)) }; //~ readonly_memory_write
}

unsafe fn string(pointer: *mut u8, count: usize) {
    unsafe {
        asm!(
            "rep stosb", //~ readonly_memory_write
            inout("rdi") pointer => _,
            inout("rcx") count => _,
            in("al") 0_u8,
            options(readonly, nostack, preserves_flags),
        )
    };
}

/// A comparison that fails writes the old value back.
unsafe fn compare_and_exchange(pointer: *mut u64, old: u64, new: u64) -> u64 {
    let found;
    unsafe {
        asm!(
            "cmpxchg [{pointer}], {new}", //~ readonly_memory_write
            pointer = in(reg) pointer,
            new = in(reg) new,
            inout("rax") old => found,
            options(readonly, nostack),
        )
    };
    found
}

unsafe fn tables(pointer: *mut u8) {
    unsafe {
        asm!("sidt [{}]", in(reg) pointer, options(readonly, nostack, preserves_flags)); //~ readonly_memory_write
        asm!("fxsave64 [{}]", in(reg) pointer, options(readonly, nostack, preserves_flags)); //~ readonly_memory_write
        asm!("stmxcsr [{}]", in(reg) pointer, options(readonly, nostack, preserves_flags)); //~ readonly_memory_write
    }
}

#[target_feature(enable = "avx2")]
unsafe fn masked(pointer: *mut u8) {
    unsafe {
        asm!(
            "vpmaskmovd [{pointer}], {mask}, {value}", //~ readonly_memory_write
            pointer = in(reg) pointer,
            mask = in(ymm_reg) core::arch::x86_64::_mm256_setzero_si256(),
            value = in(ymm_reg) core::arch::x86_64::_mm256_setzero_si256(),
            options(readonly, nostack, preserves_flags),
        )
    };
}

/// `pure` requires a promise about memory.
unsafe fn pure(pointer: *mut u64) -> u64 {
    let value;
    unsafe {
        asm!(
            "mov {value}, [{pointer}]",
            "mov qword ptr [{pointer}], 0", //~ readonly_memory_write
            "mov byte ptr [{pointer} + 8], 1",
            pointer = in(reg) pointer,
            value = out(reg) value,
            options(pure, readonly, nostack, preserves_flags),
        )
    };
    value
}

unsafe fn att_syntax(pointer: *mut u64) {
    unsafe {
        asm!(
            "movq $0, ({})", //~ readonly_memory_write
            in(reg) pointer,
            options(att_syntax, readonly, nostack, preserves_flags),
        )
    };
}

unsafe fn frame(value: u64) {
    unsafe { asm!("mov [rsp], {}", in(reg) value, options(readonly, nostack, preserves_flags)) }; //~ readonly_memory_write
}

static mut COUNTER: u64 = 0;

unsafe fn by_symbol() {
    unsafe { asm!("inc qword ptr [rip + {}]", sym COUNTER, options(readonly, nostack)) }; //~ readonly_memory_write
}

unsafe fn generic<T>(pointer: *mut T) {
    unsafe { asm!("not byte ptr [{}]", in(reg) pointer, options(readonly, nostack, preserves_flags)) }; //~ readonly_memory_write
}
