//! The page about recipes, which is `docs/RECIPES.md` without the output of its commands. Recipes are written there.
//!
//! It reads the Markdown that this document uses: headings, paragraphs, fenced blocks, tables of two columns, comments,
//! bold text, code and links.

use ::roff::{Inline, bold, roman};

use super::man::{RELEASED, SOURCE};
use super::roff::{Writer, inlines};

/// The name of the page.
pub const RECIPES: &str = "mmapctl-recipes";

/// The source of the page.
#[must_use]
pub fn render_recipes() -> String {
    page(include_str!("../../docs/RECIPES.md"))
}

fn page(document: &str) -> String {
    let mut out = Writer::default();
    let title = RECIPES.to_uppercase();
    out.title([&title, "7", RELEASED, SOURCE, "Miscellaneous Information"]);
    out.section("NAME");
    out.line(&format!("{RECIPES} - commands for common tasks"));
    out.section("DESCRIPTION");
    out.line(
        "Commands for common tasks, without their output, which docs/RECIPES.md shows. `data.bin` and `log.bin` stand \
         for any files, and `telemetry` for any shared memory region.",
    );
    let mut after_heading = false;
    for part in parts(document) {
        if !after_heading && matches!(part, Part::Text(_) | Part::Code(_)) {
            out.paragraph();
        }
        after_heading = matches!(part, Part::Heading(_));
        match part {
            Part::Heading(title) => out.section(&title.to_uppercase()),
            Part::Text(text) => out.inlines(marked(&text)),
            Part::Code(text) => out.code(&text),
            Part::Row(term, meaning) => out.item(marked(&term), &meaning),
        }
    }
    out.section("SEE ALSO");
    out.inlines(vec![bold("mmapctl"), roman("(1)")]);
    out.finish()
}

/// A part of the document.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Heading(String),
    Text(String),
    Code(String),
    /// A row of a table: the left cell, and the right one.
    Row(String, String),
}

/// The parts from the first heading below the title.
fn parts(document: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let lines = document.lines();
    let mut lines = lines.skip_while(|line| !line.starts_with("## ")).peekable();
    while let Some(line) = lines.next() {
        if line.is_empty() || line.starts_with("<!-- ") {
            continue;
        }
        if let Some(title) = line.strip_prefix("## ") {
            parts.push(Part::Heading(title.to_owned()));
        } else if let Some(language) = line.strip_prefix("```") {
            let block = lines.by_ref().take_while(|line| *line != "```");
            parts.push(Part::Code(match language {
                "console" => commands(block),
                _ => block.collect::<Vec<_>>().join("\n"),
            }));
        } else if line.starts_with("| ") && lines.peek().is_some_and(|next| next.starts_with("|-"))
        {
            // The names of the columns, and the line below them.
            lines.next();
        } else if let Some((term, meaning)) = row(line) {
            parts.push(Part::Row(term, meaning));
        } else {
            let mut text = line.to_owned();
            while let Some(more) = lines.next_if(|line| !line.is_empty()) {
                text.push(' ');
                text.push_str(more);
            }
            parts.push(Part::Text(text));
        }
    }
    parts
}

/// The commands of a block, without their output.
fn commands<'a>(block: impl Iterator<Item = &'a str>) -> String {
    let mut commands: Vec<&str> = Vec::new();
    let mut in_command = false;
    for line in block {
        let first = line.strip_prefix("$ ");
        let more = line.strip_prefix("> ").filter(|_| in_command);
        in_command = first.or(more).is_some();
        commands.extend(first.or(more));
    }
    commands.join("\n")
}

fn row(line: &str) -> Option<(String, String)> {
    let cells = line.strip_prefix("| ")?.strip_suffix(" |")?;
    let (term, meaning) = cells.split_once(" | ")?;
    Some((term.to_owned(), meaning.replace("\\|", "|")))
}

/// Text with bold parts, code and links.
fn marked(text: &str) -> Vec<Inline> {
    let text = without_links(text);
    let mut made = Vec::new();
    for (index, piece) in text.split("**").enumerate() {
        if index % 2 == 1 {
            made.push(bold(piece.replace('`', "")));
        } else {
            made.extend(inlines(piece));
        }
    }
    made
}

/// The text of links in place of the links: their targets are files of the project.
fn without_links(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((label, after)) = rest.split_once("](") {
        let (_target, after) = after.split_once(')').unwrap_or_default();
        let (before, label) = label.rsplit_once('[').unwrap_or(("", label));
        plain.push_str(before);
        plain.push_str(label);
        rest = after;
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "\
# Recipes

An introduction.

## One thing

**Do `it`.** With `code`
and --option:

<!-- like this -->
```console
$ first |
>   second
output
> more output
$ third
```

```ini
[Unit]
```

| shell | line |
|---|---|
| bash | `a \\| b` |
";

    #[test]
    fn a_document_has_headings_text_code_and_tables() {
        let text = |text: &str| Part::Text(text.to_owned());
        let code = |text: &str| Part::Code(text.to_owned());
        assert_eq!(
            parts(DOCUMENT),
            [
                Part::Heading("One thing".to_owned()),
                text("**Do `it`.** With `code` and --option:"),
                code("first |\n  second\nthird"),
                code("[Unit]"),
                Part::Row("bash".to_owned(), "`a | b`".to_owned()),
            ]
        );
    }

    #[test]
    fn a_line_of_output_is_no_command() {
        let block = ["$ one", "output", "> not a command", "$ two"];
        assert_eq!(commands(block.into_iter()), "one\ntwo");
    }

    #[test]
    fn links_become_their_text() {
        assert_eq!(without_links("a [b](c) d [`e`](f)."), "a b d `e`.");
        assert_eq!(without_links("no link"), "no link");
    }

    #[test]
    fn the_page_has_no_markdown_left() {
        let page = render_recipes();
        for mark in ["](", "**", "```", "<!--", "|---", "\n| "] {
            assert!(!page.contains(mark), "{mark}");
        }
    }
}
