//! [`Index`]: what a story asks of every instruction, found once for all of them, so that the time a story
//! takes is proportional to the block.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::counted::Walks;
use super::formula::{Formula, Reader};
use crate::block::Block;
use crate::facts::{Access, Facts, StackUseKind};
use crate::isa::Meanings;
use crate::meaning::Meaning;
use crate::show;
use crate::values::{Cell, Site, Word};

/// The facts of a block by instruction.
#[derive(Clone, Debug)]
pub struct Index {
    shown: Vec<String>,
    accesses: Vec<Vec<usize>>,
    writes: Vec<Vec<Cell>>,
    pushes: Vec<bool>,
    calls: Vec<bool>,
    walks: Walks,
    /// What instructions mean, once somebody asks.
    meanings: OnceCell<Vec<Meaning>>,
    formulas: RefCell<Formulas>,
    lines: HashMap<u32, Vec<Site>>,
}

/// Formulas that were read.
#[derive(Clone, Default, Debug)]
struct Formulas {
    known: FxHashMap<Word, Rc<Formula>>,
    /// How many parts all of them have.
    parts: usize,
}

impl Formulas {
    /// The most parts that are kept.
    const MOST: usize = 50_000;

    fn keep(&mut self, word: &Word, formula: &Rc<Formula>, parts: usize) {
        self.parts += parts + 1;
        if self.parts <= Formulas::MOST {
            self.known.insert(word.clone(), Rc::clone(formula));
        }
    }
}

impl Index {
    /// The index of a block's facts.
    pub fn of(block: &Block, facts: &Facts) -> Index {
        let count = facts.instructions.len();
        let mut index = Index {
            shown: show::instructions(block, facts),
            accesses: vec![Vec::new(); count],
            writes: vec![Vec::new(); count],
            pushes: vec![false; count],
            calls: vec![false; count],
            walks: Walks::default(),
            meanings: OnceCell::new(),
            formulas: RefCell::default(),
            lines: HashMap::new(),
        };
        for (number, access) in facts.accesses.iter().enumerate() {
            index.accesses[access.site.0 as usize].push(number);
        }
        index.walks = Walks::of(&Reader::new(block, facts), &index.accesses);
        for (site, cell) in &facts.writes {
            index.writes[site.0 as usize].push(*cell);
        }
        for used in facts.stack_uses.iter().filter(|used| used.kind == StackUseKind::Push) {
            index.pushes[used.site.0 as usize] = true;
        }
        for call in &facts.calls {
            index.calls[call.site.0 as usize] = true;
        }
        for site in facts.sites() {
            if let Some(line) = facts.instruction(site).line {
                index.lines.entry(line).or_default().push(site);
            }
        }
        for sites in index.lines.values_mut() {
            sites.sort_by_key(|site| facts.instruction(*site).address);
        }
        index
    }

    /// The instruction as decoded, with operands by number (see [`show::with_names`]).
    pub(super) fn shown(&self, site: Site) -> &str {
        &self.shown[site.0 as usize]
    }

    /// The accesses of an instruction, in the order in which they were found.
    pub(super) fn accesses<'f>(
        &'f self,
        facts: &'f Facts,
        site: Site,
    ) -> impl Iterator<Item = &'f Access> {
        self.accesses[site.0 as usize].iter().map(|number| &facts.accesses[*number])
    }

    /// What an instruction means beyond registers, flags and memory.
    pub(super) fn meaning(&self, facts: &Facts, meanings: &Meanings, site: Site) -> Meaning {
        let of_all = || {
            let all = facts.instructions.iter();
            all.map(|reached| reached.instruction.meaning(meanings)).collect()
        };
        self.meanings.get_or_init(of_all)[site.0 as usize]
    }

    /// The formula of a word. Several parts of a story ask for the same ones.
    pub(super) fn formula(&self, reader: &Reader<'_>, word: &Word) -> Rc<Formula> {
        if let Some(formula) = self.formulas.borrow().known.get(word) {
            return Rc::clone(formula);
        }
        let formula = Rc::new(reader.formula(word));
        self.formulas.borrow_mut().keep(word, &formula, reader.parts());
        formula
    }

    /// What counted loops access.
    pub(super) fn walks(&self) -> &Walks {
        &self.walks
    }

    /// The cells that an instruction writes.
    pub(super) fn writes(&self, site: Site) -> &[Cell] {
        &self.writes[site.0 as usize]
    }

    /// Whether an instruction pushes onto the stack.
    pub(super) fn pushes(&self, site: Site) -> bool {
        self.pushes[site.0 as usize]
    }

    /// Whether an instruction calls code outside of the block.
    pub(super) fn calls(&self, site: Site) -> bool {
        self.calls[site.0 as usize]
    }

    /// The instructions of a line of the template, in the order of their addresses.
    pub(super) fn of_line(&self, line: u32) -> &[Site] {
        self.lines.get(&line).map_or(&[], Vec::as_slice)
    }
}
