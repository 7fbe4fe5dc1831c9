use std::arch::asm;

fn fences() {
    unsafe {
        asm!("mfence", options(nomem, nostack, preserves_flags)); //~ nomem_synchronization
        asm!("sfence", options(nomem, nostack, preserves_flags)); //~ nomem_synchronization
        asm!("mfence", "lfence", "sfence", options(readonly, nostack, preserves_flags)); //~ nomem_synchronization
    }
}

/// A fence in disguise.
fn locked() {
    unsafe { asm!("lock or dword ptr [rsp - 8], 0", options(nomem)) }; //~ nomem_synchronization
}

fn att_syntax() {
    unsafe { asm!("mfence", options(att_syntax, nomem, nostack, preserves_flags)) }; //~ nomem_synchronization
}
