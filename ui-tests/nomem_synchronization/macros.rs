use std::arch::asm;

macro_rules! fence {
    () => {
        unsafe { asm!("mfence", options(nomem, nostack, preserves_flags)) }
    };
}

fn by_macro() {
    fence!(); //~ nomem_synchronization
}
