//! This process: its setup, the signals it receives, the programs it runs, its standard output, its limits and its
//! privileges.
//!
//! Nothing here deals with mappings. Other processes are covered by `measure`. The rooms below are `source` and
//! `measure`.

pub mod interrupts;
pub mod privileges;
pub mod service;
pub mod signals;
pub mod standard_output;
pub mod startup;
