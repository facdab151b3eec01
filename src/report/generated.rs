//! The report of `generate` on one file.

use std::io::{self, Write};
use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use super::human::Human;
use super::name::{base64_of, quoted};
use super::view::View;
use crate::mapping::types::ByteLength;

/// A generated file.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GeneratedReport<'a> {
    /// The name of the file: its path under the prefix where it is installed.
    name: &'a str,
    /// The size of the file in bytes.
    size: ByteLength,
    /// With --into: the path of the written file; absent otherwise, and for a path that is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
    /// In place of `path`: the bytes of a path that is not UTF-8, in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    path_base64: Option<String>,
    #[serde(skip)]
    written: Option<&'a Path>,
}

impl<'a> GeneratedReport<'a> {
    /// The report on a file of this name and size. `written` is its path, if it was written.
    #[must_use]
    pub fn new(name: &'a str, size: ByteLength, written: Option<&'a Path>) -> Self {
        let path = written.and_then(Path::to_str);
        let other = written.filter(|_| path.is_none());
        Self {
            name,
            size,
            path,
            path_base64: other.map(|path| base64_of(path.as_os_str())),
            written,
        }
    }
}

impl Human for GeneratedReport<'_> {
    fn write_human(&self, out: &mut dyn Write, _: &View) -> io::Result<()> {
        match self.written {
            Some(path) => writeln!(out, "{}", quoted(path.as_os_str())),
            None => writeln!(out, "{}", self.name),
        }
    }
}
