//@compile-flags: --target thumbv8m.main-none-eabihf
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

// `tbb` and `tbh` go through a table of the block, which is part of the assembly like a literal, to
// each place that the index can select.

fn by_mask(i: u32) -> u32 {
    let r;
    unsafe {
        asm!(
            "and {i}, {i}, #3", "tbb [pc, {i}]",
            "2:", ".byte (3f-2b)/2, (4f-2b)/2, (5f-2b)/2, (6f-2b)/2",
            "3:", "mov {r}, #10", "b 7f", "4:", "mov {r}, #20", "b 7f",
            "5:", "mov {r}, #30", "b 7f", "6:", "mov {r}, #40", "7:",
            i = inout(reg) i => _, r = out(reg) r, options(pure, nomem, nostack, preserves_flags)
        )
    };
    r
}

fn one_entry_forgets(i: u32) -> u32 {
    let r;
    unsafe {
        asm!(
            "and {i}, {i}, #3", "tbb [pc, {i}]",
            "2:", ".byte (3f-2b)/2, (4f-2b)/2, (5f-2b)/2, (6f-2b)/2",
            "3:", "mov {r}, #10", "b 7f", "4:", "b 7f",
            "5:", "mov {r}, #30", "b 7f", "6:", "mov {r}, #40", "7:",
            i = inout(reg) i => _, r = out(reg) r, options(pure, nomem, nostack, preserves_flags) //~ output_unwritten
        )
    };
    r
}

fn by_comparison(i: u32) -> u32 {
    let r;
    unsafe {
        asm!(
            "cmp {i}, #2", "bhi 6f", "tbh [pc, {i}, lsl #1]",
            "2:", ".hword (3f-2b)/2, (4f-2b)/2, (5f-2b)/2",
            "3:", "mov {r}, #10", "b 7f", "4:", "mov {r}, #20", "b 7f",
            "5:", "mov {r}, #30", "b 7f", "6:", "mov {r}, #0", "7:",
            i = in(reg) i, r = out(reg) r, options(pure, nomem, nostack)
        )
    };
    r
}

fn by_comparison_but_default(i: u32) -> u32 {
    let r;
    unsafe {
        asm!(
            "cmp {i}, #3", "bhs 7f", "tbb [pc, {i}]",
            "2:", ".byte (3f-2b)/2, (4f-2b)/2, (5f-2b)/2", ".p2align 1",
            "3:", "mov {r}, #10", "b 7f", "4:", "mov {r}, #20", "b 7f",
            "5:", "mov {r}, #30", "7:",
            i = in(reg) i, r = out(reg) r, options(pure, nomem, nostack) //~ output_unwritten
        )
    };
    r
}

// The entry for 0 is never selected.
fn not_for_zero(i: u32) -> u32 {
    let r;
    unsafe {
        asm!(
            "and {i}, {i}, #1", "mov {r}, #5", "cbz {i}, 7f", "tbb [pc, {i}]",
            "2:", ".byte 200, (4f-2b)/2",
            "4:", "mov {r}, #20", "7:",
            i = inout(reg) i => _, r = out(reg) r, options(pure, nomem, nostack, preserves_flags)
        )
    };
    r
}

// A large number has low bits like every other.
fn low_bits_of_a_large_number(i: u32) -> u32 {
    let r;
    unsafe {
        asm!(
            "cmp {i}, #300", "bhs 6f", "mov {r}, #10", "b 7f",
            "6:", "and {i}, {i}, #1", "tbb [pc, {i}]",
            "2:", ".byte (3f-2b)/2, (4f-2b)/2",
            "3:", "mov {r}, #20", "b 7f", "4:", "7:",
            i = inout(reg) i => _, r = out(reg) r, options(pure, nomem, nostack) //~ output_unwritten
        )
    };
    r
}

// What is even is not bounded by being below 4 if it is odd.
#[warn(asm_lint::not_judged)]
fn bounded_only_if_odd(i: u32) -> u32 {
    let r;
    unsafe {
        asm!(
            "mov {r}, #0", "cmp {i}, #4", "tst {i}, #1", "bhi 7f",
            "tbb [pc, {i}]", //~ not_judged
            "2:", ".byte (3f-2b)/2, (3f-2b)/2, (3f-2b)/2, (3f-2b)/2, (3f-2b)/2, 0",
            "3:", "mov {r}, #10", "7:",
            i = in(reg) i, r = out(reg) r, options(pure, readonly, nostack)
        )
    };
    r
}

// Nothing bounds the index: where it may lead is not known.
#[warn(asm_lint::not_judged)]
fn not_bounded(i: u32) -> u32 {
    let r;
    unsafe {
        asm!(
            "tbb [pc, {i}]", //~ not_judged
            "2:", ".byte (3f-2b)/2, (4f-2b)/2",
            "3:", "mov {r}, #10", "b 7f", "4:", "7:",
            i = in(reg) i, r = out(reg) r, options(pure, readonly, nostack, preserves_flags)
        )
    };
    r
}
