//! Loads and stores of integers, and cache blocks (Unpriv "Load and Store Instructions", "Zilsd",
//! "CMO"; Priv "Hypervisor Virtual-Machine Load and Store Instructions").

use super::build::Builder;
use crate::effects::{Access, Expression};

pub fn lift(builder: &mut Builder<'_>) -> bool {
    load(builder) || store(builder) || guest(builder) || cache_block(builder)
}

/// How many bytes a load brings, and whether they are sign-extended.
fn loaded(name: &str) -> Option<(u64, bool)> {
    Some(match name {
        "lb" | "hlv.b" => (1, true),
        "lh" | "hlv.h" => (2, true),
        "lw" | "hlv.w" => (4, true),
        "lbu" | "hlv.bu" => (1, false),
        "lhu" | "hlv.hu" | "hlvx.hu" => (2, false),
        "lwu" | "hlv.wu" | "hlvx.wu" => (4, false),
        "ld" | "hlv.d" => (8, true),
        _ => return None,
    })
}

fn load(builder: &mut Builder<'_>) -> bool {
    let Some((bytes, signed)) = loaded(builder.name).filter(|_| !is_guest(builder.name)) else {
        return false;
    };
    let address = builder.base_plus(builder.word.i_immediate());
    let value = builder.load(Access::plain(address, bytes));
    if builder.bits() == 32 && bytes == 8 {
        set_pair(builder, builder.word.rd(), value);
    } else {
        let value = widened(builder, value, bytes, signed);
        builder.set_rd(value);
    }
    true
}

/// A loaded value at the width of a register.
pub fn widened(builder: &Builder<'_>, value: Expression, bytes: u64, signed: bool) -> Expression {
    let bits = (bytes * 8) as u16;
    match bits == builder.bits() {
        true => value,
        false if signed => value.slice(0, bits).sign_extend(builder.bits()),
        false => value.zero_extend(builder.bits()),
    }
}

/// A value of 64 bits goes to two registers of 32 bits, the lower half to the even one; a pair that
/// begins with `x0` is dropped (Unpriv "Zilsd").
pub fn set_pair(builder: &mut Builder<'_>, number: u8, value: Expression) {
    let bits = builder.bits();
    if number != 0 {
        builder.set_x(number, value.clone().slice(0, bits));
        builder.set_x(number + 1, value.slice(bits, bits));
    }
}

/// What a pair of registers holds; one that begins with `x0` holds 0.
pub fn pair(builder: &Builder<'_>, number: u8) -> Expression {
    let second = if number == 0 { 0 } else { number + 1 };
    Expression::Join(vec![builder.x(number), builder.x(second)])
}

fn store(builder: &mut Builder<'_>) -> bool {
    let bytes = match builder.name {
        "sb" => 1,
        "sh" => 2,
        "sw" => 4,
        "sd" => 8,
        _ => return false,
    };
    let address = builder.base_plus(builder.word.s_immediate());
    let value = if builder.bits() == 32 && bytes == 8 {
        pair(builder, builder.word.rs2())
    } else {
        builder.rs2().slice(0, (bytes * 8) as u16)
    };
    builder.store(Access::plain(address, bytes), Some(value));
    true
}

fn is_guest(name: &str) -> bool {
    name.starts_with("hlv")
}

/// Accesses as a guest would make them. The address is a guest's, so what is there is not known.
fn guest(builder: &mut Builder<'_>) -> bool {
    if let Some((bytes, signed)) = loaded(builder.name).filter(|_| is_guest(builder.name)) {
        let value = builder.load(Access::plain(guest_address(builder), bytes));
        let value = widened(builder, value, bytes, signed);
        builder.set_rd(value);
        return true;
    }
    let bytes = match builder.name {
        "hsv.b" => 1,
        "hsv.h" => 2,
        "hsv.w" => 4,
        "hsv.d" => 8,
        _ => return false,
    };
    let value = builder.rs2().slice(0, (bytes * 8) as u16);
    builder.store(Access::plain(guest_address(builder), bytes), Some(value));
    true
}

/// The host's address of a guest's one.
fn guest_address(builder: &Builder<'_>) -> Expression {
    super::build::function("guest address", vec![builder.rs1()], builder.bits())
}

/// `cbo.*`: the block that an address lies in. How large it is, the machine decides.
fn cache_block(builder: &mut Builder<'_>) -> bool {
    match builder.name {
        "cbo.zero" => {
            builder.store(Access::of_unknown_length(builder.rs1()), None);
        }
        "cbo.clean" | "cbo.flush" | "cbo.inval" => builder.uses(builder.rs1()),
        _ => return false,
    }
    true
}
