//! The arguments of `map`.

use clap::Args;

use super::access::{AccessArgs, MapFlagArgs, OpenArgs, PlacementArgs};
use super::advise::unconfirmed;
use super::expectation::parse_expectation;
use super::hold::HoldArgs;
use super::protection::parse_protection;
use super::range::RangeArgs;
use super::size::parse_length;
use super::source::SourcesArgs;
use super::then::parse_step;
use crate::mapping::actions::map::MapJob;
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::expectation::Expectation;
use crate::mapping::region::MapRequest;
use crate::mapping::source::{Creation, OpenRequest};
use crate::mapping::types::{
    Access, AccessMode, Action, Advice, ByteLength, LockMode, MapFlag, Named, Protection,
    RemapPlace, Step, Visibility,
};

/// Map memory and report the result
///
/// The mapping lasts as long as the command: to keep it, use --hold or a program after --.
#[derive(Clone, Debug, Args)]
pub struct MapArgs {
    /// The sources.
    #[command(flatten)]
    pub sources: SourcesArgs,
    /// The range.
    #[command(flatten)]
    pub range: RangeArgs,
    /// The access to the bytes.
    #[command(flatten)]
    pub access: AccessArgs,
    /// How to open the source.
    #[command(flatten)]
    pub open: OpenArgs,
    /// Where to place the mapping.
    #[command(flatten)]
    pub placement: PlacementArgs,
    /// How to map the source.
    #[command(flatten)]
    pub flags: MapFlagArgs,
    /// The steps after mapping.
    #[command(flatten)]
    pub after: AfterArgs,
    /// How long to keep the mapping.
    #[command(flatten)]
    pub hold: HoldArgs,
    /// Add the residency picture to JSON, and keep it in narrow tables
    ///
    /// JSON has 64 buckets, or one per page if the range has fewer than 64 pages. A report on one source always has a
    /// picture. A table of several files has one if the terminal is wide enough, and with this option on any terminal.
    #[arg(long, help_heading = "Output", hide_short_help = true)]
    pub picture: bool,
}

/// The steps after mapping, in this order.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "After mapping")]
pub struct AfterArgs {
    /// Resize the mapping with mremap(2), which may move it: --remap 2M
    #[arg(long, value_name = "SIZE", value_parser = parse_length, hide_short_help = true)]
    pub remap: Option<ByteLength>,
    /// Change the access with mprotect(2); + adds bits: --protect w, --protect r+sem
    #[arg(long, value_name = "ACCESS", value_parser = parse_protection, hide_short_help = true)]
    pub protect: Option<Protection>,
    /// Apply advice: --advise random
    ///
    /// 'mmapctl advise --help' lists the advice; 'mmapctl advise' also compares the memory before and after.
    #[arg(long, value_name = "ADVICE", hide_possible_values = true)]
    pub advise: Option<Advice>,
    /// Allow destructive advice: remove, hwpoison and soft-offline
    #[arg(long, hide_short_help = true)]
    pub destructive: bool,
    /// Load the pages and lock them in memory
    ///
    /// The lock ends with the mapping: see --hold.
    #[arg(long)]
    pub lock: bool,
    /// Try to read, write and execute the first page
    ///
    /// The report shows which accesses succeed. The contents do not change: a byte is written back as it was. In a
    /// file that is mapped with --access w, this counts as a modification, and allocates the block of a hole.
    #[arg(long, hide_short_help = true)]
    pub probe: bool,
    /// A step after these, as often as wanted: --then touch@4K..8K
    ///
    /// The steps are protect=ACCESS[+sem|+growsdown|+growsup], advise=ADVICE, lock[=onfault], unlock, touch[=write],
    /// sync[=async|=invalidate], remap=SIZE[,dontunmap|,fixed=ADDRESS], unmap, probe, seal, and name=TEXT. Each takes a part
    /// of the mapping, @START..END or @START+LENGTH, counted from its start. They are taken in the order given, after
    /// the options above. Each is measured before and after. One that fails ends the sequence.
    #[arg(long, value_name = "STEP", value_parser = parse_step)]
    pub then: Vec<Step>,
    /// Fail unless this much is resident: 90%
    ///
    /// If less is resident, the exit status is 10: --expect-resident 90%. The amount is a percentage with at most three
    /// decimals, or a size. A comparison may precede it (<= >= == < >): '==100%', '<1G', '>0pg'.
    #[arg(long, value_name = "SHARE", value_parser = parse_expectation)]
    pub expect_resident: Option<Expectation>,
}

impl AfterArgs {
    /// The steps: those of the single options in their fixed order, then those of `--then`.
    fn steps(&self) -> Vec<Step> {
        let single = [
            self.remap
                .map(|length| Action::Remap(length, RemapPlace::Free)),
            self.protect.map(Action::Protect),
            self.advise.map(Action::Advise),
            self.lock.then_some(Action::Lock(LockMode::Now)),
            self.probe.then_some(Action::Probe),
        ];
        let single = single.into_iter().flatten().map(Step::whole);
        single.chain(self.then.iter().cloned()).collect()
    }
}

impl MapArgs {
    /// The requested mapping, independent of the source.
    ///
    /// # Errors
    /// `usage` for a request that no source can satisfy, before anything is opened, created or truncated.
    pub fn job(&self) -> Result<MapJob> {
        let (flags, huge_size) = self.flags.resolve()?;
        let (access, visibility) = match flags.has(MapFlag::Droppable) {
            true => self.access.resolve_for(Visibility::Private)?,
            false => self.access.resolve()?,
        };
        self.open.check_truncation(&self.range)?;
        self.check_protection(access, visibility)?;
        self.check_advice()?;
        if self.after.remap == Some(ByteLength::ZERO) {
            return Err(Error::usage("--remap 0: a length of 0 maps nothing"));
        }
        let range = self.range.smallest().map_err(|e| self.on_only_source(e))?;
        let mapping = MapRequest {
            range,
            access,
            visibility,
            placement: self.placement.placement(),
            flags,
            huge_size,
        };
        mapping.check().map_err(|e| self.on_only_source(e))?;
        let writable = access.writes() && visibility.is_shared();
        Ok(MapJob {
            range: self.range.request(),
            open: self.open_request(writable),
            mapping,
            steps: self.after.steps(),
            detailed: self.after.probe || !self.after.then.is_empty(),
            expected: self.after.expect_resident,
            several: self.sources.are_several(),
        })
    }

    /// Names the source in an error, if there is only one.
    fn on_only_source(&self, error: Error) -> Error {
        match self.sources.specs().as_slice() {
            [only] => error.on(&only.name()),
            _ => error,
        }
    }

    /// The request to open a source. `writable` is whether stores reach it.
    fn open_request(&self, writable: bool) -> OpenRequest {
        // Write access with a length creates and extends a file.
        let creation = match (writable, self.range.length) {
            (true, Some(_)) => Creation::IfMissing,
            _ => Creation::Never,
        };
        self.open.request(writable, creation)
    }

    fn check_protection(&self, access: Access, visibility: Visibility) -> Result<()> {
        let steps = self.after.steps();
        let copies = steps.iter().find(|step| match step.action {
            Action::Protect(protection) => protection.access.mode == AccessMode::Copy,
            _ => false,
        });
        if let Some(step) = copies.filter(|_| visibility.is_shared()) {
            return Err(Error::usage(format!(
                "{step} makes private copies, but the mapping is {}; add --private",
                visibility.name()
            )));
        }
        let protected = self.after.protect.map(|protection| protection.access);
        if self.after.lock && protected.unwrap_or(access).mode == AccessMode::None {
            return Err(Error::usage(
                "--lock cannot load pages without access (none)",
            ));
        }
        Ok(())
    }

    fn check_advice(&self) -> Result<()> {
        let steps = self.after.steps();
        let advice = steps.iter().filter_map(|step| match step.action {
            Action::Advise(advice) => Some(advice),
            _ => None,
        });
        let mut advice = advice.peekable();
        match self.after.destructive {
            true if advice.peek().is_none() => {
                let failure = Error::usage("--destructive needs --advise <ADVICE>");
                Err(failure.hint("add --advise <ADVICE>, or omit --destructive"))
            }
            true => Ok(()),
            false => match advice.find(|advice| advice.is_destructive()) {
                Some(advice) => Err(unconfirmed(advice)),
                None => Ok(()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, clap::Parser)]
    struct All {
        #[command(flatten)]
        map: MapArgs,
    }

    #[test]
    fn what_cannot_be_meant_is_refused_before_anything_is_opened() {
        let check = |arguments: &[&str]| {
            let all = ["x", "file"].into_iter().chain(arguments.iter().copied());
            let parsed = <All as clap::Parser>::try_parse_from(all).unwrap();
            parsed
                .map
                .job()
                .map(drop)
                .map_err(|error| error.to_string())
        };
        for right in [
            &["-a", "w", "--open", "truncate", "-n", "1"][..],
            &["-a", "c", "--protect", "c"],
            &["--protect", "none"],
            &["--advise", "remove", "--destructive"],
            &["--advise", "cold"],
            &["--remap", "1"],
        ] {
            assert_eq!(check(right), Ok(()), "{right:?}");
        }
        for wrong in [
            &["-a", "w", "--open", "truncate"][..],
            &["-a", "w", "--open", "truncate", "-n", "1", "-o", "-4K"],
            &["--protect", "c"],
            &["--protect", "none", "--lock"],
            &["-a", "none", "--lock"],
            &["--advise", "remove"],
            &["--advise", "hwpoison"],
            &["--advise", "soft-offline"],
            &["--remap", "0"],
        ] {
            assert!(check(wrong).is_err(), "{wrong:?}");
        }
    }
}
