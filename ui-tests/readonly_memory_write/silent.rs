use std::arch::asm;

unsafe fn load(pointer: *const u64) -> u64 {
    let value;
    unsafe {
        asm!(
            "mov {value}, [{pointer}]",
            "add {value}, [{pointer} + 8]",
            "cmp byte ptr [{pointer}], 0",
            pointer = in(reg) pointer,
            value = out(reg) value,
            options(pure, readonly, nostack),
        )
    };
    value
}

unsafe fn own_stack(pointer: *const u64) -> (u64, *const u64) {
    let (value, next);
    unsafe {
        asm!(
            "push {pointer}",
            "mov {value}, [{pointer}]",
            "add qword ptr [rsp], 8",
            "pop {pointer}",
            pointer = inout(reg) pointer => next,
            value = out(reg) value,
            options(readonly),
        )
    };
    (value, next)
}

unsafe fn tables(pointer: *const u8) {
    unsafe {
        asm!("lidt [{}]", in(reg) pointer, options(readonly, nostack, preserves_flags));
        asm!("prefetchw [{}]", in(reg) pointer, options(readonly, nostack, preserves_flags));
    }
}

unsafe fn scan(pointer: *const u8, count: usize) -> usize {
    let left;
    unsafe {
        asm!(
            "repne scasb",
            inout("rdi") pointer => _,
            inout("rcx") count => left,
            in("al") 0_u8,
            options(pure, readonly, nostack),
        )
    };
    left
}

unsafe fn not_promised(pointer: *mut u64) {
    unsafe { asm!("inc qword ptr [{}]", in(reg) pointer, options(nostack)) };
}
