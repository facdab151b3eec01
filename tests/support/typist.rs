//! A program on a terminal that a test types into.

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
    /// An interactive program, with what `set_up` adds to its surroundings, or a skip where there is no
    /// `script(1)`.
    #[track_caller]
    pub fn typist(&self, program: &str, set_up: impl Fn(Cmd) -> Cmd) -> Option<Typist> {
        // What is typed before the program reads is not for the terminal to edit or to act on.
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
    /// Presses these keys.
    pub fn press(&mut self, keys: impl AsRef<[u8]>) {
        // A program that has ended is found out by what it did not do.
        self.keys.write_all(keys.as_ref()).ok();
    }

    /// Presses these keys, waits for the program's end, and gives all that it wrote to the terminal.
    #[track_caller]
    pub fn end(mut self, keys: impl AsRef<[u8]>) -> Run {
        self.press(keys);
        self.held.wait()
    }
}
