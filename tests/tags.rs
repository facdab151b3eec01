//! `mmapctl tags`: its reports on shared memory regions, compared with the facts of the system.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
use support::{
    Cmd, Env, Mapped, allocated, args, page_size, pattern, poll_until, shared_memory, size, skip,
};

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// A region whose name a `Tag` of the fixture cannot have; removed when dropped.
struct OddTag(OsString);

impl OddTag {
    fn new(label: &[u8]) -> Option<Self> {
        let mut name = format!("mmapctl-odd-{}-", std::process::id()).into_bytes();
        name.extend(label);
        let name = OsStr::from_bytes(&name).to_owned();
        fs::write(shared_memory()?.join(&name), "x").unwrap();
        Some(Self(name))
    }

    fn path(&self) -> PathBuf {
        Path::new("/dev/shm").join(&self.0)
    }
}

impl Drop for OddTag {
    fn drop(&mut self) {
        let _ = fs::remove_file(self.path());
    }
}

fn number(value: &Value, key: &str) -> u64 {
    value[key]
        .as_u64()
        .unwrap_or_else(|| panic!("{key} in {value}"))
}

/// The one region of a report that has this name.
fn region<'a>(report: &'a Value, name: &str) -> Option<&'a Value> {
    let all = report["tags"].as_array().unwrap();
    all.iter().find(|tag| tag["tag"] == *name)
}

/// The command in a new mount namespace, with another file system at `/dev/shm`.
fn with_shared_memory(env: &Env, options: &str, script: &str) -> Option<Cmd> {
    let setup = format!("mount -t tmpfs -o {options} tmpfs /dev/shm");
    let probe = env.tool("unshare", ["-m", "sh", "-c", &setup]).run();
    if !probe.err().is_empty() {
        skip("a mount namespace with a tmpfs of its own");
        return None;
    }
    let whole = format!("{setup} && {script}");
    let program = env!("CARGO_BIN_EXE_mmapctl");
    Some(env.tool("unshare", ["-m", "sh", "-c", &whole, program]))
}

#[test]
fn the_report_on_a_region_agrees_with_the_system() {
    let env = Env::new();
    let Some(tag) = env.tag("facts") else { return };
    let page = page_size();
    tag.create([]);
    let file = File::options().write(true).open(tag.path()).unwrap();
    file.set_len(10 * page).unwrap();
    file.write_all_at(&pattern(2 * page as usize), 3 * page)
        .unwrap();
    fs::set_permissions(tag.path(), fs::Permissions::from_mode(0o640)).unwrap();
    let report = env.run(["tags", "--json"]).ok().json();
    let seen = region(&report, tag.name()).unwrap();
    assert_eq!(number(seen, "size"), size(tag.path()));
    assert_eq!(number(seen, "allocated"), allocated(tag.path()));
    assert_eq!(number(seen, "allocated"), 2 * page);
    assert_eq!(number(&seen["residency"], "resident"), 2);
    assert_eq!(seen["mode"], Value::from("0640"));
    let facts = fs::metadata(tag.path()).unwrap();
    assert_eq!(number(seen, "uid"), u64::from(facts.uid()));
    let who = env.tool("id", ["-un"]).run();
    assert_eq!(seen["owner"], Value::from(who.out_text().trim_end()));
    assert!(number(seen, "age_seconds") < 600);
    assert_eq!(seen.get("users"), None);
}

#[test]
fn the_table_has_a_row_per_region_and_ends_with_the_free_space() {
    let env = Env::new();
    let (Some(one), Some(two)) = (env.tag("one"), env.tag("two")) else {
        return;
    };
    let mut tags = [one, two];
    tags.sort_by_key(|tag| tag.name().to_owned());
    let [a, b] = tags;
    a.create([]);
    b.create(pattern(page_size() as usize));
    let run = env.run(["tags", "--bytes", b.name(), a.name(), a.name()]);
    let lines: Vec<&str> = run.ok().out_text().lines().collect();
    assert_eq!(lines.len(), 4);
    let words = |line: &str| {
        line.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        words(lines[0]),
        [
            "SIZE",
            "ALLOCATED",
            "RESIDENT",
            "MODE",
            "OWNER",
            "AGE",
            "NAME"
        ]
    );
    assert_eq!(words(lines[1]).last().unwrap(), a.name());
    assert_eq!(words(lines[1])[..3], ["0", "0", "0"]);
    assert_eq!(words(lines[2]).last().unwrap(), b.name());
    let page = page_size().to_string();
    assert_eq!(words(lines[2])[..3], [&page[..], &page, &page]);
    let room = rustix::fs::statvfs("/dev/shm").unwrap();
    let total = room.f_blocks * room.f_frsize;
    assert!(
        lines[3].ends_with(&format!(" of {total} of shared memory free")),
        "{}",
        lines[3]
    );
}

#[test]
fn users_are_the_processes_that_map_a_region() {
    let env = Env::new();
    let Some(tag) = env.tag("used") else { return };
    tag.create(pattern(2 * page_size() as usize));
    let mine = Mapped::shared(tag.path());
    let held = env
        .cmd(args!["map", "--tag", tag.name(), "-n", "1pg", "--hold"])
        .hold();
    let report = env
        .run(["tags", "--users", "--json", tag.name()])
        .code(0)
        .json();
    let users = region(&report, tag.name()).unwrap()["users"]
        .as_array()
        .unwrap();
    let user = |pid: u32| users.iter().find(|user| user["pid"] == pid).unwrap();
    // Another test may be starting a program, whose process shares our memory until execve(2).
    let it = user(held.pid());
    assert_eq!(it["command"], Value::from("mmapctl"));
    assert_eq!(number(it, "mapped"), page_size());
    assert_eq!((&it["read"], &it["write"]), (&true.into(), &false.into()));
    let me = user(std::process::id());
    assert_eq!(number(me, "mapped"), mine.size() as u64);
    assert_eq!(me["write"], Value::from(true));
    let run = env.run(["tags", "--users", tag.name()]);
    let row = run.code(0).out_text().lines().nth(1).unwrap();
    assert!(row.contains(&format!("{} (mmapctl)", held.pid())), "{row}");
    drop(mine);
    held.signal(support::Signal::TERM);
    held.wait().ok();
    poll_until("nobody maps it", || {
        let run = env.run(["tags", "--users", "--json", tag.name()]);
        let report = run.code(0).json();
        region(&report, tag.name()).unwrap()["users"] == Value::Array(Vec::new())
    });
}

#[test]
fn orphans_are_regions_without_users() {
    let env = Env::new();
    let (Some(used), Some(orphan)) = (env.tag("used"), env.tag("orphan")) else {
        return;
    };
    used.create("x");
    orphan.create("x");
    let mine = Mapped::shared(used.path());
    for _ in 0..2 {
        let report = env.run(["tags", "--orphans", "--json"]).code(0).json();
        assert!(region(&report, used.name()).is_none());
        assert!(region(&report, orphan.name()).is_some());
    }
    let run = env.run(["tags", "--orphans", used.name(), orphan.name()]);
    let text = run.code(0).out_text();
    assert!(text.contains(orphan.name()) && !text.contains(used.name()));
    drop(mine);
    poll_until("nobody maps it", || {
        let report = env.run(["tags", "--orphans", "--json"]).code(0).json();
        region(&report, used.name()).is_some()
    });
}

#[test]
fn unusual_names_are_escaped_in_tables_and_exact_in_json() {
    let env = Env::new();
    let (Some(line), Some(bytes)) = (OddTag::new(b"a\nb\x1b[31m"), OddTag::new(b"\xff\xfe")) else {
        return;
    };
    let run = env.run(["tags"]);
    let text = run.code(0).out_text().to_owned();
    assert!(
        text.contains(r"-a\nb\x1b[31m'") && text.contains(r"-\xff\xfe'"),
        "{text}"
    );
    assert!(!text.contains('\x1b'));
    let report = env.run(["tags", "--json"]).code(0).json();
    assert!(region(&report, line.0.to_str().unwrap()).is_some());
    let all = report["tags"].as_array().unwrap().iter();
    let coded: Vec<&str> = all.filter_map(|tag| tag["tag_base64"].as_str()).collect();
    let exact = STANDARD.encode(bytes.0.as_bytes());
    assert!(coded.contains(&&*exact), "{coded:?}");
    env.run(args!["tags", &bytes.0]).ok();
    env.run(args!["map", "--tag", &bytes.0, "-q"]).ok();
}

#[test]
fn a_missing_name_is_reported_and_the_others_are_listed() {
    let env = Env::new();
    let Some(tag) = env.tag("there") else { return };
    tag.create("x");
    let run = env.run(["tags", "mmapctl-none", tag.name(), "--json"]);
    run.code(3);
    assert_eq!(run.json_error()["code"], Value::from("not_found"));
    assert_eq!(run.json_error()["subject"], Value::from("tag mmapctl-none"));
    let report: Value = serde_json::from_slice(run.out()).unwrap();
    assert!(region(&report, tag.name()).is_some());
    for wrong in ["a/b", "..", ""] {
        env.run(["tags", wrong]).code(2);
    }
}

#[test]
fn hidden_facts_are_reported_as_unknown() {
    let env = Env::new();
    let Some(user) = env.other_user() else {
        return;
    };
    let Some(tag) = env.tag("secret") else { return };
    tag.create(pattern(page_size() as usize));
    fs::set_permissions(tag.path(), fs::Permissions::from_mode(0o600)).unwrap();
    let mine = Mapped::shared(tag.path());
    let report = env
        .cmd(["tags", "--users", "--json", tag.name()])
        .user(&user)
        .run();
    let report = report.ok().json();
    let seen = region(&report, tag.name()).unwrap();
    assert_eq!(number(seen, "allocated"), page_size());
    assert_eq!(seen["residency"]["resident"], Value::Null);
    assert_eq!(
        seen["residency"]["unknown_reason"],
        Value::from("not_permitted")
    );
    assert_eq!(seen["users"], Value::Array(Vec::new()));
    assert!(number(&report, "processes_unseen") > 0);
    let orphans = args!["tags", "--orphans", tag.name()];
    let run = env.cmd(&orphans).user(&user).run();
    run.code(0).stderr_lines(1);
    let note = "without CAP_SYS_PTRACE; 1 region that may be in use is not taken for an orphan";
    assert!(run.err_text().contains(note), "{}", run.err_text());
    assert!(!run.out_text().contains(tag.name()), "{}", run.out_text());
    let mut assumed = orphans.to_vec();
    assumed.push("--assume-unseen".into());
    let run = env.cmd(&assumed).user(&user).run();
    run.code(0).stderr_lines(2);
    let note = "without CAP_SYS_PTRACE; 1 region that is taken for an orphan may be in use";
    assert!(run.err_text().contains(note), "{}", run.err_text());
    assert!(run.out_text().contains("none seen"), "{}", run.out_text());
    drop(mine);
}

#[test]
fn growth_beyond_the_free_space_is_refused_before_anything_is_written() {
    let env = Env::new();
    let script = r#"
        "$0" tags --bytes
        "$0" map --tag new --length 2M --access w; echo "status $?"
        "$0" mirror --tag new --length 2M; echo "status $?"
        "$0" filesize --tag new --set 2M --allocate; echo "status $?"
        "$0" filesize --tag new --set 2M; echo "status $?"
        "$0" map --tag old --length 256K --access w --quiet; echo "status $?"
        printf kept | dd of=/dev/shm/old conv=notrunc status=none
        "$0" map --tag old --length 2M --access w; echo "status $?"
        ls /dev/shm; stat -c "%s %b" /dev/shm/old; head -c 4 /dev/shm/old; echo
        "$0" tags --bytes | tail -n 1"#;
    let Some(cmd) = with_shared_memory(&env, "size=1M", script) else {
        return;
    };
    let run = cmd.run();
    let out: Vec<&str> = run.out_text().lines().collect();
    assert_eq!(
        out,
        [
            "1048576 of 1048576 of shared memory free",
            "status 6",
            "status 6",
            "status 6",
            "status 6",
            "status 0",
            "status 6",
            "old",
            "262144 512",
            "kept",
            "786432 of 1048576 of shared memory free",
        ],
        "{}",
        run.err_text()
    );
    let errors: Vec<&str> = run.err_text().lines().collect();
    let refusal = |tag: &str, need: &str, free: &str| {
        format!("mmapctl: tag {tag}: cannot extend: {need} more needed, {free} free")
    };
    let all = refusal("new", "2 MiB (2097152 bytes)", "1 MiB (1048576 bytes)");
    let rest = refusal("old", "1.75 MiB (1835008 bytes)", "768 KiB (786432 bytes)");
    let refusals: Vec<&str> = errors
        .into_iter()
        .filter(|line| !line.starts_with("hint:"))
        .collect();
    assert_eq!(refusals, [&all[..], &all, &all, &all, &rest]);
}

#[test]
fn shared_memory_without_a_limit_is_not_full() {
    let env = Env::new();
    let script =
        r#""$0" map --tag new --length 2M --access w --quiet && "$0" tags && "$0" tags --json"#;
    let Some(cmd) = with_shared_memory(&env, "size=0", script) else {
        return;
    };
    let run = cmd.run();
    let lines: Vec<&str> = run.ok().out_text().lines().collect();
    assert_eq!(lines[2], "shared memory has no limit of its own");
    let report: Value = serde_json::from_str(lines[3]).unwrap();
    assert_eq!(report["free"], Value::Null);
    assert_eq!(number(&report["tags"][0], "allocated"), 2 << 20);
}

#[test]
fn without_proc_regions_are_listed_without_their_users() {
    let env = Env::new();
    let Some(tag) = env.tag("without-proc") else {
        return;
    };
    tag.create([1; 10]);
    for option in ["--users", "--orphans"] {
        let Some(command) = env.without_proc(["tags", tag.name(), option]) else {
            return;
        };
        command.run().refuses(
            8,
            "cannot list the running processes: /proc does not show the processes of this system: it is not \
             mounted, or belongs to another PID namespace",
        );
    }
    let listed = env.without_proc(["tags", tag.name(), "--json"]).unwrap();
    let report = listed.run().ok().json();
    assert_eq!(number(&report["tags"][0], "size"), 10);
    let removed = env.without_proc(["unlink", tag.name(), "--json"]).unwrap();
    assert_eq!(removed.run().ok().json()["users_complete"], false);
    assert!(!tag.path().exists());
}

#[test]
fn files_that_are_not_regions_are_counted_and_not_listed() {
    let env = Env::new();
    let script =
        r#"mkdir /dev/shm/d && ln -s d /dev/shm/l && "$0" tags --json; "$0" tags d; echo $?"#;
    let Some(cmd) = with_shared_memory(&env, "size=1M", script) else {
        return;
    };
    let run = cmd.run();
    let lines: Vec<&str> = run.out_text().lines().collect();
    let report: Value = serde_json::from_str(lines[0]).unwrap();
    assert_eq!(report["tags"], Value::Array(Vec::new()));
    assert_eq!(number(&report, "others"), 2);
    assert_eq!(lines.last().unwrap(), &"8");
}

#[test]
fn in_a_pid_namespace_the_list_of_users_may_be_incomplete() {
    let env = Env::new();
    let Some(tag) = env.tag("outside") else {
        return;
    };
    tag.create("x");
    let _mine = Mapped::shared(tag.path());
    let ask = args!["tags", "--users", "--json", tag.name()];
    let Some(command) = env.in_pid_namespace(ask) else {
        return;
    };
    let report = command.run().ok().json();
    assert_eq!(report["processes_hidden"], true, "{report:#}");
    let remove = args!["unlink", "--json", tag.name()];
    let report = env.in_pid_namespace(remove).unwrap().run().ok().json();
    assert_eq!(report["users_complete"], false, "{report:#}");
}

/// The regions in a report.
fn listed(report: &Value) -> Vec<&str> {
    let all = report["tags"].as_array().unwrap().iter();
    all.filter_map(|tag| tag["tag"].as_str()).collect()
}

#[test]
fn a_region_that_is_only_open_is_used() {
    let env = Env::new();
    let Some(tag) = env.tag("open") else { return };
    tag.create("x");
    let file = File::open(tag.path()).unwrap();
    let users = args!["tags", "--users", "--json", tag.name()];
    let report = env.run(&users).code(0).json();
    let users = report["tags"][0]["users"].as_array().unwrap();
    let me = users
        .iter()
        .find(|user| user["pid"] == std::process::id())
        .unwrap();
    assert_eq!((number(me, "mappings"), number(me, "descriptors")), (0, 1));
    let orphans = args!["tags", "--orphans", "--json", tag.name()];
    let report = env.run(&orphans).code(0).json();
    assert_eq!(listed(&report), [] as [&str; 0]);
    drop(file);
    poll_until("nobody has it open", || {
        listed(&env.run(&orphans).code(0).json()) == [tag.name()]
    });
}

#[test]
fn a_descriptor_in_a_socket_is_a_use() {
    let env = Env::new();
    let (Some(python3), Some(tag)) = (env.peer("python3"), env.tag("sent")) else {
        return;
    };
    tag.create("x");
    // No process has the descriptor while it is in the socket.
    let script = "import os,socket,sys\n\
        a,b=socket.socketpair()\n\
        fd=os.open(sys.argv[1],os.O_RDONLY)\n\
        socket.send_fds(a,[b'x'],[fd])\n\
        os.close(fd)\n\
        print('sent',flush=True)\n\
        sys.stdin.read()";
    let (reader, writer) = std::io::pipe().unwrap();
    let sender = env.tool(&python3, args!["-c", script, &tag.path()]);
    let mut sender = sender.spawn_reading(reader);
    assert_eq!(sender.line(0), "sent");
    let orphans = args!["tags", "--orphans", "--assume-unseen", "--json", tag.name()];
    let report = env.run(&orphans).code(0).json();
    assert_eq!(listed(&report), [] as [&str; 0]);
    let removed = env.run(["unlink", "--orphans", "--assume-unseen", tag.name()]);
    removed.code(0);
    assert!(tag.path().exists());
    drop(writer);
    sender.wait().ok();
    poll_until("the socket is gone", || {
        listed(&env.run(&orphans).code(0).json()) == [tag.name()]
    });
}

#[test]
fn filters_select_by_name_age_and_size() {
    let env = Env::new();
    let (Some(small), Some(large)) = (env.tag("filter-small"), env.tag("filter-large")) else {
        return;
    };
    small.create("x");
    large.create([0; 5000]);
    let of_both = |options: &[&str]| {
        let command = env.cmd(["tags", "--json", small.name(), large.name()]);
        let report = command.args(options).run().ok().json();
        let (mut names, all) = (listed(&report), number(&report, "allocated"));
        let room = names
            .iter()
            .map(|name| allocated(Path::new("/dev/shm").join(name)));
        assert_eq!(all, room.sum::<u64>());
        names.sort_unstable();
        names
            .iter()
            .map(|name| name.rsplit('-').next().unwrap())
            .collect::<String>()
    };
    assert_eq!(of_both(&["--match", "*-large"]), "large");
    assert_eq!(
        of_both(&["--match", "/mmapctl-*", "--match", "!*-large"]),
        "small"
    );
    assert_eq!(of_both(&["--match", "large"]), "");
    assert_eq!(of_both(&["--match", "#*"]), "");
    assert_eq!(of_both(&["--min-size", "5000"]), "large");
    assert_eq!(of_both(&["--min-size", "5001"]), "");
    assert_eq!(of_both(&["--older", "1h"]), "");
    assert_eq!(
        of_both(&["--older", "0", "--orphans", "--min-size=2"]),
        "large"
    );
    let all = env.run(["tags", "--json", "--match", small.name()]);
    assert_eq!(listed(&all.ok().json()), [small.name()]);
    let table = env.run(["tags", "--match", large.name()]);
    table.ok().stdout_line("1 region, 8 KiB");
    let table = env.run(["tags", "--orphans", large.name()]);
    table
        .code(0)
        .stdout_line("1 orphan; removing all would free 8 KiB");
    for wrong in [
        &["--older", "4 parsecs"][..],
        &["--older=-1h"],
        &["--match", "["],
        &["--match", ""],
        &["--match", "!"],
        &["--min-size", "x"],
        &["--assume-unseen"],
        &["--deleted", "--orphans"],
        &["--where", "--deleted"],
        &["--deleted", "name"],
    ] {
        env.cmd(["tags"]).args(wrong).run().code(2).stdout("");
    }
}

#[test]
fn a_user_knows_that_a_region_is_an_orphan_without_seeing_other_users() {
    let env = Env::new();
    let (Some(user), Some(tag)) = (env.other_user(), env.tag("own")) else {
        return;
    };
    tag.create("x");
    fs::set_permissions(tag.path(), fs::Permissions::from_mode(0o600)).unwrap();
    let id = support::OtherUser::ID;
    std::os::unix::fs::chown(tag.path(), Some(id), Some(id)).unwrap();
    // The user may not inspect this process.
    let mine = Mapped::shared(tag.path());
    let orphans = |more: &[&str]| {
        let command = env.cmd(["tags", "--orphans", "--json", tag.name()]);
        let report = command.args(more).user(&user).run().code(0).json();
        assert!(number(&report, "processes_unseen") > 0);
        assert_eq!(number(&report, "unknown_regions"), 0);
        listed(&report).len()
    };
    assert_eq!((orphans(&[]), orphans(&["--assume-unseen"])), (0, 0));
    drop(mine);
    poll_until("nobody maps it", || orphans(&[]) == 1);
    let run = env
        .cmd(["unlink", "--orphans", tag.name()])
        .user(&user)
        .run();
    run.ok().stdout_line(format!(
        "{}: removed (4 KiB); no process uses it",
        tag.name()
    ));
    assert!(!tag.path().exists());
}

#[test]
fn without_an_answer_of_the_kernel_only_visible_users_count() {
    let env = Env::new();
    let (Some(_), Some(tag)) = (env.other_user(), env.tag("leaseless")) else {
        return;
    };
    tag.create("x");
    std::os::unix::fs::chown(tag.path(), Some(support::OtherUser::ID), None).unwrap();
    let run = |command: &str| {
        env.cmd([
            command,
            "--orphans",
            "--assume-unseen",
            "--json",
            tag.name(),
        ])
        .without_capability("lease")
        .run()
    };
    let mine = Mapped::shared(tag.path());
    assert_eq!(listed(&run("tags").code(0).json()), [] as [&str; 0]);
    run("unlink").code(0);
    assert!(tag.path().exists());
    drop(mine);
    poll_until("nobody maps it", || {
        listed(&run("tags").code(0).json()) == [tag.name()]
    });
    let removed = &run("unlink").code(0).json_lines()[0];
    assert_eq!(removed["removed"], true, "{removed}");
    assert!(!tag.path().exists());
}

#[test]
fn deleted_regions_and_memfds_are_listed_with_those_who_hold_them() {
    let env = Env::new();
    let (Some(open), Some(mapped)) = (env.tag("held-open"), env.tag("held-mapped")) else {
        return;
    };
    open.create(pattern(3 * page_size() as usize + 1));
    mapped.create(pattern(2 * page_size() as usize));
    let file = File::open(open.path()).unwrap();
    let mapping = Mapped::shared(mapped.path());
    let mapped_inode = fs::metadata(mapped.path()).unwrap().ino();
    fs::remove_file(open.path()).unwrap();
    fs::remove_file(mapped.path()).unwrap();
    let memfd = rustix::fs::memfd_create("mmapctl test", rustix::fs::MemfdFlags::CLOEXEC).unwrap();
    let memfd = File::from(memfd);
    memfd.write_all_at(b"x", page_size()).unwrap();
    let report = env.run(["tags", "--deleted", "--json"]).code(0).json();
    assert_eq!(report["tags"], Value::Array(Vec::new()));
    let find = |name: &str| {
        let all = report["deleted"].as_array().unwrap().iter();
        let me = |users: &Value| {
            let mut users = users.as_array().unwrap().iter();
            users.any(|user| user["pid"] == std::process::id())
        };
        let mut found = all.filter(|region| region["name"] == name && me(&region["users"]));
        found
            .next()
            .unwrap_or_else(|| panic!("{name} in {report:#}"))
    };
    for (file, name, kind) in [
        (&file, open.name(), "deleted"),
        (&memfd, "mmapctl test", "memfd"),
    ] {
        let (facts, seen) = (file.metadata().unwrap(), find(name));
        assert_eq!(seen["kind"], kind);
        assert_eq!(number(seen, "inode"), facts.ino());
        assert_eq!(number(seen, "size"), facts.size());
        assert_eq!(number(seen, "allocated"), facts.blocks() * 512);
        let path = seen["path"].as_str().unwrap();
        assert_eq!(fs::metadata(path).unwrap().ino(), facts.ino());
    }
    let seen = find(mapped.name());
    assert_eq!(number(seen, "inode"), mapped_inode);
    let me = seen["users"].as_array().unwrap().iter();
    let me: Vec<&Value> = me
        .filter(|user| user["pid"] == std::process::id())
        .collect();
    assert_eq!(number(me[0], "mapped"), mapping.size() as u64);
    let table = env.run(["tags", "--where"]);
    let text = table.code(0).out_text();
    assert!(
        text.contains(&format!("{} (deleted)", open.name())),
        "{text}"
    );
    assert!(text.contains("mmapctl test (memfd)"), "{text}");
    drop((file, mapping, memfd));
    let matching = ["tags", "--deleted", "--json", "--match", open.name()];
    poll_until("nobody holds it", || {
        env.run(matching).code(0).json()["deleted"] == Value::Array(Vec::new())
    });
}

#[test]
fn a_file_system_that_is_full_without_names_is_explained() {
    let env = Env::new();
    let script = r#"
        exec 3>/dev/shm/gone; head -c 512K /dev/zero >&3; rm /dev/shm/gone
        head -c 256K /dev/zero >/dev/shm/named
        mkdir /dev/shm/d; head -c 128K /dev/zero >/dev/shm/d/f
        "$0" tags --where --json; "$0" tags --where --bytes | tail -n 2; df --output=used -B1 /dev/shm | tail -n 1"#;
    let Some(cmd) = with_shared_memory(&env, "size=1M", script) else {
        return;
    };
    let run = cmd.run();
    let lines: Vec<&str> = run.code(0).out_text().lines().collect();
    let report: Value = serde_json::from_str(lines[0]).unwrap();
    assert_eq!(number(&report["tags"][0], "allocated"), 256 << 10);
    let all = report["deleted"].as_array().unwrap();
    let gone = all.iter().find(|region| region["name"] == "gone").unwrap();
    assert_eq!(number(gone, "allocated"), 512 << 10);
    let sums = "262144 in regions with a name, 524288 in deleted regions, 131072 elsewhere; ";
    assert!(lines[1].starts_with(sums), "{}", lines[1]);
    assert_eq!(lines[2], "131072 of 1048576 of shared memory free");
    assert_eq!(lines[3].trim(), (896 << 10).to_string());
}

#[test]
fn thousands_of_regions_are_listed_and_removed_in_little_memory() {
    let env = Env::new();
    let script = r#"
        cd /dev/shm; seq -f psm_%g 20000 | xargs truncate -s 1; head -c 1 /dev/zero >kept; cd /
        exec 3<>/dev/shm/kept
        ulimit -v 200000
        "$0" tags --orphans --json 3<&- | grep -o '"tag":' | wc -l
        "$0" unlink --orphans --quiet --match 'psm_*' 3<&-; echo $?; ls /dev/shm"#;
    let Some(cmd) = with_shared_memory(&env, "size=64M", script) else {
        return;
    };
    let run = cmd.run();
    run.stdout("20000\n0\nkept\n");
}
