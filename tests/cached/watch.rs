//! `--watch`: on a terminal, which is left as it was found, and in a pipe.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};

use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{
    LocalModes, OptionalActions, Termios, Winsize, tcgetattr, tcsetattr, tcsetwinsize,
};

use super::tree;
use crate::support::{
    Env, MMAPCTL, args, clean_file, evict, page_size, poll_until, raw_terminal, while_pages_stay,
};

const ENTER: &str = "\x1b[?1049h";
const LEAVE: &str = "\x1b[?7h\x1b[?25h\x1b[?1049l";

/// A command on a terminal of 60 columns and 24 lines.
struct Watcher {
    child: Child,
    keys: File,
    theirs: File,
    before: Termios,
    shown: Arc<Mutex<Vec<u8>>>,
}

impl Watcher {
    fn start(env: &Env, arguments: &[&str]) -> Watcher {
        let (keys, theirs) = raw_terminal(60);
        let mut cooked = tcgetattr(&theirs).unwrap();
        cooked.local_modes |= LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG;
        tcsetattr(&theirs, OptionalActions::Now, &cooked).unwrap();
        let before = tcgetattr(&theirs).unwrap();
        let end = || Stdio::from(theirs.try_clone().unwrap());
        let child = Command::new(MMAPCTL)
            .args(arguments)
            .current_dir(env.dir())
            .env("TERM", "xterm")
            .env("LC_ALL", "C.UTF-8")
            .env("NO_COLOR", "1")
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .unwrap();
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

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.shown.lock().unwrap()).into_owned()
    }

    /// Waits until the terminal has shown this.
    #[track_caller]
    fn until(&self, text: &str) {
        poll_until(text, || self.text().contains(text));
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    fn is_as_before(&self) -> bool {
        let now = tcgetattr(&self.theirs).unwrap();
        now.local_modes == self.before.local_modes && now.input_modes == self.before.input_modes
    }

    /// Waits for the end. Returns the status and what was shown.
    #[track_caller]
    fn end(mut self) -> (ExitStatus, String) {
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

#[test]
fn a_terminal_is_redrawn_until_q() {
    while_pages_stay(|| {
        let Some((env, top)) = tree() else { return };
        let file = clean_file(&top, "c/big", 256 * page_size());
        evict(&file);
        let mut watcher = Watcher::start(&env, &["cached", "--watch=20ms", "t/a", "t/c"]);
        watcher.until("look 3; q quits");
        assert!(!watcher.is_as_before());
        fs::read(&file).unwrap();
        watcher.until("+1 MiB");
        evict(&file);
        watcher.until("\u{2212}1 MiB");
        watcher.press("xq");
        let (status, text) = watcher.end();
        assert_eq!(status.code(), Some(0));
        assert!(text.starts_with(ENTER), "{text:?}");
        assert!(text.ends_with(LEAVE), "{text:?}");
        // The row with most in the cache comes first.
        let (_, last) = text.rsplit_once("+1 MiB").unwrap();
        assert!(last.contains("t/c") && last.contains("t/a"));
    });
}

#[test]
fn a_signal_ends_the_watch_and_the_terminal_is_as_before() {
    let Some((env, _)) = tree() else { return };
    for (signal, code) in [
        (Signal::INT, 0),
        (Signal::TERM, 143),
        (Signal::HUP, 129),
        (Signal::QUIT, 131),
    ] {
        let watcher = Watcher::start(&env, &["cached", "--watch", "t"]);
        watcher.until("q quits");
        watcher.signal(signal);
        assert_eq!(watcher.end().0.code(), Some(code), "{signal:?}");
    }
}

#[test]
fn the_number_of_looks_ends_the_watch_and_its_failures_are_reported() {
    let Some((env, _)) = tree() else { return };
    let watcher = Watcher::start(
        &env,
        &["cached", "--watch=10ms", "--count", "3", "t", "none"],
    );
    let (status, text) = watcher.end();
    assert_eq!(status.code(), Some(3));
    assert!(text.contains("look 3;") && !text.contains("look 4;"));
    assert!(text.contains("\x1b[2Knone: cannot open: No such file or directory"));
    let (_, after) = text.rsplit_once(LEAVE).unwrap();
    let after = after.replace('\r', "");
    assert_eq!(
        after,
        "mmapctl: none: cannot open: No such file or directory\n"
    );
}

#[test]
fn a_suspended_watch_gives_the_terminal_back_and_takes_it_again() {
    let Some((env, _)) = tree() else { return };
    let mut watcher = Watcher::start(&env, &["cached", "--watch=1h", "t"]);
    watcher.until("look 1;");
    watcher.signal(Signal::TSTP);
    let stat = format!("/proc/{}/stat", watcher.child.id());
    poll_until("the command stops", || {
        fs::read_to_string(&stat).unwrap().contains(") T ")
    });
    assert!(watcher.is_as_before());
    watcher.until(LEAVE);
    watcher.signal(Signal::CONT);
    poll_until("it takes the terminal again", || !watcher.is_as_before());
    poll_until("it draws again", || {
        watcher.text().matches("look 1;").count() > 1
    });
    watcher.press("q");
    assert_eq!(watcher.end().0.code(), Some(0));
}

#[test]
fn a_small_screen_has_as_many_rows_as_fit() {
    let env = Env::new();
    fs::create_dir(env.path("t")).unwrap();
    for number in 0..40 {
        fs::write(env.path(format!("t/f{number:02}")), "").unwrap();
    }
    let mut watcher = Watcher::start(&env, &["cached", "-a", "--watch=1h", "--sort", "name", "t"]);
    watcher.until("20 more rows");
    let text = watcher.text();
    assert!(text.contains("t/f19") && !text.contains("t/f20"), "{text}");
    let size = Winsize {
        ws_row: 10,
        ws_col: 40,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&watcher.theirs, size).unwrap();
    watcher.signal(Signal::WINCH);
    watcher.until("34 more rows");
    watcher.press("q");
    let (_, text) = watcher.end();
    let last = text.rsplit_once("\x1b[H").unwrap().1;
    assert_eq!(last.matches("\x1b[2K").count(), 10, "{last:?}");
}

#[test]
fn a_pipe_gets_one_table_a_look_with_an_empty_line_between() {
    while_pages_stay(|| {
        let Some((env, _)) = tree() else { return };
        let columns = ["--columns", "cached,change,name"];
        let run = env
            .cmd(args![
                "cached", "--watch", "10ms", "--count", "2", "--bytes", "t"
            ])
            .args(columns)
            .run();
        let bytes = 13 * page_size();
        let heads = "CACHED  CHANGE  NAME\n";
        run.ok().stdout(format!(
            "{heads} {bytes}       -  t\n\n{heads} {bytes}       0  t\n"
        ));
    });
}

#[test]
fn the_looks_of_json_have_numbers_and_each_ends_with_its_total() {
    while_pages_stay(|| {
        let Some((env, top)) = tree() else { return };
        let mut held = env
            .cmd(args![
                "cached",
                "--watch=10ms",
                "--json",
                "-a",
                "--sort",
                "name",
                "t"
            ])
            .hold();
        let field = |line: &str, key: &str| {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            row[key].clone()
        };
        for index in 0..5 {
            let line = held.line(index);
            assert_eq!(field(&line, "look"), 1);
            assert_eq!(
                field(&line, "kind"),
                if index == 4 { "total" } else { "file" }
            );
            assert!(field(&line, "change").is_null());
        }
        fs::read(top.join("c/z")).unwrap();
        let mut index = 5;
        let came = loop {
            let line = held.line(index);
            let change = field(&line, "change").as_i64().unwrap();
            if field(&line, "path") == "t/c/z" && change != 0 {
                break change;
            }
            index += 1;
        };
        assert_eq!(came, 5 * page_size() as i64);
        held.signal(Signal::INT);
        held.wait().ok();
    });
}

#[test]
fn a_path_after_watch_is_a_path() {
    let Some((env, _)) = tree() else { return };
    let run = env.run(args!["cached", "--count", "1", "--watch", "t/a"]);
    assert!(run.ok().out_text().ends_with("t/a\n"));
    let run = env.run(args!["cached", "--watch", "1x", "t"]);
    run.code(2).stdout("").stderr_lines(1);
    let run = env.run(args!["cached", "--watch=1ms", "t"]);
    run.refuses(
        2,
        "invalid value '1ms' for '--watch [<INTERVAL>]': must be at least 10ms",
    );
    env.run(args!["cached", "--count", "1", "t"])
        .code(2)
        .stdout("");
    env.run(args!["cached", "--watch", "--expect", "1%", "t"])
        .code(2)
        .stdout("");
}
