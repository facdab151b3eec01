//! The entry point: reading, formatting and writing a whole dump.

use std::io::{self, Write};
use std::num::NonZeroUsize;

use fearless_simd::Level;

use super::c::C;
use super::canonical::Canonical;
use super::chunk::{Chunk, Reader, Stop};
use super::hexyl::{Hexyl, HexylOptions};
use super::input::Input;
use super::line::Lines;
use super::output::{Block, Parcels};
use super::pipeline;
use super::plain::Plain;
use super::values::{ByteOrder, Columns, Json, ValueType, ValuesOptions};
use super::xxd::Xxd;

/// Text in one chunk, at most about this much.
const TEXT_SIZE: usize = 512 * 1024;
/// Bytes in one chunk, at most.
const CHUNK_SIZE: usize = 128 * 1024;
/// Bytes in the first chunk; small, so that a short dump touches little memory.
const FIRST_SIZE: usize = 4 * 1024;

/// Threads, when not told: more than these keep memory busy, not each other.
const MOST_WORKERS: usize = 8;

/// What a dump looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// As `hexyl` 0.17.
    Hexyl(HexylOptions),
    /// As `xxd`.
    Xxd,
    /// As `hexdump -C`.
    Canonical {
        /// Whether repeated lines become one `*`; false is `hexdump -C -v`.
        squeeze: bool,
    },
    /// As `xxd -p`.
    Plain,
    /// As `xxd -i`.
    C {
        /// The identifier to declare (see [`c_identifier`](super::c_identifier)); without one
        /// only the elements are printed, as `xxd -i` does for its standard input.
        name: Option<String>,
    },
    /// Numbers in columns, as `od -A d -t …`.
    Values(ValuesOptions),
    /// Numbers as one array in JSON, without a line end behind it. NaN and the infinities are the
    /// strings `"NaN"`, `"Infinity"` and `"-Infinity"`. Offsets are not shown.
    JsonValues {
        /// What the bytes are read as. Bytes missing from the last number count as zero.
        kind: ValueType,
        /// The order of the bytes of a number.
        order: ByteOrder,
    },
}

/// How a dump is run.
#[derive(Clone, Copy, Default)]
pub struct Control<'a> {
    /// How many threads may work; as many as there are cores, up to eight, when not given. Short
    /// inputs use one.
    pub threads: Option<NonZeroUsize>,
    /// Memory for text that the output takes over instead of copying it. Used for text in bulk.
    pub parcels: Option<&'a dyn Parcels>,
}

impl Control<'_> {
    /// How many threads are to work.
    fn workers(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        self.threads
            .map_or_else(|| cores().min(MOST_WORKERS), NonZeroUsize::get)
    }
}

/// What a dump did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Bytes of input shown, holes and squeezed lines included.
    pub input: u64,
    /// Bytes of text written.
    pub output: u64,
}

/// Why a dump ended early.
#[derive(Debug, thiserror::Error)]
pub enum DumpError<E> {
    /// The input failed. What it had delivered before is written.
    #[error("cannot read the input: {error}")]
    Input {
        /// Why.
        error: E,
        /// What is written.
        shown: Summary,
    },
    /// The text could not be written; `BrokenPipe` when nobody reads it any more.
    #[error("cannot write the dump: {0}")]
    Output(#[source] io::Error),
    /// There is not enough memory for a line of the format.
    #[error("not enough memory")]
    NoMemory,
    /// The offsets to print pass 2^64. What comes before is written.
    #[error("the printed offsets do not fit in 64 bits")]
    OffsetOverflow,
}

/// Writes all of `input` to `output` in `format`, the first byte having the printed `offset`.
///
/// Text is written in large blocks and `output` is flushed at the end.
///
/// # Errors
/// See [`DumpError`]. When the input fails, everything before the failure is written and the
/// output is complete, as if the input ended there.
pub fn dump<I, W>(
    format: &Format,
    offset: u64,
    input: &mut I,
    output: &mut W,
    control: Control<'_>,
) -> Result<Summary, DumpError<I::Error>>
where
    I: Input + Send,
    I::Error: Send,
    W: Write + Send,
{
    let describe = |short| format.lines(if short { None } else { vectors() });
    dump_described(&describe, offset, input, output, control)
}

/// The processor's vectors, when they are good for more than plain code.
fn vectors() -> Option<Level> {
    let level = Level::new();
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    let useful = level.as_sse4_2().is_some();
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    let useful = !level.is_fallback();
    useful.then_some(level)
}

/// [`dump`] for a format that is described when it is known whether the dump is short. What a short
/// dump looks like must not differ.
pub(super) fn dump_described<I, W>(
    describe: &dyn Fn(bool) -> Box<dyn Lines>,
    offset: u64,
    input: &mut I,
    output: &mut W,
    control: Control<'_>,
) -> Result<Summary, DumpError<I::Error>>
where
    I: Input + Send,
    I::Error: Send,
    W: Write + Send,
{
    let mut output = Output {
        output,
        control,
        written: 0,
    };
    let mut lines = describe(true);
    let mut reader = Reader::new(input, lines.as_ref(), offset);
    let mut chunk = Chunk::default();
    if reader.fill(&mut chunk, FIRST_SIZE) {
        // Finding out about the processor takes as long as a short dump, so that it is only done
        // now.
        lines = describe(false);
        start(lines.as_ref(), chunk, &mut reader, &mut output)?;
    } else {
        output.write(&mut short(lines.as_ref(), &chunk)?)?;
    }
    output.flush()?;
    let shown = Summary {
        input: reader.delivered(),
        output: output.written,
    };
    match reader.into_stop() {
        Some(Stop::Failed(error)) => Err(DumpError::Input { error, shown }),
        Some(Stop::Overflow) => Err(DumpError::OffsetOverflow),
        Some(Stop::NoMemory) => Err(DumpError::NoMemory),
        Some(Stop::End) | None => Ok(shown),
    }
}

/// The text of a dump that is one chunk.
fn short<E>(lines: &dyn Lines, chunk: &Chunk) -> Result<Block, DumpError<E>> {
    let mut text = Block::default();
    reserve(lines, FIRST_SIZE, &mut text)?;
    lines.begin(&mut text);
    let whole = chunk
        .whole()
        .filter(|(at, data)| lines.whole(*at, data, &mut text));
    if whole.is_none() {
        chunk.format(lines, &mut text);
    }
    Ok(text)
}

/// Makes sure that there is memory for the text of so many bytes, and for what comes before and after it.
pub(super) fn reserve<E>(
    lines: &dyn Lines,
    bytes: usize,
    text: &mut Block,
) -> Result<(), DumpError<E>> {
    /// Lines above and below, and those that the chunk before has left.
    const MORE: usize = 4;
    let count = bytes.div_ceil(lines.bytes_per_line().max(1)) + MORE;
    let size = count.saturating_mul(lines.room_per_line());
    text.reserve(size).map_err(|_| DumpError::NoMemory)
}

/// Dumps the first chunk and all that follow. Chunks grow while there is memory for it, and the first ones
/// are done without other threads: most dumps end before another thread would have started.
fn start<I, W>(
    lines: &dyn Lines,
    first: Chunk,
    reader: &mut Reader<'_, I>,
    output: &mut Output<'_, W>,
) -> Result<(), DumpError<I::Error>>
where
    I: Input + Send,
    I::Error: Send,
    W: Write + Send,
{
    let most = chunk_size(lines);
    let mut chunk = first;
    let mut text = Block::default();
    let mut size = FIRST_SIZE;
    let mut grows = true;
    let mut more = true;
    reserve(lines, size, &mut text)?;
    lines.begin(&mut text);
    loop {
        chunk.format(lines, &mut text);
        output.write(&mut text)?;
        text.clear();
        if !more {
            return Ok(());
        }
        if grows && size >= most {
            drop((chunk, text));
            let control = output.control;
            let size = control
                .parcels
                .map_or(most, |parcels| bytes_for(lines, parcels.size()));
            return pipeline::run(lines, size, control.workers(), reader, output);
        }
        let next = (size * 2).min(most);
        let mut room = || -> Result<(), DumpError<I::Error>> {
            reserve(lines, next, &mut text)?;
            chunk
                .make_room(next, lines.bytes_per_line().max(1))
                .map(drop)
                .map_err(|_| DumpError::NoMemory)
        };
        grows = grows && room().is_ok();
        if grows {
            size = next;
        }
        more = reader.fill(&mut chunk, size);
    }
}

/// How many bytes make a chunk, so that its text stays within bounds.
fn chunk_size(lines: &dyn Lines) -> usize {
    bytes_for(lines, TEXT_SIZE).min(CHUNK_SIZE.max(lines.bytes_per_line()))
}

/// How many bytes, in whole lines, make about so much text; at least a line.
fn bytes_for(lines: &dyn Lines, text: usize) -> usize {
    let fit = text / lines.text_per_line().max(1);
    fit.max(1) * lines.bytes_per_line()
}

impl Format {
    /// The description of this format's lines.
    ///
    /// Without a `level` no vectors are used.
    pub(super) fn lines(&self, level: Option<Level>) -> Box<dyn Lines> {
        match self {
            Self::Hexyl(options) => Box::new(Hexyl::new(*options, level)),
            Self::Xxd => Box::new(Xxd { level }),
            Self::Canonical { squeeze } => Box::new(Canonical {
                squeeze: *squeeze,
                level,
            }),
            Self::Plain => Box::new(Plain { level }),
            Self::C { name } => Box::new(C {
                name: name.clone(),
                level,
            }),
            Self::Values(options) => Box::new(Columns {
                options: *options,
                level,
            }),
            Self::JsonValues { kind, order } => Box::new(Json {
                kind: *kind,
                order: *order,
                level,
            }),
        }
    }
}

/// The writing end.
pub(super) struct Output<'a, W> {
    output: &'a mut W,
    pub(super) control: Control<'a>,
    written: u64,
}

impl<W: Write> Output<'_, W> {
    /// Writes all of `text`.
    pub(super) fn write<E>(&mut self, text: &mut Block) -> Result<(), DumpError<E>> {
        let mut done = 0;
        while done < text.length() {
            match text.send(done, self.output) {
                Ok(0) => return Err(DumpError::Output(io::ErrorKind::WriteZero.into())),
                Ok(length) => done += length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(DumpError::Output(error)),
            }
        }
        self.written += done as u64;
        Ok(())
    }

    fn flush<E>(&mut self) -> Result<(), DumpError<E>> {
        self.output.flush().map_err(DumpError::Output)
    }
}
