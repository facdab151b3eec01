//! Reads dumps slowly: one line after the other, as the manual pages of the programs that print them describe it.

use mmapctl::hexview::{HexFormat, Record};

/// A line.
enum Line {
    Nothing,
    Bytes(Option<u64>, Vec<u8>),
    /// Lines like the one before are left out here.
    Squeezed,
    /// Lines of zeros are left out here.
    Zeros,
    /// The offset of the end.
    End(u64),
}

type Found = Result<Vec<super::Record>, String>;

/// Compares what was found in a text.
pub fn compare(text: &[u8], format: Option<HexFormat>, found: &Found) {
    let Some(format) = format else {
        return detected(text, found);
    };
    let lines = lines(text);
    let whole = |line: &dyn Fn(&[u8]) -> Option<Line>| joined(lines.iter().map(|text| line(text)));
    let shown = String::from_utf8_lossy(text);
    match format {
        HexFormat::Plain => assert_eq!(found.as_ref().ok(), plain(&lines).as_ref(), "{shown}"),
        HexFormat::Canonical => {
            let is_edited =
                |pair: &[Vec<u8>]| pair[1].trim_ascii_end() == b"*" && is_edited(&pair[0]);
            // A `*` behind another one repeats the same line.
            let mut once = lines.clone();
            once.dedup_by(|a, b| {
                a.trim_ascii_end() == b"*" && a.trim_ascii_end() == b.trim_ascii_end()
            });
            let expected = whole(&canonical).filter(|_| !once.windows(2).any(is_edited));
            assert_eq!(found.as_ref().ok(), expected.as_ref(), "{shown}")
        }
        HexFormat::C => {
            let mut array = Array::default();
            let expected = joined(lines.iter().map(|line| array.line(line)));
            let expected = expected.filter(|_| !array.is_open);
            assert_eq!(found.as_ref().ok(), expected.as_ref(), "{shown}");
        }
        HexFormat::Xxd | HexFormat::Hexyl if found.is_err() => {}
        HexFormat::Xxd => {
            let right = XXD.iter().any(|notation| {
                (0..=64).any(|group| {
                    whole(&|line| xxd(line, *notation, group)).as_ref() == found.as_ref().ok()
                })
            });
            assert!(right, "{found:?}\n{shown}");
        }
        HexFormat::Hexyl => {
            // Without borders, only the columns show where a line has bytes.
            let bordered = lines.iter().all(|line| !line.starts_with(b" "));
            let right = HEXYL.iter().any(|notation| {
                [false, true].iter().any(|little| {
                    whole(&|line| hexyl(line, *notation, *little)).as_ref() == found.as_ref().ok()
                })
            });
            assert!(right || !bordered, "{found:?}\n{shown}");
        }
    }
}

/// A text whose format was not named is read as one of them, or refused.
fn detected(text: &[u8], found: &Found) {
    let formats = [
        HexFormat::Hexyl,
        HexFormat::Xxd,
        HexFormat::Canonical,
        HexFormat::Plain,
        HexFormat::C,
    ];
    let mut named = formats
        .iter()
        .map(|format| super::read(text, Some(*format)));
    let right = found.is_err() || named.any(|named| named == *found);
    assert!(right, "{found:?}\n{}", String::from_utf8_lossy(text));
}

/// The lines that are not blank, without colours.
fn lines(text: &[u8]) -> Vec<Vec<u8>> {
    let lines = text.split(|byte| *byte == b'\n').map(|line| {
        let end = line
            .iter()
            .rposition(|byte| *byte != b'\r')
            .map_or(0, |last| last + 1);
        uncoloured(&line[..end])
    });
    lines
        .filter(|line| !line.iter().all(u8::is_ascii_whitespace))
        .collect()
}

/// The line without escape sequences such as `ESC [ 1 ; 32 m`.
fn uncoloured(line: &[u8]) -> Vec<u8> {
    let Some(at) = line.windows(2).position(|two| two == b"\x1b[") else {
        return line.to_vec();
    };
    let (before, rest) = (&line[..at], &line[at + 2..]);
    let end = rest
        .iter()
        .position(|byte| !matches!(byte, b'0'..=b'9' | b';'));
    match end.filter(|end| rest[*end] == b'm') {
        Some(end) => [before, &uncoloured(&rest[end + 1..])].concat(),
        None => [before, b"\x1b[", &uncoloured(rest)].concat(),
    }
}

/// The records of lines; `None` if the text is refused.
fn joined(lines: impl Iterator<Item = Option<Line>>) -> Option<Vec<Record>> {
    let mut records = Vec::new();
    let mut last: Vec<u8> = Vec::new();
    let (mut next, mut squeezed) = (0_u64, false);
    for line in lines {
        let (at, bytes) = match line? {
            Line::Nothing => continue,
            Line::Squeezed | Line::Zeros if last.is_empty() => return None,
            Line::Squeezed => {
                squeezed = true;
                continue;
            }
            Line::Zeros => {
                last = vec![0; last.len()];
                squeezed = true;
                continue;
            }
            Line::Bytes(None, _) if squeezed => return None,
            Line::Bytes(at, bytes) => (at.unwrap_or(next), bytes),
            Line::End(at) => (at, Vec::new()),
        };
        if squeezed {
            let length = at.checked_sub(next)?;
            if length % last.len() as u64 != 0 {
                return None;
            }
            if length > 0 {
                super::push(
                    &mut records,
                    Record::Run {
                        offset: next,
                        pattern: last.clone(),
                        length,
                    },
                );
            }
            (next, squeezed) = (at, false);
        }
        if bytes.is_empty() {
            if at != next {
                return None;
            }
            continue;
        }
        next = at.checked_add(bytes.len() as u64)?;
        last = bytes.clone();
        super::push(&mut records, Record::Bytes { offset: at, bytes });
    }
    (!squeezed).then_some(records)
}

/// A number of digits alone.
fn number(digits: &[u8], radix: u32) -> Option<u64> {
    let digits = str::from_utf8(digits)
        .ok()
        .filter(|digits| !digits.starts_with('+'))?;
    u64::from_str_radix(digits, radix).ok()
}

/// The bytes of digits without spaces, `digits` for each.
fn bytes(text: &[u8], (digits, radix): (usize, u32)) -> Option<Vec<u8>> {
    let whole = text.len().is_multiple_of(digits);
    let bytes = text
        .chunks(digits)
        .map(|byte| number(byte, radix)?.try_into().ok());
    bytes.collect::<Option<_>>().filter(|_| whole)
}

const PAIRS: (usize, u32) = (2, 16);

/// `xxd -p`: digits, with any spaces.
fn plain(lines: &[Vec<u8>]) -> Option<Vec<Record>> {
    let mut digits = lines.concat();
    digits.retain(|byte| !byte.is_ascii_whitespace());
    joined([Some(Line::Bytes(Some(0), bytes(&digits, PAIRS)?))].into_iter())
}

/// `hexdump -C`: an offset, up to sixteen bytes in two groups, and their characters between bars.
fn canonical(line: &[u8]) -> Option<Line> {
    let line = line.trim_ascii_end();
    if line == b"*" {
        return Some(Line::Squeezed);
    }
    let end = line
        .iter()
        .position(|byte| *byte == b' ')
        .unwrap_or(line.len());
    let (offset, rest) = line.split_at(end);
    let offset = number(offset, 16)?;
    let bar = rest.iter().position(|byte| *byte == b'|');
    let shown = rest[..bar.unwrap_or(rest.len())].trim_ascii_end();
    let words: Vec<&[u8]> = shown
        .split(|byte| *byte == b' ')
        .filter(|word| !word.is_empty())
        .collect();
    let spaced = words.iter().enumerate().map(|(place, word)| {
        let gap: &[u8] = if place % 8 == 0 { b"  " } else { b" " };
        [gap, word].concat()
    });
    let is_right = words.len() <= 16 && words.iter().all(|word| word.len() == 2);
    if !is_right || spaced.collect::<Vec<_>>().concat() != shown {
        return None;
    }
    match (words.is_empty(), bar) {
        (true, None) => Some(Line::End(offset)),
        (true, Some(_)) => None,
        (false, _) => Some(Line::Bytes(Some(offset), bytes(&words.concat(), PAIRS)?)),
    }
}

/// Whether a line of `hexdump -C` has characters between bars that are not those of its bytes, or fewer bytes than a
/// line that is repeated.
fn is_edited(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    let Some(Line::Bytes(_, bytes)) = canonical(line) else {
        return false;
    };
    let Some(bar) = line.iter().position(|byte| *byte == b'|') else {
        return bytes.len() < 16;
    };
    let shown = &line[bar + 1..];
    let shown = shown.strip_suffix(b"|").unwrap_or(shown);
    let is_right = |(shown, byte): (&u8, &u8)| match byte {
        b' '..=b'~' => shown == byte,
        _ => shown == byte || *shown == b'.',
    };
    bytes.len() < 16 || shown.len() != bytes.len() || !shown.iter().zip(&bytes).all(is_right)
}

/// `xxd -i`: the elements of an array, perhaps with its declaration and that of its length.
#[derive(Default)]
struct Array {
    is_open: bool,
    count: usize,
}

impl Array {
    fn line(&mut self, line: &[u8]) -> Option<Line> {
        let line = line.trim_ascii();
        if line.starts_with(b"unsigned char ") {
            let begins = line.ends_with(b"{") && !self.is_open && self.count == 0;
            self.is_open = true;
            return begins.then_some(Line::Nothing);
        }
        if line == b"};" {
            return std::mem::take(&mut self.is_open).then_some(Line::Nothing);
        }
        if line.starts_with(b"unsigned int ") {
            let (_, length) = line.split_at(line.iter().rposition(|byte| *byte == b'=')? + 1);
            let length = length.strip_suffix(b";").unwrap_or(length).trim_ascii();
            let length: usize = str::from_utf8(length).ok()?.parse().ok()?;
            return (length == self.count && !self.is_open).then_some(Line::Nothing);
        }
        let list = line.strip_suffix(b",").unwrap_or(line);
        let elements = list.split(|byte| *byte == b',').map(|element| {
            let element = element.trim_ascii();
            let (prefix, digits) = element.split_at_checked(2)?;
            match prefix {
                b"0x" | b"0X" if digits.len() <= 2 => number(digits, 16)?.try_into().ok(),
                b"0b" | b"0B" if digits.len() <= 8 => number(digits, 2)?.try_into().ok(),
                _ => None,
            }
        });
        let bytes: Vec<u8> = elements.collect::<Option<_>>()?;
        self.count += bytes.len();
        Some(Line::Bytes(None, bytes))
    }
}

/// How `xxd` prints bytes: in base 16, in bits (`-b`), or in reversed groups (`-e`); and the base of its offsets, which
/// is ten with `-d`.
#[derive(Clone, Copy, PartialEq)]
enum Digits {
    Pairs,
    Bits,
    Reversed,
}

const XXD: [(Digits, u32); 6] = [
    (Digits::Pairs, 16),
    (Digits::Bits, 16),
    (Digits::Reversed, 16),
    (Digits::Pairs, 10),
    (Digits::Bits, 10),
    (Digits::Reversed, 10),
];

/// A line of `xxd`: an offset and a colon, groups with a blank before each, and the characters behind two blanks.
/// `group` is the number of bytes in groups that are reversed.
fn xxd(line: &[u8], (digits, radix): (Digits, u32), group: usize) -> Option<Line> {
    if line.trim_ascii() == b"*" {
        return Some(Line::Zeros);
    }
    let colon = line.iter().position(|byte| *byte == b':')?;
    let offset = number(line[..colon].trim_ascii_start(), radix)?;
    let mut rest = &line[colon + 1..];
    if digits == Digits::Reversed && group == 0 || digits != Digits::Reversed && group != 0 {
        return None;
    }
    let mut all = Vec::new();
    if digits == Digits::Reversed && is_aligned(rest, group) {
        // The groups are in columns, and the last one may have blanks before it.
        while let Some((b' ', cells)) = rest.split_first()
            && let Some((cell, later)) = cells.split_at_checked(2 * group)
            && let Some(mut bytes) = bytes(cell.trim_ascii_start(), PAIRS)
            && !bytes.is_empty()
            && matches!(later, [] | [b' ', ..])
            // Characters that begin with a blank are no short group.
            && (cell[0] != b' '
                || later.trim_ascii().is_empty() && rest.len() != all.len() + 2
                || rest.len() > all.len() + 2)
        {
            bytes.reverse();
            all.extend(bytes);
            rest = if cell.starts_with(b" ") { &[] } else { later };
        }
    } else {
        while let Some((b' ' | b'\t', group)) = rest.split_first() {
            let end = group.iter().position(|byte| matches!(byte, b' ' | b'\t'));
            let (shown, later) = group.split_at(end.unwrap_or(group.len()));
            if shown.is_empty() {
                break;
            }
            let notation = if digits == Digits::Bits {
                (8, 2)
            } else {
                PAIRS
            };
            all.extend(bytes(shown, notation)?);
            rest = later;
        }
    }
    (!all.is_empty()).then_some(Line::Bytes(Some(offset), all))
}

/// Whether the first group of a line may be one of this many bytes, or a shorter one behind blanks.
fn is_aligned(rest: &[u8], group: usize) -> bool {
    let first = rest.get(1..1 + 2 * group).unwrap_or_default();
    first.len() == 2 * group
        && bytes(first.trim_ascii_start(), PAIRS).is_some_and(|bytes| !bytes.is_empty())
}

/// The digits of a byte in `hexyl`, and their base.
const HEXYL: [(usize, u32); 4] = [PAIRS, (3, 8), (3, 10), (8, 2)];

/// A line of `hexyl` with borders: perhaps an offset, then panels of bytes, then panels of at most eight characters.
fn hexyl(line: &[u8], notation: (usize, u32), little: bool) -> Option<Line> {
    let line = str::from_utf8(line).ok()?;
    let is_edge = ["┌─", "└─", "+-"].iter().any(|edge| line.starts_with(edge));
    let text = line.trim_start_matches(['│', '|', ' ']);
    if is_edge || text.starts_with("No content") {
        return Some(Line::Nothing);
    }
    let (inner, separators) = match line.strip_prefix('│') {
        Some(inner) => (inner, ['│', '┊']),
        None => (line.strip_prefix('|')?, ['|', '|']),
    };
    let mut cells = inner.split(separators).peekable();
    let is_narrow = |cell: &str| cell.chars().count() <= 8;
    let first = *cells.peek()?;
    let has_offset = !first.starts_with(' ') || first.trim().is_empty() && is_narrow(first);
    let offset = has_offset.then(|| cells.next().unwrap_or_default().trim());
    if offset == Some("*") {
        return Some(Line::Squeezed);
    }
    let offset = match offset {
        None | Some("") => None,
        Some(offset) => Some(number(offset.as_bytes(), 16)?),
    };
    let mut all = Vec::new();
    for panel in cells.take_while(|cell| !is_narrow(cell)) {
        for group in panel.split_ascii_whitespace() {
            let mut bytes = bytes(group.as_bytes(), notation)?;
            if little {
                bytes.reverse();
            }
            all.extend(bytes);
        }
    }
    match (offset, all.is_empty()) {
        (Some(end), true) => Some(Line::End(end)),
        (_, false) => Some(Line::Bytes(offset, all)),
        (None, true) => None,
    }
}
