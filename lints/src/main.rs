//! `asm-lint-driver`: a compiler that also judges inline assembly.
//!
//! Cargo runs it instead of rustc, as `RUSTC_WORKSPACE_WRAPPER`; it can also be run by hand on one
//! `.rs` file. The data flows through the modules: [`driver`] starts the compiler, [`collect`] turns
//! the compiler's view of a block into plain data, `asm_analysis` determines what the block does,
//! [`lints`] compares that with what the block promises, and [`diagnostics`] reports it.

#![feature(rustc_private)]

extern crate rustc_abi;
extern crate rustc_ast;
extern crate rustc_attr_ir;
extern crate rustc_codegen_ssa;
extern crate rustc_data_structures;
extern crate rustc_driver;
extern crate rustc_errors;
extern crate rustc_hir;
extern crate rustc_index;
extern crate rustc_interface;
extern crate rustc_lexer;
extern crate rustc_lint;
extern crate rustc_lint_defs;
extern crate rustc_middle;
extern crate rustc_session;
extern crate rustc_span;
extern crate rustc_target;

// Linked for the `malloc` that it defines, which the compiler's libraries then use as well.
#[cfg(any(target_os = "linux", target_os = "macos"))]
use tikv_jemalloc_sys as _;

mod check;
mod clobbers;
mod collect;
mod configuration;
mod diagnostics;
mod driver;
mod inputs;
mod interception;
mod jobs;
mod judged;
mod lints;
mod operands;
mod outputs;
mod promises;
mod report;
mod stack_pointer;
mod story;
mod tally;
mod verdict;
mod wording;

fn main() -> std::process::ExitCode {
    driver::main()
}
