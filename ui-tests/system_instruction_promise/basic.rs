use std::arch::asm;

unsafe fn interrupts() {
    unsafe {
        asm!("cli", options(nomem, nostack, preserves_flags)); //~ system_instruction_promise
        asm!("sti", options(nomem, nostack)); //~ system_instruction_promise
        asm!("sti", "nop", "cli", options(readonly, nostack)); //~ system_instruction_promise
    }
}

unsafe fn descriptors(selector: u16) {
    unsafe {
        asm!("ltr {:x}", in(reg) selector, options(nomem, nostack, preserves_flags)); //~ system_instruction_promise
        asm!("lldt {:x}", in(reg) selector, options(nomem, nostack, preserves_flags)); //~ system_instruction_promise
        asm!("mov ds, {:x}", in(reg) selector, options(nomem, nostack, preserves_flags)); //~ system_instruction_promise
        asm!("swapgs", options(nomem, nostack, preserves_flags)); //~ system_instruction_promise
    }
}

unsafe fn translations(address: u64, table: u64) {
    unsafe {
        asm!("invlpg [{}]", in(reg) address, options(nomem, nostack, preserves_flags)); //~ system_instruction_promise
        asm!("mov cr3, {}", in(reg) table, options(nomem, nostack, preserves_flags)); //~ system_instruction_promise
    }
}

unsafe fn caches(address: *const u8) {
    unsafe {
        asm!("clflush [{}]", in(reg) address, options(readonly, nostack, preserves_flags)); //~ system_instruction_promise
        asm!("wbinvd", options(nomem, nostack, preserves_flags)); //~ system_instruction_promise
    }
}

unsafe fn registers(index: u32, low: u32, high: u32, base: u64) {
    unsafe {
        asm!(
            "wrmsr", //~ system_instruction_promise
            in("ecx") index,
            in("eax") low,
            in("edx") high,
            options(nomem, nostack, preserves_flags),
        );
        asm!("wrfsbase {}", in(reg) base, options(nomem, nostack, preserves_flags)); //~ system_instruction_promise
    }
}

unsafe fn system_call(number: usize) -> usize {
    let answer;
    unsafe {
        asm!(
            "syscall", //~ system_instruction_promise
            inlateout("rax") number => answer,
            out("rcx") _,
            out("r11") _,
            options(nomem, nostack, preserves_flags),
        )
    };
    answer
}

unsafe fn hypervisor() {
    unsafe { asm!("vmcall", options(nomem, nostack, preserves_flags)) }; //~ system_instruction_promise
}

unsafe fn att_syntax() {
    unsafe { asm!("cli", options(att_syntax, nomem, nostack, preserves_flags)) }; //~ system_instruction_promise
}

macro_rules! disable_interrupts {
    () => {
        unsafe { asm!("cli", options(nomem, nostack, preserves_flags)) }
    };
}

fn by_macro() {
    disable_interrupts!(); //~ system_instruction_promise
}

/// One path continues after `cli`.
unsafe fn on_one_path(condition: u64) {
    unsafe {
        asm!(
            "cli", //~ system_instruction_promise
            "test {condition}, {condition}",
            "jz 3f",
            "2:",
            "hlt",
            "jmp 2b",
            "3:",
            condition = in(reg) condition,
            options(nomem, nostack),
        )
    };
}

unsafe fn trust_domain_call(leaf: u64) {
    unsafe {
        asm!(
            "tdcall", //~ system_instruction_promise
            inout("rax") leaf => _,
            options(nomem, nostack),
        )
    };
}

fn writes_caches_back() {
    unsafe { asm!("wbnoinvd", options(nomem, nostack, preserves_flags)) }; //~ system_instruction_promise
}

/// The access is reported, and nothing else.
fn loads_a_guest(block: u64) {
    unsafe { asm!("vmload rax", in("rax") block, options(nomem, nostack, preserves_flags)) }; //~ nomem_memory_access
}
