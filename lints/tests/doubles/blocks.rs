//! Blocks that have a double: what they do is known in full.
//!
//! Each line below is a block of its own. The macros only say which operands it has.

use std::arch::asm;

#[macro_use]
mod wide;

/// A block that multiplies `rax` by an operand.
macro_rules! product {
    ($($name:ident: $ty:ty, $low:tt, $high:tt = $($line:literal),+;)*) => {$(
        pub fn $name(mut low: $ty, b: $ty) -> ($ty, $ty) {
            let high: $ty;
            unsafe {
                asm!($($line),+, "/* {b} */", b = in(reg) b, inout($low) low, out($high) high, options(pure, nomem, nostack));
            }
            (low, high)
        }
    )*};
}

/// A block that shifts by `cl`.
macro_rules! shift {
    ($($name:ident: $ty:ty = $($line:literal),+;)*) => {$(
        pub fn $name(mut a: $ty, b: u8) -> $ty {
            unsafe {
                asm!($($line),+, a = inout(reg) a, in("cl") b, options(pure, nomem, nostack));
            }
            a
        }
    )*};
}

/// A block with two inputs and an output, of one type.
macro_rules! two {
    ($($name:ident: $ty:ty = $($line:literal),+;)*) => {$(
        pub fn $name(a: $ty, b: $ty) -> $ty {
            let out: $ty;
            unsafe {
                asm!($($line),+, "/* {a} {b} */", a = in(reg) a, b = in(reg) b, out = out(reg) out, options(pure, nomem, nostack));
            }
            out
        }
    )*};
}

/// A block with a register that goes in and comes out.
macro_rules! one {
    ($($name:ident: $ty:ty = $($line:literal),+;)*) => {$(
        pub fn $name(mut a: $ty) -> $ty {
            unsafe { asm!($($line),+, a = inout(reg) a, options(pure, nomem, nostack)) };
            a
        }
    )*};
}

/// A block with a pointer, a number that goes in, and an output.
macro_rules! memory {
    ($($name:ident: $ty:ty = $($line:literal),+;)*) => {$(
        /// # Safety
        /// `p` must be valid for what the block accesses.
        pub unsafe fn $name(p: *mut u8, a: $ty) -> $ty {
            let out: $ty;
            unsafe {
                asm!($($line),+, "/* {p} {a} */", p = in(reg) p, a = in(reg) a, out = out(reg) out);
            }
            out
        }
    )*};
}

/// A block with two pointers and a vector register.
macro_rules! vector {
    ($($name:ident = $($line:literal),+;)*) => {$(
        /// # Safety
        /// `p` and `q` must be valid for what the block accesses.
        pub unsafe fn $name(p: *mut u8, q: *const u8) {
            unsafe { asm!($($line),+, "/* {p} {q} */", p = in(reg) p, q = in(reg) q, out("xmm0") _, out("xmm1") _, options(nostack)) };
        }
    )*};
}

two! {
    add_u64: u64 = "mov {out}, {a}", "add {out}, {b}";
    sub_u64: u64 = "mov {out}, {a}", "sub {out}, {b}";
    and_u64: u64 = "mov {out}, {a}", "and {out}, {b}";
    or_u64: u64 = "mov {out}, {a}", "or {out}, {b}";
    xor_u64: u64 = "mov {out}, {a}", "xor {out}, {b}";
    imul_u64: u64 = "mov {out}, {a}", "imul {out}, {b}";
    cmove_u64: u64 = "mov {out}, {a}", "cmp {a}, {b}", "cmove {out}, {b}";
    sete_u64: u64 = "xor {out:e}, {out:e}", "cmp {a}, {b}", "sete {out:l}";
    cmovne_u64: u64 = "mov {out}, {a}", "cmp {a}, {b}", "cmovne {out}, {b}";
    setne_u64: u64 = "xor {out:e}, {out:e}", "cmp {a}, {b}", "setne {out:l}";
    cmovb_u64: u64 = "mov {out}, {a}", "cmp {a}, {b}", "cmovb {out}, {b}";
    setb_u64: u64 = "xor {out:e}, {out:e}", "cmp {a}, {b}", "setb {out:l}";
    cmovae_u64: u64 = "mov {out}, {a}", "cmp {a}, {b}", "cmovae {out}, {b}";
    setae_u64: u64 = "xor {out:e}, {out:e}", "cmp {a}, {b}", "setae {out:l}";
    cmovbe_u64: u64 = "mov {out}, {a}", "cmp {a}, {b}", "cmovbe {out}, {b}";
    setbe_u64: u64 = "xor {out:e}, {out:e}", "cmp {a}, {b}", "setbe {out:l}";
    cmova_u64: u64 = "mov {out}, {a}", "cmp {a}, {b}", "cmova {out}, {b}";
    seta_u64: u64 = "xor {out:e}, {out:e}", "cmp {a}, {b}", "seta {out:l}";
    cmovl_u64: u64 = "mov {out}, {a}", "cmp {a}, {b}", "cmovl {out}, {b}";
    setl_u64: u64 = "xor {out:e}, {out:e}", "cmp {a}, {b}", "setl {out:l}";
    cmovge_u64: u64 = "mov {out}, {a}", "cmp {a}, {b}", "cmovge {out}, {b}";
    setge_u64: u64 = "xor {out:e}, {out:e}", "cmp {a}, {b}", "setge {out:l}";
    cmovle_u64: u64 = "mov {out}, {a}", "cmp {a}, {b}", "cmovle {out}, {b}";
    setle_u64: u64 = "xor {out:e}, {out:e}", "cmp {a}, {b}", "setle {out:l}";
    cmovg_u64: u64 = "mov {out}, {a}", "cmp {a}, {b}", "cmovg {out}, {b}";
    setg_u64: u64 = "xor {out:e}, {out:e}", "cmp {a}, {b}", "setg {out:l}";
    test_zero_u64: u64 = "mov {out}, {a}", "test {b}, {b}", "cmovz {out}, {b}";
    test_sign_u64: u64 = "mov {out}, {a}", "test {a}, {a}", "cmovs {out}, {b}";
    and_zero_u64: u64 = "mov {out}, {a}", "test {a}, {b}", "cmovne {out}, {b}";
    carry_of_sum_u64: u64 = "mov {out}, {a}", "add {out}, {b}", "cmovc {out}, {a}";
    zero_of_sum_u64: u64 = "mov {out}, {a}", "add {out}, {b}", "cmovz {out}, {a}";
    minimum_u64: u64 = "cmp {a}, {b}", "mov {out}, {a}", "cmova {out}, {b}";
    exchange_u64: u64 = "mov {out}, {a}", "xchg {out}, {out}", "xor {out}, {b}", "xor {out}, {a}";
    mask_u64: u64 = "mov {out}, {a}", "and {out}, 255", "or {out}, 4096";
    add_u32: u32 = "mov {out:e}, {a:e}", "add {out:e}, {b:e}";
    sub_u32: u32 = "mov {out:e}, {a:e}", "sub {out:e}, {b:e}";
    and_u32: u32 = "mov {out:e}, {a:e}", "and {out:e}, {b:e}";
    or_u32: u32 = "mov {out:e}, {a:e}", "or {out:e}, {b:e}";
    xor_u32: u32 = "mov {out:e}, {a:e}", "xor {out:e}, {b:e}";
    imul_u32: u32 = "mov {out:e}, {a:e}", "imul {out:e}, {b:e}";
    cmove_u32: u32 = "mov {out:e}, {a:e}", "cmp {a:e}, {b:e}", "cmove {out:e}, {b:e}";
    sete_u32: u32 = "xor {out:e}, {out:e}", "cmp {a:e}, {b:e}", "sete {out:l}";
    cmovne_u32: u32 = "mov {out:e}, {a:e}", "cmp {a:e}, {b:e}", "cmovne {out:e}, {b:e}";
    setne_u32: u32 = "xor {out:e}, {out:e}", "cmp {a:e}, {b:e}", "setne {out:l}";
    cmovb_u32: u32 = "mov {out:e}, {a:e}", "cmp {a:e}, {b:e}", "cmovb {out:e}, {b:e}";
    setb_u32: u32 = "xor {out:e}, {out:e}", "cmp {a:e}, {b:e}", "setb {out:l}";
    cmovae_u32: u32 = "mov {out:e}, {a:e}", "cmp {a:e}, {b:e}", "cmovae {out:e}, {b:e}";
    setae_u32: u32 = "xor {out:e}, {out:e}", "cmp {a:e}, {b:e}", "setae {out:l}";
    cmovbe_u32: u32 = "mov {out:e}, {a:e}", "cmp {a:e}, {b:e}", "cmovbe {out:e}, {b:e}";
    setbe_u32: u32 = "xor {out:e}, {out:e}", "cmp {a:e}, {b:e}", "setbe {out:l}";
    cmova_u32: u32 = "mov {out:e}, {a:e}", "cmp {a:e}, {b:e}", "cmova {out:e}, {b:e}";
    seta_u32: u32 = "xor {out:e}, {out:e}", "cmp {a:e}, {b:e}", "seta {out:l}";
    cmovl_u32: u32 = "mov {out:e}, {a:e}", "cmp {a:e}, {b:e}", "cmovl {out:e}, {b:e}";
    setl_u32: u32 = "xor {out:e}, {out:e}", "cmp {a:e}, {b:e}", "setl {out:l}";
    cmovge_u32: u32 = "mov {out:e}, {a:e}", "cmp {a:e}, {b:e}", "cmovge {out:e}, {b:e}";
    setge_u32: u32 = "xor {out:e}, {out:e}", "cmp {a:e}, {b:e}", "setge {out:l}";
    cmovle_u32: u32 = "mov {out:e}, {a:e}", "cmp {a:e}, {b:e}", "cmovle {out:e}, {b:e}";
    setle_u32: u32 = "xor {out:e}, {out:e}", "cmp {a:e}, {b:e}", "setle {out:l}";
    cmovg_u32: u32 = "mov {out:e}, {a:e}", "cmp {a:e}, {b:e}", "cmovg {out:e}, {b:e}";
    setg_u32: u32 = "xor {out:e}, {out:e}", "cmp {a:e}, {b:e}", "setg {out:l}";
    test_zero_u32: u32 = "mov {out:e}, {a:e}", "test {b:e}, {b:e}", "cmovz {out:e}, {b:e}";
    test_sign_u32: u32 = "mov {out:e}, {a:e}", "test {a:e}, {a:e}", "cmovs {out:e}, {b:e}";
    and_zero_u32: u32 = "mov {out:e}, {a:e}", "test {a:e}, {b:e}", "cmovne {out:e}, {b:e}";
    carry_of_sum_u32: u32 = "mov {out:e}, {a:e}", "add {out:e}, {b:e}", "cmovc {out:e}, {a:e}";
    zero_of_sum_u32: u32 = "mov {out:e}, {a:e}", "add {out:e}, {b:e}", "cmovz {out:e}, {a:e}";
    minimum_u32: u32 = "cmp {a:e}, {b:e}", "mov {out:e}, {a:e}", "cmova {out:e}, {b:e}";
    exchange_u32: u32 = "mov {out:e}, {a:e}", "xchg {out:e}, {out:e}", "xor {out:e}, {b:e}", "xor {out:e}, {a:e}";
    mask_u32: u32 = "mov {out:e}, {a:e}", "and {out:e}, 255", "or {out:e}, 4096";
}

one! {
    shl_1_u64: u64 = "shl {a}, 1";
    shr_1_u64: u64 = "shr {a}, 1";
    rol_1_u64: u64 = "rol {a}, 1";
    ror_1_u64: u64 = "ror {a}, 1";
    shl_7_u64: u64 = "shl {a}, 7";
    shr_7_u64: u64 = "shr {a}, 7";
    rol_7_u64: u64 = "rol {a}, 7";
    ror_7_u64: u64 = "ror {a}, 7";
    shl_13_u64: u64 = "shl {a}, 13";
    shr_13_u64: u64 = "shr {a}, 13";
    rol_13_u64: u64 = "rol {a}, 13";
    ror_13_u64: u64 = "ror {a}, 13";
    shl_31_u64: u64 = "shl {a}, 31";
    shr_31_u64: u64 = "shr {a}, 31";
    rol_31_u64: u64 = "rol {a}, 31";
    ror_31_u64: u64 = "ror {a}, 31";
    not_u64: u64 = "not {a}";
    neg_twice_u64: u64 = "neg {a}", "neg {a}";
    inc_u64: u64 = "inc {a}", "inc {a}";
    dec_u64: u64 = "dec {a}";
    swap_bytes_u64: u64 = "bswap {a}";
    add_constant_u64: u64 = "add {a}, 1000", "sub {a}, 7";
    clear_low_u64: u64 = "and {a}, -16";
    low_byte_u64: u64 = "movzx {a:e}, {a:l}";
    low_half_u64: u64 = "movzx {a:e}, {a:x}";
    set_low_byte_u64: u64 = "mov {a:l}, 3";
    shl_1_u32: u32 = "shl {a:e}, 1";
    shr_1_u32: u32 = "shr {a:e}, 1";
    rol_1_u32: u32 = "rol {a:e}, 1";
    ror_1_u32: u32 = "ror {a:e}, 1";
    shl_7_u32: u32 = "shl {a:e}, 7";
    shr_7_u32: u32 = "shr {a:e}, 7";
    rol_7_u32: u32 = "rol {a:e}, 7";
    ror_7_u32: u32 = "ror {a:e}, 7";
    shl_13_u32: u32 = "shl {a:e}, 13";
    shr_13_u32: u32 = "shr {a:e}, 13";
    rol_13_u32: u32 = "rol {a:e}, 13";
    ror_13_u32: u32 = "ror {a:e}, 13";
    shl_31_u32: u32 = "shl {a:e}, 31";
    shr_31_u32: u32 = "shr {a:e}, 31";
    rol_31_u32: u32 = "rol {a:e}, 31";
    ror_31_u32: u32 = "ror {a:e}, 31";
    not_u32: u32 = "not {a:e}";
    neg_twice_u32: u32 = "neg {a:e}", "neg {a:e}";
    inc_u32: u32 = "inc {a:e}", "inc {a:e}";
    dec_u32: u32 = "dec {a:e}";
    swap_bytes_u32: u32 = "bswap {a:e}";
    add_constant_u32: u32 = "add {a:e}, 1000", "sub {a:e}, 7";
    clear_low_u32: u32 = "and {a:e}, -16";
    low_byte_u32: u32 = "movzx {a:e}, {a:l}";
    low_half_u32: u32 = "movzx {a:e}, {a:x}";
    set_low_byte_u32: u32 = "mov {a:l}, 3";
}

memory! {
    load_0_u64: u64 = "mov {out}, [{p}]";
    store_0_u64: u64 = "mov [{p}], {a}", "mov {out}, {a}";
    load_8_u64: u64 = "mov {out}, [{p} + 8]";
    store_8_u64: u64 = "mov [{p} + 8], {a}", "mov {out}, {a}";
    load_minus_8_u64: u64 = "mov {out}, [{p} - 8]";
    store_minus_8_u64: u64 = "mov [{p} - 8], {a}", "mov {out}, {a}";
    load_24_u64: u64 = "mov {out}, [{p} + 24]";
    store_24_u64: u64 = "mov [{p} + 24], {a}", "mov {out}, {a}";
    load_minus_120_u64: u64 = "mov {out}, [{p} - 120]";
    store_minus_120_u64: u64 = "mov [{p} - 120], {a}", "mov {out}, {a}";
    add_to_memory_u64: u64 = "mov {out}, [{p}]", "add {out}, {a}", "mov [{p}], {out}";
    exchange_words_u64: u64 = "mov {out}, [{p}]", "mov [{p} + 16], {out}", "mov [{p}], {a}", "mov {out}, [{p} + 16]";
    store_byte_u64: u64 = "mov {out:e}, 5", "mov byte ptr [{p} + 3], 7";
    load_byte_u64: u64 = "movzx {out:e}, byte ptr [{p} + 1]";
    load_half_u64: u64 = "movzx {out:e}, word ptr [{p} + 2]";
    through_stack_u64: u64 = "push {a}", "pop {out}", "mov [{p}], {out}";
    copy_u64: u64 = "mov {out}, [{p}]", "mov [{p} + 40], {out}";
    load_0_u32: u32 = "mov {out:e}, [{p}]";
    store_0_u32: u32 = "mov [{p}], {a:e}", "mov {out:e}, {a:e}";
    load_8_u32: u32 = "mov {out:e}, [{p} + 8]";
    store_8_u32: u32 = "mov [{p} + 8], {a:e}", "mov {out:e}, {a:e}";
    load_minus_8_u32: u32 = "mov {out:e}, [{p} - 8]";
    store_minus_8_u32: u32 = "mov [{p} - 8], {a:e}", "mov {out:e}, {a:e}";
    load_24_u32: u32 = "mov {out:e}, [{p} + 24]";
    store_24_u32: u32 = "mov [{p} + 24], {a:e}", "mov {out:e}, {a:e}";
    load_minus_120_u32: u32 = "mov {out:e}, [{p} - 120]";
    store_minus_120_u32: u32 = "mov [{p} - 120], {a:e}", "mov {out:e}, {a:e}";
    add_to_memory_u32: u32 = "mov {out:e}, [{p}]", "add {out:e}, {a:e}", "mov [{p}], {out:e}";
    exchange_words_u32: u32 = "mov {out:e}, [{p}]", "mov [{p} + 16], {out:e}", "mov [{p}], {a:e}", "mov {out:e}, [{p} + 16]";
    store_byte_u32: u32 = "mov {out:e}, 5", "mov byte ptr [{p} + 3], 7";
    load_byte_u32: u32 = "movzx {out:e}, byte ptr [{p} + 1]";
    load_half_u32: u32 = "movzx {out:e}, word ptr [{p} + 2]";
    through_stack_u32: u32 = "push {a}", "pop {out}", "mov [{p}], {out:e}", "mov {out:e}, {out:e}";
    copy_u32: u32 = "mov {out:e}, [{p}]", "mov [{p} + 40], {out:e}";
    chase: u64 = "mov {out}, [{p}]", "lea {out}, [{out} + {a}]";
    sum_of_two: u64 = "mov {out}, [{p}]", "add {out}, [{p} + 8]";
}

vector! {
    copy_sixteen_0 = "movups xmm0, [{q}]", "movups [{p}], xmm0";
    copy_sixteen_1 = "movdqu xmm0, [{q}]", "movdqu [{p}], xmm0";
    copy_sixteen_2 = "movupd xmm0, [{q}]", "movupd [{p}], xmm0";
    swap_sixteen = "movups xmm0, [{q}]", "movups xmm1, [{q} + 16]", "movups [{p}], xmm1", "movups [{p} + 16], xmm0";
    clear_sixteen = "pxor xmm0, xmm0", "movups [{p}], xmm0";
    xor_sixteen = "movups xmm0, [{q}]", "movups xmm1, [{p}]", "pxor xmm0, xmm1", "movups [{p}], xmm0";
    and_sixteen = "movups xmm0, [{q}]", "movups xmm1, [{p}]", "pand xmm0, xmm1", "movups [{p}], xmm0";
    low_eight = "movq xmm0, qword ptr [{q}]", "movups [{p}], xmm0";
    halves = "movq xmm0, qword ptr [{q}]", "movhps xmm0, qword ptr [{q} + 24]", "movups [{p}], xmm0";
}

two! {
    branch_e_u64: u64 = "mov {out}, {a}", "cmp {a}, {b}", "je 2f", "mov {out}, {b}", "2:";
    branch_b_u64: u64 = "mov {out}, {a}", "cmp {a}, {b}", "jb 2f", "mov {out}, {b}", "2:";
    branch_a_u64: u64 = "mov {out}, {a}", "cmp {a}, {b}", "ja 2f", "mov {out}, {b}", "2:";
    branch_ge_u64: u64 = "mov {out}, {a}", "cmp {a}, {b}", "jge 2f", "mov {out}, {b}", "2:";
    branch_g_u64: u64 = "mov {out}, {a}", "cmp {a}, {b}", "jg 2f", "mov {out}, {b}", "2:";
    branch_ne_u64: u64 = "mov {out}, {a}", "cmp {a}, {b}", "jne 2f", "mov {out}, {b}", "2:";
    branch_e_u32: u32 = "mov {out:e}, {a:e}", "cmp {a:e}, {b:e}", "je 2f", "mov {out:e}, {b:e}", "2:";
    branch_b_u32: u32 = "mov {out:e}, {a:e}", "cmp {a:e}, {b:e}", "jb 2f", "mov {out:e}, {b:e}", "2:";
    branch_a_u32: u32 = "mov {out:e}, {a:e}", "cmp {a:e}, {b:e}", "ja 2f", "mov {out:e}, {b:e}", "2:";
    branch_ge_u32: u32 = "mov {out:e}, {a:e}", "cmp {a:e}, {b:e}", "jge 2f", "mov {out:e}, {b:e}", "2:";
    branch_g_u32: u32 = "mov {out:e}, {a:e}", "cmp {a:e}, {b:e}", "jg 2f", "mov {out:e}, {b:e}", "2:";
    branch_ne_u32: u32 = "mov {out:e}, {a:e}", "cmp {a:e}, {b:e}", "jne 2f", "mov {out:e}, {b:e}", "2:";
    branch_le_after_test_u64: u64 = "mov {out}, {b}", "test {a}, {a}", "jle 2f", "add {out}, {a}", "2:";
    branch_l_after_and_u64: u64 = "mov {out}, {a}", "and {out}, {b}", "jl 2f", "not {out}", "2:";
    two_branches_u64: u64 = "mov {out}, {a}", "cmp {a}, {b}", "jb 2f", "sub {out}, {b}", "jmp 3f", "2:", "test {b}, {b}", "jz 3f", "xor {out}, {b}", "3:";
    branch_after_branch_u64: u64 = "xor {out:e}, {out:e}", "cmp {a}, {b}", "jae 2f", "mov {out}, 1", "2:", "test {a}, {a}", "js 3f", "add {out}, {b}", "3:";
}

memory! {
    store_if_zero_u64: u64 = "mov {out}, {a}", "test {a}, {a}", "jnz 2f", "mov [{p}], {a}", "2:";
    load_decides_u64: u64 = "mov {out}, [{p}]", "cmp {out}, {a}", "jb 2f", "mov [{p} + 8], {out}", "mov {out}, [{p} + 16]", "2:";
    load_on_one_path_u64: u64 = "mov {out}, {a}", "cmp {a}, 100", "ja 2f", "add {out}, [{p} + 24]", "2:", "mov [{p}], {out}";
    store_then_ask_u64: u64 = "mov [{p}], {a}", "mov {out}, [{p} + 8]", "test {out}, {out}", "je 2f", "mov [{p} + 8], {a}", "2:";
    swap_if_less_u64: u64 = "mov {out}, [{p}]", "cmp {out}, [{p} + 8]", "jbe 2f", "mov [{p} + 8], {out}", "mov {out}, {a}", "mov [{p}], {out}", "2:";
    ask_twice_u64: u64 = "mov {out}, {a}", "cmp {a}, [{p}]", "je 2f", "cmp {a}, [{p} + 8]", "jne 2f", "mov [{p} + 8], {out}", "mov {out}, 7", "2:";
}

wide! {
    sum_of_two_words_u64: u64 = "add {c}, {a}", "adc {d}, {b}", "mov {out:e}, 0", "adc {out:e}, 0";
    difference_of_two_words_u64: u64 = "sub {c}, {a}", "sbb {d}, {b}", "sbb {out}, {out}";
    carry_as_byte_u64: u64 = "add {c}, {a}", "adc {d}, {b}", "setc {out:l}", "movzx {out:e}, {out:l}";
    borrow_as_byte_u64: u64 = "sub {c}, {a}", "sbb {d}, {b}", "setc {out:l}", "movzx {out:e}, {out:l}";
    overflow_of_chain_u64: u64 = "add {c}, {a}", "adc {d}, {b}", "seto {out:l}", "movzx {out:e}, {out:l}";
    overflow_of_difference_u64: u64 = "sub {c}, {a}", "sbb {d}, {b}", "seto {out:l}", "movzx {out:e}, {out:l}";
    overflow_of_sum_u64: u64 = "add {c}, {a}", "seto {out:l}", "movzx {out:e}, {out:l}", "sub {d}, {b}", "cmovo {d}, {a}";
    carry_in_from_number_u64: u64 = "neg {d}", "adc {c}, {a}", "mov {out}, {b}", "adc {out}, 0";
    carry_in_by_sum_u64: u64 = "add {d}, -1", "adc {c}, {a}", "setc {out:l}", "movzx {out:e}, {out:l}";
    less_of_two_words_u64: u64 = "cmp {c}, {a}", "mov {out}, {d}", "sbb {out}, {b}", "sbb {out}, {out}";
    choose_by_carry_u64: u64 = "mov {out}, {b}", "add {c}, {a}", "adc {d}, {b}", "cmovc {out}, {a}";
    reduce_once_u64: u64 = "mov {out}, {c}", "add {out}, {a}", "mov {d}, {out}", "sub {out}, {b}", "cmovc {out}, {d}";
    sign_of_chain_u64: u64 = "add {c}, {a}", "adc {d}, {b}", "mov {out}, {a}", "cmovs {out}, {b}";
    zero_of_chain_u64: u64 = "sub {c}, {a}", "sbb {d}, {b}", "mov {out}, {a}", "cmovz {out}, {b}";
    zero_after_decrement_u64: u64 = "dec {c}", "mov {out}, {a}", "cmovz {out}, {b}", "inc {d}", "cmovs {out}, {d}";
    sums_without_flags_u64: u64 = "xor {out}, {out}", "adcx {c}, {a}", "adox {d}, {b}", "adcx {out}, {a}", "adox {out}, {c}";
    double_shifts_u64: u64 = "shld {c}, {a}, 13", "shrd {d}, {b}, 5", "mov {out}, {c}", "adc {out}, 0";
    shlx_u64: u64 = "shlx {out}, {a}, {b}";
    shrx_u64: u64 = "shrx {out}, {a}, {b}";
    sarx_u64: u64 = "sarx {out}, {a}, {b}";
    rorx_u64: u64 = "rorx {out}, {a}, 11";
    popcnt_u64: u64 = "popcnt {out}, {a}";
    lzcnt_u64: u64 = "lzcnt {out}, {a}";
    tzcnt_u64: u64 = "tzcnt {out}, {a}";
    sum_of_two_words_u32: u32 = "add {c:e}, {a:e}", "adc {d:e}, {b:e}", "mov {out:e}, 0", "adc {out:e}, 0";
    difference_of_two_words_u32: u32 = "sub {c:e}, {a:e}", "sbb {d:e}, {b:e}", "sbb {out:e}, {out:e}";
    carry_as_byte_u32: u32 = "add {c:e}, {a:e}", "adc {d:e}, {b:e}", "setc {out:l}", "movzx {out:e}, {out:l}";
    borrow_as_byte_u32: u32 = "sub {c:e}, {a:e}", "sbb {d:e}, {b:e}", "setc {out:l}", "movzx {out:e}, {out:l}";
    overflow_of_chain_u32: u32 = "add {c:e}, {a:e}", "adc {d:e}, {b:e}", "seto {out:l}", "movzx {out:e}, {out:l}";
    overflow_of_difference_u32: u32 = "sub {c:e}, {a:e}", "sbb {d:e}, {b:e}", "seto {out:l}", "movzx {out:e}, {out:l}";
    overflow_of_sum_u32: u32 = "add {c:e}, {a:e}", "seto {out:l}", "movzx {out:e}, {out:l}", "sub {d:e}, {b:e}", "cmovo {d:e}, {a:e}";
    carry_in_from_number_u32: u32 = "neg {d:e}", "adc {c:e}, {a:e}", "mov {out:e}, {b:e}", "adc {out:e}, 0";
    carry_in_by_sum_u32: u32 = "add {d:e}, -1", "adc {c:e}, {a:e}", "setc {out:l}", "movzx {out:e}, {out:l}";
    less_of_two_words_u32: u32 = "cmp {c:e}, {a:e}", "mov {out:e}, {d:e}", "sbb {out:e}, {b:e}", "sbb {out:e}, {out:e}";
    choose_by_carry_u32: u32 = "mov {out:e}, {b:e}", "add {c:e}, {a:e}", "adc {d:e}, {b:e}", "cmovc {out:e}, {a:e}";
    reduce_once_u32: u32 = "mov {out:e}, {c:e}", "add {out:e}, {a:e}", "mov {d:e}, {out:e}", "sub {out:e}, {b:e}", "cmovc {out:e}, {d:e}";
    sign_of_chain_u32: u32 = "add {c:e}, {a:e}", "adc {d:e}, {b:e}", "mov {out:e}, {a:e}", "cmovs {out:e}, {b:e}";
    zero_of_chain_u32: u32 = "sub {c:e}, {a:e}", "sbb {d:e}, {b:e}", "mov {out:e}, {a:e}", "cmovz {out:e}, {b:e}";
    zero_after_decrement_u32: u32 = "dec {c:e}", "mov {out:e}, {a:e}", "cmovz {out:e}, {b:e}", "inc {d:e}", "cmovs {out:e}, {d:e}";
    sums_without_flags_u32: u32 = "xor {out:e}, {out:e}", "adcx {c:e}, {a:e}", "adox {d:e}, {b:e}", "adcx {out:e}, {a:e}", "adox {out:e}, {c:e}";
    double_shifts_u32: u32 = "shld {c:e}, {a:e}, 13", "shrd {d:e}, {b:e}, 5", "mov {out:e}, {c:e}", "adc {out:e}, 0";
    shlx_u32: u32 = "shlx {out:e}, {a:e}, {b:e}";
    shrx_u32: u32 = "shrx {out:e}, {a:e}, {b:e}";
    sarx_u32: u32 = "sarx {out:e}, {a:e}, {b:e}";
    rorx_u32: u32 = "rorx {out:e}, {a:e}, 11";
    popcnt_u32: u32 = "popcnt {out:e}, {a:e}";
    lzcnt_u32: u32 = "lzcnt {out:e}, {a:e}";
    tzcnt_u32: u32 = "tzcnt {out:e}, {a:e}";
}

product! {
    mul_u64: u64, "rax", "rdx" = "mul {b}";
    imul_wide_u64: u64, "rax", "rdx" = "imul {b}";
    high_of_square_u64: u64, "rax", "rdx" = "mul rax";
    product_and_sum_u64: u64, "rax", "rdx" = "mul {b}", "add rax, {b}", "adc rdx, 0";
    overflow_of_product_u64: u64, "rax", "rdx" = "mul {b}", "mov rdx, 0", "seto dl";
    product_of_constant_u64: u64, "rax", "rdx" = "mov rax, 1000", "mul {b}";
    mul_u32: u32, "eax", "edx" = "mul {b:e}";
    imul_wide_u32: u32, "eax", "edx" = "imul {b:e}";
    high_of_square_u32: u32, "eax", "edx" = "mul eax";
    product_and_sum_u32: u32, "eax", "edx" = "mul {b:e}", "add eax, {b:e}", "adc edx, 0";
    overflow_of_product_u32: u32, "eax", "edx" = "mul {b:e}", "mov edx, 0", "seto dl";
    product_of_constant_u32: u32, "eax", "edx" = "mov eax, 1000", "mul {b:e}";
    mul_u16: u16, "ax", "dx" = "mul {b:x}";
    imul_wide_u16: u16, "ax", "dx" = "imul {b:x}";
    high_of_square_u16: u16, "ax", "dx" = "mul ax";
    product_and_sum_u16: u16, "ax", "dx" = "mul {b:x}", "add ax, {b:x}", "adc dx, 0";
    overflow_of_product_u16: u16, "ax", "dx" = "mul {b:x}", "mov dx, 0", "seto dl";
    product_of_constant_u16: u16, "ax", "dx" = "mov ax, 1000", "mul {b:x}";
    mulx_u64: u64, "rax", "rdx" = "mov rdx, {b}", "mulx rdx, rax, rax";
    square_and_shift_u64: u64, "rax", "rdx" = "mov rdx, rax", "mulx rdx, rax, {b}", "shrd rax, rdx, 16", "shr rdx, 16";
    mulx_u32: u32, "eax", "edx" = "mov edx, {b:e}", "mulx edx, eax, eax";
    square_and_shift_u32: u32, "eax", "edx" = "mov edx, eax", "mulx edx, eax, {b:e}", "shrd eax, edx, 16", "shr edx, 16";
}

/// A block of which one input is always the same.
pub fn times_a_number(a: u64) -> (u64, u64) {
    let (low, high);
    unsafe {
        asm!("mulx {high}, {low}, {a}", a = in(reg) a, low = lateout(reg) low,
             high = lateout(reg) high, in("rdx") 121_666_u64, options(pure, nomem, nostack));
    }
    (low, high)
}

shift! {
    shl_by_u64: u64 = "shl {a}, cl";
    shr_by_u64: u64 = "shr {a}, cl";
    sar_by_u64: u64 = "sar {a}, cl";
    mask_by_u64: u64 = "mov {a}, 1", "shl {a}, cl", "dec {a}";
    shl_by_u32: u32 = "shl {a:e}, cl";
    shr_by_u32: u32 = "shr {a:e}, cl";
    sar_by_u32: u32 = "sar {a:e}, cl";
    mask_by_u32: u32 = "mov {a:e}, 1", "shl {a:e}, cl", "dec {a:e}";
    shl_by_u16: u16 = "shl {a:x}, cl";
    shr_by_u16: u16 = "shr {a:x}, cl";
    sar_by_u16: u16 = "sar {a:x}, cl";
    mask_by_u16: u16 = "mov {a:x}, 1", "shl {a:x}, cl", "dec {a:x}";
}

memory! {
    add_three_words_u64: u64 = "mov {out}, [{p}]", "add [{p} + 24], {out}", "mov {out}, [{p} + 8]", "adc [{p} + 32], {out}", "mov {out}, [{p} + 16]", "adc [{p} + 40], {out}", "sbb {out}, {out}";
}
