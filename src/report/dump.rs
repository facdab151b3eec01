//! The JSON object of a dump, with the bytes in it.

use std::io::{self, Write};

use serde::Serialize;

use super::name::SourceFields;
use crate::mapping::actions::dump::Dumped;
use crate::mapping::types::{SourceName, SourceOffset};

/// How the bytes stand in the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DumpData {
    /// As an array of numbers.
    Values,
    /// As text in base64.
    Base64,
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
