use std::arch::asm;

macro_rules! store {
    ($pointer:expr) => {
        asm!("mov byte ptr [{}], 1", in(reg) $pointer, options(readonly, nostack, preserves_flags))
    };
}

unsafe fn by_macro(pointer: *mut u8) {
    unsafe { store!(pointer) }; //~ readonly_memory_write
}
