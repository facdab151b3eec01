//! Lines printed by the hexyl crate's own printer.
//!
//! The printer is never asked to squeeze: which lines are left out is decided before, for all
//! formats alike. It prints whole batches of lines, numbered from zero; the numbers are then
//! replaced by the real offsets, because the lines of a batch need not be neighbours.

use std::sync::OnceLock;

use ::hexyl::{Printer, PrinterBuilder};

use super::super::line::{Ending, Position, Run};
use super::super::offset;
use super::super::output::Block;
use super::options::HexylOptions;

/// Digits of the offsets below 4 GiB.
const DIGITS: &[u8; 8] = b"00000000";

/// What every output with the same options has in common, taken from the printer.
#[derive(Debug)]
struct Frame {
    header: Vec<u8>,
    footer: Vec<u8>,
    /// The line that stands for the squeezed ones.
    marker: Vec<u8>,
    /// Bytes on a line before the offset's digits; none when there is no offset column.
    lead: Option<usize>,
}

/// How lines look with given options.
#[derive(Debug)]
pub(super) struct Look {
    options: HexylOptions,
    frame: OnceLock<Frame>,
}

impl Look {
    pub(super) fn new(options: HexylOptions) -> Self {
        Self {
            options,
            frame: OnceLock::new(),
        }
    }

    /// Prints runs of lines, and the header before the first line of all.
    pub(super) fn runs(&self, runs: &mut dyn Iterator<Item = Run<'_>>, text: &mut Block) {
        let line = self.options.bytes_per_line();
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
        if places.is_empty() {
            return;
        }
        let frame = self.frame();
        if matches!(places.first(), Some(Some(Position { index: 0, .. }))) {
            text.push(&frame.header);
        }
        let mut printed = Block::default();
        print(self.options, false, 0, &bytes, &mut printed);
        let mut lines = frame.lines(&printed).split_inclusive(|byte| *byte == b'\n');
        for place in places {
            match place {
                None => text.push(&frame.marker),
                Some(at) => frame.numbered(at, lines.next().unwrap_or_default(), text),
            }
        }
    }

    /// Prints what comes behind the last full line.
    pub(super) fn finish(&self, ending: &Ending<'_>, text: &mut Block) {
        if ending.end().index == 0 {
            return print(self.options, false, 0, &[], text);
        }
        let frame = self.frame();
        if ending.at.index == 0 {
            text.push(&frame.header);
        }
        if !ending.tail.is_empty() {
            let mut printed = Block::default();
            print(
                self.options,
                false,
                ending.at.offset,
                ending.tail,
                &mut printed,
            );
            text.push(frame.lines(&printed));
        } else if ending.squeezed {
            self.print_end(frame, ending.at, text);
        }
        text.push(&frame.footer);
    }

    /// Prints the line that gives the end offset behind squeezed lines.
    fn print_end(&self, frame: &Frame, at: Position, text: &mut Block) {
        let printed = squeezed(self.options);
        let end = frame
            .lines(&printed)
            .split_inclusive(|byte| *byte == b'\n')
            .nth(2);
        frame.numbered(at, end.unwrap_or_default(), text);
    }

    fn frame(&self) -> &Frame {
        self.frame.get_or_init(|| Frame::new(self.options))
    }
}

impl Frame {
    fn new(options: HexylOptions) -> Self {
        let mut header = Block::default();
        let mut footer = Block::default();
        // Writing to a block cannot fail.
        printer(options, false, &mut header)
            .print_header()
            .unwrap_or_default();
        printer(options, false, &mut footer)
            .print_footer()
            .unwrap_or_default();
        let mut frame = Self {
            header: header.text().to_vec(),
            footer: footer.text().to_vec(),
            marker: Vec::new(),
            lead: None,
        };
        let printed = squeezed(options);
        let mut lines = frame.lines(&printed).split_inclusive(|byte| *byte == b'\n');
        let first = lines.next().unwrap_or_default();
        let marker = lines.next().unwrap_or_default().to_vec();
        if options.position {
            frame.lead = first
                .windows(DIGITS.len())
                .position(|window| window == DIGITS);
        }
        frame.marker = marker;
        frame
    }

    /// The lines in a whole output.
    fn lines<'a>(&self, printed: &'a Block) -> &'a [u8] {
        let text = printed.text();
        let end = text.len().saturating_sub(self.footer.len());
        text.get(self.header.len()..end).unwrap_or_default()
    }

    /// Appends `line` with its number replaced by the offset `at`.
    fn numbered(&self, at: Position, line: &[u8], text: &mut Block) {
        let Some((lead, rest)) = self.lead.and_then(|lead| line.split_at_checked(lead)) else {
            return text.push(line);
        };
        let column = offset::encode(at.offset);
        // The printer leaves out leading zeros in pairs.
        let digits = offset::digits(at.offset).next_multiple_of(2);
        text.push(lead);
        text.push(column.get(column.len() - digits..).unwrap_or_default());
        text.push(rest.get(DIGITS.len()..).unwrap_or_default());
    }
}

/// An output with two equal lines, which squeezing makes into a line, the marker and the end.
fn squeezed(options: HexylOptions) -> Block {
    let mut printed = Block::default();
    print(
        options,
        true,
        0,
        &vec![0; 2 * options.bytes_per_line()],
        &mut printed,
    );
    printed
}

/// The crate's complete output for `bytes`, with or without squeezing.
fn print(options: HexylOptions, squeeze: bool, offset: u64, bytes: &[u8], text: &mut Block) {
    let mut printer = printer(options, squeeze, text);
    printer.display_offset(offset);
    // A slice can be read, and a block written, without errors.
    printer.print_all(bytes).unwrap_or_default();
}

/// The crate's printer for `options`.
fn printer(options: HexylOptions, squeeze: bool, text: &mut Block) -> Printer<'_, Block> {
    PrinterBuilder::new(text)
        .show_color(options.color)
        .show_char_panel(options.characters)
        .show_position_panel(options.position)
        .with_border_style(options.border.into())
        .enable_squeezing(squeeze)
        .num_panels(options.panels.get().into())
        .group_size(options.group_size.bytes())
        .with_base(options.base.into())
        .endianness(options.endianness.into())
        .character_table(options.character_table.into())
        .color_scheme(options.color_scheme.into())
        .build()
}
