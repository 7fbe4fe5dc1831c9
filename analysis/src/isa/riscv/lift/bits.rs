//! Bit manipulation (Unpriv "B": Zba, Zbb, Zbs, and "Zbc"), its part for cryptography (Unpriv
//! "Zbkb", "Zbkx") and may-be-operations (Unpriv "Zimop").

use super::build::{
    Builder, add, and, binary, choose, not, or, shifted_left, subtract, unary, xor,
};
use super::integer::amount;
use crate::effects::{Expression, Operation, Test};

pub fn lift(builder: &mut Builder<'_>) -> bool {
    addresses(builder)
        || logic(builder)
        || counts(builder)
        || single_bits(builder)
        || packing(builder)
        || may_be(builder)
}

/// Zba: shifts and sums for array addresses.
fn addresses(builder: &mut Builder<'_>) -> bool {
    let bits = builder.bits();
    let (rs1, rs2) = (builder.rs1(), builder.rs2());
    let unsigned_word = builder.rs1_word().zero_extend(bits);
    let value = match builder.name {
        "sh1add" => add(shifted_left(rs1, 1), rs2),
        "sh2add" => add(shifted_left(rs1, 2), rs2),
        "sh3add" => add(shifted_left(rs1, 3), rs2),
        "add.uw" => add(unsigned_word, rs2),
        "zext.w" => unsigned_word,
        "sh1add.uw" => add(shifted_left(unsigned_word, 1), rs2),
        "sh2add.uw" => add(shifted_left(unsigned_word, 2), rs2),
        "sh3add.uw" => add(shifted_left(unsigned_word, 3), rs2),
        "slli.uw" => binary(Operation::ShiftLeft, unsigned_word, amount(builder, bits)),
        _ => return false,
    };
    builder.set_rd(value);
    true
}

/// Zbb: logic with a complement, minimum and maximum, extension, rotation, reversal.
fn logic(builder: &mut Builder<'_>) -> bool {
    let bits = builder.bits();
    let (rs1, rs2) = (builder.rs1(), builder.rs2());
    let by_register = |bits: u16| builder.rs2().slice(0, if bits == 64 { 6 } else { 5 });
    let left = |bits: u16| subtract(Expression::zeros(8), by_register(bits).zero_extend(8));
    let value = match builder.name {
        "andn" => and(rs1, not(rs2)),
        "orn" => or(rs1, not(rs2)),
        "xnor" => not(xor(rs1, rs2)),
        "min" => choose(Test::LessSigned(rs1.clone(), rs2.clone()), rs1, rs2),
        "minu" => choose(Test::Less(rs1.clone(), rs2.clone()), rs1, rs2),
        "max" => choose(Test::LessSigned(rs1.clone(), rs2.clone()), rs2, rs1),
        "maxu" => choose(Test::Less(rs1.clone(), rs2.clone()), rs2, rs1),
        "sext.b" => rs1.slice(0, 8).sign_extend(bits),
        "sext.h" => rs1.slice(0, 16).sign_extend(bits),
        "zext.h" => rs1.slice(0, 16).zero_extend(bits),
        "ror" => binary(Operation::RotateRight, rs1, by_register(bits)),
        "rori" => binary(Operation::RotateRight, rs1, amount(builder, bits)),
        "rol" => binary(Operation::RotateRight, rs1, left(bits)),
        "rev8" => unary(Operation::ReverseBytes, rs1),
        "brev8" => unary(Operation::ReverseBytes, unary(Operation::ReverseBits, rs1)),
        "orc.b" => Expression::computed(Operation::Lanes(8, "orc.b".into()), vec![rs1], bits),
        "rorw" | "roriw" | "rolw" => {
            let by = match builder.name {
                "rorw" => by_register(32),
                "roriw" => amount(builder, 32),
                _ => left(32),
            };
            builder.set_rd_word(binary(Operation::RotateRight, builder.rs1_word(), by));
            return true;
        }
        _ => return false,
    };
    builder.set_rd(value);
    true
}

/// Zbb's counts, and multiplication without carries (Zbc).
fn counts(builder: &mut Builder<'_>) -> bool {
    let bits = builder.bits();
    let leading = |value| unary(Operation::CountLeadingZeros, value);
    let trailing = |value| leading(unary(Operation::ReverseBits, value));
    let (rs1, word) = (builder.rs1(), builder.rs1_word());
    let value = match builder.name {
        "clz" => leading(rs1),
        "ctz" => trailing(rs1),
        "cpop" => builder.function(vec![rs1], bits),
        "clzw" => leading(word).zero_extend(bits),
        "ctzw" => trailing(word).zero_extend(bits),
        "cpopw" => builder.function(vec![word], bits),
        "clmul" | "clmulh" | "clmulr" => {
            // The low and the high half do not see all bits: what they see is not followed.
            let operation = Operation::Mixed(builder.name.into());
            Expression::computed(operation, vec![rs1, builder.rs2()], bits)
        }
        _ => return false,
    };
    builder.set_rd(value);
    true
}

/// Zbs: one bit, selected by a register or an immediate.
fn single_bits(builder: &mut Builder<'_>) -> bool {
    let bits = builder.bits();
    let by_register = builder.rs2().slice(0, if bits == 64 { 6 } else { 5 });
    let (operation, index) = match builder.name {
        "bset" | "bclr" | "binv" | "bext" => (builder.name, by_register),
        "bseti" => ("bset", amount(builder, bits)),
        "bclri" => ("bclr", amount(builder, bits)),
        "binvi" => ("binv", amount(builder, bits)),
        "bexti" => ("bext", amount(builder, bits)),
        _ => return false,
    };
    let rs1 = builder.rs1();
    let one = builder.number(1);
    let mask = binary(Operation::ShiftLeft, one.clone(), index.clone());
    let value = match operation {
        "bset" => or(rs1, mask),
        "bclr" => and(rs1, not(mask)),
        "binv" => xor(rs1, mask),
        _ => and(binary(Operation::ShiftRight, rs1, index), one),
    };
    builder.set_rd(value);
    true
}

/// Zbkb and Zbkx: halves and bytes of two registers in one, bits interleaved, tables.
fn packing(builder: &mut Builder<'_>) -> bool {
    let bits = builder.bits();
    let (rs1, rs2) = (builder.rs1(), builder.rs2());
    let half = bits / 2;
    let low = |value: &Expression, bits| value.clone().slice(0, bits);
    let bit = |index: u16| rs1.clone().slice(index, 1);
    let value = match builder.name {
        "pack" => Expression::Join(vec![low(&rs1, half), low(&rs2, half)]),
        "packh" => Expression::Join(vec![low(&rs1, 8), low(&rs2, 8)]).zero_extend(bits),
        "packw" => {
            let packed = Expression::Join(vec![low(&rs1, 16), low(&rs2, 16)]);
            builder.set_rd_word(packed);
            return true;
        }
        "zip" => Expression::Join((0..bits).map(|to| bit(to / 2 + to % 2 * half)).collect()),
        "unzip" => Expression::Join((0..bits).map(|to| bit(to % half * 2 + to / half)).collect()),
        // An index out of range gives 0 whatever the table holds.
        "xperm4" | "xperm8" => {
            Expression::computed(Operation::Mixed(builder.name.into()), vec![rs1, rs2], bits)
        }
        _ => return false,
    };
    builder.set_rd(value);
    true
}

/// May-be-operations write 0 where no extension gives them a meaning (Unpriv "Zimop"); their
/// compressed forms write nothing. Zicfiss uses some for a shadow stack, which is not a memory that
/// a program reads or writes, and which is off unless the environment turns it on.
fn may_be(builder: &mut Builder<'_>) -> bool {
    if builder.name.starts_with("mop.r") {
        builder.set_rd(builder.number(0));
        return true;
    }
    if builder.name == "ssrdp" {
        builder.varies(builder.word.rd());
        return true;
    }
    matches!(builder.name, "sspush" | "sspopchk" | "c.sspush" | "c.sspopchk")
        || builder.name.starts_with("c.mop.")
}
