//! The block of text that lines are built in. Writing it is up to the output.

use std::collections::TryReserveError;
use std::io::{self, Write};
use std::ops::Range;

/// Memory for one block of text. The output takes over its pages instead of copying them.
pub trait Parcel: Send {
    /// The memory, to be written from its start. It is empty after the first [`Parcel::send`],
    /// because the reader of the output may be reading it.
    fn room(&mut self) -> &mut [u8];

    /// The same memory for reading. It holds the text until the parcel is dropped.
    fn text(&self) -> &[u8];

    /// Sends some of these bytes and returns their number, as [`Write::write`] does.
    ///
    /// # Errors
    /// As [`Write::write`].
    fn send(&mut self, bytes: Range<usize>) -> io::Result<usize>;
}

/// A source of [`Parcel`]s.
pub trait Parcels: Sync {
    /// The best number of bytes of text in one parcel.
    fn size(&self) -> usize;

    /// A new parcel; none if there is no such memory. The text is then copied.
    fn parcel(&self) -> Option<Box<dyn Parcel>>;
}

/// The shortest text that goes into a parcel. Copying is faster for less.
const WORTH_A_PARCEL: usize = 256 * 1024;

/// A block of text under construction.
///
/// Its memory stays allocated and initialised when the text is cleared. A formatter fills a slice
/// of the final size without clearing it first.
#[derive(Default)]
pub(super) struct Block {
    memory: Vec<u8>,
    parcel: Option<Box<dyn Parcel>>,
    /// Whether the text is in the parcel and not in the memory.
    in_parcel: bool,
    length: usize,
}

impl Block {
    /// Removes the text and keeps the memory.
    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.in_parcel) {
            self.parcel = None;
        }
        self.length = 0;
    }

    /// Reserves memory for `size` bytes of text after the present text. Text in a parcel needs none.
    pub(super) fn reserve(&mut self, size: usize) -> Result<(), TryReserveError> {
        if self.parcel.is_some() {
            return Ok(());
        }
        let end = self.length.saturating_add(size);
        let missing = end.saturating_sub(self.memory.len());
        self.memory.try_reserve_exact(missing)
    }

    /// Whether the block has no parcel.
    pub(super) fn lacks_parcel(&self) -> bool {
        self.parcel.is_none()
    }

    /// Gives the block a parcel for long text.
    pub(super) fn set_parcel(&mut self, parcel: Box<dyn Parcel>) {
        if !self.in_parcel {
            self.parcel = Some(parcel);
        }
    }

    /// The text so far.
    pub(super) fn text(&self) -> &[u8] {
        let memory = match &self.parcel {
            Some(parcel) if self.in_parcel => parcel.text(),
            _ => &self.memory,
        };
        memory.get(..self.length).unwrap_or_default()
    }

    /// The length of the text.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// `size` bytes after the text, of any content. [`Block::advance`] makes them text.
    pub(super) fn spare(&mut self, size: usize) -> &mut [u8] {
        let end = self.length.saturating_add(size);
        if self.in_parcel != self.wants_parcel(size, end) {
            self.move_text();
        }
        let memory = match &mut self.parcel {
            Some(parcel) if self.in_parcel => parcel.room(),
            _ => {
                if self.memory.len() < end {
                    self.memory.resize(end, 0);
                }
                &mut self.memory
            }
        };
        memory.get_mut(self.length..end).unwrap_or_default()
    }

    /// Whether text up to `end`, with `size` new bytes at its end, goes into the parcel.
    fn wants_parcel(&mut self, size: usize, end: usize) -> bool {
        let worth = self.in_parcel || size >= WORTH_A_PARCEL;
        let room = self.parcel.as_mut().map_or(0, |parcel| parcel.room().len());
        worth && end <= room
    }

    /// Moves the text from the memory to the parcel, or back if the parcel is too small.
    fn move_text(&mut self) {
        let Some(parcel) = &mut self.parcel else {
            return;
        };
        if self.in_parcel {
            let text = parcel.text().get(..self.length).unwrap_or_default();
            self.memory.clear();
            self.memory.extend_from_slice(text);
            self.parcel = None;
        } else if let (Some(place), Some(text)) = (
            parcel.room().get_mut(..self.length),
            self.memory.get(..self.length),
        ) {
            place.copy_from_slice(text);
        }
        self.in_parcel = !self.in_parcel;
    }

    /// Makes the first `size` bytes of the spare part text.
    pub(super) fn advance(&mut self, size: usize) {
        let room = match &self.parcel {
            Some(parcel) if self.in_parcel => parcel.text().len(),
            _ => self.memory.len(),
        };
        self.length = self.length.saturating_add(size).min(room);
    }

    /// Appends `text`.
    pub(super) fn push(&mut self, text: &[u8]) {
        self.spare(text.len()).copy_from_slice(text);
        self.advance(text.len());
    }

    /// Sends or writes some of the text from `start` on and returns its length.
    pub(super) fn send(&mut self, start: usize, output: &mut impl Write) -> io::Result<usize> {
        match &mut self.parcel {
            Some(parcel) if self.in_parcel => parcel.send(start..self.length),
            _ => output.write(self.text().get(start..).unwrap_or_default()),
        }
    }
}

impl Write for Block {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.push(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
