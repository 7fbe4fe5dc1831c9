//@no-rustfix
//! What one instruction leaves open is said by rule; all other rules are decided.
#![deny(asm_lint::not_judged)]
use std::arch::{asm, naked_asm};

fn hypercall(number: u64) -> u64 {
    let result;
    unsafe { asm!("vmcall", inout("rax") number => result, options(nostack)) }; //~ not_judged
    result
}

/// Whatever the hypervisor changes, the compiler knows of it; `output_unwritten` could still be asked,
/// but nothing comes out.
fn declares_all(number: u64) {
    unsafe {
        asm!(
            "push rbx",
            "push rbp",
            "vmcall",
            "pop rbp",
            "pop rbx",
            inout("rax") number => _,
            out("rcx") _, out("rdx") _, out("rsi") _, out("rdi") _, out("r8") _, out("r9") _,
            out("r10") _, out("r11") _, out("r12") _, out("r13") _, out("r14") _, out("r15") _,
        )
    };
}

/// Other rules do not hang on the hypervisor.
fn pushes(number: u64) {
    unsafe {
        asm!(
            "push 1", //~ nostack_stack_use
            "pop {}",
            "vmmcall", //~ not_judged
            out(reg) _,
            inout("rax") number => _,
            options(nostack),
        )
    };
}

/// The manual lists what these functions change.
fn accepts_page(information: &[u64; 8], page: u64) -> u64 {
    let error;
    unsafe {
        asm!(
            "xchg {information}, rbx",
            "enclu",
            "mov rbx, {information}",
            information = inout(reg) information => _,
            in("rax") 5_u64,
            in("rcx") page,
            lateout("rax") error,
        )
    };
    error
}

/// An error code comes back in `rax`, which is an input only.
fn accepts_page_without_error(information: &[u64; 8], page: u64) {
    unsafe {
        asm!(
            "xchg {information}, rbx",
            "mov eax, 5", //~ operand_register_collision
            "enclu", //~ undeclared_clobber
            "mov rbx, {information}",
            information = inout(reg) information => _,
            in("rcx") page,
        )
    };
}

fn another_function(function: u64, information: u64, page: u64) {
    unsafe {
        asm!(
            "xchg {information}, rbx",
            "enclu", //~ not_judged
            "mov rbx, {information}",
            information = inout(reg) information => _,
            inout("rax") function => _,
            in("rcx") page,
        )
    };
}

fn creates_enclave(page: u64, source: u64) {
    unsafe {
        asm!(
            "xchg {source}, rbx",
            "encls",
            "mov rbx, {source}",
            source = inout(reg) source => _,
            inout("rax") 0_u64 => _,
            in("rcx") page,
        )
    };
}

/// Control continues here only after a failure, which changes flags.
fn launches() -> bool {
    let failed: u8;
    unsafe { asm!("vmlaunch", "setbe {}", out(reg_byte) failed, options(nostack)) };
    failed != 0
}

/// The exits of the guest come back to a label of this block.
fn comes_back(field: u64) {
    unsafe {
        asm!(
            "lea {address}, [rip + 2f]",
            "vmwrite {field}, {address}", //~ not_judged
            "vmlaunch",
            "2:",
            address = out(reg) _,
            field = in(reg) field,
        )
    };
}

/// Of the guest's registers only `rax` and `rsp` are replaced.
unsafe fn runs_guest(block: u64) {
    unsafe { asm!("vmrun rax", in("rax") block, options(nostack)) }; //~ undeclared_clobber
}

fn asks_bios(function: u16) -> u16 {
    let answer;
    unsafe { asm!("int 10h", inout("ax") function => answer) }; //~ not_judged
    answer
}

#[unsafe(naked)]
unsafe extern "C" fn hypercall_function() {
    naked_asm!("mov eax, 1", "vmmcall", "ret") //~ not_judged
}

/// If the pointers are equal, `r12` comes back as what was stored last.
unsafe fn saves_through_a_pointer(saved: *mut u64, other: *mut u64) {
    unsafe {
        asm!(
            "mov [rdi], r12",
            "xor r12d, r12d",
            "mov [rsi], r12",
            "mov r12, [rdi]", //~ not_judged
            in("rdi") saved,
            in("rsi") other,
        )
    };
}

/// A place on the stack is nobody else's.
unsafe fn saves_on_the_stack(other: *mut u64) {
    unsafe { asm!("push r12", "xor r12d, r12d", "mov [rsi], r12", "pop r12", in("rsi") other) };
}

/// Two symbols are two places.
unsafe fn saves_in_a_static() {
    static mut SAVED: u64 = 0;
    static mut OTHER: u64 = 0;
    unsafe {
        asm!(
            "mov [rip + {saved}], r12",
            "xor r12d, r12d",
            "mov [rip + {other}], r12",
            "mov r12, [rip + {saved}]",
            saved = sym SAVED,
            other = sym OTHER,
        )
    };
}
