//! Each rule for one file fails on bad samples and passes on good ones.

use crate::rules::{
    forbidden_imports, forbidden_rooms, options_in_the_core, outcomes_in_commands,
    platform_conditions, printing, too_long, unexplained_unsafe,
};
use crate::source::Source;
use crate::{FILE_LINES, FUNCTION_LINES, IMPORTS, ROOMS};

fn check(rule: fn(&Source) -> Vec<String>, name: &str, text: &str) -> Vec<String> {
    rule(&Source::new(name, text))
}

#[test]
fn the_import_rule_detects_every_upward_path() {
    let bad = [
        ("src/mapping/a.rs", "use crate::report::Table;"),
        (
            "src/mapping/a.rs",
            "use crate::{mapping::range, cli::Size};",
        ),
        (
            "src/mapping/a.rs",
            "use crate::{mapping::{range, size}, commands};",
        ),
        ("src/mapping/a.rs", "fn f() { super::super::hexview::f() }"),
        ("src/mapping/mod.rs", "use super::cli;"),
        (
            "src/mapping/a.rs",
            "mod tests { use super::super::super::cli; }",
        ),
        ("src/mapping/a.rs", "#[derive(clap::ValueEnum)] enum A {}"),
        ("src/mapping/sys/a.rs", "use ::anyhow::Result;"),
        ("src/hexview/a.rs", "use crate::mapping::range;"),
        ("src/hexview/a.rs", "use clap;"),
        (
            "src/mapping/a.rs",
            "#[cfg(test)] mod tests { f(); }\nuse serde_json::json;",
        ),
        ("src/report/a.rs", "use crate::commands::Plan;"),
        ("src/report.rs", "use crate::hexview;"),
        ("src/cli/a.rs", "use crate::commands;"),
        ("src/main.rs", "use mmapctl::mapping::error::Error;"),
        ("src/main.rs", "use mmapctl::report;"),
        ("src/manual/a/main.rs", "use super::super::super::cli;"),
        ("src/mapping/a.rs", "use super::super as top; use top::cli;"),
        ("src/mapping/a.rs", "use crate::cli; fn f() { cli::f() }"),
        ("src/other.rs", ""),
    ];
    for (name, text) in bad {
        assert_eq!(
            check(forbidden_imports, name, text).len(),
            1,
            "{name}: {text}"
        );
    }
    let good = [
        (
            "src/mapping/a.rs",
            "use super::range; use crate::mapping::size; use serde::Serialize;",
        ),
        (
            "src/mapping/a.rs",
            "// use crate::cli\nfn f() -> &'static str { \"crate::cli\" }",
        ),
        (
            "src/mapping/a.rs",
            "mod tests { use super::super::range; use std::clap::x; }",
        ),
        (
            "src/mapping/a.rs",
            "#[cfg(test)] mod tests { use serde_json::json; }",
        ),
        (
            "src/hexview/hexyl/a.rs",
            "use super::super::output; use ::hexyl::Printer;",
        ),
        ("src/main.rs", "use mmapctl::{cli, commands};"),
        (
            "src/commands/a.rs",
            "use crate::{cli, mapping, hexview, report};",
        ),
    ];
    for (name, text) in good {
        assert_eq!(
            check(forbidden_imports, name, text),
            [""; 0],
            "{name}: {text}"
        );
    }
}

#[test]
fn parts_may_name_only_parts_below_them() {
    for (floor, (part, allowed)) in IMPORTS.iter().enumerate() {
        for name in *allowed {
            let below = &IMPORTS[floor + 1..];
            assert!(below.iter().any(|(part, _)| part == name), "{part}: {name}");
        }
    }
}

#[test]
fn the_room_rule_knows_the_order_of_the_rooms() {
    for (floor, room) in ROOMS.iter().enumerate() {
        for (other, name) in ROOMS.iter().enumerate() {
            let text = format!("use crate::mapping::{name}::A;");
            let found = check(forbidden_rooms, &format!("src/mapping/{room}/a.rs"), &text);
            assert_eq!(found.len(), usize::from(other < floor), "{room}: {name}");
        }
    }
    let found = check(
        forbidden_rooms,
        "src/mapping/sys/a.rs",
        "\nuse crate::mapping::error::Error;",
    );
    assert_eq!(
        found,
        ["src/mapping/sys/a.rs:2: `sys` names `mapping::error`, which is above it"]
    );
}

#[test]
fn the_room_rule_detects_every_upward_path() {
    let bad = [
        ("src/mapping/sys/a.rs", "use super::super::error::Error;"),
        ("src/mapping/sys/mod.rs", "use super::platform;"),
        (
            "src/mapping/sys/linux/a.rs",
            "fn f() { super::super::super::error::f() }",
        ),
        ("src/mapping/sys.rs", "use super::error;"),
        ("src/mapping/error.rs", "use super::platform::Platform;"),
        (
            "src/mapping/error.rs",
            "use mmapctl::mapping::{sys, measure::users};",
        ),
        (
            "src/mapping/types/a.rs",
            "use crate::{mapping::{types::b, sys::{self, c}}};",
        ),
        (
            "src/mapping/types/a.rs",
            "impl From<crate::mapping::error::Error> for A {}",
        ),
        (
            "src/mapping/cache/a.rs",
            "use crate::mapping; fn f() { mapping::actions::f() }",
        ),
        (
            "src/mapping/cache/a.rs",
            "use super::super as core; use core::actions;",
        ),
        (
            "src/mapping/cache/a.rs",
            "use super::super::actions; fn f() { actions::f() }",
        ),
        (
            "src/mapping/cache/a.rs",
            "mod b { use super::super::super::actions; }",
        ),
        // The room of an item that the core re-exports is unknown.
        ("src/mapping/cache/a.rs", "use crate::mapping::*;"),
        ("src/mapping/cache/a.rs", "use crate::mapping::Error;"),
        ("src/mapping/range.rs", ""),
        ("src/mapping/other/a.rs", "use crate::mapping::actions;"),
    ];
    for (name, text) in bad {
        assert_eq!(
            check(forbidden_rooms, name, text).len(),
            1,
            "{name}: {text}"
        );
    }
    let good = [
        ("src/mapping/mod.rs", "pub mod actions; pub use actions::A;"),
        (
            "src/mapping/cache/a.rs",
            "use super::b; use super::super::region; use crate::mapping::types;",
        ),
        (
            "src/mapping/cache/mod.rs",
            "mod actions; use actions::A; pub(in crate::mapping) struct B;",
        ),
        (
            "src/mapping/sys/a.rs",
            "#[cfg(test)] mod tests { use crate::mapping::actions; }",
        ),
        ("src/mapping/sys/tests/a.rs", "use crate::mapping::error;"),
        (
            "src/mapping/sys/a.rs",
            "use std::error; use libc::actions; // crate::mapping::error",
        ),
        ("src/cli/a.rs", "use crate::mapping::range;"),
    ];
    for (name, text) in good {
        assert_eq!(
            check(forbidden_rooms, name, text),
            [""; 0],
            "{name}: {text}"
        );
    }
}

#[test]
fn the_unsafe_rule_requires_a_place_and_a_reason() {
    let bad = [
        ("src/report/a.rs", "// SAFETY: no\nunsafe { f() }"),
        ("src/report/a.rs", "#![allow(unsafe_code)]"),
        ("src/mapping/actions/a.rs", "// SAFETY: no\nunsafe { f() }"),
        ("src/cli/a.rs", "#[allow(dead_code, unsafe_code)] fn f() {}"),
        ("src/mapping/region/a.rs", "fn f() {\n    unsafe { g() }\n}"),
        (
            "src/mapping/region/a.rs",
            "// SAFETY: of g.\ng();\nunsafe { h() }",
        ),
        (
            "src/mapping/region/a.rs",
            "// SAFETY: too far.\n\nunsafe { h() }",
        ),
        ("src/mapping/sys/a.rs", "unsafe impl Send for A {}"),
    ];
    for (name, text) in bad {
        assert_eq!(
            check(unexplained_unsafe, name, text).len(),
            1,
            "{name}: {text}"
        );
    }
    let good = [
        (
            "src/report/a.rs",
            "// unsafe\nlet a = \"unsafe\"; #![deny(unsafe_code)]",
        ),
        (
            "src/report/a.rs",
            "let a = r#\"unsafe \" unsafe\"#; /* unsafe /* unsafe */ unsafe */",
        ),
        (
            "src/mapping/region/fault.rs",
            "// SAFETY: it holds\n// because of this.\nlet a =\n    unsafe { f() };",
        ),
        (
            "src/mapping/sys/a.rs",
            "// SAFETY: all of it.\n#[cfg(x)]\nunsafe impl Send for A {}",
        ),
        ("src/mapping/sys/a.rs", "pub unsafe fn f() {}"),
        (
            "src/mapping/sys/a.rs",
            "let f: unsafe fn(u8) = g; let h: unsafe extern \"C\" fn() = i;",
        ),
    ];
    for (name, text) in good {
        assert_eq!(
            check(unexplained_unsafe, name, text),
            [""; 0],
            "{name}: {text}"
        );
    }
}

#[test]
fn the_platform_rule_detects_attributes_and_macros() {
    for text in [
        "#[cfg(target_os = \"linux\")] fn f() {}",
        "#[cfg(all(test, not(windows)))] fn f() {}",
        "#[cfg_attr(unix, allow(dead_code))] fn f() {}",
        "fn f() { if cfg!(target_family = \"unix\") {} }",
        "fn f() { if cfg!(target_arch = \"x86\") {} }",
        "#[cfg(test)] mod tests { #[cfg(windows)] fn f() {} }",
        "#[cfg(not(unix))] fn f() {}",
    ] {
        assert_eq!(
            check(platform_conditions, "src/mapping/a.rs", text).len(),
            1,
            "{text}"
        );
        assert_eq!(
            check(platform_conditions, "src/mapping/sys/a.rs", text).len(),
            0,
            "{text}"
        );
    }
    let engine = "#[cfg(target_arch = \"x86\")] fn f() {}";
    assert_eq!(
        check(platform_conditions, "src/hexview/a.rs", engine).len(),
        0
    );
    for text in [
        "#[cfg(test)] mod tests { use std::os::unix::fs; }",
        "#[cfg(test)] mod tests { #[cfg(unix)] fn f() {} }",
        "#[cfg(all(test, unix))] mod tests { fn f() {} }",
        "#[cfg(test)] mod tests { fn f() { cfg!(target_arch = \"x86\") } }",
        "// cfg(unix)",
        "cfg(); unix();",
    ] {
        assert_eq!(
            check(platform_conditions, "src/cli/a.rs", text).len(),
            0,
            "{text}"
        );
    }
}

#[test]
fn the_printing_rule_distinguishes_macros_from_words() {
    for text in ["println!()", "std::eprint! { \"a\" }", "dbg!(a)"] {
        assert_eq!(check(printing, "src/cli/a.rs", text).len(), 1, "{text}");
    }
    for name in ["src/cli/tests/a.rs", "src/cli/tests.rs"] {
        assert_eq!(check(printing, name, "println!()"), [""; 0]);
    }
    let text =
        "#[cfg(test)]\nmod tests { fn f() { println!() } }\n#[cfg(test)]\nuse a::b;\nfn g() {}";
    assert_eq!(check(printing, "src/cli/a.rs", text), [""; 0]);
    let text = "/// print!\nfn print() { writeln!(out, \"println!\"); print(); a.print != b }";
    assert_eq!(check(printing, "src/cli/a.rs", text), [""; 0]);
}

#[test]
fn the_length_rule_counts_from_signature_to_brace() {
    let function = |lines: usize| {
        let body = "    f();\n".repeat(lines - 2);
        format!(
            "trait T {{ fn f(&self) -> [u8; 4]; }}\nfn g<'a>(a: &'a str) -> [u8; 4] {{\n{body}}}\n"
        )
    };
    assert_eq!(
        check(too_long, "src/cli/a.rs", &function(FUNCTION_LINES)),
        [""; 0]
    );
    let found = check(too_long, "src/cli/a.rs", &function(FUNCTION_LINES + 1));
    assert_eq!(found, ["src/cli/a.rs:2: fn g: 61 lines, at most 60"]);
    let tested = format!("#[cfg(test)]\nmod tests {{{}}}", "\n".repeat(FILE_LINES));
    assert_eq!(check(too_long, "src/cli/a.rs", &tested), [""; 0]);
    assert_eq!(
        check(too_long, "src/cli/a.rs", &"\n".repeat(FILE_LINES)),
        [""; 0]
    );
    assert_eq!(
        check(too_long, "src/cli/a.rs", &"\n".repeat(FILE_LINES + 1)).len(),
        1
    );
}

#[test]
fn the_outcome_rule_forbids_outcomes_in_commands() {
    for text in [
        "use serde::Serialize;",
        "#[derive(Debug, serde::Serialize)] struct A;",
        "impl Serialize for A {}",
        "pub struct FillReport<'a> { a: A }",
        "enum Outcome { A }",
    ] {
        let found = check(outcomes_in_commands, "src/commands/a.rs", text);
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(
            check(outcomes_in_commands, "src/report/a.rs", text),
            [""; 0]
        );
    }
    for text in [
        "type Outcome = Result<Exit>; use crate::mapping::actions::fill::FillOutcome;",
        "struct Exit; enum Reported {} // Serialize",
        "#[cfg(test)] mod tests { use serde::Serialize; struct AReport; }",
    ] {
        assert_eq!(
            check(outcomes_in_commands, "src/commands/a.rs", text),
            [""; 0]
        );
    }
}

#[test]
fn the_option_rule_detects_options_in_texts() {
    for text in [
        "f(\"omit --no-create to create it\")",
        "f(r#\"--fd\"#, b\"-- x\")",
        "format!(\"--open {}\", a)",
        "#[error(\"it needs --length\")] struct A;",
    ] {
        let found = check(options_in_the_core, "src/mapping/actions/a.rs", text);
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(check(options_in_the_core, "src/report/a.rs", text), [""; 0]);
    }
    let lines = check(
        options_in_the_core,
        "src/mapping/a.rs",
        "\nf(\"a\n--b --c-d\");",
    );
    assert_eq!(
        lines,
        [
            "src/mapping/a.rs:3: a text names the option --b",
            "src/mapping/a.rs:3: a text names the option --c-d"
        ]
    );
    for text in [
        "/// Like --length. \nstruct A; // --fd",
        "f(\"a -- b, r--, 1--2, --X\"); a - -b; f(c--d)",
        "f(\"'blockdev --setrw' allows writing\")",
        "#[cfg(test)] mod tests { fn f() { g(\"--exact\") } }",
    ] {
        assert_eq!(
            check(options_in_the_core, "src/mapping/a.rs", text),
            [""; 0],
            "{text}"
        );
    }
}
