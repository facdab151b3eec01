//! How far a long work is: a bar on a terminal, lines elsewhere. Always on stderr.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Console;
use super::picture::Charset;
use super::size::Size;
use crate::mapping::range::ByteLength;

/// After how long progress is shown: most work is done before anybody wonders.
const PATIENCE: Duration = Duration::from_millis(500);

/// How long a line stands for the progress, where there is no terminal to draw a bar on.
const LINE_EVERY: Duration = Duration::from_secs(1);

/// The progress of one work; nothing is left of it on a terminal when it is dropped.
pub struct Progress {
    what: String,
    total: Option<ByteLength>,
    exact: bool,
    shape: Shape,
    next: Instant,
}

enum Shape {
    Nothing,
    Bar(ProgressBar),
    Lines(Box<dyn Write + Send>),
}

impl Progress {
    /// Progress on so many bytes of what is called `what`, shown as the user asked.
    #[must_use]
    pub fn new(console: &Console, what: String, total: ByteLength) -> Self {
        Self::of_any_length(console, what, Some(total))
    }

    /// The same, on bytes whose number may not be known.
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
            exact: console.options().exact_sizes,
            shape,
            next: Instant::now() + PATIENCE,
        }
    }

    /// The next part of the work begins.
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
    }

    /// So many bytes are done.
    pub fn at(&mut self, done: ByteLength) {
        if Instant::now() < self.next {
            return;
        }
        match &mut self.shape {
            Shape::Nothing => {}
            Shape::Bar(bar) => {
                if bar.is_hidden() {
                    bar.set_draw_target(ProgressDrawTarget::stderr());
                }
                bar.set_position(done.0);
            }
            Shape::Lines(out) => {
                let size = |bytes| Size::new(bytes, self.exact);
                let of = self.total.map(|total| format!(" of {}", size(total)));
                let of = of.unwrap_or_default();
                let line = format!("mmapctl: {}: {}{of}\n", self.what, size(done));
                // Where progress cannot be written there is nobody to look at it.
                let _ = out.write_all(line.as_bytes());
                self.next = Instant::now() + LINE_EVERY;
            }
        }
    }
}

fn bar(what: &str, total: Option<ByteLength>) -> ProgressBar {
    let length = total.map(|total| total.0);
    let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::hidden());
    // Each figure has its place, so that they do not jump about.
    let template = match total {
        Some(_) => {
            "{msg} [{wide_bar}] {percent:>3}% of {binary_total_bytes}, \
             {binary_bytes_per_sec:>12}, {eta:>4} left"
        }
        None => "{msg} {binary_bytes:>11}, {binary_bytes_per_sec:>12}",
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(match Charset::of_locale() {
            Charset::Unicode => style.progress_chars("█▉▊▋▌▍▎▏ "),
            Charset::Ascii => style.progress_chars("#- "),
        });
    }
    bar.with_message(what.to_owned())
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

    #[test]
    fn progress_that_is_not_wanted_is_nothing() {
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
