//! Effects made by hand, run on a machine without code.

use std::rc::Rc;
use std::sync::Arc;

use crate::assemble::{MachineCode, Section};
use crate::block::{Architecture, Block, Target};
use crate::effects::{
    Access, Condition, Effect, Effects, Expression, FlagTest, Next as Onward, Operation, Part,
    Place, Target as Aim, Test,
};
use crate::facts::{AccessKind, PlaceOfAccess};
use crate::machine::code::{BlockCode, CodeAddress};
use crate::machine::next::{Destination, Next};
use crate::machine::state::State;
use crate::machine::trace::Traces;
use crate::machine::{Machine, Step};
use crate::registers::Register;
use crate::testing::{block, target_x86_64};
use crate::values::{Cell, Flag, Site, Word};

const STEP: Step = Step { site: Site(0), trace: Traces::ENTRY };
const BEHIND: CodeAddress = CodeAddress { section: 0, offset: 4 };
const STACK: u8 = 31;

fn cell(number: u8) -> Cell {
    Cell::Register(Register::General(number))
}

fn x(number: u8) -> Expression {
    Expression::Cell(Part::whole(cell(number)))
}

fn number(value: u64) -> Expression {
    Expression::constant(value, 64)
}

fn sum(one: Expression, other: Expression) -> Expression {
    Expression::computed(Operation::Add, vec![one, other], 64)
}

fn set(number: u8, value: Expression) -> Effect {
    Effect::Set(Part::whole(cell(number)), value)
}

/// An AArch64 block of one `nop`, as far as the machine asks.
fn aarch64() -> Block {
    let mut block = block(&target_x86_64(), "", &[]);
    let architecture = Architecture::AArch64;
    block.target = Arc::new(Target { architecture, ..(*block.target).clone() });
    block
}

/// Runs `test` on a machine whose code has so many bytes of a literal after 4 bytes.
fn on_machine(test: impl FnOnce(&mut Machine<'_>, &mut State)) {
    let block = aarch64();
    let bytes = vec![0x1f, 0x20, 0x03, 0xd5, 0x78, 0x56, 0x34, 0x12, 0, 0, 0, 0];
    let section = Section {
        name: ".text".to_owned(),
        executable: true,
        bytes,
        relocations: Vec::new(),
        contents: Vec::new(),
        instruction_sets: Vec::new(),
        lines: Vec::new(),
        symbols: Vec::new(),
    };
    let code = MachineCode {
        sections: Rc::new([section]),
        start: 0,
        end_offset: 4,
        changes_code_width: false,
        leaks: Vec::new(),
        unit: 0,
    };
    let mut machine = Machine::new(&block, &[], BlockCode::new(&code));
    let mut state = State::entry(false);
    test(&mut machine, &mut state);
}

fn run(machine: &mut Machine<'_>, state: &mut State, list: Vec<Effect>, next: Onward) -> Next {
    let effects = Effects { list, next, ..Effects::default() };
    machine.run(state, STEP, BEHIND, &effects, &effects.repeated())
}

fn held(machine: &mut Machine<'_>, state: &State, number: u8) -> Word {
    state.get(cell(number), &mut machine.values)
}

#[test]
fn cells_are_read_before_any_is_written() {
    on_machine(|machine, state| {
        let swap = vec![set(0, x(1)), set(1, x(0))];
        assert_eq!(run(machine, state, swap, Onward::Fall), Next::Fall);
        let entry = machine.values.entry(cell(1));
        assert_eq!(held(machine, state, 0), entry);
        run(machine, state, vec![set(0, x(1)), set(1, x(0))], Onward::Fall);
        assert_eq!(state.changes().count(), 0);
    });
}

#[test]
fn what_a_pair_saved_comes_back() {
    on_machine(|machine, state| {
        // stp x19, x20, [sp, #-16]!
        let below = || sum(x(STACK), number(16u64.wrapping_neg()));
        let save = vec![
            Effect::Store(Access::plain(below(), 8), Some(x(19))),
            Effect::Store(Access::plain(sum(below(), number(8)), 8), Some(x(20))),
            set(STACK, below()),
        ];
        run(machine, state, save, Onward::Fall);
        run(machine, state, vec![set(19, number(1)), set(20, number(2))], Onward::Fall);
        assert_eq!(state.changes().count(), 3);
        // ldp x19, x20, [sp], #16
        let restore = vec![
            Effect::Load(Access::plain(x(STACK), 8)),
            Effect::Load(Access::plain(sum(x(STACK), number(8)), 8)),
            set(19, Expression::Loaded(0)),
            set(20, Expression::Loaded(1)),
            set(STACK, sum(x(STACK), number(16))),
        ];
        run(machine, state, restore, Onward::Fall);
        assert_eq!(state.changes().count(), 0);
        let accesses = &machine.record.accesses;
        assert_eq!(accesses.len(), 4);
        assert!(accesses.iter().all(|access| access.place == PlaceOfAccess::OwnStack));
        assert_eq!(machine.record.stack_uses.len(), 2);
    });
}

#[test]
fn a_literal_is_not_memory() {
    on_machine(|machine, state| {
        let place = Expression::Place(Place::Own { section: 0, offset: 4 });
        let load = vec![Effect::Load(Access::plain(place, 8)), set(0, Expression::Loaded(0))];
        run(machine, state, load, Onward::Fall);
        assert_eq!(held(machine, state, 0).as_constant(), Some(0x1234_5678));
        assert!(machine.record.accesses.is_empty());
        run(machine, state, vec![Effect::Load(Access::plain(x(1), 4))], Onward::Fall);
        assert_eq!(machine.record.accesses[0].kind, AccessKind::Read);
        assert_eq!(machine.record.accesses[0].place, PlaceOfAccess::Outside);
    });
}

#[test]
fn pages_and_offsets_make_an_address() {
    on_machine(|machine, state| {
        let symbol = machine.code.symbol_number("symbol");
        let place = || Expression::Place(Place::Symbol { symbol, addend: 8 });
        let and = |mask| Expression::computed(Operation::And, vec![place(), number(mask)], 64);
        run(machine, state, vec![set(0, and(!0xfff))], Onward::Fall);
        run(machine, state, vec![set(0, sum(x(0), and(0xfff)))], Onward::Fall);
        run(machine, state, vec![set(1, place())], Onward::Fall);
        assert_eq!(held(machine, state, 0), held(machine, state, 1));
    });
}

#[test]
fn equal_conditions_are_one_question() {
    on_machine(|machine, state| {
        let zero = |number| Test::IsZero(x(number));
        let target = || Aim::Place(Place::Own { section: 0, offset: 0 });
        let branch = |condition| Onward::Branch(condition, target());
        let first = run(machine, state, vec![], branch(Condition::holds(zero(0))));
        let Next::Branch(first, Destination::Code(_)) = first else { panic!("{first:?}") };
        assert_eq!((first.known, first.negated), (None, false));
        state.assumptions.push((first.condition, true));
        let again = run(machine, state, vec![], branch(Condition::fails(zero(0))));
        let Next::Branch(again, _) = again else { panic!("{again:?}") };
        assert_eq!((again.known, again.correlated), (Some(false), true));
        let other = run(machine, state, vec![], branch(Condition::holds(zero(1))));
        assert!(matches!(other, Next::Branch(other, _) if other.known.is_none()));
    });
}

#[test]
fn flags_of_a_comparison_come_out_of_a_number() {
    on_machine(|machine, state| {
        let flag = |flag| Part::whole(Cell::Flag(flag));
        // cset x0, cs; cmp x0, #1: the carry is what it was.
        let carry = || Condition::holds(Test::Flags(FlagTest::Set(Flag::Carry)));
        let choose =
            Expression::Choose(Box::new(carry()), Box::new(number(1)), Box::new(number(0)));
        run(machine, state, vec![set(0, choose)], Onward::Fall);
        let one = Expression::computed(Operation::Not, vec![number(1)], 64);
        let inputs = vec![x(0), one, Expression::constant(1, 1)];
        let compared = Expression::computed(Operation::CarryOfSum, inputs, 1);
        run(machine, state, vec![Effect::Set(flag(Flag::Carry), compared)], Onward::Fall);
        assert!(!state.is_changed(Cell::Flag(Flag::Carry)));
        assert_eq!(
            machine
                .record
                .writes
                .iter()
                .filter(|(_, cell)| *cell == Cell::Flag(Flag::Carry))
                .count(),
            1
        );
    });
}

#[test]
fn constants_are_computed() {
    on_machine(|machine, state| {
        let mut compute = |operation, inputs: Vec<Expression>, bits| {
            let value = Expression::computed(operation, inputs, bits).zero_extend(64);
            run(machine, state, vec![set(0, value)], Onward::Fall);
            held(machine, state, 0).as_constant()
        };
        let byte = |value| Expression::constant(value, 8);
        let bit = |value| Expression::constant(value, 1);
        let mut of_sum = |operation, one, other, carry| {
            compute(operation, vec![byte(one), byte(other), bit(carry)], 1)
        };
        assert_eq!(of_sum(Operation::CarryOfSum, 0xff, 1, 0), Some(1));
        assert_eq!(of_sum(Operation::CarryOfSum, 0xfe, 1, 0), Some(0));
        assert_eq!(of_sum(Operation::OverflowOfSum, 0x7f, 0, 1), Some(1));
        assert_eq!(of_sum(Operation::OverflowOfSum, 0xff, 1, 0), Some(0));
        assert_eq!(compute(Operation::ShiftRightSigned, vec![byte(0x80), byte(9)], 8), Some(0xff));
        assert_eq!(compute(Operation::ShiftLeft, vec![byte(0x81), byte(1)], 8), Some(2));
        assert_eq!(compute(Operation::RotateRight, vec![byte(1), byte(9)], 8), Some(0x80));
        assert_eq!(compute(Operation::CountLeadingZeros, vec![byte(1)], 8), Some(7));
        assert_eq!(compute(Operation::ReverseBits, vec![byte(0x12)], 8), Some(0x48));
        assert_eq!(compute(Operation::MultiplyHigh, vec![byte(0xff), byte(2)], 8), Some(1));
        assert_eq!(compute(Operation::SignExtend, vec![byte(0x80)], 16), Some(0xff80));
        assert_eq!(compute(Operation::LessSigned, vec![byte(0x80), byte(0)], 1), Some(1));
    });
}

#[test]
fn a_subroutine_comes_back() {
    on_machine(|machine, state| {
        let target = Aim::Place(Place::Own { section: 0, offset: 8 });
        let call = Onward::Call { target, link: cell(30) };
        let to = CodeAddress { section: 0, offset: 8 };
        assert_eq!(run(machine, state, vec![], call), Next::Call(to));
        let back = run(machine, state, vec![], Onward::Return(x(30)));
        assert_eq!(back, Next::Goto(Destination::Code(BEHIND)));
    });
}
