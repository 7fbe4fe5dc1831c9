//! Blocks of AArch64 that have a double: what they do is known in full. See `blocks.rs`.

use std::arch::asm;

#[macro_use]
mod wide;

/// A block with a pointer, a number that goes in, and an output.
macro_rules! memory {
    ($($name:ident: $ty:ty = $($line:literal),+;)*) => {$(
        /// # Safety
        /// `p` must be valid for what the block accesses.
        pub unsafe fn $name(p: *mut u8, a: $ty) -> $ty {
            let out: $ty;
            unsafe {
                asm!("/* {p} {a} */", $($line),+, p = in(reg) p, a = in(reg) a, out = out(reg) out, out("x9") _, out("x10") _, out("v0") _);
            }
            out
        }
    )*};
}

wide! {
    add_u64: u64 = "add {out}, {a}, {b}";
    sub_u64: u64 = "sub {out}, {a}, {b}";
    and_u64: u64 = "and {out}, {a}, {b}";
    orr_u64: u64 = "orr {out}, {a}, {b}";
    eor_u64: u64 = "eor {out}, {a}, {b}";
    bic_u64: u64 = "bic {out}, {a}, {b}";
    orn_u64: u64 = "orn {out}, {a}, {b}";
    eon_u64: u64 = "eon {out}, {a}, {b}";
    mul_u64: u64 = "mul {out}, {a}, {b}";
    mneg_u64: u64 = "mneg {out}, {a}, {b}";
    lsl_u64: u64 = "lsl {out}, {a}, {b}";
    lsr_u64: u64 = "lsr {out}, {a}, {b}";
    asr_u64: u64 = "asr {out}, {a}, {b}";
    ror_u64: u64 = "ror {out}, {a}, {b}";
    madd_u64: u64 = "madd {out}, {a}, {b}, {c}";
    msub_u64: u64 = "msub {out}, {a}, {b}, {c}";
    shifted_u64: u64 = "add {out}, {a}, {b}, lsl #5", "sub {c}, {c}, {a}, asr #3", "eor {d}, {d}, {b}, ror #7";
    immediates_u64: u64 = "mov {out}, #4660", "movk {out}, #22136, lsl #16", "add {c}, {c}, #100", "and {d}, {d}, #0xff";
    csel_eq_u64: u64 = "cmp {a}, {b}", "csel {out}, {c}, {d}, eq";
    csel_ne_u64: u64 = "cmp {a}, {b}", "csel {out}, {c}, {d}, ne";
    csel_hs_u64: u64 = "cmp {a}, {b}", "csel {out}, {c}, {d}, hs";
    csel_lo_u64: u64 = "cmp {a}, {b}", "csel {out}, {c}, {d}, lo";
    csel_hi_u64: u64 = "cmp {a}, {b}", "csel {out}, {c}, {d}, hi";
    csel_ls_u64: u64 = "cmp {a}, {b}", "csel {out}, {c}, {d}, ls";
    csel_ge_u64: u64 = "cmp {a}, {b}", "csel {out}, {c}, {d}, ge";
    csel_lt_u64: u64 = "cmp {a}, {b}", "csel {out}, {c}, {d}, lt";
    csel_gt_u64: u64 = "cmp {a}, {b}", "csel {out}, {c}, {d}, gt";
    csel_le_u64: u64 = "cmp {a}, {b}", "csel {out}, {c}, {d}, le";
    csel_mi_u64: u64 = "cmp {a}, {b}", "csel {out}, {c}, {d}, mi";
    csel_pl_u64: u64 = "cmp {a}, {b}", "csel {out}, {c}, {d}, pl";
    csel_vs_u64: u64 = "cmp {a}, {b}", "csel {out}, {c}, {d}, vs";
    csel_vc_u64: u64 = "cmp {a}, {b}", "csel {out}, {c}, {d}, vc";
    cset_eq_u64: u64 = "cmp {a}, {b}", "cset {out}, eq", "csinc {c}, {c}, {d}, eq", "csneg {d}, {d}, {a}, eq";
    cset_lo_u64: u64 = "cmp {a}, {b}", "cset {out}, lo", "csinc {c}, {c}, {d}, lo", "csneg {d}, {d}, {a}, lo";
    cset_lt_u64: u64 = "cmp {a}, {b}", "cset {out}, lt", "csinc {c}, {c}, {d}, lt", "csneg {d}, {d}, {a}, lt";
    cset_mi_u64: u64 = "cmp {a}, {b}", "cset {out}, mi", "csinc {c}, {c}, {d}, mi", "csneg {d}, {d}, {a}, mi";
    cmn_hs_u64: u64 = "cmn {a}, {b}", "csel {out}, {c}, {d}, hs";
    subs_hs_u64: u64 = "subs {out}, {a}, {b}", "csel {out}, {c}, {out}, hs";
    cmn_eq_u64: u64 = "cmn {a}, {b}", "csel {out}, {c}, {d}, eq";
    subs_eq_u64: u64 = "subs {out}, {a}, {b}", "csel {out}, {c}, {out}, eq";
    cmn_mi_u64: u64 = "cmn {a}, {b}", "csel {out}, {c}, {d}, mi";
    subs_mi_u64: u64 = "subs {out}, {a}, {b}", "csel {out}, {c}, {out}, mi";
    cmn_vs_u64: u64 = "cmn {a}, {b}", "csel {out}, {c}, {d}, vs";
    subs_vs_u64: u64 = "subs {out}, {a}, {b}", "csel {out}, {c}, {out}, vs";
    tst_u64: u64 = "tst {a}, {b}", "csel {out}, {c}, {d}, eq";
    carry_chain_u64: u64 = "adds {c}, {c}, {a}", "adcs {d}, {d}, {b}", "adc {out}, {a}, {b}";
    borrow_chain_u64: u64 = "subs {c}, {c}, {a}", "sbcs {d}, {d}, {b}", "sbc {out}, {a}, {b}";
    carry_out_u64: u64 = "adds {c}, {c}, {a}", "adcs {d}, {d}, {b}", "cset {out}, hs";
    borrow_out_u64: u64 = "subs {c}, {c}, {a}", "sbcs {d}, {d}, {b}", "cset {out}, lo";
    overflow_out_u64: u64 = "adds {c}, {c}, {a}", "adcs {d}, {d}, {b}", "cset {out}, vs";
    reduce_u64: u64 = "subs {out}, {a}, {b}", "csel {out}, {a}, {out}, lo";
    ubfx_u64: u64 = "ubfx {out}, {a}, #3, #11";
    sbfx_u64: u64 = "sbfx {out}, {a}, #3, #11";
    bfi_u64: u64 = "mov {out}, {a}", "bfi {out}, {b}, #4, #9";
    extr_u64: u64 = "extr {out}, {a}, {b}, #13";
    rev_u64: u64 = "rev {out}, {a}";
    rbit_u64: u64 = "rbit {out}, {a}";
    clz_u64: u64 = "clz {out}, {a}";
    rev16_u64: u64 = "rev16 {out}, {a}";
    sxtb_u64: u64 = "sxtb {out}, {a:w}";
    uxth_u64: u64 = "uxth {out:w}, {a:w}";
    branch_u64: u64 = "mov {out}, {a}", "cmp {a}, {b}", "b.lo 2f", "sub {out}, {a}, {b}", "2:";
    branch_zero_u64: u64 = "mov {out}, {a}", "cbz {b}, 2f", "add {out}, {a}, {b}", "2:";
    branch_bit_u64: u64 = "mov {out}, {a}", "tbnz {b}, #3, 2f", "mvn {out}, {a}", "2:";
    add_u32: u32 = "add {out:w}, {a:w}, {b:w}";
    sub_u32: u32 = "sub {out:w}, {a:w}, {b:w}";
    and_u32: u32 = "and {out:w}, {a:w}, {b:w}";
    orr_u32: u32 = "orr {out:w}, {a:w}, {b:w}";
    eor_u32: u32 = "eor {out:w}, {a:w}, {b:w}";
    bic_u32: u32 = "bic {out:w}, {a:w}, {b:w}";
    orn_u32: u32 = "orn {out:w}, {a:w}, {b:w}";
    eon_u32: u32 = "eon {out:w}, {a:w}, {b:w}";
    mul_u32: u32 = "mul {out:w}, {a:w}, {b:w}";
    mneg_u32: u32 = "mneg {out:w}, {a:w}, {b:w}";
    lsl_u32: u32 = "lsl {out:w}, {a:w}, {b:w}";
    lsr_u32: u32 = "lsr {out:w}, {a:w}, {b:w}";
    asr_u32: u32 = "asr {out:w}, {a:w}, {b:w}";
    ror_u32: u32 = "ror {out:w}, {a:w}, {b:w}";
    madd_u32: u32 = "madd {out:w}, {a:w}, {b:w}, {c:w}";
    msub_u32: u32 = "msub {out:w}, {a:w}, {b:w}, {c:w}";
    shifted_u32: u32 = "add {out:w}, {a:w}, {b:w}, lsl #5", "sub {c:w}, {c:w}, {a:w}, asr #3", "eor {d:w}, {d:w}, {b:w}, ror #7";
    immediates_u32: u32 = "mov {out:w}, #4660", "movk {out:w}, #22136, lsl #16", "add {c:w}, {c:w}, #100", "and {d:w}, {d:w}, #0xff";
    csel_eq_u32: u32 = "cmp {a:w}, {b:w}", "csel {out:w}, {c:w}, {d:w}, eq";
    csel_ne_u32: u32 = "cmp {a:w}, {b:w}", "csel {out:w}, {c:w}, {d:w}, ne";
    csel_hs_u32: u32 = "cmp {a:w}, {b:w}", "csel {out:w}, {c:w}, {d:w}, hs";
    csel_lo_u32: u32 = "cmp {a:w}, {b:w}", "csel {out:w}, {c:w}, {d:w}, lo";
    csel_hi_u32: u32 = "cmp {a:w}, {b:w}", "csel {out:w}, {c:w}, {d:w}, hi";
    csel_ls_u32: u32 = "cmp {a:w}, {b:w}", "csel {out:w}, {c:w}, {d:w}, ls";
    csel_ge_u32: u32 = "cmp {a:w}, {b:w}", "csel {out:w}, {c:w}, {d:w}, ge";
    csel_lt_u32: u32 = "cmp {a:w}, {b:w}", "csel {out:w}, {c:w}, {d:w}, lt";
    csel_gt_u32: u32 = "cmp {a:w}, {b:w}", "csel {out:w}, {c:w}, {d:w}, gt";
    csel_le_u32: u32 = "cmp {a:w}, {b:w}", "csel {out:w}, {c:w}, {d:w}, le";
    csel_mi_u32: u32 = "cmp {a:w}, {b:w}", "csel {out:w}, {c:w}, {d:w}, mi";
    csel_pl_u32: u32 = "cmp {a:w}, {b:w}", "csel {out:w}, {c:w}, {d:w}, pl";
    csel_vs_u32: u32 = "cmp {a:w}, {b:w}", "csel {out:w}, {c:w}, {d:w}, vs";
    csel_vc_u32: u32 = "cmp {a:w}, {b:w}", "csel {out:w}, {c:w}, {d:w}, vc";
    cset_eq_u32: u32 = "cmp {a:w}, {b:w}", "cset {out:w}, eq", "csinc {c:w}, {c:w}, {d:w}, eq", "csneg {d:w}, {d:w}, {a:w}, eq";
    cset_lo_u32: u32 = "cmp {a:w}, {b:w}", "cset {out:w}, lo", "csinc {c:w}, {c:w}, {d:w}, lo", "csneg {d:w}, {d:w}, {a:w}, lo";
    cset_lt_u32: u32 = "cmp {a:w}, {b:w}", "cset {out:w}, lt", "csinc {c:w}, {c:w}, {d:w}, lt", "csneg {d:w}, {d:w}, {a:w}, lt";
    cset_mi_u32: u32 = "cmp {a:w}, {b:w}", "cset {out:w}, mi", "csinc {c:w}, {c:w}, {d:w}, mi", "csneg {d:w}, {d:w}, {a:w}, mi";
    cmn_hs_u32: u32 = "cmn {a:w}, {b:w}", "csel {out:w}, {c:w}, {d:w}, hs";
    subs_hs_u32: u32 = "subs {out:w}, {a:w}, {b:w}", "csel {out:w}, {c:w}, {out:w}, hs";
    cmn_eq_u32: u32 = "cmn {a:w}, {b:w}", "csel {out:w}, {c:w}, {d:w}, eq";
    subs_eq_u32: u32 = "subs {out:w}, {a:w}, {b:w}", "csel {out:w}, {c:w}, {out:w}, eq";
    cmn_mi_u32: u32 = "cmn {a:w}, {b:w}", "csel {out:w}, {c:w}, {d:w}, mi";
    subs_mi_u32: u32 = "subs {out:w}, {a:w}, {b:w}", "csel {out:w}, {c:w}, {out:w}, mi";
    cmn_vs_u32: u32 = "cmn {a:w}, {b:w}", "csel {out:w}, {c:w}, {d:w}, vs";
    subs_vs_u32: u32 = "subs {out:w}, {a:w}, {b:w}", "csel {out:w}, {c:w}, {out:w}, vs";
    tst_u32: u32 = "tst {a:w}, {b:w}", "csel {out:w}, {c:w}, {d:w}, eq";
    carry_chain_u32: u32 = "adds {c:w}, {c:w}, {a:w}", "adcs {d:w}, {d:w}, {b:w}", "adc {out:w}, {a:w}, {b:w}";
    borrow_chain_u32: u32 = "subs {c:w}, {c:w}, {a:w}", "sbcs {d:w}, {d:w}, {b:w}", "sbc {out:w}, {a:w}, {b:w}";
    carry_out_u32: u32 = "adds {c:w}, {c:w}, {a:w}", "adcs {d:w}, {d:w}, {b:w}", "cset {out:w}, hs";
    borrow_out_u32: u32 = "subs {c:w}, {c:w}, {a:w}", "sbcs {d:w}, {d:w}, {b:w}", "cset {out:w}, lo";
    overflow_out_u32: u32 = "adds {c:w}, {c:w}, {a:w}", "adcs {d:w}, {d:w}, {b:w}", "cset {out:w}, vs";
    reduce_u32: u32 = "subs {out:w}, {a:w}, {b:w}", "csel {out:w}, {a:w}, {out:w}, lo";
    ubfx_u32: u32 = "ubfx {out:w}, {a:w}, #3, #11";
    sbfx_u32: u32 = "sbfx {out:w}, {a:w}, #3, #11";
    bfi_u32: u32 = "mov {out:w}, {a:w}", "bfi {out:w}, {b:w}, #4, #9";
    extr_u32: u32 = "extr {out:w}, {a:w}, {b:w}, #13";
    rev_u32: u32 = "rev {out:w}, {a:w}";
    rbit_u32: u32 = "rbit {out:w}, {a:w}";
    clz_u32: u32 = "clz {out:w}, {a:w}";
    rev16_u32: u32 = "rev16 {out:w}, {a:w}";
    sxtb_u32: u32 = "sxtb {out:w}, {a:w}";
    uxth_u32: u32 = "uxth {out:w}, {a:w}";
    branch_u32: u32 = "mov {out:w}, {a:w}", "cmp {a:w}, {b:w}", "b.lo 2f", "sub {out:w}, {a:w}, {b:w}", "2:";
    branch_zero_u32: u32 = "mov {out:w}, {a:w}", "cbz {b:w}, 2f", "add {out:w}, {a:w}, {b:w}", "2:";
    branch_bit_u32: u32 = "mov {out:w}, {a:w}", "tbnz {b:w}, #3, 2f", "mvn {out:w}, {a:w}", "2:";
    umulh: u64 = "umulh {out}, {a}, {b}", "mul {c}, {a}, {b}";
    smulh: u64 = "smulh {out}, {a}, {b}";
    umull: u64 = "umull {out}, {a:w}, {b:w}";
    smull: u64 = "smull {out}, {a:w}, {b:w}";
    umaddl: u64 = "umaddl {out}, {a:w}, {b:w}, {c}";
    product_added: u64 = "mul {out}, {a}, {b}", "adds {c}, {c}, {out}", "umulh {out}, {a}, {b}", "adc {d}, {d}, {out}";
    ccmp: u64 = "cmp {a}, {b}", "ccmp {c}, {d}, #0, eq", "cset {out}, eq";
}

memory! {
    load_u64: u64 = "ldr {out}, [{p}]";
    load_at_u64: u64 = "ldr {out}, [{p}, #24]";
    load_below_u64: u64 = "ldur {out}, [{p}, #-12]";
    store_u64: u64 = "str {a}, [{p}]", "mov {out}, {a}";
    store_at_u64: u64 = "str {a}, [{p}, #16]", "mov {out}, {a}";
    byte_u64: u64 = "ldrb {out:w}, [{p}, #3]", "strb {a:w}, [{p}, #9]";
    signed_byte_u64: u64 = "ldrsb {out}, [{p}, #3]";
    half_u64: u64 = "ldrh {out:w}, [{p}, #6]", "strh {a:w}, [{p}, #2]";
    write_back_u64: u64 = "mov x9, {p}", "ldr {out}, [x9], #8", "str {a}, [x9, #8]!";
    add_to_u64: u64 = "ldr {out}, [{p}]", "add {out}, {out}, {a}", "str {out}, [{p}]";
    store_if_u64: u64 = "mov {out}, {a}", "cbz {a}, 2f", "str {a}, [{p}, #8]", "2:";
    load_u32: u32 = "ldr {out:w}, [{p}]";
    load_at_u32: u32 = "ldr {out:w}, [{p}, #24]";
    load_below_u32: u32 = "ldur {out:w}, [{p}, #-12]";
    store_u32: u32 = "str {a:w}, [{p}]", "mov {out:w}, {a:w}";
    store_at_u32: u32 = "str {a:w}, [{p}, #16]", "mov {out:w}, {a:w}";
    byte_u32: u32 = "ldrb {out:w}, [{p}, #3]", "strb {a:w}, [{p}, #9]";
    signed_byte_u32: u32 = "ldrsb {out:w}, [{p}, #3]";
    half_u32: u32 = "ldrh {out:w}, [{p}, #6]", "strh {a:w}, [{p}, #2]";
    write_back_u32: u32 = "mov x9, {p}", "ldr {out:w}, [x9], #8", "str {a:w}, [x9, #8]!";
    add_to_u32: u32 = "ldr {out:w}, [{p}]", "add {out:w}, {out:w}, {a:w}", "str {out:w}, [{p}]";
    store_if_u32: u32 = "mov {out:w}, {a:w}", "cbz {a:w}, 2f", "str {a:w}, [{p}, #8]", "2:";
    pair: u64 = "ldp {out}, x9, [{p}, #16]", "stp x9, {a}, [{p}]";
    literal_pair: u64 = "ldp x9, x10, [{p}]", "add {out}, x9, x10", "stp x10, x9, [{p}, #32]";
    vector_copy: u64 = "ldr q0, [{p}]", "str q0, [{p}, #32]", "mov {out}, {a}";
    carry_in_memory: u64 = "ldp x9, x10, [{p}]", "adds x9, x9, {a}", "adcs x10, x10, xzr", "stp x9, x10, [{p}]", "cset {out}, hs";
}
