//! `--watch`: changes in a pipe and on terminals of several sizes.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use serde_json::json;
use unicode_width::UnicodeWidthStr;

use crate::memory::peak;
use crate::support::{
    ENTER, Env, Held, LEAVE, MMAPCTL, Signal, Sink, Watcher, args, evict, maps, page_size, pattern,
    poll_until,
};

/// A watch whose first look is done.
fn watching(env: &Env, arguments: &[&str]) -> Held {
    let command = ["dump", "--watch=10ms"];
    let mut held = env.cmd([&command[..], arguments].concat()).spawn();
    poll_until("the first look is done", || {
        held.waits_in(&[libc::SYS_ppoll])
    });
    held
}

/// Writes bytes in place.
fn write(path: &Path, at: u64, bytes: &[u8]) {
    let file = File::options().write(true).open(path).unwrap();
    file.write_all_at(bytes, at).unwrap();
}

fn cut(path: &Path, length: u64) {
    let file = File::options().write(true).open(path).unwrap();
    file.set_len(length).unwrap();
}

/// A line without its time, which is checked.
#[track_caller]
fn change(held: &mut Held, index: usize) -> String {
    let line = held.line(index);
    let (time, change) = line.split_once(' ').unwrap();
    assert!(time.starts_with("20") && time.ends_with('Z'), "{line}");
    assert_eq!(time.len(), "2026-11-30T08:00:00.123Z".len(), "{line}");
    change.to_owned()
}

/// Ends a watch as a user does.
#[track_caller]
fn interrupt(held: Held, lines: usize) {
    held.signal(Signal::INT);
    let run = held.wait();
    run.ok().stderr("");
    assert_eq!(run.out_text().lines().count(), lines, "{run:?}");
}

#[test]
fn a_pipe_gets_a_line_for_each_run_of_changed_bytes() {
    let env = Env::new();
    let file = env.file("f", b"0123456789");
    let mut held = watching(&env, &["f"]);
    write(&file, 3, b"ab");
    assert_eq!(change(&mut held, 0), "00000003 3334 6162");
    cut(&file, 4);
    assert_eq!(change(&mut held, 1), "00000004 623536373839 -");
    write(&file, 4, b"xy");
    assert_eq!(change(&mut held, 2), "00000004 - 7879");
    cut(&file, 0);
    assert_eq!(change(&mut held, 3), "00000000 303132617879 -");
    write(&file, 0, b"new");
    assert_eq!(change(&mut held, 4), "00000000 - 6e6577");
    write(&file, 0, b"N");
    assert_eq!(change(&mut held, 5), "00000000 6e 4e");
    interrupt(held, 6);
}

#[test]
fn bytes_between_changes_separate_the_lines() {
    let env = Env::new();
    let file = env.file("f", pattern(100_000));
    let mut held = watching(&env, &["f", "--display-offset", "0x1000"]);
    let mut bytes = pattern(100_000);
    for place in [0, 2, 50_000, 50_001, 99_999] {
        bytes[place] ^= 0xff;
    }
    write(&file, 0, &bytes);
    let text = |range: std::ops::Range<usize>| {
        let digits = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
        let old = &pattern(100_000)[range.clone()];
        let offset = range.start + 0x1000;
        format!("{offset:08x} {} {}", digits(old), digits(&bytes[range]))
    };
    // A look during the write may see only later bytes.
    let mut changes: Vec<String> = (0..4).map(|index| change(&mut held, index)).collect();
    changes.sort();
    let expected = [0..1, 2..3, 50_000..50_002, 99_999..100_000];
    assert_eq!(changes, expected.map(text));
    interrupt(held, 4);
}

#[test]
fn json_has_an_object_for_each_change_of_a_shared_memory_region() {
    let env = Env::new();
    let Some(tag) = env.tag("watched") else {
        return;
    };
    let path = tag.create(b"abc");
    let mut held = watching(&env, &["--tag", tag.name(), "--json"]);
    write(&path, 1, b"BCD");
    let objects: Vec<serde_json::Value> = (0..2)
        .map(|index| serde_json::from_str(&held.line(index)).unwrap())
        .collect();
    let expected = [(1, "6263", "4243"), (3, "", "44")];
    for (object, (offset, old, new)) in objects.iter().zip(expected) {
        let keys: Vec<&String> = object.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["source", "tag", "time", "offset", "old", "new"]);
        assert_eq!(object["source"], "tag");
        assert_eq!(object["tag"], tag.name());
        assert_eq!(object["offset"], json!(offset));
        assert_eq!((&object["old"], &object["new"]), (&json!(old), &json!(new)));
    }
    interrupt(held, 2);
}

#[test]
fn the_range_stays_where_it_is_and_a_negative_offset_follows_the_end() {
    let env = Env::new();
    let file = env.file("f", b"abcdefgh");
    let mut fixed = watching(&env, &["f", "-o", "2", "-n", "8"]);
    let mut last = watching(&env, &["f", "-o", "-4"]);
    write(&file, 0, b"x");
    write(&file, 8, b"ijkl");
    assert_eq!(change(&mut fixed, 0), "00000008 - 696a");
    assert_eq!(change(&mut last, 0), "00000008 - 696a6b6c");
    write(&file, 2, b"C");
    write(&file, 11, b"L");
    assert_eq!(change(&mut fixed, 1), "00000002 63 43");
    assert_eq!(change(&mut last, 1), "0000000b 6c 4c");
    // Shorter than the negative offset: all of it.
    cut(&file, 2);
    assert_eq!(change(&mut fixed, 2), "00000002 436465666768696a -");
    assert_eq!(change(&mut last, 2), "00000008 696a6b4c -");
    write(&file, 1, b"B");
    assert_eq!(change(&mut last, 3), "00000001 62 42");
    interrupt(fixed, 3);
    interrupt(last, 4);
}

#[test]
fn a_file_that_is_truncated_and_extended_all_the_time_is_watched_on() {
    let env = Env::new();
    let file = env.file("f", pattern(50_000));
    let mut held = env
        .cmd(["dump", "--watch=10ms", "--count", "40", "f"])
        .stdout(Sink::Null)
        .spawn();
    while held.is_running() {
        cut(&file, 3);
        cut(&file, 50_000);
    }
    held.wait().ok().stderr("");
}

#[test]
fn the_memory_of_a_process_is_watched() {
    let env = Env::new();
    let file = env.file("a mapped file", pattern(10_000));
    let holder = env
        .cmd(args!["map", &file, "--flags", "populate", "--hold"])
        .hold();
    let pid = holder.pid().to_string();
    let mut held = watching(&env, &["--pid", &pid, "--mapping", "a mapped"]);
    write(&file, 5000, &[!pattern(10_000)[5000]]);
    let shown = change(&mut held, 0);
    let words: Vec<&str> = shown.split(' ').collect();
    let start = maps(holder.pid())
        .into_iter()
        .find(|map| map.path == file.to_str().unwrap())
        .unwrap()
        .start;
    assert_eq!(words[0], format!("{:x}", start + 5000));
    assert_eq!(words[1], format!("{:02x}", pattern(10_000)[5000]));
    holder.signal(Signal::TERM);
    drop(holder.wait());
    let run = held.wait();
    // The process may have ended during a look.
    assert!(run.ended_with(&[3, 9]), "{run:?}");
    let error = run.err_text();
    assert!(
        error.starts_with(&format!("mmapctl: process {pid}: ")),
        "{error}"
    );
}

#[test]
fn a_range_that_needs_too_much_memory_is_refused_in_a_pipe() {
    let env = Env::new();
    let big = env.sparse_file("big", 17 << 20, &[]);
    let message = "big: cannot watch: the range is 17 MiB (17825792 bytes), and at most 16 MiB \
                   (16777216 bytes) can be compared";
    env.run(["dump", "--watch", "big"])
        .refuses(13, message)
        .stderr_line_at(1, "hint: select a shorter range");
    let arguments = ["dump", "--watch=10ms", "--count", "3", "big", "-n", "16M"];
    env.run(arguments).ok().stdout("").stderr("");
    let most = peak(&env, &arguments);
    assert!(most > 0 && most < 64 << 20, "{most}");
    // It may grow beyond the limit.
    cut(&big, 5);
    let held = watching(&env, &["big"]);
    cut(&big, 17 << 20);
    held.wait().code(13).stdout("");
}

#[test]
fn options_that_cannot_be_watched_are_refused() {
    let env = Env::new();
    env.file("f", b"abc");
    for (arguments, what) in [
        (&["f", "--output", "x"][..], "--output"),
        (&["f", "-f", "raw"], "--format raw"),
        (&["f", "-f", "xxd"], "--format xxd"),
        (&["f", "--type", "u16"], "--format values"),
        (&["f", "--strings"], "--format strings"),
        (&["--anon", "-n", "4"], "--anon"),
    ] {
        let run = env.cmd(["dump", "--watch"]).args(arguments).run();
        run.code(2)
            .stdout("")
            .stderr(format!("mmapctl: --watch cannot be used with {what}\n"));
    }
    env.run(["dump", "--count", "1", "f"]).code(2).stdout("");
    env.cmd(["dump", "--watch", "-"])
        .stdin(b"abc".to_vec())
        .run()
        .refuses(8, "standard input: cannot watch: it can be read only once")
        .stderr_line_at(1, "hint: watch a file, a shared memory region or a process");
    env.run(["dump", "--watch", "none"]).code(3).stdout("");
    env.run(["dump", "--watch", "f", "-o", "4"])
        .code(5)
        .stdout("");
    let huge = u64::MAX.to_string();
    env.run(["dump", "--watch", "f", "--display-offset", &huge])
        .refuses(2, "f: the printed offsets do not fit in 64 bits");
}

#[test]
fn the_number_of_looks_ends_a_watch() {
    let env = Env::new();
    env.file("f", b"abc");
    let run = env.run(["dump", "--count", "3", "--watch", "10ms", "f"]);
    run.ok().stdout("").stderr("");
    let script =
        format!("{MMAPCTL} dump - --watch=10ms --count 2 <f; {MMAPCTL} dump --count 1 --watch f");
    env.tool("sh", ["-c", &script]).run().ok().stdout("");
}

/// A file of 400 bytes, and a watch of it on a terminal.
fn on_terminal(size: (u16, u16), arguments: &[&str]) -> (Env, PathBuf, Watcher) {
    let env = Env::new();
    let file = env.file("f", pattern(400));
    let command = [&["dump", "f", "--watch=50ms"], arguments].concat();
    let watcher = Watcher::start(&env, size, &command);
    (env, file, watcher)
}

#[test]
fn changed_bytes_are_marked_and_fade() {
    let (_env, file, mut watcher) = on_terminal((80, 24), &[]);
    let screen = watcher.until_screen("a screen", |lines| lines.len() == 24);
    assert!(screen[0].starts_with("Every 50ms, look ") && screen[0].ends_with("; q quits"));
    assert_eq!(screen[1], "f: 0x0-0xa0; size 400 B");
    assert!(screen[2].starts_with('┌') && screen[23].starts_with('└'));
    assert!(screen[3].starts_with("│00000000│ ") && screen[21].starts_with("│00000090│ "));
    assert!(screen.iter().all(|line| line.width() <= 80));
    assert_eq!(screen[6], "");
    write(&file, 0x12, b"AB");
    for signs in ["^^ ^^", "-- --", ".. .."] {
        let screen = watcher.find_screen(signs, |lines| {
            lines.get(6).is_some_and(|l| l.contains(signs))
        });
        let digits = screen[5].find("41 42").unwrap();
        let before = screen[5][..digits].width();
        assert_eq!(screen[6].find(signs), Some(before), "{screen:?}");
        assert!(screen[6].ends_with(&signs[..1].repeat(2)));
    }
    watcher.until_screen("no marks", |lines| lines.len() == 24 && lines[6].is_empty());
    watcher.press("q");
    let (status, text) = watcher.end();
    assert_eq!(status.code(), Some(0));
    assert!(text.starts_with(ENTER) && text.ends_with(LEAVE));
}

#[test]
fn marks_with_colours_reverse_the_text() {
    let env = Env::new();
    let file = env.file("f", pattern(400));
    let mut watcher = Watcher::start_with(&env, (80, 24), &["dump", "f", "--watch=20ms"], &[]);
    watcher.until("look 2;");
    let screen = watcher.until_screen("a screen", |lines| !lines.is_empty());
    // No line of signs: all bytes fit, in 25 lines of 16 bytes at most.
    assert_eq!(screen[1], "f: 0x0-0x140; size 400 B");
    assert_eq!(screen.len(), 24);
    assert!(!watcher.text().contains("\x1b[1;7m"));
    write(&file, 0, b"A");
    for (before, after) in [
        ("\x1b[1;7m", "\x1b[22;27m"),
        ("\x1b[7m", "\x1b[27m"),
        ("\x1b[4m", "\x1b[24m"),
    ] {
        let digits = format!("{before}4{after}{before}1{after} ");
        watcher.until(&digits);
        watcher.until(&format!("{before}A{after}"));
    }
    watcher.press("q");
    watcher.end();
}

#[test]
fn the_layout_follows_the_size_of_the_terminal() {
    let (_env, _file, mut watcher) = on_terminal((200, 50), &["--panels", "auto"]);
    let screen = watcher.until_screen("a large screen", |lines| lines.len() > 10);
    let width = screen[2].width();
    assert!((150..=200).contains(&width), "{width}");
    // 40 bytes a line, and a line of marks below each.
    assert_eq!(screen[1], "f: 0x0-0x190; size 400 B");
    for size in [(80, 24), (60, 10), (200, 50), (30, 4), (80, 1)] {
        watcher.resize(size);
        let (columns, rows) = (usize::from(size.0), usize::from(size.1));
        let fits = |lines: &[String]| lines.len() <= rows && !lines.is_empty();
        let screen = watcher.until_screen("the size", |lines| {
            fits(lines)
                && lines
                    .get(2)
                    .is_none_or(|line| line.width() <= columns.max(45))
        });
        if size == (60, 10) {
            assert_eq!(screen[1], "f: 0x0-0x18; size 400 B");
            assert!(screen[3].starts_with("│00000000│ "), "{screen:?}");
            assert!(screen[9].starts_with('└'), "{screen:?}");
        }
    }
    watcher.press("\x03");
    assert_eq!(watcher.end().0.code(), Some(0));
}

#[test]
fn a_screen_follows_a_file_that_grows_and_is_truncated() {
    let (_env, file, mut watcher) = on_terminal((80, 24), &["-o", "-16"]);
    watcher.until("f: 0x180-0x190; size 400 B");
    write(&file, 400, b"0123");
    watcher.until("f: 0x184-0x194; size 404 B");
    let screen = watcher.find_screen("new bytes are marked", |lines| {
        lines
            .get(4)
            .is_some_and(|line| line.contains("^^ ^^ ^^ ^^"))
    });
    assert!(screen[3].contains("30 31 32 33 │"), "{screen:?}");
    cut(&file, 3);
    watcher.until("f: 0x0-0x3; size 3 B");
    cut(&file, 0);
    watcher.until("f: no bytes at 0x0; size 0 B");
    write(&file, 0, b"back");
    watcher.until("f: 0x0-0x4; size 4 B");
    watcher.press("q");
    assert_eq!(watcher.end().0.code(), Some(0));
}

#[test]
fn a_screen_shows_a_part_of_a_large_file_and_memory_of_a_process() {
    let env = Env::new();
    env.sparse_file("big", 1 << 40, &[(0, b"start")]);
    let mut watcher = Watcher::start(&env, (80, 24), &["dump", "--watch=10ms", "big"]);
    watcher.until("big: 0x0-0xa0; size 1 TiB");
    watcher.press("q");
    watcher.end();
    let page = page_size();
    let file = env.file("two pages", pattern(2 * page as usize));
    let held = env.cmd(args!["map", &file, "--hold"]).hold();
    cut(&file, page);
    let pid = held.pid().to_string();
    let map = maps(held.pid())
        .into_iter()
        .find(|map| map.path == file.to_str().unwrap())
        .unwrap();
    let range = format!("{:#x}+{}", map.start, 2 * page);
    let command = ["dump", "--watch=10ms", "--pid", &pid, "--range", &range];
    let unreadable = format!("{} KiB cannot be read, shown as zeros", page / 1024);
    let mut watcher = Watcher::start(&env, (80, 24), &command);
    let (start, end) = (map.start, map.start + 160);
    watcher.until(&format!("process {pid}: {start:#x}-{end:#x}; {unreadable}"));
    watcher.press("q");
    watcher.end();
    let run = env.cmd(command).args(["--count", "2"]).run();
    let note = format!("mmapctl: note: process {pid}: {unreadable}\n");
    run.code(0).stdout("").stderr(note);
    let strict = env.cmd(command).arg("--strict").run();
    strict.code(9).stdout("");
}

#[test]
fn a_block_that_cannot_be_read_ends_a_watch() {
    let env = Env::new();
    let Some(disk) = env.bad_disk() else { return };
    let (bad, range) = (disk.first_bad(), (disk.first_bad() - 10).to_string());
    evict(disk.file());
    let watch = ["dump", "--watch=10ms", "-n", "20", "-o", &range, "--json"];
    let run = env.cmd(watch).arg(disk.file()).run();
    let error = run.code(9).stdout("").json_error();
    assert_eq!(
        (&error["code"], &error["offset"]),
        (&json!("fault"), &json!(bad))
    );
}

#[test]
fn a_failure_is_reported_after_the_screen_is_left() {
    let env = Env::new();
    let file = env.file("a mapped file", pattern(100));
    let holder = env.cmd(args!["map", &file, "--hold"]).hold();
    let pid = holder.pid().to_string();
    let command = ["dump", "--watch=10ms", "--pid", &pid, "--mapping", "a map"];
    let watcher = Watcher::start(&env, (80, 24), &command);
    watcher.until("look 2;");
    holder.signal(Signal::TERM);
    drop(holder.wait());
    let failure = format!("mmapctl: process {pid}: ");
    watcher.until(&failure);
    let (status, text) = watcher.end();
    // The process may have ended during a look.
    assert!(matches!(status.code(), Some(3 | 9)), "{status:?}");
    let (_, after) = text.rsplit_once(LEAVE).unwrap();
    assert!(after.starts_with(&failure), "{after:?}");
}

#[test]
fn a_watch_can_be_suspended_and_ended_by_keys() {
    let (_env, _file, mut watcher) = on_terminal((80, 24), &[]);
    watcher.until("look 1;");
    assert!(!watcher.is_as_before());
    watcher.press("\x1a");
    poll_until("the command stops", || watcher.is_stopped());
    assert!(watcher.is_as_before());
    poll_until("the screen is left", || watcher.text().ends_with(LEAVE));
    watcher.signal(Signal::CONT);
    poll_until("it takes the terminal again", || !watcher.is_as_before());
    poll_until("it draws again", || {
        watcher.text().rfind(ENTER) > watcher.text().rfind(LEAVE)
    });
    watcher.press("\x03");
    assert_eq!(watcher.end().0.code(), Some(0));
}

#[test]
fn a_screenful_takes_at_most_one_percent_of_a_processor_at_the_default_interval() {
    let env = Env::new();
    env.file("f", pattern(1 << 20));
    let mut watcher = Watcher::start(&env, (200, 50), &["dump", "f", "--watch=10ms"]);
    watcher.until("look 5;");
    let ticks = |pid: u32| -> u64 {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        let (_, rest) = stat.rsplit_once(") ").unwrap();
        let fields: Vec<&str> = rest.split(' ').collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    };
    let before = ticks(watcher.pid());
    watcher.until("look 105;");
    let per_look = (ticks(watcher.pid()) - before) * 10 / 100;
    // In milliseconds. The interval is two seconds.
    assert!(per_look <= 20, "{per_look} ms");
    watcher.press("q");
    watcher.end();
}

#[test]
fn a_dump_has_as_many_panels_as_fit_the_terminal() {
    let env = Env::new();
    env.file("f", pattern(400));
    for (columns, arguments, width) in [
        (80, "", 80),
        (77, "", 45),
        (200, "", 80),
        (200, "--panels auto", 185),
        (80, "--panels auto", 80),
        (20, "--panels auto", 45),
    ] {
        let command = format!("{MMAPCTL} dump f {arguments}");
        let Some(cmd) = env.terminal(columns, &command) else {
            return;
        };
        let run = cmd.env("NO_COLOR", "1").run();
        let lines = run.ok().out_text().lines();
        let widths: Vec<usize> = lines
            .map(|line| line.trim_end_matches('\r').width())
            .collect();
        assert!(
            widths.iter().all(|found| *found == width),
            "{columns} {arguments}: {widths:?}"
        );
    }
}
