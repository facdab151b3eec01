//! A program on a terminal into which a test types.

use std::io::{PipeWriter, Write};
use std::time::Duration;

use super::{Cmd, Env, Held, Run};

/// An interactive program on the terminal of `script(1)`; killed when dropped.
#[derive(Debug)]
pub struct Typist {
    held: Held,
    keys: PipeWriter,
}

impl Env {
    /// An interactive program, with the environment that `set_up` adds; skips the test without `script(1)`.
    #[track_caller]
    pub fn typist(&self, program: &str, set_up: impl Fn(Cmd) -> Cmd) -> Option<Typist> {
        // The terminal must not edit or interpret keys that are typed before the program reads them.
        let raw = "stty -icanon -echo kill undef eof undef lnext undef intr undef susp undef";
        let cmd = self.terminal(200, &format!("{raw}; exec {program}"))?;
        let (read, keys) = std::io::pipe().unwrap();
        let held = set_up(cmd)
            .patience(Duration::from_secs(180))
            .spawn_reading(read);
        Some(Typist { held, keys })
    }
}

impl Typist {
    /// Types these keys.
    pub fn press(&mut self, keys: impl AsRef<[u8]>) {
        // If the program has ended, later checks fail.
        self.keys.write_all(keys.as_ref()).ok();
    }

    /// Types these keys, waits for the program, and returns all its terminal output.
    #[track_caller]
    pub fn end(mut self, keys: impl AsRef<[u8]>) -> Run {
        self.press(keys);
        self.held.wait()
    }
}
