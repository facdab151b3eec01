//! Outcomes and errors as text for people or as JSON, both from the same structs. All words about an outcome are here;
//! the core gives reasons as typed values.
//!
//! All output passes through a [`Console`]. Outcomes come in as plain data: nothing here decides what a command does,
//! and nothing calls the operating system except to find out what a stream is.

mod advise;
mod cached;
mod console;
mod dump;
mod dump_watch;
mod effect;
mod empty;
mod error;
mod evict;
mod filesize;
mod fill;
mod finding;
mod generated;
mod hold;
mod holders;
mod human;
mod json;
mod lines;
mod map;
mod mirror;
mod name;
mod openmetrics;
mod option_words;
mod options;
mod outcome;
mod pagesize;
pub mod picture;
mod pin;
mod pmap;
mod progress;
mod restore;
mod rows;
mod schema;
mod screen;
mod size;
mod snapshot;
mod source;
mod steps;
mod sync;
mod table;
mod tags;
mod theme;
mod total;
mod verify;
mod view;
mod warm;
mod why;
mod words;
mod wrap;

pub use cached::{
    CachedForm, CachedReport, CachedScreen, CachedTable, CachedTableKind, cached_pictures,
};
pub use console::{Captured, Console};
pub use dump::{DumpData, gap_texts};
pub use dump_watch::{DumpScreen, print_changes, unreadable_text};
pub use error::{ErrorReport, is_standard_output_failure};
pub use evict::{kept_failure, memory_only_failure};
pub use filesize::{FilesizeReport, FilesizeTable};
pub use fill::{FillContent, FillProgress, FillReport};
pub use generated::GeneratedReport;
pub use hold::{ReadyReport, Summary};
pub use human::{Human, Reportable};
pub use map::{MapTable, picture_spans};
pub use name::{Name, SourceFields, printable};
pub use openmetrics::CachedMetrics;
pub use options::{Options, Verbosity, When};
pub use outcome::Report;
pub use pin::{PinReport, pin_change};
pub use pmap::PmapReport;
pub use progress::Progress;
pub use restore::{SkippedReport, incomplete_failure, kept_text, skip_text};
pub use rows::{FileReport, RowReport, paths_text};
pub use schema::schema;
pub use size::Size;
pub use source::description;
pub use table::{Alignment, Column, Table};
pub use tags::{TagReport, TagsReport, unseen};
pub use theme::{Painted, Theme};
pub use total::TotalReport;
pub use verify::{incomparable_failure, verify_failure};
pub use view::View;
