//! Rows, columns, sums and expectations.

use std::fs;
use std::os::unix::fs::MetadataExt;

use super::{paths, row, rows, told, tree};
use crate::support::{
    Env, Open, Run, SlowDisk, args, cache, cached, clean_file, evict, page_size, poll_until,
    while_pages_stay,
};

fn json(env: &Env, arguments: &str) -> Run {
    env.cmd(["cached", "--json"])
        .args(arguments.split(' '))
        .run()
}

#[test]
fn the_row_of_a_file_agrees_with_cachestat_and_stat() {
    while_pages_stay(|| {
        let Some((env, top)) = tree() else { return };
        let found = rows(json(&env, "-a t").ok());
        assert_eq!(found.len(), 5, "{found:?}");
        for name in ["a/x", "a/b/y", "c/z", "c/.e"] {
            let path = top.join(name);
            let Some(seen) = cache(&path) else { return };
            let row = row(&found, &format!("t/{name}"));
            let page = page_size();
            let size = fs::metadata(&path).unwrap().size();
            assert_eq!(row["kind"], "file");
            assert_eq!(row["size"], size);
            assert_eq!(row["pages"], size.div_ceil(page));
            assert_eq!(row["cached"], seen.cached * page, "{name}");
            assert_eq!(row["dirty"], seen.dirty * page);
            assert_eq!(row["writeback"], seen.writeback * page);
            assert_eq!(row["files"], 1);
            assert!(row.get("resident").is_none() && row.get("look").is_none());
        }
        let total = &found.last().unwrap().1;
        assert_eq!(
            (&total["kind"], &total["files"]),
            (&"total".into(), &4.into())
        );
        assert_eq!(total["cached"], 13 * page_size());
        assert_eq!(total["size"], 17 * page_size() + page_size() / 2);
    });
}

#[test]
fn dirty_pages_are_counted_until_they_are_written_back() {
    let Some((env, top)) = tree() else { return };
    fs::write(top.join("a/dirty"), vec![1; 2 * page_size() as usize]).unwrap();
    let dirty = cache(top.join("a/dirty")).map(|seen| seen.dirty * page_size());
    let found = rows(json(&env, "t").ok());
    let both = row(&found, "t");
    // The kernel may have begun to write them.
    if dirty == cache(top.join("a/dirty")).map(|seen| seen.dirty * page_size()) {
        assert_eq!(both["dirty"].as_u64(), dirty);
    }
    fs::File::open(top.join("a/dirty"))
        .unwrap()
        .sync_all()
        .unwrap();
    let found = rows(json(&env, "t").ok());
    assert_eq!(row(&found, "t")["dirty"], 0);
}

#[test]
fn directories_have_the_order_and_the_depth_of_du() {
    let Some((env, _)) = tree() else { return };
    fs::create_dir_all(env.path("t/a.x/empty")).unwrap();
    for depth in 0..4 {
        let depth = format!("-d{depth}");
        let du = told(&env, "du", &[&depth, "t"]);
        let mut names: Vec<&str> = du.lines().filter_map(|l| l.split('\t').nth(1)).collect();
        let found = rows(json(&env, &format!("{depth} t")).ok());
        let mut own = paths(&found);
        assert_eq!(own.pop(), Some(""));
        // A directory follows its contents; `du` lists siblings in any order.
        assert_eq!(own.last(), Some(&"t"));
        for (index, name) in own.iter().enumerate() {
            let within = format!("{name}/");
            assert!(!own[index..].iter().any(|later| later.starts_with(&within)));
        }
        names.sort_unstable();
        own.sort_unstable();
        assert_eq!(own, names);
    }
    let found = rows(json(&env, "-d 9 t").ok());
    let files = |path| row(&found, path)["files"].as_u64().unwrap();
    assert_eq!(
        ["t", "t/a", "t/a/b", "t/c", "t/a.x/empty"].map(files),
        [4, 2, 1, 2, 0]
    );
}

#[test]
fn a_total_that_a_row_has_already_is_not_repeated() {
    while_pages_stay(|| {
        let Some((env, _)) = tree() else { return };
        let names = |arguments: &str| {
            let run = env.cmd(["cached"]).args(arguments.split(' ')).run();
            let text = run.ok().out_text().to_owned();
            let names = text
                .lines()
                .map(|l| l.split_whitespace().last().unwrap().to_owned());
            names.skip(1).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names("t"), "t");
        assert_eq!(names("-d1 t"), "t/a t/c t");
        assert_eq!(names("t/a t/c"), "t/a t/c total");
        assert_eq!(names("t t"), "t t total");
        assert_eq!(names("--total t/a t/c"), "total");
        assert_eq!(names("--top 1 t"), "t/a/x total");
        assert_eq!(names("--no-header t/a t/a"), "t/a");
        assert!(names("-a t").ends_with(" total"));
    });
}

#[test]
fn rows_are_sorted_by_each_key_and_the_first_ones_are_kept() {
    while_pages_stay(|| {
        let Some((env, top)) = tree() else { return };
        fs::write(top.join("c/dirty"), vec![1; 1]).unwrap();
        let order = |arguments: &str| {
            let found = rows(json(&env, &format!("{arguments} t")).ok());
            let names = found.iter().filter_map(|(path, _)| path.strip_prefix("t/"));
            names.collect::<Vec<_>>().join(" ")
        };
        let half = page_size() / 2;
        assert_eq!(order("-a --sort name"), "a/b/y a/x c/.e c/dirty c/z");
        assert_eq!(order("-a --sort size"), "a/x c/z a/b/y c/dirty c/.e");
        assert_eq!(order("-a --sort cached"), "a/x a/b/y c/dirty c/.e c/z");
        assert_eq!(order("-a --sort percent"), "a/b/y a/x c/dirty c/z c/.e");
        assert_eq!(order("-a --sort dirty").split(' ').next(), Some("c/dirty"));
        assert_eq!(order("--top 2"), "a/x a/b/y");
        assert_eq!(order("--top 1 --sort size -d 1"), "");
        assert_eq!(order("--top 9 --sort name -d 1"), "a c");
        assert_eq!(
            order(&format!("-a --sort name --min-cached {half}")),
            "a/b/y a/x c/dirty"
        );
        assert_eq!(order("-a --sort name --min-cached 4pg"), "a/b/y a/x");
        // The total is that of all files.
        let found = rows(json(&env, "--top 1 --min-cached 1pg t").ok());
        assert_eq!(row(&found, "")["files"], 5);
    });
}

#[test]
fn columns_are_chosen_and_separated_by_tabs_for_programs() {
    while_pages_stay(|| {
        let Some((env, _)) = tree() else { return };
        let all = "cached,percent,size,dirty,writeback,pages,files,name";
        let run = env.run(args![
            "cached",
            "--bytes",
            "--no-header",
            "--columns",
            all,
            "t/a",
            "t/c/z"
        ]);
        let page = page_size();
        let (cached, size) = (13 * page, 12 * page + page / 2);
        let text = format!(
            "{cached}\t100.0\t{size}\t0\t0\t13\t2\tt/a\n0\t0.0\t{}\t0\t0\t5\t1\tt/c/z\n",
            5 * page
        );
        run.ok().stdout(&text);
        let script = format!(
            "{} cached -a --bytes --no-header t | cut -f1,6 | sort -n",
            crate::support::MMAPCTL
        );
        let run = env.tool("sh", ["-c", &script]).run();
        let sorted = format!(
            "0\tt/c/.e\n0\tt/c/z\n{}\tt/a/b/y\n{}\tt/a/x\n",
            4 * page,
            9 * page
        );
        run.ok().stdout(sorted);
        let run = env.run(args!["cached", "--columns", "name,files", "t/c", "t/a/x"]);
        run.ok()
            .stdout("NAME   FILES\nt/c        2\nt/a/x      1\ntotal      3\n");
    });
}

#[test]
fn pictures_show_which_parts_are_cached() {
    while_pages_stay(|| {
        let Some((env, top)) = tree() else { return };
        let page = page_size();
        let file = clean_file(&top, "half", 40 * page);
        evict(&file);
        env.run(args!["warm", &file, "-n", (20 * page).to_string()])
            .ok();
        if cached(&file) != Some(20) {
            return;
        }
        let cmd = env.cmd(args!["cached", &file]).env("LC_ALL", "C");
        let run = cmd.clone().run();
        let lines: Vec<&str> = run.ok().out_text().lines().collect();
        assert_eq!(lines[2], format!("[{}{}]", "#".repeat(20), ".".repeat(20)));
        assert_eq!(lines[3..], ["# resident  . absent"]);
        let run = cmd.clone().args(args!["-o", (20 * page).to_string()]).run();
        assert_eq!(
            run.ok().out_text().lines().nth(2),
            Some(&*format!("[{}]", ".".repeat(20)))
        );
        let run = cmd
            .args(args!["t/c/z", "--columns", "picture,files", "--no-header"])
            .run();
        let (half, none) = ("#".repeat(10) + &".".repeat(10), ".".repeat(5));
        run.ok().stdout(format!("[{half}]\t1\n[{none}]\t1\n"));
        // Rows that are written as they come have room for the longest picture.
        let picture = |name: &str| args!["cached", "-a", name, "--columns", "picture,name"];
        let run = env.cmd(picture("t/c/z")).env("LC_ALL", "C").run();
        let wide = format!("{:<22}", format!("[{none}]"));
        run.ok()
            .stdout(format!("{:<22}  NAME\n{wide}  t/c/z\n", "PICTURE"));
    });
}

#[test]
fn a_range_counts_the_pages_that_it_touches() {
    while_pages_stay(|| {
        let Some((env, top)) = tree() else { return };
        let run = json(&env, "t/a/x -o 1 -n 1pg");
        let found = rows(run.ok());
        let row = row(&found, "t/a/x");
        assert_eq!(
            (&row["cached"], &row["size"]),
            (&(2 * page_size()).into(), &page_size().into())
        );
        let run = env.run(args!["cached", "t/a/x", "-o", "99M"]);
        run.code(5).stdout("");
        let run = env.run(args!["cached", &top, "-o", "1pg"]);
        run.refuses(2, "a range applies to one file only");
        let run = env.run(args!["cached", "t/a/x", "t/c/z", "-n", "1pg"]);
        run.refuses(2, "a range applies to one file only");
    });
}

#[test]
fn descriptors_tags_and_standard_input_are_measured() {
    while_pages_stay(|| {
        let Some((env, top)) = tree() else { return };
        let run = env
            .cmd(args!["cached", "--json", "--fd", "5"])
            .fd(5, Open::Read, top.join("a/x"))
            .run();
        assert_eq!(run.ok().json_lines()[0]["cached"], 9 * page_size());
        let script = format!("{} cached --json - <t/a/x", crate::support::MMAPCTL);
        let run = env.tool("sh", ["-c", &script]).run();
        assert_eq!(run.ok().json_lines()[0]["source"], "stdin");
        assert_eq!(run.json_lines()[0]["cached"], 9 * page_size());
        let Some(tag) = env.tag("cached") else { return };
        tag.create(vec![1; 3 * page_size() as usize]);
        let run = env.run(args!["cached", "--json", "--tag", tag.name()]);
        assert_eq!(run.ok().json_lines()[0]["cached"], 3 * page_size());
        let run = env.cmd(args!["cached", "-"]).stdin("text").run();
        run.code(8).stdout("");
    });
}

#[test]
fn a_row_that_falls_short_of_the_expectation_is_named() {
    while_pages_stay(|| {
        let Some((env, _)) = tree() else { return };
        let run = env.run(args!["cached", "--expect", "90%", "t/a", "t/c"]);
        let whole = 5 * page_size();
        run.code(10).stderr_line_at(
            0,
            format!("mmapctl: t/c: 0 bytes of 20 KiB ({whole} bytes) are resident; expected >=90%"),
        );
        run.stderr_lines(1);
        env.run(args!["cached", "--expect", ">=70%", "--total", "t"])
            .ok();
        let run = env.run(args!["cached", "--expect", ">=80%", "--total", "t"]);
        run.code(10).stderr_lines(1);
        env.run(args!["cached", "--expect", "==0%", "t/c/z"]).ok();
        let run = env.run(args!["cached", "-a", "--json", "--expect", "50%", "t"]);
        let found = rows(run.code(10));
        assert_eq!(run.json_error()["subject"], "t/c/z");
        assert_eq!(row(&found, "t/a/x")["resident"], 9 * page_size());
    });
}

#[test]
fn pages_that_are_being_read_are_cached_but_do_not_meet_an_expectation() {
    let env = Env::new();
    for disk in env.slow_disks() {
        let length = 64 * page_size();
        let file = clean_file(&disk.mount().dir(), "file", length);
        evict(&file);
        read_slowly(&env, &disk, &file, length);
        let run = env.run(args!["cached", "--json", "--expect", "==100%", &file]);
        let found = run.code(10).json_lines();
        assert_eq!(found[0]["cached"], length);
        assert!(found[0]["resident"].as_u64().unwrap() < length);
        disk.release();
        poll_until("the file is read", || {
            env.run(args!["cached", "--expect", "==100%", &file])
                .ended_with(&[0])
        });
    }
}

fn read_slowly(env: &Env, disk: &SlowDisk, file: &std::path::Path, length: u64) {
    disk.start_reading(env, file, 0, length);
    poll_until("all pages are in flight", || {
        cached(file) == Some(length / page_size())
    });
}

#[test]
fn what_another_user_may_not_know_is_unknown_in_row_and_total() {
    while_pages_stay(|| {
        let Some((env, top)) = tree() else { return };
        let Some(user) = env.other_user() else { return };
        let mine = top.join("mine");
        fs::write(&mine, vec![1; page_size() as usize]).unwrap();
        std::os::unix::fs::chown(&mine, Some(65534), None).unwrap();
        let run = env
            .cmd(args!["cached", "--json", "-a", "--sort", "name", "t"])
            .user(&user)
            .run();
        let found = rows(run.ok());
        assert_eq!(row(&found, "t/mine")["cached"], page_size());
        let hidden = row(&found, "t/a/x");
        assert!(hidden["cached"].is_null() && hidden["dirty"].is_null());
        assert_eq!(hidden["unknown_reason"], "not_permitted");
        let total = row(&found, "");
        assert!(total["cached"].is_null());
        assert_eq!(
            (&total["known"], &total["unknown_files"]),
            (&page_size().into(), &3.into())
        );
        let run = env
            .cmd(args![
                "cached",
                "--bytes",
                "--columns",
                "cached,percent,dirty,name",
                "t/a",
                "t"
            ])
            .user(&user)
            .run();
        let least = format!("≥{}", page_size());
        let note = "mmapctl: note: the pages of 3 files are unknown: only the file's owner or a writer may see this\n";
        run.code(0).stderr(note).stdout(format!(
            " CACHED  %    DIRTY  NAME\nunknown  ?  unknown  t/a\n{least:>7}  ?  unknown  t\n{least:>7}  ?  unknown  total\n"
        ));
        let run = env
            .cmd(args!["cached", "--expect", "1%", "t/a/x"])
            .user(&user)
            .run();
        run.code(10).stderr_lines(2);
        assert!(
            run.err_text().contains("residency is unknown ("),
            "{}",
            run.err_text()
        );
    });
}

#[test]
fn a_value_that_is_no_number_is_refused_in_one_line() {
    let env = Env::new();
    for (option, value, why) in [
        ("--max-depth", "x", "must be a number from 0 to 1000000"),
        ("--max-depth", "-1", "must be a number from 0 to 1000000"),
        ("--depth", "1.5", "must be a number from 0 to 1000000"),
        ("--jobs", "0", "must be a number from 1 to 128"),
        ("--jobs", "many", "must be a number from 1 to 128"),
        ("--top", "0", "must be a number from 1 to 1000000000"),
    ] {
        let run = env.run(args!["cached", option, value, "."]);
        run.code(2).stdout("").stderr_lines(1);
        assert!(
            run.err_text().trim_end().ends_with(why),
            "{}",
            run.err_text()
        );
    }
    let run = env.run(args!["cached", "--min-size", "2", "--max-size", "1", "."]);
    run.refuses(2, "--min-size is greater than --max-size");
}

#[test]
fn only_the_total_is_one_row_also_for_files_and_without_heads() {
    let Some((env, _)) = tree() else { return };
    let run = env.run(args!["cached", "--total", "t/a/x", "t/c/z"]);
    assert_eq!(run.ok().out_text().lines().count(), 2);
    let run = env.run(args![
        "cached",
        "--total",
        "--no-header",
        "--columns",
        "files,name",
        "t/a/x",
        "t/c/z"
    ]);
    run.ok().stdout("2\ttotal\n");
}

#[test]
fn an_expectation_about_no_file_fails_unless_nothing_is_enough() {
    let env = Env::new();
    fs::create_dir(env.path("e")).unwrap();
    env.run(args!["cached", "e", "--expect", "50%"])
        .code(10)
        .stderr("mmapctl: no file was found; expected >=50%\n");
    env.run(args!["cached", "e", "--expect", "0%"]).code(0);
}

#[test]
fn a_column_of_changes_needs_a_watch_and_an_output_is_a_file() {
    let env = Env::new();
    env.run(args!["cached", ".", "--columns", "change"])
        .refuses(2, "the column 'change' needs --watch");
    for output in ["-", "/dev/stdout", "/proc/self/fd/1"] {
        let run = env.run(args!["cached", ".", "--openmetrics", "--output", output]);
        run.code(2).stdout("");
    }
}
