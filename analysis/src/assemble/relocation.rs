//! [`Relocation`]: a field whose value the linker decides, without its object format.

/// A field whose value the linker decides: target + addend, minus the address of the field itself
/// if it is relative.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Relocation {
    /// The offset of the field in its section. Off x86 this is the first byte of the instruction
    /// that has the field, or of the datum.
    pub offset: u64,
    /// The size of the field in bytes; off x86 that of the instruction, or of the pair of
    /// instructions that a linker fills in together (RISC-V `call`).
    pub size: u8,
    /// What the field refers to.
    pub target: RelocationTarget,
    /// What is added to the target's address. On x86, for the displacement of a jump, or of an
    /// operand relative to `rip`, it includes the way from the field to the next instruction (-4,
    /// often). Elsewhere the processor's own bias (8 and 4 on Arm) is taken out of it, so that
    /// `target + addend` is the place that the instruction means.
    pub addend: i64,
    /// Whether the field holds a distance from itself (or from its page) instead of an address.
    pub relative: bool,
    /// Whether the field leads to the target only through something that the linker makes (a
    /// slot of the global offset table, a thread-local offset).
    pub indirect: bool,
    /// What the linker makes of the target's address.
    pub field: Field,
    /// Which bits of the address go into the field: those of [`field`](Self::field).
    pub bits: AddressBits,
}

/// Which bits of an address a relocated field takes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct AddressBits {
    /// The first bit: 12 for `adrp` and `lui`, 16 for `movt`.
    pub low: u8,
    /// How many bits: 12 for `:lo12:`, 16 for `movw`.
    pub count: u8,
}

impl AddressBits {
    /// The whole address.
    pub const ALL: AddressBits = AddressBits { low: 0, count: 64 };
}

impl Relocation {
    /// What an instruction that ends at the offset `next` adds to the target's address: the addend,
    /// less the way from the field to the next instruction if the field is relative. So it is 0
    /// for a plain `call target` of x86.
    pub fn displacement(&self, next: u64) -> i64 {
        let way = if self.relative { next.wrapping_sub(self.offset).cast_signed() } else { 0 };
        self.addend.wrapping_add(way)
    }
}

/// What a relocation refers to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RelocationTarget {
    /// A place in a section of the same object file.
    Section {
        /// The index into [`MachineCode::sections`](super::MachineCode::sections).
        section: usize,
        /// The offset in that section.
        offset: u64,
    },
    /// A symbol that is defined elsewhere; a `sym` or `label` operand if the name says so, see
    /// [`operand_of_symbol`](crate::substitute::operand_of_symbol).
    Symbol(String),
    /// The address 0.
    Absolute,
}

/// What is in a field.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Field {
    /// What is computed of the target.
    pub value: FieldValue,
    /// The first bit of that value which goes into the field: 12 for `adrp`, `lui` and `auipc`,
    /// 16 for `movt`. On RISC-V the upper 20 bits are rounded, as the lower 12 are signed.
    pub low: u8,
    /// How many bits of it do; 64 for all that fit.
    pub bits: u8,
    /// What the value is the address of.
    pub of: Pointed,
}

/// What a field's value is computed from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FieldValue {
    /// An address.
    Address,
    /// The distance to it from the instruction or the datum.
    Distance,
    /// The distance from the instruction's page of 4 KiB to that of the address (`adrp`).
    Page,
    /// The low bits of the distance of which an instruction before has the high ones (RISC-V
    /// `%pcrel_lo`); the distance is counted from that instruction.
    LowOfPair,
    /// An address that is added to what the field holds; another relocation may subtract one.
    Added,
    /// An address that is subtracted from what the field holds.
    Subtracted,
    /// Something else.
    Unknown,
}

/// What a field's value is the address of.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Pointed {
    /// The target.
    Target,
    /// A slot that only the linker writes and that holds the target's address (the global offset
    /// table, an import table).
    Slot,
    /// A slot that only the linker writes, or a descriptor, for a thread-local variable; or its
    /// offset in the thread's block.
    ThreadLocal,
    /// Something else: a section's number, an offset in an image.
    Other,
}

impl Field {
    /// A whole address, or a whole distance.
    pub(super) const fn whole(value: FieldValue) -> Field {
        Field { value, low: 0, bits: 64, of: Pointed::Target }
    }

    pub(super) const fn bits(value: FieldValue, low: u8, bits: u8) -> Field {
        Field { value, low, bits, of: Pointed::Target }
    }

    pub(super) const fn of(self, of: Pointed) -> Field {
        Field { of, ..self }
    }

    /// What is not known further.
    pub(super) const UNKNOWN: Field =
        Field { value: FieldValue::Unknown, low: 0, bits: 0, of: Pointed::Other };
}
