//! Copying a range of a source out, byte for byte: inside the kernel where it can, through a guarded
//! mapping where it cannot.

use std::fs::File;
use std::io::{self, Write};

use super::error::Error;
use super::process::StandardOutput;
use super::range::SourceRange;
use super::source::Source;
use super::stream::{Part, Stream};

/// How an export ended.
#[derive(Debug)]
pub enum Export {
    /// That many bytes, all of them, were copied.
    Done(u64),
    /// The source failed; what came before is copied.
    Source(Error),
    /// The target failed.
    Target(io::Error),
}

/// How many bytes go through our own memory at a time.
const BLOCK: usize = 256 << 10;

impl Export {
    /// Copies a range to a writer.
    #[must_use]
    pub fn bytes(source: &Source, range: SourceRange, target: &mut impl Write) -> Self {
        let mut stream = Stream::new(source, range);
        let mut buffer = vec![0; BLOCK.min(range.length().to_usize().unwrap_or(BLOCK))];
        let mut done = 0_u64;
        loop {
            let written = match stream.next(&mut buffer) {
                Ok(Part::End) => return Self::Done(done),
                Ok(Part::Bytes(count)) => {
                    done = done.saturating_add(count as u64);
                    target.write_all(buffer.get(..count).unwrap_or_default())
                }
                Ok(Part::Hole(count)) => {
                    done = done.saturating_add(count);
                    io::copy(&mut io::Read::take(io::repeat(0), count), target).map(|_| ())
                }
                Err(error) => return Self::Source(error),
            };
            if let Err(error) = written {
                return Self::Target(error);
            }
        }
    }

    /// Copies a range to the standard output, whatever that is.
    #[must_use]
    pub fn to_stdout(source: &Source, range: SourceRange, out: &StandardOutput) -> Self {
        let mut out = out;
        Self::bytes(source, range, &mut out)
    }

    /// Copies a range to a file, from the file's start on. Where the file can have holes, those of the
    /// source stay holes.
    #[must_use]
    pub fn to_file(source: &Source, range: SourceRange, target: &File) -> Self {
        Self::bytes(source, range, &mut &*target)
    }
}
