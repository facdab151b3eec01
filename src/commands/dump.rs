//! `dump`: shows the bytes of a range.

use std::io::{self, IsTerminal};
use std::path::Path;

use super::details::describe;
use super::dump_watch;
use super::outcome::{Exit, Outcome};
use super::show::{Shape, base64_to_stdout, first_shown, wants_colour};
use crate::cli::{DumpArgs, DumpLook, DumpText};
use crate::mapping::actions::dump::{Dump, export};
use crate::mapping::error::Result;
use crate::mapping::types::ByteLength;
use crate::report::{Console, DumpData, Report, View, When, gap_texts};

/// Carries out the command.
pub(super) fn run(args: &DumpArgs, console: &mut Console) -> Outcome {
    args.check(console.json())?;
    if let Some(interval) = args.watch.watch {
        return dump_watch::run(args, interval, console);
    }
    let mut dump = open(args)?;
    let first_shown = first_shown(&dump, args.output.display_offset.unwrap_or_default().0)?;
    dump.skip_to_start()?;
    if let Some(source) = dump.source() {
        describe(console, source, None);
    }
    let mut job = Job {
        args,
        dump,
        first_shown,
    };
    match &args.output.output {
        // No file is written with fewer bytes than requested.
        Some(path) if !job.dump.falls_short() => job.save(path, console)?,
        Some(_) => {}
        None if console.json() => job.show_json(console)?,
        None => job.show(console)?,
    }
    for gap in gap_texts(job.dump.gaps(), "shown", console.view()) {
        console.note(Some(job.dump.name()), format_args!("{gap}"));
    }
    match job.dump.into_shortfall() {
        Some(error) => Err(error.into()),
        None => Ok(Exit::SUCCESS),
    }
}

fn open(args: &DumpArgs) -> Result<Dump> {
    if let Some(request) = args.memory.request(&args.range)? {
        return Dump::of_process(&request);
    }
    let (spec, offset, length) = args.source_range(io::stdin().is_terminal())?;
    Dump::open(&spec, offset, length)
}

/// The length in bytes above which a larger pipe buffer is worth its system call.
const WIDE: u64 = 64 << 10;

/// One dump.
struct Job<'a> {
    args: &'a DumpArgs,
    dump: Dump,
    first_shown: u64,
}

impl Job<'_> {
    fn show(&mut self, console: &mut Console) -> Result<()> {
        let is_terminal = console.view().is_terminal();
        let shape = self.shape(self.format(console.view(), wants_colour(self.args, console)));
        let mut out = console.bulk()?;
        if self.dump.length().is_none_or(|length| length.0 > WIDE) {
            out.widen();
        }
        let outcome = match shape {
            Some(shape) => shape.to_stdout(&mut self.dump, is_terminal, &mut out),
            None => export::to_stdout(self.dump.reading(), &mut out),
        };
        let ended = self
            .dump
            .ended(outcome, |error| console.bulk_outcome(Err(error)))?;
        ended.failure.map_or(Ok(()), Err)
    }

    fn save(&mut self, path: &Path, console: &mut Console) -> Result<()> {
        // A file has colours with --color always only.
        let coloured = console.options().color == When::Always && wants_colour(self.args, console);
        let ended = match self.shape(self.format(&View::plain(), coloured)) {
            Some(shape) => self
                .dump
                .to_file(path, |reading, out| shape.to_file(reading, out)),
            None => self.dump.to_file(path, export::to_file),
        }?;
        let name = self.dump.name();
        if console.json() {
            console.write_json(&Report::new(name, &self.dump.outcome(&ended)))?;
        }
        let size = |bytes| console.view().size(ByteLength(bytes)).to_string();
        let (shown, written) = (size(ended.shown.read), size(ended.shown.written));
        console.detail(Some(name), format_args!("{shown} shown, {written} written"));
        ended.failure.map_or(Ok(()), Err)
    }

    /// Writes the JSON object: with an array of numbers, or with the bytes in base64.
    fn show_json(&mut self, console: &mut Console) -> Result<()> {
        let shape = self.shape(self.args.json_format());
        let data = match shape {
            Some(_) => DumpData::Values,
            None => DumpData::Base64,
        };
        console.write_text(|out, _| data.begin(out, self.dump.name(), self.dump.start()))?;
        let mut out = console.bulk()?;
        let outcome = match shape {
            Some(shape) => shape.to_stdout(&mut self.dump, false, &mut out),
            None => base64_to_stdout(&mut self.dump, &mut out),
        };
        let ended = self
            .dump
            .ended(outcome, |error| console.bulk_outcome(Err(error)))?;
        console.write_text(|out, _| data.end(out, &self.dump.outcome(&ended)))?;
        ended.failure.map_or(Ok(()), Err)
    }

    fn shape(&self, format: Option<DumpText>) -> Option<Shape> {
        format.map(|text| Shape {
            text,
            first_shown: self.first_shown,
        })
    }

    fn format(&self, view: &View, coloured: bool) -> Option<DumpText> {
        self.args.format(DumpLook {
            columns: view.width(),
            coloured,
            ascii: view.is_ascii(),
        })
    }
}
