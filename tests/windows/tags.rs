//! `tags` and `unlink` on Windows, which supports neither.

use super::support::{Env, args};

#[test]
fn sections_cannot_be_listed() {
    let env = Env::new();
    env.run(args!["tags"])
        .refuses(8, "Windows does not support 'tags'");
    let error = env.run(args!["--json", "tags"]).json_error();
    assert_eq!(error["code"], "unsupported");
}

#[test]
fn sections_cannot_be_unlinked() {
    let env = Env::new();
    env.run(args!["unlink", "some-tag"])
        .refuses(8, "a section is removed with its last handle");
}
