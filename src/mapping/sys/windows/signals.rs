//! Waiting for console events such as Ctrl-C, and starting a program that gets them too.

use std::ffi::OsStr;
use std::io;
use std::os::windows::io::{AsHandle, AsRawHandle};
use std::process::{Child, Command, ExitStatus};
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use windows_sys::Win32::System::Console::{
    CTRL_BREAK_EVENT, CTRL_C_EVENT, CTRL_CLOSE_EVENT, CTRL_LOGOFF_EVENT, CTRL_SHUTDOWN_EVENT,
    SetConsoleCtrlHandler,
};
use windows_sys::Win32::System::Pipes::PeekNamedPipe;
use windows_sys::Win32::System::Threading::{INFINITE, WaitForSingleObject};
use windows_sys::core::BOOL;

use super::call::check;
use super::open_file::OpenFile;
use crate::mapping::sys::answer::Event;
use crate::mapping::sys::error::unsupported;
use crate::mapping::types::{Kind, ProgramEnd, Signal};

/// The channel of the handler, which the system calls in a separate thread.
static EVENTS: OnceLock<Sender<Event>> = OnceLock::new();

/// Catches console events for the rest of the process's life.
#[derive(Debug)]
pub(in crate::mapping) struct Watch {
    arrivals: Mutex<Receiver<Event>>,
}

impl Watch {
    /// Starts catching Ctrl-C, Ctrl-Break, and the closing of the console.
    pub(in crate::mapping) fn new() -> io::Result<Self> {
        let (sender, arrivals) = mpsc::channel();
        if EVENTS.set(sender).is_err() {
            // A process has only one watch.
            return Err(unsupported());
        }
        // SAFETY: the handler has the required type and lives as long as the program.
        check(unsafe { SetConsoleCtrlHandler(Some(on_event), 1) })?;
        Ok(Self {
            arrivals: Mutex::new(arrivals),
        })
    }

    /// An event that has arrived already.
    pub(in crate::mapping) fn arrived(&self) -> io::Result<Option<Event>> {
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        let arrivals = self.arrivals.lock().map_err(|_| gone())?;
        match arrivals.try_recv() {
            Ok(event) => Ok(Some(event)),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(gone()),
        }
    }

    /// Waits for the next event.
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

/// Handles the event, so it does not end the process.
unsafe extern "system" fn on_event(event: u32) -> BOOL {
    let signal = match event {
        CTRL_C_EVENT => Signal::Interrupt,
        CTRL_BREAK_EVENT => Signal::Terminate,
        CTRL_CLOSE_EVENT | CTRL_LOGOFF_EVENT | CTRL_SHUTDOWN_EVENT => Signal::Hangup,
        _ => return 0,
    };
    send(Event::Signal {
        signal,
        from_terminal: true,
    })
    .into()
}

/// Sends an event to the watch. Returns whether there is one.
fn send(event: Event) -> bool {
    EVENTS
        .get()
        .is_some_and(|events| events.send(event).is_ok())
}

/// The search path depends on the program that starts the other, so starting it is the only check.
#[expect(clippy::unnecessary_wraps, reason = "other systems know beforehand")]
pub(in crate::mapping) fn find_program(_name: &OsStr) -> io::Result<bool> {
    Ok(false)
}

/// Starts a program, and reports its end to the watch.
pub(in crate::mapping) fn start(command: &mut Command, _watch: &Watch) -> io::Result<Child> {
    let child = command.spawn()?;
    let process = child.as_handle().try_clone_to_owned()?;
    std::thread::Builder::new().spawn(move || {
        // SAFETY: this thread owns the handle, which is open.
        unsafe { WaitForSingleObject(process.as_raw_handle(), INFINITE) };
        send(Event::Child);
    })?;
    Ok(child)
}

/// The console sends its events to the child as well.
pub(in crate::mapping) fn pass_on(_signal: Signal, _child: &Child) {}

/// How a program ended. Statuses have 32 bits; those above 255 become 255.
pub(in crate::mapping) fn program_end(status: ExitStatus) -> ProgramEnd {
    let code = status.code().unwrap_or(-1);
    ProgramEnd::Exited(u8::try_from(code).unwrap_or(u8::MAX))
}

/// Requests to end whose first arrival no longer ends this process.
#[derive(Debug)]
pub(in crate::mapping) struct Interrupts;

/// The request that arrived; 0 for none.
static REQUEST: AtomicU32 = AtomicU32::new(NONE);
const NONE: u32 = 0;
const INTERRUPT: u32 = 1;
const TERMINATE: u32 = 2;

impl Interrupts {
    /// Starts catching them. A second request ends the process.
    pub(in crate::mapping) fn watch() -> io::Result<Self> {
        // SAFETY: the handler has the required type and lives as long as the program.
        check(unsafe { SetConsoleCtrlHandler(Some(on_request), 1) })?;
        Ok(Self)
    }

    /// The kind of failure of the request that arrived, if one did.
    #[allow(clippy::unused_self, reason = "the caller has started the watch")]
    pub(in crate::mapping) fn came(&self) -> Option<Kind> {
        match REQUEST.load(Ordering::Relaxed) {
            INTERRUPT => Some(Kind::Interrupted),
            TERMINATE => Some(Kind::Terminated),
            _ => None,
        }
    }
}

/// Handles the first event, and leaves the second to the system.
unsafe extern "system" fn on_request(event: u32) -> BOOL {
    let request = match event {
        CTRL_C_EVENT => INTERRUPT,
        _ => TERMINATE,
    };
    let first = REQUEST.compare_exchange(NONE, request, Ordering::Relaxed, Ordering::Relaxed);
    first.is_ok().into()
}

/// Waits until a pipe is readable or at its end, or a request arrives. For other files, reading waits.
pub(in crate::mapping) fn wait_for(
    file: &OpenFile,
    watched: Option<&Interrupts>,
) -> io::Result<()> {
    /// A wait for a pipe cannot be combined with another.
    const LOOK_EVERY: Duration = Duration::from_millis(5);
    while watched.is_some_and(|watched| watched.came().is_none()) {
        if bytes_in_pipe(file) != Some(0) {
            break;
        }
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(())
}

/// Whether a pipe has bytes to read. Of other files this is unknown, and of a pipe at its end: `false`.
pub(in crate::mapping) fn is_ready(file: &OpenFile) -> bool {
    bytes_in_pipe(file).is_some_and(|ready| ready > 0)
}

/// The number of bytes to read in a pipe (`PeekNamedPipe`); `None` at its end, and for other files.
fn bytes_in_pipe(file: &OpenFile) -> Option<u32> {
    let mut ready = 0;
    // SAFETY: the handle is open; the number belongs to us, and nothing is read.
    let answer = unsafe {
        PeekNamedPipe(
            file.as_raw_handle(),
            ptr::null_mut(),
            0,
            ptr::null_mut(),
            &raw mut ready,
            ptr::null_mut(),
        )
    };
    (answer != 0).then_some(ready)
}
