//! Outcomes and errors as people and programs read them: text or JSON, both from the same structs.
//!
//! Everything that is printed goes through a [`Console`]. What is printed comes in as plain data; nothing
//! here decides what to do, and nothing here calls the operating system beyond asking what a stream is.

mod advise;
mod console;
mod dump;
mod effect;
mod error;
mod filesize;
mod fill;
mod finding;
mod hint;
mod hold;
mod holders;
mod human;
mod lines;
mod map;
mod mirror;
mod name;
mod options;
mod outcome;
mod pagesize;
pub mod picture;
mod progress;
mod reason;
mod schema;
mod size;
mod source;
mod sync;
mod table;
mod tags;
mod theme;
mod view;
mod words;
mod wrap;

pub use advise::{EvictReport, WarmReport};
pub use console::{Captured, Console};
pub use dump::DumpData;
pub use error::{ErrorReport, is_standard_output_failure};
pub use filesize::{FilesizeReport, FilesizeTable};
pub use fill::{FillContent, FillProgress, FillReport};
pub use hold::{ReadyReport, Summary};
pub use human::Human;
pub use map::{MapTable, picture_spans};
pub use name::{Name, SourceFields, printable};
pub use options::{Options, Verbosity, When};
pub use outcome::Report;
pub use progress::Progress;
pub use schema::{SCHEMAS, schema};
pub use size::Size;
pub use source::description;
pub use table::{Alignment, Column, Table};
pub use tags::{TagReport, TagsReport, unseen};
pub use theme::{Painted, Theme};
pub use view::View;
