//! Memory that runs out: every memory limit leads to an ordinary failure and not to a crash.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
use support::{Cmd, Env, Limit, args, pattern, shared_memory};

use std::fs;

/// The contents of the file before each try.
const OLD: &[u8] = b"old";

/// Below this limit the kernel or the loader (127) cannot start the program.
const STARTS: u64 = 400 << 10;

/// The possible statuses under a limit: success, no memory, a limit; and a failure to start.
const STATUSES: [i32; 4] = [0, 7, 13, 127];

/// Runs a command at limits of address space and of data, from where it does not start to where it succeeds. In each
/// case, the file is the old or the new one.
fn at_every_limit(env: &Env, command: impl Fn(&Env) -> Cmd) {
    let path = env.path("n");
    fs::write(&path, OLD).unwrap();
    command(env).run().code(0);
    let new = fs::read(&path).unwrap();
    let address_space = (0..6).map(|step| (Limit::AddressSpace, (15 << 20) + step * (1931 << 10)));
    let data = (0..6).map(|step| (Limit::Data, STARTS + step * (391 << 10)));
    for (limit, bytes) in address_space.chain(data) {
        fs::write(&path, OLD).unwrap();
        let run = command(env).limit(limit, bytes).run();
        let found = fs::read(&path).unwrap();
        let what = format!("{limit:?} of {bytes}: ");
        // The loader may fail before it can print a message.
        if run.err().is_empty() && found == OLD && !run.ended_with(&STATUSES) {
            continue;
        }
        if !run.ended_with(&STATUSES) {
            run.fail(what + "another end");
        }
        let whole = if run.ended_with(&[0]) { &new[..] } else { OLD };
        if found != whole {
            run.fail(what + "neither the old file nor the new one");
        }
    }
}

fn fill<'a>(words: &'a [&'a str]) -> impl Fn(&Env) -> Cmd + 'a {
    move |env| env.cmd(["fill", "n"].iter().chain(words))
}

#[test]
fn a_fill_without_memory_fails_and_leaves_the_file_unchanged() {
    let env = Env::new();
    env.file("in", pattern(1 << 20));
    for words in [
        &["-n", "3M", "--random=1"][..],
        &["-n", "3M", "--counter", "u32", "--verify"],
        &["-n", "20M", "--random=2"],
        &["-n", "3M", "--from", "in"],
        &["-n", "3M", "--text", &"x".repeat(100_000)],
    ] {
        at_every_limit(&env, |env| fill(words)(env));
    }
}

#[test]
fn a_dump_that_does_not_fit_in_memory_is_refused() {
    let env = Env::new();
    let bytes = pattern(1 << 20);
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let lines: Vec<&str> = (0..digits.len())
        .step_by(64)
        .map(|at| &digits[at..(at + 64).min(digits.len())])
        .collect();
    env.file("lines", lines.join("\n"));
    env.file("line", &digits);
    let scattered: String = (0..40_000)
        .map(|n| format!("{:08x}: 41\n", n * 16))
        .collect();
    env.file("scattered", scattered);
    for dump in ["lines", "line", "scattered"] {
        at_every_limit(&env, |env| fill(&["--from-hex", dump])(env));
    }
}

#[test]
fn commands_that_only_inspect_need_little_memory_or_report_a_lack_of_it() {
    let env = Env::new();
    let path = env.file("f", pattern(100_000));
    let mut commands: Vec<&[&str]> = vec![
        &["map", "f"],
        &["mirror", "f", "--verify"],
        &["warm", "f"],
        &["sync", "f"],
        &["filesize", "--long", "f"],
        &["pagesize", "--all"],
        &["--help"],
    ];
    if shared_memory().is_some() {
        commands.push(&["tags", "--users"]);
    }
    for command in commands {
        at_every_limit(&env, |env| env.cmd(command));
    }
    assert!(fs::read(path).unwrap() == pattern(100_000));
}

#[test]
fn memory_beyond_the_limit_of_a_control_group_is_refused_before_allocation() {
    let env = Env::new();
    let Some(group) = env.memory_group(16 << 20) else {
        return;
    };
    let Some(memory) = env.small_tmpfs(512 << 20) else {
        return;
    };
    let (Some(tag), Some(kept)) = (env.tag("limited"), env.tag("kept")) else {
        return;
    };
    kept.create(OLD);
    let (name, kept_name) = (tag.name(), kept.name());
    let (new, old) = (memory.path("new"), memory.file("old", OLD));
    // A dump is kept in memory and parsed before anything is written.
    let digits = env.file("digits", "41".repeat(16 << 20));
    let commands = [
        args!["fill", "--tag", name, "-n", "32M"].to_vec(),
        args!["fill", "--tag", kept_name, "-n", "32M"].to_vec(),
        args!["fill", &new, "-n", "32M", "--random"].to_vec(),
        args!["fill", &old, "-n", "32M", "--byte", "7"].to_vec(),
        args!["filesize", "--tag", name, "--set", "32M", "--allocate"].to_vec(),
        args!["filesize", &new, "--set", "32M", "--allocate"].to_vec(),
        args!["map", "--tag", name, "-n", "32M", "-a", "w"].to_vec(),
        args!["mirror", &new, "-a", "w", "-n", "32M"].to_vec(),
        args![
            "map", "--anon", "-n", "32M", "-a", "w", "--flags", "populate"
        ]
        .to_vec(),
        args!["map", "--anon", "-n", "32M", "-a", "w", "--lock"].to_vec(),
        args!["mirror", "--anon", "-n", "32M", "--lock"].to_vec(),
        args!["advise", "populate-write", "--anon", "-n", "32M"].to_vec(),
        args!["advise", "random", "--anon", "-n", "32M", "--touch"].to_vec(),
        args!["fill", &new, "--from-hex", &digits].to_vec(),
        args!["dump", &digits, "-f", "raw", "--output", &new].to_vec(),
        args!["dump", &digits, "-f", "xxd", "--output", &new].to_vec(),
        args!["dump", &digits, "-f", "hexyl", "--output", &old].to_vec(),
    ];
    for command in commands {
        let run = env.cmd_in(&group, &command).run();
        run.code(7).stdout("");
        let error = run.err_text();
        assert!(error.contains("control group limit is 16 MiB"), "{error}");
        assert!(!tag.path().exists() && !new.exists(), "{command:?}");
        assert_eq!(fs::read(kept.path()).unwrap(), OLD);
        assert_eq!(fs::read(&old).unwrap(), OLD);
    }
    // A stream is kept in memory for verification.
    let stream = args!["fill", &new, "--from", "-", "--verify"];
    let run = env.cmd_in(&group, stream).stdin(vec![7; 32 << 20]).run();
    run.code(7).stdout("");
    assert!(!new.exists());
    // Work that fits succeeds: the kernel reclaims the page cache of a disk as needed.
    env.cmd_in(&group, args!["fill", "--tag", name, "-n", "4M"])
        .run()
        .ok();
    if let Some(disk) = env.on_disk() {
        let path = disk.path().join("f");
        env.cmd_in(&group, args!["fill", &path, "-n", "32M", "--flush", "sync"])
            .run()
            .ok();
    }
}
