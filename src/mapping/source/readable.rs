//! Opening a source to read it in order: one that can be mapped, or a stream, which cannot.

use super::handle::{OpenFile, path_only};
use super::opened::Source;
use super::opening::open_handle;
use super::spec::{OpenRequest, SourceSpec};
use crate::mapping::error::{Error, Result};
use crate::mapping::sys::{self, FileClass};
use crate::mapping::types::Kind;

/// An open source, or a stream in place of one.
#[derive(Debug)]
pub enum Readable {
    /// A source that can be mapped.
    Source(Box<Source>),
    /// A file that can only be read in order.
    Stream(OpenFile),
}

impl Readable {
    /// Opens a source for reading.
    ///
    /// # Errors
    /// Those of [`Source::open`]; `access_denied` for a stream that is open for writing only.
    pub fn open(spec: &SourceSpec) -> Result<Self> {
        Self::open_unnamed(spec).map_err(|error| error.on(&spec.name()))
    }

    fn open_unnamed(spec: &SourceSpec) -> Result<Self> {
        const HOW: OpenRequest = OpenRequest::READ;
        let opened = open_handle(spec, &HOW)?;
        let class = match &opened {
            Some((file, _)) => Some(sys::classify(file).map_err(|e| Error::os("examine", &e))?),
            None => None,
        };
        match (opened, class) {
            (Some((file, _)), Some(FileClass::Stream(_))) => {
                check_readable(&file)?;
                Ok(Self::Stream(file))
            }
            (opened, _) => {
                let source = Source::of_opened(spec, &HOW, opened)?;
                Ok(Self::Source(Box::new(source)))
            }
        }
    }
}

fn check_readable(file: &OpenFile) -> Result<()> {
    if let Some(refused) = path_only("read", file) {
        return Err(refused);
    }
    match sys::is_write_only(file).map_err(|e| Error::os("examine", &e))? {
        true => {
            let reason = "it is open for writing only";
            Err(Error::new(Kind::AccessDenied, "read", reason))
        }
        false => Ok(()),
    }
}
