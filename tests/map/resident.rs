//! Residency: measured, drawn, and expected.

use serde_json::json;

use crate::support::{Env, Mapped, Tag, args, evict, page_size, pattern, size, while_pages_stay};

/// A tag of ten pages, of which the first three are in memory. Pages of tags are not reclaimed.
fn three_of_ten(env: &Env) -> Option<Tag> {
    let tag = env.tag("ten")?;
    tag.create(vec![7; 3 * page_size() as usize]);
    let file = std::fs::File::options()
        .write(true)
        .open(tag.path())
        .unwrap();
    file.set_len(10 * page_size()).unwrap();
    Some(tag)
}

#[test]
fn a_met_expectation_prints_nothing() {
    let env = Env::new();
    let Some(tag) = three_of_ten(&env) else {
        return;
    };
    let bytes = 3 * page_size();
    for expected in [
        ">=30%".to_owned(),
        ">=0%".to_owned(),
        "==30%".to_owned(),
        "<=30%".to_owned(),
        "<=30.001%".to_owned(),
        ">29.999%".to_owned(),
        "<31%".to_owned(),
        ">= 30%".to_owned(),
        "==3pg".to_owned(),
        format!("=={bytes}"),
        format!(">{}", bytes - 1),
        "<4pg".to_owned(),
        "<1G".to_owned(),
        ">0pg".to_owned(),
    ] {
        env.run([
            "map",
            "-q",
            "--tag",
            tag.name(),
            "--expect-resident",
            &expected,
        ])
        .ok()
        .stdout("");
    }
}

#[test]
fn a_failed_expectation_is_a_mismatch_with_the_measured_value() {
    let env = Env::new();
    let Some(tag) = three_of_ten(&env) else {
        return;
    };
    for expected in [
        ">30%",
        ">=30.001%",
        "==100%",
        "<30%",
        "<=29.999%",
        "==29%",
        ">=90%",
    ] {
        env.run([
            "map",
            "-q",
            "--tag",
            tag.name(),
            "--expect-resident",
            expected,
        ])
        .refuses(
            10,
            format!(
                "tag {}: 3 of 10 pages are resident; expected {expected}",
                tag.name()
            ),
        )
        .stderr_lines(1);
    }
    let page = page_size();
    let found = env.run([
        "map",
        "-q",
        "--tag",
        tag.name(),
        "--expect-resident",
        "<3pg",
    ]);
    found.code(10);
    assert!(
        found
            .err_text()
            .contains(&format!("({} bytes) are resident", 3 * page))
    );
}

#[test]
fn a_mismatch_comes_after_the_report() {
    let env = Env::new();
    let Some(tag) = three_of_ten(&env) else {
        return;
    };
    let run = env.run([
        "map",
        "--json",
        "--tag",
        tag.name(),
        "--expect-resident",
        "==100%",
    ]);
    run.code(10);
    assert_eq!(run.json()["residency"]["resident"], 3);
    let error = run.json_error();
    assert_eq!(
        (&error["code"], &error["os_error"]),
        (&json!("mismatch"), &json!(null))
    );
}

#[test]
fn an_empty_file_among_several_meets_every_expected_share() {
    let env = Env::new();
    let Some(tag) = three_of_ten(&env) else {
        return;
    };
    env.file("empty", "");
    let path = tag.path();
    let path = path.to_str().unwrap();
    let expect =
        |expected: &str| env.run(["map", "-q", "empty", path, "--expect-resident", expected]);
    for met in ["==30%", "<50%", ">=30%", "<1G"] {
        expect(met).ok().stderr("");
    }
    let run = expect(">0pg");
    run.code(10)
        .stderr_lines(1)
        .stderr_line("mmapctl: empty: 0 bytes are resident; expected >0 bytes");
}

#[test]
fn invalid_expectations_are_refused() {
    let env = Env::new();
    env.file("f", "x");
    for text in [
        "", "101%", "x", ">=", ">=%", "=50%", ">101%", "<1.2345%", ">-1%", ">1Q",
    ] {
        let run = env.run(["map", "f", "--expect-resident", text]);
        run.code(2).stdout("").stderr_lines(1);
        let begin = format!("mmapctl: invalid value '{text}' for '--expect-resident <SHARE>': ");
        assert!(run.err_text().starts_with(&begin), "{}", run.err_text());
    }
}

#[test]
fn hidden_residency_is_unknown_and_meets_no_expectation() {
    let env = Env::new();
    let Some(user) = env.other_user() else { return };
    env.file("f", pattern(100_000));
    let why = "only the file's owner or a writer may see this";
    let run = |arguments: &[&str]| env.cmd(["map", "f"]).args(arguments).user(&user).run();
    run(&[])
        .ok()
        .stdout_line(format!("  resident    unknown: {why}"));
    let report = run(&["--json"]).ok().json();
    assert_eq!(report["residency"]["resident"], json!(null));
    for expected in [">=0%", "<=100%", "<1 PiB"] {
        let run = run(&["-q", "--expect-resident", expected]);
        run.code(10).stdout("");
        let begin = format!("mmapctl: f: residency is unknown ({why}); expected {expected}");
        assert!(run.err_text().starts_with(&begin), "{}", run.err_text());
    }
}

#[test]
fn a_table_shows_unknown_values_and_a_note_gives_the_reason() {
    let env = Env::new();
    let Some(user) = env.other_user() else { return };
    env.file("f", pattern(5000));
    let run = env.cmd(["map", "f", "f"]).user(&user).run();
    let why = "only the file's owner or a writer may see this";
    run.code(0)
        .stderr_line_at(0, format!("mmapctl: note: f: residency is unknown: {why}"));
    let mut last = run.out_text().lines().rev();
    assert_eq!(last.next(), Some("? unknown"));
    let total = last.next().unwrap();
    let words: Vec<&str> = total.split_whitespace().collect();
    assert_eq!(words[3..6], ["?", "?", "total"], "{total}");
}

#[test]
fn pages_are_counted_as_the_kernel_counts_them() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(directory) = env.on_disk() else {
            return;
        };
        let path = directory.path().join("f");
        std::fs::write(&path, pattern(64 << 10)).unwrap();
        evict(&path);
        let cold = env.run(args!["map", &path, "--json"]).ok().json();
        assert_eq!(cold["residency"]["resident"], 0);
        // Mapped pages stay in memory whatever else the machine does.
        let mapped = Mapped::shared(&path);
        mapped.touch();
        let pages = size(&path).div_ceil(page_size());
        let warm = env.run(args!["map", &path, "--json"]).ok().json();
        assert_eq!(
            (&warm["residency"]["resident"], &warm["residency"]["dirty"]),
            (&json!(pages), &json!(0))
        );
        mapped.set(0, 1);
        let dirty = env.run(args!["map", &path, "--json"]).ok().json();
        assert!(dirty["residency"]["dirty"].as_u64().unwrap() > 0);
    });
}

#[test]
fn the_picture_has_a_symbol_for_each_part_and_a_legend() {
    let env = Env::new();
    let Some(tag) = three_of_ten(&env) else {
        return;
    };
    let run = env.run(["map", "--tag", tag.name()]);
    run.ok()
        .stdout_line("              [███·······]")
        .stdout_line("              █ resident  · absent");
    let run = env
        .cmd(["map", "--tag", tag.name()])
        .env("LC_ALL", "C")
        .run();
    run.ok()
        .stdout_line("              [###.......]")
        .stdout_line("              # resident  . absent");
}

#[test]
fn a_terabyte_of_hole_is_measured_immediately() {
    let Some(env) = Env::with_disk() else { return };
    env.sparse_file("f", 1 << 40, &[]);
    let run = env.run(["map", "f", "--json"]);
    run.ok();
    assert_eq!(run.json()["residency"]["resident"], 0);
    assert!(run.elapsed().as_secs() < 5);
}
