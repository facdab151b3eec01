//! Opening a source to read it: mapped if it can be, otherwise as a stream.

use super::byte_stream::ByteStream;
use super::live::Region;
use crate::mapping::error::{Error, Result};
use crate::mapping::source::opening::open_handle;
use crate::mapping::source::{Handle, OpenFile, OpenRequest, Source, SourceSpec, path_only};
use crate::mapping::sys::{self, FileClass};
use crate::mapping::types::{Kind, SourceName, SourceOffset, SourceRange};

/// An open source, or a stream in place of one.
#[derive(Debug)]
pub enum Readable {
    /// A source that can be mapped.
    Source {
        /// The source.
        source: Box<Source>,
        /// The position of the standard input, and the start of any other source.
        position: SourceOffset,
    },
    /// A file that can only be read in order.
    Stream(ByteStream),
}

impl Readable {
    /// Opens a source for reading.
    ///
    /// # Errors
    /// Those of [`Source::open`] and [`Region::check_mappable`]; `access_denied` for a file that is open for writing
    /// only; `unsupported` for a directory.
    pub fn open(spec: &SourceSpec) -> Result<Self> {
        let name = spec.name();
        Self::open_unnamed(spec, &name).map_err(|error| error.on(&name))
    }

    fn open_unnamed(spec: &SourceSpec, name: &SourceName) -> Result<Self> {
        const HOW: OpenRequest = OpenRequest::READ;
        let opened = match open_handle(spec, &HOW)? {
            Some((file, _)) if is_stream(&file)? => return Ok(Self::stream(file, name)),
            opened => opened,
        };
        let source = Source::of_opened(spec, &HOW, opened)?;
        let whole = SourceRange::new(SourceOffset::START, source.size()?).unwrap_or_default();
        match Region::check_mappable(&source, whole) {
            Err(error) if error.kind() == Kind::Unsupported => {
                let file = source.into_file().ok_or(error)?;
                Ok(Self::stream(file, name))
            }
            checked => {
                checked?;
                Ok(Self::Source {
                    position: position(spec, &source)?,
                    source: Box::new(source),
                })
            }
        }
    }

    fn stream(file: OpenFile, name: &SourceName) -> Self {
        Self::Stream(ByteStream::new(file, name.clone()))
    }
}

/// Whether a file that can be read can only be read in order.
fn is_stream(file: &OpenFile) -> Result<bool> {
    let examine = |error| Error::os("examine", &error);
    if let Some(refused) = path_only("read", file) {
        return Err(refused);
    }
    if sys::is_write_only(file).map_err(examine)? {
        let reason = "it is open for writing only";
        return Err(Error::new(Kind::AccessDenied, "read", reason));
    }
    match sys::classify(file).map_err(examine)? {
        FileClass::Directory => Err(Error::new(Kind::Unsupported, "read", "it is a directory")),
        FileClass::Other(thing) => {
            let reason = format!("it is {thing}");
            Err(Error::new(Kind::Unsupported, "read", reason))
        }
        FileClass::Stream(_) => Ok(true),
        FileClass::Regular | FileClass::BlockDevice => Ok(false),
    }
}

/// The position at which reading starts. The users of an inherited file share it.
fn position(spec: &SourceSpec, source: &Source) -> Result<SourceOffset> {
    match source.handle().map(Handle::file) {
        Some(file) if *spec == SourceSpec::StandardInput => sys::position(file)
            .map(SourceOffset)
            .map_err(|error| Error::os("examine", &error)),
        _ => Ok(SourceOffset::START),
    }
}
