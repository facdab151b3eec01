//! Accepted spellings: ranges, sizes, access modes, flags, names and durations as in other tools and in C, and hints
//! whose remedies work.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
use support::{Env, Open, args, page_size, pattern};

use std::ffi::OsString;
use std::time::Duration;

/// The bytes that `dump` shows of a file for these options.
#[track_caller]
fn dumped(env: &Env, options: &[&str]) -> Vec<u8> {
    let run = env.cmd(["dump", "f", "-f", "raw"]).args(options).run();
    run.ok();
    run.out().to_vec()
}

#[test]
fn ranges_accept_the_syntax_of_other_tools() {
    let env = Env::new();
    let bytes = pattern(10_000);
    env.file("f", &bytes);
    for options in [
        &["-o", "4K", "-n", "100"][..],
        &["-s", "4K", "-l", "100"],
        &["--skip", "4Ki", "--length", "100"],
        &["--range", "4K..4196"],
        &["--range", "0x1000+100"],
        &["--range=-5904..-5804"],
        &["--range", "-5904+100"],
    ] {
        assert_eq!(dumped(&env, options), bytes[4096..4196], "{options:?}");
    }
    assert_eq!(dumped(&env, &["--range", "4K.."]), bytes[4096..]);
    assert_eq!(dumped(&env, &["--range", "..4K"]), bytes[..4096]);
    assert_eq!(dumped(&env, &["--range", "-1Ki.."]), bytes[10_000 - 1024..]);
    assert_eq!(dumped(&env, &["--range", ".."]), bytes);
    for command in ["dump", "map", "sync"] {
        for (range, why) in [
            ("4K", "not a range (examples: 4K..8K, 4K.., ..4K, 4K+100)"),
            ("8K..4K", "the end is before the start"),
            (
                "1Mx..",
                "start '1Mx': unknown unit 'Mx'; use K, M, G, T, P, E (1024), kB, MB, … (1000) or pg (pages)",
            ),
        ] {
            let message = format!("invalid value '{range}' for '--range <RANGE>': {why}");
            env.run([command, "f", "--range", range])
                .refuses(2, message);
        }
        env.run([command, "f", "--range", "1..2", "-n", "3"])
            .refuses(
                2,
                "the argument '--range <RANGE>' cannot be used with '--length <SIZE>'",
            );
    }
    env.run(["advise", "cold", "f", "--range", "1000-2000"])
        .refuses(2, "--range START-END takes addresses and needs --pid")
        .stderr_line("hint: --range START..END and --range START+LENGTH take offsets");
}

#[test]
fn fill_writes_only_the_range() {
    let env = Env::new();
    env.file("f", [7; 100]);
    env.run(["fill", "f", "--range", "10..20", "--byte", "ff"])
        .ok();
    env.run(["fill", "f", "-s", "30", "-l", "5", "--byte", "0F"])
        .ok();
    let mut expected = [7; 100];
    expected[10..20].fill(0xff);
    expected[30..35].fill(0x0f);
    assert_eq!(std::fs::read(env.path("f")).unwrap(), expected);
}

#[test]
fn sizes_accept_binary_units() {
    let env = Env::new();
    env.file("f", "");
    for (size, bytes) in [
        ("1Ki", 1_u64 << 10),
        ("1.5mi", 3 << 19),
        ("2GI", 2 << 30),
        ("1Ti", 1 << 40),
    ] {
        let run = env.run(["pagesize", "--pages", size]);
        run.ok()
            .stdout(format!("{}\n", bytes.div_ceil(page_size())));
    }
    env.run(["pagesize", "--pages", "1.5"]).refuses(
        2,
        "invalid value '1.5' for '--pages <SIZE>': not a whole number of bytes",
    );
}

#[test]
fn access_modes_accept_the_spellings_of_other_tools_and_c() {
    let env = Env::new();
    env.file("f", pattern(100));
    let access = |text: &str| {
        let report = env.run(["map", "f", "--json", "-a", text]).ok().json();
        report["access"].as_str().unwrap().to_owned()
    };
    for (text, name) in [
        ("rw", "w"),
        ("RO", "r"),
        ("PROT_READ", "r"),
        ("PROT_READ|PROT_WRITE", "w"),
        ("prot_read,prot_write", "w"),
        ("PROT_NONE", "none"),
        ("PROT_WRITE", "wo"),
        ("PROT_READ|PROT_EXEC", "rx"),
    ] {
        assert_eq!(access(text), name, "{text}");
    }
    env.run(["map", "f", "--protect", "PROT_NONE"]).ok();
    env.run(["map", "f", "-a", "w", "--protect", "ro"]).ok();
    for text in ["rw", "W", "C", "PROT_READ|PROT_WRITE"] {
        env.run(["fill", "f", "-a", text, "--byte", "0", "-n", "1"])
            .ok();
    }
    for text in ["r", "wx", "PROT_NONE"] {
        env.run(["fill", "f", "-a", text, "--byte", "0", "-n", "1"])
            .refuses(
                2,
                format!("invalid value '{text}' for '--access <ACCESS>' [possible values: w, c]"),
            );
    }
    env.run(["mirror", "f", "-a", "PROT_READ"]).ok();
}

#[test]
fn flags_and_advice_accept_the_names_used_in_c() {
    let env = Env::new();
    env.file("f", pattern(100));
    for flags in [
        "MAP_POPULATE",
        "map_populate,Noreserve",
        "MAP_POPULATE,MAP_NORESERVE",
        "MAP_NORESERVE|MAP_POPULATE",
        "noreserve | populate",
    ] {
        let report = env
            .run(["map", "f", "--json", "--flags", flags])
            .ok()
            .json();
        let found = report["flags"].as_array().unwrap();
        assert!(
            found.iter().any(|flag| flag["flag"] == "populate"),
            "{flags}: {found:?}"
        );
    }
    env.run(["map", "f", "--flags", "MAP_SHARED|MAP_POPULATE"])
        .refuses(2, "invalid value 'MAP_SHARED' for '--flags <FLAGS>'")
        .stderr_line("hint: use the option '--shared'");
    for advice in [
        "MADV_RANDOM",
        "madv_random",
        "POSIX_MADV_RANDOM",
        "POSIX_FADV_RANDOM",
        "Random",
    ] {
        env.run(["advise", advice, "f"]).ok();
        env.run(["map", "f", "--advise", advice]).ok();
    }
    for advice in ["MADV_POPULATE_READ", "populate_read", "populate-read"] {
        env.run(["map", "f", "--advise", advice]).ok();
    }
    for flags in ["O_CREAT", "creat,O_EXCL", "create", "O_CREAT|O_EXCL"] {
        let name = format!("new-{flags}");
        env.run(["map", &name, "-a", "w", "-n", "1pg", "--open", flags])
            .ok();
    }
}

#[test]
fn a_leading_slash_of_a_tag_is_dropped() {
    let env = Env::new();
    let Some(tag) = env.tag("slash") else { return };
    let name = format!("/{}", tag.name());
    env.run(args!["fill", "--tag", &name, "-n", "5"]).ok();
    assert_eq!(support::size(tag.path()), 5);
    env.run(args!["filesize", "--tag", tag.name()])
        .ok()
        .stdout("5\n");
    let report = env.run(args!["tags", "--json", &name]).ok().json();
    assert!(report.to_string().contains(tag.name()), "{report}");
    env.run(args!["unlink", format!("/{name}")]).ok();
    assert!(!tag.path().exists());
    env.run(["filesize", "--tag", "/"]).refuses(
        2,
        "invalid value '/' for '--tag <NAME>': a tag must not be empty",
    );
}

#[test]
fn an_expectation_without_a_sign_is_a_minimum() {
    let env = Env::new();
    env.file("f", pattern(10_000));
    let expect = |amount: &str, flag: &[&str]| {
        let command = env.cmd(["map", "f", "-q", "--expect-resident", amount]);
        command.args(flag).run()
    };
    expect("90%", &["--lock"]).ok();
    expect("100%", &["--lock"]).ok();
    expect("1Ki", &["--lock"]).ok();
    expect("1G", &[]).code(10);
    expect("lots", &[]).refuses(
        2,
        "invalid value 'lots' for '--expect-resident <SHARE>': not an expectation (examples: 90%, >=90%, ==100%, <1G)",
    );
}

#[test]
fn a_duration_without_a_unit_is_in_seconds() {
    let env = Env::new();
    env.file("f", pattern(100));
    for duration in [&["--hold", "0.3"][..], &["--hold=0.30"]] {
        let run = env.cmd(["map", "f"]).args(duration).run();
        run.ok();
        assert!(run.elapsed() >= Duration::from_millis(300));
        assert!(run.elapsed() < Duration::from_secs(60));
    }
    env.run(["map", "f", "--hold", "0"]).ok();
    env.run(["map", "f", "--hold", "1x"]).refuses(
        2,
        "invalid value '1x' for '--hold [<DURATION>]': not a duration (examples: 30, 0.5, 500ms, 1h30m)",
    );
}

#[test]
fn a_number_outside_its_limits_is_refused_with_the_limits() {
    let env = Env::new();
    for (arguments, message) in [
        (
            ["filesize", "--fd=x"],
            "invalid value 'x' for '--fd <N>': must be a number from 0 to 2147483647",
        ),
        (
            ["filesize", "--fd=-1"],
            "invalid value '-1' for '--fd <N>': must be a number from 0 to 2147483647",
        ),
        (
            ["mirror", "--times=1"],
            "invalid value '1' for '--times <N>': must be at least 2",
        ),
        (
            ["mirror", "--times=x"],
            "invalid value 'x' for '--times <N>': not a number (examples: 4096, 0x1000)",
        ),
        (
            ["mirror", "--addr=4K"],
            "invalid value '4K' for '--addr <ADDRESS>': takes no unit, but 'K' follows the number",
        ),
        (
            ["map", "--mode=9"],
            "invalid value '9' for '--mode <BITS>': not permission bits: an octal number up to 7777",
        ),
        (
            ["fill", "--pattern=abc"],
            "invalid value 'abc' for '--pattern <HEX>': odd number of hex digits",
        ),
        (
            ["fill", "--pattern=xy"],
            "invalid value 'xy' for '--pattern <HEX>': 'x' is not a hexadecimal digit",
        ),
    ] {
        env.run(arguments).refuses(2, message);
    }
    env.run(["advise", "cold", "--pid", "0", "--mapping", "*"])
        .refuses(
            2,
            "invalid value '0' for '--pid <PID>': must be a number from 1 to 4294967295",
        );
}

#[test]
fn two_hexadecimal_digits_with_a_letter_are_a_byte() {
    let env = Env::new();
    for (text, byte) in [
        ("ff", 255),
        ("0f", 15),
        ("A0", 160),
        ("10", 10),
        ("0x10", 16),
    ] {
        env.run(["fill", "f", "-n", "1", "--byte", text]).ok();
        assert_eq!(std::fs::read(env.path("f")).unwrap(), [byte], "{text}");
    }
    for text in ["256", "fff", "f", "-1"] {
        env.run(["fill", "f", "-n", "1", &format!("--byte={text}")]).refuses(
            2,
            format!("invalid value '{text}' for '--byte <BYTE>': not a byte from 0 to 255 (examples: 65, 0x41, ff)"),
        );
    }
}

/// The command line that a hint proposes instead of another one.
///
/// A hint quotes a word to type in place of the wrong one, names an option to leave out ("without --x"), or names options
/// to add, with N, SIZE, START and LENGTH for their values.
fn remedied(arguments: &[OsString], hint: &str) -> Vec<OsString> {
    let quoted: Vec<&str> = hint.split('\'').skip(1).step_by(2).collect();
    let mut words: Vec<OsString> = arguments.to_vec();
    if let Some((_, option)) = hint.split_once("omit ") {
        let option = option.split(' ').next().unwrap();
        words.retain(|word| word != option);
        return words;
    }
    match quoted.as_slice() {
        // "to pass '-x' as the value of --tag, use '--tag=-x'"
        [wrong, right] if right.starts_with("--") && right.contains('=') => {
            let place = words.iter().position(|word| word == wrong).unwrap();
            words.remove(place);
            words[place - 1] = right.into();
        }
        [wrong, right] => {
            let place = words.iter().position(|word| word == wrong).unwrap();
            words[place] = right.into();
        }
        [right] => {
            // The most similar word is the wrong one.
            let likeness = |word: &OsString| {
                let text = word.to_string_lossy().to_ascii_lowercase();
                (strsim::jaro(&text, right) * 1000.0) as u32
            };
            let wrong = words.iter_mut().max_by_key(|word| likeness(word)).unwrap();
            *wrong = right.into();
        }
        _ => {
            let mut hinted = hint.split(|c: char| " ();,".contains(c)).peekable();
            while let Some(word) = hinted.next() {
                if !word.starts_with("--") {
                    continue;
                }
                let short = word.replace("--length", "-n").replace("--access", "-a");
                let mut typed = words.iter();
                if let Some(place) = typed.position(|typed| typed == word || *typed == *short) {
                    words.drain(place..place + 2);
                }
                words.push(word.into());
                let value = match hinted.peek() {
                    Some(&"N" | &"SIZE") => Some("64pg"),
                    Some(&"w") => Some("w"),
                    Some(&"c") => Some("c"),
                    Some(&"r") => Some("r"),
                    _ => None,
                };
                words.extend(value.map(OsString::from));
            }
        }
    }
    words
}

#[test]
fn every_hint_that_names_a_spelling_or_options_works() {
    let env = Env::new();
    let Some(tag) = env.tag("hint") else { return };
    let dashed = env
        .tag("")
        .map(|tag| tag.path().with_file_name("-mmapctl-dash"));
    let page = page_size() as usize;
    env.file("f", pattern(page + 10));
    env.file("-wash", "abc");
    tag.create("taken");
    let misspelt = format!("{}x", tag.name());
    let top = u64::MAX.to_string();
    for (arguments, hint) in [
        (
            args!["unlimk", "--force", "mmapctl-none"].to_vec(),
            "a similar subcommand exists: 'unlink'",
        ),
        (
            args!["pagesize", "--granularty"].to_vec(),
            "a similar argument exists: '--granularity'",
        ),
        (
            args!["pagesize", "--gran"].to_vec(),
            "a similar argument exists: '--granularity'",
        ),
        (
            args!["pagesize", "--color", "alway"].to_vec(),
            "a similar value exists: 'always'",
        ),
        (
            args!["map", "f", "--flags", "populte"].to_vec(),
            "a similar value exists: 'populate'",
        ),
        (
            args!["map", "-wash"].to_vec(),
            "to name the file '-wash', use './-wash'",
        ),
        (
            args!["dump", "-wash", "-n", "2"].to_vec(),
            "to name the file '-wash', use './-wash'",
        ),
        (
            args!["fill", "f", "--text", "--xyz"].to_vec(),
            "to pass '--xyz' as the value of --text, use '--text=--xyz'",
        ),
        (
            args!["dump", "--tag", &misspelt].to_vec(),
            "a similar tag exists: '",
        ),
        (
            args!["map", "none"].to_vec(),
            "use --access w --length N to create it",
        ),
        (
            args!["map", "f", "-n", "3pg", "-a", "c"].to_vec(),
            "use --access w --length N to extend it",
        ),
        (
            args!["map", "f", "-a", "none", "-n", "3pg"].to_vec(),
            "use --access w --length N to extend it",
        ),
        (
            args!["map", "none5", "-a", "w"].to_vec(),
            "with write access, use --length N to create it",
        ),
        (
            args!["map", "--anon", "-a", "w", "-n", "1pg", "--remap", "2pg"].to_vec(),
            "use --private to let it grow",
        ),
        (
            args!["map", "f", "-n", "3pg"].to_vec(),
            "use --access w --length N to extend it",
        ),
        (
            args!["map", "f", "-a", "w", "-o", "3pg"].to_vec(),
            "use --length N to extend it",
        ),
        (
            args!["map", "f", "-a", "w", "--remap", "9pg"].to_vec(),
            "with write access, use --length N to extend the file first",
        ),
        (
            args!["filesize", "none4", "--allocate"].to_vec(),
            "use --set SIZE without a range, or --allocate with --length N, to create it",
        ),
        (
            args!["pagesize", "--align", &top].to_vec(),
            "use --down to round down",
        ),
        (
            args!["fill", "none2", "-n", "1", "--no-create"].to_vec(),
            "omit --no-create to create it",
        ),
        (
            args!["fill", "none3", "-n", "1", "--no-extend"].to_vec(),
            "omit --no-extend to create it",
        ),
        (
            args!["fill", "f", "-n", "90pg", "--no-extend"].to_vec(),
            "omit --no-extend to extend it",
        ),
    ] {
        let run = env.run(&arguments);
        assert!(!run.status().success(), "{}", run.describe());
        let text = run.err_text().to_owned();
        let given = text.lines().find_map(|line| line.strip_prefix("hint: "));
        let given = given.unwrap_or_else(|| panic!("{}", run.describe()));
        assert!(given.starts_with(hint), "{}", run.describe());
        let remedied = remedied(&arguments, given);
        let run = env.run(&remedied);
        assert!(run.status().success(), "{remedied:?}: {}", run.describe());
        // The extended file is short again.
        env.file("f", pattern(page + 10));
    }
    if let Some(path) = dashed {
        std::fs::write(&path, "x").unwrap();
        for command in ["tags", "unlink"] {
            let run = env.run([command, "-mmapctl-dash"]);
            run.code(2)
                .stderr_line("hint: to name the tag '-mmapctl-dash', use '/-mmapctl-dash'");
            env.run([command, "/-mmapctl-dash"]).ok();
        }
        assert!(!path.exists());
    }
}

#[test]
fn a_remedy_that_would_not_work_is_not_suggested() {
    let env = Env::new();
    env.file("f", "abc");
    for arguments in [
        &["dump", "-x", "f"][..],
        &["map", "f", "-a", "rq"],
        &["map", "f", "-a", "q"],
        &["filesize", "--fd", "-1"],
        &["map", "-wash"],
        &["tags", "-mmapctl-no-tag"],
        &["fill", "f", "--hex-format", "x"],
        &["fill", "f", "--hex", "55aa"],
        &["fill", "f", "--count", "4", "--byte", "1"],
        &["map", "f", "--prot", "read"],
    ] {
        let run = env.run(arguments);
        let hints: Vec<&str> = run.code(2).err_text().lines().skip(1).collect();
        assert!(
            hints.iter().all(|hint| hint.starts_with("hint: usage: ")),
            "{hints:?}"
        );
    }
    env.cmd(["map", "--fd", "3", "-n", "9pg"])
        .fd(3, Open::Read, env.path("f"))
        .run()
        .code(5)
        .stderr_lines(1);
    for (arguments, status) in [
        (["map", "f", "-n", "9pg", "--private"], 5),
        (["map", "none", "-n", "9pg", "--private"], 3),
    ] {
        env.run(arguments).code(status).stderr_lines(1);
    }
    for (flag, option) in [
        ("MAP_SHARED", "--shared"),
        ("map_private", "--private"),
        ("MAP_SHARED_VALIDATE", "--shared-validate"),
        ("MAP_ANONYMOUS", "--anon"),
        ("MAP_ANON", "--anon"),
    ] {
        let run = env.run(["map", "f", "--flags", flag]);
        run.code(2)
            .stderr_line(format!("hint: use the option '{option}'"));
        let source = if option == "--anon" { "-n1pg" } else { "f" };
        env.run(["map", source, option]).ok();
    }
}

#[test]
fn a_value_after_an_option_that_requires_an_equals_sign_is_recognised() {
    let env = Env::new();
    env.file("f", "abc");
    env.run(["fill", "f", "-n", "3", "--random", "7"])
        .refuses(2, "unexpected argument '7': fill takes one source")
        .stderr_line("hint: to pass '7' as the value of --random, use '--random=7'");
    env.run(["fill", "f", "-n", "3", "--random=7"]).ok();
}

#[test]
fn an_unknown_command_gets_a_hint_that_works() {
    let env = Env::new();
    for word in ["ls", "hex", "resize", "cat"] {
        env.run([word])
            .refuses(2, format!("unrecognized subcommand '{word}'"))
            .stderr_line("hint: mmapctl --help lists the commands");
    }
    env.run(["--help"]).ok();
}

#[test]
fn an_expected_residency_without_a_sign_needs_a_unit() {
    let env = Env::new();
    env.file("f", "abc");
    env.run(["map", "f", "--expect-resident", "90"]).refuses(
        2,
        "invalid value '90' for '--expect-resident <SHARE>': no unit (examples: 90%, 90M)",
    );
    for right in ["90%", ">=2", "1K"] {
        env.run(["map", "f", "--expect-resident", right]).ok();
    }
}
