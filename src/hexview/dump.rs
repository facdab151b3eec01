//! The entry point: reads, formats and writes a whole dump. Threads start in the pipeline only.

use std::io::Write;

use super::block::Block;
use super::chunk::{Chunk, Reader, Stop};
use super::control::Control;
use super::error::{DumpError, Summary};
use super::format::Format;
use super::input::Input;
use super::line::Lines;
use super::output::Output;
use super::{pipeline, vectors};

/// The approximate limit of the text of one chunk.
const TEXT_SIZE: usize = 512 * 1024;
/// The limit of the bytes of one chunk.
const CHUNK_SIZE: usize = 128 * 1024;
/// Bytes in the first chunk. A short dump must not use much memory.
const FIRST_SIZE: usize = 4 * 1024;

/// Dumps `input` to `output` in `format`. `offset` is the printed offset of the first byte.
///
/// Text is written in large blocks, and whenever the input pauses. `output` is flushed at the end.
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
    let describe = |short| format.lines(if short { None } else { vectors::detect() });
    dump_described(&describe, offset, input, output, control)
}

/// [`dump`] for a format that `describe` gives when it knows whether the dump is short. The text
/// must not depend on that.
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
    let mut output = Output::new(output);
    let mut lines = describe(true);
    let mut reader = Reader::new(input, lines.as_ref(), offset);
    let mut chunk = Chunk::default();
    if reader.fill(&mut chunk, FIRST_SIZE) {
        // Detecting the processor takes as long as a short dump.
        lines = describe(false);
        start(lines.as_ref(), chunk, &mut reader, &mut output, control)?;
    } else {
        let mut text = short(lines.as_ref(), &chunk)?;
        output.write(&mut text).map_err(DumpError::Output)?;
    }
    output.flush().map_err(DumpError::Output)?;
    let shown = Summary {
        input: reader.delivered(),
        output: output.written(),
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
    if let Some((at, data)) = chunk.whole() {
        lines.reserve_whole(data.len(), &mut text)?;
        if lines.whole(at, data, &mut text) {
            return Ok(text);
        }
    }
    lines.reserve(FIRST_SIZE, &mut text)?;
    lines.begin(&mut text);
    chunk.format(lines, &mut text);
    Ok(text)
}

/// Dumps the first chunk and all that follow. The chunks grow while there is memory. The first
/// ones use one thread: most dumps end before another thread would start.
fn start<I, W>(
    lines: &dyn Lines,
    mut chunk: Chunk,
    reader: &mut Reader<'_, I>,
    output: &mut Output<'_, W>,
    control: Control<'_>,
) -> Result<(), DumpError<I::Error>>
where
    I: Input + Send,
    I::Error: Send,
    W: Write + Send,
{
    let line = lines.bytes_per_line();
    let most = bytes_for(lines, TEXT_SIZE).min(CHUNK_SIZE.max(line));
    let mut text = Block::default();
    let mut size = FIRST_SIZE;
    let mut grows = true;
    let mut more = true;
    lines.reserve(size, &mut text)?;
    lines.begin(&mut text);
    loop {
        chunk.format(lines, &mut text);
        output.write(&mut text).map_err(DumpError::Output)?;
        text.clear();
        if !more {
            return Ok(());
        }
        if grows && size >= most {
            drop((chunk, text));
            let size = control
                .parcels
                .map_or(most, |parcels| bytes_for(lines, parcels.size()));
            return pipeline::run(lines, size, control, reader, output);
        }
        // An input that pauses is slower than one thread.
        let next = match reader.has_paused() {
            true => size,
            false => (size * 2).min(most),
        };
        grows = grows
            && lines.reserve(next, &mut text).is_ok()
            && chunk.make_room(next, line.max(1)).is_ok();
        if grows {
            size = next;
        }
        more = reader.fill(&mut chunk, size);
    }
}

/// The number of bytes, in whole lines, that make about this much text; at least one line.
fn bytes_for(lines: &dyn Lines, text: usize) -> usize {
    let fit = text / lines.text_per_line().max(1);
    fit.max(1) * lines.bytes_per_line()
}
