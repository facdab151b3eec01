//! Waiting for Ctrl-C and its like, and starting a program that gets them too.

use std::io;
use std::os::windows::io::AsHandle;
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Mutex, OnceLock};
use std::time::Instant;

use windows_sys::Win32::System::Console::{
    CTRL_BREAK_EVENT, CTRL_C_EVENT, CTRL_CLOSE_EVENT, CTRL_LOGOFF_EVENT, CTRL_SHUTDOWN_EVENT,
    SetConsoleCtrlHandler,
};
use windows_sys::Win32::System::Threading::{INFINITE, WaitForSingleObject};

use crate::mapping::hold::{ProgramEnd, Signal};

/// What a wait ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mapping) enum Event {
    /// A signal came.
    Signal {
        /// Which.
        signal: Signal,
        /// The console sent it, and so to every program that it shows.
        from_terminal: bool,
    },
    /// A child of this process ended.
    Child,
    /// The time was up.
    Elapsed,
}

/// Where the handler, which the system calls in a thread of its own, tells of events.
static EVENTS: OnceLock<Sender<Event>> = OnceLock::new();

/// Catches what the console sends for as long as the process lives.
#[derive(Debug)]
pub(in crate::mapping) struct Watch {
    arrivals: Mutex<Receiver<Event>>,
}

impl Watch {
    /// Begins to catch Ctrl-C, Ctrl-Break, and the console's end.
    pub(in crate::mapping) fn new() -> io::Result<Self> {
        let (sender, arrivals) = mpsc::channel();
        if EVENTS.set(sender).is_err() {
            // One process has one watch.
            return Err(super::unsupported());
        }
        // SAFETY: the handler has the type that is asked for, and lives as long as the program.
        super::check(unsafe { SetConsoleCtrlHandler(Some(on_event), 1) })?;
        Ok(Self {
            arrivals: Mutex::new(arrivals),
        })
    }

    /// Waits for what comes first.
    pub(in crate::mapping) fn wait(&self, until: Option<Instant>) -> io::Result<Event> {
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        let arrivals = self.arrivals.lock().map_err(|_| gone())?;
        match until {
            None => arrivals.recv().map_err(|_| gone()),
            Some(end) => {
                let left = end.saturating_duration_since(Instant::now());
                match arrivals.recv_timeout(left) {
                    Ok(event) => Ok(event),
                    Err(RecvTimeoutError::Timeout) => Ok(Event::Elapsed),
                    Err(RecvTimeoutError::Disconnected) => Err(gone()),
                }
            }
        }
    }
}

/// Says that the event was taken, so that it does not end the process.
unsafe extern "system" fn on_event(event: u32) -> windows_sys::core::BOOL {
    let signal = match event {
        CTRL_C_EVENT => Signal::Interrupt,
        CTRL_BREAK_EVENT => Signal::Terminate,
        CTRL_CLOSE_EVENT | CTRL_LOGOFF_EVENT | CTRL_SHUTDOWN_EVENT => Signal::Hangup,
        _ => return 0,
    };
    tell(Event::Signal {
        signal,
        from_terminal: true,
    })
    .into()
}

/// Says whether anybody listens.
fn tell(event: Event) -> bool {
    EVENTS.get().is_some_and(|events| events.send(event).is_ok())
}

/// Starts a program, whose end is told to the watch.
pub(in crate::mapping) fn start(command: &mut Command, _watch: &Watch) -> io::Result<Child> {
    let child = command.spawn()?;
    let process = child.as_handle().try_clone_to_owned()?;
    std::thread::Builder::new().spawn(move || {
        use std::os::windows::io::AsRawHandle;
        // SAFETY: the handle is this thread's own, and open.
        unsafe { WaitForSingleObject(process.as_raw_handle(), INFINITE) };
        tell(Event::Child);
    })?;
    Ok(child)
}

/// Whatever the console sends us it has sent to the child, too.
pub(in crate::mapping) fn pass_on(_signal: Signal, _child: &Child) {}

/// How a program ended. Statuses here have 32 bits; those above 255 are 255.
pub(in crate::mapping) fn program_end(status: ExitStatus) -> ProgramEnd {
    let code = status.code().unwrap_or(-1);
    ProgramEnd::Exited(u8::try_from(code).unwrap_or(u8::MAX))
}
