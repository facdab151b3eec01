//! Lines of `hexyl`: an offset, panels of bytes, panels of characters, between borders or spaces.
//! They are printed elsewhere.
//!
//! Borders separate the panels. A panel of bytes is always wider than the eight characters of a
//! panel of characters, which identifies the first panel of characters. Without borders, the width
//! of the first line gives the number of panels.
//!
//! Only the characters show whether groups of several bytes are big-endian or little-endian, and
//! the same digits can be octal or decimal. An ambiguous text is refused, because the bytes could
//! be wrong.

use std::iter;
use std::sync::LazyLock;

use super::super::hexyl::{CHARACTER_TABLES, CharacterTable, characters};
use super::line::{Malformed, Parse, Parsed, is_decisive, number, pairs, repeated};

/// Digits in an offset below 4 GiB, and characters in a panel of characters.
const NARROW: usize = 8;
/// Bytes in a panel.
const PANEL: usize = 8;
/// The bytes that a character table shows as a space: that of ASCII and that of EBCDIC.
const BLANKS: [u8; 2] = [0x20, 0x40];
/// The possible numbers of bytes in a group.
const GROUPS: [usize; 4] = [1, 2, 4, 8];

/// The characters at the start of a line and between panels.
const UNICODE: (char, [char; 2]) = ('│', ['│', '┊']);
const ASCII: (char, [char; 2]) = ('|', ['|', '|']);

/// Reads `hexyl`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hexyl {
    /// Whether lines without borders have an offset, and their layout, once it is known.
    layout: Option<(bool, Layout)>,
    /// The order of bytes in groups, once it is known.
    order: Option<Order>,
    /// The length of groups whose order is unknown so far.
    undecided: Option<usize>,
    /// The base of digits that may be octal or decimal, once it is known.
    base: Option<u32>,
    /// The line before has other characters than its bytes.
    was_edited: bool,
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
        let borders = ["┌─", "└─", "+-"];
        if borders.iter().any(|border| line.starts_with(border)) {
            return Ok(Parsed::Nothing);
        }
        let text = line.trim_start_matches(['│', '|', ' ']);
        if text.starts_with("No content") {
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
                "the text does not show whether its groups of {group} bytes are big-endian or \
                 little-endian: use groups of one byte"
            ))),
            _ => Ok(()),
        }
    }
}

/// The bytes with each group reversed. Only the last group of a panel may be short.
fn reversed(bytes: &[u8], group: usize) -> Vec<u8> {
    let panels = bytes.chunks(PANEL);
    let groups = panels.flat_map(|panel| panel.chunks(group));
    groups
        .flat_map(|group| group.iter().rev().copied())
        .collect()
}

/// Whether the panels of characters show these bytes in one of the tables.
fn show(shown: &[char], bytes: &[u8]) -> bool {
    static TABLES: LazyLock<Vec<Vec<char>>> = LazyLock::new(|| {
        // hexyl before 0.11 shows a zero byte as a digit.
        let mut old = characters(CharacterTable::Default);
        if let Some(zero) = old.as_mut().and_then(|table| table.first_mut()) {
            *zero = '0';
        }
        let tables = CHARACTER_TABLES.into_iter().map(characters);
        tables.chain([old]).flatten().collect()
    });
    let panels_are_missing = shown.is_empty();
    let panels = shown.chunks(NARROW + 1);
    let shown = panels.flat_map(|panel| panel.iter().take(NARROW));
    // Trailing spaces may be missing.
    let shown = shown.copied().chain(iter::repeat(' '));
    // Without panels of characters, nothing is shown.
    !panels_are_missing
        && TABLES.iter().any(|table| {
            let mut pairs = shown.clone().zip(bytes);
            pairs.all(|(shown, byte)| table.get(usize::from(*byte)) == Some(&shown))
        })
}

/// Whether a panel is too narrow for bytes.
fn is_narrow(panel: &str) -> bool {
    panel.chars().count() <= NARROW
}

/// The contents of a line with this offset and these bytes.
fn parsed(offset: Option<&str>, bytes: &[u8]) -> Result<Parsed, Malformed> {
    let offset = offset.map(|offset| number(offset.as_bytes())).transpose()?;
    match (offset, bytes.is_empty()) {
        (offset, false) => Ok(Parsed::Bytes(offset)),
        (Some(end), true) => Ok(Parsed::End(end)),
        (None, true) => Err("no bytes".into()),
    }
}

/// The notation of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Notation {
    /// The digits of each byte.
    digits: usize,
    base: u32,
}

const NOTATIONS: [Notation; 4] = [
    Notation::new(2, 16),
    Notation::new(3, 8),
    Notation::new(3, 10),
    Notation::new(8, 2),
];

/// The possible numbers of digits of a byte.
const DIGITS: [usize; 3] = [2, 3, 8];

impl Notation {
    const fn new(digits: usize, base: u32) -> Self {
        Self { digits, base }
    }

    /// The notations with this number of digits.
    fn of_digits(digits: usize) -> impl Iterator<Item = Self> {
        NOTATIONS
            .into_iter()
            .filter(move |notation| notation.digits == digits)
    }

    /// The byte with these digits; none if it is too large or the digits have another base.
    fn byte(self, characters: impl Iterator<Item = char>) -> Option<u8> {
        let mut value = 0_u32;
        for digit in characters {
            value = value * self.base + digit.to_digit(self.base)?;
        }
        u8::try_from(value).ok()
    }
}

/// Columns of a panel of bytes and of the separator after it.
const fn width(digits: usize, group: usize) -> usize {
    1 + (PANEL / group) * (digits * group + 1) + 1
}

/// The bytes of a line in one notation.
type Reading = (Notation, Vec<u8>);

/// The order of panels in a line without borders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Layout {
    /// The digits of each byte.
    digits: usize,
    panels: usize,
    group: usize,
    /// Whether there are panels of characters after those of bytes.
    characters: bool,
}

impl Layout {
    /// Columns of a panel of bytes and of the separator after it.
    const fn width(&self) -> usize {
        width(self.digits, self.group)
    }

    /// The layouts with lines of this width.
    fn of_width(digits: usize, columns: usize) -> impl Iterator<Item = Self> {
        GROUPS.into_iter().flat_map(move |group| {
            // Layouts without characters come first: characters rarely look like bytes. Only lines
            // of hundreds of columns can have both layouts.
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

    /// The bytes of a line in each notation that fits this layout.
    fn readings(&self, line: &[char]) -> Vec<Reading> {
        let notations = Notation::of_digits(self.digits);
        let read = |notation| Some((notation, self.bytes(line, notation)?));
        notations.filter_map(read).collect()
    }

    /// The bytes of a line; none if it does not have this layout and notation.
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

    /// The part of a line after the panels of bytes.
    fn behind<'a>(&self, line: &'a [char]) -> &'a [char] {
        line.get(self.panels * self.width()..).unwrap_or_default()
    }

    /// Whether the characters of the line are those of its bytes.
    fn is_shown(&self, line: &[char]) -> bool {
        let behind = self.behind(line);
        let shown = |(_, bytes): &Reading| {
            show(behind, bytes) || show(behind, &reversed(bytes, self.group))
        };
        self.characters && self.readings(line).iter().any(shown)
    }

    /// Whether the line has characters, if this layout has panels of them. One is enough, because a
    /// user who edits the digits may leave the characters unchanged.
    fn has_characters(&self, line: &[char], bytes: &[u8]) -> bool {
        !self.characters
            || self.behind(line).iter().any(|shown| *shown != ' ')
            || bytes.iter().all(|byte| BLANKS.contains(byte))
    }
}

impl Hexyl {
    /// Reads a line after its first border.
    fn bordered(
        &mut self,
        line: &str,
        separators: [char; 2],
        bytes: &mut Vec<u8>,
    ) -> Result<Parsed, Malformed> {
        let (first, behind) = line.split_once(separators).unwrap_or((line, ""));
        // Without an offset the first panel is one of bytes and starts with a space.
        let has_offset = !first.starts_with(' ') || first.trim().is_empty() && is_narrow(first);
        let offset = if has_offset { first.trim() } else { "" };
        if offset == "*" {
            return repeated(self.was_edited);
        }
        let mut rest = if has_offset { behind } else { line };
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
        parsed(has_offset.then_some(offset), bytes)
    }

    /// Chooses the reading that the characters confirm, or that has the base of earlier lines.
    fn choose(
        &mut self,
        mut readings: Vec<Reading>,
        group: usize,
        characters: &[char],
    ) -> Result<Vec<u8>, Malformed> {
        let is_shown =
            |bytes: &[u8]| show(characters, bytes) || show(characters, &reversed(bytes, group));
        let first = readings.first().map(|(_, bytes)| bytes.clone());
        let alike = |(_, bytes): &Reading| first.as_ref() == Some(bytes);
        if readings.len() > 1 && readings.iter().all(alike) {
            return Ok(first.unwrap_or_default());
        }
        if readings.len() > 1 {
            let shown = readings.iter().filter(|(_, bytes)| is_shown(bytes));
            let bases: Vec<u32> = shown.map(|(notation, _)| notation.base).collect();
            let is_clear = matches!(readings.as_slice(), [(_, a), (_, b)] if is_decisive(a, b));
            let base = match bases.as_slice() {
                [base] if is_clear => Some(*base),
                _ => self.base,
            };
            readings.retain(|(notation, _)| base.is_none_or(|base| notation.base == base));
        }
        match readings.as_slice() {
            [(notation, _)] if notation.digits != OF_TWO_BASES => {}
            [(_, bytes)] if self.base.is_none() && !characters.is_empty() && !is_shown(bytes) => {
                return Err(Malformed::foreign(TWO_BASES));
            }
            [(notation, _)] => match self.base.replace(notation.base) {
                Some(base) if base != notation.base => {
                    return Err("the base of its digits differs from earlier lines".into());
                }
                _ => {}
            },
            [] => return Err("not the digits of bytes".into()),
            _ => return Err(Malformed::foreign(TWO_BASES)),
        }
        Ok(readings.pop().map(|(_, bytes)| bytes).unwrap_or_default())
    }

    /// Reverses the groups of a line if they are little-endian.
    fn put_in_order(
        &mut self,
        group: usize,
        characters: &[char],
        bytes: &mut Vec<u8>,
    ) -> Result<(), Malformed> {
        let reversed = reversed(bytes, group.max(1));
        let is_big = show(characters, bytes);
        let is_little = show(characters, &reversed);
        self.was_edited = !characters.is_empty() && !is_big && !is_little;
        if reversed == *bytes {
            return Ok(());
        }
        let shown = match (is_big, is_little) {
            (true, false) => Some(Order::Big),
            (false, true) if is_decisive(bytes, &reversed) => Some(Order::Little),
            _ => None,
        };
        match (self.order, shown) {
            (Some(known), Some(shown)) if known != shown => {
                return Err("the byte order of its groups differs from earlier lines".into());
            }
            (None, None) => self.undecided = Some(group),
            (None, Some(Order::Little)) if self.undecided.is_some() => {
                return Err(Malformed::foreign(
                    "its groups are little-endian, but earlier lines do not show their byte order",
                ));
            }
            _ => self.order = self.order.or(shown),
        }
        if self.order == Some(Order::Little) {
            *bytes = reversed;
        }
        Ok(())
    }

    /// Reads a line without borders after its first space.
    fn borderless(&mut self, line: &str, bytes: &mut Vec<u8>) -> Result<Parsed, Malformed> {
        let characters: Vec<char> = line.chars().collect();
        let digits = characters
            .iter()
            .take_while(|digit| digit.is_ascii_hexdigit())
            .count();
        let (offset, panels) = match characters.first() {
            Some('*') => return repeated(self.was_edited),
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
            return Err("the offset has fewer than eight digits".into());
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
        parsed(offset.as_deref(), bytes)
    }
}

/// The reason for refusing digits.
const TWO_BASES: &str = "the text does not show whether its digits are octal or decimal";

/// The reason for refusing panels.
const NO_PANEL: &str = "the width of the panels is wrong";

/// The number of digits of a byte that may be octal or decimal.
const OF_TWO_BASES: usize = 3;

/// The length of the groups of a line, and its bytes in each notation that fits.
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

/// The bytes of all panels in one notation.
fn read_all(panels: &[&str], notation: Notation) -> Result<Vec<u8>, Malformed> {
    let mut bytes = Vec::new();
    let mut short = false;
    for panel in panels {
        let before = bytes.len();
        let groups = panel.strip_prefix(' ').unwrap_or(panel).trim_end();
        if groups.contains("  ") {
            return Err("missing bytes before other bytes".into());
        }
        for group in groups.split_ascii_whitespace() {
            read_group(group, notation, &mut bytes)?;
        }
        let shown = bytes.len() - before;
        if shown > PANEL {
            return Err("more than eight bytes in a panel".into());
        }
        if short && shown > 0 {
            return Err("missing bytes before other bytes".into());
        }
        short = shown < PANEL;
    }
    Ok(bytes)
}

/// Appends the bytes of one group.
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

/// The layout of a line, from its width. Panels of different digits can be equally wide. Then the
/// characters decide.
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
                "the text does not show whether its bytes have {} digits",
                digits.join(" or ")
            )));
        }
    }
    found.pop().ok_or_else(|| NO_PANEL.into())
}

/// The possible layouts of a line whose bytes have this number of digits.
fn layouts(digits: usize, line: &[char]) -> impl Iterator<Item = Layout> {
    // The last column is a space, which may be missing.
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
