//! The tables of the documents are generated from the declarations of the program: the platforms in
//! `docs/PLATFORMS.md`, the exit statuses in README. The targets that are tested are declared here.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write as _;
use std::path::Path;

use mmapctl::mapping::platform::{Evidence, Feature};
use mmapctl::mapping::types::{Kind, Named, Platform, Support};

#[test]
fn the_tables_in_the_documents_match_the_program() {
    check("README.md", "statuses", &statuses());
    check("docs/PLATFORMS.md", "platforms", &tables());
    check("docs/PLATFORMS.md", "targets", &targets());
}

/// A target of the compiler, and what is done with it.
struct Target {
    name: &'static str,
    /// Whether and where the tests of the commands run.
    commands: &'static str,
    /// Whether and where the unit tests run.
    units: &'static str,
    /// The scripts that do it; none for the machine of the developer.
    scripts: &'static [&'static str],
}

/// The targets in the order of the table.
const TARGETS: [Target; 8] = [
    Target {
        name: "x86_64-unknown-linux-gnu",
        commands: "run",
        units: "run, all",
        scripts: &[],
    },
    Target {
        name: "x86_64-unknown-linux-musl",
        commands: "ci/smoke.sh runs, on the static program",
        units: "not built",
        scripts: &["ci/static.sh", "ci/platforms.sh"],
    },
    Target {
        name: "aarch64-unknown-linux-gnu",
        commands: "not built",
        units: "pure code and the fault guard run, under qemu-user",
        scripts: &["ci/aarch64.sh"],
    },
    Target {
        name: "aarch64-unknown-linux-musl",
        commands: "a few run, on the static program, under qemu-user",
        units: "not built",
        scripts: &["ci/static.sh"],
    },
    Target {
        name: "i686-unknown-linux-gnu",
        commands: ONLY_COMPILED,
        units: "not built",
        scripts: &["ci/platforms.sh"],
    },
    Target {
        name: "x86_64-pc-windows-gnu",
        commands: "run, under Wine",
        units: "pure code runs, under Wine",
        scripts: &["ci/windows.sh", "ci/platforms.sh"],
    },
    Target {
        name: "aarch64-apple-darwin",
        commands: ONLY_COMPILED,
        units: "not built",
        scripts: &["ci/platforms.sh"],
    },
    Target {
        name: "x86_64-unknown-freebsd",
        commands: ONLY_COMPILED,
        units: "not built",
        scripts: &["ci/platforms.sh"],
    },
];

const ONLY_COMPILED: &str = "the program compiles without warnings";

#[test]
fn each_target_is_in_the_scripts_that_the_table_names() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // A package has no scripts.
    if !root.join("ci").exists() {
        return;
    }
    for target in TARGETS {
        for script in target.scripts {
            let text = std::fs::read_to_string(root.join(script)).unwrap();
            assert!(text.contains(target.name), "{script}: {}", target.name);
        }
    }
}

fn targets() -> String {
    let mut text =
        String::from("\n| target | tests of the commands | unit tests | by |\n|---|---|---|---|\n");
    for target in TARGETS {
        let Target {
            name,
            commands,
            units,
            scripts,
        } = target;
        let by = match scripts {
            [] => "`cargo test`".to_owned(),
            scripts => scripts
                .iter()
                .map(|script| format!("`{script}`"))
                .collect::<Vec<_>>()
                .join(", "),
        };
        writeln!(text, "| {name} | {commands} | {units} | {by} |").unwrap();
    }
    text.push('\n');
    text
}

/// Checks the table of that name in a document, or updates it.
fn check(document: &str, name: &str, table: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(document);
    let text = std::fs::read_to_string(&path).unwrap();
    let wanted = with_table(&text, name, table);
    if std::env::var_os("MMAPCTL_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(path, wanted).unwrap();
        return;
    }
    assert!(
        text == wanted,
        "{document} is stale: MMAPCTL_BLESS=1 cargo test --test platforms\nupdates it"
    );
}

/// The text with another table between the comments of that name.
fn with_table(text: &str, name: &str, table: &str) -> String {
    let begin =
        format!("<!-- {name}: written by MMAPCTL_BLESS=1 cargo test --test platforms -->\n");
    let end = format!("<!-- {name}: end -->\n");
    let (before, rest) = text.split_once(&begin).unwrap();
    let (_, after) = rest.split_once(&end).unwrap();
    format!("{before}{begin}{table}{end}{after}")
}

fn statuses() -> String {
    let mut text = String::from("\n| status | code | when |\n|---|---|---|\n| 0 | | Success. |\n");
    for kind in Kind::ALL {
        let (status, code, when) = (kind.exit_status(), kind.name(), kind.help());
        writeln!(text, "| {status} | `{code}` | {when} |").unwrap();
    }
    text.push('\n');
    text
}

fn tables() -> String {
    let (listed, plain): (Vec<Feature>, Vec<Feature>) =
        Feature::all().partition(|feature| is_listed(*feature));
    let mut text = String::from("\n");
    heading(&mut text, "command");
    for feature in plain {
        row(&mut text, &feature.name(), feature);
    }
    text.push('\n');
    heading(&mut text, "flag or advice");
    for (names, feature) in alike(&listed) {
        row(&mut text, &names, feature);
    }
    text.push('\n');
    text
}

/// Whether it is one of a long list with many similar items.
fn is_listed(feature: Feature) -> bool {
    matches!(
        feature,
        Feature::Open(_) | Feature::Flag(_) | Feature::Advice(_)
    )
}

/// Items of one kind that behave alike on every platform, in one row.
fn alike(features: &[Feature]) -> Vec<(String, Feature)> {
    let cells = |feature: Feature| Platform::ALL.map(|platform| cell(feature, platform));
    let mut rows: Vec<(String, Feature)> = Vec::new();
    for feature in features {
        let name = feature.name();
        let (sort, own) = name.rsplit_once(' ').unwrap();
        let row = rows
            .iter_mut()
            .find(|(names, first)| names.starts_with(sort) && cells(*first) == cells(*feature));
        match row {
            Some((names, _)) => write!(names, ", {own}").unwrap(),
            None => rows.push((name.clone(), *feature)),
        }
    }
    rows
}

fn heading(text: &mut String, what: &str) {
    let names = Platform::ALL.map(Platform::name).join(" | ");
    writeln!(text, "| {what} | {names} |").unwrap();
    text.push_str(&"|---".repeat(Platform::ALL.len() + 1));
    text.push_str("|\n");
}

fn row(text: &mut String, name: &str, feature: Feature) {
    let cells = Platform::ALL.map(|platform| cell(feature, platform));
    writeln!(text, "| {name} | {} |", cells.join(" | ")).unwrap();
}

fn cell(feature: Feature, platform: Platform) -> String {
    let support = feature.on(platform);
    // The program refuses missing features without a system call, so this needs no such system.
    let mark = match (feature.evidence(platform), support) {
        (_, Support::Unsupported(_)) | (Evidence::Run | Evidence::Emulated, _) => "",
        (Evidence::Compiled, _) => " °",
    };
    format!("{support}{mark}")
}
