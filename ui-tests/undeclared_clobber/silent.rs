use std::arch::asm;

fn exchanged_back(leaf: u32) -> u32 {
    let b;
    unsafe {
        asm!(
            "mov {b:r}, rbx",
            "cpuid",
            "xchg {b:r}, rbx",
            b = out(reg) b,
            inout("eax") leaf => _,
            inout("ecx") 0 => _,
            out("edx") _,
            options(nomem, nostack, preserves_flags),
        )
    };
    b
}

fn pushed_and_popped(leaf: u32) -> u32 {
    let b;
    unsafe {
        asm!(
            "push rbx",
            "cpuid",
            "mov edi, ebx",
            "pop rbx",
            out("edi") b,
            inout("eax") leaf => _,
            inout("ecx") 0 => _,
            out("edx") _,
            options(nomem, preserves_flags),
        )
    };
    b
}

fn stack_slot(value: u64) -> u64 {
    let result;
    unsafe {
        asm!(
            "sub rsp, 16",
            "mov [rsp + 8], rbp",
            "mov rbp, rdi",
            "lea rax, [rbp + rbp]",
            "mov rbp, [rsp + 8]",
            "add rsp, 16",
            in("rdi") value,
            out("rax") result,
            options(pure, nomem),
        )
    };
    result
}

fn through_a_vector_register(leaf: u32) {
    unsafe {
        asm!(
            "movq xmm0, rbx",
            "cpuid",
            "movq rbx, xmm0",
            out("xmm0") _,
            inout("eax") leaf => _,
            inout("ecx") 0 => _,
            out("edx") _,
            options(nomem, nostack, preserves_flags),
        )
    };
}

fn identities() {
    unsafe {
        asm!(
            "xchg bx, bx",
            "mov rbx, rbx",
            "lea rbx, [rbx]",
            "xchg rbx, rbx",
            options(nomem, nostack, preserves_flags),
        )
    };
}

fn exchanged_twice(mut value: u64) -> u64 {
    unsafe {
        asm!(
            "xchg {value}, rbx",
            "bswap rbx",
            "xchg {value}, rbx",
            value = inout(reg) value,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    value
}

fn in_a_loop(count: u64) {
    unsafe {
        asm!(
            "push rbx",
            "2:",
            "lea rbx, [rbx + 8]",
            "dec rcx",
            "jnz 2b",
            "pop rbx",
            inout("rcx") count => _,
            options(nomem),
        )
    };
}

// One name for all widths of a vector register, and `clobber_abi` for all registers at once.
unsafe fn declared() {
    unsafe {
        asm!(
            "vpxor ymm0, ymm0, ymm0",
            "vpxord zmm1, zmm1, zmm1",
            out("xmm0") _,
            out("ymm1") _,
            options(nomem, nostack, preserves_flags),
        );
        asm!("vzeroupper", clobber_abi("C"), options(nomem, nostack, preserves_flags));
        asm!("cpuid", "mov rbx, rcx", "2: jmp 2b", in("eax") 0, options(noreturn));
    }
}

extern "C" fn callee(value: u64) -> u64 {
    value
}

extern "win64" fn windows_callee(value: u64) -> u64 {
    value
}

unsafe fn calls(value: u64) -> u64 {
    let (result, other): (u64, u64);
    unsafe {
        asm!(
            "call {}",
            sym callee,
            in("rdi") value,
            lateout("rax") result,
            clobber_abi("C"),
        );
        asm!(
            "sub rsp, 32",
            "call {}",
            "add rsp, 32",
            sym windows_callee,
            inout("rcx") value => _,
            lateout("rax") other,
            clobber_abi("win64"),
        );
    }
    result ^ other
}

// A call of a label of the block is not a call of a function.
fn inside() -> u64 {
    let result;
    unsafe {
        asm!(
            "call 3f",
            "jmp 4f",
            "3:",
            "mov {result:e}, 5",
            "ret",
            "4:",
            result = out(reg) result,
            options(nomem, preserves_flags),
        )
    };
    result
}

// What the virtual machine monitor changes is not known.
unsafe fn opaque(call: u64) {
    unsafe { asm!("vmcall", inout("rax") call => _, options(nostack)) };
}

// What is in `r12` and `r13` can only be for the callee, which so is no C function.
unsafe fn own_convention(function: u64, argument: u64, state: &mut u64) {
    unsafe {
        asm!(
            "call [{state}]",
            state = in(reg) state,
            in("r12") argument,
            in("r13") function,
        )
    };
}

// The type is only there to have one: the result shows that it is not the truth.
unsafe fn placeholder(callee: unsafe extern "C" fn(), number: u64, argument: u64) -> u64 {
    let result;
    unsafe {
        asm!(
            "call {callee}",
            callee = in(reg) callee,
            inlateout("rax") number => result,
            in("rdi") argument,
        )
    };
    result
}

/// The ABI is the one that the block names.
fn of_the_firmware(entry: usize) {
    unsafe {
        asm!("sub rsp, 32", "call firmware", "add rsp, 32", clobber_abi("efiapi"));
        asm!("sub rsp, 32", "call {}", "add rsp, 32", in(reg) entry, clobber_abi("win64"));
        asm!(
            "sub rsp, 32", "call firmware", "add rsp, 32",
            in("rcx") entry,
            clobber_abi("win64"),
        );
    }
}

/// Two ABIs: it keeps neither of them.
fn of_its_own() {
    unsafe { asm!("call helper", clobber_abi("win64"), clobber_abi("sysv64")) };
}

static HYPERCALL_PAGE: [u8; 4096] = [0; 4096];

/// A static is data, whatever code the hypervisor puts there.
fn hypercall(number: u64) -> u64 {
    let result;
    unsafe { asm!("call {}", sym HYPERCALL_PAGE, inout("rax") number => result, out("rcx") _) };
    result
}

unsafe extern "C" {
    fn only_declared();
}

/// A declaration has to have some type.
fn type_of_a_declaration() -> u64 {
    let result;
    unsafe { asm!("call {}", sym only_declared, out("rax") result) };
    result
}

/// An image ends below what was saved first.
fn images_in_a_frame() {
    unsafe {
        asm!(
            "push rbp",
            "mov rbp, rsp",
            "sub rsp, 512",
            "and rsp, -16",
            "fxsave [rsp]",
            "pxor xmm3, xmm3",
            "fxrstor [rsp]",
            "mov rsp, rbp",
            "pop rbp",
        );
        asm!(
            "push rbp",
            "mov rbp, rsp",
            "sub rsp, 4096",
            "and rsp, -64",
            "mov eax, -1",
            "mov edx, eax",
            "xsave [rsp]",
            "pxor xmm3, xmm3",
            "mov eax, -1",
            "mov edx, eax",
            "xrstor [rsp]",
            "mov rsp, rbp",
            "pop rbp",
            out("eax") _,
            out("edx") _,
        );
        asm!(
            "push rbx",
            "sub rsp, 112",
            "fnsave [rsp]",
            "frstor [rsp]",
            "fnstenv [rsp + 80]",
            "fldenv [rsp + 80]",
            "add rsp, 112",
            "pop rbx",
        );
    }
}

/// A vector register comes back out of an image that its bytes are restored into.
fn vector_out_of_an_image(area: *mut u8) {
    unsafe {
        asm!(
            "fxsave [rdi]",
            "mov rax, [rdi + 160]",
            "mov qword ptr [rdi + 160], 0",
            "mov [rdi + 160], rax",
            "fxrstor [rdi]",
            in("rdi") area,
            out("rax") _,
            options(nostack, preserves_flags),
        );
    }
}
