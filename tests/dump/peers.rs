//! Compares dumps byte for byte with those of hexyl, xxd and hexdump for the same range.

use std::ffi::OsString;
use std::path::Path;

use crate::support::{Env, args, pattern};

/// The files to compare: their contents are difficult for some of the programs.
fn files(env: &Env) -> Vec<OsString> {
    let mut zeros_and_ones = vec![0; 1000];
    zeros_and_ones.extend([1; 1000]);
    zeros_and_ones.extend(pattern(50));
    zeros_and_ones.extend([0; 333]);
    let every: Vec<u8> = (0..=255).collect();
    for (name, bytes) in [
        ("empty", Vec::new()),
        ("one", vec![b'x']),
        ("line", pattern(16)),
        ("more", pattern(17)),
        ("short_tail", pattern(1003)),
        ("text.txt", b"Some text,\nof two lines.\n".repeat(9)),
        ("every", every.repeat(3)),
        ("runs", zeros_and_ones),
        ("all_zero", vec![0; 4096]),
        ("all_zero_odd", vec![0; 4099]),
        ("7 odd-näme", pattern(40)),
        ("large", pattern(300_000)),
    ] {
        env.file(name, bytes);
    }
    env.sparse_file(
        "sparse",
        200_000,
        &[(70_000, b"data in the middle"), (199_990, b"end")],
    );
    let names = std::fs::read_dir(env.dir()).unwrap();
    let mut names: Vec<OsString> = names.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    names
}

/// Offsets and lengths within each file.
fn ranges(size: u64) -> Vec<(u64, u64)> {
    let mut ranges = vec![(0, size)];
    for (offset, length) in [(1, 1), (0, 16), (5, 100), (16, 17), (1000, 48), (4000, 96)] {
        if offset + length <= size {
            ranges.push((offset, length));
        }
    }
    ranges
}

/// Compares our output for each range of each file with that of a peer.
fn compare(
    env: &Env,
    peer: &Path,
    ours: &[&str],
    theirs: impl Fn(&OsString, u64, u64) -> Vec<OsString>,
) {
    for name in files(env) {
        for (offset, length) in ranges(crate::support::size(env.path(&name))) {
            let expected = env.tool(peer, theirs(&name, offset, length)).run();
            env.cmd(args![
                "dump",
                &name,
                "-o",
                offset.to_string(),
                "-n",
                length.to_string()
            ])
            .args(ours)
            .run()
            .ok()
            .stdout(expected.ok().out());
        }
    }
}

/// Compares a format with the output of xxd with `options`.
fn compare_with_xxd(ours: &[&str], options: &[&str]) {
    let env = Env::new();
    let Some(peer) = env.peer("xxd") else { return };
    compare(&env, &peer, ours, |name, offset, length| {
        let options = options.iter().map(OsString::from);
        let range = args!["-s", offset.to_string(), "-l", length.to_string(), name];
        options.chain(range).collect()
    });
}

#[test]
fn xxd() {
    compare_with_xxd(&["--format", "xxd"], &[]);
}

#[test]
fn xxd_with_options() {
    for (ours, theirs) in [
        (
            &["-c", "7", "-g", "3", "-u"][..],
            &["-c", "7", "-g", "3", "-u"][..],
        ),
        (&["-c", "8", "-g", "0", "-d"], &["-c", "8", "-g", "0", "-d"]),
        (&["-f", "xxd", "-e"], &["-e"]),
        (
            &["-a", "-e", "-g", "2", "-c", "32"],
            &["-a", "-e", "-g", "2", "-c", "32"],
        ),
        (&["-f", "xxd", "--base", "binary"], &["-b"]),
        (
            &["-a", "-b", "binary", "-c", "4", "-E"],
            &["-a", "-b", "-c", "4", "-E"],
        ),
    ] {
        compare_with_xxd(ours, theirs);
    }
}

#[test]
fn xxd_has_the_colours_of_its_newest_version() {
    let env = Env::new();
    env.file("f", b"a\0\n\xff\x01b");
    let run = env.run(args!["dump", "f", "-f", "xxd", "-c", "4", "-R", "always"]);
    run.ok().stdout(concat!(
        "00000000: \x1b[1;32m61\x1b[0m\x1b[1;37m00\x1b[0m \x1b[1;33m0a\x1b[0m\x1b[1;34mff\x1b[0m  ",
        "\x1b[1;32ma\x1b[0m\x1b[1;37m.\x1b[0m\x1b[1;33m.\x1b[0m\x1b[1;34m.\x1b[0m\n",
        "00000004: \x1b[1;31m01\x1b[0m\x1b[1;32m62\x1b[0m    \x1b[1;31m  \x1b[0m \x1b[1;31m.\x1b[0m\x1b[1;32mb\x1b[0m\n",
    ));
    env.run(args!["dump", "f", "-f", "xxd", "--color", "never"])
        .ok()
        .stdout("00000000: 6100 0aff 0162                           a....b\n");
}

#[test]
fn plain() {
    compare_with_xxd(&["--format", "plain"], &["-p"]);
    compare_with_xxd(&["-f", "plain", "-c", "0", "-u"], &["-p", "-c", "0", "-u"]);
}

#[test]
fn c() {
    compare_with_xxd(&["--format", "c"], &["-i"]);
    compare_with_xxd(
        &["--name", "2 x", "--capitalize", "-c", "5", "-u"],
        &["-i", "-n", "2 x", "-C", "-c", "5", "-u"],
    );
}

#[test]
fn canonical() {
    let env = Env::new();
    let Some(peer) = env.peer("hexdump") else {
        return;
    };
    compare(&env, &peer, &["-f", "canonical"], |name, offset, length| {
        args![
            "-C",
            "-s",
            offset.to_string(),
            "-n",
            length.to_string(),
            name
        ]
        .into()
    });
    let env = Env::new();
    compare(
        &env,
        &peer,
        &["-f", "canonical", "--no-squeezing"],
        |name, offset, length| {
            args![
                "-v",
                "-C",
                "-s",
                offset.to_string(),
                "-n",
                length.to_string(),
                name
            ]
            .into()
        },
    );
}

#[test]
fn hexyl_without_and_with_colour() {
    let env = Env::new();
    let Some(peer) = env.peer("hexyl") else {
        return;
    };
    for colour in ["never", "always"] {
        let env = Env::new();
        compare(&env, &peer, &["--color", colour], |name, offset, length| {
            let range = args!["--skip", offset.to_string(), "--length", length.to_string()];
            [&range[..], &args!["--color", colour, name]].concat()
        });
    }
}

#[test]
fn hexyl_with_each_of_its_options() {
    let env = Env::new();
    let Some(peer) = env.peer("hexyl") else {
        return;
    };
    env.file(
        "f",
        [&[0; 100][..], &pattern(300), &[0; 100], &[7; 100], b"tail"].concat(),
    );
    let wide = "--color=never";
    for options in [
        &["--border", "unicode"][..],
        &["--border", "ascii"],
        &["--border", "none"],
        &["--panels", "1"],
        &["--panels", "3"],
        &["--panels", "17"],
        &["--panels", "auto"],
        &["--terminal-width", "40"],
        &["--terminal-width", "200"],
        &["--group-size", "1"],
        &["--group-size", "2"],
        &["--groupsize", "4"],
        &["-g", "8"],
        &["-g", "2", "--endianness", "little"],
        &["-g", "8", "--endianness", "little"],
        &["-g", "4", "--endianness", "big"],
        &["--base", "binary"],
        &["--base", "octal"],
        &["-b", "decimal"],
        &["-b", "hexadecimal"],
        &["-b", "b"],
        &["-b", "oct"],
        &["-b", "10"],
        &["-b", "x"],
        &["-b", "octal", "-g", "4", "--endianness", "little"],
        &["--character-table", "default"],
        &["--character-table", "ascii"],
        &["--character-table", "codepage-1047"],
        &["--character-table", "codepage-437"],
        &["--character-table", "braille"],
        &["--color-scheme", "default", "--color=always"],
        &["--color-scheme", "gradient", "--color=always"],
        &["--color-scheme", "gradient"],
        &["--character-table", "codepage-437", "--color=always"],
        &["--no-characters"],
        &["--no-characters", "--characters"],
        &["--characters", "--no-characters"],
        &["-C"],
        &["--no-position"],
        &["-P"],
        &["--no-position", "--no-characters", "--border", "none"],
        &["--plain"],
        &["--plain", "--border", "ascii"],
        &["--plain", "--color=always"],
        &["--no-squeezing"],
        &["--display-offset", "4096"],
        &["--display-offset", "0x10"],
        &["--display-offset", "4294967295"],
        &[
            "--panels",
            "4",
            "--border",
            "ascii",
            "-b",
            "decimal",
            "-g",
            "2",
            "--no-position",
        ],
    ] {
        for range in [&[][..], &["-n", "0"], &["-n", "123"]] {
            // hexyl draws this part of an empty dump in Unicode.
            if options.contains(&"ascii") && range.contains(&"0") {
                continue;
            }
            let colour = options.iter().any(|option| option.starts_with("--color="));
            let colour = if colour { None } else { Some(&wide) };
            let all = options.iter().chain(range).chain(colour);
            let expected = env.tool(&peer, all.clone()).arg("f").run();
            // The only option with another name.
            let ours = all.map(|option| match *option {
                "--plain" => "--bare",
                option => option,
            });
            env.cmd(["dump", "f"])
                .args(ours)
                .run()
                .ok()
                .stdout(with_own_border(expected.ok().out_text()));
        }
    }
}

/// The output of hexyl with the lines of its own border. For no bytes it has those of Unicode with every border.
fn with_own_border(theirs: &str) -> String {
    if !theirs.contains("No content") {
        return theirs.to_owned();
    }
    let own = match theirs.chars().next() {
        Some('┌') => "│",
        Some('+') => "|",
        _ => " ",
    };
    theirs.replace('│', own)
}

#[test]
fn hexyl_without_color_option_never_colours_a_pipe() {
    let env = Env::new();
    env.file("f", pattern(100));
    assert!(!env.run(["dump", "f"]).ok().out().contains(&0x1b));
    let run = env
        .cmd(["dump", "f", "--color", "always"])
        .env("NO_COLOR", "1")
        .run();
    assert!(run.ok().out().contains(&0x1b));
}

#[test]
fn hexyl_takes_its_colours_from_the_environment() {
    let env = Env::new();
    let Some(peer) = env.peer("hexyl") else {
        return;
    };
    env.file("f", (0..=255).collect::<Vec<u8>>());
    for (name, value) in [
        ("HEXYL_COLOR_ASCII_PRINTABLE", "blue"),
        ("HEXYL_COLOR_NULL", "bright red"),
        ("HEXYL_COLOR_OFFSET", "#123456"),
        ("HEXYL_COLOR_NONASCII", "nonsense"),
    ] {
        let expected = env
            .tool(&peer, ["--color", "always", "f"])
            .env(name, value)
            .run();
        env.cmd(["dump", "--color", "always", "f"])
            .env(name, value)
            .run()
            .stdout(expected.out());
    }
}

#[test]
fn offsets_beyond_four_gibibytes() {
    let env = Env::new();
    let far = (4_u64 << 30) + 8 * 4096 + 5;
    let bytes = pattern(100);
    env.sparse_file("f", far + 5000, &[(far, &bytes)]);
    let offset = far.to_string();
    for (program, ours, theirs) in [
        ("xxd", "xxd", &["-s", &offset, "-l", "200"][..]),
        ("hexdump", "canonical", &["-C", "-s", &offset, "-n", "200"]),
        ("xxd", "plain", &["-p", "-s", &offset, "-l", "200"]),
        ("xxd", "c", &["-i", "-s", &offset, "-l", "200"]),
        (
            "hexyl",
            "hexyl",
            &["-s", &offset, "-n", "200", "--color=never"],
        ),
    ] {
        let Some(peer) = env.peer(program) else {
            continue;
        };
        let expected = env.tool(peer, theirs).arg("f").run();
        env.run(["dump", "f", "-o", &offset, "-n", "200", "-f", ours])
            .ok()
            .stdout(expected.ok().out());
    }
}

#[test]
fn holes_larger_than_four_gibibytes() {
    let env = Env::new();
    // The output that the peers would print after minutes of reading zeros.
    env.sparse_file("f", (5 << 30) + 3, &[(4 << 30, b"data")]);
    let hole =
        "00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n*\n";
    env.run(["dump", "f", "-f", "canonical"])
        .ok()
        .stdout(format!(
            "{hole}\
         100000000  64 61 74 61 00 00 00 00  00 00 00 00 00 00 00 00  |data............|\n\
         100000010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n\
         *\n\
         140000000  00 00 00                                          |...|\n\
         140000003\n"
        ));
}

#[test]
fn raw_is_the_bytes_themselves() {
    let env = Env::new();
    for name in files(&env) {
        let bytes = std::fs::read(env.path(&name)).unwrap();
        env.run(args!["dump", &name, "-f", "raw"])
            .ok()
            .stdout(&bytes);
        let part = bytes.get(5..105).unwrap_or_default();
        if !part.is_empty() {
            env.run(args!["dump", &name, "-f", "raw", "-o", "5", "-n", "100"])
                .ok()
                .stdout(part);
        }
    }
}

#[test]
fn values_match_od() {
    let env = Env::new();
    let Some(od) = env.peer("od") else { return };
    let bytes = pattern(800);
    env.file("f", &bytes);
    for (ours, theirs) in [
        ("u8", "u1"),
        ("i8", "d1"),
        ("u16", "u2"),
        ("i16le", "d2"),
        ("u32", "u4"),
        ("i32", "d4"),
        ("u64", "u8"),
        ("i64", "d8"),
    ] {
        let words = |text: &str| {
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let expected = env
            .tool(&od, ["-A", "n", "-v", "--endian=little", "-t", theirs, "f"])
            .run();
        let run = env.run([
            "dump",
            "f",
            "-f",
            "values",
            "--type",
            ours,
            "--no-squeezing",
        ]);
        let ours: Vec<String> = run
            .ok()
            .out_text()
            .lines()
            .flat_map(|line| words(line).into_iter().skip(1))
            .collect();
        assert_eq!(ours, words(expected.ok().out_text()), "{theirs}");
    }
}

#[test]
fn strings() {
    let env = Env::new();
    let Some(peer) = env.peer("strings") else {
        return;
    };
    for name in files(&env) {
        for (ours, theirs) in [
            ("--strings", "-n4"),
            ("--strings=1", "-n1"),
            ("--strings=30", "-n30"),
        ] {
            let expected = env.tool(&peer, args!["-a", "-t", "x", theirs, &name]).run();
            env.run(args!["dump", &name, ours])
                .ok()
                .stdout(expected.ok().out());
        }
    }
    env.file("f", b"\0\0some\ttext\n\x7fabc\0longer\xff");
    env.run(["dump", "f", "--strings", "--display-offset", "0x1000"])
        .ok()
        .stdout("   1002 some\ttext\n   1011 longer\n");
    env.cmd(["dump", "-", "--format", "strings", "-n", "5"])
        .stdin("abcdefgh")
        .run()
        .ok()
        .stdout("      0 abcde\n");
}
