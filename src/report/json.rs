//! JSON on one line, in which every unprintable character is an escape. What the objects contain is not decided here.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use crate::mapping::types::is_unprintable;

/// Writes a JSON object and a line feed.
pub(super) fn write_line(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    let mut line = text(value)?;
    line.push(b'\n');
    out.write_all(&line)
}

/// The JSON text of a value.
pub(super) fn text(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut text, Printable);
    value.serialize(&mut serializer)?;
    Ok(text)
}

/// Compact JSON. Characters that could change a terminal or hide text are escaped, besides those that JSON requires.
struct Printable;

impl Formatter for Printable {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(is_unprintable) {
            let (plain, other) = rest.split_at(at);
            writer.write_all(plain.as_bytes())?;
            let mut chars = other.chars();
            if let Some(c) = chars.next() {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
            rest = chars.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn unprintable_characters_are_escapes() {
        let text = |value: &str| String::from_utf8(super::text(&value).unwrap()).unwrap();
        assert_eq!(text("a\n\u{1b}"), r#""a\n\u001b""#);
        assert_eq!(text("\u{7f}\u{9b}2J"), r#""\u007f\u009b2J""#);
        assert_eq!(text("x\u{202e}\"ü日"), r#""x\u202e\"ü日""#);
    }

    proptest! {
        #[test]
        fn every_string_is_read_back_unchanged(value in any::<String>()) {
            let mut line = Vec::new();
            write_line(&mut line, &value).unwrap();
            prop_assert_eq!(serde_json::from_slice::<String>(&line).unwrap(), value);
            let end = line.pop();
            prop_assert_eq!(end, Some(b'\n'));
            let line = String::from_utf8(line).unwrap();
            prop_assert!(!line.contains(is_unprintable));
        }
    }
}
