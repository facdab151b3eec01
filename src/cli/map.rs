//! The arguments of `map`.

use clap::Args;

use super::access::{AccessArgs, MapFlagArgs, OpenArgs, PlacementArgs};
use super::advise::unconfirmed;
use super::expectation::parse_expectation;
use super::hold::HoldArgs;
use super::named::{parse_access, spelling};
use super::range::RangeArgs;
use super::size::parse_length;
use super::source::SourcesArgs;
use crate::mapping::actions::map::{AfterMapping, MapJob};
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::expectation::Expectation;
use crate::mapping::region::MapRequest;
use crate::mapping::source::{Creation, OpenRequest};
use crate::mapping::types::{
    Access, AccessMode, Advice, ByteLength, Named, ProtectExtra, Protection, Visibility,
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
    #[arg(long, requires = "advise", hide_short_help = true)]
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
    #[arg(long)]
    pub probe: bool,
    /// Fail unless this much is resident: 90%
    ///
    /// If less is resident, the exit status is 10: --expect-resident 90%. The amount is a percentage with at most three
    /// decimals, or a size. A comparison may precede it (<= >= == < >): '==100%', '<1G', '>0pg'.
    #[arg(long, value_name = "SHARE", value_parser = parse_expectation)]
    pub expect_resident: Option<Expectation>,
}

/// Parses an access and extra bits: "r", "wx+sem", "PROT_READ|PROT_SEM".
fn parse_protection(text: &str) -> Result<Protection, String> {
    let words: Vec<&str> = text.split(['+', '|', ',']).map(str::trim).collect();
    let (extras, access): (Vec<_>, Vec<_>) = words
        .into_iter()
        .partition(|word| spelling::<ProtectExtra>(word).is_some());
    match parse_access(&access.join("|")) {
        Some(access) => Ok(Protection {
            access,
            extras: extras.into_iter().filter_map(spelling).collect(),
        }),
        None => {
            let unknown = access.iter().find(|word| parse_access(word).is_none());
            Err(format!(
                "unknown access '{}'; use one of {}, and + with {}",
                unknown.copied().unwrap_or(text),
                names::<Access>(),
                names::<ProtectExtra>()
            ))
        }
    }
}

fn names<N: Named>() -> String {
    let names: Vec<&str> = N::ALL.iter().map(|value| value.name()).collect();
    names.join(", ")
}

impl MapArgs {
    /// The requested mapping, independent of the source.
    ///
    /// # Errors
    /// `usage` for a request that no source can satisfy, before anything is opened, created or truncated.
    pub fn job(&self) -> Result<MapJob> {
        let (access, visibility) = self.access.resolve()?;
        self.open.check_truncation(&self.range)?;
        self.check_protection(access, visibility)?;
        self.check_advice()?;
        if self.after.remap == Some(ByteLength::ZERO) {
            return Err(Error::usage("--remap 0: a length of 0 maps nothing"));
        }
        let (flags, huge_size) = self.flags.resolve()?;
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
            after: AfterMapping {
                remap: self.after.remap,
                protect: self.after.protect,
                advise: self.after.advise,
                lock: self.after.lock,
                probe: self.after.probe,
            },
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
        let protected = self.after.protect.map(|protection| protection.access);
        if protected.is_some_and(|to| to.mode == AccessMode::Copy) && visibility.is_shared() {
            return Err(Error::usage(format!(
                "--protect {} makes private copies, but the mapping is {}; add --private",
                protected.unwrap_or(access).name(),
                visibility.name()
            )));
        }
        if self.after.lock && protected.unwrap_or(access).mode == AccessMode::None {
            return Err(Error::usage(
                "--lock cannot load pages without access (none)",
            ));
        }
        Ok(())
    }

    fn check_advice(&self) -> Result<()> {
        match self.after.advise {
            Some(advice) if advice.is_destructive() && !self.after.destructive => {
                Err(unconfirmed(advice))
            }
            _ => Ok(()),
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

    #[test]
    fn a_protection_is_an_access_with_bits() {
        let protection = parse_protection("wx+sem+growsdown").unwrap();
        assert_eq!(protection.access.name(), "wx");
        assert!(protection.extras.has(ProtectExtra::Sem));
        assert!(protection.extras.has(ProtectExtra::Growsdown));
        assert!(parse_protection("none").unwrap().extras.is_empty());
        for text in [
            "r+sem",
            "ro|SEM",
            "PROT_READ|PROT_SEM",
            "prot_sem, prot_read",
        ] {
            let protection = parse_protection(text).unwrap();
            assert_eq!(protection.access, Access::READ, "{text}");
            assert!(protection.extras.has(ProtectExtra::Sem), "{text}");
        }
        let write = parse_protection("PROT_READ|PROT_WRITE").unwrap();
        assert_eq!(
            (write.access, write.extras.is_empty()),
            (Access::WRITE, true)
        );
        for (wrong, unknown) in [
            ("", ""),
            ("q", "q"),
            ("r+", ""),
            ("r+up", "up"),
            ("+sem", ""),
            ("sem", "sem"),
            ("r+w", "r+w"),
            ("PROT_WRITE", "PROT_WRITE"),
        ] {
            let error = parse_protection(wrong).unwrap_err();
            let start = format!("unknown access '{unknown}'; use one of r, w, c,");
            assert!(error.starts_with(&start), "{error}");
        }
    }
}
