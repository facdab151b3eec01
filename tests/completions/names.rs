//! Completion among tags, files and processes with hostile names: the shell runs no part of a name, does not
//! expand it, shows no control character of it, and passes exactly that name to the program.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use super::support::{Env, MMAPCTL, Run, Typist, poll_until, shared_memory};
use super::{path, share};

/// An interactive shell, and how to make it complete.
struct Shell {
    /// The command that starts it.
    command: &'static str,
    /// The line that loads the completion; `DIR` stands for the directory of data files.
    setup: &'static str,
    /// The keys after the completion key that accept the only candidate.
    accept: &'static str,
    /// The keys that close a list of candidates and discard the line.
    cancel: &'static str,
}

static BASH: Shell = Shell {
    command: "bash --norc --noprofile -i",
    setup: "shopt -s extglob; bind 'set completion-query-items 0'; bind 'set page-completions off'; source DIR/bash-completion/completions/mmapctl",
    accept: "",
    cancel: "\x15",
};

static ZSH: Shell = Shell {
    command: "zsh -f -i",
    setup: "setopt extended_glob interactive_comments; LISTMAX=100000; fpath=(DIR/zsh/site-functions $fpath); autoload -Uz compinit; compinit -D",
    accept: "",
    cancel: "\x15",
};

static FISH: Shell = Shell {
    command: "fish --no-config -i",
    setup: "source DIR/fish/vendor_completions.d/mmapctl.fish",
    accept: "",
    cancel: "\x15",
};

static ELVISH: Shell = Shell {
    command: "elvish -norc",
    setup: "eval (slurp < DIR/mmapctl/completions/mmapctl.elv)",
    accept: "\n",
    cancel: "\n\x03",
};

/// A stub that runs in place of the program. It forwards completion requests of the shell, and records all other calls:
/// the number of arguments, then each argument followed by a NUL.
const STUB: &str = r#"#!/bin/sh
[ -z "$MMAPCTL_COMPLETE" ] || exec "$REAL" "$@"
printf '%s\0' "$#" "$@" >>"$TOLD"
"#;

/// Endings of names. Without quoting, each would run a command, create the file `pwned`, expand, end the word, or hide
/// other names.
const ENDINGS: &[&str] = &[
    ";touch pwned",
    "$(touch pwned)",
    "`touch pwned`",
    "&touch pwned",
    "|touch pwned",
    ">pwned",
    "<pwned",
    "(touch pwned)",
    "{ touch pwned; }",
    " two  spaces",
    " ",
    "'single",
    "\"double",
    "it's \"both\"",
    "'$(touch pwned)'",
    "'; touch pwned; '",
    "\"; touch pwned; \"",
    "!",
    "!!:p",
    "#",
    " #no comment",
    "{a,b}",
    "*",
    "?",
    "[a-z]",
    "~",
    "^",
    "%",
    "$HOME",
    "${HOME}",
    "$'quoted'",
    "=equal",
    "a:b=c@d,e",
    "5:files",
    "6:command",
    "-",
    "ünï日本",
    "‘’‚‛“”",
];

/// Beginnings of names.
const BEGINNINGS: &[&str] = &[
    "~", "#", "!", "*", "=", "$", ";", "&", " ", "{", "(", "%", "^", "'", "\"", ":", "@", "日",
];

/// Names that are never offered: names with control characters or with characters that hide or reorder text, and names
/// that are not UTF-8.
const WITHHELD: &[&[u8]] = &[
    b"\x1b[35;46mEVIL",
    b"\x1b]0;EVIL\x07",
    b"\nEVIL",
    b"EVIL\n;touch pwned\n",
    b"\tEVIL",
    b"\rEVIL",
    b"\x01EVIL",
    b"\x7fEVIL",
    "\u{9b}35;46mEVIL".as_bytes(),
    "\u{202e}EVIL".as_bytes(),
    b"\xffEVIL",
];

/// Escape sequences of the names above.
const RAW: &[&[u8]] = &[b"\x1b[35;46m", b"\x1b]0;EVIL", "\u{9b}35".as_bytes()];

/// Tags of this test, removed when dropped.
struct Tags {
    prefix: String,
    directory: &'static Path,
    made: Vec<PathBuf>,
}

impl Tags {
    fn new() -> Option<Tags> {
        let directory = shared_memory()?;
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("q{}x{number}", std::process::id());
        Some(Tags {
            prefix,
            directory,
            made: Vec::new(),
        })
    }

    fn add(&mut self, name: impl AsRef<OsStr>) {
        let path = self.directory.join(name.as_ref());
        fs::write(&path, "tag").unwrap();
        self.made.push(path);
    }
}

impl Drop for Tags {
    fn drop(&mut self) {
        for path in &self.made {
            fs::remove_file(path).ok();
        }
    }
}

/// Two letters that no other ending has.
fn label(index: usize) -> String {
    let letter = |n: usize| char::from(b'a' + u8::try_from(n % 26).unwrap());
    format!("{}{}", letter(index / 26), letter(index))
}

/// A shell that asks the program, and the record of the stub.
struct Session {
    shell: &'static Shell,
    typist: Typist,
    told: PathBuf,
}

impl Session {
    fn start(env: &Env, shell: &'static Shell) -> Option<Session> {
        env.peer(shell.command.split(' ').next().unwrap())?;
        let stub = env.path("stub");
        fs::create_dir(&stub).unwrap();
        let stub = stub.join("mmapctl");
        fs::write(&stub, STUB).unwrap();
        fs::set_permissions(&stub, fs::Permissions::from_mode(0o755)).unwrap();
        let told = env.file("told", "");
        let mut typist = env.typist(shell.command, |cmd| {
            let path = format!("{}:{}", env.path("stub").display(), path());
            let cmd = cmd.env("PATH", path).env("TERM", "xterm");
            cmd.env("REAL", MMAPCTL).env("TOLD", &told)
        })?;
        typist.press(shell.setup.replace("DIR", &share(env)));
        let mut session = Session {
            shell,
            typist,
            told,
        };
        session.run("\nmmapctl ready");
        Some(session)
    }

    /// Presses keys and ENTER, waits until the program has run, and returns its arguments.
    fn run(&mut self, keys: &str) -> Vec<OsString> {
        let before = fs::read(&self.told).unwrap().len();
        self.typist.press(format!("{keys}\n"));
        let mut arguments = None;
        poll_until(&format!("{keys:?} is carried out"), || {
            arguments = arguments_of(&fs::read(&self.told).unwrap()[before..]);
            arguments.is_some()
        });
        arguments.unwrap()
    }

    /// Types a line with the completion key and ENTER, and returns the arguments that the program gets.
    fn complete(&mut self, line: &str) -> Vec<OsString> {
        self.run(&format!("mmapctl {line}\t{}", self.shell.accept))
    }

    /// Lists the candidates, and discards the line.
    fn list(&mut self, line: &str) {
        self.run(&format!(
            "mmapctl {line}\t\t{}mmapctl listed",
            self.shell.cancel
        ));
    }

    /// Ends the shell. Checks that no command ran, and that no escape sequence of a name reached the terminal.
    fn end(self, env: &Env) -> Run {
        let run = self.typist.end("exit\n");
        assert!(!env.path("pwned").exists(), "a name was run");
        for raw in RAW {
            if run.out().windows(raw.len()).any(|part| part == *raw) {
                run.fail(format!("the terminal got \"{}\"", raw.escape_ascii()));
            }
        }
        run
    }
}

/// The arguments of a run of the stub, if its record is complete.
fn arguments_of(told: &[u8]) -> Option<Vec<OsString>> {
    let mut words = told.strip_suffix(b"\0")?.split(|byte| *byte == 0);
    let count: usize = std::str::from_utf8(words.next()?).unwrap().parse().unwrap();
    let arguments: Vec<_> = words
        .map(|word| OsString::from_vec(word.to_vec()))
        .collect();
    (arguments.len() == count).then_some(arguments)
}

/// Lines to complete, and the last argument that the program then gets.
#[derive(Default)]
struct Lines(Vec<(String, OsString)>);

impl Lines {
    fn add(&mut self, line: impl Into<String>, argument: impl Into<OsString>) {
        self.0.push((line.into(), argument.into()));
    }

    /// Types all lines, and lists the candidates for `list`.
    fn check(self, env: &Env, shell: &'static Shell, list: &str) {
        let Some(mut session) = Session::start(env, shell) else {
            return;
        };
        let mut wrong = Vec::new();
        for (line, argument) in self.0 {
            let got = session.complete(&line);
            if got.last() != Some(&argument) {
                wrong.push((line, argument, got));
            }
        }
        session.list(list);
        let run = session.end(env);
        if !wrong.is_empty() {
            run.fail(format!("line, expected, got: {wrong:#?}"));
        }
    }
}

/// Tags with hostile names, each typed until it is unique.
fn check_tags(shell: &'static Shell) {
    let env = Env::new();
    let Some(mut tags) = Tags::new() else { return };
    let prefix = tags.prefix.clone();
    let mut lines = Lines::default();
    for (index, ending) in ENDINGS.iter().enumerate() {
        let stem = format!("{prefix}{}", label(index));
        let name = format!("{stem}{ending}");
        // A file that the name matches if it is used as a pattern.
        env.file(format!("{stem}a"), "");
        tags.add(&name);
        // Fish adds no space after a word that ends in a hyphen.
        let quote = if *ending == "-" {
            ""
        } else {
            ["", "'", "\""][index % 3]
        };
        lines.add(format!("dump --tag {quote}{stem}"), &name);
    }
    for beginning in BEGINNINGS {
        let name = format!("{beginning}{prefix};touch pwned");
        tags.add(&name);
        let quote = if *beginning == "'" { '"' } else { '\'' };
        lines.add(format!("dump --tag {quote}{beginning}{prefix}"), &name);
    }
    for (index, ending) in WITHHELD.iter().enumerate() {
        let stem = format!("{prefix}z{}", label(index));
        tags.add(OsStr::from_bytes(&[stem.as_bytes(), ending].concat()));
        lines.add(format!("dump --tag {stem}"), stem);
    }
    let option = format!("-{prefix}");
    tags.add(format!("{option} b"));
    lines.add(format!("dump --tag={option}"), format!("--tag={option} b"));
    lines.add(format!("unlink -- {option}"), format!("{option} b"));
    // Here it would be parsed as an option.
    lines.add(format!("dump --tag {option}"), &option);
    lines.check(&env, shell, &format!("dump --tag {prefix}"));
}

#[test]
fn bash_passes_the_exact_name_of_a_tag() {
    check_tags(&BASH);
}

#[test]
fn bash_completes_names_that_differ_at_a_quoted_character() {
    let env = Env::new();
    let Some(mut tags) = Tags::new() else { return };
    let prefix = tags.prefix.clone();
    let mut lines = Lines::default();
    for (typed, ending) in [("\\;", ";a"), ("' ", " b"), ("\"'", "'c")] {
        let name = format!("{prefix}{ending}");
        tags.add(&name);
        lines.add(format!("dump --tag {prefix}\t{typed}"), name);
    }
    lines.check(&env, &BASH, "dump --tag {prefix}");
}

#[test]
fn zsh_passes_the_exact_name_of_a_tag() {
    check_tags(&ZSH);
}

#[test]
fn fish_passes_the_exact_name_of_a_tag() {
    check_tags(&FISH);
}

#[test]
fn elvish_passes_the_exact_name_of_a_tag() {
    check_tags(&ELVISH);
}

/// Files with hostile names, which shells complete themselves.
fn check_files(shell: &'static Shell) {
    let env = Env::new();
    let mut lines = Lines::default();
    for (index, ending) in ENDINGS.iter().enumerate() {
        let stem = format!("q{}", label(index));
        let name = format!("{stem}{ending}");
        env.file(&name, "");
        lines.add(format!("dump {stem}"), &name);
        let option = format!("--output={name}");
        lines.add(format!("dump --output={stem}"), option);
    }
    for (index, ending) in WITHHELD.iter().enumerate() {
        let stem = format!("qz{}", label(index));
        env.file(OsStr::from_bytes(&[stem.as_bytes(), ending].concat()), "");
    }
    lines.check(&env, shell, "dump qz");
}

#[test]
fn bash_passes_the_exact_name_of_a_file() {
    check_files(&BASH);
}

#[test]
fn zsh_passes_the_exact_name_of_a_file() {
    check_files(&ZSH);
}

#[test]
fn fish_passes_the_exact_name_of_a_file() {
    check_files(&FISH);
}

#[test]
fn elvish_passes_the_exact_name_of_a_file() {
    check_files(&ELVISH);
}

/// Names of processes.
const COMMANDS: &[&[u8]] = &[
    b";touch pwned",
    b"$(touch pwned)",
    b"`touch pwned`",
    b"\x1b[35;46mEVIL",
    b"\x1b]0;EVIL\x07",
    b"EVIL\nEVIL",
    b"a:b\\c%d",
    b"\xffEVIL",
    b"'",
];

/// A process of this name that waits for the end of its stdin; killed when dropped.
struct Named(Child);

impl Named {
    fn new(name: &[u8]) -> Named {
        let rename = "printf %s \"$1\" >/proc/self/comm; read -r line";
        let child = Command::new("sh")
            .args([OsStr::new("-c"), OsStr::new(rename), OsStr::new("sh")])
            .arg(OsStr::from_bytes(name))
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let shown = format!("/proc/{}/comm", child.id());
        poll_until("the process has its name", || {
            fs::read(&shown).unwrap() == [name, b"\n"].concat()
        });
        Named(child)
    }
}

impl Drop for Named {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn check_processes(shell: &'static Shell) {
    let env = Env::new();
    let Some(mut session) = Session::start(&env, shell) else {
        return;
    };
    for command in COMMANDS {
        let process = Named::new(command);
        let pid = process.0.id().to_string();
        session.list(&format!("advise cold --pid {}", &pid[..pid.len() - 1]));
        let got = session.complete(&format!("advise cold --pid {pid}"));
        assert_eq!(got, ["advise", "cold", "--pid", &pid]);
    }
    session.end(&env).ok();
}

#[test]
fn bash_shows_processes_without_control_characters() {
    check_processes(&BASH);
}

#[test]
fn zsh_shows_processes_without_control_characters() {
    check_processes(&ZSH);
}

#[test]
fn fish_shows_processes_without_control_characters() {
    check_processes(&FISH);
}

#[test]
fn elvish_shows_processes_without_control_characters() {
    check_processes(&ELVISH);
}
