//! `dump`: shows the bytes of a range.

use std::io::{self, Write};
use std::num::{NonZeroU16, NonZeroUsize};
use std::ops::Range;
use std::path::Path;

use base64::engine::general_purpose::STANDARD;
use base64::write::EncoderWriter;
use serde::Serialize;

use super::details::describe;
use super::outcome::{Exit, Outcome};
use crate::cli::{DumpArgs, FormatName, NumberType, Panels};
use crate::hexview::{
    self, BorderStyle, ByteOrder, Control, DumpError, Format, HexylOptions, Input, Parcel, Parcels,
    Piece, Summary, ValueType, ValuesOptions,
};
use crate::mapping::actions::export::{self, ExportError};
use crate::mapping::error::{Error, Result};
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::process::standard_output::{PipeMemory, StandardOutput, is_memory_scarce};
use crate::mapping::region::Region;
use crate::mapping::region::stream::{Part, Stream};
use crate::mapping::source::output::Output;
use crate::mapping::source::{OpenRequest, Source, SourceSpec};
use crate::mapping::types::{ByteLength, Kind, SourceOffset, SourceRange};
use crate::report::{Console, SourceFields, View, When};

/// Carries out the command.
pub(super) fn run(args: &DumpArgs, console: &mut Console) -> Outcome {
    args.check(console.json())?;
    let spec = args.source.spec();
    let source = Source::open(&spec, &OpenRequest::READ)?;
    let (range, shortfall) = source.available(&args.range.request())?;
    Region::check_mappable(&source, range)?;
    let job = Job {
        args,
        spec: &spec,
        source: &source,
        range,
        first_shown: first_shown(args, &source, range)?,
        falls_short: shortfall.is_some(),
        interrupts: Interrupts::new(),
    };
    describe(console, &source, None);
    match &args.output.output {
        // A file that is not all that was asked for is not written.
        Some(path) if shortfall.is_none() => job.to_file(path, console)?,
        Some(_) => {}
        None if console.json() => job.to_json(console)?,
        None => job.to_stdout(console)?,
    }
    match shortfall {
        Some(error) => Err(error.into()),
        None => Ok(Exit::SUCCESS),
    }
}

/// From how many bytes on a dump fills a pipe often enough for a wider one to be worth a system call.
const WIDE: u64 = 64 << 10;

/// One dump.
struct Job<'a> {
    args: &'a DumpArgs,
    spec: &'a SourceSpec,
    source: &'a Source,
    range: SourceRange,
    /// The offset that is shown for the first byte.
    first_shown: u64,
    /// The source has less than was asked for.
    falls_short: bool,
    /// Watched where an end would leave something behind.
    interrupts: Interrupts,
}

/// What a dump did; the keys of its JSON object.
#[derive(Debug, Serialize)]
struct DumpReport<'a> {
    #[serde(flatten)]
    source: SourceFields<'a>,
    /// Where in the source it begins, in bytes.
    offset: SourceOffset,
    /// How many bytes of the source were shown.
    length: ByteLength,
    /// Whether these are all that were asked for and could be asked for.
    complete: bool,
    /// How many bytes were written.
    written: u64,
}

/// The first offset that is shown, of a range all of whose offsets can be.
fn first_shown(args: &DumpArgs, source: &Source, range: SourceRange) -> Result<u64> {
    let shift = args.output.display_offset.unwrap_or_default();
    let first = range.offset().0.checked_add(shift.0);
    let shown = first.filter(|first| first.checked_add(range.length().0).is_some());
    shown.ok_or_else(|| {
        Error::usage(DumpError::<Error>::OffsetOverflow.to_string()).on(source.name())
    })
}

impl Job<'_> {
    fn to_stdout(&self, console: &mut Console) -> Result<()> {
        let format = self.format(console.view(), self.wants_colour(console));
        let threads = console.view().is_terminal().then_some(NonZeroUsize::MIN);
        let mut out = console.bulk()?;
        if self.range.length().0 > WIDE {
            out.widen();
        }
        let outcome = match format {
            Some(format) => self.print(&format, threads, self.handover(&out), &mut out),
            None => copied(export::to_stdout(self.source, self.range, &mut out)),
        };
        let (_, failure) = self.settle(outcome, |error| console.bulk_outcome(Err(error)))?;
        failure.map_or(Ok(()), Err)
    }

    fn stream(&self) -> Stream<'_> {
        Stream::new(self.source, self.range).until(&self.interrupts)
    }

    fn to_file(&self, path: &Path, console: &mut Console) -> Result<()> {
        if !Output::is_special(path) {
            self.interrupts.watch()?;
        }
        let target = Output::open(path, Some(self.source))?;
        let mut out = target.writer()?;
        // A file is coloured only on demand.
        let coloured = console.options().color == When::Always && self.wants_colour(console);
        let outcome = match self.format(&View::plain(), coloured) {
            Some(format) => self.print(&format, None, None, &mut out),
            None => copied(export::to_file(self.stream(), &mut out)),
        };
        let (summary, failure) = self.settle(outcome, |error| match error.kind() {
            io::ErrorKind::BrokenPipe => Ok(()),
            _ => Err(target.failure(error)),
        })?;
        match failure {
            Some(error) if target.is_file() => return Err(target.with_loss(error)),
            Some(_) => {}
            None => target.finish()?,
        }
        let complete = failure.is_none() && !self.falls_short;
        if console.json() {
            console.write_json(&self.report(summary, complete))?;
        }
        let size = |bytes| console.view().size(ByteLength(bytes)).to_string();
        let (shown, written) = (size(summary.input), size(summary.output));
        console.detail(
            Some(self.source.name()),
            format_args!("{shown} shown, {written} written"),
        );
        failure.map_or(Ok(()), Err)
    }

    /// The bytes in JSON: numbers as an array, anything else in base64.
    fn to_json(&self, console: &mut Console) -> Result<()> {
        #[derive(Serialize)]
        struct Head<'a> {
            #[serde(flatten)]
            source: SourceFields<'a>,
            offset: SourceOffset,
        }
        let head = Head {
            source: SourceFields(self.source.name()),
            offset: self.range.offset(),
        };
        let head = serde_json::to_string(&head).map_err(|e| json_failure(&e))?;
        let open = head.strip_suffix('}').unwrap_or(&head);
        let format = self.json_format();
        let (key, quote) = if format.is_some() {
            ("values", "")
        } else {
            ("data_base64", "\"")
        };
        console.write_text(|out, _| write!(out, "{open},\"{key}\":{quote}"))?;
        let mut out = console.bulk()?;
        let outcome = match format {
            Some(format) => self.print(&format, None, self.handover(&out), &mut out),
            None => self.print_base64(&mut out),
        };
        let (summary, failure) = self.settle(outcome, |error| console.bulk_outcome(Err(error)))?;
        console.write_text(|out, _| {
            let length = summary.input;
            let complete = failure.is_none() && !self.falls_short;
            writeln!(out, "{quote},\"length\":{length},\"complete\":{complete}}}")
        })?;
        failure.map_or(Ok(()), Err)
    }

    fn report(&self, summary: Summary, complete: bool) -> DumpReport<'_> {
        DumpReport {
            source: SourceFields(self.source.name()),
            offset: self.range.offset(),
            length: ByteLength(summary.input),
            complete,
            written: summary.output,
        }
    }

    fn print(
        &self,
        format: &Format,
        threads: Option<NonZeroUsize>,
        handover: Option<Handover>,
        out: &mut (impl Write + Send),
    ) -> Result<Summary, DumpError<Error>> {
        let mut input = Bytes {
            stream: self.stream(),
        };
        let alone = is_memory_scarce().then_some(NonZeroUsize::MIN);
        let control = Control {
            threads: threads.or(alone),
            parcels: handover.as_ref().map(|handover| handover as &dyn Parcels),
        };
        hexview::dump(format, self.first_shown, &mut input, out, control)
    }

    /// How text is handed over to the standard output, where that is worth it.
    fn handover(&self, out: &StandardOutput) -> Option<Handover> {
        let size = out.memory_size(self.range.length());
        size.map(|size| Handover { size })
    }

    fn print_base64(&self, out: &mut StandardOutput) -> Result<Summary, DumpError<Error>> {
        let mut encoder = EncoderWriter::new(io::BufWriter::new(out), &STANDARD);
        let outcome = export::to_writer(self.source, self.range, &mut encoder);
        let finished = encoder.finish().and_then(|mut buffer| buffer.flush());
        finished.map_err(DumpError::Output)?;
        copied(outcome)
    }

    /// What was shown, and the failure of the source that is to be told when all else is done.
    fn settle(
        &self,
        outcome: Result<Summary, DumpError<Error>>,
        output_failed: impl FnOnce(io::Error) -> Result<()>,
    ) -> Result<(Summary, Option<Error>)> {
        match outcome {
            Ok(summary) => Ok((summary, None)),
            Err(DumpError::Input { error, shown }) => Ok((shown, Some(error))),
            Err(DumpError::Output(error)) => {
                output_failed(error).map(|()| (Summary::default(), None))
            }
            Err(error @ DumpError::NoMemory) => {
                let failure = Error::new(Kind::OutOfMemory, "show", error.to_string());
                Err(failure.on(self.source.name()))
            }
            Err(error @ DumpError::OffsetOverflow) => {
                Err(Error::usage(error.to_string()).on(self.source.name()))
            }
        }
    }

    /// Whether the panels have colour on standard output.
    fn wants_colour(&self, console: &Console) -> bool {
        let on_demand = console.options().color == When::Always;
        console.view().is_coloured() && (on_demand || !self.args.hexyl.plain)
    }

    /// How the bytes are shown; `None` as they are.
    fn format(&self, view: &View, coloured: bool) -> Option<Format> {
        let squeeze = !self.args.output.no_squeezing;
        Some(match self.args.output.format.unwrap_or(FormatName::Hexyl) {
            FormatName::Hexyl => Format::Hexyl(self.hexyl(view, coloured)),
            FormatName::Xxd => Format::Xxd,
            FormatName::Canonical => Format::Canonical { squeeze },
            FormatName::Plain => Format::Plain,
            FormatName::C => Format::C {
                name: self.identifier(),
            },
            FormatName::Values => {
                let NumberType { kind, order } = self.value_type();
                let width = u16::try_from(view.width()).unwrap_or(u16::MAX);
                let width = self.args.values.width.unwrap_or(width);
                Format::Values(ValuesOptions {
                    kind,
                    order,
                    width,
                    squeeze,
                })
            }
            FormatName::Raw => return None,
        })
    }

    fn json_format(&self) -> Option<Format> {
        let NumberType { kind, order } = self.value_type();
        let numbers = self.args.output.format == Some(FormatName::Values);
        numbers.then_some(Format::JsonValues { kind, order })
    }

    fn value_type(&self) -> NumberType {
        self.args.values.value_type.unwrap_or(NumberType {
            kind: ValueType::U8,
            order: ByteOrder::Little,
        })
    }

    fn identifier(&self) -> Option<String> {
        match self.spec {
            SourceSpec::File(path) => {
                Some(hexview::c_identifier(path.as_os_str().as_encoded_bytes()))
            }
            SourceSpec::Tag(tag) => Some(hexview::c_identifier(tag.as_os_str().as_encoded_bytes())),
            SourceSpec::Descriptor(_) | SourceSpec::Anonymous => None,
        }
    }

    fn hexyl(&self, view: &View, coloured: bool) -> HexylOptions {
        let args = &self.args.hexyl;
        let border = if args.plain {
            BorderStyle::None
        } else {
            BorderStyle::default()
        };
        let options = HexylOptions {
            border: args.border.unwrap_or(border),
            group_size: args.group_size.unwrap_or_default(),
            base: args.base.unwrap_or_default(),
            endianness: args.endianness.unwrap_or_default(),
            character_table: args.character_table.unwrap_or_default(),
            color_scheme: args.color_scheme.unwrap_or_default(),
            color: coloured,
            characters: !args.no_characters && !args.plain,
            position: !args.no_position && !args.plain,
            squeeze: !self.args.output.no_squeezing,
            ..HexylOptions::default()
        };
        let fitting = || options.panels_for_width(view.width() as u64);
        let panels = match (args.panels, args.terminal_width) {
            (Some(Panels::Exactly(panels)), _) => panels,
            (Some(Panels::Auto), _) => fitting(),
            (None, Some(width)) => options.panels_for_width(width.get()),
            (None, None) => fitting().min(NonZeroU16::MIN.saturating_add(1)),
        };
        HexylOptions { panels, ..options }
    }
}

/// A copy in the words of a dump.
fn copied(outcome: Result<u64, ExportError>) -> Result<Summary, DumpError<Error>> {
    match outcome {
        Ok(bytes) => Ok(Summary {
            input: bytes,
            output: bytes,
        }),
        Err(ExportError::Source { error, copied }) => Err(DumpError::Input {
            error,
            shown: Summary {
                input: copied,
                output: copied,
            },
        }),
        Err(ExportError::Target(error)) => Err(DumpError::Output(error)),
    }
}

fn json_failure(error: &serde_json::Error) -> Error {
    Error::new(Kind::Failed, "write JSON", error.to_string())
}

/// The bytes of a source as the formats take them.
struct Bytes<'a> {
    stream: Stream<'a>,
}

impl Input for Bytes<'_> {
    type Error = Error;

    fn next(&mut self, buffer: &mut [u8]) -> Result<Piece> {
        self.stream.next(buffer).map(|part| match part {
            Part::Bytes(count) => Piece::Bytes(count),
            Part::Hole(count) => Piece::Zeros(count),
            Part::End => Piece::End,
        })
    }
}

/// Memory that the standard output takes over.
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

/// One block of it.
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
