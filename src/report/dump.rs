//! The JSON object of a dump that is not written to a file. It is written piece by piece, around the bytes.

use std::borrow::Cow;
use std::io::{self, Write};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use super::json;
use super::name::SourceFields;
use super::view::View;
use crate::mapping::actions::dump::{Dumped, GapCause, MemoryDumped, MemoryGap};
use crate::mapping::types::{ByteLength, SourceName, SourceOffset, count_text};

/// The form of the bytes in the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DumpData {
    /// An array of numbers.
    Values,
    /// A string in base64.
    Base64,
}

/// A dump to standard output, with the bytes in the object.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "the object is written piece by piece")]
pub(super) struct DumpObject {
    /// The source.
    #[serde(flatten)]
    source: SourceFields<'static>,
    /// The start offset in the source, in bytes.
    offset: SourceOffset,
    /// With --format values: the numbers. A number that is not finite is the string `"NaN"`, `"inf"` or `"-inf"`.
    #[schemars(skip_serializing_if = "Option::is_none")]
    values: Option<Vec<Number>>,
    /// Without --format values: the bytes in base64.
    #[schemars(skip_serializing_if = "Option::is_none")]
    data_base64: Option<String>,
    /// The number of bytes of the source that are shown.
    length: ByteLength,
    /// Whether all requested bytes are included. If not, the failure is reported on standard error, or `gaps` has the
    /// addresses of a process that could not be read.
    complete: bool,
    /// The process.
    #[serde(flatten)]
    process: Option<MemoryDumped>,
}

/// A number, or the name of a number that is not finite.
struct Number;

impl JsonSchema for Number {
    fn schema_name() -> Cow<'static, str> {
        "Number".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["number", "string"] })
    }
}

impl DumpData {
    const fn quote(self) -> &'static str {
        match self {
            Self::Values => "",
            Self::Base64 => "\"",
        }
    }

    /// Writes the part before the bytes.
    ///
    /// # Errors
    /// Errors of the writer only.
    pub fn begin(
        self,
        out: &mut dyn Write,
        name: &SourceName,
        offset: SourceOffset,
    ) -> io::Result<()> {
        #[derive(Serialize)]
        struct Head<'a> {
            #[serde(flatten)]
            source: SourceFields<'a>,
            offset: SourceOffset,
        }
        let source = SourceFields(name);
        let head = json::text(&Head { source, offset })?;
        let open = head.strip_suffix(b"}").unwrap_or(&head);
        let key = match self {
            Self::Values => "values",
            Self::Base64 => "data_base64",
        };
        out.write_all(open)?;
        write!(out, ",\"{key}\":{}", self.quote())
    }

    /// Writes the part after the bytes.
    ///
    /// # Errors
    /// Errors of the writer only.
    pub fn end(self, out: &mut dyn Write, dumped: &Dumped) -> io::Result<()> {
        let (quote, length, complete) = (self.quote(), dumped.length.0, dumped.complete);
        write!(out, "{quote},\"length\":{length},\"complete\":{complete}")?;
        match &dumped.process {
            Some(process) => {
                let fields = json::text(process)?;
                out.write_all(b",")?;
                out.write_all(fields.strip_prefix(b"{").unwrap_or(&fields))?;
                writeln!(out)
            }
            None => writeln!(out, "}}"),
        }
    }
}

/// The gaps in the memory of a process, one text each; only the first ones of many. They are `used` as zeros: shown, for
/// example.
#[must_use]
pub fn gap_texts(gaps: &[MemoryGap], used: &str, view: &View) -> Vec<String> {
    /// The greatest number of gaps that are listed.
    const MOST: usize = 8;
    let text = |gap: &MemoryGap| {
        let (start, end) = (gap.offset.0, gap.offset.plus(gap.length).0);
        let size = view.size(gap.length);
        let cause = match gap.cause {
            GapCause::NotMapped => "is not mapped",
            GapCause::NoAccess => "has no read access",
            GapCause::Unreadable => "cannot be read by the kernel",
        };
        format!("{start:#x}-{end:#x} ({size}) {cause}; {used} as zeros")
    };
    let mut texts: Vec<String> = gaps.iter().take(MOST).map(text).collect();
    if let Some(others @ [_, ..]) = gaps.get(MOST..) {
        let bytes = others.iter().map(|gap| gap.length).sum::<ByteLength>();
        let (count, size) = (count_text(others.len() as u64, "range"), view.size(bytes));
        texts.push(format!("{count} more ({size}) could not be read"));
    }
    texts
}
