//! The actions besides linting, one file each.

pub mod clean;
pub mod doctor;
pub mod explain;
pub mod help;
pub mod list;
pub mod print_config;
pub mod setup;
pub mod version;
