//! Texts of bytes and separators of lines with colours. Lines are assembled in `fast`.
//!
//! Texts are stored with a fixed size, and the place advances by their own length. The next text
//! overwrites the rest.

use super::super::offset::Column;
use super::super::place::{room, store};
use super::tables::{PANEL, Tables};

/// Room for the longest text of a byte: a space, a colour of 19 bytes, a character of three.
pub(super) const LONG: usize = 32;
/// The same for colours of at most five bytes.
pub(super) const SHORT: usize = 8;

/// A short text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    text: [u8; LONG],
    length: usize,
}

impl Part {
    /// All `parts` together; none if they are too long.
    fn new(parts: &[&[u8]]) -> Option<Self> {
        let parts = parts.concat();
        let mut text = [0; LONG];
        text.get_mut(..parts.len())?.copy_from_slice(&parts);
        Some(Self {
            text,
            length: parts.len(),
        })
    }

    /// Stores the text at `at` and returns the place after it.
    #[inline(always)]
    pub(super) fn store(&self, space: &mut [u8], at: usize) -> usize {
        store(self.text, self.length, space, at)
    }
}

/// The texts around the offset and the panels.
#[derive(Debug)]
pub(super) struct Separators {
    /// Before the offset.
    lead: Part,
    /// After the offset.
    gap: Part,
    /// After a panel of bytes: not the last one, the last one.
    pub(super) byte_ends: [Part; 2],
    /// After a panel of characters: not the last one, the last one.
    pub(super) character_ends: [Part; 2],
}

impl Separators {
    /// The separators of `tables`.
    pub(super) fn new(tables: &Tables) -> Option<Self> {
        let (reset, outer, inner) = (&tables.reset, &tables.outer, &tables.inner);
        Some(Self {
            lead: Part::new(&[&tables.lead])?,
            gap: Part::new(&[reset, outer])?,
            byte_ends: [
                Part::new(&[reset, b" ", inner])?,
                Part::new(&[reset, b" ", outer])?,
            ],
            character_ends: [
                Part::new(&[reset, inner])?,
                Part::new(&[reset, outer, b"\n"])?,
            ],
        })
    }

    /// Stores the start of a line with its offset and returns the place after it.
    /// The column is not copied: copies of it slow coloured lines down by a twelfth.
    #[inline(always)]
    pub(super) fn start(&self, column: &Column, space: &mut [u8], at: usize) -> usize {
        let at = self.lead.store(space, at);
        let at = column.store(space, at);
        self.gap.store(space, at)
    }
}

/// The texts of all bytes in one kind of panel: first those after a byte of the same colour, then
/// those after another colour or at the start of a panel.
#[derive(Debug)]
pub(super) struct Texts<const N: usize> {
    texts: Box<[[u8; N]; 512]>,
    lengths: Box<[u8; 512]>,
}

impl<const N: usize> Texts<N> {
    /// Texts of a `space`, a colour if it changes, and `body`; none if one is too long.
    pub(super) fn new(tables: &Tables, space: &[u8], body: impl Fn(u8) -> Vec<u8>) -> Option<Self> {
        let mut texts = Box::new([[0; N]; 512]);
        let mut lengths = Box::new([0; 512]);
        for (place, (text, length)) in texts.iter_mut().zip(lengths.iter_mut()).enumerate() {
            let value = place as u8;
            let look = tables.bytes.get(usize::from(value))?;
            let color: &[u8] = if place < 256 { &[] } else { &look.color };
            let whole = [space, color, &body(value)].concat();
            text.get_mut(..whole.len())?.copy_from_slice(&whole);
            *length = u8::try_from(whole.len()).ok()?;
        }
        Some(Self { texts, lengths })
    }

    /// Stores the texts of a panel and returns the place after them. `ROOM` is the room of nine texts.
    #[inline(always)]
    pub(super) fn store<const ROOM: usize>(
        &self,
        looks: &[u16; PANEL],
        space: &mut [u8],
        start: usize,
    ) -> usize {
        let Some(room) = room::<ROOM>(space, start) else {
            return start;
        };
        let mut at = 0;
        for look in looks {
            let look = usize::from(*look) % 512;
            // The remainder never changes the place. It proves to the compiler that the text fits.
            let place = at % (ROOM - N);
            room[place..place + N].copy_from_slice(&self.texts[look]);
            at += usize::from(self.lengths[look]);
        }
        start + at
    }
}

/// Which bytes have the same colour.
#[derive(Debug)]
pub(super) struct Colors {
    /// Equal numbers for bytes of the same colour.
    numbers: Box<[u8; 256]>,
}

impl Colors {
    pub(super) fn new(tables: &Tables) -> Self {
        let (_, numbers) = tables.colors();
        Self { numbers }
    }

    /// The number of the text of every byte in panels: the byte, and 256 more where its colour starts.
    #[inline(always)]
    pub(super) fn looks(&self, bytes: &[u8], looks: &mut [u16]) {
        let (looks, _) = looks.as_chunks_mut::<PANEL>();
        for (panel, looks) in bytes.as_chunks::<PANEL>().0.iter().zip(looks) {
            // At the start of a panel no colour is set.
            let mut color = !self.numbers[usize::from(panel[0])];
            for (byte, look) in panel.iter().zip(looks) {
                let now = self.numbers[usize::from(*byte)];
                // Without a branch: in binary data the processor would predict every other one wrongly.
                *look = u16::from(*byte) | u16::from(now != color) << 8;
                color = now;
            }
        }
    }
}
