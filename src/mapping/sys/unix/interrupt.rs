//! Noticing the signals that ask this process to end, so that it can do so at a place of its choosing.

use std::fs::File;
use std::io;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use libc::c_int;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use super::signals::is_ignored;
use crate::mapping::error::Kind;

/// The signals, and what they make of the command.
const SIGNALS: [(c_int, Kind); 2] = [
    (libc::SIGINT, Kind::Interrupted),
    (libc::SIGTERM, Kind::Terminated),
];

/// Signals that no longer end this process when they come for the first time.
#[derive(Debug)]
pub(in crate::mapping) struct Interrupts {
    /// The number of the one that came; 0 for none.
    arrived: Arc<AtomicUsize>,
    /// Becomes readable when one comes.
    wake: UnixStream,
}

impl Interrupts {
    /// Begins to notice them. One that is ignored stays so; the second one ends the process (`signal(7)`).
    pub(in crate::mapping) fn watch() -> io::Result<Self> {
        let (wake, sender) = UnixStream::pair()?;
        let arrived = Arc::new(AtomicUsize::new(0));
        let second = Arc::new(AtomicBool::new(false));
        for (signal, _) in SIGNALS
            .into_iter()
            .filter(|(signal, _)| !is_ignored(*signal))
        {
            signal_hook::flag::register_conditional_default(signal, Arc::clone(&second))?;
            signal_hook::flag::register(signal, Arc::clone(&second))?;
            let number = usize::try_from(signal).unwrap_or(usize::MAX);
            signal_hook::flag::register_usize(signal, Arc::clone(&arrived), number)?;
            signal_hook::low_level::pipe::register(signal, sender.try_clone()?)?;
        }
        Ok(Self { arrived, wake })
    }

    /// What came, if anything did.
    pub(in crate::mapping) fn came(&self) -> Option<Kind> {
        let arrived = c_int::try_from(self.arrived.load(Ordering::Relaxed)).ok()?;
        SIGNALS
            .into_iter()
            .find_map(|(signal, kind)| (signal == arrived).then_some(kind))
    }
}

/// Waits until a file has something to read, or has ended, or a signal comes (`poll(2)`).
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
