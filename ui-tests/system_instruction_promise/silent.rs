use std::arch::asm;

unsafe fn not_promised(table: u64) {
    unsafe {
        asm!("cli", options(nostack, preserves_flags));
        asm!("sti", "nop", "cli", options(nostack, preserves_flags));
        asm!("mov cr3, {}", in(reg) table, options(nostack, preserves_flags));
    }
}

fn nothing_comes_back() -> ! {
    unsafe { asm!("cli", "2:", "hlt", "jmp 2b", options(noreturn, nomem, nostack)) }
}

unsafe fn nothing_comes_back_here(condition: u64) {
    unsafe {
        asm!(
            "test {condition}, {condition}",
            "jz 3f",
            "cli",
            "2:",
            "hlt",
            "jmp 2b",
            "3:",
            condition = in(reg) condition,
            options(nomem, nostack),
        )
    };
}

unsafe fn other_instructions(port: u16, value: u64) -> u8 {
    let byte: u8;
    unsafe {
        asm!("in al, dx", in("dx") port, out("al") byte, options(nomem, nostack, preserves_flags));
        asm!("out dx, al", in("dx") port, in("al") byte, options(nomem, nostack, preserves_flags));
        asm!("hlt", options(nomem, nostack, preserves_flags));
        asm!("int3", options(nomem, nostack, preserves_flags));
        asm!("mov cr0, {}", in(reg) value, options(nomem, nostack, preserves_flags));
        asm!("mov cr4, {}", in(reg) value, options(nomem, nostack, preserves_flags));
        asm!("mov dr7, {}", in(reg) value, options(nomem, nostack, preserves_flags));
        asm!("stac", "clac", options(nomem, nostack, preserves_flags));
        asm!(
            "rdmsr",
            in("ecx") 0x10,
            out("eax") _,
            out("edx") _,
            options(nomem, nostack, preserves_flags),
        );
    }
    byte
}

/// Reported as what it does with its operand.
unsafe fn descriptor_table(pointer: *const u8) {
    unsafe { asm!("lgdt [{}]", in(reg) pointer, options(readonly, nostack, preserves_flags)) };
}

/// It enables state; it does nothing to memory.
unsafe fn enables_state(index: u32, low: u32, high: u32) {
    unsafe {
        asm!(
            "xsetbv",
            in("ecx") index,
            in("eax") low,
            in("edx") high,
            options(nomem, nostack, preserves_flags),
        );
    }
}
