//! `--help` on Windows tells what Windows does in its own way.

use super::support::{Env, args};

#[test]
fn help_tells_what_this_platform_lacks_or_does_differently() {
    let env = Env::new();
    for (command, told) in [
        (None, "unsupported (files have no permission bits)"),
        (Some("map"), "unsupported (a view keeps its length)"),
        (
            Some("sync"),
            "differs (FlushViewOfFile, then FlushFileBuffers)",
        ),
        (
            Some("unlink"),
            "unsupported (a section goes with its last handle)",
        ),
    ] {
        let arguments = command.into_iter().chain(["--help"]).map(Into::into);
        let run = env.run(arguments);
        // Lines are broken where the terminal is narrow.
        let text = run.ok().out_text();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains("On Windows:"), "{text}");
        assert!(text.contains(told), "{told}: {text}");
    }
}

#[test]
fn pages_and_completions_are_written() {
    let env = Env::new();
    let into = env.path("made");
    env.run(args!["generate", "--into", &into]).ok();
    assert!(std::fs::read_dir(into).unwrap().count() > 0);
}
