//! Prefixes at the end of what a block assembles to: they bind to whatever instruction the
//! compiler emits next (rules.x86-prefix-restriction).
//!
//! A section that the block writes to may end in a prefix that control never reaches, so
//! this looks at the bytes at the end of each. Bytes that no line of instructions made may be
//! data; they count only where control reaches them. Asked by the lint `trailing_prefix`.

use crate::assemble::{MachineCode, has_directive};
use crate::block::{Architecture, Block};
use crate::isa::{arm, ends_in_prefix};
use crate::reading::Reading;

/// A prefix without an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TrailingPrefix {
    /// The line of the template, from 0, that makes the prefix, if that is known.
    pub line: Option<u32>,
}

/// The prefixes at the ends of the sections that a block writes to.
pub fn trailing_prefixes(block: &Block, reading: &Reading) -> Vec<TrailingPrefix> {
    let Reading { substitution, code, facts, further_work: _ } = reading;
    let mut found = Vec::new();
    if let Some((section, offset)) = facts.trailing_prefix {
        found.push(TrailingPrefix { line: code.line_at(section as usize, offset) });
    }
    if code.changes_code_width {
        return found;
    }
    let architecture = block.target.architecture;
    // An `it` of Thumb with slots that are not filled, wherever it is.
    if architecture == Architecture::Arm {
        let it = arm::contract::trailing_it(code, &block.target);
        found.extend(it.map(|line| TrailingPrefix { line }));
        return found;
    }
    let lines: Vec<&str> = substitution.text.split('\n').collect();
    for (index, section) in code.sections.iter().enumerate() {
        let executable = section.executable || index == code.start;
        for last in last_lines(code, index).filter(|_| executable) {
            let text = usize::try_from(last.line).ok().and_then(|line| lines.get(line));
            let made_by_instructions = text.is_some_and(|text| !has_directive(text));
            if made_by_instructions
                && ends_in_prefix(architecture, section.range(last.from, last.to))
            {
                let prefix = TrailingPrefix { line: Some(last.line) };
                if !found.contains(&prefix) {
                    found.push(prefix);
                }
            }
        }
    }
    found
}

/// A line after which another block continues in the section.
struct LastLine {
    line: u32,
    from: u64,
    to: u64,
}

/// The last lines of each stretch of a section that the block wrote.
fn last_lines(code: &MachineCode, index: usize) -> impl Iterator<Item = LastLine> {
    let section = &code.sections[index];
    let size = section.bytes.len() as u64;
    let end = if index == code.start { code.end_offset } else { size };
    section.lines.iter().enumerate().filter_map(move |(number, line)| {
        let next = section.lines.get(number + 1).filter(|next| next.offset < end);
        let is_last = line.unit == code.unit && next.is_none_or(|next| next.unit != code.unit);
        let to = next.map_or(end, |next| next.offset);
        (is_last && line.offset < to).then_some(LastLine { line: line.line, from: line.offset, to })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::{Outcome, analyse};
    use crate::block::BlockKind;
    use crate::isa::Meanings;
    use crate::testing::{block, target_x86_64};

    /// The lines of the prefixes that a template ends in.
    fn lines(kind: BlockKind, template: &str) -> Vec<Option<u32>> {
        let mut block = block(&target_x86_64(), template, &[]);
        block.kind = kind;
        match &analyse(&[&block], Meanings::standard()).collect::<Vec<_>>()[..] {
            [Outcome::Analysed(analysis)] => {
                let prefixes = trailing_prefixes(&block, &analysis.readings[0]);
                prefixes.iter().map(|prefix| prefix.line).collect()
            }
            other => panic!("{template}: {other:?}"),
        }
    }

    #[test]
    fn a_prefix_at_the_end_is_found() {
        for template in ["nop\nlock", "nop\n.byte 0x66", "nop\nlock\n", "nop\n.byte 0x48"] {
            assert_eq!(lines(BlockKind::Inline, template), [Some(1)], "{template}");
        }
        assert_eq!(lines(BlockKind::Inline, "lock"), [Some(0)]);
        assert_eq!(lines(BlockKind::Inline, "nop; rep"), [Some(0)]);
        assert_eq!(lines(BlockKind::Inline, "ud2\nrep"), [Some(1)]);
    }

    #[test]
    fn instructions_and_data_are_left_alone() {
        for template in
            ["", "nop", "lock\ninc dword ptr [rax]", "rep\nnop", "jmp 2f\n.byte 0x66\n2:"]
        {
            assert_eq!(lines(BlockKind::Inline, template), [], "{template}");
        }
        for template in [
            "name:\nret\n.ascii \"ABC\"",
            ".pushsection .rodata\n.byte 0x66\n.popsection",
            ".pushsection .text.other, \"ax\"\nret\n.byte 0xf3\n.popsection",
        ] {
            assert_eq!(lines(BlockKind::Global, template), [], "{template}");
        }
    }

    #[test]
    fn every_section_of_a_global_block_counts() {
        assert_eq!(lines(BlockKind::Global, "name:\nret\nlock"), [Some(2)]);
        let template = ".pushsection .text.other, \"ax\"\nret\nrep\n.popsection\nret";
        assert_eq!(lines(BlockKind::Global, template), [Some(2)]);
    }
}
