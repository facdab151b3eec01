//! Giving advice and judging what it did: on a mapping of this process, or on memory of another one. What is said of
//! an effect is data; its words are in the reports.

mod arrival;
mod changes;
mod cooling;
mod departure;
mod evidence;
mod flags;
pub mod job;
mod judge;
pub mod own;
mod paging;
pub mod process;
pub mod selection;
pub mod sight;
