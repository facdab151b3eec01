//! What may be typed: the arguments of every command, the size grammar, and their way into core types.
//!
//! Argument structs hold what was typed; a method on each turns it into what is meant. Nothing here opens,
//! maps or prints.

mod access;
mod advice;
mod advise;
mod completion;
mod dump;
mod filesize;
mod fill;
mod format;
mod generate;
mod global;
mod hold;
mod map;
mod mirror;
mod named;
mod number;
mod pagesize;
mod range;
mod size;
mod source;
mod sync;
mod tags;
mod unlink;
mod usage;

use std::ffi::OsString;
use std::mem;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

pub use access::{AccessArgs, MapFlagArgs, OpenArgs, PlacementArgs};
pub use advice::Action;
pub use advise::{AdviseArgs, AdviseWork};
pub use completion::scripts as completion_scripts;
pub use dump::DumpArgs;
pub use filesize::FilesizeArgs;
pub use fill::{Bytes, ContentArgs, FillAccess, FillArgs, FlushName, WritingArgs};
pub use generate::GenerateArgs;
pub use global::{GlobalArgs, WhenName, Whole};
pub use hold::HoldArgs;
pub use map::MapArgs;
pub use mirror::MirrorArgs;
pub use number::NumberType;
pub use pagesize::PagesizeArgs;
pub use range::RangeArgs;
pub use size::{SizeError, parse_address, parse_length, parse_offset, parse_quantity};
pub use source::{NamedSourceArgs, NamedSourcesArgs, SourceArgs, SourcesArgs};
pub use sync::SyncArgs;
pub use tags::TagsArgs;
pub use unlink::UnlinkArgs;
pub use usage::{Answer, Refusal};

use crate::manual;

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
    after_long_help = manual::notes_here(None),
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
    /// Write the manual pages and the completions of this program
    #[command(hide = true)]
    Generate(Whole<GenerateArgs>),
    /// Map memory and report what the kernel made of it
    Map(Whole<MapArgs>),
    /// Show the bytes of a file, shared memory region or descriptor
    Dump(Whole<DumpArgs>),
    /// Write bytes to a range of a file, shared memory region or descriptor
    Fill(Whole<FillArgs>),
    /// Show the sizes of pages, and compute with them
    Pagesize(Whole<PagesizeArgs>),
    /// Show, set or reserve the size of files
    Filesize(Whole<FilesizeArgs>),
    /// Flush what was changed in memory to the storage
    Sync(Whole<SyncArgs>),
    /// Advise the kernel on memory, and report what came of it
    Advise(Whole<AdviseArgs>),
    /// Map the same bytes several times in a row
    Mirror(Whole<MirrorArgs>),
    /// List shared memory regions
    Tags(Whole<TagsArgs>),
    /// Remove shared memory regions by name
    Unlink(Whole<UnlinkArgs>),
}

impl Cli {
    /// What holds for every command, as typed before the command's name and after it.
    #[must_use]
    pub fn global(&self) -> GlobalArgs {
        let later = match &self.command {
            Command::Generate(args) => args.global,
            Command::Map(args) => args.global,
            Command::Dump(args) => args.global,
            Command::Fill(args) => args.global,
            Command::Pagesize(args) => args.global,
            Command::Filesize(args) => args.global,
            Command::Sync(args) => args.global,
            Command::Advise(args) => args.global,
            Command::Mirror(args) => args.global,
            Command::Tags(args) => args.global,
            Command::Unlink(args) => args.global,
        };
        self.global.then(later)
    }
}

/// Reads the command line.
///
/// # Errors
/// The text of a help page or of the version, when that was asked for, or what is wrong.
pub fn parse(arguments: &[OsString]) -> Result<Cli, Refusal> {
    if let Some(answer) = completion::answer(arguments) {
        return Err(Refusal::completion(answer));
    }
    let mut command = Cli::command();
    let parsed = command
        .try_get_matches_from_mut(hold::complete_hold(arguments))
        .and_then(|matches| Cli::from_arg_matches(&matches))
        .map_err(|error| Refusal::new(error.format(&mut command), arguments));
    // Thousands of small pieces, which the end of the process gives back all at once.
    mem::forget(command);
    parsed
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;
    use proptest::prelude::*;

    #[test]
    fn the_definitions_agree_with_each_other_and_every_argument_has_help() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_describes_itself_and_lists_the_common_options_last() {
        let mut cli = Cli::command();
        cli.build();
        for command in cli.get_subcommands().filter(|c| c.get_name() != "help") {
            let headings = command.get_arguments().filter_map(|a| a.get_help_heading());
            assert_eq!(headings.last(), Some("Output"), "{}", command.get_name());
            let names = command.get_arguments().filter_map(|a| a.get_long());
            assert!(names.into_iter().any(|name| name == "json"));
            let about = command.get_about().unwrap().to_string();
            let long = command.get_long_about().unwrap().to_string();
            assert!(long.starts_with(&about), "{about}: {long}");
        }
    }

    /// Words that are typed, so that chance gets past the first one.
    fn word() -> impl Strategy<Value = String> {
        let known: Vec<String> = Cli::command()
            .get_subcommands()
            .flat_map(|command| {
                let mut command = command.clone();
                command.build();
                let options = command.get_arguments().filter_map(|a| a.get_long());
                let options: Vec<String> = options.map(|long| format!("--{long}")).collect();
                [vec![command.get_name().to_owned()], options].concat()
            })
            .chain(["--", "-", "-o", "4K", "0x10", "-1", "a,b", ""].map(str::to_owned))
            .collect();
        prop_oneof![
            4 => prop::sample::select(known),
            1 => any::<String>(),
            1 => "-{0,2}[a-z]{0,4}=?[0-9]{0,3}",
        ]
    }

    proptest! {
        #[test]
        fn no_command_line_makes_it_panic(words in prop::collection::vec(word(), 0..8)) {
            let all = std::iter::once("mmapctl".to_owned()).chain(words);
            let _ = parse(&all.map(OsString::from).collect::<Vec<_>>());
        }
    }
}
