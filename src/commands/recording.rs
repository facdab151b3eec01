//! Writing a snapshot to a file, for the commands that make one.

use std::io::BufWriter;
use std::path::Path;

use crate::mapping::cache::snapshot::{Known, Recorder, Root};
use crate::mapping::source::output::Output;

/// The size of the buffer for writing.
pub(super) const BUFFER: usize = 1 << 16;

/// Writes a snapshot to a file while `work` adds to it. The file gets its name when all is done.
pub(super) fn to_output<T>(
    path: &Path,
    root: Root,
    known: Option<&Known>,
    work: impl FnOnce(&Recorder<'_>) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let output = Output::open(path, None)?;
    let mut out = BufWriter::with_capacity(BUFFER, output.writer()?);
    let recorder = Recorder::new(root, known, &mut out);
    let done = work(&recorder);
    // A failure to write is the cause of the others.
    let written = recorder.finish();
    drop(out);
    written.map_err(|error| output.failure(error))?;
    let done = done?;
    output.finish()?;
    Ok(done)
}
