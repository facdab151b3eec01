//! `advise` on Windows, by the nearest equivalent calls.

use super::support::{Env, args, pattern, under_wine};

#[test]
fn pages_are_brought_in_and_dropped() {
    let env = Env::new();
    let path = env.file("file", &pattern(1 << 20));
    for advice in ["willneed", "dontneed", "pageout", "populate-read"] {
        env.run(args!["advise", advice, &path]).ok();
    }
    let run = env.run(args![
        "--json",
        "advise",
        "populate-read",
        "--anon",
        "-n",
        "1M"
    ]);
    let seen = run.ok().json();
    assert_eq!(seen["before"]["residency"]["resident"], 0, "{seen}");
    assert_eq!(seen["after"]["residency"]["resident"], 256, "{seen}");
}

#[test]
fn contents_can_be_discarded() {
    let env = Env::new();
    let run = env.run(args![
        "advise", "free", "--anon", "-n", "1M", "--access", "c"
    ]);
    // Wine 8 has no DiscardVirtualMemory.
    if under_wine() {
        run.refuses(8, "cannot advise");
    } else {
        run.ok();
    }
}

#[test]
fn a_file_is_read_into_memory() {
    let env = Env::new();
    let path = env.file("file", &pattern(3_000_001));
    env.run(args!["warm", &path]).ok();
}

#[test]
fn advice_that_windows_lacks_is_refused_by_name() {
    let env = Env::new();
    let path = env.file("file", &pattern(4096));
    for advice in ["cold", "hugepage", "mergeable"] {
        env.run(args!["advise", advice, &path])
            .refuses(8, &format!("Windows does not support 'advise {advice}'"));
    }
    env.run(args!["evict", &path])
        .refuses(8, "Windows does not support 'evict'");
    env.run(args!["advise", "willneed", "--pid", "4", "--mapping", "*"])
        .refuses(8, "Windows does not support 'advise --pid'");
}
