//! Text to bytes: dumps that a user has edited, shortened or joined.

use super::layouts::{is_simpler, standing};
use super::parse::{joined, records};
use super::*;

/// The bytes of a text by offset, or `None` if it is refused as a whole.
fn read(text: &str) -> Option<Vec<(u64, Vec<u8>)>> {
    let (records, error) = records(None, text.as_bytes());
    match error {
        Some(ParseError::Malformed { foreign: true, .. }) => None,
        // The lines before another error have to be right.
        _ => Some(records.into_iter().map(contents).collect()),
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
        // xxd of 2022 prints characters over the end of -e -g 2 -c 3.
        "00000000: 6854   65The\n",
        "00000000: 6261 6463   65abcde\n",
        // Most of the characters are those of xxd -e.
        "00000000: 3220 2032 6166 6163 6564 3120 3932 2e34   22 facade 1234.\n",
        // Bits without some of their bytes.
        "00000000: 01100001 01100010  abcdef\n",
        // A digit of another base.
        "│00000000│ 141 142 143 148 145 146 147 150 │abcdefgh│\n",
        "│00000000│ 065 066 300 067 070 071 072 073 │ABBCDEFG│\n",
        // Bytes that were removed, or more of them than characters.
        "│00000000│ 41    43 44 45 46 47 48 ┊                         │ABCDEFGH┊        │\n",
        "00000010: de ad be ef 01 02 03 04  05 06 07 08 09 0a 0b 0c\n",
        "00000000  30 31 32 33 34 35 36 37  |01234567|\n*\n00000030\n",
        "10  de ad be ef\n",
        // The bits were edited.
        "00000000: 00100000 00100001    \n",
    ] {
        assert!(
            records(None, text.as_bytes()).1.is_some(),
            "{text}\n{:?}",
            read(text)
        );
    }
}

#[test]
fn decimal_offsets_that_do_not_continue_are_refused() {
    let bytes: Vec<u8> = (0..=255).collect();
    let decimal = lines(&bytes, 16, true);
    let commented: String = decimal
        .iter()
        .map(|line| line.replace('\n', "  # note\n"))
        .collect();
    assert!(read(&commented).is_none());
    let spaced: String = decimal
        .iter()
        .map(|line| line.replace('\n', "   \n"))
        .collect();
    assert_eq!(read(&spaced), Some([(0, bytes.clone())].into()));
    let backwards: String = decimal.iter().rev().map(String::as_str).collect();
    assert!(read(&backwards).is_none());
    let every_second: String = decimal.iter().step_by(2).map(String::as_str).collect();
    assert!(read(&every_second).is_none());
    let without_characters = lines(&bytes, 6, true)
        .into_iter()
        .map(|line| format!("{}\n", &line[..27.min(line.len() - 1)]));
    assert!(read(&without_characters.collect::<String>()).is_none());
    let hexadecimal = lines(&bytes, 16, false);
    let every_second: String = hexadecimal.iter().step_by(2).map(String::as_str).collect();
    assert_eq!(read(&every_second).map(|found| found.len()), Some(8));
}

#[test]
fn groups_in_reverse_that_are_changed_are_refused() {
    let first = "00000000: 64636261 68676665 6c6b6a69 706f6e6d  abcdefghijklmnop\n";
    for second in [
        "00000010: 64636261 6867 6c6b6a69  abcdefghij\n",
        "00000010: 64636261 686766  abcdefgh\n",
        "00000010: 64636261 68676665 6c6b6a69 706f6e  abcdefghijklmnop\n",
        "00000010: 736e7572 72616620\t\t       runs far\n",
    ] {
        let (records, error) = records(None, [first, second].concat().as_bytes());
        assert!(error.is_some(), "{second}");
        assert_eq!(joined(records, 0), b"abcdefghijklmnop");
    }
    let edited = "00000010: 74616220 20656665 74736572 31666f20   badefe rest of1\n";
    let (records, error) = records(None, [first, edited].concat().as_bytes());
    assert!(error.is_none(), "{error:?}");
    assert_eq!(joined(records, 0), b"abcdefghijklmnop batefe rest of1");
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
fn dumps_of_old_and_indented_ones_are_read() {
    let old = "│00000000│ 00 00 00 00 00 00 00 00 │00000000│\n│*       │                         │        │\n\
        │00000010│                         │        │\n";
    assert_eq!(read(old), Some([(0, vec![0; 8]), (8, vec![0; 8])].into()));
    assert_eq!(
        read("  00000010: 6162  ab\n"),
        Some([(16, b"ab".to_vec())].into())
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

fn changes(most: usize) -> impl Strategy<Value = Changes> {
    prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..=most)
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
        // A short line has no characters left that show -e if more are changed.
        changes in changes(1),
    ) {
        let options = XxdOptions { color: false, autoskip: false, ..options };
        let bytes = edited(&before, changes);
        let columns = usize::from(options.columns);
        let characters = |line: usize| columns.min(bytes.len().saturating_sub(line * columns));
        let text = with_old_characters(&Format::Xxd(options), &before, &bytes, characters).unwrap();
        // A layout that prints the dump before the edit, too, may have been meant.
        let is_simple = is_simpler(options, (0, &before), (0, &before))
            || options.little && standing(options, &before) == before;
        let is_clear = !is_simple && reads(options, &before);
        let (records, error) = records(None, text.as_bytes());
        if error.is_none() && is_clear {
            prop_assert_eq!(joined(records, 0), bytes, "{}", text);
        }
    }

    #[test]
    fn edited_digits_of_hexyl_are_read_or_refused(
        options in hexyl_options(),
        before in content(200),
        changes in changes(4),
    ) {
        // An edited line may be what another base prints.
        let base = match options.base {
            Base::Binary => Base::Binary,
            _ => Base::Hexadecimal,
        };
        let options = HexylOptions { base, color: false, characters: true, squeeze: false, position: true, ..options };
        let bytes = edited(&before, changes);
        let characters = |_| 9 * usize::from(options.panels.get());
        let text = with_old_characters(&Format::Hexyl(options), &before, &bytes, characters);
        prop_assume!(text.is_some());
        let text = text.unwrap();
        let (records, error) = records(None, text.as_bytes());
        if error.is_none() {
            prop_assert_eq!(joined(records, 0), bytes, "{}", text);
        }
    }
}
