//! Waiting for a timeout or a signal, and running a program meanwhile, while a mapping is held.
//!
//! Nothing here deals with mappings: the caller owns the mapping, and drops it after the wait.

use std::ffi::{OsStr, OsString};
use std::io;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::mapping::error::{Error, Result};
use crate::mapping::sys;
use crate::mapping::types::{Kind, ProgramEnd, Signal};

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The time elapsed.
    Elapsed,
    /// A signal arrived.
    Signal(Signal),
}

/// A program to run while something is mapped.
#[derive(Clone, Debug)]
pub struct Program {
    /// Its name or path; a name is looked up in `$PATH`.
    pub name: OsString,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Variables to set in its environment, or to remove.
    pub environment: Vec<(OsString, Option<OsString>)>,
}

impl Program {
    /// Checks that a program exists, before any work is done for it. It may still fail to start.
    ///
    /// # Errors
    /// `command_not_found` and `cannot_run`, as [`Signals::start`].
    pub fn find(name: &OsStr) -> Result<()> {
        match sys::find_program(name) {
            Ok(_) => Ok(()),
            Err(error) => Err(cannot_run(name, false, &error)),
        }
    }
}

/// The failure to run a program, with the kind for which `env(1)` and the shells have a status.
/// A program that exists lacks its interpreter if something was not found.
fn cannot_run(name: &OsStr, exists: bool, error: &io::Error) -> Error {
    let missing = error.kind() == io::ErrorKind::NotFound;
    let lacks_interpreter = missing && exists;
    let kind = match missing && !lacks_interpreter {
        true => Kind::CommandNotFound,
        false => Kind::CannotRun,
    };
    let failure = Error::os_as(kind, "run the program", error);
    let reason = match lacks_interpreter {
        true => "its interpreter does not exist".to_owned(),
        false => failure.details().reason.to_string(),
    };
    failure.because(format!("{}: {reason}", name.to_string_lossy()))
}

/// A program that was started.
#[derive(Debug)]
pub struct Running<'a> {
    child: Child,
    signals: &'a Signals,
}

impl Running<'_> {
    /// Waits for the program to end. Signals that arrive meanwhile are passed on to it, except those that the terminal
    /// sent to both.
    ///
    /// # Errors
    /// `failed`, which no known system causes.
    pub fn finish(mut self) -> Result<ProgramEnd> {
        let fail = |e| Error::os_as(Kind::Failed, "wait for the program", &e);
        loop {
            if let Some(status) = self.child.try_wait().map_err(fail)? {
                return Ok(sys::program_end(status));
            }
            if let sys::Event::Signal {
                signal,
                from_terminal: false,
            } = self.signals.0.wait(None).map_err(fail)?
            {
                sys::pass_on(signal, &self.child);
            }
        }
    }
}

/// Recorded signals. While this exists, they do not end the process.
#[derive(Debug)]
pub struct Signals(sys::Watch);

impl Signals {
    /// Starts to record SIGINT, SIGQUIT, SIGTERM and SIGHUP (`sigaction(2)`).
    ///
    /// # Errors
    /// `limit` when no descriptor is left.
    pub fn watch() -> Result<Self> {
        sys::Watch::new()
            .map(Self)
            .map_err(|e| Error::os("watch for signals", &e))
    }

    /// The signal that arrived since the last call, if any.
    ///
    /// # Errors
    /// `failed`, which no known system causes.
    pub fn arrived(&self) -> Result<Option<Signal>> {
        loop {
            match self.0.arrived().map_err(|e| Error::os("wait", &e))? {
                Some(sys::Event::Signal { signal, .. }) => return Ok(Some(signal)),
                Some(sys::Event::Child | sys::Event::Elapsed) => {}
                None => return Ok(None),
            }
        }
    }

    /// Waits for a signal or until the time elapses; without a time, indefinitely.
    ///
    /// # Errors
    /// `failed`, which no known system causes.
    pub fn wait(&self, duration: Option<Duration>) -> Result<Ended> {
        // A time beyond the range of the clock is no limit.
        let until = duration.and_then(|time| Instant::now().checked_add(time));
        loop {
            match self.0.wait(until).map_err(|e| Error::os("wait", &e))? {
                sys::Event::Signal { signal, .. } => return Ok(Ended::Signal(signal)),
                sys::Event::Elapsed => return Ok(Ended::Elapsed),
                sys::Event::Child => {}
            }
        }
    }

    /// Waits for a signal, until the time elapses, or for a change in watched directories, which is `None`.
    ///
    /// # Errors
    /// `failed`, which no known system causes.
    pub(in crate::mapping) fn wait_for_change(
        &self,
        changes: &sys::Changes,
        until: Option<Instant>,
    ) -> Result<Option<Ended>> {
        loop {
            let event = sys::wait_for_change(&self.0, changes, until);
            match event.map_err(|e| Error::os("wait", &e))? {
                None => return Ok(None),
                Some(sys::Event::Signal { signal, .. }) => return Ok(Some(Ended::Signal(signal))),
                Some(sys::Event::Elapsed) => return Ok(Some(Ended::Elapsed)),
                Some(sys::Event::Child) => {}
            }
        }
    }

    /// Starts a program.
    ///
    /// # Errors
    /// `command_not_found` when there is no such program, and `cannot_run` for every other failure of `execve(2)` and
    /// `fork(2)`.
    pub fn start(&self, program: &Program) -> Result<Running<'_>> {
        let mut command = Command::new(&program.name);
        command.args(&program.arguments);
        for (name, value) in &program.environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let child = sys::start(&mut command, &self.0).map_err(|error| {
            let exists = sys::find_program(&program.name).unwrap_or(false);
            cannot_run(&program.name, exists, &error)
        })?;
        let signals = self;
        Ok(Running { child, signals })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Program {
        Program {
            name: "sh".into(),
            arguments: vec!["-c".into(), script.into()],
            environment: vec![
                ("MMAPCTL_TEST".into(), Some("7".into())),
                ("HOME".into(), None),
            ],
        }
    }

    #[test]
    fn a_program_gets_its_environment_and_its_exit_status_is_returned() {
        let signals = Signals::watch().unwrap();
        let run = |script| signals.start(&shell(script)).unwrap().finish().unwrap();
        let end = run("exit $MMAPCTL_TEST");
        assert_eq!((end, end.status()), (ProgramEnd::Exited(7), 7));
        assert_eq!(run("exit ${HOME:-9}").status(), 9);
        let end = run("kill -KILL $$");
        assert_eq!((end, end.status()), (ProgramEnd::Killed(9), 137));
    }

    #[test]
    fn a_missing_or_non_executable_program_is_reported_by_name() {
        let signals = Signals::watch().unwrap();
        for (name, kind) in [
            ("/mmapctl/no-such-program", Kind::CommandNotFound),
            ("/etc/passwd", Kind::CannotRun),
            ("/etc", Kind::CannotRun),
            ("", Kind::CommandNotFound),
        ] {
            let program = Program {
                name: name.into(),
                ..shell("")
            };
            let error = signals.start(&program).unwrap_err();
            assert_eq!(error.kind(), kind);
            assert!(error.to_string().contains(name), "{error}");
            assert_eq!(
                Program::find(&program.name).unwrap_err().to_string(),
                error.to_string()
            );
        }
    }

    #[test]
    fn a_program_is_looked_up_in_the_path_as_in_the_shell() {
        for name in ["sh", "/bin/sh"] {
            Program::find(name.as_ref()).unwrap();
        }
    }

    #[test]
    fn a_wait_ends_when_its_time_elapses() {
        let signals = Signals::watch().unwrap();
        let time = Duration::from_millis(30);
        let start = Instant::now();
        assert_eq!(signals.wait(Some(time)).unwrap(), Ended::Elapsed);
        assert!(start.elapsed() >= time);
        assert_eq!(signals.wait(Some(Duration::ZERO)).unwrap(), Ended::Elapsed);
        assert_eq!(signals.arrived().unwrap(), None);
    }
}
