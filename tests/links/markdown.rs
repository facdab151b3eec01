//! Links, headings and code in the text of a Markdown document.

/// A document without its blocks of code, and these blocks.
fn divide(text: &str) -> (String, String) {
    let (mut prose, mut blocks) = (String::new(), String::new());
    let mut in_block = false;
    for line in text.lines() {
        if line.starts_with("```") {
            in_block = !in_block;
            continue;
        }
        let into = if in_block || line.starts_with("    ") {
            &mut blocks
        } else {
            &mut prose
        };
        into.push_str(line);
        into.push('\n');
    }
    (prose, blocks)
}

/// The targets of the links of a document, in its order: those in brackets, those that are defined at the end, and
/// addresses between `<` and `>`.
pub(crate) fn links(text: &str) -> Vec<String> {
    let prose: String = divide(text).0.split('`').step_by(2).collect();
    let mut links = Vec::new();
    let mut take = |link: Option<&str>| links.extend(link.map(str::to_owned));
    for rest in prose.split("](").skip(1) {
        take(rest.split(')').next());
    }
    for line in prose.lines().filter(|line| line.starts_with('[')) {
        take(line.split_once("]: ").map(|(_, link)| link));
    }
    for rest in prose.split("<http").skip(1) {
        take(
            rest.split('>')
                .next()
                .map(|link| format!("http{link}"))
                .as_deref(),
        );
    }
    links
}

/// The words of the code in a document: those between backquotes, and those of blocks that begin with a folder.
pub(crate) fn code(text: &str) -> Vec<String> {
    let (prose, blocks) = divide(text);
    let quoted = prose
        .split('`')
        .skip(1)
        .step_by(2)
        .flat_map(str::split_whitespace);
    let trimmed = |word: &str| {
        word.trim_matches(|c: char| "()[]{}\"',;".contains(c))
            .to_owned()
    };
    let in_blocks = blocks
        .split_whitespace()
        .filter(|word| word.contains('/') && !word.contains("://"));
    quoted.chain(in_blocks).map(trimmed).collect()
}

/// The anchors of the headings of a document, as GitHub makes them.
pub(crate) fn anchors(text: &str) -> Vec<String> {
    let mut anchors: Vec<String> = Vec::new();
    let (prose, _) = divide(text);
    for line in prose.lines() {
        let title = line.trim_start_matches('#');
        let level = line.len() - title.len();
        if !(1..=6).contains(&level) || !title.starts_with(' ') {
            continue;
        }
        let kept = |c: &char| c.is_alphanumeric() || "-_ ".contains(*c);
        let anchor: String = title.trim().to_lowercase().chars().filter(kept).collect();
        let anchor = anchor.replace(' ', "-");
        let same = |known: &&String| {
            **known == anchor
                || known.strip_prefix(&anchor).is_some_and(|rest| {
                    rest.strip_prefix('-')
                        .is_some_and(|number| number.parse::<u32>().is_ok())
                })
        };
        let number = anchors.iter().filter(same).count();
        anchors.push(if number == 0 {
            anchor
        } else {
            format!("{anchor}-{number}")
        });
    }
    anchors
}

/// What is wrong with the form of an address, if anything.
pub(crate) fn form_flaw(address: &str) -> Option<&'static str> {
    if address.starts_with("mailto:") {
        return None;
    }
    let Some(rest) = address.strip_prefix("https://") else {
        return Some("is no https address");
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_host = |c: char| c.is_ascii_alphanumeric() || ".-".contains(c);
    let is_path = |c: char| c.is_ascii_alphanumeric() || "-._~/?#@!$&'*+,;=%:".contains(c);
    if !host.contains('.') || !host.chars().all(is_host) || host.starts_with('.') {
        Some("has no valid host")
    } else if !rest.chars().all(is_path) || rest.ends_with(['.', ',']) {
        Some("is no valid address")
    } else {
        None
    }
}

#[test]
fn links_headings_and_code_are_found() {
    let text = "# `A` b, c\n\n[one](x.md#y) and [`two`](z) <https://e.org>\n`[no](code)`\n```\n# no\n[no](x) ci/run.sh\n```\n[r]: ref.md\n# A b c\n";
    assert_eq!(links(text), ["x.md#y", "z", "ref.md", "https://e.org"]);
    assert_eq!(anchors(text), ["a-b-c", "a-b-c-1"]);
    assert_eq!(code(text), ["A", "two", "no](code", "ci/run.sh"]);
}
