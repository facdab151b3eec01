//! This process: the signals it gets, the programs it runs, its standard output, its limits and privileges.

pub mod interrupts;
pub mod privileges;
pub mod signals;
pub mod standard_output;
pub mod startup;
