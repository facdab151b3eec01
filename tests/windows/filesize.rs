//! `filesize` on Windows.

use std::fs::OpenOptions;
use std::os::windows::fs::OpenOptionsExt;

use super::support::{Env, args, pattern, under_wine};

#[test]
fn sizes_of_files_are_printed() {
    let env = Env::new();
    let a = env.file("a", &pattern(100_001));
    let b = env.file("b", b"");
    env.run(args!["filesize", &a]).ok().stdout("100001\n");
    let both = env.run(args!["--json", "filesize", &a, &b]);
    let text = both.ok().out_text();
    assert!(text.contains("100001"), "{text}");
}

#[test]
fn a_file_is_created_extended_and_truncated() {
    let env = Env::new();
    let path = env.path("grown");
    for size in [70_000_u64, 1 << 20, 3, 0] {
        env.run(args!["filesize", &path, "--set", size.to_string()])
            .ok();
        assert_eq!(path.metadata().unwrap().len(), size);
    }
}

#[test]
fn a_size_larger_than_any_disk_is_disk_full_and_changes_nothing() {
    let env = Env::new();
    let path = env.file("small", b"abc");
    env.run(args!["filesize", &path, "--set", "4P", "--allocate"])
        .refuses(6, "free");
    assert_eq!(path.metadata().unwrap().len(), 3);
}

#[test]
fn blocks_are_reserved_with_the_size() {
    let env = Env::new();
    let path = env.path("reserved");
    let run = env.run(args!["filesize", &path, "--set", "1M", "--allocate"]);
    // On Windows, a plain file gets its blocks with its size. Under Wine it gets a hole instead. The program detects
    // this and undoes the change.
    if under_wine() {
        run.refuses(8, "cannot reserve blocks");
        assert!(!path.exists());
    } else {
        run.ok();
        assert_eq!(path.metadata().unwrap().len(), 1 << 20);
    }
}

#[test]
fn errors_name_a_missing_file_and_a_source_that_is_not_a_file() {
    let env = Env::new();
    env.run(args!["filesize", "none"])
        .refuses(3, "none: cannot open");
    env.run(args!["filesize", "."]).refuses(8, "a directory");
    env.run(args!["filesize", "none\\below"])
        .refuses(3, "cannot open");
    env.run(args!["filesize", "wild*card?"])
        .refuses(3, "cannot open");
    let error = env.run(args!["--json", "filesize", "none"]).json_error();
    assert_eq!(error["code"], "not_found");
    assert_eq!(error["os_error"], 2);
}

#[test]
fn a_file_opened_exclusively_by_another_program_is_busy() {
    let env = Env::new();
    let path = env.file("kept", b"abc");
    let _kept = OpenOptions::new()
        .read(true)
        .share_mode(0)
        .open(&path)
        .unwrap();
    env.run(args!["filesize", &path])
        .refuses(12, "kept: cannot open");
}

#[test]
fn a_file_that_is_mapped_elsewhere_cannot_be_truncated() {
    let env = Env::new();
    let path = env.file("mapped", &pattern(200_000));
    let held = env.hold(args!["map", &path, "--hold"]);
    env.run(args!["filesize", &path, "--set", "1000"])
        .refuses(12, "cannot");
    assert_eq!(path.metadata().unwrap().len(), 200_000);
    held.end();
    env.run(args!["filesize", &path, "--set", "1000"]).ok();
}

#[test]
fn a_read_only_file_cannot_be_resized() {
    let env = Env::new();
    let path = env.file("fixed", b"abc");
    let mut permissions = path.metadata().unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&path, permissions.clone()).unwrap();
    // Wine run by root can write to it anyway.
    if !under_wine() {
        env.run(args!["filesize", &path, "--set", "10"])
            .refuses(4, "fixed: cannot");
    }
    // Otherwise the directory cannot be removed.
    #[allow(clippy::permissions_set_readonly_false)]
    permissions.set_readonly(false);
    std::fs::set_permissions(&path, permissions).unwrap();
}

#[test]
fn allocated_bytes_and_pages_are_printed() {
    let env = Env::new();
    let path = env.file("long", &pattern(10_000));
    let value = env
        .run(args!["--json", "filesize", "--long", &path])
        .ok()
        .json();
    assert_eq!(value["size"], 10_000);
    assert_eq!(value["pages"], 3);
    assert!(value["allocated"].as_u64().unwrap() >= 10_000, "{value}");
}
