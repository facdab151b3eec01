//! The terminal that the user types on: single keys, changes of its size, and being suspended.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};
use signal_hook::SigId;
use signal_hook::low_level::{emulate_default_handler, pipe, register, unregister};

use super::interrupt::Interrupts;
use super::signals::is_ignored;
use crate::mapping::types::TerminalEvent;

/// A terminal that passes on each key at once and does not show it. Its settings are restored when this is dropped.
#[derive(Debug)]
pub(in crate::mapping) struct Terminal {
    keys: File,
    found: Termios,
    /// Readable after one of the signals.
    wake: UnixStream,
    flags: Arc<Flags>,
    handlers: Vec<SigId>,
}

/// The signals that arrived.
#[derive(Debug, Default)]
struct Flags {
    resized: AtomicBool,
    continued: AtomicBool,
    suspended: AtomicBool,
}

impl Terminal {
    /// The terminal on the standard input, or else that of this process; `None` if there is none.
    pub(in crate::mapping) fn open() -> io::Result<Option<Self>> {
        let Some(keys) = typed() else {
            return Ok(None);
        };
        let found = tcgetattr(&keys)?;
        let (wake, sender) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        let mut terminal = Self {
            keys,
            found,
            wake,
            flags: Arc::default(),
            handlers: Vec::new(),
        };
        terminal.watch(&sender)?;
        terminal.take()?;
        Ok(Some(terminal))
    }

    fn watch(&mut self, sender: &UnixStream) -> io::Result<()> {
        type Flag = fn(&Flags) -> &AtomicBool;
        let signals: [(_, Flag); 3] = [
            (libc::SIGWINCH, |flags| &flags.resized),
            (libc::SIGCONT, |flags| &flags.continued),
            (libc::SIGTSTP, |flags| &flags.suspended),
        ];
        for (signal, flag) in signals {
            // A shell without job control ignores it.
            if signal == libc::SIGTSTP && is_ignored(signal) {
                continue;
            }
            let flags = Arc::clone(&self.flags);
            let note = move || flag(&flags).store(true, Ordering::Relaxed);
            // SAFETY: the handler sets one atomic flag, which is async-signal-safe.
            self.handlers.push(unsafe { register(signal, note) }?);
            self.handlers
                .push(pipe::register(signal, sender.try_clone()?)?);
        }
        Ok(())
    }

    /// Waits until something happens on the terminal, a request to end arrives, or the time has come.
    pub(in crate::mapping) fn wait(
        &self,
        interrupts: Option<&Interrupts>,
        until: Instant,
    ) -> io::Result<TerminalEvent> {
        loop {
            if interrupts.is_some_and(|watched| watched.came().is_some()) {
                return Ok(TerminalEvent::Request);
            }
            if let Some(event) = self.signalled()? {
                return Ok(event);
            }
            let left = until.saturating_duration_since(Instant::now());
            let watched = interrupts.map(Interrupts::wake);
            let ready = ready(
                [Some(self.keys.as_fd()), Some(self.wake.as_fd()), watched],
                left,
            )?;
            match ready {
                [true, ..] => return Ok(self.key()),
                [_, true, _] => while (&self.wake).read(&mut [0; 64]).is_ok_and(|n| n > 0) {},
                [.., true] => {}
                _ if left.is_zero() => return Ok(TerminalEvent::Elapsed),
                _ => {}
            }
        }
    }

    fn signalled(&self) -> io::Result<Option<TerminalEvent>> {
        let came = |flag: &AtomicBool| flag.swap(false, Ordering::Relaxed);
        if came(&self.flags.suspended) {
            return Ok(Some(TerminalEvent::Suspend));
        }
        if came(&self.flags.continued) {
            // The shell has used the terminal.
            self.take()?;
            return Ok(Some(TerminalEvent::Changed));
        }
        Ok(came(&self.flags.resized).then_some(TerminalEvent::Changed))
    }

    fn key(&self) -> TerminalEvent {
        let mut key = [0];
        match (&self.keys).read(&mut key) {
            Ok(1..) => TerminalEvent::Key(key[0]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => TerminalEvent::Changed,
            Ok(0) | Err(_) => TerminalEvent::Gone,
        }
    }

    /// Stops this process, as Ctrl-Z does by default, with the terminal as it was found. Returns when it goes on.
    pub(in crate::mapping) fn suspend(&self) -> io::Result<()> {
        self.restore();
        emulate_default_handler(libc::SIGTSTP)
    }

    /// Makes the terminal pass on each key. Ctrl-C and Ctrl-Z still cause signals.
    fn take(&self) -> io::Result<()> {
        let mut raw = self.found.clone();
        raw.local_modes
            .remove(LocalModes::ICANON | LocalModes::ECHO);
        raw.special_codes[SpecialCodeIndex::VMIN] = 1;
        raw.special_codes[SpecialCodeIndex::VTIME] = 0;
        Ok(tcsetattr(&self.keys, OptionalActions::Now, &raw)?)
    }

    fn restore(&self) {
        // It fails only for a terminal that is gone.
        let _ = tcsetattr(&self.keys, OptionalActions::Now, &self.found);
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.restore();
        for handler in self.handlers.drain(..) {
            unregister(handler);
        }
    }
}

/// The terminal that the user types on.
fn typed() -> Option<File> {
    let input = io::stdin();
    if input.is_terminal() {
        return input.as_fd().try_clone_to_owned().ok().map(File::from);
    }
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let opened = rustix::fs::open("/dev/tty", flags, Mode::empty());
    opened.ok().map(File::from)
}

/// Waits until one of these can be read, or the time elapses (`poll(2)`). Returns which of them can be.
fn ready<const N: usize>(
    files: [Option<std::os::fd::BorrowedFd<'_>>; N],
    time: Duration,
) -> io::Result<[bool; N]> {
    let mut watched: Vec<PollFd<'_>> = files
        .iter()
        .flatten()
        .map(|file| PollFd::from_borrowed_fd(*file, PollFlags::IN))
        .collect();
    let limit = rustix::fs::Timespec::try_from(time).ok();
    match poll(&mut watched, limit.as_ref()) {
        Ok(_) | Err(Errno::INTR) => {}
        Err(error) => return Err(error.into()),
    }
    let mut answers = watched.iter().map(|file| !file.revents().is_empty());
    Ok(files.map(|file| file.is_some() && answers.next() == Some(true)))
}

/// Waits until a request to end arrives or the time elapses.
pub(in crate::mapping) fn pause(interrupts: Option<&Interrupts>, time: Duration) -> io::Result<()> {
    let until = Instant::now().checked_add(time);
    while interrupts.is_none_or(|watched| watched.came().is_none()) {
        let left = until.map(|end| end.saturating_duration_since(Instant::now()));
        if left == Some(Duration::ZERO) {
            break;
        }
        ready([interrupts.map(Interrupts::wake)], left.unwrap_or(time))?;
    }
    Ok(())
}
