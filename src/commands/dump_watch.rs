//! `dump --watch`: shows the bytes of a range again and again, or what changed in them.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use super::details::describe;
use super::outcome::{Exit, Outcome};
use super::show::wants_colour;
use super::watch::{Watched, watch};
use crate::cli::{DumpArgs, DumpLook, DumpText};
use crate::hexview::{DumpError, Format, Mark, marked};
use crate::mapping::actions::dump::{Extent, WatchedRange};
use crate::mapping::error::{Error, Result};
use crate::mapping::process::interrupts::Interrupts;
use crate::report::{Console, DumpScreen, View, print_changes, unreadable_text};

/// Carries out the command.
pub(super) fn run(args: &DumpArgs, interval: Duration, console: &mut Console) -> Outcome {
    let range = open(args)?;
    if let Some(source) = range.source() {
        describe(console, source, None);
    }
    let mut looks = Looks {
        args,
        range,
        interval,
        extent: Extent::Whole,
        number: 0,
        shift: args.output.display_offset.unwrap_or_default().0,
        coloured: wants_colour(args, console),
    };
    let signal = watch(console, &args.watch, interval, &mut looks)?;
    Ok(signal.map_or(Exit::SUCCESS, Exit::from))
}

fn open(args: &DumpArgs) -> Result<WatchedRange> {
    if let Some(request) = args.memory.request(&args.range)? {
        return Ok(WatchedRange::of_process(request));
    }
    let (spec, offset, length) = args.source_range(io::stdin().is_terminal())?;
    WatchedRange::open(&spec, offset, length)
}

/// The looks at the same range.
struct Looks<'a> {
    args: &'a DumpArgs,
    range: WatchedRange,
    interval: Duration,
    extent: Extent,
    number: u64,
    /// The amount to add to displayed offsets.
    shift: u64,
    coloured: bool,
}

impl Watched for Looks<'_> {
    fn begin(&mut self, on_screen: bool) {
        if on_screen {
            self.extent = Extent::Screen;
        }
    }

    fn look(&mut self, _: &Interrupts, goes_on: &mut dyn FnMut() -> Result<bool>) -> Result<()> {
        self.number = self.number.saturating_add(1);
        self.range.look(self.extent, goes_on)?;
        let Some(look) = self.range.last() else {
            return Ok(());
        };
        let last = look.start.0.checked_add(look.bytes.len() as u64);
        match last.and_then(|last| last.checked_add(self.shift)) {
            Some(_) => Ok(()),
            None => {
                let reason = DumpError::<Error>::OffsetOverflow.to_string();
                Err(Error::usage(reason).on(self.range.name()))
            }
        }
    }

    fn draw(&self, rows: usize, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let look = DumpLook {
            columns: view.width(),
            coloured: self.coloured,
            ascii: view.is_ascii(),
        };
        let (Some(last), Some(DumpText::Lines(Format::Hexyl(options)))) =
            (self.range.last(), self.args.format(look))
        else {
            return Ok(());
        };
        let ages = self.range.ages();
        let first = last.start.0.wrapping_add(self.shift);
        let panels = marked(
            &options,
            first,
            &last.bytes,
            DumpScreen::room(rows),
            |byte| mark(*ages.get(byte)?),
        );
        let screen = DumpScreen {
            name: self.range.name(),
            look: last,
            number: self.number,
            interval: self.interval,
            shift: self.shift,
        };
        screen.write_head(panels.shown, out, view)?;
        out.write_all(panels.text.as_bytes())
    }

    fn print(&mut self, console: &mut Console) -> Result<()> {
        let unreadable = self.range.last().filter(|_| self.number == 1);
        if let Some(text) = unreadable.and_then(|look| unreadable_text(look, console.view())) {
            console.note(Some(self.range.name()), format_args!("{text}"));
        }
        print_changes(self.range.name(), self.range.changes(), self.shift, console)
    }
}

/// The mark of a byte that changed this number of looks ago.
const fn mark(age: u8) -> Option<Mark> {
    match age {
        0 => Some(Mark::Strong),
        1..=2 => Some(Mark::Medium),
        3..=5 => Some(Mark::Weak),
        _ => None,
    }
}
