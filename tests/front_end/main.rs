//! The front end as a person sees it: real small projects in temporary folders, the real cargo,
//! the real driver.

mod arguments;
mod assembler;
mod configuration;
mod documents;
mod editor;
mod environment;
mod fix;
mod freshness;
mod hosts;
mod installation;
mod levels;
mod pages;
mod publication;
mod readme;
mod reports;
mod setup;
mod status;
mod story;
mod structure;
mod support;
