use std::arch::asm;

fn reference(counter: &u64) {
    unsafe {
        asm!(
            "inc qword ptr [{}]", //~ write_through_shared_reference
            in(reg) counter,
        )
    };
}

fn slice(words: &[u32]) {
    unsafe {
        asm!(
            "mov dword ptr [{words} + 4], 1", //~ write_through_shared_reference
            "add dword ptr [{words}], 1",
            words = in(reg) words.as_ptr(),
        )
    };
}

fn local_that_is_not_mutable() -> u64 {
    let value = 0_u64;
    unsafe {
        asm!(
            "vmptrst qword ptr [{}]", //~ write_through_shared_reference
            in(reg) &value,
        )
    };
    value
}

static NUMBER: u32 = 1;

fn immutable_static() {
    unsafe {
        asm!(
            "mov dword ptr [{}], 2", //~ write_through_shared_reference
            in(reg) &raw const NUMBER,
        )
    };
}

fn with_an_index(table: &[u8; 16], index: usize) {
    unsafe {
        asm!(
            "mov byte ptr [{table} + {index}], 0", //~ write_through_shared_reference
            table = in(reg) table,
            index = in(reg) index,
        )
    };
}

fn att_syntax(counter: &u64) {
    unsafe {
        asm!(
            "movq $1, ({})", //~ write_through_shared_reference
            in(reg) counter,
            options(att_syntax),
        )
    };
}

static LIMIT: u32 = 3;

fn static_by_name() {
    unsafe { asm!("inc dword ptr [rip + {}]", sym LIMIT) }; //~ write_through_shared_reference
}

fn further_on_in_a_slice(words: &[u32], index: usize) {
    unsafe {
        asm!(
            "mov dword ptr [{}], 1", //~ write_through_shared_reference
            in(reg) words.as_ptr().add(index),
        )
    };
}

static TABLE: [u8; 4] = [0; 4];

fn further_on_in_a_static() {
    unsafe {
        asm!(
            "mov byte ptr [{}], 1", //~ write_through_shared_reference
            in(reg) TABLE.as_ptr().add(2),
        )
    };
}
