//! Held mappings: `--hold` and a program after `--`, seen by other processes.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
use support::{
    Env, Limit, Mapped, Open, Signal, Sink, args, cache, evict, maps, page_size, pattern, size,
    skip, smaps, smaps_of, while_pages_stay,
};

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

/// Whether a process maps a file now.
fn is_mapped(pid: u32, path: &Path) -> bool {
    let inode = fs::metadata(path).unwrap().ino();
    maps(pid).iter().any(|line| line.inode == inode)
}

fn resident(path: &Path) -> Option<u64> {
    Some(cache(path)?.cached * page_size())
}

#[test]
fn a_mapping_is_held_until_a_signal_and_exits_with_success() {
    let env = Env::new();
    let path = env.file("f", pattern(3 * page_size() as usize));
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let mut held = env.cmd(args!["map", &path, "--hold"]).hold();
        let line = held.line(0);
        let start = format!("ready: {}: 12 KiB at 0x", path.display());
        if page_size() == 4096 {
            assert!(line.starts_with(&start), "{line}");
        }
        assert!(
            line.ends_with(&format!(", held by process {}", held.pid())),
            "{line}"
        );
        assert!(is_mapped(held.pid(), &path));
        assert!(held.is_running());
        held.signal(signal);
        let run = held.wait();
        run.ok();
        assert_eq!(run.out_text().lines().count(), 1);
    }
}

#[test]
fn holding_ends_when_the_time_elapses() {
    let env = Env::new();
    let path = env.file("f", pattern(10));
    let run = env.run(args!["map", &path, "--hold", "300ms"]);
    run.ok();
    assert!(run.elapsed() >= Duration::from_millis(300));
    env.run(args!["map", "--hold=0s", &path]).ok();
    env.run(args!["mirror", "--hold", "10ms", &path]).ok();
}

#[test]
fn a_file_may_follow_the_hold_option() {
    let env = Env::new();
    let path = env.file("f", pattern(10));
    let held = env.cmd(args!["map", "--lock", "--hold", &path]).hold();
    assert!(is_mapped(held.pid(), &path));
    held.signal(Signal::TERM);
    held.wait().ok();
}

#[test]
fn json_is_one_object_with_the_report_in_it() {
    let env = Env::new();
    let path = env.file("f", pattern(10));
    let mut held = env
        .cmd(args!["map", &path, "--json", "--hold", "1h"])
        .hold();
    let ready: Value = serde_json::from_str(&held.line(0)).unwrap();
    assert_eq!(ready["ready"], Value::from(true));
    assert_eq!(ready["pid"], Value::from(held.pid()));
    assert_eq!(ready["seconds"], Value::from(3600.0));
    let inode = fs::metadata(&path).unwrap().ino();
    let lines = maps(held.pid());
    let line = lines.iter().find(|line| line.inode == inode).unwrap();
    assert_eq!(ready["address"], Value::from(format!("{:#x}", line.start)));
    held.signal(Signal::TERM);
    let run = held.wait();
    run.ok();
    assert_eq!(run.json_lines().len(), 1);
}

#[test]
fn several_files_are_held_together() {
    let env = Env::new();
    let (a, b) = (env.file("a", pattern(10)), env.file("b", pattern(20)));
    let mut held = env.cmd(args!["map", &a, &b, "--hold"]).hold();
    assert!(held.line(0).starts_with("ready: 2 mappings, 30 B total, "));
    assert!(is_mapped(held.pid(), &a) && is_mapped(held.pid(), &b));
    held.signal(Signal::TERM);
    held.wait().ok();
}

#[test]
fn empty_files_are_not_held() {
    let env = Env::new();
    let (full, _) = (env.file("full", pattern(10)), env.file("empty", ""));
    for command in [&["map"][..], &["advise", "random"]] {
        let run = |rest: &[&str]| env.cmd(command).args(rest).run();
        let mut held = env.cmd(command).args(["empty", "full", "--hold"]).hold();
        assert!(
            held.line(0).starts_with("ready: full: "),
            "{}",
            held.line(0)
        );
        assert!(is_mapped(held.pid(), &full));
        held.signal(Signal::TERM);
        let note = "mmapctl: note: empty: empty; not mapped\n";
        held.wait().code(0).stderr(note);
        run(&[
            "empty",
            "full",
            "--",
            "sh",
            "-c",
            "basename \"$MMAPCTL_PATH\"",
        ])
        .code(0)
        .stdout("full\n")
        .stderr(note);
        for then in [&["--hold=1ms"][..], &["--", "echo", "run"]] {
            let all: Vec<&str> = ["empty", "empty"].iter().chain(then).copied().collect();
            run(&all)
                .code(5)
                .stdout("")
                .stderr_line("mmapctl: cannot hold: every file is empty");
        }
    }
}

#[test]
fn nothing_is_held_unless_everything_is_mapped() {
    let env = Env::new();
    let (a, b) = (env.file("a", pattern(10)), env.file("b", pattern(20)));
    let new = env.path("new");
    let errors = "mmapctl: none: cannot open: No such file or directory\n\
                  mmapctl: gone: cannot open: No such file or directory\n";
    let commands: [&[&str]; 4] = [
        &["map"],
        &["map", "--json"],
        &["map", "--verbose"],
        &["advise", "random"],
    ];
    for command in commands {
        for then in [&["--hold"] as &[&str], &["--", "echo", "run"]] {
            let mut line = args![&a, "none", &b, "gone"].to_vec();
            line.splice(0..0, command.iter().map(|word| (*word).into()));
            line.extend(then.iter().map(|word| (*word).into()));
            let run = env.run(&line);
            run.code(3);
            assert!(!run.out_text().contains("run"), "{}", run.out_text());
            assert!(!run.out_text().contains("ready"), "{}", run.out_text());
            if command.len() == 1 && command[0] == "map" {
                let hint = "hint: use --access w --length N to create it\n";
                assert_eq!(run.err_text().replace(hint, ""), errors);
            }
        }
    }
    env.run(args!["map", "none", "--hold"]).code(3).stdout("");
    // A file with too few resident pages counts as a failure too.
    env.run(args!["map", &a, &b, "--expect-resident", ">1M", "--hold"])
        .code(10)
        .stdout("");
    // Files created for the others are removed.
    env.run(args!["map", &new, "/", "-a", "w", "-n", "4K", "--hold"])
        .code(8);
    assert!(!new.exists());
    let short = env.file("short", pattern(10));
    env.run(args!["map", &short, "/", "-a", "w", "-n", "1M", "--hold"])
        .code(8);
    assert_eq!(fs::read(&short).unwrap(), pattern(10));
}

/// The number of read calls of a process so far.
fn reads(pid: u32) -> Option<u64> {
    let counts = fs::read_to_string(format!("/proc/{pid}/io")).ok()?;
    let line = counts.lines().find_map(|line| line.strip_prefix("syscr: "));
    Some(line?.parse().unwrap())
}

#[test]
fn the_cost_of_measuring_a_held_mapping_is_constant() {
    const FEW: usize = 120;
    let env = Env::new();
    let files: Vec<_> = (0..5 * FEW)
        .map(|n| env.file(format!("f{n}"), "x").into_os_string())
        .collect();
    let commands: [&[&str]; 3] = [
        &["map", "--hold"],
        &["map", "--verbose", "--hold"],
        &["advise", "random", "--hold"],
    ];
    for command in commands {
        let mut counts = Vec::new();
        for files in [&files[..FEW], &files[..]] {
            let line = command.iter().map(Into::into).chain(files.iter().cloned());
            let held = env.cmd(line).hold();
            let Some(count) = reads(held.pid()) else {
                return skip("needs /proc/PID/io");
            };
            held.signal(Signal::TERM);
            held.wait().code(0);
            counts.push(count);
        }
        // Five times as many mappings must not read twenty-five times as much of the memory map.
        assert!(counts[1] < 6 * counts[0], "{command:?}: {counts:?}");
    }
}

#[test]
fn a_locked_file_stays_in_memory_only_while_it_is_held() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else {
            return;
        };
        let path = disk.path().join("db");
        let length = 64 * page_size();
        fs::write(&path, pattern(length as usize)).unwrap();
        fs::File::open(&path).unwrap().sync_all().unwrap();
        evict(&path);
        assert_eq!(resident(&path), Some(0));
        let held = env.cmd(args!["map", &path, "--lock", "--hold"]).hold();
        assert_eq!(resident(&path), Some(length));
        let seen = smaps_of(held.pid(), &path);
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].get("Locked"), length);
        assert!(seen[0].has_flag("lo") && seen[0].has_flag("lf"));
        // Like a program that has finished with a file. The kernel skips locked pages.
        let file = fs::File::open(&path).unwrap();
        rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
        assert_eq!(resident(&path), Some(length));
        held.signal(Signal::TERM);
        held.wait().ok();
        evict(&path);
        assert_eq!(resident(&path), Some(0));
    });
}

#[test]
fn a_lock_beyond_the_limit_names_limit_request_and_capability() {
    let env = Env::new();
    let path = env.file("f", pattern(4 * page_size() as usize));
    let asked = (4 * page_size()).to_string();
    for limit in [0, page_size()] {
        let run = env
            .cmd(args!["map", &path, "--lock", "--hold"])
            .limit(Limit::LockedMemory, limit)
            .without_capability("ipc_lock")
            .run();
        run.code(13).stdout("");
        run.stderr_line(format!(
            "hint: the limit is {limit} bytes, {asked} bytes were requested and CAP_IPC_LOCK is not held: \
             raise the limit (ulimit -l, LimitMEMLOCK=) or grant the capability"
        ));
    }
}

#[test]
fn a_block_that_cannot_be_read_ends_a_lock_and_does_not_hang_it() {
    let env = Env::new();
    let Some(disk) = env.bad_disk() else {
        return;
    };
    let run = env
        .cmd(args!["map", disk.file(), "--lock", "--hold", "1h"])
        .patience(Duration::from_secs(30))
        .run();
    run.code(9).stdout("");
}

#[test]
fn the_exit_status_of_a_program_is_passed_on() {
    let env = Env::new();
    let path = env.file("f", pattern(10));
    let shell = |script: &str| env.run(args!["map", &path, "--", "sh", "-c", script]);
    shell("exit 0").ok().stdout("");
    shell("exit 7").code(7);
    shell("exit 255").code(255);
    shell("kill -KILL $$").code(137);
    shell("kill -INT $$").code(130);
    shell("kill -SEGV $$").code(139);
    shell("echo out; echo err >&2")
        .code(0)
        .stdout("out\n")
        .stderr("err\n");
    env.cmd(args!["map", &path, "--", "cat"])
        .stdin("in")
        .run()
        .ok()
        .stdout("in");
}

#[test]
fn the_report_is_on_stderr_before_the_program_starts() {
    let env = Env::new();
    let path = env.file("f", pattern(10));
    let script = ["--", "sh", "-c", "echo out; echo err >&2"];
    let run = |options: &[&str]| {
        let words = options.iter().map(AsRef::<std::ffi::OsStr>::as_ref);
        let run = env.run(
            words
                .chain([path.as_ref()])
                .chain(script.map(AsRef::as_ref)),
        );
        run.code(0).stdout("out\n");
        run
    };
    for quiet in [
        &["map"][..],
        &["map", "--bytes"],
        &["map", "--lock", "--quiet"],
        &["mirror"],
        &["advise", "random"],
    ] {
        run(quiet).stderr("err\n");
    }
    for (command, key) in [
        (&["map", "--json", "--probe"][..], "/steps/0/probe/read"),
        (&["map", "--json", "--quiet"], ""),
        (&["mirror", "--json"], "/base"),
        (&["advise", "random", "--json"], "/advice"),
    ] {
        let run = run(command);
        let lines: Vec<&str> = run.err_text().lines().collect();
        assert_eq!(lines.last(), Some(&"err"), "{lines:?}");
        if key.is_empty() {
            assert_eq!(lines.len(), 1, "{lines:?}");
            continue;
        }
        assert_eq!(lines.len(), 2, "{lines:?}");
        let report: Value = serde_json::from_str(lines[0]).unwrap();
        assert!(report.pointer(key).is_some(), "{report}");
    }
    for (command, label) in [
        (&["map", "--verbose"][..], "  VmFlags "),
        (&["map", "--probe"], "  probe "),
        (&["map", "--lock"], "  locked "),
        (&["mirror", "--verify"], "  verified "),
        (&["mirror", "--lock"], "  locked "),
        (&["advise", "random", "--verbose"], "  effect "),
    ] {
        let run = run(command);
        let text = run.err_text();
        assert!(text.lines().any(|line| line.starts_with(label)), "{text}");
        assert!(text.ends_with("\nerr\n"), "{text}");
    }
    let run = env.run(args!["map", &path, &path, "-v", "--", "echo", "out"]);
    run.code(0).stdout("out\n");
    assert!(run.err_text().contains(" total "), "{}", run.err_text());
}

#[test]
fn a_program_that_cannot_be_run_is_reported_with_the_reason() {
    let env = Env::new();
    let path = env.file("f", pattern(10));
    let script = env.file("mmapctl-script", "#!/mmapctl/no-interpreter\n");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let directories = std::env::var_os("PATH").unwrap_or_default();
    let directories = std::env::split_paths(&directories).chain([env.dir().to_owned()]);
    let directories = std::env::join_paths(directories).unwrap();
    for (program, status, code, why) in [
        (
            Path::new("mmapctl-none"),
            127,
            "command_not_found",
            "No such file or directory",
        ),
        (
            Path::new("./none"),
            127,
            "command_not_found",
            "No such file or directory",
        ),
        (&path, 126, "cannot_run", "Permission denied"),
        (env.dir(), 126, "cannot_run", "Permission denied"),
        (&script, 126, "cannot_run", "its interpreter does not exist"),
        (
            Path::new("mmapctl-script"),
            126,
            "cannot_run",
            "its interpreter does not exist",
        ),
    ] {
        let message = format!("cannot run the program: {}: {why}", program.display());
        for command in [&["map"][..], &["mirror", "-a", "r"], &["advise", "random"]] {
            let run = |options: &[&str]| {
                let run = env.cmd(command).args(options).env("PATH", &directories);
                run.args(args![&path, "--", program]).run()
            };
            run(&[])
                .refuses(status, &message)
                .stdout("")
                .stderr_lines(1);
            let run = run(&["--json"]);
            let last = run.code(status).stdout("").err_text().lines().last();
            // If the program was found, the report on the mapping precedes it.
            let error: Value = serde_json::from_str(last.unwrap()).unwrap();
            assert_eq!(error["code"], code, "{program:?}");
            assert_eq!(error["message"], message);
        }
    }
}

#[test]
fn a_program_that_does_not_start_leaves_nothing_behind() {
    let env = Env::new();
    let script = env.file("script", "#!/mmapctl/no-interpreter\n");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let path = env.file("f", pattern(10));
    let new = env.path("new");
    let Some(tag) = env.tag("start") else { return };
    for command in [&["map", "-a", "w"][..], &["mirror", "-a", "w"]] {
        for file in [&path, &new] {
            for (program, status) in [(script.as_path(), 126), (Path::new("mmapctl-none"), 127)] {
                env.cmd(command)
                    .args(args!["-n", "3pg", file, "--", program])
                    .run()
                    .code(status)
                    .stdout("");
            }
        }
        env.cmd(command)
            .args(args!["-n", "3pg", "--tag", tag.name(), "--", &script])
            .run()
            .code(126);
        assert_eq!(fs::read(&path).unwrap(), pattern(10));
        assert!(!new.exists() && !tag.path().exists());
        env.cmd(command)
            .args(args!["-n", "3pg", &new, "--", "false"])
            .run()
            .code(1);
        assert_eq!(size(&new), 3 * page_size());
        fs::remove_file(&new).unwrap();
    }
}

#[test]
fn variables_of_an_outer_command_are_not_passed_on() {
    let env = Env::new();
    let (a, b) = (env.file("a", pattern(10)), env.file("b", pattern(10)));
    let script = r#"echo "${MMAPCTL_PATH-none} ${MMAPCTL_OFFSET-none} ${MMAPCTL_LENGTH-none}"
        echo "${MMAPCTL_PATH_3-none}""#;
    env.cmd(args!["map", &a, &b, "--", "sh", "-c", script])
        .env("MMAPCTL_PATH", "/outer")
        .env("MMAPCTL_OFFSET", "1")
        .env("MMAPCTL_LENGTH", "2")
        .env("MMAPCTL_PATH_3", "/outer")
        .run()
        .ok()
        .stdout("none none none\nnone\n");
}

#[test]
fn a_program_gets_the_path_and_range_of_each_of_several_sources() {
    let env = Env::new();
    env.file("a", pattern(10));
    env.file("b", pattern(20));
    let script = r#"for n in 1 2; do
            eval "echo \$(basename \$MMAPCTL_PATH_$n) \$MMAPCTL_OFFSET_$n \$MMAPCTL_LENGTH_$n \$(wc -c <\$MMAPCTL_PATH_$n)"
        done; echo "${MMAPCTL_PATH_3-none}""#;
    env.run(["map", "a", "b", "--", "sh", "-c", script])
        .ok()
        .stdout("a 0 10 10\nb 0 20 20\nnone\n");
}

#[test]
fn a_file_larger_than_memory_is_not_locked() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else {
            return;
        };
        let path = disk.path().join("sparse");
        fs::File::create(&path).unwrap().set_len(1 << 42).unwrap();
        for wrong in [
            &["map", "--lock", "--hold", "0"][..],
            &["map", "--flags", "locked"],
            &["mirror", "-a", "r", "--lock", "--hold", "0"],
        ] {
            let run = env.cmd(wrong).arg(&path).run();
            if run.ended_with(&[13]) {
                support::skip("CAP_IPC_LOCK to lock beyond the limit");
                return;
            }
            run.code(7).stdout("").stderr_lines(2);
            assert_eq!(resident(&path), Some(0));
        }
        let much = ["--private", "--flags", "noreserve,populate", "-n", "4T"];
        env.cmd(["map", "--anon", "-a", "c"])
            .args(much)
            .run()
            .code(7);
    });
}

#[test]
fn signals_are_forwarded_to_the_program() {
    let env = Env::new();
    let path = env.file("f", pattern(10));
    for (signal, name) in [(Signal::TERM, "TERM"), (Signal::INT, "INT")] {
        let script = format!(
            "trap 'echo {name}; exit 9' {name}; echo started; while :; do sleep 0.05; done"
        );
        let held = env
            .cmd(args!["map", &path, "--", "sh", "-c", &script])
            .hold();
        assert!(is_mapped(held.pid(), &path));
        held.signal(signal);
        held.wait().code(9).stdout(format!("started\n{name}\n"));
        let held = env
            .cmd(args![
                "map",
                &path,
                "--",
                "sh",
                "-c",
                "echo started; exec sleep 600"
            ])
            .hold();
        held.signal(signal);
        held.wait().code(128 + signal.as_raw());
    }
}

#[test]
fn a_program_inherits_the_signal_dispositions() {
    let env = Env::new();
    let path = env.file("f", pattern(10));
    let ignored = |run: &support::Run| {
        let text = run.out_text().to_owned();
        let mask = text.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        // The higher signals are internal to the C library.
        u64::from_str_radix(mask.unwrap().trim(), 16).unwrap() & 0x7fff_ffff
    };
    let show = ["cat", "/proc/self/status"];
    let direct = ignored(&env.tool(show[0], &show[1..]).run());
    let ours = env.cmd(args!["map", &path, "--"]).args(show).run();
    // Rust programs ignore SIGPIPE, and restore its default for child processes.
    assert_eq!(ignored(&ours), direct & !(1 << 12));
}

#[test]
fn environment_variables_locate_files_descriptors_and_tags() {
    let env = Env::new();
    let page = page_size();
    let path = env.file("f", pattern(4 * page as usize));
    let show = r#"cd /; echo "$MMAPCTL_OFFSET $MMAPCTL_LENGTH"; [ "$(cksum <"$MMAPCTL_PATH")" = "$(cksum <"$0")" ] && echo same"#;
    let offset = page.to_string();
    let told = format!("{page} 100\nsame\n");
    let range = ["-o", &offset, "-n", "100"];
    // A relative path, and a program in another directory.
    env.cmd(["map", "f"])
        .args(range)
        .args(args!["--", "sh", "-c", show, &path])
        .run()
        .ok()
        .stdout(&told);
    env.cmd(["map", "--fd", "3"])
        .fd(3, Open::Read, &path)
        .args(range)
        .args(args!["--", "sh", "-c", show, &path])
        .run()
        .ok()
        .stdout(&told);
    let Some(tag) = env.tag("region") else { return };
    tag.create(pattern(4 * page as usize));
    env.cmd(args!["map", "--tag", tag.name()])
        .args(range)
        .args(args!["--", "sh", "-c", show, &path])
        .run()
        .ok()
        .stdout(&told);
}

#[test]
fn anonymous_memory_is_shared_with_every_program_of_a_pipeline() {
    let env = Env::new();
    let program = env!("CARGO_BIN_EXE_mmapctl");
    let script = r#"seq 5 > "$MMAPCTL_PATH"; cat "$MMAPCTL_PATH" | (read first; echo "first $first"; wc -c < "$MMAPCTL_PATH")
        "$0" dump --format plain -n 4 "$MMAPCTL_PATH"; echo "$MMAPCTL_LENGTH""#;
    env.run(args![
        "map", "--anon", "--length", "1M", "--access", "w", "--", "sh", "-c", script, program
    ])
    .ok()
    .stdout("first 1\n10\n310a320a\n1048576\n");
}

#[test]
fn anonymous_memory_has_its_full_length_and_allocates_nothing_before_use() {
    let env = Env::new();
    let script = r#"stat -L -c "%s %b" "$MMAPCTL_PATH""#;
    env.run(args!["map", "--anon", "-n", "1T", "--", "sh", "-c", script])
        .ok()
        .stdout(format!("{} 0\n", 1_u64 << 40));
    // Our mapping shows the bytes that a program writes to it in place.
    let script =
        r#"printf X | dd of="$MMAPCTL_PATH" conv=notrunc status=none; echo done; exec sleep 600"#;
    let held = env
        .cmd(args![
            "map", "--anon", "-n", "1pg", "-a", "w", "--", "sh", "-c", script
        ])
        .hold();
    let lines = maps(held.pid());
    let line = lines
        .iter()
        .find(|line| line.path.contains("memfd:"))
        .unwrap();
    let memory = fs::File::open(format!("/proc/{}/mem", held.pid())).unwrap();
    let mut byte = [0];
    std::os::unix::fs::FileExt::read_exact_at(&memory, &mut byte, line.start).unwrap();
    assert_eq!(&byte, b"X");
    held.signal(Signal::TERM);
    held.wait().code(143);
}

#[test]
fn anonymous_memory_may_use_huge_pages() {
    let env = Env::new();
    let Some(huge) = env.huge_pages(2) else {
        return;
    };
    let length = huge.size().to_string();
    env.run(args![
        "map",
        "--anon",
        "-n",
        &length,
        "-a",
        "w",
        "--flags",
        "hugetlb",
        "--",
        "sh",
        "-c",
        r#"stat -L -c "%s %o" "$MMAPCTL_PATH""#
    ])
    .ok()
    .stdout(format!("{length} {length}\n"));
}

#[test]
fn the_documented_recipe_provides_huge_pages() {
    let env = Env::new();
    let enabled = fs::read_to_string("/sys/kernel/mm/transparent_hugepage/enabled");
    if !enabled.is_ok_and(|text| !text.contains("[never]")) {
        return skip("transparent huge pages");
    }
    let recipe = "advise hugepage --anon --length 4M --touch";
    let page = env.run(["advise", "--help"]);
    assert!(page.ok().out_text().contains(recipe));
    let held = env.cmd(recipe.split(' ').chain(["--hold"])).hold();
    let huge: u64 = smaps(held.pid())
        .iter()
        .map(|s| s.get("AnonHugePages"))
        .sum();
    assert!(huge >= 2 << 20, "{huge}");
}

#[test]
fn a_tag_is_removed_on_exit_on_request() {
    let env = Env::new();
    let Some(tag) = env.tag("scope") else { return };
    let scope = [
        "map",
        "--open",
        "create,excl",
        "-n",
        "1pg",
        "-a",
        "w",
        "--unlink-on-exit",
    ];
    let scoped = || env.cmd(scope).args(args!["--tag", tag.name()]);
    let script = r#"test -f "$MMAPCTL_PATH" && echo "$MMAPCTL_PATH"; exit 3"#;
    scoped()
        .args(["--", "sh", "-c", script])
        .run()
        .code(3)
        .stdout(format!("{}\n", tag.path().display()));
    assert!(!tag.path().exists());
    for signal in [Signal::TERM, Signal::INT] {
        let held = scoped().arg("--hold").hold();
        assert_eq!(size(tag.path()), page_size());
        held.signal(signal);
        held.wait().ok();
        assert!(!tag.path().exists());
    }
    scoped().args(["--", "mmapctl-none"]).run().code(127);
    assert!(!tag.path().exists());
    scoped().run().ok();
    assert!(!tag.path().exists());
    scoped().args(["--expect-resident", ">1G"]).run().code(10);
    assert!(!tag.path().exists());
    scoped().stdout(Sink::Full).run().code(6);
    assert!(!tag.path().exists());
    tag.create("taken");
    scoped().arg("--hold").run().code(11);
    assert_eq!(fs::read(tag.path()).unwrap(), b"taken");
}

#[test]
fn mirrored_and_advised_tags_are_removed_on_exit() {
    let env = Env::new();
    let Some(tag) = env.tag("scope") else { return };
    for command in [
        &["mirror"][..],
        &["mirror", "-a", "r"],
        &["advise", "random"],
        &["advise", "populate-write"],
    ] {
        let scoped = || {
            let command = env.cmd(command).arg("--unlink-on-exit");
            command.args(args!["--tag", tag.name()])
        };
        let bytes = vec![7; page_size() as usize];
        tag.create(&bytes);
        let held = scoped().arg("--hold").hold();
        assert_eq!(fs::read(tag.path()).unwrap(), bytes);
        held.signal(Signal::TERM);
        held.wait().ok();
        assert!(!tag.path().exists());
        tag.create(&bytes);
        scoped().args(["--", "sh", "-c", "exit 3"]).run().code(3);
        assert!(!tag.path().exists());
        tag.create(&bytes);
        scoped().run().ok();
        assert!(!tag.path().exists());
    }
}

#[test]
fn a_name_that_was_reused_meanwhile_is_not_removed() {
    let env = Env::new();
    let Some(tag) = env.tag("scope") else { return };
    let held = env
        .cmd(args![
            "map",
            "--tag",
            tag.name(),
            "--open",
            "create",
            "-n",
            "1pg",
            "-a",
            "w",
            "--unlink-on-exit",
            "--hold"
        ])
        .hold();
    fs::remove_file(tag.path()).unwrap();
    fs::write(tag.path(), "another").unwrap();
    held.signal(Signal::TERM);
    held.wait().ok();
    assert_eq!(fs::read(tag.path()).unwrap(), b"another");
}

#[test]
fn writes_by_others_are_visible_in_held_mappings() {
    let env = Env::new();
    let Some(tag) = env.tag("shared") else { return };
    tag.create(pattern(page_size() as usize));
    let held = env
        .cmd(args!["map", "--tag", tag.name(), "--access", "w", "--hold"])
        .hold();
    let mine = Mapped::shared(tag.path());
    mine.set(5, 77);
    let inode = fs::metadata(tag.path()).unwrap().ino();
    let lines = maps(held.pid());
    let line = lines.iter().find(|line| line.inode == inode).unwrap();
    let memory = fs::File::open(format!("/proc/{}/mem", held.pid())).unwrap();
    let mut byte = [0];
    std::os::unix::fs::FileExt::read_exact_at(&memory, &mut byte, line.start + 5).unwrap();
    assert_eq!(byte, [77]);
}

#[test]
fn a_full_stdout_ends_holding_and_a_closed_one_does_not() {
    let env = Env::new();
    let path = env.file("f", pattern(10));
    env.cmd(args!["map", &path, "--hold", "1h"])
        .stdout(Sink::Full)
        .run()
        .code(6)
        .stderr_lines(1);
    let run = env
        .cmd(args!["map", &path, "--hold", "200ms"])
        .stdout(Sink::ClosedPipe)
        .run();
    run.ok();
    assert!(run.elapsed() >= Duration::from_millis(200));
}

#[test]
fn the_ready_line_is_written_also_when_quiet() {
    let env = Env::new();
    let path = env.file("f", pattern(page_size() as usize));
    for command in [
        &["map"][..],
        &["mirror"],
        &["advise", "random"],
        &["warm", "--lock"],
    ] {
        let cmd = || {
            env.cmd(command)
                .args(args!["--quiet", &path, "--hold", "1ms"])
        };
        let run = cmd().run();
        let text = run.ok().out_text();
        assert!(text.starts_with("ready: "), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
        let run = cmd().stdout(Sink::Full).run();
        assert_ne!(run.status().code(), Some(0), "{}", run.describe());
    }
}

#[test]
fn invalid_hold_requests_are_usage_errors() {
    let env = Env::new();
    let path = env.file("f", pattern(10));
    for wrong in [
        &["--hold", "5x"][..],
        &["--hold=soon"],
        &["--hold=-1s"],
        &["--hold", "1s", "--", "true"],
        &["--unlink-on-exit"],
    ] {
        env.cmd(args!["map", &path])
            .args(wrong)
            .run()
            .code(2)
            .stdout("");
    }
}

#[test]
fn an_existing_region_is_removed_only_on_exit() {
    let env = Env::new();
    let Some(tag) = env.tag("kept") else { return };
    tag.create("precious");
    let unlink = ["--unlink-on-exit", "--tag", tag.name()];
    for failing in [
        &["map", "-n", "64K"][..],
        &["mirror", "-n", "64K", "--addr", "0x1001"],
        &["map", "--expect-resident", "==0"],
    ] {
        let run = env.cmd(failing).args(unlink).run();
        assert!(!run.ended_with(&[0]), "{failing:?}");
        assert!(tag.path().exists(), "{failing:?}");
    }
    let mut held = env.cmd(["map", "--hold"]).args(unlink).spawn();
    held.line(0);
    held.signal(Signal::QUIT);
    held.wait().code(0);
    assert!(!tag.path().exists());
}
