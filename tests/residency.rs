//! What counts as resident: pages that are in memory and up to date, seen from outside. Pages that are still being
//! read, whose read failed, or that were never filled are in the page cache, and are not resident.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
use support::{
    Cmd, Env, Open, SlowDisk, cache_range, cached, cold_file, page_size, poll_until, size,
    up_to_date, while_pages_stay,
};

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

const MIB: u64 = 1 << 20;

/// What a command can be told to look at.
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

/// Runs a scenario on each slow disk, for each subject; skipped where there are no such disks.
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
        let report = map(&["--json"]).ok().json();
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
        let mut warming = part.cmd(&["advise", "warm", "--json"]).spawn();
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
        let mut evicting = part.cmd(&["advise", "evict", "--json"]).spawn();
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

/// A file of which nothing from `bad` on can be read, and which another program has tried to read.
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
fn pages_whose_read_failed_are_not_resident_however_often_they_are_tried() {
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
                let warmed = run(&["advise", "warm", "--json"]);
                let error = warmed.code(9).json_error();
                assert_eq!(
                    (&error["code"], &error["offset"]),
                    (&json!("fault"), &json!(bad))
                );
                assert_eq!(warmed.json()["after"]["resident"], bad / page_size());
                assert_eq!(up_to_date(path, 0, size(path)), bad / page_size());
                half_read(&env, path, bad);
            }
            let evicted = run(&["advise", "evict", "--json"]).ok().json();
            assert_eq!(evicted["before"]["pages"], pages);
            assert_eq!(cached(path), Some(0));
        }
    });
}
