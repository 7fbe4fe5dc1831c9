//! As much of a standard library as blocks need: that of the target may not be installed.

#[lang = "pointee_sized"]
pub trait PointeeSized {}
#[lang = "meta_sized"]
pub trait MetaSized: PointeeSized {}
#[lang = "sized"]
pub trait Sized: MetaSized {}
#[lang = "copy"]
pub trait Copy {}
#[lang = "sync"]
pub unsafe trait Sync {}
#[lang = "freeze"]
pub unsafe auto trait Freeze {}
#[lang = "legacy_receiver"]
pub trait LegacyReceiver {}

macro_rules! plain {
    ($($name:ty)*) => { $(impl Copy for $name {} unsafe impl Sync for $name {})* };
}

plain! { u8 i8 u16 i16 u32 i32 u64 i64 usize isize f32 f64 bool }

impl<T: PointeeSized> Copy for *const T {}
impl<T: PointeeSized> Copy for *mut T {}
impl<T: PointeeSized> Copy for &T {}

#[rustc_builtin_macro]
pub macro asm($($arguments:tt)*) {}
#[rustc_builtin_macro]
pub macro naked_asm($($arguments:tt)*) {}
#[rustc_builtin_macro]
pub macro global_asm($($arguments:tt)*) {}
