//! The arguments of `dump`.

use std::num::{NonZeroU16, NonZeroU64};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::format_name::FormatName;
use super::memory::MemoryArgs;
use super::named::with_help;
use super::number::{NumberType, number_in};
use super::range::{RangeArgs, or_addresses};
use super::size::parse_length;
use super::source::ReadSourceArgs;
use crate::hexview::{
    Base, BorderStyle, CharacterTable, ColorScheme, Endianness, GroupSize, HexFormat, ValueType,
};
use crate::mapping::error::{Error, Result};
use crate::mapping::types::ByteLength;

/// Show the bytes of a file, shared memory region, pipe or process
///
/// The range may start and end at any byte. A pipe is shown as it is read. Readable bytes are shown before an error: if
/// the source ends before the range does, the available bytes are shown, and the exit status is 5.
#[derive(Clone, Debug, Args)]
#[command(mut_arg("range", or_addresses))]
pub struct DumpArgs {
    /// The source.
    #[command(flatten)]
    pub source: ReadSourceArgs,
    /// The range to show.
    #[command(flatten)]
    pub range: RangeArgs,
    /// The memory of another process.
    #[command(flatten)]
    pub memory: MemoryArgs,
    /// The format and destination.
    #[command(flatten)]
    pub output: DumpOutputArgs,
    /// The options of format hexyl.
    #[command(flatten)]
    pub hexyl: HexylArgs,
    /// The options of format values.
    #[command(flatten)]
    pub values: ValuesArgs,
}

/// The format and destination.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct DumpOutputArgs {
    /// Output format [default: hexyl, or raw with --output]
    ///
    /// An option of one format implies that format: --type u16 means --format values --type u16.
    #[arg(short, long, value_name = "FORMAT")]
    pub format: Option<FormatName>,
    /// Write to this file instead of standard output
    ///
    /// --output part.bin copies the bytes and preserves holes. With a text format, the file contains the text. The file
    /// must not be the source.
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// Show repeated lines instead of an asterisk
    #[arg(long, alias = "no-squeeze")]
    pub no_squeezing: bool,
    /// Add this to the displayed offsets: --display-offset 0x1000
    #[arg(long, value_name = "OFFSET", value_parser = parse_length, hide_short_help = true)]
    pub display_offset: Option<ByteLength>,
}

/// The options of format hexyl, named as in hexyl.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Format hexyl")]
pub struct HexylArgs {
    /// Border style [default: unicode]
    ///
    /// In a locale that is not UTF-8, such as C, the default is ascii.
    #[arg(
        long,
        value_name = "STYLE",
        hide_short_help = true,
        value_parser = with_help::<BorderStyle>(&[
            "Unicode box-drawing characters",
            "Hyphens, vertical bars and plus signs",
            "No border",
        ])
    )]
    pub border: Option<BorderStyle>,
    /// Number of 8-byte panels, or auto [default: up to 2]
    ///
    /// --panels auto shows as many panels as fit the terminal. The default is 2 panels, or 1 if 2 do not fit.
    #[arg(long, value_name = "N", value_parser = parse_panels)]
    pub panels: Option<Panels>,
    /// Show as many panels as fit this many columns: --terminal-width 120
    #[arg(
        long,
        value_name = "N",
        value_parser = number_in::<NonZeroU64>(1..=u64::MAX),
        conflicts_with = "panels",
        hide_short_help = true
    )]
    pub terminal_width: Option<NonZeroU64>,
    /// Number of bytes in a group [default: 1]
    #[arg(
        short,
        long,
        alias = "groupsize",
        value_name = "N",
        hide_short_help = true
    )]
    pub group_size: Option<GroupSize>,
    /// Show bytes in this base [default: hexadecimal]
    #[arg(short, long, value_name = "BASE", hide_short_help = true)]
    pub base: Option<Base>,
    /// Byte order within a group [default: big]
    #[arg(
        long,
        value_name = "ORDER",
        value_parser = with_help::<Endianness>(&["Last byte first", "First byte first"]),
        hide_short_help = true
    )]
    pub endianness: Option<Endianness>,
    /// Character table [default: default]
    ///
    /// In a locale that is not UTF-8, the default is ascii.
    #[arg(
        long,
        value_name = "TABLE",
        value_parser = with_help::<CharacterTable>(&[
            "ASCII, with symbols for other bytes",
            "ASCII, with dots for other bytes",
            "EBCDIC (code page 1047)",
            "IBM PC (code page 437)",
            "ASCII, with braille patterns for other bytes",
        ]),
        hide_short_help = true
    )]
    pub character_table: Option<CharacterTable>,
    /// Colour scheme [default: default]
    #[arg(
        long,
        value_name = "SCHEME",
        value_parser = with_help::<ColorScheme>(&[
            "One colour for each kind of byte",
            "A gradient of colours by byte value",
        ]),
        hide_short_help = true
    )]
    pub color_scheme: Option<ColorScheme>,
    /// Hide the characters on the right
    #[arg(long, hide_short_help = true)]
    pub no_characters: bool,
    /// Show the characters on the right (default); overrides --no-characters
    #[arg(
        short = 'C',
        long,
        overrides_with = "no_characters",
        hide_short_help = true
    )]
    pub characters: bool,
    /// Hide the offsets on the left
    #[arg(short = 'P', long, hide_short_help = true)]
    pub no_position: bool,
    /// Show bytes only: --no-characters, --no-position, --border none and, by default, --color never
    #[arg(long, hide_short_help = true)]
    pub bare: bool,
    /// Refused as ambiguous: use --format plain or --bare
    #[arg(short, long, hide = true)]
    pub plain: bool,
}

/// The number of panels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Panels {
    /// As many as fit the terminal.
    Auto,
    /// This number.
    Exactly(NonZeroU16),
}

fn parse_panels(text: &str) -> Result<Panels, String> {
    match text {
        "auto" => Ok(Panels::Auto),
        _ => text
            .parse()
            .map(Panels::Exactly)
            .map_err(|_| format!("must be auto or a number from 1 to {}", u16::MAX)),
    }
}

/// The options of format values.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Format values")]
pub struct ValuesArgs {
    /// Show numbers of this type: --type f64be [default: u8]
    ///
    /// The types are u8, u16, u32, u64, i8, i16, i32, i64, f32 and f64, optionally followed by le (little-endian, the
    /// default) or be (big-endian).
    #[arg(long = "type", value_name = "TYPE", value_parser = parse_value_type)]
    pub value_type: Option<NumberType>,
    /// Fit lines to this many columns [default: the terminal's]
    ///
    /// --width 100 shows as many numbers in a line as fit 100 columns. Without a terminal, the default is 80.
    #[arg(long, value_name = "COLUMNS", value_parser = number_in::<u16>(1..=65535), hide_short_help = true)]
    pub width: Option<u16>,
}

fn parse_value_type(text: &str) -> Result<NumberType, String> {
    NumberType::named(&text.to_ascii_lowercase()).ok_or_else(|| {
        let names: Vec<&str> = ValueType::ALL.iter().map(|kind| kind.name()).collect();
        format!(
            "unknown type; use {}, with or without le or be",
            names.join(", ")
        )
    })
}

impl DumpArgs {
    /// The format.
    pub(super) fn format_name(&self) -> FormatName {
        let default = match self.output.output {
            Some(_) => FormatName::Raw,
            None => FormatName::Hex(HexFormat::Hexyl),
        };
        self.requested_format().unwrap_or(default)
    }

    /// The format of `--format`, or the format that another option implies.
    pub(super) fn requested_format(&self) -> Option<FormatName> {
        let implied = || self.options_of_one_format().find(|(given, ..)| *given);
        let implied = || implied().map(|(_, _, format)| format);
        self.output.format.or_else(implied)
    }

    /// Refuses options that do not apply to the format.
    ///
    /// # Errors
    /// `usage`, with the option and the format.
    pub fn check(&self, json: bool) -> Result<()> {
        if self.hexyl.plain {
            let complaint = Error::usage("dump has no option -p or --plain");
            return Err(complaint.hint(
                "use '--format plain' for hexadecimal digits only, as printed by xxd -p, or '--bare' for panels \
                 without border, offsets and characters",
            ));
        }
        if self.output.output.as_deref() == Some(Path::new("-")) {
            let complaint = Error::usage("--output takes a file name, and '-' is not one");
            return Err(
                complaint.hint("omit --output to write to standard output; ./- names a file")
            );
        }
        let format = self.format_name();
        let in_json = self
            .requested_format()
            .is_none_or(|f| matches!(f, FormatName::Values | FormatName::Raw));
        if json && self.output.output.is_none() && !in_json {
            return Err(Error::usage(format!(
                "format {} cannot be printed as JSON; with --json use --format values or raw, or omit --format",
                name_of(format)
            )));
        }
        for (given, option, home) in self.options_of_one_format() {
            if given && format != home {
                return Err(Error::usage(format!(
                    "{option} applies to --format {}, not to {}",
                    name_of(home),
                    name_of(format)
                )));
            }
        }
        let squeezes = matches!(
            format,
            FormatName::Hex(HexFormat::Hexyl | HexFormat::Canonical) | FormatName::Values
        );
        let shows_offsets = !matches!(
            format,
            FormatName::Hex(HexFormat::Plain | HexFormat::C) | FormatName::Raw
        );
        let name = name_of(format);
        if self.output.no_squeezing && !squeezes {
            return Err(Error::usage(format!(
                "--no-squeezing applies to --format hexyl, canonical and values, not to {name}"
            )));
        }
        if self.output.display_offset.is_some() && !shows_offsets {
            return Err(Error::usage(format!(
                "--display-offset applies to formats with offsets, not to {name}"
            )));
        }
        Ok(())
    }

    /// The options of a single format: whether each is given, its name, and the format.
    fn options_of_one_format(&self) -> impl Iterator<Item = (bool, &'static str, FormatName)> {
        let hexyl = &self.hexyl;
        let values = &self.values;
        let of_hexyl = [
            (hexyl.border.is_some(), "--border"),
            (hexyl.panels.is_some(), "--panels"),
            (hexyl.terminal_width.is_some(), "--terminal-width"),
            (hexyl.group_size.is_some(), "--group-size"),
            (hexyl.base.is_some(), "--base"),
            (hexyl.endianness.is_some(), "--endianness"),
            (hexyl.character_table.is_some(), "--character-table"),
            (hexyl.color_scheme.is_some(), "--color-scheme"),
            (hexyl.no_characters, "--no-characters"),
            (hexyl.characters, "--characters"),
            (hexyl.no_position, "--no-position"),
            (hexyl.bare, "--bare"),
        ];
        let of_values = [
            (values.value_type.is_some(), "--type"),
            (values.width.is_some(), "--width"),
        ];
        let hexyl =
            of_hexyl.map(|(given, option)| (given, option, FormatName::Hex(HexFormat::Hexyl)));
        let values = of_values.map(|(given, option)| (given, option, FormatName::Values));
        hexyl.into_iter().chain(values)
    }
}

fn name_of(format: FormatName) -> String {
    format
        .to_possible_value()
        .map_or_else(String::new, |value| value.get_name().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{CommandFactory, Parser};

    #[derive(Debug, Parser)]
    struct All {
        #[command(flatten)]
        dump: DumpArgs,
    }

    fn parse(arguments: &[&str]) -> Result<DumpArgs, clap::Error> {
        let all = ["x", "file"].into_iter().chain(arguments.iter().copied());
        All::try_parse_from(all).map(|all| all.dump)
    }

    #[test]
    fn an_option_that_does_not_apply_to_the_format_is_refused() {
        assert!(parse(&["--border", "ascii"]).unwrap().check(false).is_ok());
        assert!(
            parse(&["--format", "values", "--type", "u16be"])
                .unwrap()
                .check(false)
                .is_ok()
        );
        assert!(
            parse(&["--format", "canonical", "--no-squeezing"])
                .unwrap()
                .check(false)
                .is_ok()
        );
        for wrong in [
            &["--format", "xxd", "--border", "ascii"][..],
            &["--format", "xxd", "--no-squeezing"],
            &["--format", "plain", "--display-offset", "1"],
            &["--type", "u8", "--format", "xxd"],
            &["--type", "u8", "--border", "ascii"],
            &["--output", "x", "--no-squeezing"],
            &["--output", "-"],
            &["--plain"],
            &["-p"],
        ] {
            assert!(parse(wrong).unwrap().check(false).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn an_option_of_one_format_implies_it_and_output_implies_raw() {
        let name = |arguments: &[&str]| {
            let dump = parse(arguments).unwrap();
            dump.check(false).unwrap();
            dump.format_name()
        };
        let hexyl = FormatName::Hex(HexFormat::Hexyl);
        assert_eq!(name(&[]), hexyl);
        assert_eq!(name(&["--type", "u16"]), FormatName::Values);
        assert_eq!(name(&["--width", "60"]), FormatName::Values);
        assert_eq!(name(&["--output", "x"]), FormatName::Raw);
        assert_eq!(name(&["--output", "x", "--type", "u8"]), FormatName::Values);
        assert_eq!(name(&["--output", "x", "--border", "ascii"]), hexyl);
        assert!(parse(&["--border", "ascii"]).unwrap().check(true).is_err());
        assert!(parse(&["--type", "u8"]).unwrap().check(true).is_ok());
    }

    #[test]
    fn types_ignore_case_and_panels_are_a_number_or_auto() {
        let kind = parse_value_type("F64BE").unwrap().kind;
        assert_eq!(kind, ValueType::F64);
        assert_eq!(
            parse_value_type("u24").unwrap_err(),
            "unknown type; use u8, u16, u32, u64, i8, i16, i32, i64, f32, f64, with or without le or be"
        );
        assert_eq!(parse_panels("auto"), Ok(Panels::Auto));
        for wrong in ["0", "-1", "x", "65536", ""] {
            assert!(parse_panels(wrong).is_err(), "{wrong}");
        }
        for (width, limits) in [
            ("--width=x", "must be a number from 1 to 65535"),
            ("--width=0", "must be a number from 1 to 65535"),
            ("--terminal-width=0", "must be a number from 1 to"),
        ] {
            let error = parse(&[width]).unwrap_err().to_string();
            assert!(error.contains(limits), "{error}");
        }
    }

    #[test]
    fn every_value_of_a_hexyl_option_has_help() {
        let command = All::command();
        for (option, count) in [
            ("border", BorderStyle::value_variants().len()),
            ("endianness", Endianness::value_variants().len()),
            ("character_table", CharacterTable::value_variants().len()),
            ("color_scheme", ColorScheme::value_variants().len()),
        ] {
            let mut arguments = command.get_arguments();
            let argument = arguments
                .find(|argument| argument.get_id() == option)
                .unwrap();
            assert_eq!(argument.get_possible_values().len(), count, "{option}");
        }
    }
}
