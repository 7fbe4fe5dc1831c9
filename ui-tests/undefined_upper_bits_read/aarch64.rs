//@compile-flags: --target aarch64-unknown-linux-gnu
#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
#![no_core]
#![allow(dead_code, internal_features)]

#[path = "../auxiliary/no_core.rs"]
mod no_core;
use no_core::*;

fn choose(c: u8, a: u64, b: u64) -> u64 {
    let r;
    unsafe {
        asm!(
            "cmp {0:w}, #0", //~ undefined_upper_bits_read
            "csel {3}, {1}, {2}, ne",
            in(reg) c,
            in(reg) a,
            in(reg) b,
            lateout(reg) r,
        )
    };
    r
}

fn choose_by_byte(c: u8, a: u64, b: u64) -> u64 {
    let r;
    unsafe {
        asm!(
            "tst {0:w}, #0xff",
            "csel {3}, {1}, {2}, ne",
            in(reg) c,
            in(reg) a,
            in(reg) b,
            lateout(reg) r,
        )
    };
    r
}

fn whole_part(x: f32) -> i64 {
    let r: i64;
    unsafe { asm!("fcvtzs {}, {:d}", out(reg) r, in(vreg) x) }; //~ undefined_upper_bits_read
    r
}

fn checksum(crc: u32, byte: u8) -> u32 {
    let r;
    unsafe { asm!(".arch_extension crc", "crc32b {:w}, {:w}, {:w}", lateout(reg) r, in(reg) crc, in(reg) byte) };
    r
}

fn checksum_of_two_bytes(crc: u32, byte: u8) -> u32 {
    let r;
    unsafe {
        asm!(
            ".arch_extension crc",
            "crc32h {:w}, {:w}, {:w}", //~ undefined_upper_bits_read
            lateout(reg) r,
            in(reg) crc,
            in(reg) byte,
        )
    };
    r
}

unsafe fn scale(p: *mut f32, by: f32) {
    unsafe {
        asm!(
            "ldr q0, [{p}]",
            "fmul v0.4s, v0.4s, {by:v}.s[0]",
            "str q0, [{p}]",
            p = in(reg) p,
            by = in(vreg) by,
            out("v0") _,
        )
    };
}

unsafe fn scale_by_all_lanes(p: *mut f32, by: f32) {
    unsafe {
        asm!(
            "ldr q0, [{p}]",
            "fmul v0.4s, v0.4s, {by:v}.4s", //~ undefined_upper_bits_read
            "str q0, [{p}]",
            p = in(reg) p,
            by = in(vreg) by,
            out("v0") _,
        )
    };
}
