//! Collects the bytes of both sides into lines, and chooses the lines that are drawn. They are
//! drawn elsewhere.

use std::collections::VecDeque;
use std::io::{self, Write};

use super::drawing::Drawing;
use super::options::PairOptions;

/// Bytes that differ are drawn and written in parts of this size.
const PART: usize = 16 * 1024;

/// A drawing of the differences between two sides. It takes the bytes of both in order, and writes
/// the lines that differ, equal lines around them, and a `*` in place of others. The text does not
/// depend on how the bytes are split.
pub struct Pairs {
    drawing: Drawing,
    /// Bytes in a full line.
    row: usize,
    /// Equal lines drawn before and after a line that differs.
    context: usize,
    /// The index of the first byte of the open line.
    index: u64,
    /// The bytes of the line that is not complete, on each side.
    open: [Vec<u8>; 2],
    /// Full equal lines before the open line that are drawn if a difference follows.
    before: VecDeque<u8>,
    /// The number of equal lines still to be drawn after a difference.
    after: usize,
    /// Whether lines were left out after the last line drawn.
    left_out: bool,
}

impl Pairs {
    /// A drawing with these options.
    #[must_use]
    pub fn new(options: PairOptions) -> Self {
        Self {
            drawing: Drawing::new(&options),
            row: options.row(),
            context: options.context.into(),
            index: 0,
            open: Default::default(),
            before: VecDeque::new(),
            after: 0,
            left_out: false,
        }
    }

    /// The number of bytes before and after a difference that must not be skipped.
    #[must_use]
    pub fn reach(&self) -> u64 {
        (self.context as u64 + 1) * self.row as u64
    }

    /// Takes bytes that are equal on both sides. Long slices take no longer than short ones.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn equal(&mut self, bytes: &[u8], out: &mut impl Write) -> io::Result<()> {
        self.same(bytes);
        self.drawing.write(out)
    }

    /// Takes zeros on both sides, such as those of holes. Many take no longer than few.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn zeros(&mut self, length: u64, out: &mut impl Write) -> io::Result<()> {
        let reach = self.reach();
        let near = length.min(2 * reach);
        let zeros = vec![0; near.div_ceil(2) as usize];
        self.same(&zeros);
        self.skip(length - near);
        self.same(zeros.get(..(near / 2) as usize).unwrap_or_default());
        self.drawing.write(out)
    }

    /// Passes over bytes that are equal on both sides. None of them may be within
    /// [`Pairs::reach`] of a difference.
    pub fn skip(&mut self, length: u64) {
        if length == 0 {
            return;
        }
        self.complete();
        self.before.clear();
        self.after = 0;
        self.left_out = true;
        self.index = self.index.wrapping_add(length);
    }

    /// Takes the next bytes of both sides. The lengths may differ where a side ends: all later
    /// slices of that side are empty.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn block(&mut self, a: &[u8], b: &[u8], out: &mut impl Write) -> io::Result<()> {
        let (mut a, mut b) = (a, b);
        while !a.is_empty() || !b.is_empty() {
            self.part(take(&mut a, PART), take(&mut b, PART));
            self.drawing.write(out)?;
        }
        Ok(())
    }

    /// Writes what is left to write. When there was no difference, this is nothing.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn finish(&mut self, out: &mut impl Write) -> io::Result<()> {
        self.complete();
        self.drawing.end(self.left_out || !self.before.is_empty());
        self.drawing.write(out)
    }

    /// Takes bytes of both sides.
    fn part(&mut self, a: &[u8], b: &[u8]) {
        let (mut a, mut b) = (a, b);
        while !a.is_empty() || !b.is_empty() {
            let equal = equal_prefix(a, b);
            self.same(take(&mut a, equal));
            take(&mut b, equal);
            let missing = self.missing();
            self.fill(take(&mut a, missing), take(&mut b, missing));
        }
    }

    /// Takes bytes that are equal on both sides.
    fn same(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() && (self.after > 0 || !self.is_at_start_of_line()) {
            let missing = self.missing();
            let now = take(&mut rest, missing);
            self.fill(now, now);
        }
        let lines = rest.len() - rest.len() % self.row;
        self.keep(take(&mut rest, lines));
        self.fill(rest, rest);
    }

    /// Whether the next byte starts a full line.
    fn is_at_start_of_line(&self) -> bool {
        self.missing() == self.row
    }

    /// The number of bytes that the open line lacks. After bytes that were skipped, a line may
    /// start in the middle.
    fn missing(&self) -> usize {
        let [a, b] = self.open.each_ref().map(Vec::len);
        let in_line = (self.index % self.row as u64) as usize;
        self.row - in_line - a.max(b)
    }

    /// Adds bytes to the open line, which must lack as many.
    fn fill(&mut self, a: &[u8], b: &[u8]) {
        let [open_a, open_b] = &mut self.open;
        open_a.extend_from_slice(a);
        open_b.extend_from_slice(b);
        if self.missing() == 0 {
            self.complete();
        }
    }

    /// Ends the open line.
    fn complete(&mut self) {
        let at = self.index;
        let [mut a, mut b] = std::mem::take(&mut self.open);
        self.index = at.wrapping_add(a.len().max(b.len()) as u64);
        if a != b {
            self.draw_before(at);
            self.drawing.line(at, &a, &b);
            self.after = self.context;
        } else if a.is_empty() {
        } else if self.after > 0 {
            self.drawing.line(at, &a, &b);
            self.after -= 1;
        } else if a.len() == self.row {
            self.index = at;
            self.keep(&a);
        } else {
            self.left_out = true;
        }
        a.clear();
        b.clear();
        self.open = [a, b];
    }

    /// Draws the lines before the one at `at`, which differs.
    fn draw_before(&mut self, at: u64) {
        if std::mem::take(&mut self.left_out) {
            self.drawing.left_out();
        }
        let first = at.wrapping_sub(self.before.len() as u64);
        let before = self.before.make_contiguous().chunks(self.row);
        for (number, line) in before.enumerate() {
            let at = first.wrapping_add((number * self.row) as u64);
            self.drawing.line(at, line, line);
        }
        self.before.clear();
    }

    /// Takes full equal lines, and keeps those that may be drawn before a difference.
    fn keep(&mut self, lines: &[u8]) {
        let most = self.context * self.row;
        let last = lines.len().saturating_sub(most);
        let last = lines.get(last..).unwrap_or_default();
        let old = self.before.len().min(most - last.len());
        self.left_out |= self.before.len() + lines.len() > most;
        self.before.drain(..self.before.len() - old);
        self.before.extend(last);
        self.index = self.index.wrapping_add(lines.len() as u64);
    }
}

/// Takes up to `length` bytes from the start of `bytes`.
fn take<'a>(bytes: &mut &'a [u8], length: usize) -> &'a [u8] {
    let (taken, rest) = bytes.split_at(length.min(bytes.len()));
    *bytes = rest;
    taken
}

/// The number of equal bytes that both sides start with.
fn equal_prefix(a: &[u8], b: &[u8]) -> usize {
    /// Bytes compared at once.
    const CHUNK: usize = 64;
    let chunks = a.as_chunks::<CHUNK>().0.iter();
    let chunks = chunks.zip(b.as_chunks::<CHUNK>().0);
    let equal = CHUNK * chunks.take_while(|(a, b)| a == b).count();
    let rest = a.iter().zip(b).skip(equal);
    equal + rest.take_while(|(a, b)| a == b).count()
}
