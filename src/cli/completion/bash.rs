//! Completion for bash, which inserts an answer into the command line unchanged. Values are quoted here to match the
//! quotes around the cursor.

use std::ffi::OsString;
use std::io;

use super::found::{Answer, Candidate, find};
use super::lines::lines;

/// The answer for bash. The arguments are the command line up to the cursor, and the part at its end that a value
/// replaces.
pub(super) fn answer(arguments: &[OsString]) -> io::Result<String> {
    let mut arguments = arguments.iter().map(|text| text.to_string_lossy());
    let line = arguments.next().unwrap_or_default();
    let replaced = arguments.next().unwrap_or_default();
    let kept = line.strip_suffix(&*replaced).unwrap_or(&line);
    let Some(typed) = Typed::new(kept, &replaced) else {
        return Ok(String::new());
    };
    let words: Vec<OsString> = typed.words.iter().map(Into::into).collect();
    let answer = find(&words)?;
    let apart = typed.where_they_part(&answer);
    let mut first = true;
    Ok(lines(&answer, |candidate| {
        let apart = if std::mem::take(&mut first) {
            apart
        } else {
            None
        };
        typed.quoted(candidate, apart)
    }))
}

/// A command line up to the cursor.
struct Typed {
    /// Its words without quotes.
    words: Vec<String>,
    /// The part of the last word that is kept, without quotes.
    kept: String,
    /// The quotes that are open where the rest of the last word is inserted.
    quotes: Quotes,
}

impl Typed {
    /// `None` if the cursor is between a backslash and the character after it.
    fn new(kept: &str, replaced: &str) -> Option<Self> {
        let mut reader = Reader::default();
        kept.chars().for_each(|c| reader.take(c));
        let (before, quotes) = (reader.words.len(), reader.quotes);
        let kept = reader.word.clone().unwrap_or_default();
        let cut = std::mem::take(&mut reader.escaped);
        replaced.chars().for_each(|c| reader.take(c));
        let mut words = reader.words;
        let whole = !cut && !reader.escaped && words.len() == before;
        words.push(reader.word.unwrap_or_default());
        whole.then_some(Self {
            words,
            kept,
            quotes,
        })
    }

    /// The part of a value after the kept text.
    fn rest<'a>(&self, candidate: &'a Candidate) -> &'a str {
        let value = candidate.value();
        value.strip_prefix(&*self.kept).unwrap_or(value)
    }

    /// The number of characters that several values have in common.
    fn where_they_part(&self, answer: &Answer) -> Option<usize> {
        let Answer::Values(candidates) = answer else {
            return None;
        };
        let (first, others) = candidates.split_first()?;
        let first = self.rest(first);
        let common = |other: &Candidate| {
            let pairs = first.chars().zip(self.rest(other).chars());
            pairs.take_while(|(a, b)| a == b).count()
        };
        others.iter().map(common).min()
    }

    /// The rest of a value, quoted; the character at `apart` is quoted in another way. Readline inserts the common
    /// start of all values, which could end within the quotes of a character if all values continued in the same way.
    fn quoted(&self, candidate: &Candidate, apart: Option<usize>) -> String {
        let mut quoted = String::new();
        for (index, c) in self.rest(candidate).chars().enumerate() {
            if is_plain(c) {
                quoted.push(c);
            } else if apart == Some(index) {
                self.quotes.push_otherwise(&mut quoted, c);
            } else {
                self.quotes.push(&mut quoted, c);
            }
        }
        // Readline closes the quotes, unless they seem to be closed.
        quoted.extend(self.quotes.mark().filter(|mark| quoted.ends_with(*mark)));
        quoted
    }
}

/// Whether a character needs no quotes anywhere in a word.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || !c.is_ascii() || "_-./,:=@%+".contains(c)
}

/// The quotes around a place in a word.
#[derive(Clone, Copy, Default)]
enum Quotes {
    #[default]
    None,
    Single,
    Double,
}

impl Quotes {
    fn mark(self) -> Option<char> {
        match self {
            Self::None => None,
            Self::Single => Some('\''),
            Self::Double => Some('"'),
        }
    }

    fn push(self, quoted: &mut String, c: char) {
        match (self, c) {
            (Self::Single, '\'') => quoted.push_str(r"'\''"),
            // A backslash would prevent history expansion, but stay in the word.
            (Self::Double, '!') => quoted.push_str(r#""'!'""#),
            (Self::None, _) | (Self::Double, '$' | '`' | '"' | '\\') => quoted.extend(['\\', c]),
            (Self::Single | Self::Double, _) => quoted.push(c),
        }
    }

    /// Quotes the same character in a way that starts differently.
    fn push_otherwise(self, quoted: &mut String, c: char) {
        match (self, c) {
            (Self::None, '\'') => quoted.push_str(r#""'""#),
            (Self::None, _) => quoted.extend(['\'', c, '\'']),
            (Self::Double, '$' | '`' | '"' | '\\') => quoted.extend(['"', '\'', c, '\'', '"']),
            (Self::Double, '!') => quoted.push_str(r#""\!""#),
            (Self::Single | Self::Double, _) => self.push(quoted, c),
        }
    }
}

/// Splits a command line into words and removes the quotes.
#[derive(Default)]
struct Reader {
    words: Vec<String>,
    word: Option<String>,
    quotes: Quotes,
    /// Whether the last character was a backslash.
    escaped: bool,
}

impl Reader {
    fn take(&mut self, c: char) {
        if matches!(
            (self.quotes, self.escaped, c),
            (Quotes::None, false, ' ' | '\t' | '\n')
        ) {
            self.words.extend(self.word.take());
            return;
        }
        let word = self.word.get_or_insert_default();
        match (self.quotes, c) {
            _ if std::mem::take(&mut self.escaped) => {
                if matches!(self.quotes, Quotes::Double) && !matches!(c, '$' | '`' | '"' | '\\') {
                    word.push('\\');
                }
                word.push(c);
            }
            (Quotes::None | Quotes::Double, '\\') => self.escaped = true,
            (Quotes::None, '\'') => self.quotes = Quotes::Single,
            (Quotes::None, '"') => self.quotes = Quotes::Double,
            (Quotes::Single, '\'') | (Quotes::Double, '"') => self.quotes = Quotes::None,
            _ => word.push(c),
        }
    }
}
