//! The arguments of `dump`.

use std::ffi::OsString;
use std::num::{NonZeroU16, NonZeroU64};
use std::path::PathBuf;

use clap::{Arg, Args};

use super::format_name::FormatName;
use super::memory::MemoryArgs;
use super::named::with_help;
use super::number::{NumberType, number_in};
use super::range::{RangeArgs, or_addresses};
use super::size::parse_length;
use super::source::ReadSourceArgs;
use super::watch::WatchArgs;
use crate::hexview::{
    Base, BorderStyle, CharacterTable, ColorScheme, Endianness, Offsets, ValueType,
};
use crate::mapping::error;
use crate::mapping::source::SourceSpec;
use crate::mapping::types::{ByteLength, OffsetRequest};

/// Show the bytes of a file, shared memory region, pipe or process
///
/// The range may start and end at any byte. A pipe is shown as it is read. Readable bytes are shown before an error: if
/// the source ends before the range does, the available bytes are shown, and the exit status is 5.
#[derive(Clone, Debug, Args)]
#[command(
    mut_arg("range", or_addresses),
    mut_arg("watch", of_bytes),
    mut_arg("count", in_output)
)]
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
    /// Whether to look again.
    #[command(flatten)]
    pub watch: WatchArgs,
    /// The layout of several formats.
    #[command(flatten)]
    pub layout: LayoutArgs,
    /// The options of format hexyl.
    #[command(flatten)]
    pub hexyl: HexylArgs,
    /// The options of format xxd.
    #[command(flatten)]
    pub xxd: XxdArgs,
    /// The options of format c.
    #[command(flatten)]
    pub c: CArgs,
    /// The options of format values.
    #[command(flatten)]
    pub values: ValuesArgs,
}

impl DumpArgs {
    /// The source, and the offset and the length of the range if they are given. `is_terminal` says whether standard
    /// input is a terminal.
    ///
    /// # Errors
    /// `usage` without a source.
    pub fn source_range(
        &self,
        is_terminal: bool,
    ) -> error::Result<(SourceSpec, Option<OffsetRequest>, Option<ByteLength>)> {
        let spec = self.source.spec_or_input(is_terminal)?;
        let request = self.range.request();
        let offset = self.range.offset.map(|_| request.offset);
        Ok((spec, offset, request.length))
    }
}

/// The help of `--watch` for bytes.
fn of_bytes(watch: Arg) -> Arg {
    in_output(watch)
        .help("Show changes until q: --watch 500ms [default: 2s]")
        .long_help(
            "Show changes until q: --watch 500ms [default: 2s]\n\n\
             On a terminal, as many bytes of the range as fit the screen are redrawn in place in format hexyl, until q or \
             Ctrl-C. Bytes that changed since the last look are marked, and fade during the next five looks. In a pipe and \
             with --json, each run of changed bytes is one line: time, offset, old and new bytes. Without --length, the \
             range grows with the source; a negative --offset follows the end.",
        )
}

fn in_output(option: Arg) -> Arg {
    option.help_heading("Output")
}

/// The format and destination.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct DumpOutputArgs {
    /// Output format [default: hexyl, or raw with --output]
    ///
    /// Options of one format imply that format: --type u16 means --format values --type u16.
    #[arg(short, long, value_name = "FORMAT")]
    pub format: Option<FormatName>,
    /// Write to this file instead of standard output
    ///
    /// --output part.bin copies the bytes and preserves holes. With a text format, the file contains the text. The file
    /// must not be the source.
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// Text of MIN bytes or more: --strings=8 [default: 4]
    ///
    /// Each line has the hexadecimal offset and the characters, as printed by strings -t x. Tabs are printable.
    #[arg(
        long,
        value_name = "MIN",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "4",
        value_parser = number_in::<u16>(1..=65535)
    )]
    pub strings: Option<u16>,
    /// Show repeated lines instead of an asterisk
    #[arg(long, alias = "no-squeeze", hide_short_help = true)]
    pub no_squeezing: bool,
    /// Add this to the displayed offsets: --display-offset 0x1000
    #[arg(long, value_name = "OFFSET", value_parser = parse_length, hide_short_help = true)]
    pub display_offset: Option<ByteLength>,
}

/// The layout of several formats, in the names of hexyl and xxd.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Layout")]
pub struct LayoutArgs {
    /// Bytes in a line: --columns 8 [default: 16 in xxd]
    ///
    /// For the formats xxd (up to 256; 6 by default with --base binary), plain (30 by default; 0 for one long line), c
    /// (12 by default) and values (a multiple of the largest type).
    #[arg(short, long, alias = "cols", value_name = "N", value_parser = number_in::<u32>(0..=u32::MAX.into()))]
    pub columns: Option<u32>,
    /// Number of bytes in a group: --group-size 4 [default: 1 in hexyl, 2 in xxd]
    ///
    /// In format hexyl, N is 1, 2, 4 or 8. In format xxd, N is any number, 0 means no groups, and the default is 1 with
    /// --base binary and 4 with --endianness little.
    #[arg(
        short,
        long,
        alias = "groupsize",
        value_name = "N",
        value_parser = number_in::<u16>(0..=256),
        hide_short_help = true
    )]
    pub group_size: Option<u16>,
    /// Show bytes in this base [default: hexadecimal]
    ///
    /// Formats xxd and c show hexadecimal and binary digits.
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
    /// Short for --endianness little
    #[arg(short = 'e', conflicts_with = "endianness", hide_short_help = true)]
    pub little_endian: bool,
    /// Show hexadecimal digits in upper case
    ///
    /// For the formats xxd, plain and c.
    #[arg(short, long, hide_short_help = true)]
    pub uppercase: bool,
}

/// The options of format xxd, with the letters of xxd.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Format xxd")]
pub struct XxdArgs {
    /// Show decimal offsets
    #[arg(short, long, hide_short_help = true)]
    pub decimal_offsets: bool,
    /// Replace lines of zeros with an asterisk
    ///
    /// The first line of zeros is shown, and a last line. Two lines of zeros are both shown.
    #[arg(short, long, hide_short_help = true)]
    pub autoskip: bool,
    /// Show the characters of EBCDIC
    #[arg(short = 'E', long, hide_short_help = true)]
    pub ebcdic: bool,
}

/// The options of format c.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Format c")]
pub struct CArgs {
    /// Name of the array: --name table [default: that of the file or tag]
    ///
    /// Characters that are not allowed in a name become underscores.
    #[arg(long, hide_short_help = true)]
    pub name: Option<OsString>,
    /// Write the names in capital letters
    #[arg(long, hide_short_help = true)]
    pub capitalize: bool,
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
    /// The types are u8, u16, u32, u64, i8, i16, i32, i64, f16, bf16, f32 and f64; x8, x16, x32 and x64 (hexadecimal);
    /// o8, o16, o32 and o64 (octal); and char. A type may end with le (little-endian, the default) or be (big-endian).
    /// With several types, each line has a row for each type: --type x32,f32.
    #[arg(long = "type", value_name = "TYPE", value_delimiter = ',', value_parser = parse_value_type)]
    pub value_types: Vec<NumberType>,
    /// Base of the offsets [default: decimal]
    #[arg(
        short = 'A',
        long,
        alias = "address-radix",
        value_name = "BASE",
        hide_short_help = true
    )]
    pub offsets: Option<Offsets>,
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{CommandFactory, Parser, ValueEnum};

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
    fn types_ignore_case_and_panels_are_a_number_or_auto() {
        let kind = parse_value_type("F64BE").unwrap().kind;
        assert_eq!(kind, ValueType::F64);
        assert_eq!(
            parse_value_type("u24").unwrap_err(),
            "unknown type; use u8, u16, u32, u64, i8, i16, i32, i64, x8, x16, x32, x64, o8, o16, o32, o64, char, f16, bf16, \
             f32, f64, with or without le or be"
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
