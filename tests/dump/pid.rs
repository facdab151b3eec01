//! The memory of a process, compared with bytes that the test put there.

use std::fs;
use std::io::Read;

use serde_json::{Value, json};

use crate::plain;
use crate::support::{
    Env, Held, MMAPCTL, Mapped, MapsLine, Signal, args, maps, page_size, pattern, skip,
};

/// A process that has mapped a file at a known place, and the mapping.
fn holder(env: &Env, name: &str, bytes: &[u8]) -> (Held, MapsLine) {
    let path = env.file(name, bytes);
    let held = env.cmd(args!["map", &path, "--hold"]).hold();
    let found = maps(held.pid())
        .into_iter()
        .find(|map| map.path == path.to_str().unwrap());
    (held, found.unwrap())
}

#[test]
fn mapped_bytes_are_shown_at_their_addresses() {
    let env = Env::new();
    let bytes = pattern(3 * page_size() as usize);
    let (held, map) = holder(&env, "a mapped file", &bytes);
    let pid = held.pid().to_string();
    let dump = |arguments: &[&str]| env.cmd(["dump", "--pid", &pid]).args(arguments).run();
    dump(&["--mapping", "a mapped", "-f", "raw"])
        .ok()
        .stdout(&bytes)
        .stderr("");
    let start = map.start + 5;
    let ranges: [&[&str]; 4] = [
        &["-o", &start.to_string(), "-n", "7000"],
        &["--range", &format!("{start:#x}+7000")],
        &["--range", &format!("{start:#x}..{:#x}", start + 7000)],
        &["--range", &format!("{start:x}-{:x}", start + 7000)],
    ];
    for range in ranges {
        dump(&[range, &["-f", "plain"]].concat())
            .ok()
            .stdout(plain(&bytes[5..7005]));
    }
    let rest = dump(&["-o", &start.to_string(), "-f", "raw"]);
    rest.ok().stdout(&bytes[5..]);
    let text = dump(&["-o", &map.start.to_string(), "-n", "16", "-f", "canonical"]);
    let lines: Vec<&str> = text.ok().out_text().lines().collect();
    assert!(
        lines[0].starts_with(&format!("{:08x}  ", map.start)),
        "{lines:?}"
    );
    assert_eq!(lines[1], format!("{:08x}", map.start + 16));
    let shifted = dump(&[
        "-o",
        &map.start.to_string(),
        "-n",
        "1",
        "-f",
        "xxd",
        "--display-offset",
        "1",
    ]);
    assert!(
        shifted
            .ok()
            .out_text()
            .starts_with(&format!("{:08x}: ", map.start + 1))
    );
}

#[test]
fn private_memory_that_changes_is_compared_by_two_files() {
    let env = Env::new();
    let memory = Mapped::anonymous(3 * page_size() as usize);
    (0..100).for_each(|offset| memory.set(offset, 7));
    let pid = std::process::id().to_string();
    let start = memory.address().to_string();
    let save = |name: &str| {
        let length = (3 * page_size()).to_string();
        let arguments = args![
            "dump", "--pid", &pid, "-o", &start, "-n", &length, "--output", name
        ];
        env.run(arguments).ok().stdout("").stderr("");
        fs::read(env.path(name)).unwrap()
    };
    let before = save("one");
    (50..60).for_each(|offset| memory.set(offset, 9));
    let after = save("two");
    assert_eq!(before.len() as u64, 3 * page_size());
    assert!(before[..100] == [7; 100] && before[100..].iter().all(|byte| *byte == 0));
    let changed = (0..before.len()).filter(|i| before[*i] != after[*i]);
    assert_eq!(changed.collect::<Vec<_>>(), (50..60).collect::<Vec<_>>());
}

#[test]
fn memory_that_cannot_be_read_is_zeros_and_named() {
    let env = Env::new();
    let page = page_size();
    let bytes = pattern(3 * page as usize);
    let (held, map) = holder(&env, "file", &bytes);
    let pid = held.pid().to_string();
    // The pages after the end of the file have no data.
    fs::File::options()
        .write(true)
        .open(env.path("file"))
        .unwrap()
        .set_len(page)
        .unwrap();
    let (start, end) = (map.start + page, map.end);
    let dump = |more: &[&str]| {
        env.cmd(["dump", "--pid", &pid, "--mapping", "/file"])
            .args(more)
            .run()
    };
    let run = dump(&["-f", "raw", "--bytes"]);
    let mut expected = bytes[..page as usize].to_vec();
    expected.resize(bytes.len(), 0);
    run.code(0).stdout(&expected).stderr_line(format!(
        "mmapctl: note: process {pid}: {start:#x}-{end:#x} ({}) cannot be read by the kernel; shown as zeros",
        2 * page
    ));
    dump(&["-f", "raw", "--quiet"]).ok().stderr("");
    let object = dump(&["--json"]).ok().json();
    let gap = json!({"offset": start, "length": 2 * page, "cause": "unreadable"});
    assert_eq!(
        (&object["gaps"], &object["complete"]),
        (&json!([gap]), &json!(false))
    );
    assert_eq!(
        (&object["pid"], &object["source"]),
        (&json!(held.pid()), &json!("process"))
    );
    let saved = dump(&["--output", "saved", "--json"]).ok().json();
    assert_eq!(saved["gaps"], json!([gap]));
    assert!(fs::read(env.path("saved")).unwrap() == expected);
    let strict = dump(&["-f", "raw", "--strict"]);
    let message = format!("cannot read at address {start:#x}: the kernel cannot read the page");
    strict.code(9).stdout(&expected[..page as usize]);
    strict.stderr_line(format!("mmapctl: process {pid}: {message}"));
    assert_eq!(dump(&["--strict", "--json"]).json_error()["offset"], start);
    dump(&["--strict", "--output", "new"]).code(9);
    assert!(!env.path("new").exists());
}

#[test]
fn addresses_without_a_mapping_or_without_access_are_gaps() {
    let env = Env::new();
    let page = page_size();
    let held = env
        .cmd([
            "map", "--anon", "-n", "4pg", "-a", "none", "--json", "--hold",
        ])
        .hold();
    let mut held = held;
    let report: Value = serde_json::from_str(&held.line(0)).unwrap();
    let address = report["address"].as_str().unwrap();
    let address = u64::from_str_radix(&address[2..], 16).unwrap();
    let pid = held.pid().to_string();
    let at = address.to_string();
    let run = env.run(args![
        "dump", "--pid", &pid, "-o", &at, "-n", "1pg", "-f", "plain"
    ]);
    let why = format!("cannot read at address {address:#x}: the mapping has no read access");
    run.code(9);
    assert!(run.err_text().contains(&why), "{}", run.err_text());
    let first = maps(held.pid())[0].start;
    let range = format!("{:#x}+{}", first - page, page + 16);
    let run = env.run(args![
        "dump", "--pid", &pid, "--range", &range, "-f", "xxd", "--bytes"
    ]);
    let lines: Vec<&str> = run.code(0).out_text().lines().collect();
    assert!(
        lines[lines.len() - 1].starts_with(&format!("{first:08x}: 7f45 4c46")),
        "{lines:?}"
    );
    run.stderr_line(format!(
        "mmapctl: note: process {pid}: {:#x}-{first:#x} ({page}) is not mapped; shown as zeros",
        first - page
    ));
}

#[test]
fn each_kind_of_failure_has_its_own_status() {
    let env = Env::new();
    let (held, _) = holder(&env, "file", &pattern(100));
    let pid = held.pid().to_string();
    let dump = |more: &[&str]| env.cmd(["dump", "--pid", &pid]).args(more).run();
    dump(&[])
        .code(2)
        .stdout("")
        .stderr_line_at(0, "mmapctl: --pid needs --range, --offset or --mapping");
    for wrong in [
        &["file", "-o", "1"][..],
        &["-o", "-1"],
        &["-n", "1"],
        &["--mapping", "x", "-n", "1"],
        &["-o", "1", "--tag", "x"],
    ] {
        dump(wrong).code(2).stdout("");
    }
    let run = dump(&["--mapping", "*"]);
    run.code(2).stdout("");
    assert!(
        run.err_text()
            .contains(" separate ranges have such a name; a dump has one range")
    );
    let none = format!("process {pid}: cannot read: ");
    let run = dump(&["-o", "0x1000", "-n", "1"]);
    run.code(3).stderr_line_at(
        0,
        format!("mmapctl: {none}the process has no mapping in that range"),
    );
    let run = dump(&["--mapping", "no such"]);
    run.code(3).stderr_line_at(
        0,
        format!("mmapctl: {none}no mapping of the process matches that name"),
    );
    for more in [
        &["--mapping", "x"][..],
        &["--strict"],
        &["--range", "1000-2000"],
    ] {
        env.cmd(["dump", "file"])
            .args(more)
            .run()
            .code(2)
            .stdout("");
    }
    held.signal(Signal::TERM);
    drop(held.wait());
    dump(&["-o", "1"]).refuses(
        3,
        format!("process {pid}: cannot open the memory: there is no such process"),
    );
}

#[test]
fn a_process_of_another_user_is_denied_with_what_is_needed() {
    let env = Env::new();
    let Some(user) = env.other_user() else { return };
    let (held, _) = holder(&env, "file", &pattern(100));
    let pid = held.pid().to_string();
    let run = env
        .cmd(["dump", "--pid", &pid, "--mapping", "[stack]"])
        .user(&user)
        .run();
    run.code(4).stdout("").stderr_lines(2);
    run.stderr_line_at(
        0,
        format!("mmapctl: process {pid}: cannot open the memory: Permission denied"),
    );
    let hint = run.err_text().lines().nth(1).unwrap();
    assert!(
        hint.starts_with("hint: ") && hint.contains("CAP_SYS_PTRACE"),
        "{hint}"
    );
    if let Some(command) = env.without_proc(["dump", "--pid", "1", "-o", "1"]) {
        command.run().code(8).stdout("");
    }
}

#[test]
fn another_reader_gets_the_same_bytes() {
    let env = Env::new();
    let (held, map) = holder(&env, "file", &pattern(100));
    let pid = held.pid().to_string();
    // Another reader: dd, which seeks by blocks of a page.
    let page = page_size();
    let script = format!(
        "dd if=/proc/{pid}/mem bs={page} skip={} count=1 status=none",
        map.start / page
    );
    let other = env.tool("sh", ["-c", &script]).run();
    if !other.ended_with(&[0]) || other.out().len() as u64 != page {
        return skip("dd to read the memory of a process");
    }
    let start = map.start.to_string();
    let run = env.run(args![
        "dump", "--pid", &pid, "-o", &start, "-n", "1pg", "-f", "raw"
    ]);
    run.ok().stdout(other.out());
}

#[test]
fn a_process_that_ends_during_the_dump_is_a_fault_after_its_bytes() {
    let env = Env::new();
    let bytes = pattern(16 << 20);
    let (held, _) = holder(&env, "file", &bytes);
    let pid = held.pid().to_string();
    let (mut output, writer) = std::io::pipe().unwrap();
    // The pipe is not read yet, so the dump waits before its end.
    let dump = std::process::Command::new(MMAPCTL)
        .args(["dump", "--pid", &pid, "--mapping", "/file", "-f", "raw"])
        .stdout(writer)
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut shown = vec![0; 1000];
    output.read_exact(&mut shown).unwrap();
    // It must not unmap the file before it ends.
    held.signal(Signal::KILL);
    drop(held.wait());
    output.read_to_end(&mut shown).unwrap();
    let ended = dump.wait_with_output().unwrap();
    let complaint = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(9), "{complaint}");
    assert!(
        complaint.ends_with(": the process has ended\n"),
        "{complaint}"
    );
    assert!(complaint.starts_with(&format!(
        "mmapctl: process {pid}: cannot read at address 0x"
    )));
    assert!(shown.len() < bytes.len() && shown == bytes[..shown.len()]);
}
