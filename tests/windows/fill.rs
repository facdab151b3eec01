//! `fill` on Windows.

use std::io::Write;

use super::support::{Env, GRANULARITY, args, full_disk, pattern};

#[test]
fn only_the_bytes_of_an_unaligned_range_change() {
    let env = Env::new();
    let before = pattern(3 * GRANULARITY);
    let path = env.file("file", &before);
    let (offset, length) = (GRANULARITY - 3, GRANULARITY + 10);
    env.run(args![
        "fill",
        &path,
        "-o",
        offset.to_string(),
        "-n",
        length.to_string(),
        "--byte",
        "0x5a",
        "--verify"
    ])
    .ok();
    let mut expected = before;
    expected[offset..offset + length].fill(0x5a);
    assert!(std::fs::read(&path).unwrap() == expected);
}

#[test]
fn a_file_is_created_and_extended_to_the_range_only() {
    let env = Env::new();
    let path = env.path("new");
    env.run(args![
        "fill", &path, "-n", "100001", "--text", "hello", "--verify"
    ])
    .ok();
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!(bytes.len(), 100_001);
    assert!(bytes.chunks(5).all(|chunk| b"hello".starts_with(chunk)));
    env.run(args![
        "fill", &path, "-o", "100000", "-n", "5", "--byte", "1"
    ])
    .ok();
    assert_eq!(path.metadata().unwrap().len(), 100_005);
    env.run(args!["fill", &path, "-n", "200000", "--no-extend"])
        .refuses(5, "new");
    assert_eq!(path.metadata().unwrap().len(), 100_005);
    env.run(args!["fill", "none", "-n", "10", "--no-create"])
        .refuses(3, "none");
}

#[test]
fn a_range_larger_than_any_disk_is_refused_and_the_size_restored() {
    let env = Env::new();
    let path = env.file("small", b"abc");
    env.run(args!["fill", &path, "-n", "4P"]).refuses(6, "free");
    assert_eq!(std::fs::read(&path).unwrap(), b"abc");
    let missing = env.path("missing");
    env.run(args!["fill", &missing, "-n", "4P"])
        .refuses(6, "free");
    assert!(!missing.exists());
}

#[test]
fn a_full_disk_is_refused_before_anything_changes() {
    let Some(disk) = full_disk("a_full_disk_is_refused_before_anything_changes") else {
        return;
    };
    let env = Env::new();
    let new = disk.join("new");
    env.run(args!["fill", &new, "-n", "256K"])
        .refuses(6, "free");
    assert!(!new.exists());
    let sparse = disk.join("sparse");
    env.run(args!["fill", &sparse, "-o", "64K", "-n", "256K"])
        .refuses(6, "free");
    assert_eq!(sparse.metadata().unwrap().len(), 128 << 10);
}

#[test]
fn patterns_counters_files_and_pipes_are_written() {
    let env = Env::new();
    let path = env.path("file");
    env.run(args![
        "fill",
        &path,
        "-n",
        "10",
        "--pattern",
        "0102ff",
        "--verify"
    ])
    .ok();
    assert_eq!(
        std::fs::read(&path).unwrap(),
        [1, 2, 255, 1, 2, 255, 1, 2, 255, 1]
    );
    env.run(args!["fill", &path, "-n", "8", "--counter", "u16le"])
        .ok();
    assert_eq!(
        &std::fs::read(&path).unwrap()[..8],
        [0, 0, 1, 0, 2, 0, 3, 0]
    );
    let bytes = pattern(200_000);
    let from = env.file("from", &bytes);
    let copy = env.path("copy");
    env.run(args!["fill", &copy, "--from", &from, "--verify"])
        .ok();
    assert!(std::fs::read(&copy).unwrap() == bytes);
    let (reader, mut writer) = std::io::pipe().unwrap();
    let sent = bytes.clone();
    let sender = std::thread::spawn(move || writer.write_all(&sent));
    let piped = env.path("piped");
    let run = env.run_on(reader, args!["fill", &piped, "--from", "-"]);
    sender.join().unwrap().unwrap();
    run.ok();
    assert!(std::fs::read(&piped).unwrap() == bytes);
}

#[test]
fn a_text_is_written_once() {
    let env = Env::new();
    let path = env.file("file", b"0123456789");
    env.run(args!["fill", &path, "-o", "2", "--text", "ab", "--verify"])
        .ok();
    assert_eq!(std::fs::read(&path).unwrap(), b"01ab456789");
    env.run(args!["fill", &path, "--byte", "1"]).code(2);
    env.run(args!["fill", &path]).code(2);
    assert_eq!(std::fs::read(&path).unwrap(), b"01ab456789");
}

#[test]
fn private_copies_do_not_change_the_file() {
    let env = Env::new();
    let before = pattern(100_000);
    let path = env.file("file", &before);
    env.run(args![
        "fill", &path, "--byte", "0", "--to-end", "--access", "c", "--verify"
    ])
    .ok();
    assert!(std::fs::read(&path).unwrap() == before);
}

#[test]
fn tags_are_filled() {
    let env = Env::new();
    let tag = env.tag();
    let held = env.hold(args![
        "map", "--tag", &tag, "-n", "64K", "--access", "w", "--open", "create", "--hold"
    ]);
    env.run(args![
        "fill", "--tag", &tag, "--text", "ab", "--to-end", "--verify"
    ])
    .ok();
    env.run(args![
        "dump", "--tag", &tag, "-o", "65532", "--format", "raw"
    ])
    .ok()
    .stdout("abab");
    held.end();
}
