//! What people see: reports, tables, colours and progress on terminals of 80 and of 200 columns.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use support::{Env, MMAPCTL, Run, args, pattern};
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
    "sync f",
    "sync --async f",
    "mirror f --times 40 --verify",
    "fill f -n 64K --text some-text-that-is-rather-long-and-does-not-end-soon --flush sync",
    "filesize --long f holes",
    "pagesize --all",
    "map f holes",
];

/// A name that is wider than a terminal of 80 columns, some of it in wide characters.
const LONG: &str =
    "日本語の長い名前-of-a-file-that-does-not-fit-on-a-terminal-of-eighty-columns-at-all.bin";

fn env() -> Env {
    // Nothing leaves memory where the directory is on tmpfs.
    let env = Env::with_disk().unwrap_or_else(Env::new);
    env.file("f", pattern(1 << 20));
    env.sparse_file("holes", 16 << 20, &[(5 << 20, b"data")]);
    env
}

/// What the program writes on a terminal, with colours taken out; `None` when there is no terminal to have.
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
fn a_long_line_goes_on_under_its_beginning() {
    let env = env();
    let effect = |columns| -> Option<Vec<String>> {
        let text = shown(&env, columns, "advise dontneed f")?;
        let lines = text.lines().map(str::to_owned);
        Some(lines.skip(1).take(2).collect())
    };
    let (Some(narrow), Some(wide)) = (effect(80), effect(200)) else {
        return;
    };
    let words = "no effect here (a new mapping has no pages of its own; the page cache keeps the pages, \
                 which 'evict' drops)";
    assert_eq!(wide[0], format!("  effect      {words}"));
    assert!(narrow[0].starts_with("  effect      no effect here ("));
    assert!(narrow[1].starts_with("              "), "{narrow:?}");
    let joined = format!("{} {}", narrow[0].trim_end(), narrow[1].trim_start());
    assert_eq!(joined, wide[0]);
    // In a pipe nothing is broken.
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

#[test]
fn a_table_keeps_every_name_whole_and_every_column_in_line() {
    let env = env();
    env.file(LONG, pattern(5000));
    for columns in [80, 200] {
        for (command, least) in [("map", 30), ("filesize --long", 30)] {
            let Some(text) = shown(&env, columns, &format!("{command} f {LONG}")) else {
                return;
            };
            let lines: Vec<&str> = text.lines().collect();
            assert!(lines.iter().all(|line| line.width() <= columns), "{text}");
            let names = lines[0].find("NAME").unwrap();
            assert!(columns - names >= least, "{text}");
            // The long name goes on below in its own column, and none of it is lost.
            let cells = lines[1..].iter().filter_map(|line| {
                let before = line.char_indices().scan(0, |used, (at, c)| {
                    let here = (*used, at);
                    *used += c.to_string().width();
                    Some(here)
                });
                let (_, at) = before.into_iter().find(|(used, _)| *used == names)?;
                Some(&line[at..])
            });
            let all = cells.collect::<String>();
            assert!(all.starts_with(&format!("f{LONG}")), "{all}\n{text}");
        }
    }
    let Some(wide) = shown(&env, 200, &format!("map f {LONG}")) else {
        return;
    };
    assert!(wide.contains("ADDRESS") && wide.contains(LONG), "{wide}");
    let piped = env.run(args!["map", "f", LONG]);
    assert!(piped.ok().out_text().contains(LONG));
}

#[test]
fn a_locale_without_unicode_gets_ascii_alone() {
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

/// Input that takes longer than the patience after which progress is shown.
const SLOW: &str = "(head -c 1M /dev/zero; sleep 0.8; head -c 3M /dev/zero)";

#[test]
fn progress_has_a_rate_and_the_time_left_and_is_gone_in_the_end() {
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
