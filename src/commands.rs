//! The actions besides linting, one file each.

pub mod clean;
pub mod doctor;
pub mod help;
pub mod setup;
pub mod version;
