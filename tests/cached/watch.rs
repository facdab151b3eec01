//! `--watch`: on a terminal, which is left as it was found, and in a pipe.

use std::fs;

use super::tree;
use crate::support::{
    ENTER, Env, LEAVE, Signal, Watcher, args, clean_file, evict, page_size, poll_until,
    while_pages_stay,
};

/// The terminal is as wide as a narrow window.
const SIZE: (u16, u16) = (60, 24);

#[test]
fn a_terminal_is_redrawn_until_q() {
    while_pages_stay(|| {
        let Some((env, top)) = tree() else { return };
        let file = clean_file(&top, "c/big", 256 * page_size());
        evict(&file);
        let mut watcher = Watcher::start(&env, SIZE, &["cached", "--watch=20ms", "t/a", "t/c"]);
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
        let watcher = Watcher::start(&env, SIZE, &["cached", "--watch", "t"]);
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
        SIZE,
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
    let mut watcher = Watcher::start(&env, SIZE, &["cached", "--watch=1h", "t"]);
    watcher.until("look 1;");
    watcher.signal(Signal::TSTP);
    poll_until("the command stops", || watcher.is_stopped());
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
    let mut watcher = Watcher::start(
        &env,
        SIZE,
        &["cached", "-a", "--watch=1h", "--sort", "name", "t"],
    );
    watcher.until("20 more rows");
    let text = watcher.text();
    assert!(text.contains("t/f19") && !text.contains("t/f20"), "{text}");
    watcher.resize((40, 10));
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
