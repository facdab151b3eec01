//! The way back: reads the text of a dump and gives the bytes with the offsets they are printed
//! at.
//!
//! Lines are read one by one; how a line of a format is read stands in a file of its own. Squeezed
//! runs, of which a dump shows only the first line and where they end, are dealt with here for all
//! formats alike. Numbers (`values`) are not read: their type is not in the text.

mod c;
mod canonical;
mod hexyl;
mod line;
mod plain;
mod xxd;

use std::collections::VecDeque;
use std::io::{self, BufRead};

use super::choices::choices;
use line::{Malformed, Parse, Parsed};

/// Consecutive bytes are joined up to about this many.
const JOIN: usize = 64 * 1024;
/// The longest line of a format with lines of its own.
const LONGEST: usize = 4 * 1024 * 1024;

choices! {
    /// The formats that can be read.
    pub enum HexFormat {
        /// hexyl's panels
        ///
        /// `hexyl` in hexadecimal: any border, panels and group size, with colour or without. Whether
        /// groups are big-endian or little-endian is seen by their characters; a text in which nothing
        /// tells it is refused.
        Hexyl = "hexyl",
        /// xxd
        ///
        /// With any number of columns and any group size.
        Xxd = "xxd",
        /// hexdump -C
        Canonical = "canonical",
        /// xxd -p: digits alone
        ///
        /// With any spaces and line ends between bytes.
        Plain = "plain",
        /// xxd -i: a C array
        ///
        /// With or without the declarations.
        C = "c",
    }
}

/// A part of what a dump shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// Bytes.
    Bytes {
        /// Where they belong.
        offset: u64,
        /// The bytes, at least one.
        bytes: Vec<u8>,
    },
    /// The bytes of squeezed lines: one line, repeated.
    Run {
        /// Where the run starts.
        offset: u64,
        /// The bytes of a line, at least one.
        pattern: Vec<u8>,
        /// The length of the run in bytes, a multiple of the pattern's.
        length: u64,
    },
}

/// Why a text cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// A line is not as the format has it.
    #[error("line {line}: {what}")]
    Malformed {
        /// The number of the line, the first being 1.
        line: u64,
        /// What is wrong with it.
        what: String,
        /// Whether the text seems to be of no format that can be read, so that what stands before the line
        /// does not count either.
        foreign: bool,
    },
    /// The text could not be read.
    #[error("cannot read the text: {0}")]
    Read(#[from] io::Error),
}

/// Reads the text of a dump record by record.
///
/// After an error, everything before the malformed line has been given.
#[derive(Debug)]
pub struct HexReader<R> {
    reader: R,
    format: Option<HexFormat>,
    parser: Option<Box<dyn Parse>>,
    /// The line being read and its number.
    line: Vec<u8>,
    number: u64,
    /// The numbers of the first and the last line that was not blank.
    first: u64,
    latest: u64,
    /// The line was longer than is read at once: what comes is the rest of it.
    cut: bool,
    /// Records not given yet. More bytes may be joined to the last one.
    records: VecDeque<Record>,
    /// Where the next line's bytes belong if it does not say.
    next: u64,
    /// The bytes of the last line that had any.
    last: Vec<u8>,
    /// The number of the line that says that lines are left out.
    squeezed: Option<u64>,
    error: Option<ParseError>,
    ended: bool,
}

impl<R: BufRead> HexReader<R> {
    /// Reads `reader`'s text, which has `format`; without one, its first line decides.
    pub fn new(reader: R, format: Option<HexFormat>) -> Self {
        Self {
            reader,
            format,
            parser: format.map(|format| parser(format, true)),
            line: Vec::new(),
            number: 0,
            first: 0,
            latest: 0,
            cut: false,
            records: VecDeque::new(),
            next: 0,
            last: Vec::new(),
            squeezed: None,
            error: None,
            ended: false,
        }
    }

    /// The next record, none at the end.
    ///
    /// # Errors
    /// See [`ParseError`]; afterwards there are no more records.
    pub fn next_record(&mut self) -> Result<Option<Record>, ParseError> {
        while !self.ended && self.records.len() < 2 {
            if let Err(error) = self.read_line() {
                self.ended = true;
                self.error = Some(error);
            }
        }
        match self.records.pop_front() {
            Some(record) => Ok(Some(record)),
            None => self.error.take().map_or(Ok(None), Err),
        }
    }

    /// Reads and understands one line.
    fn read_line(&mut self) -> Result<(), ParseError> {
        self.line.clear();
        let known_plain = self.format == Some(HexFormat::Plain);
        let most = if known_plain { JOIN } else { LONGEST };
        let length = read_until_newline(&mut self.reader, &mut self.line, most)?;
        if length == 0 {
            self.ended = true;
            return self.finish();
        }
        self.number += u64::from(!self.cut);
        self.cut = length >= most && !self.line.ends_with(b"\n");
        while self
            .line
            .pop_if(|byte| matches!(byte, b'\n' | b'\r'))
            .is_some()
        {}
        line::strip_escapes(&mut self.line);
        if self.line.iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        if self.first == 0 {
            self.first = self.number;
        }
        self.latest = self.number;
        let parser = match &mut self.parser {
            Some(parser) => parser,
            None => {
                if are_numbers(&self.line) {
                    return Err(self.malformed(NUMBERS));
                }
                let Some(format) = detect(&self.line) else {
                    return Err(self.malformed("not a line of any format that can be read"));
                };
                self.format = Some(format);
                self.parser.insert(parser(format, false))
            }
        };
        if self.cut && self.format != Some(HexFormat::Plain) {
            return Err(self.malformed(format!("longer than {LONGEST} bytes")));
        }
        // A byte takes more than one character.
        let mut bytes = reserved(self.line.len())?;
        let parsed = parser.line(&self.line, &mut bytes);
        let parsed = parsed.map_err(|what| self.malformed(what))?;
        self.take(parsed, bytes)
    }

    /// Puts what a line says in its place.
    fn take(&mut self, parsed: Parsed, bytes: Vec<u8>) -> Result<(), ParseError> {
        match parsed {
            Parsed::Nothing => Ok(()),
            Parsed::Squeezed if self.last.is_empty() => {
                Err(self.malformed("no line before it that could be repeated"))
            }
            Parsed::Squeezed => {
                self.squeezed = Some(self.number);
                Ok(())
            }
            Parsed::End(end) => {
                self.repeat(end)?;
                if end == self.next {
                    return Ok(());
                }
                Err(self.malformed(format!(
                    "ends at {end:#x}, but the bytes end at {:#x}",
                    self.next
                )))
            }
            Parsed::Bytes(None) if self.squeezed.is_some() => {
                Err(self.malformed("lines are left out before it, but it has no offset"))
            }
            Parsed::Bytes(offset) => {
                let offset = offset.unwrap_or(self.next);
                self.repeat(offset)?;
                let Some(end) = offset.checked_add(bytes.len() as u64) else {
                    return Err(self.malformed("the offset is too large"));
                };
                self.push(offset, &bytes)?;
                self.next = end;
                self.last = bytes;
                Ok(())
            }
        }
    }

    /// Repeats the last line up to `end`, when lines were left out.
    fn repeat(&mut self, end: u64) -> Result<(), ParseError> {
        if self.squeezed.take().is_none() {
            return Ok(());
        }
        let length = end.checked_sub(self.next);
        let whole = length.filter(|length| length.is_multiple_of(self.last.len() as u64));
        let Some(length) = whole else {
            return Err(self.malformed(format!(
                "the lines left out cannot lead from {:#x} to {end:#x}",
                self.next
            )));
        };
        if length > 0 {
            let (offset, mut pattern) = (self.next, reserved(self.last.len())?);
            pattern.extend_from_slice(&self.last);
            self.records.push_back(Record::Run {
                offset,
                pattern,
                length,
            });
        }
        self.next = end;
        Ok(())
    }

    /// Adds bytes, to the last record if they follow it.
    fn push(&mut self, offset: u64, more: &[u8]) -> io::Result<()> {
        if more.is_empty() {
            return Ok(());
        }
        if let Some(Record::Bytes {
            offset: start,
            bytes,
        }) = self.records.back_mut()
            && start.checked_add(bytes.len() as u64) == Some(offset)
            && bytes.len() < JOIN
        {
            bytes.try_reserve(more.len())?;
            bytes.extend_from_slice(more);
            return Ok(());
        }
        let mut bytes = reserved(more.len())?;
        bytes.extend_from_slice(more);
        self.records.push_back(Record::Bytes { offset, bytes });
        Ok(())
    }

    /// Checks that the text may end here.
    fn finish(&mut self) -> Result<(), ParseError> {
        if let Some(line) = self.squeezed {
            let what = "lines are left out, but nothing says up to where".to_owned();
            return Err(ParseError::Malformed {
                line,
                what,
                foreign: false,
            });
        }
        let finished = self
            .parser
            .as_ref()
            .map_or(Ok(()), |parser| parser.finish());
        self.number = self.latest;
        finished.map_err(|what| self.malformed(what))
    }

    /// A text whose first line is malformed is of no format. What is wrong with all lines up to this one
    /// says more than this one.
    fn malformed(&self, what: impl Into<Malformed>) -> ParseError {
        let mut malformed = what.into();
        if !malformed.foreign
            && let Some(Err(so_far)) = self.parser.as_ref().map(|parser| parser.finish())
            && so_far.foreign
        {
            malformed = so_far;
        }
        let Malformed { what, foreign } = malformed;
        ParseError::Malformed {
            line: self.number,
            what,
            foreign: foreign || self.last.is_empty() && self.number == self.first,
        }
    }
}

/// Room for so many bytes of a text, which may be more than there is memory for.
fn reserved(most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(most)?;
    Ok(bytes)
}

/// Reads up to and including a line end, but not more than `most` bytes.
fn read_until_newline(
    reader: &mut impl BufRead,
    line: &mut Vec<u8>,
    most: usize,
) -> io::Result<usize> {
    loop {
        let block = match reader.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            block => block?,
        };
        let block = block.get(..most - line.len()).unwrap_or(block);
        let end = block.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(block.len(), |end| end + 1);
        line.try_reserve(taken)?;
        line.extend_from_slice(&block[..taken]);
        reader.consume(taken);
        if taken == 0 || end.is_some() || line.len() >= most {
            return Ok(line.len());
        }
    }
}

/// What reads lines of `format`, which the user has told or the first line looks like.
fn parser(format: HexFormat, told: bool) -> Box<dyn Parse> {
    match format {
        HexFormat::Hexyl => Box::new(hexyl::Hexyl::default()),
        HexFormat::Xxd => Box::new(xxd::Xxd::new(told)),
        HexFormat::Canonical => Box::new(canonical::Canonical),
        HexFormat::Plain => Box::new(plain::Plain::new(told)),
        HexFormat::C => Box::new(c::C::default()),
    }
}

/// Why numbers are refused.
const NUMBERS: &str = "numbers behind an offset, as --format values prints them: their type is not in the text, so \
     they cannot be read back";

/// Whether this can be a line of numbers behind an offset of at least seven decimal digits. Many of these
/// could be read as digits of bytes too, and would be other bytes then.
fn are_numbers(line: &[u8]) -> bool {
    let is_decimal = |word: &[u8]| word.iter().all(u8::is_ascii_digit);
    let is_number = |word: &[u8]| {
        let word = word.strip_prefix(b"-").unwrap_or(word);
        let is_special = matches!(word, b"inf" | b"nan");
        let is_part =
            |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'+' | b'-');
        is_special || word.first().is_some_and(u8::is_ascii_digit) && word.iter().all(is_part)
    };
    let mut words = line
        .split(|byte| *byte == b' ')
        .filter(|word| !word.is_empty());
    let is_offset = |word: &[u8]| word.len() >= 7 && is_decimal(word);
    let offset = words
        .next()
        .filter(|word| !line.starts_with(b" ") && is_offset(word));
    let mut numbers = words.peekable();
    offset.is_some() && numbers.peek().is_some() && numbers.all(is_number)
}

/// The format whose first line `line` can be.
fn detect(line: &[u8]) -> Option<HexFormat> {
    if c::starts(line) {
        return Some(HexFormat::C);
    }
    if hexyl::starts(line) {
        return Some(HexFormat::Hexyl);
    }
    let digits = line
        .iter()
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    match line.get(digits..)? {
        [b':', ..] if digits > 0 => Some(HexFormat::Xxd),
        [b' ', b' ', ..] if digits >= 8 => Some(HexFormat::Canonical),
        rest if digits > 0
            && rest
                .iter()
                .all(|byte| byte.is_ascii_hexdigit() || *byte == b' ') =>
        {
            Some(HexFormat::Plain)
        }
        _ => None,
    }
}
