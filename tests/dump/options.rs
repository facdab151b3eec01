//! Options that belong to one format and are refused with another.

use crate::support::{Env, pattern};

const FORMATS: [&str; 8] = [
    "hexyl",
    "xxd",
    "canonical",
    "plain",
    "c",
    "values",
    "strings",
    "raw",
];

/// Tries an option with every format, and compares which formats accept it.
fn taken_by(option: &[&str], formats: &[&str]) {
    let env = Env::new();
    env.file("f", pattern(100));
    for format in FORMATS {
        let run = env.cmd(["dump", "f", "-f", format]).args(option).run();
        if formats.contains(&format) {
            run.ok();
        } else {
            run.code(2).stdout("").stderr_lines(1);
            let text = run.err_text();
            assert!(text.contains(option[0]) && text.contains(format), "{text}");
        }
    }
}

#[test]
fn options_for_panels_require_hexyl() {
    for option in [
        &["--border", "ascii"][..],
        &["--panels", "1"],
        &["--terminal-width", "100"],
        &["--base", "octal"],
        &["--character-table", "ascii"],
        &["--color-scheme", "gradient"],
        &["--no-characters"],
        &["--characters"],
        &["--no-position"],
        &["--bare"],
    ] {
        taken_by(option, &["hexyl"]);
    }
}

#[test]
fn options_of_xxd_apply_to_formats_of_xxd() {
    taken_by(&["--group-size", "2"], &["hexyl", "xxd"]);
    taken_by(&["--endianness", "little"], &["hexyl", "xxd"]);
    taken_by(&["-e"], &["hexyl", "xxd"]);
    taken_by(&["--base", "binary"], &["hexyl", "xxd", "c"]);
    taken_by(&["--columns", "8"], &["xxd", "plain", "c", "values"]);
    taken_by(&["--uppercase"], &["xxd", "plain", "c"]);
    for option in ["--decimal-offsets", "--autoskip", "--ebcdic"] {
        taken_by(&[option], &["xxd"]);
    }
    taken_by(&["--name", "x"], &["c"]);
    taken_by(&["--capitalize"], &["c"]);
}

#[test]
fn options_for_numbers_require_values() {
    taken_by(&["--type", "u16"], &["values"]);
    taken_by(&["--width", "60"], &["values"]);
    taken_by(&["--offsets", "none"], &["values"]);
    taken_by(&["--strings"], &["strings"]);
    let env = Env::new();
    env.file("f", b"ab\n\0\x00\x3c\x80\x3f");
    env.run([
        "dump", "f", "--type", "x16,char", "--type", "f16", "-A", "x",
    ])
    .ok()
    .stdout(concat!(
        "000000            6261            000a            3c00            3f80\n",
        "             a       b      \\n      \\0      \\0       <     200       ?\n",
        "                 816.5   5.9604645e-07               1           1.875\n",
        "000008\n",
    ));
    env.run(["dump", "f", "--type", "o8", "-c", "3", "--offsets", "none"])
        .ok()
        .stdout(" 141 142 012\n 000 000 074\n 200 077\n");
    for wrong in [
        &["--type", "x8", "--json"][..],
        &["--type", "u32", "-c", "6"],
    ] {
        env.cmd(["dump", "f"]).args(wrong).run().code(2).stdout("");
    }
    env.run(["dump", "f", "--type", "bf16", "--json"]).code(0);
}

#[test]
fn little_endian_groups_fit_into_a_line() {
    let env = Env::new();
    env.file("f", pattern(100));
    let refused = env.run(["dump", "f", "--format", "xxd", "-e", "--columns", "3"]);
    refused.code(2).stderr(
        "mmapctl: with --endianness little, --group-size must be a power of two and not exceed --columns; a group \
         here has 3 bytes\n",
    );
    env.run([
        "dump",
        "f",
        "--format",
        "xxd",
        "-e",
        "--columns",
        "3",
        "-g",
        "2",
    ])
    .ok();
}

#[test]
fn an_option_of_one_format_implies_it() {
    let env = Env::new();
    env.file("f", pattern(100));
    for (option, format) in [
        (&["--type", "u16be"][..], "values"),
        (&["--width", "60"], "values"),
        (&["--border", "ascii"], "hexyl"),
        (&["--group-size", "4"], "hexyl"),
        (&["--columns", "8", "--group-size", "3"], "xxd"),
        (&["--columns", "8", "--capitalize"], "c"),
    ] {
        let expected = env.cmd(["dump", "f", "-f", format]).args(option).run();
        let run = env.cmd(["dump", "f"]).args(option).run();
        run.ok().stdout(expected.ok().out());
        env.cmd(["dump", "f", "--output", "out"])
            .args(option)
            .run()
            .ok();
        assert!(std::fs::read(env.path("out")).unwrap() == expected.out());
        let json = env.cmd(["dump", "f", "--json"]).args(option).run();
        match format {
            "values" => assert!(json.ok().json()["values"].is_array()),
            _ => json.refuses_json(2),
        }
    }
    env.run(["dump", "f", "--type", "u8", "--border", "ascii"])
        .refuses(2, "--type applies to --format values, not to hexyl");
    env.run(["dump", "f", "--output", "raw"]).ok();
    assert!(std::fs::read(env.path("raw")).unwrap() == pattern(100));
}

#[test]
fn the_old_plain_option_suggests_both_remedies() {
    let env = Env::new();
    env.file("f", pattern(100));
    for option in ["-p", "--plain"] {
        env.run(["dump", "f", option])
            .refuses(2, "dump has no option -p or --plain")
            .stderr_line_at(
                1,
                "hint: use '--format plain' for hexadecimal digits only, as printed by xxd -p, or '--bare' for panels \
                 without border, offsets and characters",
            );
    }
    env.run(["dump", "f", "--format", "plain"])
        .ok()
        .stdout(crate::plain(&pattern(100)));
    let bare = ["--no-characters", "--no-position", "--border", "none"];
    let expected = env.cmd(["dump", "f"]).args(bare).run();
    env.run(["dump", "f", "--bare"])
        .ok()
        .stdout(expected.ok().out());
}

#[test]
fn a_locale_without_utf_8_gets_ascii_panels_by_default() {
    let env = Env::new();
    env.file("f", pattern(300));
    let ascii = env.run([
        "dump",
        "f",
        "--border",
        "ascii",
        "--character-table",
        "ascii",
    ]);
    let table = env.run([
        "dump",
        "f",
        "--border",
        "unicode",
        "--character-table",
        "ascii",
    ]);
    for locale in [
        &[("LC_ALL", "C")][..],
        &[("LC_ALL", ""), ("LANG", "de_DE.ISO-8859-1")],
        &[("LC_ALL", "")],
    ] {
        let run = |arguments: &[&str]| {
            let mut cmd = env.cmd(["dump", "f"]).args(arguments);
            for (name, value) in locale {
                cmd = cmd.env(name, value);
            }
            cmd.run()
        };
        run(&[]).ok().stdout(ascii.ok().out());
        run(&["--border", "unicode"]).ok().stdout(table.ok().out());
        assert!(run(&["--no-characters"]).ok().out_text().is_ascii());
        assert!(run(&["--length", "0"]).ok().out_text().is_ascii());
        run(&["-f", "hexyl", "--output", "out"]).ok();
        assert!(std::fs::read(env.path("out")).unwrap() == ascii.out());
    }
}

#[test]
fn squeezing_and_offset_options_require_formats_that_have_them() {
    taken_by(&["--no-squeezing"], &["hexyl", "canonical", "values"]);
    taken_by(
        &["--display-offset", "1K"],
        &["hexyl", "xxd", "canonical", "values", "strings"],
    );
}

#[test]
fn text_is_not_json() {
    let env = Env::new();
    env.file("f", pattern(100));
    for format in ["hexyl", "xxd", "canonical", "plain", "c"] {
        env.run(["dump", "f", "--json", "-f", format])
            .refuses_json(2);
    }
}

#[test]
fn invalid_values_are_quoted_in_the_refusal() {
    let env = Env::new();
    env.file("f", pattern(100));
    for (option, value) in [
        ("--format", "hex"),
        ("--panels", "0"),
        ("--panels", "x"),
        ("--terminal-width", "0"),
        ("--group-size", "257"),
        ("--columns", "x"),
        ("--base", "7"),
        ("--border", "round"),
        ("--endianness", "middle"),
        ("--character-table", "utf-8"),
        ("--color-scheme", "pink"),
        ("--type", "u24"),
        ("--width", "0"),
        ("--display-offset", "-1"),
    ] {
        let run = env
            .cmd(["dump", "f"])
            .arg(format!("{option}={value}"))
            .run();
        run.code(2).stdout("");
        let begin = format!("mmapctl: invalid value '{value}' for '{option} <");
        assert!(run.err_text().starts_with(&begin), "{}", run.err_text());
    }
    env.run(["dump", "f", "--panels", "1", "--terminal-width", "100"])
        .code(2);
    for typed in [&["f", "g"][..], &["-", "g"]] {
        env.cmd(["dump"])
            .args(typed)
            .run()
            .refuses(2, "unexpected argument 'g': dump takes one source");
    }
}

trait RefusesJson {
    fn refuses_json(&self, code: i32);
}

impl RefusesJson for crate::support::Run {
    #[track_caller]
    fn refuses_json(&self, code: i32) {
        self.code(code).stdout("");
        assert_eq!(self.json_error()["code"], "usage");
    }
}
