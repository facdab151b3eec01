//! A fill from start to end: open, write, truncate, flush, read back, measure, commit. The steps are in `job`.

use super::content::Content;
use super::input::Input;
use super::job::Job;
use super::outcome::{Expected, Filled, Reach, Written};
use super::progress::Control;
use super::request::{FillLength, FillRequest, Supply};
use super::text::Text;
use super::{pieces, stream, sweep};
use crate::mapping::error::{Error, Result};
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::region::byte_stream::ByteStream;
use crate::mapping::source::{Source, SourceSpec};
use crate::mapping::types::{ByteLength, Kind, SourceOffset, nanoseconds};

/// Fills a range of a source, and returns the open source with the outcome.
///
/// # Errors
/// Those of [`Source::open`], [`Source::resolve`] and [`Source::provide`]; `file_too_short` for a range or
/// an input without bytes; `usage` for an input that is the source; `access_denied` for a handle that does
/// not allow writing; `fault` when a byte cannot be stored; those of reading the input; a kind that is a
/// request; `mismatch` when reading back finds another byte.
pub fn fill(
    spec: &SourceSpec,
    request: &FillRequest,
    supply: Supply,
    control: &Control<'_>,
) -> Result<(Source, Filled)> {
    let to_end = supply.is_to_end();
    let (source, supply) = open(spec, request, supply, control.interrupts)?;
    let name = source.name().clone();
    let mut job = Job::new(source, request, to_end, control)?;
    let filled = run(&mut job, supply).map_err(|e| e.on(&name))?;
    Ok((job.source, filled))
}

/// A supply whose input is open. An input of known size is content, and its size the length unless another is given.
enum OpenSupply {
    Content(Content, FillLength),
    Stream(ByteStream, Option<FillLength>),
    Text(Text),
}

/// Opens the source and the input. The input is opened first, so nothing is created or truncated for a missing one;
/// but an inherited descriptor is taken over before, because the input could get its number. Requests to stop are
/// noticed before anything is created.
fn open(
    spec: &SourceSpec,
    request: &FillRequest,
    supply: Supply,
    interrupts: &Interrupts,
) -> Result<(Source, OpenSupply)> {
    let to_end = supply.is_to_end();
    let open_source = || {
        let opened = Source::open(spec, &request.open_request(to_end));
        opened.map_err(|error| match error.kind() {
            Kind::NotFound if !spec.has_place() => error,
            _ => request.explain(error, to_end),
        })
    };
    let inherited = match spec.is_inherited() {
        true => Some(open_source()?),
        false => None,
    };
    interrupts.watch()?;
    let (mut input, asked, parser) = match supply {
        Supply::Content(content, asked) => {
            let source = inherited.map_or_else(open_source, Ok)?;
            return Ok((source, OpenSupply::Content(content, asked)));
        }
        Supply::Input(input, asked) => (Input::open(&input)?, asked, None),
        Supply::Text(input, parser) => (Input::open(&input)?, None, Some(parser)),
    };
    let text = match parser {
        Some(parser) => Some(input.read_text(parser, interrupts)?),
        None => None,
    };
    let source = inherited.map_or_else(open_source, Ok)?;
    let same = source.is_open_file(input.file());
    if same.map_err(|e| Error::os("examine", &e).on(source.name()))? {
        return Err(Error::usage("input and output are the same file").on(source.name()));
    }
    let opened = match (text, input) {
        (Some(text), _) => OpenSupply::Text(text),
        (None, Input::Sized(input)) => {
            let asked = asked.unwrap_or(FillLength::Bytes(input.length()));
            OpenSupply::Content(Content::Input(input), asked)
        }
        (None, Input::Stream(input)) => OpenSupply::Stream(input, asked),
    };
    Ok((source, opened))
}

fn run(job: &mut Job<'_>, supply: OpenSupply) -> Result<Filled> {
    job.check_writable()?;
    let before = job.stamp()?;
    let written = match supply {
        OpenSupply::Content(content, asked) => sweep::fill(job, content, asked)?,
        OpenSupply::Stream(input, asked) => stream::fill(job, input, asked)?,
        OpenSupply::Text(text) => pieces::fill(job, text)?,
    };
    let duration = job.started.elapsed();
    let reach = Reach::exactly(written.range.offset(), written.range.end());
    truncate(job, &written)
        .and_then(|()| job.try_close())
        .map_err(|error| job.with_loss(error, reach))?;
    let flushed = job.flush(written.range)?;
    if job.request.verify {
        verify(job, &written)?;
    }
    // Measured while a failure can still be undone.
    let new_size = job.source.size()?;
    let changed_meanwhile = match job.request.private {
        true => Some(job.stamp()? != before),
        false => None,
    };
    let created = job.source.created() && !written.is_failure();
    // A text without bytes creates an empty file, as an empty input does; one that cannot be read creates none.
    if !written.is_failure() {
        job.source.commit()?;
    }
    Ok(Filled {
        kind: job.source.kind(),
        offset: written.range.offset(),
        length: written.length,
        access: job.request.access(),
        created,
        old_size: job.old_size,
        new_size,
        reserved: written.reserved,
        input_length: written.input_length,
        changed_meanwhile,
        flushed,
        verified: job.request.verify.then_some(true),
        duration_ns: nanoseconds(duration),
        failure: written.failure,
    })
}

/// Truncates a source after the written range, if that was requested, and overwrites old bytes between the pieces with
/// zeros.
fn truncate(job: &mut Job<'_>, written: &Written) -> Result<()> {
    let end = written.range.end();
    if job.source.truncates {
        let size = end.min(SourceOffset(job.existing.0));
        for gap in written.gaps_before(size) {
            let nothing = Reach::exactly(gap.offset(), gap.offset());
            sweep::store(job, &Content::byte(0), gap, gap.offset(), nothing)?;
        }
    }
    job.source.truncate_to(ByteLength(end.0))
}

/// Reads back the written bytes and compares them, if they are still known.
fn verify(job: &Job<'_>, written: &Written) -> Result<()> {
    match &written.expected {
        Expected::Content(content) => sweep::compare(job, content, written.range),
        Expected::Pieces { stored, holes } => {
            pieces::compare(job, holes.iter().chain(stored), written.range.end())
        }
        Expected::Unknown => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::content::{Order, Width};
    use super::super::progress::{Phase, Progress};
    use super::super::text::Piece;
    use super::*;
    use crate::mapping::source::OpenRequest;
    use crate::mapping::sys;
    use crate::mapping::types::{LengthText, OffsetRequest};
    use proptest::prelude::*;
    use std::fs::File;
    use std::num::NonZeroUsize;
    use std::path::Path;
    use std::sync::atomic::{AtomicU64, Ordering};

    fn from(offset: u64) -> FillRequest {
        FillRequest {
            offset: OffsetRequest::FromStart(SourceOffset(offset)),
            open: OpenRequest::WRITE,
            private: false,
            create: true,
            extend: true,
            verify: false,
            flush: None,
        }
    }

    fn bytes(length: u64) -> FillLength {
        FillLength::Bytes(ByteLength(length))
    }

    /// Ignores the progress.
    #[derive(Clone, Copy, Debug)]
    struct Silent;

    impl Progress for Silent {
        fn begin(&self, _: Phase, _: Option<ByteLength>) {}
        fn advance(&self, _: ByteLength) {}
    }

    fn run(
        path: &Path,
        request: &FillRequest,
        content: Content,
        asked: FillLength,
        threads: usize,
    ) -> Result<(Source, Filled)> {
        let supply = OpenSupply::Content(content, asked);
        run_unwatched(path, request, supply, threads, &Silent)
    }

    /// As [`fill`], without taking over the signals of the test program.
    fn run_unwatched(
        path: &Path,
        request: &FillRequest,
        supply: OpenSupply,
        threads: usize,
        progress: &dyn Progress,
    ) -> Result<(Source, Filled)> {
        let control = Control {
            interrupts: &Interrupts::new(),
            progress,
            threads: NonZeroUsize::new(threads),
        };
        let spec = SourceSpec::File(path.to_owned());
        let source = Source::open(&spec, &request.open_request(false))?;
        let mut job = Job::new(source, request, false, &control)?;
        let filled = super::run(&mut job, supply)?;
        Ok((job.source, filled))
    }

    /// Truncates a file once a number of bytes is done.
    #[derive(Debug)]
    struct Truncating<'a> {
        file: &'a File,
        size: u64,
        left: AtomicU64,
    }

    impl Progress for Truncating<'_> {
        fn begin(&self, _: Phase, _: Option<ByteLength>) {}
        fn advance(&self, bytes: ByteLength) {
            let left = self.left.load(Ordering::Relaxed);
            self.left
                .store(left.saturating_sub(bytes.0), Ordering::Relaxed);
            if left > 0 && left <= bytes.0 {
                self.file.set_len(self.size).unwrap();
            }
        }
    }

    /// The failure of a fill of a file of `size` bytes, which is truncated to a page after `done` bytes.
    fn failure_after(size: u64, done: u64, request: &FillRequest, supply: OpenSupply) -> Error {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(size).unwrap();
        let truncating = Truncating {
            file: file.as_file(),
            size: sys::page_size().bytes(),
            left: AtomicU64::new(done),
        };
        run_unwatched(file.path(), request, supply, 1, &truncating).unwrap_err()
    }

    fn assert_loss(error: &Error, offset: u64, loss: &str) {
        assert_eq!(error.kind(), Kind::Fault);
        assert_eq!(error.details().offset, Some(SourceOffset(offset)));
        let reason = error.details().reason.to_string();
        assert!(reason.ends_with(&format!("; {loss}")), "{reason}");
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
                ..from(before as u64)
            };
            let asked = bytes(length as u64);
            let (_, filled) = run(file.path(), &request, content(which, 3), asked, 4).unwrap();
            assert_eq!(filled.verified, Some(true));
            let bytes = std::fs::read(file.path()).unwrap();
            assert!(bytes[..before].iter().all(|b| *b == 9));
            assert!(bytes[before..before + length] == expected(&content(which, 3), length));
            assert_eq!(bytes[before + length..], [9; 77]);
        }
    }

    #[test]
    fn a_failed_fill_undoes_creation_and_extension() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("new");
        let (request, asked) = (from(0), bytes(1 << 50));
        let error = run(&path, &request, Content::byte(1), asked, 1).unwrap_err();
        assert_eq!(error.kind(), Kind::DiskFull);
        assert!(!path.exists());
        std::fs::write(&path, b"kept").unwrap();
        run(&path, &request, Content::byte(1), asked, 1).unwrap_err();
        assert_eq!(std::fs::read(&path).unwrap(), b"kept");
    }

    #[test]
    fn a_fault_in_a_text_reports_the_overwritten_bytes() {
        let page = sys::page_size().bytes();
        let piece = |offset, length| Piece {
            offset,
            bytes: vec![7],
            length,
        };
        // One step, and a piece that repeats.
        for length in [1, 10 * page] {
            for (gap, most) in [(0, ""), (5, "up to ")] {
                let second = piece(page + gap, length);
                let text = Text {
                    pieces: vec![piece(0, page), second],
                    failure: None,
                };
                let request = from(0);
                let supply = OpenSupply::Text(text);
                let error = failure_after(20 * page, page, &request, supply);
                let overwritten = LengthText(ByteLength(page + gap));
                let loss = format!("{most}{overwritten} from offset 0 were overwritten");
                assert_loss(&error, page + gap, &loss);
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_fault_in_a_repeated_stream_reports_the_overwritten_bytes() {
        use std::io::Write;
        use std::os::fd::AsRawFd;

        let page = sys::page_size().bytes();
        // The first is repeated from memory, the second by reading it back.
        for length in [64 * page, (1 << 20) + 2 * page] {
            let (reader, mut writer) = std::io::pipe().unwrap();
            let feeding = std::thread::spawn(move || {
                writer.write_all(&vec![7; length as usize]).unwrap();
            });
            let path = format!("/proc/self/fd/{}", reader.as_raw_fd());
            let input = Input::open(&SourceSpec::File(path.into())).unwrap();
            let Input::Stream(input) = input else {
                panic!("a pipe is a stream");
            };
            drop(reader);
            let (request, supply) = (from(0), OpenSupply::Stream(input, Some(bytes(8 << 20))));
            let error = failure_after(8 << 20, length, &request, supply);
            feeding.join().unwrap();
            let loss = format!(
                "{} from offset 0 were overwritten",
                LengthText(ByteLength(length))
            );
            let offset = error.details().offset.unwrap();
            // The bytes read back begin at the start of the range, and its first page exists.
            assert!([page, length].contains(&offset.0), "{offset:?}");
            assert_loss(&error, offset.0, &loss);
        }
    }

    #[test]
    fn private_copies_never_reach_the_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), vec![9; 100_000]).unwrap();
        let request = FillRequest {
            private: true,
            verify: true,
            ..from(10)
        };
        let (_, filled) = run(
            file.path(),
            &request,
            Content::byte(1),
            FillLength::ToEnd,
            1,
        )
        .unwrap();
        assert_eq!(filled.length.0, 99_990);
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
            let (request, asked) = (from(offset as u64), bytes(length as u64));
            run(file.path(), &request, content(which, seed), asked, 1).unwrap();
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
