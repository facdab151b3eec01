//! Catches the signals that request this process to end, so it can stop at a safe point.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use libc::c_int;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use super::signals::is_ignored;
use crate::mapping::types::Kind;

/// The signals, and the kind of failure they cause.
const SIGNALS: [(c_int, Kind); 4] = [
    (libc::SIGHUP, Kind::HungUp),
    (libc::SIGINT, Kind::Interrupted),
    (libc::SIGQUIT, Kind::Quit),
    (libc::SIGTERM, Kind::Terminated),
];

/// The time after the first signal during which another one counts as the same request, in milliseconds: `timeout(1)`
/// signals the process and then its group, and the terminal may signal too.
const SAME_REQUEST: u64 = 500;

/// Signals whose first arrival no longer ends this process.
#[derive(Debug)]
pub(in crate::mapping) struct Interrupts {
    arrival: Arc<Arrival>,
    /// Readable after an arrival.
    wake: UnixStream,
}

/// The first signal: its number in the low byte, its time above that; 0 for none.
#[derive(Debug, Default)]
struct Arrival(AtomicU64);

impl Arrival {
    /// Records a signal. Returns whether it is the first, or belongs to the first.
    fn note(&self, signal: c_int, now: u64) -> bool {
        let noted = now << 8 | u64::from(signal.unsigned_abs() & 0xff);
        let first = self
            .0
            .compare_exchange(0, noted, Ordering::Relaxed, Ordering::Relaxed);
        first.map_or_else(
            |first| now.saturating_sub(first >> 8) < SAME_REQUEST,
            |_| true,
        )
    }

    fn signal(&self) -> c_int {
        c_int::from(self.0.load(Ordering::Relaxed).to_le_bytes()[0])
    }
}

/// Milliseconds of a steady clock (`clock_gettime(2)`, which a signal handler may call).
fn milliseconds() -> u64 {
    let mut now = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the call writes the one structure, which outlives it. The clock always exists.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    let rest = u64::try_from(now.tv_nsec).unwrap_or(0) / 1_000_000;
    seconds.saturating_mul(1000).saturating_add(rest)
}

impl Interrupts {
    /// Starts catching them. An ignored signal stays ignored, like SIGHUP under `nohup`; a second request ends the
    /// process (`signal(7)`).
    pub(in crate::mapping) fn watch() -> io::Result<Self> {
        let (wake, sender) = UnixStream::pair()?;
        let arrival = Arc::new(Arrival::default());
        for (signal, _) in SIGNALS
            .into_iter()
            .filter(|(signal, _)| !is_ignored(*signal))
        {
            let noting = Arc::clone(&arrival);
            let note = move || {
                if !noting.note(signal, milliseconds()) {
                    // It fails only for signals without a default, which these have.
                    let _ = signal_hook::low_level::emulate_default_handler(signal);
                }
            };
            // SAFETY: the handler reads the clock, changes one atomic number, and ends the process by the signal's
            // default. All of these are async-signal-safe. It never panics: the arithmetic saturates.
            unsafe { signal_hook::low_level::register(signal, note) }?;
            signal_hook::low_level::pipe::register(signal, sender.try_clone()?)?;
        }
        Ok(Self { arrival, wake })
    }

    /// Readable after a signal arrived.
    pub(super) fn wake(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }

    /// The kind of failure of the signal that arrived, if one did.
    pub(in crate::mapping) fn came(&self) -> Option<Kind> {
        let came = self.arrival.signal();
        SIGNALS
            .into_iter()
            .find_map(|(signal, kind)| (signal == came).then_some(kind))
    }
}

/// Waits until a file is readable or at its end, or a signal arrives (`poll(2)`).
pub(in crate::mapping) fn wait_for(file: &File, watched: Option<&Interrupts>) -> io::Result<()> {
    let wake = watched.map(|watched| PollFd::new(&watched.wake, PollFlags::IN));
    let readable = PollFd::new(file, PollFlags::IN);
    let mut all: Vec<PollFd<'_>> = std::iter::once(readable).chain(wake).collect();
    loop {
        match poll(&mut all, None) {
            Err(Errno::INTR) if watched.is_none_or(|watched| watched.came().is_none()) => {}
            Err(Errno::INTR) => return Ok(()),
            other => return Ok(other.map(drop)?),
        }
    }
}

/// Whether reading a file would return at once, with bytes or at its end (`poll(2)`).
pub(in crate::mapping) fn is_ready(file: &File) -> bool {
    const AT_ONCE: rustix::fs::Timespec = rustix::fs::Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let mut readable = [PollFd::new(file, PollFlags::IN)];
    poll(&mut readable, Some(&AT_ONCE)).is_ok_and(|ready| ready > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_sent_twice_at_once_is_one_request_and_a_later_one_is_another() {
        let arrival = Arrival::default();
        assert_eq!(arrival.signal(), 0);
        assert!(arrival.note(libc::SIGTERM, 10_000));
        assert!(arrival.note(libc::SIGINT, 10_000 + SAME_REQUEST - 1));
        assert_eq!(arrival.signal(), libc::SIGTERM);
        assert!(!arrival.note(libc::SIGINT, 10_000 + SAME_REQUEST));
    }
}
