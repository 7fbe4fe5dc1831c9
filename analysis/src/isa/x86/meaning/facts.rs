//! The vocabulary of the tables: one type for each kind of fact, and how a row spells it.

use super::Meaning;

/// Makes an enum whose variants have a word in the tables.
macro_rules! words {
    ($(#[$outer:meta])* $name:ident { $($(#[$inner:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$outer])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum $name { $($(#[$inner])* $variant,)* }

        impl $name {
            /// All, in the order of their declaration.
            pub const ALL: &[$name] = &[$($name::$variant),*];

            /// The word that the tables and the configuration use.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }

            /// The one that `word` names.
            pub fn from_word(word: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|known| known.word() == word)
            }
        }
    };
}

words! {
    /// A side effect that is no register, flag or memory operand.
    SideEffect {
        /// Reads or writes an I/O port.
        PortIo = "port",
        /// Changes state that only privileged code may change, or stops the processor.
        Privileged = "privileged",
        /// Changes machine state that outlives the block, without privilege.
        MachineState = "state",
        /// Enters the operating system.
        Kernel = "kernel",
        /// Enters or configures a hypervisor or a guest.
        Hypervisor = "hypervisor",
        /// Writes back, invalidates or allocates cache lines.
        CacheControl = "cache",
        /// Orders memory accesses or instructions.
        Fence = "fence",
        /// Raises a trap on purpose.
        Trap = "trap",
    }
}

words! {
    /// What a result depends on that is no operand.
    Nondeterminism {
        /// A clock that runs on.
        Clock = "clock",
        /// A source of random numbers.
        Random = "random",
        /// A performance counter.
        Counter = "counter",
        /// The processor that happens to execute it.
        Processor = "processor",
        /// A device behind an I/O port.
        Port = "port",
        /// A model-specific register.
        ModelSpecificRegister = "register",
        /// A control or debug register, or a mode of the processor.
        ControlRegister = "control",
        /// A segment register.
        SegmentRegister = "segment",
        /// The base address of `fs` or `gs`.
        SegmentBase = "base",
        /// A descriptor, or a register that points at descriptors.
        Descriptor = "descriptor",
        /// The identity and the features of the processor.
        ProcessorIdentity = "identity",
        /// The rights of protection keys.
        ProtectionKey = "key",
        /// Whether and how a transaction ran.
        Transaction = "transaction",
        /// State that a hypervisor or a platform holds.
        Hypervisor = "hypervisor",
        /// The answer of a device.
        Device = "device",
    }
}

words! {
    /// Why an instruction does more to memory, or to when other code may touch it, than its
    /// operands show.
    SystemEffect {
        /// Lets interrupt handlers run, or keeps them from running.
        Interrupts = "interrupts",
        /// Loads the task register or the local descriptor table.
        Task = "task",
        /// Loads a segment register.
        Segment = "segment",
        /// Drops or changes address translations.
        Translation = "translation",
        /// Writes back or drops cache lines.
        Cache = "cache",
        /// Writes a model-specific register.
        ModelSpecificRegister = "register",
        /// Changes the base that `fs:` or `gs:` accesses go by.
        SegmentBase = "base",
        /// Changes which pages may be accessed.
        ProtectionKey = "key",
        /// Changes which state the processor keeps.
        ExtendedState = "state",
        /// Lets the kernel read and write memory.
        Kernel = "kernel",
        /// Lets a hypervisor or guest read and write memory.
        Hypervisor = "hypervisor",
        /// Enters an enclave, which reads and writes memory.
        Enclave = "enclave",
    }
}

words! {
    /// What happens at the memory operand.
    #[derive(Default)]
    OperandAccess {
        /// What the decoder says.
        #[default]
        AsDecoded = "decoded",
        /// Nothing: it is a hint.
        Hint = "hint",
        /// The address is acted upon; its bytes are no data of the instruction.
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

/// How the kernel is entered, and so which registers come back changed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum KernelEntry {
    /// `syscall`: the processor changes `rcx` and `r11`, the kernel `rax`.
    Syscall,
    /// `sysenter`: where to go on, and with which stack, is agreed with the kernel alone.
    Sysenter,
    /// `int n`: the kernel changes `rax` at the vector of system calls.
    Interrupt(u8),
}

impl KernelEntry {
    /// The vector of Linux's 32-bit system calls.
    pub const LINUX_SYSTEM_CALL: u8 = 0x80;
}

/// A memory access that no operand shows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum HiddenAccess {
    /// Reads that many bytes at the address in the accumulator.
    ReadAtAccumulator(u32),
    /// Writes that many bytes around the address in the accumulator, aligned to their number.
    WriteAtAccumulator(u32),
    /// Reads or writes at a place that the operands don't tell.
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
    /// Puts one fact of a row, such as `effect:port`, into place; false if it is none.
    pub(super) fn apply(&mut self, fact: &str) -> bool {
        let (name, value) = fact.split_once(':').unwrap_or((fact, ""));
        match (name, value) {
            ("synchronizes", "") => self.synchronizes = true,
            ("opaque", "") => self.opaque = true,
            ("confined", "") => self.confined = true,
            ("ends", "") => self.ends = true,
            ("perhaps", "nothing") => self.perhaps_nothing = true,
            ("flags", "kept") => self.flags_kept = true,
            ("x87-status", "kept") => self.changes_x87_status = false,
            ("x87-status", "set") => self.changes_x87_status = true,
            ("kernel", "syscall") => self.kernel = Some(KernelEntry::Syscall),
            ("kernel", "sysenter") => self.kernel = Some(KernelEntry::Sysenter),
            ("kernel", "interrupt") => self.kernel = Some(KernelEntry::Interrupt(0)),
            ("hidden", "unknown") => self.hidden_access = Some(HiddenAccess::Unknown),
            // The size is the operand's, which only the instruction tells.
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

    /// Takes back all that facts of the kind `name` (`effect`, `promise` …) said; false if there
    /// is no such kind.
    pub(super) fn retract(&mut self, name: &str) -> bool {
        let nothing = Meaning::default();
        match name {
            "synchronizes" => self.synchronizes = false,
            "opaque" => self.opaque = false,
            "confined" => self.confined = false,
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
