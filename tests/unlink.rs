//! `mmapctl unlink`: removed names, and memory that remains while a process maps it.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
use support::{Env, Mapped, Signal, args, maps, page_size, pattern, shared_memory};

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use serde_json::Value;

#[test]
fn removing_a_missing_name_fails_unless_forced() {
    let env = Env::new();
    let Some(tag) = env.tag("name") else { return };
    tag.create(pattern(page_size() as usize));
    let run = env.run(["unlink", "--json", tag.name()]);
    let report = run.ok().json();
    assert_eq!(report["tag"], Value::from(tag.name()));
    assert_eq!(report["removed"], Value::from(true));
    assert_eq!(report["allocated"], Value::from(page_size()));
    assert!(!tag.path().exists());
    let missing = format!(
        "tag {}: cannot unlink: No such file or directory",
        tag.name()
    );
    env.run(["unlink", tag.name()]).refuses(3, &missing);
    let run = env.run(["unlink", "--force", tag.name()]);
    run.ok().stdout(format!("{}: does not exist\n", tag.name()));
    env.run(["unlink", "-f", "-q", tag.name()]).ok().stdout("");
}

#[test]
fn a_mapped_region_loses_its_name_and_keeps_its_bytes() {
    let env = Env::new();
    let Some(tag) = env.tag("mapped") else { return };
    tag.create(pattern(page_size() as usize));
    let inode = fs::metadata(tag.path()).unwrap().ino();
    let mine = Mapped::shared(tag.path());
    let held = env
        .cmd(args!["map", "--tag", tag.name(), "--access", "w", "--hold"])
        .hold();
    let report = env.run(["unlink", "--json", tag.name()]).ok().json();
    let users = report["users"].as_array().unwrap();
    let pids: Vec<u64> = users
        .iter()
        .filter_map(|user| user["pid"].as_u64())
        .collect();
    // Another test may be starting a program, whose process shares our memory until execve(2).
    assert!(pids.contains(&u64::from(held.pid())));
    assert!(pids.contains(&u64::from(std::process::id())));
    assert!(!tag.path().exists());
    let seen = maps(held.pid());
    let line = seen.iter().find(|line| line.inode == inode).unwrap();
    assert!(line.path.ends_with(" (deleted)"), "{}", line.path);
    mine.set(7, 99);
    let memory = fs::File::open(format!("/proc/{}/mem", held.pid())).unwrap();
    let mut byte = [0];
    std::os::unix::fs::FileExt::read_exact_at(&memory, &mut byte, line.start + 7).unwrap();
    assert_eq!(byte, [99]);
    // The name is free for another region.
    env.run(args![
        "map",
        "--tag",
        tag.name(),
        "-n",
        "1pg",
        "-a",
        "w",
        "-q"
    ])
    .ok();
    assert_ne!(fs::metadata(tag.path()).unwrap().ino(), inode);
    held.signal(Signal::TERM);
    held.wait().ok();
}

#[test]
fn names_after_a_missing_name_are_still_removed() {
    let env = Env::new();
    let (Some(a), Some(b)) = (env.tag("a"), env.tag("b")) else {
        return;
    };
    a.create("x");
    b.create("x");
    let run = env.run(["unlink", a.name(), "mmapctl-none", b.name()]);
    run.code(3).stderr_lines(1);
    assert!(!a.path().exists() && !b.path().exists());
    assert_eq!(run.out_text().lines().count(), 2);
}

#[test]
fn a_region_of_another_user_cannot_be_removed() {
    let env = Env::new();
    let Some(user) = env.other_user() else {
        return;
    };
    let Some(tag) = env.tag("theirs") else { return };
    tag.create("x");
    fs::set_permissions(tag.path(), fs::Permissions::from_mode(0o666)).unwrap();
    let run = env.cmd(["unlink", "--force", tag.name()]).user(&user).run();
    run.code(4).stdout("");
    run.stderr_line("hint: only the owner of a shared memory region may remove its name");
    assert!(tag.path().exists());
}

#[test]
fn unusual_names_are_removed_and_invalid_names_refused() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let env = Env::new();
    let mut name = format!("mmapctl-unlink-{}-", std::process::id()).into_bytes();
    name.extend(b"\xff\n");
    let name = OsStr::from_bytes(&name);
    let Some(directory) = shared_memory() else {
        return;
    };
    let path = directory.join(name);
    fs::write(&path, "x").unwrap();
    let run = env.run(args!["unlink", name]);
    run.ok();
    assert!(
        run.out_text().contains(r"-\xff\n': removed"),
        "{}",
        run.out_text()
    );
    assert!(!path.exists());
    let run = env.run(args!["unlink", name, "--json"]);
    run.code(3);
    assert_eq!(run.json_error()["subject"], Value::Null);
    assert!(run.json_error()["subject_base64"].is_string());
    for wrong in ["a/b", "../x", ".", "..", ""] {
        env.run(["unlink", wrong]).code(2).stdout("");
    }
    env.run(["unlink"]).code(2);
}

#[test]
fn a_name_of_the_maximum_length_is_removed() {
    let env = Env::new();
    let Some(directory) = shared_memory() else {
        return;
    };
    let start = format!("mmapctl-unlink-{}-", std::process::id());
    let name = format!("{start}{}", "x".repeat(255 - start.len()));
    env.run(["fill", "--quiet", "--tag", &name, "-n", "1"]).ok();
    env.run(["unlink", "--quiet", &name]).ok();
    assert!(!directory.join(&name).exists());
}

#[test]
fn a_file_that_is_not_a_region_is_removed_without_a_memory_size() {
    let env = Env::new();
    let Some(tag) = env.tag("fifo") else { return };
    let path = tag.path();
    env.tool("mkfifo", [&path]).run().ok();
    env.run(["unlink", tag.name()]).ok().stdout(format!(
        "{}: removed; it could not be inspected\n",
        tag.name()
    ));
}
