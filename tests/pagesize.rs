//! `mmapctl pagesize`, for any page size of the machine.

#![cfg(target_os = "linux")]

mod support;
use support::{Env, page_size};

use serde_json::json;

#[test]
fn without_options_it_prints_the_page_size_and_nothing_else() {
    let env = Env::new();
    let Some(getconf) = env.peer("getconf") else {
        return;
    };
    let expected = env.tool(getconf, ["PAGESIZE"]).run();
    env.run(["pagesize"]).ok().stdout(expected.out());
    let json = env.run(["pagesize", "--json"]).ok().json();
    assert_eq!(json, json!({"page_size": page_size()}));
    env.run(["pagesize", "--quiet"]).ok().stdout(expected.out());
}

#[test]
fn the_granularity_equals_the_page_size() {
    let env = Env::new();
    let expected = format!("{}\n", page_size());
    env.run(["pagesize", "--granularity"]).ok().stdout(expected);
    let json = env.run(["pagesize", "-g", "--json"]).ok().json();
    assert_eq!(json, json!({"granularity": page_size()}));
}

#[test]
fn rounding_keeps_the_notation_of_the_number() {
    let env = Env::new();
    let page = page_size();
    let cases = [
        ("0".to_owned(), "0".to_owned(), "0".to_owned()),
        ("1".to_owned(), page.to_string(), "0".to_owned()),
        (page.to_string(), page.to_string(), page.to_string()),
        (
            format!("{}", page + 1),
            (2 * page).to_string(),
            page.to_string(),
        ),
        (
            "3pg".to_owned(),
            (3 * page).to_string(),
            (3 * page).to_string(),
        ),
        (
            format!("{:#x}", 5 * page - 1),
            format!("{:#x}", 5 * page),
            format!("{:#x}", 4 * page),
        ),
    ];
    for (text, up, down) in &cases {
        env.run(["pagesize", "--align", text])
            .ok()
            .stdout(format!("{up}\n"));
        env.run(["pagesize", "--align", text, "--down"])
            .ok()
            .stdout(format!("{down}\n"));
    }
    let json = env
        .run(["pagesize", "--json", "--align", "0x1"])
        .ok()
        .json();
    let aligned = format!("{page:#x}");
    assert_eq!(
        json,
        json!({"value": "0x1", "aligned": aligned, "unit": page})
    );
    let json = env.run(["pagesize", "--json", "--align", "1"]).ok().json();
    assert_eq!(json, json!({"value": 1, "aligned": page, "unit": page}));
}

#[test]
fn rounding_up_beyond_64_bits_is_a_usage_error_and_rounding_down_is_not() {
    let env = Env::new();
    env.run(["pagesize", "--align", "0xffffffffffffffff"])
        .refuses(
            2,
            format!(
                "the next multiple of {} above 0xffffffffffffffff exceeds 64 bits",
                page_size()
            ),
        )
        .stderr_line_at(1, "hint: use --down to round down");
    let down = u64::MAX - (page_size() - 1);
    env.run(["pagesize", "--align", "0xffffffffffffffff", "--down"])
        .ok()
        .stdout(format!("{down:#x}\n"));
}

#[test]
fn a_partial_page_counts_as_one() {
    let env = Env::new();
    for (bytes, pages) in [(0, 0), (1, 1), (page_size(), 1), (page_size() + 1, 2)] {
        env.run(["pagesize", "--pages", &bytes.to_string()])
            .ok()
            .stdout(format!("{pages}\n"));
    }
    let json = env
        .run(["pagesize", "--json", "--pages", "7pg"])
        .ok()
        .json();
    let page = page_size();
    assert_eq!(json, json!({"length": 7 * page, "pages": 7, "unit": page}));
}

#[test]
fn huge_pages_match_the_kernels_list() {
    let env = Env::new();
    let mut expected: Vec<u64> = std::fs::read_dir("/sys/kernel/mm/hugepages")
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .map(|name| name["hugepages-".len()..].trim_end_matches("kB").to_owned())
        .map(|kibibytes| kibibytes.parse::<u64>().unwrap() * 1024)
        .collect();
    expected.sort_unstable();
    let run = env.run(["pagesize", "--huge"]);
    if expected.is_empty() {
        run.refuses(
            8,
            "cannot list huge pages: this system has no pools of huge pages",
        );
        return;
    }
    let lines: String = expected.iter().map(|size| format!("{size}\n")).collect();
    run.ok().stdout(lines);
    let json = env.run(["pagesize", "--huge", "--json"]).ok().json();
    let pools = json["huge_pages"].as_array().unwrap();
    let sizes: Vec<u64> = pools.iter().map(|p| p["size"].as_u64().unwrap()).collect();
    assert_eq!(sizes, expected);
    assert!(
        pools
            .iter()
            .all(|p| p["total"].is_u64() && p["free"].is_u64())
    );
    let verbose = env.run(["pagesize", "--huge", "--verbose"]);
    assert!(verbose.ok().out_text().contains(" total, "));
}

#[test]
fn all_sizes_are_labelled_and_exact_with_bytes() {
    let env = Env::new();
    let page = page_size();
    env.run(["pagesize", "--all", "--bytes"])
        .ok()
        .stdout_line(format!("page                   {page}"))
        .stdout_line(format!("granularity            {page}"));
    let json = env.run(["pagesize", "--all", "--json"]).ok().json();
    assert_eq!(json["page_size"], page);
    assert_eq!(json["granularity"], page);
    assert!(json["huge_pages"].is_array());
    let transparent = &json["transparent_huge_page"];
    assert!(transparent.is_null() || transparent.as_u64().unwrap() > page);
}

#[test]
fn only_one_question_may_be_asked() {
    let env = Env::new();
    for wrong in [
        &["--huge", "--all"][..],
        &["--pages", "1", "--align", "1"],
        &["--down"],
        &["--granularity", "--huge"],
        &["extra"],
    ] {
        env.run([&["pagesize"], wrong].concat()).code(2).stdout("");
    }
}
