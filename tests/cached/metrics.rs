//! `--openmetrics`, and the units that write it for node_exporter.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use super::tree;
use crate::support::{Env, Run, args, page_size, skip, while_pages_stay};

fn value(run: &Run, series: &str) -> Option<u64> {
    let text = run.out_text();
    let line = text.lines().find_map(|line| line.strip_prefix(series));
    line.map(|value| value.trim_start().parse().unwrap())
}

#[test]
fn metrics_have_the_amounts_of_the_rows() {
    while_pages_stay(|| {
        let Some((env, top)) = tree() else { return };
        fs::write(top.join("c/a\"b\\c\nd"), "").unwrap();
        let run = env.run(args!["cached", "--openmetrics", "-a", "t"]);
        let page = page_size();
        let is = |series: &str, expected| {
            assert_eq!(value(run.ok(), series), Some(expected), "{series}")
        };
        is(
            r#"mmapctl_cached_bytes{path="t/a/x",kind="file"}"#,
            9 * page,
        );
        is(
            r#"mmapctl_cached_size_bytes{path="t/a/b/y",kind="file"}"#,
            3 * page + page / 2,
        );
        is(
            r#"mmapctl_cached_bytes{path="t/c/a\"b\\c\nd",kind="file"}"#,
            0,
        );
        is(r#"mmapctl_cached_bytes{kind="total"}"#, 13 * page);
        is(r#"mmapctl_cached_files{kind="total"}"#, 5);
        is(r#"mmapctl_cached_unknown_files{kind="total"}"#, 0);
        is(r#"mmapctl_cached_pages{kind="total"}"#, 18);
        let text = run.out_text();
        assert!(text.ends_with("\n# EOF\n"));
        for metric in [
            "bytes",
            "dirty_bytes",
            "writeback_bytes",
            "evicted_bytes",
            "size_bytes",
        ] {
            let name = format!("mmapctl_cached_{metric}");
            assert_eq!(text.matches(&format!("# HELP {name} ")).count(), 1);
            assert!(text.contains(&format!(
                "# TYPE {name} gauge\n# UNIT {name} bytes\n{name}{{"
            )));
        }
    });
}

#[test]
fn a_row_occurs_once_and_an_unknown_amount_is_left_out() {
    let Some((env, _)) = tree() else { return };
    let run = env.run(args!["cached", "--openmetrics", "t/a", "t/a", "-d1", "t"]);
    let text = run.ok().out_text();
    let series = r#"mmapctl_cached_bytes{path="t/a",kind="directory"}"#;
    assert_eq!(text.matches(series).count(), 1, "{text}");
    let Some(user) = env.other_user() else { return };
    let run = env
        .cmd(args!["cached", "--openmetrics", "t/a"])
        .user(&user)
        .run();
    assert_eq!(
        value(run.ok(), r#"mmapctl_cached_bytes{kind="total"}"#),
        None
    );
    assert_eq!(
        value(&run, r#"mmapctl_cached_unknown_files{kind="total"}"#),
        Some(2)
    );
}

#[test]
fn failures_are_counted_and_what_cannot_be_read_has_no_amounts() {
    let Some((env, top)) = tree() else { return };
    let samples = |run: &Run| {
        let lines = run.out_text().lines().map(str::to_owned);
        lines
            .filter(|line| !line.starts_with('#'))
            .collect::<Vec<_>>()
    };
    let run = env.run(args!["cached", "--openmetrics", "t"]);
    assert_eq!(value(run.ok(), "mmapctl_cached_errors"), Some(0));
    let run = env.run(args!["cached", "--openmetrics", "none", "t"]);
    assert_eq!(value(run.code(3), "mmapctl_cached_errors"), Some(1));
    assert_eq!(
        value(&run, r#"mmapctl_cached_files{kind="total"}"#),
        Some(4)
    );
    let run = env.run(args!["cached", "--openmetrics", "none", "gone"]);
    assert_eq!(samples(run.code(3)), ["mmapctl_cached_errors 2"]);
    let Some(user) = env.other_user() else { return };
    fs::set_permissions(top.join("c"), Permissions::from_mode(0o700)).unwrap();
    let run = env
        .cmd(args!["cached", "--openmetrics", "t/c"])
        .user(&user)
        .run();
    assert_eq!(samples(run.code(4)), ["mmapctl_cached_errors 1"]);
    // An empty directory is not a failure.
    fs::create_dir(top.join("e")).unwrap();
    let run = env.run(args!["cached", "--openmetrics", "t/e"]);
    assert_eq!(
        value(
            run.ok(),
            r#"mmapctl_cached_bytes{path="t/e",kind="directory"}"#
        ),
        Some(0)
    );
    assert_eq!(
        value(&run, r#"mmapctl_cached_bytes{kind="total"}"#),
        Some(0)
    );
}

#[test]
fn promtool_finds_nothing_wrong() {
    let Some((env, top)) = tree() else { return };
    fs::write(top.join("c/a\"b\\c\nd"), "").unwrap();
    let Some(promtool) = env.peer("promtool") else {
        return;
    };
    let all = [&["-a", "t"][..], &["t", "t/a"], &["-d1", "t"], &["none"]];
    for arguments in all {
        let run = env.cmd(["cached", "--openmetrics"]).args(arguments).run();
        let check = env.tool(&promtool, ["check", "metrics"]).stdin(run.out());
        check.run().ok().stdout("");
    }
}

#[test]
fn a_file_is_replaced_when_the_new_one_is_complete() {
    let Some((env, _)) = tree() else { return };
    let file = env.path("m.prom");
    let write = |path: &str| env.run(args!["cached", "--openmetrics", "--output", "m.prom", path]);
    write("t").ok().stdout("");
    let old = fs::metadata(&file).unwrap();
    let open = fs::File::open(&file).unwrap();
    write("t/a").ok().stdout("");
    let new = fs::metadata(&file).unwrap();
    assert_ne!(old.ino(), new.ino());
    assert_eq!(old.mode(), new.mode());
    // Who has opened the old file still reads all of it.
    assert!(std::io::read_to_string(open).unwrap().ends_with("# EOF\n"));
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("path=\"t/a\"") && text.ends_with("# EOF\n"));
    // A path that fails is left out, and the others are written.
    let run = env.run(args![
        "cached",
        "--openmetrics",
        "--output",
        "m.prom",
        "none",
        "t"
    ]);
    run.code(3).stdout("");
    assert!(fs::read_to_string(&file).unwrap().contains("path=\"t\""));
    let run = env.run(args!["cached", "--openmetrics", "--output", "no/m", "t"]);
    run.refuses(3, "no/m: cannot open: No such file or directory");
    let run = env.run(args![
        "cached",
        "--openmetrics",
        "--output",
        "/dev/full",
        "t"
    ]);
    run.refuses(6, "/dev/full: cannot write: No space left on device");
}

#[test]
fn other_forms_exclude_metrics() {
    let env = Env::new();
    for other in ["--json", "--watch", "--no-header", "--columns=name"] {
        env.run(args!["cached", "--openmetrics", other, "."])
            .code(2)
            .stdout("");
    }
    env.run(args!["--json", "cached", "--openmetrics", "."])
        .code(2)
        .stdout("");
    for other in ["--no-header", "--columns=name"] {
        env.run(args!["cached", "--json", other, "."])
            .code(2)
            .stdout("");
        let (name, _) = other.split_once('=').unwrap_or((other, ""));
        let run = env.run(args!["--json", "cached", other, "."]);
        let message = run.code(2).json_error()["message"].clone();
        assert_eq!(message, format!("{name} cannot be used with --json"));
    }
    env.run(args!["cached", "--output", "m", "."])
        .code(2)
        .stdout("");
    assert!(!env.path("m").exists());
}

fn contrib(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("contrib")
        .join(name);
    fs::read_to_string(path).unwrap()
}

#[test]
fn the_service_writes_metrics() {
    let Some((env, _)) = tree() else { return };
    let unit = contrib("mmapctl-cached.service");
    let command = unit
        .lines()
        .find_map(|line| line.strip_prefix("ExecStart="));
    let words = command.unwrap().strip_prefix("/usr/bin/mmapctl ").unwrap();
    let words = words.split(' ').map(|word| match word {
        "$PATHS" => "t",
        "/var/lib/prometheus/node-exporter/mmapctl.prom" => "m.prom",
        word => word,
    });
    // The capabilities of the unit suffice.
    let capabilities = unit
        .lines()
        .find_map(|line| line.strip_prefix("CapabilityBoundingSet="));
    assert_eq!(capabilities, Some("CAP_DAC_READ_SEARCH CAP_FOWNER"));
    env.cmd(words)
        .without_capability("dac_override")
        .run()
        .ok()
        .stdout("");
    assert!(
        fs::read_to_string(env.path("m.prom"))
            .unwrap()
            .contains("path=\"t/a\"")
    );
}

#[test]
fn a_link_of_another_user_in_a_shared_directory_is_not_followed() {
    let env = Env::new();
    let Some(user) = env.other_user() else { return };
    let target = env.file("target", "old");
    let shared = env.path("shared");
    fs::create_dir(&shared).unwrap();
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o1777)).unwrap();
    env.tool("ln", args!["-s", &target, shared.join("link")])
        .user(&user)
        .run()
        .ok();
    let metrics = ["cached", "--openmetrics", "--output", "shared/link", "."];
    env.run(metrics)
        .refuses(4, "shared/link: cannot open: Permission denied");
    assert_eq!(fs::read(&target).unwrap(), b"old");
    let left = fs::read_dir(&shared).unwrap();
    assert_eq!(left.count(), 1);
}

#[test]
fn systemd_accepts_the_units() {
    let env = Env::new();
    let Some(analyze) = env.peer("systemd-analyze") else {
        return;
    };
    // It looks for the program.
    let service =
        contrib("mmapctl-cached.service").replace("/usr/bin/mmapctl", crate::support::MMAPCTL);
    env.file("mmapctl-cached.service", service);
    env.file("mmapctl-cached.timer", contrib("mmapctl-cached.timer"));
    let units = ["mmapctl-cached.service", "mmapctl-cached.timer"];
    let run = env
        .tool(&analyze, ["verify", "--man=no"])
        .args(units.map(|unit| env.path(unit)))
        .run();
    if run.err_text().contains("Failed to initialize manager") {
        return skip("systemd-analyze that works here");
    }
    run.ok();
}
