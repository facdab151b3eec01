//! Every flag of `mmap(2)`: it reaches the kernel, the kernel shows its effect, and the report agrees.

use std::fs;

use serde_json::json;

use crate::support::{Env, Limit, allocated, args, page_size, pattern, smaps_at};
use crate::{Mapping, effect};

const ANON: [&str; 4] = ["--anon", "-n", "64K", "--access=c"];

/// Holds private anonymous memory with these flags.
fn anonymous(env: &Env, flags: &str) -> Mapping {
    Mapping::hold(env, ANON.iter().chain(&["--flags", flags]))
}

#[test]
fn flags_that_the_kernel_shows_are_visible_and_reported() {
    let env = Env::new();
    for (flag, code) in [
        ("growsdown", "gd"),
        ("locked", "lo"),
        ("lock-onfault", "lf"),
        ("noreserve", "nr"),
        ("stack", "nh"),
    ] {
        let mapping = anonymous(&env, flag);
        assert!(
            mapping.vm_flags().iter().any(|shown| shown == code),
            "{flag}"
        );
        assert_eq!(
            mapping.report["flags"],
            json!([{"flag": flag, "effect": "seen", "vm_flag": code}])
        );
        let shown = &mapping.report["memory"]["vm_flags"];
        assert!(crate::words(shown).contains(&code), "{flag}");
    }
    let without = Mapping::hold(&env, ANON);
    for code in ["gd", "lo", "lf", "nr", "nh"] {
        assert!(
            !without.vm_flags().iter().any(|shown| shown == code),
            "{code}"
        );
    }
}

#[test]
fn flags_that_the_kernel_ignores_are_reported_as_ignored() {
    let env = Env::new();
    env.file("f", pattern(5000));
    for flag in ["denywrite", "executable", "uninitialized", "nonblock"] {
        for source in [&ANON[..], &["f"]] {
            let run = env.cmd(["map", "--flags", flag]).args(source).run();
            run.ok()
                .stdout_line(format!("  flag        {flag}: ignored by the kernel"));
            let run = env
                .cmd(["map", "--json", "--flags", flag])
                .args(source)
                .run();
            assert_eq!(
                run.ok().json()["flags"],
                json!([{"flag": flag, "effect": "ignored"}])
            );
        }
    }
}

#[test]
fn populate_brings_every_page_in() {
    let env = Env::new();
    let mapping = anonymous(&env, "populate");
    let rss = |mapping: &Mapping| {
        smaps_at(mapping.held.pid(), mapping.address())
            .unwrap()
            .get("Rss")
    };
    assert!(rss(&mapping) >= 65536);
    assert_eq!(effect(&mapping.report, "populate"), "done");
    let Some(tag) = env.tag("populate") else {
        return;
    };
    let tagged = ["--tag", tag.name(), "-a", "w", "-n", "64K"];
    let plain = Mapping::hold(&env, tagged);
    assert_eq!(rss(&plain), 0);
    let populated = Mapping::hold(&env, tagged.iter().chain(&["--flags", "populate"]));
    assert_eq!(rss(&populated), 65536);
}

#[test]
fn populate_with_nonblock_populates_nothing_and_reports_it() {
    let env = Env::new();
    let Some(tag) = env.tag("nonblock") else {
        return;
    };
    let arguments = ["--tag", tag.name(), "-a", "w", "-n", "64K"];
    let mapping = Mapping::hold(
        &env,
        arguments.iter().chain(&["--flags", "populate,nonblock"]),
    );
    let seen = smaps_at(mapping.held.pid(), mapping.address()).unwrap();
    assert_eq!(seen.get("Rss"), 0);
    assert_eq!(effect(&mapping.report, "populate"), "ignored");
    assert_eq!(effect(&mapping.report, "nonblock"), "done");
}

#[test]
fn locking_populates_at_once_and_lock_on_fault_on_access() {
    let env = Env::new();
    let Some(directory) = env.on_disk() else {
        return;
    };
    let path = directory.path().join("f");
    fs::write(&path, pattern(65536)).unwrap();
    let locked = Mapping::hold(&env, args![&path, "--flags", "locked"]);
    let seen = smaps_at(locked.held.pid(), locked.address()).unwrap();
    assert_eq!((seen.get("Locked"), seen.get("Rss")), (65536, 65536));
    assert!(seen.has_flag("lo") && !seen.has_flag("lf"));
    assert_eq!(locked.report["locked"], 65536);
    drop(locked);
    let later = Mapping::hold(&env, args![&path, "--flags", "lock-onfault"]);
    let seen = smaps_at(later.held.pid(), later.address()).unwrap();
    assert_eq!((seen.get("Locked"), seen.get("Rss")), (0, 0));
    later.get(5);
    let seen = smaps_at(later.held.pid(), later.address()).unwrap();
    assert!(seen.get("Locked") >= page_size());
}

#[test]
fn low_addresses_are_reported() {
    if cfg!(not(target_arch = "x86_64")) {
        crate::support::skip("the x86-64 architecture");
        return;
    }
    let env = Env::new();
    let mapping = anonymous(&env, "32bit");
    assert!(mapping.address() < 1 << 31);
    assert_eq!(effect(&mapping.report, "32bit"), "done");
    let report = env
        .cmd([
            "map",
            "--json",
            "--flags",
            "32bit",
            "--addr",
            "0x200000000000",
        ])
        .args(ANON)
        .run()
        .ok()
        .json();
    assert_eq!(effect(&report, "32bit"), "not-seen");
}

#[test]
fn every_flag_reaches_the_kernel() {
    let env = Env::new();
    let Some(strace) = env.peer("strace") else {
        return;
    };
    let trace = |flags: &str| {
        let _run = env
            .tool(
                &strace,
                args!["-f", "-o", "trace", "-e", "trace=mmap,madvise,mlock,mlock2"],
            )
            .args([
                crate::support::MMAPCTL,
                "map",
                "-q",
                "--addr-hint",
                "0x200000000000",
            ])
            .args(ANON)
            .args(["--flags", flags])
            .run();
        let text = fs::read_to_string(env.path("trace")).unwrap();
        let from = text.find("(0x200000000000, ").unwrap();
        let start = text[..from].rfind('\n').map_or(0, |at| at + 1);
        text[start..].to_owned()
    };
    for (flag, name) in [
        ("growsdown", "MAP_GROWSDOWN"),
        ("denywrite", "MAP_DENYWRITE"),
        ("executable", "MAP_EXECUTABLE"),
        ("noreserve", "MAP_NORESERVE"),
        ("nonblock", "MAP_NONBLOCK"),
        ("populate,nonblock", "MAP_POPULATE|MAP_NONBLOCK"),
        ("stack", "MAP_STACK"),
        ("hugetlb", "MAP_HUGETLB"),
        // strace has no name for it, and shows it as a huge page size.
        ("uninitialized", "1<<MAP_HUGE_SHIFT"),
        #[cfg(target_arch = "x86_64")]
        ("32bit", "MAP_32BIT"),
    ] {
        let text = trace(flag);
        let call = text.lines().next().unwrap();
        let found = name.split('|').all(|name| call.contains(name));
        assert!(call.contains("mmap(") && found, "{flag}: {call}");
    }
    // Flags that would hang on an unreadable page are replaced by calls after the mapping.
    let populated = trace("populate");
    assert!(!populated.contains("MAP_POPULATE") && populated.contains("MADV_POPULATE_WRITE"));
    let locked = trace("locked");
    let [fill, lock] = ["MADV_POPULATE_WRITE", "mlock("].map(|call| locked.find(call).unwrap());
    assert!(!locked.contains("MAP_LOCKED") && fill < lock, "{locked}");
    assert!(trace("lock-onfault").contains("MLOCK_ONFAULT"));
}

#[test]
fn exact_placement_and_sync_reach_the_kernel() {
    let env = Env::new();
    let Some(strace) = env.peer("strace") else {
        return;
    };
    env.file("f", pattern(5000));
    let at = ["--addr", "0x200000000000"];
    for (arguments, name) in [
        (&["--flags", "fixed", at[0], at[1]][..], "MAP_FIXED,"),
        (
            &["--flags", "fixed-noreplace", at[0], at[1]],
            "MAP_FIXED_NOREPLACE",
        ),
        (&at, "MAP_FIXED_NOREPLACE"),
        (&["--flags", "sync"], "MAP_SYNC"),
        (&["--shared-validate"], "MAP_SHARED_VALIDATE"),
    ] {
        let _run = env
            .tool(
                &strace,
                args!["-f", "-o", "trace", "-e", "trace=mmap,open,openat"],
            )
            .args([crate::support::MMAPCTL, "map", "-q", "f"])
            .args(arguments)
            .run();
        let text = fs::read_to_string(env.path("trace")).unwrap();
        let opened = text.find("\"f\"").unwrap();
        let found = text[opened..]
            .lines()
            .any(|call| call.contains("mmap(") && call.contains(name));
        assert!(found, "{arguments:?}: {text}");
    }
}

#[test]
fn flags_that_cannot_be_combined_are_unsupported_and_named() {
    let env = Env::new();
    env.file("f", pattern(5000));
    let growsdown = "cannot map: 'growsdown' needs private anonymous memory";
    env.run(["map", "f", "--flags", "growsdown"])
        .refuses(8, format!("f: {growsdown}"));
    env.run([
        "map",
        "--anon",
        "-n",
        "1pg",
        "-a",
        "w",
        "--flags",
        "growsdown",
    ])
    .refuses(8, format!("anonymous memory: {growsdown}"));
    let dax = "cannot map: 'sync' needs a shared mapping of a file on a DAX file system";
    for arguments in [
        &["f"][..],
        &["f", "-a", "w"],
        &["f", "--shared-validate"],
        &["f", "-a", "c"],
    ] {
        env.cmd(["map", "--flags", "sync"])
            .args(arguments)
            .run()
            .refuses(8, format!("f: {dax}"));
    }
    for access in ["r", "w", "c"] {
        env.run([
            "map", "--anon", "-n", "1pg", "-a", access, "--flags", "sync",
        ])
        .refuses(8, format!("anonymous memory: {dax}"));
    }
    env.run(["map", "f", "--flags", "hugetlb"]).refuses(
        8,
        "f: cannot map: 'hugetlb' needs anonymous memory and a huge page size of this system",
    );
}

#[test]
fn sync_on_memory_is_unsupported_with_every_visibility() {
    let env = Env::new();
    let Some(tag) = env.tag("sync") else { return };
    tag.create(pattern(5000));
    for visibility in ["--shared", "--shared-validate", "--private"] {
        env.run(["map", "--tag", tag.name(), visibility, "--flags", "sync"]).refuses(
            8,
            format!(
                "tag {}: cannot map: 'sync' needs a shared mapping of a file on a DAX file system",
                tag.name()
            ),
        );
    }
}

#[test]
fn contradictory_flags_are_usage_errors() {
    let env = Env::new();
    env.file("f", pattern(5000));
    for (arguments, reason) in [
        (
            &["--flags", "fixed"][..],
            "'fixed' and 'fixed-noreplace' need --addr",
        ),
        (
            &["--flags", "fixed-noreplace"],
            "'fixed' and 'fixed-noreplace' need --addr",
        ),
        (
            &["--flags", "fixed", "--addr-hint", "0x200000000000"],
            "'fixed' and 'fixed-noreplace' need --addr",
        ),
        (
            &[
                "--flags",
                "fixed,fixed-noreplace",
                "--addr",
                "0x200000000000",
            ],
            "'fixed' and 'fixed-noreplace' cannot be combined",
        ),
        (
            &["--flags", "populate", "-a", "none"],
            "memory without access cannot be populated or locked",
        ),
        (
            &["--flags", "locked", "-a", "none"],
            "memory without access cannot be populated or locked",
        ),
    ] {
        env.cmd(["map", "f"])
            .args(arguments)
            .run()
            .refuses(2, format!("f: cannot map: {reason}"));
        env.cmd(["map", "f", "f"])
            .args(arguments)
            .run()
            .refuses(2, format!("cannot map: {reason}"));
    }
    env.run(["map", "f", "--huge-size", "2M"])
        .refuses(2, "--huge-size needs --flags hugetlb");
    env.run(["map", "f", "--flags", "nonsense"])
        .code(2)
        .stdout("");
}

#[test]
fn huge_pages_come_from_the_pool_and_are_counted() {
    let env = Env::new();
    let Some(pool) = env.huge_pages(2) else {
        return;
    };
    let two = (2 * pool.size()).to_string();
    let arguments = [
        "--anon",
        "-n",
        &two,
        "-a",
        "w",
        "--flags",
        "hugetlb,populate",
    ];
    let mapping = Mapping::hold(&env, arguments);
    let seen = smaps_at(mapping.held.pid(), mapping.address()).unwrap();
    assert!(seen.has_flag("ht"));
    assert_eq!(
        seen.get("Shared_Hugetlb") + seen.get("Private_Hugetlb"),
        2 * pool.size()
    );
    let report = &mapping.report;
    assert_eq!(
        (&report["pages"], &report["page_size"], &report["huge"]),
        (&json!(2), &json!(pool.size()), &json!(2 * pool.size()))
    );
    assert_eq!(report["residency"]["resident"], 2);
    assert_eq!(effect(report, "hugetlb"), "seen");
}

#[test]
fn a_length_is_rounded_up_to_whole_huge_pages() {
    let env = Env::new();
    let Some(pool) = env.huge_pages(1) else {
        return;
    };
    let size = pool.size().to_string();
    let arguments = [
        "--anon",
        "-n",
        "1",
        "-a",
        "c",
        "--flags",
        "hugetlb",
        "--huge-size",
        &size,
    ];
    let mapping = Mapping::hold(&env, arguments);
    let seen = smaps_at(mapping.held.pid(), mapping.address()).unwrap();
    assert_eq!(seen.line.length(), pool.size());
    assert_eq!(
        (&mapping.report["length"], &mapping.report["pages"]),
        (&json!(1), &json!(1))
    );
}

#[test]
fn an_empty_pool_is_out_of_memory_with_a_remedy() {
    let env = Env::new();
    let Some(pool) = env.huge_pages(0) else {
        return;
    };
    let too_many = (pool.size() << 20).to_string();
    let hint = "hint: set the pool size with vm.nr_hugepages, or per page size under \
                /sys/kernel/mm/hugepages; 'mmapctl pagesize --huge --verbose' shows it";
    let run = env.run([
        "map", "--anon", "-n", &too_many, "-a", "w", "--flags", "hugetlb",
    ]);
    run.code(7).stdout("").stderr_line(hint);
    assert!(run.err_text().contains("too few free huge pages of "));
}

#[test]
fn touching_unreserved_huge_pages_is_a_fault() {
    let env = Env::new();
    let Some(pool) = env.huge_pages(0) else {
        return;
    };
    let too_many = (pool.size() << 20).to_string();
    let arguments = [
        "map",
        "--anon",
        "-n",
        &too_many,
        "-a",
        "w",
        "--flags",
        "hugetlb,noreserve",
    ];
    env.cmd(arguments).arg("-q").run().ok();
    let run = env.cmd(arguments).arg("--probe").arg("--json").run();
    if run.ok().json()["probe"]["read"] == "allowed" {
        crate::support::skip("a pool without free pages");
    }
}

#[test]
fn unknown_huge_page_sizes_are_refused() {
    let env = Env::new();
    let huge = [
        "map",
        "--anon",
        "-n",
        "4M",
        "-a",
        "c",
        "--flags",
        "hugetlb",
        "--huge-size",
    ];
    env.cmd(huge).arg("4M").run().refuses(
        8,
        "anonymous memory: cannot map: 'hugetlb' needs anonymous memory and a huge page size of \
         this system",
    );
    env.cmd(huge).arg("3M").run().refuses(
        2,
        "invalid value '3M' for '--huge-size <SIZE>': not a power of two",
    );
}

#[test]
fn huge_pages_require_aligned_addresses() {
    let env = Env::new();
    env.run([
        "map",
        "--anon",
        "-n",
        "2M",
        "--flags",
        "hugetlb",
        "--huge-size",
        "2M",
        "--addr",
        "0x200000001000",
    ])
    .refuses(
        2,
        "anonymous memory: cannot map: address 0x200000001000 is not a multiple of 2097152; the nearest are \
         0x200000000000 and 0x200000200000",
    );
}

#[test]
fn locking_beyond_the_limit_reports_the_limit_and_a_remedy() {
    let env = Env::new();
    env.file("f", pattern(100_000));
    let asked = (100_000_u64).div_ceil(page_size()) * page_size();
    for arguments in [
        &["--lock"][..],
        &["--flags", "locked"],
        &["--flags", "lock-onfault"],
    ] {
        for limit in [0, page_size()] {
            let run = env
                .cmd(["map", "f"])
                .args(arguments)
                .without_capability("ipc_lock")
                .limit(Limit::LockedMemory, limit)
                .run();
            run.code(13).stdout("").stderr_lines(2).stderr_line(format!(
                "hint: the limit is {limit} bytes, {asked} bytes were requested and CAP_IPC_LOCK is \
                 not held: raise the limit (ulimit -l, LimitMEMLOCK=) or grant the capability"
            ));
            assert!(run.err_text().starts_with("mmapctl: f: cannot lock: "));
            assert!(
                run.err_text()
                    .contains(" exceeds RLIMIT_MEMLOCK, which is ")
            );
        }
    }
}

#[test]
fn another_user_can_lock_only_within_the_limit() {
    let env = Env::new();
    let Some(user) = env.other_user() else { return };
    env.file("f", pattern(100_000));
    let run = |limit| {
        env.cmd(["map", "f", "--lock", "--json"])
            .limit(Limit::LockedMemory, limit)
            .user(&user)
            .run()
    };
    let report = run(1 << 20).ok().json();
    assert!(report["locked"].as_u64().unwrap() >= 100_000);
    let error = run(0);
    error.code(13);
    assert_eq!(error.json_error()["os_error"], libc::EPERM);
}

#[test]
fn populating_an_unreadable_block_is_a_fault_at_its_offset() {
    let env = Env::new();
    let Some(disk) = env.bad_disk() else { return };
    let message = format!(
        "{}: cannot populate at offset {}: I/O error: the storage failed",
        disk.file().display(),
        disk.first_bad()
    );
    for arguments in [
        &["--flags", "populate"][..],
        &["--flags", "locked"],
        &["--flags", "populate,locked"],
        &["--lock"],
        &["--advise", "populate-read"],
    ] {
        env.cmd(args!["map", disk.file()])
            .args(arguments)
            .run()
            .refuses(9, &message)
            .stderr_line("hint: see the system log for the device and the block");
    }
    let offset = disk.first_bad() + page_size();
    let error = env
        .run(args![
            "map",
            disk.file(),
            "--flags",
            "populate",
            "--json",
            "-o",
            offset.to_string()
        ])
        .code(9)
        .json_error();
    assert_eq!(
        (&error["offset"], &error["os_error"]),
        (&json!(offset), &json!(libc::EIO))
    );
    env.run(args![
        "map",
        "-q",
        disk.file(),
        "--flags",
        "populate",
        "-n",
        disk.first_bad().to_string()
    ])
    .ok();
}

#[test]
fn populating_for_writing_without_free_space_is_a_fault() {
    let env = Env::new();
    let Some(mount) = env.small_tmpfs(64 * page_size()) else {
        return;
    };
    let path = mount.path("sparse");
    let size = 100 * page_size();
    fs::File::create_new(&path).unwrap().set_len(size).unwrap();
    let error = env
        .run(args![
            "map",
            &path,
            "-a",
            "w",
            "--advise",
            "populate-write",
            "--json"
        ])
        .code(9)
        .json_error();
    assert_eq!(error["os_error"], libc::ENOSPC);
    let offset = error["offset"].as_u64().unwrap();
    assert_eq!(offset, allocated(&path));
    assert!(offset > 0 && offset <= 64 * page_size());
}
