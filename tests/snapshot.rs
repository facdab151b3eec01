//! `mmapctl snapshot`, `mmapctl restore` and `mmapctl evict --snapshot`, judged by what mincore(2) and cachestat(2) show
//! from outside.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
use support::{
    Env, Run, Sink, args, cached, clean_file, cold_file, cold_sparse_file, evict, names, page_size,
    pattern, poll_until, up_to_date, while_pages_stay,
};

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{FileExt, MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::{Advice, fadvise};
use serde_json::{Value, json};
use support::Signal;

const MIB: u64 = 1 << 20;

/// The pages of a file that are in memory and up to date.
fn pages(path: &Path) -> Vec<u64> {
    let (page, size) = (page_size(), support::size(path));
    let present = |number: &u64| up_to_date(path, number * page, 1) == 1;
    (0..size.div_ceil(page)).filter(present).collect()
}

/// Reads pages of a file, and no others.
fn read_pages(path: &Path, numbers: impl IntoIterator<Item = u64>) {
    let file = File::open(path).unwrap();
    fadvise(&file, 0, None, Advice::Random).unwrap();
    for number in numbers {
        file.read_at(&mut [0], number * page_size()).unwrap();
    }
}

/// The objects of a snapshot: the head, the files by path, and the total.
fn parsed(text: &str) -> (Value, Vec<Value>, Value) {
    let mut lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let total = lines.pop().unwrap();
    let mut files = lines.split_off(1);
    files.sort_by_key(|file| (file["path"].to_string(), file["path_base64"].to_string()));
    (lines.pop().unwrap(), files, total)
}

/// The pages in the ranges of a file.
fn saved_pages(file: &Value) -> Vec<u64> {
    let page = page_size();
    let ranges = file["ranges"].as_array().unwrap();
    let pages = |range: &Value| {
        let (offset, length) = (range[0].as_u64().unwrap(), range[1].as_u64().unwrap());
        offset / page..(offset + length).div_ceil(page)
    };
    ranges.iter().flat_map(pages).collect()
}

fn total(run: &Run) -> Value {
    let total = run.json_lines().pop().unwrap();
    assert_eq!(total["kind"], "total");
    total
}

/// A directory `t` with a cold file of 300 pages and a bit, of which some pages are then read.
fn partly_cached(env: &Env) -> Option<PathBuf> {
    fs::create_dir_all(env.path("t/a")).unwrap();
    let path = cold_file(&env.path("t/a"), "f", 300 * page_size() + 10)?;
    read_pages(&path, [0, 1, 2, 7, 100, 101, 299, 300]);
    Some(path)
}

#[test]
fn a_snapshot_has_the_ranges_that_are_in_memory() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        let Some(path) = partly_cached(&env) else {
            return;
        };
        env.file("t/empty", "");
        let (page, size) = (page_size(), support::size(&path));
        let facts = fs::metadata(&path).unwrap();
        let run = env.run(["snapshot", "t"]);
        let (head, files, total) = parsed(run.ok().stderr("").out_text());
        let root = env.path("t").canonicalize().unwrap();
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
        assert_eq!(
            (
                &head["kind"],
                &head["version"],
                &head["page_size"],
                &head["root"],
                &head["boot_id"]
            ),
            (
                &json!("snapshot"),
                &json!(1),
                &json!(page),
                &json!(root.to_str()),
                &json!(boot.trim())
            )
        );
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap();
        let age = now - Duration::from_nanos(head["time_ns"].as_u64().unwrap());
        assert!(age < Duration::from_secs(60), "{age:?}");
        let expected = json!({
            "kind": "file", "path": "a/f", "size": size, "device": facts.dev(), "inode": facts.ino(),
            "mtime_ns": facts.mtime() * 1_000_000_000 + facts.mtime_nsec(),
            "ranges": [[0, 3 * page], [7 * page, page], [100 * page, 2 * page], [299 * page, page + 10]],
        });
        assert_eq!(files[0], expected);
        assert_eq!(saved_pages(&files[0]), pages(&path));
        assert_eq!(
            (&files[1]["path"], &files[1]["ranges"]),
            (&json!("empty"), &json!([]))
        );
        let bytes = 7 * page + 10;
        assert_eq!(
            total,
            json!({"kind": "total", "files": 2, "ranges": 4, "bytes": bytes})
        );
        // Nothing was loaded.
        assert_eq!(cached(&path), Some(8));
        let run = env.run(["snapshot", "t", "--output", "s", "--json"]);
        let report = run.ok().json();
        assert_eq!(
            (&report["kind"], &report["files"], &report["bytes"]),
            (&json!("total"), &json!(2), &json!(bytes))
        );
        let saved = fs::read_to_string(env.path("s")).unwrap();
        assert_eq!(parsed(&saved).1, files);
    });
}

#[test]
fn the_same_pages_come_back_and_no_others() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        let Some(path) = partly_cached(&env) else {
            return;
        };
        let before = pages(&path);
        env.run(["snapshot", "t", "--output", "s"]).ok();
        evict(&path);
        let run = env.run(["restore", "s", "--json", "--strict"]);
        let total = total(run.ok().stderr(""));
        assert_eq!(pages(&path), before);
        assert_eq!(cached(&path), Some(8));
        let bytes = 7 * page_size() + 10;
        for (key, value) in [
            ("files", 1),
            ("ranges", 4),
            ("bytes", bytes),
            ("loaded", bytes),
            ("resident", bytes),
            ("skipped_files", 0),
            ("skipped", 0),
            ("unreadable", 0),
            ("not_loaded", 0),
            ("evicted_again", 0),
            ("dropped", 0),
            ("kept", 0),
            ("kept_files", 0),
        ] {
            assert_eq!(total[key], value, "{key}");
        }
        // The second time, nothing is missing.
        let run = env.run(["restore", "s"]);
        let text = run.ok().out_text();
        assert!(
            text.starts_with("total: loaded 0 B of 1 file in "),
            "{text}"
        );
        assert!(text.trim_end().ends_with(" in memory"), "{text}");
    });
}

#[test]
fn sparse_files_hard_links_and_any_names_make_the_round_trip() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        let page = page_size();
        fs::create_dir(env.path("t")).unwrap();
        let sparse = cold_sparse_file(
            &env.path("t"),
            "sparse",
            1000 * page,
            &[5 * page, 900 * page],
        );
        // Page 500 is in a hole.
        read_pages(&sparse, [5, 500, 900]);
        let name = OsString::from_vec(b"\xff\n\"".to_vec());
        let odd = env.path("t").join(&name);
        fs::write(&odd, pattern(10)).unwrap();
        File::open(&odd).unwrap().sync_all().unwrap();
        let Some(linked) = cold_file(&env.path("t"), "one", 9 * page) else {
            return;
        };
        read_pages(&linked, [4]);
        fs::hard_link(&linked, env.path("t/two")).unwrap();
        let all = [&sparse, &odd, &linked];
        let before = all.map(|path| pages(path));
        assert_eq!(before[0], [5, 500, 900]);
        let run = env.run(["snapshot", "t", "t/one", "t/two"]);
        let (_, files, total) = parsed(run.ok().out_text());
        assert_eq!((files.len(), &total["files"]), (3, &json!(3)));
        assert!(files.iter().any(|file| file["path_base64"] == "/woi"));
        all.iter().for_each(evict);
        env.cmd(["restore", "-", "--strict"])
            .stdin(run.out())
            .run()
            .ok();
        assert_eq!(all.map(|path| pages(path)), before);
    });
}

#[test]
fn the_root_is_the_directory_that_the_paths_share() {
    let env = Env::new();
    fs::create_dir_all(env.path("r/a/b")).unwrap();
    for file in ["r/a/b/x", "r/a/y", "r/z"] {
        env.file(file, "1");
    }
    symlink("a", env.path("r/link")).unwrap();
    let base = env.dir().canonicalize().unwrap();
    for (paths, root, expected) in [
        (&["r"][..], "r", &["a/b/x", "a/y", "z"][..]),
        (&["r/a/b/x"], "r/a/b", &["x"]),
        (&["r/a/b", "r/a/y"], "r/a", &["b/x", "y"]),
        (&["r/link/", "r/a"], "r/a", &["b/x", "y"]),
        (&["r/link/b/x", "r/z"], "r", &["a/b/x", "z"]),
        (&["r", "-g", "[xz]"], "r", &["a/b/x", "z"]),
    ] {
        let run = env.cmd(["snapshot"]).args(paths).run();
        let (head, files, _) = parsed(run.ok().out_text());
        assert_eq!(head["root"], json!(base.join(root).to_str()), "{paths:?}");
        let found: Vec<&str> = files
            .iter()
            .map(|file| file["path"].as_str().unwrap())
            .collect();
        assert_eq!(found, expected, "{paths:?}");
    }
    // A link out of the root is followed, but what is behind it could not be restored.
    env.file("out", "1");
    symlink("../../out", env.path("r/a/out")).unwrap();
    let run = env.run(["snapshot", "-L", "r/a"]);
    let message = format!(
        "mmapctl: r/a/out: cannot save: it is outside {}, and a link led to it",
        base.join("r/a").display()
    );
    run.code(1).stderr(format!("{message}\n"));
    assert_eq!(parsed(run.out_text()).1.len(), 2);
}

#[test]
fn paths_that_cannot_be_saved_are_reported_and_the_others_are_saved() {
    let Some(env) = Env::with_disk() else { return };
    env.file("f", "1");
    let run = env.run(["snapshot", "f", "none"]);
    run.code(3)
        .stderr("mmapctl: none: cannot open: No such file or directory\n");
    assert_eq!(parsed(run.out_text()).2["files"], 1);
    env.run(["snapshot", "none"])
        .refuses(3, "none: cannot open: No such file or directory");
    for wrong in ["-", "/dev/stdout"] {
        env.run(["snapshot", "f", "--output", wrong]).refuses(
            2,
            format!("--output takes the name of a file, and '{wrong}' is not one"),
        );
        env.run(["evict", "f", "--snapshot", wrong]).refuses(
            2,
            format!("--snapshot takes the name of a file, and '{wrong}' is not one"),
        );
    }
    env.cmd(["evict", "-", "--snapshot", "s"])
        .stdin("x")
        .run()
        .refuses(
            2,
            "standard input: it has no path by which its pages could be loaded again",
        );
    let Some(user) = env.other_user() else { return };
    let run = env.cmd(["snapshot", "f"]).user(&user).run();
    run.code(4).stderr(
        "mmapctl: f: cannot save: its cached pages are unknown: only the file's owner or a writer may see this\n",
    );
    assert_eq!(parsed(run.out_text()).2["files"], 0);
}

#[test]
fn the_output_appears_when_it_is_complete() {
    let Some(env) = Env::with_disk() else { return };
    env.file("f", pattern(100_000));
    env.file("s", "old");
    env.run(["snapshot", "none", "--output", "s"]).code(3);
    assert_eq!(fs::read(env.path("s")).unwrap(), b"old");
    env.run(["snapshot", "f", "--output", "/dev/full"])
        .refuses(6, "/dev/full: cannot write: No space left on device");
    env.run(["snapshot", "f", "--output", "none/s"])
        .refuses(3, "none/s: cannot open: No such file or directory");
    env.run(["snapshot", "f", "--output", "s", "--quiet"])
        .ok()
        .stdout("");
    let saved = fs::read_to_string(env.path("s")).unwrap();
    assert_eq!(parsed(&saved).2["files"], 1);
    assert_eq!(names(env.dir()), ["f", "s"]);
    env.cmd(["snapshot", "f"]).stdout(Sink::Full).run().code(6);
}

#[test]
fn exact_drops_the_rest_of_the_files_and_nothing_else() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        let Some(path) = partly_cached(&env) else {
            return;
        };
        let cold = clean_file(&env.path("t"), "cold", 50 * page_size());
        evict(&cold);
        let before = pages(&path);
        env.run(["snapshot", "t", "--output", "s"]).ok();
        // A backup reads everything, and a file appears.
        for file in [&path, &cold] {
            fs::read(file).unwrap();
        }
        let new = clean_file(&env.path("t"), "new", 20 * page_size());
        assert_eq!(
            (cached(&path), cached(&cold), cached(&new)),
            (Some(301), Some(50), Some(20))
        );
        let run = env.run(["restore", "s", "--exact", "--strict", "--json"]);
        let total = total(run.ok().stderr(""));
        assert_eq!(pages(&path), before);
        assert_eq!((cached(&cold), cached(&new)), (Some(0), Some(20)));
        assert_eq!(total["dropped"], (293 + 50) * page_size());
        assert_eq!((&total["kept"], &total["loaded"]), (&json!(0), &json!(0)));
        // Dirty pages are written first.
        fs::write(&cold, pattern(usize::try_from(50 * page_size()).unwrap())).unwrap();
        env.run(["restore", "s", "--exact", "--force", "--strict"])
            .ok();
        assert_eq!(cached(&cold), Some(0));
    });
}

#[test]
fn pages_outside_the_ranges_that_stay_are_reported() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        let Some(path) = cold_file(env.dir(), "f", 8 * page_size()) else {
            return;
        };
        read_pages(&path, [1]);
        env.run(["snapshot", "f", "--output", "s"]).ok();
        let held = env.cmd(["map", "f", "--lock", "--hold"]).hold();
        let run = env.run(["restore", "s", "--exact"]);
        let size = (7 * page_size()) >> 10;
        let name = path.canonicalize().unwrap();
        run.code(0).stderr(format!(
            "mmapctl: note: {}: {size} KiB outside the snapshot stayed; 'mmapctl why' shows who uses them\n",
            name.display()
        ));
        let strict = env.run(["restore", "s", "--exact", "--strict", "-q"]);
        strict.refuses(
            10,
            format!(
                "s: cannot restore all: {size} KiB ({} bytes) outside the ranges stayed in memory",
                7 * page_size()
            ),
        );
        drop(held);
    });
}

#[test]
fn files_that_have_changed_are_skipped_aloud_and_loaded_with_force() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        let page = page_size();
        fs::create_dir(env.path("t")).unwrap();
        for name in ["gone", "modified", "same", "shorter"] {
            clean_file(&env.path("t"), name, 4 * page);
        }
        env.run(["snapshot", "t", "--output", "s"]).ok();
        fs::remove_file(env.path("t/gone")).unwrap();
        let open = |name: &str| {
            File::options()
                .write(true)
                .open(env.path("t").join(name))
                .unwrap()
        };
        let later = SystemTime::now() + Duration::from_secs(5);
        open("modified").set_modified(later).unwrap();
        open("shorter").set_len(page + 1).unwrap();
        let kept = ["modified", "same", "shorter"].map(|name| env.path("t").join(name));
        kept.iter().for_each(evict);
        let root = env.path("t").canonicalize().unwrap();
        let note = |name: &str, why: &str| {
            format!(
                "mmapctl: note: {}: skipped: {why}",
                root.join(name).display()
            )
        };
        let run = env.run(["restore", "s"]);
        run.code(0)
            .stderr_lines(3)
            .stderr_line(note("gone", "it does not exist"))
            .stderr_line(note(
                "modified",
                "modified since the snapshot; --force loads it",
            ))
            .stderr_line(note(
                "shorter",
                "its size has changed; --force loads what still exists",
            ));
        assert!(run.out_text().trim_end().ends_with("; 3 files skipped"));
        assert_eq!(
            kept.each_ref().map(|path| cached(path)),
            [Some(0), Some(4), Some(0)]
        );
        let run = env.run(["restore", "s", "--strict", "-q"]);
        run.refuses(
            10,
            format!(
                "s: cannot restore all: {} KiB ({} bytes) of the ranges are not in memory",
                (12 * page) >> 10,
                12 * page
            ),
        );
        let run = env.run(["restore", "s", "--force", "--json"]);
        let objects = run.ok().json_lines();
        assert_eq!(objects[0]["reason"], "missing");
        assert_eq!(objects[0]["path"], json!(root.join("gone").to_str()));
        assert_eq!(
            kept.each_ref().map(|path| cached(path)),
            [Some(4), Some(4), Some(2)]
        );
        let total = total(&run);
        assert_eq!(total["loaded"], 4 * page + page + 1);
        assert_eq!(total["skipped"], 4 * page + 3 * page - 1);
    });
}

#[test]
fn another_root_has_the_same_files() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        let Some(path) = partly_cached(&env) else {
            return;
        };
        let before = pages(&path);
        let saved = env.run(["snapshot", "t"]);
        let other = env.path("u/a/f");
        fs::create_dir_all(env.path("u/a")).unwrap();
        env.tool("cp", ["-p", "t/a/f", "u/a/f"]).run().ok();
        File::open(&other).unwrap().sync_all().unwrap();
        evict(&other);
        env.cmd(["restore", "-", "--root", "u", "--strict"])
            .stdin(saved.out())
            .run()
            .ok();
        assert_eq!(pages(&other), before);
        env.cmd(["restore", "-", "--root", "none"])
            .stdin(saved.out())
            .run()
            .refuses(3, "none: cannot open the root: No such file or directory");
    });
}

/// A snapshot of one file, with this path and these ranges.
fn forged(root: &Path, path: &str, size: u64, ranges: &str) -> String {
    let root = root.to_str().unwrap();
    format!(
        "{{\"kind\":\"snapshot\",\"version\":1,\"page_size\":4096,\"root\":\"{root}\",\"time_ns\":1}}\n\
         {{\"kind\":\"file\",\"path\":\"{path}\",\"size\":{size},\"mtime_ns\":0,\"device\":1,\"inode\":1,\"ranges\":{ranges}}}\n\
         {{\"kind\":\"total\",\"files\":1,\"ranges\":1,\"bytes\":4096}}\n"
    )
}

#[test]
fn a_snapshot_reaches_only_regular_files_below_the_root() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        let Some(secret) = cold_file(env.dir(), "secret", 8192) else {
            return;
        };
        fs::create_dir_all(env.path("r/d")).unwrap();
        env.fifo("r/fifo");
        symlink("../secret", env.path("r/out")).unwrap();
        symlink("..", env.path("r/up")).unwrap();
        symlink("/dev/zero", env.path("r/zero")).unwrap();
        symlink(&secret, env.path("r/absolute")).unwrap();
        symlink("/proc/self/fd/0", env.path("r/magic")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(env.path("r/socket")).unwrap();
        let root = env.path("r").canonicalize().unwrap();
        let restore = |text: &str| {
            env.cmd(["restore", "-", "--force", "--exact"])
                .stdin(text)
                .run()
        };
        for path in ["out", "up/secret", "absolute", "zero", "magic"] {
            let run = restore(&forged(&root, path, 8192, "[[0,4096]]"));
            run.code(0).stderr(format!(
                "mmapctl: note: {}: skipped: a link leads out of the root\n",
                root.join(path).display()
            ));
        }
        for path in ["fifo", "d", "socket"] {
            let run = restore(&forged(&root, path, 8192, "[[0,4096]]"));
            run.code(0).stderr(format!(
                "mmapctl: note: {}: skipped: it is not a regular file\n",
                root.join(path).display()
            ));
        }
        for path in ["../secret", "/etc/passwd", "d/../../secret"] {
            restore(&forged(&root, path, 8192, "[[0,4096]]")).refuses(
                2,
                "standard input: line 2: 'path' does not stay below the root",
            );
        }
        // A device is not opened either, not even with itself as the root.
        let device = forged(Path::new("/dev"), "null", 8192, "[[0,4096]]");
        restore(&device)
            .code(0)
            .stderr("mmapctl: note: /dev/null: skipped: it is not a regular file\n");
        assert_eq!(cached(&secret), Some(0));
        // A link that stays below the root is followed.
        fs::rename(&secret, env.path("r/d/secret")).unwrap();
        symlink("d/secret", env.path("r/in")).unwrap();
        restore(&forged(&root, "in", 8192, "[[0,4096]]"))
            .ok()
            .stderr("");
        assert!(cached(env.path("r/d/secret")) > Some(0));
    });
}

#[test]
fn a_text_that_is_no_whole_snapshot_is_refused_with_the_number_of_the_line() {
    let env = Env::new();
    env.file("r", "");
    let root = env.dir().canonicalize().unwrap();
    let whole = forged(&root, "f", 8192, "[[0,4096]]");
    let (cut, _) = whole.trim_end().rsplit_once('\n').unwrap();
    for (text, message) in [
        (String::new(), "line 1: it is empty"),
        (
            "{}\n".to_owned(),
            "line 1: it is not the start of a snapshot: missing field `kind` (column 2)",
        ),
        (
            "\x7fELF\n".to_owned(),
            "line 1: it is not the start of a snapshot: expected value (column 1)",
        ),
        (
            cut.to_owned(),
            "line 3: the line with the total is missing; the end was cut off",
        ),
        (
            whole[..whole.len() - 3].to_owned(),
            "line 3: EOF while parsing an object (column 48)",
        ),
        (
            format!("{whole}{whole}"),
            "line 4: it follows the line with the total",
        ),
        (
            forged(&root, "f", 8192, "[[4096,4097]]"),
            "line 2: range 1, [4096,4097], ends after the file",
        ),
        (
            forged(
                &root,
                "f",
                8192,
                "[[18446744073709551615,18446744073709551615]]",
            ),
            "line 2: range 1, [18446744073709551615,18446744073709551615], ends after the file",
        ),
        (
            forged(&root, "f", 8192, "[[8,8],[0,8]]"),
            "line 2: range 2, [0,8], begins before the end of the one before it",
        ),
        (
            forged(&root, "f", 8192, "[[0,8]]"),
            "line 3: the total does not agree with the lines before it",
        ),
    ] {
        let run = env.cmd(["restore", "-"]).stdin(text).run();
        run.refuses(2, format!("standard input: {message}"));
    }
    env.run(["restore", "."])
        .refuses(8, ".: cannot read: Is a directory");
    env.run(["restore", "none"])
        .refuses(3, "none: cannot open: No such file or directory");
}

#[test]
fn a_program_leaves_its_working_set() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        let page = page_size();
        fs::create_dir(env.path("t")).unwrap();
        let (Some(read), Some(unread)) = (
            cold_file(&env.path("t"), "read", 5 * page),
            cold_file(&env.path("t"), "unread", 5 * page),
        ) else {
            return;
        };
        read_pages(&unread, [3]);
        read_pages(&read, [0]);
        let script = "cat t/read | wc -c; exit 7";
        let run = env.run(["snapshot", "t", "--output", "s", "--", "sh", "-c", script]);
        run.code(7).stdout(format!("{}\n", 5 * page)).stderr("");
        let saved = |name: &str| parsed(&fs::read_to_string(env.path(name)).unwrap());
        let (_, files, total) = saved("s");
        assert_eq!((files.len(), &total["files"]), (1, &json!(1)));
        assert_eq!(saved_pages(&files[0]), [1, 2, 3, 4]);
        // Without the pages of before, it is the whole set.
        let run = env.run([
            "snapshot",
            "t",
            "--output",
            "s",
            "--evict-first",
            "-v",
            "--",
            "cat",
            "t/read",
        ]);
        run.code(0).stdout(fs::read(&read).unwrap());
        let text = run.err_text();
        let size = (5 * page) >> 10;
        assert!(
            text.starts_with(&format!("total: {size} KiB in 1 range of 1 file in ")),
            "{text}"
        );
        assert_eq!(saved_pages(&saved("s").1[0]), [0, 1, 2, 3, 4]);
        assert_eq!(cached(&unread), Some(0));
        evict(&read);
        env.run(["restore", "s", "--strict"]).ok();
        assert_eq!(cached(&read), Some(5));
    });
}

#[test]
fn a_program_that_cannot_be_run_changes_nothing() {
    while_pages_stay(|| {
        let Some((env, path)) = support::clean_file_on_disk(3 * page_size()) else {
            return;
        };
        let snapshot = |program: &str| {
            env.run([
                "snapshot",
                "file",
                "--output",
                "s",
                "--evict-first",
                "--",
                program,
            ])
        };
        snapshot("mmapctl-no-such-program").refuses(
            127,
            "cannot run the program: mmapctl-no-such-program: No such file or directory",
        );
        snapshot("./file").code(126).stdout("");
        assert_eq!((cached(&path), env.path("s").exists()), (Some(3), false));
        env.run(["snapshot", "file", "--", "true"])
            .code(2)
            .stdout("");
        env.run(["snapshot", "file", "--evict-first"])
            .code(2)
            .stdout("");
        env.run([
            "snapshot", "file", "--output", "s", "--", "sh", "-c", "kill $$",
        ])
        .code(143);
        assert!(env.path("s").exists());
    });
}

#[test]
fn evict_writes_down_what_was_dropped() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        let Some(path) = partly_cached(&env) else {
            return;
        };
        let stays = clean_file(&env.path("t"), "stays", 4 * page_size());
        evict(&stays);
        let held = env.cmd(["map", "t/stays", "--lock", "--hold"]).hold();
        let before = pages(&path);
        let run = env.run(["evict", "t", "--snapshot", "s"]);
        run.code(12).stderr_lines(1);
        let (_, files, total) = parsed(&fs::read_to_string(env.path("s")).unwrap());
        assert_eq!((files.len(), &total["ranges"]), (1, &json!(4)));
        assert_eq!(
            (cached(&path), saved_pages(&files[0])),
            (Some(0), before.clone())
        );
        drop(held);
        env.run(["restore", "s", "--strict"]).ok();
        assert_eq!(pages(&path), before);
        // One file, and a range of it.
        let length = (50 * page_size()).to_string();
        env.run(args!["evict", &path, "-n", length, "--snapshot", "s"])
            .ok();
        let (head, files, _) = parsed(&fs::read_to_string(env.path("s")).unwrap());
        assert_eq!(
            head["root"],
            json!(env.path("t/a").canonicalize().unwrap().to_str())
        );
        assert_eq!(saved_pages(&files[0]), [0, 1, 2, 7]);
        assert_eq!(pages(&path), [100, 101, 299, 300]);
        let run = env.run(args!["evict", &path, "--snapshot", "/dev/full"]);
        run.code(6);
    });
}

#[test]
fn many_ranges_of_many_files_come_back_exactly() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        let mut files = Vec::new();
        fs::create_dir(env.path("t")).unwrap();
        for number in 0..20_u64 {
            let Some(path) = cold_file(&env.path("t"), &number.to_string(), 500 * page_size())
            else {
                return;
            };
            read_pages(&path, (0..500).filter(|page| (page * 7 + number) % 5 < 2));
            files.push(path);
        }
        let before: Vec<_> = files.iter().map(|path| pages(path)).collect();
        env.run(["snapshot", "t", "--output", "s"]).ok();
        for jobs in ["1", "16"] {
            files.iter().for_each(evict);
            env.run(["restore", "s", "--strict", "--jobs", jobs]).ok();
            let after: Vec<_> = files.iter().map(|path| pages(path)).collect();
            assert!(before == after, "{jobs} jobs");
            assert!(
                files
                    .iter()
                    .zip(&before)
                    .all(|(path, pages)| cached(path) == Some(pages.len() as u64))
            );
        }
    });
}

#[test]
fn a_rate_and_an_amount_limit_loading() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        let path = clean_file(env.dir(), "f", 2 * MIB);
        env.run(["snapshot", "f", "--output", "s"]).ok();
        evict(&path);
        let limit = (20 * page_size()).to_string();
        let run = env.run(["restore", "s", "--max-memory", &limit, "--json"]);
        let total = total(run.ok());
        assert_eq!(
            (cached(&path), &total["loaded"]),
            (Some(20), &json!(20 * page_size()))
        );
        assert_eq!(total["not_loaded"], 2 * MIB - 20 * page_size());
        env.run(["restore", "s", "--max-memory", &limit, "--strict", "-q"])
            .code(10);
        evict(&path);
        let run = env.run(["restore", "s", "--rate", "4M", "--progress", "always"]);
        let progress = run.code(0).err_text().lines().next().unwrap_or_default();
        assert!(
            run.elapsed() > Duration::from_millis(300),
            "{:?}",
            run.elapsed()
        );
        assert!(
            progress.is_empty() || progress.starts_with("mmapctl: restore s: "),
            "{progress}"
        );
        evict(&path);
        let restoring = env.cmd(["restore", "s", "--rate", "512K"]).spawn();
        poll_until("something to be read", || cached(&path) > Some(0));
        restoring.signal(Signal::INT);
        let run = restoring.wait();
        run.code(130);
        assert!(run.out_text().starts_with("total: loaded "));
        assert!(cached(&path) < Some(2 * MIB / page_size()));
    });
}

#[test]
fn more_than_fits_in_memory_is_refused_before_anything_is_loaded_or_dropped() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        let Some(group) = env.memory_group(64 * MIB) else {
            return;
        };
        fs::create_dir(env.path("t")).unwrap();
        let files = ["a", "b"].map(|name| clean_file(&env.path("t"), name, 48 * MIB));
        env.run(["snapshot", "t", "--output", "s"]).ok();
        files.iter().for_each(evict);
        let run = env.cmd_in(&group, ["restore", "s", "--exact"]).run();
        let text = run.code(7).stdout("").err_text();
        assert!(
            text.starts_with("mmapctl: cannot restore: 96 MiB (100663296 bytes) is missing"),
            "{text}"
        );
        assert!(
            text.ends_with("hint: use --max-memory 100% to load as much as fits\n"),
            "{text}"
        );
        assert_eq!(
            files.each_ref().map(|path| cached(path)),
            [Some(0), Some(0)]
        );
    });
}

#[test]
fn a_block_that_cannot_be_read_is_reported_and_the_others_are_loaded() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.bad_disk() else { return };
        let file = disk.file();
        let facts = fs::metadata(file).unwrap();
        let (root, name) = (
            file.parent().unwrap().to_str().unwrap(),
            file.file_name().unwrap(),
        );
        let text = format!(
            "{}\n{}\n{}\n",
            json!({"kind": "snapshot", "version": 1, "page_size": page_size(), "root": root, "time_ns": 1}),
            json!({"kind": "file", "path": name.to_str(), "size": facts.len(), "device": 1, "inode": 1,
                   "mtime_ns": facts.mtime() * 1_000_000_000 + facts.mtime_nsec(), "ranges": [[0, facts.len()]]}),
            json!({"kind": "total", "files": 1, "ranges": 1, "bytes": facts.len()}),
        );
        let run = env.cmd(["restore", "-", "--json"]).stdin(text).run();
        let error = run.code(9).json_error();
        assert_eq!(
            (&error["subject"], &error["offset"]),
            (&json!(file.to_str()), &json!(disk.first_bad()))
        );
        let total = total(&run);
        assert_eq!(
            (&total["loaded"], &total["unreadable"]),
            (
                &json!(disk.first_bad()),
                &json!(disk.size() - disk.first_bad())
            )
        );
        assert_eq!(
            up_to_date(file, 0, disk.size()),
            disk.first_bad() / page_size()
        );
    });
}

#[test]
fn a_file_of_another_user_is_loaded_with_an_unknown_result() {
    while_pages_stay(|| {
        let Some((env, path)) = support::clean_file_on_disk(4 * page_size()) else {
            return;
        };
        let Some(user) = env.other_user() else { return };
        env.run(["snapshot", "file", "--output", "s"]).ok();
        evict(&path);
        let run = env.cmd(["restore", "s", "--json"]).user(&user).run();
        let total = total(run.ok());
        assert!(total["loaded"].is_null() && total["resident"].is_null());
        assert_eq!(cached(&path), Some(4));
        let run = env
            .cmd(["restore", "s", "--strict", "-q"])
            .user(&user)
            .run();
        run.refuses(
            10,
            "s: cannot restore all: it is not known whether all ranges are in memory",
        );
    });
}

#[test]
fn names_are_bytes() {
    // The name of the file of a snapshot, and a root that is not UTF-8.
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        let root = env.path(OsStr::from_bytes(b"r\xff"));
        fs::create_dir(&root).unwrap();
        let Some(path) = cold_file(&root, "f", page_size()) else {
            return;
        };
        read_pages(&path, [0]);
        let saved = OsStr::from_bytes(b"s\xff");
        env.run(args!["snapshot", &root, "--output", saved]).ok();
        let text = fs::read_to_string(env.path(saved)).unwrap();
        assert!(parsed(&text).0["root_base64"].is_string());
        evict(&path);
        env.run(args!["restore", saved, "--strict"]).ok();
        assert_eq!(cached(&path), Some(1));
    });
}

fn contrib(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("contrib")
        .join(name);
    fs::read_to_string(path).unwrap()
}

/// The words of a command of a unit for the program, with these values of specifiers.
fn unit_words(unit: &str, key: &str, directory: &str, file: &str) -> Vec<String> {
    let command = unit
        .lines()
        .find_map(|line| line.strip_prefix(key))
        .unwrap();
    let words = command
        .strip_prefix("/usr/bin/mmapctl ")
        .unwrap()
        .split(' ');
    words
        .map(|word| match word {
            "%f" => directory.to_owned(),
            "/var/lib/mmapctl/%i.json" => file.to_owned(),
            word => word.replace("%%", "%"),
        })
        .collect()
}

#[test]
fn the_pair_of_units_keeps_the_cache() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        let Some(path) = partly_cached(&env) else {
            return;
        };
        let before = pages(&path);
        for (unit, key) in [
            ("mmapctl-snapshot@.service", "ExecStop="),
            ("mmapctl-restore@.service", "ExecStart="),
        ] {
            let unit = contrib(unit);
            // The capabilities of the unit suffice.
            assert!(unit.contains("\nCapabilityBoundingSet=CAP_DAC_READ_SEARCH CAP_FOWNER\n"));
            env.cmd(unit_words(&unit, key, "t", "s"))
                .without_capability("dac_override")
                .run()
                .ok();
            if key == "ExecStop=" {
                evict(&path);
            }
        }
        assert_eq!(pages(&path), before);
    });
}

#[test]
fn systemd_accepts_the_pair_of_units() {
    let env = Env::new();
    let units = ["mmapctl-snapshot@.service", "mmapctl-restore@.service"];
    let files = units.map(|name| {
        let unit = contrib(name).replace("/usr/bin/mmapctl", support::MMAPCTL);
        env.file(name, unit)
    });
    let analyze = |args: &[&str]| env.tool("systemd-analyze", args).args(&files).run();
    if !analyze(&["--version"]).ended_with(&[0]) {
        return support::skip("systemd-analyze");
    }
    let run = analyze(&["verify", "--man=no"]);
    if run.err_text().contains("Failed to initialize manager") {
        return support::skip("systemd-analyze that works here");
    }
    run.ok();
}
