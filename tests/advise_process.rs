//! `mmapctl advise --pid`: the memory of another process, measured by that process's own counters.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
use support::{
    Env, Held, MapsLine, args, cache, cached, clean_file, cold_sparse_file, evict, maps,
    may_advise_processes, page_size, pattern, poll_until, smaps_at, smaps_of, while_pages_stay,
};

use std::fs;
use std::path::Path;

use serde_json::json;

const MIB: u64 = 1 << 20;

/// Another process that has mapped a file and touched every page of it.
fn holder(env: &Env, path: &Path) -> Held {
    env.cmd(args!["map", path, "--flags", "populate", "--hold"])
        .hold()
}

fn rss(pid: u32, path: &Path) -> u64 {
    smaps_of(pid, path).iter().map(|map| map.get("Rss")).sum()
}

fn referenced(pid: u32, path: &Path) -> u64 {
    smaps_of(pid, path)
        .iter()
        .map(|map| map.get("Referenced"))
        .sum()
}

fn mapping_of(pid: u32, path: &Path) -> MapsLine {
    let mut found = maps(pid)
        .into_iter()
        .filter(|map| Path::new(&map.path) == path);
    found.next().unwrap()
}

#[test]
fn the_mappings_of_a_file_are_paged_out_of_the_process_that_has_them() {
    if !may_advise_processes() {
        return;
    }
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let path = clean_file(disk.path(), "a file", 4 * MIB);
        let held = holder(&env, &path);
        let pid = held.pid().to_string();
        assert_eq!(rss(held.pid(), &path), 4 * MIB);
        let mut last = json!(null);
        // Pages that were just read in are briefly on lists of each CPU.
        poll_until("the pages to leave", || {
            let run = env.run(args![
                "advise",
                "pageout",
                "--pid",
                &pid,
                "--mapping",
                "/a file",
                "--json"
            ]);
            last = run.ok().json();
            rss(held.pid(), &path) == 0
        });
        assert_eq!(
            (&last["source"], &last["pid"]),
            (&json!("process"), &json!(held.pid()))
        );
        assert_eq!(
            (&last["length"], &last["advised"]),
            (&json!(4 * MIB), &json!(4 * MIB))
        );
        assert_eq!(last["after"]["memory"]["rss"], 0);
        if let Some(cache) = cache(&path) {
            assert_eq!(cache.cached, 0);
        }
    });
}

#[test]
fn only_the_range_of_addresses_is_cooled() {
    if !may_advise_processes() {
        return;
    }
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let path = clean_file(disk.path(), "file", 4 * MIB);
        let held = holder(&env, &path);
        let pid = held.pid().to_string();
        let start = mapping_of(held.pid(), &path).start;
        let before = referenced(held.pid(), &path);
        assert_eq!(before, 4 * MIB);
        let range = format!("{:x}-{:x}", start + MIB, start + 2 * MIB);
        let run = env.run(args![
            "advise", "cold", "--pid", &pid, "--range", &range, "--json"
        ]);
        let report = run.ok().json();
        assert_eq!(report["effect"]["lasts"], "outlives-command");
        assert_eq!(
            report["mappings"][0]["start"],
            format!("{:#x}", start + MIB)
        );
        let after = referenced(held.pid(), &path);
        assert!((2 * MIB..=3 * MIB).contains(&after), "{after}");
        // In a range that extends beyond the mapping, only the mapped part is advised.
        let range = format!(
            "{:#x}-{:#x}",
            start + 3 * MIB,
            start + 4 * MIB + page_size()
        );
        env.run(args!["advise", "cold", "--pid", &pid, "--range", &range])
            .ok();
    });
}

#[test]
fn a_file_is_read_in_for_another_process() {
    if !may_advise_processes() {
        return;
    }
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        // Longer than a single call reads.
        let path = clean_file(disk.path(), "file", 24 * MIB);
        evict(&path);
        let held = env.cmd(args!["map", &path, "--hold"]).hold();
        if cache(&path).is_none() {
            return;
        }
        let pid = held.pid().to_string();
        let name = path.to_str().unwrap();
        let run = env.run(args![
            "advise",
            "willneed",
            "--pid",
            &pid,
            "--mapping",
            name,
            "--json"
        ]);
        let report = run.ok().json();
        assert_eq!(cache(&path).unwrap().cached, 24 * MIB / page_size());
        assert_eq!(report["effect"]["lasts"], "outlives-command");
        assert_eq!(report["after"]["cached"], 24 * MIB / page_size());
    });
}

#[test]
fn shared_memory_without_swap_leaves_only_the_page_tables() {
    if !may_advise_processes() {
        return;
    }
    let env = Env::new();
    if fs::read_to_string("/proc/swaps").unwrap().lines().count() > 1 {
        support::skip("a system without swap space");
        return;
    }
    let Some(tag) = env.tag("pageout") else {
        return;
    };
    let path = tag.create(pattern(usize::try_from(MIB).unwrap()));
    let held = holder(&env, &path);
    assert_eq!(rss(held.pid(), &path), MIB);
    let pid = held.pid().to_string();
    let run = env.run([
        "advise",
        "pageout",
        "--pid",
        &pid,
        "--mapping",
        tag.name(),
        "--json",
    ]);
    let report = run.ok().json();
    if let Some(cached) = cached(&path) {
        assert_eq!(cached, MIB / page_size());
    }
    assert_eq!(rss(held.pid(), &path), 0);
    assert_eq!(report["effect"]["lasts"], "outlives-command");
    let reason = report["effect"]["reason"].as_str().unwrap();
    assert!(
        reason.ends_with("this memory can move only to swap space, and the system has none"),
        "{reason}"
    );
}

#[test]
fn pages_that_another_process_maps_stay_and_it_is_named() {
    if !may_advise_processes() {
        return;
    }
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let path = clean_file(disk.path(), "file", MIB);
        let (held, other) = (holder(&env, &path), holder(&env, &path));
        let pid = held.pid().to_string();
        let name = path.to_str().unwrap();
        let run = env.run(["advise", "pageout", "--pid", &pid, "--mapping", name]);
        let text = run.ok().out_text();
        assert!(text.contains(" in 1 mapping\n"), "{text}");
        assert!(
            text.contains(&format!("none (mapped by process {})", other.pid())),
            "{text}"
        );
        if let Some(cached) = cached(&path) {
            assert_eq!(cached, MIB / page_size());
        }
    });
}

#[test]
fn holes_of_another_process_are_not_read_in() {
    if !may_advise_processes() {
        return;
    }
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let path = cold_sparse_file(disk.path(), "sparse", 1 << 40, &[1 << 39]);
        let held = env.cmd(args!["map", &path, "--hold"]).hold();
        let pid = held.pid().to_string();
        let name = path.to_str().unwrap();
        let willneed = || {
            env.run([
                "advise",
                "willneed",
                "--pid",
                &pid,
                "--mapping",
                name,
                "--json",
            ])
        };
        let report = willneed().ok().json();
        if let Some(cached) = cached(&path) {
            assert_eq!(cached, 1);
        }
        assert_eq!(report["advised"], page_size());
        let holes = (1_u64 << 40) - page_size();
        let note = report["effect"]["notes"][0].as_str().unwrap();
        assert!(
            note.ends_with(&format!("({holes} bytes) without data was not read")),
            "{note}"
        );
        // A range of only holes is not refused.
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.set_len(0).unwrap();
        file.set_len(1 << 40).unwrap();
        let report = willneed().ok().json();
        assert_eq!(
            (&report["advised"], &report["effect"]["lasts"]),
            (&json!(0), &json!("no-effect"))
        );
    });
}

#[test]
fn anonymous_memory_of_another_process_is_collapsed_into_huge_pages() {
    if !may_advise_processes() {
        return;
    }
    let env = Env::new();
    let held = env
        .cmd([
            "advise",
            "nohugepage",
            "--anon",
            "-n",
            "4M",
            "--touch",
            "--json",
            "--hold",
        ])
        .hold();
    let mut held = held;
    let report: serde_json::Value = serde_json::from_str(&held.line(0)).unwrap();
    let start = report["address"].as_str().unwrap().to_owned();
    let number = u64::from_str_radix(&start[2..], 16).unwrap();
    let range = format!("{start}-{:#x}", number + 4 * MIB);
    let pid = held.pid().to_string();
    // 'nohugepage' forbids it, and the refusal is reported.
    let run = env.run(args![
        "advise", "collapse", "--pid", &pid, "--range", &range
    ]);
    run.code(8).stdout("");
    let run = env.run(args![
        "advise", "cold", "--pid", &pid, "--range", &range, "--json"
    ]);
    assert_eq!(run.ok().json()["effect"]["lasts"], "outlives-command");
    let mut held = env
        .cmd([
            "advise", "random", "--anon", "-n", "4M", "--touch", "--json", "--hold",
        ])
        .hold();
    let report: serde_json::Value = serde_json::from_str(&held.line(0)).unwrap();
    let start = report["address"].as_str().unwrap().to_owned();
    let number = u64::from_str_radix(&start[2..], 16).unwrap();
    let range = format!("{start}-{:#x}", number + 4 * MIB);
    let pid = held.pid().to_string();
    let run = env.run(args![
        "advise", "collapse", "--pid", &pid, "--range", &range, "--json"
    ]);
    assert_eq!(run.ok().json()["effect"]["lasts"], "outlives-command");
    let seen = smaps_at(held.pid(), number).unwrap();
    assert!(seen.get("AnonHugePages") >= 2 * MIB, "{seen:?}");
}

#[test]
fn splitting_huge_pages_counts_as_an_effect() {
    if !may_advise_processes() {
        return;
    }
    let env = Env::new();
    let swaps = fs::read_to_string("/proc/swaps").unwrap();
    if swaps.lines().count() > 1 {
        support::skip("a system without swap space");
        return;
    }
    for advice in ["pageout", "cold"] {
        let mut held = env
            .cmd(args![
                "advise", "hugepage", "--anon", "-n", "4M", "--touch", "--json", "--hold"
            ])
            .hold();
        let report: serde_json::Value = serde_json::from_str(&held.line(0)).unwrap();
        let start = report["address"].as_str().unwrap();
        let number = u64::from_str_radix(&start[2..], 16).unwrap();
        let huge = || smaps_at(held.pid(), number).unwrap().get("AnonHugePages");
        let before = huge();
        if before == 0 {
            support::skip("transparent huge pages");
            return;
        }
        let pid = held.pid().to_string();
        let ranges = [
            format!("{:#x}-{:#x}", number + MIB, number + 3 * MIB),
            format!("{start}-{:#x}", number + 4 * MIB),
        ];
        let mut before = before;
        for range in ranges {
            let run = env.run(args![
                "advise", advice, "--pid", &pid, "--range", &range, "--json"
            ]);
            let report = run.ok().json();
            let after = huge();
            assert_eq!(report["before"]["huge"], before, "{report:#}");
            assert_eq!(report["after"]["huge"], after, "{report:#}");
            if after < before {
                assert_eq!(report["effect"]["lasts"], "outlives-command", "{report:#}");
            }
            before = after;
        }
    }
}

#[test]
fn a_refusing_mapping_is_reported_and_the_others_are_advised() {
    if !may_advise_processes() {
        return;
    }
    let env = Env::new();
    let held = env
        .cmd([
            "map", "--anon", "-n", "64K", "--access", "c", "--flags", "locked", "--hold",
        ])
        .hold();
    let pid = held.pid().to_string();
    let run = env.run(args![
        "advise",
        "cold",
        "--pid",
        &pid,
        "--mapping",
        "*",
        "--json"
    ]);
    let report = run.ok().json();
    let mappings = report["mappings"].as_array().unwrap();
    assert!(mappings.len() > 5);
    let refused = mappings
        .iter()
        .filter(|mapping| mapping["error"].is_string());
    assert!(refused.count() > 0, "{report}");
    assert!(report["advised"].as_u64() < report["length"].as_u64());
}

#[test]
fn locked_memory_of_another_process_is_busy() {
    if !may_advise_processes() {
        return;
    }
    let env = Env::new();
    let path = env.file("locked file", pattern(100));
    let held = env.cmd(args!["map", &path, "--lock", "--hold"]).hold();
    let pid = held.pid().to_string();
    let mapping = smaps_of(held.pid(), &path).remove(0);
    assert!(mapping.has_flag("lo"));
    let run = env.run(["advise", "cold", "--pid", &pid, "--mapping", "locked file"]);
    run.code(12).stdout("");
}

#[test]
fn each_kind_of_failure_has_its_own_status() {
    if !may_advise_processes() {
        return;
    }
    let env = Env::new();
    let path = env.file("file", [1; 100]);
    let held = holder(&env, &path);
    let pid = held.pid().to_string();
    let advise = |arguments: &[&str]| {
        env.cmd(["advise"])
            .args(arguments)
            .args(["--pid", &pid])
            .run()
    };
    advise(&["random", "--mapping", "*"]).refuses(
        8,
        format!(
            "process {pid}: cannot advise: the kernel accepts 'random' only for a process's own memory; \
             for another process it accepts cold, pageout, willneed and collapse"
        ),
    );
    let run = advise(&["cold", "--mapping", "no such thing"]);
    run.code(3).stderr_line(format!(
        "mmapctl: process {pid}: cannot advise: no mapping of the process matches that name"
    ));
    advise(&["cold", "--range", "1000-2000"]).code(3);
    if maps(held.pid()).iter().any(|map| map.path == "[vsyscall]") {
        let vsyscall = "ffffffffff600000-ffffffffff601000";
        advise(&["cold", "--range", vsyscall]).refuses(
            8,
            format!(
                "process {pid}: cannot advise: no mapping accepts 'cold': it is not ordinary memory"
            ),
        );
    }
    if fs::read_to_string("/proc/swaps").unwrap().lines().count() == 1 {
        let run = advise(&["willneed", "--mapping", "[stack]"]);
        assert!(run.ok().out_text().contains(
            "none (this memory can be read only from swap space, and the system has none)"
        ));
    }
    advise(&["cold"]).code(2);
    advise(&["cold", "--mapping", "x", "-n", "4K"]).code(2);
    let gone = holder(&env, &path);
    let late = gone.pid().to_string();
    gone.signal(support::Signal::TERM);
    drop(gone.wait());
    env.run(["advise", "cold", "--pid", &late, "--mapping", "*"])
        .code(3);
}

#[test]
fn a_missing_permission_is_named_by_its_capability() {
    let env = Env::new();
    let Some(user) = env.other_user() else { return };
    let path = env.file("file", [1; 100]);
    let held = holder(&env, &path);
    let pid = held.pid().to_string();
    let arguments = ["advise", "cold", "--pid", &pid, "--mapping", "file"];
    let run = env.cmd(arguments).user(&user).run();
    run.code(4).stdout("");
    assert!(
        run.err_text()
            .contains("hint: run as root, or grant the capability CAP_SYS_PTRACE")
    );
    let Some(program) = user.program().to_str() else {
        return;
    };
    let hide = "mount -t proc -o hidepid=2 proc /proc && exec setpriv --reuid 65534 --regid 65534 \
                --clear-groups \"$@\"";
    let hidden = env
        .tool("unshare", ["-m", "sh", "-c", hide, "sh", program])
        .args(arguments)
        .run();
    hidden.refuses(
        4,
        format!(
            "process {pid}: cannot inspect the process: /proc lists only your own processes (hidepid)"
        ),
    );
    let run = env.cmd(arguments).without_capability("sys_nice").run();
    run.code(4).stdout("");
    assert!(run.err_text().contains("CAP_SYS_NICE (not held)"));
}

#[test]
fn cooling_part_of_a_mapping_is_judged_without_the_rest() {
    if !may_advise_processes() {
        return;
    }
    let env = Env::new();
    let mut held = env
        .cmd([
            "map", "--anon", "-n", "4M", "-a", "w", "--flags", "populate", "--json", "--hold",
        ])
        .hold();
    let report: serde_json::Value = serde_json::from_str(&held.line(0)).unwrap();
    let start = report["address"].as_str().unwrap().to_owned();
    let pid = held.pid().to_string();
    let end = u64::from_str_radix(start.trim_start_matches("0x"), 16).unwrap() + page_size();
    let range = format!("{start}-{end:#x}");
    let cool = || {
        let run = env.run(["advise", "cold", "--pid", &pid, "--range", &range, "--json"]);
        run.ok().json()
    };
    let first = cool();
    if first["before"]["marks"].is_null() {
        return;
    }
    assert_eq!(first["effect"]["lasts"], "outlives-command", "{first:#}");
    let second = cool();
    assert_eq!(second["effect"]["lasts"], "no-effect", "{second:#}");
    assert_eq!(second["effect"]["reason"], "no pages were marked as used");
}

#[test]
fn marks_of_pages_shared_with_a_child_are_not_attributed_to_swap_space() {
    if !may_advise_processes() {
        return;
    }
    let env = Env::new();
    // A child shares the memory of its parent until either writes to it.
    let script = "x=$(printf %4000000s x); (sleep 60; :) & echo ready; wait";
    let mut held = env.tool("bash", ["-c", script]).spawn();
    assert_eq!(held.line(0), "ready");
    let pid = held.pid().to_string();
    let run = env.run([
        "advise",
        "cold",
        "--json",
        "--mapping",
        "[heap]",
        "--pid",
        &pid,
    ]);
    let report = run.ok().json();
    assert!(
        !report["effect"].to_string().contains("swap space"),
        "{report:#}"
    );
}
