//! `mmapctl unlink`: removed names, and memory that remains while a process maps it.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
use support::{
    Env, Mapped, Run, Signal, args, maps, page_size, pattern, poll_until, shared_memory,
};

use std::collections::BTreeMap;
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

/// The objects of a report: those of the regions, by name, and the total.
fn objects(run: &Run) -> (BTreeMap<String, Value>, Value) {
    let mut lines = run.json_lines();
    let total = lines.pop().unwrap();
    assert_eq!(total["kind"], "total");
    let named = lines.into_iter().map(|region| {
        assert_eq!(region["kind"], "region");
        (region["tag"].as_str().unwrap().to_owned(), region)
    });
    (named.collect(), total)
}

#[test]
fn a_dry_run_removes_nothing() {
    let env = Env::new();
    let (Some(used), Some(orphan)) = (env.tag("dry-used"), env.tag("dry-orphan")) else {
        return;
    };
    used.create("x");
    orphan.create([0; 5000]);
    let _mine = Mapped::shared(used.path());
    let run = env.run([
        "unlink",
        "--orphans",
        "--dry-run",
        "--match",
        "*-dry-*",
        used.name(),
        orphan.name(),
    ]);
    let text = run.code(0).out_text();
    let first = format!(
        "{}: would be removed (8 KiB); no process uses it\ntotal: 1 orphan would be removed (8 KiB)\n",
        orphan.name()
    );
    assert!(text.starts_with(&first), "{text}");
    let run = env.run(["unlink", "--dry-run", "--json", orphan.name()]);
    let report = run.ok().json();
    assert_eq!(
        (&report["removed"], &report["dry_run"]),
        (&false.into(), &true.into())
    );
    env.run(["unlink", "--dry-run", "mmapctl-none"])
        .code(3)
        .stdout("");
    env.run(["unlink", "--dry-run", "--force", "mmapctl-none"])
        .ok()
        .stdout("mmapctl-none: does not exist\n");
    assert!(used.path().exists() && orphan.path().exists());
}

#[test]
fn orphans_are_removed_and_used_regions_stay() {
    let env = Env::new();
    let tags = ["free", "open", "mapped", "young"].map(|label| env.tag(&format!("orphan-{label}")));
    let [Some(free), Some(open), Some(mapped), Some(small)] = tags else {
        return;
    };
    let all = [&free, &open, &mapped, &small];
    for tag in [&free, &open, &mapped] {
        tag.create([1; 5000]);
    }
    small.create("x");
    let _open = fs::File::open(open.path()).unwrap();
    let _mapped = Mapped::read_only(mapped.path());
    let pattern = free
        .name()
        .replace("-free", "-*")
        .replace(|c: char| c.is_ascii_digit(), "?");
    let run = env
        .cmd([
            "unlink",
            "--orphans",
            "--older",
            "0",
            "--min-size",
            "2",
            "--json",
            "--match",
            &pattern,
        ])
        .args(all.map(|tag| tag.name()))
        .run();
    let (regions, total) = objects(run.code(0));
    assert_eq!(regions.keys().collect::<Vec<_>>(), [free.name()]);
    assert_eq!(regions[free.name()]["removed"], true);
    assert_eq!(
        (
            &total["removed_regions"],
            &total["kept_regions"],
            &total["failed_regions"]
        ),
        (&1.into(), &0.into(), &0.into())
    );
    assert_eq!(total["freed"], 8192);
    let left = all.map(|tag| tag.path().exists());
    assert_eq!(left, [false, true, true, true]);
    let run = env.run([
        "unlink",
        "--orphans",
        "--older",
        "1h",
        "--json",
        small.name(),
    ]);
    assert_eq!(objects(run.code(0)).1["removed_regions"], 0);
    assert!(small.path().exists());
}

#[test]
fn a_region_that_changes_between_the_search_and_its_removal_stays() {
    let env = Env::new();
    let Some(strace) = env.peer("strace") else {
        return;
    };
    // They are removed in the order of their names.
    let mut tags: Vec<_> = (0..7).filter_map(|_| env.tag("changes")).collect();
    tags.sort_by_key(|tag| tag.name().to_owned());
    let [first, mapped, open, replaced, cut, gone, last] = &tags[..] else {
        return;
    };
    for tag in &tags {
        tag.create([1; 5000]);
    }
    // The first removal stops the command; the call itself is still made.
    let inject = "inject=?unlink,unlinkat:signal=SIGSTOP:when=1";
    let stopped = env
        .tool(&strace, args!["-qq", "-o", "/dev/null", "-e", inject])
        .arg(env!("CARGO_BIN_EXE_mmapctl"))
        .args(["unlink", "--orphans", "--min-size", "5000", "--json"])
        .args(tags.iter().map(support::Tag::name));
    let mut stopped = stopped.spawn();
    poll_until("the first name is gone", || {
        !first.path().exists() || !stopped.is_running()
    });
    let _mapping = Mapped::shared(mapped.path());
    let _file = fs::File::open(open.path()).unwrap();
    fs::remove_file(replaced.path()).unwrap();
    replaced.create([2; 5000]);
    fs::File::options()
        .write(true)
        .open(cut.path())
        .unwrap()
        .set_len(10)
        .unwrap();
    fs::remove_file(gone.path()).unwrap();
    let children = format!("/proc/{0}/task/{0}/children", stopped.pid());
    let child = fs::read_to_string(children).unwrap_or_default();
    let Some(child) = child.split_whitespace().next() else {
        support::skip("a strace that may trace");
        return;
    };
    env.tool("kill", ["-CONT", child]).run().ok();
    let run = stopped.wait();
    let (regions, total) = objects(run.code(0));
    let kept = |tag: &support::Tag| {
        regions[tag.name()]["kept"]
            .as_str()
            .unwrap_or("")
            .to_owned()
    };
    assert_eq!(
        tags.iter().map(kept).collect::<Vec<_>>(),
        ["", "in_use", "in_use", "replaced", "changed", "gone", ""]
    );
    assert_eq!(
        (&total["removed_regions"], &total["kept_regions"]),
        (&2.into(), &5.into())
    );
    let left: Vec<bool> = tags.iter().map(|tag| tag.path().exists()).collect();
    assert_eq!(left, [false, true, true, true, true, false, false]);
    let users = regions[mapped.name()]["users"].as_array().unwrap();
    assert!(users.iter().any(|user| user["pid"] == std::process::id()));
    assert_eq!(fs::read(replaced.path()).unwrap(), [2; 5000]);
    assert!(!last.path().exists());
}

#[test]
fn regions_of_other_users_fail_and_the_others_are_removed() {
    let env = Env::new();
    let (Some(user), Some(own), Some(other)) =
        (env.other_user(), env.tag("of-user"), env.tag("of-root"))
    else {
        return;
    };
    own.create("x");
    other.create("x");
    let id = support::OtherUser::ID;
    std::os::unix::fs::chown(own.path(), Some(id), Some(id)).unwrap();
    let run = |options: &[&str]| {
        let command = env.cmd(["unlink", "--orphans", "--json", other.name(), own.name()]);
        command.args(options).user(&user).run()
    };
    let (regions, total) = objects(run(&["--dry-run"]).code(0));
    assert_eq!(regions.keys().collect::<Vec<_>>(), [own.name()]);
    assert_eq!(
        (&total["removed_regions"], &total["unknown_regions"]),
        (&1.into(), &1.into())
    );
    let failed = run(&["--assume-unseen"]);
    failed.code(4);
    assert_eq!(failed.json_error()["code"], "access_denied");
    let (regions, total) = objects(&failed);
    assert_eq!(regions.keys().collect::<Vec<_>>(), [own.name()]);
    assert_eq!(
        (&total["removed_regions"], &total["failed_regions"]),
        (&1.into(), &1.into())
    );
    assert!(!own.path().exists() && other.path().exists());
}

#[test]
fn nothing_is_removed_without_a_name_or_a_search_for_orphans() {
    let env = Env::new();
    for wrong in [
        &["--dry-run"][..],
        &["--force"],
        &["--match", "*"],
        &["--older", "4h"],
        &["--min-size", "0", "name"],
        &["--assume-unseen"],
        &["--assume-unseen", "name"],
        &["--orphans", "--older", "x"],
    ] {
        env.cmd(["unlink"]).args(wrong).run().code(2).stdout("");
    }
    env.run(["unlink", "--match", "*"])
        .refuses(2, "--older, --match and --min-size need --orphans");
}
