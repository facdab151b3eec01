//! `mirror` on Windows.
//!
//! Wine 8 has the calls for placeholders, but does not implement them. Under Wine, the windows are mapped into briefly
//! released address space.

use super::support::{Env, GRANULARITY, args, full_disk, pattern};

#[test]
fn windows_show_the_same_bytes() {
    let env = Env::new();
    let path = env.file("file", &pattern(4 * GRANULARITY));
    for source in [args!["--anon", "-n", "64K"].to_vec(), vec![path.into()]] {
        let run = env.run(
            args![
                "--json", "mirror", "--access", "w", "--times", "3", "--verify"
            ]
            .into_iter()
            .chain(source),
        );
        let seen = run.ok().json();
        assert_eq!(seen["times"], 3);
        assert_eq!(seen["verified"]["windows"], 3);
    }
}

#[test]
fn a_verification_leaves_the_file_unchanged() {
    let env = Env::new();
    let bytes = pattern(2 * GRANULARITY);
    let path = env.file("file", &bytes);
    env.run(args![
        "mirror", &path, "-o", "64K", "-n", "64K", "--access", "w", "--verify"
    ])
    .ok();
    assert_eq!(std::fs::read(path).unwrap(), bytes);
}

#[test]
fn window_sizes_are_multiples_of_the_granularity() {
    let env = Env::new();
    let path = env.file("file", &pattern(5000));
    env.run(args!["mirror", &path, "--access", "r"])
        .refuses(5, "must be a multiple of 64 KiB");
    env.run(args![
        "mirror", &path, "--access", "w", "-n", "6000", "--verify"
    ])
    .ok();
    assert_eq!(path.metadata().unwrap().len(), GRANULARITY as u64);
}

#[test]
fn a_tag_and_an_address_are_accepted() {
    let env = Env::new();
    let tag = env.tag();
    let held = env.hold(args![
        "map", "--tag", &tag, "-n", "64K", "--access", "w", "--open", "create", "--hold"
    ]);
    let seen = env.run(args![
        "--json",
        "mirror",
        "--tag",
        &tag,
        "--access",
        "w",
        "--addr",
        "0x200000000000",
        "--verify"
    ]);
    assert_eq!(seen.ok().json()["base"], "0x200000000000");
    held.end();
    env.run(args![
        "mirror",
        "--anon",
        "-n",
        "64K",
        "--addr",
        "0x7ffe0000"
    ])
    .refuses(7, "address in use");
}

#[test]
fn private_copies_and_a_single_window_are_usage_errors() {
    let env = Env::new();
    let path = env.file("file", &pattern(GRANULARITY));
    env.run(args!["mirror", &path, "--access", "c"]).code(2);
    env.run(args!["mirror", &path, "--times", "1"]).code(2);
}

#[test]
fn a_store_to_an_unbacked_block_is_a_fault_that_names_the_offset() {
    let Some(disk) = full_disk("a_store_to_an_unbacked_block_is_a_fault_that_names_the_offset")
    else {
        return;
    };
    let env = Env::new();
    let path = disk.join("sparse");
    let run = env.run(args![
        "--json", "mirror", &path, "-o", "64K", "-n", "64K", "--access", "w", "--verify"
    ]);
    run.code(9);
    let error = run.json_error();
    assert_eq!(error["code"], "fault", "{error}");
    assert_eq!(error["offset"], 64 << 10, "{error}");
}
