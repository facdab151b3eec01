//! Advice, and the effect that it has: on a mapping of this process (`own`) or on memory of another one (`process`).
//!
//! Both measure before and after (`sight`), and one judge (`judge`) compares the two. Its files are named by kinds of
//! advice: `arrival` brings pages in, `departure` drops them, `paging` pages them out, `cooling` clears accessed marks, and
//! `flags` sets flags of the mapping. An effect is data; the words for it are in `report`.

mod arrival;
mod changes;
mod cooling;
mod departure;
mod evidence;
mod flags;
pub mod job;
mod judge;
pub mod mapping;
mod paging;
pub mod process;
pub mod selection;
pub mod sight;
