//! The command line as a whole: the options of every command, and the list of commands.

use clap::builder::styling::Styles;
use clap::{Parser, Subcommand};

use super::advise::AdviseArgs;
use super::cached::CachedArgs;
use super::diff::DiffArgs;
use super::dump::DumpArgs;
use super::evict::EvictArgs;
use super::filesize::FilesizeArgs;
use super::fill::FillArgs;
use super::generate::GenerateArgs;
use super::global::{GlobalArgs, Whole};
use super::map::MapArgs;
use super::mirror::MirrorArgs;
use super::pagesize::PagesizeArgs;
use super::pmap::PmapArgs;
use super::record::RecordArgs;
use super::replay::ReplayArgs;
use super::restore::RestoreArgs;
use super::snapshot::SnapshotArgs;
use super::sync::SyncArgs;
use super::tags::TagsArgs;
use super::unlink::UnlinkArgs;
use super::verify::VerifyArgs;
use super::warm::WarmArgs;
use super::why::WhyArgs;
use crate::manual;

/// Map memory from the shell, inspect it, change it, and see what actually happened.
///
/// mmapctl does from the shell what programs do with mmap(2): map a file, a shared memory region or anonymous memory,
/// show and write bytes, flush them, and advise the kernel. It shows what the page cache holds of files and directories,
/// loads it and drops it. It reports what it measured, not what was requested.
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
    /// The options of every command.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// A command and its arguments, in the order in which the help lists them.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// Map memory and report the result
    Map(Whole<MapArgs>),
    /// Map the same bytes several times in a row
    Mirror(Whole<MirrorArgs>),
    /// Apply advice to memory, and report the effect
    Advise(Whole<AdviseArgs>),
    /// Write dirty pages to storage
    Sync(Whole<SyncArgs>),
    /// Show the bytes of a file, shared memory region, pipe or process
    Dump(Whole<DumpArgs>),
    /// Compare two files, shared memory regions, pipes or processes byte by byte
    Diff(Whole<DiffArgs>),
    /// Write bytes to a range of a file, shared memory region or descriptor
    Fill(Whole<FillArgs>),
    /// Show how much of files and directories is in the page cache
    Cached(Whole<CachedArgs>),
    /// Load files and directories into the page cache
    Warm(Whole<WarmArgs>),
    /// Drop files and directories from the page cache
    Evict(Whole<EvictArgs>),
    /// Write down which ranges of files are in the page cache
    Snapshot(Whole<SnapshotArgs>),
    /// Load what a snapshot says into the page cache
    Restore(Whole<RestoreArgs>),
    /// Show the memory of a file, what keeps it there, and why it is not huge
    Why(Whole<WhyArgs>),
    /// Compare what is in memory of files with what is on their storage
    Verify(Whole<VerifyArgs>),
    /// List shared memory regions
    Tags(Whole<TagsArgs>),
    /// Remove shared memory regions by name
    Unlink(Whole<UnlinkArgs>),
    /// Keep the last bytes of standard input in a file or shared memory region
    Record(Whole<RecordArgs>),
    /// Show the last bytes that were recorded
    Replay(Whole<ReplayArgs>),
    /// List the mappings of a process, and the memory that each uses
    Pmap(Whole<PmapArgs>),
    /// Show page sizes, and round sizes to pages
    Pagesize(Whole<PagesizeArgs>),
    /// Show or set the size of files, or reserve their blocks
    Filesize(Whole<FilesizeArgs>),
    /// Write the manual pages, the shell completions and the JSON Schemas
    Generate(Whole<GenerateArgs>),
}

/// The groups of commands in the help: the first command of each, and its heading.
const GROUPS: [(&str, &str); 5] = [
    ("map", "Mapping"),
    ("dump", "Bytes"),
    ("cached", "Page cache"),
    ("tags", "Shared memory and processes"),
    ("pagesize", "Other"),
];

/// The help of the program: as clap writes it, but with the commands in their groups. Only its own page needs it, and
/// every start of the program would pay for it.
pub(super) fn help_template(program: &clap::Command) -> String {
    let styles = Styles::styled();
    let (header, literal) = (styles.get_header(), styles.get_literal());
    let mut text =
        "{about-with-newline}{usage-heading} {usage} ('mmapctl help COMMAND' describes one)\n"
            .to_owned();
    for command in program.get_subcommands().filter(|c| c.get_name() != "help") {
        let about = command.get_about().map(ToString::to_string);
        let (name, about) = (command.get_name(), about.unwrap_or_default());
        if let Some((_, group)) = GROUPS.iter().find(|(first, _)| *first == name) {
            // All of it fits on a screen of 40 lines.
            let before = if *group == GROUPS[0].1 { "" } else { "\n" };
            text.push_str(&format!("{before}{header}{group}:{header:#}\n"));
        }
        text.push_str(&format!("  {literal}{name:<8}{literal:#}  {about}\n"));
    }
    text.push_str(&format!(
        "\n{header}Options:{header:#}\n{{options}}{{after-help}}"
    ));
    text
}

impl Cli {
    /// The options of every command, typed before or after its name.
    #[must_use]
    pub fn global(&self) -> GlobalArgs {
        let later = match &self.command {
            Command::Generate(args) => args.global,
            Command::Map(args) => args.global,
            Command::Mirror(args) => args.global,
            Command::Advise(args) => args.global,
            Command::Sync(args) => args.global,
            Command::Dump(args) => args.global,
            Command::Diff(args) => args.global,
            Command::Fill(args) => args.global,
            Command::Cached(args) => args.global,
            Command::Warm(args) => args.global,
            Command::Evict(args) => args.global,
            Command::Snapshot(args) => args.global,
            Command::Restore(args) => args.global,
            Command::Why(args) => args.global,
            Command::Verify(args) => args.global,
            Command::Tags(args) => args.global,
            Command::Unlink(args) => args.global,
            Command::Record(args) => args.global,
            Command::Replay(args) => args.global,
            Command::Pmap(args) => args.global,
            Command::Pagesize(args) => args.global,
            Command::Filesize(args) => args.global,
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
    fn every_group_begins_with_a_command_and_the_first_with_the_first() {
        let cli = Cli::command();
        let mut names = cli.get_subcommands().map(clap::Command::get_name);
        assert_eq!(names.next(), Some(GROUPS[0].0));
        for (first, _) in &GROUPS[1..] {
            assert!(names.any(|name| name == *first), "{first}");
        }
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
