//! References lead somewhere: the links, anchors and file names of every Markdown document, and the pages and sections
//! that manual pages name. Addresses outside of the project are checked for their form only.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "links/manual.rs"]
mod manual;
#[path = "links/markdown.rs"]
mod markdown;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use manual::{Page, page_names};
use markdown::{anchors, code, form_flaw, links};

/// Folders that are not part of the project.
const OUTSIDE: [&str; 3] = [".git", "node_modules", "target"];

/// Folders that a package of the project lacks: what documents say about them is checked in the repository only.
const NOT_PACKAGED: [&str; 4] = [".ci", ".github", "ci", "fuzz"];

/// The project: its files and folders by their paths in it, and the text of those that are read.
#[derive(Default)]
struct Project {
    paths: Vec<String>,
    texts: BTreeMap<String, String>,
}

impl Project {
    fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut project = Self::default();
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(root.join(&folder)).unwrap() {
                let path = folder.join(entry.unwrap().file_name());
                let name = path.to_str().unwrap().replace('\\', "/");
                let whole = root.join(&path);
                if whole.is_dir() {
                    if !OUTSIDE.contains(&name.as_str()) {
                        project.paths.push(name);
                        folders.push(path);
                    }
                    continue;
                }
                let ending = name.rsplit_once('.').map(|(_, ending)| ending);
                if matches!(ending, Some("md" | "rs" | "1" | "7" | "service" | "timer")) {
                    let text = fs::read_to_string(whole).unwrap();
                    project.texts.insert(name.clone(), text);
                }
                project.paths.push(name);
            }
        }
        project
    }

    fn ending_in<'a>(&'a self, endings: &'a [&str]) -> impl Iterator<Item = (&'a str, &'a str)> {
        let texts = self.texts.iter().map(|(name, text)| (&**name, &**text));
        texts.filter(|(name, _)| endings.iter().any(|ending| name.ends_with(ending)))
    }

    fn has(&self, path: &str) -> bool {
        path.is_empty() || self.paths.iter().any(|known| known == path)
    }

    /// The file or folder whose path ends with these names.
    fn find(&self, names: &str) -> Option<&str> {
        let is_it = |path: &&String| {
            let rest = path.strip_suffix(names);
            rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        };
        self.paths.iter().find(is_it).map(String::as_str)
    }
}

fn none_of(flaws: impl IntoIterator<Item = String>) {
    let flaws: Vec<String> = flaws.into_iter().collect();
    assert!(flaws.is_empty(), "{}", flaws.join("\n"));
}

#[test]
fn every_link_leads_to_a_file_and_every_anchor_to_a_heading() {
    let project = Project::read();
    let documents: Vec<_> = project.ending_in(&[".md"]).collect();
    assert!(documents.len() > 5);
    none_of(documents.iter().flat_map(|(document, text)| {
        let mut flaws = Vec::new();
        for link in links(text) {
            let flaw = flaw(&project, document, &link);
            flaws.extend(flaw.map(|flaw| format!("{document}: {link}: {flaw}")));
        }
        flaws
    }));
}

/// What is wrong with a link of a document, if anything.
fn flaw(project: &Project, document: &str, link: &str) -> Option<&'static str> {
    if link.contains(':') {
        return form_flaw(link);
    }
    let (path, anchor) = link
        .split_once('#')
        .map_or((link, None), |(path, anchor)| (path, Some(anchor)));
    let target = match path {
        "" => document.to_owned(),
        path => match within(document, path) {
            Some(target) if project.has(&target) => target,
            _ => return Some("leads to no file of the project"),
        },
    };
    let anchor = anchor?;
    let text = project
        .texts
        .get(&target)
        .filter(|_| target.ends_with(".md"));
    match text {
        Some(text) if anchors(text).iter().any(|known| known == anchor) => None,
        Some(_) => Some("leads to no heading"),
        None => Some("has an anchor, but leads to no document"),
    }
}

/// A relative path of a document, from the folder of the project; none if it leaves it.
fn within(document: &str, path: &str) -> Option<String> {
    let mut names: Vec<&str> = document.split('/').collect();
    names.pop();
    for name in path.trim_end_matches('/').split('/') {
        match name {
            "." => {}
            ".." => _ = names.pop()?,
            "" => return None,
            name => names.push(name),
        }
    }
    Some(names.join("/"))
}

#[test]
fn every_named_file_exists() {
    let project = Project::read();
    none_of(project.ending_in(&[".md"]).flat_map(|(document, text)| {
        let wrong = code(text)
            .into_iter()
            .filter(|word| is_missing(&project, word));
        wrong
            .map(|word| format!("{document}: {word}: no such file or function"))
            .collect::<Vec<_>>()
    }));
}

/// Whether a word of code names a file of the project that does not exist, or a function that its file does not have:
/// `tests/layout.rs::imports_go_one_way`.
fn is_missing(project: &Project, word: &str) -> bool {
    const ENDINGS: [&str; 4] = [".md", ".rs", ".sh", ".toml"];
    let (path, function) = word
        .split_once("::")
        .map_or((word, None), |(path, name)| (path, Some(name)));
    let path = path.trim_end_matches('/');
    let first = path.split('/').next().unwrap_or_default();
    let in_project = path.contains('/') && project.paths.iter().any(|path| path == first);
    let is_name = path.len() > 3 && ENDINGS.iter().any(|ending| path.ends_with(ending));
    let of_the_system =
        path.starts_with(['/', '~', '$']) || NOT_PACKAGED.contains(&first) && !project.has(first);
    let stands_for_others =
        path.contains(['*', '…', '<']) || path.contains("COMMAND") || path.contains("probe");
    if !(in_project || is_name) || of_the_system || stands_for_others {
        return false;
    }
    let Some(found) = project.find(path) else {
        return true;
    };
    function.is_some_and(|name| {
        let text = project.texts.get(found);
        !text.is_some_and(|text| text.contains(&format!("fn {name}(")))
    })
}

#[test]
fn every_manual_page_that_is_named_exists() {
    let project = Project::read();
    let places = [".1", ".7", ".md", ".service", ".timer"];
    none_of(project.ending_in(&places).flat_map(|(place, text)| {
        let named = page_names(&manual::plain(text)).into_iter();
        let missing =
            named.filter(|(name, section)| !project.has(&format!("man/{name}.{section}")));
        missing
            .map(|(name, section)| format!("{place}: no page {name}({section})"))
            .collect::<Vec<_>>()
    }));
}

fn pages(project: &Project) -> Vec<Page> {
    let pages = project.ending_in(&[".1", ".7"]);
    pages.map(|(name, text)| Page::of(name, text)).collect()
}

#[test]
fn every_section_that_a_page_refers_to_exists() {
    let project = Project::read();
    let pages = pages(&project);
    assert!(pages.len() > 20);
    none_of(pages.iter().flat_map(|page| page.lost_sections(&pages)));
    // The check finds references at all.
    assert!(
        pages
            .iter()
            .any(|page| !page.section_references().is_empty())
    );
}

#[test]
fn the_main_page_and_the_others_refer_to_each_other() {
    let project = Project::read();
    let pages = pages(&project);
    let main = pages.iter().find(|page| page.name == "mmapctl").unwrap();
    for page in &pages {
        assert_eq!(format!("man/{}.{}", page.name, page.section), page.file);
        if page.name != main.name {
            assert!(main.see_also().contains(&page.reference()), "{}", page.file);
            assert!(page.see_also().contains(&main.reference()), "{}", page.file);
        }
    }
}

/// A small project with the flaws that the checks find.
fn sample() -> Project {
    let texts = [
        (
            "README.md",
            "# A title\n\n## Two `words`, here\n\n## Two words here\n",
        ),
        ("docs/A.md", "# A\n"),
        ("src/cli/size.rs", "fn parse() {}\n"),
    ];
    let mut project = Project {
        paths: ["docs", "src", "src/cli"].map(str::to_owned).to_vec(),
        ..Project::default()
    };
    for (name, text) in texts {
        project.paths.push(name.to_owned());
        project.texts.insert(name.to_owned(), text.to_owned());
    }
    project
}

#[test]
fn broken_links_are_detected() {
    let project = sample();
    let wrong = |link: &str| flaw(&project, "docs/A.md", link);
    for link in [
        "../README.md",
        "../README.md#two-words-here",
        "../README.md#two-words-here-1",
        "#a",
        "../src/cli/",
        ".",
        "https://example.com/a?b=c#d",
    ] {
        assert_eq!(wrong(link), None, "{link}");
    }
    for link in [
        "README.md",
        "../NONE.md",
        "../README.md#none",
        "#title",
        "../src/cli/size.rs#a",
        "../../A.md",
        "/docs/A.md",
        "http://example.com",
        concat!("https:/", "/localhost"),
        "https://example.com/a b",
        "https://example.com/.",
    ] {
        assert!(wrong(link).is_some(), "{link}");
    }
}

#[test]
fn missing_files_and_functions_are_detected() {
    let project = sample();
    for word in [
        "src/cli/size.rs",
        "cli/size.rs",
        "size.rs",
        "src/cli/",
        "size.rs::parse",
        "/etc/none.toml",
        "data.bin",
        "cli/probe.rs",
        "and/or",
    ] {
        assert!(!is_missing(&project, word), "{word}");
    }
    for word in [
        "src/none",
        "cli/none.rs",
        "none.rs",
        "src/none/",
        "size.rs::none",
        "docs/B.md",
    ] {
        assert!(is_missing(&project, word), "{word}");
    }
}
