//! Dumps that are read back, as `fill --from-hex` does. The first line names the format with its first letter, `?` for
//! the one that the text shows, and selects options of a dump with its other letters. The rest is the text.
//!
//! - The text is read as a reference reads it (`reference`), whatever the pieces in which it comes.
//! - Its bytes are printed in the format and read back.
//! - The rest itself, as bytes, is printed with options and read back.

mod print;
mod reference;

use std::io::{BufRead, BufReader};

use mmapctl::hexview::{Format, HexFormat, HexReader, ParseError, Record, SliceInput, dump};

pub fn check(data: &[u8]) {
    let Some(end) = data.iter().position(|byte| *byte == b'\n') else {
        return;
    };
    let (head, text) = (&data[..end], &data[end + 1..]);
    let Some((name, options)) = head.split_first() else {
        return;
    };
    let format = match name {
        b'h' => Some(HexFormat::Hexyl),
        b'x' => Some(HexFormat::Xxd),
        b'c' => Some(HexFormat::Canonical),
        b'p' => Some(HexFormat::Plain),
        b'i' => Some(HexFormat::C),
        b'?' => None,
        _ => return,
    };
    let found = read(text, format);
    let in_pieces = read(BufReader::with_capacity(3, text), format);
    assert_eq!(found, in_pieces);
    reference::compare(text, format, &found);
    if let (Ok(records), Some(format)) = (&found, format)
        && let Some(bytes) = contiguous(records)
    {
        print::check(&bytes, format, options);
    }
    if let Some(format) = format {
        print::check(text, format, options);
    }
}

/// All records of a text, with neighbours joined; or why it is refused.
fn read(text: impl BufRead, format: Option<HexFormat>) -> Result<Vec<Record>, String> {
    let mut reader = HexReader::new(text, format);
    let mut records = Vec::new();
    loop {
        match reader.next_record() {
            Ok(Some(record)) => push(&mut records, record),
            Ok(None) => return Ok(records),
            Err(ParseError::Malformed { line, what, .. }) => {
                assert!(
                    line > 0 && !what.contains(char::is_control),
                    "{line}: {what:?}"
                );
                return Err(format!("{line}: {what}"));
            }
            Err(error) => panic!("{error}"),
        }
    }
}

/// Appends a record, or its bytes to the last record if they follow it.
fn push(records: &mut Vec<Record>, record: Record) {
    if let (
        Some(Record::Bytes { offset, bytes }),
        Record::Bytes {
            offset: at,
            bytes: more,
        },
    ) = (records.last_mut(), &record)
        && offset.checked_add(bytes.len() as u64) == Some(*at)
    {
        bytes.extend(more);
        return;
    }
    records.push(record);
}

/// The bytes of records that follow each other from offset 0, if they are few.
fn contiguous(records: &[Record]) -> Option<Vec<u8>> {
    let mut all = Vec::new();
    for record in records {
        let (at, more) = match record {
            Record::Bytes { offset, bytes } => (*offset, bytes.clone()),
            Record::Run {
                offset,
                pattern,
                length,
            } if *length < 1 << 16 => (*offset, pattern.repeat(*length as usize / pattern.len())),
            Record::Run { .. } => return None,
        };
        if at != all.len() as u64 {
            return None;
        }
        all.extend(more);
    }
    Some(all)
}

/// The text of a dump.
fn printed(format: &Format, bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    dump(
        format,
        0,
        &mut SliceInput::new(bytes),
        &mut text,
        Default::default(),
    )
    .unwrap();
    text
}
