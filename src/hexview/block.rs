//! The block of text that lines are built in before it is written.

use std::collections::TryReserveError;
use std::io::{self, Write};
use std::ops::Range;

/// Memory for one block of text that the output takes over, pages and all, instead of copying it.
pub trait Parcel: Send {
    /// The memory, to be written from its start. Nothing once some of it was sent: somebody else
    /// may be looking at it then.
    fn room(&mut self) -> &mut [u8];

    /// The same memory to look at; the text is in it until the parcel is dropped.
    fn text(&self) -> &[u8];

    /// Sends these bytes and says how many of them went, as [`Write::write`] does.
    ///
    /// # Errors
    /// As [`Write::write`].
    fn send(&mut self, bytes: Range<usize>) -> io::Result<usize>;
}

/// Where [`Parcel`]s come from.
pub trait Parcels: Sync {
    /// How many bytes of text are best put into one.
    fn size(&self) -> usize;

    /// A new one; none when there is no memory of that kind, and text is to be written as ever.
    fn parcel(&self) -> Option<Box<dyn Parcel>>;
}

/// From how much text at a time a parcel is worth its pages: less is copied faster.
const WORTH_A_PARCEL: usize = 256 * 1024;

/// A block of text under construction.
///
/// The memory behind it is kept (and kept initialised) between blocks, so that a formatter can
/// take a slice of the final size and fill it without clearing it first.
#[derive(Default)]
pub(super) struct Block {
    memory: Vec<u8>,
    parcel: Option<Box<dyn Parcel>>,
    /// Whether the text is in the parcel and not in the memory.
    in_parcel: bool,
    length: usize,
}

impl Block {
    /// Forgets the text, keeps the memory.
    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.in_parcel) {
            self.parcel = None;
        }
        self.length = 0;
    }

    /// Makes sure that there is memory for so much text behind what there is. Text that goes into a parcel needs
    /// none.
    pub(super) fn reserve(&mut self, size: usize) -> Result<(), TryReserveError> {
        if self.parcel.is_some() {
            return Ok(());
        }
        let end = self.length.saturating_add(size);
        let missing = end.saturating_sub(self.memory.len());
        self.memory.try_reserve_exact(missing)
    }

    /// Whether it could use a parcel.
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

    /// How many bytes of text there are.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// `size` bytes behind the text, of undefined content; [`Block::advance`] makes them text.
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

    /// Whether text up to `end` belongs into the parcel, the last `size` bytes being new.
    fn wants_parcel(&mut self, size: usize, end: usize) -> bool {
        let worth = self.in_parcel || size >= WORTH_A_PARCEL;
        let room = self.parcel.as_mut().map_or(0, |parcel| parcel.room().len());
        worth && end <= room
    }

    /// Moves the text from the memory to the parcel, or back when the parcel is too small for it.
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

    /// Counts the first `size` bytes of the spare part as text.
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

    /// Sends the text from `start` on, by the parcel or by writing, and says how much of it went.
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
