//! `--then`: each step as the kernel shows it from outside, and what the report says of it.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Env, Limit, MapsLine, args, maps, page_size, pattern, smaps_at};
use crate::{Mapping, address};

/// The mappings of a holder inside a range of addresses.
fn inside(mapping: &Mapping, start: u64, length: u64) -> Vec<MapsLine> {
    let all = maps(mapping.held.pid()).into_iter();
    all.filter(|line| line.start >= start && line.end <= start + length)
        .collect()
}

/// The start offset, the length and the permissions of each of these mappings, in pages.
fn shape(lines: &[MapsLine], start: u64) -> Vec<(u64, u64, &str)> {
    let pages = |bytes: u64| bytes / page_size();
    let shape = |line: &MapsLine| (pages(line.start - start), pages(line.length()));
    lines
        .iter()
        .map(|line| (shape(line).0, shape(line).1, &*line.permissions))
        .collect()
}

/// The arguments of a command with these steps.
fn then<'a>(source: &[&'a str], steps: &[&'a str]) -> Vec<&'a str> {
    let steps = steps.iter().flat_map(|step| ["--then", *step]);
    source.iter().copied().chain(steps).collect()
}

const ANONYMOUS: &[&str] = &["--anon", "-n", "16pg", "-a", "c"];

#[test]
fn steps_are_taken_in_the_order_typed_after_the_single_options() {
    let env = Env::new();
    env.file("f", pattern(100_000));
    let steps = ["touch", "protect=r", "advise=random", "protect=none"];
    let mut line = vec!["map", "f", "-a", "w", "--json", "--lock", "--probe"];
    line = then(&line, &steps);
    line.extend(["--protect", "rx"]);
    let report = env.run(line).ok().json();
    let taken = report["steps"].as_array().unwrap();
    let names: Vec<&str> = taken
        .iter()
        .map(|step| step["step"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "protect=rx",
            "lock",
            "probe",
            "touch",
            "protect=r",
            "advise=random",
            "protect=none"
        ]
    );
    for pair in taken.windows(2) {
        let [before, after] = [&pair[0]["after"], &pair[1]["before"]];
        assert_eq!(before["access"], after["access"]);
    }
    assert_eq!(report["access"], "none");
}

#[test]
fn a_part_gets_its_own_access_and_the_rest_keeps_it() {
    let env = Env::new();
    let steps = ["protect=r@4pg+4pg", "protect=none@6pg..8pg"];
    let mapping = Mapping::hold(&env, then(ANONYMOUS, &steps));
    let start = mapping.address();
    let lines = inside(&mapping, start, 16 * page_size());
    assert_eq!(
        shape(&lines, start),
        [
            (0, 4, "rw-p"),
            (4, 2, "r--p"),
            (6, 2, "---p"),
            (8, 8, "rw-p")
        ]
    );
    let parts = mapping.report["parts"].as_array().unwrap();
    let access: Vec<&Value> = parts.iter().map(|part| &part["access"]).collect();
    assert_eq!(access, ["c", "r", "none", "c"]);
    assert_eq!(mapping.report["length"], 16 * page_size());
    let back = ["protect=r@4pg+4pg", "protect=c@4pg+4pg"];
    let mapping = Mapping::hold(&env, then(ANONYMOUS, &back));
    assert!(mapping.report["parts"].is_null());
    let lines = inside(&mapping, mapping.address(), 16 * page_size());
    assert_eq!(shape(&lines, mapping.address()), [(0, 16, "rw-p")]);
}

#[test]
fn unmapping_a_part_leaves_a_hole_and_two_mappings() {
    let env = Env::new();
    env.file("f", pattern(16 * page_size() as usize));
    for source in [&["f"][..], ANONYMOUS] {
        let mapping = Mapping::hold(&env, then(source, &["unmap@4pg+8pg"]));
        let start = mapping.address();
        let lines = inside(&mapping, start, 16 * page_size());
        let found: Vec<(u64, u64)> = shape(&lines, start)
            .iter()
            .map(|(a, b, _)| (*a, *b))
            .collect();
        assert_eq!(found, [(0, 4), (12, 4)]);
        let parts = mapping.report["parts"].as_array().unwrap();
        let addresses: Vec<u64> = parts.iter().map(address).collect();
        assert_eq!(addresses, [start, start + 12 * page_size()]);
        assert_eq!(mapping.report["length"], 8 * page_size());
        assert_eq!(mapping.report["steps"][0]["before"]["mappings"], 1);
        assert_eq!(mapping.report["steps"][0]["after"]["mappings"], 2);
    }
    env.run(then(&["map", "f"], &["unmap@4pg+8pg"]))
        .ok()
        .stdout_line(format!("f: {} KiB in 2 mappings", 8 * page_size() / 1024));
}

#[test]
fn unmapping_everything_leaves_nothing() {
    let env = Env::new();
    env.file("f", pattern(100_000));
    let mapping = Mapping::hold(&env, then(&["f"], &["touch", "unmap"]));
    let path = env.path("f");
    let found = maps(mapping.held.pid());
    assert!(found.iter().all(|line| line.path != path.to_str().unwrap()));
    assert_eq!(mapping.report["length"], 0);
    env.run(then(&["map", "f"], &["unmap"]))
        .ok()
        .stdout_line("f: unmapped");
    for next in ["touch", "touch@0+1", "lock", "probe", "unmap"] {
        env.run(then(&["map", "-q", "f"], &["unmap", next]))
            .refuses(2, "f: nothing is mapped any more");
    }
}

#[test]
fn locking_and_unlocking_a_part_shows_in_the_kernel() {
    let env = Env::new();
    let mapping = Mapping::hold(&env, then(ANONYMOUS, &["lock", "unlock@0..8pg"]));
    let locked = |at: u64| {
        let seen = smaps_at(mapping.held.pid(), mapping.address() + at).unwrap();
        (seen.has_flag("lo"), seen.get("Locked"))
    };
    assert_eq!(locked(0), (false, 0));
    assert_eq!(locked(8 * page_size()), (true, 8 * page_size()));
    let steps = &mapping.report["steps"];
    assert_eq!(steps[0]["after"]["locked"], 16 * page_size());
    assert_eq!(steps[1]["after"]["locked"], 8 * page_size());
    let mapping = Mapping::hold(
        &env,
        then(ANONYMOUS, &["lock=onfault", "touch=write@..4pg"]),
    );
    let seen = smaps_at(mapping.held.pid(), mapping.address()).unwrap();
    assert!(seen.has_flag("lf"));
    assert_eq!(seen.get("Locked"), 4 * page_size());
}

#[test]
fn copy_on_write_copies_exactly_the_written_pages() {
    let env = Env::new();
    let bytes = pattern(16 * page_size() as usize);
    let path = env.file("f", &bytes);
    let mapping = Mapping::hold(
        &env,
        then(&["f", "-a", "c"], &["touch", "touch=write@2pg+3pg"]),
    );
    let seen = smaps_at(mapping.held.pid(), mapping.address()).unwrap();
    assert_eq!(seen.get("Rss"), 16 * page_size());
    assert_eq!(seen.get("Anonymous"), 3 * page_size());
    assert!(fs::read(path).unwrap() == bytes);
}

#[test]
fn huge_pages_come_where_the_kernel_gives_them() {
    let env = Env::new();
    let steps = ["advise=hugepage", "touch=write"];
    let mapping = Mapping::hold(&env, then(&["--anon", "-n", "4M", "-a", "c"], &steps));
    let seen = smaps_at(mapping.held.pid(), mapping.address()).unwrap();
    assert_eq!(seen.get("Rss"), 4 << 20);
    assert_eq!(
        mapping.report["steps"][1]["after"]["huge"],
        seen.get("AnonHugePages")
    );
    let enabled = fs::read_to_string("/sys/kernel/mm/transparent_hugepage/enabled");
    let enabled = enabled.is_ok_and(|text| !text.contains("[never]"));
    assert!(!enabled || seen.get("AnonHugePages") >= 2 << 20);
}

#[test]
fn advice_on_a_part_is_judged_by_this_part() {
    let env = Env::new();
    let steps = [
        "touch=write",
        "advise=random@4pg+4pg",
        "advise=dontneed@..8pg",
    ];
    let mapping = Mapping::hold(&env, then(ANONYMOUS, &steps));
    let flags = |at: u64| {
        let seen = smaps_at(mapping.held.pid(), mapping.address() + at * page_size());
        let seen = seen.unwrap();
        (seen.has_flag("rr"), seen.get("Rss") / page_size())
    };
    assert_eq!(
        [flags(0), flags(4), flags(8)],
        [(false, 0), (true, 0), (false, 8)]
    );
    let taken = &mapping.report["steps"];
    assert_eq!(taken[1]["effects"][0]["lasts"], "while-mapped");
    let reason = taken[1]["effects"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("flag rr"), "{reason}");
    assert_eq!(taken[2]["after"]["rss"], 8 * page_size());
    // Nothing is left to discard.
    let again = then(&["map", "--json"], &[]);
    let again: Vec<&str> = again
        .into_iter()
        .chain(then(ANONYMOUS, &["advise=dontneed@..8pg"]))
        .collect();
    let report = env.run(again).ok().json();
    assert_eq!(report["steps"][0]["changed"], false);
    assert_eq!(report["steps"][0]["effects"][0]["lasts"], "no-effect");
}

#[test]
fn a_call_that_changes_nothing_is_reported_as_such() {
    let env = Env::new();
    env.file("f", pattern(100));
    for step in ["protect=r", "sync", "sync=async", "unlock", "touch@0+1"] {
        let line = then(&["map", "f", "--then", "touch"], &[step]);
        let start = format!("  step 2      {step}");
        let run = env.run(line);
        let found = run
            .ok()
            .out_text()
            .lines()
            .find(|line| line.starts_with(&start));
        let found = found.unwrap();
        assert!(
            found.ends_with(": succeeded, but nothing changed"),
            "{found}"
        );
    }
}

#[test]
fn flushing_a_written_mapping_cleans_its_pages_unless_it_is_private() {
    let env = Env::new();
    let Some(disk) = env.on_disk() else { return };
    let path = disk.path().join("f");
    let steps = ["touch=write", "sync=async", "sync"];
    let line = args!["map", "--json", &path, "-a", "w", "-n", "16pg"];
    let report = env.cmd(line).args(then(&[], &steps)).run().ok().json();
    let dirty = |step: usize| &report["steps"][step]["after"]["dirty"];
    assert_eq!([dirty(0), dirty(2)], [&json!(16), &json!(0)]);
    let line = args!["map", "--json", &path, "-a", "c"];
    let steps = ["touch=write", "sync"];
    let report = env.cmd(line).args(then(&[], &steps)).run().ok().json();
    assert_eq!(report["steps"][1]["changed"], false);
}

#[test]
fn a_moved_mapping_keeps_its_bytes_and_can_leave_its_old_addresses() {
    let env = Env::new();
    let bytes = pattern(16 * page_size() as usize);
    env.file("f", &bytes);
    let half = format!("{}", 8 * page_size());
    let source = ["f", "-n", "8pg"];
    let fixed = "remap=8pg,fixed=0x200000000000";
    let mapping = Mapping::hold(&env, then(&source, &[fixed]));
    assert_eq!(mapping.address(), 0x2000_0000_0000);
    assert_eq!(mapping.get(100), bytes[100]);
    let left = format!("remap={half},dontunmap");
    let mapping = Mapping::hold(&env, then(&source, &[&left]));
    let path = env.path("f");
    let found = maps(mapping.held.pid()).into_iter();
    let found = found.filter(|line| line.path == path.to_str().unwrap());
    assert_eq!(found.count(), 2);
    assert_eq!(mapping.report["parts"].as_array().unwrap().len(), 2);
    let taken = ["--addr", "0x200000000000"];
    env.run(then(
        &[&["map", "-q"], &source[..], &taken].concat(),
        &[fixed],
    ))
    .refuses(7, "f: cannot remap: address in use");
    env.run(then(
        &["map", "-q", "f", "-n", "8pg"],
        &["remap=4pg,dontunmap"],
    ))
    .refuses(
        8,
        "f: cannot remap: 'dontunmap' needs the old length, and ordinary pages",
    );
    env.run(then(
        &["map", "-q", "f"],
        &["remap=8pg,fixed=0x200000000001"],
    ))
    .code(2);
}

#[test]
fn a_part_that_moves_leaves_a_hole() {
    let env = Env::new();
    let bytes = pattern(16 * page_size() as usize);
    env.file("f", &bytes);
    let step = "remap=4pg,fixed=0x200000000000@4pg+4pg";
    let mapping = Mapping::hold(&env, then(&["f"], &[step]));
    let start = mapping.address();
    let lines = inside(&mapping, start, 16 * page_size());
    assert_eq!(shape(&lines, start), [(0, 4, "r--s"), (8, 8, "r--s")]);
    let moved = smaps_at(mapping.held.pid(), 0x2000_0000_0000).unwrap();
    assert_eq!(moved.line.length(), 4 * page_size());
    env.run(then(&["map", "-q", "f"], &["protect=none@0+1pg", "remap=4pg"]))
        .refuses(
            2,
            "f: cannot remap: it has several mappings, and the kernel remaps one at a time: name one with @RANGE",
        );
}

#[test]
fn a_sealed_mapping_refuses_later_changes() {
    let env = Env::new();
    let line = then(&["map", "--anon", "-n", "16pg", "-a", "c", "-q"], &["seal"]);
    let run = env.run(line);
    if run.status().code() == Some(8) {
        run.stderr_line(
            "mmapctl: anonymous memory: cannot seal: mseal(2) needs a 64-bit Linux 6.10 or later",
        );
        return;
    }
    run.ok();
    let mapping = Mapping::hold(
        &env,
        then(ANONYMOUS, &["seal@4pg+4pg", "touch=write", "lock"]),
    );
    assert!(
        smaps_at(mapping.held.pid(), mapping.address() + 4 * page_size())
            .unwrap()
            .has_flag("sl")
    );
    assert!(
        !smaps_at(mapping.held.pid(), mapping.address())
            .unwrap()
            .has_flag("sl")
    );
    for (step, verb) in [
        ("protect=r", "protect"),
        ("unmap", "unmap"),
        ("unmap@5pg+1pg", "unmap"),
        ("remap=32pg", "remap"),
    ] {
        let line: Vec<&str> = ["map", "-q"]
            .into_iter()
            .chain(then(ANONYMOUS, &["seal", step]))
            .collect();
        env.run(line)
            .refuses(4, format!("anonymous memory: cannot {verb}: it is sealed"));
    }
}

#[test]
fn a_name_shows_in_the_memory_map_where_the_kernel_has_names() {
    let env = Env::new();
    env.file("f", pattern(100));
    let line: Vec<&str> = ["map", "-q"]
        .into_iter()
        .chain(then(ANONYMOUS, &["name=ring"]))
        .collect();
    let run = env.run(line);
    match run.status().code() {
        Some(0) => {
            let mapping = Mapping::hold(&env, then(ANONYMOUS, &["name=ring"]));
            let seen = smaps_at(mapping.held.pid(), mapping.address()).unwrap();
            assert_eq!(seen.line.path, "[anon:ring]");
            assert_eq!(mapping.report["steps"][0]["after"]["name"], "[anon:ring]");
        }
        _ => {
            run.refuses(
                8,
                "anonymous memory: cannot name: the kernel does not name memory: it is older than Linux 5.17, or \
                 built without CONFIG_ANON_VMA_NAME",
            );
        }
    }
    env.run(then(&["map", "-q", "f"], &["name=ring"]))
        .refuses(8, "f: cannot name: only anonymous memory can be named");
}

#[test]
fn a_failed_step_ends_the_sequence_and_what_was_done_is_reported() {
    let env = Env::new();
    env.file("f", pattern(16 * page_size() as usize));
    let steps = ["touch@..4pg", "protect=none@4pg+1pg", "touch", "unmap"];
    let report = env.run(then(&["map", "--json", "f"], &steps));
    let report = report.code(9).json();
    let taken = report["steps"].as_array().unwrap();
    assert_eq!(taken.len(), 3);
    assert_eq!(
        (&taken[1]["failed"], &taken[2]["failed"]),
        (&Value::Null, &json!("fault"))
    );
    let run = env.run(then(&["map", "f"], &steps));
    let message = format!("f: cannot read at offset {}", 4 * page_size());
    assert!(
        run.code(9)
            .err_text()
            .starts_with(&format!("mmapctl: {message}")),
        "{run:?}"
    );
    assert!(
        run.out_text()
            .lines()
            .any(|line| line.starts_with("  step 3      touch: failed (fault)"))
    );
    let report = env.run(then(&["map", "--json", "f", "--hold=60s"], &steps));
    assert_eq!(report.code(9).json()["steps"][2]["failed"], "fault");
    // Nothing is held, and no program runs.
    env.run(then(&["map", "-q", "f", "--hold=60s"], &steps))
        .code(9)
        .stdout("");
    env.cmd(then(&["map", "-q", "f"], &steps))
        .args(["--", "echo", "ran"])
        .run()
        .code(9)
        .stdout("");
    // The only step, which did nothing, is not reported.
    env.run(then(&["map", "f"], &["protect=w"]))
        .code(4)
        .stdout("");
}

#[test]
fn a_sequence_that_fails_leaves_the_file_as_it_was() {
    let env = Env::new();
    let path = env.file("f", pattern(100));
    let steps = ["touch", "protect=none", "touch"];
    let line = then(&["map", "--json", "f", "-a", "w", "-n", "16pg"], &steps);
    let report = env.run(line).code(9).json();
    assert_eq!(crate::support::size(&path), 100);
    assert_eq!(
        (&report["size"], &report["grown"]),
        (&json!(100), &Value::Null)
    );
    let line = then(&["map", "--json", "new", "-a", "w", "-n", "16pg"], &steps);
    let report = env.run(line).code(9).json();
    assert!(!env.path("new").exists());
    assert_eq!(report["created"], false);
}

#[test]
fn a_wrong_part_is_refused_with_the_nearest_values() {
    let env = Env::new();
    env.file("f", pattern(5000));
    let page = page_size();
    let refuses = |step: &str, why: &str| {
        env.run(then(&["map", "f"], &[step]))
            .refuses(2, format!("f: {why}"));
    };
    if page == 4096 {
        refuses(
            "touch@1..",
            "the part starts at 1, which is not a multiple of 4096; the nearest are 0 and 4096",
        );
        refuses(
            "touch@0..8193",
            "the part ends at 8 KiB (8193 bytes), but the mapping has 4.88 KiB (5000 bytes)",
        );
        refuses("touch@4K..4K", "the part of the mapping is empty");
        refuses(
            "touch@8K..",
            "offset 8192 is beyond the end: the size is 5000 bytes",
        );
        env.run(then(&["map", "-q", "f"], &["touch@4K..8K"])).ok();
        env.run(then(&["map", "-q", "f"], &["unmap@0+4K", "touch@0.."]))
            .refuses(2, "f: nothing is mapped at offset 0 of the mapping");
    }
    env.run(["map", "f", "--then", "jump"]).code(2);
    env.run(["map", "f", "-a", "w", "--then", "advise=remove"])
        .refuses(2, "'remove' destroys data; add --destructive to confirm");
    env.run(["map", "f", "--then", "protect=c"]).refuses(
        2,
        "protect=c makes private copies, but the mapping is shared; add --private",
    );
}

#[test]
fn every_combination_of_protection_bits_is_shown_as_the_kernel_takes_it() {
    let env = Env::new();
    env.file("f", pattern(5000));
    for (access, permissions) in [
        ("none", "---s"),
        ("x", "--xs"),
        ("wo", "-w-s"),
        ("wox", "-wxs"),
        ("r", "r--s"),
        ("rx", "r-xs"),
        ("w", "rw-s"),
        ("wx", "rwxs"),
    ] {
        let mapping = Mapping::hold(&env, ["f", "-a", access]);
        assert_eq!(mapping.permissions(), permissions, "{access}");
        assert_eq!(mapping.report["access"], access);
        let step = format!("protect={access}");
        let mapping = Mapping::hold(&env, then(&["f", "-a", "w"], &[&step]));
        assert_eq!(mapping.permissions(), permissions, "{access}");
    }
    let mapping = Mapping::hold(&env, ["f", "-a", "wo", "--private"]);
    assert_eq!(mapping.permissions(), "-w-p");
}

#[test]
fn droppable_memory_is_private_and_anonymous() {
    let env = Env::new();
    env.file("f", pattern(100));
    let anonymous = ["--anon", "-n", "16pg", "-a", "w", "--flags", "droppable"];
    let line = ["map", "-q"].into_iter().chain(anonymous);
    let run = env.run(line);
    match run.status().code() {
        Some(0) => {
            let mapping = Mapping::hold(&env, then(&anonymous, &["touch=write"]));
            let seen = smaps_at(mapping.held.pid(), mapping.address()).unwrap();
            assert!(seen.has_flag("dp"), "{:?}", seen.flags);
            assert_eq!(seen.line.permissions, "rw-p");
        }
        _ => {
            run.refuses(
                8,
                "anonymous memory: cannot map: 'droppable' needs a 64-bit Linux 6.11 or later, without 'growsdown' \
                 and 'hugetlb'",
            );
        }
    }
    let needs = "cannot map: 'droppable' needs anonymous memory that no other program opens";
    env.run(["map", "f", "--flags", "droppable"])
        .refuses(8, format!("f: {needs}"));
    env.cmd(["map"])
        .args(anonymous)
        .args(["--", "true"])
        .run()
        .refuses(8, format!("anonymous memory: {needs}"));
    env.cmd(["map"])
        .args(anonymous)
        .arg("--shared")
        .run()
        .refuses(
            2,
            "anonymous memory: cannot map: 'droppable' memory is always private",
        );
}

#[test]
fn several_sources_are_mapped_at_the_same_time() {
    let env = Env::new();
    env.file("a", pattern(16 * page_size() as usize));
    env.file("b", pattern(8 * page_size() as usize));
    let both = ["map", "-q", "a", "b", "--addr", "0x200000000000"];
    env.run(both).code(7).stderr_line_at(
        0,
        "mmapctl: b: cannot map: address in use: the requested range is already mapped",
    );
    let addresses = env.run(["map", "a", "b", "--json"]).ok().json_lines();
    assert_ne!(address(&addresses[0]), address(&addresses[1]));
    // What is not replaced stays.
    let mut held = env
        .cmd(both)
        .args(["--flags", "fixed", "--json", "--hold=60s"])
        .hold();
    let ready: Value = serde_json::from_str(&held.line(0)).unwrap();
    let found: Vec<MapsLine> = maps(held.pid())
        .into_iter()
        .filter(|line| line.path.ends_with("/a") || line.path.ends_with("/b"))
        .collect();
    let shape: Vec<(u64, u64, bool)> = found
        .iter()
        .map(|line| {
            (
                line.start - 0x2000_0000_0000,
                line.length(),
                line.path.ends_with("/b"),
            )
        })
        .collect();
    let half = 8 * page_size();
    assert_eq!(shape, [(0, half, true), (half, half, false)]);
    let lengths: Vec<&Value> = ["0", "1"]
        .iter()
        .map(|n| &ready["mappings"][n.parse::<usize>().unwrap()]["length"])
        .collect();
    assert_eq!(lengths, [&json!(half), &json!(half)]);
    let run = env.run([
        "map",
        "b",
        "b",
        "--addr",
        "0x200000000000",
        "--flags",
        "fixed",
        "--hold=0",
    ]);
    let ready = run.ok().out_text().lines().last().unwrap();
    assert!(ready.starts_with("ready: 1 mapping, "), "{ready}");
}

#[test]
fn many_files_are_mapped_with_few_descriptors() {
    let env = Env::new();
    let names: Vec<String> = (0..200).map(|number| format!("f{number}")).collect();
    for name in &names {
        env.file(name, "x");
    }
    env.cmd(["map", "-q"])
        .args(&names)
        .limit(Limit::OpenFiles, 64)
        .run()
        .ok();
}

/// The permissions of each page that random steps leave, with `None` for a hole, and the steps.
fn random_steps(seed: u64) -> (Vec<String>, Vec<Option<&'static str>>) {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut below = |limit: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(state >> 33).unwrap() % limit
    };
    let mut pages = vec![Some("rw-p"); 16];
    let mut steps = Vec::new();
    for _ in 0..8 {
        let start = below(15);
        let end = start + 1 + below(16 - start);
        // Pages after the last mapped one are not in the mapping.
        let last = pages.iter().rposition(Option::is_some).unwrap_or(0) + 1;
        let end = end.min(last);
        if start >= end {
            continue;
        }
        let part = &mut pages[start..end];
        let (whole, some) = (
            part.iter().all(Option::is_some),
            part.iter().any(Option::is_some),
        );
        let (access, permissions) = [("r", "r--p"), ("none", "---p"), ("c", "rw-p")][below(3)];
        let action = match below(4) {
            0 if some => {
                part.fill(None);
                "unmap".to_owned()
            }
            1 | 2 if whole => {
                part.fill(Some(permissions));
                format!("protect={access}")
            }
            3 if whole => "advise=random".to_owned(),
            _ => continue,
        };
        steps.push(format!("{action}@{start}pg..{end}pg"));
    }
    (steps, pages)
}

#[test]
fn random_steps_leave_what_a_model_of_them_has() {
    let env = Env::new();
    let page = page_size();
    for seed in 0..40 {
        let (steps, pages) = random_steps(seed);
        let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
        let base = "0x200000000000";
        let source = [ANONYMOUS, &["--addr", base]].concat();
        let mapping = Mapping::hold(&env, then(&source, &steps));
        let found = maps(mapping.held.pid());
        for (number, expected) in (0..).zip(&pages) {
            let at = 0x2000_0000_0000 + number * page;
            let line = found
                .iter()
                .find(|line| (line.start..line.end).contains(&at));
            let is = line.map(|line| &*line.permissions);
            assert_eq!(is, *expected, "page {number} after {steps:?} (seed {seed})");
        }
        let mapped = pages.iter().filter(|page| page.is_some()).count() as u64;
        assert_eq!(mapping.report["length"], mapped * page, "{steps:?}");
    }
}

#[test]
fn a_sealed_mapping_of_a_file_does_not_disturb_the_end_of_the_command() {
    let env = Env::new();
    env.file("f", pattern(5000));
    let run = env.run(then(&["map", "-q", "f"], &["seal"]));
    let status = run.status().code();
    assert!(status == Some(0) || status == Some(8), "{run:?}");
    if status == Some(0) {
        run.stderr("");
        env.run(then(&["map", "-q", "f", "--hold=0"], &["seal"]))
            .ok();
    }
}

#[test]
fn a_trial_before_truncation_follows_the_length_that_steps_give() {
    let env = Env::new();
    let path = env.file("f", pattern(100));
    let line = [
        "map", "-q", "f", "-a", "w", "-n", "8pg", "--open", "truncate",
    ];
    let steps = ["remap=4pg,fixed=0x200000000000", "touch=write@2pg+2pg"];
    env.run(then(&line, &steps)).ok();
    assert_eq!(crate::support::size(&path), 8 * page_size());
    fs::write(&path, pattern(100)).unwrap();
    let steps = ["remap=4pg,fixed=0x200000000000", "touch=write@4pg+1pg"];
    env.run(then(&line, &steps)).code(2);
    assert!(fs::read(&path).unwrap() == pattern(100));
}
