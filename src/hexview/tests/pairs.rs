//! Drawings of differences against lines of dumps that are chosen and marked the slow way, and over
//! every way to pass the bytes.

use super::*;

/// A character on a terminal, its colour, and whether it is reversed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Shown {
    character: char,
    color: Option<String>,
    reversed: bool,
}

/// The characters of a line with their colours. The colour of a space is not visible.
fn shown(line: &str) -> Vec<Shown> {
    let mut shown = Vec::new();
    let mut color: Option<String> = None;
    let mut reversed = false;
    let mut rest = line;
    while let Some(character) = rest.chars().next() {
        rest = &rest[character.len_utf8()..];
        if character != '\u{1b}' {
            let is_visible = character != ' ' || reversed;
            shown.push(Shown {
                character,
                color: color.clone().filter(|_| is_visible),
                reversed,
            });
            continue;
        }
        let (escape, later) = rest.split_once('m').unwrap();
        rest = later;
        match escape {
            "[0" => (color, reversed) = (None, false),
            "[39" => color = None,
            _ => {
                reversed |= escape.starts_with("[7;");
                let number = escape.trim_start_matches("[7;").trim_start_matches('[');
                color = Some(number.to_owned());
            }
        }
    }
    assert!(color.is_none() && !reversed, "{line:?}");
    shown
}

/// The columns of a byte in the line of `length` bytes at `offset`: its digits and its character.
fn columns(look: &HexylOptions, offset: u64, length: usize, place: usize) -> Vec<usize> {
    let digits = usize::from(look.base.digits());
    let group = usize::from(look.group_size.bytes());
    let (panel, in_panel) = (place / 8, place % 8);
    let in_group = match look.endianness {
        Endianness::Big => in_panel % group,
        Endianness::Little => {
            let in_group = place % group;
            (length - (place - in_group)).min(group) - 1 - in_group
        }
    };
    let in_bytes = 1 + in_panel / group * (digits * group + 1) + in_group * digits;
    let width = 8 / group * (digits * group + 1) + 2;
    let offset = match look.position {
        true => 2 + format!("{offset:08x}").len().next_multiple_of(2),
        false => 1,
    };
    let byte = offset + panel * width + in_bytes;
    let character = offset + usize::from(look.panels.get()) * width + panel * 9 + in_panel;
    let shows_character = look.characters.then_some(character);
    (byte..byte + digits).chain(shows_character).collect()
}

/// The lines of a dump of one side.
struct Side<'a> {
    look: HexylOptions,
    bytes: &'a [u8],
    start: u64,
    lines: Vec<Vec<Shown>>,
}

impl<'a> Side<'a> {
    fn new(look: HexylOptions, bytes: &'a [u8], start: u64) -> Self {
        let lines = match bytes {
            [] => Vec::new(),
            bytes => inside(&look, false, start, bytes),
        };
        Self {
            look,
            bytes,
            start,
            lines,
        }
    }

    fn row(&self) -> usize {
        8 * usize::from(self.look.panels.get())
    }

    fn offset(&self, number: usize) -> u64 {
        self.start + (number * self.row()) as u64
    }

    fn bytes(&self, number: usize) -> &[u8] {
        self.bytes
            .chunks(self.row())
            .nth(number)
            .unwrap_or_default()
    }

    fn marker(&self) -> Vec<Shown> {
        inside(&self.look, true, 0, &vec![0; 2 * self.row()]).swap_remove(1)
    }

    /// A line without bytes, with its offset or without.
    fn blank(&self, number: usize, has_offset: bool) -> Vec<Shown> {
        let offset = self.offset(number);
        let mut line = inside(&self.look, false, offset, &[0]).swap_remove(0);
        let byte = columns(&self.look, offset, 1, 0);
        let first = byte.first().unwrap() - 2;
        let digits = (1..first).filter(|_| self.look.position && !has_offset);
        for column in byte.iter().copied().chain(digits) {
            line[column] = plain(' ');
        }
        line
    }

    /// Carets below these bytes.
    fn carets(&self, number: usize, places: &[usize]) -> Vec<Shown> {
        let mut line = self.blank(number, false);
        let length = self.bytes(number).len();
        for place in places.iter().filter(|place| **place < length) {
            for column in columns(&self.look, self.offset(number), length, *place) {
                line[column] = plain('^');
            }
        }
        line
    }

    /// A line with marks in these bytes; a line without bytes if there is none.
    fn marked(&self, number: usize, places: &[usize], color: &str) -> Vec<Shown> {
        let Some(line) = self.lines.get(number) else {
            return self.blank(number, true);
        };
        let mut line = line.clone();
        let length = self.bytes(number).len();
        let own = |place: &&usize| self.look.color && **place < length;
        for place in places.iter().filter(own) {
            for column in columns(&self.look, self.offset(number), length, *place) {
                line[column].color = Some(color.to_owned());
                line[column].reversed = true;
            }
        }
        line
    }

    fn sign(&self, character: char, color: &str) -> Shown {
        Shown {
            color: self.look.color.then(|| color.to_owned()),
            ..plain(character)
        }
    }
}

fn plain(character: char) -> Shown {
    Shown {
        character,
        color: None,
        reversed: false,
    }
}

/// The lines of a dump, and those of its border.
fn dump_lines(
    look: &HexylOptions,
    squeeze: bool,
    offset: u64,
    bytes: &[u8],
) -> (Vec<Vec<Shown>>, Vec<Vec<Shown>>) {
    let format = Format::Hexyl(HexylOptions { squeeze, ..*look });
    let text = dumped(&format, offset, &mut SliceInput::new(bytes));
    let mut lines: Vec<_> = str::from_utf8(&text).unwrap().lines().map(shown).collect();
    if matches!(look.border, BorderStyle::None) {
        return (lines, Vec::new());
    }
    let bottom = lines.pop().unwrap();
    let top = lines.remove(0);
    (lines, vec![top, bottom])
}

fn inside(look: &HexylOptions, squeeze: bool, offset: u64, bytes: &[u8]) -> Vec<Vec<Shown>> {
    dump_lines(look, squeeze, offset, bytes).0
}

/// Two lines next to each other.
fn joined(mut a: Vec<Shown>, b: &[Shown]) -> Vec<Shown> {
    let last = a.last_mut().unwrap();
    last.character = match last.character {
        '┐' => '┬',
        '┘' => '┴',
        other => other,
    };
    a.extend_from_slice(&b[1..]);
    a
}

/// The lines of a drawing.
fn expected(options: &PairOptions, a: &[u8], b: &[u8]) -> Vec<Vec<Shown>> {
    let [start_a, start_b] = options.starts;
    let position = options.look.position && (!options.side_by_side || start_a != start_b);
    let look_b = HexylOptions {
        position,
        ..options.look
    };
    let a = Side::new(options.look, a, start_a);
    let b = Side::new(look_b, b, start_b);
    let count = a.lines.len().max(b.lines.len());
    let differs: Vec<bool> = (0..count)
        .map(|number| a.bytes(number) != b.bytes(number))
        .collect();
    if !differs.contains(&true) {
        return Vec::new();
    }
    let borders = |side: &Side<'_>| dump_lines(&side.look, false, 0, &[0]).1;
    let mut borders: Vec<_> = match options.side_by_side {
        true => borders(&a)
            .into_iter()
            .zip(borders(&b))
            .map(|(a, b)| joined(a, &b))
            .collect(),
        false => borders(&a),
    };
    let bottom = borders.pop();
    let mut lines = borders;
    let context = usize::from(options.context);
    let is_near = |number: usize| {
        let last = (number + context).min(count - 1);
        differs[number.saturating_sub(context)..=last].contains(&true)
    };
    let marker = match options.side_by_side {
        true => {
            let zero = Side {
                start: 0,
                ..Side::new(look_b, &[], 0)
            };
            joined(a.marker(), &zero.blank(0, false))
        }
        false => a.marker(),
    };
    let mut left_out = false;
    for number in 0..count {
        if !is_near(number) {
            left_out = true;
            continue;
        }
        if std::mem::take(&mut left_out) {
            lines.push(marker.clone());
        }
        lines.extend(expected_line(options, &a, &b, number));
    }
    lines.extend(left_out.then_some(marker));
    lines.extend(bottom);
    lines
}

/// The lines of a drawing for one line of both sides.
fn expected_line(
    options: &PairOptions,
    a: &Side<'_>,
    b: &Side<'_>,
    number: usize,
) -> Vec<Vec<Shown>> {
    let (bytes_a, bytes_b) = (a.bytes(number), b.bytes(number));
    let places: Vec<usize> = (0..a.row())
        .filter(|place| bytes_a.get(*place) != bytes_b.get(*place))
        .collect();
    let has_carets =
        !(options.look.color || places.is_empty() || bytes_a.is_empty() || bytes_b.is_empty());
    let mut lines = Vec::new();
    if options.side_by_side {
        let mut line = a.marked(number, &places, "31");
        match (bytes_a, bytes_b) {
            _ if places.is_empty() => {}
            ([], _) => line[0] = a.sign('+', "32"),
            (_, []) => line[0] = a.sign('-', "31"),
            _ => line[0] = a.sign('!', "33"),
        }
        lines.push(joined(line, &b.marked(number, &places, "32")));
        if has_carets {
            lines.push(joined(
                a.carets(number, &places),
                &b.carets(number, &places),
            ));
        }
        return lines;
    }
    if places.is_empty() {
        return vec![a.marked(number, &places, "")];
    }
    for (side, bytes, sign, color) in [(a, bytes_a, '-', "31"), (b, bytes_b, '+', "32")] {
        if !bytes.is_empty() {
            let mut line = side.marked(number, &places, color);
            line[0] = side.sign(sign, color);
            lines.push(line);
        }
    }
    if has_carets {
        let longer = if bytes_a.len() < bytes_b.len() { b } else { a };
        lines.push(longer.carets(number, &places));
    }
    lines
}

/// The drawing of all bytes at once.
fn drawn(options: PairOptions, a: &[u8], b: &[u8]) -> String {
    drawn_by(options, |pairs, out| pairs.block(a, b, out).unwrap())
}

fn drawn_by(options: PairOptions, pass: impl FnOnce(&mut Pairs, &mut Vec<u8>)) -> String {
    let mut pairs = Pairs::new(options);
    let mut out = Vec::new();
    pass(&mut pairs, &mut out);
    pairs.finish(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Passes the bytes in pieces of these lengths, each by a way that is allowed for it.
fn pass_in_pieces(
    pairs: &mut Pairs,
    a: &[u8],
    b: &[u8],
    pieces: &[(usize, u8)],
    out: &mut Vec<u8>,
) {
    let all = a.len().max(b.len());
    let reach = pairs.reach() as usize;
    let equal = |from: usize, to: usize| (from..to).all(|place| a.get(place) == b.get(place));
    let mut at = 0;
    for (length, way) in pieces.iter().cycle() {
        if at >= all {
            return;
        }
        let end = (at + length).min(all);
        let part_of = |side: &[u8]| side[at.min(side.len())..end.min(side.len())].to_vec();
        let (part_a, part_b) = (part_of(a), part_of(b));
        let is_far = || equal(at.saturating_sub(reach), (end + reach).min(all));
        match way {
            0 if equal(at, end) => pairs.equal(&part_a, out).unwrap(),
            1 if equal(at, end) && is_far() => pairs.skip(part_a.len() as u64),
            2 if equal(at, end) && part_a.iter().all(|byte| *byte == 0) => {
                pairs.zeros(part_a.len() as u64, out).unwrap();
            }
            _ => pairs.block(&part_a, &part_b, out).unwrap(),
        }
        at = end;
    }
}

/// Two sides, one of which may be longer: few differences, many, or none.
fn sides() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let edits = proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..12);
    let tail = prop_oneof![Just(Vec::new()), content(100)];
    (content(1500), edits, tail, any::<bool>(), 0..8_u8).prop_map(
        |(a, edits, tail, turned, noise)| {
            let mut b = a.clone();
            for (place, byte) in edits.iter().filter(|_| !a.is_empty()) {
                b[place.index(a.len())] = *byte;
            }
            if noise == 0 {
                b.iter_mut().for_each(|byte| *byte = byte.wrapping_mul(7));
            }
            b.extend(tail);
            if turned { (b, a) } else { (a, b) }
        },
    )
}

fn pair_options() -> impl Strategy<Value = PairOptions> {
    let offset = || {
        prop_oneof![
            3 => Just(0_u64),
            1 => 0..500_u64,
            1 => (0..500_u64).prop_map(|back| (1 << 32) - back),
            1 => Just(1 << 40),
        ]
    };
    let starts = prop_oneof![
        offset().prop_map(|start| [start, start]),
        (offset(), offset()).prop_map(|(a, b)| [a, b]),
    ];
    (hexyl_options(), any::<bool>(), 0..5_u16, starts).prop_map(
        |(look, side_by_side, context, starts)| PairOptions {
            look,
            side_by_side,
            context,
            starts,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_drawing_is_lines_of_dumps_with_marks(
        options in pair_options(),
        (a, b) in sides(),
    ) {
        let text = drawn(options, &a, &b);
        let lines: Vec<_> = text.lines().map(shown).collect();
        prop_assert_eq!(lines, expected(&options, &a, &b), "{}", text);
    }

    #[test]
    fn pieces_make_no_difference(
        options in pair_options(),
        (a, b) in sides(),
        pieces in proptest::collection::vec((prop_oneof![1..40_usize, 1..400_usize], 0..4_u8), 1..40),
    ) {
        let text = drawn_by(options, |pairs, out| pass_in_pieces(pairs, &a, &b, &pieces, out));
        prop_assert_eq!(text, drawn(options, &a, &b));
    }

    #[test]
    fn the_panels_fill_the_width(options in pair_options(), columns in 0..400_u64) {
        let width = |panels: u16| {
            let panels = std::num::NonZeroU16::new(panels).unwrap();
            let options = PairOptions {
                look: HexylOptions { panels, color: false, ..options.look },
                starts: options.starts.map(|start| start % (1 << 31)),
                ..options
            };
            drawn(options, b"a", b"b").lines().next().unwrap().chars().count() as u64
        };
        let options = PairOptions {
            starts: options.starts.map(|start| start % (1 << 31)),
            ..options
        };
        match options.panels_for_width(columns) {
            None => prop_assert!(options.side_by_side && width(1) > columns),
            Some(panels) if options.side_by_side => {
                prop_assert!(width(panels.get()) <= columns);
                prop_assert!(width(panels.get() + 1) > columns);
            }
            Some(panels) => prop_assert_eq!(panels, options.look.panels_for_width(columns)),
        }
    }
}

/// Panels without colour and one equal line around each that differs.
fn usual() -> PairOptions {
    PairOptions {
        look: HexylOptions {
            border: BorderStyle::Ascii,
            character_table: CharacterTable::Ascii,
            ..HexylOptions::default()
        },
        side_by_side: false,
        context: 1,
        starts: [0, 0],
    }
}

#[test]
fn a_line_of_the_first_side_is_above_one_of_the_second() {
    let a = [b'a'; 80];
    let mut b = a.to_vec();
    b[40..42].copy_from_slice(b"bc");
    b.push(b'!');
    let text = "\
+--------+-------------------------+-------------------------+--------+--------+
|*       |                         |                         |        |        |
|00000010| 61 61 61 61 61 61 61 61 | 61 61 61 61 61 61 61 61 |aaaaaaaa|aaaaaaaa|
-00000020| 61 61 61 61 61 61 61 61 | 61 61 61 61 61 61 61 61 |aaaaaaaa|aaaaaaaa|
+00000020| 61 61 61 61 61 61 61 61 | 62 63 61 61 61 61 61 61 |aaaaaaaa|bcaaaaaa|
|        |                         | ^^ ^^                   |        |^^      |
|00000030| 61 61 61 61 61 61 61 61 | 61 61 61 61 61 61 61 61 |aaaaaaaa|aaaaaaaa|
|00000040| 61 61 61 61 61 61 61 61 | 61 61 61 61 61 61 61 61 |aaaaaaaa|aaaaaaaa|
+00000050| 21                      |                         |!       |        |
+--------+-------------------------+-------------------------+--------+--------+
";
    assert_eq!(drawn(usual(), &a, &b), text);
}

#[test]
fn the_sides_fit_next_to_each_other_in_80_columns() {
    let mut options = PairOptions {
        side_by_side: true,
        context: 0,
        ..usual()
    };
    options.look.panels = options.panels_for_width(80).unwrap();
    assert_eq!(options.panels_for_width(79), None);
    let text = "\
+--------+-------------------------+--------+-------------------------+--------+
|*       |                         |        |                         |        |
!00000008| 69 6a 6b                |ijk     | 69 2e 6b                |i.k     |
|        |    ^^                   | ^      |    ^^                   | ^      |
+--------+-------------------------+--------+-------------------------+--------+
";
    assert_eq!(drawn(options, b"abcdefghijk", b"abcdefghi.k"), text);
}

#[test]
fn holes_of_any_length_take_no_time() {
    let text = drawn_by(usual(), |pairs, out| {
        pairs.block(b"a", b"b", out).unwrap();
        pairs.zeros((1 << 40) - 2, out).unwrap();
        pairs.block(b"a", b"b", out).unwrap();
        pairs.zeros(1 << 50, out).unwrap();
    });
    let starts: Vec<&str> = text.lines().map(|line| &line[..9]).collect();
    let expected = [
        "+--------",
        "-00000000",
        "+00000000",
        "|        ",
        "|00000010",
        "|*       ",
        "|ffffffff",
        "-ffffffff",
        "+ffffffff",
        "|        ",
        "|01000000",
        "|*       ",
        "+--------",
    ];
    assert_eq!(starts, expected);
}

#[test]
fn equal_sides_have_no_drawing() {
    let text = drawn_by(usual(), |pairs, out| {
        pairs.equal(&[1; 100], out).unwrap();
        pairs.zeros(1 << 40, out).unwrap();
        pairs.skip(5);
        pairs.block(&[2; 30], &[2; 30], out).unwrap();
        pairs.block(&[], &[], out).unwrap();
    });
    assert_eq!(text, "");
}

#[test]
fn a_failure_of_the_output_is_returned() {
    let mut full: &mut [u8] = &mut [0; 100];
    let mut pairs = Pairs::new(usual());
    pairs.block(b"a", b"b", &mut full).unwrap();
    let error = pairs.finish(&mut full).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::WriteZero);
}
