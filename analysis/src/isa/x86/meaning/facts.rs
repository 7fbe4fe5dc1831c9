//! The vocabulary of the tables: one type for each kind of fact, and how a row spells it.

use super::Meaning;
use crate::meaning::{KernelEntry, Nondeterminism, SideEffect, SystemEffect, words};

words! {
    /// What happens at the memory operand.
    #[derive(Default)]
    OperandAccess {
        /// What the decoder says.
        #[default]
        AsDecoded = "decoded",
        /// Nothing: it is a hint.
        Hint = "hint",
        /// The address is acted upon; its bytes are not data of the instruction.
        Address = "address",
        /// Read, and always written.
        ReadWrite = "readwrite",
        /// Each element is accessed only if its mask bit is set.
        Conditional = "conditional",
        /// A bit index in a register moves the access away from the operand's address.
        BitString = "bitstring",
        /// Rows, a stride apart.
        Strided = "strided",
    }
}

words! {
    /// Floating-point state that is loaded, stored or reset as a whole.
    FloatingState {
        /// `fninit`: the x87 unit as after a reset, its stack empty.
        ResetX87 = "x87-reset",
        /// `emms`: all x87 registers tagged empty.
        EmptyX87 = "x87-empty",
        /// `fldcw`: the x87 control word.
        LoadX87Control = "x87-control",
        /// `fnstcw`.
        SaveX87Control = "x87-saves-control",
        /// `fnstsw`: the x87 status word.
        SaveX87Status = "x87-saves-status",
        /// `fldenv`: control, status and tag word.
        LoadX87Environment = "x87-environment",
        /// `fnstenv`, which then masks all exceptions in the control word.
        SaveX87Environment = "x87-saves-environment",
        /// `frstor`: environment and registers.
        LoadX87 = "x87-image",
        /// `fnsave`, which then resets the unit.
        SaveAndResetX87 = "x87-saves-reset",
        /// `ldmxcsr`.
        LoadMxcsr = "mxcsr",
        /// `stmxcsr`.
        SaveMxcsr = "saves-mxcsr",
        /// `fxrstor`: x87, MXCSR and `xmm` registers.
        LoadFxImage = "fx-image",
        /// `fxsave`.
        SaveFxImage = "saves-fx-image",
        /// `xrstor`: the components that `edx:eax` and the image name.
        LoadXsaveImage = "xsave-image",
        /// `xsave`.
        SaveXsaveImage = "saves-xsave-image",
    }
}

/// A memory access that no operand shows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum HiddenAccess {
    /// Reads that many bytes at the address in the accumulator.
    ReadAtAccumulator(u32),
    /// Writes that many bytes around the address in the accumulator, aligned to their number.
    WriteAtAccumulator(u32),
    /// Reads or writes at a place that the operands don't show.
    Unknown,
}

/// A set of exception flags of MXCSR, in the bits that they have there.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct SseFlags(u8);

impl SseFlags {
    /// No flag.
    pub const NONE: SseFlags = SseFlags(0);
    /// The letters of the tables, from bit 0: invalid, denormal, divide by zero, overflow,
    /// underflow, precision.
    const LETTERS: &str = "IDZOUP";

    /// The flags as bits 0 to 5 of MXCSR.
    pub fn bits(self) -> u8 {
        self.0
    }

    fn from_letters(letters: &str) -> Option<SseFlags> {
        let mut bits = 0;
        for letter in letters.chars() {
            bits |= 1 << SseFlags::LETTERS.find(letter)?;
        }
        (bits != 0).then_some(SseFlags(bits))
    }
}

impl std::fmt::Debug for SseFlags {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let set = SseFlags::LETTERS.chars().enumerate().filter(|(bit, _)| self.0 >> bit & 1 == 1);
        formatter.write_str(&set.map(|(_, letter)| letter).collect::<String>())
    }
}

impl Meaning {
    /// Applies one fact of a row, such as `effect:port`; false if it is not a fact.
    pub(super) fn apply(&mut self, fact: &str) -> bool {
        let (name, value) = fact.split_once(':').unwrap_or((fact, ""));
        match (name, value) {
            ("synchronizes", "") => self.synchronizes = true,
            ("opaque", "") => self.opaque = true,
            ("ends", "") => self.ends = true,
            ("perhaps", "nothing") => self.perhaps_nothing = true,
            ("flags", "kept") => self.flags_kept = true,
            ("x87-status", "kept") => self.changes_x87_status = false,
            ("x87-status", "set") => self.changes_x87_status = true,
            ("kernel", "syscall") => self.kernel = Some(KernelEntry::Syscall),
            ("kernel", "sysenter") => self.kernel = Some(KernelEntry::Sysenter),
            ("kernel", "interrupt") => self.kernel = Some(KernelEntry::Interrupt(0)),
            ("kernel", "hypervisor") => self.kernel = Some(KernelEntry::HypervisorCall),
            ("kernel", "guest") => self.kernel = Some(KernelEntry::Guest),
            ("kernel", "enclave") => self.kernel = Some(KernelEntry::Enclave),
            ("hidden", "unknown") => self.hidden_access = Some(HiddenAccess::Unknown),
            // The size is the operand's, which only the instruction shows.
            ("aligned", "size") => self.alignment = Some(0),
            _ => return self.apply_value(name, value).is_some(),
        }
        true
    }

    fn apply_value(&mut self, name: &str, value: &str) -> Option<()> {
        match name {
            "effect" => self.side_effect = Some(SideEffect::from_word(value)?),
            "varies" => self.nondeterministic = Some(Nondeterminism::from_word(value)?),
            "promise" => self.system = Some(SystemEffect::from_word(value)?),
            "operand" => self.operand_access = OperandAccess::from_word(value)?,
            "state" => self.floating_state = Some(FloatingState::from_word(value)?),
            "raises" => self.sse_flags = SseFlags::from_letters(value)?,
            "bytes" => self.minimum_bytes = Some(value.parse().ok()?),
            "aligned" => self.alignment = Some(power_of_two(value)?),
            "target-aligned" => self.target_alignment = Some(power_of_two(value)?),
            "hidden" => {
                let (kind, bytes) = value.split_once(':')?;
                let bytes = power_of_two(bytes)?;
                self.hidden_access = Some(match kind {
                    "read" => HiddenAccess::ReadAtAccumulator(bytes),
                    "write" => HiddenAccess::WriteAtAccumulator(bytes),
                    _ => return None,
                });
            }
            _ => return None,
        }
        Some(())
    }

    /// Removes all facts of the kind `name` (`effect`, `promise` …); false if there is no such kind.
    pub(super) fn retract(&mut self, name: &str) -> bool {
        let nothing = Meaning::default();
        match name {
            "synchronizes" => self.synchronizes = false,
            "opaque" => self.opaque = false,
            "ends" => self.ends = false,
            "perhaps" => self.perhaps_nothing = false,
            "flags" => self.flags_kept = false,
            "kernel" => self.kernel = None,
            "hidden" => self.hidden_access = None,
            "aligned" => self.alignment = None,
            "target-aligned" => self.target_alignment = None,
            "effect" => self.side_effect = None,
            "varies" => self.nondeterministic = None,
            "promise" => self.system = None,
            "operand" => self.operand_access = nothing.operand_access,
            "state" => self.floating_state = None,
            "raises" => self.sse_flags = SseFlags::NONE,
            "bytes" => self.minimum_bytes = None,
            _ => return false,
        }
        true
    }
}

fn power_of_two(value: &str) -> Option<u32> {
    value.parse().ok().filter(|number: &u32| number.is_power_of_two())
}
