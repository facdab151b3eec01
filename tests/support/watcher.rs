//! A command that redraws a terminal, which the test reads, types on and resizes.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};

use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{
    LocalModes, OptionalActions, OutputModes, Winsize, tcgetattr, tcsetattr, tcsetwinsize,
};

use super::terminal::with_controlling_terminal;
use super::{Env, MMAPCTL, poll_until, raw_terminal};

/// What shows the other screen of a terminal.
pub const ENTER: &str = "\x1b[?1049h";
/// What shows the first screen again.
pub const LEAVE: &str = "\x1b[?7h\x1b[?25h\x1b[?1049l";

/// A command on its own terminal; killed when dropped.
pub struct Watcher {
    child: Child,
    keys: File,
    theirs: File,
    /// The settings of the terminal before the command started.
    before: String,
    shown: Arc<Mutex<Vec<u8>>>,
}

impl Watcher {
    /// Starts the program without colours on a terminal of this number of columns and lines.
    pub fn start(env: &Env, size: (u16, u16), arguments: &[&str]) -> Watcher {
        Watcher::start_with(env, size, arguments, &[("NO_COLOR", "1")])
    }

    /// Starts the program with these variables in its environment.
    pub fn start_with(
        env: &Env,
        size: (u16, u16),
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Watcher {
        let mut command = Command::new(MMAPCTL);
        command
            .args(arguments)
            .current_dir(env.dir())
            .env_remove("NO_COLOR")
            .envs(variables.iter().copied());
        Watcher::start_command(command, size)
    }

    /// Starts a command.
    pub fn start_command(mut command: Command, size: (u16, u16)) -> Watcher {
        let (keys, theirs) = raw_terminal(size.0);
        set_size(&theirs, size);
        let mut cooked = tcgetattr(&theirs).unwrap();
        cooked.local_modes |= LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG;
        cooked.output_modes |= OutputModes::OPOST | OutputModes::ONLCR;
        tcsetattr(&theirs, OptionalActions::Now, &cooked).unwrap();
        let before = settings(&theirs);
        let end = || Stdio::from(theirs.try_clone().unwrap());
        command
            .env("TERM", "xterm")
            .env("LC_ALL", "C.UTF-8")
            .stdin(end())
            .stdout(end())
            .stderr(end());
        with_controlling_terminal(&mut command);
        let child = command.spawn().unwrap();
        let shown = Arc::new(Mutex::new(Vec::new()));
        let (mut reader, theirs_shown) = (keys.try_clone().unwrap(), Arc::clone(&shown));
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                theirs_shown
                    .lock()
                    .unwrap()
                    .extend_from_slice(&bytes[..count]);
            }
        });
        Watcher {
            child,
            keys,
            theirs,
            before,
            shown,
        }
    }

    /// All that the terminal has received.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.shown.lock().unwrap()).into_owned()
    }

    /// The lines of all complete screens, without escapes.
    fn screens(&self) -> Vec<Vec<String>> {
        // A screen is complete when the next one begins, or the screen is left.
        let text = self.text().replace(LEAVE, "\x1b[H");
        let mut frames: Vec<&str> = text.split("\x1b[H").skip(1).collect();
        frames.pop();
        let lines = |frame: &str| {
            let plain = anstream::adapter::strip_str(frame).to_string();
            let lines = plain.lines().map(|line| line.trim_end_matches('\r'));
            lines.map(str::to_owned).collect()
        };
        frames.into_iter().map(lines).collect()
    }

    /// Waits until the terminal has shown this.
    #[track_caller]
    pub fn until(&self, text: &str) {
        poll_until(text, || self.text().contains(text));
    }

    /// Waits until the last complete screen has these properties, and returns it.
    #[track_caller]
    pub fn until_screen(&self, what: &str, is_so: impl Fn(&[String]) -> bool) -> Vec<String> {
        let mut screen = Vec::new();
        poll_until(what, || {
            screen = self.screens().pop().unwrap_or_default();
            is_so(&screen)
        });
        screen
    }

    /// Waits until there was a screen with these properties, and returns the first one.
    #[track_caller]
    pub fn find_screen(&self, what: &str, is_so: impl Fn(&[String]) -> bool) -> Vec<String> {
        let mut found = None;
        poll_until(what, || {
            found = self.screens().into_iter().find(|screen| is_so(screen));
            found.is_some()
        });
        found.unwrap()
    }

    /// Types these keys.
    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Gives the terminal another number of columns and lines. The kernel sends SIGWINCH.
    pub fn resize(&self, size: (u16, u16)) {
        set_size(&self.keys, size);
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// The process ID.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether the command is stopped.
    pub fn is_stopped(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap();
        stat.contains(") T ")
    }

    /// Whether the settings of the terminal are those from before the command started.
    pub fn is_as_before(&self) -> bool {
        settings(&self.theirs) == self.before
    }

    /// Waits for the end. Returns the status and what was shown.
    #[track_caller]
    pub fn end(mut self) -> (ExitStatus, String) {
        let mut status = None;
        poll_until("the command ends", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        assert!(self.is_as_before());
        let ends = |text: &str| text.rfind(LEAVE) > text.rfind(ENTER);
        poll_until("the screen is left", || ends(&self.text()));
        (status.unwrap(), self.text())
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn set_size(terminal: &File, (columns, lines): (u16, u16)) {
    let size = Winsize {
        ws_row: lines,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(terminal, size).unwrap();
}

/// All settings of a terminal as text.
fn settings(terminal: &File) -> String {
    format!("{:?}", tcgetattr(terminal).unwrap())
}
