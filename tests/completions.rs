//! Completion, by driving real shells with the files under `completions/`.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod examples;
mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use examples::Fixture;
use support::{Env, MMAPCTL, args};

/// What is typed, with the key for completion, and the words that the program gets. The blank that a shell
/// puts after a complete word ends it where more is typed.
const TYPED: &[(&str, &str)] = &[
    (
        "mmapctl du\tda\t--fo\tca\t",
        "<dump><data.bin><--format><canonical>",
    ),
    ("mmapctl dump my\t", "<dump><my file.bin>"),
    ("mmapctl dump --format=x\t", "<dump><--format=xxd>"),
    ("mmapctl dump --output=da\t", "<dump><--output=data.bin>"),
    ("mmapctl dump sub/in\t", "<dump><sub/inner>"),
    (
        "mmapctl map --open create,e\t",
        "<map><--open><create,excl>",
    ),
    ("mmapctl map --access=no\t", "<map><--access=none>"),
    ("mmapctl map --adv\tpage\t", "<map><--advise><pageout>"),
    ("mmapctl dump --tag tel\t", "<dump><--tag><telemetry>"),
    ("mmapctl unlink tel\t", "<unlink><telemetry>"),
    (
        "mmapctl map data.bin -- ./run\tda\t",
        "<map><data.bin><--><./runner><data.bin>",
    ),
    ("mmapctl pagesize --al\t", "<pagesize><--al>"),
    ("mmapctl dump --length da\t", "<dump><--length><da>"),
];

fn fixture() -> Fixture {
    let fixture = Fixture::new();
    let env = fixture.env();
    env.file("my file.bin", "");
    fs::create_dir(env.path("sub")).unwrap();
    env.file("sub/inner", "");
    let runner = env.file("runner", "#!/bin/sh\n");
    fs::set_permissions(runner, fs::Permissions::from_mode(0o755)).unwrap();
    fixture
}

fn completions() -> String {
    format!("{}/completions", env!("CARGO_MANIFEST_DIR"))
}

fn path() -> String {
    let program = Path::new(MMAPCTL).parent().unwrap().display();
    format!("{program}:{}", std::env::var("PATH").unwrap())
}

/// The words that the program gets when all of [`TYPED`] is typed into an interactive shell.
fn type_into(fixture: &Fixture, shell: &str, setup: &str) -> Vec<String> {
    let env = fixture.env();
    let mut keys = format!("{setup}\nmmapctl() {{ printf '<%s>' \"$@\"; echo; }} >>told\n");
    for (typed, _) in TYPED {
        // The name of the region is unique up to its last digit.
        keys.push_str(&typed.replace("tel\t", &format!("{}\t", tag_stem(fixture))));
        keys.push('\n');
    }
    keys.push_str("exit\n");
    let run = env
        .tool("script", args!["-qec", shell, "/dev/null"])
        .env("PATH", path())
        .env("TERM", "xterm")
        .stdin(keys)
        .run();
    let told = fs::read_to_string(env.path("told")).unwrap_or_else(|e| run.fail(e));
    let told = fixture.there(&told);
    told.lines().map(str::to_owned).collect()
}

fn tag_stem(fixture: &Fixture) -> String {
    let name = fixture.here(examples::TAG);
    name[..name.len() - 1].to_owned()
}

fn expected() -> Vec<&'static str> {
    TYPED.iter().map(|(_, words)| *words).collect()
}

#[test]
fn bash_completes() {
    let fixture = fixture();
    let env = fixture.env();
    if env.peer("script").is_none() {
        return;
    }
    let setup = format!("source {}/mmapctl.bash", completions());
    let told = type_into(&fixture, "bash --norc --noprofile -i", &setup);
    assert_eq!(told, expected());
}

#[test]
fn zsh_completes() {
    let fixture = fixture();
    let env = fixture.env();
    if env.peer("zsh").is_none() || env.peer("script").is_none() {
        return;
    }
    let setup = format!(
        "fpath=({} $fpath); autoload -Uz compinit; compinit -D",
        completions()
    );
    let told = type_into(&fixture, "zsh -f -i", &setup);
    assert_eq!(told, expected());
}

#[test]
fn fish_completes() {
    let fixture = fixture();
    let env = fixture.env();
    let Some(fish) = env.peer("fish") else {
        return;
    };
    let stem = tag_stem(&fixture);
    for (line, expected) in [
        (
            "mmapctl du",
            "dump\tShow the bytes of a file, shared memory region or descriptor\n",
        ),
        ("mmapctl dump --format x", "xxd\tAs xxd shows them\n"),
        (
            "mmapctl dump --format=x",
            "--format=xxd\tAs xxd shows them\n",
        ),
        ("mmapctl dump my", "my file.bin\n"),
        ("mmapctl dump --output=da", "--output=data.bin\n"),
        ("mmapctl dump sub/in", "sub/inner\n"),
        (
            "mmapctl map --open create,ex",
            "create,excl\tWith create: fail if it exists\n",
        ),
        (
            &format!("mmapctl dump --tag {stem}"),
            "telemetry\t65536 bytes\n",
        ),
        ("mmapctl map data.bin -- cat da", "data.bin\n"),
        ("mmapctl dump --length da", ""),
    ] {
        let script = format!(
            "source {}/mmapctl.fish; complete -C '{line}'",
            completions()
        );
        let run = env
            .tool(&fish, args!["--no-config", "-c", script])
            .env("PATH", path())
            .run();
        let told = fixture.there(run.ok().out_text());
        assert_eq!(told, expected, "{line}");
    }
}

#[test]
fn every_shell_that_asks_is_answered_in_its_own_way() {
    let fixture = fixture();
    let ask = |shell: &str, words: &[&str]| {
        let words = [&["--", "mmapctl"], words].concat();
        let index = (words.len() - 2).to_string();
        let cmd = fixture.env().cmd(words).env("MMAPCTL_COMPLETE", shell);
        let cmd = cmd
            .env("_CLAP_COMPLETE_INDEX", index)
            .env("_CLAP_IFS", "\n");
        cmd.run().ok().out_text().to_owned()
    };
    assert_eq!(ask("bash", &["dump", "--format", "x"]), "xxd\n");
    assert_eq!(
        ask("/usr/bin/zsh", &["dump", "--format", "x"]),
        "xxd:As xxd shows them\n"
    );
    assert_eq!(
        ask("fish", &["dump", "--format", "x"]),
        "xxd\tAs xxd shows them\n"
    );
    assert_eq!(ask("elvish", &["dump", "--format", "x"]), "xxd");
    assert_eq!(
        ask("pwsh", &["dump", "--format", "x"]),
        "xxd\tAs xxd shows them\n"
    );
    assert_eq!(ask("elvish", &["dump", "da"]), "data.bin");
    assert_eq!(
        ask("pwsh", &["map", "--open", "create,ex"])
            .split('\t')
            .next(),
        Some("create,excl")
    );
}

#[test]
fn a_shell_gets_its_script_from_the_program() {
    let env = Env::new();
    for (shell, file) in [
        ("bash", "mmapctl.bash"),
        ("zsh", "_mmapctl"),
        ("fish", "mmapctl.fish"),
        ("elvish", "mmapctl.elv"),
        ("powershell", "_mmapctl.ps1"),
    ] {
        let script = fs::read(format!("{}/{file}", completions())).unwrap();
        let run = env.cmd([""; 0]).env("MMAPCTL_COMPLETE", shell).run();
        run.ok().stdout(script);
    }
    let run = env.cmd([""; 0]).env("MMAPCTL_COMPLETE", "tcsh").run();
    run.refuses(
        2,
        "MMAPCTL_COMPLETE is 'tcsh'; the shells are bash, zsh, fish, elvish, powershell",
    );
    // Nobody asks.
    let run = env.cmd(["pagesize"]).env("MMAPCTL_COMPLETE", "").run();
    run.ok();
}

#[test]
fn nothing_is_offered_twice_in_a_list_and_options_only_when_asked_for() {
    let fixture = fixture();
    let ask = |words: &[&str]| {
        let words = [&["--", "mmapctl"], words].concat();
        let run = fixture
            .env()
            .cmd(words)
            .env("MMAPCTL_COMPLETE", "bash")
            .run();
        run.ok().out_text().to_owned()
    };
    assert!(!ask(&["map", "--open", "create,"]).contains("create,create"));
    assert!(!ask(&["map", "--access", ""]).contains("--"));
    assert!(ask(&["map", "--"]).contains("--offset\n"));
    assert_eq!(ask(&["dump", ""]), ":files\n");
    assert_eq!(ask(&["dump", "data.bin", "--", ""]), ":files\n");
    assert_eq!(ask(&["map", "data.bin", "--", ""]), ":command\n");
    assert!(!ask(&[""]).contains("generate"));
}
