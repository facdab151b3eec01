//! What the console sends. It goes to every program that the console shows, so these run alone, with a console of
//! their own: `ci/windows.sh` gives them a pseudo-terminal, which Wine makes a console of.
//!
//! Wine 8 passes nothing on to a process group, and no Ctrl-Break at all: there it is Ctrl-C, to everybody.

use super::support::{Env, args, has_console, pattern, skip};

#[test]
fn a_held_mapping_ends_well_when_it_is_told_to() {
    if !has_console() {
        return skip(
            "a_held_mapping_ends_well_when_it_is_told_to",
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
