//! Forms of the M-profile that the decoder, made from the A-profile's specification, reads as
//! something else: system registers by number, the security extension, conditional selects. Also
//! what Armv8 no longer has.
//!
//! Sources: DDI 0403 (Armv7-M) B5.2 and DDI 0553 (Armv8-M) C2.4, D1.2; the numbers of the special
//! registers are table B5-1 of DDI 0403 and "MRS" of DDI 0553.

use std::fmt;

use exarmo_aarch32::Cond;

/// A form of the M-profile.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SystemForm {
    /// Which.
    pub kind: SystemKind,
    /// The condition that an IT block gives it.
    pub condition: Cond,
}

/// What a form of the M-profile does. Registers are numbers of general registers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SystemKind {
    /// `mrs`: a special register into a general one.
    Read {
        /// The general register.
        destination: u8,
        /// The special register's number.
        special: u8,
    },
    /// `msr`: a general register into a special one.
    Write {
        /// The general register.
        source: u8,
        /// The special register's number.
        special: u8,
        /// For the APSR: bit 1 for N, Z, C, V, Q; bit 0 for GE.
        mask: u8,
    },
    /// `sg`: where the non-secure state may enter.
    SecureGateway,
    /// `tt` and its variants: what the protection units say about an address.
    TestTarget {
        /// The result.
        destination: u8,
        /// The address.
        address: u8,
        /// Asks about the non-secure state (`tta`).
        other_state: bool,
        /// Asks about unprivileged access (`ttt`).
        unprivileged: bool,
    },
    /// `bxns`.
    BranchNonSecure {
        /// The target.
        target: u8,
    },
    /// `blxns`.
    CallNonSecure {
        /// The target.
        target: u8,
    },
    /// `csel`, `csinc`, `csinv`, `csneg`.
    Select {
        /// What happens to the second value.
        change: SelectChange,
        /// The result.
        destination: u8,
        /// The value where the condition holds; 15 for 0.
        first: u8,
        /// The value otherwise, before it is changed; 15 for 0.
        second: u8,
        /// The condition, by its number in encodings.
        condition: Cond,
    },
    /// `mcr`, `mrc`, `mcrr`, `mrrc`, `cdp` and their second forms, to one of the coprocessors 0 to
    /// 7, which the maker of the processor defines.
    Coprocessor(Coprocessor),
    /// `vlstm` and `vlldm`: the floating-point registers to and from memory, lazily.
    LazyFloat {
        /// The address.
        address: u8,
        /// Whether they are loaded.
        loads: bool,
    },
    /// `swp` and `swpb` of the A-profile, which Armv8 no longer has.
    Swap {
        /// How many bytes are exchanged: 1 or 4.
        bytes: u8,
        /// What was in memory.
        destination: u8,
        /// What comes there.
        source: u8,
        /// The address.
        address: u8,
    },
}

/// What passes between the processor and a coprocessor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exchange {
    /// `mcr`: a register goes there.
    Write,
    /// `mrc`: a register comes from there; 15 for N, Z, C and V.
    Read,
    /// `mcrr`: two registers go there.
    WritePair,
    /// `mrrc`: two registers come from there.
    ReadPair,
    /// `cdp`: the coprocessor works on its own registers.
    Operation,
}

/// An instruction for a coprocessor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Coprocessor {
    /// What passes.
    pub exchange: Exchange,
    /// Whether it is of the second kind: `mcr2`.
    pub is_second: bool,
    /// Its bits: opcodes and registers of the coprocessor are only shown.
    pub bits: u32,
    /// The general register; for an operation that of the coprocessor.
    pub general: u8,
    /// The second one of a pair.
    pub other: u8,
}

/// What a conditional select does to its second value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SelectChange {
    /// Nothing: `csel`.
    None,
    /// Adds 1: `csinc`.
    Increment,
    /// Inverts it: `csinv`.
    Invert,
    /// Negates it: `csneg`.
    Negate,
}

/// The special registers by number.
const SPECIAL: [(u8, &str); 27] = [
    (0x00, "apsr"),
    (0x01, "iapsr"),
    (0x02, "eapsr"),
    (0x03, "xpsr"),
    (0x05, "ipsr"),
    (0x06, "epsr"),
    (0x07, "iepsr"),
    (0x08, "msp"),
    (0x09, "psp"),
    (0x0a, "msplim"),
    (0x0b, "psplim"),
    (0x10, "primask"),
    (0x11, "basepri"),
    (0x12, "basepri_max"),
    (0x13, "faultmask"),
    (0x14, "control"),
    (0x20, "pac_key_p_0"),
    (0x88, "msp_ns"),
    (0x89, "psp_ns"),
    (0x8a, "msplim_ns"),
    (0x8b, "psplim_ns"),
    (0x90, "primask_ns"),
    (0x91, "basepri_ns"),
    (0x92, "basepri_max_ns"),
    (0x93, "faultmask_ns"),
    (0x94, "control_ns"),
    (0x98, "sp_ns"),
];

/// The special register of a number.
pub fn special_name(number: u8) -> Option<&'static str> {
    SPECIAL.iter().find(|(known, _)| *known == number).map(|(_, name)| *name)
}

/// How many of its low bits a special register holds; the others are ignored when it is written
/// (DDI 0403 B1.4.3 and B1.4.4; DDI 0553 D1.2, "BASEPRI", "CONTROL", "FAULTMASK", "PRIMASK").
pub fn held_bits(number: u8) -> u16 {
    match number & 0x7f {
        0x10 | 0x13 => 1,
        0x11 | 0x12 | 0x14 => 8,
        _ => 32,
    }
}

/// Whether a special register's number names the flags of the APSR, with or without others.
pub fn holds_flags(special: u8) -> bool {
    special < 4
}

fn nibble(bits: u32, from: u32) -> u8 {
    u8::try_from(bits >> from & 0xf).unwrap_or(0)
}

/// The form that the bits are, if they are one of these. A half-word is in the low half.
pub fn decode(bits: u32, length: u8, condition: Cond) -> Option<SystemForm> {
    let kind = if length == 2 { half_word(bits)? } else { word(bits)? };
    Some(SystemForm { kind, condition })
}

fn half_word(bits: u32) -> Option<SystemKind> {
    let target = nibble(bits, 3);
    match bits & 0xff87 {
        0x4704 => Some(SystemKind::BranchNonSecure { target }),
        0x4784 => Some(SystemKind::CallNonSecure { target }),
        _ => None,
    }
}

fn word(bits: u32) -> Option<SystemKind> {
    let special = u8::try_from(bits & 0xff).unwrap_or(0);
    if bits == 0xe97f_e97f {
        return Some(SystemKind::SecureGateway);
    }
    if bits & 0xffff_f000 == 0xf3ef_8000 && special_name(special).is_some() {
        let destination = nibble(bits, 8);
        return is_plain(destination).then_some(SystemKind::Read { destination, special });
    }
    if bits & 0xfff0_f300 == 0xf380_8000 && special_name(special).is_some() {
        let (source, mask) = (nibble(bits, 16), u8::try_from(bits >> 10 & 3).unwrap_or(0));
        return is_plain(source).then_some(SystemKind::Write { source, special, mask });
    }
    if let Some(coprocessor) = coprocessor(bits) {
        return Some(SystemKind::Coprocessor(coprocessor));
    }
    // T1, and T2 for all 32 registers.
    if bits & 0xffe0_ff7f == 0xec20_0a00 {
        let (address, loads) = (nibble(bits, 16), bits >> 20 & 1 == 1);
        return (address != 15).then_some(SystemKind::LazyFloat { address, loads });
    }
    if bits & 0xfff0_f03f == 0xe840_f000 {
        return Some(SystemKind::TestTarget {
            destination: nibble(bits, 8),
            address: nibble(bits, 16),
            other_state: bits >> 7 & 1 == 1,
            unprivileged: bits >> 6 & 1 == 1,
        });
    }
    if bits & 0xfff0_c000 == 0xea50_8000 {
        let change = match bits >> 12 & 3 {
            0 => SelectChange::None,
            1 => SelectChange::Increment,
            2 => SelectChange::Invert,
            _ => SelectChange::Negate,
        };
        let (destination, first, second) = (nibble(bits, 8), nibble(bits, 16), nibble(bits, 0));
        let condition = Cond::from_bits(nibble(bits, 4)).filter(|known| *known != Cond::Al)?;
        let usable = is_plain(destination) && first != 13 && second != 13;
        return usable.then_some(SystemKind::Select {
            change,
            destination,
            first,
            second,
            condition,
        });
    }
    None
}

/// An instruction for a coprocessor of the maker's own (DDI 0553 E2.1 and the pages "CDP, CDP2" to
/// "MRRC, MRRC2"; DDI 0403 A5.3.18).
fn coprocessor(bits: u32) -> Option<Coprocessor> {
    let number = nibble(bits, 8);
    if bits & 0xec00_0000 != 0xec00_0000 || number > 7 {
        return None;
    }
    let exchange = match (bits >> 20 & 0x3f, bits >> 4 & 1) {
        (0x04, _) => Exchange::WritePair,
        (0x05, _) => Exchange::ReadPair,
        (operation, 0) if operation >> 4 == 2 => Exchange::Operation,
        (operation, 1) if operation >> 4 == 2 && operation & 1 == 0 => Exchange::Write,
        (operation, 1) if operation >> 4 == 2 => Exchange::Read,
        _ => return None,
    };
    let (general, other) = (nibble(bits, 12), nibble(bits, 16));
    let usable = match exchange {
        Exchange::Operation => true,
        Exchange::Write => is_plain(general),
        Exchange::Read => general != 13,
        Exchange::WritePair => is_plain(general) && is_plain(other),
        Exchange::ReadPair => is_plain(general) && is_plain(other) && general != other,
    };
    let is_second = bits >> 28 == 0xf;
    usable.then_some(Coprocessor { exchange, is_second, bits, general, other })
}

/// The same in the A and R profiles before Armv8, which also leave the coprocessors 0 to 7 to the maker
/// (DDI 0406 A2.9), and in Arm state, where the condition is in the encoding.
pub fn coprocessor_of_maker(bits: u32, is_arm_state: bool, condition: Cond) -> Option<SystemForm> {
    let own = nibble(bits, 28);
    let (bits, condition) = match (is_arm_state, own) {
        (true, 0..=14) => (bits & 0x0fff_ffff | 0xe000_0000, Cond::from_bits(own)?),
        (true, _) => (bits, Cond::Al),
        (false, _) => (bits, condition),
    };
    let kind = SystemKind::Coprocessor(coprocessor(bits)?);
    Some(SystemForm { kind, condition })
}

impl Coprocessor {
    fn mnemonic(&self) -> &'static str {
        match (self.exchange, self.is_second) {
            (Exchange::Write, false) => "mcr",
            (Exchange::Write, true) => "mcr2",
            (Exchange::Read, false) => "mrc",
            (Exchange::Read, true) => "mrc2",
            (Exchange::WritePair, false) => "mcrr",
            (Exchange::WritePair, true) => "mcrr2",
            (Exchange::ReadPair, false) => "mrrc",
            (Exchange::ReadPair, true) => "mrrc2",
            (Exchange::Operation, false) => "cdp",
            (Exchange::Operation, true) => "cdp2",
        }
    }

    /// The general registers among its operands.
    pub fn registers(&self) -> Vec<u8> {
        match self.exchange {
            Exchange::Operation => Vec::new(),
            Exchange::Write | Exchange::Read => vec![self.general],
            Exchange::WritePair | Exchange::ReadPair => vec![self.general, self.other],
        }
    }
}

impl fmt::Display for Coprocessor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Coprocessor { bits, general, other, .. } = *self;
        let number = nibble(bits, 8);
        let general = match (self.exchange, general) {
            (Exchange::Operation, general) => format!("c{general}"),
            (_, 15) => "apsr_nzcv".to_owned(),
            (_, general) => register_name(general),
        };
        let last = nibble(bits, 0);
        match self.exchange {
            Exchange::WritePair | Exchange::ReadPair => {
                let first = nibble(bits, 4);
                let other = register_name(other);
                write!(f, " p{number}, #{first}, {general}, {other}, c{last}")
            }
            Exchange::Operation => {
                let (first, second) = (nibble(bits, 20), bits >> 5 & 7);
                write!(f, " p{number}, #{first}, {general}, c{other}, c{last}, #{second}")
            }
            Exchange::Write | Exchange::Read => {
                let (first, second) = (bits >> 21 & 7, bits >> 5 & 7);
                write!(f, " p{number}, #{first}, {general}, c{other}, c{last}, #{second}")
            }
        }
    }
}

/// A swap in Arm state (DDI 0406 A8.8.229).
pub fn swap(bits: u32) -> Option<SystemForm> {
    if bits & 0x0fb0_0ff0 != 0x0100_0090 {
        return None;
    }
    let condition = Cond::from_bits(nibble(bits, 28))?;
    let (address, destination, source) = (nibble(bits, 16), nibble(bits, 12), nibble(bits, 0));
    let usable = [address, destination, source].into_iter().all(|register| register != 15)
        && address != destination
        && address != source;
    let bytes = if bits >> 22 & 1 == 1 { 1 } else { 4 };
    let kind = SystemKind::Swap { bytes, destination, source, address };
    usable.then_some(SystemForm { kind, condition })
}

/// Whether it is neither the stack pointer nor the program counter, which these forms forbid.
fn is_plain(register: u8) -> bool {
    register != 13 && register != 15
}

impl SystemForm {
    /// The mnemonic.
    pub fn mnemonic(&self) -> &'static str {
        match self.kind {
            SystemKind::Read { .. } => "mrs",
            SystemKind::Write { .. } => "msr",
            SystemKind::SecureGateway => "sg",
            SystemKind::TestTarget { other_state, unprivileged, .. } => {
                match (other_state, unprivileged) {
                    (false, false) => "tt",
                    (false, true) => "ttt",
                    (true, false) => "tta",
                    (true, true) => "ttat",
                }
            }
            SystemKind::Coprocessor(coprocessor) => coprocessor.mnemonic(),
            SystemKind::LazyFloat { loads: true, .. } => "vlldm",
            SystemKind::LazyFloat { .. } => "vlstm",
            SystemKind::Swap { bytes: 1, .. } => "swpb",
            SystemKind::Swap { .. } => "swp",
            SystemKind::BranchNonSecure { .. } => "bxns",
            SystemKind::CallNonSecure { .. } => "blxns",
            SystemKind::Select { change, first, second, .. } => match change {
                SelectChange::None => "csel",
                SelectChange::Increment if (first, second) == (15, 15) => "cset",
                SelectChange::Increment if first == second => "cinc",
                SelectChange::Increment => "csinc",
                SelectChange::Invert if (first, second) == (15, 15) => "csetm",
                SelectChange::Invert if first == second => "cinv",
                SelectChange::Invert => "csinv",
                SelectChange::Negate if first == second => "cneg",
                SelectChange::Negate => "csneg",
            },
        }
    }

    /// Puts one general register in another one's place.
    pub fn rename(&mut self, from: u8, to: u8) {
        let swap = |register: &mut u8| {
            if *register == from {
                *register = to;
            }
        };
        match &mut self.kind {
            SystemKind::Read { destination, .. } => swap(destination),
            SystemKind::Write { source, .. } => swap(source),
            SystemKind::SecureGateway => {}
            SystemKind::LazyFloat { address, .. } => swap(address),
            SystemKind::TestTarget { destination, address, .. } => {
                swap(destination);
                swap(address);
            }
            SystemKind::BranchNonSecure { target } | SystemKind::CallNonSecure { target } => {
                swap(target);
            }
            SystemKind::Select { destination, first, second, .. } => {
                swap(destination);
                swap(first);
                swap(second);
            }
            SystemKind::Swap { destination, source, address, .. } => {
                swap(destination);
                swap(source);
                swap(address);
            }
            SystemKind::Coprocessor(coprocessor) => match coprocessor.exchange {
                Exchange::Operation => {}
                Exchange::Write | Exchange::Read => swap(&mut coprocessor.general),
                Exchange::WritePair | Exchange::ReadPair => {
                    swap(&mut coprocessor.general);
                    swap(&mut coprocessor.other);
                }
            },
        }
    }

    /// The special register that it reads or writes.
    pub fn special(&self) -> Option<&'static str> {
        match self.kind {
            SystemKind::Read { special, .. } | SystemKind::Write { special, .. } => {
                special_name(special)
            }
            _ => None,
        }
    }
}

/// A general register by its usual name.
pub fn register_name(number: u8) -> String {
    match number {
        13 => "sp".to_owned(),
        14 => "lr".to_owned(),
        15 => "pc".to_owned(),
        number => format!("r{number}"),
    }
}

fn zero_or_register(number: u8) -> String {
    if number == 15 { "zr".to_owned() } else { register_name(number) }
}

impl fmt::Display for SystemForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let condition = if self.condition == Cond::Al { "" } else { self.condition.name() };
        write!(f, "{}{condition}", self.mnemonic())?;
        let special = self.special().unwrap_or("");
        match self.kind {
            SystemKind::Read { destination, .. } => {
                write!(f, " {}, {special}", register_name(destination))
            }
            SystemKind::Write { source, special: number, mask, .. } => {
                let fields = match mask {
                    1 if holds_flags(number) => "_g",
                    2 if holds_flags(number) => "_nzcvq",
                    3 if holds_flags(number) => "_nzcvqg",
                    _ => "",
                };
                write!(f, " {special}{fields}, {}", register_name(source))
            }
            SystemKind::SecureGateway => Ok(()),
            SystemKind::Coprocessor(coprocessor) => coprocessor.fmt(f),
            SystemKind::Swap { destination, source, address, .. } => {
                let [destination, source, address] =
                    [destination, source, address].map(register_name);
                write!(f, " {destination}, {source}, [{address}]")
            }
            SystemKind::TestTarget { destination, address, .. } => {
                write!(f, " {}, {}", register_name(destination), register_name(address))
            }
            SystemKind::LazyFloat { address, .. } => write!(f, " {}", register_name(address)),
            SystemKind::BranchNonSecure { target } | SystemKind::CallNonSecure { target } => {
                write!(f, " {}", register_name(target))
            }
            SystemKind::Select { destination, first, second, condition, .. } => {
                let (first, second) = (zero_or_register(first), zero_or_register(second));
                let condition = condition.name();
                write!(f, " {}, {first}, {second}, {condition}", register_name(destination))
            }
        }
    }
}
