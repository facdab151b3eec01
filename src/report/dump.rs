//! The JSON object of a dump, with the bytes in it.

use std::borrow::Cow;
use std::io::{self, Write};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use super::name::SourceFields;
use crate::mapping::actions::dump::Dumped;
use crate::mapping::types::{ByteLength, SourceName, SourceOffset};

/// How the bytes stand in the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DumpData {
    /// As an array of numbers.
    Values,
    /// As text in base64.
    Base64,
}

/// What `dump` did, with the bytes that it shows. It is printed as the bytes come.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "the object is written piece by piece")]
pub(super) struct DumpObject {
    /// The source.
    #[serde(flatten)]
    source: SourceFields<'static>,
    /// The start offset in the source, in bytes.
    offset: SourceOffset,
    /// The numbers, with --format values. Those that are not finite are the strings `"NaN"`, `"inf"` and `"-inf"`.
    #[schemars(skip_serializing_if = "Option::is_none")]
    values: Option<Vec<Number>>,
    /// The bytes in base64, without --format values.
    #[schemars(skip_serializing_if = "Option::is_none")]
    data_base64: Option<String>,
    /// The number of bytes of the source that are shown.
    length: ByteLength,
    /// Whether these are all that were asked for. If not, the failure is printed on standard error.
    complete: bool,
}

/// A number, or the name of one that is not finite.
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

    /// Writes what stands before the bytes.
    ///
    /// # Errors
    /// Only what the writer answers.
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
        let head = serde_json::to_string(&Head { source, offset })?;
        let open = head.strip_suffix('}').unwrap_or(&head);
        let key = match self {
            Self::Values => "values",
            Self::Base64 => "data_base64",
        };
        write!(out, "{open},\"{key}\":{}", self.quote())
    }

    /// Writes what stands after the bytes.
    ///
    /// # Errors
    /// Only what the writer answers.
    pub fn end(self, out: &mut dyn Write, dumped: &Dumped) -> io::Result<()> {
        let (quote, length, complete) = (self.quote(), dumped.length.0, dumped.complete);
        writeln!(out, "{quote},\"length\":{length},\"complete\":{complete}}}")
    }
}
