//! Shows the bytes of a source as text: connects the dump of the core with the formats of `hexview`.

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::ops::Range;

use base64::engine::general_purpose::STANDARD;
use base64::write::EncoderWriter;

use crate::cli::{DumpArgs, DumpText};
use crate::hexview::{self, Control, DumpError, Input, Later, Parcel, Parcels, Piece, Summary};
use crate::mapping::actions::dump::{Dump, Reading, ShowError, Shown, export};
use crate::mapping::error::{Error, Result};
use crate::mapping::process::privileges::is_memory_scarce;
use crate::mapping::process::standard_output::{PipeMemory, StandardOutput};
use crate::mapping::region::stream::{LaterBytes, Part};
use crate::mapping::types::{ByteLength, Kind};
use crate::report::{Console, When};

/// The length of a stream without a limit, when memory for its text is chosen.
const UNLIMITED: ByteLength = ByteLength(u64::MAX);

/// The form of the text of a dump.
pub(super) struct Shape {
    /// The text.
    pub(super) text: DumpText,
    /// The offset that is shown for the first byte.
    pub(super) first_shown: u64,
}

impl Shape {
    /// Writes the text to a file.
    pub(super) fn to_file(
        &self,
        reading: Reading<'_>,
        out: &mut (impl Write + Send),
    ) -> Result<Shown, ShowError> {
        self.print(reading, None, None, out)
    }

    /// Writes the text to standard output. A terminal gets it from one thread, line by line.
    pub(super) fn to_stdout(
        &self,
        dump: &mut Dump,
        is_terminal: bool,
        out: &mut StandardOutput,
    ) -> Result<Shown, ShowError> {
        let threads = is_terminal.then_some(NonZeroUsize::MIN);
        let handover = out
            .memory_size(dump.length().unwrap_or(UNLIMITED))
            .map(|size| Handover { size });
        self.print(dump.reading(), threads, handover, out)
    }

    fn print(
        &self,
        reading: Reading<'_>,
        threads: Option<NonZeroUsize>,
        handover: Option<Handover>,
        out: &mut (impl Write + Send),
    ) -> Result<Shown, ShowError> {
        let mut input = Bytes {
            reading,
            waits: false,
        };
        let alone = is_memory_scarce().then_some(NonZeroUsize::MIN);
        let control = Control {
            threads: threads.or(alone),
            parcels: handover.as_ref().map(|handover| handover as &dyn Parcels),
        };
        let first = self.first_shown;
        let outcome = match &self.text {
            DumpText::Lines(format) => hexview::dump(format, first, &mut input, out, control),
            DumpText::Strings(shortest) => hexview::strings(*shortest, first, &mut input, out),
        };
        outcome.map(shown).map_err(failure)
    }
}

/// Writes the bytes in base64 to the standard output.
pub(super) fn base64_to_stdout(
    dump: &mut Dump,
    out: &mut StandardOutput,
) -> Result<Shown, ShowError> {
    let mut encoder = EncoderWriter::new(io::BufWriter::new(out), &STANDARD);
    let outcome = export::to_writer(dump.reading(), &mut encoder);
    let finished = encoder.finish().and_then(|mut buffer| buffer.flush());
    finished.map_err(ShowError::Output)?;
    outcome
}

/// The offset that is shown for the first byte: its own plus `shift`.
///
/// # Errors
/// `usage` when an offset in the range exceeds 64 bits.
pub(super) fn first_shown(dump: &Dump, shift: u64) -> Result<u64> {
    let first = dump.start().0.checked_add(shift);
    let shown = first.filter(|first| {
        first
            .checked_add(dump.length().unwrap_or_default().0)
            .is_some()
    });
    shown
        .ok_or_else(|| Error::usage(DumpError::<Error>::OffsetOverflow.to_string()).on(dump.name()))
}

/// Whether panels on standard output are coloured.
pub(super) fn wants_colour(args: &DumpArgs, console: &Console) -> bool {
    let on_demand = console.options().color == When::Always;
    console.view().is_coloured() && (on_demand || !args.hexyl.bare)
}

fn shown(summary: Summary) -> Shown {
    Shown {
        read: summary.input,
        written: summary.output,
    }
}

fn failure(error: DumpError<Error>) -> ShowError {
    let refused = match error {
        DumpError::Input {
            error,
            shown: summary,
        } => {
            let shown = shown(summary);
            return ShowError::Source { error, shown };
        }
        DumpError::Output(error) => return ShowError::Output(error),
        DumpError::NoMemory => Error::new(Kind::OutOfMemory, "show", error.to_string()),
        DumpError::OffsetOverflow => Error::usage(error.to_string()),
    };
    ShowError::Refused(refused)
}

/// The bytes of a source as input of a format.
struct Bytes<'a> {
    reading: Reading<'a>,
    /// The next read may wait: everything before it is written.
    waits: bool,
}

impl Input for Bytes<'_> {
    type Error = Error;

    fn next(&mut self, buffer: &mut [u8]) -> Result<Piece> {
        if !self.waits && self.reading.is_dry() {
            self.waits = true;
            return Ok(Piece::Pause);
        }
        self.waits = false;
        self.reading.next(buffer).map(|part| match part {
            Part::Bytes(count) => Piece::Bytes(count),
            Part::Hole(count) => Piece::Zeros(count),
            Part::End => Piece::End,
        })
    }

    fn later(&mut self, most: NonZeroUsize) -> Option<(NonZeroUsize, Box<dyn Later>)> {
        let bytes = self.reading.later(most)?;
        Some((bytes.length(), Box::new(bytes)))
    }

    fn back(&mut self, bytes: u64) {
        self.reading.back(bytes);
    }
}

impl Later for LaterBytes {
    fn read(&self, buffer: &mut [u8]) -> bool {
        LaterBytes::read(self, buffer)
    }
}

/// Blocks of memory that standard output takes without a copy.
struct Handover {
    size: usize,
}

impl Parcels for Handover {
    fn size(&self) -> usize {
        self.size
    }

    fn parcel(&self) -> Option<Box<dyn Parcel>> {
        let memory = PipeMemory::new(self.size).ok()?;
        Some(Box::new(Handed(memory)))
    }
}

/// One of these blocks.
struct Handed(PipeMemory);

impl Parcel for Handed {
    fn room(&mut self) -> &mut [u8] {
        self.0.room()
    }

    fn text(&self) -> &[u8] {
        self.0.bytes()
    }

    fn send(&mut self, bytes: Range<usize>) -> io::Result<usize> {
        self.0.send(bytes)
    }
}
