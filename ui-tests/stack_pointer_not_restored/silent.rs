#![feature(abi_custom)]
use std::arch::{asm, naked_asm};

extern "C" fn callee() {}

unsafe fn balanced(value: u64) -> u64 {
    let back;
    unsafe {
        asm!("push {}", "push {}", "add rsp, 8", "pop {}", in(reg) value, in(reg) value, out(reg) back);
    }
    back
}

unsafe fn aligned() {
    unsafe {
        asm!(
            "mov r12, rsp",
            "and rsp, -16",
            "call {}",
            "mov rsp, r12",
            sym callee,
            out("r12") _,
            clobber_abi("C"),
        )
    };
}

unsafe fn frame() {
    unsafe { asm!("push rbp", "mov rbp, rsp", "sub rsp, 64", "leave") };
}

unsafe fn another_stack_and_back(top: *mut u8) {
    unsafe {
        asm!(
            "xchg rsp, r12",
            "call {}",
            "mov rsp, r12",
            sym callee,
            inout("r12") top => _,
            clobber_abi("C"),
            options(nostack),
        )
    };
}

static mut SAVED: u64 = 0;

/// It cannot be determined whether the callee preserves the saved value.
unsafe fn saved_in_memory(top: u64) {
    unsafe {
        asm!(
            "mov [rip + {saved}], rsp",
            "mov rsp, {top}",
            "call {callee}",
            "mov rsp, [rip + {saved}]",
            saved = sym SAVED,
            callee = sym callee,
            top = in(reg) top,
            clobber_abi("C"),
            options(nostack),
        )
    };
}

/// Whoever switches back here does so with the stack that was left.
unsafe fn switches(from: *mut u64, to: *const u64) {
    unsafe {
        asm!(
            "mov [rdi], rsp",
            "mov rsp, [rsi]",
            in("rdi") from,
            in("rsi") to,
            clobber_abi("C"),
        )
    };
}

unsafe fn never_back(entry: u64) -> ! {
    unsafe { asm!("push 0", "jmp {}", in(reg) entry, options(noreturn)) }
}

/// Far returns to a label.
unsafe fn reloads_cs(selector: u64) {
    unsafe {
        asm!(
            "push {selector}",
            "lea {address}, [rip + 2f]",
            "push {address}",
            "retfq",
            "2:",
            selector = in(reg) selector,
            address = lateout(reg) _,
            options(preserves_flags),
        )
    };
}

#[unsafe(naked)]
extern "C" fn naked(value: u64) -> u64 {
    naked_asm!("push rbx", "mov rbx, rdi", "call {}", "mov rax, rbx", "pop rbx", "ret", sym callee)
}

/// An interrupt stub leaves an error code for the function that it jumps to.
#[unsafe(naked)]
extern "C" fn naked_stub() {
    naked_asm!("push 0", "push 33", "jmp {}", sym callee)
}

/// A context switch: the stack pointer is loaded from memory.
#[unsafe(naked)]
extern "C" fn naked_switch(from: *mut u64, to: *const u64) {
    naked_asm!("push rbx", "push rbp", "mov [rdi], rsp", "mov rsp, [rsi]", "pop rbp", "pop rbx", "ret")
}

/// Its callers know that it takes an argument off the stack.
#[unsafe(naked)]
unsafe extern "custom" fn naked_with_an_abi_of_its_own() {
    naked_asm!("pop r11", "add rsp, 8", "push r11", "ret")
}

/// As many words go as came, which is known at run time only.
fn as_many_as_pushed(count: u64) {
    unsafe {
        asm!(
            "mov {left}, {count}",
            "2:",
            "push {left}",
            "dec {left}",
            "jnz 2b",
            "lea rsp, [rsp + 8 * {count}]",
            left = out(reg) _,
            count = in(reg) count,
            options(nomem),
        )
    };
}

fn constant_number_of_pushes() {
    unsafe {
        asm!(
            "mov ecx, 8", "2:", "push 0", "dec ecx", "jnz 2b", "add rsp, 64",
            out("ecx") _,
            options(nomem),
        )
    };
}

fn large_number_of_pushes() {
    unsafe {
        asm!(
            "mov ecx, 1000", "2:", "push 0", "dec ecx", "jnz 2b", "add rsp, 8000",
            out("ecx") _,
            options(nomem),
        )
    };
}

fn argument_dropped_by_the_return(value: u64) -> u64 {
    let result;
    unsafe {
        asm!(
            "push {value}", "call 2f", "jmp 3f",
            "2:", "mov {result}, [rsp + 8]", "ret 8",
            "3:",
            value = in(reg) value,
            result = out(reg) result,
            options(pure, nomem),
        )
    };
    result
}

/// The stack is aligned on entry, as the block does not say `nostack`.
fn aligned_already() {
    unsafe { asm!("and rsp, -16") };
}

fn aligned_in_vain() {
    unsafe {
        asm!(
            "sub rsp, 8",
            "push rax",
            "and rsp, -16",
            "call {}",
            "add rsp, 16",
            sym callee,
            clobber_abi("C"),
        )
    };
}

/// A function is entered 8 bytes off, so that this goes down 8.
#[unsafe(naked)]
pub extern "C" fn aligned_in_a_function() {
    std::arch::naked_asm!("and rsp, -16", "call {}", "add rsp, 8", "ret", sym callee)
}

/// Nobody calls it: it takes the two words that whoever jumps here has pushed.
#[unsafe(naked)]
pub extern "C" fn entered_by_jump() {
    std::arch::naked_asm!("pop rdi", "pop rbx", "ret")
}
