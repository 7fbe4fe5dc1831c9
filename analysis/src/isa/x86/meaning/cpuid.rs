//! Which leaves of `cpuid` read `ecx`.

/// Whether the result of the leaf in `eax` depends on `ecx`.
///
/// Intel: SDM 2 CPUID, table "Information Returned by CPUID Instruction" (leaves whose entry names
/// sub-leaves, or ECX as an input). AMD: APM 3 appendix E (leaves with "_x" functions). A leaf
/// that neither manual knows may have sub-leaves, so it counts as having them.
pub fn leaf_has_subleaves(leaf: u32) -> bool {
    match leaf {
        // Deterministic cache parameters; structured features; topology; performance monitoring;
        // extended state; resource director; enclaves; trace; system-on-chip vendor.
        0x04 | 0x07 | 0x0B | 0x0D | 0x0F | 0x10 | 0x12 | 0x14 | 0x17 => true,
        // Address translation; key locker has none (0x19); hybrid (0x1A) has none; PCONFIG; tiles;
        // TMUL; topology, second form; architectural performance monitoring; converged vectors.
        0x18 | 0x1B | 0x1D | 0x1E | 0x1F | 0x20 | 0x23 | 0x24 => true,
        0x00..=0x1C => false,
        // AMD: cache topology, quality of service, extended performance monitoring with
        // sub-functions, extended topology.
        0x8000_001D | 0x8000_0020 | 0x8000_0026 => true,
        0x8000_0000..=0x8000_0022 => false,
        // Hypervisors: the first leaf is a signature.
        0x4000_0000 => false,
        _ => true,
    }
}
