//! The mapping core: sources, ranges, mappings, guarded copies and measurements.
//!
//! Knows nothing of clap, terminals or text: it takes typed requests and returns plain outcomes or an
//! error with a kind. Every call to the operating system goes through `sys`.
