//! `diff`: compares two sides.

use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;

use super::differences::{Any, Drawing, List, Ranges, Sink};
use super::outcome::{Exit, Outcome};
use crate::cli::{DiffArgs, DiffFormat, DumpLook};
use crate::hexview::{ByteList, byte_list_width};
use crate::mapping::actions::diff::{Compared, Diff};
use crate::mapping::error::Result;
use crate::mapping::types::Kind;
use crate::report::{Console, DiffObject, diff_failure, gap_texts, rest_text};

/// Carries out the command.
pub(super) fn run(args: &DiffArgs, console: &mut Console) -> Outcome {
    args.check(console.json())?;
    let mut diff = Diff::open(&args.request())?;
    if console.is_quiet() {
        return find_any(&mut diff);
    }
    let compared = match console.json() {
        true => show_json(args, &mut diff, console)?,
        false => show(args, &mut diff, console)?,
    };
    for (gaps, name) in diff.gaps().into_iter().zip(diff.names()) {
        for gap in gap_texts(gaps, "compared", console.view()) {
            console.note(Some(name), format_args!("{gap}"));
        }
    }
    let failure = diff_failure(&diff, &compared);
    match compared.failure.or(failure) {
        Some(error) if !console.is_closed() || error.kind() != Kind::Mismatch => Err(error.into()),
        Some(error) => Ok(Exit::from(error.kind())),
        None => Ok(Exit::SUCCESS),
    }
}

/// Looks for the first difference only.
fn find_any(diff: &mut Diff) -> Outcome {
    let differs = diff.lengths_differ() || {
        let compared = diff.compare(&Any, &mut |step| Any::is_equal(&step));
        if let Some(error) = compared.failure {
            return Err(error.into());
        }
        compared.differs()
    };
    Ok(match differs {
        true => Exit::from(Kind::Mismatch),
        false => Exit::SUCCESS,
    })
}

fn show_json(args: &DiffArgs, diff: &mut Diff, console: &mut Console) -> Result<Compared> {
    console.write_text(|out, _| DiffObject::begin(out, diff))?;
    let mut ranges = Ranges::json(diff, args.output.max);
    let compared = pass(diff, &mut ranges, console)?;
    console.write_text(|out, _| DiffObject::end(out, diff, &compared))?;
    Ok(compared)
}

fn show(args: &DiffArgs, diff: &mut Diff, console: &mut Console) -> Result<Compared> {
    let max = args.output.max;
    let (compared, rest) = match args.format() {
        DiffFormat::List => {
            let width =
                byte_list_width(diff.known_length(args.range.length).map(|length| length.0));
            let mut list = List::new(ByteList::new(width, args.output.decimal), max);
            let compared = pass(diff, &mut list, console)?;
            let rest = compared.tally.different.0.saturating_sub(list.shown());
            (compared, rest)
        }
        DiffFormat::Ranges => {
            let mut ranges = Ranges::text(diff, max);
            let compared = pass(diff, &mut ranges, console)?;
            let rest = compared.tally.differences.saturating_sub(ranges.shown());
            (compared, rest)
        }
        DiffFormat::Panels | DiffFormat::SideBySide => {
            let options = args.drawing(diff.starts().map(|start| start.0), look(console))?;
            let mut drawing = Drawing::new(options, max);
            let compared = pass(diff, &mut drawing, console)?;
            let rest = compared.tally.differences.saturating_sub(drawing.shown());
            (compared, rest)
        }
    };
    if let Some(text) = rest_text(rest) {
        console.note(None, format_args!("{text}"));
    }
    Ok(compared)
}

fn look(console: &Console) -> DumpLook {
    let view = console.view();
    DumpLook {
        columns: view.width(),
        coloured: view.is_coloured(),
        ascii: view.is_ascii(),
    }
}

/// The number of bytes of a side above which a larger pipe buffer is worth its system call.
const WIDE: u64 = 64 << 10;

/// Compares, and writes what the sink makes of it to standard output. The comparison ends when its reader closes it.
fn pass<S: Sink>(diff: &mut Diff, sink: &mut S, console: &mut Console) -> Result<Compared> {
    let waits = diff.waits();
    let mut out = console.bulk()?;
    if diff.known_length(None).is_none_or(|length| length.0 > WIDE) {
        out.widen();
    }
    let mut out = BufWriter::new(out);
    let mut outcome = Ok(());
    let digest = sink.digest();
    let compared = diff.compare(&*digest, &mut |step| {
        outcome = sink.take(step, &mut out).and_then(|()| match waits {
            true => out.flush(),
            false => Ok(()),
        });
        match outcome {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    });
    let outcome = outcome.and_then(|()| sink.finish(&mut out));
    let outcome: io::Result<()> = outcome.and_then(|()| out.flush());
    console.bulk_outcome(outcome)?;
    Ok(compared)
}
