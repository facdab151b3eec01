//! `--help` on Windows documents the differences of the platform.

use super::support::{Env, args};

#[test]
fn help_documents_unsupported_and_different_features() {
    let env = Env::new();
    for (command, told) in [
        (None, "unsupported (files have no permission bits)"),
        (Some("map"), "unsupported (a view cannot be resized)"),
        (
            Some("sync"),
            "differs (FlushViewOfFile, then FlushFileBuffers)",
        ),
        (
            Some("unlink"),
            "unsupported (a section is removed with its last handle)",
        ),
    ] {
        let arguments = command.into_iter().chain(["--help"]).map(Into::into);
        let run = env.run(arguments);
        // Lines are wrapped to the width of the terminal.
        let text = run.ok().out_text();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains("On Windows:"), "{text}");
        assert!(text.contains(told), "{told}: {text}");
    }
}

#[test]
fn pages_and_completions_are_generated() {
    let env = Env::new();
    let into = env.path("made");
    env.run(args!["generate", "--into", &into]).ok();
    assert!(std::fs::read_dir(into).unwrap().count() > 0);
}
