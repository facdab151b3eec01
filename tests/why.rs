//! `mmapctl why`: each line against another observer: `stat`, cachestat, `/proc/kpageflags`, `/proc/kpagecgroup`,
//! `/proc/PID/smaps`, `/proc/PID/fd` and `/sys`.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
use support::{
    Env, Limit, Mapped, Mount, Open, OtherUser, Signal, accounts, allocated, args, cache, cached,
    clean_file, clean_file_on_disk, cold_file, evict, huge_folios, marked, page_size, pattern,
    poll_until, skip, smaps_of, unmappable, up_to_date, while_pages_stay,
};

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

const MIB: u64 = 1 << 20;

/// The report on a file, in JSON.
#[track_caller]
fn why(env: &Env, path: &Path) -> Value {
    env.run(args!["why", "--json", path]).ok().json()
}

/// A line of the report for people, without its label.
fn line<'a>(text: &'a str, label: &str) -> &'a str {
    let start = format!("  {label:<12}");
    let found = text.lines().find_map(|line| line.strip_prefix(&start));
    found.unwrap_or_else(|| panic!("no line '{label}': {text}"))
}

/// The entry of this process in a list of processes.
fn mine(list: &Value) -> Option<Value> {
    let own = |entry: &&Value| entry["pid"] == std::process::id();
    list.as_array().unwrap().iter().find(own).cloned()
}

fn has(list: &Value, reason: &str) -> bool {
    list.as_array().unwrap().contains(&json!(reason))
}

#[test]
fn size_blocks_and_holes_are_those_of_the_file() {
    let Some(env) = Env::with_disk() else { return };
    let path = env.sparse_file("f", 9 * MIB + 5, &[(2 * MIB, &[7; 10])]);
    File::open(&path).unwrap().sync_all().unwrap();
    let report = why(&env, &path);
    assert_eq!(report["size"], 9 * MIB + 5);
    assert_eq!(report["allocated"], allocated(&path));
    assert_eq!(report["holes"], 9 * MIB + 5 - page_size());
    let run = env.run(args!["why", "--bytes", &path]);
    let (size, holes) = (9 * MIB + 5, 9 * MIB + 5 - page_size());
    let expected = format!("{size}, {} allocated, {holes} in holes", allocated(&path));
    assert_eq!(line(run.ok().out_text(), "size"), expected);
}

#[test]
fn unwritten_extents_are_not_holes() {
    let Some(env) = Env::with_disk() else { return };
    let path = env.file("f", "");
    let file = File::options().write(true).open(&path).unwrap();
    let how = rustix::fs::FallocateFlags::empty();
    if rustix::fs::fallocate(&file, how, 0, MIB).is_err() {
        return;
    }
    file.set_len(3 * MIB).unwrap();
    let report = why(&env, &path);
    let run = env.run(args!["why", &path]);
    let text = line(run.ok().out_text(), "size");
    if report["unwritten"] == json!(null) {
        assert_eq!(report["holes"], 3 * MIB);
        assert!(text.ends_with(", 3 MiB in holes or unwritten"), "{text}");
    } else {
        assert_eq!(
            (&report["unwritten"], &report["holes"]),
            (&json!(MIB), &json!(2 * MIB))
        );
        assert!(
            text.ends_with(" allocated, 1 MiB unwritten, 2 MiB in holes"),
            "{text}"
        );
    }
}

#[test]
fn folios_and_groups_are_those_of_the_kernel() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        // Whole pieces make large folios, single pages written out of order make small ones.
        let path = clean_file(env.dir(), "f", 20 * MIB + 100);
        let file = File::options().write(true).open(&path).unwrap();
        file.set_len(30 * MIB).unwrap();
        for page in (0..512).rev().step_by(2) {
            file.write_all_at(&[1; 100], 21 * MIB + page * page_size())
                .unwrap();
        }
        file.sync_all().unwrap();
        let Some(before) = accounts(&path) else {
            return;
        };
        let report = why(&env, &path);
        let after = accounts(&path).unwrap();
        assert_eq!(before, after, "the pages stay");
        let folios: BTreeMap<u64, (u64, u64)> = report["folios"]
            .as_array()
            .unwrap()
            .iter()
            .map(|folio| {
                let number = |key: &str| folio[key].as_u64().unwrap();
                (number("size"), (number("folios"), number("bytes")))
            })
            .collect();
        assert_eq!(folios, after.folios);
        let groups: BTreeMap<u64, u64> = report["cgroups"]
            .as_array()
            .unwrap()
            .iter()
            .map(|group| {
                (
                    group["inode"].as_u64().unwrap(),
                    group["bytes"].as_u64().unwrap(),
                )
            })
            .collect();
        assert_eq!(groups, after.groups);
        let resident: u64 = after.groups.values().sum();
        assert_eq!(report["residency"]["resident"], resident / page_size());
        assert_eq!(
            report["nodes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|node| node["bytes"].as_u64().unwrap())
                .sum::<u64>(),
            resident
        );
    });
}

#[test]
fn a_group_has_its_path() {
    while_pages_stay(|| {
        let Some((env, path)) = clean_file_on_disk(MIB) else {
            return;
        };
        let Some(group) = env.memory_group(64 * MIB) else {
            return;
        };
        evict(&path);
        env.cmd_in(&group, args!["warm", &path]).run().ok();
        if accounts(&path).is_none() {
            return;
        }
        let report = why(&env, &path);
        let found = &report["cgroups"][0];
        assert_eq!(found["bytes"], MIB, "{report}");
        let shown = found["path"].as_str().unwrap();
        let roots = ["/sys/fs/cgroup/memory", "/sys/fs/cgroup"];
        let inode = |root: &&str| Some(fs::metadata(format!("{root}{shown}")).ok()?.ino());
        assert_eq!(
            roots.iter().find_map(inode).map(Value::from),
            Some(found["inode"].clone())
        );
        let name = shown.rsplit('/').next().unwrap();
        assert!(name.starts_with("mmapctl-test-"), "{shown}");
        let run = env.run(args!["why", &path]);
        assert_eq!(
            line(run.ok().out_text(), "cgroups"),
            format!("{shown}: 1 MiB")
        );
    });
}

#[test]
fn dirty_pages_are_counted_and_must_be_written_first() {
    while_pages_stay(|| {
        let Some((env, path)) = clean_file_on_disk(MIB) else {
            return;
        };
        let clean = why(&env, &path);
        assert!(!has(&clean["kept_by"], "dirty"));
        File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .write_all_at(&[1; 10], 0)
            .unwrap();
        let report = why(&env, &path);
        let counts = cache(&path).unwrap();
        assert!(counts.dirty > 0);
        assert_eq!(report["residency"]["dirty"], counts.dirty);
        assert_eq!(report["residency"]["cached"], counts.cached);
        assert!(has(&report["kept_by"], "dirty"));
        let text = env.run(args!["why", &path]);
        let kept = line(text.ok().out_text(), "kept by");
        assert!(
            kept.contains("dirty pages (")
                && kept.contains("), which 'mmapctl evict' writes first"),
            "{kept}"
        );
        // Looking has written nothing.
        assert_eq!(cache(&path).unwrap().dirty, counts.dirty);
    });
}

#[test]
fn a_clean_unmapped_file_is_free_to_leave() {
    while_pages_stay(|| {
        let Some((env, path)) = clean_file_on_disk(MIB) else {
            return;
        };
        let report = why(&env, &path);
        let unseen = report["processes_unseen"] != 0 || report["processes_hidden"] == true;
        let expected = if unseen {
            json!(["unseen"])
        } else {
            json!(["nothing"])
        };
        assert_eq!(report["kept_by"], expected);
        let run = env.run(args!["why", &path]);
        let kept = line(run.ok().out_text(), "kept by");
        assert!(kept.starts_with("nothing"), "{kept}");
        env.run(args!["evict", &path]).ok();
        assert_eq!(cached(&path), Some(0));
        let report = why(&env, &path);
        assert_eq!(
            (&report["kept_by"], &report["huge"]),
            (&json!(["not_cached"]), &json!(["short"]))
        );
    });
}

#[test]
fn no_page_is_loaded_and_none_is_marked() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let Some(path) = cold_file(disk.path(), "f", 16 * MIB) else {
            return;
        };
        env.run(args!["warm", &path, "-o", "3M", "-n", "1M"]).ok();
        env.run(args![
            "advise", "cold", "-q", "--touch", &path, "-o", "3M", "-n", "1M"
        ])
        .ok();
        let state = || (cache(&path), marked(&path, 0, 16 * MIB));
        let before = state();
        assert_ne!(before.1, Some(MIB / page_size()), "some are not marked");
        let report = why(&env, &path);
        assert_eq!(report["residency"]["cached"], MIB / page_size());
        assert_eq!(state(), before);
    });
}

#[test]
fn the_access_time_stays() {
    let Some((env, path)) = clean_file_on_disk(MIB) else {
        return;
    };
    // An access would update a time that is before the last change.
    let times =
        fs::FileTimes::new().set_accessed(std::time::UNIX_EPOCH + Duration::from_secs(1000));
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_times(times)
        .unwrap();
    env.run(args!["why", &path]).ok();
    assert_eq!(fs::metadata(&path).unwrap().atime(), 1000);
}

#[test]
fn a_process_that_maps_and_locks_is_shown_with_its_bytes() {
    while_pages_stay(|| {
        let Some((env, path)) = clean_file_on_disk(4 * MIB) else {
            return;
        };
        let mapping = Mapped::read_only(&path);
        for page in 0..64 {
            mapping.get(page * page_size() as usize);
        }
        let check = |locked: bool| {
            let report = why(&env, &path);
            let shown = mine(&report["mapped_by"]).unwrap();
            let smaps = smaps_of(std::process::id(), &path);
            let sum = |name: &str| smaps.iter().map(|vma| vma.bytes[name]).sum::<u64>();
            assert!(sum("Rss") > 0);
            assert_eq!(shown["resident"], sum("Rss"));
            assert_eq!(shown["huge"], sum("FilePmdMapped"));
            assert_eq!(shown["locked"], if locked { sum("Rss") } else { 0 });
            assert_eq!(
                (&shown["mapped"], &shown["read"]),
                (&json!(4 * MIB), &json!(true))
            );
            assert!(has(&report["kept_by"], "mapped"));
            assert_eq!(has(&report["kept_by"], "locked"), locked);
        };
        check(false);
        if mapping.lock() {
            check(true);
            let run = env.run(args!["why", &path]);
            let text = run.ok().out_text();
            let own = format!("{} (", std::process::id());
            let shown = line(text, "mapped by");
            assert!(shown.starts_with(&own), "{text}");
            let expected = "): 4 MiB in page tables, 4 MiB locked";
            assert!(shown.contains(expected), "{text}");
            assert!(
                line(text, "kept by").contains("mappings of 1 process; locks on 4 MiB"),
                "{text}"
            );
        }
    });
}

#[test]
fn processes_that_have_the_file_open_are_shown_with_their_access() {
    let Some((env, path)) = clean_file_on_disk(MIB) else {
        return;
    };
    let shown = || mine(&why(&env, &path)["opened_by"]);
    assert_eq!(shown(), None);
    let reader = File::open(&path).unwrap();
    let found = shown().unwrap();
    assert_eq!(
        (&found["read"], &found["write"], &found["descriptors"]),
        (&json!(true), &json!(false), &json!(1))
    );
    let writer = File::options().append(true).open(&path).unwrap();
    drop(reader);
    let found = shown().unwrap();
    assert_eq!(
        (&found["read"], &found["write"]),
        (&json!(false), &json!(true))
    );
    let command = fs::read_to_string("/proc/self/comm").unwrap();
    assert_eq!(found["command"], command.trim_end());
    let run = env.run(args!["why", &path]);
    let expected = format!("{} ({}): write", std::process::id(), command.trim_end());
    assert_eq!(line(run.ok().out_text(), "open in"), expected);
    drop(writer);
}

#[test]
fn another_name_and_a_descriptor_are_the_same_file() {
    while_pages_stay(|| {
        let Some((env, path)) = clean_file_on_disk(MIB) else {
            return;
        };
        let other = env.path("link");
        fs::hard_link(&path, &other).unwrap();
        let mapping = Mapped::read_only(&other);
        mapping.touch();
        let by_name = why(&env, &path);
        assert!(mine(&by_name["mapped_by"]).is_some());
        let cmd = env
            .cmd(["why", "--json", "--fd", "5"])
            .fd(5, Open::Read, &path);
        let by_descriptor = cmd.run().ok().json();
        assert_eq!(by_descriptor["fd"], 5);
        assert_eq!(by_descriptor["residency"], by_name["residency"]);
        let script = format!("'{}' why --json - <f >out", support::MMAPCTL);
        let path = env.path("f");
        fs::rename(env.path("file"), &path).unwrap();
        env.tool("sh", ["-c", &script]).run().ok();
        let by_input: Value = serde_json::from_slice(&fs::read(env.path("out")).unwrap()).unwrap();
        assert_eq!(by_input["source"], "stdin");
        assert_eq!(by_input["residency"], by_name["residency"]);
    });
}

#[test]
fn device_file_system_and_read_ahead_are_those_of_the_system() {
    let Some((env, path)) = clean_file_on_disk(page_size()) else {
        return;
    };
    let report = why(&env, &path);
    let facts = fs::metadata(&path).unwrap();
    let (major, minor) = (
        rustix::fs::major(facts.dev()),
        rustix::fs::minor(facts.dev()),
    );
    let block = format!("/sys/dev/block/{major}:{minor}");
    let Ok(name) = fs::read_link(&block) else {
        return;
    };
    let device = &report["device"];
    assert_eq!(
        (&device["major"], &device["minor"]),
        (&json!(major), &json!(minor))
    );
    assert_eq!(device["name"], name.file_name().unwrap().to_str().unwrap());
    let queue = |file: &str| {
        let places = ["queue", "../queue"];
        let read = |place: &&str| fs::read_to_string(format!("{block}/{place}/{file}")).ok();
        let number = places.iter().find_map(read).unwrap();
        number.trim().parse::<u64>().unwrap()
    };
    // The driver of virtual disks reports each as rotating.
    let driver = |place: &str| fs::read_link(format!("{block}/{place}/driver"));
    let drivers = ["device", "../device"].map(driver);
    let is_virtual = |driver: &PathBuf| driver.ends_with("virtio_blk");
    let rotational = match drivers.iter().flatten().any(is_virtual) {
        true => json!(null),
        false => json!(queue("rotational") != 0),
    };
    assert_eq!(device["rotational"], rotational);
    assert_eq!(report["read_ahead"], queue("read_ahead_kb") << 10);
    let Some(findmnt) = env.peer("findmnt") else {
        return;
    };
    let run = env
        .tool(findmnt, args!["-n", "-o", "FSTYPE,TARGET", "-T", &path])
        .run();
    let shown = run.ok().out_text().lines().last().unwrap();
    let (kind, point) = shown.split_once(' ').unwrap();
    assert_eq!(
        (&report["file_system"], &report["mount_point"]),
        (&json!(kind), &json!(point.trim()))
    );
}

#[test]
fn tmpfs_is_kept_in_memory_and_its_huge_option_decides() {
    let env = Env::new();
    let Some(mount) = env.small_tmpfs(64 * MIB) else {
        return;
    };
    let path = mount.file("f", pattern(4 * MIB as usize));
    let report = why(&env, &path);
    assert_eq!(report["kept_by"], json!(["memory_only"]));
    assert_eq!(report["file_system"], "tmpfs");
    let dir = mount.dir();
    assert_eq!(report["mount_point"], dir.to_str().unwrap());
    assert_eq!(report["read_ahead"], 0);
    let options = fs::read_to_string("/proc/self/mountinfo").unwrap();
    let own = options
        .lines()
        .find(|line| line.contains(dir.to_str().unwrap()))
        .unwrap();
    let system = "/sys/kernel/mm/transparent_hugepage/shmem_enabled";
    let system = fs::read_to_string(system).unwrap_or_default();
    let is_forced = ["[deny]", "[force]"]
        .iter()
        .any(|word| system.contains(word));
    if !own.contains("huge=") && !is_forced {
        assert_eq!(report["shmem_huge"], "never");
        assert_eq!(report["huge"][0], "shmem_setting", "{report}");
        let run = env.run(args!["why", &path]);
        let text = run.ok().out_text();
        assert_eq!(
            line(text, "huge"),
            "no: huge pages are disabled for this memory (huge=never)"
        );
    }
    let Some((_other, huge)) = huge_file(&env) else {
        return;
    };
    let Some(expected) = huge_folios(&huge, 0, 8 * MIB) else {
        return;
    };
    let report = why(&env, &huge);
    let size = report["huge_page_size"].as_u64().unwrap();
    let folios = report["folios"].as_array().unwrap();
    let found = folios.iter().find(|folio| folio["size"] == size).unwrap();
    assert_eq!(found["folios"], expected);
    assert_eq!(report["huge"], json!(["huge_folios", "not_mapped"]));
}

/// A file on tmpfs in folios of the size of a huge page; none if the kernel makes no such folios.
fn huge_file(env: &Env) -> Option<(Mount, PathBuf)> {
    let mount = env.small_tmpfs(64 * MIB)?;
    let remount = args!["-o", "remount,huge=always", mount.dir()];
    env.tool("mount", remount).run().ok();
    let path = mount.file("huge", pattern(8 * MIB as usize));
    (huge_folios(&path, 0, 8 * MIB)? > 0).then_some((mount, path))
}

#[test]
fn huge_mappings_are_those_of_smaps() {
    let env = Env::new();
    let Some((_mount, path)) = huge_file(&env) else {
        return;
    };
    let mapping = Mapped::read_only(&path);
    mapping.touch();
    let smaps = smaps_of(std::process::id(), &path);
    let huge: u64 = smaps.iter().map(|vma| vma.bytes["ShmemPmdMapped"]).sum();
    let report = why(&env, &path);
    let shown = mine(&report["mapped_by"]).unwrap();
    assert_eq!(shown["huge"], huge);
    assert_eq!(has(&report["huge"], "mapped_huge"), huge > 0, "{report}");
    if huge > 0 {
        assert_eq!(shown["fits_huge"], true);
        let run = env.run(args!["why", "--bytes", &path]);
        let text = run.ok().out_text();
        assert_eq!(line(text, "mapped huge"), huge.to_string());
        let start = format!("yes: {huge} mapped with huge pages");
        assert!(line(text, "huge").starts_with(&start), "{text}");
    }
}

#[test]
fn a_mapping_that_is_shorter_than_a_huge_page_cannot_be_huge() {
    let env = Env::new();
    let Some((_mount, path)) = huge_file(&env) else {
        return;
    };
    let options = args!["map", &path, "-n", "1M", "--flags", "populate", "--hold"];
    let held = env.cmd(options).hold();
    let report = why(&env, &path);
    let mappers = report["mapped_by"].as_array().unwrap();
    let shown = mappers.iter().find(|mapper| mapper["pid"] == held.pid());
    let shown = shown.unwrap();
    assert_eq!(
        (&shown["huge"], &shown["fits_huge"]),
        (&json!(0), &json!(false))
    );
    assert_eq!(shown["resident"], MIB);
    assert_eq!(report["huge"], json!(["huge_folios", "unaligned"]));
}

#[test]
fn a_tag_shows_its_users() {
    let env = Env::new();
    let Some(tag) = env.tag("why") else { return };
    let path = tag.create(pattern(MIB as usize));
    let mapping = Mapped::shared(&path);
    mapping.touch();
    let report = env.run(["why", "--json", "--tag", tag.name()]).ok().json();
    assert_eq!(
        (&report["tag"], &report["size"]),
        (&json!(tag.name()), &json!(MIB))
    );
    assert_eq!(mine(&report["mapped_by"]).unwrap()["resident"], MIB);
    assert_eq!(report["kept_by"], json!(["memory_only"]));
}

#[test]
fn an_empty_file_has_nothing_in_memory() {
    let env = Env::new();
    let path = env.file("empty", "");
    let report = why(&env, &path);
    assert_eq!(
        (&report["size"], &report["holes"], &report["in_flight"]),
        (&json!(0), &json!(0), &json!(0))
    );
    assert_eq!(report["kept_by"], json!(["not_cached"]));
    assert_eq!(report["huge"], json!(["short"]));
    let run = env.run(args!["why", &path]);
    let heading = format!("{}: empty", path.display());
    run.ok().stdout_line(heading);
}

#[test]
fn what_cannot_be_mapped_is_refused() {
    let env = Env::new();
    env.run(args!["why", env.dir()])
        .refuses(8, unmappable(env.dir(), "a directory"))
        .stderr_line_at(
            1,
            "hint: 'mmapctl cached', 'warm', 'evict' and 'sync' take directories",
        );
    env.run(["why", "none"])
        .refuses(3, "none: cannot open: No such file or directory");
    let run = env.cmd(["why", "/dev/null"]).run();
    run.refuses(8, unmappable("/dev/null", "a character device"))
        .stderr_lines(1);
    env.run(["why"]).code(2);
    env.run(["why", "a", "b"]).code(2);
    env.run(["why", "a", "-n", "1"]).code(2);
}

#[test]
fn a_sparse_file_of_a_terabyte_is_fast() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        let pieces: Vec<(u64, &[u8])> = (0..10).map(|i| ((i * 100) << 30, &b"x"[..])).collect();
        let path = env.sparse_file("f", 1 << 40, &pieces);
        let before = allocated(&path);
        let run = env.run(args!["why", "--json", &path]);
        let report = run.ok().json();
        assert_eq!(report["residency"]["cached"], 10);
        assert_eq!(report["holes"], (1_u64 << 40) - 10 * page_size());
        assert!(
            run.elapsed() < Duration::from_secs(5),
            "{:?}",
            run.elapsed()
        );
        assert_eq!((allocated(&path), cached(&path)), (before, Some(10)));
    });
}

#[test]
fn other_users_are_told_which_capability_they_need() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        let Some(user) = env.other_user() else { return };
        let path = clean_file(env.dir(), "f", 4 * MIB);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let look = |json: bool| {
            let all: &[&str] = if json { &["--json"] } else { &[] };
            env.cmd(args!["why", &path]).args(all).user(&user).run()
        };
        let run = look(false);
        let text = run.ok().out_text();
        let pages =
            "unknown (needs CAP_DAC_OVERRIDE, or ownership of the file or permission to write it)";
        assert_eq!(line(text, "cached"), pages);
        assert_eq!(
            line(text, "folios"),
            "unknown (needs CAP_DAC_OVERRIDE and CAP_SYS_ADMIN)"
        );
        assert_eq!(line(text, "NUMA"), "unknown (needs CAP_DAC_OVERRIDE)");
        assert!(
            line(text, "mapped by").ends_with("(needs CAP_SYS_PTRACE)"),
            "{text}"
        );
        let report = look(true).ok().json();
        assert_eq!(report["folios"], json!(null));
        let needs =
            json!({"reason": "not_permitted", "needs": ["CAP_DAC_OVERRIDE", "CAP_SYS_ADMIN"]});
        assert_eq!(report["folios_unknown"], needs);
        assert_eq!(report["residency"]["cached"], json!(null));
        assert_eq!(report["huge"], json!(["unknown"]));
        // The owner of a file sees its pages.
        chown(&path, Some(OtherUser::ID), None).unwrap();
        let run = look(false);
        let text = run.ok().out_text();
        assert!(line(text, "cached").starts_with("4 MiB ("), "{text}");
        assert_eq!(
            line(text, "folios"),
            "unknown (needs CAP_SYS_ADMIN and CAP_DAC_READ_SEARCH)"
        );
        assert_eq!(line(text, "cgroups"), line(text, "folios"));
        let nodes = look(true).ok().json()["nodes"].clone();
        assert_eq!(nodes[0]["bytes"], 4 * MIB);
    });
}

#[test]
fn a_missing_capability_is_named() {
    while_pages_stay(|| {
        let Some((env, path)) = clean_file_on_disk(MIB) else {
            return;
        };
        if env.other_user().is_none() {
            return;
        }
        let without = |capability| {
            env.cmd(args!["why", &path])
                .without_capability(capability)
                .run()
        };
        let run = without("sys_admin");
        assert_eq!(
            line(run.ok().out_text(), "folios"),
            "unknown (needs CAP_SYS_ADMIN)"
        );
        let run = without("sys_ptrace");
        let text = run.ok().out_text();
        for label in ["mapped by", "open in"] {
            assert!(!line(text, label).contains("cannot be inspected"), "{text}");
        }
    });
}

#[test]
fn pages_that_are_being_read_are_in_flight() {
    let env = Env::new();
    for disk in &env.slow_disks() {
        let Some(path) = cold_file(&disk.mount().dir(), "f", MIB) else {
            return;
        };
        disk.start_reading(&env, &path, 0, MIB);
        let report = why(&env, &path);
        let counts = cache(&path).unwrap();
        let resident = up_to_date(&path, 0, MIB);
        assert!(counts.cached > resident);
        assert_eq!(
            report["in_flight"],
            (counts.cached - resident) * page_size()
        );
        assert!(has(&report["kept_by"], "in_flight"));
        disk.release();
    }
}

#[test]
fn a_file_on_overlayfs_has_the_pages_of_the_file_behind() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let Some(overlay) = env.overlay(disk.path()) else {
            return;
        };
        let file = overlay.file("f", pattern(MIB as usize));
        let behind = disk.path().join("upper/f");
        let counts = cache(&behind).unwrap();
        let report = why(&env, &file);
        assert_eq!(report["residency"]["cached"], counts.cached);
        assert_eq!(report["residency"]["dirty"], counts.dirty);
        assert_eq!(report["file_system"], "overlay");
        assert_eq!(report["pages_on"], why(&env, &behind)["file_system"]);
        assert_eq!(report["folios"], why(&env, &behind)["folios"]);
        let open = File::open(&file).unwrap();
        assert!(mine(&why(&env, &file)["opened_by"]).is_some());
        let mapping = Mapped::read_only(&behind);
        mapping.touch();
        assert_eq!(
            mine(&why(&env, &file)["mapped_by"]).unwrap()["resident"],
            MIB
        );
        drop(open);
    });
}

#[test]
fn a_file_behind_that_is_not_visible_leaves_only_dirty_pages_unknown() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        for name in ["lower", "upper", "work", "point"] {
            fs::create_dir(disk.path().join(name)).unwrap();
        }
        let behind = clean_file(&disk.path().join("lower"), "f", MIB);
        // The start of a relative path is unknown.
        let script = "mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work none point && \
                      exec \"$@\"";
        let in_overlay = |program: &str| {
            let alone = ["-m", "sh", "-c", script, "sh", program];
            env.tool("unshare", alone).cwd(disk.path())
        };
        if !in_overlay("true").run().ended_with(&[0]) {
            skip("root to mount overlayfs");
            return;
        }
        let run = in_overlay(support::MMAPCTL).args(["why", "--json", "point/f"]);
        let report = run.run().ok().json();
        let pages = MIB / page_size();
        assert_eq!(report["residency"]["resident"], pages);
        assert_eq!(report["residency"]["dirty"], json!(null));
        assert_eq!(report["folios"], why(&env, &behind)["folios"]);
        assert!(has(&report["kept_by"], "unknown"));
    });
}

#[test]
fn other_file_systems_are_named_and_measured() {
    while_pages_stay(|| {
        let env = Env::new();
        for (mount, name) in [(env.xfs(), "xfs"), (env.fuse(), "fuse")] {
            let Some(mount) = mount else { continue };
            let path = clean_file(&mount.dir(), "f", 3 * MIB);
            fs::read(&path).unwrap();
            let report = why(&env, &path);
            assert_eq!(report["file_system"], name);
            assert_eq!(
                report["residency"]["resident"],
                up_to_date(&path, 0, 3 * MIB)
            );
            let Some(expected) = accounts(&path) else {
                return;
            };
            let folios = report["folios"].as_array().unwrap();
            let bytes = |folio: &Value| folio["bytes"].as_u64().unwrap();
            let total: u64 = folios.iter().map(bytes).sum();
            assert_eq!(total, expected.groups.values().sum::<u64>());
            assert_ne!(report["huge"], json!(["unknown"]));
        }
    });
}

#[test]
fn a_block_device_has_pages_but_no_file_system() {
    while_pages_stay(|| {
        let env = Env::new();
        let image = env.file("image", pattern(4 * MIB as usize));
        let Some(device) = env.loop_device(&image) else {
            return;
        };
        let path = Path::new(device.path());
        let mut open = File::open(path).unwrap();
        std::io::copy(&mut open, &mut std::io::sink()).unwrap();
        let report = why(&env, path);
        assert_eq!(report["residency"]["cached"], cached(path).unwrap());
        assert_eq!(
            (&report["file_system"], &report["allocated"]),
            (&json!(null), &json!(null))
        );
        let name = path.file_name().unwrap().to_str().unwrap();
        assert_eq!(report["device"]["name"], name);
        assert!(mine(&report["opened_by"]).is_some());
    });
}

#[test]
fn hugetlbfs_is_huge() {
    let env = Env::new();
    let Some(huge) = env.huge_pages(1) else {
        return;
    };
    let directory = env.path("huge");
    fs::create_dir(&directory).unwrap();
    let script =
        "mount -t hugetlbfs none huge && truncate -s \"$2\" huge/f && \"$1\" why --json huge/f";
    let size = huge.size().to_string();
    let run = env
        .tool(
            "unshare",
            ["-m", "sh", "-c", script, "sh", support::MMAPCTL, &size],
        )
        .run();
    let report = run.ok().json();
    assert_eq!(
        (&report["huge"], &report["kept_by"]),
        (&json!(["hugetlbfs"]), &json!(["memory_only"]))
    );
    assert_eq!(report["folios_unknown"]["reason"], "pages_unknown");
}

#[test]
fn without_proc_the_rest_is_reported() {
    while_pages_stay(|| {
        let Some((env, path)) = clean_file_on_disk(MIB) else {
            return;
        };
        let Some(cmd) = env.without_proc(args!["why", "--json", &path]) else {
            return;
        };
        let report = cmd.run().ok().json();
        assert_eq!(
            (&report["size"], &report["residency"]["cached"]),
            (&json!(MIB), &json!(cached(&path)))
        );
        for (list, unknown) in [
            ("mapped_by", "mapped_by_unknown"),
            ("opened_by", "opened_by_unknown"),
            ("folios", "folios_unknown"),
        ] {
            assert_eq!(report[list], json!(null));
            assert!(report[unknown]["reason"].is_string(), "{report}");
        }
        assert!(has(&report["kept_by"], "unseen"));
    });
}

#[test]
fn in_a_container_more_processes_may_exist() {
    let Some((env, path)) = clean_file_on_disk(MIB) else {
        return;
    };
    let Some(cmd) = env.in_pid_namespace(args!["why", "--json", &path]) else {
        return;
    };
    let report = cmd.run().ok().json();
    assert_eq!(report["processes_hidden"], true);
    assert!(has(&report["kept_by"], "unseen"));
}

#[test]
fn a_small_address_space_and_little_memory_suffice() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        let path = env.file("f", vec![7; 192 * MIB as usize]);
        File::open(&path).unwrap().sync_all().unwrap();
        let expected = why(&env, &path);
        let look = |limit, size| {
            let cmd = env.cmd(args!["why", "--json", &path]);
            cmd.limit(limit, size).run().ok().json()
        };
        for report in [
            look(Limit::AddressSpace, 96 * MIB),
            look(Limit::Data, 48 * MIB),
        ] {
            assert_eq!(report["folios"], expected["folios"]);
            assert_eq!(report["cgroups"], expected["cgroups"]);
        }
    });
}

#[test]
fn a_file_truncated_meanwhile_is_survived() {
    let Some(env) = Env::with_disk() else { return };
    let contents = vec![7; 64 * MIB as usize];
    let path = env.file("f", &contents);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut file = File::options().write(true).open(&path).unwrap();
            while !stop.load(Ordering::Relaxed) {
                file.set_len(0).unwrap();
                file.write_all(&contents[..8 * MIB as usize]).unwrap();
                file.set_len(64 * MIB).unwrap();
            }
        });
        for _ in 0..20 {
            let run = env.run(args!["why", "--json", &path]);
            run.ok().json();
            assert_eq!(run.err(), b"", "{}", run.describe());
        }
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_long_list_of_processes_is_cut_unless_verbose() {
    let Some((env, path)) = clean_file_on_disk(page_size()) else {
        return;
    };
    let tail: Vec<_> = (0..10)
        .map(|_| env.tool("sleep", ["60"]).fd(5, Open::Read, &path).spawn())
        .collect();
    poll_until("all are started", || {
        let opened = why(&env, &path)["opened_by"].clone();
        tail.iter().all(|held| {
            opened
                .as_array()
                .unwrap()
                .iter()
                .any(|entry| entry["pid"] == held.pid())
        })
    });
    let run = env.run(args!["why", &path]);
    assert!(
        run.ok()
            .out_text()
            .contains("and 2 more (--verbose lists all)"),
        "{}",
        run.describe()
    );
    let run = env.run(args!["why", "-v", &path]);
    assert!(!run.code(0).out_text().contains("more (--verbose"));
    tail.iter().for_each(|held| held.signal(Signal::KILL));
}
