//! Waiting for Ctrl-C and its like, and starting a program that gets them too.

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
            return Err(unsupported());
        }
        // SAFETY: the handler has the type that is asked for, and lives as long as the program.
        check(unsafe { SetConsoleCtrlHandler(Some(on_event), 1) })?;
        Ok(Self {
            arrivals: Mutex::new(arrivals),
        })
    }

    /// What has come already.
    pub(in crate::mapping) fn arrived(&self) -> io::Result<Option<Event>> {
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        let arrivals = self.arrivals.lock().map_err(|_| gone())?;
        match arrivals.try_recv() {
            Ok(event) => Ok(Some(event)),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(gone()),
        }
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
unsafe extern "system" fn on_event(event: u32) -> BOOL {
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
    EVENTS
        .get()
        .is_some_and(|events| events.send(event).is_ok())
}

/// Where programs are looked for depends on the program that starts them; starting it tells.
#[expect(clippy::unnecessary_wraps, reason = "other systems know beforehand")]
pub(in crate::mapping) fn find_program(_name: &OsStr) -> io::Result<()> {
    Ok(())
}

/// Starts a program, whose end is told to the watch.
pub(in crate::mapping) fn start(command: &mut Command, _watch: &Watch) -> io::Result<Child> {
    let child = command.spawn()?;
    let process = child.as_handle().try_clone_to_owned()?;
    std::thread::Builder::new().spawn(move || {
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

/// Requests to end that no longer end this process when they come for the first time.
#[derive(Debug)]
pub(in crate::mapping) struct Interrupts;

/// The request that came; 0 for none.
static REQUEST: AtomicU32 = AtomicU32::new(NONE);
const NONE: u32 = 0;
const INTERRUPT: u32 = 1;
const TERMINATE: u32 = 2;

impl Interrupts {
    /// Begins to notice them. The second one ends the process.
    pub(in crate::mapping) fn watch() -> io::Result<Self> {
        // SAFETY: the handler has the type that is asked for, and lives as long as the program.
        check(unsafe { SetConsoleCtrlHandler(Some(on_request), 1) })?;
        Ok(Self)
    }

    /// What came, if anything did.
    #[allow(clippy::unused_self, reason = "whoever asks has begun to watch")]
    pub(in crate::mapping) fn came(&self) -> Option<Kind> {
        match REQUEST.load(Ordering::Relaxed) {
            INTERRUPT => Some(Kind::Interrupted),
            TERMINATE => Some(Kind::Terminated),
            _ => None,
        }
    }
}

/// Says that the first event was taken, and leaves the second to the system.
unsafe extern "system" fn on_request(event: u32) -> BOOL {
    let request = match event {
        CTRL_C_EVENT => INTERRUPT,
        _ => TERMINATE,
    };
    let first = REQUEST.compare_exchange(NONE, request, Ordering::Relaxed, Ordering::Relaxed);
    first.is_ok().into()
}

/// Waits until a pipe has something to read, or has ended, or a request comes. Of anything else the reading
/// itself waits.
pub(in crate::mapping) fn wait_for(
    file: &OpenFile,
    watched: Option<&Interrupts>,
) -> io::Result<()> {
    /// Pipes cannot be waited for together with anything else.
    const LOOK_EVERY: Duration = Duration::from_millis(5);
    while watched.is_some_and(|watched| watched.came().is_none()) {
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
        if answer == 0 || ready > 0 {
            break;
        }
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(())
}
