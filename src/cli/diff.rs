//! The arguments of `diff`, and the grammar of its sides.
//!
//! ```text
//! side = "-" | "tag:" NAME | "fd:" N | "pid:" PID "@" addresses | FILE
//! ```

use std::ffi::OsString;
use std::num::NonZeroU16;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, ValueEnum};

use super::format::DumpLook;
use super::number::{PROCESS_IDS, number_in};
use super::range::{RangeArgs, parse_addresses};
use super::size::parse_offset;
use super::source::file;
use crate::hexview::{BorderStyle, CharacterTable, HexylOptions, PairOptions};
use crate::mapping::actions::diff::{DiffRequest, SideSpec};
use crate::mapping::error::{Error, Result};
use crate::mapping::source::SourceSpec;
use crate::mapping::types::{OffsetRequest, Tag};

/// The number of equal lines around those that differ.
const CONTEXT: u16 = 1;

/// The greatest number of panels of a side, as in hexyl.
const MOST_PANELS: NonZeroU16 = NonZeroU16::MIN.saturating_add(1);

/// Compare two files, shared memory regions, pipes or processes byte by byte
///
/// Exits with 0 if the sides are the same and with 10 if they differ, also if one ends before the other. Holes on both
/// sides are skipped. With --quiet, the comparison ends at the first difference, and nothing is printed.
#[derive(Clone, Debug, Args)]
pub struct DiffArgs {
    /// The first side: a file, -, tag:NAME, fd:N or pid:N@START..END
    ///
    /// Standard input is -, a shared memory region tag:NAME, an inherited file descriptor fd:N, and memory of a process
    /// pid:N@START..END, or pid:N@START-END as in /proc/PID/maps. './tag:x' is a file named 'tag:x'.
    #[arg(value_name = "A", value_parser = side_parser(), value_hint = clap::ValueHint::FilePath, help_heading = "Sides")]
    pub a: SideSpec,
    /// The second side
    #[arg(value_name = "B", value_parser = side_parser(), value_hint = clap::ValueHint::FilePath, help_heading = "Sides")]
    pub b: SideSpec,
    /// The range of both sides.
    #[command(flatten)]
    pub range: RangeArgs,
    /// Start offset of the second side: --offset-b 4K [default: --offset]
    ///
    /// The offsets of differences are those of the first side.
    #[arg(long, value_name = "OFFSET", value_parser = parse_offset, allow_hyphen_values = true, help_heading = "Range")]
    pub offset_b: Option<OffsetRequest>,
    /// What is shown.
    #[command(flatten)]
    pub output: DiffOutputArgs,
}

/// What is shown of differences.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct DiffOutputArgs {
    /// Output format [default: panels]
    #[arg(short, long, value_name = "FORMAT")]
    pub format: Option<DiffFormat>,
    /// Number of equal lines around those that differ: --context 3 [default: 1]
    ///
    /// For the formats panels and side-by-side.
    #[arg(long, value_name = "N", value_parser = number_in::<u16>(0..=65535))]
    pub context: Option<u16>,
    /// Show the first N differences, and count the others: --max 10
    ///
    /// A difference is a range of bytes that all differ; in format list, a byte. Lines of the formats panels and
    /// side-by-side are shown whole.
    #[arg(long, value_name = "N", value_parser = number_in::<u64>(1..=u64::MAX))]
    pub max: Option<u64>,
    /// Show bytes in decimal, not octal; implies --format list
    #[arg(long)]
    pub decimal: bool,
}

/// A format of `diff`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// A line of A above a line of B, as hexyl shows bytes
    Panels,
    /// A line of A next to a line of B
    SideBySide,
    /// The number of each byte that differs, from 1 on, and both bytes in octal, as cmp -l
    List,
    /// The decimal offset and length of each difference
    Ranges,
}

impl DiffArgs {
    /// What to compare.
    #[must_use]
    pub fn request(&self) -> DiffRequest {
        let offset = self.range.offset;
        DiffRequest {
            sides: [self.a.clone(), self.b.clone()],
            offsets: [offset, self.offset_b.or(offset)],
            length: self.range.length,
        }
    }

    /// The format of text.
    #[must_use]
    pub fn format(&self) -> DiffFormat {
        let by_default = match self.output.decimal {
            true => DiffFormat::List,
            false => DiffFormat::Panels,
        };
        self.output.format.unwrap_or(by_default)
    }

    /// How differences are drawn from these start offsets.
    ///
    /// # Errors
    /// `usage` if two sides next to each other do not fit.
    pub fn drawing(&self, starts: [u64; 2], look: DumpLook) -> Result<PairOptions> {
        let options = PairOptions {
            look: HexylOptions {
                border: match look.ascii {
                    true => BorderStyle::Ascii,
                    false => BorderStyle::default(),
                },
                character_table: match look.ascii {
                    true => CharacterTable::Ascii,
                    false => CharacterTable::default(),
                },
                color: look.coloured,
                ..HexylOptions::default()
            },
            side_by_side: self.format() == DiffFormat::SideBySide,
            context: self.output.context.unwrap_or(CONTEXT),
            starts,
        };
        let Some(panels) = options.panels_for_width(look.columns as u64) else {
            let reason = format!("two sides do not fit {} columns", look.columns);
            return Err(Error::usage(reason).hint("use --format panels, or a wider terminal"));
        };
        let panels = panels.min(MOST_PANELS);
        Ok(PairOptions {
            look: HexylOptions {
                panels,
                ..options.look
            },
            ..options
        })
    }

    /// Refuses options that contradict each other.
    ///
    /// # Errors
    /// `usage`.
    pub fn check(&self, json: bool) -> Result<()> {
        let output = &self.output;
        let usage = |text: &str| Err(Error::usage(text));
        let draws = matches!(self.format(), DiffFormat::Panels | DiffFormat::SideBySide);
        if json && (output.decimal || output.format.is_some_and(|f| f != DiffFormat::Ranges)) {
            return usage("with --json use --format ranges, or omit --format");
        }
        if output.decimal && self.format() != DiffFormat::List {
            return usage("--decimal applies only to --format list");
        }
        if output.context.is_some() && (json || !draws) {
            return usage("--context applies only to --format panels and side-by-side");
        }
        Ok(())
    }
}

fn side_parser() -> impl TypedValueParser<Value = SideSpec> {
    OsStringValueParser::new().try_map(parse_side)
}

/// Parses a side.
fn parse_side(typed: OsString) -> Result<SideSpec, String> {
    let lossy = typed.to_string_lossy();
    let source = match lossy.split_once(':') {
        Some(("tag", name)) if typed.to_str().is_none() => {
            return Err(format!("the name of tag '{name}' is not UTF-8"));
        }
        Some(("tag", name)) => SourceSpec::Tag(Tag::new(name).map_err(|e| e.to_string())?),
        Some(("fd", number)) => {
            let parsed = number_in::<i32>(0..=i32::MAX as u64)(number);
            SourceSpec::Descriptor(parsed.map_err(|error| format!("fd: {error}"))?)
        }
        Some(("pid", memory)) => return parse_memory(memory),
        _ => file(typed.as_ref()),
    };
    Ok(SideSpec::Source(source))
}

/// Parses `N@START..END`.
fn parse_memory(text: &str) -> Result<SideSpec, String> {
    let Some((pid, addresses)) = text.split_once('@') else {
        return Err("pid needs a range of addresses: pid:N@START..END".to_owned());
    };
    let pid = number_in::<u32>(PROCESS_IDS)(pid).map_err(|error| format!("pid: {error}"))?;
    Ok(SideSpec::Process(pid, parse_addresses(addresses)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::types::{AddressRange, ByteLength};
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Typed {
        #[command(flatten)]
        diff: DiffArgs,
    }

    fn parse(arguments: &[&str]) -> Result<DiffArgs, clap::Error> {
        let all = std::iter::once("x").chain(arguments.iter().copied());
        Typed::try_parse_from(all).map(|typed| typed.diff)
    }

    #[test]
    fn a_side_is_a_file_unless_it_begins_with_a_kind() {
        let side = |text: &str| parse_side(text.into());
        let source = |spec| Ok(SideSpec::Source(spec));
        assert_eq!(side("a"), source(SourceSpec::File("a".into())));
        assert_eq!(side("./tag:x"), source(SourceSpec::File("./tag:x".into())));
        assert_eq!(side("c:x"), source(SourceSpec::File("c:x".into())));
        assert_eq!(side("-"), source(SourceSpec::StandardInput));
        assert_eq!(side("fd:3"), source(SourceSpec::Descriptor(3)));
        let tag = Tag::new("a:b").unwrap();
        assert_eq!(side("tag:a:b"), source(SourceSpec::Tag(tag)));
        let range = AddressRange::new(0x1000, ByteLength(0x2000)).unwrap();
        for text in ["0x1000..0x3000", "4K..12K", "4096+8K", "1000-3000"] {
            let memory = Ok(SideSpec::Process(7, range));
            assert_eq!(side(&format!("pid:7@{text}")), memory, "{text}");
        }
        for wrong in [
            "tag:",
            "tag:a/b",
            "fd:",
            "fd:x",
            "fd:-1",
            "pid:",
            "pid:7",
            "pid:7@",
            "pid:0@1..2",
            "pid:x@1..2",
            "pid:7@2..1",
            "pid:7@4K",
            "pid:7@4K..",
            "pid:7@-4K..-2K",
            "pid:7@..",
            "pid:7@1..1",
        ] {
            assert!(side(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn both_sides_start_at_the_same_offset_unless_the_second_has_its_own() {
        let offsets = |options: &[&str]| {
            let all: Vec<&str> = ["a", "b"].iter().chain(options).copied().collect();
            parse(&all).unwrap().request().offsets
        };
        let at = |offset: &str| Some(parse_offset(offset).unwrap());
        assert_eq!(offsets(&[]), [None, None]);
        assert_eq!(offsets(&["-o", "5"]), [at("5"), at("5")]);
        assert_eq!(
            offsets(&["-o", "5", "--offset-b", "-7"]),
            [at("5"), at("-7")]
        );
        assert_eq!(offsets(&["--offset-b", "7"]), [None, at("7")]);
    }

    #[test]
    fn an_option_of_another_format_is_refused() {
        let check = |options: &[&str], json| {
            let all: Vec<&str> = ["a", "b"].iter().chain(options).copied().collect();
            parse(&all).unwrap().check(json).is_ok()
        };
        assert!(check(&["--decimal"], false));
        assert!(check(&["--context", "3", "--max", "1"], false));
        assert!(check(&["--format", "ranges"], true));
        for (wrong, json) in [
            (&["--format", "ranges", "--decimal"][..], false),
            (&["--format", "list", "--context", "1"], false),
            (&["--decimal"], true),
            (&["--format", "panels"], true),
            (&["--context", "1"], true),
        ] {
            assert!(!check(wrong, json), "{wrong:?}");
        }
    }
}
