//! Looks at something again and again: redraws a terminal in place, or prints each look in a pipe.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use crate::cli::WatchArgs;
use crate::mapping::error::Result;
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::process::terminal::Terminal;
use crate::mapping::types::{Kind, TerminalEvent};
use crate::report::{Console, View};

/// Something that can be looked at again and again.
pub(super) trait Watched {
    /// Called once before the first look, with whether looks are drawn on a screen.
    fn begin(&mut self, _on_screen: bool) {}

    /// Looks once. It gives up when `goes_on` says so, which is asked now and then.
    fn look(
        &mut self,
        interrupts: &Interrupts,
        goes_on: &mut dyn FnMut() -> Result<bool>,
    ) -> Result<()>;

    /// Writes the last look for a screen with this number of lines.
    fn draw(&self, rows: usize, out: &mut dyn Write, view: &View) -> io::Result<()>;

    /// Prints the last look.
    fn print(&mut self, console: &mut Console) -> Result<()>;
}

/// Looks until the user, a signal or the number of looks ends it. Returns the signal, except for Ctrl-C, which is a usual
/// end as for `top(1)`.
pub(super) fn watch(
    console: &mut Console,
    args: &WatchArgs,
    interval: Duration,
    watched: &mut impl Watched,
) -> Result<Option<Kind>> {
    let interrupts = Interrupts::new();
    interrupts.watch()?;
    let terminal = match console.has_screen() {
        true => Terminal::open()?,
        false => None,
    };
    watched.begin(terminal.is_some());
    let looks = Looks {
        interrupts: &interrupts,
        interval,
        left: args.count.unwrap_or(u64::MAX),
    };
    match terminal {
        Some(terminal) => {
            console.enter_screen()?;
            let outcome = looks.on(&terminal, console, watched);
            let left = console.leave_screen();
            outcome.and(left)?;
        }
        None => looks.in_turn(console, watched)?,
    }
    Ok(interrupts
        .requested()
        .filter(|kind| *kind != Kind::Interrupted))
}

/// The time between two inspections of the terminal during a look.
const ASK_EVERY: Duration = Duration::from_millis(50);

struct Looks<'a> {
    interrupts: &'a Interrupts,
    interval: Duration,
    /// The number of looks that are left.
    left: u64,
}

impl Looks<'_> {
    /// Prints one look after the other.
    fn in_turn(mut self, console: &mut Console, watched: &mut impl Watched) -> Result<()> {
        loop {
            watched.look(self.interrupts, &mut || Ok(true))?;
            if self.interrupts.requested().is_some() {
                return Ok(());
            }
            watched.print(console)?;
            console.flush()?;
            self.left -= 1;
            if self.left == 0 || console.is_closed() {
                return Ok(());
            }
            self.interrupts.pause(self.interval)?;
            if self.interrupts.requested().is_some() {
                return Ok(());
            }
        }
    }

    /// Redraws a terminal.
    fn on(
        mut self,
        terminal: &Terminal,
        console: &mut Console,
        watched: &mut impl Watched,
    ) -> Result<()> {
        loop {
            let (mut ended, mut asked) = (false, Instant::now());
            watched.look(self.interrupts, &mut || {
                if asked.elapsed() < ASK_EVERY {
                    return Ok(!ended);
                }
                asked = Instant::now();
                let event = terminal.wait(self.interrupts, Instant::now())?;
                ended = ended || ends(event);
                if event == TerminalEvent::Suspend {
                    suspend(terminal, console)?;
                }
                Ok(!ended)
            })?;
            self.left -= 1;
            if ended || self.interrupts.requested().is_some() {
                return Ok(());
            }
            let until = Instant::now().checked_add(self.interval);
            loop {
                console.draw(|rows, out, view| watched.draw(rows, out, view))?;
                if self.left == 0 {
                    return Ok(());
                }
                let far = || Instant::now() + Duration::from_secs(3600);
                match terminal.wait(self.interrupts, until.unwrap_or_else(far))? {
                    TerminalEvent::Elapsed => break,
                    TerminalEvent::Suspend => suspend(terminal, console)?,
                    event if ends(event) => return Ok(()),
                    _ => {}
                }
            }
        }
    }
}

/// Stops this process until the user continues it.
fn suspend(terminal: &Terminal, console: &mut Console) -> Result<()> {
    console.leave_screen()?;
    terminal.suspend()?;
    console.enter_screen()
}

/// Whether the user wants no further look.
fn ends(event: TerminalEvent) -> bool {
    match event {
        TerminalEvent::Key(key) => matches!(key, b'q' | b'Q'),
        TerminalEvent::Gone | TerminalEvent::Request => true,
        TerminalEvent::Changed | TerminalEvent::Suspend | TerminalEvent::Elapsed => false,
    }
}
