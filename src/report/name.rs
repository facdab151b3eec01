//! Names of sources: quoted for a terminal, and exact in JSON.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

use crate::mapping::cache::walk::RowKind;
use crate::mapping::types::{SourceName, is_unprintable};

/// A name as it is written to a terminal or in a message.
///
/// A path with control characters, characters that reorder or hide text, or bytes that are not UTF-8 is written in
/// the `$'…'` quotes of the shell and can be pasted back. Other paths are written as they are.
#[derive(Clone, Copy, Debug)]
pub struct Name<'a>(pub &'a SourceName);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            SourceName::File(path) => f.pad(&quoted(path.as_os_str())),
            SourceName::Tag(tag) => f.pad(&format!("tag {}", quoted(tag))),
            other => f.pad(&other.to_text().unwrap_or_default()),
        }
    }
}

/// Text in which every unprintable character is an escape. Every message passes through it.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unprintable) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        push_char(&mut safe, c);
    }
    Cow::Owned(safe)
}

fn push_char(safe: &mut String, c: char) {
    match c {
        '\n' => safe.push_str("\\n"),
        '\t' => safe.push_str("\\t"),
        '\r' => safe.push_str("\\r"),
        c if !is_unprintable(c) => safe.push(c),
        c if c.is_ascii() => safe.push_str(&format!("\\x{:02x}", u32::from(c))),
        c => safe.push_str(&format!("\\u{:04x}", u32::from(c))),
    }
}

pub(super) fn quoted(name: &OsStr) -> Cow<'_, str> {
    quoted_bytes(name.as_encoded_bytes())
}

pub(super) fn quoted_bytes(name: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(name) {
        Ok(text) if !text.contains(is_unprintable) => Cow::Borrowed(text),
        _ => Cow::Owned(dollar_quoted(name)),
    }
}

pub(super) fn dollar_quoted(name: &[u8]) -> String {
    let mut safe = String::from("$'");
    for chunk in name.utf8_chunks() {
        for c in chunk.valid().chars() {
            if matches!(c, '\\' | '\'') {
                safe.push('\\');
            }
            push_char(&mut safe, c);
        }
        for byte in chunk.invalid() {
            safe.push_str(&format!("\\x{byte:02x}"));
        }
    }
    safe.push('\'');
    safe
}

/// The keys that name the source of an object in JSON, to be flattened into each report.
#[derive(Clone, Copy, Debug)]
pub struct SourceFields<'a>(pub &'a SourceName);

/// The source of an object.
#[derive(Default, Serialize, JsonSchema)]
struct SourceKeys<'a> {
    /// The kind of source.
    source: SourceWord,
    /// The path of a file; absent for other sources, and for a path that is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
    /// In place of `path`: the bytes of a path that is not UTF-8, in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    path_base64: Option<String>,
    /// The number of a descriptor; absent for other sources.
    #[serde(skip_serializing_if = "Option::is_none")]
    fd: Option<i32>,
    /// The name of a shared memory region; absent for other sources, and for a name that is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<&'a str>,
    /// In place of `tag`: the bytes of a name that is not UTF-8, in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    tag_base64: Option<String>,
}

/// The keys of [`SourceKeys`] that an object about a shared memory region has.
#[derive(JsonSchema)]
#[expect(
    dead_code,
    reason = "only its schema is used: the keys of any source are printed"
)]
pub(super) struct TagKeys {
    /// Always `tag`.
    source: &'static str,
    /// The name of the region; absent when it is not UTF-8.
    #[schemars(skip_serializing_if = "Option::is_none")]
    tag: Option<&'static str>,
    /// In place of `tag`: the bytes of a name that is not UTF-8, in base64.
    #[schemars(skip_serializing_if = "Option::is_none")]
    tag_base64: Option<&'static str>,
}

#[derive(Default, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum SourceWord {
    /// A file or block device, named by its path.
    File,
    /// A directory with everything below it: only in rows of the commands that walk.
    Directory,
    /// An inherited file descriptor.
    Descriptor,
    /// A shared memory region.
    Tag,
    /// Anonymous memory, which has no file.
    #[default]
    Anonymous,
    /// The memory of a process.
    Process,
    /// Standard input.
    Stdin,
    /// Standard output.
    Stdout,
}

impl<'a> From<&'a SourceName> for SourceKeys<'a> {
    fn from(name: &'a SourceName) -> Self {
        let keys = |source| Self {
            source,
            ..Self::default()
        };
        let encoded = |name: &OsStr| name.to_str().is_none().then(|| base64_of(name));
        match name {
            SourceName::File(path) => Self {
                path: path.to_str(),
                path_base64: encoded(path.as_os_str()),
                ..keys(SourceWord::File)
            },
            SourceName::Descriptor(number) => Self {
                fd: Some(*number),
                ..keys(SourceWord::Descriptor)
            },
            SourceName::Tag(tag) => Self {
                tag: tag.to_str(),
                tag_base64: encoded(tag),
                ..keys(SourceWord::Tag)
            },
            SourceName::Anonymous => keys(SourceWord::Anonymous),
            SourceName::Process(_) => keys(SourceWord::Process),
            SourceName::StandardInput => keys(SourceWord::Stdin),
            SourceName::StandardOutput => keys(SourceWord::Stdout),
        }
    }
}

impl Serialize for SourceFields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        SourceKeys::from(self.0).serialize(serializer)
    }
}

impl JsonSchema for SourceFields<'_> {
    fn schema_name() -> Cow<'static, str> {
        "Source".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        SourceKeys::json_schema(generator)
    }
}

/// The same keys for a row of a walk, whose name may be that of a directory.
#[derive(Clone, Copy, Debug)]
pub struct RowFields<'a>(pub RowKind, pub &'a SourceName);

impl Serialize for RowFields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut keys = SourceKeys::from(self.1);
        if self.0 == RowKind::Directory {
            keys.source = SourceWord::Directory;
        }
        keys.serialize(serializer)
    }
}

impl JsonSchema for RowFields<'_> {
    fn schema_name() -> Cow<'static, str> {
        SourceFields::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        SourceFields::json_schema(generator)
    }
}

/// The bytes of a name in base64, with padding.
pub(super) fn base64_of(name: &OsStr) -> String {
    base64_of_bytes(name.as_encoded_bytes())
}

pub(super) fn base64_of_bytes(name: &[u8]) -> String {
    STANDARD.encode(name)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStrExt;

    fn file(bytes: &[u8]) -> SourceName {
        SourceName::File(OsStr::from_bytes(bytes).into())
    }

    #[test]
    fn harmless_names_are_unchanged() {
        for name in ["a b", "ü'\"\\", "日本", "-x"] {
            assert_eq!(Name(&file(name.as_bytes())).to_string(), name);
        }
        assert_eq!(Name(&SourceName::Descriptor(7)).to_string(), "fd 7");
        assert_eq!(Name(&SourceName::Tag("t".into())).to_string(), "tag t");
    }

    #[test]
    fn harmful_names_are_quoted_for_the_shell() {
        let shown = |bytes: &[u8]| Name(&file(bytes)).to_string();
        assert_eq!(shown(b"a\nb"), r"$'a\nb'");
        assert_eq!(shown(b"\x1b[31m"), r"$'\x1b[31m'");
        assert_eq!(shown(b"a\xffb"), r"$'a\xffb'");
        assert_eq!(shown(b"it's\\\t"), r"$'it\'s\\\t'");
        assert_eq!(shown("x\u{202e}y".as_bytes()), r"$'x\u202ey'");
        assert_eq!(shown("\u{9b}2J".as_bytes()), r"$'\u009b2J'");
    }

    #[test]
    fn json_has_the_exact_name_and_base64_only_if_it_is_not_utf_8() {
        let json = |name: &SourceName| serde_json::to_string(&SourceFields(name)).unwrap();
        assert_eq!(json(&file(b"a\n")), r#"{"source":"file","path":"a\n"}"#);
        assert_eq!(
            json(&file(b"a\xff")),
            r#"{"source":"file","path_base64":"Yf8="}"#
        );
        assert_eq!(
            json(&SourceName::Tag(OsStr::from_bytes(b"\xff").into())),
            r#"{"source":"tag","tag_base64":"/w=="}"#
        );
        assert_eq!(
            json(&SourceName::Descriptor(3)),
            r#"{"source":"descriptor","fd":3}"#
        );
        assert_eq!(json(&SourceName::Anonymous), r#"{"source":"anonymous"}"#);
        let row = |kind| serde_json::to_string(&RowFields(kind, &file(b"d"))).unwrap();
        assert_eq!(row(RowKind::File), r#"{"source":"file","path":"d"}"#);
        assert_eq!(
            row(RowKind::Directory),
            r#"{"source":"directory","path":"d"}"#
        );
    }
}
