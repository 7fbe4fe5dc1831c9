use std::arch::asm;

fn swap_bytes(number: u32, key: u32) -> u32 {
    let swapped;
    unsafe {
        asm!(
            "bswap eax",
            inlateout("eax") number => swapped,
            in("ecx") key, //~ unused_input
        )
    };
    swapped
}

unsafe fn store_byte(pointer: *mut u8, value: u8, count: usize) {
    unsafe {
        asm!(
            "mov [rdi], sil",
            in("rdi") pointer,
            in("sil") value,
            in("rdx") count, //~ unused_input
        )
    };
}
