//! 32-bit x86: many calling conventions, and results on the x87 stack.

#![no_std]
#![feature(abi_vectorcall)]

use core::arch::{asm, naked_asm};

extern "C" fn callee() {}

// Calls out of a block.

pub unsafe fn calls() {
    unsafe { asm!("call {}", sym callee, clobber_abi("C")) }
}

pub unsafe fn calls_without_clobbers() {
    unsafe {
        asm!(
            "call {}", //~ undeclared_clobber
            sym callee,
        )
    }
}

pub unsafe fn calls_misaligned(argument: u32) {
    unsafe {
        asm!(
            "push {}",
            "call {}", //~ misaligned_call
            "add esp, 4",
            in(reg) argument,
            sym callee,
            clobber_abi("C"),
        )
    }
}

// Conventions: who pops, and which registers are kept.

#[unsafe(naked)]
pub extern "C" fn caller_pops(first: u32, second: u32) -> u32 {
    naked_asm!("mov eax, [esp + 4]", "add eax, [esp + 8]", "ret")
}

#[unsafe(naked)]
pub extern "C" fn callee_must_not_pop(first: u32, second: u32) -> u32 {
    naked_asm!(
        "mov eax, [esp + 4]",
        "ret 8", //~ stack_pointer_not_restored
    )
}

#[unsafe(naked)]
pub extern "stdcall" fn callee_pops(first: u32, second: u64) -> u32 {
    naked_asm!("mov eax, [esp + 4]", "ret 12")
}

#[unsafe(naked)]
pub extern "stdcall" fn callee_forgets_to_pop(first: u32, second: u32) -> u32 {
    naked_asm!(
        "mov eax, [esp + 4]",
        "ret", //~ stack_pointer_not_restored
    )
}

#[unsafe(naked)]
pub extern "fastcall" fn pops_the_third(first: u32, second: u32, third: u32) -> u32 {
    naked_asm!("lea eax, [ecx + edx]", "add eax, [esp + 4]", "ret 4")
}

#[unsafe(naked)]
pub extern "fastcall" fn pops_too_much(first: u32, second: u32) -> u32 {
    naked_asm!(
        "lea eax, [ecx + edx]",
        "ret 8", //~ stack_pointer_not_restored
    )
}

#[unsafe(naked)]
pub extern "thiscall" fn pops_but_this(this: *const u32, index: u32) -> u32 {
    naked_asm!("mov eax, [esp + 4]", "mov eax, [ecx + 4*eax]", "ret 4")
}

#[unsafe(naked)]
pub extern "thiscall" fn pops_this(this: *const u32) -> u32 {
    naked_asm!(
        "mov eax, [ecx]",
        "ret 4", //~ stack_pointer_not_restored
    )
}

/// LLVM gives `ecx` to the first integer, wherever it stands.
#[unsafe(naked)]
pub extern "thiscall" fn this_behind_a_number(number: f64, this: *const u32) -> u32 {
    naked_asm!("mov eax, [ecx]", "ret 8")
}

/// What takes two registers is on the stack, and takes them from what follows all the same.
#[unsafe(naked)]
pub extern "fastcall" fn pops_a_pair(wide: u64, number: u32) -> u32 {
    naked_asm!("mov eax, [esp + 12]", "ret 12")
}

#[unsafe(naked)]
pub extern "fastcall" fn pops_a_number(number: f32, first: u8, second: u16) -> u32 {
    naked_asm!("movzx eax, cl", "movzx edx, dx", "add eax, edx", "ret 4")
}

#[repr(C)]
pub struct Large([u32; 8]);

#[unsafe(naked)]
pub extern "stdcall" fn pops_a_structure(value: Large, more: u8) -> u32 {
    naked_asm!("mov eax, [esp + 4]", "ret 36")
}

#[unsafe(naked)]
pub extern "stdcall" fn pops_the_hidden_pointer_too(value: u32) -> Large {
    naked_asm!("mov eax, [esp + 4]", "ret 8")
}

#[unsafe(naked)]
pub extern "system" fn system_is_c(value: u32) -> u32 {
    naked_asm!("mov eax, [esp + 4]", "ret")
}

#[unsafe(naked)]
pub extern "C" fn pops_the_hidden_pointer(value: u32) -> Large {
    naked_asm!("mov eax, [esp + 4]", "mov ecx, [esp + 8]", "mov [eax], ecx", "ret 4")
}

#[unsafe(naked)]
pub extern "C" fn leaves_the_hidden_pointer(value: u32) -> Large {
    naked_asm!(
        "mov eax, [esp + 4]",
        "ret", //~ stack_pointer_not_restored
    )
}

#[unsafe(naked)]
pub extern "C" fn returns_a_pair(value: u32) -> u64 {
    naked_asm!("mov eax, [esp + 4]", "cdq", "ret")
}

/// The caller's `ecx` is not an argument in this convention.
#[unsafe(naked)]
pub extern "C" fn reads_what_is_no_argument(value: u32) -> u32 {
    naked_asm!(
        "mov eax, [ecx]", //~ undefined_register_read
        "ret",
    )
}

#[unsafe(naked)]
pub extern "C" fn changes_kept_registers(value: u32) -> u32 {
    naked_asm!(
        "mov ebx, [esp + 4]", //~ undeclared_clobber
        "mov esi, ebx",
        "mov eax, esi",
        "ret",
    )
}

#[unsafe(naked)]
pub extern "C" fn keeps_registers(value: u32) -> u32 {
    naked_asm!(
        "push ebp",
        "mov ebp, esp",
        "push ebx",
        "mov ebx, [ebp + 8]",
        "mov eax, ebx",
        "mov ebx, [ebp - 4]",
        "leave",
        "ret",
    )
}

#[unsafe(naked)]
pub extern "C" fn keeps_registers_in_att(value: u32) -> u32 {
    naked_asm!(
        "pushl %esi",
        "movl 8(%esp), %esi",
        "movl %esi, %eax",
        "popl %esi",
        "ret",
        options(att_syntax)
    )
}

#[unsafe(naked)]
pub extern "C" fn forgets_to_pop(value: u32) -> u32 {
    naked_asm!(
        "push ebx", //~ stack_pointer_not_restored
        "mov eax, [esp + 8]",
        "ret",
    )
}

#[unsafe(naked)]
pub extern "C" fn aligned_call() {
    naked_asm!("sub esp, 12", "call {}", "add esp, 12", "ret", sym callee)
}

#[unsafe(naked)]
pub extern "C" fn misaligned_call_of_naked() {
    naked_asm!(
        "call {}", //~ misaligned_call
        "ret",
        sym callee,
    )
}

// Callees with a convention of their own, as what they get shows.

/// The kernel's entry takes its arguments in registers, and keeps all but `eax`.
pub unsafe fn enters_the_kernel(number: u32, first: u32) -> u32 {
    let result;
    unsafe {
        asm!("call dword ptr gs:[16]", inlateout("eax") number => result, in("ebx") first);
    }
    result
}

/// The same through an address on the stack.
pub unsafe fn enters_the_kernel_by_the_stack(
    entry: u32,
    number: u32,
    arguments: [u32; 5],
) -> u32 {
    let result;
    unsafe {
        asm!(
            "push esi",
            "push [eax]",
            "mov esi, [eax + 4]",
            "mov eax, [eax + 8]",
            "call [esp]",
            "pop esi",
            "pop esi",
            inout("eax") &[entry, arguments[3], number] => result,
            in("ebx") arguments[0],
            in("ecx") arguments[1],
            in("edx") arguments[2],
            in("edi") arguments[4],
        );
    }
    result
}

pub unsafe fn calls_through_memory(table: *const u32, argument: u32) -> u32 {
    let result;
    unsafe {
        asm!(
            "push {argument}",
            "call [{table} + 4]", //~ undeclared_clobber
            "add esp, 4",
            table = in(reg) table,
            argument = in(reg) argument,
            out("eax") result,
        );
    }
    result
}

/// Where and with which stack the kernel comes back, it knows alone.
pub unsafe fn enters_the_kernel_by_sysenter(number: u32) -> u32 {
    let result;
    unsafe {
        asm!(
            "lea ecx, [2f]",
            "push ecx",
            "push ecx",
            "push edx",
            "push ebp",
            "mov ebp, esp",
            "sysenter",
            "2:",
            inout("eax") number => result,
            out("ecx") _,
        );
    }
    result
}

// `vectorcall` passes floating-point numbers in vector registers.

#[unsafe(naked)]
pub extern "vectorcall" fn adds(first: f64, second: f64) -> f64 {
    naked_asm!("addsd xmm0, xmm1", "ret")
}

#[unsafe(naked)]
pub extern "vectorcall" fn adds_integers(first: f64, second: u32, third: u32, fourth: u32) -> u32 {
    naked_asm!("lea eax, [ecx + edx]", "add eax, [esp + 4]", "ret 4")
}

#[unsafe(naked)]
pub extern "vectorcall" fn adds_nothing(first: f64) -> f64 {
    naked_asm!(
        "addsd xmm0, xmm1", //~ undefined_register_read
        "ret",
    )
}

// The x87 stack.

#[unsafe(naked)]
pub extern "C" fn result_on_the_x87_stack(value: f64) -> f64 {
    naked_asm!("fld qword ptr [esp + 4]", "fsqrt", "ret")
}

#[unsafe(naked)]
pub extern "C" fn no_result_on_the_x87_stack(value: f64) -> u32 {
    naked_asm!("fld qword ptr [esp + 4]", "push eax", "fistp dword ptr [esp]", "pop eax", "ret")
}

pub unsafe fn hands_over_the_top(value: &f64, place: &mut f64) {
    unsafe {
        asm!(
            "fld qword ptr [{}]",
            "fstp qword ptr [{}]",
            in(reg) value,
            in(reg) place,
            out("st(0)") _, out("st(1)") _, out("st(2)") _, out("st(3)") _,
            out("st(4)") _, out("st(5)") _, out("st(6)") _, out("st(7)") _,
            options(nostack),
        )
    }
}

pub unsafe fn uses_mmx_without_emms(place: &mut u64) {
    unsafe {
        asm!(
            "movq mm0, [{0}]", //~ x87_state_changed
            "paddb mm0, mm0",
            "movq [{0}], mm0",
            in(reg) place,
            out("mm0") _,
            options(nostack),
        )
    }
}

pub unsafe fn computes_in_memory(value: &mut f64) {
    unsafe {
        asm!("fld qword ptr [{0}]", "fsqrt", "fstp qword ptr [{0}]", in(reg) value, options(nostack))
    }
}

pub unsafe fn leaves_a_value(value: &f64) {
    unsafe {
        asm!(
            "fld qword ptr [{}]", //~ x87_state_changed
            in(reg) value,
            options(readonly, nostack),
        )
    }
}

pub unsafe fn computes_in_att(value: &mut f64) {
    unsafe {
        asm!("fldl ({0})", "fsin", "fstpl ({0})", in(reg) value, options(att_syntax, nostack))
    }
}

extern "stdcall" fn takes_one(_: u32) {}

pub unsafe fn callee_takes_its_argument(function: extern "fastcall" fn(u32, u32, u32)) {
    unsafe {
        asm!(
            "sub esp, 12",
            "push 1",
            "call {}",
            "add esp, 12",
            sym takes_one,
            clobber_abi("stdcall"),
        );
        asm!(
            "sub esp, 12",
            "push 1",
            "call {}",
            "add esp, 12",
            in(reg) function,
            in("ecx") 1,
            in("edx") 2,
            clobber_abi("fastcall"),
        );
    }
}
