//! The command line as a whole: the options of every command, and the list of commands.

use clap::{Parser, Subcommand};

use super::advise::AdviseArgs;
use super::dump::DumpArgs;
use super::filesize::FilesizeArgs;
use super::fill::FillArgs;
use super::generate::GenerateArgs;
use super::global::{GlobalArgs, Whole};
use super::map::MapArgs;
use super::mirror::MirrorArgs;
use super::pagesize::PagesizeArgs;
use super::sync::SyncArgs;
use super::tags::TagsArgs;
use super::unlink::UnlinkArgs;
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
    /// Write the manual pages, the JSON Schemas and the completions of this program
    #[command(hide = true)]
    Generate(Whole<GenerateArgs>),
    /// Map memory and report what the kernel made of it
    Map(Whole<MapArgs>),
    /// Show the bytes of a file, shared memory region, descriptor or pipe
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
    /// The options of every command, typed before or after its name.
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

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
}
