//! Lines printed by the hexyl crate's own printer.
//!
//! The printer prints batches of lines without squeezing, because the lines that are left out are
//! chosen for all formats in the same place. It numbers the lines of a batch from zero. The real
//! offsets then replace these numbers, because there may be gaps between the lines.

use ::hexyl::{Printer, PrinterBuilder};

use super::super::block::Block;
use super::super::line::{Ending, Position, Run};
use super::super::offset::Column;
use super::options::{BorderStyle, HexylOptions};

/// Digits of the offsets below 4 GiB.
const DIGITS: &[u8; 8] = b"00000000";

/// The fixed text of the output for given options, taken from the printer.
#[derive(Debug)]
pub(super) struct Frame {
    header: Vec<u8>,
    /// A line of zeros, the marker for squeezed lines, and the end offset.
    lines: [Vec<u8>; 3],
    footer: Vec<u8>,
    /// Bytes before the digits of the offset; none if there is no offset column.
    lead: Option<usize>,
}

impl Frame {
    /// Prints two equal lines with squeezing, which makes a line, the marker and the end.
    pub(super) fn new(options: HexylOptions) -> Self {
        let mut printed = Block::default();
        print(
            options,
            true,
            0,
            &vec![0; 2 * options.bytes_per_line()],
            &mut printed,
        );
        let mut lines = printed
            .text()
            .split_inclusive(|byte| *byte == b'\n')
            .map(<[u8]>::to_vec);
        let bordered = !matches!(options.border, BorderStyle::None);
        let header = if bordered { lines.next() } else { None };
        let mut line = || lines.next().unwrap_or_default();
        let lines = [line(), line(), line()];
        let footer = if bordered { line() } else { Vec::new() };
        let lead = if options.position {
            find(&lines[0], DIGITS)
        } else {
            None
        };
        Self {
            header: header.unwrap_or_default(),
            lines,
            footer,
            lead,
        }
    }

    /// Whether there are lines above and below.
    pub(super) fn has_borders(&self) -> bool {
        !self.header.is_empty()
    }

    /// The characters and the bytes before the digits of the offset; none if there is no offset
    /// column.
    pub(super) fn lead(&self) -> Option<(usize, usize)> {
        let lead = self.first_line().get(..self.lead?)?;
        Some((String::from_utf8_lossy(lead).chars().count(), lead.len()))
    }

    /// A line of zeros at offset 0.
    pub(super) fn first_line(&self) -> &[u8] {
        let [first, _, _] = &self.lines;
        first
    }

    /// Appends the text before the first line.
    pub(super) fn begin(&self, text: &mut Block) {
        text.push(&self.header);
    }

    /// Appends the marker for lines left out.
    pub(super) fn squeezed(&self, text: &mut Block) {
        let [_, marker, _] = &self.lines;
        text.push(marker);
    }

    /// Appends the text after the last full line of a dump that is not empty.
    pub(super) fn finish(&self, options: HexylOptions, ending: &Ending<'_>, text: &mut Block) {
        if !ending.tail.is_empty() {
            self.short(options, ending.at, ending.tail, text);
        } else if ending.squeezed {
            self.blank(ending.at, text);
        }
        self.end(text);
    }

    /// Appends a short line.
    pub(super) fn short(&self, options: HexylOptions, at: Position, data: &[u8], text: &mut Block) {
        let mut printed = Block::default();
        print(options, false, at.offset, data, &mut printed);
        text.push(self.inside(&printed));
    }

    /// Appends a line without bytes.
    pub(super) fn blank(&self, at: Position, text: &mut Block) {
        let [_, _, end] = &self.lines;
        self.numbered(at, end, text);
    }

    /// Appends the text after the last line.
    pub(super) fn end(&self, text: &mut Block) {
        text.push(&self.footer);
    }

    /// The lines between the borders of an output.
    pub(super) fn inside<'a>(&self, printed: &'a Block) -> &'a [u8] {
        let text = printed.text();
        let end = text.len().saturating_sub(self.footer.len());
        text.get(self.header.len()..end).unwrap_or_default()
    }

    /// Appends `line` with the offset `at` in place of its number.
    fn numbered(&self, at: Position, line: &[u8], text: &mut Block) {
        let Some((lead, rest)) = self.lead.and_then(|lead| line.split_at_checked(lead)) else {
            return text.push(line);
        };
        let column = column(at.offset);
        text.push(lead);
        text.push(column.lead());
        text.push(&column.low().to_le_bytes());
        text.push(rest.get(DIGITS.len()..).unwrap_or_default());
    }

    /// Appends runs of lines printed by the crate.
    pub(super) fn runs(
        &self,
        options: HexylOptions,
        runs: &mut dyn Iterator<Item = Run<'_>>,
        text: &mut Block,
    ) {
        let line = options.bytes_per_line();
        let mut bytes = Vec::new();
        let mut places = Vec::new();
        for run in runs {
            match run {
                Run::Squeezed => places.push(None),
                Run::Lines(at, data) => {
                    bytes.extend_from_slice(data);
                    let starts = (0..data.len()).step_by(line);
                    places.extend(starts.map(|start| Some(at.after(start as u64))));
                }
            }
        }
        let mut printed = Block::default();
        if !bytes.is_empty() {
            print(options, false, 0, &bytes, &mut printed);
        }
        let mut lines = self.inside(&printed).split_inclusive(|byte| *byte == b'\n');
        for place in places {
            match place {
                None => self.squeezed(text),
                Some(at) => self.numbered(at, lines.next().unwrap_or_default(), text),
            }
        }
    }
}

/// The offset column at `offset`. The printer omits leading zeros in pairs.
pub(super) fn column(offset: u64) -> Column {
    Column::with_lead(offset, Column::new(offset).lead().len().next_multiple_of(2))
}

/// Where `part` starts in `text`.
pub(super) fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

/// The crate's complete output for `bytes`, with or without squeezing.
pub(super) fn print(
    options: HexylOptions,
    squeeze: bool,
    offset: u64,
    bytes: &[u8],
    text: &mut Block,
) {
    if bytes.is_empty() {
        let mut printed = Block::default();
        print_all(options, squeeze, offset, bytes, &mut printed);
        return with_own_border(options.border, printed.text(), text);
    }
    print_all(options, squeeze, offset, bytes, text);
}

fn print_all(options: HexylOptions, squeeze: bool, offset: u64, bytes: &[u8], text: &mut Block) {
    let mut printer = printer(options, squeeze, text);
    printer.display_offset(offset);
    // A slice can be read, and a block written, without errors.
    printer.print_all(bytes).unwrap_or_default();
}

/// Appends the output for no bytes. The crate's line "No content" has the lines of Unicode with every border. Here it
/// has those of its own border, to be ASCII where the border is.
fn with_own_border(border: BorderStyle, printed: &[u8], text: &mut Block) {
    let own = match border {
        BorderStyle::Unicode => UNICODE_LINE,
        BorderStyle::Ascii => "|",
        BorderStyle::None => " ",
    };
    let printed = String::from_utf8_lossy(printed);
    text.push(printed.replace(UNICODE_LINE, own).as_bytes());
}

/// The vertical line of the Unicode border.
const UNICODE_LINE: &str = "│";

/// The crate's printer for `options`.
fn printer(options: HexylOptions, squeeze: bool, text: &mut Block) -> Printer<'_, Block> {
    PrinterBuilder::new(text)
        .show_color(options.color)
        .show_char_panel(options.characters)
        .show_position_panel(options.position)
        .with_border_style(options.border)
        .enable_squeezing(squeeze)
        .num_panels(options.panels.get().into())
        .group_size(options.group_size.bytes())
        .with_base(options.base.into())
        .endianness(options.endianness)
        .character_table(options.character_table)
        .color_scheme(options.color_scheme)
        .build()
}
