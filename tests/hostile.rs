//! Names that could change a terminal or look like other names: no report, message or table shows them raw, in a pipe
//! or on a terminal. The bytes that `dump` writes are not escaped.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use support::{Env, MMAPCTL, pattern, shared_memory};

/// Control characters, escape sequences, characters that hide or reorder text, and a byte that is not UTF-8.
const HOSTILE: &[u8] = b"a\nb\t\r\x07\x1b[35;46m\x7f\xc2\x9b2J\xe2\x80\xae\xe2\x80\x8b\xff'";

/// Scripts for bash in which the hostile name is `$H`: a directory with the files `$H` and `g`, a missing file `$H.no`,
/// the tag `$T`, and a program `./$H`. They cover each command of the program, with successes and failures.
const SCRIPTS: &[&str] = &[
    "mmapctl map $H/$H",
    "mmapctl map $H/$H $H/g $H.no",
    "mmapctl map -v $H/$H $H/g --lock --advise cold",
    "mmapctl map $H/$H --hold 1ms",
    "mmapctl map $H/$H $H/g --hold 1ms",
    "mmapctl map $H/$H --json --picture",
    "mmapctl map $H/$H $H.no --json --hold 1ms",
    "mmapctl map $H/$H -v -- ./$H.no",
    "mmapctl map $H/$H -v -- ./$H/$H",
    "mmapctl map $H/$H -- true $H",
    "mmapctl map $H.no",
    "mmapctl map $H --open directory",
    "mmapctl map --tag $T -v",
    "mmapctl map --tag $T.no",
    "mmapctl map --addr $H $H/$H",
    "mmapctl dump $H/$H -n 16 -v",
    "mmapctl dump $H/$H -n 16 --json",
    "mmapctl dump $H/$H -o 1G",
    "mmapctl dump $H/$H --output $H.out",
    "mmapctl dump $H/$H --output $H.out --json",
    "mmapctl dump $H/$H --output $H.no/out",
    "mmapctl dump $H.no",
    "mmapctl dump --format $H g",
    "mmapctl dump --tag $T -n 1 -v",
    "mmapctl dump --pid $P --mapping $H",
    "mmapctl map $H/$H --quiet -- bash -c 'mmapctl dump --pid $PPID --mapping \"$H\" --output \"$H.mem\" -v'",
    "mmapctl diff $H/$H $H/g -v",
    "mmapctl diff $H/g $H/$H --json --max 1",
    "mmapctl diff $H/$H $H.no",
    "mmapctl diff tag:$T $H/g --format list",
    "mmapctl diff $H/$H pid:$H@1..2",
    "mmapctl diff $H/$H fd:$H",
    "mmapctl diff tag:$H $H/$H",
    "mmapctl fill $H/new -n 1pg --byte 0 -v",
    "mmapctl fill $H/new -n 1pg --text $H -v",
    "mmapctl fill $H/new -n 1pg --text $H --json",
    "mmapctl fill $H/new --from $H/$H -v --verify --progress always",
    "mmapctl fill $H/new --from $H.no",
    "mmapctl fill $H/new --from-hex $H/$H",
    "mmapctl fill $H.no/new -n 1 --byte 0",
    "mmapctl fill --tag $T -n 1 --byte 0",
    "mmapctl pagesize --align $H",
    "mmapctl filesize $H/$H",
    "mmapctl filesize $H/$H $H/g $H.no -v",
    "mmapctl filesize $H/$H $H/g --json",
    "mmapctl filesize --long $H/$H $H/g --tag $T",
    "mmapctl filesize --set 1M $H/g",
    "mmapctl filesize --tag $T -v",
    "mmapctl sync $H/$H -v",
    "mmapctl warm $H/$H $H.no -v --progress always",
    "mmapctl warm $H -v",
    "mmapctl warm $H $H/g --json --max-memory 50%",
    "mmapctl warm --lock --hold 1ms $H $H.no -v --progress always",
    "mmapctl warm --lock --hold 1ms --follow-changes $H $H.no --json",
    "mmapctl evict $H.no --json",
    "mmapctl dump --range $H - <$H/$H",
    "mmapctl dump $H/$H $H/g",
    "mmapctl filesize --set $H $H/g",
    "mmapctl filesize --reference $H.no $H/g",
    "mmapctl sync $H/$H $H.no --json",
    "mmapctl sync --tag $T",
    "mmapctl advise random $H/$H -v",
    "mmapctl advise random $H/$H $H/g --hold 1ms",
    "mmapctl advise $H $H/$H",
    "mmapctl cached $H $H/$H $H.no -v",
    "mmapctl evict $H -v",
    "mmapctl evict $H $H.no --json -v",
    "mmapctl sync $H -v --progress always",
    "mmapctl sync $H $H.no --json -v",
    "mmapctl cached -a $H",
    "mmapctl cached -a --json $H",
    "mmapctl cached -a --openmetrics $H",
    "TERM=dumb mmapctl cached -a --watch=10ms --count 2 $H $H.no",
    "mmapctl cached $H -g $H[",
    "mmapctl evict $H/$H $H/g -v",
    "mmapctl evict --tag $T --json",
    "mmapctl evict $H --snapshot $H.json -v",
    "mmapctl evict $H.no --snapshot $H.json",
    "mmapctl snapshot $H",
    "mmapctl snapshot $H $H.no --output $H.json -v",
    "mmapctl snapshot $H.no",
    "mmapctl snapshot $H --output $H.json -- ./$H.no",
    "mmapctl snapshot $H --output $H.no/json --json",
    "mmapctl snapshot $H >s; touch $H/*; mmapctl restore s -v --progress always",
    "mmapctl snapshot $H >s; touch $H/*; mmapctl restore s --json --strict",
    "mmapctl snapshot $H | mmapctl restore - --root $H.no",
    "mmapctl restore $H/$H",
    "mmapctl restore $H.no",
    "mmapctl why $H/$H -v",
    "mmapctl why $H/$H --json",
    "mmapctl why --tag $T",
    "mmapctl why $H.no",
    "mmapctl verify $H/$H $H -v --strict",
    "mmapctl verify --tag $T --json",
    "mmapctl verify $H.no --evict",
    "mmapctl advise cold --pid $P --mapping $H",
    "mmapctl mirror $H/$H -n 1pg -v",
    "mmapctl mirror $H/$H -n 1pg --json --hold 1ms",
    "mmapctl mirror --tag $T",
    "mmapctl mirror $H.no",
    "mmapctl tags",
    "mmapctl tags -v --users",
    "mmapctl tags $T --users --json",
    "mmapctl tags $T.no $T",
    "mmapctl tags $T --orphans --match \"$T\"",
    "TERM=dumb mmapctl dump --watch=10ms --count 2 $H/$H -v",
    "TERM=dumb mmapctl dump --watch=10ms --count 3 --json $H/$H & printf x >>$H/$H; wait",
    "TERM=dumb mmapctl dump --watch=10ms --count 2 $H",
    "TERM=dumb mmapctl dump --watch=10ms --count 2 --tag $T",
    "echo x | mmapctl record $H/ring -n 1K -v",
    "echo x | mmapctl record $H/ring --json --tee",
    "echo x | mmapctl record $H/ring -n 2K; mmapctl replay $H/ring -v --lines 1",
    "mmapctl replay $H/ring --json",
    "echo x | mmapctl record $H/g -n 1K; mmapctl record $H.no </dev/null; mmapctl record --length $H g",
    "mmapctl replay $H/$H; mmapctl replay $H.no",
    "echo x | mmapctl record --tag $T; mmapctl replay --tag $T; mmapctl replay --tag $T.no",
    "mmapctl pmap $P --mapping $H",
    "mmapctl pmap $P --mapping $H --json",
    "mmapctl pmap $P --sort $H",
    "mmapctl map $H/$H --quiet -- sh -c 'mmapctl pmap $PPID --mapping g -v; mmapctl pmap $PPID --json'",
    "TERM=dumb mmapctl map $H/$H --quiet -- sh -c 'mmapctl pmap $PPID --watch=10ms --count 2'",
    "mmapctl unlink $T.no",
    "mmapctl unlink --dry-run $T",
    "mmapctl unlink --orphans $T.no $T -v --dry-run",
    "mmapctl unlink --orphans --older 1h $T --json",
    "mmapctl unlink --force $T.no $T -v",
    "mmapctl generate --into $H.dir",
    "mmapctl generate --into $H.dir --json",
    "mmapctl generate --into $H/g",
    "mmapctl generate $H",
    "mmapctl $H",
    "mmapctl map --$H",
    "mmapctl map $H/$H --color $H",
    "mmapctl map $H/$H --json --offset $H",
    "mmapctl help $H",
];

/// The environment of a script. It removes the tag when dropped.
struct Fixture {
    env: Env,
    tag: OsString,
}

impl Fixture {
    fn new() -> Option<Fixture> {
        let directory = shared_memory()?;
        let env = Env::new();
        let hostile = OsStr::from_bytes(HOSTILE);
        let inside = env.path(hostile);
        fs::create_dir(&inside).unwrap();
        fs::write(inside.join(hostile), pattern(20_000)).unwrap();
        fs::write(inside.join("g"), pattern(5000)).unwrap();
        fs::copy(MMAPCTL, inside.join("program")).unwrap();
        let mut tag = OsString::from(format!("mmapctl-hostile-{}-", std::process::id()));
        tag.push(hostile);
        fs::write(directory.join(&tag), pattern(5000)).unwrap();
        Some(Fixture { env, tag })
    }

    fn script(&self, script: &str) -> support::Cmd {
        self.set_up(self.env.tool("bash", ["-c", &unquoted(script)]))
    }

    fn on_terminal(&self, script: &str) -> Option<support::Cmd> {
        let cmd = self.env.terminal(80, &unquoted(script))?;
        Some(self.set_up(cmd))
    }

    fn set_up(&self, cmd: support::Cmd) -> support::Cmd {
        let program = Path::new(MMAPCTL).parent().unwrap().display();
        let path = format!("{program}:{}", std::env::var("PATH").unwrap());
        cmd.env("PATH", path)
            .env("H", OsStr::from_bytes(HOSTILE))
            .env("T", &self.tag)
            .env("P", std::process::id().to_string())
            .env("LC_ALL", "C.UTF-8")
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        // A script may have removed it.
        let _ = fs::remove_file(Path::new("/dev/shm").join(&self.tag));
    }
}

/// The script without splitting and globbing of the variables.
fn unquoted(script: &str) -> String {
    format!("IFS=; set -f; {script}")
}

/// The first forbidden character of a text, and the text before it.
fn raw<'a>(text: &'a str, allowed: &[char]) -> Option<&'a str> {
    let hides = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}');
    let wrong = |c: char| (c.is_control() || hides(c)) && !allowed.contains(&c);
    text.find(wrong)
        .and_then(|at| text.get(..=at).or(Some(text)))
}

/// Terminal output without the colours and the redrawing of the program.
fn without_styles(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        let end = after.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        match end.strip_prefix(['m', 'K']) {
            Some(end) => rest = end,
            None => {
                plain.push('\u{1b}');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    plain
}

#[test]
fn no_name_reaches_a_pipe_raw() {
    let Some(fixture) = Fixture::new() else {
        return;
    };
    if fixture.env.peer("bash").is_none() {
        return;
    }
    for script in SCRIPTS {
        let run = fixture.script(script).run();
        for text in [run.out_text(), run.err_text()] {
            // filesize separates the number and the name by a tab.
            if let Some(at) = raw(text, &['\n', '\t']) {
                run.fail(format!("{script}: after {at:?}"));
            }
        }
        for line in run.out_text().lines() {
            let tabs = line.matches('\t').count();
            assert!(
                tabs <= usize::from(script.contains("filesize")),
                "{script}: {line}"
            );
        }
    }
}

#[test]
fn no_name_reaches_a_terminal_raw() {
    let Some(fixture) = Fixture::new() else {
        return;
    };
    for script in SCRIPTS {
        let Some(cmd) = fixture.on_terminal(script) else {
            return;
        };
        let run = cmd.run();
        let text = without_styles(run.out_text());
        let text = text.replace("\r\n", "\n");
        if let Some(at) = raw(&text, &['\n', '\t', '\r']) {
            run.fail(format!("{script}: after {at:?}"));
        }
        // The program does not use this style.
        if run.out_text().contains("\u{1b}[35;46m") {
            run.fail(format!("{script}: the style of a name"));
        }
    }
}

#[test]
fn names_of_processes_and_owners_are_escaped() {
    let Some(fixture) = Fixture::new() else {
        return;
    };
    let env = &fixture.env;
    let Some(tag) = env.tag("owned") else { return };
    tag.create(pattern(5000));
    let program = env.path("\u{1b}[35;46m\n");
    fs::copy(MMAPCTL, &program).unwrap();
    let held = env
        .tool(&program, ["map", "--tag", tag.name(), "--hold"])
        .hold();
    let passwd = env.file("passwd", "bad\u{1b}[35;46m:x:0:0::/:/bin/sh\n");
    let bind = "mount --bind \"$0\" /etc/passwd && exec \"$@\"";
    for arguments in [
        &["tags", "--users", tag.name()][..],
        &["tags", "--users", tag.name(), "--json"],
        &["unlink", tag.name()],
    ] {
        let mut all = vec![
            "-m".as_ref(),
            "bash".as_ref(),
            "-c".as_ref(),
            OsStr::new(bind),
        ];
        all.extend([passwd.as_os_str(), OsStr::new(MMAPCTL)]);
        all.extend(arguments.iter().map(OsStr::new));
        let run = env.tool("unshare", all).run();
        if !run.ended_with(&[0]) {
            return support::skip("root to replace /etc/passwd for a program");
        }
        let text = run.out_text();
        assert_eq!(raw(text, &['\n']), None, "{text:?}");
        assert!(text.contains(&held.pid().to_string()), "{text}");
        if arguments == ["tags", "--users", tag.name()] {
            assert!(text.contains(r"bad\x1b[35;46m (0)"), "{text}");
            assert!(text.contains(r"(\x1b[35;46m\n)"), "{text}");
        }
    }
}

#[test]
fn requested_bytes_are_never_escaped() {
    let env = Env::new();
    env.file("f", HOSTILE);
    let run = env.run(["dump", "--format", "raw", "f"]);
    run.ok().stdout(HOSTILE);
}
