//! Copying bytes unchanged: inside the kernel if both ends are files, otherwise through a guarded mapping. The bytes of
//! a stream or a process go through a buffer.

use std::io::{self, Seek, SeekFrom, Write};
use std::num::NonZeroU64;

use super::outcome::{ShowError, Shown};
use super::reading::Reading;
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::memory;
use crate::mapping::process::standard_output::{PipeMemory, StandardOutput};
use crate::mapping::region::stream::{Ahead, Part, Stream};
use crate::mapping::source::Handle;
use crate::mapping::source::output::OutputWriter;
use crate::mapping::sys;
use crate::mapping::types::SourceOffset;

/// The end that failed.
enum Failure {
    Source(Error),
    Target(io::Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Source(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Target(error)
    }
}

/// The number of bytes that go through a buffer at a time: they fit the second-level cache.
const BLOCK: usize = 256 << 10;

/// The size of the buffer where memory is short.
const LEAST: usize = 4 << 10;

/// The number of bytes copied inside the kernel at a time.
const COPIED_AT_ONCE: u64 = 32 << 20;

/// The least length of a run of data for which memory is handed over. A pipe keeps the whole huge page while a byte of it
/// waits to be read; with short runs of data it would keep hundreds.
const WORTH_HANDING_OVER: u64 = BLOCK as u64;

/// Copies bytes to a writer, and returns their number.
///
/// # Errors
/// The failure of the source or of the writer.
pub fn to_writer(bytes: Reading<'_>, writer: &mut impl Write) -> Result<Shown, ShowError> {
    match bytes {
        Reading::Mapped(stream) => run(stream, &mut Bytes(writer)),
        mut other => pass_on(&mut other, &mut Bytes(writer)),
    }
}

/// Copies bytes to standard output. The bytes of a stream are written as they arrive.
///
/// # Errors
/// As [`to_writer`].
pub fn to_stdout(bytes: Reading<'_>, out: &mut StandardOutput) -> Result<Shown, ShowError> {
    let stream = match bytes {
        Reading::Mapped(stream) => stream,
        mut other => return pass_on(&mut other, &mut Bytes(out)),
    };
    let length = stream.rest();
    if length.0 > BLOCK as u64 {
        out.widen();
    }
    let mut target = Standard {
        memory: out.memory_size(length),
        out,
        in_kernel: true,
    };
    run(stream, &mut target)
}

/// Copies bytes to a file. Holes stay holes if it is an empty regular file.
///
/// # Errors
/// As [`to_writer`].
pub fn to_file(bytes: Reading<'_>, out: &mut OutputWriter<'_>) -> Result<Shown, ShowError> {
    let facts = out.file().metadata().map_err(ShowError::Output)?;
    let streams = matches!(bytes, Reading::Streamed(..));
    if streams || !facts.is_file() || facts.len() > 0 {
        return to_writer(bytes, out);
    }
    let mut target = Sparse {
        out,
        at: 0,
        in_kernel: true,
    };
    let outcome = match bytes {
        Reading::Mapped(stream) => run(stream, &mut target),
        mut other => pass_on(&mut other, &mut target),
    };
    // A hole at the end is not written, so the size is set, even after a failure of the source.
    let set = target.out.file().set_len(target.at);
    set.map_err(ShowError::Output)?;
    outcome
}

/// Copies bytes that cannot be mapped as they are read.
fn pass_on(bytes: &mut Reading<'_>, target: &mut impl Target) -> Result<Shown, ShowError> {
    let mut done = 0_u64;
    let failed = |error, done| ShowError::Source {
        error,
        shown: Shown::copied(done),
    };
    let mut buffer = memory::buffer(BLOCK, LEAST, "copy").map_err(|error| failed(error, 0))?;
    loop {
        let part = bytes.next(&mut buffer);
        let (passed, count) = match part.map_err(|error| failed(error, done))? {
            Part::End => return Ok(Shown::copied(done)),
            Part::Hole(count) => (target.zeros(count), count.get()),
            Part::Bytes(count) => {
                let bytes = buffer.get(..count.get()).unwrap_or_default();
                (target.bytes(bytes), count.get() as u64)
            }
        };
        passed.map_err(ShowError::Output)?;
        done = done.saturating_add(count);
    }
}

/// The target of the bytes.
trait Target {
    /// Takes bytes.
    fn bytes(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Takes zeros.
    fn zeros(&mut self, length: NonZeroU64) -> io::Result<()>;

    /// Copies inside the kernel, and returns the number of bytes; `None` where that is not possible, and the bytes must be
    /// read and passed.
    fn copy(
        &mut self,
        _from: &Handle,
        _at: SourceOffset,
        _length: NonZeroU64,
    ) -> Option<NonZeroU64> {
        None
    }

    /// Memory that it takes over with the bytes in it, and the number of bytes to put in.
    fn memory(&mut self) -> Option<(PipeMemory, usize)> {
        None
    }
}

fn run(mut stream: Stream<'_>, target: &mut impl Target) -> Result<Shown, ShowError> {
    let start = stream.position();
    let most = BLOCK.min(stream.rest().to_usize().unwrap_or(BLOCK));
    let mut buffer =
        memory::buffer(most, LEAST.min(most), "copy").map_err(|error| ShowError::Source {
            error,
            shown: Shown::default(),
        })?;
    loop {
        let step = step(&mut stream, &mut buffer, target);
        let shown = Shown::copied(SourceOffset::from_to(start, stream.position()).0);
        match step {
            Ok(Step::Copied) => {}
            Ok(Step::End) => return Ok(shown),
            Err(Failure::Source(error)) => return Err(ShowError::Source { error, shown }),
            Err(Failure::Target(error)) => return Err(ShowError::Output(error)),
        }
    }
}

/// The result of a step.
enum Step {
    Copied,
    End,
}

/// Copies the next bytes.
fn step(
    stream: &mut Stream<'_>,
    buffer: &mut [u8],
    target: &mut impl Target,
) -> Result<Step, Failure> {
    match stream.ahead()? {
        Ahead::End => return Ok(Step::End),
        Ahead::Hole(length) => target.zeros(stream.pass(length)?)?,
        Ahead::Data(length) => {
            let copied = stream
                .source()
                .handle()
                .and_then(|handle| target.copy(handle, stream.position(), length));
            match copied {
                Some(copied) => stream.advance(copied),
                None => return read_and_pass(stream, length, buffer, target),
            }
        }
    }
    Ok(Step::Copied)
}

/// Reads some of the next `length` bytes of data, and passes them to the target.
fn read_and_pass(
    stream: &mut Stream<'_>,
    length: NonZeroU64,
    buffer: &mut [u8],
    target: &mut impl Target,
) -> Result<Step, Failure> {
    let mut memory = match length.get() < WORTH_HANDING_OVER {
        true => None,
        false => target.memory(),
    };
    let room = match &mut memory {
        Some((memory, size)) => memory.room().get_mut(..*size).unwrap_or_default(),
        None => &mut *buffer,
    };
    match stream.next(room)? {
        Part::End => return Ok(Step::End),
        Part::Hole(length) => target.zeros(length)?,
        Part::Bytes(count) => match memory {
            Some((memory, _)) => memory.send_all(count.get())?,
            None => target.bytes(buffer.get(..count.get()).unwrap_or_default())?,
        },
    }
    Ok(Step::Copied)
}

/// A writer, which takes bytes only.
struct Bytes<'a, W>(&'a mut W);

impl<W: Write> Target for Bytes<'_, W> {
    fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    fn zeros(&mut self, length: NonZeroU64) -> io::Result<()> {
        static ZEROS: [u8; 64 << 10] = [0; 64 << 10];
        let mut left = length.get();
        while left > 0 {
            let part = usize::try_from(left).unwrap_or(usize::MAX).min(ZEROS.len());
            self.0.write_all(ZEROS.get(..part).unwrap_or_default())?;
            left = left.saturating_sub(part as u64);
        }
        Ok(())
    }
}

/// The standard output, which may take bytes from a file inside the kernel.
struct Standard<'a> {
    out: &'a mut StandardOutput,
    in_kernel: bool,
    /// The size of the memory that it takes over.
    memory: Option<usize>,
}

impl Target for Standard<'_> {
    fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)
    }

    fn zeros(&mut self, length: NonZeroU64) -> io::Result<()> {
        Bytes(&mut *self.out).zeros(length)
    }

    fn copy(&mut self, from: &Handle, at: SourceOffset, length: NonZeroU64) -> Option<NonZeroU64> {
        let file = self.out.file().filter(|_| self.in_kernel)?;
        let copied = sys::send_file(from.file(), at.0, file, length.get()).unwrap_or(0);
        // After a failure the bytes are read and passed.
        self.in_kernel = copied > 0;
        NonZeroU64::new(copied)
    }

    fn memory(&mut self) -> Option<(PipeMemory, usize)> {
        let size = self.memory?;
        let memory = PipeMemory::new(size).ok();
        memory.map(|memory| (memory, size))
    }
}

/// A regular file, which can have holes and may take bytes from another file inside the kernel.
struct Sparse<'a, 'b> {
    out: &'a mut OutputWriter<'b>,
    at: u64,
    in_kernel: bool,
}

impl Target for Sparse<'_, '_> {
    fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.file().seek(SeekFrom::Start(self.at))?;
        self.out.write_all(bytes)?;
        self.at = self.at.saturating_add(bytes.len() as u64);
        Ok(())
    }

    fn zeros(&mut self, length: NonZeroU64) -> io::Result<()> {
        self.at = self.at.saturating_add(length.get());
        Ok(())
    }

    fn copy(&mut self, from: &Handle, at: SourceOffset, length: NonZeroU64) -> Option<NonZeroU64> {
        // Without room, the guarded mapping reports the failure.
        let length = length.get().min(COPIED_AT_ONCE);
        if !self.in_kernel || self.out.make_room(length).is_err() {
            return None;
        }
        let copied = sys::copy_range(from.file(), at.0, self.out.file(), self.at, length);
        let copied = NonZeroU64::new(copied.unwrap_or(0));
        match copied {
            Some(copied) => self.at = self.at.saturating_add(copied.get()),
            // Nothing was copied, or the kernel does not report which end failed: the guarded mapping finds out.
            None => self.in_kernel = false,
        }
        copied
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::mapping::measure::memory::Room;
    use crate::mapping::source::{OpenRequest, Source, SourceSpec};
    use crate::mapping::types::{ByteLength, SourceRange};
    use std::os::unix::fs::{FileExt, MetadataExt};

    fn sparse() -> (tempfile::NamedTempFile, Source) {
        let file = tempfile::NamedTempFile::new_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        file.as_file().set_len(8 << 20).unwrap();
        file.as_file().write_all_at(&[1; 70_000], 3 << 20).unwrap();
        let spec = SourceSpec::File(file.path().to_owned());
        let source = Source::open(&spec, &OpenRequest::READ).unwrap();
        (file, source)
    }

    fn range(offset: u64, length: u64) -> SourceRange {
        SourceRange::new(SourceOffset(offset), ByteLength(length)).unwrap()
    }

    fn reading(source: &Source, range: SourceRange) -> Reading<'_> {
        Reading::Mapped(Stream::new(source, range))
    }

    #[test]
    fn a_file_takes_the_bytes_and_keeps_the_holes() {
        let (file, source) = sparse();
        let bytes = std::fs::read(file.path()).unwrap();
        for part in [
            range(0, 8 << 20),
            range(4097, (3 << 20) + 5),
            range(0, 10),
            range(5 << 20, 77),
        ] {
            let target = tempfile::NamedTempFile::new_in(env!("CARGO_MANIFEST_DIR")).unwrap();
            let mut out = OutputWriter::new(target.as_file(), Room::unlimited());
            let done = to_file(reading(&source, part), &mut out).unwrap();
            assert_eq!(done, Shown::copied(part.length().0));
            let (from, to) = (part.offset().0 as usize, part.end().0 as usize);
            assert!(std::fs::read(target.path()).unwrap() == bytes[from..to]);
            assert!(target.as_file().metadata().unwrap().blocks() * 512 < 1 << 20);
        }
    }

    #[test]
    fn a_writer_takes_every_byte() {
        let (file, source) = sparse();
        let mut taken = Vec::new();
        let done = to_writer(reading(&source, range(100, 4 << 20)), &mut taken).unwrap();
        assert_eq!(done, Shown::copied(4 << 20));
        assert!(taken == std::fs::read(file.path()).unwrap()[100..100 + (4 << 20)]);
    }

    #[test]
    fn a_failing_writer_is_not_blamed_on_the_source() {
        let (_file, source) = sparse();
        let mut full = [0; 10];
        let outcome = to_writer(reading(&source, range(0, 100)), &mut full.as_mut_slice());
        assert!(matches!(outcome, Err(ShowError::Output(_))));
    }

    /// A target that has no memory to hand over, and counts the requests for it.
    #[derive(Default)]
    struct Asked {
        taken: Vec<u8>,
        times: u64,
    }

    impl Target for Asked {
        fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
            Bytes(&mut self.taken).bytes(bytes)
        }

        fn zeros(&mut self, length: NonZeroU64) -> io::Result<()> {
            Bytes(&mut self.taken).zeros(length)
        }

        fn memory(&mut self) -> Option<(PipeMemory, usize)> {
            self.times += 1;
            None
        }
    }

    #[test]
    fn memory_is_handed_over_only_for_long_runs_of_data() {
        let (file, source) = sparse();
        let mut short = Asked::default();
        run(Stream::new(&source, range(0, 8 << 20)), &mut short).unwrap();
        assert_eq!(short.times, 0);
        assert!(short.taken == std::fs::read(file.path()).unwrap());
        file.as_file().write_all_at(&[2; 2 * BLOCK], 0).unwrap();
        let mut long = Asked::default();
        run(Stream::new(&source, range(0, 8 << 20)), &mut long).unwrap();
        assert_eq!(long.times, 2);
        assert!(long.taken == std::fs::read(file.path()).unwrap());
    }
}
