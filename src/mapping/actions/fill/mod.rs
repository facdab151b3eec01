//! Filling a range of a source with bytes, through a writable mapping.
//!
//! Space is reserved before the first byte is stored. A source that was created or had to grow is put back when the
//! fill fails or is asked to stop; bytes that were there before and are overwritten by then stay so.

mod content;
mod input;
mod pieces;
mod stream;
mod sweep;

use std::io::BufRead;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use serde::Serialize;

use crate::mapping::measure::memory::check_available;
use crate::mapping::types::nanoseconds;

pub use content::{Content, Counter, Order, Random, Width};
pub use input::{Input, InputSpec, SizedInput, StreamInput};
pub use pieces::Piece;

use crate::mapping::cache::sync::{self, SyncMode, SyncRequest, Synced};
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::memory::Swap;
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::region::{Region, bytes};
use crate::mapping::source::size::{self, Reserve};
use crate::mapping::source::{Creation, Handle, OpenRequest, Source, SourceSpec};
use crate::mapping::sys;
use crate::mapping::types::{
    Access, ByteLength, Bytes, Kind, RangeRequest, SourceKind, SourceOffset, SourceRange,
};
use pieces::Placed;
use sweep::{CHUNK, Sweep, Swept, Windows, populate};

/// What to fill with.
#[derive(Debug)]
pub enum Supply {
    /// Bytes that can be made at any position.
    Content(Content),
    /// Bytes to be read.
    Input(InputSpec),
    /// Bytes to be read as text that says where they go.
    Text(InputSpec, TextParser),
}

/// Understands a text as pieces.
pub struct TextParser(Box<Understand>);

type Understand = dyn FnOnce(&mut dyn BufRead) -> Result<Text>;

impl TextParser {
    /// What a function of the caller's understands.
    #[must_use]
    pub fn new(understand: impl FnOnce(&mut dyn BufRead) -> Result<Text> + 'static) -> Self {
        Self(Box::new(understand))
    }
}

impl std::fmt::Debug for TextParser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TextParser")
    }
}

/// What a text says.
#[derive(Debug)]
pub struct Text {
    /// The pieces, in the order of the text.
    pub pieces: Vec<Piece>,
    /// Why the rest of it was not understood, where what comes before is to be written all the same.
    pub failure: Option<Error>,
}

/// A fill to be done.
#[derive(Clone, Copy, Debug)]
pub struct FillRequest {
    /// Which bytes; with an input and no length, as many as the input has.
    pub range: RangeRequest,
    /// Further flags and the permission bits to open with; the rest follows from this request.
    pub open: OpenRequest,
    /// Store to private copies of the pages only.
    pub private: bool,
    /// Whether a missing source may be created.
    pub create: bool,
    /// Whether a source that is too short may be extended.
    pub extend: bool,
    /// Whether to read everything back and compare.
    pub verify: bool,
    /// Whether and how to flush what was written.
    pub flush: Option<SyncMode>,
}

/// How a fill is carried out.
#[derive(Clone, Copy)]
pub struct Control<'a> {
    /// Requests to stop.
    pub interrupts: &'a Interrupts,
    /// Who is told how far it is.
    pub progress: &'a dyn Progress,
    /// How many threads to use; as many as are worth it when absent.
    pub threads: Option<NonZeroUsize>,
}

impl std::fmt::Debug for Control<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Control")
            .field("threads", &self.threads)
            .finish_non_exhaustive()
    }
}

/// What a fill is busy with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Storing the bytes.
    Filling,
    /// Reading them back.
    Verifying,
}

/// Somebody who wants to know how far a fill is. Called from all threads that work on it.
pub trait Progress: Sync {
    /// A phase begins, over that many bytes if it is known.
    fn begin(&self, phase: Phase, total: Option<ByteLength>);
    /// That many bytes more are done.
    fn advance(&self, bytes: ByteLength);
}

/// What a fill did; the keys of its JSON object.
#[derive(Clone, Debug, Serialize)]
pub struct Filled {
    /// The sort of source.
    pub kind: SourceKind,
    /// Where the range begins, in bytes.
    pub offset: SourceOffset,
    /// How many bytes were written.
    pub length: ByteLength,
    /// `w`, or `c` when only private copies of the pages were written to.
    pub access: Access,
    /// Whether the source did not exist before.
    pub created: bool,
    /// The size before, in bytes.
    pub old_size: ByteLength,
    /// The size after, in bytes.
    pub new_size: ByteLength,
    /// Whether blocks were reserved for the whole range before anything was written; file systems that
    /// cannot reserve only grow, block devices have nothing to reserve.
    pub reserved: bool,
    /// How many bytes the input had, when there was one and it was read to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_length: Option<ByteLength>,
    /// With private copies, which this command never writes to the source: whether the times of change of the source
    /// moved meanwhile. Stores through another process's mapping may move none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_meanwhile: Option<bool>,
    /// What flushing did; absent when that was not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flushed: Option<Synced>,
    /// Whether every byte was read back as it was written; absent when that was not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified: Option<bool>,
    /// How long it took to provide the space and write the bytes, in nanoseconds.
    pub duration_ns: u64,
}

/// A fill that was done.
#[derive(Debug)]
pub struct Done {
    /// What was filled, still open.
    pub source: Source,
    /// What was done.
    pub filled: Filled,
    /// Why that is not all that the text asked for.
    pub failure: Option<Error>,
}

/// Fills a range of a source.
///
/// # Errors
/// Those of [`Source::open`], [`Source::resolve`] and [`Source::provide`]; `file_too_short` for a range or
/// an input without bytes; `usage` for an input that is the source; `access_denied` for a handle that does
/// not allow writing; `fault` when a byte cannot be stored; what reading the input answers; a kind that is a
/// request; `mismatch` when reading back finds another byte.
pub fn fill(
    spec: &SourceSpec,
    request: &FillRequest,
    supply: Supply,
    control: &Control<'_>,
) -> Result<Done> {
    let (source, supply) = open(spec, request, supply, control.interrupts)?;
    let name = source.name().clone();
    let mut job = Job::new(source, request, control)?;
    let filled = job.run(supply).map_err(|e| e.on(&name))?;
    Ok(Done {
        source: job.source,
        filled,
        failure: job.failure,
    })
}

/// A supply whose input is open.
enum Opened {
    Content(Content),
    Sized(SizedInput),
    Stream(StreamInput),
    Text(Text),
}

/// Opens the source and the input. The input comes first, so that nothing is created or cut for one that is
/// missing; but an inherited descriptor does, whose number another file could take otherwise. From before
/// anything is created, requests to stop are noticed.
fn open(
    spec: &SourceSpec,
    request: &FillRequest,
    supply: Supply,
    interrupts: &Interrupts,
) -> Result<(Source, Opened)> {
    let sized = request.range.length.is_some() || !matches!(supply, Supply::Content(_));
    let open_source = || {
        let opened = Source::open(spec, &request.open_request(sized));
        opened.map_err(|error| match error.kind() {
            Kind::NotFound if !spec.has_place() => error,
            _ => request.explain(error),
        })
    };
    let inherited = match spec {
        SourceSpec::Descriptor(_) => Some(open_source()?),
        SourceSpec::File(_) | SourceSpec::Tag(_) | SourceSpec::Anonymous => None,
    };
    interrupts.watch()?;
    let (mut input, parser) = match supply {
        Supply::Content(content) => {
            let source = inherited.map_or_else(open_source, Ok)?;
            return Ok((source, Opened::Content(content)));
        }
        Supply::Input(input) => (Input::open(&input)?, None),
        Supply::Text(input, parser) => (Input::open(&input)?, Some(parser)),
    };
    let text = match parser {
        Some(parser) => Some(input.understand(parser, interrupts)?),
        None => None,
    };
    let source = inherited.map_or_else(open_source, Ok)?;
    let same = source.is_open_file(input.file());
    if same.map_err(|e| Error::os("examine", &e).on(source.name()))? {
        return Err(Error::usage("the input is the very thing to be filled").on(source.name()));
    }
    let opened = match (text, input) {
        (Some(text), _) => Opened::Text(text),
        (None, Input::Sized(input)) => Opened::Sized(input),
        (None, Input::Stream(input)) => Opened::Stream(input),
    };
    Ok((source, opened))
}

impl FillRequest {
    fn open_request(&self, sized: bool) -> OpenRequest {
        let creates = sized && self.may_grow() && self.create;
        OpenRequest {
            writable: !self.private,
            creation: if creates {
                Creation::IfMissing
            } else {
                Creation::Never
            },
            ..self.open
        }
    }

    fn may_grow(&self) -> bool {
        self.extend && !self.private
    }

    fn access(&self) -> Access {
        if self.private {
            Access::COPY
        } else {
            Access::WRITE
        }
    }

    /// Gives the hint that fits this request to an error that would be none without its restrictions.
    fn explain(&self, error: Error) -> Error {
        match error.kind() {
            Kind::NotFound if self.private => {
                error.hint("private copies need a source that exists")
            }
            Kind::NotFound if !self.create => error.hint("without --no-create it is created"),
            Kind::NotFound if !self.extend => error.hint("without --no-extend it is created"),
            Kind::NotFound if self.range.length.is_none() => {
                error.hint("with --length N it is created")
            }
            Kind::FileTooShort if self.private => {
                error.hint("private copies (--access c) cannot extend it")
            }
            Kind::FileTooShort if !self.extend => error.hint("without --no-extend it is extended"),
            Kind::FileTooShort if self.range.length.is_none() => {
                error.hint("with --length N it is extended")
            }
            _ => error,
        }
    }
}

/// One fill.
struct Job<'a> {
    request: &'a FillRequest,
    control: &'a Control<'a>,
    source: Source,
    /// Whether opening it created it.
    created: bool,
    /// The size it had then, or 0 if it is to be cut to nothing.
    old_size: ByteLength,
    /// How many bytes are there that can be overwritten.
    existing: ByteLength,
    /// The one mapping that has the private copies.
    private: Option<Arc<Region>>,
    /// Why not all of a text is written.
    failure: Option<Error>,
    started: Instant,
}

/// What was written, as far as it can be compared with what is there.
enum Checkable {
    Content(Content),
    Pieces(Vec<Placed>),
    Nothing,
}

/// The first part of a range that is worked on.
fn beginning(range: SourceRange) -> SourceRange {
    range.pieces(CHUNK).next().unwrap_or(range)
}

/// A range with the same beginning and another length; one that no source has stays as it was.
fn resized(range: SourceRange, length: ByteLength) -> SourceRange {
    SourceRange::new(range.offset(), length).unwrap_or(range)
}

/// Which bytes may be lost.
#[derive(Clone, Copy, Debug)]
struct Loss {
    start: SourceOffset,
    /// All bytes before are overwritten.
    reached: SourceOffset,
    /// None from here on is.
    begun: SourceOffset,
}

impl Loss {
    const fn exactly(start: SourceOffset, reached: SourceOffset) -> Self {
        Self {
            start,
            reached,
            begun: reached,
        }
    }
}

/// What was written.
struct Written {
    range: SourceRange,
    /// The parts of the range that were stored to, in order.
    stored: Vec<SourceRange>,
    /// How many bytes of the range were written.
    length: ByteLength,
    reserved: bool,
    input_length: Option<ByteLength>,
    duration: Duration,
}

impl Written {
    /// What was not stored to before an offset.
    fn gaps_before(&self, end: SourceOffset) -> Vec<SourceRange> {
        let mut at = SourceOffset(0);
        let mut gaps = Vec::new();
        let rest = SourceRange::new(end, ByteLength::ZERO);
        for stored in self.stored.iter().copied().chain(rest) {
            let length = stored.offset().min(end).0.saturating_sub(at.0);
            gaps.extend(SourceRange::new(at, ByteLength(length)).filter(|gap| !gap.is_empty()));
            at = stored.end().max(at);
        }
        gaps
    }
}

impl<'a> Job<'a> {
    fn new(source: Source, request: &'a FillRequest, control: &'a Control<'a>) -> Result<Self> {
        Ok(Self {
            request,
            control,
            created: source.created(),
            old_size: source.planned_size()?,
            existing: source.size()?,
            source,
            private: None,
            failure: None,
            started: Instant::now(),
        })
    }

    fn run(&mut self, supply: Opened) -> Result<Filled> {
        self.check_writable()?;
        let before = self.stamp()?;
        let (written, checkable) = self.write(supply)?;
        let start = written.range.offset();
        self.truncate_to(&written)
            .map_err(|error| self.with_loss(error, Loss::exactly(start, written.range.end())))?;
        self.try_close()
            .map_err(|error| self.with_loss(error, Loss::exactly(start, written.range.end())))?;
        let flushed = self.flush(&written)?;
        if self.request.verify {
            match &checkable {
                Checkable::Content(content) => self.verify(content, written.range)?,
                Checkable::Pieces(pieces) => self.verify_pieces(pieces)?,
                Checkable::Nothing => {}
            }
        }
        // Measured while a failure can still be undone.
        let new_size = self.source.size()?;
        let changed_meanwhile = match self.request.private {
            true => Some(self.stamp()? != before),
            false => None,
        };
        self.commit(&written)?;
        Ok(Filled {
            kind: self.source.kind(),
            offset: written.range.offset(),
            length: written.length,
            access: self.request.access(),
            created: self.created,
            old_size: self.old_size,
            new_size,
            reserved: written.reserved,
            input_length: written.input_length,
            changed_meanwhile,
            flushed,
            verified: self.request.verify.then_some(true),
            duration_ns: nanoseconds(written.duration),
        })
    }

    fn write(&mut self, supply: Opened) -> Result<(Written, Checkable)> {
        Ok(match supply {
            Opened::Content(content) => {
                let written = self.fill_known(&content, self.request.range.length, None)?;
                (written, Checkable::Content(content))
            }
            Opened::Sized(input) => {
                let length = input.length();
                let wanted = self.request.range.length.unwrap_or(length);
                if !wanted.is_zero() {
                    input.read(0, &mut [0])?;
                }
                let content = Content::Input(input);
                let written = self.fill_known(&content, Some(wanted), Some(length))?;
                (written, Checkable::Content(content))
            }
            Opened::Stream(input) => {
                let (written, content) = self.fill_from_stream(input)?;
                (
                    written,
                    content.map_or(Checkable::Nothing, Checkable::Content),
                )
            }
            Opened::Text(text) => {
                self.failure = text.failure;
                let (written, placed) = self.fill_pieces(text.pieces)?;
                (written, Checkable::Pieces(placed))
            }
        })
    }

    fn flush(&self, written: &Written) -> Result<Option<Synced>> {
        let Some(mode) = self.request.flush else {
            return Ok(None);
        };
        let request = SyncRequest {
            mode,
            invalidate: false,
        };
        sync::sync(&self.source, written.range, request).map(Some)
    }

    /// A handle that does not allow writing is told so before its size matters: mapping it is refused.
    fn check_writable(&self) -> Result<()> {
        let writable = self.source.handle().is_some_and(Handle::writable);
        if self.request.private || writable {
            return Ok(());
        }
        let byte = SourceRange::new(SourceOffset(0), ByteLength(1));
        let mapped = byte.map_or(Ok(()), |byte| {
            Region::window(&self.source, byte, Access::WRITE).map(drop)
        });
        mapped.map_err(|error| match error.kind() {
            Kind::AccessDenied if error.details().hint.is_some() => error.hint(
                "open the descriptor for reading and writing, in a shell N<>FILE; --access c fills private \
                 copies, and leaves the file as it is",
            ),
            _ => error,
        })
    }

    /// Some file systems report only on closing that they do not take what was written.
    fn try_close(&self) -> Result<()> {
        let file = self.source.handle().map(Handle::file);
        match file.filter(|_| !self.request.private) {
            Some(file) => sys::try_close(file).map_err(|error| size::write_failure(&error)),
            None => Ok(()),
        }
    }

    /// What tells whether the source was changed.
    fn stamp(&self) -> Result<Option<(ByteLength, SystemTime)>> {
        let Some(handle) = self.source.handle() else {
            return Ok(None);
        };
        let size = handle.facts()?.size;
        let modified = sys::modified(handle.file()).map_err(|e| Error::os("examine", &e))?;
        Ok(modified.map(|modified| (size, modified)))
    }

    fn fill_known(
        &mut self,
        content: &Content,
        length: Option<ByteLength>,
        input_length: Option<ByteLength>,
    ) -> Result<Written> {
        let request = RangeRequest {
            length,
            ..self.request.range
        };
        let range = self.resolve(&request)?;
        if range.is_empty() && length.is_none() {
            return Err(self.nothing_to_fill(range));
        }
        let progress = self.control.progress;
        progress.begin(Phase::Filling, Some(range.length()));
        let reserved = self.prepare(range)?;
        let swept = self.sweep(content, range, range.offset());
        self.check_swept(range, swept)?;
        self.check_size(range)?;
        Ok(Written {
            range,
            stored: vec![range],
            length: range.length(),
            reserved,
            input_length,
            duration: self.started.elapsed(),
        })
    }

    fn resolve(&self, request: &RangeRequest) -> Result<SourceRange> {
        let range = self.source.resolve(request, self.request.may_grow());
        range.map_err(|error| match self.source.kind() {
            SourceKind::BlockDevice => error,
            _ => self.request.explain(error),
        })
    }

    fn nothing_to_fill(&self, range: SourceRange) -> Error {
        let reason = match range.offset() {
            SourceOffset(0) => "it is empty".to_owned(),
            SourceOffset(offset) => format!("no bytes follow offset {offset}, where it ends"),
        };
        let error = Error::new(Kind::FileTooShort, "fill", reason);
        match self.source.kind() {
            SourceKind::File | SourceKind::Tag if self.request.may_grow() => {
                error.hint("with --length N it is extended")
            }
            _ => error,
        }
    }

    /// Maps the beginning of the range, so that a source that cannot be written to is found before anything
    /// is changed; then provides the space, and says whether blocks are reserved for all of it. A source that is
    /// to be cut to nothing is, in between.
    fn prepare(&mut self, range: SourceRange) -> Result<bool> {
        if self.request.private && !range.is_empty() {
            check_available("fill", range.length(), Swap::Yes, || 0)?;
            let region = Region::window(&self.source, range, Access::COPY)?;
            self.private = Some(Arc::new(region));
            return Ok(false);
        }
        self.rehearse_truncation(range, range.length())?;
        if range.is_empty() {
            return Ok(false);
        }
        let first = beginning(range);
        if sys::MAPS_BEYOND_END || first.end().0 <= self.old_size.0 {
            Region::window(&self.source, first, Access::WRITE)?;
        }
        let provided = self.source.provide(range, Reserve::Range)?;
        Ok(provided.reserved)
    }

    /// Sees that the range can be written to, and that there will be room for so many bytes of it, when the source is
    /// to be cut to nothing. It is cut [last](Self::truncate_to).
    fn rehearse_truncation(&mut self, range: SourceRange, blocks: ByteLength) -> Result<()> {
        if range.is_empty() {
            let nothing = ByteLength::ZERO;
            self.source
                .rehearse_truncation(nothing, nothing, |_| Ok(()))?;
        } else {
            let size = ByteLength(range.end().0);
            self.source.rehearse_truncation(size, blocks, |source| {
                Region::window(source, beginning(range), Access::WRITE).map(drop)
            })?;
        }
        self.existing = self.source.size()?;
        Ok(())
    }

    /// Lets stay what was made. A text without bytes makes an empty file, as an input without bytes does; one that is
    /// not understood makes none.
    fn commit(&mut self, written: &Written) -> Result<()> {
        if self.failure.is_some() && written.stored.is_empty() {
            self.created = false;
            return Ok(());
        }
        self.source.commit()
    }

    /// Cuts a source that is to be cut to nothing to what was written, and makes zeros of what was there between.
    fn truncate_to(&mut self, written: &Written) -> Result<()> {
        if self.source.truncates {
            let size = written.range.end().min(SourceOffset(self.existing.0));
            for gap in written.gaps_before(size) {
                let swept = self.sweep(&Content::byte(0), gap, gap.offset());
                self.check_swept(gap, swept)?;
            }
        }
        self.source.truncate_to(ByteLength(written.range.end().0))
    }

    fn windows(&self, access: Access, end: SourceOffset) -> Windows {
        match &self.private {
            Some(region) => Windows::fixed(Arc::clone(region)),
            None => Windows::sliding(access, end),
        }
    }

    /// Stores a part of the content, which begins at `start`.
    fn sweep(&self, content: &Content, range: SourceRange, start: SourceOffset) -> Swept {
        let file = self.source.handle().map(Handle::file);
        let in_memory = file.is_some_and(sys::is_memory_backed) && !self.request.private;
        let windows = self.windows(Access::WRITE, range.end());
        Sweep::new(&self.source, content, range, windows).run(
            self.control,
            |region, part, scratch| {
                populate(region, part, in_memory && part.end().0 <= self.old_size.0);
                let position = part.offset().0.saturating_sub(start.0);
                content.store(region, part, position, scratch)
            },
        )
    }

    /// Sees that a range, or a part of it, was swept to its end.
    fn check_swept(&self, whole: SourceRange, swept: Swept) -> Result<()> {
        if let Some(error) = swept.failure {
            let loss = Loss {
                start: whole.offset(),
                reached: swept.reached,
                begun: swept.begun,
            };
            return Err(self.with_loss(error.over(whole), loss));
        }
        match self.control.interrupts.came() {
            Some(kind) if swept.reached < whole.end() => {
                Err(self.stop(kind, whole.offset(), swept.reached, Some(whole.length())))
            }
            _ => Ok(()),
        }
    }

    /// Stores beyond the end of a file, within its last page, are lost without a fault.
    fn check_size(&self, range: SourceRange) -> Result<()> {
        let size = self.source.size()?;
        if range.is_empty() || size.0 >= range.end().0 {
            return Ok(());
        }
        let at = SourceOffset(size.0.max(range.offset().0));
        Err(bytes::truncated("write", self.source.name(), size, at).over(range))
    }

    /// Ends a fill on request, which came to an offset.
    fn stop(
        &self,
        kind: Kind,
        start: SourceOffset,
        reached: SourceOffset,
        wanted: Option<ByteLength>,
    ) -> Error {
        let verb = match kind {
            Kind::HungUp => "ended by SIGHUP",
            Kind::Quit => "ended by SIGQUIT",
            Kind::Terminated => "terminated",
            _ => "interrupted",
        };
        let done = Bytes(ByteLength(reached.0.saturating_sub(start.0)));
        let wanted = wanted.map_or_else(String::new, |wanted| format!(" of {}", Bytes(wanted)));
        let reason = format!("{verb} after {done}{wanted}");
        self.with_loss(
            Error::new(kind, "fill", reason),
            Loss::exactly(start, reached),
        )
    }

    /// Adds to a failure how much of what was there before is overwritten, which cannot be taken back.
    fn with_loss(&self, error: Error, loss: Loss) -> Error {
        if self.request.private {
            return error;
        }
        let ours = error.concerns(self.source.name());
        let error = match error.details().offset {
            None if ours => error.at(loss.reached),
            // An input has offsets of its own, or none.
            _ => error,
        };
        let whose = match (ours, self.source.name().to_text()) {
            (false, Some(name)) => format!(" in '{name}'"),
            _ => String::new(),
        };
        let most = match loss.begun > loss.reached {
            true => "up to ",
            false => "",
        };
        let overwritten = loss.begun.0.min(self.existing.0);
        let fate = match (
            overwritten.saturating_sub(loss.start.0),
            error.kind().is_request(),
        ) {
            (0, false) => return error,
            (0, true) => "nothing was changed".to_owned(),
            (bytes, _) => format!(
                "{most}{} from offset {} are overwritten{whose}",
                Bytes(ByteLength(bytes)),
                loss.start.0
            ),
        };
        let reason = format!("{}; {fate}", error.details().reason);
        error.because(reason)
    }

    /// Reads everything back through mappings of its own and compares; private copies through the one
    /// mapping that has them.
    fn verify(&self, content: &Content, range: SourceRange) -> Result<()> {
        let progress = self.control.progress;
        progress.begin(Phase::Verifying, Some(range.length()));
        let windows = self.windows(Access::READ, range.end());
        let swept = Sweep::new(&self.source, content, range, windows).run(
            self.control,
            |region, part, scratch| {
                let position = part.offset().0.saturating_sub(range.offset().0);
                match content.difference(region, part, position, scratch)? {
                    Some(at) => Err(mismatch(region, content, range, at)),
                    None => Ok(()),
                }
            },
        );
        if let Some(error) = swept.failure {
            return Err(error.over(range));
        }
        match self.control.interrupts.came() {
            Some(kind) if swept.reached < range.end() => {
                let reason = "stopped while reading back; every byte was written";
                Err(Error::new(kind, "verify", reason).at(swept.reached))
            }
            _ => self.check_size(range),
        }
    }
}

/// The failure of reading back: what is there, and what was written.
fn mismatch(region: &Region, content: &Content, range: SourceRange, at: SourceOffset) -> Error {
    let position = at.0.saturating_sub(range.offset().0);
    let (mut found, mut written) = ([0], [0]);
    let seen = region.read(at, &mut found).map_err(Error::from);
    let reason = match seen.and_then(|()| content.generate(position, &mut written)) {
        Ok(()) => {
            let ([found], [written]) = (found, written);
            format!("{found:#04x} is there now, and {written:#04x} was written")
        }
        Err(_) => "it is not what was written".to_owned(),
    };
    Error::new(Kind::Mismatch, "verify", reason).at(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::types::OffsetRequest;
    use proptest::prelude::*;
    use std::path::Path;

    fn ranged(offset: u64, length: Option<u64>) -> FillRequest {
        FillRequest {
            range: RangeRequest {
                offset: OffsetRequest::FromStart(SourceOffset(offset)),
                length: length.map(ByteLength),
            },
            open: OpenRequest::WRITE,
            private: false,
            create: true,
            extend: true,
            verify: false,
            flush: None,
        }
    }

    /// Nobody.
    #[derive(Clone, Copy, Debug)]
    struct Silent;

    impl Progress for Silent {
        fn begin(&self, _: Phase, _: Option<ByteLength>) {}
        fn advance(&self, _: ByteLength) {}
    }

    fn run(
        path: &Path,
        request: &FillRequest,
        supply: Supply,
        threads: usize,
    ) -> Result<(Source, Filled)> {
        let control = Control {
            interrupts: &Interrupts::new(),
            progress: &Silent,
            threads: NonZeroUsize::new(threads),
        };
        let spec = SourceSpec::File(path.to_owned());
        let (source, opened) = open_unwatched(&spec, request, supply)?;
        let mut job = Job::new(source, request, &control)?;
        let filled = job.run(opened)?;
        Ok((job.source, filled))
    }

    /// As [`open`], without taking over the signals of the test program.
    fn open_unwatched(
        spec: &SourceSpec,
        request: &FillRequest,
        supply: Supply,
    ) -> Result<(Source, Opened)> {
        let Supply::Content(content) = supply else {
            panic!("inputs are tested through the command");
        };
        let source = Source::open(spec, &request.open_request(request.range.length.is_some()))?;
        Ok((source, Opened::Content(content)))
    }

    fn content(which: u8, seed: u64) -> Content {
        match which {
            0 => Content::byte(0xa5),
            1 => Content::repeat(b"seven b").unwrap(),
            2 => Content::count(Width::U32, Order::Big),
            _ => Content::random(seed),
        }
    }

    fn expected(content: &Content, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        content.generate(0, &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn threads_share_a_range_and_leave_the_bytes_around_it_alone() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let (before, length) = (12_345, 33 << 20);
        std::fs::write(file.path(), vec![9; before + length + 77]).unwrap();
        for which in 0..4 {
            let request = FillRequest {
                verify: true,
                ..ranged(before as u64, Some(length as u64))
            };
            let supply = Supply::Content(content(which, 3));
            let (_, filled) = run(file.path(), &request, supply, 4).unwrap();
            assert_eq!(filled.verified, Some(true));
            let bytes = std::fs::read(file.path()).unwrap();
            assert!(bytes[..before].iter().all(|b| *b == 9));
            assert!(bytes[before..before + length] == expected(&content(which, 3), length));
            assert_eq!(bytes[before + length..], [9; 77]);
        }
    }

    #[test]
    fn a_fill_that_fails_takes_back_what_it_made() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("new");
        let request = ranged(0, Some(1 << 50));
        let error = run(&path, &request, Supply::Content(Content::byte(1)), 1).unwrap_err();
        assert_eq!(error.kind(), Kind::DiskFull);
        assert!(!path.exists());
        std::fs::write(&path, b"kept").unwrap();
        run(&path, &request, Supply::Content(Content::byte(1)), 1).unwrap_err();
        assert_eq!(std::fs::read(&path).unwrap(), b"kept");
    }

    #[test]
    fn private_copies_never_reach_the_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), vec![9; 100_000]).unwrap();
        let request = FillRequest {
            private: true,
            verify: true,
            ..ranged(10, None)
        };
        let supply = Supply::Content(Content::byte(1));
        let (_, filled) = run(file.path(), &request, supply, 1).unwrap();
        assert_eq!(
            (filled.changed_meanwhile, filled.verified),
            (Some(false), Some(true))
        );
        assert!(std::fs::read(file.path()).unwrap() == vec![9; 100_000]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_range_is_filled_and_nothing_else(
            size in 0_usize..20_000, offset in 0_usize..30_000, length in 0_usize..30_000,
            which in 0_u8..4, seed: u64,
        ) {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), vec![9; size]).unwrap();
            let request = ranged(offset as u64, Some(length as u64));
            let supply = Supply::Content(content(which, seed));
            run(file.path(), &request, supply, 1).unwrap();
            let mut wanted = vec![9; size];
            if length > 0 {
                wanted.resize(size.max(offset + length), 0);
                wanted[offset..offset + length]
                    .copy_from_slice(&expected(&content(which, seed), length));
            }
            prop_assert!(std::fs::read(file.path()).unwrap() == wanted);
        }
    }
}
