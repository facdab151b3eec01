//! `pagesize` on Windows.

use super::support::{Env, GRANULARITY, args};

#[test]
fn the_page_size_and_the_granularity_differ() {
    let env = Env::new();
    env.run(args!["pagesize"]).ok().stdout("4096\n");
    env.run(args!["pagesize", "--granularity"])
        .ok()
        .stdout(format!("{GRANULARITY}\n"));
}

#[test]
fn sizes_are_aligned_to_pages() {
    let env = Env::new();
    env.run(args!["pagesize", "--align", "5000"])
        .ok()
        .stdout("8192\n");
    env.run(args!["pagesize", "--align", "5000", "--down"])
        .ok()
        .stdout("4096\n");
}

#[test]
fn invalid_input_is_a_usage_error() {
    let env = Env::new();
    env.run(args!["pagesize", "--align", "12Q"])
        .refuses(2, "12Q");
    env.run(args!["nonsense"]).refuses(2, "nonsense");
}
