//! Waiting for signals, and starting a program to pass them on to.

use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixDatagram;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use libc::c_int;
use rustix::fs::Access;
use rustix::io::Errno;
use rustix::process::{Pid, Signal as Number, kill_process};

use crate::mapping::sys::answer::Event;
use crate::mapping::types::{ProgramEnd, Signal};

/// The signals that end a wait, and their numbers.
const WATCHED: [(Signal, c_int); 4] = [
    (Signal::Hangup, libc::SIGHUP),
    (Signal::Interrupt, libc::SIGINT),
    (Signal::Quit, libc::SIGQUIT),
    (Signal::Terminate, libc::SIGTERM),
];

/// Catches signals for the rest of the process's life; their former dispositions are not restored.
#[derive(Debug)]
pub(in crate::mapping) struct Watch {
    arrivals: UnixDatagram,
    ignored: Vec<c_int>,
}

impl Watch {
    /// Starts catching signals. An ignored signal is caught too, because a shell without job control ignores SIGINT for
    /// background commands. An ignored SIGHUP is not caught, because `nohup` ignores it on purpose.
    pub(in crate::mapping) fn new() -> io::Result<Self> {
        let (arrivals, sender) = UnixDatagram::pair()?;
        sender.set_nonblocking(true)?;
        let watched = WATCHED.map(|(_, number)| number);
        let ignored: Vec<c_int> = watched.into_iter().filter(|n| is_ignored(*n)).collect();
        for number in watched.into_iter().chain([libc::SIGCHLD]) {
            if number == libc::SIGHUP && ignored.contains(&number) {
                continue;
            }
            report_to(number, sender.try_clone()?)?;
        }
        Ok(Self { arrivals, ignored })
    }

    /// Waits for the next event.
    pub(in crate::mapping) fn wait(&self, until: Option<Instant>) -> io::Result<Event> {
        loop {
            if let Some(event) = self.arrived()? {
                return Ok(event);
            }
            let left = until.map(|end| end.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                return Ok(Event::Elapsed);
            }
            self.arrivals.set_read_timeout(left)?;
            if let Some(event) = self.receive()? {
                return Ok(event);
            }
        }
    }

    /// An event that has arrived already.
    pub(in crate::mapping) fn arrived(&self) -> io::Result<Option<Event>> {
        self.arrivals.set_nonblocking(true)?;
        let event = self.receive();
        self.arrivals.set_nonblocking(false)?;
        event
    }

    /// The next event; `None` if the time elapsed or the wait was interrupted.
    fn receive(&self) -> io::Result<Option<Event>> {
        let mut arrival = [0; 2];
        match self.arrivals.recv(&mut arrival) {
            Ok(_) => Ok(event_of(arrival)),
            Err(error) if is_passing(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The descriptor that is readable after an arrival.
impl AsFd for Watch {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.arrivals.as_fd()
    }
}

/// Whether to wait again: a signal handler ran, or the time may have elapsed.
fn is_passing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}

fn event_of([number, from_terminal]: [u8; 2]) -> Option<Event> {
    let number = c_int::from(number);
    if number == libc::SIGCHLD {
        return Some(Event::Child);
    }
    let (signal, _) = WATCHED.iter().find(|(_, watched)| *watched == number)?;
    Some(Event::Signal {
        signal: *signal,
        from_terminal: from_terminal != 0,
    })
}

/// Whether a signal is ignored (`sigaction(2)`).
pub(super) fn is_ignored(number: c_int) -> bool {
    let mut now = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: without a new action the call only writes the present one, which has the layout it expects.
    let answer = unsafe { libc::sigaction(number, std::ptr::null(), now.as_mut_ptr()) };
    // SAFETY: all zeros is a valid value of the structure, even if the call did not write it.
    answer == 0 && unsafe { now.assume_init() }.sa_sigaction == libc::SIG_IGN
}

/// Sends a message for each arrival of a signal: its number, and whether a terminal sent it.
fn report_to(number: c_int, sender: UnixDatagram) -> io::Result<()> {
    let name = u8::try_from(number).unwrap_or(0);
    let report = move |info: &libc::siginfo_t| {
        let message = [name, u8::from(is_from_terminal(info))];
        // SAFETY: the message is readable for its length; the socket is open while this closure lives. A full socket
        // loses the message, but earlier messages wake the reader.
        unsafe { libc::send(sender.as_raw_fd(), message.as_ptr().cast(), 2, 0) };
    };
    // SAFETY: the action calls only send(2), which is async-signal-safe (signal-safety(7)), and takes no lock and no
    // memory; the crate preserves errno.
    unsafe { signal_hook_registry::register_sigaction(number, report) }.map(drop)
}

/// Whether the kernel raised the signal and not a process, as for Ctrl-C on a terminal.
#[cfg(target_os = "linux")]
fn is_from_terminal(info: &libc::siginfo_t) -> bool {
    info.si_code == libc::SI_KERNEL
}

/// Other systems do not distinguish them; a program gets a terminal's signal twice.
#[cfg(not(target_os = "linux"))]
fn is_from_terminal(_: &libc::siginfo_t) -> bool {
    false
}

/// Whether `execvp(3)` is known to find an executable program of this name (`access(2)`). It is always known here.
pub(in crate::mapping) fn find_program(name: &OsStr) -> io::Result<bool> {
    if name.as_bytes().contains(&b'/') {
        return is_executable(Path::new(name)).map(|()| true);
    }
    let places = std::env::var_os("PATH");
    // The default search path of the standard library.
    let places = places.unwrap_or_else(|| "/bin:/usr/bin".into());
    let mut failure = io::Error::from(Errno::NOENT);
    for place in std::env::split_paths(&places).filter(|_| !name.is_empty()) {
        match is_executable(&place.join(name)) {
            Ok(()) => return Ok(true),
            Err(error) if error.raw_os_error() == Some(libc::EACCES) => failure = error,
            Err(_) => {}
        }
    }
    Err(failure)
}

fn is_executable(path: &Path) -> io::Result<()> {
    rustix::fs::access(path, Access::EXEC_OK)?;
    if path.is_file() {
        Ok(())
    } else {
        Err(Errno::ACCESS.into())
    }
}

/// Starts a program with the dispositions that this process was started with: the same signals ignored, and all others
/// at their defaults.
pub(in crate::mapping) fn start(command: &mut Command, watch: &Watch) -> io::Result<Child> {
    let ignored = watch.ignored.clone();
    let prepare = move || {
        for number in &ignored {
            set(*number, libc::SIG_IGN);
        }
        set(libc::SIGXFSZ, libc::SIG_DFL);
        Ok(())
    };
    // SAFETY: between fork and exec this calls only signal(2), which is async-signal-safe, and takes no memory.
    unsafe { command.pre_exec(prepare) }.spawn()
}

fn set(number: c_int, disposition: libc::sighandler_t) {
    // SAFETY: both dispositions are valid for every signal used here.
    unsafe { libc::signal(number, disposition) };
}

/// Sends a signal to a child that has not been waited for yet (`kill(2)`).
pub(in crate::mapping) fn pass_on(signal: Signal, child: &Child) {
    let number = match signal {
        Signal::Hangup => Number::HUP,
        Signal::Interrupt => Number::INT,
        Signal::Quit => Number::QUIT,
        Signal::Terminate => Number::TERM,
    };
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // A child that has just ended needs no signal, and one that has changed its user accepts none.
        let _ = kill_process(pid, number);
    }
}

/// How a program ended.
pub(in crate::mapping) fn program_end(status: ExitStatus) -> ProgramEnd {
    let small = |number: i32| u8::try_from(number).unwrap_or(u8::MAX);
    match (status.code(), status.signal()) {
        (Some(code), _) => ProgramEnd::Exited(small(code)),
        (None, Some(number)) => ProgramEnd::Killed(small(number)),
        (None, None) => ProgramEnd::Exited(u8::MAX),
    }
}
