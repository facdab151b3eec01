//! Text to bytes: dumps that a user has edited, shortened or joined.

use super::super::hexyl::CHARACTER_TABLES;
use super::layouts::is_simpler;
use super::parse::{joined, records};
use super::*;

/// The bytes of a text by offset, or `None` if it is refused as a whole.
fn read(text: &str) -> Option<Vec<(u64, Vec<u8>)>> {
    let (records, error) = records(None, text.as_bytes());
    match error {
        None => Some(records.into_iter().map(contents).collect()),
        Some(ParseError::Malformed { foreign: true, .. }) => None,
        // The lines before an error have to be right.
        Some(_) => Some(records.into_iter().map(contents).collect()),
    }
}

#[test]
fn lines_left_out_by_xxd_are_zeros_although_the_line_before_was_edited() {
    let text = "00000000: 0000 6100 0000 0000  ........\n*\n00000018: 6263  bc\n";
    let bytes = [&[0, 0, b'a'][..], &[0; 21], b"bc"].concat();
    let found = read(text).unwrap();
    let joined: Vec<u8> = found.into_iter().flat_map(|(_, bytes)| bytes).collect();
    assert_eq!(joined, bytes);
}

#[test]
fn edited_lines_are_not_repeated() {
    let borders = [BorderStyle::Unicode, BorderStyle::Ascii, BorderStyle::None];
    let formats = borders.map(|border| hexyl_with(|hexyl| hexyl.border = border));
    for format in formats
        .into_iter()
        .chain([Format::Canonical { squeeze: true }])
    {
        let text = dumped(&format, 0, &mut SliceInput::new(&[0; 64]));
        let text = String::from_utf8(text).unwrap();
        assert!(records(None, text.as_bytes()).1.is_none(), "{text}");
        let edited = text.replacen(" 00 ", " 61 ", 1);
        let Some(ParseError::Malformed {
            what,
            foreign: false,
            ..
        }) = records(None, edited.as_bytes()).1
        else {
            panic!("{edited}");
        };
        assert!(what.contains("do not show its bytes"), "{what}");
    }
}

/// Lines of `xxd` with this number of bytes, printed as `xxd -d` prints them if `decimal`.
fn lines(bytes: &[u8], columns: u16, decimal: bool) -> Vec<String> {
    let options = XxdOptions {
        decimal,
        ..XxdOptions::default()
    }
    .sized(Some(columns), Some(1));
    let text = dumped(&Format::Xxd(options), 0, &mut SliceInput::new(bytes));
    let text = String::from_utf8(text).unwrap();
    text.lines().map(|line| format!("{line}\n")).collect()
}

proptest! {
    #[test]
    fn deleted_and_shortened_lines_leave_the_others_where_they_are(
        bytes in prop::collection::vec(any::<u8>(), 1..400),
        columns in prop_oneof![4 => 1..8_u16, 1 => 8..40_u16],
        from in any::<prop::sample::Index>(),
        count in 1..20_usize,
        kept in prop_oneof![Just(0), 1..40_usize],
        with_characters in any::<bool>(),
    ) {
        let mut lines = lines(&bytes, columns, false);
        let from = from.index(lines.len());
        // Several lines that are equally short may be what xxd -d prints.
        let count = if kept == 0 { count } else { 1 };
        let changed = from..(from + count).min(lines.len());
        let mut expected: Vec<Option<u8>> = bytes.iter().copied().map(Some).collect();
        for number in changed {
            let line = &mut lines[number];
            let start = number * usize::from(columns);
            let end = (start + usize::from(columns)).min(bytes.len());
            let kept = if kept < end - start { kept } else { 0 };
            // "00000000:" and three columns for each byte.
            let behind = 9 + 3 * usize::from(columns);
            let characters = if with_characters { line.split_off(behind) } else { "\n".to_owned() };
            line.truncate(9 + 3 * kept);
            line.push_str(&characters);
            if kept == 0 {
                line.clear();
            }
            expected[start + kept..end].fill(None);
        }
        if let Some(found) = read(&lines.concat()) {
            let mut all = vec![None; bytes.len()];
            for (offset, bytes) in found {
                for (place, byte) in (offset as usize..).zip(bytes) {
                    prop_assert!(place < all.len(), "{}", lines.concat());
                    all[place] = Some(byte);
                }
            }
            // A text that ends early may have lines before an error only.
            let same = all.iter().zip(&expected).all(|(found, expected)| found.is_none() || found == expected);
            prop_assert!(same, "{}", lines.concat());
        }
    }
}

#[test]
fn ambiguous_texts_are_refused() {
    for text in [
        // Lines that are missing, or xxd -d.
        "00000008: 61  a\n00000009: 62  b\n00000010: 63  c\n",
        // A few bytes in another order than their characters.
        "00000000: 6261 0000  ab..\n",
        "│00000000│ 6261 0000             ┊                       │ab⋄⋄    ┊        │\n",
        // One space is missing.
        "00000000: 6162 6364 abcd\n",
        "00000000: 6161 2062 62 aa bb\n",
        // The bits were edited.
        "00000000: 00100000 00100001    \n",
    ] {
        assert!(read(text).is_none(), "{text}\n{:?}", read(text));
    }
}

#[test]
fn parts_of_several_layouts_are_refused() {
    let usual = "00000000: 6162 6364 6566 6768  abcdefgh\n";
    let reversed = "00000008: 64636261 68676665  abcdefgh\n";
    assert_eq!(read(usual), Some([(0, b"abcdefgh".to_vec())].into()));
    assert_eq!(
        read(&[usual, reversed].concat()),
        Some([(0, b"abcdefgh".to_vec())].into())
    );
    assert!(
        records(None, [usual, reversed].concat().as_bytes())
            .1
            .is_some()
    );
}

#[test]
fn bits_of_spaces_are_read() {
    for (text, bytes) in [
        ("00000000: 00100000 00100000    \n", &b"  "[..]),
        (
            "00000000: 00100000 00100000    \n00000002: 01100001           a\n",
            b"  a",
        ),
    ] {
        assert_eq!(read(text), Some([(0, bytes.to_vec())].into()), "{text}");
    }
}

#[test]
fn decimal_offsets_of_lines_without_their_spaces_are_read() {
    let bytes = [b' '; 64];
    let lines = lines(&bytes, 16, true)
        .into_iter()
        .map(|line| format!("{}\n", line.trim_end()));
    assert_eq!(
        read(&lines.collect::<String>()),
        Some([(0, bytes.to_vec())].into())
    );
}

#[test]
fn plain_digits_with_spaces_behind_them_are_read() {
    assert_eq!(
        read("61626364  \n6566  \n"),
        Some([(0, b"abcdef".to_vec())].into())
    );
}

/// New values of a few bytes.
type Changes = Vec<(prop::sample::Index, u8)>;

fn changes() -> impl Strategy<Value = Changes> {
    prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5)
}

fn edited(bytes: &[u8], changes: Changes) -> Vec<u8> {
    let mut edited = bytes.to_vec();
    for (place, byte) in changes.into_iter().filter(|_| !bytes.is_empty()) {
        edited[place.index(bytes.len())] = byte;
    }
    edited
}

/// The text of a dump of `bytes` whose characters are those of `before`: a user has edited the digits.
/// `characters` is the number of columns of the characters at the end of a line. None if the edit moves them.
fn with_old_characters(
    format: &Format,
    before: &[u8],
    bytes: &[u8],
    characters: impl Fn(usize) -> usize,
) -> Option<String> {
    let [old, new] = [before, bytes].map(|bytes| {
        let text = dumped(format, 0, &mut SliceInput::new(bytes));
        String::from_utf8(text).unwrap()
    });
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let mut text = String::new();
    for (number, (old, new)) in old.iter().zip(&new).enumerate() {
        let (old, new): (Vec<char>, Vec<char>) = (old.chars().collect(), new.chars().collect());
        let digits = new.len().checked_sub(characters(number))?;
        text.extend(new.iter().take(digits).chain(old.iter().skip(digits)));
        text.push('\n');
        if old.len() != new.len() {
            return None;
        }
    }
    (old.len() == new.len()).then_some(text)
}

/// Whether a dump is read back as the same bytes.
fn reads(options: XxdOptions, bytes: &[u8]) -> bool {
    let text = dumped(&Format::Xxd(options), 0, &mut SliceInput::new(bytes));
    let (records, error) = records(None, &text);
    error.is_none()
        && records
            .into_iter()
            .flat_map(|record| contents(record).1)
            .eq(bytes.iter().copied())
}

proptest! {
    #[test]
    fn edited_digits_of_xxd_are_read_or_refused(
        options in xxd_options(),
        before in content(300),
        changes in changes(),
    ) {
        let options = XxdOptions { color: false, autoskip: false, ..options };
        let bytes = edited(&before, changes);
        let columns = usize::from(options.columns);
        let characters = |line: usize| columns.min(bytes.len().saturating_sub(line * columns));
        let text = with_old_characters(&Format::Xxd(options), &before, &bytes, characters).unwrap();
        // A layout that prints the dump before the edit, too, may have been meant.
        let is_clear = !is_simpler(options, (0, &before), (0, &before)) && reads(options, &before);
        let (records, error) = records(None, text.as_bytes());
        if error.is_none() && is_clear {
            prop_assert_eq!(joined(records, 0), bytes, "{}", text);
        }
    }

    #[test]
    fn edited_digits_of_hexyl_are_read_or_refused(
        options in hexyl_options(),
        before in content(200),
        changes in changes(),
    ) {
        let options = HexylOptions { color: false, characters: true, squeeze: false, position: true, ..options };
        let bytes = edited(&before, changes);
        let characters = |_| 9 * usize::from(options.panels.get());
        let text = with_old_characters(&Format::Hexyl(options), &before, &bytes, characters);
        prop_assume!(text.is_some());
        let text = text.unwrap();
        let (records, error) = records(None, text.as_bytes());
        if error.is_none() {
            let read = joined(records, 0);
            // The edited text may be just what another base prints.
            let is_other = CHARACTER_TABLES.into_iter().any(|character_table| {
                [Base::Octal, Base::Decimal].into_iter().any(|base| {
                    let format = Format::Hexyl(HexylOptions { base, character_table, ..options });
                    dumped(&format, 0, &mut SliceInput::new(&read)) == text.as_bytes()
                })
            });
            prop_assert!(is_other || read == bytes, "{}", text);
        }
    }
}
