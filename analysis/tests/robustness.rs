//! No input makes the analysis panic or hang: random bytes, random jumps, very long blocks.

use std::fmt::Write;
use std::time::{Duration, Instant};

use asm_analysis::analyse::{Outcome, analyse};
use asm_analysis::block::Block;
use asm_analysis::isa::Meanings;
use asm_analysis::questions::collision::collisions;
use asm_analysis::testing::{block, target_x86, target_x86_64};

/// A small generator, so that a failure can be repeated from its seed (xorshift64*).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

const OPERANDS: [&str; 4] =
    ["a = inout(reg) u32", "in(\"rcx\") u64", "out(\"eax\") u32", "x = inout(xmm_reg) f32"];

fn judge_all(blocks: &[Block]) -> Vec<Outcome> {
    let references: Vec<&Block> = blocks.iter().collect();
    let meanings = Meanings::standard();
    let outcomes: Vec<Outcome> = analyse(&references, meanings).collect();
    for (block, outcome) in blocks.iter().zip(&outcomes) {
        if let Outcome::Analysed(analysis) = outcome {
            let reading = &analysis.readings[0];
            reading.facts.undefined_reads(block);
            collisions(block, reading, meanings);
        }
    }
    outcomes
}

#[test]
fn random_bytes() {
    let mut random = Random(0x5eed_0001);
    for (target, operands) in [(target_x86_64(), &OPERANDS[..]), (target_x86(), &[][..])] {
        let blocks: Vec<Block> = (0..1500)
            .map(|_| {
                let count = 1 + random.below(40);
                let bytes: Vec<String> =
                    (0..count).map(|_| random.below(256).to_string()).collect();
                block(&target, &format!(".byte {}", bytes.join(",")), operands)
            })
            .collect();
        assert_eq!(judge_all(&blocks).len(), blocks.len());
    }
}

#[test]
fn random_jumps_between_instructions() {
    let mut random = Random(0x5eed_0002);
    let target = target_x86_64();
    let pieces = [
        "add {a:e}, 1",
        "push rcx",
        "pop rcx",
        "xchg rcx, {a:r}",
        "mov [rsp-8], rcx",
        "mov rcx, [rsp-8]",
        "movd {x}, {a:e}",
        "sub rsp, 8",
        "add rsp, 8",
        "lahf",
        "sahf",
        "pushfq",
        "popfq",
        "rep stosb",
        "cpuid",
        "call 3b",
        "ret",
        "std",
        "cld",
        "rol rcx, 7",
        "bswap rcx",
        "sar ecx, 3",
        "cmovb {a:e}, ecx",
    ];
    let blocks: Vec<Block> = (0..400)
        .map(|_| {
            let mut text = String::from("3:\n");
            for line in 0..1 + random.below(30) {
                let piece = pieces[random.below(pieces.len() as u64) as usize];
                let _ = writeln!(text, "{piece}");
                match random.below(8) {
                    0 => text.push_str("jz 2f\n"),
                    1 => text.push_str("loop 3b\n"),
                    2 => text.push_str("jc 3b\n"),
                    3 if line > 2 => text.push_str("jrcxz 2f\n2:\n"),
                    _ => {}
                }
            }
            text.push_str("2:");
            block(&target, &text, &OPERANDS)
        })
        .collect();
    let start = Instant::now();
    judge_all(&blocks);
    assert!(start.elapsed() < Duration::from_secs(120), "{:?}", start.elapsed());
}

#[test]
fn long_blocks_end_soon() {
    let target = target_x86_64();
    // Straight code with carries and memory, as bignum kernels have it; 140 kB and more.
    let mut straight = String::new();
    for line in 0..6000 {
        let offset = line % 64 * 8;
        let _ = writeln!(
            straight,
            "mov {{a}}, [rcx + {offset}]\nadc {{a}}, rcx\nmov [rcx + {offset}], {{a}}"
        );
    }
    let mut branches = String::new();
    for line in 0..600 {
        let _ = writeln!(branches, "test rcx, {}\njz 2f\nadd {{a}}, rcx\n2:", 1 << (line % 31));
    }
    for (template, operands) in [
        (straight, ["a = out(reg) _", "in(\"rcx\") u64"]),
        (branches, ["a = inout(reg) u64", "in(\"rcx\") u64"]),
    ] {
        let start = Instant::now();
        let outcomes = judge_all(&[block(&target, &template, &operands)]);
        assert!(matches!(outcomes[0], Outcome::Analysed(_)), "{:?}", outcomes[0]);
        println!("{} bytes: {:?}", template.len(), start.elapsed());
        assert!(start.elapsed() < Duration::from_secs(60));
    }
}
