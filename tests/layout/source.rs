//! Rust source as tokens without comments, with the parts of the grammar that the layout rules need.

use std::ops::Range;

#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
    /// A string or character literal as written, with quotes; empty for other tokens.
    pub(crate) literal: String,
}

impl Token {
    pub(crate) fn is_name(&self) -> bool {
        self.text
            .starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

/// One file. Literals are tokens with the text `""`, lifetimes `'`; comments are in `lines` only.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) lines: Vec<String>,
    pub(crate) tokens: Vec<Token>,
    /// The module of the file, as names from the crate's root.
    pub(crate) place: Vec<String>,
    /// Whether the whole file is compiled for tests only.
    pub(crate) only_tests: bool,
    /// The items compiled for tests only, with their attributes, as ranges of tokens.
    tests: Vec<Range<usize>>,
}

impl Source {
    pub(crate) fn new(name: &str, text: &str) -> Source {
        let mut source = Source {
            name: name.to_owned(),
            lines: text.lines().map(str::to_owned).collect(),
            tokens: tokens(text),
            place: place(name),
            only_tests: name
                .split('/')
                .any(|part| ["tests", "tests.rs"].contains(&part)),
            tests: Vec::new(),
        };
        source.tests = source.test_items();
        source
    }

    pub(crate) fn at(&self, line: usize, what: impl AsRef<str>) -> String {
        format!("{}:{line}: {}", self.name, what.as_ref())
    }

    /// The part of the program that the file belongs to: a folder of `src`, or a file directly in it.
    pub(crate) fn part(&self) -> &str {
        let inside = self.name.strip_prefix("src/").unwrap();
        match inside.split_once('/') {
            Some((folder, _)) => folder,
            None if ["lib.rs", "main.rs"].contains(&inside) => inside,
            None => inside.trim_end_matches(".rs"),
        }
    }

    pub(crate) fn text(&self, index: usize) -> &str {
        self.tokens.get(index).map_or("", |token| &token.text)
    }

    pub(crate) fn is(&self, index: usize, text: &str) -> bool {
        self.text(index) == text
    }

    /// The positions of names that begin a path or are imported alone: `use clap;`.
    pub(crate) fn path_heads(&self) -> impl Iterator<Item = usize> {
        let head = |index: usize| {
            let before = index.wrapping_sub(1);
            (!self.is(before, "::") || self.is_rooted(index))
                && (self.is(index + 1, "::") || self.is(before, "use") || self.is(before, "crate"))
        };
        let indices = 1..self.tokens.len();
        indices.filter(move |&index| head(index))
    }

    /// Whether the name at `index` follows a `::` that begins a path.
    pub(crate) fn is_rooted(&self, index: usize) -> bool {
        index > 0 && self.is(index - 1, "::") && (index == 1 || !self.ends_a_name(index - 2))
    }

    /// Whether the token at `index` can end a name that continues with `::`; `use` before `::name` cannot.
    fn ends_a_name(&self, index: usize) -> bool {
        const BEFORE: [&str; 7] = ["use", "as", "impl", "for", "dyn", "mut", "return"];
        let token = &self.tokens[index];
        (token.is_name() || token.text == ">") && !BEFORE.contains(&token.text.as_str())
    }

    /// Whether the token at `index` is compiled for tests only.
    pub(crate) fn in_tests(&self, index: usize) -> bool {
        self.only_tests || self.tests.iter().any(|item| item.contains(&index))
    }

    /// The number of lines of the file without the items that are compiled for tests only.
    pub(crate) fn program_lines(&self) -> usize {
        let line = |index: usize| self.tokens[index].line;
        let tests = self
            .tests
            .iter()
            .map(|item| line(item.end - 1) - line(item.start) + 1);
        self.lines.len() - tests.sum::<usize>()
    }

    fn test_items(&self) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < self.tokens.len() {
            let start = at;
            at += 1;
            if self.is_test_attribute(start) {
                at = self.item_end(start);
                found.push(start..at);
            }
        }
        found
    }

    /// Whether `#[cfg(test)]` or `#[cfg(all(test, …))]` begins at `index`.
    fn is_test_attribute(&self, index: usize) -> bool {
        let begins = |texts: &[&str]| {
            let mut expected = texts.iter().enumerate();
            expected.all(|(n, text)| self.is(index + n, text))
        };
        if begins(&["#", "[", "cfg", "(", "test", ")", "]"]) {
            return true;
        }
        const ALL: [&str; 6] = ["#", "[", "cfg", "(", "all", "("];
        let mut at = index + ALL.len();
        while begins(&ALL) && at < self.tokens.len() && !self.is(at, ")") {
            if self.is(at, "test") {
                return true;
            }
            at = match self.text(at + 1) {
                "(" => self.group_end(at + 1),
                _ => at + 1,
            };
        }
        false
    }

    /// The index after the item, field, variant or statement whose attributes begin at `index`.
    fn item_end(&self, index: usize) -> usize {
        const ITEMS: [&str; 17] = [
            "async",
            "const",
            "enum",
            "extern",
            "fn",
            "impl",
            "let",
            "macro_rules",
            "mod",
            "pub",
            "static",
            "struct",
            "trait",
            "type",
            "union",
            "unsafe",
            "use",
        ];
        let mut at = index;
        while self.is(at, "#") {
            at = self.group_end(at + 1);
        }
        // Only non-items end at a comma; the commas of an item may separate its type parameters.
        let is_item = ITEMS.contains(&self.text(at)) && !self.is(at + 1, ":");
        while at < self.tokens.len() {
            match self.text(at) {
                ";" => return at + 1,
                "," if !is_item => return at + 1,
                ")" | "]" | "}" => return at,
                "{" if is_item => return self.group_end(at),
                "(" | "[" | "{" => at = self.group_end(at),
                _ => at += 1,
            }
        }
        at
    }

    /// The index after the group that opens at or after `index`.
    pub(crate) fn group_end(&self, index: usize) -> usize {
        let mut depth = 0_usize;
        for at in index..self.tokens.len() {
            match self.text(at) {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return at + 1;
                    }
                }
                _ => {}
            }
        }
        self.tokens.len()
    }

    /// The index of the bracket that opens the group which closes at `index`.
    pub(crate) fn group_start(&self, index: usize) -> usize {
        let mut depth = 0_usize;
        for at in (0..=index).rev() {
            match self.text(at) {
                ")" | "]" | "}" => depth += 1,
                "(" | "[" | "{" => {
                    depth -= 1;
                    if depth == 0 {
                        return at;
                    }
                }
                _ => {}
            }
        }
        0
    }

    /// The index of the brace that opens the body of the function at `index`; `None` for a signature only.
    pub(crate) fn body(&self, index: usize) -> Option<usize> {
        let mut at = index;
        loop {
            match self.text(at) {
                "{" => return Some(at),
                ";" | "" => return None,
                "(" | "[" => at = self.group_end(at),
                _ => at += 1,
            }
        }
    }

    /// Whether the lint name at `index` is in an `allow`, `expect` or `warn`.
    pub(crate) fn is_permission(&self, index: usize) -> bool {
        let opening = (0..index).rev().find(|&at| self.is(at, "(")).unwrap_or(0);
        opening > 0 && ["allow", "expect", "warn"].contains(&self.text(opening - 1))
    }

    /// Whether the `unsafe` at `index` begins a block or an implementation without a `SAFETY` comment.
    pub(crate) fn lacks_reason(&self, index: usize) -> bool {
        let line = self.tokens[index].line;
        ["{", "impl"].contains(&self.text(index + 1))
            && !self.comment_above(line).contains("// SAFETY:")
    }

    /// The comment directly above the statement or item that contains `line`.
    fn comment_above(&self, line: usize) -> String {
        let is_comment = |text: &str| text.trim_start().starts_with("//");
        let mut at = line - 1;
        while at > 0 && !is_comment(&self.lines[at - 1]) {
            let above = self.lines[at - 1].trim();
            // Attributes and the first lines of the same statement may come between.
            let between =
                above.starts_with("#[") || !(above.is_empty() || above.ends_with([';', '}', '{']));
            if !between {
                return String::new();
            }
            at -= 1;
        }
        let comment = self.lines[..at]
            .iter()
            .rev()
            .take_while(|text| is_comment(text));
        comment.map(String::as_str).collect::<Vec<_>>().join("\n")
    }
}

/// The module of a file by its name, as names from the crate's root. The binary is a separate crate.
fn place(name: &str) -> Vec<String> {
    let inside = name.strip_prefix("src/").unwrap();
    let inside = inside.strip_suffix(".rs").unwrap_or(inside);
    match inside {
        "lib" => Vec::new(),
        "main" => vec!["main.rs".to_owned()],
        _ => {
            let module = inside.strip_suffix("/mod").unwrap_or(inside);
            module.split('/').map(str::to_owned).collect()
        }
    }
}

/// Splits Rust source into tokens.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut rest = text;
    let mut line = 1;
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (length, token) = next_token(rest);
        if let Some(token) = token {
            let literal = match rest[..length].ends_with(['"', '\'', '#']) && token == "\"\"" {
                true => rest[..length].to_owned(),
                false => String::new(),
            };
            found.push(Token {
                text: token,
                line,
                literal,
            });
        }
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    found
}

/// The length in bytes of the first element of `rest`, and its token unless it is white space or a comment.
fn next_token(rest: &str) -> (usize, Option<String>) {
    let first = rest.chars().next().unwrap();
    if first.is_whitespace() {
        return (first.len_utf8(), None);
    }
    if rest.starts_with("//") {
        return (rest.find('\n').unwrap_or(rest.len()), None);
    }
    if rest.starts_with("/*") {
        return (block_comment(rest), None);
    }
    if let Some(length) = literal(rest) {
        return (length, Some("\"\"".to_owned()));
    }
    if first == '\'' {
        return (1 + word(&rest[1..]), Some("'".to_owned()));
    }
    if first.is_ascii_digit() {
        return (number(rest), Some("\"\"".to_owned()));
    }
    if word(rest) > 0 {
        let prefix = if rest.starts_with("r#") { 2 } else { 0 };
        let length = prefix + word(&rest[prefix..]);
        return (length, Some(rest[prefix..length].to_owned()));
    }
    let length = if rest.starts_with("::") {
        2
    } else {
        first.len_utf8()
    };
    (length, Some(rest[..length].to_owned()))
}

fn word(rest: &str) -> usize {
    rest.find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(rest.len())
}

fn number(rest: &str) -> usize {
    let whole = word(rest);
    match rest[whole..].strip_prefix('.') {
        Some(after) if after.starts_with(|c: char| c.is_ascii_digit()) => whole + 1 + word(after),
        _ => whole,
    }
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().unwrap().len_utf8();
        }
    }
    rest.len()
}

/// The length of the string or character literal at the start of `rest`, if there is one.
fn literal(rest: &str) -> Option<usize> {
    let prefix = rest.find(|c: char| !"bcr".contains(c))?;
    if prefix > 2 {
        return None;
    }
    let body = &rest[prefix..];
    if rest[..prefix].contains('r') {
        let hashes = body.find(|c: char| c != '#')?;
        let closing = format!("\"{}", &body[..hashes]);
        let inside = body[hashes..].strip_prefix('"')?;
        let end = inside
            .find(&closing)
            .map_or(inside.len(), |at| at + closing.len());
        return Some(prefix + hashes + 1 + end);
    }
    match body.chars().next()? {
        '"' => Some(prefix + quoted(body, '"')),
        '\'' => {
            let mut inside = body.chars().skip(1);
            let (first, second) = (inside.next()?, inside.next());
            (first == '\\' || second == Some('\'')).then(|| prefix + quoted(body, '\''))
        }
        _ => None,
    }
}

/// The length of a quoted text with escapes, including both quotes.
fn quoted(body: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in body.char_indices().skip(1) {
        if !escaped && c == quote {
            return at + 1;
        }
        escaped = !escaped && c == '\\';
    }
    body.len()
}

#[test]
fn source_is_split_into_the_right_tokens() {
    let texts = |text: &str| -> Vec<String> { tokens(text).into_iter().map(|t| t.text).collect() };
    assert_eq!(
        texts("a::e 'c' 'd b\"e\\\"\" r##\"f\"#\"## 1..2 1.5"),
        [
            "a", "::", "e", "\"\"", "'", "\"\"", "\"\"", "\"\"", ".", ".", "\"\"", "\"\""
        ]
    );
    assert_eq!(
        texts("'\\'' '\"' b'x' '/' r#type // '\n/* \" */ é"),
        ["\"\"", "\"\"", "\"\"", "\"\"", "type", "é"]
    );
    assert_eq!(tokens("\"a\nb\"\nc")[1].line, 3);
}

#[test]
fn literals_keep_their_text() {
    let literals: Vec<String> = tokens("a \"b\" 1 'c' r#\"d\"# 'e x")
        .into_iter()
        .map(|t| t.literal)
        .collect();
    assert_eq!(literals, ["", "\"b\"", "", "'c'", "r#\"d\"#", "", ""]);
}

#[test]
fn test_code_is_distinguished_from_the_program() {
    let in_tests = |text: &str, name: &str| {
        let source = Source::new("src/a.rs", text);
        let index = source.tokens.iter().position(|t| t.text == name).unwrap();
        source.in_tests(index)
    };
    for text in [
        "#[cfg(test)] mod x;",
        "#[cfg(test)] #[allow(a)] use a::{b, x};",
        "#[cfg(all(unix, test))] fn f<A, B>() { x() }",
        "enum A { #[cfg(test)] x, B }",
        "struct A { #[cfg(test)] a: x }",
        "#[cfg(test)] mod tests { #[cfg(test)] fn f() {} fn g() { x() } }",
    ] {
        assert!(in_tests(text, "x"), "{text}");
    }
    for text in [
        "#[cfg(test)] mod a; use x;",
        "#[cfg(not(test))] fn f() { x() }",
        "#[cfg(all(unix, not(test)))] fn f() { x() }",
        "#[cfg(any(unix, test))] fn f() { x() }",
        "enum A { #[cfg(test)] B, x }",
        "enum A { #[cfg(test)] B } fn x() {}",
    ] {
        assert!(!in_tests(text, "x"), "{text}");
    }
}

#[test]
fn the_module_of_a_file_follows_from_its_name() {
    let module = |name: &str| place(name).join("::");
    assert_eq!(module("src/lib.rs"), "");
    assert_eq!(module("src/main.rs"), "main.rs");
    assert_eq!(module("src/a/mod.rs"), "a");
    assert_eq!(module("src/a/b.rs"), "a::b");
    assert_eq!(module("src/a/main.rs"), "a::main");
}
