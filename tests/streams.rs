//! Closed standard streams: a needed stream that is closed is a failure before anything changes, an unneeded one has no
//! effect, and no opened file replaces it.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;

use support::{Cmd, Env, Open, Sink, args, pattern};

const CLOSED: &str = "mmapctl: standard output: cannot write: it is closed\n";

/// Commands that write to standard output.
const WRITING: &[&str] = &[
    "map f",
    "map f f",
    "map f --json",
    "map f --hold 1s",
    "map f -a w -n 1M",
    "map new -a w -n 1M",
    "dump f",
    "dump f -q",
    "dump f -f xxd",
    "dump f -f canonical",
    "dump f -f plain",
    "dump f -f c",
    "dump f -f values",
    "dump f -f raw",
    "dump f --json",
    "dump f --json -f values",
    "dump f --output new --json",
    "dump f -n 0",
    "diff f f",
    "diff f f --json",
    "fill f -n 4 --byte 7",
    "fill f --text x --json",
    "fill new -n 4 --byte 7",
    "fill f --open truncate --text x",
    "pagesize",
    "pagesize -q",
    "pagesize --all",
    "filesize f",
    "filesize f -q",
    "filesize f --long",
    "filesize f --set 1",
    "filesize new --set 1",
    "filesize f --json",
    "sync f",
    "advise cold f",
    "warm f",
    "evict f",
    "why f",
    "why f -q",
    "advise populate-read f --json",
    "mirror f",
    "tags",
    "pmap 1",
    "generate",
    "generate share/man/man1/mmapctl.1",
    "help",
    "help map",
    "--help",
    "-h",
    "--version",
    "dump --help",
    "fill -h",
];

/// Commands that do not.
const SILENT: &[&str] = &[
    "map f -q",
    "map f f -q",
    "map f -q -- true",
    "map f -- true",
    "diff f f -q",
    "dump f --output new",
    "dump f -f raw --output new",
    "fill f -n 4 --byte 7 -q",
    "filesize f --set 100 -q",
    "sync f -q",
    "advise cold f -q",
    "warm f -q",
    "mirror f -q",
    "generate --into there -q",
];

/// A directory with a file of a few pages.
fn env() -> Env {
    let env = Env::new();
    env.file("f", pattern(20_000));
    env
}

fn command(env: &Env, line: &str) -> Cmd {
    env.cmd(line.split(' '))
}

#[test]
fn a_closed_standard_output_is_a_failure_of_every_command_that_writes_to_it() {
    let env = env();
    for line in WRITING {
        let run = command(&env, line).closed_fd(1).run();
        if line.contains("--json") {
            let error = run.code(1).json_error();
            assert_eq!(error["code"], "failed", "{line}");
            assert_eq!(error["subject"], "standard output", "{line}");
            assert_eq!(error["message"], "cannot write: it is closed", "{line}");
        } else {
            run.code(1).stderr(CLOSED);
        }
    }
}

#[test]
fn nothing_is_changed_if_the_report_cannot_be_written() {
    let env = env();
    for line in WRITING {
        command(&env, line).closed_fd(1).run().code(1);
        let names: Vec<_> = fs::read_dir(env.dir()).unwrap().collect();
        assert_eq!(names.len(), 1, "{line}");
        assert!(
            fs::read(env.path("f")).unwrap() == pattern(20_000),
            "{line}"
        );
    }
    let Some(tag) = env.tag("stays") else { return };
    let path = tag.create("x");
    env.cmd(["unlink", tag.name()])
        .closed_fd(1)
        .run()
        .code(1)
        .stderr(CLOSED);
    assert!(path.exists());
    env.cmd(["unlink", tag.name(), "-q"])
        .closed_fd(1)
        .run()
        .ok();
    assert!(!path.exists());
}

#[test]
fn a_command_that_writes_nothing_needs_no_standard_output() {
    for line in SILENT {
        let env = env();
        command(&env, line).closed_fd(1).run().ok();
    }
}

#[test]
fn a_read_only_standard_output_is_a_failure() {
    let env = env();
    for line in ["dump f", "fill f --text x", "filesize f", "--help"] {
        let script = format!("exec {} {line} 1</dev/null", support::MMAPCTL);
        env.tool("sh", ["-c", &script])
            .run()
            .code(1)
            .stderr("mmapctl: standard output: cannot write: it is open for reading only\n");
    }
    assert!(fs::read(env.path("f")).unwrap() == pattern(20_000));
}

#[test]
fn a_null_device_is_accepted_with_any_access() {
    let env = env();
    let device = "/dev/null";
    for how in [Open::Append, Open::ReadWrite] {
        for line in ["dump f", "filesize f", "map f", "--help"] {
            let script = format!("exec {} {line} >&4", support::MMAPCTL);
            env.tool("sh", ["-c", &script])
                .fd(4, how, device)
                .run()
                .ok();
        }
    }
    // A null device for all three, as a daemon has it.
    let script = format!(
        "exec {} fill f --text x --from - <>/dev/null",
        support::MMAPCTL
    );
    env.tool("sh", ["-c", &script.replace("--text x ", "")])
        .stdout(Sink::Null)
        .run()
        .ok();
}

#[test]
fn a_closed_standard_input_is_a_failure_that_leaves_the_file_unchanged() {
    let env = env();
    for line in [
        "fill f --from -",
        "fill f --open truncate --from -",
        "fill f --from - -n 100",
        "fill f --from - --verify",
        "fill f --from-hex -",
        "fill f --open truncate --from-hex -",
        "fill new --from -",
        "fill new --from - -n 10",
        "fill new --from-hex -",
    ] {
        command(&env, line)
            .closed_fd(0)
            .run()
            .refuses(3, "standard input: cannot open: it is closed")
            .stderr_lines(1);
        assert!(!env.path("new").exists(), "{line}");
        assert!(
            fs::read(env.path("f")).unwrap() == pattern(20_000),
            "{line}"
        );
    }
}

#[test]
fn other_commands_do_not_need_standard_input() {
    let env = env();
    let expected = env.run(["dump", "f"]);
    env.cmd(["dump", "f"])
        .closed_fd(0)
        .run()
        .ok()
        .stdout(expected.out());
    for line in ["map f -q", "fill f --text x -q", "--version"] {
        command(&env, line).closed_fd(0).run().ok();
    }
}

#[test]
fn a_closed_standard_error_loses_the_message_but_not_the_status() {
    let env = env();
    env.cmd(["dump", "none"])
        .closed_fd(2)
        .run()
        .code(3)
        .stdout("");
    env.cmd(["dump", "f", "-n", "30K"])
        .closed_fd(2)
        .run()
        .code(5);
    let expected = env.run(["dump", "f"]);
    env.cmd(["dump", "f"])
        .closed_fd(2)
        .run()
        .code(0)
        .stdout(expected.out());
    env.cmd(["fill", "f", "--text", "x", "-v"])
        .closed_fd(2)
        .run()
        .code(0);
}

#[test]
fn the_status_is_correct_with_all_streams_closed() {
    let env = env();
    let all = |line: &str| {
        let cmd = command(&env, line).closed_fd(0).closed_fd(1).closed_fd(2);
        cmd.run()
    };
    all("dump f").code(1);
    all("filesize f").code(1);
    all("fill f --text x").code(1);
    assert!(fs::read(env.path("f")).unwrap() == pattern(20_000));
    all("fill f --text x -q").code(0);
    all("dump f -f raw --output new").code(0);
    assert!(fs::read(env.path("new")).unwrap() == fs::read(env.path("f")).unwrap());
}

#[test]
fn opened_files_never_replace_a_closed_stream() {
    let env = env();
    // A message would go into the file.
    for line in [
        "fill f -n 1 --text x --verify -v",
        "dump f -n 10K -f hexyl --output new -v",
        "map f -a w -n 30K -v",
    ] {
        let run = command(&env, line).closed_fd(0).closed_fd(2).run();
        assert!(run.ended_with(&[0, 5]), "{line}");
        let bytes = fs::read(env.path("f")).unwrap();
        assert!(bytes[1..20_000] == pattern(20_000)[1..], "{line}");
    }
    assert!(
        !fs::read_to_string(env.path("new"))
            .unwrap()
            .contains("mmapctl: ")
    );
}

#[test]
fn a_closed_stream_is_not_a_valid_descriptor() {
    let env = env();
    for number in [0, 1, 2] {
        let text = number.to_string();
        for line in ["map -q --fd", "fill -q --byte 7 -n 1 --fd"] {
            let cmd = command(&env, line).arg(&text).closed_fd(number);
            let run = cmd.run();
            run.code(3);
            if number != 2 {
                run.stderr(format!(
                    "mmapctl: fd {number}: cannot open: descriptor {number} is not open\n"
                ));
            }
        }
    }
}

#[test]
fn a_program_inherits_the_original_streams() {
    let env = env();
    let script = "for n in 0 1 2; do [ -e /proc/$$/fd/$n ] && echo $n >>open; done; :";
    for (closed, left) in [(&[1][..], "0\n2\n"), (&[0, 2], "1\n"), (&[0, 1, 2], "")] {
        fs::write(env.path("open"), "").unwrap();
        let mut cmd = env.cmd(args!["map", "f", "-q", "--", "sh", "-c", script]);
        for number in closed {
            cmd = cmd.closed_fd(*number);
        }
        cmd.run().code(0);
        assert_eq!(fs::read_to_string(env.path("open")).unwrap(), left);
    }
}

#[test]
fn a_root_directory_without_devices_does_not_kill_the_program() {
    let env = env();
    let program = env.path("program");
    // Unless the program is static, its libraries are copied too.
    let script = format!(
        "mkdir -p root && cp {0} {1:?} && for l in $(ldd {0} | grep -o '/[^ ]*'); do \
         mkdir -p root/$(dirname $l) && cp $l root/$l; done; cp {1:?} root/program && cp f root/f",
        support::MMAPCTL,
        program
    );
    env.tool("sh", ["-c", &script]).run().code(0);
    let run = |line: &str| env.tool("sh", ["-c", line]).run();
    if !run("chroot root /program --version").ended_with(&[0]) {
        support::skip("root to change the root directory");
        return;
    }
    run("exec chroot root /program fill /f --text x -q <&-").ok();
    run("exec chroot root /program filesize /f >&-")
        .code(1)
        .stderr(CLOSED);
    run("exec chroot root /program filesize /f <&- 2>&-")
        .code(0)
        .stdout("20000\n");
}

#[test]
fn a_write_only_input_is_refused_and_not_empty() {
    let env = Env::new();
    let path = env.file("f", "abc");
    let stdin = env.file("out", "");
    for file in ["f", "new"] {
        env.cmd(["fill", file, "--open", "create,truncate", "--from", "-"])
            .spawn_reading(fs::File::options().append(true).open(&stdin).unwrap())
            .wait()
            .refuses(
                4,
                "standard input: cannot read: it is open for writing only",
            );
    }
    assert_eq!(fs::read(path).unwrap(), b"abc");
    assert!(!env.path("new").exists());
}
