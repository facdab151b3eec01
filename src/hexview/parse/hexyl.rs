//! Lines of `hexyl`: an offset, panels of bytes, panels of characters, between borders or spaces.
//!
//! With borders the panels are cut at these. A panel of bytes is always wider than the eight
//! characters of the others, which is how the first panel of characters is known. Without borders
//! the panels can only be told apart by their width, and how many there are follows from the width
//! of the first line.
//!
//! Nothing but the characters says whether groups of several bytes are big-endian or little-endian, and few bytes
//! look the same in octal and in decimal. Where the text does not say it, it is refused: other bytes than were
//! dumped must not be written.

use std::iter;
use std::sync::LazyLock;

use super::super::hexyl::{CharacterTable, characters};
use super::line::{Malformed, Parse, Parsed, number, pairs};

/// Characters in an offset of up to 4 GiB, and in a panel of characters.
const NARROW: usize = 8;
/// Bytes in a panel.
const PANEL: usize = 8;
/// The bytes that a character table shows as a space: that of ASCII and that of EBCDIC.
const BLANKS: [u8; 2] = [0x20, 0x40];
/// How many bytes a group can have.
const GROUPS: [usize; 4] = [1, 2, 4, 8];

/// What stands at the start of a line and between panels.
const UNICODE: (char, [char; 2]) = ('│', ['│', '┊']);
const ASCII: (char, [char; 2]) = ('|', ['|', '|']);

/// Reads `hexyl`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hexyl {
    /// The layout of lines without borders, once it is known, and whether they have an offset.
    layout: Option<(bool, Layout)>,
    /// The order of bytes in groups, once it is known.
    order: Option<Order>,
    /// How large the groups are of which the lines so far do not tell the order.
    undecided: Option<usize>,
    /// The base of digits that may be of two, once it is known.
    base: Option<u32>,
}

/// The order in which the bytes of a group are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Big,
    Little,
}

/// Whether `line` can be the first one.
pub(super) fn starts(line: &[u8]) -> bool {
    let borders = ["┌─", "│", "+-", "|"];
    borders
        .iter()
        .any(|border| line.starts_with(border.as_bytes()))
        || line.starts_with(b" ")
}

impl Parse for Hexyl {
    fn line(&mut self, line: &[u8], bytes: &mut Vec<u8>) -> Result<Parsed, Malformed> {
        let Ok(line) = str::from_utf8(line) else {
            return Err("not UTF-8".into());
        };
        if ["┌─", "└─", "+-"]
            .iter()
            .any(|border| line.starts_with(border))
        {
            return Ok(Parsed::Nothing);
        }
        for (outer, separators) in [UNICODE, ASCII] {
            if let Some(rest) = line.strip_prefix(outer) {
                return self.bordered(rest, separators, bytes);
            }
        }
        match line.strip_prefix(' ') {
            Some(rest) => self.borderless(rest, bytes),
            None => Err("neither a border nor a space at the start".into()),
        }
    }

    fn finish(&self) -> Result<(), Malformed> {
        match self.undecided {
            Some(group) if self.order.is_none() => Err(Malformed::foreign(format!(
                "nothing in the text tells whether its groups of {group} bytes are big-endian or \
                 little-endian: groups of one byte can be read"
            ))),
            _ => Ok(()),
        }
    }
}

/// The bytes with each of their groups turned round. Only the last group of a panel is short.
fn turned(bytes: &[u8], group: usize) -> Vec<u8> {
    let panels = bytes.chunks(PANEL);
    let groups = panels.flat_map(|panel| panel.chunks(group));
    groups
        .flat_map(|group| group.iter().rev().copied())
        .collect()
}

/// Whether the panels of characters show these bytes in one of the tables.
fn show(shown: &[char], bytes: &[u8]) -> bool {
    static TABLES: LazyLock<Vec<Vec<char>>> = LazyLock::new(|| {
        let tables = [
            CharacterTable::Default,
            CharacterTable::Ascii,
            CharacterTable::CP1047,
            CharacterTable::CP437,
            CharacterTable::Braille,
        ];
        tables.into_iter().filter_map(characters).collect()
    });
    let panels = shown.chunks(NARROW + 1);
    let shown = panels.flat_map(|panel| panel.iter().take(NARROW));
    // Spaces at the end may have been lost.
    let shown = shown.copied().chain(iter::repeat(' '));
    TABLES.iter().any(|table| {
        let mut pairs = shown.clone().zip(bytes);
        pairs.all(|(shown, byte)| table.get(usize::from(*byte)) == Some(&shown))
    })
}

/// Whether this is too narrow to be a panel of bytes.
fn is_narrow(panel: &str) -> bool {
    panel.chars().count() <= NARROW
}

/// What a line with such an offset and such bytes says.
fn place(offset: Option<&str>, bytes: &[u8]) -> Result<Parsed, Malformed> {
    let offset = offset.map(|offset| number(offset.as_bytes())).transpose()?;
    match (offset, bytes.is_empty()) {
        (offset, false) => Ok(Parsed::Bytes(offset)),
        (Some(end), true) => Ok(Parsed::End(end)),
        (None, true) => Err("no bytes".into()),
    }
}

/// How the bytes of a panel are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Notation {
    /// The digits of each byte.
    digits: usize,
    base: u32,
}

const NOTATIONS: [Notation; 4] = [
    Notation {
        digits: 2,
        base: 16,
    },
    Notation { digits: 3, base: 8 },
    Notation {
        digits: 3,
        base: 10,
    },
    Notation { digits: 8, base: 2 },
];

/// How many digits a byte can have.
const DIGITS: [usize; 3] = [2, 3, 8];

impl Notation {
    /// The notations of so many digits.
    fn of_digits(digits: usize) -> impl Iterator<Item = Self> {
        NOTATIONS
            .into_iter()
            .filter(move |notation| notation.digits == digits)
    }

    /// The byte that these characters are; none when it is more than a byte, or not of this base.
    fn byte(self, characters: impl Iterator<Item = char>) -> Option<u8> {
        let mut value = 0_u32;
        for digit in characters {
            value = value * self.base + digit.to_digit(self.base)?;
        }
        u8::try_from(value).ok()
    }
}

/// Columns of a panel of bytes of so many digits, with what is behind it.
const fn width(digits: usize, group: usize) -> usize {
    1 + (PANEL / group) * (digits * group + 1) + 1
}

/// What the digits of a line are in a notation.
type Reading = (Notation, Vec<u8>);

/// How the panels of a line without borders follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Layout {
    /// The digits of each byte.
    digits: usize,
    panels: usize,
    group: usize,
    /// Whether panels of characters stand behind those of bytes.
    characters: bool,
}

impl Layout {
    /// Columns of a panel of bytes, with what is behind it.
    const fn width(&self) -> usize {
        width(self.digits, self.group)
    }

    /// Those whose lines are `columns` wide.
    fn of_width(digits: usize, columns: usize) -> impl Iterator<Item = Self> {
        GROUPS.into_iter().flat_map(move |group| {
            // Bytes up to the end first: characters look like bytes less often than the other way
            // round, and only widths of hundreds of columns can be both.
            [false, true].into_iter().filter_map(move |characters| {
                let panel = width(digits, group) + if characters { NARROW + 1 } else { 0 };
                (columns >= panel && columns.is_multiple_of(panel)).then_some(Self {
                    digits,
                    panels: columns / panel,
                    group,
                    characters,
                })
            })
        })
    }

    /// What a line whose panels start at `line` can be, when it has this layout.
    fn readings(&self, line: &[char]) -> Vec<Reading> {
        let notations = Notation::of_digits(self.digits);
        let read = |notation| Some((notation, self.bytes(line, notation)?));
        notations.filter_map(read).collect()
    }

    fn bytes(&self, line: &[char], notation: Notation) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut ended = false;
        let cell = |place: usize| line.get(place).copied().unwrap_or(' ');
        for panel in 0..self.panels {
            let start = panel * self.width();
            for byte in 0..PANEL {
                let place = start + 1 + byte * self.digits + byte / self.group;
                if byte.is_multiple_of(self.group) && cell(place - 1) != ' ' {
                    return None;
                }
                let mut cells = (place..place + self.digits).map(cell);
                if cells.clone().all(|cell| cell == ' ') {
                    ended = true;
                } else if ended {
                    return None;
                } else {
                    bytes.push(notation.byte(&mut cells)?);
                }
            }
            let end = start + self.width();
            if cell(end - 2) != ' ' || cell(end - 1) != ' ' {
                return None;
            }
        }
        Some(bytes)
    }

    /// What stands behind the panels of bytes.
    fn behind<'a>(&self, line: &'a [char]) -> &'a [char] {
        line.get(self.panels * self.width()..).unwrap_or_default()
    }

    /// Whether the characters of the line are those of its bytes.
    fn is_shown(&self, line: &[char]) -> bool {
        let behind = self.behind(line);
        let shown =
            |(_, bytes): &Reading| show(behind, bytes) || show(behind, &turned(bytes, self.group));
        self.characters && self.readings(line).iter().any(shown)
    }

    /// Whether the line has characters for its bytes if this layout has panels for them. One is enough:
    /// whoever edits the digits leaves the characters as they are.
    fn has_characters(&self, line: &[char], bytes: &[u8]) -> bool {
        !self.characters
            || self.behind(line).iter().any(|shown| *shown != ' ')
            || bytes.iter().all(|byte| BLANKS.contains(byte))
    }
}

impl Hexyl {
    /// A line with borders, behind the first one.
    fn bordered(
        &mut self,
        line: &str,
        separators: [char; 2],
        bytes: &mut Vec<u8>,
    ) -> Result<Parsed, Malformed> {
        let (first, behind) = line.split_once(separators).unwrap_or((line, ""));
        // Without an offset the first panel is one of bytes, with a space before the first.
        let has_offset = !first.starts_with(' ') || first.trim().is_empty() && is_narrow(first);
        let offset = if has_offset { first.trim() } else { "" };
        if offset == "*" {
            return Ok(Parsed::Squeezed);
        }
        let mut rest = if has_offset { behind } else { line };
        if rest.trim_start().starts_with("No content") {
            return Ok(Parsed::Nothing);
        }
        let mut panels = Vec::new();
        loop {
            let (panel, later) = rest.split_once(separators).unwrap_or((rest, ""));
            if is_narrow(panel) {
                break;
            }
            panels.push(panel);
            rest = later;
        }
        let characters: Vec<char> = rest.chars().collect();
        let (group, readings) = read_panels(&panels)?;
        *bytes = self.choose(readings, group, &characters)?;
        self.put_in_order(group, &characters, bytes)?;
        place(has_offset.then_some(offset), bytes)
    }

    /// What a line is of all that it can be: what its characters show, or what is of the base of the others.
    fn choose(
        &mut self,
        mut readings: Vec<Reading>,
        group: usize,
        characters: &[char],
    ) -> Result<Vec<u8>, Malformed> {
        let first = readings.first().map(|(_, bytes)| bytes.clone());
        let alike = |(_, bytes): &Reading| first.as_ref() == Some(bytes);
        if readings.len() > 1 && readings.iter().all(alike) {
            return Ok(first.unwrap_or_default());
        }
        if readings.len() > 1 {
            let shown = readings.iter().filter(|(_, bytes)| {
                show(characters, bytes) || show(characters, &turned(bytes, group))
            });
            let bases: Vec<u32> = shown.map(|(notation, _)| notation.base).collect();
            let base = match bases.as_slice() {
                [base] => Some(*base),
                _ => self.base,
            };
            readings.retain(|(notation, _)| base.is_none_or(|base| notation.base == base));
        }
        match readings.as_slice() {
            [(notation, _)] if notation.digits != OF_TWO_BASES => {}
            [(notation, _)] => match self.base.replace(notation.base) {
                Some(base) if base != notation.base => {
                    return Err("its digits are not of the base of those before".into());
                }
                _ => {}
            },
            [] => return Err("not the digits of bytes".into()),
            _ => {
                return Err(Malformed::foreign(
                    "nothing in the text tells whether its digits are octal or decimal",
                ));
            }
        }
        Ok(readings.pop().map(|(_, bytes)| bytes).unwrap_or_default())
    }

    /// Turns a line's groups round where they are little-endian.
    fn put_in_order(
        &mut self,
        group: usize,
        characters: &[char],
        bytes: &mut Vec<u8>,
    ) -> Result<(), Malformed> {
        let turned = turned(bytes, group.max(1));
        if turned == *bytes {
            return Ok(());
        }
        let told = match (show(characters, bytes), show(characters, &turned)) {
            (true, false) => Some(Order::Big),
            (false, true) => Some(Order::Little),
            _ => None,
        };
        match (self.order, told) {
            (Some(known), Some(told)) if known != told => {
                return Err("its groups are not in the order of those before".into());
            }
            (None, None) => self.undecided = Some(group),
            (None, Some(Order::Little)) if self.undecided.is_some() => {
                return Err(Malformed::foreign(
                    "its groups are little-endian, which lines before it do not tell",
                ));
            }
            _ => self.order = self.order.or(told),
        }
        if self.order == Some(Order::Little) {
            *bytes = turned;
        }
        Ok(())
    }

    /// A line without borders, behind the space it starts with.
    fn borderless(&mut self, line: &str, bytes: &mut Vec<u8>) -> Result<Parsed, Malformed> {
        let characters: Vec<char> = line.chars().collect();
        let digits = characters
            .iter()
            .take_while(|digit| digit.is_ascii_hexdigit())
            .count();
        let (offset, panels) = match characters.first() {
            Some('*') => return Ok(Parsed::Squeezed),
            Some(' ') => (None, characters.as_slice()),
            _ => {
                let offset: String = characters.iter().take(digits).collect();
                (
                    Some(offset),
                    characters.get(digits + 1..).unwrap_or_default(),
                )
            }
        };
        if offset.as_ref().is_some_and(|offset| offset.len() < NARROW) {
            return Err("the offset has less than eight digits".into());
        }
        let layout = match self.layout {
            Some((has_offset, layout)) if has_offset == offset.is_some() => layout,
            _ => find_layout(panels)?,
        };
        let readings = layout.readings(panels);
        if readings.is_empty() {
            return Err(NO_PANEL.into());
        }
        self.layout = Some((offset.is_some(), layout));
        *bytes = self.choose(readings, layout.group, layout.behind(panels))?;
        self.put_in_order(layout.group, layout.behind(panels), bytes)?;
        place(offset.as_deref(), bytes)
    }
}

/// Why panels are refused.
const NO_PANEL: &str = "the panels are not as wide as panels of bytes";

/// How many digits a byte has that may be octal or decimal.
const OF_TWO_BASES: usize = 3;

/// What the panels of bytes of a line can be, and how large its groups are.
fn read_panels(panels: &[&str]) -> Result<(usize, Vec<Reading>), Malformed> {
    let Some(first) = panels.first() else {
        return Ok((1, vec![(NOTATIONS[0], Vec::new())]));
    };
    let shapes = DIGITS
        .into_iter()
        .flat_map(|digits| GROUPS.map(|group| (digits, group)));
    let columns = first.chars().count();
    let mut fitting = shapes
        .into_iter()
        .filter(|(digits, group)| columns + 1 == width(*digits, *group));
    let (digits, group) = fitting.next().ok_or(NO_PANEL)?;
    if panels.iter().any(|panel| panel.chars().count() != columns) {
        return Err(NO_PANEL.into());
    }
    let mut readings = Vec::new();
    let mut refusal = None;
    for notation in Notation::of_digits(digits) {
        match read_all(panels, notation) {
            Ok(bytes) => readings.push((notation, bytes)),
            Err(malformed) => refusal = Some(malformed),
        }
    }
    match refusal {
        Some(malformed) if readings.is_empty() => Err(malformed),
        _ => Ok((group, readings)),
    }
}

fn read_all(panels: &[&str], notation: Notation) -> Result<Vec<u8>, Malformed> {
    let mut bytes = Vec::new();
    let mut short = false;
    for panel in panels {
        let before = bytes.len();
        for group in panel.split_ascii_whitespace() {
            read_group(group, notation, &mut bytes)?;
        }
        let shown = bytes.len() - before;
        if shown > PANEL {
            return Err("more than eight bytes in a panel".into());
        }
        if short && shown > 0 {
            return Err("bytes are missing before others".into());
        }
        short = shown < PANEL;
    }
    Ok(bytes)
}

fn read_group(group: &str, notation: Notation, bytes: &mut Vec<u8>) -> Result<(), Malformed> {
    if notation.base == 16 {
        return pairs(group.as_bytes(), bytes);
    }
    for digits in group.as_bytes().chunks(notation.digits) {
        let whole = (digits.len() == notation.digits).then_some(digits);
        let byte = whole.and_then(|digits| notation.byte(digits.iter().map(|d| char::from(*d))));
        bytes.push(byte.ok_or_else(|| {
            let digits = digits.escape_ascii();
            format!("'{digits}' is not a byte in base {}", notation.base)
        })?);
    }
    Ok(())
}

/// The layout of a line, from its width. Few bytes may have the digits of fewer ones in another base, in panels that
/// are together as wide: then its characters decide.
fn find_layout(line: &[char]) -> Result<Layout, Malformed> {
    let mut found: Vec<Layout> = DIGITS
        .into_iter()
        .filter_map(|digits| layouts(digits, line).next())
        .collect();
    if found.len() > 1 {
        let digits: Vec<String> = found.iter().map(|l| l.digits.to_string()).collect();
        found.retain(|layout| layout.is_shown(line));
        if found.len() != 1 {
            return Err(Malformed::foreign(format!(
                "nothing in the text tells whether its bytes have {} digits",
                digits.join(" or ")
            )));
        }
    }
    found.pop().ok_or_else(|| NO_PANEL.into())
}

/// The layouts that a line can have when its bytes have so many digits.
fn layouts(digits: usize, line: &[char]) -> impl Iterator<Item = Layout> {
    // The last column is a space, which may have been lost.
    [line.len(), line.len() + 1]
        .into_iter()
        .flat_map(move |columns| Layout::of_width(digits, columns))
        .filter(|layout| {
            let readings = layout.readings(line);
            readings
                .iter()
                .any(|(_, bytes)| layout.has_characters(line, bytes))
        })
}
