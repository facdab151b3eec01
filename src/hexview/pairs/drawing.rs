//! The text of lines of both sides. Which lines are drawn is decided elsewhere.

use std::borrow::Cow;
use std::io::{self, Write};

use super::super::block::Block;
use super::super::hexyl::{Cells, Hexyl, HexylOptions};
use super::super::output::Output;
use super::super::vectors;
use super::options::PairOptions;
use super::paint::{self, First};

/// The number of lines drawn together.
const BATCH: usize = 256;

/// The numbers of the colours red and green, of the sides, and yellow, of both.
const SIDES: [u8; 2] = [b'1', b'2'];
const BOTH: u8 = b'3';

/// Draws lines of both sides.
pub(super) struct Drawing {
    options: PairOptions,
    sides: [Side; 2],
    /// The index of the first byte of the lines to draw next.
    at: u64,
    /// The index at which a line follows these lines; none after a short line.
    next: Option<u64>,
    begun: bool,
    text: Block,
}

/// One side.
struct Side {
    look: HexylOptions,
    hexyl: Hexyl,
    cells: Cells,
    start: u64,
    color: u8,
    /// The bytes of the lines to draw next; empty if the side has ended before.
    bytes: Vec<u8>,
    /// These lines as in a dump.
    text: Block,
}

impl Side {
    /// The offset of the byte with this index.
    fn offset(&self, index: u64) -> u64 {
        self.start.wrapping_add(index)
    }

    /// Whether `line` can be one of several lines drawn together with those that wait.
    fn takes(&self, line: &[u8], row: usize) -> bool {
        let as_before = line.is_empty() == self.bytes.is_empty();
        as_before && (line.is_empty() || line.len() == row)
    }

    /// The text of the lines.
    fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.text.text().split_inclusive(|byte| *byte == b'\n')
    }

    /// The columns of a line of `length` bytes. In a short group of a short line, bytes may have
    /// other columns than in a full line.
    fn cells(&self, length: usize) -> Cow<'_, Cells> {
        match length == self.look.bytes_per_line() {
            true => Cow::Borrowed(&self.cells),
            false => Cow::Owned(Cells::new(self.look, length)),
        }
    }

    /// Appends a line without bytes.
    fn blank(&self, index: u64, text: &mut Block) {
        match self.look.position {
            true => self.hexyl.blank(self.offset(index), text),
            false => self.cells.carets(self.offset(index), |_| false, text),
        }
    }
}

impl Drawing {
    pub(super) fn new(options: &PairOptions) -> Self {
        let [a, b] = options.looks();
        let [start_a, start_b] = options.starts;
        let [color_a, color_b] = SIDES;
        let side = |look: HexylOptions, start, color| Side {
            look,
            hexyl: Hexyl::new(look, vectors::detect()),
            cells: Cells::new(look, options.row()),
            start,
            color,
            bytes: Vec::new(),
            text: Block::default(),
        };
        Self {
            options: *options,
            sides: [side(a, start_a, color_a), side(b, start_b, color_b)],
            at: 0,
            next: None,
            begun: false,
            text: Block::default(),
        }
    }

    /// Adds the line of both sides at `index`. It is short only where a side ends, or where bytes
    /// were skipped.
    pub(super) fn line(&mut self, index: u64, a: &[u8], b: &[u8]) {
        let row = self.options.row();
        let [side_a, side_b] = &self.sides;
        let joins = side_a.takes(a, row) && side_b.takes(b, row);
        let waiting = side_a.bytes.len().max(side_b.bytes.len());
        if !joins || self.next != Some(index) || waiting >= BATCH * row {
            self.draw();
            self.at = index;
        }
        let [side_a, side_b] = &mut self.sides;
        side_a.bytes.extend_from_slice(a);
        side_b.bytes.extend_from_slice(b);
        let is_full = |line: &[u8]| line.is_empty() || line.len() == row;
        let end = index.wrapping_add(row as u64);
        self.next = (is_full(a) && is_full(b)).then_some(end);
    }

    /// Adds the marker for lines left out.
    pub(super) fn left_out(&mut self) {
        self.draw();
        self.begin();
        let [a, b] = &mut self.sides;
        a.text.clear();
        a.hexyl.marker(&mut a.text);
        b.text.clear();
        b.cells.carets(0, |_| false, &mut b.text);
        b.text.push(b"\n");
        self.join();
    }

    /// Ends the drawing, after lines left out or not. Without any lines there is no text.
    pub(super) fn end(&mut self, left_out: bool) {
        self.draw();
        if !self.begun {
            return;
        }
        if left_out {
            self.left_out();
        }
        self.frame(Hexyl::bottom);
        self.begun = false;
    }

    /// Writes the text so far.
    pub(super) fn write(&mut self, out: &mut impl Write) -> io::Result<()> {
        self.draw();
        let text = &mut self.text;
        let written = Output::new(out).write(text);
        text.clear();
        written
    }

    /// Appends the text before the first line.
    fn begin(&mut self) {
        if !std::mem::replace(&mut self.begun, true) {
            self.frame(Hexyl::top);
        }
    }

    /// Appends a line of the frame.
    fn frame(&mut self, part: fn(&Hexyl, &mut Block)) {
        for side in &mut self.sides {
            side.text.clear();
            part(&side.hexyl, &mut side.text);
        }
        self.join();
    }

    /// Appends the line of the first side, and, next to it, the line of the second without its
    /// border. The corners become those of one frame.
    fn join(&mut self) {
        let [a, b] = &self.sides;
        if !self.options.side_by_side {
            return self.text.push(a.text.text());
        }
        if let Some(line) = a.text.text().strip_suffix(b"\n") {
            let line = String::from_utf8_lossy(line);
            let line = line.replace('┐', "┬").replace('┘', "┴");
            self.text.push(line.as_bytes());
            paint::plain(b.text.text(), First::Nothing, false, &mut self.text);
        }
    }

    /// Draws the lines that wait.
    fn draw(&mut self) {
        self.next = None;
        if self.sides.iter().all(|side| side.bytes.is_empty()) {
            return;
        }
        self.begin();
        for side in &mut self.sides {
            side.text.clear();
            side.hexyl
                .data(side.offset(self.at), &side.bytes, &mut side.text);
        }
        self.pairs();
        for side in &mut self.sides {
            side.bytes.clear();
        }
    }

    /// Draws the lines of both sides, which are in their texts.
    fn pairs(&mut self) {
        let row = self.options.row();
        let [a, b] = &self.sides;
        let [mut lines_a, mut lines_b] = [a, b].map(Side::lines);
        let [mut bytes_a, mut bytes_b] = [a, b].map(|side| side.bytes.chunks(row));
        let count = a.bytes.len().max(b.bytes.len()).div_ceil(row);
        for number in 0..count {
            let pair = Pair {
                index: self.at.wrapping_add((number * row) as u64),
                a: (a, lines_a.next(), bytes_a.next().unwrap_or_default()),
                b: (b, lines_b.next(), bytes_b.next().unwrap_or_default()),
            };
            match self.options.side_by_side {
                true => pair.beside(&mut self.text),
                false => pair.above(&mut self.text),
            }
        }
    }
}

/// A side, the text of its line if it has one, and the bytes in that line.
type Half<'a> = (&'a Side, Option<&'a [u8]>, &'a [u8]);

/// A line of both sides.
struct Pair<'a> {
    index: u64,
    a: Half<'a>,
    b: Half<'a>,
}

impl Pair<'_> {
    /// Whether the bytes in this place of the line differ.
    fn differs(&self, place: usize) -> bool {
        self.a.2.get(place) != self.b.2.get(place)
    }

    /// Appends `line` of a side. The bytes that differ are marked if there are colours.
    fn marked(&self, half: &Half<'_>, line: &[u8], first: First, text: &mut Block) {
        let (side, _, bytes) = half;
        let color = side.look.color;
        if !color || bytes.is_empty() {
            return paint::plain(line, first, color, text);
        }
        let cells = side.cells(bytes.len());
        let columns = cells.bytes(side.offset(self.index));
        let marked = columns.map(|byte| byte.is_some_and(|place| self.differs(place)));
        paint::colored(line, first, marked, side.color, text);
    }

    /// Whether a line of carets tells the bytes that differ.
    fn has_carets(&self) -> bool {
        let (a, b) = (self.a.2, self.b.2);
        !self.a.0.look.color && !a.is_empty() && !b.is_empty() && a != b
    }

    /// Appends the line of the first side above that of the second; one line if they are equal.
    fn above(&self, text: &mut Block) {
        if self.a.2 == self.b.2 {
            return text.push(self.a.1.unwrap_or_default());
        }
        for (half, sign) in [(&self.a, b'-'), (&self.b, b'+')] {
            if let (side, Some(line), _) = half {
                self.marked(half, line, First::Sign(sign, side.color), text);
            }
        }
        if self.has_carets() {
            let is_longer = self.b.2.len() > self.a.2.len();
            self.carets(if is_longer { &self.b } else { &self.a }, text);
            text.push(b"\n");
        }
    }

    /// Appends the line of the first side and, next to it, that of the second.
    fn beside(&self, text: &mut Block) {
        let first = match (self.a.2, self.b.2) {
            (a, b) if a == b => First::Border,
            (_, []) => First::Sign(b'-', self.a.0.color),
            ([], _) => First::Sign(b'+', self.b.0.color),
            _ => First::Sign(b'!', BOTH),
        };
        let mut scratch = Block::default();
        for (half, first) in [(&self.a, first), (&self.b, First::Nothing)] {
            let line = half.1.unwrap_or_else(|| {
                scratch.clear();
                half.0.blank(self.index, &mut scratch);
                scratch.text()
            });
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            self.marked(half, line, first, text);
        }
        text.push(b"\n");
        if self.has_carets() {
            for (half, first) in [(&self.a, First::Border), (&self.b, First::Nothing)] {
                scratch.clear();
                self.carets(half, &mut scratch);
                paint::plain(scratch.text(), first, false, text);
            }
            text.push(b"\n");
        }
    }

    /// Appends carets below the bytes of a side that differ, without the end of the line.
    fn carets(&self, half: &Half<'_>, text: &mut Block) {
        let (side, _, bytes) = half;
        let offset = side.offset(self.index);
        let differs = |place| self.differs(place);
        side.cells(bytes.len()).carets(offset, differs, text);
    }
}
