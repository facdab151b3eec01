//! Terminal output: reports, tables, colours and progress on terminals of 80 and of 200 columns.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use support::{Env, MMAPCTL, Run, pattern};
use unicode_width::UnicodeWidthStr;

/// Reports that have lines longer than 80 columns, and pictures.
const REPORTS: &[&str] = &[
    "map f",
    "map f -v --probe --advise random",
    "map --anon -n 4M --advise hugepage --flags noreserve,denywrite",
    "advise random f",
    "advise cold f",
    "advise dontneed f -v",
    "warm holes",
    "evict f",
    "why holes",
    "sync f",
    "sync --async f",
    "mirror f --times 40 --verify",
    "fill f -n 64K --text some-text-that-is-rather-long-and-does-not-end-soon --flush sync",
    "filesize --long f holes",
    "pagesize --all",
    "map f holes",
];

/// A name that is wider than a terminal of 80 columns, with wide characters.
const LONG: &str =
    "日本語の長い名前-of-a-file-that-does-not-fit-on-a-terminal-of-eighty-columns-at-all.bin";

fn env() -> Env {
    // If the directory is on tmpfs, no page leaves memory.
    let env = Env::with_disk().unwrap_or_else(Env::new);
    env.file("f", pattern(1 << 20));
    env.sparse_file("holes", 16 << 20, &[(5 << 20, b"data")]);
    env
}

/// The program's output on a terminal, without colours; `None` if there is no terminal.
fn shown(env: &Env, columns: usize, command: &str) -> Option<String> {
    let run = on_terminal(env, columns, &format!("{MMAPCTL} {command}"))?;
    run.ok();
    let text = anstream::adapter::strip_str(run.out_text()).to_string();
    Some(text.replace("\r\n", "\n"))
}

fn on_terminal(env: &Env, columns: usize, command: &str) -> Option<Run> {
    Some(env.terminal(columns, command)?.run())
}

#[test]
fn every_report_fits_the_terminal() {
    let env = env();
    for columns in [80, 200] {
        for command in REPORTS {
            let Some(text) = shown(&env, columns, command) else {
                return;
            };
            // A diagnostic is one line, however long.
            let report = text.lines().filter(|line| !line.starts_with("mmapctl: "));
            for line in report {
                assert!(line.width() <= columns, "{command}\n{text}");
                assert_eq!(line, line.trim_end(), "{command}\n{text}");
            }
        }
    }
}

#[test]
fn a_long_line_is_wrapped_with_an_indent() {
    let env = env();
    let effect = |columns| -> Option<Vec<String>> {
        let text = shown(&env, columns, "advise dontneed f")?;
        let lines = text.lines().map(str::to_owned);
        Some(lines.skip(1).take(2).collect())
    };
    let (Some(narrow), Some(wide)) = (effect(80), effect(200)) else {
        return;
    };
    let words = "none (a new mapping has no private pages; use 'evict' to drop pages from the page \
                 cache)";
    assert_eq!(wide[0], format!("  effect      {words}"));
    assert!(narrow[0].starts_with("  effect      none ("));
    assert!(narrow[1].starts_with("              "), "{narrow:?}");
    let joined = format!("{} {}", narrow[0].trim_end(), narrow[1].trim_start());
    assert_eq!(joined, wide[0]);
    // In a pipe no line is wrapped.
    let piped = env.run(["advise", "dontneed", "f"]);
    piped.ok().stdout_line(format!("  effect      {words}"));
}

#[test]
fn a_picture_is_as_wide_as_the_terminal() {
    let env = env();
    for columns in [80, 200] {
        let Some(text) = shown(&env, columns, "map holes") else {
            return;
        };
        let picture = text.lines().find(|line| line.contains('[')).unwrap();
        assert_eq!(picture.width(), columns, "{text}");
    }
}

/// A name that leaves no room for the picture on a terminal of 80 columns.
const WIDE: &str = "a-name-of-forty-columns-日本語-in-a-table.bin";

/// The symbols of the pictures in a text: each has one column.
fn pictures(text: &str) -> Vec<usize> {
    let inside = text.lines().filter_map(|line| {
        let (_, picture) = line.split_once('[')?;
        Some(picture.split_once(']')?.0.chars().count())
    });
    inside.collect()
}

#[test]
fn a_table_keeps_names_complete_and_columns_aligned() {
    let env = env();
    for name in [LONG, WIDE] {
        env.file(name, pattern(5000));
        for command in ["map", "filesize --long"] {
            for columns in [40, 80, 200] {
                let Some(text) = shown(&env, columns, &format!("{command} f {name}")) else {
                    return;
                };
                check_table(&text, name);
            }
            let mut words: Vec<&str> = command.split(' ').collect();
            words.extend(["f", name]);
            let piped = env.run(words);
            check_table(piped.ok().out_text(), name);
        }
    }
}

/// The second row ends with the name, in the column below its heading.
fn check_table(text: &str, name: &str) {
    let lines: Vec<&str> = text.lines().collect();
    let before = lines[0].strip_suffix("NAME").unwrap().width();
    for (line, name) in [(lines[1], "f"), (lines[2], name)] {
        let start = line.strip_suffix(name).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(start.width(), before, "{text}");
    }
}

#[test]
fn a_narrow_table_has_complete_pictures_or_none() {
    let env = env();
    env.file(WIDE, pattern(5000));
    for (columns, file, more, shows) in [
        (200, WIDE, "", true),
        (80, "holes", "", true),
        (80, WIDE, "", false),
        (80, WIDE, " --picture", true),
        (40, "holes", "", false),
        (40, "holes", " --picture", true),
    ] {
        let Some(text) = shown(&env, columns, &format!("map f {file}{more}")) else {
            return;
        };
        assert_eq!(text.contains("PICTURE"), shows, "{text}");
        let has_legend = !text.trim_end().ends_with("total");
        assert_eq!(has_legend, shows, "{text}");
        // A picture has a symbol for each page of a short file.
        let long = pictures(&text).into_iter().next();
        assert!(
            long.is_none_or(|cells| (20..=64).contains(&cells)),
            "{text}"
        );
        assert_eq!(long.is_some(), shows, "{text}");
        if more.is_empty() {
            assert!(text.lines().all(|line| line.width() <= columns), "{text}");
        }
    }
}

#[test]
fn a_single_picture_has_at_least_twenty_symbols() {
    let env = env();
    for columns in [10, 40, 80] {
        let Some(text) = shown(&env, columns, "map holes") else {
            return;
        };
        let expected = columns.saturating_sub(16).max(20);
        assert_eq!(pictures(&text), [expected], "{text}");
    }
    let piped = env.run(["map", "holes"]);
    assert_eq!(pictures(piped.ok().out_text()), [64]);
}

#[test]
fn a_locale_without_unicode_gets_only_ascii() {
    let env = env();
    for command in ["map f", "map f holes", "mirror f --times 40"] {
        let run = env.cmd(command.split(' ')).env("LC_ALL", "C").run();
        let text = run.ok().out_text();
        assert!(text.is_ascii(), "{text}");
        assert!(!text.contains('?'), "{text}");
    }
}

#[test]
fn colours_go_to_terminals_and_elsewhere_only_when_forced() {
    let env = env();
    let map = format!("{MMAPCTL} map f");
    let coloured = |command: &str| -> Option<bool> {
        let run = on_terminal(&env, 80, command)?;
        Some(run.ok().out_text().contains("\u{1b}["))
    };
    for (command, expected) in [
        (map.clone(), true),
        (format!("NO_COLOR=1 {map}"), false),
        (format!("TERM=dumb {map}"), false),
        (format!("{map} --color never"), false),
        (format!("NO_COLOR=1 {map} --color always"), true),
        (format!("{map} | cat"), false),
        (format!("CLICOLOR_FORCE=1 {map} | cat"), true),
        (format!("{map} --color always | cat"), true),
        (format!("{map} --json"), false),
    ] {
        let Some(is) = coloured(&command) else {
            return;
        };
        assert_eq!(is, expected, "{command}");
    }
}

/// Input that takes longer than the delay after which progress is shown.
const SLOW: &str = "(head -c 1M /dev/zero; sleep 0.8; head -c 3M /dev/zero)";

#[test]
fn progress_has_a_rate_and_the_time_left_and_is_erased_on_completion() {
    let env = Env::new();
    let command = format!("{SLOW} | {MMAPCTL} fill out -n 4M --from -");
    let Some(run) = on_terminal(&env, 80, &command) else {
        return;
    };
    let text = run.ok().out_text().to_owned();
    let (drawn, after) = text
        .split_once("out: ")
        .unwrap_or_else(|| run.fail("no report"));
    for part in ["filling [", "% of 4.00 MiB,", "/s,", "s left"] {
        assert!(drawn.contains(part), "{part}: {text:?}");
    }
    // The line is erased before the report begins in its first column.
    assert!(drawn.ends_with("\r\u{1b}[2K"), "{text:?}");
    assert!(
        after.starts_with("\u{1b}[1m4 MiB filled\u{1b}[0m\r\n"),
        "{text:?}"
    );
}

#[test]
fn rows_and_failures_replace_the_progress_on_the_terminal() {
    let Some(env) = Env::with_disk() else { return };
    std::fs::create_dir(env.path("t")).unwrap();
    for name in ["a", "b", "c"] {
        support::clean_file(&env.path("t"), name, 1 << 20);
        support::evict(env.path("t").join(name));
    }
    let command = format!("{MMAPCTL} warm none t -v --rate 1M --jobs 1");
    let Some(run) = on_terminal(&env, 80, &command) else {
        return;
    };
    let text = run.code(3).out_text();
    for part in ["warm 2 paths [", " of 3 files, ", "% of 3.00 MiB, "] {
        assert!(text.contains(part), "{part}: {text:?}");
    }
    let rows = text
        .split_inclusive('\n')
        .filter(|line| line.contains("loaded "));
    let mut count = 0;
    for row in rows {
        count += 1;
        let shown = row.rsplit("\r\u{1b}[2K").next().unwrap();
        assert!(
            shown.starts_with("t/") || shown.starts_with("total: "),
            "{text:?}"
        );
    }
    assert_eq!(count, 4, "{text:?}");
}

#[test]
fn progress_is_drawn_on_stderr_and_never_in_a_pipe() {
    let env = Env::new();
    let command = format!("{SLOW} | {MMAPCTL} fill out -n 4M --from - >report 2>errors");
    let Some(run) = on_terminal(&env, 80, &command) else {
        return;
    };
    run.ok().stdout("");
    assert_eq!(std::fs::read(env.path("errors")).unwrap(), b"");
    let report = std::fs::read_to_string(env.path("report")).unwrap();
    assert!(report.starts_with("out: 4 MiB filled\n"), "{report}");
    // Only the report is redirected: the progress is still seen.
    let command = format!("{SLOW} | {MMAPCTL} fill out -n 4M --from - >report");
    let Some(run) = on_terminal(&env, 80, &command) else {
        return;
    };
    assert!(
        run.ok().out_text().contains("filling ["),
        "{}",
        run.out_text()
    );
}
