//! Completion, by driving real shells with the files where `mmapctl generate --into` writes them.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod examples;
#[path = "completions/names.rs"]
mod names;
mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use examples::Fixture;
use support::{Env, Held, MMAPCTL, Run, args};

/// Typed lines, with the completion key, and the words that the program gets. If more is typed, the space that a shell
/// adds after a complete word separates it.
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

fn fixture() -> Option<Fixture> {
    let fixture = Fixture::new()?;
    let env = fixture.env();
    env.file("my file.bin", "");
    fs::create_dir(env.path("sub")).unwrap();
    env.file("sub/inner", "");
    let runner = env.file("runner", "#!/bin/sh\n");
    fs::set_permissions(runner, fs::Permissions::from_mode(0o755)).unwrap();
    Some(fixture)
}

/// The directory of data files under the prefix where the completions are installed.
fn share(env: &Env) -> String {
    env.run(["generate", "--quiet", "--into", "usr"]).ok();
    env.path("usr/share").to_str().unwrap().to_owned()
}

/// The start-up command of a shell without bash-completion.
fn bash_setup(share: &str) -> String {
    format!("source {share}/bash-completion/completions/mmapctl")
}

fn zsh_setup(share: &str) -> String {
    format!("fpath=({share}/zsh/site-functions $fpath); autoload -Uz compinit; compinit -D")
}

/// The output of fish for a script. It finds the completions itself.
fn ask_fish(env: &Env, fish: &Path, script: &str) -> Run {
    let data = format!("{}:/usr/share", share(env));
    let fish = env.tool(fish, ["-c", script]).env("PATH", path());
    let home = env.path("home");
    fish.env("XDG_DATA_DIRS", data).env("HOME", home).run()
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
    let Some(fixture) = fixture() else { return };
    let env = fixture.env();
    if env.peer("script").is_none() {
        return;
    }
    let setup = bash_setup(&share(env));
    let told = type_into(&fixture, "bash --norc --noprofile -i", &setup);
    assert_eq!(told, expected());
}

#[test]
fn bash_completion_loads_the_file_on_demand() {
    let Some(fixture) = fixture() else { return };
    let env = fixture.env();
    let loader = Path::new("/usr/share/bash-completion/bash_completion");
    if env.peer("script").is_none() {
        return;
    }
    if !loader.is_file() {
        return support::skip("bash-completion");
    }
    let share = share(env);
    let setup = format!("XDG_DATA_HOME={share}; source {}", loader.display());
    let told = type_into(&fixture, "bash --norc --noprofile -i", &setup);
    assert_eq!(told, expected());
}

#[test]
fn zsh_completes() {
    let Some(fixture) = fixture() else { return };
    let env = fixture.env();
    if env.peer("zsh").is_none() || env.peer("script").is_none() {
        return;
    }
    let setup = zsh_setup(&share(env));
    let told = type_into(&fixture, "zsh -f -i", &setup);
    assert_eq!(told, expected());
}

#[test]
fn fish_completes() {
    let Some(fixture) = fixture() else { return };
    let env = fixture.env();
    let Some(fish) = env.peer("fish") else {
        return;
    };
    let stem = tag_stem(&fixture);
    for (line, expected) in [
        (
            "mmapctl du",
            "dump\tShow the bytes of a file, shared memory region, pipe or process\n",
        ),
        ("mmapctl dump --format x", "xxd\tThe format of xxd\n"),
        (
            "mmapctl dump --format=x",
            "--format=xxd\tThe format of xxd\n",
        ),
        ("mmapctl dump my", "my file.bin\n"),
        ("mmapctl dump --output=da", "--output=data.bin\n"),
        ("mmapctl dump sub/in", "sub/inner\n"),
        (
            "mmapctl map --open create,ex",
            "create,excl\tWith create: fail if the file exists\n",
        ),
        (
            &format!("mmapctl dump --tag {stem}"),
            "telemetry\t65536 bytes\n",
        ),
        ("mmapctl map data.bin -- cat da", "data.bin\n"),
        ("mmapctl dump --length da", ""),
    ] {
        let run = ask_fish(env, &fish, &format!("complete -C '{line}'"));
        let told = fixture.there(run.ok().out_text());
        assert_eq!(told, expected, "{line}");
    }
}

/// A process of the test, killed when dropped.
fn holder(env: &Env) -> Held {
    env.cmd(["map", "--anon", "-n", "1pg", "--hold"]).hold()
}

/// Types a line into an interactive shell and presses the completion key twice, which lists the candidates.
fn check_that_processes_are_listed(shell: &str, setup: &str) {
    let Some(fixture) = fixture() else { return };
    let env = fixture.env();
    let held = holder(env);
    let run = env
        .tool("script", args!["-qec", shell, "/dev/null"])
        .env("PATH", path())
        .env("TERM", "xterm")
        .stdin(format!(
            "{setup}\nmmapctl() {{ :; }}\nmmapctl advise cold --pid \t\t0\nexit\n"
        ))
        .run();
    let pid = held.pid().to_string();
    let text = String::from_utf8_lossy(run.out()).into_owned();
    let listed = text
        .split(|c: char| !c.is_ascii_digit())
        .any(|word| word == pid);
    assert!(listed, "{pid}\n{text}");
}

#[test]
fn bash_lists_the_processes() {
    let env = Env::new();
    if env.peer("script").is_some() {
        let few = "bind 'set completion-query-items 0'; bind 'set page-completions off'";
        let setup = format!("{few}; {}", bash_setup(&share(&env)));
        check_that_processes_are_listed("bash --norc --noprofile -i", &setup);
    }
}

#[test]
fn zsh_lists_the_processes() {
    let env = Env::new();
    if env.peer("zsh").is_some() && env.peer("script").is_some() {
        let setup = format!("LISTMAX=100000; {}", zsh_setup(&share(&env)));
        check_that_processes_are_listed("zsh -f -i", &setup);
    }
}

#[test]
fn fish_lists_the_processes_with_their_names() {
    let env = Env::new();
    let Some(fish) = env.peer("fish") else { return };
    let held = holder(&env);
    let run = ask_fish(&env, &fish, "complete -C 'mmapctl advise cold --pid '");
    run.ok().stdout_line(format!("{}\tmmapctl", held.pid()));
}

/// Questions to elvish and nushell, each with the only answer.
const ASKED: &[(&[&str], &str)] = &[
    (&["dump", "--format", "ca"], "canonical"),
    (&["map", "--access", "no"], "none"),
    (&["advise", "hw"], "hwpoison"),
    (&["dump", "da"], "data.bin"),
    (&["pagesize", "--gran"], "--granularity"),
];

/// Questions that only shells that ask the program can answer.
const ASKED_OF_THE_PROGRAM: &[(&[&str], &str)] = &[
    (&["du"], "dump"),
    (&["dump", "--format=x"], "--format=xxd"),
    (&["map", "--open", "create,ex"], "create,excl"),
];

#[test]
fn elvish_completes() {
    let Some(fixture) = fixture() else { return };
    let env = fixture.env();
    if env.peer("elvish").is_none() || env.peer("script").is_none() {
        return;
    }
    let held = holder(env);
    let tag = tag_stem(&fixture);
    let tag: (&[&str], &str) = (&["unlink", &tag], "telemetry");
    let asked: Vec<_> = ASKED
        .iter()
        // Elvish completes files itself.
        .filter(|(_, answer)| *answer != "data.bin")
        .chain(ASKED_OF_THE_PROGRAM)
        .chain([&tag])
        .collect();
    let mut keys = format!(
        "eval (slurp < {}/mmapctl/completions/mmapctl.elv)\n",
        share(env)
    );
    let complete = "$edit:completion:arg-completer[mmapctl] mmapctl";
    let stems = "each {|candidate| echo $candidate[stem] }";
    for (words, _) in &asked {
        keys.push_str(&format!(
            "{complete} {} | {stems} >> told\n",
            words.join(" ")
        ));
    }
    keys.push_str(&format!(
        "{complete} advise cold --pid '' | {stems} > processes\nexit\n"
    ));
    let run = env
        .tool("script", args!["-qec", "elvish -norc", "/dev/null"])
        .env("PATH", path())
        .env("TERM", "xterm")
        .stdin(keys)
        .run();
    let read = |name| fs::read_to_string(env.path(name)).unwrap_or_else(|e| run.fail(e));
    let told = fixture.there(&read("told"));
    let expected: Vec<&str> = asked.iter().map(|(_, answer)| *answer).collect();
    assert_eq!(told.lines().collect::<Vec<_>>(), expected);
    let processes = read("processes");
    let pid = held.pid().to_string();
    assert!(
        processes.lines().any(|line| line == pid),
        "{pid}\n{processes}"
    );
}

#[test]
fn nushell_completes() {
    let Some(fixture) = fixture() else { return };
    let env = fixture.env();
    let Some(nu) = env.peer("nu") else { return };
    let share = share(env);
    let subcommand: (&[&str], &str) = (&["du"], "mmapctl dump");
    for (words, answer) in ASKED.iter().chain([&subcommand]) {
        let script = format!(
            "source {share}/mmapctl/completions/mmapctl.nu\nmmapctl {}",
            words.join(" ")
        );
        let length = script.len().to_string();
        env.file("typed.nu", script);
        let run = env
            .tool(
                &nu,
                ["--no-config-file", "--ide-complete", &length, "typed.nu"],
            )
            .env("PATH", path())
            .run();
        let told = run.ok().json();
        assert_eq!(told["completions"][0], **answer, "{words:?}: {told}");
    }
}

/// A script in the repository.
fn kept(file: &str) -> String {
    let file = format!("{}/completions/{file}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(file).unwrap()
}

/// PowerShell is not available to run it. This checks that its brackets are balanced and that it evaluates nothing.
#[test]
fn the_script_for_powershell_is_well_formed() {
    let script = kept("_mmapctl.ps1");
    let code = script.lines().map(|line| match line.trim_start() {
        comment if comment.starts_with('#') => "",
        code => code,
    });
    let code = code.collect::<Vec<_>>().join("\n");
    let mut open = Vec::new();
    let mut quote = None;
    let mut characters = code.chars();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (Some('"'), '`') => drop(characters.next()),
            (Some(end), c) if c == end => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '[' | '{') => open.push(c),
            (None, ')') => assert_eq!(open.pop(), Some('(')),
            (None, ']') => assert_eq!(open.pop(), Some('[')),
            (None, '}') => assert_eq!(open.pop(), Some('{')),
            (None, _) => {}
        }
    }
    assert_eq!((open.as_slice(), quote), (&[][..], None));
    assert!(code.contains("Register-ArgumentCompleter -Native -CommandName mmapctl "));
    assert!(!code.contains("Invoke-Expression") && !code.contains("ScriptBlock]"));
}

/// The answer to a shell with the name `shell` whose script passes these arguments.
fn ask(env: &Env, shell: &str, passed: &[&str]) -> String {
    let arguments = [&["--"], passed].concat();
    let run = env.cmd(arguments).env("MMAPCTL_COMPLETE", shell).run();
    run.ok().out_text().to_owned()
}

#[test]
fn every_shell_gets_completions_in_its_own_format() {
    let Some(fixture) = fixture() else { return };
    let env = fixture.env();
    let words = ["mmapctl", "dump", "--format", "x"];
    assert_eq!(
        ask(env, "bash", &["mmapctl dump --format x", "x"]),
        "values\nxxd\n"
    );
    assert_eq!(
        ask(env, "/usr/bin/zsh", &words),
        "values\nxxd:The format of xxd\n"
    );
    assert_eq!(ask(env, "fish", &words), "values\nxxd\tThe format of xxd\n");
    assert_eq!(
        ask(env, "elvish", &words),
        "values\nxxd\tThe format of xxd\n"
    );
    // If an empty word may be lost, the last word has a prefix.
    let marked = ["mmapctl", "dump", "--format", "=x"];
    assert_eq!(
        ask(env, "pwsh", &marked),
        "values\nxxd\tThe format of xxd\n"
    );
    assert_eq!(ask(env, "fish", &["mmapctl", "dump", "da"]), "files\n\n");
    assert_eq!(
        ask(env, "fish", &["mmapctl", "dump", "--output=da"]),
        "files\n--output=\n"
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
        let run = env.cmd([""; 0]).env("MMAPCTL_COMPLETE", shell).run();
        run.ok().stdout(kept(file));
    }
    let run = env.cmd([""; 0]).env("MMAPCTL_COMPLETE", "tcsh").run();
    run.refuses(
        2,
        "MMAPCTL_COMPLETE is 'tcsh'; the supported shells are bash, zsh, fish, elvish, powershell",
    );
    // No shell asks.
    let run = env.cmd(["pagesize"]).env("MMAPCTL_COMPLETE", "").run();
    run.ok();
}

#[test]
fn lists_have_no_duplicates_and_offer_options_only_after_a_hyphen() {
    let Some(fixture) = fixture() else { return };
    let ask = |words: &[&str]| {
        let words = [&["mmapctl"], words].concat();
        ask(fixture.env(), "fish", &words)
    };
    assert!(!ask(&["map", "--open", "create,"]).contains("create,create"));
    assert!(!ask(&["map", "--access", ""]).contains("--"));
    assert!(ask(&["map", "--"]).contains("\n--offset\t"));
    assert_eq!(ask(&["dump", ""]), "files\n\n");
    assert_eq!(ask(&["dump", "--", ""]), "files\n\n");
    assert_eq!(ask(&["map", "data.bin", "--", ""]), "command\n");
    assert!(ask(&[""]).contains("\ngenerate\t"));
}

#[test]
fn bash_gets_values_in_the_open_quotes() {
    let env = Env::new();
    let Some(tag) = env.tag("it's \"$5\"!") else {
        return;
    };
    tag.create("");
    let stem = tag.name().split('\'').next().unwrap();
    let ask = |line: &str, replaced: &str| {
        let line = format!("mmapctl filesize --tag {line}{stem}");
        let answer = ask(&env, "bash", &[&line, &format!("{replaced}{stem}")]);
        answer.replace(stem, "STEM")
    };
    assert_eq!(ask("", ""), "values\nSTEM\\'s\\ \\\"\\$5\\\"\\!\n");
    assert_eq!(ask("'", ""), "values\nSTEM'\\''s \"$5\"!\n");
    assert_eq!(ask("\"", ""), "values\nSTEM's \\\"\\$5\\\"\"'!'\"\"\n");
    assert_eq!(ask("'a b' \\\" ", ""), "files\n\n");
    // Between a backslash and the character that it quotes.
    let line = format!("mmapctl filesize --tag {stem}\\");
    let run = env
        .cmd(["--", &line, &line])
        .env("MMAPCTL_COMPLETE", "bash");
    run.run().ok().stdout("");
}
