//! What the relocation types of each object format mean, in the terms of [`Field`].
//!
//! Sources: ELF for the Arm 64-bit Architecture (AAELF64), section "Relocation types"; ELF for the
//! Arm Architecture (AAELF32), table "Relocation codes"; RISC-V ELF psABI, table "Relocation
//! types"; the PE format, "COFF Relocations (Object Only)"; Apple's `mach-o/arm64/reloc.h` and
//! `mach-o/x86_64/reloc.h`.

use object::{RelocationFlags, RelocationKind, elf, macho, pe};

use super::relocation::{Field, FieldValue, Pointed};
use crate::block::Architecture;

use FieldValue::{Added, Address, Distance, LowOfPair, Page, Subtracted, Unknown};
use Pointed::{Other, Slot, ThreadLocal};

/// What a relocation does to an instruction or a datum.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    pub field: Field,
    /// How many bytes it is about.
    pub size: u8,
    /// Where the addend is, if the object file has no number for it.
    pub implicit: Implicit,
}

/// How the addend is in an instruction.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Implicit {
    /// As a number of the field's size.
    Number,
    /// There is none.
    Zero,
    /// In the immediate of an instruction, as [`immediate`] reads it.
    Instruction(Encoding),
}

/// Instructions with a distance or a part of an address in them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// AArch64 `b`, `bl`.
    A64Branch,
    /// AArch64 `b.cond`, `cbz`, `ldr` (literal).
    A64Imm19,
    /// AArch64 `tbz`.
    A64Imm14,
    /// AArch64 `adr`, `adrp`.
    A64Adr,
    /// AArch64 `add` with an immediate.
    A64Add,
    /// AArch64 loads and stores with a scaled immediate.
    A64Scaled,
    /// Arm `b`, `bl`.
    ArmBranch,
    /// Arm `movw`, `movt`.
    ArmMove,
    /// Arm `ldr` relative to the program counter.
    ArmLoad,
    /// Thumb `b.w`, `bl`.
    ThumbBranch,
    /// Thumb `b<cond>.w`.
    ThumbConditional,
    /// Thumb `b`.
    ThumbShort,
    /// Thumb `b<cond>`.
    ThumbShortConditional,
    /// Thumb `movw`, `movt`.
    ThumbMove,
    /// Thumb `ldr.w` relative to the program counter.
    ThumbLoad,
    /// Thumb `ldr` relative to the program counter.
    ThumbShortLoad,
}

const fn kind(field: Field, size: u8) -> Kind {
    Kind { field, size, implicit: Implicit::Number }
}

const fn at(field: Field, size: u8, encoding: Encoding) -> Kind {
    Kind { field, size, implicit: Implicit::Instruction(encoding) }
}

const fn zero(field: Field, size: u8) -> Kind {
    Kind { field, size, implicit: Implicit::Zero }
}

const fn data(value: FieldValue, size: u8) -> Kind {
    kind(Field::bits(value, 0, size * 8), size)
}

/// What a relocation means: `None` for what is only a hint to the linker. `general` is what the
/// object file's reader makes of it, which is all that there is for most architectures.
pub(super) fn kind_of(
    architecture: Architecture,
    flags: RelocationFlags,
    general: RelocationKind,
    general_bits: u8,
) -> Option<Kind> {
    let known = match (architecture, flags) {
        (Architecture::AArch64, RelocationFlags::Elf { r_type }) => elf_aarch64(r_type),
        (Architecture::Arm, RelocationFlags::Elf { r_type }) => elf_arm(r_type),
        (Architecture::RiscV32 | Architecture::RiscV64, RelocationFlags::Elf { r_type }) => {
            elf_riscv(r_type)
        }
        (Architecture::X86_64, RelocationFlags::Elf { r_type }) => elf_x86_64(r_type),
        (Architecture::X86, RelocationFlags::Elf { r_type }) => elf_x86(r_type),
        (Architecture::AArch64 | Architecture::Arm64Ec, RelocationFlags::Coff { typ }) => {
            coff_arm64(typ)
        }
        (Architecture::Arm, RelocationFlags::Coff { typ }) => coff_arm(typ),
        (Architecture::AArch64, RelocationFlags::MachO { r_type, r_length, r_pcrel }) => {
            macho_arm64(r_type, r_length, r_pcrel)
        }
        (Architecture::X86_64, RelocationFlags::MachO { r_type, .. }) => macho_x86_64(r_type),
        _ => Known::Not,
    };
    match known {
        Known::Kind(kind) => Some(kind),
        Known::Hint => None,
        Known::Not => Some(general_kind(general, general_bits)),
    }
}

/// What the tables say.
enum Known {
    Kind(Kind),
    Hint,
    Not,
}

fn general_kind(kind: RelocationKind, bits: u8) -> Kind {
    let field = match kind {
        RelocationKind::Absolute => Field::whole(Address),
        RelocationKind::Relative | RelocationKind::PltRelative => Field::whole(Distance),
        RelocationKind::Got | RelocationKind::GotBaseRelative | RelocationKind::GotBaseOffset => {
            Field::whole(Unknown).of(Slot)
        }
        RelocationKind::GotRelative => Field::whole(Distance).of(Slot),
        _ => Field::UNKNOWN,
    };
    let size = match bits {
        0 => 4,
        bits => bits.div_ceil(8),
    };
    self::kind(field, size)
}

fn elf_x86_64(r_type: u32) -> Known {
    Known::Kind(match r_type {
        elf::R_X86_64_GOTPCREL | elf::R_X86_64_GOTPCRELX | elf::R_X86_64_REX_GOTPCRELX => {
            kind(Field::whole(Distance).of(Slot), 4)
        }
        elf::R_X86_64_GOTTPOFF
        | elf::R_X86_64_TLSGD
        | elf::R_X86_64_TLSLD
        | elf::R_X86_64_GOTPC32_TLSDESC => kind(Field::whole(Distance).of(ThreadLocal), 4),
        elf::R_X86_64_TPOFF32 | elf::R_X86_64_DTPOFF32 => {
            kind(Field::whole(Unknown).of(ThreadLocal), 4)
        }
        elf::R_X86_64_TLSDESC_CALL => return Known::Hint,
        _ => return Known::Not,
    })
}

fn elf_x86(r_type: u32) -> Known {
    Known::Kind(match r_type {
        elf::R_386_GOT32 | elf::R_386_GOT32X => kind(Field::whole(Unknown).of(Slot), 4),
        elf::R_386_TLS_IE => kind(Field::whole(Address).of(ThreadLocal), 4),
        elf::R_386_TLS_GD
        | elf::R_386_TLS_LDM
        | elf::R_386_TLS_LDO_32
        | elf::R_386_TLS_LE
        | elf::R_386_TLS_GOTIE
        | elf::R_386_TLS_GOTDESC => kind(Field::whole(Unknown).of(ThreadLocal), 4),
        elf::R_386_TLS_DESC_CALL => return Known::Hint,
        _ => return Known::Not,
    })
}

fn elf_aarch64(r_type: u32) -> Known {
    let low12 = Field::bits(Address, 0, 12);
    let page = Field::bits(Page, 12, 21);
    Known::Kind(match r_type {
        elf::R_AARCH64_ABS64 => data(Address, 8),
        elf::R_AARCH64_ABS32 => data(Address, 4),
        elf::R_AARCH64_ABS16 => data(Address, 2),
        elf::R_AARCH64_PREL64 => data(Distance, 8),
        elf::R_AARCH64_PREL32 => data(Distance, 4),
        elf::R_AARCH64_PREL16 => data(Distance, 2),
        elf::R_AARCH64_CALL26
        | elf::R_AARCH64_JUMP26
        | elf::R_AARCH64_CONDBR19
        | elf::R_AARCH64_TSTBR14
        | elf::R_AARCH64_LD_PREL_LO19
        | elf::R_AARCH64_ADR_PREL_LO21 => kind(Field::whole(Distance), 4),
        elf::R_AARCH64_ADR_PREL_PG_HI21 | elf::R_AARCH64_ADR_PREL_PG_HI21_NC => kind(page, 4),
        elf::R_AARCH64_ADD_ABS_LO12_NC
        | elf::R_AARCH64_LDST8_ABS_LO12_NC
        | elf::R_AARCH64_LDST16_ABS_LO12_NC
        | elf::R_AARCH64_LDST32_ABS_LO12_NC
        | elf::R_AARCH64_LDST64_ABS_LO12_NC
        | elf::R_AARCH64_LDST128_ABS_LO12_NC => kind(low12, 4),
        elf::R_AARCH64_ADR_GOT_PAGE => kind(page.of(Slot), 4),
        elf::R_AARCH64_LD64_GOT_LO12_NC => kind(low12.of(Slot), 4),
        elf::R_AARCH64_GOT_LD_PREL19 => kind(Field::whole(Distance).of(Slot), 4),
        elf::R_AARCH64_LD64_GOTPAGE_LO15 | elf::R_AARCH64_LD64_GOTOFF_LO15 => {
            kind(Field::whole(Unknown).of(Slot), 4)
        }
        elf::R_AARCH64_MOVW_UABS_G0
        | elf::R_AARCH64_MOVW_UABS_G0_NC
        | elf::R_AARCH64_MOVW_SABS_G0 => kind(Field::bits(Address, 0, 16), 4),
        elf::R_AARCH64_MOVW_UABS_G1
        | elf::R_AARCH64_MOVW_UABS_G1_NC
        | elf::R_AARCH64_MOVW_SABS_G1 => kind(Field::bits(Address, 16, 16), 4),
        elf::R_AARCH64_MOVW_UABS_G2
        | elf::R_AARCH64_MOVW_UABS_G2_NC
        | elf::R_AARCH64_MOVW_SABS_G2 => kind(Field::bits(Address, 32, 16), 4),
        elf::R_AARCH64_MOVW_UABS_G3 => kind(Field::bits(Address, 48, 16), 4),
        elf::R_AARCH64_MOVW_PREL_G0 | elf::R_AARCH64_MOVW_PREL_G0_NC => {
            kind(Field::bits(Distance, 0, 16), 4)
        }
        elf::R_AARCH64_MOVW_PREL_G1 | elf::R_AARCH64_MOVW_PREL_G1_NC => {
            kind(Field::bits(Distance, 16, 16), 4)
        }
        elf::R_AARCH64_MOVW_PREL_G2 | elf::R_AARCH64_MOVW_PREL_G2_NC => {
            kind(Field::bits(Distance, 32, 16), 4)
        }
        elf::R_AARCH64_MOVW_PREL_G3 => kind(Field::bits(Distance, 48, 16), 4),
        elf::R_AARCH64_TLSIE_ADR_GOTTPREL_PAGE21
        | elf::R_AARCH64_TLSDESC_ADR_PAGE21
        | elf::R_AARCH64_TLSGD_ADR_PAGE21
        | elf::R_AARCH64_TLSLD_ADR_PAGE21 => kind(page.of(ThreadLocal), 4),
        elf::R_AARCH64_TLSIE_LD64_GOTTPREL_LO12_NC
        | elf::R_AARCH64_TLSDESC_LD64_LO12
        | elf::R_AARCH64_TLSDESC_ADD_LO12
        | elf::R_AARCH64_TLSGD_ADD_LO12_NC
        | elf::R_AARCH64_TLSLD_ADD_LO12_NC => kind(low12.of(ThreadLocal), 4),
        elf::R_AARCH64_TLSIE_LD_GOTTPREL_PREL19
        | elf::R_AARCH64_TLSDESC_LD_PREL19
        | elf::R_AARCH64_TLSDESC_ADR_PREL21 => kind(Field::whole(Distance).of(ThreadLocal), 4),
        elf::R_AARCH64_TLSDESC_CALL | elf::R_AARCH64_NONE => return Known::Hint,
        512..=573 => kind(Field::whole(Unknown).of(ThreadLocal), 4),
        _ => return Known::Not,
    })
}

fn elf_arm(r_type: u32) -> Known {
    let distance = Field::whole(Distance);
    Known::Kind(match r_type {
        elf::R_ARM_ABS32 | elf::R_ARM_TARGET1 => data(Address, 4),
        elf::R_ARM_ABS16 => data(Address, 2),
        elf::R_ARM_ABS8 => data(Address, 1),
        elf::R_ARM_REL32 | elf::R_ARM_PREL31 => data(Distance, 4),
        elf::R_ARM_CALL | elf::R_ARM_JUMP24 | elf::R_ARM_PC24 | elf::R_ARM_PLT32 => {
            at(distance, 4, Encoding::ArmBranch)
        }
        elf::R_ARM_THM_PC22 | elf::R_ARM_THM_JUMP24 => at(distance, 4, Encoding::ThumbBranch),
        elf::R_ARM_THM_JUMP19 => at(distance, 4, Encoding::ThumbConditional),
        elf::R_ARM_THM_PC11 => at(distance, 2, Encoding::ThumbShort),
        elf::R_ARM_THM_PC9 => at(distance, 2, Encoding::ThumbShortConditional),
        elf::R_ARM_THM_PC8 => at(distance, 2, Encoding::ThumbShortLoad),
        elf::R_ARM_MOVW_ABS_NC => at(Field::bits(Address, 0, 16), 4, Encoding::ArmMove),
        elf::R_ARM_MOVT_ABS => at(Field::bits(Address, 16, 16), 4, Encoding::ArmMove),
        elf::R_ARM_MOVW_PREL_NC => at(Field::bits(Distance, 0, 16), 4, Encoding::ArmMove),
        elf::R_ARM_MOVT_PREL => at(Field::bits(Distance, 16, 16), 4, Encoding::ArmMove),
        elf::R_ARM_THM_MOVW_ABS_NC => at(Field::bits(Address, 0, 16), 4, Encoding::ThumbMove),
        elf::R_ARM_THM_MOVT_ABS => at(Field::bits(Address, 16, 16), 4, Encoding::ThumbMove),
        elf::R_ARM_THM_MOVW_PREL_NC => at(Field::bits(Distance, 0, 16), 4, Encoding::ThumbMove),
        elf::R_ARM_THM_MOVT_PREL => at(Field::bits(Distance, 16, 16), 4, Encoding::ThumbMove),
        elf::R_ARM_PC13 => at(distance, 4, Encoding::ArmLoad),
        elf::R_ARM_THM_PC12 => at(distance, 4, Encoding::ThumbLoad),
        elf::R_ARM_ALU_PC_G0 | elf::R_ARM_THM_ALU_PREL_11_0 => zero(distance, 4),
        elf::R_ARM_GOT_PREL => kind(distance.of(Slot), 4),
        elf::R_ARM_GOT32 | elf::R_ARM_GOTOFF | elf::R_ARM_GOTPC => {
            kind(Field::whole(Unknown).of(Slot), 4)
        }
        elf::R_ARM_TLS_IE32
        | elf::R_ARM_TLS_GD32
        | elf::R_ARM_TLS_LDM32
        | elf::R_ARM_TLS_GOTDESC => kind(distance.of(ThreadLocal), 4),
        elf::R_ARM_TLS_LE32 | elf::R_ARM_TLS_LDO32 => {
            kind(Field::whole(Unknown).of(ThreadLocal), 4)
        }
        elf::R_ARM_V4BX | elf::R_ARM_NONE => return Known::Hint,
        _ => return Known::Not,
    })
}

fn elf_riscv(r_type: u32) -> Known {
    let distance = Field::whole(Distance);
    let high = Field::bits(Distance, 12, 20);
    let low = Field::bits(LowOfPair, 0, 12);
    let low12 = Field::bits(Address, 0, 12);
    Known::Kind(match r_type {
        elf::R_RISCV_32 => data(Address, 4),
        elf::R_RISCV_64 => data(Address, 8),
        elf::R_RISCV_BRANCH | elf::R_RISCV_JAL => kind(distance, 4),
        elf::R_RISCV_CALL | elf::R_RISCV_CALL_PLT => kind(distance, 8),
        elf::R_RISCV_RVC_BRANCH | elf::R_RISCV_RVC_JUMP => kind(distance, 2),
        elf::R_RISCV_PCREL_HI20 => kind(high, 4),
        elf::R_RISCV_PCREL_LO12_I | elf::R_RISCV_PCREL_LO12_S => kind(low, 4),
        elf::R_RISCV_GOT_HI20 => kind(high.of(Slot), 4),
        elf::R_RISCV_TLS_GOT_HI20 | elf::R_RISCV_TLS_GD_HI20 => kind(high.of(ThreadLocal), 4),
        elf::R_RISCV_HI20 => kind(Field::bits(Address, 12, 20), 4),
        elf::R_RISCV_LO12_I | elf::R_RISCV_LO12_S => kind(low12, 4),
        elf::R_RISCV_TPREL_HI20 | elf::R_RISCV_TPREL_LO12_I | elf::R_RISCV_TPREL_LO12_S => {
            kind(Field::whole(Unknown).of(ThreadLocal), 4)
        }
        elf::R_RISCV_ADD8 | elf::R_RISCV_SET8 => kind(Field::whole(Added), 1),
        elf::R_RISCV_ADD16 | elf::R_RISCV_SET16 => kind(Field::whole(Added), 2),
        elf::R_RISCV_ADD32 | elf::R_RISCV_SET32 => kind(Field::whole(Added), 4),
        elf::R_RISCV_ADD64 => kind(Field::whole(Added), 8),
        elf::R_RISCV_SUB8 => kind(Field::whole(Subtracted), 1),
        elf::R_RISCV_SUB16 => kind(Field::whole(Subtracted), 2),
        elf::R_RISCV_SUB32 => kind(Field::whole(Subtracted), 4),
        elf::R_RISCV_SUB64 => kind(Field::whole(Subtracted), 8),
        elf::R_RISCV_32_PCREL => data(Distance, 4),
        elf::R_RISCV_RELAX | elf::R_RISCV_ALIGN | elf::R_RISCV_TPREL_ADD | elf::R_RISCV_NONE => {
            return Known::Hint;
        }
        _ => return Known::Not,
    })
}

fn coff_arm64(typ: u16) -> Known {
    let distance = Field::whole(Distance);
    let low12 = Field::bits(Address, 0, 12);
    Known::Kind(match typ {
        pe::IMAGE_REL_ARM64_ADDR64 => data(Address, 8),
        pe::IMAGE_REL_ARM64_ADDR32 => data(Address, 4),
        pe::IMAGE_REL_ARM64_REL32 => data(Distance, 4),
        pe::IMAGE_REL_ARM64_BRANCH26 => at(distance, 4, Encoding::A64Branch),
        pe::IMAGE_REL_ARM64_BRANCH19 => at(distance, 4, Encoding::A64Imm19),
        pe::IMAGE_REL_ARM64_BRANCH14 => at(distance, 4, Encoding::A64Imm14),
        pe::IMAGE_REL_ARM64_REL21 => at(distance, 4, Encoding::A64Adr),
        pe::IMAGE_REL_ARM64_PAGEBASE_REL21 => at(Field::bits(Page, 12, 21), 4, Encoding::A64Adr),
        pe::IMAGE_REL_ARM64_PAGEOFFSET_12A => at(low12, 4, Encoding::A64Add),
        pe::IMAGE_REL_ARM64_PAGEOFFSET_12L => at(low12, 4, Encoding::A64Scaled),
        pe::IMAGE_REL_ARM64_SECREL_LOW12A
        | pe::IMAGE_REL_ARM64_SECREL_HIGH12A
        | pe::IMAGE_REL_ARM64_SECREL_LOW12L => zero(Field::UNKNOWN, 4),
        _ => return Known::Not,
    })
}

fn coff_arm(typ: u16) -> Known {
    let distance = Field::whole(Distance);
    Known::Kind(match typ {
        pe::IMAGE_REL_ARM_ADDR32 => data(Address, 4),
        // The field's own distance to the next instruction is in the immediate.
        pe::IMAGE_REL_ARM_BRANCH24T | pe::IMAGE_REL_ARM_BLX23T | pe::IMAGE_REL_ARM_BRANCH20T => {
            zero(distance, 4)
        }
        pe::IMAGE_REL_ARM_MOV32T => zero(Field::whole(Address), 8),
        _ => return Known::Not,
    })
}

fn macho_arm64(r_type: u8, r_length: u8, r_pcrel: bool) -> Known {
    let low12 = Field::bits(Address, 0, 12);
    let page = Field::bits(Page, 12, 21);
    let size = 1u8.checked_shl(r_length.into()).unwrap_or(8);
    Known::Kind(match r_type {
        macho::ARM64_RELOC_UNSIGNED => data(Address, size),
        macho::ARM64_RELOC_SUBTRACTOR => zero(Field::whole(Subtracted), size),
        macho::ARM64_RELOC_BRANCH26 => zero(Field::whole(Distance), 4),
        macho::ARM64_RELOC_PAGE21 => zero(page, 4),
        macho::ARM64_RELOC_PAGEOFF12 => zero(low12, 4),
        macho::ARM64_RELOC_GOT_LOAD_PAGE21 => zero(page.of(Slot), 4),
        macho::ARM64_RELOC_GOT_LOAD_PAGEOFF12 => zero(low12.of(Slot), 4),
        macho::ARM64_RELOC_POINTER_TO_GOT => {
            let value = if r_pcrel { Distance } else { Address };
            zero(Field::whole(value).of(Slot), size)
        }
        macho::ARM64_RELOC_TLVP_LOAD_PAGE21 => zero(page.of(ThreadLocal), 4),
        macho::ARM64_RELOC_TLVP_LOAD_PAGEOFF12 => zero(low12.of(ThreadLocal), 4),
        _ => return Known::Not,
    })
}

fn macho_x86_64(r_type: u8) -> Known {
    Known::Kind(match r_type {
        macho::X86_64_RELOC_SIGNED_1
        | macho::X86_64_RELOC_SIGNED_2
        | macho::X86_64_RELOC_SIGNED_4 => kind(Field::whole(Distance), 4),
        macho::X86_64_RELOC_TLV => kind(Field::whole(Distance).of(ThreadLocal), 4),
        macho::X86_64_RELOC_SUBTRACTOR => zero(Field::whole(Subtracted).of(Other), 4),
        _ => return Known::Not,
    })
}

/// The number in an instruction's immediate, in bytes, and relative to the instruction itself.
pub(super) fn immediate(encoding: Encoding, bytes: &[u8]) -> i64 {
    let half = |at: usize| {
        let bytes = bytes.get(at..at + 2).and_then(|bytes| bytes.try_into().ok());
        u32::from(bytes.map_or(0, u16::from_le_bytes))
    };
    let word = half(0) | half(2) << 16;
    let (first, second) = (half(0), half(2));
    match encoding {
        Encoding::A64Branch => signed(word & 0x03ff_ffff, 26) * 4,
        Encoding::A64Imm19 => signed(word >> 5 & 0x7_ffff, 19) * 4,
        Encoding::A64Imm14 => signed(word >> 5 & 0x3fff, 14) * 4,
        Encoding::A64Adr => signed((word >> 5 & 0x7_ffff) << 2 | word >> 29 & 3, 21),
        Encoding::A64Add => i64::from(word >> 10 & 0xfff),
        // The scale is the size of the access: 128 bits where `opc` and `V` say so.
        Encoding::A64Scaled => {
            let is_quad = word >> 26 & 1 == 1 && word >> 23 & 1 == 1;
            let scale = word >> 30 | if is_quad { 4 } else { 0 };
            i64::from((word >> 10 & 0xfff) << scale)
        }
        Encoding::ArmBranch => signed(word & 0x00ff_ffff, 24) * 4 + 8,
        Encoding::ArmMove => signed(word >> 4 & 0xf000 | word & 0xfff, 16),
        Encoding::ArmLoad => {
            let offset = i64::from(word & 0xfff);
            (if word >> 23 & 1 == 1 { offset } else { -offset }) + 8
        }
        Encoding::ThumbBranch => {
            let sign = first >> 10 & 1;
            let upper = |bit: u32| 1 ^ (second >> bit & 1) ^ sign;
            let bits = sign << 24
                | upper(13) << 23
                | upper(11) << 22
                | (first & 0x3ff) << 12
                | (second & 0x7ff) << 1;
            signed(bits, 25) + 4
        }
        Encoding::ThumbConditional => {
            let bits = (first >> 10 & 1) << 20
                | (second >> 11 & 1) << 19
                | (second >> 13 & 1) << 18
                | (first & 0x3f) << 12
                | (second & 0x7ff) << 1;
            signed(bits, 21) + 4
        }
        Encoding::ThumbShort => signed((first & 0x7ff) << 1, 12) + 4,
        Encoding::ThumbShortConditional => signed((first & 0xff) << 1, 9) + 4,
        Encoding::ThumbShortLoad => i64::from(first & 0xff) * 4 + 4,
        Encoding::ThumbMove => {
            let bits = (first & 0xf) << 12
                | (first >> 10 & 1) << 11
                | (second >> 12 & 7) << 8
                | second & 0xff;
            signed(bits, 16)
        }
        Encoding::ThumbLoad => {
            let offset = i64::from(second & 0xfff);
            (if first >> 7 & 1 == 1 { offset } else { -offset }) + 4
        }
    }
}

/// The distance in an A64 instruction that is a branch or an `adr` (DDI 0487, C4.1,
/// "Branches, Exception Generating and System instructions" and "PC-rel. addressing").
pub(super) fn branch_distance(bytes: &[u8]) -> Option<i64> {
    let word = u32::from_le_bytes(bytes.try_into().ok()?);
    let encoding = match word {
        _ if word & 0x7c00_0000 == 0x1400_0000 => Encoding::A64Branch,
        _ if word & 0xff00_0000 == 0x5400_0000 => Encoding::A64Imm19,
        _ if word & 0x7e00_0000 == 0x3400_0000 => Encoding::A64Imm19,
        _ if word & 0x7e00_0000 == 0x3600_0000 => Encoding::A64Imm14,
        _ if word & 0x9f00_0000 == 0x1000_0000 => Encoding::A64Adr,
        _ => return None,
    };
    Some(immediate(encoding, bytes))
}

fn signed(value: u32, bits: u32) -> i64 {
    let unused = 32 - bits;
    i64::from((value << unused).cast_signed() >> unused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn immediates_are_read_as_the_processor_reads_them() {
        let cases: &[(Encoding, &[u8], i64)] = &[
            // `b .-4`, `cbz x0, .+8`, `tbz w0, #0, .-8`, `adr x0, .+5`
            (Encoding::A64Branch, &[0xff, 0xff, 0xff, 0x17], -4),
            (Encoding::A64Imm19, &[0x40, 0x00, 0x00, 0xb4], 8),
            (Encoding::A64Imm14, &[0xc0, 0xff, 0x07, 0x36], -8),
            (Encoding::A64Adr, &[0x20, 0x00, 0x00, 0x30], 5),
            // `add x0, x0, #16`, `ldr x0, [x0, #16]`, `ldr q0, [x0, #32]`
            (Encoding::A64Add, &[0x00, 0x40, 0x00, 0x91], 16),
            (Encoding::A64Scaled, &[0x00, 0x08, 0x40, 0xf9], 16),
            (Encoding::A64Scaled, &[0x00, 0x08, 0xc0, 0x3d], 32),
            // `bl .` of Arm and Thumb, as LLVM writes one to another symbol.
            (Encoding::ArmBranch, &[0xfe, 0xff, 0xff, 0xeb], 0),
            (Encoding::ThumbBranch, &[0xff, 0xf7, 0xfe, 0xff], 0),
            (Encoding::ThumbBranch, &[0x00, 0xf0, 0x02, 0xf8], 8),
            (Encoding::ThumbShort, &[0xfe, 0xe7], 0),
            (Encoding::ThumbShortConditional, &[0xfe, 0xd0], 0),
            (Encoding::ThumbConditional, &[0x3f, 0xf4, 0xfe, 0xaf], 0),
            (Encoding::ArmMove, &[0x34, 0x02, 0x01, 0xe3], 0x1234),
            (Encoding::ThumbMove, &[0x41, 0xf2, 0x34, 0x20], 0x1234),
            (Encoding::ArmLoad, &[0x04, 0x00, 0x9f, 0xe5], 12),
            (Encoding::ThumbLoad, &[0x5f, 0xf8, 0x04, 0x00], 0),
        ];
        for &(encoding, bytes, expected) in cases {
            assert_eq!(immediate(encoding, bytes), expected, "{bytes:02x?}");
        }
    }
}
