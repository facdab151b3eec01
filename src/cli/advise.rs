//! The arguments of `advise`.

use clap::Args;
use clap::builder::ValueParserFactory;

use super::access::{AccessArgs, MapFlagArgs};
use super::hold::HoldArgs;
use super::named::helped;
use super::number::{PROCESS_IDS, number_in};
use super::range::{RangeArgs, or_addresses};
use super::source::SourcesArgs;
use crate::mapping::actions::advise::job::AdviseJob;
use crate::mapping::actions::advise::mapping::AdviseRequest;
use crate::mapping::actions::advise::process::RemoteRequest;
use crate::mapping::actions::hold::HoldRequest;
use crate::mapping::actions::selection::Selection;
use crate::mapping::error::{Error, Result};
use crate::mapping::region::MapRequest;
use crate::mapping::source::SourceSpec;
use crate::mapping::types::{
    Access, Advice, ByteLength, Kind, Named, Reach, SourceRange, Visibility,
};

/// Apply advice to memory, and report the effect
///
/// Maps the source, calls madvise(2), and compares the kernel's counters before and after. The report says whether
/// the effect outlives the command, lasts as long as the mapping (see --hold), or is absent, and why. To load or drop
/// files, use 'mmapctl warm' and 'mmapctl evict'.
#[derive(Clone, Debug, Args)]
#[command(mut_arg("range", or_addresses))]
pub struct AdviseArgs {
    /// The advice, such as random or willneed; --help lists all
    ///
    /// The brackets show how long the effect lasts.
    #[arg(value_name = "ADVICE", value_parser = helped(Advice::value_parser(), Advice::ALL.iter().map(help_with_reach)))]
    pub advice: Advice,
    /// The sources.
    #[command(flatten)]
    pub sources: SourcesArgs,
    /// The range.
    #[command(flatten)]
    pub range: RangeArgs,
    /// How to advise.
    #[command(flatten)]
    pub how: HowArgs,
    /// The memory of another process.
    #[command(flatten)]
    pub process: ProcessArgs,
    /// The access to the advised mapping.
    #[command(flatten)]
    pub access: AdviseAccessArgs,
    /// How to map the source.
    #[command(flatten)]
    pub flags: MapFlagArgs,
    /// How long to keep the mapping.
    #[command(flatten)]
    pub hold: HoldArgs,
}

/// How to advise.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Advice")]
pub struct HowArgs {
    /// Access every page of the mapping
    ///
    /// A new mapping has no pages, so some advice has no effect without --touch. Pages are accessed after advice that
    /// affects how they are loaded (normal, sequential, random, hugepage, nohugepage), and before all other advice. If
    /// the mapping is writable, their contents are written back unchanged; otherwise they are only read.
    #[arg(long, hide_short_help = true)]
    pub touch: bool,
    /// Allow destructive advice: remove, hwpoison and soft-offline
    ///
    /// Such advice destroys data or takes memory from the system.
    #[arg(long)]
    pub destructive: bool,
}

/// The memory of another process.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Another process")]
pub struct ProcessArgs {
    /// Advise the memory of this process: --pid 1234 --mapping '*'
    ///
    /// The advice must be cold, pageout, willneed or collapse. --range or --mapping selects the memory. Offsets are
    /// addresses: --range 0x7f0000000000..0x7f0000010000, or 7f0000000000-7f0000010000 as in /proc/PID/maps.
    #[arg(
        long,
        group = "source",
        value_name = "PID",
        value_parser = number_in::<u32>(PROCESS_IDS)
    )]
    pub pid: Option<u32>,
    /// With --pid: select the mappings whose path or name contains this: --mapping 'lib*.so'
    ///
    /// Mappings without a file have names such as heap and stack. * matches any text.
    #[arg(
        long,
        value_name = "PATTERN",
        hide_short_help = true,
        requires = "pid",
        conflicts_with_all = ["offset", "length", "range"]
    )]
    pub mapping: Option<String>,
}

/// The access to the bytes while they are advised, and the visibility of writes.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Access")]
pub struct AdviseAccessArgs {
    /// Access to the bytes
    ///
    /// The default is the access that the advice needs, or c for anonymous memory.
    #[arg(short, long, value_name = "ACCESS", hide_short_help = true)]
    pub access: Option<Access>,
    /// Keep writes private (MAP_PRIVATE)
    #[arg(long, group = "visibility", hide_short_help = true)]
    pub private: bool,
    /// Share writes with the source and its other mappings (MAP_SHARED)
    #[arg(long, group = "visibility", hide_short_help = true)]
    pub shared: bool,
}

/// The work of `advise`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdviseWork {
    /// Apply advice to a mapping of this process.
    Advise(AdviseRequest),
    /// Apply advice to the memory of another process.
    AdviseProcess(RemoteRequest),
}

impl AdviseArgs {
    /// The requested work.
    ///
    /// # Errors
    /// `usage` for options that contradict each other or the advice, and for destructive advice without
    /// `--destructive`.
    pub fn work(&self) -> Result<AdviseWork> {
        self.check()?;
        let advice = self.advice;
        if advice.is_destructive() && !self.how.destructive {
            return Err(unconfirmed(advice));
        }
        Ok(match self.process.pid {
            Some(pid) => AdviseWork::AdviseProcess(RemoteRequest {
                pid,
                advice,
                selection: self.selection()?,
            }),
            None => AdviseWork::Advise(AdviseRequest {
                advice,
                touch: self.how.touch,
            }),
        })
    }

    fn selection(&self) -> Result<Selection> {
        match &self.process.mapping {
            Some(pattern) => Ok(Selection::pattern(pattern)),
            None if self.range.is_absent() => Err(Error::usage(
                "--pid needs --range or --mapping; --mapping '*' selects all memory",
            )),
            None => self.range.addresses().map(Selection::Range),
        }
    }

    fn check(&self) -> Result<()> {
        let refuse = |text: &str| Err(Error::usage(text));
        if self.process.pid.is_none() {
            self.range.check_offsets()?;
            if self.process.mapping.is_some() {
                return refuse("--mapping needs --pid");
            }
        }
        if self.process.pid.is_some() && self.is_about_a_mapping() {
            return refuse(
                "--access, --flags, --touch and --hold are about a mapping of this process and \
                 cannot be combined with --pid",
            );
        }
        Ok(())
    }

    fn is_about_a_mapping(&self) -> bool {
        let access = &self.access;
        access.access.is_some()
            || access.private
            || access.shared
            || !self.flags.flags.is_empty()
            || self.flags.huge_size.is_some()
            || self.how.touch
            || self.hold.request() != HoldRequest::Nothing
    }

    /// The advice on one of the sources.
    ///
    /// # Errors
    /// `usage` for an empty range and for options that contradict each other.
    pub fn job(&self, request: AdviseRequest, spec: &SourceSpec) -> Result<AdviseJob> {
        if self.range.length.is_some_and(ByteLength::is_zero) {
            let reason = "a length of 0 maps nothing";
            return Err(Error::new(Kind::Usage, "advise", reason).on(&spec.name()));
        }
        let (access, visibility) = self.access(request.advice, *spec == SourceSpec::Anonymous)?;
        let (flags, huge_size) = self.flags.resolve()?;
        Ok(AdviseJob {
            request,
            range: self.range.request(),
            mapping: MapRequest {
                visibility,
                flags,
                huge_size,
                ..MapRequest::plain(SourceRange::default(), access)
            },
            several: self.sources.are_several(),
        })
    }

    fn access(&self, advice: Advice, anonymous: bool) -> Result<(Access, Visibility)> {
        let natural = natural_access(advice, anonymous, self.access.shared);
        let args = AccessArgs {
            access: self.access.access.unwrap_or(natural),
            private: self.access.private,
            shared: self.access.shared,
            shared_validate: false,
        };
        args.resolve()
    }
}

/// The error for destructive advice without `--destructive`.
pub(super) fn unconfirmed(advice: Advice) -> Error {
    let harm = match advice {
        Advice::SoftOffline => "takes memory from the system",
        _ => "destroys data",
    };
    let name = advice.name();
    Error::usage(format!("'{name}' {harm}; add --destructive to confirm"))
}

/// The line of help of an advice, with how long its effect lasts.
fn help_with_reach(advice: &Advice) -> String {
    let lasts = match advice.reach() {
        Reach::OutlivesCommand => "outlives the command",
        Reach::WhileMapped => "while mapped",
    };
    format!("{} [{lasts}]", advice.help())
}

/// The least access with which an advice has an effect.
fn natural_access(advice: Advice, anonymous: bool, shared: bool) -> Access {
    match advice {
        Advice::Remove => Access::WRITE,
        _ if anonymous && shared => Access::WRITE,
        _ if anonymous => Access::COPY,
        Advice::PopulateWrite => Access::WRITE,
        Advice::Mergeable | Advice::Unmergeable if !shared => Access::COPY,
        _ => Access::READ,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::types::AddressRange;
    use clap::{CommandFactory, Parser};

    #[derive(Debug, Parser)]
    struct Typed {
        #[command(flatten)]
        advise: AdviseArgs,
    }

    fn work(arguments: &[&str]) -> std::result::Result<AdviseWork, String> {
        let all = std::iter::once("x").chain(arguments.iter().copied());
        let typed = Typed::try_parse_from(all).map_err(|error| error.to_string())?;
        typed.advise.work().map_err(|error| error.to_string())
    }

    #[test]
    fn an_advice_is_followed_by_what_it_is_for() {
        let advise = |advice, touch| Ok(AdviseWork::Advise(AdviseRequest { advice, touch }));
        assert_eq!(
            work(&["will-need", "a", "b"]),
            advise(Advice::Willneed, false)
        );
        assert_eq!(
            work(&["free", "--anon", "-n", "1M", "--touch"]),
            advise(Advice::Free, true)
        );
        for wrong in [
            &["willneed"][..],
            &["wilneed", "a"],
            &["willneed", "a", "--rate", "1M"],
            &["warm", "a"],
            &["evict", "a"],
        ] {
            assert!(work(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn the_help_of_touch_lists_the_advice_before_it() {
        let shaping = Advice::ALL.iter().filter(|advice| advice.shapes_arrival());
        let names: Vec<&str> = shaping.map(|advice| advice.name()).collect();
        let command = Typed::command();
        let touch = command.get_arguments().find(|arg| arg.get_id() == "touch");
        let help = touch.unwrap().get_long_help().unwrap().to_string();
        assert!(help.contains(&format!("({})", names.join(", "))), "{help}");
    }

    #[test]
    fn destruction_must_be_meant() {
        for advice in ["remove", "hwpoison", "soft-offline"] {
            assert!(work(&[advice, "a"]).unwrap_err().contains("--destructive"));
            assert!(work(&[advice, "a", "--destructive"]).is_ok());
        }
    }

    #[test]
    fn another_process_is_a_source_of_its_own() {
        let process = |selection| {
            Ok(AdviseWork::AdviseProcess(RemoteRequest {
                pid: 7,
                advice: Advice::Cold,
                selection,
            }))
        };
        let range = AddressRange::between(0x1000, 0x3000).unwrap();
        for typed in [
            &["--range", "1000-3000"][..],
            &["--range", "0x1000-0x3000"],
            &["--range", "0x1000..0x3000"],
            &["--range", "4K+8K"],
            &["--offset", "0x1000", "--length", "8K"],
        ] {
            let all = [&["MADV_COLD", "--pid", "7"], typed].concat();
            assert_eq!(work(&all), process(Selection::Range(range)));
        }
        assert_eq!(
            work(&["cold", "--pid", "7", "--mapping", "[heap]"]),
            process(Selection::pattern("[heap]"))
        );
        for wrong in [
            &["cold", "--pid", "7"][..],
            &["cold", "--pid", "0", "--mapping", "x"],
            &["cold", "--pid", "7", "a", "--mapping", "x"],
            &["cold", "--mapping", "x", "a"],
            &["cold", "--pid", "7", "--range", "1000"],
            &["cold", "--pid", "7", "--range", "3000-1000"],
            &["cold", "--pid", "7", "--range", "-1-5"],
            &["cold", "--pid", "7", "--range", "5-5"],
            &["cold", "--pid", "7", "--offset", "-4K"],
            &["willneed", "a", "--range", "1000-3000"],
            &["cold", "--pid", "7", "--range", "g-5"],
            &["cold", "--pid", "7", "--mapping", "x", "-n", "1"],
        ] {
            assert!(work(wrong).is_err(), "{wrong:?}");
        }
    }
}
