//! Ranges and addresses: accepted values, their results, and the values named in refusals.

use serde_json::json;

use crate::support::{Env, Limit, args, page_size, pattern};
use crate::{Mapping, address};

/// An address range that the kernel never chooses itself.
const FREE: &str = "0x200000000000";

#[test]
fn a_zero_length_and_an_unaligned_offset_suggest_valid_values() {
    let env = Env::new();
    env.file("f", pattern(100_000));
    let page = page_size();
    env.run(["map", "f", "-n", "0"]).refuses(
        2,
        format!(
            "f: cannot map: the length must be at least 1 byte, which maps a page of {page} bytes"
        ),
    );
    env.run(["map", "f", "-o", "1"]).refuses(
        2,
        format!(
            "f: cannot map: offset 1 is not a multiple of {page}; the nearest are 0 and {page}"
        ),
    );
    let odd = 3 * page + 5;
    env.run(args!["map", "f", "-o", odd.to_string()]).refuses(
        2,
        format!(
            "f: cannot map: offset {odd} is not a multiple of {page}; the nearest are {} and {}",
            3 * page,
            4 * page
        ),
    );
}

#[test]
fn an_offset_from_the_end_must_resolve_to_an_aligned_offset() {
    let env = Env::new();
    env.file("f", pattern(100));
    let page = page_size();
    env.run(["map", "f", "-o", "-101"]).refuses(
        2,
        "f: offset -101 is before the start: the size is 100 bytes, so the lowest is -100",
    );
    env.run(["map", "f", "-o", "-99"]).refuses(
        2,
        format!(
            "f: cannot map: offset 1 is not a multiple of {page}; the nearest are 0 and {page}"
        ),
    );
    let report = env.run(["map", "f", "-o", "-100", "--json"]).ok().json();
    assert_eq!(
        (&report["offset"], &report["length"]),
        (&json!(0), &json!(100))
    );
    let whole = env.file("whole", pattern(3 * page as usize));
    let report = env
        .run(args!["map", whole, "-o", "-2pg", "--json"])
        .ok()
        .json();
    assert_eq!(
        (&report["offset"], &report["length"]),
        (&json!(page), &json!(2 * page))
    );
}

#[test]
fn an_offset_at_or_beyond_the_end_is_too_short() {
    let env = Env::new();
    let page = page_size();
    env.file("f", pattern(page as usize));
    env.run(["map", "f", "-o", "1pg"])
        .refuses(5, format!("f: cannot map: it ends at offset {page}"));
    env.run(["map", "f", "-o", "2pg"]).refuses(
        5,
        format!(
            "f: offset {} is beyond the end: the size is {page} bytes",
            2 * page
        ),
    );
    env.run(["map", "f", "-o", "1pg", "-n", "1"])
        .code(5)
        .stdout("");
}

#[test]
fn offset_plus_length_cannot_exceed_the_largest_offset() {
    let env = Env::new();
    env.file("f", pattern(100));
    let near = u64::MAX / 2 / page_size() * page_size();
    for (arguments, what) in [
        (&["-o", "8E"][..], "offset 9223372036854775808".to_owned()),
        (&["-n", "8E"], "length 9223372036854775808".to_owned()),
        (
            &["-o", &near.to_string(), "-n", "1pg"],
            format!("offset {near} + length {}", page_size()),
        ),
    ] {
        for access in ["r", "w"] {
            let run = env.cmd(["map", "f", "-a", access]).args(arguments).run();
            run.refuses(
                2,
                format!("f: {what} exceeds 9223372036854775807, the largest offset"),
            );
        }
    }
}

#[test]
fn invalid_sizes_are_quoted_in_the_refusal() {
    let env = Env::new();
    for (text, bytes) in [
        ("1K", 1024),
        ("1KiB", 1024),
        ("1kB", 1000),
        ("0x1000", 4096),
        ("2pg", 2 * page_size()),
        ("1_000", 1000),
        ("1.5M", 3 << 19),
    ] {
        let report = env
            .run(["map", "--anon", "--json", "--length", text])
            .ok()
            .json();
        assert_eq!(report["length"], bytes, "{text}");
    }
    for text in ["99999999999999999999", "-1", "4Q", ""] {
        let run = env.run(["map", "--anon", "--length", text]);
        run.code(2).stdout("").stderr_lines(1);
        let begin = format!("mmapctl: invalid value '{text}' for '--length <SIZE>': ");
        assert!(run.err_text().starts_with(&begin), "{}", run.err_text());
    }
}

#[test]
fn a_length_beyond_the_address_space_is_out_of_memory() {
    let env = Env::new();
    for access in ["r", "w", "c", "none"] {
        env.run(["map", "--anon", "-n", "1E", "-a", access])
            .refuses(
                7,
                "anonymous memory: cannot map: no room for 1 EiB (1152921504606846976 bytes)",
            );
    }
}

#[test]
fn a_length_beyond_the_address_space_limit_is_out_of_memory() {
    let env = Env::new();
    env.sparse_file("f", 1 << 30, &[]);
    for source in [&["f"][..], &["--anon", "-n", "1G"]] {
        let run = env
            .cmd(["map", "--json"])
            .args(source)
            .limit(Limit::AddressSpace, 512 << 20)
            .run();
        let error = run.code(7).json_error();
        assert_eq!(
            error["message"],
            "cannot map: no room for 1 GiB (1073741824 bytes)"
        );
        assert_eq!(error["os_error"], libc::ENOMEM);
    }
}

#[test]
fn an_address_outside_the_address_space_is_out_of_memory() {
    let env = Env::new();
    env.file("f", pattern(100));
    for visibility in ["--shared", "--private", "--shared-validate"] {
        env.run(["map", "f", visibility, "--addr", "0xffff800000000000"])
            .refuses(
                7,
                "f: cannot map: no room for 100 bytes at 0xffff800000000000",
            );
    }
    env.run(["map", "--anon", "-n", "1M", "--addr", "0xffff800000000000"])
        .refuses(
            7,
            "anonymous memory: cannot map: no room for 1 MiB (1048576 bytes) at 0xffff800000000000",
        );
    env.run(["map", "--anon", "-n", "1M", "--addr", "0xfffffffffffff000"])
        .code(7)
        .stdout("");
}

#[test]
fn a_free_address_is_used_exactly() {
    let env = Env::new();
    env.file("f", pattern(100));
    for source in [&["f"][..], &["--anon", "-n", "100"]] {
        for how in [
            &["--addr", FREE][..],
            &["--addr", FREE, "--flags", "fixed"],
            &["--addr", FREE, "--flags", "fixed-noreplace"],
            &["--addr-hint", FREE],
        ] {
            let mapping = Mapping::hold(&env, [source, how].concat());
            assert_eq!(mapping.report["address"], FREE, "{how:?}");
            assert_eq!(mapping.permissions().len(), 4);
        }
    }
    let validated = env.run(["map", "f", "--shared-validate", "--addr", FREE, "--json"]);
    assert_eq!(validated.ok().json()["address"], FREE);
}

#[test]
fn a_busy_address_is_never_replaced() {
    let env = Env::new();
    let first = env.file("f", pattern(100));
    // Several files at one address: the first is held while the next is tried.
    let second = env.file("g", pattern(100));
    for how in [
        &[][..],
        &["--flags", "fixed-noreplace"],
        &["--shared-validate"],
        &["--private"],
    ] {
        let run = env
            .cmd(args![
                "map",
                "-q",
                "--hold=0s",
                &first,
                &second,
                "--addr",
                FREE
            ])
            .args(how)
            .run();
        run.refuses(
            7,
            format!(
                "{}: cannot map: address in use: the requested range is already mapped",
                second.display()
            ),
        )
        .stderr_line("hint: use --addr-hint to let the kernel choose another address");
    }
    // All addresses, and the program itself is at some of them.
    let all = ["--anon", "-n", "127T", "-a", "none", "--addr", "0x10000"];
    env.cmd(["map", "--flags", "fixed,noreserve"])
        .args(all)
        .run()
        .refuses(
            7,
            "anonymous memory: cannot map: address in use: the requested range is in use by mmapctl itself",
        );
}

#[test]
fn a_busy_address_hint_is_ignored() {
    let env = Env::new();
    env.file("f", pattern(100));
    env.file("g", pattern(100));
    let reports = env
        .run(["map", "--json", "--hold=0s", "f", "g", "--addr-hint", FREE])
        .ok()
        .json();
    let mapped = reports["mappings"].as_array().unwrap();
    assert_eq!(mapped[0]["address"], FREE);
    assert_ne!(address(&mapped[1]), address(&mapped[0]));
}

#[test]
fn a_hint_need_not_be_aligned() {
    let env = Env::new();
    env.file("f", pattern(100));
    for source in [&["f"][..], &["--anon", "-n", "100"]] {
        for (hint, address) in [("0x200000000123", Some(FREE)), ("1", None), ("0", None)] {
            let hinted = [&["map", "--json", "--addr-hint", hint], source].concat();
            let report = env.run(hinted).ok().json();
            if let Some(address) = address {
                assert_eq!(report["address"], address);
            }
        }
    }
}

#[test]
fn addresses_must_be_aligned_and_not_null() {
    let env = Env::new();
    let page = page_size();
    env.run(["map", "--anon", "-n", "1", "--addr", "0x200000000001"]).refuses(
        2,
        format!(
            "anonymous memory: cannot map: address 0x200000000001 is not a multiple of {page}; the nearest \
             are 0x200000000000 and {:#x}",
            0x2000_0000_0000 + page
        ),
    );
    env.run(["map", "--anon", "-n", "1", "--addr", "0"])
        .refuses(
            2,
            "anonymous memory: cannot map: address 0 cannot be mapped",
        );
    env.run([
        "map",
        "--anon",
        "-n",
        "1",
        "--addr",
        FREE,
        "--addr-hint",
        FREE,
    ])
    .code(2)
    .stdout("");
    env.run(["map", "--anon", "-n", "1", "--addr", "0x1g"])
        .code(2);
}

#[test]
fn anonymous_memory_needs_a_length_and_has_no_offsets() {
    let env = Env::new();
    env.run(["map", "--anon"])
        .refuses(2, "anonymous memory: --length is required");
    env.run(["map", "--anon", "-n", "1pg", "-o", "1pg"])
        .refuses(2, "anonymous memory: it has no offsets");
}

#[test]
fn a_range_deep_in_a_sparse_file_is_mapped() {
    let env = Env::new();
    let far = 5_u64 << 30;
    env.sparse_file("f", far + 8192, &[(far, b"deep")]);
    let mapping = Mapping::hold(&env, args!["f", "-o", far.to_string()]);
    assert_eq!(mapping.get(0), b'd');
    assert_eq!(
        (&mapping.report["offset"], &mapping.report["length"]),
        (&json!(far), &json!(8192))
    );
}
