//! What the blocks of every architecture share: they work on numbers of several words.

/// A block with four inputs and three outputs.
macro_rules! wide {
    ($($name:ident: $ty:ty = $($line:literal),+;)*) => {$(
        pub fn $name(a: $ty, b: $ty, mut c: $ty, mut d: $ty) -> ($ty, $ty, $ty) {
            let out: $ty;
            unsafe {
                asm!("/* {a} {b} {c} {d} {out} */", $($line),+, a = in(reg) a, b = in(reg) b, c = inout(reg) c, d = inout(reg) d, out = out(reg) out);
            }
            (c, d, out)
        }
    )*};
}
