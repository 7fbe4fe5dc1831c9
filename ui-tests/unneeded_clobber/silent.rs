#![warn(asm_lint::unneeded_clobber)]

use std::arch::asm;

fn needed(left: u64, right: u64) -> u64 {
    let product;
    unsafe {
        asm!(
            "mul {right}",
            right = in(reg) right,
            inout("rax") left => product,
            out("rdx") _,
            options(pure, nomem, nostack),
        )
    };
    product
}

unsafe fn calls() {
    extern "C" fn nothing() {}
    unsafe {
        asm!("call {}", sym nothing, clobber_abi("C"));
        asm!("call {}", sym nothing, out("r12") _, clobber_abi("C"));
    }
}

unsafe fn enters_the_kernel(number: u64) -> u64 {
    let result;
    unsafe {
        asm!(
            "syscall",
            inout("rax") number => result,
            out("rcx") _,
            out("r11") _,
            out("rdx") _,
            options(nostack),
        )
    };
    result
}

fn no_instructions() {
    unsafe { asm!("", out("rax") _, out("rcx") _) };
}

unsafe fn all_of_the_stack(target: *mut f64) {
    unsafe {
        asm!(
            "fldpi",
            "fstp qword ptr [{}]",
            in(reg) target,
            out("st(0)") _, out("st(1)") _, out("st(2)") _, out("st(3)") _,
            out("st(4)") _, out("st(5)") _, out("st(6)") _, out("st(7)") _,
            options(nostack),
        )
    };
}

fn changed_by_implication() {
    unsafe { asm!("vzeroupper", out("xmm0") _, out("xmm1") _, out("xmm2") _, out("xmm3") _,
        out("xmm4") _, out("xmm5") _, out("xmm6") _, out("xmm7") _, out("xmm8") _, out("xmm9") _,
        out("xmm10") _, out("xmm11") _, out("xmm12") _, out("xmm13") _, out("xmm14") _,
        out("xmm15") _, options(nomem, nostack, preserves_flags)) };
}
