//! Loads and stores of one or two registers, exclusive ones among them.

use exarmo_aarch32::Mnemonic;

use crate::effects::{Access, Expression, HavocCause, Next, Part, Target};

use super::super::registers::{self, PROGRAM_COUNTER, STACK_POINTER};
use super::{Lift, register};

/// A load or store of one general register.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct SingleShape {
    loads: bool,
    bytes: u64,
    signed: bool,
    /// Acquire, release and exclusive accesses demand natural alignment, on every core
    /// (DDI 0406 A3.2.1, DDI 0487 "Alignment of load-exclusive …").
    aligned: bool,
}

/// The shape of a mnemonic that loads or stores one register.
pub(super) fn single(mnemonic: Mnemonic) -> Option<SingleShape> {
    use Mnemonic as M;
    let load = |bytes, signed| SingleShape { loads: true, bytes, signed, aligned: false };
    let aligned = |bytes| SingleShape { loads: true, bytes, signed: false, aligned: true };
    let store = |bytes, aligned| SingleShape { loads: false, bytes, signed: false, aligned };
    Some(match mnemonic {
        M::Ldr | M::Ldrt => load(4, false),
        M::Ldrb | M::Ldrbt => load(1, false),
        M::Ldrh | M::Ldrht => load(2, false),
        M::Ldrsb | M::Ldrsbt => load(1, true),
        M::Ldrsh | M::Ldrsht => load(2, true),
        M::Lda | M::Ldaex | M::Ldrex => aligned(4),
        M::Ldab | M::Ldaexb | M::Ldrexb => aligned(1),
        M::Ldah | M::Ldaexh | M::Ldrexh => aligned(2),
        M::Str | M::Strt => store(4, false),
        M::Strb | M::Strbt => store(1, false),
        M::Strh | M::Strht => store(2, false),
        M::Stl => store(4, true),
        M::Stlb => store(1, true),
        M::Stlh => store(2, true),
        _ => return None,
    })
}

impl Lift<'_> {
    pub(super) fn single_access(&mut self, shape: SingleShape) -> Option<()> {
        let data = self.general(0)?;
        let address = self.address(1)?;
        let alignment =
            if shape.aligned && shape.bytes > 1 { u32::try_from(shape.bytes).ok() } else { None };
        let access = Access { alignment, ..Access::plain(address.address.clone(), shape.bytes) };
        if !shape.loads {
            let bits = u16::try_from(shape.bytes * 8).ok()?;
            // What is stored of the program counter is not the same on every core.
            let value = (data != PROGRAM_COUNTER).then(|| register(data).slice(0, bits));
            self.store(access, value);
            self.write_back(&address);
            return Some(());
        }
        let loaded = self.load(access);
        self.write_back(&address);
        let value = match shape {
            SingleShape { bytes: 4, .. } => loaded,
            SingleShape { signed: true, .. } => loaded.sign_extend(32),
            _ => loaded.zero_extend(32),
        };
        if data == PROGRAM_COUNTER {
            let pops = address.base == STACK_POINTER && address.writeback.is_some();
            self.next =
                if pops { Next::Return(value) } else { Next::Jump(Target::Computed(value)) };
        } else {
            self.set(registers::general(data), value);
        }
        Some(())
    }

    /// `ldrd`, `strd` and the exclusive loads of two registers.
    pub(super) fn pair_access(&mut self, mnemonic: Mnemonic) -> Option<()> {
        use Mnemonic as M;
        let (first, second) = (self.general(0)?, self.general(1)?);
        let address = self.address(2)?;
        // `ldrd` and `strd` demand words, on Armv7 (DDI 0406 A3.2.1).
        let alignment = if matches!(mnemonic, M::Ldrd | M::Strd) { 4 } else { 8 };
        let access =
            Access { alignment: Some(alignment), ..Access::plain(address.address.clone(), 8) };
        if mnemonic == M::Strd {
            self.store(access, Some(Expression::Join(vec![register(first), register(second)])));
            self.write_back(&address);
            return Some(());
        }
        let loaded = self.load(access);
        self.write_back(&address);
        self.set(registers::general(first), loaded.clone().slice(0, 32));
        self.set(registers::general(second), loaded.slice(32, 32));
        Some(())
    }

    /// A store that may fail, and says in its first operand whether it did.
    pub(super) fn store_exclusive(&mut self, mnemonic: Mnemonic) -> Option<()> {
        use Mnemonic as M;
        let status = self.general(0)?;
        let bytes = match mnemonic {
            M::Strexb | M::Stlexb => 1,
            M::Strexh | M::Stlexh => 2,
            M::Strex | M::Stlex => 4,
            _ => 8,
        };
        let (value, address) = if bytes == 8 {
            let pair = vec![self.general_value(1)?, self.general_value(2)?];
            (Expression::Join(pair), self.address(3)?)
        } else {
            let bits = u16::try_from(bytes * 8).ok()?;
            (self.general_value(1)?.slice(0, bits), self.address(2)?)
        };
        let alignment = if bytes > 1 { u32::try_from(bytes).ok() } else { None };
        let access =
            Access { conditional: true, alignment, ..Access::plain(address.address, bytes) };
        self.store(access, Some(value));
        // 0 or 1, as the exclusive monitor has it.
        let whole = registers::general(status);
        self.set(Part { low: 1, bits: 31, ..whole }, Expression::zeros(31));
        self.havoc(Part { low: 0, bits: 1, ..whole }, HavocCause::Varying);
        Some(())
    }

    /// A hint. The registers of its address are looked at by nobody.
    #[allow(clippy::unnecessary_wraps, reason = "as every other lift")]
    pub(super) fn hint(&mut self) -> Option<()> {
        self.reference_used = true;
        Some(())
    }
}
