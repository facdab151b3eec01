//! The arguments of `fill`.

use std::ffi::OsString;
use std::fmt;
use std::io::BufRead;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::access::OpenArgs;
use super::named::{Helped, Spelled, helped, parse_access, possible_value};
use super::number::NumberType;
use super::range::RangeArgs;
use super::size::parse_address;
use super::source::{NamedSourceArgs, file};
use crate::hexview::{ByteOrder, HexFormat, HexReader, ParseError, Record, ValueType};
use crate::mapping::actions::fill::{
    Content, FillLength, FillRequest, Order, Piece, Supply, Text, TextParser, Width,
};
use crate::mapping::cache::sync::SyncMode;
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::memory;
use crate::mapping::source::{Creation, SourceSpec};
use crate::mapping::types::{Access, ByteLength, Kind, OpenFlag};

/// Write bytes to a range of a file, shared memory region or descriptor
///
/// --text, --pattern and --from write their bytes once. With --length, --range or --to-end, the bytes are repeated or
/// truncated to that length. --from-hex writes a dump once. --byte, --counter and --random require --length, --range or
/// --to-end.
///
/// The bytes are stored through a writable mapping. Only the bytes of the range change. A missing file is created and a
/// short one is extended, unless --to-end, --no-create or --no-extend is given. Blocks are reserved before the first
/// byte is written.
#[derive(Clone, Debug, Args)]
#[command(mut_arg("length", |length| length.help(LENGTH).long_help(LENGTH)))]
pub struct FillArgs {
    /// The source.
    #[command(flatten)]
    pub source: NamedSourceArgs,
    /// The range to fill.
    #[command(flatten)]
    pub range: RangeArgs,
    /// Write up to the end of the source, which must exist
    #[arg(long, help_heading = "Range")]
    pub to_end: bool,
    /// The bytes to write.
    #[command(flatten)]
    pub content: ContentArgs,
    /// Options of writing.
    #[command(flatten)]
    pub writing: WritingArgs,
    /// Options of opening.
    #[command(flatten)]
    pub open: OpenArgs,
}

/// The help of `--length`, which differs from that of other commands.
const LENGTH: &str = "Number of bytes to write: --length 64K [default: all bytes once]";

/// The bytes to write: at most one of these options.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Bytes")]
#[group(skip)]
pub struct ContentArgs {
    /// Repeat one byte: --byte 0xff [default: 0]
    ///
    /// The byte is a decimal number, a hexadecimal number with 0x, or two hexadecimal digits with at least one letter:
    /// 255, 0xff, ff.
    #[arg(long, group = "content", value_name = "BYTE", value_parser = parse_byte)]
    pub byte: Option<u8>,
    /// Bytes as hexadecimal digits: --pattern 55aa
    ///
    /// Each byte has two digits. Blanks, colons, commas and underscores between bytes are ignored.
    #[arg(long, group = "content", value_name = "HEX", value_parser = parse_hex)]
    pub pattern: Option<Bytes>,
    /// Bytes of this text: --text abc
    #[arg(long, group = "content")]
    pub text: Option<OsString>,
    /// Numbers counting up from 0: --counter u32be
    ///
    /// The types are u8, u16, u32 and u64, optionally followed by le (little-endian, the default) or be (big-endian).
    /// After the largest value, counting starts at 0 again. A last number that does not fit is truncated.
    #[arg(long, group = "content", value_name = "TYPE", value_parser = parse_counter)]
    pub counter: Option<NumberType>,
    /// Pseudorandom bytes, optionally from a seed: --random=7
    ///
    /// The same seed gives the same bytes on every platform: the ChaCha8 key stream with nonce 0, from block 0. The key
    /// is the seed as 8 little-endian bytes, followed by 24 zero bytes. Without a seed, one is chosen and reported.
    #[arg(long, group = "content", value_name = "SEED", num_args = 0..=1, require_equals = true, value_parser = parse_address)]
    pub random: Option<Option<u64>>,
    /// Apply a hex dump at its own offsets
    ///
    /// --from-hex dump.txt reads a file, --from-hex - standard input. The dump is the output of hexyl, xxd, xxd -p, xxd
    /// -i or hexdump -C, or of 'mmapctl dump' in one of these formats. --offset is added to its offsets.
    #[arg(long, group = "content", value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub from_hex: Option<PathBuf>,
    /// With --from-hex: format of the dump [default: detected from its first line]
    #[arg(long, value_name = "FORMAT", hide_short_help = true)]
    pub hex_format: Option<HexFormat>,
    /// With --from-hex: write the lines before a malformed one, then fail
    #[arg(long, hide_short_help = true)]
    pub partial: bool,
    /// Bytes of this file, or - for standard input: --from tile.bin
    ///
    /// FILE may be a pipe. To repeat more than 1 MiB from a pipe, the bytes are read back from the filled range. With
    /// --verify, all bytes of a pipe are kept in memory.
    #[arg(long, group = "content", value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub from: Option<PathBuf>,
}

/// Options of writing.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Writing")]
pub struct WritingArgs {
    /// Write to the source or to private copies of its pages
    #[arg(
        short,
        long,
        value_name = "ACCESS",
        default_value = "w",
        value_parser = access_parser(),
        hide_short_help = true
    )]
    pub access: Access,
    /// Fail if the source does not exist
    #[arg(long, hide_short_help = true)]
    pub no_create: bool,
    /// Fail if the source is too short or does not exist
    #[arg(long, hide_short_help = true)]
    pub no_extend: bool,
    /// Read the bytes back and compare
    ///
    /// They are read through a second, read-only mapping.
    #[arg(long)]
    pub verify: bool,
    /// Flush the written bytes to storage
    ///
    /// The report says how much is still dirty.
    #[arg(long, value_name = "MODE", default_value = "none")]
    pub flush: FlushName,
}

/// Whether and how to flush.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FlushName {
    /// Leave flushing to the system
    None,
    /// Start writing to storage; do not wait for completion
    Async,
    /// Wait until the bytes are on storage
    Sync,
}

impl FlushName {
    fn mode(self) -> Option<SyncMode> {
        match self {
            Self::None => None,
            Self::Async => Some(SyncMode::Async),
            Self::Sync => Some(SyncMode::Sync),
        }
    }
}

/// The parser of the accesses that allow writing and nothing beyond it.
fn access_parser() -> Helped<Spelled<Access>> {
    let accesses = Spelled {
        read: |text| parse_access(text).filter(|access| FILL_ACCESSES.contains(access)),
        values: || FILL_ACCESSES.map(possible_value).to_vec(),
        remedy: |_, _| None,
    };
    helped(
        accesses,
        [
            "Write to the source",
            "Write to private copies of the pages; the source does not change",
        ],
    )
}

const FILL_ACCESSES: [Access; 2] = [Access::WRITE, Access::COPY];

/// Bytes typed as hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

fn parse_byte(text: &str) -> Result<u8, String> {
    let bare_hexadecimal = text.len() == 2
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        && text.bytes().any(|byte| byte.is_ascii_alphabetic());
    let value = match bare_hexadecimal {
        true => u64::from_str_radix(text, 16).ok(),
        false => parse_address(text).ok(),
    };
    let byte = value.and_then(|value| value.try_into().ok());
    byte.ok_or_else(|| "not a byte from 0 to 255 (examples: 65, 0x41, ff)".to_owned())
}

/// Parses pairs of hexadecimal digits after an optional 0x. Blanks, colons, commas and underscores may separate pairs.
fn parse_hex(text: &str) -> Result<Bytes, String> {
    let digits = text.strip_prefix("0x").or(text.strip_prefix("0X"));
    let mut bytes = Vec::new();
    let mut high: Option<u8> = None;
    for character in digits.unwrap_or(text).chars() {
        let digit = character.to_digit(16).and_then(|d| u8::try_from(d).ok());
        match (digit, high) {
            (Some(digit), None) => high = Some(digit),
            (Some(digit), Some(before)) => {
                bytes.push(before << 4 | digit);
                high = None;
            }
            (None, None) if " \t:,_".contains(character) => {}
            (None, None) => return Err(format!("'{character}' is not a hexadecimal digit")),
            (None, Some(_)) => {
                return Err(format!("odd number of hex digits before '{character}'"));
            }
        }
    }
    match (high, bytes.is_empty()) {
        (Some(_), _) => Err("odd number of hex digits".to_owned()),
        (None, true) => Err("no hex digits".to_owned()),
        (None, false) => Ok(Bytes(bytes)),
    }
}

fn parse_counter(text: &str) -> Result<NumberType, String> {
    NumberType::named(&text.to_ascii_lowercase())
        .filter(|number| width_of(number.kind).is_some())
        .ok_or_else(|| COUNTERS.to_owned())
}

const COUNTERS: &str = "not a counter type; use u8, u16, u32 or u64, with or without le or be";

/// The width of the elements of a counter; `None` for a type that is not an unsigned integer.
fn width_of(kind: ValueType) -> Option<Width> {
    match kind {
        ValueType::U8 => Some(Width::U8),
        ValueType::U16 => Some(Width::U16),
        ValueType::U32 => Some(Width::U32),
        ValueType::U64 => Some(Width::U64),
        _ => None,
    }
}

/// The operation named in errors about memory for the dump.
const KEEP: &str = "store the dump";

/// The number of bytes between checks of available memory while a dump is read.
const ROOM: usize = 1 << 20;

/// Reads a whole dump into memory. With `partial`, reading stops at a malformed line; the failure is returned together
/// with the bytes before it.
fn parse_dump(text: &mut dyn BufRead, format: Option<HexFormat>, partial: bool) -> Result<Text> {
    let mut reader = HexReader::new(text, format);
    let mut pieces = Vec::new();
    let mut room = 0_usize;
    loop {
        let failure = match reader.next_record() {
            Ok(Some(record)) => {
                memory::reserve(&mut pieces, 1, KEEP)?;
                let piece = piece(record);
                if room < piece.bytes.len() {
                    room = ROOM;
                    memory::require(room, KEEP)?;
                }
                room = room.saturating_sub(piece.bytes.len());
                pieces.push(piece);
                continue;
            }
            Ok(None) => None,
            Err(error) => {
                let foreign = matches!(error, ParseError::Malformed { foreign: true, .. });
                let failure = parse_failure(error);
                if foreign || !partial || failure.kind() == Kind::OutOfMemory {
                    return Err(failure);
                }
                Some(failure)
            }
        };
        return Ok(Text { pieces, failure });
    }
}

fn piece(record: Record) -> Piece {
    match record {
        Record::Bytes { offset, bytes } => {
            let length = bytes.len() as u64;
            Piece {
                offset,
                bytes,
                length,
            }
        }
        Record::Run {
            offset,
            pattern,
            length,
        } => Piece {
            offset,
            bytes: pattern,
            length,
        },
    }
}

/// The hint for a text that is not a dump in a supported format.
const READABLE: &str =
    "the supported formats are hexyl, xxd, plain (xxd -p), c (xxd -i) and canonical (hexdump -C)";

fn parse_failure(error: ParseError) -> Error {
    match error {
        ParseError::Malformed { foreign, .. } => {
            let failure = Error::new(Kind::Failed, "read", error.to_string());
            if foreign {
                failure.hint(READABLE)
            } else {
                failure
            }
        }
        ParseError::Read(error) => Error::os("read", &error),
    }
}

impl FillArgs {
    /// The bytes to write, and their number. `seed` is the seed of random bytes unless one is given.
    ///
    /// # Errors
    /// `usage` for bytes that require a length and have none, an empty text, and options that contradict each other.
    pub fn supply(&self, seed: u64) -> Result<Supply> {
        let asked = match (self.range.request().length, self.is_to_end()) {
            (None, false) => None,
            (Some(length), false) => Some(FillLength::Bytes(length)),
            (None, true) => Some(FillLength::ToEnd),
            (Some(_), true) => {
                return Err(Error::usage(
                    "--to-end cannot be used with --length or with the end of a range",
                ));
            }
        };
        self.content.supply(seed, asked)
    }

    /// Whether the fill extends to the end of the source.
    fn is_to_end(&self) -> bool {
        self.to_end || self.range.reaches_to_end()
    }

    /// The requested fill.
    ///
    /// # Errors
    /// `usage` for options that contradict each other.
    pub fn request(&self) -> Result<FillRequest> {
        let request = FillRequest {
            offset: self.range.request().offset,
            open: self.open.request(true, Creation::Never),
            private: self.writing.access == Access::COPY,
            create: !self.writing.no_create,
            extend: !self.writing.no_extend,
            verify: self.writing.verify,
            flush: self.writing.flush.mode(),
        };
        if request.private && request.flush.is_some() {
            let reason = "--flush cannot be used with --access c, which does not change the file";
            return Err(Error::usage(reason));
        }
        if !request.create && request.open.flags.has(OpenFlag::Create) {
            return Err(Error::usage(
                "--open create and --no-create contradict each other",
            ));
        }
        if request.open.flags.has(OpenFlag::Truncate) {
            self.range.check_from_start()?;
            if self.is_to_end() {
                let failure = Error::usage(
                    "--to-end cannot be used with --open truncate, which leaves no bytes",
                );
                return Err(failure.hint("give the number of bytes: --length N"));
            }
        }
        Ok(request)
    }
}

impl ContentArgs {
    fn supply(&self, seed: u64, asked: Option<FillLength>) -> Result<Supply> {
        if self.from_hex.is_none() && (self.partial || self.hex_format.is_some()) {
            return Err(Error::usage(
                "--partial and --hex-format require --from-hex",
            ));
        }
        match self.input() {
            Some(_) if self.from_hex.is_some() && asked.is_some() => Err(Error::usage(
                "--from-hex writes a dump once and cannot be used with a length or --to-end",
            )),
            Some(input) if self.from_hex.is_some() => {
                let (format, partial) = (self.hex_format, self.partial);
                let parser = move |text: &mut dyn BufRead| parse_dump(text, format, partial);
                Ok(Supply::Text(input, TextParser::new(parser)))
            }
            Some(input) => Ok(Supply::Input(input, asked)),
            None => {
                let content = self.content(seed)?;
                let once = self.typed_length().map(FillLength::Bytes);
                let asked = asked.or(once).ok_or_else(|| self.no_length())?;
                Ok(Supply::Content(content, asked))
            }
        }
    }

    /// The bytes of `--text` or `--pattern`.
    fn typed_bytes(&self) -> Option<&[u8]> {
        let text = self.text.as_ref().map(|text| text.as_encoded_bytes());
        text.or_else(|| self.pattern.as_ref().map(|bytes| bytes.0.as_slice()))
    }

    /// The length of `--text` or `--pattern`.
    #[must_use]
    pub fn typed_length(&self) -> Option<ByteLength> {
        self.typed_bytes().map(|bytes| ByteLength::of(bytes.len()))
    }

    /// The error for bytes that require a length and have none.
    fn no_length(&self) -> Error {
        let option = [
            (self.byte.is_some(), "--byte"),
            (self.counter.is_some(), "--counter"),
            (self.random.is_some(), "--random"),
        ]
        .into_iter()
        .find_map(|(typed, option)| typed.then_some(option));
        match option {
            Some(option) => Error::usage(format!(
                "{option} requires --length or --to-end"
            ))
            .hint("add --length N to write N bytes, or --to-end to write up to the end"),
            None => Error::usage("neither bytes to write nor a length is given").hint(
                "add --byte 0 --length N to write N zeros, --byte 0 --to-end for zeros up to the end, \
                 --text TEXT, or --from - for standard input",
            ),
        }
    }

    /// The input with the bytes or the dump.
    #[must_use]
    pub fn input(&self) -> Option<SourceSpec> {
        let path = self.from.as_deref().or(self.from_hex.as_deref());
        path.map(file)
    }

    fn content(&self, seed: u64) -> Result<Content> {
        if let Some(NumberType { kind, order }) = self.counter {
            let width = width_of(kind).ok_or_else(|| Error::usage(COUNTERS))?;
            let order = match order {
                ByteOrder::Little => Order::Little,
                ByteOrder::Big => Order::Big,
            };
            return Ok(Content::count(width, order));
        }
        if let Some(typed) = self.random {
            return Ok(Content::random(typed.unwrap_or(seed)));
        }
        match self.typed_bytes() {
            Some(bytes) => Content::repeat(bytes)
                .ok_or_else(|| Error::usage("--text is empty; there is nothing to write")),
            None => Ok(Content::byte(self.byte.unwrap_or(0))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_byte_is_a_number_from_0_to_255() {
        assert_eq!(parse_byte("255"), Ok(255));
        assert_eq!(parse_byte("0xa5"), Ok(0xa5));
        for (text, byte) in [("ff", 255), ("0F", 15), ("e5", 0xe5), ("10", 10), ("5", 5)] {
            assert_eq!(parse_byte(text), Ok(byte), "{text}");
        }
        for wrong in ["256", "-1", "a", "", "1K", "0x100", "fff", "+f", "g0", "é"] {
            assert!(parse_byte(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn hex_is_pairs_of_digits() {
        let hex = |text| parse_hex(text).map(|bytes| bytes.0);
        assert_eq!(hex("deadBEEF"), Ok(vec![0xde, 0xad, 0xbe, 0xef]));
        assert_eq!(hex("0x00 01:02,03_04"), Ok(vec![0, 1, 2, 3, 4]));
        for wrong in ["", "0x", " ", "a", "abc", "a b", "zz", "0xzz", "ab\n", "ä"] {
            assert!(hex(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_counter_is_of_unsigned_numbers() {
        assert_eq!(parse_counter("u16be").unwrap().to_string(), "u16be");
        assert_eq!(parse_counter("U8").unwrap().to_string(), "u8le");
        for wrong in ["", "i8", "f32le", "u24", "U8 "] {
            assert!(parse_counter(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parsers_panic(text in any::<String>()) {
            let _ = (parse_byte(&text), parse_hex(&text), parse_counter(&text));
        }

        #[test]
        fn hex_gives_back_every_byte(bytes in prop::collection::vec(any::<u8>(), 1..40)) {
            let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            prop_assert_eq!(parse_hex(&text), Ok(Bytes(bytes)));
        }
    }
}
