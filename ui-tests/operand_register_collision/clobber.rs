use std::arch::asm;

unsafe fn generic<T>(place: *mut T) {
    unsafe {
        asm!(
            "push r12",
            "mov r12d, {size}", //~ operand_register_collision
            "mov [{place}], r12b",
            "pop r12",
            size = const 3,
            place = in(reg) place,
            options(preserves_flags),
        )
    };
}
