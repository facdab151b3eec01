//! `map` on Windows.

use super::support::{Env, GRANULARITY, args, full_disk, pattern, under_wine};

#[test]
fn every_access_mode_permits_exactly_its_operations() {
    let env = Env::new();
    let path = env.file("file", &pattern(GRANULARITY));
    for (access, read, write) in [
        ("r", "allowed", "refused"),
        ("w", "allowed", "allowed"),
        ("c", "allowed", "allowed"),
        ("none", "refused", "refused"),
        ("rx", "allowed", "refused"),
        ("wx", "allowed", "allowed"),
        ("cx", "allowed", "allowed"),
    ] {
        let run = env.run(args!["--json", "map", &path, "--access", access, "--probe"]);
        let seen = run.ok().json();
        assert_eq!(seen["steps"][0]["probe"]["read"], read, "{access}: {seen}");
        assert_eq!(
            seen["steps"][0]["probe"]["write"], write,
            "{access}: {seen}"
        );
        assert_eq!(seen["access"], access);
    }
}

#[test]
fn instructions_run_only_with_execute_access() {
    let env = Env::new();
    // The file begins with a return instruction.
    let path = env.file("code", &[0xc3; 4096]);
    for (access, execute) in [("rx", "allowed"), ("cx", "allowed"), ("r", "refused")] {
        let run = env.run(args!["--json", "map", &path, "--access", access, "--probe"]);
        let seen = run.ok().json();
        assert_eq!(
            seen["steps"][0]["probe"]["execute"], execute,
            "{access}: {seen}"
        );
    }
}

#[test]
fn protections_can_be_changed_within_the_access_of_the_handle() {
    let env = Env::new();
    let path = env.file("file", &pattern(GRANULARITY));
    for (access, to, write) in [
        ("w", "r", "refused"),
        ("w", "none", "refused"),
        ("c", "r", "refused"),
        ("c", "w", "allowed"),
    ] {
        let run = env.run(args![
            "--json",
            "map",
            &path,
            "--access",
            access,
            "--protect",
            to,
            "--probe"
        ]);
        let seen = run.ok().json();
        assert_eq!(
            seen["steps"][1]["probe"]["write"], write,
            "{access} to {to}: {seen}"
        );
    }
    env.run(args!["map", &path, "--protect", "w"])
        .refuses(4, "cannot protect");
}

#[test]
fn private_copies_do_not_change_the_file_and_anonymous_memory_is_zero() {
    let env = Env::new();
    for visibility in ["--private", "--shared"] {
        let run = env.run(args![
            "--json", "map", "--anon", "-n", "1M", "--access", "w", visibility, "--probe"
        ]);
        let seen = run.ok().json();
        assert_eq!(
            seen["steps"][0]["probe"]["write"], "allowed",
            "{visibility}: {seen}"
        );
        assert_eq!(seen["length"], 1 << 20);
    }
}

#[test]
fn offsets_are_multiples_of_the_granularity() {
    let env = Env::new();
    let path = env.file("file", &pattern(4 * GRANULARITY));
    env.run(args!["map", &path, "-o", "4096"])
        .refuses(2, "the nearest are 0 and 65536");
    let seen = env.run(args!["--json", "map", &path, "-o", "128K", "-n", "5000"]);
    let seen = seen.ok().json();
    assert_eq!(seen["offset"], 128 << 10);
    assert_eq!(seen["pages"], 2);
    let address = seen["address"].as_str().unwrap().trim_start_matches("0x");
    let address = usize::from_str_radix(address, 16).unwrap();
    assert_eq!(address % GRANULARITY, 0);
}

#[test]
fn a_requested_address_is_used_or_refused() {
    let env = Env::new();
    let path = env.file("file", &pattern(GRANULARITY));
    let at = "0x200000000000";
    let seen = env
        .run(args!["--json", "map", &path, "--addr", at])
        .ok()
        .json();
    assert_eq!(seen["address"], at);
    // The page of shared system data is there in every program.
    env.run(args!["map", &path, "--addr", "0x7ffe0000"])
        .refuses(7, "address in use");
    env.run(args!["map", &path, "--addr-hint", "0x7ffe0000"])
        .ok();
    // A hint need not be aligned.
    let seen = env
        .run(args![
            "--json",
            "map",
            &path,
            "--addr-hint",
            "0x200000001000"
        ])
        .ok()
        .json();
    assert_eq!(seen["address"], at);
    env.run(args!["map", &path, "--addr", "0x200000001000"])
        .refuses(2, "not a multiple of 65536");
}

#[test]
fn a_file_grows_for_a_shared_writable_mapping() {
    let env = Env::new();
    let path = env.path("new");
    env.run(args![
        "map", &path, "--access", "w", "-n", "100000", "--open", "create"
    ])
    .ok();
    assert_eq!(path.metadata().unwrap().len(), 100_000);
    env.run(args!["map", &path, "--access", "w", "-n", "200000"])
        .ok();
    assert_eq!(path.metadata().unwrap().len(), 200_000);
    // If the mapping then fails, the size is restored.
    env.run(args![
        "map",
        &path,
        "--access",
        "w",
        "-n",
        "300000",
        "--addr",
        "0x7ffe0000"
    ])
    .refuses(7, "address in use");
    assert_eq!(path.metadata().unwrap().len(), 200_000);
    let missing = env.path("missing");
    env.run(args![
        "map",
        &missing,
        "--access",
        "w",
        "-n",
        "1000",
        "--open",
        "create",
        "--addr",
        "0x7ffe0000"
    ])
    .refuses(7, "address in use");
    assert!(!missing.exists());
}

#[test]
fn empty_short_and_read_only_files_are_refused() {
    let env = Env::new();
    let empty = env.file("empty", b"");
    env.run(args!["map", &empty]).refuses(5, "it is empty");
    let small = env.file("small", b"abc");
    env.run(args!["map", &small, "-n", "4K"])
        .refuses(5, "small");
    let mut permissions = small.metadata().unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&small, permissions.clone()).unwrap();
    // Wine run by root can open it anyway.
    if !under_wine() {
        env.run(args!["map", &small, "--access", "w"])
            .refuses(4, "small");
    }
    env.run(args!["map", &small, "--access", "c"]).ok();
    #[allow(clippy::permissions_set_readonly_false)]
    permissions.set_readonly(false);
    std::fs::set_permissions(&small, permissions).unwrap();
}

#[test]
fn pages_are_locked_and_brought_in() {
    let env = Env::new();
    let path = env.file("file", &pattern(1 << 20));
    for option in ["--lock", "--flags=populate", "--flags=locked"] {
        let run = env.run(args![
            "--json",
            "map",
            &path,
            option,
            "--expect-resident",
            "==100%"
        ]);
        let seen = run.ok().json();
        assert_eq!(seen["residency"]["resident"], 256, "{option}: {seen}");
    }
}

#[test]
fn advice_is_applied_by_the_nearest_equivalent_call() {
    let env = Env::new();
    let path = env.file("file", &pattern(1 << 20));
    for advice in ["willneed", "dontneed"] {
        env.run(args!["map", &path, "--advise", advice]).ok();
    }
    env.run(args!["map", &path, "--advise", "hugepage"])
        .refuses(8, "hugepage");
}

#[test]
fn features_that_windows_lacks_are_refused_by_name() {
    let env = Env::new();
    let path = env.file("file", &pattern(GRANULARITY));
    for (arguments, words) in [
        (vec!["--flags", "growsdown"], "growsdown"),
        (vec!["--flags", "noreserve"], "noreserve"),
        (vec!["--open", "noctty"], "noctty"),
        (vec!["--shared-validate"], "shared-validate"),
        (vec!["--remap", "4K"], "remap"),
        (vec!["--protect", "r+sem"], "sem"),
    ] {
        let arguments = arguments.into_iter().map(Into::into);
        env.run(args!["map", &path].into_iter().chain(arguments))
            .refuses(8, words)
            .refuses(8, "Windows");
    }
}

#[test]
fn open_flags_are_translated_to_windows_flags() {
    let env = Env::new();
    let path = env.file("file", &pattern(GRANULARITY));
    for flags in ["direct", "sync", "dsync", "nofollow", "largefile"] {
        let run = env.run(args!["--json", "map", &path, "--open", flags, "--probe"]);
        let seen = run.ok().json();
        assert_eq!(
            seen["steps"][0]["probe"]["read"], "allowed",
            "{flags}: {seen}"
        );
    }
}

#[test]
fn a_tag_exists_while_it_is_held() {
    let env = Env::new();
    let tag = env.tag();
    env.run(args!["map", "--tag", &tag])
        .refuses(3, "cannot open");
    let held = env.hold(args![
        "map", "--tag", &tag, "-n", "128K", "--access", "w", "--open", "create", "--hold"
    ]);
    assert!(held.first().starts_with("ready"), "{}", held.first());
    let seen = env.run(args!["--json", "map", "--tag", &tag]).ok().json();
    assert_eq!(seen["size"], 128 << 10);
    // The same section by its full name.
    env.run(args!["map", "--tag", format!(r"Local\{tag}"), "-n", "64K"])
        .ok();
    env.run(args!["map", "--tag", &tag, "-n", "256K", "--access", "w"])
        .code(5);
    env.run(args![
        "map",
        "--tag",
        &tag,
        "-n",
        "64K",
        "--access",
        "w",
        "--open",
        "create,excl"
    ])
    .refuses(11, &tag);
    held.end();
    env.run(args!["map", "--tag", &tag])
        .refuses(3, "cannot open");
    env.run(args!["map", "--tag", r"a\b"])
        .refuses(2, "must not contain");
}

#[test]
fn a_held_mapping_ends_when_its_time_elapses() {
    let env = Env::new();
    let path = env.file("file", &pattern(1000));
    env.run(args!["map", &path, "--hold=30ms"])
        .ok()
        .shows("ready");
}

#[test]
fn a_program_runs_while_something_is_mapped() {
    let env = Env::new();
    let path = env.file("file", &pattern(1000));
    let run = env.run(args![
        "map",
        &path,
        "-n",
        "1000",
        "--",
        "cmd",
        "/c",
        "echo %MMAPCTL_LENGTH% %MMAPCTL_PATH%& exit 7"
    ]);
    run.code(7);
    assert!(run.out_text().starts_with("1000 "), "{}", run.out_text());
    assert!(
        run.out_text().trim_end().ends_with("file"),
        "{}",
        run.out_text()
    );
    env.run(args!["map", &path, "--", "no-such-program"])
        .refuses(127, "no-such-program");
}

#[test]
fn a_tag_exists_while_a_program_runs() {
    let env = Env::new();
    let tag = env.tag();
    let program = std::path::absolute(env!("CARGO_BIN_EXE_mmapctl")).unwrap();
    let script = format!("{} filesize --tag {tag}", program.display());
    let run = env.run(args![
        "map", "--tag", &tag, "-n", "64K", "--access", "w", "--open", "create", "--", "cmd", "/c",
        script
    ]);
    run.code(0).stdout("65536\n");
    env.run(args!["map", "--tag", &tag])
        .refuses(3, "cannot open");
}

#[test]
fn files_are_created_exclusively_and_truncated_on_request() {
    let env = Env::new();
    let path = env.path("file");
    let with = |flags: &str| {
        env.run(args![
            "map", &path, "--access", "w", "-n", "5000", "--open", flags
        ])
    };
    with("create,excl").ok();
    std::fs::write(&path, pattern(5000)).unwrap();
    with("create,excl").refuses(11, "file: cannot open");
    assert_eq!(std::fs::read(&path).unwrap(), pattern(5000));
    with("truncate").ok();
    assert_eq!(std::fs::read(&path).unwrap(), [0; 5000]);
}

#[test]
fn a_failed_expectation_is_a_mismatch() {
    let env = Env::new();
    let path = env.file("file", &pattern(1 << 20));
    env.run(args![
        "map",
        &path,
        "--access",
        "none",
        "--expect-resident",
        "==100%"
    ])
    .code(10);
}

#[test]
fn anonymous_memory_has_a_name_for_the_program_that_is_run() {
    let env = Env::new();
    let program = std::path::absolute(env!("CARGO_BIN_EXE_mmapctl")).unwrap();
    let script = format!("{} filesize --tag %MMAPCTL_PATH%", program.display());
    let run = env.run(args![
        "map", "--anon", "-n", "128K", "--access", "w", "--", "cmd", "/c", script
    ]);
    run.code(0).stdout("131072\n");
}

#[test]
fn a_storage_error_is_reported_without_a_crash() {
    let Some(disk) = full_disk("a_storage_error_is_reported_without_a_crash") else {
        return;
    };
    let env = Env::new();
    let path = disk.join("sparse");
    let run = env.run(args!["--json", "map", &path, "--access", "w", "--probe"]);
    let seen = run.ok().json();
    assert_eq!(seen["steps"][0]["probe"]["write"], "refused", "{seen}");
}
