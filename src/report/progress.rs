//! The progress of long work on stderr: a bar on a terminal, lines elsewhere.

use std::fmt;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::console::Console;
use super::lines::span;
use super::picture::Charset;
use super::size::Size;
use crate::mapping::types::{ByteLength, count_text};

/// The time before progress is shown. Most work ends earlier.
const PATIENCE: Duration = Duration::from_millis(500);

/// The interval between lines where stderr is not a terminal.
const LINE_EVERY: Duration = Duration::from_secs(1);

/// The progress of one piece of work. Dropping it removes it from the terminal.
pub struct Progress {
    what: String,
    total: Option<ByteLength>,
    /// The number of files that are done, and of all files.
    files: Option<[u64; 2]>,
    exact: bool,
    shape: Shape,
    started: Instant,
    next: Instant,
}

enum Shape {
    Nothing,
    Bar(ProgressBar),
    Lines(Box<dyn Write + Send>),
}

impl Progress {
    /// The progress of `what` on `total` bytes, shown as the options of the console demand.
    #[must_use]
    pub fn new(console: &Console, what: String, total: ByteLength) -> Self {
        Self::of_any_length(console, what, Some(total))
    }

    /// The same for a number of bytes that may be unknown.
    #[must_use]
    pub fn of_any_length(console: &Console, what: String, total: Option<ByteLength>) -> Self {
        let shape = match (console.shows_progress(), console.draws_on_terminal()) {
            (false, _) => Shape::Nothing,
            (true, true) => Shape::Bar(bar(&what, total)),
            (true, false) => Shape::Lines(Box::new(io::stderr())),
        };
        Self {
            what,
            total,
            files: None,
            exact: console.options().exact_sizes,
            shape,
            started: Instant::now(),
            next: Instant::now() + PATIENCE,
        }
    }

    /// Starts the next part of the work.
    pub fn restart(&mut self, what: String, total: Option<ByteLength>) {
        if let Shape::Bar(old) = &mut self.shape {
            let shown = !old.is_hidden();
            old.finish_and_clear();
            *old = bar(&what, total);
            if shown {
                old.set_draw_target(ProgressDrawTarget::stderr());
            }
        }
        (self.what, self.total) = (what, total);
        self.started = Instant::now();
    }

    /// Reports the number of bytes and files that are done, and the number of all files.
    pub fn at_files(&mut self, done: ByteLength, files: [u64; 2]) {
        self.files = Some(files);
        self.at(done);
    }

    /// Erases it from the terminal until the next report, to write something else there.
    pub fn erase(&self) {
        if let Shape::Bar(bar) = &self.shape
            && !bar.is_hidden()
        {
            // A failure to write progress does not matter.
            let _ = io::stderr().write_all(b"\r\x1b[2K");
        }
    }

    /// Reports the number of files that were found, in place of bytes.
    pub fn at_count(&mut self, files: u64) {
        if Instant::now() < self.next {
            return;
        }
        let found = format!("{} found", count_text(files, "file"));
        match &mut self.shape {
            Shape::Nothing => {}
            Shape::Bar(bar) => {
                if let Ok(style) = ProgressStyle::with_template("{msg}: {prefix}") {
                    bar.set_style(style);
                }
                show(bar);
                bar.set_prefix(found);
                bar.tick();
            }
            Shape::Lines(_) => self.write_line(&found),
        }
    }

    fn write_line(&mut self, text: &str) {
        if let Shape::Lines(out) = &mut self.shape {
            // A failure to write progress does not matter.
            let _ = out.write_all(format!("mmapctl: {}: {text}\n", self.what).as_bytes());
            self.next = Instant::now() + LINE_EVERY;
        }
    }

    /// Reports the number of bytes that are done.
    pub fn at(&mut self, done: ByteLength) {
        if Instant::now() < self.next {
            return;
        }
        let files = self
            .files
            .map(|[done, all]| format!("{done} of {all} files, "));
        let done = self.total.map_or(done, |total| done.min(total));
        match &mut self.shape {
            Shape::Nothing => {}
            Shape::Bar(bar) => {
                show(bar);
                bar.set_prefix(files.unwrap_or_default());
                bar.set_position(done.0);
            }
            Shape::Lines(_) => {
                let size = |bytes| Size::new(bytes, self.exact);
                let of = self.total.map(|total| format!(" of {}", size(total)));
                let of = of.unwrap_or_default();
                let files = files.unwrap_or_default();
                let rate = size(rate(done.0, self.started.elapsed()));
                self.write_line(&format!("{files}{}{of}, {rate}/s", size(done)));
            }
        }
    }
}

fn show(bar: &ProgressBar) {
    if bar.is_hidden() {
        bar.set_draw_target(ProgressDrawTarget::stderr());
    }
}

fn bar(what: &str, total: Option<ByteLength>) -> ProgressBar {
    let length = total.map(|total| total.0);
    let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::hidden());
    // Figures have a fixed width, and do not move while they change.
    let template = match total {
        Some(_) => {
            "{msg} [{wide_bar}] {prefix}{percent:>3}% of {binary_total_bytes}, {rate}, {left}"
        }
        None => "{msg} {binary_bytes:>11}, {rate}",
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        let style = style.with_key("rate", |state: &ProgressState, out: &mut dyn fmt::Write| {
            let rate = Size::new(rate(state.pos(), state.elapsed()), false);
            // A failure to format the line does not matter.
            let _ = write!(out, "{:>12}", format!("{rate}/s"));
        });
        let style = style.with_key("left", |state: &ProgressState, out: &mut dyn fmt::Write| {
            let left = left(state.pos(), state.len().unwrap_or(0), state.elapsed());
            let _ = write!(out, "{:<11}", format!("{} left", span(left)));
        });
        bar.set_style(match Charset::of_locale() {
            Charset::Unicode => style.progress_chars("█▉▊▋▌▍▎▏ "),
            Charset::Ascii => style.progress_chars("#- "),
        });
    }
    let columns = terminal_size::terminal_size_of(io::stderr());
    let columns = columns.map_or(80, |(width, _)| usize::from(width.0));
    bar.with_message(shortened(what, columns / 3))
}

/// The average rate since the start, in bytes per second. The moving average of the library starts at 0 and is far too
/// low for the time that most work takes.
fn rate(done: u64, time: Duration) -> ByteLength {
    let scaled = u128::from(done).saturating_mul(1_000_000_000);
    let rate = scaled.checked_div(time.as_nanos()).unwrap_or(0);
    ByteLength(u64::try_from(rate).unwrap_or(u64::MAX))
}

/// The time for the rest at that rate, in seconds, rounded up.
fn left(done: u64, total: u64, time: Duration) -> u64 {
    let rest = u128::from(total.saturating_sub(done)).saturating_mul(time.as_millis());
    let millis = rest.checked_div(u128::from(done)).unwrap_or(0);
    u64::try_from(millis.div_ceil(1000)).unwrap_or(u64::MAX)
}

/// `what` in at most `columns` columns: the verb, and the end of the name.
fn shortened(what: &str, columns: usize) -> String {
    if what.width() <= columns {
        return what.to_owned();
    }
    let (verb, name) = what.split_once(' ').unwrap_or(("", what));
    let dots = Charset::of_locale().ellipsis();
    let room = columns.saturating_sub(verb.width() + 1 + dots.width());
    let mut used = 0;
    let end = name.char_indices().rev().take_while(|(_, c)| {
        used += c.width().unwrap_or(0);
        used <= room
    });
    let from = end.last().map_or(name.len(), |(at, _)| at);
    let end = name.get(from..).unwrap_or_default();
    format!("{verb} {dots}{end}").trim_start().to_owned()
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Shape::Bar(bar) = &self.shape {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Options, When};
    use std::io::{Read, Seek};

    #[test]
    fn the_remaining_time_follows_from_the_average_rate() {
        let second = Duration::from_secs(1);
        assert_eq!(rate(3 << 20, second * 2), ByteLength(3 << 19));
        assert_eq!(rate(7, Duration::ZERO), ByteLength(0));
        assert_eq!(left(1, 4, second), 3);
        assert_eq!(left(3, 4, second), 1);
        assert_eq!((left(0, 4, second), left(4, 4, second)), (0, 0));
        assert_eq!(left(1, u64::MAX, Duration::MAX), u64::MAX);
    }

    #[test]
    fn a_long_name_leaves_room_for_the_bar() {
        assert_eq!(shortened("warm data.bin", 26), "warm data.bin");
        for name in [
            "a-rather-long-name-of-a-file.bin",
            "日本語の長い名前です日本語.bin",
        ] {
            let text = shortened(&format!("warm {name}"), 26);
            assert!(
                text.starts_with("warm ") && text.ends_with(".bin"),
                "{text}"
            );
            assert!((24..=26).contains(&text.width()), "{text}");
        }
        assert!(shortened("filling", 3).width() <= 4);
    }

    /// The line that `report` writes where stderr is not a terminal.
    fn line(report: impl FnOnce(&mut Progress)) -> String {
        let mut file = tempfile::tempfile().unwrap();
        let mut progress = Progress {
            what: "warm t".to_owned(),
            total: Some(ByteLength(4 << 20)),
            files: None,
            exact: false,
            shape: Shape::Lines(Box::new(file.try_clone().unwrap())),
            started: Instant::now(),
            next: Instant::now(),
        };
        report(&mut progress);
        let mut text = String::new();
        file.rewind().unwrap();
        file.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn a_line_has_the_files_the_bytes_and_the_rate() {
        let text = line(|progress| progress.at_files(ByteLength(1 << 20), [1, 4]));
        let start = "mmapctl: warm t: 1 of 4 files, 1 MiB of 4 MiB, ";
        assert!(text.starts_with(start) && text.ends_with("/s\n"), "{text}");
        let text = line(|progress| progress.at(ByteLength(2 << 20)));
        let start = "mmapctl: warm t: 2 MiB of 4 MiB, ";
        assert!(text.starts_with(start) && text.ends_with("/s\n"), "{text}");
        let text = line(|progress| progress.at_count(1200));
        assert_eq!(text, "mmapctl: warm t: 1200 files found\n");
    }

    #[test]
    fn progress_is_shown_only_when_wanted() {
        let options = |progress| Options {
            progress,
            ..Options::default()
        };
        for (when, shown) in [
            (When::Auto, false),
            (When::Never, false),
            (When::Always, true),
        ] {
            let (console, _) = Console::captured(options(when));
            let progress = Progress::new(&console, "warm".to_owned(), ByteLength(7));
            assert_eq!(!matches!(progress.shape, Shape::Nothing), shown);
        }
    }
}
