use std::arch::asm;

unsafe fn load(pointer: *const u64) -> u64 {
    let value;
    unsafe {
        asm!(
            "mov {value}, [{pointer}]", //~ nomem_memory_access
            pointer = in(reg) pointer,
            value = out(reg) value,
            options(nomem, nostack, preserves_flags),
        )
    };
    value
}

unsafe fn several_places(pointer: *mut u64, count: usize) {
    unsafe {
        asm!(
            "rep stosq", //~ nomem_memory_access
            "inc qword ptr [rdi]",
            inout("rdi") pointer => _,
            inout("rcx") count => _,
            in("rax") 0_u64,
            options(nomem, nostack),
        )
    };
}

unsafe fn hidden_accesses(pointer: *mut u8) {
    unsafe {
        asm!("lidt [{}]", in(reg) pointer, options(nomem, nostack, preserves_flags)); //~ nomem_memory_access
        asm!("fxsave [{}]", in(reg) pointer, options(nomem, nostack, preserves_flags)); //~ nomem_memory_access
        asm!("ldmxcsr [{}]", in(reg) pointer, options(nomem, nostack)); //~ nomem_memory_access
        asm!("mov {}, fs:[0]", out(reg) _, options(nomem, nostack, preserves_flags)); //~ nomem_memory_access
    }
}

unsafe fn frame() -> u64 {
    let value;
    unsafe { asm!("mov {}, [rsp]", out(reg) value, options(nomem, nostack)) }; //~ nomem_memory_access
    value
}

unsafe fn fallback(counter: *mut u64) {
    unsafe {
        asm!(
            "xbegin 2f",
            "xend",
            "jmp 3f",
            "2:",
            "inc qword ptr [{counter}]", //~ nomem_memory_access
            "3:",
            counter = in(reg) counter,
            out("eax") _,
            options(nomem, nostack),
        )
    };
}

/// One cause, and one option to remove: that it synchronizes is not reported separately.
fn exchanges(p: *mut u32, mut value: u32) -> u32 {
    unsafe {
        asm!(
            "xchg {value:e}, [{p}]", //~ nomem_memory_access
            value = inout(reg) value,
            p = in(reg) p,
            options(nomem, nostack, preserves_flags),
        )
    };
    value
}
