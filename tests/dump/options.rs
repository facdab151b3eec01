//! Options that belong to one format and are refused with another.

use crate::support::{Env, pattern};

const FORMATS: [&str; 7] = ["hexyl", "xxd", "canonical", "plain", "c", "values", "raw"];

/// Tries an option with every format, and compares which ones take it.
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
fn the_options_of_panels_belong_to_hexyl() {
    for option in [
        &["--border", "ascii"][..],
        &["--panels", "1"],
        &["--terminal-width", "100"],
        &["--group-size", "2"],
        &["--base", "octal"],
        &["--endianness", "little"],
        &["--character-table", "ascii"],
        &["--color-scheme", "gradient"],
        &["--no-characters"],
        &["--characters"],
        &["--no-position"],
        &["--plain"],
    ] {
        taken_by(option, &["hexyl"]);
    }
}

#[test]
fn the_options_of_numbers_belong_to_values() {
    taken_by(&["--type", "u16"], &["values"]);
    taken_by(&["--width", "60"], &["values"]);
}

#[test]
fn squeezing_belongs_to_what_squeezes_and_offsets_to_what_shows_them() {
    taken_by(&["--no-squeezing"], &["hexyl", "canonical", "values"]);
    taken_by(
        &["--display-offset", "1K"],
        &["hexyl", "xxd", "canonical", "values"],
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
fn nonsense_is_refused_with_its_text() {
    let env = Env::new();
    env.file("f", pattern(100));
    for (option, value) in [
        ("--format", "hex"),
        ("--panels", "0"),
        ("--panels", "x"),
        ("--terminal-width", "0"),
        ("--group-size", "3"),
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
    env.run(["dump", "f", "f"]).code(2).stdout("");
    env.run(["dump"]).code(2).stdout("");
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
