//! The options on the range of a source, and the grammar of `--range`.
//!
//! ```text
//! range     = [offset] ".." [offset] | offset "+" size
//! addresses = hexdigits "-" hexdigits                   as /proc/PID/maps has them; for the memory of a process
//! ```
//!
//! The end is not part of the range. Without a start it starts at 0; without an end it extends to the end. If the start
//! counts from the end, so does the end.

use clap::{ArgMatches, Args, Command, FromArgMatches};

use super::size::{parse_length, parse_offset};
use crate::mapping::error::{Error, Result};
use crate::mapping::types::{
    AddressRange, ByteLength, OffsetRequest, RangeRequest, SourceOffset, SourceRange, TooLarge,
};

/// The range of the source, typed as an offset and a length or as a range.
///
/// A command with a `-s` or `-l` of its own takes the short alias away:
/// `#[command(mut_args(|arg| arg.short_alias(None)))]`.
#[derive(Clone, Copy, Debug, Default)]
pub struct RangeArgs {
    /// The offset.
    pub offset: Option<OffsetRequest>,
    /// The length.
    pub length: Option<ByteLength>,
    /// Whether it was typed as two hexadecimal addresses. Commands without `--pid` refuse that.
    addresses: bool,
    /// Whether it was typed as `START..`.
    to_end: bool,
}

/// The range as it is typed.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Range")]
struct TypedRange {
    /// Start offset; negative counts from the end [default: 0]
    ///
    /// Sizes are 0x hexadecimal numbers, or decimal numbers with an optional unit: K, M, G, T, P, E, Ki, KiB and so on
    /// (powers of 1024), kB, MB and so on (powers of 1000), or pg (pages). Examples: 4096, 0x1000, 4K, 1.5M, 2pg,
    /// 1_000_000. --offset -4K starts 4 KiB before the end. --skip is an alias.
    #[arg(
        short,
        long,
        short_alias = 's',
        alias = "skip",
        value_name = "OFFSET",
        value_parser = parse_offset,
        allow_hyphen_values = true
    )]
    offset: Option<OffsetRequest>,
    /// Number of bytes [default: up to the end]
    ///
    /// Written like an offset, without a sign: --length 64K.
    #[arg(
        short = 'n',
        long,
        short_alias = 'l',
        value_name = "SIZE",
        value_parser = parse_length,
        allow_hyphen_values = true
    )]
    length: Option<ByteLength>,
    /// Start and end, or start and length: 4K..8K, 4K+100
    ///
    /// The end is not included. --range 4K.. extends to the end, --range ..4K starts at 0, and --range -8K..-4K
    /// counts from the end.
    #[arg(
        long,
        value_name = "RANGE",
        value_parser = parse_range,
        allow_hyphen_values = true,
        conflicts_with_all = ["offset", "length"],
        hide_short_help = true
    )]
    range: Option<RangeText>,
}

/// The value of `--range`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RangeText {
    /// Sizes.
    Sizes(OffsetRequest, Option<ByteLength>),
    /// Addresses in hexadecimal, without `0x`.
    Addresses(AddressRange),
}

impl From<TypedRange> for RangeArgs {
    fn from(typed: TypedRange) -> Self {
        let (offset, length) = match typed.range {
            None => (typed.offset, typed.length),
            Some(RangeText::Sizes(offset, length)) => (Some(offset), length),
            Some(RangeText::Addresses(range)) => (
                Some(OffsetRequest::FromStart(SourceOffset(range.start()))),
                Some(ByteLength(range.length())),
            ),
        };
        Self {
            offset,
            length,
            addresses: matches!(typed.range, Some(RangeText::Addresses(_))),
            to_end: matches!(typed.range, Some(RangeText::Sizes(_, None))),
        }
    }
}

/// The value of `--range` for a command with `--pid`: also addresses in the format of `/proc/PID/maps`.
pub(super) fn or_addresses(range: clap::Arg) -> clap::Arg {
    range.value_parser(parse_offsets_or_addresses)
}

impl FromArgMatches for RangeArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        TypedRange::from_arg_matches(matches).map(Self::from)
    }

    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self, clap::Error> {
        TypedRange::from_arg_matches_mut(matches).map(Self::from)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for RangeArgs {
    fn augment_args(command: Command) -> Command {
        TypedRange::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        TypedRange::augment_args_for_update(command)
    }
}

/// Parses the value of `--range` as offsets.
fn parse_range(text: &str) -> Result<RangeText, String> {
    match parse_offsets_or_addresses(text)? {
        RangeText::Addresses(_) => Err(
            "START-END takes addresses and needs --pid; use START..END or START+LENGTH".to_owned(),
        ),
        offsets @ RangeText::Sizes(..) => Ok(offsets),
    }
}

/// Parses a range of offsets: a part of a mapping.
pub(super) fn parse_part(text: &str) -> Result<RangeRequest, String> {
    match parse_range(text)? {
        RangeText::Sizes(offset, length) => Ok(RangeRequest { offset, length }),
        RangeText::Addresses(_) => Err("not a range of offsets".to_owned()),
    }
}

/// Parses the value of `--range` as offsets, or as addresses in the format of `/proc/PID/maps`.
fn parse_offsets_or_addresses(text: &str) -> Result<RangeText, String> {
    if let Some((start, end)) = text.split_once("..") {
        let part = |text: &str, name| match text {
            "" => Ok(None),
            _ => parse_offset(text)
                .map(Some)
                .map_err(|error| format!("{name} '{text}': {error}")),
        };
        let (start, end) = (part(start, "start")?, part(end, "end")?);
        let start = start.unwrap_or_default();
        let length = end.map(|end| length_between(start, end)).transpose()?;
        return Ok(RangeText::Sizes(start, length));
    }
    if let Some((start, length)) = text.split_once('+') {
        let offset = parse_offset(start).map_err(|error| format!("start '{start}': {error}"))?;
        let length = parse_length(length).map_err(|error| format!("length '{length}': {error}"))?;
        return Ok(RangeText::Sizes(offset, Some(length)));
    }
    match text.split_once('-').filter(|(start, _)| !start.is_empty()) {
        Some((start, end)) => {
            AddressRange::between(parse_hexadecimal(start)?, parse_hexadecimal(end)?)
                .map(RangeText::Addresses)
                .ok_or_else(|| BACKWARDS.to_owned())
        }
        None => Err("not a range (examples: 4K..8K, 4K.., ..4K, 4K+100)".to_owned()),
    }
}

/// Parses a range of addresses that has a start and an end.
pub(super) fn parse_addresses(text: &str) -> Result<AddressRange, String> {
    let range = match parse_offsets_or_addresses(text)? {
        RangeText::Addresses(range) => Some(range),
        RangeText::Sizes(OffsetRequest::FromStart(SourceOffset(start)), Some(length)) => {
            AddressRange::new(start, length)
        }
        RangeText::Sizes(..) => None,
    };
    let range = range.filter(|range| !range.is_empty());
    range.ok_or_else(|| "addresses need a start and an end: START..END".to_owned())
}

const BACKWARDS: &str = "the end is before the start";

/// The number of bytes from the start to the end of a range.
fn length_between(start: OffsetRequest, end: OffsetRequest) -> Result<ByteLength, String> {
    let length = match (start, end) {
        (OffsetRequest::FromStart(start), OffsetRequest::FromStart(end)) => {
            SourceOffset::checked_from_to(start, end)
        }
        (OffsetRequest::FromEnd(start), OffsetRequest::FromEnd(end)) => start.checked_minus(end),
        _ => {
            return Err(
                "start and end must both count from the start, or both from the end".to_owned(),
            );
        }
    };
    length.ok_or_else(|| BACKWARDS.to_owned())
}

fn parse_hexadecimal(text: &str) -> Result<u64, String> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    // from_str_radix accepts a sign.
    let hexadecimal = digits.chars().all(|c| c.is_ascii_hexdigit());
    u64::from_str_radix(digits, 16)
        .ok()
        .filter(|_| hexadecimal)
        .ok_or_else(|| format!("'{text}' is not a hexadecimal address"))
}

impl RangeArgs {
    /// The requested range.
    #[must_use]
    pub fn request(&self) -> RangeRequest {
        RangeRequest {
            offset: self.offset.unwrap_or_default(),
            length: self.length,
        }
    }

    /// Whether it was typed as a range up to the end.
    #[must_use]
    pub fn reaches_to_end(&self) -> bool {
        self.to_end
    }

    /// Whether neither an offset nor a length was typed.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        self.offset.is_none() && self.length.is_none()
    }

    /// Refuses two hexadecimal addresses, for a source with offsets.
    ///
    /// # Errors
    /// `usage`.
    pub fn check_offsets(&self) -> Result<()> {
        if self.addresses {
            let reason = "--range START-END takes addresses and needs --pid";
            return Err(Error::usage(reason)
                .hint("--range START..END and --range START+LENGTH take offsets"));
        }
        Ok(())
    }

    /// The range as addresses in a process.
    ///
    /// # Errors
    /// `usage` for an offset from the end, for no addresses, and for addresses that no process can have.
    pub fn addresses(&self) -> Result<AddressRange> {
        let OffsetRequest::FromStart(SourceOffset(start)) = self.offset.unwrap_or_default() else {
            return Err(Error::usage(
                "with --pid, offsets are addresses and must not be negative",
            ));
        };
        let range = match self.length {
            Some(length) => AddressRange::new(start, length),
            None => AddressRange::between(start, AddressRange::ALL.end()),
        };
        let range =
            range.ok_or_else(|| Error::usage("the range exceeds the 64-bit address space"))?;
        if range.is_empty() {
            return Err(Error::usage("the range is empty"));
        }
        Ok(range)
    }

    /// The smallest range that the request can mean, independent of the source: an offset from the end is 0, and a
    /// missing length is 1.
    ///
    /// # Errors
    /// `usage` for a range that no source can have.
    pub fn smallest(&self) -> Result<SourceRange> {
        let offset = match self.request().offset {
            OffsetRequest::FromStart(offset) => offset,
            OffsetRequest::FromEnd(_) => SourceOffset(0),
        };
        let length = self.length.unwrap_or(ByteLength(1));
        SourceRange::new(offset, length)
            .ok_or_else(|| Error::usage(TooLarge(self.request()).to_string()))
    }

    /// Refuses an offset from the end, for a file that is truncated to 0.
    ///
    /// # Errors
    /// `usage`.
    pub fn check_from_start(&self) -> Result<()> {
        match self.request().offset {
            OffsetRequest::FromStart(_) => Ok(()),
            OffsetRequest::FromEnd(_) => Err(Error::usage(
                "--open truncate empties the file, so the offset must not be negative",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use proptest::prelude::*;

    #[derive(Debug, Parser)]
    #[command(mut_arg("range", or_addresses))]
    struct Typed {
        #[command(flatten)]
        range: RangeArgs,
    }

    #[derive(Debug, Parser)]
    #[command(mut_args(|arg| arg.short_alias(None)))]
    struct WithShortNames {
        #[arg(short, long)]
        set: bool,
        #[arg(short, long)]
        long: bool,
        #[command(flatten)]
        range: RangeArgs,
    }

    fn typed(arguments: &[&str]) -> Result<RangeArgs, String> {
        let all = std::iter::once("x").chain(arguments.iter().copied());
        let parsed = Typed::try_parse_from(all).map_err(|error| error.to_string())?;
        Ok(parsed.range)
    }

    fn request(arguments: &[&str]) -> Result<RangeRequest, String> {
        typed(arguments).map(|range| range.request())
    }

    fn from_start(offset: u64, length: Option<u64>) -> Result<RangeRequest, String> {
        Ok(RangeRequest {
            offset: OffsetRequest::FromStart(SourceOffset(offset)),
            length: length.map(ByteLength),
        })
    }

    fn from_end(back: u64, length: Option<u64>) -> Result<RangeRequest, String> {
        Ok(RangeRequest {
            offset: OffsetRequest::FromEnd(ByteLength(back)),
            length: length.map(ByteLength),
        })
    }

    #[test]
    fn a_range_is_typed_in_several_ways_and_means_the_same() {
        for arguments in [
            &["--offset", "4K", "--length", "100"][..],
            &["-o", "4K", "-n100"],
            &["-s4K", "-l", "100"],
            &["--skip", "4096", "-n", "100"],
            &["--range", "4K+100"],
            &["--range", "4Ki..4196"],
            &["--range=0x1000..0x1064"],
        ] {
            assert_eq!(
                request(arguments),
                from_start(4096, Some(100)),
                "{arguments:?}"
            );
        }
    }

    #[test]
    fn either_end_of_a_range_may_be_open() {
        for (text, expected) in [
            ("4K..", from_start(4096, None)),
            ("..4K", from_start(0, Some(4096))),
            ("..", from_start(0, None)),
            ("1.5K..2K", from_start(1536, Some(512))),
            (
                "1pg..1pg",
                from_start(
                    crate::mapping::measure::page_sizes::page_size().bytes(),
                    Some(0),
                ),
            ),
            ("-4K..", from_end(4096, None)),
            ("-4K..-1K", from_end(4096, Some(3072))),
            ("-4K..-0", from_end(4096, Some(4096))),
            ("-4K+1K", from_end(4096, Some(1024))),
        ] {
            assert_eq!(request(&["--range", text]), expected, "{text}");
        }
    }

    #[test]
    fn a_range_without_a_start_begins_at_0_and_has_an_offset() {
        let first = Some(OffsetRequest::FromStart(SourceOffset(0)));
        for text in ["..4K", ".."] {
            assert_eq!(typed(&["--range", text]).unwrap().offset, first, "{text}");
        }
        assert_eq!(typed(&[]).unwrap().offset, None);
    }

    #[test]
    fn what_is_no_range_is_refused_with_the_reason() {
        for (text, why) in [
            ("4K", "not a range (examples: 4K..8K, 4K.., ..4K, 4K+100)"),
            ("-4K", "not a range"),
            ("8K..4K", "the end is before the start"),
            ("-1K..-4K", "the end is before the start"),
            ("2000-1000", "the end is before the start"),
            (
                "4K..-1K",
                "start and end must both count from the start, or both from the end",
            ),
            ("..-1K", "start and end must both count"),
            ("-1K..4K", "start and end must both count"),
            ("4Q..8K", "start '4Q': unknown unit 'Q'"),
            ("4K..8Q", "end '8Q': unknown unit 'Q'"),
            ("4K...8K", "end '.8K': not a number"),
            ("+4K", "start '': a number is required"),
            ("4K+", "length '': a number is required"),
            ("4K+-1", "length '-1': must not be negative"),
            ("4K-8K", "'4K' is not a hexadecimal address"),
        ] {
            let error = typed(&["--range", text]).map(|_| ()).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
        for option in ["--offset", "--length"] {
            assert!(typed(&["--range", "1..2", option, "1"]).is_err());
        }
    }

    #[test]
    fn addresses_may_be_typed_as_the_kernel_lists_them() {
        let range = AddressRange::between(0x7000, 0x9000).unwrap();
        for arguments in [
            &["--range", "7000-9000"][..],
            &["--range", "0x7000-0x9000"],
            &["--range", "0x7000..0x9000"],
            &["--range", "0x7000+8K"],
            &["-o", "0x7000", "-n", "0x2000"],
        ] {
            let typed = typed(arguments).unwrap();
            assert_eq!(typed.addresses().unwrap(), range, "{arguments:?}");
            let maps = arguments[1].contains('-');
            assert_eq!(typed.check_offsets().is_err(), maps, "{arguments:?}");
        }
        let all = typed(&["--range", "0x7000.."])
            .unwrap()
            .addresses()
            .unwrap();
        assert_eq!((all.start(), all.end()), (0x7000, u64::MAX));
        let top = typed(&["--range", "fffffffffffff000-ffffffffffffffff"]).unwrap();
        assert_eq!(top.addresses().unwrap().length(), 0xfff);
        for wrong in [
            &["-o", "-4K"][..],
            &["--range", "1..1"],
            &["-o", "16", "-n", "0xffffffffffffffff"],
        ] {
            assert!(typed(wrong).unwrap().addresses().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn addresses_are_for_processes() {
        for own in ["7000-9000", "0x7000-0x9000"] {
            assert!(parse_range(own).unwrap_err().contains("addresses"), "{own}");
        }
    }

    #[test]
    fn a_command_may_keep_the_short_names_for_its_own_options() {
        let own = WithShortNames::try_parse_from(["x", "-s", "-l", "--skip", "7"]).unwrap();
        assert!(own.set && own.long);
        assert_eq!(Ok(own.range.request()), from_start(7, None));
        let own = WithShortNames::try_parse_from(["x", "--range", "1+2"]).unwrap();
        assert_eq!(Ok(own.range.request()), from_start(1, Some(2)));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            let _ = parse_offsets_or_addresses(&text);
        }

        #[test]
        fn no_text_that_resembles_a_range_makes_it_panic(text in r"-?[0-9a-fKMx]{0,20}(\.\.|[+-])-?[0-9a-fKMx]{0,20}") {
            let _ = parse_offsets_or_addresses(&text);
        }

        #[test]
        fn every_range_comes_back(start: u64, end: u64) {
            let (start, end) = (start.min(end), start.max(end));
            let expected = from_start(start, Some(end - start));
            for text in [format!("{start}..{end}"), format!("{start}+{}", end - start), format!("{start:x}-{end:x}")] {
                prop_assert_eq!(request(&["--range", &text]), expected.clone());
            }
        }
    }
}
