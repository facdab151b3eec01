//! Output: for people, for programs, for several files, and for unusual names.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Env, MMAPCTL, Sink, args, page_size, pattern, skip};

#[test]
fn the_text_report_has_all_parts_in_order() {
    let env = Env::new();
    let Some(tag) = env.tag("report") else { return };
    tag.create(vec![7; 2 * page_size() as usize]);
    let run = env.run(["map", "--tag", tag.name(), "-a", "w", "--bytes"]);
    let text = run.ok().out_text();
    let lines: Vec<&str> = text.lines().collect();
    let page = page_size();
    let begin = format!("tag {}: {} at 0x", tag.name(), 2 * page);
    assert!(lines[0].starts_with(&begin), "{text}");
    assert_eq!(
        lines[1..8],
        [
            format!("  range       offset 0, 2 pages of {page}").as_str(),
            "  access      w (read and write), shared",
            lines[3],
            format!("  resident    2 of 2 pages (100.0%), {}", 2 * page).as_str(),
            "              [██]",
            "              █ resident",
            "  huge pages  none",
        ]
    );
    assert!(lines[3].starts_with("  VmFlags     rd wr sh "), "{text}");
    assert_eq!(lines[8], "  locked      none");
    assert!(
        lines[9].starts_with("  time        ") && lines[9].ends_with(" ms"),
        "{text}"
    );
    assert_eq!(lines.len(), 10);
}

#[test]
fn creation_and_growth_are_reported() {
    let env = Env::new();
    env.run(["map", "new", "-a", "w", "-n", "1K"])
        .ok()
        .stdout_line("  created     1 KiB");
    env.run(["map", "new", "-a", "w", "-n", "2K"])
        .ok()
        .stdout_line("  grown       from 1 KiB to 2 KiB");
    env.sparse_file("g", 1 << 20, &[]);
    let more = ((1 << 20) + 1).to_string();
    env.run(args!["map", "g", "-a", "w", "-n", more])
        .ok()
        .stdout_line("  grown       from 1 MiB to 1048577 B");
}

#[test]
fn verbose_explains_every_flag() {
    let env = Env::new();
    env.file("f", pattern(100));
    env.run(["map", "f", "-v"])
        .code(0)
        .stderr_lines(1)
        .stdout_line("              rd  readable")
        .stdout_line("              mr  may be made readable");
}

#[test]
fn quiet_prints_nothing_but_failures() {
    let env = Env::new();
    env.file("f", pattern(100));
    env.run(["map", "f", "f", "-q"]).ok().stdout("");
    env.run(["map", "f", "none", "-q"])
        .code(3)
        .stdout("")
        .stderr_line("mmapctl: none: cannot open: No such file or directory");
    env.run(["map", "f", "-q", "--json"]).ok().stdout("");
}

#[test]
fn several_files_give_a_table_with_a_total() {
    let env = Env::new();
    let Some(one) = env.tag("one") else { return };
    let Some(two) = env.tag("two") else { return };
    one.create(vec![1; 3 * page_size() as usize]);
    two.create(vec![1; page_size() as usize]);
    let run = env.run(args!["map", one.path(), two.path(), "--bytes"]);
    let text = run.ok().out_text();
    let rows: Vec<Vec<&str>> = text
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    let page = page_size();
    let [head, first, second, total, legend] = &rows[..] else {
        run.fail("five lines")
    };
    assert_eq!(
        head[..],
        [
            "LENGTH", "PAGES", "RESIDENT", "%", "ADDRESS", "PICTURE", "NAME"
        ]
    );
    let bytes = [3 * page, page, 4 * page].map(|bytes| bytes.to_string());
    assert_eq!(first[..4], [&bytes[0], "3", "3", "100.0"]);
    assert_eq!(first[5..], ["[███]", one.path().to_str().unwrap()]);
    assert_eq!(second[..4], [&bytes[1], "1", "1", "100.0"]);
    assert_eq!(total[..], [&bytes[2], "4", "4", "100.0", "total"]);
    assert_eq!(legend[..], ["█", "resident"]);
}

#[test]
fn an_empty_file_among_several_is_a_row_of_the_table() {
    let env = Env::new();
    env.file("empty", "");
    env.file("other", "");
    let page = page_size() as usize;
    env.file("full", vec![1; page]);
    let rows = |arguments: &[&str]| -> Vec<Vec<String>> {
        let run = env.cmd(["map", "--bytes"]).args(arguments).run();
        let lines = run.ok().stderr("").out_text().lines();
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect();
        lines.map(words).collect()
    };
    let text = rows(&["empty", "full"]);
    assert_eq!(text[1], ["0", "0", "0", "-", "-", "empty", "empty"]);
    assert_eq!(text[2][..2], [page.to_string(), "1".to_owned()]);
    assert_eq!(text[3][..2], text[2][..2]);
    let text = rows(&["empty", "other"]);
    assert_eq!(text[2], ["0", "0", "0", "-", "-", "empty", "other"]);
    assert_eq!(text[3], ["0", "0", "0", "-", "total"]);
    let run = env.run(["map", "empty", "full", "--json"]);
    let objects = run.ok().json_lines();
    assert_eq!(
        (&objects[0]["path"], &objects[0]["length"]),
        (&"empty".into(), &0.into())
    );
    assert_eq!(objects[0]["residency"]["pages"], 0);
    assert_eq!(objects[0]["address"], Value::Null);
    assert_eq!(objects[1]["path"], "full");
    // The requested range does not exist: it is too short.
    env.run(["map", "empty", "full", "-n", "1"]).code(5);
}

#[test]
fn a_repeated_file_counts_once_in_the_total() {
    let env = Env::new();
    let Some(tag) = env.tag("one") else { return };
    let Some(other) = env.tag("two") else { return };
    let page = page_size();
    let path = tag.create(vec![1; 3 * page as usize]);
    other.create(vec![1; page as usize]);
    let (hard, soft) = (env.path("hard"), env.path("soft"));
    std::os::unix::fs::symlink(&path, &soft).unwrap();
    let total = |arguments: &[&Path]| {
        let run = env.cmd(["map", "--bytes"]).args(arguments).run();
        let text = run.ok().out_text();
        let line = text.lines().find(|line| line.contains(" total")).unwrap();
        let words: Vec<&str> = line.split_whitespace().collect();
        (text.lines().count(), words.join(" "))
    };
    let all = format!("{} 4 4 100.0 total (each file once)", 4 * page);
    let expected = (7, all);
    assert_eq!(total(&[&path, &soft, &other.path(), &path]), expected);
    let file = env.file("file", vec![1; page as usize]);
    fs::hard_link(&file, &hard).unwrap();
    let (lines, text) = total(&[&file, &hard]);
    assert_eq!(lines, 5);
    let start = format!("{page} 1 ");
    assert!(
        text.starts_with(&start) && text.ends_with(" total (each file once)"),
        "{text}"
    );
}

#[test]
fn the_others_are_mapped_when_one_fails() {
    let env = Env::new();
    env.file("f", pattern(100));
    let run = env.run(["map", "f", "none", ".", "f"]);
    run.code(1)
        .stderr_line("mmapctl: none: cannot open: No such file or directory");
    assert_eq!(run.out_text().lines().count(), 5);
    let run = env.run(["map", "f", "none", "neither"]);
    run.code(3);
    let run = env.run(["map", "none", "neither"]);
    run.code(3).stdout("");
}

#[test]
fn json_has_the_spans_of_the_picture_only_on_request() {
    let env = Env::new();
    let page = page_size();
    env.file("f", pattern(1000 * page as usize));
    let run = env.run(["map", "f", "--json"]);
    assert!(run.ok().out().len() < 3000, "{}", run.out_text());
    assert_eq!(run.json().get("picture"), None);
    let spans = |arguments: &[&str]| {
        let object = env
            .run(["map", "f", "--json"].iter().chain(arguments))
            .json();
        object["picture"]["buckets"].as_array().unwrap().clone()
    };
    let all = spans(&["--picture"]);
    assert_eq!(all.len(), 64);
    let pages = all.iter().map(|span| span["pages"].as_u64().unwrap());
    assert_eq!(pages.sum::<u64>(), 1000);
    let few = spans(&["--picture", "--length", "3pg"]);
    let offsets: Vec<u64> = few
        .iter()
        .map(|span| span["offset"].as_u64().unwrap())
        .collect();
    assert_eq!(offsets, [0, page, 2 * page]);
}

#[test]
fn the_keys_of_json_are_those_that_scripts_rely_on() {
    let env = Env::new();
    env.file("f", pattern(5000));
    let object = env.run(["map", "f", "--json"]).ok().json();
    let keys: Vec<&str> = object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let mut expected = [
        "source",
        "path",
        "kind",
        "size",
        "created",
        "address",
        "offset",
        "length",
        "pages",
        "page_size",
        "access",
        "visibility",
        "residency",
        "huge",
        "locked",
        "memory",
        "flags",
        "open_flags_without_effect",
        "duration_ns",
    ];
    expected.sort_unstable();
    let mut keys = keys;
    keys.sort_unstable();
    assert_eq!(keys, expected);
    for number in [
        "size",
        "offset",
        "length",
        "pages",
        "page_size",
        "huge",
        "locked",
        "duration_ns",
    ] {
        assert!(object[number].is_u64(), "{number}");
    }
    assert!(object["address"].as_str().unwrap().starts_with("0x"));
    assert_eq!(object["kind"], "file");
}

#[test]
fn requested_operations_add_their_keys() {
    let env = Env::new();
    env.file("f", pattern(5000));
    let object = env
        .run([
            "map",
            "f",
            "-a",
            "w",
            "-n",
            "64K",
            "--remap",
            "1pg",
            "--protect",
            "r+sem",
            "--advise",
            "random",
            "--probe",
            "--json",
        ])
        .ok()
        .json();
    assert!(!object["grown"].is_null());
    let steps = object["steps"].as_array().unwrap();
    let names: Vec<&Value> = steps.iter().map(|step| &step["step"]).collect();
    let remap = format!("remap={}", page_size());
    assert_eq!(names, [&*remap, "protect=r+sem", "advise=random", "probe"]);
    for (step, key) in [(1, "flags"), (2, "effects"), (3, "probe")] {
        assert!(!steps[step][key].is_null(), "{key}");
    }
}

#[test]
fn json_has_one_object_per_file() {
    let env = Env::new();
    env.file("a", pattern(100));
    env.file("b", pattern(200));
    let lines = env.run(["map", "a", "b", "--json"]).ok().json_lines();
    let sizes: Vec<&Value> = lines.iter().map(|line| &line["size"]).collect();
    assert_eq!(sizes, [&json!(100), &json!(200)]);
}

#[test]
fn names_are_safe_for_terminals_and_exact_in_json() {
    let env = Env::new();
    let odd = OsStr::from_bytes(b"a\xffb");
    env.file(odd, pattern(100));
    env.file("new\nline", pattern(100));
    let object = env.run(args!["map", odd, "--json"]).ok().json();
    assert_eq!(object["path_base64"], "Yf9i");
    assert!(object["path"].is_null());
    let object = env.run(["map", "new\nline", "--json"]).ok().json();
    assert_eq!(object["path"], "new\nline");
    let run = env.run(["map", "new\nline", "--open", "directory"]);
    run.refuses(8, r"$'new\nline': cannot open: Not a directory");
    let run = env.run(args!["map", odd, "--open", "directory", "--json"]);
    assert_eq!(run.code(8).json_error()["subject_base64"], "Yf9i");
    // In a pipe too.
    let run = env.run(args!["map", odd]);
    assert!(run.ok().out_text().starts_with(r"$'a\xffb': 100 B at 0x"));
    let table = env.run(["map", "new\nline", "new\nline"]);
    assert_eq!(table.ok().out_text().lines().count(), 5);
}

#[test]
fn failures_in_json_have_code_subject_number_and_hint() {
    let env = Env::new();
    let run = env.run(["map", "none", "--json"]);
    assert_eq!(
        run.code(3).json_error(),
        json!({
            "code": "not_found",
            "message": "cannot open: No such file or directory",
            "subject": "none",
            "os_error": 2,
            "hint": "use --access w --length N to create it",
        })
    );
}

#[test]
fn a_closed_pipe_is_silent_and_a_full_device_is_an_error() {
    let env = Env::new();
    env.file("f", pattern(100));
    env.cmd(["map", "f"]).stdout(Sink::ClosedPipe).run().ok();
    env.cmd(["map", "f"])
        .stdout(Sink::Full)
        .run()
        .code(6)
        .stderr("mmapctl: standard output: cannot write: No space left on device\n");
    // The request is fulfilled even if the report is not read.
    env.cmd(["map", "new", "-a", "w", "-n", "1K"])
        .stdout(Sink::ClosedPipe)
        .run()
        .ok();
    assert_eq!(crate::support::size(env.path("new")), 1024);
}

#[test]
fn colour_is_for_terminals_unless_requested() {
    let env = Env::new();
    env.file("f", pattern(100));
    assert!(!env.run(["map", "f"]).ok().out().contains(&0x1b));
    assert!(
        env.run(["map", "f", "--color", "always"])
            .ok()
            .out()
            .contains(&0x1b)
    );
}

#[test]
fn without_proc_mapping_works_and_measurements_are_unknown() {
    let env = Env::new();
    env.file("f", pattern(3 * page_size() as usize));
    let hidden = r#"mount -t tmpfs none /proc && exec "$@""#;
    let run = |arguments: &[&str]| {
        let inside = ["-m", "sh", "-c", hidden, "sh", MMAPCTL];
        env.tool("unshare", inside).args(arguments).run()
    };
    let run_json = |arguments: &[&str]| run(&[arguments, &["--json"]].concat());
    let first = run_json(&["map", "f", "--lock"]);
    if !first.ended_with(&[0]) && first.out().is_empty() && !first.err_text().contains("mmapctl") {
        skip("root to hide /proc");
        return;
    }
    let json = first.ok().json();
    assert_eq!(
        (&json["memory"], &json["locked"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(json["residency"]["resident"], json["pages"]);
    run(&["map", "f"])
        .ok()
        .stdout_line("  VmFlags     unknown: /proc/self/smaps cannot be read");
    let json = run_json(&["mirror", "f", "--times", "3", "--verify", "--lock"])
        .ok()
        .json();
    assert_eq!((&json["times"], &json["locked"]), (&json!(3), &Value::Null));
    assert_eq!(json["verified"]["windows"], 3);
    let json = run_json(&["map", "f", "--addr", "0x200000000000", "--flags", "fixed"])
        .ok()
        .json();
    assert_eq!(json["address"], "0x200000000000");
    run(&["map", "f", "--hold", "0"]).ok();
    run(&["map", "f", "--", "sh", "-c", "exit 7"]).code(7);
    run(&["advise", "random", "f"]).ok();
    run(&["map", "--anon", "-n", "1", "--", "true"]).refuses(
        8,
        "anonymous memory: cannot share: this system has no path by which another program could open it",
    );
}

#[test]
fn an_offset_is_never_rounded() {
    let env = Env::new();
    let page = page_size();
    let offset = (1 << 30) + page;
    let size = offset + page;
    env.sparse_file("f", size, &[]);
    let at = offset.to_string();
    for command in [
        &["map"][..],
        &["mirror"],
        &["sync"],
        &["warm"],
        &["evict"],
        &["advise", "normal"],
    ] {
        let typed = [command, &["f", "-o", &at]].concat();
        let run = env.cmd(typed).run();
        let range = format!("  range       offset {offset} B, ");
        let shown = run
            .ok()
            .out_text()
            .lines()
            .any(|line| line.starts_with(&range));
        assert!(shown, "{}", run.describe());
    }
    env.run(["map", "f", "-o", "1M", "-n", "1pg"])
        .ok()
        .stdout_line(format!(
            "  range       offset 1 MiB, 1 page of {} KiB",
            page >> 10
        ));
    env.run(["fill", "f", "-o", "1048575", "--text", "a"])
        .ok()
        .stdout_line("  range       offset 1048575 B");
}
