//! `mmapctl pmap`: the mappings of a process, compared with `/proc/PID/smaps`.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
use support::{
    ENTER, Env, Held, LEAVE, MMAPCTL, Run, Signal, Smaps, Watcher, args, page_size, pattern,
    poll_until, smaps,
};

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

const MIB: u64 = 1 << 20;

/// A process that has mapped a file and touched every page of it, and then waits.
fn holder(env: &Env, path: &Path) -> Held {
    env.cmd(args!["map", path, "--flags", "populate", "--hold"])
        .hold()
}

/// The run of a command between two looks at the smaps of a process that agree: other processes that map the same
/// files change the shares of its pages.
fn with_smaps(pid: u32, mut run: impl FnMut() -> Run) -> (Vec<Smaps>, Run) {
    let mut seen = None;
    let text = || std::fs::read(format!("/proc/{pid}/smaps")).unwrap();
    poll_until("smaps stays the same", || {
        let before = text();
        let (all, run) = (smaps(pid), run());
        let same = text() == before;
        seen = Some((all, run));
        same
    });
    seen.unwrap()
}

/// Whether no other process maps the pages of a mapping. The program under test maps the same program and libraries
/// while it runs.
fn is_own(seen: &Smaps, file: &Path) -> bool {
    let path = &seen.line.path;
    ["", "[heap]", "[stack]"].contains(&path.as_str()) || Path::new(path) == file
}

/// The counters that depend on the other processes that map a page.
const SHARED: [&str; 7] = [
    "Pss",
    "Pss_Dirty",
    "Shared_Clean",
    "Shared_Dirty",
    "Private_Clean",
    "Private_Dirty",
    "Locked",
];

/// The keys of `memory` and the names that the kernel has for them.
const COUNTERS: [(&str, &str); 20] = [
    ("kernel_page_size", "KernelPageSize"),
    ("rss", "Rss"),
    ("pss", "Pss"),
    ("pss_dirty", "Pss_Dirty"),
    ("shared_clean", "Shared_Clean"),
    ("shared_dirty", "Shared_Dirty"),
    ("private_clean", "Private_Clean"),
    ("private_dirty", "Private_Dirty"),
    ("referenced", "Referenced"),
    ("anonymous", "Anonymous"),
    ("ksm", "KSM"),
    ("lazy_free", "LazyFree"),
    ("anon_huge_pages", "AnonHugePages"),
    ("shmem_pmd_mapped", "ShmemPmdMapped"),
    ("file_pmd_mapped", "FilePmdMapped"),
    ("shared_hugetlb", "Shared_Hugetlb"),
    ("private_hugetlb", "Private_Hugetlb"),
    ("swap", "Swap"),
    ("swap_pss", "SwapPss"),
    ("locked", "Locked"),
];

fn huge(seen: &Smaps) -> u64 {
    let parts = [
        "AnonHugePages",
        "ShmemPmdMapped",
        "FilePmdMapped",
        "Shared_Hugetlb",
        "Private_Hugetlb",
    ];
    parts.iter().map(|name| seen.get(name)).sum()
}

#[track_caller]
fn agrees(row: &Value, seen: &Smaps, file: &Path) {
    let line = &seen.line;
    assert_eq!(row["kind"], "mapping");
    assert_eq!(row["address"], format!("{:#x}", line.start));
    assert_eq!(row["length"], line.length());
    assert_eq!(row["permissions"], *line.permissions);
    assert_eq!(row["offset"], line.offset);
    let name = line.path.strip_suffix(" (deleted)").unwrap_or(&line.path);
    assert_eq!(row["name"].as_str().unwrap_or_default(), name);
    assert_eq!(row["deleted"], name != line.path);
    let own = is_own(seen, file);
    for (key, name) in COUNTERS {
        if !own && SHARED.contains(&name) {
            continue;
        }
        assert_eq!(row["memory"][key], seen.get(name), "{key} {row:#}");
    }
    assert_eq!(row["memory"]["vm_flags"], json!(seen.flags));
    assert_eq!(row["huge"], huge(seen));
    assert_eq!(row["locked"], row["memory"]["locked"]);
}

#[test]
fn every_row_and_the_total_agree_with_smaps_to_the_byte() {
    let env = Env::new();
    let path = env.file("file", pattern(3 * page_size() as usize));
    let of_file = args!["map", &path, "-a", "c", "--lock", "--hold"];
    let of_memory = args!["map", "--anon", "-n", "4M", "-a", "c", "--lock", "--hold"];
    for arguments in [&of_file[..], &of_memory] {
        let held = env.cmd(arguments).hold();
        let pid = held.pid();
        let list = || env.run(["pmap", "--json", &pid.to_string()]);
        let (seen, run) = with_smaps(pid, list);
        let rows = run.ok().json_lines();
        let (total, rows) = rows.split_last().unwrap();
        assert_eq!(rows.len(), seen.len());
        assert!(
            seen.iter()
                .any(|seen| is_own(seen, &path) && seen.get("Locked") > 0)
        );
        for (row, seen) in rows.iter().zip(&seen) {
            agrees(row, seen, &path);
            assert_eq!(row["pid"], pid);
        }
        let sum = |amount: &dyn Fn(&Smaps) -> u64| seen.iter().map(amount).sum::<u64>();
        let of_rows = |key: &str| -> u64 {
            let amounts = rows.iter().map(|row| row["memory"][key].as_u64());
            amounts.map(Option::unwrap).sum()
        };
        assert_eq!(
            (&total["kind"], &total["pid"]),
            (&json!("total"), &json!(pid))
        );
        assert_eq!(total["command"], "mmapctl");
        assert_eq!(total["length"], sum(&|seen| seen.line.length()));
        assert_eq!(total["memory"]["mappings"], seen.len());
        for (key, name) in COUNTERS.into_iter().skip(1) {
            assert_eq!(total["memory"][key], of_rows(key), "{key}");
            if !SHARED.contains(&name) {
                assert_eq!(total["memory"][key], sum(&|seen| seen.get(name)), "{key}");
            }
        }
        assert_eq!(total["huge"], sum(&huge));
    }
}

#[test]
fn the_table_has_a_row_a_mapping_and_ends_with_the_total() {
    let env = Env::new();
    let path = env.file("a file", pattern(5 * page_size() as usize));
    let held = holder(&env, &path);
    let pid = held.pid().to_string();
    let list = || env.run(["pmap", &pid, "--bytes", "--mapping", "a file", "--verbose"]);
    let (seen, run) = with_smaps(held.pid(), list);
    let seen = seen
        .into_iter()
        .find(|seen| seen.line.path == path.to_str().unwrap())
        .unwrap();
    let lines: Vec<&str> = run.ok().out_text().lines().collect();
    assert_eq!(lines.len(), 3, "{lines:#?}");
    let words = |line: &str| {
        let words = line.split_whitespace().map(str::to_owned);
        words.collect::<Vec<String>>().join(" ")
    };
    assert_eq!(
        words(lines[0]),
        "ADDRESSES MODE SIZE RSS PSS DIRTY SWAP HUGE LOCKED VMFLAGS NAME"
    );
    let amounts = format!(
        "{} {} {} {} {} {} {}",
        seen.line.length(),
        seen.get("Rss"),
        seen.get("Pss"),
        seen.get("Private_Dirty"),
        seen.get("Swap"),
        huge(&seen),
        seen.get("Locked"),
    );
    assert_eq!(seen.get("Rss"), 5 * page_size());
    let row = format!(
        "{:x}-{:x} {} {amounts} {} {}",
        seen.line.start,
        seen.line.end,
        seen.line.permissions,
        seen.flags.join(" "),
        seen.line.path
    );
    assert_eq!(words(lines[1]), row);
    assert_eq!(words(lines[2]), format!("{amounts} total of 1 mapping"));
    let plain = env.run(["pmap", &pid, "--mapping", "a file", "--quiet"]);
    let heads = plain.ok().out_text().lines().next().unwrap();
    assert!(!heads.contains("VMFLAGS"), "{heads}");
}

#[test]
fn mappings_are_found_by_an_address_or_by_a_part_of_the_name() {
    let env = Env::new();
    let path = env.file("some name", pattern(5 * page_size() as usize));
    let held = holder(&env, &path);
    let pid = held.pid().to_string();
    let all = smaps(held.pid());
    let mine = all
        .iter()
        .find(|seen| seen.line.path == path.to_str().unwrap());
    let line = &mine.unwrap().line;
    let starts = |arguments: &[&str]| -> Vec<Value> {
        let run = env.cmd(["pmap", "--json", &pid]).args(arguments).run();
        let rows = run.ok().json_lines();
        let (total, rows) = rows.split_last().unwrap();
        assert_eq!(total["memory"]["mappings"], rows.len());
        rows.iter().map(|row| row["address"].clone()).collect()
    };
    let start = json!(format!("{:#x}", line.start));
    for address in [line.start, line.start + 1, line.end - 1] {
        assert_eq!(
            starts(&["--at", &address.to_string()]),
            std::slice::from_ref(&start)
        );
    }
    for pattern in ["some name", "some*me", "/so"] {
        assert!(
            starts(&["--mapping", pattern]).contains(&start),
            "{pattern}"
        );
    }
    assert_eq!(starts(&["--mapping", "[stack]"]).len(), 1);
    assert_eq!(starts(&["--mapping", "*"]).len(), all.len());
    let none = [
        (
            ["--at", "0x1000"],
            "the process has no mapping in that range",
        ),
        (
            ["--mapping", "no such"],
            "no mapping of the process matches that name",
        ),
    ];
    for (arguments, why) in none {
        let run = env.cmd(["pmap", &pid]).args(arguments).run();
        let message = format!("mmapctl: process {pid}: cannot list the mappings: {why}");
        run.code(3).stdout("").stderr_line_at(0, message);
    }
}

#[test]
fn rows_are_sorted_and_the_first_ones_shown() {
    let env = Env::new();
    let held = env
        .cmd([
            "map", "--anon", "-n", "4M", "-a", "c", "--flags", "populate", "--hold",
        ])
        .hold();
    let pid = held.pid().to_string();
    let count = smaps(held.pid()).len();
    for (key, field) in [
        ("size", "/length"),
        ("rss", "/memory/rss"),
        ("pss", "/memory/pss"),
        ("dirty", "/memory/private_dirty"),
        ("swap", "/memory/swap"),
        ("huge", "/huge"),
        ("locked", "/locked"),
    ] {
        let run = env.run(["pmap", "--json", &pid, "--sort", key]);
        let rows = run.ok().json_lines();
        assert_eq!(rows.len(), count + 1);
        let amounts = rows[..count]
            .iter()
            .map(|row| row.pointer(field).unwrap().as_u64());
        assert!(amounts.rev().is_sorted(), "{key}");
    }
    let names = env.run(["pmap", "--json", &pid, "--sort", "name"]);
    let rows = names.ok().json_lines();
    let names = rows[..rows.len() - 1]
        .iter()
        .map(|row| row["name"].as_str());
    assert!(names.is_sorted());
    let top = env.run(["pmap", "--json", &pid, "--top", "1"]);
    let rows = top.ok().json_lines();
    assert_eq!(rows.len(), 2);
    assert!(rows[0]["memory"]["rss"].as_u64() >= Some(4 * MIB));
    assert_eq!(rows[1]["memory"]["mappings"], smaps(held.pid()).len());
}

#[test]
fn unusual_names_are_escaped_in_the_table_and_exact_in_json() {
    let env = Env::new();
    let bytes = b"a\nb\x1b[31m\xff";
    let path = env.file(OsStr::from_bytes(bytes), pattern(100));
    let held = holder(&env, &path);
    let pid = held.pid().to_string();
    std::fs::remove_file(&path).unwrap();
    let run = env.run(["pmap", &pid, "--mapping", "[31m"]);
    let text = run.ok().out_text();
    let shown = format!("{}/a\\nb\\x1b[31m\\xff' (deleted)", env.dir().display());
    assert!(text.contains(&format!("$'{shown}\n")), "{text}");
    assert!(!text.contains('\x1b'));
    let rows = env.run(["pmap", &pid, "--json", "--mapping", "[31m"]);
    let row = &rows.ok().json_lines()[0];
    let coded = STANDARD.encode(path.as_os_str().as_bytes());
    assert_eq!(
        (&row["name_base64"], &row["deleted"]),
        (&json!(coded), &json!(true))
    );
    assert_eq!(row.get("name"), None);
    let rows = env.run(["pmap", &pid, "--json"]).json_lines();
    assert!(rows.iter().any(|row| row.get("name").is_none()));
}

#[test]
fn each_kind_of_failure_has_its_own_status() {
    let env = Env::new();
    let why = "cannot read the memory map: there is no such process";
    env.run(["pmap", "4294967295"])
        .refuses(3, format!("process 4294967295: {why}"));
    let error = env.run(["pmap", "--json", "4294967295"]).json_error();
    assert_eq!(error["code"], "not_found");
    for wrong in [
        &["pmap"][..],
        &["pmap", "0"],
        &["pmap", "self"],
        &["pmap", "1", "2"],
    ] {
        env.run(wrong).code(2).stdout("");
    }
    if let Some(command) = env.without_proc(["pmap", "1"]) {
        command.run().code(8).stdout("");
    }
    // A process that has ended, and whose parent has not waited for it.
    let mut zombie = std::process::Command::new("true").spawn().unwrap();
    let (pid, state) = (zombie.id(), format!("/proc/{}/stat", zombie.id()));
    poll_until("it ends", || {
        std::fs::read_to_string(&state).unwrap().contains(") Z ")
    });
    env.run(["pmap", &pid.to_string()]).code(3).stdout("");
    env.run(["dump", "--pid", &pid.to_string(), "-o", "1"])
        .code(3)
        .stdout("");
    zombie.wait().unwrap();
    let kernel = std::fs::read_to_string("/proc/2/comm").unwrap_or_default();
    if kernel != "kthreadd\n" || !rustix::process::geteuid().is_root() {
        return support::skip("kernel threads, and root to inspect them");
    }
    let why = "it has no mappings: it is a kernel thread, or it has ended";
    env.run(["pmap", "2"])
        .refuses(3, format!("process 2: cannot list the mappings: {why}"));
}

#[test]
fn a_process_of_another_user_is_denied_with_the_capability_that_is_needed() {
    let env = Env::new();
    let Some(user) = env.other_user() else { return };
    let path = env.file("file", pattern(100));
    let held = holder(&env, &path);
    let pid = held.pid().to_string();
    let run = env.cmd(["pmap", &pid]).user(&user).run();
    run.code(4).stdout("").stderr_lines(2);
    run.stderr_line_at(
        0,
        format!("mmapctl: process {pid}: cannot read the memory map: Permission denied"),
    );
    run.stderr_line_at(
        1,
        "hint: run as root, or grant the capability CAP_SYS_PTRACE, to inspect another user's process",
    );
}

#[test]
fn a_watch_prints_one_table_a_look_until_the_process_ends() {
    let env = Env::new();
    let path = env.file("file", pattern(100));
    let held = holder(&env, &path);
    let pid = held.pid().to_string();
    let run = env.run(["pmap", &pid, "--at", "0", "--watch=10ms"]);
    run.code(3);
    let run = env.run(args![
        "pmap",
        &pid,
        "--mapping",
        "/file",
        "--watch=10ms",
        "--count",
        "3"
    ]);
    let tables: Vec<&str> = run.ok().out_text().split("\n\n").collect();
    assert_eq!(tables.len(), 3, "{}", run.out_text());
    assert!(tables.iter().all(|table| table.starts_with("ADDRESSES")));
    let looks = env.run(args![
        "pmap",
        &pid,
        "--mapping",
        "/file",
        "--watch=10ms",
        "--count",
        "2",
        "--json"
    ]);
    let looks = looks.ok().json_lines();
    let numbers: Vec<(&Value, &Value)> = looks
        .iter()
        .map(|row| (&row["look"], &row["kind"]))
        .collect();
    let (one, two, mapping, total) = (json!(1), json!(2), json!("mapping"), json!("total"));
    assert_eq!(
        numbers,
        [
            (&one, &mapping),
            (&one, &total),
            (&two, &mapping),
            (&two, &total)
        ]
    );
    let mut watch = env
        .cmd(["pmap", &pid, "--watch=10ms", "--json", "--mapping", "/file"])
        .hold();
    watch.line(3);
    held.signal(Signal::TERM);
    drop(held.wait());
    let ended = watch.wait();
    ended.code(3);
    let error: Value = serde_json::from_str(ended.err_text()).unwrap();
    assert_eq!(error["subject"], format!("process {pid}"));
}

#[test]
fn on_a_terminal_the_table_is_redrawn_and_fits() {
    let env = Env::new();
    let held = holder(&env, &env.file("file", pattern(100)));
    let command = format!("{MMAPCTL} pmap {} --watch=10ms --count 2", held.pid());
    let Some(cmd) = env.terminal(70, &command) else {
        return;
    };
    let run = cmd.env("NO_COLOR", "1").run();
    let text = run.ok().out_text();
    assert!(text.contains("Every 10ms, look 2; q quits"), "{text}");
    assert!(
        text.contains("\x1b[?1049h") && text.ends_with("\x1b[?1049l"),
        "{text:?}"
    );
    assert!(
        text.contains("ADDRESSES") && !text.contains("LOCKED"),
        "{text}"
    );
    let rows = smaps(held.pid()).len();
    // The first line, the heads and the total; of the others, one counts the rows that do not fit.
    if rows > 21 {
        let more = format!("{} more rows", rows - 20);
        assert!(text.contains(&more), "{more}: {text}");
    }
}

#[test]
fn the_table_follows_the_size_of_the_terminal_until_a_key_ends_it() {
    let env = Env::new();
    let held = holder(&env, &env.file("file", pattern(100)));
    let pid = held.pid().to_string();
    let rows = smaps(held.pid()).len();
    for key in ["q", "\x03"] {
        let mut watcher = Watcher::start(&env, (80, 24), &["pmap", &pid, "--watch=20ms"]);
        let fits = |size: (u16, u16)| {
            watcher.resize(size);
            // The first line, the heads, the total, and perhaps the number of other rows.
            let lines = usize::from(size.1).min(rows + 3);
            watcher.until_screen("the size", |screen| {
                screen.len() == lines && screen[0].ends_with("; q quits")
            })
        };
        fits((80, 24));
        let large = fits((200, 50));
        assert!(large[1].starts_with("ADDRESSES"), "{large:?}");
        let small = fits((80, 10));
        assert_eq!(small.len(), 10);
        if rows > 7 {
            assert_eq!(small[9], format!("{} more rows", rows - 6));
        }
        assert!(!watcher.is_as_before());
        watcher.press(key);
        let (status, text) = watcher.end();
        assert_eq!(status.code(), Some(0));
        assert!(text.starts_with(ENTER) && text.ends_with(LEAVE));
    }
}
