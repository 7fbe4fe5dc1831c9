//! The actions besides linting, one file each.

pub mod clean;
pub mod completions;
pub mod doctor;
pub mod explain;
pub mod help;
pub mod list;
pub mod man;
pub mod print_config;
pub mod setup;
pub mod version;
