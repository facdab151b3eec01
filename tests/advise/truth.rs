//! Compares reports of advice with the observations of another process.

use std::fs::{self, File};
use std::os::unix::fs::{FileExt, PermissionsExt};

use serde_json::{Value, json};

use crate::support::{
    Env, Mapped, allocated, args, cache, cached, marked, page_size, pattern, smaps_at,
    while_pages_stay,
};
use crate::{MIB, address, lasts, reason};

/// A file whose pages are all marked as used often, and are in large folios if the file system supports them.
fn used_file(directory: &std::path::Path) -> std::path::PathBuf {
    let path = crate::clean_file(directory, "used", MIB);
    for _ in 0..3 {
        fs::read(&path).unwrap();
    }
    path
}

fn dirty(path: &std::path::Path) -> Option<u64> {
    cache(path).map(|cache| cache.dirty)
}

#[test]
fn cooling_succeeds_only_where_the_marks_of_use_are_gone() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let Some(tag) = env.tag("cold") else { return };
        for path in [used_file(disk.path()), tag.create(pattern(1 << 20))] {
            for (offset, length) in [(64 << 10, 64 << 10), (0, MIB)] {
                let Some(before) = marked(&path, offset, length) else {
                    return;
                };
                let range =
                    ["-o", &offset.to_string(), "-n", &length.to_string()].map(str::to_owned);
                let run = env
                    .cmd(args!["advise", "cold", "--json", &path])
                    .args(range)
                    .run();
                let after = marked(&path, offset, length).unwrap();
                let report = run.ok().json();
                assert_eq!(report["before"]["marks"]["used"], before, "{report:#}");
                assert_eq!(report["after"]["marks"]["used"], after, "{report:#}");
                let expected = if after < before {
                    "outlives-command"
                } else {
                    "no-effect"
                };
                assert_eq!(lasts(&report), expected, "{before} to {after}: {report:#}");
            }
        }
    });
}

#[test]
fn clearing_marks_is_not_claimed_without_permission_to_see_them() {
    let env = Env::new();
    let Some(user) = env.other_user() else { return };
    let Some(tag) = env.tag("cold") else { return };
    let path = tag.create(pattern(1 << 20));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    let run = env
        .cmd(args!["advise", "cold", "--json", "--tag", tag.name()])
        .user(&user)
        .run();
    let report = run.ok().json();
    assert_eq!(report["effect"]["measured"], false, "{report:#}");
    assert!(reason(&report).contains("CAP_SYS_ADMIN"), "{report:#}");
    assert_eq!(report["after"]["marks"]["used"], Value::Null);
}

#[test]
fn pages_that_another_process_maps_stay_marked_as_used() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let path = used_file(disk.path());
        let mapped = Mapped::read_only(&path);
        mapped.touch();
        let run = env.run(args!["advise", "cold", "--json", &path]);
        let report = run.ok().json();
        let Some(after) = marked(&path, 0, MIB) else {
            return;
        };
        assert_eq!(after, MIB / page_size());
        assert_eq!(lasts(&report), "no-effect", "{report:#}");
        let pid = std::process::id();
        assert_eq!(
            reason(&report),
            format!("the pages are still marked as used: mapped by process {pid}")
        );
    });
}

#[test]
fn inspecting_a_cold_page_keeps_it_cold() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let path = used_file(disk.path());
        env.run(args!["advise", "cold", &path]).code(0);
        let Some(after) = marked(&path, 0, MIB) else {
            return;
        };
        assert_eq!(after, 0);
        let report = env
            .run(args!["advise", "cold", "--json", &path])
            .ok()
            .json();
        assert_eq!(marked(&path, 0, MIB), Some(0));
        assert_eq!(
            (lasts(&report), reason(&report)),
            ("no-effect", "no pages were marked as used")
        );
    });
}

#[test]
fn a_file_that_gets_huge_pages_has_no_note_about_them() {
    let env = Env::new();
    let Some(disk) = env.on_disk() else { return };
    let path = crate::clean_file(disk.path(), "file", 4 * MIB);
    crate::evict(&path);
    let run = env.run(args!["advise", "hugepage", "--json", &path]);
    let report = run.ok().json();
    assert_eq!(report["effect"]["notes"], json!([]), "{report:#}");
}

#[test]
fn touching_follows_advice_that_affects_page_faults() {
    let env = Env::new();
    let Some(disk) = env.on_disk() else { return };
    let path = crate::clean_file(disk.path(), "file", 4 * MIB);
    crate::evict(&path);
    let mut held = env
        .cmd(args![
            "advise", "hugepage", "--touch", "--json", "--hold", &path
        ])
        .hold();
    let report: Value = serde_json::from_str(&held.line(0)).unwrap();
    let seen = smaps_at(held.pid(), address(&report)).unwrap();
    assert_eq!(report["before"]["memory"]["rss"], 0, "{report:#}");
    assert_eq!(report["after"]["memory"]["rss"], seen.get("Rss"));
    assert_eq!(report["after"]["huge"], seen.get("FilePmdMapped"));
    let came = cached(&path).unwrap_or(0);
    let huge = match seen.get("FilePmdMapped") {
        0 => String::new(),
        bytes => format!(", {} MiB ({bytes} bytes) is now in huge pages", bytes / MIB),
    };
    assert_eq!(
        report["effect"]["notes"][0],
        format!(
            "touched after the advice: {came} pages became resident, 4 MiB (4194304 bytes) entered the page tables{huge}"
        )
    );
}

#[test]
fn anonymous_memory_is_touched_after_advice_for_huge_pages() {
    let env = Env::new();
    let setting = fs::read_to_string("/sys/kernel/mm/transparent_hugepage/enabled");
    if setting.is_ok_and(|setting| setting.contains("[never]")) {
        return crate::support::skip("transparent huge pages");
    }
    let run = env.run(args![
        "advise", "hugepage", "--anon", "-n", "4M", "--touch", "--json"
    ]);
    let report = run.ok().json();
    assert_eq!(
        report["after"]["memory"]["anon_huge_pages"],
        4 * MIB,
        "{report:#}"
    );
    assert_eq!(
        report["effect"]["notes"][0],
        "touched after the advice: 4 MiB (4194304 bytes) entered the page tables, 4 MiB (4194304 bytes) is now in huge pages"
    );
}

#[test]
fn populating_private_copies_reports_their_own_memory() {
    let env = Env::new();
    let Some(tag) = env.tag("populate") else {
        return;
    };
    let path = tag.path();
    File::create_new(&path).unwrap().set_len(MIB).unwrap();
    let run = env.run(args![
        "advise",
        "populate-write",
        "--tag",
        tag.name(),
        "-a",
        "c",
        "--json"
    ]);
    let report = run.ok().json();
    let came = MIB / page_size();
    assert_eq!(allocated(&path), MIB);
    assert_eq!(
        (lasts(&report), reason(&report)),
        (
            "outlives-command",
            &*format!("{came} pages became resident, 1 MiB (1048576 bytes) was allocated")
        )
    );
    assert_eq!(
        report["effect"]["notes"],
        json!(["1 MiB (1048576 bytes) of private copies, which last as long as the mapping"])
    );
}

#[test]
fn a_partly_failed_collapse_reports_its_effect() {
    let env = Env::new();
    let Some(tag) = env.tag("collapse") else {
        return;
    };
    let path = tag.path();
    let file = File::create_new(&path).unwrap();
    let huge = 2 * MIB;
    file.set_len(2 * huge).unwrap();
    file.write_all_at(&pattern(64 << 10), 0).unwrap();
    let run = env.run(args!["advise", "collapse", "--tag", tag.name(), "--json"]);
    if allocated(&path) == 64 << 10 {
        return run.code(8).json_error()["code"].as_str().map_or((), drop);
    }
    assert_eq!(allocated(&path), huge);
    let report = run.ok().json();
    assert_eq!(
        (lasts(&report), reason(&report)),
        (
            "outlives-command",
            "2 MiB (2097152 bytes) is now in huge pages"
        )
    );
    let notes = report["effect"]["notes"].to_string();
    assert!(notes.contains("the kernel refused the rest"), "{notes}");
    assert_eq!(report["after"]["allocated"], huge);
}

#[test]
fn pages_of_a_block_device_stay_only_while_it_is_open() {
    while_pages_stay(|| {
        let env = Env::new();
        let image = env.file("image", pattern(1 << 20));
        let Some(device) = env.loop_device(&image) else {
            return;
        };
        let path = device.path();
        let pages = MIB / page_size();
        for command in [
            &["advise", "populate-read"][..],
            &["advise", "willneed"],
            &["warm"],
        ] {
            let report = env.cmd(command).args(args![path, "--json"]).run();
            let report = report.ok().json();
            assert_eq!(cached(path), Some(0), "{command:?}");
            assert_eq!(lasts(&report), "while-mapped", "{command:?}: {report:#}");
        }
        let open = File::open(path).unwrap();
        let report = env
            .run(args!["advise", "populate-read", path, "--json"])
            .ok()
            .json();
        assert_eq!(cached(path), Some(pages));
        assert_eq!(lasts(&report), "outlives-command", "{report:#}");
        let pid = std::process::id();
        let notes = report["effect"]["notes"].to_string();
        assert!(
            notes.contains(&format!("process {pid} has the device open")),
            "{notes}"
        );
        drop(open);
    });
}

#[test]
fn a_private_fill_makes_no_claim_about_other_processes() {
    let env = Env::new();
    let path = env.file("file", pattern(8192));
    let run = env.run(args!["fill", &path, "-a", "c", "--byte", "7", "-n", "4096"]);
    assert!(
        !run.out_text().contains("the file is unchanged"),
        "{}",
        run.out_text()
    );
    run.ok();
    assert_eq!(fs::read(&path).unwrap(), pattern(8192));
}

#[test]
fn counts_of_a_mapping_exclude_its_neighbours() {
    let env = Env::new();
    for length in ["40K", "1M", "4M"] {
        let report = env
            .run(args!["map", "--anon", "-n", length, "-a", "c", "--json"])
            .ok()
            .json();
        let memory = &report["memory"];
        assert_eq!(
            (&memory["rss"], &memory["outside"], &memory["mappings"]),
            (&json!(0), &json!(0), &json!(1)),
            "{report:#}"
        );
        for advice in ["dontneed", "dontdump", "cold", "free", "pageout"] {
            let report = env
                .run(args!["advise", advice, "--anon", "-n", length, "--json"])
                .ok()
                .json();
            let memory = &report["before"]["memory"];
            assert_eq!(
                (&memory["rss"], &memory["outside"]),
                (&json!(0), &json!(0)),
                "{report:#}"
            );
        }
    }
}

#[test]
fn counts_of_locked_memory_exclude_neighbours() {
    let env = Env::new();
    for extra in [
        &["--lock"][..],
        &["--lock", "--remap", "2M"],
        &["--flags", "locked"],
    ] {
        let mut held = env
            .cmd(args![
                "map",
                "--anon",
                "-n",
                "1M",
                "-a",
                "w",
                "--private",
                "--json",
                "--hold"
            ])
            .args(extra)
            .hold();
        let report: Value = serde_json::from_str(&held.line(0)).unwrap();
        let seen = smaps_at(held.pid(), address(&report)).unwrap();
        assert_eq!(seen.line.start, address(&report), "{extra:?}");
        assert_eq!(seen.line.length(), report["length"], "{extra:?}");
        assert_eq!(report["locked"], seen.line.length(), "{extra:?}");
    }
}

#[test]
fn a_probe_completes_before_the_pages_are_counted() {
    let Some(env) = Env::with_disk() else { return };
    let path = env.file("file", pattern(1 << 16));
    crate::evict(&path);
    let mut held = env
        .cmd(args!["map", &path, "--probe", "--json", "--hold"])
        .hold();
    let report: Value = serde_json::from_str(&held.line(0)).unwrap();
    let seen = smaps_at(held.pid(), address(&report)).unwrap();
    assert_eq!(report["memory"]["rss"], seen.get("Rss"));
    assert_eq!(report["residency"]["resident"], cached(&path).unwrap());
    assert_ne!(seen.get("Rss"), 0);
}

#[test]
fn the_effect_of_touching_before_advice_is_reported_separately() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let path = crate::clean_file(disk.path(), "clean", MIB);
        let Some(0) = dirty(&path) else { return };
        let run = env.run(args![
            "advise",
            "populate-write",
            "--touch",
            "--json",
            &path
        ]);
        let report = run.ok().json();
        assert_eq!(lasts(&report), "no-effect", "{report:#}");
        let became = dirty(&path).unwrap();
        assert_eq!(
            report["effect"]["notes"],
            json!([format!(
                "touched before the advice: {became} pages became dirty"
            )])
        );
        File::open(&path).unwrap().sync_all().unwrap();
        crate::evict(&path);
        let report = env
            .run(args!["advise", "pageout", "--touch", "--json", &path])
            .ok()
            .json();
        let pages = MIB / page_size();
        assert_eq!(
            report["effect"]["notes"],
            json!([format!(
                "touched before the advice: {pages} pages became resident"
            )]),
            "{report:#}"
        );
    });
}

#[test]
fn dirty_pages_are_reported_as_the_reason_for_staying() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let path = crate::clean_file(disk.path(), "file", MIB);
        // Written in one call, to get large folios if the file system supports them.
        let file = File::options().write(true).open(&path).unwrap();
        file.write_all_at(&pattern(1 << 20), 0).unwrap();
        for _ in 0..3 {
            fs::read(&path).unwrap();
        }
        let (Some(256), Some(used)) = (dirty(&path), marked(&path, 4096, 4096)) else {
            return;
        };
        let report = env
            .run(args!["advise", "pageout", "--json", &path])
            .ok()
            .json();
        let Some(256) = dirty(&path) else { return };
        assert_eq!(lasts(&report), "no-effect", "{report:#}");
        assert!(
            reason(&report).starts_with("256 pages dirty or under writeback"),
            "{report:#}"
        );
        let part = args!["advise", "cold", "--json", &path, "-o", "5000", "-n", "100"];
        let report = env.run(part).ok().json();
        if used > 0 && marked(&path, 4096, 4096) == Some(used) {
            assert!(
                reason(&report).contains("1 page dirty or under writeback"),
                "{report:#}"
            );
        }
    });
}

#[test]
fn pages_of_a_hole_that_leave_memory_are_counted() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let path = disk.path().join("holes");
        File::create(&path).unwrap().set_len(MIB).unwrap();
        fs::read(&path).unwrap();
        let before = cached(&path).unwrap_or(0);
        if before == 0 {
            return;
        }
        let remove = args!["advise", "remove", "--destructive", "--json", &path];
        let report = env.run(remove).ok().json();
        let left = before - cached(&path).unwrap();
        assert_eq!(
            reason(&report),
            format!("the range was already a hole; {left} pages left memory")
        );
    });
}

#[test]
fn huge_pages_of_a_pool_count_as_memory() {
    let env = Env::new();
    let Some(huge) = env.huge_pages(2) else {
        return;
    };
    let length = (2 * huge.size()).to_string();
    for (advice, access) in [("populate-read", "c"), ("populate-write", "w")] {
        let run = env.run([
            "advise", advice, "--json", "--anon", "-n", &length, "-a", access, "--flags", "hugetlb",
        ]);
        let report = run.ok().json();
        assert_eq!(lasts(&report), "while-mapped", "{report:#}");
        assert!(
            reason(&report).ends_with("of memory was allocated"),
            "{report:#}"
        );
    }
    let run = env.run([
        "advise", "cold", "--anon", "-n", &length, "--flags", "hugetlb",
    ]);
    run.refuses(
        8,
        "anonymous memory: cannot advise: 'cold' does not work on huge pages from a pool",
    );
}
