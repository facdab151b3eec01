//! Console events. They go to every program attached to the console, so these tests run alone, with their own console:
//! `ci/windows.sh` provides a pseudo-terminal, which Wine turns into a console.
//!
//! Wine 8 supports neither process groups nor Ctrl-Break for console events. Under Wine, the tests send Ctrl-C to all
//! programs.

use super::support::{Env, args, has_console, pattern, skip};

#[test]
fn a_held_mapping_ends_on_a_console_event() {
    if !has_console() {
        return skip(
            "a_held_mapping_ends_on_a_console_event",
            "no console to send Ctrl-Break with",
        );
    }
    let env = Env::new();
    let path = env.file("file", &pattern(1000));
    assert_eq!(env.hold(args!["map", &path, "--hold"]).interrupt(), 0);
    let mirrored = env.hold(args![
        "mirror", "--anon", "-n", "64K", "--access", "w", "--hold"
    ]);
    assert_eq!(mirrored.interrupt(), 0);
}
