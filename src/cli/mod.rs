//! What may be typed: the arguments of every command, the size grammar, and their way into core types.
//!
//! Argument structs hold what was typed; a method on each turns it into what is meant. Nothing here opens,
//! maps or prints.

mod access;
mod advice;
mod dump;
mod filesize;
mod global;
mod map;
mod pagesize;
mod range;
mod size;
mod source;
mod usage;

use std::ffi::OsString;

use clap::{Parser, Subcommand};

pub use access::{
    AccessArgs, AccessName, MapFlagArgs, MapFlagName, OpenArgs, OpenFlagName, PlacementArgs,
};
pub use dump::{DumpArgs, FormatName, Panels};
pub use filesize::{FilesizeArgs, FilesizeRequest};
pub use global::{GlobalArgs, WhenName};
pub use map::MapArgs;
pub use pagesize::{PagesizeArgs, PagesizeRequest, Unit};
pub use range::RangeArgs;
pub use size::{Quantity, SizeError, parse_address, parse_length, parse_offset, parse_quantity};
pub use source::{NamedSourceArgs, NamedSourcesArgs, SourceArgs, SourcesArgs};
pub use usage::{Answer, Refusal};

/// Map memory from the shell, look at it, change it, and learn what really happened.
///
/// mmapctl does what programs do with mmap(2): map a file, a named shared region or anonymous memory, show
/// and write the bytes, flush them, advise the kernel. It reports what it measured, not what it asked for.
#[derive(Debug, Parser)]
#[command(
    name = "mmapctl",
    version,
    max_term_width = 100,
    help_expected = true,
    infer_long_args = false,
    disable_help_subcommand = false
)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// A command and its arguments.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// Map memory and report what the kernel made of it
    Map(MapArgs),
    /// Show the bytes of a file, shared memory region or descriptor
    Dump(DumpArgs),
    /// Show the sizes of pages, and compute with them
    Pagesize(PagesizeArgs),
    /// Show, set or reserve the size of files
    Filesize(FilesizeArgs),
}

/// Reads the command line.
///
/// # Errors
/// The text of a help page or of the version, when that was asked for, or what is wrong.
pub fn parse(arguments: &[OsString]) -> Result<Cli, Refusal> {
    Cli::try_parse_from(arguments).map_err(|error| Refusal::new(error, arguments))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definitions_agree_with_each_other_and_every_argument_has_help() {
        Cli::command().debug_assert();
    }
}
