use std::arch::asm;

fn within(pair: &mut [u64; 2], rest: &[u64]) -> u64 {
    let value;
    unsafe {
        asm!(
            "mov {value}, [{pair} + 8]",
            "xor {value}, [{rest} + 64]",
            pair = in(reg) pair,
            rest = in(reg) rest.as_ptr(),
            value = out(reg) value,
        )
    };
    value
}

unsafe fn raw(pointer: *const u64) -> u64 {
    let value;
    unsafe { asm!("mov {}, [{} + 32]", out(reg) value, in(reg) pointer) };
    value
}

fn unknown_offset(table: &[u8; 16], index: usize) -> u8 {
    let value;
    unsafe {
        asm!(
            "mov {value}, [{table} + {index}]",
            table = in(reg) table,
            index = in(reg) index,
            value = out(reg_byte) value,
        )
    };
    value
}

fn unknown_count(place: &mut [u8; 4], count: usize) {
    unsafe {
        asm!(
            "rep stosb",
            inout("rdi") place => _,
            inout("rcx") count => _,
            in("al") 0_u8,
        )
    };
}

static TABLE: [u32; 4] = [1, 2, 3, 4];

unsafe extern "C" {
    static SECTION_START: u8;
}

fn statics_by_name() -> (u32, u64) {
    let (last, outside);
    unsafe {
        asm!(
            "mov {last:e}, [rip + {table} + 12]",
            "mov {outside}, [rip + {section} + 8]",
            last = out(reg) last,
            outside = out(reg) outside,
            table = sym TABLE,
            section = sym SECTION_START,
        )
    };
    (last, outside)
}
