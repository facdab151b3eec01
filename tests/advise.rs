//! `mmapctl advise`: every advice on every type of source, with its effect measured from outside.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

#[path = "advise/truth.rs"]
mod truth;

use support::{
    Env, Limit, Mapped, Open, allocated, args, cache, cache_range, cached, clean_file, cold_file,
    cold_sparse_file, evict, page_size, pattern, size, smaps_at, while_pages_stay,
};

use std::fs::{self, File};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::Path;

use serde_json::Value;

const MIB: u64 = 1 << 20;

/// Every advice, with its alias if it has one.
const ADVICE: [(&str, Option<&str>); 27] = [
    ("normal", None),
    ("sequential", None),
    ("random", None),
    ("willneed", Some("will-need")),
    ("dontneed", Some("dont-need")),
    ("free", None),
    ("remove", None),
    ("dontfork", Some("dont-fork")),
    ("dofork", Some("do-fork")),
    ("hwpoison", Some("hw-poison")),
    ("soft-offline", None),
    ("mergeable", None),
    ("unmergeable", None),
    ("hugepage", Some("huge-page")),
    ("nohugepage", Some("no-huge-page")),
    ("dontdump", Some("dont-dump")),
    ("dodump", Some("do-dump")),
    ("wipeonfork", Some("wipe-on-fork")),
    ("keeponfork", Some("keep-on-fork")),
    ("cold", None),
    ("pageout", Some("page-out")),
    ("populate-read", None),
    ("populate-write", None),
    ("dontneed-locked", Some("dont-need-locked")),
    ("collapse", None),
    ("guard-install", None),
    ("guard-remove", None),
];

/// Destructive advice.
const DESTRUCTIVE: [&str; 3] = ["remove", "hwpoison", "soft-offline"];

fn lasts(report: &Value) -> &str {
    report["effect"]["lasts"].as_str().unwrap()
}

fn reason(report: &Value) -> &str {
    report["effect"]["reason"].as_str().unwrap()
}

fn address(report: &Value) -> u64 {
    let text = report["address"].as_str().unwrap();
    u64::from_str_radix(text.strip_prefix("0x").unwrap(), 16).unwrap()
}

#[test]
fn every_advice_and_alias_is_accepted_or_refused_with_a_reason() {
    let env = Env::new();
    let path = env.file("file", pattern(usize::try_from(4 * page_size()).unwrap()));
    let Some(tag) = env.tag("advise") else { return };
    tag.create(pattern(usize::try_from(4 * page_size()).unwrap()));
    for (name, other) in ADVICE {
        // If accepted, these would remove memory from the machine.
        if name == "hwpoison" || name == "soft-offline" {
            continue;
        }
        for spelling in [Some(name), other].into_iter().flatten() {
            for source in [
                args![&path].to_vec(),
                args!["--tag", tag.name()].to_vec(),
                args!["--anon", "--length", "4pg"].to_vec(),
            ] {
                let run = env
                    .cmd(["advise", spelling, "--json", "--destructive"])
                    .args(source)
                    .run();
                if run.out().is_empty() {
                    // Advice for anonymous memory on files, and vice versa.
                    assert_eq!(run.code(8).json_error()["code"], "unsupported");
                } else {
                    let report = run.ok().json();
                    assert_eq!(report["advice"], name);
                    assert!(
                        ["outlives-command", "while-mapped", "no-effect"].contains(&lasts(&report))
                    );
                    assert!(!reason(&report).is_empty());
                }
            }
        }
    }
}

#[test]
fn destructive_advice_requires_confirmation() {
    let env = Env::new();
    let before = pattern(usize::try_from(4 * page_size()).unwrap());
    let path = env.file("file", &before);
    for advice in DESTRUCTIVE {
        let harm = match advice {
            "soft-offline" => "takes memory from the system",
            _ => "destroys data",
        };
        env.run(args!["advise", advice, &path]).refuses(
            2,
            format!("'{advice}' {harm}; add --destructive to confirm"),
        );
    }
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_long_range_is_read_in_completely() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        // Longer than a single call reads.
        let Some(path) = cold_file(disk.path(), "file", 48 * MIB) else {
            return;
        };
        let run = env.run(args!["advise", "willneed", &path, "--json"]);
        let (there, all) = (cached(&path).unwrap(), 48 * MIB / page_size());
        // The kernel may have reclaimed some of them itself.
        assert!(there >= all / 10 * 9, "{there} of {all}");
        let report = run.ok().json();
        assert_eq!(lasts(&report), "outlives-command");
        assert_eq!(report["before"]["residency"]["resident"], 0);
        let again = env.run(args!["advise", "willneed", &path, "--json"]);
        let again = again.ok().json();
        if again["before"]["residency"]["resident"] == all {
            assert_eq!(lasts(&again), "no-effect");
        }
    });
}

#[test]
fn long_holes_are_not_read_in() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let offsets = [3 * MIB, (1 << 40) - page_size()];
        let path = cold_sparse_file(disk.path(), "sparse", 1 << 40, &offsets);
        let report = env
            .run(args!["advise", "willneed", &path, "--json"])
            .ok()
            .json();
        if let Some(cached) = cached(&path) {
            assert_eq!(cached, 2);
        }
        assert_eq!(lasts(&report), "outlives-command");
        let holes = (1_u64 << 40) - 2 * page_size();
        assert_eq!(report["holes"], holes);
        let note = report["effect"]["notes"][0].as_str().unwrap();
        assert!(
            note.ends_with(&format!("({holes} bytes) without data was not read")),
            "{note}"
        );
        let report = env
            .run(args!["advise", "willneed", &path, "--json"])
            .ok()
            .json();
        assert_eq!(
            (lasts(&report), reason(&report)),
            ("no-effect", "all data was already in memory")
        );
        let empty = env.sparse_file("hole", 1 << 40, &[]);
        let run = env.run(args!["advise", "willneed", &empty, "--json"]);
        assert_eq!(lasts(&run.ok().json()), "no-effect");
        if let Some(cached) = cached(&empty) {
            assert_eq!(cached, 0);
        }
    });
}

#[test]
fn advice_on_the_page_cache_needs_little_address_space() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let offsets = [0, 1024 * MIB, 2048 * MIB, 3072 * MIB];
        let path = cold_sparse_file(disk.path(), "long", 4096 * MIB, &offsets);
        let limited = |arguments: &[&str]| {
            env.cmd(arguments)
                .arg(&path)
                .arg("--json")
                .limit(Limit::AddressSpace, 300 * MIB)
                .run()
        };
        let report = limited(&["advise", "willneed"]).ok().json();
        let Some(resident) = cached(&path) else {
            return;
        };
        assert_eq!(resident, 4);
        assert_eq!(report["after"]["residency"]["resident"], 4);
        assert_eq!(
            report["after"]["residency"]["pages"],
            4096 * MIB / page_size()
        );
        assert!(report["pieces"].as_u64() > Some(10), "{report}");
        assert_eq!(report["length"], 4096 * MIB);
        limited(&["advise", "cold"]).ok();
        let report = limited(&["advise", "pageout"]).ok().json();
        assert_eq!(lasts(&report), "outlives-command");
        assert_eq!(cached(&path), Some(0));
        let populated = 400 * MIB;
        limited(&["advise", "populate-read", "-n", "400M"]).ok();
        let part = cache_range(&path, 0, populated).unwrap();
        // The kernel may have reclaimed some of them itself.
        assert!(part.cached >= populated / page_size() / 10 * 9);
        for action in ["evict", "warm"] {
            limited(&[action]).ok();
        }
        assert_eq!(cached(&path), Some(4));
        let before = allocated(&path);
        let report = limited(&["advise", "remove", "--destructive"]).ok().json();
        assert_eq!(lasts(&report), "outlives-command");
        assert!(allocated(&path) < before);
        assert_eq!(report["after"]["allocated"], allocated(&path));
        // Advice about the mapping itself needs the whole mapping.
        limited(&["advise", "random"]).code(7).stdout("");
        let whole = env.run(args!["advise", "cold", &path, "--json"]);
        assert_eq!(whole.ok().json()["pieces"], 1);
    });
}

#[test]
fn without_proc_the_visible_effect_is_reported() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let path = clean_file(disk.path(), "file", MIB);
        let hidden = |arguments: &[&str]| {
            let command = env.without_proc(["advise"])?;
            Some(command.args(arguments).arg("--json").run())
        };
        let file = path.to_str().unwrap();
        let Some(run) = hidden(&["pageout", file]) else {
            return;
        };
        let report = run.ok().json();
        if let Some(cached) = cached(&path) {
            assert_eq!(cached, 0);
            assert_eq!(lasts(&report), "outlives-command");
            assert_eq!(report["effect"]["measured"], true);
        }
        assert_eq!(report["after"]["memory"], Value::Null);
        for arguments in [
            &["random", file][..],
            &["dontneed", file],
            &["cold", file],
            &["free", "--anon", "-n", "1M", "--touch"],
        ] {
            let report = hidden(arguments).unwrap().ok().json();
            assert_eq!(report["effect"]["measured"], false, "{arguments:?}");
        }
        let report = hidden(&["populate-write", file]).unwrap().ok().json();
        if let Some(cache) = cache(&path) {
            assert_eq!(cache.dirty, MIB / page_size());
            assert_eq!(report["effect"]["measured"], true);
        }
        let report = hidden(&["remove", file, "--destructive"]).unwrap();
        assert_eq!(lasts(&report.ok().json()), "outlives-command");
        assert_eq!(allocated(&path), 0);
        let run = env.without_proc(args!["advise", "random", &path]).unwrap();
        let run = run.run();
        let text = run.ok().out_text();
        assert!(
            text.contains(
                "  effect      unknown (the system does not report the memory use of this mapping)\n"
            ),
            "{text}"
        );
        // Other processes cannot be inspected.
        let run = hidden(&["cold", "--pid", "1", "--mapping", "*"]).unwrap();
        assert_eq!(run.code(8).json_error()["code"], "unsupported");
    });
}

#[test]
fn populating_reads_pages_in_or_makes_them_dirty() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let path = clean_file(disk.path(), "file", MIB);
        evict(&path);
        let run = env.run(args![
            "advise",
            "populate-read",
            &path,
            "-o",
            "64K",
            "-n",
            "64K",
            "--json"
        ]);
        let report = run.ok().json();
        assert_eq!(lasts(&report), "outlives-command");
        assert_eq!(
            (&report["offset"], &report["length"]),
            (&65536.into(), &65536.into())
        );
        if let Some(cached) = cached(&path) {
            assert!(cached >= 65536 / page_size());
        }
        let sparse = disk.path().join("sparse");
        File::create(&sparse).unwrap().set_len(MIB).unwrap();
        let run = env.run(args!["advise", "populate-write", &sparse, "--json"]);
        assert_eq!(lasts(&run.ok().json()), "outlives-command");
        if let Some(cache) = cache(&sparse) {
            assert_eq!(cache.dirty, MIB / page_size());
        }
        assert_eq!(size(&sparse), MIB);
        env.run(args!["advise", "populate-write", &path, "--access", "r"])
            .code(8);
    });
}

#[test]
fn populating_an_unreadable_page_names_its_offset() {
    let env = Env::new();
    let Some(disk) = env.bad_disk() else { return };
    let run = env.run(args!["advise", "populate-read", disk.file(), "--json"]);
    let error = run.code(9).json_error();
    assert_eq!(error["code"], "fault");
    assert_eq!(error["offset"], disk.first_bad());
}

#[test]
fn populating_a_hole_of_a_full_disk_is_a_fault() {
    let env = Env::new();
    for mount in [env.small_tmpfs(MIB), env.small_ext4(8 * MIB)]
        .into_iter()
        .flatten()
    {
        let path = mount.path("sparse");
        File::create(&path).unwrap().set_len(4 * MIB).unwrap();
        mount.fill_up(0);
        let run = env.run(args!["advise", "populate-write", &path, "--json"]);
        let error = run.code(9).json_error();
        assert!(
            error["message"]
                .as_str()
                .unwrap()
                .contains("the disk is full")
        );
    }
}

#[test]
fn remove_punches_a_hole() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let Some(tag) = env.tag("remove") else {
            return;
        };
        let contents = pattern(usize::try_from(MIB).unwrap());
        for path in [clean_file(disk.path(), "file", MIB), tag.create(&contents)] {
            let before = allocated(&path);
            let remove = || {
                env.run(args![
                    "advise",
                    "remove",
                    "--destructive",
                    &path,
                    "-o",
                    "64K",
                    "-n",
                    "512K",
                    "--json"
                ])
            };
            assert_eq!(lasts(&remove().ok().json()), "outlives-command");
            assert_eq!(allocated(&path), before - 512 * 1024);
            let after = fs::read(&path).unwrap();
            assert_eq!(after[..65536], contents[..65536]);
            assert!(
                after[65536..65536 + 512 * 1024]
                    .iter()
                    .all(|byte| *byte == 0)
            );
            assert_eq!(after[65536 + 512 * 1024..], contents[65536 + 512 * 1024..]);
            if path.starts_with(disk.path()) {
                // Reading brought pages of the hole in.
                evict(&path);
            }
            assert_eq!(lasts(&remove().ok().json()), "no-effect");
        }
    });
}

#[test]
fn remove_leaves_bytes_outside_the_range() {
    let env = Env::new();
    let page = page_size();
    let contents = pattern(usize::try_from(2 * page + 100).unwrap());
    let path = env.file("file", &contents);
    let remove = |offset: u64, length: Option<u64>| {
        let offset = offset.to_string();
        let length = length.map(|length| format!("--length={length}"));
        env.cmd(args![
            "advise",
            "remove",
            "--destructive",
            &path,
            "-o",
            offset
        ])
        .args(length)
        .run()
    };
    for (offset, length) in [(1, page - 1), (0, 1), (page, page + 1), (2 * page, 99)] {
        let run = remove(offset, Some(length));
        let error = run.code(2).err_text();
        assert!(error.contains("'remove' destroys whole pages"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), contents);
    }
    // The last page ends where the file does.
    remove(2 * page, None).ok();
    assert_eq!(
        fs::read(&path).unwrap()[..contents.len() - 100],
        contents[..contents.len() - 100]
    );
    assert_eq!(fs::read(&path).unwrap()[contents.len() - 100..], [0; 100]);
}

#[test]
fn remove_requires_a_writable_descriptor_and_no_block_device() {
    let env = Env::new();
    let path = env.file("file", pattern(usize::try_from(4 * page_size()).unwrap()));
    let run = env
        .cmd([
            "advise",
            "remove",
            "--destructive",
            "--fd",
            "5",
            "--access",
            "r",
        ])
        .fd(5, Open::Read, &path)
        .run();
    run.code(4);
    env.cmd(["advise", "remove", "--destructive", "--fd", "5"])
        .fd(5, Open::Read, &path)
        .run()
        .code(4)
        .stderr_line_at(
            1,
            "hint: open the descriptor for reading and writing (in a shell, N<>FILE)",
        );
    let Some(mount) = env.small_ext4(8 * MIB) else {
        return;
    };
    let device = mount.device();
    let before = fs::read(&device).unwrap();
    let run = env.run(args!["advise", "remove", "--destructive", &device]);
    run.code(8);
    assert!(
        run.err_text()
            .contains("'remove' may erase the blocks of a block device")
    );
    assert!(fs::read(&device).unwrap() == before);
}

#[test]
fn pages_are_paged_out_unless_something_keeps_them() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let path = clean_file(disk.path(), "file", MIB);
        let pageout = || {
            env.run(args!["advise", "pageout", &path, "--json"])
                .ok()
                .json()
        };
        let report = pageout();
        assert_eq!(lasts(&report), "outlives-command");
        if cached(&path).is_none() {
            return;
        }
        assert_eq!(cached(&path), Some(0));
        let report = pageout();
        assert_eq!(lasts(&report), "no-effect");
        assert!(reason(&report).contains("no pages are in memory"));
        assert_eq!(cached(&path), Some(0));

        let mapped = Mapped::read_only(&path);
        mapped.touch();
        let report = pageout();
        assert_eq!(lasts(&report), "no-effect");
        let pid = std::process::id();
        assert_eq!(reason(&report), format!("mapped by process {pid}"));
        assert_eq!(cached(&path), Some(MIB / page_size()));
    });
}

#[test]
fn pages_of_a_file_without_write_permission_are_not_paged_out() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(user) = env.other_user() else { return };
        let Some(disk) = env.on_disk() else { return };
        fs::set_permissions(disk.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let path = clean_file(disk.path(), "file", MIB);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let before = cached(&path);
        for advice in ["pageout", "cold"] {
            let run = env
                .cmd(args!["advise", advice, &path, "--json"])
                .user(&user)
                .run();
            let report = run.ok().json();
            assert_eq!(lasts(&report), "no-effect", "{advice}");
            assert!(reason(&report).contains("only the file's owner or a writer may "));
        }
        assert_eq!(cached(&path), before);
        // Nothing is claimed that the kernel does not report.
        let run = env
            .cmd(args!["advise", "willneed", &path, "--json"])
            .user(&user)
            .run();
        assert_eq!(run.ok().json()["effect"]["measured"], false);
    });
}

#[test]
fn memory_without_storage_is_paged_out_to_swap_only() {
    let env = Env::new();
    let swaps = fs::read_to_string("/proc/swaps").unwrap();
    if swaps.lines().count() > 1 {
        support::skip("a system without swap space");
        return;
    }
    let Some(tag) = env.tag("pageout") else {
        return;
    };
    tag.create(pattern(usize::try_from(MIB).unwrap()));
    for (expected, source) in [
        ("no-effect", args!["--tag", tag.name()].to_vec()),
        ("no-effect", args!["--anon", "-n", "1M", "--touch"].to_vec()),
        (
            "while-mapped",
            args!["--anon", "-n", "1M", "--shared", "--touch"].to_vec(),
        ),
    ] {
        let run = env.cmd(["advise", "pageout", "--json"]).args(source).run();
        let report = run.ok().json();
        // Pages of shared memory leave the page tables of the mapping, but stay in memory.
        assert_eq!(lasts(&report), expected, "{report:#}");
        let told = report["effect"].to_string();
        assert!(told.contains("the system has none"), "{told}");
        let resident = |when: &str| report[when]["residency"]["resident"].clone();
        assert_eq!(resident("after"), resident("before"));
    }
}

#[test]
fn cooling_clears_only_the_mark_of_use() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let path = clean_file(disk.path(), "file", MIB);
        fs::read(&path).unwrap();
        fs::read(&path).unwrap();
        let held = env
            .cmd(args!["advise", "cold", &path, "--json", "--hold"])
            .hold();
        let mut held = held;
        let report: Value = serde_json::from_str(&held.line(0)).unwrap();
        assert_eq!(lasts(&report), "outlives-command");
        let seen = smaps_at(held.pid(), address(&report)).unwrap();
        assert_eq!(seen.get("Referenced"), 0);
        if let Some(cached) = cached(&path) {
            assert_eq!(cached, MIB / page_size());
        }
    });
}

#[test]
fn cooling_private_copies_lasts_as_long_as_the_mapping() {
    let env = Env::new();
    let path = env.file("file", pattern(usize::try_from(MIB).unwrap()));
    let cold = ["cold", "--access", "c", "--touch"];
    let seen = held_flags(&env, &cold, Some(&path));
    assert_eq!((seen.get("Anonymous"), seen.get("Referenced")), (MIB, 0));
    let run = env.run(args!["advise", "cold", &path, "--access", "none", "--json"]);
    let report = run.ok().json();
    assert_eq!(
        (lasts(&report), reason(&report)),
        (
            "no-effect",
            "a mapping without read access has no pages in its page tables"
        )
    );
}

/// Holds an advised mapping, and measures it from outside.
fn held_flags(env: &Env, arguments: &[&str], file: Option<&Path>) -> support::Smaps {
    let mut held = env
        .cmd(["advise"])
        .args(arguments)
        .args(file)
        .args(["--json", "--hold"])
        .hold();
    let report: Value = serde_json::from_str(&held.line(0)).unwrap();
    assert_eq!(report["ready"], true);
    assert_eq!(lasts(&report), "while-mapped", "{arguments:?}: {report}");
    smaps_at(held.pid(), address(&report)).unwrap()
}

#[test]
fn advice_that_sets_a_flag_is_visible_on_the_held_mapping() {
    let env = Env::new();
    let path = env.file("file", pattern(usize::try_from(4 * page_size()).unwrap()));
    for (advice, flag) in [
        ("random", "rr"),
        ("sequential", "sr"),
        ("dontfork", "dc"),
        ("dontdump", "dd"),
        ("mergeable", "mg"),
        ("hugepage", "hg"),
        ("nohugepage", "nh"),
    ] {
        let seen = held_flags(&env, &[advice], Some(&path));
        assert!(seen.has_flag(flag), "{advice}: {seen:?}");
        let anonymous = held_flags(&env, &[advice, "--anon", "-n", "4pg"], None);
        assert!(anonymous.has_flag(flag), "{advice}: {anonymous:?}");
    }
    let seen = held_flags(&env, &["wipeonfork", "--anon", "-n", "4pg"], None);
    assert!(seen.has_flag("wf"));
    for advice in ["normal", "dofork", "dodump", "unmergeable", "guard-remove"] {
        let run = env.run(args!["advise", advice, &path, "--json"]);
        assert_eq!(lasts(&run.ok().json()), "no-effect", "{advice}");
    }
}

#[test]
fn shared_pages_are_not_merged() {
    let env = Env::new();
    let path = env.file("file", [0; 100]);
    let run = env.run(args![
        "advise",
        "mergeable",
        &path,
        "--access",
        "r",
        "--shared",
        "--json"
    ]);
    let report = run.ok().json();
    assert_eq!(lasts(&report), "no-effect");
    assert!(reason(&report).contains("the kernel merges only private memory"));
}

#[test]
fn the_kernel_option_missing_for_retiring_memory_is_named() {
    let env = Env::new();
    let counted = fs::read_to_string("/proc/meminfo").unwrap();
    if counted.contains("HardwareCorrupted") {
        support::skip("a kernel without CONFIG_MEMORY_FAILURE, so that no memory is lost");
        return;
    }
    for advice in ["hwpoison", "soft-offline"] {
        let memory = ["--anon", "-n", "1pg", "--touch", "--destructive"];
        let run = env.cmd(["advise", advice]).args(memory).run();
        run.refuses(
            8,
            format!(
                "anonymous memory: cannot advise: this kernel is built without '{advice}' \
                 (CONFIG_MEMORY_FAILURE)"
            ),
        );
    }
}

#[test]
fn a_guarded_range_cannot_be_read_by_another_process() {
    let env = Env::new();
    for (advice, readable) in [("guard-install", false), ("random", true)] {
        let mut held = env
            .cmd(["advise", advice, "--anon", "-n", "4pg", "--touch"])
            .args(["--json", "--hold"])
            .hold();
        let report: Value = serde_json::from_str(&held.line(0)).unwrap();
        let memory = File::open(format!("/proc/{}/mem", held.pid())).unwrap();
        for page in 0..4 {
            let at = address(&report) + page * page_size();
            assert_eq!(
                memory.read_at(&mut [0; 1], at).is_ok(),
                readable,
                "{advice}"
            );
        }
    }
}

#[test]
fn a_guarded_range_has_no_resident_pages() {
    let env = Env::new();
    let seen = held_flags(
        &env,
        &["guard-install", "--anon", "-n", "4pg", "--touch"],
        None,
    );
    assert_eq!(seen.get("Rss"), 0);
}

#[test]
fn reading_anonymous_memory_allocates_nothing_and_keeps_its_contents() {
    let env = Env::new();
    let read = ["populate-read", "--anon", "-n", "1M"];
    let seen = held_flags(&env, &read, None);
    assert!(seen.get("Rss") < 64 * 1024, "{seen:?}");
    let written = ["populate-write", "--anon", "-n", "1M"];
    let seen = held_flags(&env, &written, None);
    assert!(seen.get("Rss") >= MIB, "{seen:?}");
    for arguments in [&read, &written] {
        for more in [&["--touch"][..], &["--touch", "--shared"]] {
            let run = env.cmd(["advise"]).args(arguments).args(more).arg("--json");
            let report = run.run().ok().json();
            assert_eq!(reason(&report), "all pages were already present");
        }
    }
}

#[test]
fn freeing_and_dropping_anonymous_memory_is_visible_in_smaps() {
    let env = Env::new();
    let seen = held_flags(&env, &["free", "--anon", "-n", "1M", "--touch"], None);
    assert!(seen.get("LazyFree") > 0, "{seen:?}");
    for advice in ["dontneed", "dontneed-locked"] {
        let seen = held_flags(&env, &[advice, "--anon", "-n", "1M", "--touch"], None);
        // The kernel merges it with an adjacent mapping of the program.
        assert!(seen.get("Rss") < 64 * 1024, "{seen:?}");
    }
    let run = env.run(["advise", "free", "--anon", "-n", "1M", "--json"]);
    let report = run.ok().json();
    assert_eq!(lasts(&report), "no-effect");
    assert!(reason(&report).contains("--touch"));
}

#[test]
fn dropping_pages_of_a_file_leaves_them_in_the_page_cache() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let path = clean_file(disk.path(), "file", MIB);
        let seen = held_flags(&env, &["dontneed", "--touch"], Some(&path));
        assert_eq!(seen.get("Rss"), 0);
        if let Some(cached) = cached(&path) {
            assert_eq!(cached, MIB / page_size());
        }
    });
}

#[test]
fn locked_memory_is_dropped_only_by_the_advice_for_it() {
    let env = Env::new();
    let locked = ["--anon", "-n", "64K", "--flags", "locked", "--touch"];
    for advice in ["dontneed", "cold", "pageout"] {
        let run = env.cmd(["advise", advice]).args(locked).run();
        run.refuses(
            12,
            format!(
                "anonymous memory: cannot advise: '{advice}' does not work on locked pages \
                 ('dontneed-locked' drops them)"
            ),
        );
    }
    let arguments = [&["dontneed-locked"], &locked[..]].concat();
    let seen = held_flags(&env, &arguments, None);
    assert_eq!(seen.get("Rss"), 0, "{seen:?}");
    assert!(seen.has_flag("lo"));
    env.cmd(["advise", "random"])
        .args(locked)
        .limit(Limit::LockedMemory, 0)
        .without_capability("ipc_lock")
        .run()
        .code(13);
}

#[test]
fn shared_memory_is_collapsed_into_huge_pages() {
    let env = Env::new();
    let huge = 2 * MIB;
    let seen = held_flags(&env, &["collapse", "--anon", "-n", "4M", "--touch"], None);
    assert!(seen.get("AnonHugePages") >= huge, "{seen:?}");
    let Some(tag) = env.tag("collapse") else {
        return;
    };
    tag.create(pattern(usize::try_from(4 * MIB).unwrap()));
    let mut held = env
        .cmd([
            "advise",
            "collapse",
            "--tag",
            tag.name(),
            "--touch",
            "--json",
            "--hold",
        ])
        .spawn();
    let report: Value = serde_json::from_str(&held.line(0)).unwrap();
    assert_eq!(lasts(&report), "outlives-command");
    let seen = smaps_at(held.pid(), address(&report)).unwrap();
    assert!(seen.get("ShmemPmdMapped") >= huge, "{seen:?}");
    let Some(disk) = env.on_disk() else { return };
    let path = clean_file(disk.path(), "file", 4 * page_size());
    let run = env.run(args!["advise", "collapse", &path]);
    run.code(8).stdout("");
}

#[test]
fn advice_for_private_anonymous_memory_is_refused_for_files() {
    let env = Env::new();
    let path = env.file("file", [0; 100]);
    for advice in ["free", "wipeonfork"] {
        env.run(args!["advise", advice, &path]).refuses(
            8,
            format!(
                "{}: cannot advise: '{advice}' needs private anonymous memory",
                path.display()
            ),
        );
    }
}

#[test]
fn a_range_is_widened_to_pages_and_reported() {
    let env = Env::new();
    let page = page_size();
    let path = env.file("file", pattern(usize::try_from(4 * page).unwrap()));
    let offset = (page + 1).to_string();
    let run = env.run(args![
        "advise", "random", &path, "-o", &offset, "-n", "1", "--json"
    ]);
    let report = run.ok().json();
    assert_eq!(
        (&report["offset"], &report["length"]),
        (&page.into(), &page.into())
    );
    env.run(args!["advise", "random", &path, "-n", "5pg"])
        .code(5);
    let empty = env.file("empty", "");
    env.run(args!["advise", "random", &empty]).refuses(
        5,
        format!("{}: cannot advise: it is empty", empty.display()),
    );
}

#[test]
fn an_empty_file_among_several_is_not_advised() {
    let env = Env::new();
    env.file("empty", "");
    env.file("full", [1; 100]);
    let run = env.run(["advise", "random", "empty", "full"]);
    let text = run.ok().stderr("").out_text();
    assert!(text.starts_with("empty: empty\nfull: random on "), "{text}");
    let run = env.run(["advise", "random", "empty", "full", "--json"]);
    let objects = run.ok().json_lines();
    assert_eq!(objects[0]["length"], 0);
    assert_eq!(objects[0]["residency"]["pages"], 0);
    assert_eq!(objects[1]["advice"], "random");
}

#[test]
fn touching_follows_fault_advice_and_precedes_other_advice() {
    let env = Env::new();
    let pages = MIB / page_size();
    let resident = |report: &Value, when: &str| report[when]["residency"]["resident"].as_u64();
    for advice in ["normal", "sequential", "random", "hugepage", "nohugepage"] {
        let run = env.run(["advise", advice, "--anon", "-n", "1M", "--touch", "--json"]);
        let report = run.ok().json();
        assert_eq!(resident(&report, "before"), Some(0), "{advice}");
        assert_eq!(resident(&report, "after"), Some(pages), "{advice}");
    }
    for advice in [
        "willneed",
        "dontneed",
        "dontneed-locked",
        "free",
        "cold",
        "pageout",
        "dontfork",
        "dofork",
        "mergeable",
        "unmergeable",
        "dontdump",
        "dodump",
        "wipeonfork",
        "keeponfork",
        "populate-read",
        "populate-write",
    ] {
        let run = env.run(["advise", advice, "--anon", "-n", "1M", "--touch", "--json"]);
        let report = run.ok().json();
        assert_eq!(resident(&report, "before"), Some(pages), "{advice}");
    }
}

#[test]
fn each_file_has_a_report_and_a_failure_does_not_stop_the_rest() {
    while_pages_stay(|| {
        let env = Env::new();
        let (one, two) = (env.file("one", [0; 10]), env.file("two", [0; 10]));
        let run = env.run(args![
            "advise",
            "random",
            &one,
            env.path("none"),
            &two,
            "--json"
        ]);
        run.code(3);
        assert_eq!(run.json_lines().len(), 2);
        assert_eq!(run.json_error()["code"], "not_found");
    });
}

#[test]
fn the_text_report_states_what_outlives_the_command() {
    while_pages_stay(|| {
        let env = Env::new();
        let path = env.file("file", [0; 10]);
        let run = env.run(args!["advise", "random", &path]);
        let text = run.ok().out_text();
        assert!(
            text.contains("  effect      lasts as long as the mapping: "),
            "{text}"
        );
        let run = env.run(args!["advise", "dofork", &path]);
        assert!(run.ok().out_text().contains("  effect      none ("));
        let help = env.run(["advise", "--help"]);
        let help = help.ok().out_text();
        assert!(help.contains("[outlives the command]") && help.contains("[while mapped]"));
    });
}

#[test]
fn a_program_can_open_the_advised_memory() {
    let env = Env::new();
    let run = env.run([
        "advise",
        "populate-write",
        "--anon",
        "-n",
        "1M",
        "--",
        "sh",
        "-c",
        "echo \"$MMAPCTL_LENGTH\"; test -e \"$MMAPCTL_PATH\"; exit 7",
    ]);
    run.code(7).stdout("1048576\n");
}
