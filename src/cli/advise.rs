//! The arguments of `advise`.

use clap::Args;

use super::access::{AccessArgs, MapFlagArgs};
use super::advice::Action;
use super::hold::HoldArgs;
use super::range::RangeArgs;
use super::size::parse_length;
use super::source::SourcesArgs;
use crate::mapping::actions::advise::job::AdviseJob;
use crate::mapping::actions::advise::mapping::AdviseRequest;
use crate::mapping::actions::advise::process::RemoteRequest;
use crate::mapping::actions::advise::selection::Selection;
use crate::mapping::actions::hold::HoldRequest;
use crate::mapping::cache::warm::WarmRequest;
use crate::mapping::error::{Error, Result};
use crate::mapping::region::MapRequest;
use crate::mapping::source::SourceSpec;
use crate::mapping::types::{
    Access, AddressRange, Advice, ByteLength, Kind, Named, SourceRange, Visibility,
};

/// Advise the kernel on memory, and report what came of it
///
/// The report says of each advice whether its effect outlives the command, lasts as long as the mapping (which
/// --hold prolongs), or did nothing here and why: from what was measured before and after.
#[derive(Clone, Debug, Args)]
pub struct AdviseArgs {
    /// The advice
    ///
    /// A hint of madvise(2), or warm or evict. The words in brackets say how long an effect lasts; the report
    /// says what came of it here.
    #[arg(value_name = "ADVICE", value_enum, ignore_case = true)]
    pub action: Action,
    /// What to advise on.
    #[command(flatten)]
    pub sources: SourcesArgs,
    /// Which bytes of it.
    #[command(flatten)]
    pub range: RangeArgs,
    /// How it is advised.
    #[command(flatten)]
    pub how: HowArgs,
    /// Another process's memory.
    #[command(flatten)]
    pub process: ProcessArgs,
    /// What may be done with the mapping that is advised.
    #[command(flatten)]
    pub access: AdviseAccessArgs,
    /// How it is mapped.
    #[command(flatten)]
    pub flags: MapFlagArgs,
    /// How long it stays mapped.
    #[command(flatten)]
    pub hold: HoldArgs,
}

/// How the advice is given.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Advice")]
pub struct HowArgs {
    /// Access every page of the mapping
    ///
    /// They are written, with the same byte, where they may be written, and read elsewhere: after advice on how pages
    /// come into memory (normal, sequential, random, hugepage, nohugepage), and before any other.
    ///
    /// A new mapping of anonymous memory has no pages, and a new mapping of a file has none in its page tables,
    /// so that some advice finds nothing to work on.
    #[arg(long, hide_short_help = true)]
    pub touch: bool,
    /// Permit remove, hwpoison and soft-offline
    ///
    /// They destroy data, or take memory from the system.
    #[arg(long)]
    pub destructive: bool,
    /// With warm: read at most so much a second: --rate 100M
    #[arg(
        long,
        value_name = "SIZE",
        value_parser = parse_length,
        allow_hyphen_values = true,
        hide_short_help = true
    )]
    pub rate: Option<ByteLength>,
}

/// Which memory of which process.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Another process")]
pub struct ProcessArgs {
    /// Advise on this process's memory: --pid 1234 --mapping '*'
    ///
    /// With cold, pageout, willneed and collapse; --range or --mapping says on which.
    #[arg(
        long,
        group = "source",
        value_name = "PID",
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub pid: Option<u32>,
    /// Of these addresses: 7f0000000000-7f0000010000
    ///
    /// In hexadecimal, as /proc/PID/maps has them: --range 7f0000000000-7f0000010000.
    #[arg(
        long,
        value_name = "START-END",
        value_parser = parse_addresses,
        requires = "pid",
        hide_short_help = true
    )]
    pub range: Option<AddressRange>,
    /// Of mappings with this in their path: 'lib*.so'
    ///
    /// Or in their name, such as heap or stack; * stands for any text: --mapping 'lib*.so'.
    #[arg(
        long,
        value_name = "PATTERN",
        hide_short_help = true,
        requires = "pid",
        conflicts_with = "range"
    )]
    pub mapping: Option<String>,
}

/// What may be done with the bytes while they are advised, and who sees it.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Access")]
pub struct AdviseAccessArgs {
    /// What may be done with the bytes
    ///
    /// The default is what the advice needs, and c for anonymous memory.
    #[arg(short, long, value_name = "ACCESS", hide_short_help = true)]
    pub access: Option<Access>,
    /// Keep what is written to this mapping (MAP_PRIVATE)
    #[arg(long, group = "visibility", hide_short_help = true)]
    pub private: bool,
    /// Let all who map the source see what is written (MAP_SHARED)
    #[arg(long, group = "visibility", hide_short_help = true)]
    pub shared: bool,
}

/// Parses two hexadecimal addresses with a hyphen between them.
fn parse_addresses(text: &str) -> Result<AddressRange, String> {
    let wrong = || "it is no range of addresses, as 7f0000000000-7f0000010000 is".to_owned();
    let (start, end) = text.split_once('-').ok_or_else(wrong)?;
    let range = AddressRange::between(parse_hexadecimal(start)?, parse_hexadecimal(end)?)
        .filter(|range| !range.is_empty());
    range.ok_or_else(|| "the end does not lie after the start".to_owned())
}

fn parse_hexadecimal(text: &str) -> Result<u64, String> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    // from_str_radix accepts a sign.
    let hexadecimal = digits.chars().all(|c| c.is_ascii_hexdigit());
    u64::from_str_radix(digits, 16)
        .ok()
        .filter(|_| hexadecimal)
        .ok_or_else(|| format!("'{text}' is no hexadecimal address"))
}

/// The work of `advise`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdviseWork {
    /// Bring the missing pages into memory.
    Warm(WarmRequest),
    /// Drop the pages.
    Evict,
    /// Give an advice to a mapping of this process.
    Advise(AdviseRequest),
    /// Give an advice to the memory of another process.
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
        let advice = match self.action {
            Action::Warm => {
                return Ok(AdviseWork::Warm(WarmRequest {
                    rate: self.how.rate,
                }));
            }
            Action::Evict => return Ok(AdviseWork::Evict),
            Action::Advice(advice) => advice,
        };
        if advice.is_destructive() && !self.how.destructive {
            return Err(Error::usage(format!(
                "'{}' destroys what it is given on; --destructive says that this is meant",
                advice.name()
            )));
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
        match (&self.process.range, &self.process.mapping) {
            (Some(range), _) => Ok(Selection::Range(*range)),
            (None, Some(pattern)) => Ok(Selection::pattern(pattern)),
            (None, None) => Err(Error::usage(
                "--pid needs --range or --mapping; --mapping '*' means all of its memory",
            )),
        }
    }

    fn check(&self) -> Result<()> {
        let action = matches!(self.action, Action::Warm | Action::Evict);
        let refuse = |text: &str| Err(Error::usage(text));
        if self.how.rate.is_some() && self.action != Action::Warm {
            return refuse("--rate is for warm");
        }
        if self.how.rate.is_some_and(ByteLength::is_zero) {
            return refuse("a --rate of 0 never ends");
        }
        let chosen = self.process.range.is_some() || self.process.mapping.is_some();
        if chosen && self.process.pid.is_none() {
            return refuse("--range and --mapping choose memory of a process, and need --pid");
        }
        if action && self.process.pid.is_some() {
            return refuse(
                "warm and evict work on files; for a process there are willneed and pageout",
            );
        }
        if action && self.is_about_a_mapping() {
            return refuse(
                "warm and evict leave nothing mapped, so --access, --flags, --touch and --hold have no \
                 meaning for them; 'map --lock --hold' keeps a file in memory",
            );
        }
        if self.process.pid.is_some() && (self.is_about_a_mapping() || self.has_range()) {
            return refuse(
                "with --pid the memory is another process's: --range or --mapping chooses it, and \
                 --offset, --length, --access, --flags, --touch and --hold have no meaning",
            );
        }
        Ok(())
    }

    fn has_range(&self) -> bool {
        self.range.offset.is_some() || self.range.length.is_some()
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
    use clap::Parser;

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
        let rate = Some(ByteLength(1 << 20));
        assert_eq!(
            work(&["warm", "a", "--rate", "1M"]),
            Ok(AdviseWork::Warm(WarmRequest { rate }))
        );
        assert_eq!(work(&["evict", "--fd", "3"]), Ok(AdviseWork::Evict));
        for wrong in [
            &["warm"][..],
            &["willneed"],
            &["wilneed", "a"],
            &["willneed", "a", "--rate", "1M"],
            &["warm", "a", "--rate", "0"],
            &["warm", "a", "--hold"],
            &["evict", "a", "--access", "w"],
        ] {
            assert!(work(wrong).is_err(), "{wrong:?}");
        }
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
        for typed in ["1000-3000", "0x1000-0x3000"] {
            assert_eq!(
                work(&["cold", "--pid", "7", "--range", typed]),
                process(Selection::Range(range))
            );
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
            &["cold", "--pid", "7", "--range", "g-5"],
            &["cold", "--pid", "7", "--mapping", "x", "-n", "1"],
            &["warm", "--pid", "7", "--mapping", "x"],
        ] {
            assert!(work(wrong).is_err(), "{wrong:?}");
        }
    }
}
