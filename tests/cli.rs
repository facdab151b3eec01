//! Behaviour common to all commands: help, usage errors, streams, colours, JSON.

#![cfg(target_os = "linux")]

mod support;
use support::{Env, Sink, args};

use std::fs;
use std::os::unix::fs::MetadataExt;

use serde_json::json;

const COMMANDS: [&str; 4] = ["map", "dump", "pagesize", "filesize"];

const FULL: &str = "mmapctl: standard output: cannot write: No space left on device\n";

#[test]
fn help_and_version_go_to_stdout_with_status_0() {
    let env = Env::new();
    for args in [&["--help"][..], &["-h"], &["help"]] {
        let run = env.run(args);
        assert!(
            run.ok()
                .out_text()
                .contains("Usage: mmapctl [OPTIONS] <COMMAND>")
        );
    }
    for command in COMMANDS {
        for help in ["--help", "-h"] {
            let run = env.run([command, help]);
            let usage = format!("Usage: mmapctl {command}");
            assert!(run.ok().out_text().contains(&usage), "{command}");
        }
        env.run(["help", command]).ok();
    }
    let version = format!("mmapctl {}\n", env!("CARGO_PKG_VERSION"));
    env.run(["--version"]).ok().stdout(&version);
    env.run(["-V"]).ok().stdout(&version);
}

#[test]
fn help_to_a_full_device_fails_and_to_a_closed_pipe_does_not() {
    let env = Env::new();
    for args in [
        &["--help"][..],
        &["--version"],
        &["pagesize"],
        &["help", "filesize"],
    ] {
        env.cmd(args).stdout(Sink::Full).run().code(6).stderr(FULL);
        env.cmd(args).stdout(Sink::ClosedPipe).run().ok();
    }
}

#[test]
fn a_full_device_is_reported_in_json_on_request() {
    let env = Env::new();
    let error = env
        .cmd(["pagesize", "--json"])
        .stdout(Sink::Full)
        .run()
        .code(6)
        .json_error();
    assert_eq!(
        error,
        json!({
            "code": "disk_full",
            "message": "cannot write: No space left on device",
            "subject": "standard output",
            "os_error": 28,
        })
    );
}

#[test]
fn undeliverable_diagnostics_do_not_change_the_status() {
    let env = Env::new();
    for sink in [Sink::Full, Sink::ClosedPipe] {
        env.cmd(["filesize", "none"])
            .stderr(sink.clone())
            .run()
            .code(3);
        env.cmd(["nonsense"]).stderr(sink).run().code(2);
    }
}

#[test]
fn a_wrong_command_line_is_one_line_and_a_hint() {
    let env = Env::new();
    for (args, message, hint) in [
        (
            &["unlimk"][..],
            "unrecognized subcommand 'unlimk'",
            Some("a similar subcommand exists: 'unlink'"),
        ),
        (
            &["pagesize", "--granularty"],
            "unexpected argument '--granularty' found",
            Some("a similar argument exists: '--granularity'"),
        ),
        (
            &["pagesize", "--color", "alway"],
            "invalid value 'alway' for '--color <WHEN>' [possible values: auto, always, never]",
            Some("a similar value exists: 'always'"),
        ),
        (
            &["filesize"],
            "the following required arguments were not provided: <FILE|--fd <N>|--tag <NAME>>",
            Some("usage: mmapctl filesize [OPTIONS] <FILE...|--fd <N>|--tag <NAME>>"),
        ),
        (
            &["filesize", "f", "--fd", "3"],
            "the argument '[FILE]...' cannot be used with '--fd <N>'",
            None,
        ),
        (
            &["filesize", "--tag", "a/b"],
            "invalid value 'a/b' for '--tag <NAME>': a tag must not contain '/' or '\\'",
            None,
        ),
        (
            &["filesize", "--fd", "-1"],
            "unexpected argument '-1' found",
            None,
        ),
        (
            &["pagesize", "--quiet", "--verbose"],
            "the argument '--quiet' cannot be used with '--verbose'",
            None,
        ),
    ] {
        let run = env.run(args);
        run.refuses(2, message);
        if let Some(hint) = hint {
            run.stderr_line_at(1, format!("hint: {hint}"))
                .stderr_lines(2);
        }
    }
}

#[test]
fn a_wrong_command_line_is_a_json_object_with_json() {
    let env = Env::new();
    let error = env.run(["unlimk", "--json"]).code(2).json_error();
    assert_eq!(
        error,
        json!({
            "code": "usage",
            "message": "unrecognized subcommand 'unlimk'",
            "subject": null,
            "os_error": null,
            "hint": "a similar subcommand exists: 'unlink'",
        })
    );
    let error = env.run(["--json"]).code(2).json_error();
    assert_eq!(error["code"], "usage");
}

#[test]
fn a_missing_command_prints_the_help_on_stderr() {
    let env = Env::new();
    let run = env.run([""; 0]);
    assert!(run.code(2).stdout("").err_text().contains("Usage: mmapctl"));
    assert!(!run.err_text().contains('\u{1b}'));
}

#[test]
fn arguments_are_escaped_in_messages() {
    let env = Env::new();
    for args in [
        &["pagesize", "--pages", "1\n\u{1b}[31m"][..],
        &["pagesize", "--no\u{1b}[31m\n"],
        &["page\u{1b}[31m\n"],
        &["filesize", "a\u{1b}[31m\n", "--tag", "\u{1b}\n"],
        &["filesize", "--tag", "\u{1b}\n/"],
        &["filesize", "\u{202e}\u{9b}31m"],
    ] {
        let run = env.run(args);
        let text = run.stdout("").err_text();
        let unsafe_char = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!text.contains(unsafe_char), "{text:?}");
        assert!(text.lines().count() <= 2, "{text:?}");
    }
}

#[test]
fn colours_follow_the_option_and_then_the_environment() {
    let env = Env::new();
    let coloured = |args: &[&str], variables: &[(&str, &str)]| {
        let mut command = env.cmd(["filesize", "none"]).args(args);
        for (name, value) in variables {
            command = command.env(name, value);
        }
        let run = command.run();
        run.code(3);
        run.err().contains(&0x1b)
    };
    assert!(!coloured(&[], &[]));
    assert!(coloured(&["--color", "always"], &[]));
    assert!(coloured(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(coloured(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(
        &[],
        &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]
    ));
    assert!(!coloured(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    let page = env.run(["--help", "--color=always"]);
    assert!(page.ok().out().contains(&0x1b));
    let page = env.run(["--help"]);
    assert!(!page.ok().out().contains(&0x1b));
}

#[test]
fn arguments_that_are_not_text_are_usage_errors_where_text_is_needed() {
    use std::os::unix::ffi::OsStrExt;
    let env = Env::new();
    let junk = std::ffi::OsStr::from_bytes(b"\xff\xfe");
    env.run(support::args!["pagesize", "--pages", junk])
        .code(2)
        .stdout("");
    env.run(support::args![junk]).code(2).stdout("");
    // The name of a tag may have any bytes, like that of a file.
    env.run(support::args!["filesize", "--tag", junk])
        .code(3)
        .stdout("");
}

#[test]
fn verbose_adds_details_to_every_command_and_bytes_makes_sizes_exact() {
    let env = Env::new();
    // Nothing is evicted from a file that has no storage.
    let Some(disk) = env.on_disk() else { return };
    let file = disk.path().join("f");
    fs::write(&file, [7; 5000]).unwrap();
    let Some(tag) = env.tag("verbose") else {
        return;
    };
    let name = tag.name();
    env.run(args!["fill", "--tag", name, "-n", "5000"]).ok();
    let inode = fs::metadata(&file).unwrap().ino();
    for command in [
        args!["map", &file].to_vec(),
        args!["map", &file, &file].to_vec(),
        args!["dump", &file, "-f", "plain"].to_vec(),
        args!["dump", &file, "-f", "raw", "--output", env.path("copy")].to_vec(),
        args!["fill", &file, "--to-end"].to_vec(),
        args!["filesize", &file].to_vec(),
        args!["filesize", &file, "--long"].to_vec(),
        args!["filesize", &file, "--set", "5000"].to_vec(),
        args!["sync", &file].to_vec(),
        args!["warm", &file].to_vec(),
        args!["advise", "random", &file].to_vec(),
        args!["evict", &file].to_vec(),
        args!["why", &file].to_vec(),
        args!["mirror", &file].to_vec(),
    ] {
        let with = |option: &str| {
            let run = env.run(command.iter().cloned().chain([option.into()]));
            run.code(0);
            let err = run.err_text().to_owned();
            (run, err)
        };
        assert_eq!(with("--bytes").1, "", "{command:?}");
        let (run, details) = with("-v");
        let size = if support::page_size() == 4096 {
            ", size 4.88 KiB"
        } else {
            ""
        };
        let found = details.lines().any(|line| {
            line.starts_with(&format!("mmapctl: detail: {}: file", file.display()))
                && line.contains(&format!(", inode {inode},"))
                && line.contains(size)
        });
        assert!(found, "{run:?}");
        let exact = env.run(command.iter().cloned().chain(args!["-v", "--bytes"]));
        assert!(exact.err_text().contains(", size 5000,"), "{exact:?}");
    }
    for command in [
        args!["tags", name].to_vec(),
        args!["tags", name, "--users"].to_vec(),
        args!["pagesize"].to_vec(),
        args!["pagesize", "--align", "5"].to_vec(),
        args!["unlink", name].to_vec(),
    ] {
        let run = env.run(command.iter().cloned().chain(["-v".into()]));
        assert!(
            run.code(0).err_text().contains("mmapctl: detail: "),
            "{run:?}"
        );
    }
}

#[test]
fn verbose_shows_the_counting_method_and_every_window() {
    let env = Env::new();
    let file = env.file("f", [7; 10]);
    let run = env.run(args!["mirror", &file, "--times", "40"]);
    assert!(run.ok().out_text().contains(" more "), "{run:?}");
    let run = env.run(args!["mirror", &file, "--times", "40", "-v"]);
    let windows = run
        .code(0)
        .out_text()
        .lines()
        .filter(|line| line.starts_with("  window "));
    assert_eq!(windows.count(), 40);
    let report = env.run(args!["map", &file, "--json", "-v"]).ok().json();
    let method = report["residency"]["method"].as_str().unwrap().to_owned();
    let run = env.run(args!["map", &file, "-v"]);
    assert!(
        run.code(0)
            .err_text()
            .trim_end()
            .ends_with(&format!("counted with {method}(2)"))
    );
}

#[test]
fn a_short_file_is_reported_with_its_first_missing_offset() {
    let env = Env::new();
    let file = env.file("f", [7; 10]);
    for (options, offset) in [(["-o", "1pg"], support::page_size()), (["-n", "1pg"], 10)] {
        let run = env.run(
            args!["map", &file, "--json"]
                .into_iter()
                .chain(options.map(Into::into)),
        );
        run.code(5);
        assert_eq!(run.json_error()["offset"], offset, "{run:?}");
    }
}

#[test]
fn an_option_without_the_one_that_it_needs_is_refused_with_a_remedy() {
    let env = Env::new();
    env.file("f", "abc");
    for (words, option, needed) in [
        (&["warm", "f", "--hold"][..], "--hold", "--lock"),
        (&["warm", "--hold=5s", "f"], "--hold", "--lock"),
        (
            &["warm", "--follow-changes", "f"],
            "--follow-changes",
            "--lock",
        ),
        (&["cached", "--count", "3", "f"], "--count", "--watch"),
        (
            &["cached", "f", "--output", "out"],
            "--output",
            "--openmetrics",
        ),
        (
            &["map", "f", "--destructive"],
            "--destructive",
            "--advise <ADVICE>",
        ),
        (&["pagesize", "--down"], "--down", "--align <SIZE>"),
    ] {
        env.run(words).code(2).stdout("").stderr(format!(
            "mmapctl: {option} needs {needed}\nhint: add {needed}, or omit {option}\n"
        ));
    }
}
