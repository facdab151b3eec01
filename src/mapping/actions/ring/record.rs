//! `record`: standard input into a ring.

use std::fs::File;
use std::io;
use std::time::Instant;

use schemars::JsonSchema;
use serde::Serialize;

use super::memory::{Ring, Transfer};
use super::open::{Opened, for_writing};
use super::writer;
use crate::mapping::error::{Error, Result};
use crate::mapping::platform::Feature;
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::region::byte_stream::{ByteStream, is_passing};
use crate::mapping::source::opening::open_handle;
use crate::mapping::source::{OpenRequest, Source, SourceSpec};
use crate::mapping::sys;
use crate::mapping::types::{ByteLength, Kind, SourceName, nanoseconds};

/// The request of `record`.
#[derive(Clone, Copy, Debug)]
pub struct RecordRequest<'a> {
    /// The number of last bytes that a new ring keeps.
    pub length: Option<ByteLength>,
    /// The file to which everything is passed on.
    pub tee: Option<&'a File>,
}

/// A recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Recorded {
    /// Whether the ring was created; false if it was continued.
    pub created: bool,
    /// The number of last bytes that the ring keeps.
    pub length: ByteLength,
    /// The number of bytes recorded by this command.
    pub recorded: ByteLength,
    /// The number of bytes recorded since the ring was created.
    pub written: ByteLength,
    /// The number of recordings since the ring was created, including this one.
    pub runs: u64,
    /// The time from the start to the end of the input, in nanoseconds.
    pub duration_ns: u64,
}

/// How a recording ended.
#[derive(Debug)]
pub struct Recording {
    /// The ring.
    pub name: SourceName,
    /// What was recorded.
    pub recorded: Recorded,
    /// The signal that ended it.
    pub ended_by: Option<Kind>,
    /// The outcome of passing the bytes on.
    pub passed_on: io::Result<()>,
    /// The failure that ended it.
    pub failure: Option<Error>,
}

/// Records standard input until its end or a signal. Each piece is in the ring, and counted, before it is passed on.
///
/// # Errors
/// `busy` when another process records into the ring; `mismatch` for a file that is no ring, is damaged, or keeps another
/// number of bytes; `unsupported` for another version; `file_too_short` for a truncated one; those of opening and
/// extending the file. Nothing was read then.
pub fn record(
    spec: &SourceSpec,
    request: RecordRequest<'_>,
    interrupts: &Interrupts,
) -> Result<Recording> {
    Feature::Record.require("record")?;
    let input = open_handle(&SourceSpec::StandardInput, &OpenRequest::READ);
    let input = input.map_err(|error| error.on(&SourceName::StandardInput))?;
    let (input, _) = input.ok_or_else(|| Error::usage("there is no standard input"))?;
    let Opened {
        source,
        ring,
        created,
        lock: _lock,
    } = for_writing(spec, request.length)?;
    check_apart(&source, &input, request.tee)?;
    let mut input = ByteStream::new(input, SourceName::StandardInput);
    let runs = ring.note_writer(writer::myself())?;
    let first = ring.written()?;
    let shared = match request.tee {
        Some(tee) => sys::PipeCopy::between(input.file(), tee),
        None => Ok(None),
    };
    let shared = shared.map_err(|e| Error::os("make a pipe", &e))?;
    let started = Instant::now();
    let mut job = Job {
        ring: &ring,
        written: first,
        tee: request.tee,
        shared,
        interrupts,
    };
    let end = job.run(&mut input);
    let (passed_on, failure) = match end {
        Ok(passed_on) => (passed_on, None),
        Err(error) => (Ok(()), Some(error)),
    };
    Ok(Recording {
        name: ring.name().clone(),
        recorded: Recorded {
            created,
            length: ByteLength(ring.layout.length),
            recorded: ByteLength(job.written.saturating_sub(first)),
            written: ByteLength(job.written),
            runs,
            duration_ns: nanoseconds(started.elapsed()),
        },
        ended_by: interrupts.requested(),
        passed_on,
        failure,
    })
}

/// Refuses to record a ring into itself, or to pass the bytes on into it.
fn check_apart(source: &Source, input: &sys::OpenFile, tee: Option<&File>) -> Result<()> {
    let examine = |e: io::Error| Error::os("examine", &e).on(source.name());
    let tee = tee.map(File::try_clone).transpose().map_err(examine)?;
    let tee = tee.map(sys::open_file);
    for other in std::iter::once(input).chain(tee.as_ref()) {
        if source.is_open_file(other).map_err(examine)? {
            let reason = "input and output are the same file";
            return Err(Error::usage(reason).on(source.name()));
        }
    }
    Ok(())
}

/// One recording.
struct Job<'a> {
    ring: &'a Ring,
    written: u64,
    /// The file to which everything is passed on.
    tee: Option<&'a File>,
    /// The next bytes to pass on, if pipes can share them. They are in the ring before they are passed on, but they are
    /// not copied for it.
    shared: Option<sys::PipeCopy>,
    interrupts: &'a Interrupts,
}

impl Job<'_> {
    /// Records until the end of the input, a signal, or the end of the output, whose failure is returned.
    fn run(&mut self, input: &mut ByteStream) -> Result<io::Result<()>> {
        loop {
            let waited = self.interrupts.wait_for(input.file());
            waited.map_err(|error| error.on(input.name()))?;
            if self.interrupts.requested().is_some() {
                return Ok(Ok(()));
            }
            let from = self.written;
            match self.receive(input)? {
                Received::End => return Ok(Ok(())),
                Received::Nothing => continue,
                Received::Bytes => {}
            }
            if let Some(tee) = self.tee
                && let Err(error) = self.pass_on(from, tee)?
            {
                return Ok(Err(error));
            }
        }
    }

    /// Reads the next piece. If pipes share it, all that they share.
    fn receive(&mut self, input: &mut ByteStream) -> Result<Received> {
        let failed = |error: io::Error, name| match is_passing(&error) {
            true => Ok(Received::Nothing),
            false => Err(Error::os("read", &error).on(name)),
        };
        let mut left = self.ring.layout.piece();
        if let Some(shared) = &self.shared {
            match shared.take(input.file(), left) {
                Ok(0) => return Ok(Received::End),
                Ok(count) => left = count,
                Err(error) => return failed(error, input.name()),
            }
        }
        loop {
            match self.ring.receive(self.written, left, input.file()) {
                Ok(Transfer::Bytes(0)) => return Ok(Received::End),
                Ok(Transfer::Bytes(count)) => {
                    self.count(count)?;
                    left = left.saturating_sub(count);
                    if self.shared.is_none() || left == 0 {
                        return Ok(Received::Bytes);
                    }
                }
                Ok(Transfer::Blocked) => return Err(self.ring.why_blocked(self.written)),
                Err(error) if self.shared.is_some() && is_passing(&error) => {}
                Err(error) => return failed(error, input.name()),
            }
        }
    }

    /// Counts bytes that were stored.
    fn count(&mut self, count: usize) -> Result<()> {
        self.ring.check_size("record")?;
        self.written = self.written.saturating_add(count as u64);
        self.ring.publish(self.written)
    }

    /// Passes the recorded bytes on.
    fn pass_on(&self, from: u64, to: &File) -> Result<io::Result<()>> {
        let mut at = from;
        while at < self.written {
            let left = ByteLength(self.written.saturating_sub(at)).saturating_usize();
            let sent = match &self.shared {
                Some(shared) => shared.give(to, left).map(Transfer::Bytes),
                None => self.ring.send(at, left, to),
            };
            match sent {
                Ok(Transfer::Bytes(0)) => return Ok(Err(io::ErrorKind::WriteZero.into())),
                Ok(Transfer::Bytes(sent)) => at = at.saturating_add(sent as u64),
                Ok(Transfer::Blocked) => return Err(self.ring.why_blocked(from)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Ok(()))
    }
}

/// What was read.
enum Received {
    /// Bytes, which are counted.
    Bytes,
    /// Nothing yet.
    Nothing,
    /// The end of the input.
    End,
}
