//! Reads a dump line by line and joins the bytes. For omitted lines, a dump shows only the line
//! before and the end. They are restored here for all formats. The formats read single lines.

use std::collections::VecDeque;
use std::io::{self, BufRead};

use super::detect::{NUMBERS, are_numbers, detect};
use super::line::{self, Malformed, Parse, Parsed};
use super::record::{HexFormat, ParseError, Record};
use super::{c, canonical, hexyl, plain, xxd};

/// The approximate limit of consecutive bytes in one record.
const JOIN: usize = 64 * 1024;
/// The longest line, except in a plain dump.
const LONGEST: usize = 4 * 1024 * 1024;

/// Reads the text of a dump record by record. The records before a malformed line are returned
/// before the error.
#[derive(Debug)]
pub struct HexReader<R> {
    reader: R,
    format: Option<HexFormat>,
    parser: Option<Box<dyn Parse>>,
    /// The current line and its number.
    line: Vec<u8>,
    number: u64,
    /// The numbers of the first and of the latest line that was not blank.
    first: u64,
    latest: u64,
    /// The line was too long to read at once. The rest follows.
    partial: bool,
    /// Records not returned yet. The last one may get more bytes.
    records: VecDeque<Record>,
    /// The offset of the next line, unless the line has an offset.
    next: u64,
    /// The bytes of the latest line with bytes.
    last: Vec<u8>,
    /// The number of a line that marks omitted lines, until their end is known.
    squeezed: Option<u64>,
    error: Option<ParseError>,
    ended: bool,
}

impl<R: BufRead> HexReader<R> {
    /// Reads a text in `format`. Without one, the first line decides.
    pub fn new(reader: R, format: Option<HexFormat>) -> Self {
        Self {
            reader,
            format,
            parser: format.map(|format| parser(format, true)),
            line: Vec::new(),
            number: 0,
            first: 0,
            latest: 0,
            partial: false,
            records: VecDeque::new(),
            next: 0,
            last: Vec::new(),
            squeezed: None,
            error: None,
            ended: false,
        }
    }

    /// The next record; none at the end.
    ///
    /// # Errors
    /// See [`ParseError`]. There are no records after an error.
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

    /// Reads one line.
    fn read_line(&mut self) -> Result<(), ParseError> {
        self.line.clear();
        let known_plain = self.format == Some(HexFormat::Plain);
        let most = if known_plain { JOIN } else { LONGEST };
        let length = read_until_newline(&mut self.reader, &mut self.line, most)?;
        if length == 0 {
            self.ended = true;
            return self.finish();
        }
        self.number += u64::from(!self.partial);
        self.partial = length >= most && !self.line.ends_with(b"\n");
        let is_end = |byte: &mut u8| matches!(byte, b'\n' | b'\r');
        while self.line.pop_if(is_end).is_some() {}
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
                    return Err(self.malformed("not a line of a supported format"));
                };
                self.format = Some(format);
                self.parser.insert(parser(format, false))
            }
        };
        if self.partial && self.format != Some(HexFormat::Plain) {
            return Err(self.malformed(format!("longer than {LONGEST} bytes")));
        }
        // A byte takes at least two characters.
        let mut bytes = reserved(self.line.len())?;
        let parsed = parser.line(&self.line, &mut bytes);
        let parsed = parsed.map_err(|what| self.malformed(what))?;
        self.take(parsed, bytes)
    }

    /// Adds the contents of a line to the records.
    fn take(&mut self, parsed: Parsed, bytes: Vec<u8>) -> Result<(), ParseError> {
        match parsed {
            Parsed::Nothing => Ok(()),
            Parsed::Squeezed | Parsed::Zeros if self.last.is_empty() => {
                Err(self.malformed("no line before it to repeat"))
            }
            Parsed::Squeezed | Parsed::Zeros => {
                self.squeezed = Some(self.number);
                if parsed == Parsed::Zeros {
                    self.last.fill(0);
                }
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
                Err(self.malformed("lines before it are omitted, but it has no offset"))
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

    /// Repeats the last line up to `end`, if lines were omitted.
    fn repeat(&mut self, end: u64) -> Result<(), ParseError> {
        if self.squeezed.take().is_none() {
            return Ok(());
        }
        let length = end.checked_sub(self.next);
        let whole = length.filter(|length| length.is_multiple_of(self.last.len() as u64));
        let Some(length) = whole else {
            return Err(self.malformed(format!(
                "the omitted lines do not fit between {:#x} and {end:#x}",
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

    /// Adds bytes to the last record if they follow it, otherwise as a new one.
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
            let what = "lines are omitted, but the end offset is missing".to_owned();
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

    /// The error for the current line. An error of all lines so far takes precedence. A text whose
    /// first line is malformed has none of the formats.
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

/// A vector with memory for `most` bytes; fails without enough memory.
fn reserved(most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(most)?;
    Ok(bytes)
}

/// Reads up to and including a newline, but not more than `most` bytes.
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

/// The parser of `format`. `explicit`: the user has named the format.
fn parser(format: HexFormat, explicit: bool) -> Box<dyn Parse> {
    match format {
        HexFormat::Hexyl => Box::new(hexyl::Hexyl::default()),
        HexFormat::Xxd => Box::new(xxd::Xxd::new(explicit)),
        HexFormat::Canonical => Box::new(canonical::Canonical::default()),
        HexFormat::Plain => Box::new(plain::Plain::new(explicit)),
        HexFormat::C => Box::new(c::C::default()),
    }
}
