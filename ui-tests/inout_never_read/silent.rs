use std::arch::asm;

fn partly_overwritten(mut value: u64) -> u64 {
    unsafe { asm!("mov {0:l}, 1", inout(reg) value) };
    value
}

fn kept_on_one_path(mut value: u64) -> u64 {
    unsafe { asm!("test {0:l}, 1", "jz 2f", "xor {0:e}, {0:e}", "2:", inout(reg) value) };
    value
}

fn read_by_a_callee(value: u64) -> u64 {
    extern "C" fn callee(value: u64) -> u64 {
        value
    }
    let mut result = value;
    unsafe { asm!("call {}", sym callee, inout("rdi") value => _, inout("rax") result, clobber_abi("C")) };
    result
}

/// Each of these may leave what is there.
fn perhaps_left(selector: u32, bits: u64) -> (u32, u64, u64) {
    let (mut limit, mut number, mut shadow) = (0, 64, 0);
    unsafe {
        asm!("lsl {0:e}, {1:e}", inout(reg) limit, in(reg) selector, options(nomem, nostack));
        asm!("bsf {0}, {1}", inout(reg) number, in(reg) bits, options(nomem, nostack));
        asm!("rdsspq {}", inout(reg) shadow, options(nomem, nostack, preserves_flags));
    }
    (limit, number, shadow)
}
