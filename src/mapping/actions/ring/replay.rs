//! `replay`: the last bytes of a ring, in order.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::format::Writer;
use super::memory::Ring;
use super::open::for_reading;
use super::writer;
use crate::mapping::error::Result;
use crate::mapping::measure::memory;
use crate::mapping::platform::Feature;
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::process::standard_output::StandardOutput;
use crate::mapping::source::{Source, SourceSpec};
use crate::mapping::types::{ByteLength, SourceName, SourceOffset};

/// The request of `replay`.
#[derive(Clone, Copy, Debug)]
pub struct ReplayRequest {
    /// The number of whole lines to start with; without it, all bytes.
    pub lines: Option<u64>,
    /// Whether to go on with what is recorded from now on.
    pub follow: bool,
}

/// Bytes of the stream that follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The position of the first byte in the stream.
    pub position: SourceOffset,
    /// The number of bytes lost before it, because the writer has overtaken this reader.
    pub lost: ByteLength,
    /// The bytes.
    pub bytes: &'a [u8],
}

/// A ring, and the bytes that were shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Replayed {
    /// The number of last bytes that the ring keeps.
    pub length: ByteLength,
    /// The number of bytes recorded since the ring was created.
    pub written: ByteLength,
    /// The number of recordings since the ring was created.
    pub runs: u64,
    /// The process ID of the last writer.
    pub writer: u32,
    /// Whether the last writer is running; false when unknown.
    pub writer_runs: bool,
    /// The number of bytes shown.
    pub shown: ByteLength,
    /// The number of bytes lost, because the writer has overtaken this reader.
    pub lost: ByteLength,
    /// With --lines: the number of bytes of the last line that is not complete, and not shown.
    pub incomplete: ByteLength,
}

/// The number of bytes copied at a time.
const CHUNK: usize = 256 << 10;

/// The time between two looks for new bytes.
const PAUSE: Duration = Duration::from_millis(20);

/// A ring that is read.
pub struct Replay {
    source: Source,
    ring: Ring,
    writer: Writer,
    /// The position of the next byte to copy.
    at: u64,
    /// Copied bytes that are not shown yet: the start of a line.
    pending: Vec<u8>,
    /// Bytes lost since the last piece.
    gap: u64,
    shown: u64,
    lost: u64,
}

impl Replay {
    /// Opens a ring.
    ///
    /// # Errors
    /// `mismatch` for a file that is no ring or is damaged; `unsupported` for another version; `file_too_short` for a
    /// truncated one; those of opening a file.
    pub fn open(spec: &SourceSpec) -> Result<Self> {
        Feature::Replay.require("replay")?;
        let (source, ring, writer) = for_reading(spec)?;
        Ok(Self {
            source,
            ring,
            writer,
            at: 0,
            pending: Vec::new(),
            gap: 0,
            shown: 0,
            lost: 0,
        })
    }

    /// The source of the ring.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The name of the ring.
    #[must_use]
    pub fn name(&self) -> &SourceName {
        self.source.name()
    }

    /// The ring, and the bytes shown so far.
    ///
    /// # Errors
    /// `fault` when the file was truncated.
    pub fn outcome(&self) -> Result<Replayed> {
        Ok(Replayed {
            length: ByteLength(self.ring.layout.length),
            written: ByteLength(self.ring.written()?),
            runs: self.ring.runs()?,
            writer: self.writer.pid,
            writer_runs: writer::runs(self.writer),
            shown: ByteLength(self.shown),
            lost: ByteLength(self.lost),
            incomplete: ByteLength::of(self.pending.len()),
        })
    }

    /// Shows the bytes, until `show` returns false or a signal arrives.
    ///
    /// # Errors
    /// `fault` when the file was truncated meanwhile; those of `show`.
    pub fn run(
        &mut self,
        request: ReplayRequest,
        interrupts: &Interrupts,
        show: &mut dyn FnMut(Piece<'_>) -> Result<bool>,
    ) -> Result<()> {
        let mut end = self.ring.written()?;
        let mut skips = false;
        match request.lines {
            Some(count) => skips = self.go_to_lines(count, end)?,
            None => self.at = self.ring.layout.oldest(end),
        }
        while interrupts.requested().is_none() {
            if self.at >= end {
                self.ring.check_size("read")?;
                if !request.follow || StandardOutput::new().has_no_reader() {
                    break;
                }
                end = self.ring.written()?;
                if self.at >= end {
                    interrupts.pause(PAUSE)?;
                }
                continue;
            }
            let overtaken = self.copy_more(end)?;
            if overtaken && request.lines.is_some() {
                // The rest of the line is lost.
                self.lose(self.pending.len() as u64);
                self.pending.clear();
                skips = true;
            }
            if !overtaken && !self.show_pending(request.lines.is_some(), &mut skips, show)? {
                break;
            }
        }
        Ok(())
    }

    /// Goes to the start of the last `count` whole lines. Returns whether the next line is not whole.
    fn go_to_lines(&mut self, count: u64, end: u64) -> Result<bool> {
        let mut buffer = memory::buffer(CHUNK, CHUNK, "read the ring")?;
        let mut left = count;
        let mut at = end;
        loop {
            let oldest = self.ring.layout.oldest(self.ring.written()?);
            if at <= oldest {
                self.at = oldest;
                return Ok(oldest > 0);
            }
            let start = at.saturating_sub(CHUNK as u64).max(oldest);
            let length = ByteLength(at.saturating_sub(start)).saturating_usize();
            let bytes = buffer.get_mut(..length).unwrap_or_default();
            self.ring.copy(start, bytes)?;
            if start < self.ring.layout.oldest(self.ring.written()?) {
                // It was overwritten meanwhile.
                continue;
            }
            for (place, _) in bytes.iter().enumerate().rev().filter(|(_, b)| **b == b'\n') {
                if left == 0 {
                    self.at = start.saturating_add(place as u64).saturating_add(1);
                    return Ok(false);
                }
                left = left.saturating_sub(1);
            }
            at = start;
        }
    }

    /// Copies the next bytes to the pending ones. Returns whether the writer was faster; the next byte is then the oldest
    /// one that is left.
    fn copy_more(&mut self, end: u64) -> Result<bool> {
        // More than the ring keeps is never valid at once.
        let left = end.saturating_sub(self.at).min(self.ring.layout.length);
        let length = ByteLength(left).saturating_usize().min(CHUNK);
        let before = self.pending.len();
        memory::reserve(&mut self.pending, length, "read the ring")?;
        self.pending.resize(before.saturating_add(length), 0);
        let room = self.pending.get_mut(before..).unwrap_or_default();
        self.ring.copy(self.at, room)?;
        self.ring.check_size("read")?;
        let oldest = self.ring.layout.oldest(self.ring.written()?);
        if self.at < oldest {
            self.pending.truncate(before);
            self.lose(oldest.saturating_sub(self.at));
            self.at = oldest;
            return Ok(true);
        }
        self.at = self.at.saturating_add(length as u64);
        Ok(false)
    }

    fn lose(&mut self, bytes: u64) {
        self.gap = self.gap.saturating_add(bytes);
        self.lost = self.lost.saturating_add(bytes);
    }

    /// Shows the pending bytes, or the whole lines in them. Returns whether to go on.
    fn show_pending(
        &mut self,
        whole_lines: bool,
        skips: &mut bool,
        show: &mut dyn FnMut(Piece<'_>) -> Result<bool>,
    ) -> Result<bool> {
        let newline = |byte: &u8| *byte == b'\n';
        if *skips {
            let end = self.pending.iter().position(newline);
            let skipped = end.map_or(self.pending.len(), |end| end.saturating_add(1));
            *skips = end.is_none();
            self.pending.drain(..skipped);
            if self.gap > 0 {
                self.lose(skipped as u64);
            }
        }
        let length = match whole_lines {
            true => self.pending.iter().rposition(newline),
            false => self.pending.len().checked_sub(1),
        };
        let Some(length) = length.map(|last| last.saturating_add(1)) else {
            return Ok(true);
        };
        let position = self.at.saturating_sub(self.pending.len() as u64);
        let goes_on = show(Piece {
            position: SourceOffset(position),
            lost: ByteLength(std::mem::take(&mut self.gap)),
            bytes: self.pending.get(..length).unwrap_or_default(),
        })?;
        self.shown = self.shown.saturating_add(length as u64);
        self.pending.drain(..length);
        Ok(goes_on)
    }
}
