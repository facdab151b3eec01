//! Lines of `hexyl`: an offset, panels of bytes, panels of characters, between borders or spaces.
//!
//! With borders the panels are cut at these. A panel of bytes is always wider than the eight
//! characters of the others, which is how the first panel of characters is known. Without borders
//! the panels can only be told apart by their width, and how many there are follows from the width
//! of the first line.
//!
//! Nothing but the characters says whether groups of several bytes are big-endian or little-endian. Where
//! they do not say it the text is refused: other bytes than were dumped must not be written.

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

/// Adds the bytes of a panel.
fn panel_bytes(panel: &str, bytes: &mut Vec<u8>) -> Result<(), Malformed> {
    let before = bytes.len();
    for group in panel.split_ascii_whitespace() {
        pairs(group.as_bytes(), bytes)?;
    }
    if bytes.len() - before > PANEL {
        return Err("more than eight bytes in a panel: not in hexadecimal".into());
    }
    Ok(())
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
            CharacterTable::Cp1047,
            CharacterTable::Cp437,
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

const HEXADECIMAL: Notation = Notation {
    digits: 2,
    base: 16,
};

/// Those that are not read, and must not be taken for hexadecimal.
const OTHER_NOTATIONS: [Notation; 3] = [
    Notation { digits: 3, base: 8 },
    Notation {
        digits: 3,
        base: 10,
    },
    Notation { digits: 8, base: 2 },
];

impl Notation {
    /// Columns of a panel of bytes, with what is behind it.
    const fn width(self, group: usize) -> usize {
        1 + (PANEL / group) * (self.digits * group + 1) + 1
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

/// How the panels of a line without borders follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Layout {
    notation: Notation,
    panels: usize,
    group: usize,
    /// Whether panels of characters stand behind those of bytes.
    characters: bool,
}

impl Layout {
    /// Columns of a panel of bytes, with what is behind it.
    const fn width(&self) -> usize {
        self.notation.width(self.group)
    }

    /// How many bytes the groups have in a panel between borders, by its width.
    fn group(panel: &str) -> Option<usize> {
        let columns = panel.chars().count();
        GROUPS
            .into_iter()
            .find(|group| columns + 1 == HEXADECIMAL.width(*group))
    }

    /// Those whose lines are `columns` wide.
    fn of_width(notation: Notation, columns: usize) -> impl Iterator<Item = Self> {
        GROUPS.into_iter().flat_map(move |group| {
            // Bytes up to the end first: characters look like bytes less often than the other way
            // round, and only widths of hundreds of columns can be both.
            [false, true].into_iter().filter_map(move |characters| {
                let panel = notation.width(group) + if characters { NARROW + 1 } else { 0 };
                (columns >= panel && columns.is_multiple_of(panel)).then_some(Self {
                    notation,
                    panels: columns / panel,
                    group,
                    characters,
                })
            })
        })
    }

    /// The bytes of a line whose panels start at `line`, when it has this layout.
    fn bytes(&self, line: &[char]) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut ended = false;
        let cell = |place: usize| line.get(place).copied().unwrap_or(' ');
        for panel in 0..self.panels {
            let start = panel * self.width();
            for byte in 0..PANEL {
                let place = start + 1 + byte * self.notation.digits + byte / self.group;
                if byte.is_multiple_of(self.group) && cell(place - 1) != ' ' {
                    return None;
                }
                let mut cells = (place..place + self.notation.digits).map(cell);
                if cells.clone().all(|cell| cell == ' ') {
                    ended = true;
                } else if ended {
                    return None;
                } else {
                    bytes.push(self.notation.byte(&mut cells)?);
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
        let (mut short, mut group) = (false, 0);
        loop {
            let (panel, later) = rest.split_once(separators).unwrap_or((rest, ""));
            if is_narrow(panel) {
                break;
            }
            let before = bytes.len();
            // In other bases the panels are wider, and few digits could be read as those of bytes.
            group = Layout::group(panel).ok_or("a panel is not as wide as in hexadecimal")?;
            panel_bytes(panel, bytes)?;
            let shown = bytes.len() - before;
            if short && shown > 0 {
                return Err("bytes are missing before others".into());
            }
            short = shown < PANEL;
            rest = later;
        }
        let characters: Vec<char> = rest.chars().collect();
        self.put_in_order(group, &characters, bytes)?;
        place(has_offset.then_some(offset), bytes)
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
        let read = match self.layout {
            Some((has_offset, layout)) if has_offset == offset.is_some() => {
                layout.bytes(panels).map(|bytes| (layout, bytes))
            }
            _ => find_layout(panels)?,
        };
        let Some((layout, read)) = read else {
            return Err("the panels are not as wide as panels of bytes in hexadecimal".into());
        };
        self.layout = Some((offset.is_some(), layout));
        bytes.extend(read);
        self.put_in_order(layout.group, layout.behind(panels), bytes)?;
        place(offset.as_deref(), bytes)
    }
}

/// The layout of a line and its bytes, from the line's width.
fn find_layout(line: &[char]) -> Result<Option<(Layout, Vec<u8>)>, Malformed> {
    let Some(found) = layouts(HEXADECIMAL, line).next() else {
        return Ok(None);
    };
    // Few bytes may have the digits of fewer ones in another base, in panels that are together as wide.
    let mut others = OTHER_NOTATIONS
        .into_iter()
        .flat_map(|notation| layouts(notation, line));
    match others.next() {
        Some((other, _)) => Err(Malformed::foreign(format!(
            "nothing in the text tells whether its digits are of base 16 or of base {}",
            other.notation.base
        ))),
        None => Ok(Some(found)),
    }
}

/// The layouts that a line can have, and its bytes with each.
fn layouts(notation: Notation, line: &[char]) -> impl Iterator<Item = (Layout, Vec<u8>)> {
    // The last column is a space, which may have been lost.
    [line.len(), line.len() + 1]
        .into_iter()
        .flat_map(move |columns| Layout::of_width(notation, columns))
        .filter_map(|layout| Some((layout, layout.bytes(line)?)))
        .filter(|(layout, bytes)| layout.has_characters(line, bytes))
}
