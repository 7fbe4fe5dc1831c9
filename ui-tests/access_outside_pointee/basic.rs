use std::arch::asm;
use std::arch::x86_64::__m128i;

fn wider_than_the_place(place: &mut u64, vector: __m128i) {
    unsafe {
        asm!(
            "movdqu [{place}], {vector}", //~ access_outside_pointee
            place = in(reg) place,
            vector = in(xmm_reg) vector,
        )
    };
}

fn behind_the_place() -> u64 {
    let local = 3_u64;
    let value;
    unsafe {
        asm!(
            "mov {value}, [{place} + 8]", //~ access_outside_pointee
            place = in(reg) &local,
            value = out(reg) value,
        )
    };
    value
}

fn before_the_place(place: &mut [u32; 4]) {
    unsafe {
        asm!(
            "sub {place}, 4",
            "mov dword ptr [{place}], 0", //~ access_outside_pointee
            place = inout(reg) place => _,
        )
    };
}

fn counted(place: &mut [u8; 4]) {
    unsafe {
        asm!(
            "mov ecx, 5",
            "rep stosb", //~ access_outside_pointee
            inout("rdi") place => _,
            out("rcx") _,
            in("al") 0_u8,
        )
    };
}

fn counted_by_an_operand(place: &mut [u8; 4]) {
    unsafe {
        asm!(
            "rep stosb", //~ access_outside_pointee
            inout("rdi") place => _,
            inout("rcx") 5_usize => _,
            in("al") 0_u8,
        )
    };
}

static TABLE: [u32; 4] = [1, 2, 3, 4];

fn behind_a_static() -> u32 {
    let value;
    unsafe {
        asm!(
            "mov {:e}, [rip + {} + 16]", //~ access_outside_pointee
            out(reg) value,
            sym TABLE,
        )
    };
    value
}
