use std::arch::asm;
use std::cell::UnsafeCell;
use std::sync::atomic::AtomicU64;

fn mutable(counter: &mut u64) {
    unsafe { asm!("inc qword ptr [{}]", in(reg) counter) };
}

fn cells(cell: &UnsafeCell<u64>, atomic: &AtomicU64) {
    unsafe {
        asm!(
            "inc qword ptr [{cell}]",
            "lock inc qword ptr [{atomic}]",
            cell = in(reg) cell.get(),
            atomic = in(reg) atomic,
        )
    };
}

fn mutable_local() -> u64 {
    let mut value = 0;
    unsafe { asm!("mov qword ptr [{}], 7", in(reg) &raw mut value) };
    value
}

unsafe fn of_unknown_origin(pointer: *const u64) {
    unsafe { asm!("mov qword ptr [{}], 7", in(reg) pointer) };
}

fn only_read(value: &u64) -> u64 {
    let copy;
    unsafe { asm!("mov {}, [{}]", out(reg) copy, in(reg) value) };
    copy
}

static HITS: AtomicU64 = AtomicU64::new(0);
static mut PLAIN: u64 = 0;

fn statics_by_name() {
    unsafe {
        asm!(
            "lock inc qword ptr [rip + {}]",
            "inc qword ptr [rip + {}]",
            sym HITS,
            sym PLAIN,
        )
    };
}

fn further_on_in_a_mutable_slice(words: &mut [u32], index: usize) {
    unsafe { asm!("mov dword ptr [{}], 1", in(reg) words.as_mut_ptr().add(index)) };
}

struct Header {
    length: usize,
}

fn behind_a_header(header: &Header) {
    let data = unsafe { (&raw const *header).add(1) };
    unsafe { asm!("mov byte ptr [{}], 0", in(reg) data) };
}

fn further_on_in_cells(cells: &[UnsafeCell<u32>], index: usize) {
    unsafe { asm!("mov dword ptr [{}], 1", in(reg) cells.as_ptr().add(index)) };
}
