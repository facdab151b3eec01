//! The command line: the arguments of every command, the grammar of sizes, and shell completion.
//!
//! An argument struct holds the values as they were typed; its methods make requests of the core from them. A value that
//! the core or `hexview` declares is not declared again here. Nothing here opens, maps or prints.

mod access;
mod advise;
mod cached;
mod command;
mod completion;
mod dump;
mod evict;
mod expectation;
mod filesize;
mod fill;
mod format;
mod format_name;
mod generate;
mod global;
mod hold;
mod map;
mod mirror;
mod named;
mod number;
mod pagesize;
mod parse;
mod paths;
mod pin;
mod range;
mod size;
mod source;
mod sync;
mod tags;
mod unlink;
mod usage;
mod usage_line;
mod warm;
mod why;

pub use access::{AccessArgs, MapFlagArgs, OpenArgs, PlacementArgs};
pub use advise::{AdviseArgs, AdviseWork};
pub use cached::{CachedArgs, CachedTableArgs};
pub use command::{Cli, Command};
pub use completion::{Script as CompletionScript, scripts as completion_scripts};
pub use dump::DumpArgs;
pub use evict::EvictArgs;
pub use filesize::FilesizeArgs;
pub use fill::{Bytes, ContentArgs, FillArgs, FlushName, WritingArgs};
pub use format::DumpLook;
pub use generate::GenerateArgs;
pub use global::{GlobalArgs, WhenName, Whole};
pub use hold::HoldArgs;
pub use map::MapArgs;
pub use mirror::MirrorArgs;
pub use number::NumberType;
pub use pagesize::PagesizeArgs;
pub use parse::parse;
pub use paths::{PathsArgs, WalkArgs};
pub use pin::PinArgs;
pub use range::RangeArgs;
pub use size::{SizeError, parse_address, parse_length, parse_offset, parse_quantity};
pub use source::{NamedSourceArgs, NamedSourcesArgs, ReadSourceArgs, SourceArgs, SourcesArgs};
pub use sync::SyncArgs;
pub use tags::TagsArgs;
pub use unlink::UnlinkArgs;
pub use usage::{Answer, Refusal};
pub use warm::WarmArgs;
pub use why::WhyArgs;
