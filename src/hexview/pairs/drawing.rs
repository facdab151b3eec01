//! The text of lines of both sides. Which lines are drawn is decided elsewhere.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::io::{self, Write};

use super::super::block::Block;
use super::super::hexyl::{Cells, Hexyl, HexylOptions};
use super::super::output::Output;
use super::super::vectors;
use super::options::PairOptions;
use super::paint::{self, First};

/// The limit of bytes of a side that are drawn together, except for a longer line.
const BATCH: usize = 4096;

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
    /// The columns of a full line.
    cells: OnceCell<Cells>,
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
        let new = || Cells::new(self.look, length);
        match length == self.look.bytes_per_line() {
            true => Cow::Borrowed(self.cells.get_or_init(new)),
            false => Cow::Owned(new()),
        }
    }

    /// Appends a line without bytes, with its offset if lines have one.
    fn blank(&self, index: u64, text: &mut Block) {
        match self.look.position {
            true => self.hexyl.blank(self.offset(index), text),
            false => self.empty(text),
        }
    }

    /// Appends a line without bytes or an offset.
    fn empty(&self, text: &mut Block) {
        let cells = self.cells(self.look.bytes_per_line());
        cells.carets(0, |_| false, text);
        text.push(b"\n");
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
            cells: OnceCell::new(),
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
        if !joins || self.next != Some(index) || waiting >= BATCH {
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
        let mut blank = Block::default();
        if self.options.side_by_side {
            b.empty(&mut blank);
        }
        b.text = blank;
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
            let half = |side, line, bytes: Option<_>| Half {
                side,
                line,
                bytes: bytes.unwrap_or_default(),
            };
            let pair = Pair {
                index: self.at.wrapping_add((number * row) as u64),
                a: half(a, lines_a.next(), bytes_a.next()),
                b: half(b, lines_b.next(), bytes_b.next()),
            };
            match self.options.side_by_side {
                true => pair.beside(&mut self.text),
                false => pair.above(&mut self.text),
            }
        }
    }
}

/// A line of one side.
struct Half<'a> {
    side: &'a Side,
    /// The line as in a dump; none if the side has ended before.
    line: Option<&'a [u8]>,
    bytes: &'a [u8],
}

/// A line of both sides.
struct Pair<'a> {
    index: u64,
    a: Half<'a>,
    b: Half<'a>,
}

impl Pair<'_> {
    /// Whether the bytes in this place of the line differ.
    fn differs(&self, place: usize) -> bool {
        self.a.bytes.get(place) != self.b.bytes.get(place)
    }

    /// Whether carets are needed to show which bytes differ.
    fn has_carets(&self) -> bool {
        let (a, b) = (self.a.bytes, self.b.bytes);
        !self.a.side.look.color && !a.is_empty() && !b.is_empty() && a != b
    }

    /// Appends the line of the first side above that of the second; one line if they are equal.
    fn above(&self, text: &mut Block) {
        let (a, b) = (&self.a, &self.b);
        if a.bytes == b.bytes {
            return text.push(a.line.unwrap_or_default());
        }
        for (half, sign) in [(a, b'-'), (b, b'+')] {
            if let Some(line) = half.line {
                self.marked(half, line, First::Sign(sign, half.side.color), text);
            }
        }
        if self.has_carets() {
            let is_longer = b.bytes.len() > a.bytes.len();
            self.carets(if is_longer { b } else { a }, text);
            text.push(b"\n");
        }
    }

    /// Appends the line of the first side and, next to it, that of the second.
    fn beside(&self, text: &mut Block) {
        let (a, b) = (&self.a, &self.b);
        let first = match (a.bytes, b.bytes) {
            (a, b) if a == b => First::Border,
            (_, []) => First::Sign(b'-', a.side.color),
            ([], _) => First::Sign(b'+', b.side.color),
            _ => First::Sign(b'!', BOTH),
        };
        let mut scratch = Block::default();
        for (half, first) in [(a, first), (b, First::Nothing)] {
            let line = half.line.unwrap_or_else(|| {
                scratch.clear();
                half.side.blank(self.index, &mut scratch);
                scratch.text()
            });
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            self.marked(half, line, first, text);
        }
        text.push(b"\n");
        if self.has_carets() {
            for (half, first) in [(a, First::Border), (b, First::Nothing)] {
                scratch.clear();
                self.carets(half, &mut scratch);
                paint::plain(scratch.text(), first, false, text);
            }
            text.push(b"\n");
        }
    }

    /// Appends `line` of a side. The bytes that differ are marked if there are colours.
    fn marked(&self, half: &Half<'_>, line: &[u8], first: First, text: &mut Block) {
        let Half { side, bytes, .. } = half;
        let color = side.look.color;
        if !color || bytes.is_empty() {
            return paint::plain(line, first, color, text);
        }
        let cells = side.cells(bytes.len());
        let columns = cells.bytes(side.offset(self.index));
        let marked = columns.map(|byte| byte.is_some_and(|place| self.differs(place)));
        paint::colored(line, first, marked, side.color, text);
    }

    /// Appends carets below the bytes of a side that differ, without the end of the line.
    fn carets(&self, half: &Half<'_>, text: &mut Block) {
        let Half { side, bytes, .. } = half;
        let offset = side.offset(self.index);
        let differs = |place| self.differs(place);
        side.cells(bytes.len()).carets(offset, differs, text);
    }
}
