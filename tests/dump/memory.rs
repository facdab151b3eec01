//! The memory that a dump takes, and the time that holes take.

use std::fs;
use std::time::Duration;

use crate::support::{Env, args};

/// The maximum of private memory that a dump may take.
pub(crate) const PRIVATE: u64 = 16 << 20;

/// The maximum of the program's private memory, in bytes, of all samples.
pub(crate) fn peak(env: &Env, arguments: &[&str]) -> u64 {
    let mut child = std::process::Command::new(crate::support::MMAPCTL)
        .args(arguments)
        .current_dir(env.dir())
        .stdout(fs::File::options().write(true).open("/dev/null").unwrap())
        .spawn()
        .unwrap();
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        // It may exit between the two samples; then there is no value.
        let text = fs::read_to_string(format!("/proc/{}/smaps", child.id()));
        most = most.max(private_of_dump(&text.unwrap_or_default()));
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(child.wait().unwrap().success());
    most
}

/// The private memory outside of the program file, of which an unoptimized build relocates much, in bytes.
fn private_of_dump(smaps: &str) -> u64 {
    let program = crate::support::MMAPCTL;
    let (mut sum, mut is_program) = (0, false);
    for line in smaps.lines() {
        let mut words = line.split_whitespace();
        match words.next() {
            Some("Private_Dirty:") if !is_program => {
                sum += words.next().unwrap().parse::<u64>().unwrap() * 1024;
            }
            // The first line of a mapping: the range, and as the last word the file.
            Some(range) if range.contains('-') => is_program = words.last() == Some(program),
            _ => {}
        }
    }
    sum
}

#[test]
fn a_gibibyte_takes_less_than_16_mebibytes_of_private_memory() {
    let env = Env::new();
    // Most of it holes, so that an unoptimized program needs seconds and not minutes.
    let block = crate::support::pattern(1 << 20);
    let blocks: Vec<(u64, &[u8])> = (0..4).map(|i| (i << 28, &block[..])).collect();
    env.sparse_file("f", 1 << 30, &blocks);
    for format in ["hexyl", "canonical", "raw", "values"] {
        let most = peak(&env, &["dump", "f", "-f", format]);
        assert!(most > 0 && most < PRIVATE, "{format}: {most}");
    }
}

#[test]
fn a_sparse_tebibyte_is_shown_immediately() {
    let env = Env::new();
    let pieces: Vec<(u64, &[u8])> = (0..10).map(|i| (i << 36, &b"data"[..])).collect();
    env.sparse_file("f", 1 << 40, &pieces);
    for format in ["hexyl", "canonical"] {
        let run = env.cmd(args!["dump", "f", "-f", format]).run();
        run.ok();
        let data = run
            .out_text()
            .lines()
            .filter(|line| line.contains("64 61 74 61"))
            .count();
        assert_eq!(data, 10, "{format}");
        assert!(
            run.elapsed() < Duration::from_secs(5),
            "{format}: {:?}",
            run.elapsed()
        );
    }
    assert!(peak(&env, &["dump", "f"]) < PRIVATE);
}
