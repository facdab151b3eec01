//! `sync` on Windows: `FlushViewOfFile`, and then `FlushFileBuffers`.

use super::support::{Env, GRANULARITY, args, pattern};

#[test]
fn a_range_is_flushed_in_whole_pages() {
    let env = Env::new();
    let path = env.file("file", &pattern(3 * GRANULARITY));
    env.run(args!["sync", &path]).ok();
    let run = env.run(args!["--json", "sync", &path, "-o", "70001", "-n", "1"]);
    let seen = run.ok().json();
    assert_eq!(seen["offset"], 69_632);
    assert_eq!(seen["length"], 4096);
    // FlushFileBuffers was called and succeeded.
    assert_eq!(seen["level"], "storage");
    let started = env.run(args!["--json", "sync", "--async", &path]);
    assert!(started.ok().json()["level"].is_null());
}

#[test]
fn flushing_a_tag_reports_memory_only() {
    let env = Env::new();
    let tag = env.tag();
    let held = env.hold(args![
        "map", "--tag", &tag, "-n", "64K", "--access", "w", "--open", "create", "--hold"
    ]);
    let run = env.run(args!["--json", "sync", "--tag", &tag]);
    assert_eq!(run.ok().json()["scope"], "memory-only");
    held.end();
}

#[test]
fn invalidation_is_refused() {
    let env = Env::new();
    let path = env.file("file", &pattern(GRANULARITY));
    env.run(args!["sync", "--invalidate", &path])
        .refuses(8, "Windows does not support 'sync --invalidate'");
}

#[test]
fn a_flush_fails_when_one_of_several_files_is_missing() {
    let env = Env::new();
    env.run(args!["sync", "none"])
        .refuses(3, "none: cannot open");
    let several = env.run(args![
        "sync",
        env.file("a", b"a"),
        "none",
        env.file("b", b"b")
    ]);
    several.code(3);
}
