use std::arch::asm;

unsafe fn no_access(pointer: *const u8, index: usize) -> *const u8 {
    let next;
    unsafe {
        asm!(
            "lea {next}, [{pointer} + 4*{index}]",
            "prefetcht0 [{next}]",
            "nop dword ptr [{pointer}]",
            pointer = in(reg) pointer,
            index = in(reg) index,
            next = out(reg) next,
            options(nomem, nostack, preserves_flags),
        )
    };
    next
}

fn own_stack() -> u64 {
    let flags;
    unsafe { asm!("pushfq", "pop {}", out(reg) flags, options(nomem, preserves_flags)) };
    flags
}

fn below_the_stack_pointer(value: u64) -> u32 {
    let low;
    unsafe {
        asm!(
            "mov [rsp - 8], {value}",
            "mov {low:e}, [rsp - 8]",
            value = in(reg) value,
            low = out(reg) low,
            options(nomem, preserves_flags),
        )
    };
    low
}

static TABLE: [u8; 16] = [0; 16];

// Only the linker writes the slot, so that it is not the program's memory.
fn address_by_the_global_offset_table() -> *const u8 {
    let address;
    unsafe {
        asm!(
            "mov {address}, [rip + {table}@GOTPCREL]",
            table = sym TABLE,
            address = out(reg) address,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    address
}
