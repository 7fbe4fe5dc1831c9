//! What the decoder knows about an instruction's registers and memory.

use std::cell::RefCell;

use iced_x86::{Instruction, InstructionInfo, InstructionInfoFactory};

thread_local! {
    /// It keeps the room for its lists from one instruction to the next.
    static FACTORY: RefCell<InstructionInfoFactory> = RefCell::new(InstructionInfoFactory::new());
}

/// Asks for what is known about an instruction. `ask` may not ask again.
pub fn of<T>(instruction: &Instruction, ask: impl FnOnce(&InstructionInfo) -> T) -> T {
    FACTORY.with(|factory| match factory.try_borrow_mut() {
        Ok(mut factory) => ask(factory.info(instruction)),
        Err(_) => ask(InstructionInfoFactory::new().info(instruction)),
    })
}
