//! Resident pages are in memory and up to date, measured from outside. Pages in flight, pages whose read failed, and
//! pages that were never filled are in the page cache but not resident.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
use support::{
    Cmd, Env, Limit, Open, OtherUser, SlowDisk, args, cache_range, cached, cold_file,
    cold_sparse_file, page_size, poll_until, size, up_to_date, while_pages_stay,
};

use std::fs::File;
use std::os::unix::fs::{FileExt, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::FallocateFlags;

use serde_json::{Value, json};

const MIB: u64 = 1 << 20;

/// The sources that a command can inspect.
#[derive(Clone, Copy, Debug)]
enum Subject {
    File,
    Descriptor,
    Device,
}

const SUBJECTS: [Subject; 3] = [Subject::File, Subject::Descriptor, Subject::Device];

/// 4 MiB of a subject on a slow disk that are in flight.
struct InFlight<'a> {
    env: &'a Env,
    disk: &'a SlowDisk,
    subject: Subject,
    path: PathBuf,
}

impl InFlight<'_> {
    const LENGTH: u64 = 4 * MIB;

    fn pages() -> u64 {
        Self::LENGTH / page_size()
    }

    /// A part of a device that its file system has not touched; the start of a file.
    fn offset(&self) -> u64 {
        match self.subject {
            Subject::Device => 32 * MIB,
            Subject::File | Subject::Descriptor => 0,
        }
    }

    fn cmd(&self, command: &[&str]) -> Cmd {
        let command = self.env.cmd(command);
        let command = match self.subject {
            Subject::Descriptor => command.args(["--fd", "5"]).fd(5, Open::Read, &self.path),
            Subject::File | Subject::Device => command.arg(&self.path),
        };
        command.args(["-o", &self.offset().to_string(), "-n", "4M"])
    }

    fn cached(&self) -> u64 {
        let counts = cache_range(&self.path, self.offset(), Self::LENGTH);
        counts.unwrap().cached
    }

    fn up_to_date(&self) -> u64 {
        up_to_date(&self.path, self.offset(), Self::LENGTH)
    }
}

/// Runs a scenario on each slow disk, for each subject; skips the test without such disks.
fn for_pages_in_flight(scenario: impl Fn(&InFlight<'_>)) {
    while_pages_stay(|| {
        let env = Env::new();
        for disk in &env.slow_disks() {
            for subject in SUBJECTS {
                let name = format!("{subject:?}");
                let path = match subject {
                    Subject::Device => Some(disk.mount().device()),
                    _ => cold_file(&disk.mount().dir(), &name, InFlight::LENGTH),
                };
                let Some(path) = path else { return };
                let part = InFlight {
                    env: &env,
                    disk,
                    subject,
                    path,
                };
                disk.start_reading(&env, &part.path, part.offset(), InFlight::LENGTH);
                assert_eq!(part.cached(), InFlight::pages());
                assert_eq!(part.up_to_date(), 0);
                scenario(&part);
                disk.release();
            }
        }
    });
}

#[test]
fn pages_in_flight_are_not_resident() {
    for_pages_in_flight(|part| {
        let pages = InFlight::pages();
        let map = |more: &[&str]| part.cmd(&[&["map"], more].concat()).run();
        map(&["--expect-resident", "==100%", "-q"]).code(10);
        map(&["--expect-resident", "==0%", "-q"]).ok();
        let report = map(&["--json", "--picture"]).ok().json();
        let counts = |of: &Value| (of["resident"].clone(), of["cached"].clone());
        assert_eq!(counts(&report["residency"]), (json!(0), json!(pages)));
        for bucket in report["picture"]["buckets"].as_array().unwrap() {
            assert_eq!(counts(bucket), (json!(0), bucket["pages"].clone()));
        }
        let text = map(&[]).ok().out_text().to_owned();
        let line = format!(
            "  resident    0 of {pages} pages (0.0%), 0 B, {pages} cached but not up to date\n"
        );
        assert!(text.contains(&line), "{text}");
    });
}

#[test]
fn warming_waits_for_pages_in_flight() {
    for_pages_in_flight(|part| {
        let mut warming = part.cmd(&["warm", "--json"]).spawn();
        poll_until("warm to wait for the disk", || {
            warming.waits_in(&[libc::SYS_sendfile, libc::SYS_madvise])
        });
        part.disk.release();
        let report = warming.wait().ok().json();
        assert_eq!(part.up_to_date(), InFlight::pages());
        assert_eq!(report["loaded"], InFlight::LENGTH);
        assert_eq!(report["after"]["resident"], InFlight::pages());
    });
}

#[test]
fn evicting_waits_for_pages_in_flight() {
    for_pages_in_flight(|part| {
        let mut evicting = part.cmd(&["evict", "--json"]).spawn();
        poll_until("evict to wait for the disk", || {
            evicting.waits_in(&[libc::SYS_clock_nanosleep])
        });
        part.disk.release();
        let report = evicting.wait().ok().json();
        assert_eq!(part.cached(), 0);
        assert_eq!(report["after"]["cached"], 0);
        assert_eq!(report["evicted"], InFlight::LENGTH);
    });
}

/// A file that is unreadable from `bad` on, and that another program has tried to read.
fn half_read(env: &Env, path: &Path, bad: u64) {
    let run = env.tool("cat", [path]).stdout(support::Sink::Null).run();
    run.code(1);
    assert!(up_to_date(path, 0, size(path)) <= bad / page_size());
    assert!(
        cached(path).unwrap() > up_to_date(path, 0, size(path)),
        "the case"
    );
}

#[test]
fn pages_whose_read_failed_are_never_resident() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.bad_disk() else { return };
        let (path, bad) = (disk.file(), disk.first_bad());
        let pages = disk.size() / page_size();
        for subject in [Subject::File, Subject::Descriptor] {
            let run = |command: &[&str]| match subject {
                Subject::Descriptor => {
                    let command = env.cmd(command).args(["--fd", "5"]);
                    command.fd(5, Open::Read, path).run()
                }
                _ => env.cmd(command).arg(path).run(),
            };
            half_read(&env, path, bad);
            let resident = up_to_date(path, 0, size(path));
            let report = run(&["map", "--json"]).ok().json();
            assert_eq!(report["residency"]["resident"], resident);
            assert_eq!(report["residency"]["cached"], cached(path).unwrap());
            run(&["map", "-q", "--expect-resident", "==100%"]).code(10);
            for _ in 0..2 {
                let warmed = run(&["warm", "--json"]);
                let error = warmed.code(9).json_error();
                assert_eq!(
                    (&error["code"], &error["offset"]),
                    (&json!("fault"), &json!(bad))
                );
                assert_eq!(warmed.json()["after"]["resident"], bad / page_size());
                assert_eq!(up_to_date(path, 0, size(path)), bad / page_size());
                half_read(&env, path, bad);
            }
            let evicted = run(&["evict", "--json"]).ok().json();
            assert_eq!(evicted["before"]["pages"], pages);
            assert_eq!(cached(path), Some(0));
        }
    });
}

#[test]
fn another_user_sees_pages_in_flight_only_of_its_own_files() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(user) = env.other_user() else { return };
        for disk in &env.slow_disks() {
            let Some(path) = cold_file(&disk.mount().dir(), "file", InFlight::LENGTH) else {
                return;
            };
            disk.start_reading(&env, &path, 0, InFlight::LENGTH);
            let map = |more: &[&str]| {
                let command = env.cmd(["map"]).arg(&path).args(more);
                command.user(&user).run()
            };
            let seen = map(&["--json"]).ok().json()["residency"].clone();
            assert_eq!(
                (&seen["resident"], &seen["unknown_reason"]),
                (&json!(null), &json!("not_permitted"))
            );
            map(&["-q", "--expect-resident", ">=0%"]).code(10);
            chown(&path, Some(OtherUser::ID), None).unwrap();
            let seen = map(&["--json"]).ok().json()["residency"].clone();
            assert_eq!(
                (&seen["resident"], &seen["cached"]),
                (&json!(0), &json!(InFlight::pages()))
            );
        }
    });
}

#[test]
fn a_read_ahead_request_reports_pages_that_have_not_arrived() {
    for_pages_in_flight(|part| {
        let run = part.cmd(&["advise", "willneed", "--json"]).run();
        let report = run.ok().json();
        let seen = &report["after"]["residency"];
        assert_eq!(
            (&seen["resident"], &seen["cached"]),
            (&json!(0), &json!(InFlight::pages()))
        );
        assert_eq!(
            report["effect"]["reason"],
            "all pages were already in the page cache"
        );
        let note = format!("not up to date yet: {} pages", InFlight::pages());
        assert!(
            report["effect"]["notes"]
                .as_array()
                .unwrap()
                .contains(&json!(note))
        );
    });
}

#[test]
fn reserved_but_unwritten_memory_is_not_resident() {
    let env = Env::new();
    let Some(tag) = env.tag("reserved") else {
        return;
    };
    let path = tag.create([]);
    let length = 64 * page_size();
    let file = File::options().write(true).open(&path).unwrap();
    rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, length).unwrap();
    for written in 0..2 {
        file.write_all_at(&vec![1; written], 0).unwrap();
        let resident = up_to_date(&path, 0, length);
        assert!(resident < 64);
        let run = env.run(args!["map", "--tag", tag.name(), "--json"]);
        let seen = run.ok().json()["residency"].clone();
        assert_eq!(
            (&seen["resident"], seen["cached"].as_u64()),
            (&json!(resident), cached(&path))
        );
        let all = ["map", "-q", "--expect-resident", "==100%", "--tag"];
        env.cmd(all).arg(tag.name()).run().code(10);
    }
    file.write_all_at(&vec![1; usize::try_from(length).unwrap()], 0)
        .unwrap();
    let all = ["map", "-q", "--expect-resident", "==100%", "--tag"];
    env.cmd(all).arg(tag.name()).run().ok();
}

#[test]
fn a_few_pages_of_a_huge_file_are_found_immediately() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let offsets: Vec<u64> = (0..10).map(|i| i * (100 << 30) + i * page_size()).collect();
        let path = cold_sparse_file(disk.path(), "sparse", 1 << 40, &offsets);
        let Some(0) = cached(&path) else { return };
        let file = File::open(&path).unwrap();
        rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::Random).unwrap();
        for offset in &offsets {
            file.read_exact_at(&mut [0], *offset).unwrap();
        }
        let run = env.run(args!["map", &path, "--json"]);
        let report = run.ok().json();
        assert_eq!(report["residency"]["resident"].as_u64(), cached(&path));
        // Inspecting every page takes 15 seconds.
        assert!(
            run.elapsed() < Duration::from_secs(5),
            "{:?}",
            run.elapsed()
        );
    });
}

#[test]
fn little_address_space_is_enough_to_count_the_pages_of_a_large_file() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let path = disk.path().join("file");
        let length = 256 * MIB;
        File::create(&path).unwrap().set_len(length).unwrap();
        std::io::copy(&mut File::open(&path).unwrap(), &mut std::io::sink()).unwrap();
        let command = env.cmd(args!["warm", &path, "--json"]);
        let run = command.limit(Limit::AddressSpace, 64 * MIB).run();
        let before = run.ok().json()["before"].clone();
        assert_eq!(before["resident"], length / page_size());
    });
}
