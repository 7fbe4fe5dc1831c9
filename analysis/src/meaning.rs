//! [`Meaning`]: what an instruction means to the contract beyond registers, flags and memory.
//!
//! The facts are in text tables in the folder of each instruction set, one fact a row, each row
//! with its source. This module has the vocabulary that all share, and [`Table`], which reads such
//! tables for every architecture but x86.

mod table;

pub use table::Table;

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

pub(crate) use words;

words! {
    /// A side effect that is not a register, flag or memory operand.
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
    /// What a result depends on that is not an operand.
    Nondeterminism {
        /// A clock that runs on.
        Clock = "clock",
        /// A source of random numbers.
        Random = "random",
        /// A performance counter.
        Counter = "counter",
        /// The processor that happens to execute it.
        Processor = "processor",
        /// A device at an I/O port.
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
        /// The keys that sign pointers.
        SigningKey = "signing-key",
        /// Whether and how a transaction ran.
        Transaction = "transaction",
        /// State that a hypervisor or a platform holds.
        Hypervisor = "hypervisor",
        /// The response of a device.
        Device = "device",
        /// Whether another processor came between an exclusive load and its store.
        Exclusive = "exclusive",
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

/// How the kernel is entered, and so which registers come back changed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum KernelEntry {
    /// `syscall`: the processor changes `rcx` and `r11`, the kernel `rax`.
    Syscall,
    /// `sysenter`: only the kernel knows where control returns to, and with which stack.
    Sysenter,
    /// `int n`: the kernel changes `rax` at the vector of system calls.
    Interrupt(u8),
    /// `svc`, `ecall`: the kernel's convention is the operating system's.
    SystemCall,
    /// `vmcall`, `hvc`, and `ecall` where the caller is the kernel: a hypervisor or the firmware.
    HypervisorCall,
    /// `smc`: the secure monitor.
    MonitorCall,
    /// `vmrun`, `vmlaunch`: a guest.
    Guest,
    /// `encls`, `enclu`: an enclave, or what the processor does to one.
    Enclave,
}

impl KernelEntry {
    /// The vector of Linux's 32-bit system calls.
    pub const LINUX_SYSTEM_CALL: u8 = 0x80;
}

words! {
    /// How an instruction passes the time.
    Idle {
        /// For a moment, in a loop that waits: `pause`, `yield`.
        Spin = "spin",
        /// Until an interrupt or an event: `hlt`, `wfi`.
        Halt = "halt",
    }
}

/// What an instruction means beyond its registers, flags and memory operands.
///
/// The default is what nearly all instructions mean: nothing more.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Meaning {
    /// It orders this processor's memory accesses as others see them.
    pub synchronizes: bool,
    /// It is a load after which later accesses happen (`ldar`, `lr.aq`): that counts where the
    /// block only reads.
    pub acquires: bool,
    /// It does something that no register, flag or memory operand shows.
    pub side_effect: Option<SideEffect>,
    /// Its results depend on something that is not an operand.
    pub nondeterministic: Option<Nondeterminism>,
    /// It does more to memory, or to when other code may touch it, than its operands show.
    pub system: Option<SystemEffect>,
    /// It enters the kernel by the operating system's convention.
    pub kernel: Option<KernelEntry>,
    /// What it does to registers and memory can't be known from the instruction.
    pub opaque: bool,
    /// Execution never continues after it.
    pub ends: bool,
    /// Control certainly comes back after it, although it enters something else: it runs a guest.
    pub comes_back: bool,
    /// It may leave its results as they were.
    pub perhaps_nothing: bool,
    /// It may set sticky floating-point status.
    pub raises_float_status: bool,
    /// It is there for what it hints at: a prefetch.
    pub hints: bool,
    /// It acts upon the memory, or the translation, at an address; the bytes there are not data of it.
    pub acts_on_address: bool,
    /// Its memory operand has at least the size that is known, and perhaps more.
    pub accesses_more: bool,
    /// It passes the time.
    pub idles: Option<Idle>,
    /// It says where traps and interrupts go.
    pub sets_trap_table: bool,
    /// Emulators or debuggers take it for a request to them, which they answer in registers; to a
    /// processor alone it is nothing, or a trap.
    pub requests: bool,
    /// Not even the registers that it writes are known, so it may write every output.
    pub writes_unknown: bool,
}

/// A row of configuration that says nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RowError {
    /// The word that is wrong.
    pub word: String,
    /// What is wrong with it.
    pub kind: RowErrorKind,
}

/// What can be wrong with a row of configuration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RowErrorKind {
    /// There is no mnemonic of that name.
    UnknownMnemonic,
    /// There is no fact of that name.
    UnknownFact,
}
