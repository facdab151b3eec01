//! Writes marked text in the language of manual pages (man(7)). It knows nothing of commands.

use ::roff::{Inline, Roff, bold, italic, roman};

use super::page::Block;

/// A page that is being written.
#[derive(Debug, Default)]
pub(super) struct Writer(Roff);

impl Writer {
    /// The whole page.
    pub(super) fn finish(&self) -> String {
        let mut page = String::new();
        let mut as_it_stands = false;
        for line in self.0.render().lines() {
            match line {
                ".nf" => as_it_stands = true,
                ".fi" => as_it_stands = false,
                _ => {}
            }
            if as_it_stands || line.starts_with(['.', '\'']) {
                page.push_str(line);
            } else {
                push_wrapped(&mut page, line);
            }
            page.push('\n');
        }
        // A backslash in text; the crate writes two, which are one only in a macro.
        in_ascii(&page.replace(r"\\", r"\e"))
    }

    /// Begins the page.
    pub(super) fn title(&mut self, arguments: [&str; 5]) {
        self.0.control("TH", arguments);
        // What is typed must not be hyphenated, and blanks must not be stretched.
        self.0.control("nh", []);
        self.0.control("ad", ["l"]);
    }

    /// Begins a section.
    pub(super) fn section(&mut self, title: &str) {
        self.0.control("SH", [title]);
    }

    /// Begins a part of a section.
    pub(super) fn part(&mut self, title: &str) {
        self.0.control("SS", [title]);
    }

    /// A line with marks.
    pub(super) fn line(&mut self, text: &str) {
        self.0.text(inlines(text));
    }

    /// A line of formatted pieces.
    pub(super) fn inlines(&mut self, inlines: Vec<Inline>) {
        self.0.text(inlines);
    }

    /// Begins a paragraph.
    pub(super) fn paragraph(&mut self) {
        self.0.control("PP", []);
    }

    /// A term and its meaning.
    pub(super) fn item(&mut self, term: Vec<Inline>, text: &str) {
        self.0.control("TP", []);
        self.0.text(term);
        self.paragraphs_within(text);
    }

    /// Removes the empty lines between the next items, until [`Writer::loose`].
    pub(super) fn tight(&mut self) {
        self.0.control("PD", ["0"]);
    }

    /// Ends [`Writer::tight`].
    pub(super) fn loose(&mut self) {
        self.0.control("PD", []);
    }

    /// One or more paragraphs within an item.
    pub(super) fn paragraphs_within(&mut self, text: &str) {
        for (index, paragraph) in paragraphs(text).enumerate() {
            if index > 0 {
                self.0.control("IP", []);
            }
            self.line(&paragraph);
        }
    }

    /// Indents the text that follows, until [`Writer::unshift`].
    pub(super) fn shift(&mut self) {
        self.0.control("RS", []);
    }

    /// Ends [`Writer::shift`].
    pub(super) fn unshift(&mut self) {
        self.0.control("RE", []);
    }

    /// Lines that are printed as they are.
    pub(super) fn code(&mut self, text: &str) {
        self.0.control("RS", ["4"]);
        self.0.control("nf", []);
        for line in text.lines() {
            self.0.text([roman(line)]);
        }
        self.0.control("fi", []);
        self.unshift();
    }

    /// Pieces of text. The first needs no paragraph break after a heading.
    pub(super) fn blocks(&mut self, blocks: &[Block], after_heading: bool) {
        for (index, block) in blocks.iter().enumerate() {
            match block {
                Block::Text(text) => {
                    if index > 0 || !after_heading {
                        self.paragraph();
                    }
                    self.line(text);
                }
                Block::Item(term, text) => self.item(inlines(&format!("`{term}`")), text),
                Block::Code(text) => {
                    if index > 0 || !after_heading {
                        self.paragraph();
                    }
                    self.code(text);
                }
            }
        }
    }
}

/// Writes characters outside of ASCII by number, because formatters disagree about the encoding of their input.
fn in_ascii(page: &str) -> String {
    page.chars().fold(String::new(), |mut ascii, c| {
        if c.is_ascii() {
            ascii.push(c);
        } else {
            ascii.push_str(&format!("\\[u{:04X}]", u32::from(c)));
        }
        ascii
    })
}

/// The maximum length of lines in the source of a page, in bytes, where words allow it.
const LINE: usize = 80;

/// Breaks a line at blanks; the formatter joins the parts again.
fn push_wrapped(page: &mut String, line: &str) {
    let mut length = 0;
    for word in line.split(' ') {
        if length > 0 && length + 1 + word.len() > LINE {
            page.push('\n');
            length = 0;
            if word.starts_with(['.', '\'']) {
                page.push_str("\\&");
            }
        } else if length > 0 {
            page.push(' ');
            length += 1;
        }
        page.push_str(word);
        length += word.len();
    }
}

/// The paragraphs of a text, each in one line.
pub(super) fn paragraphs(text: &str) -> impl Iterator<Item = String> {
    text.split("\n\n")
        .map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|paragraph| !paragraph.is_empty())
}

/// Text between backquotes in bold, and the rest in roman. Options are bold without quotes too, as in help texts.
pub(super) fn inlines(text: &str) -> Vec<Inline> {
    let mut made = Vec::new();
    for (index, piece) in text.split('`').enumerate() {
        if index % 2 == 1 {
            made.push(bold(piece));
        } else {
            push_prose(&mut made, piece);
        }
    }
    made
}

fn push_prose(made: &mut Vec<Inline>, text: &str) {
    let mut plain = String::new();
    for word in text.split_inclusive(' ') {
        let start = word.find(|c: char| !"('\"".contains(c)).unwrap_or(0);
        let (before, rest) = word.split_at(start);
        let end = option_length(rest);
        let (option, after) = rest.split_at(end);
        plain.push_str(before);
        if !option.is_empty() {
            made.push(roman(std::mem::take(&mut plain)));
            made.push(bold(option));
        }
        plain.push_str(after);
    }
    if !plain.is_empty() {
        made.push(roman(plain));
    }
}

/// The length in bytes of the option that a word begins with; 0 without one.
fn option_length(word: &str) -> usize {
    let is_option = word
        .strip_prefix("--")
        .is_some_and(|name| name.starts_with(|c: char| c.is_ascii_lowercase()));
    if !is_option {
        return 0;
    }
    word.find(|c: char| !c.is_ascii_lowercase() && c != '-')
        .unwrap_or(word.len())
}

/// The usage that clap prints: literal words in bold, placeholders in italics.
pub(super) fn usage(text: &str) -> Vec<Inline> {
    let mut made = Vec::new();
    let mut word = String::new();
    let flush = |word: &mut String, made: &mut Vec<Inline>| {
        let text = std::mem::take(word);
        if text.is_empty() {
            return;
        }
        let stands_for = text.chars().any(|c| c.is_ascii_uppercase());
        made.push(if stands_for { italic(text) } else { bold(text) });
    };
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || c == '-' || c == '_' {
            word.push(c);
        } else {
            flush(&mut word, &mut made);
            made.push(roman(c.to_string()));
        }
    }
    flush(&mut word, &mut made);
    made
}
