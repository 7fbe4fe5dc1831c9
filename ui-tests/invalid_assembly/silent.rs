//@check-pass
use std::arch::asm;

fn comment_only() {
    unsafe { asm!("// npo", "/* npo */ nop", "# npo") };
}

fn not_assembled() {
    unsafe { asm!(".if 0", "npo", ".endif") };
}

fn second_byte(value: u16) -> u8 {
    let high;
    // A register that needs a REX prefix can't be combined with `ah`.
    unsafe {
        asm!("mov {high}, {value:h}", high = out(reg_byte) high, value = in(reg_abcd) value)
    };
    high
}

// It may be a shift count that the instruction can hold.
fn generic_constant<const COUNT: u32>(value: u64) {
    unsafe { asm!("shl {}, {}", inout(reg) value => _, const COUNT) };
}

fn empty() {
    unsafe { asm!("") };
}

// In `asm!` the compiler takes the integers of MASM.
fn integers_of_masm(value: u32) -> u32 {
    let masked;
    unsafe {
        asm!(
            "and {value:e}, 0FFh",
            "mov ecx, 1010b",
            "mov ecx, 77o",
            value = inout(reg) value => masked,
            out("ecx") _,
            options(pure, nomem, nostack),
        )
    };
    masked
}

fn bios_call() {
    unsafe { asm!("int 10h", out("eax") _) };
}

// The right number makes it a label or a register.
fn part_of_a_name<const NUMBER: u32>() -> u64 {
    let result;
    unsafe {
        asm!(
            "37: mov {result}, r{number}",
            "jz {number}b",
            result = out(reg) result,
            number = const NUMBER,
        )
    };
    result
}

// Line tables and unwind directives of its own.
fn own_file() {
    unsafe {
        asm!(
            ".file 1 \"own.c\"",
            ".cfi_remember_state",
            "nop",
            ".cfi_restore_state",
            options(nomem, nostack, preserves_flags),
        )
    };
}
