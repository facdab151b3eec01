//! The format of a ring, and the positions of its bytes. Numbers are little-endian.
//!
//! | offset | bytes | contents |
//! |---|---|---|
//! | 0 | 8 | `MMAPRING` |
//! | 8 | 4 | the version, 1 |
//! | 12 | 4 | the offset of the data, 65536 |
//! | 16 | 8 | the length: the number of last bytes that are kept |
//! | 24 | 8 | the capacity: the number of bytes of data, a multiple of 65536 |
//! | 32 | 8 | the checksum of the bytes before it (FNV-1a, 64 bits) |
//! | 64 | 8 | written: the number of bytes of the stream so far |
//! | 72 | 8 | the number of runs of the writer |
//! | 128 | 4 | the process ID of the last writer |
//! | 136 | 8 | its start in clock ticks after the start of the system; 0 when unknown |
//! | 144 | 16 | the boot of the system (`random(4)`); zeros when unknown |
//! | 65536 | capacity | the data: byte P of the stream is at 65536 + P modulo capacity |
//!
//! The writer stores only in the `capacity - length` bytes of the stream that follow `written`, and then adds their
//! number to `written`. It never touches the last `length` bytes before `written`, whenever it is killed. A reader
//! copies bytes, loads `written` after that, and uses those at `written - length` or later: they were complete before
//! the copy began, and were not overwritten before it ended.

use crate::mapping::types::{ByteLength, RegionOffset};

/// The number of bytes that the head occupies in the file: whole pages on every system.
pub(super) const HEAD: u64 = 64 << 10;

/// The number of bytes of the head that are in use.
pub(super) const USED: usize = 160;

/// The place of the number of bytes written, apart from what readers do not poll.
pub(super) const WRITTEN: RegionOffset = RegionOffset(64);

/// The place of the number of runs.
pub(super) const RUNS: RegionOffset = RegionOffset(72);

/// The place of the writer.
pub(super) const WRITER: RegionOffset = RegionOffset(128);

const MAGIC: [u8; 8] = *b"MMAPRING";
const VERSION: u32 = 1;

/// The fewest bytes to store at once, without which each store would be small.
const LEAST_PIECE: u64 = 16 << 10;

/// The most bytes to store at once: those of a large pipe.
const MOST_PIECE: u64 = 1 << 20;

/// The sizes of a ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// The number of last bytes that are kept.
    pub(super) length: u64,
    /// The number of bytes of data.
    capacity: u64,
}

impl Layout {
    /// The layout that keeps this number of bytes; `None` for 0, and for more than a file can have.
    pub(super) fn keeping(length: ByteLength) -> Option<Self> {
        let length = length.0;
        let piece = length.div_euclid(8).clamp(LEAST_PIECE, MOST_PIECE);
        let capacity = length.checked_add(piece)?.checked_next_multiple_of(HEAD)?;
        Self { length, capacity }.checked()
    }

    /// The layout, unless nobody could have made it.
    fn checked(self) -> Option<Self> {
        /// Twice the data, and the head, fit below the largest offset.
        const MOST: u64 = 1 << 61;
        let is_sound = self.length > 0
            && self.length < self.capacity
            && self.capacity <= MOST
            && self.capacity.is_multiple_of(HEAD);
        is_sound.then_some(self)
    }

    /// The number of bytes of data.
    pub(super) fn capacity(self) -> ByteLength {
        ByteLength(self.capacity)
    }

    /// The size of the file.
    pub(super) fn file_size(self) -> ByteLength {
        ByteLength(HEAD).plus(self.capacity())
    }

    /// The number of bytes that may be stored at once.
    pub(super) fn piece(self) -> usize {
        let room = self.capacity.saturating_sub(self.length);
        ByteLength(room.min(MOST_PIECE)).saturating_usize()
    }

    /// The place of a byte of the stream in the data.
    pub(super) fn place(self, position: u64) -> RegionOffset {
        let place = position.checked_rem(self.capacity).unwrap_or(0);
        RegionOffset(ByteLength(place).saturating_usize())
    }

    /// The position of the oldest byte that is kept.
    pub(super) fn oldest(self, written: u64) -> u64 {
        written.saturating_sub(self.length)
    }

    /// The constant start of the head.
    pub(super) fn head(self) -> [u8; USED] {
        let mut head = [0; USED];
        let data_at = u32::try_from(HEAD).unwrap_or(u32::MAX);
        put(&mut head, 0, &MAGIC);
        put(&mut head, 8, &VERSION.to_le_bytes());
        put(&mut head, 12, &data_at.to_le_bytes());
        put(&mut head, 16, &self.length.to_le_bytes());
        put(&mut head, 24, &self.capacity.to_le_bytes());
        let sum = checksum(&head);
        put(&mut head, CHECKED, &sum.to_le_bytes());
        head
    }
}

/// Why a file is not a ring of this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// It is something else.
    NoRing,
    /// It has another version.
    Version(u32),
    /// Its head is damaged.
    Damaged,
}

/// The process that wrote last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Writer {
    /// Its process ID.
    pub(super) pid: u32,
    /// Its start; 0 when unknown.
    pub(super) start: u64,
    /// The boot of its system; zeros when unknown.
    pub(super) boot: [u8; 16],
}

impl Writer {
    pub(super) fn to_bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        put(&mut bytes, 0, &self.pid.to_le_bytes());
        put(&mut bytes, 8, &self.start.to_le_bytes());
        put(&mut bytes, 16, &self.boot);
        bytes
    }

    fn of_bytes(bytes: &[u8]) -> Self {
        Self {
            pid: u32::from_le_bytes(get(bytes, 0)),
            start: u64::from_le_bytes(get(bytes, 8)),
            boot: get(bytes, 16),
        }
    }
}

/// Reads a head.
pub(super) fn parse(head: &[u8; USED]) -> Result<(Layout, Writer), Flaw> {
    if get::<8>(head, 0) != MAGIC {
        return Err(Flaw::NoRing);
    }
    let version = u32::from_le_bytes(get(head, 8));
    if version != VERSION {
        return Err(Flaw::Version(version));
    }
    let layout = Layout {
        length: u64::from_le_bytes(get(head, 16)),
        capacity: u64::from_le_bytes(get(head, 24)),
    };
    let layout = layout.checked().ok_or(Flaw::Damaged)?;
    let same = |length| head.get(..length) == layout.head().get(..length);
    if !same(CHECKED.saturating_add(size_of::<u64>())) {
        return Err(Flaw::Damaged);
    }
    let writer = Writer::of_bytes(head.get(WRITER.0..).unwrap_or_default());
    Ok((layout, writer))
}

/// The number of bytes that the checksum covers.
const CHECKED: usize = 32;

/// FNV-1a with 64 bits.
fn checksum(head: &[u8]) -> u64 {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    head.iter().take(CHECKED).fold(BASIS, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(PRIME)
    })
}

fn put(into: &mut [u8], at: usize, bytes: &[u8]) {
    let room = into.get_mut(at..).unwrap_or_default();
    for (to, from) in room.iter_mut().zip(bytes) {
        *to = *from;
    }
}

fn get<const N: usize>(from: &[u8], at: usize) -> [u8; N] {
    let found = from.get(at..).and_then(|rest| rest.first_chunk());
    found.copied().unwrap_or([0; N])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn layout(length: u64) -> Layout {
        Layout::keeping(ByteLength(length)).unwrap()
    }

    #[test]
    fn a_ring_has_room_for_a_piece_besides_the_bytes_that_it_keeps() {
        for (length, capacity) in [
            (1, 64 << 10),
            (48 << 10, 64 << 10),
            ((48 << 10) + 1, 128 << 10),
            (64 << 20, 65 << 20),
        ] {
            assert_eq!(layout(length).capacity, capacity, "{length}");
        }
        assert_eq!(layout(64 << 20).piece(), 1 << 20);
        assert_eq!(layout(100).piece(), (64 << 10) - 100);
        for length in [0, 1 << 61, u64::MAX] {
            assert_eq!(Layout::keeping(ByteLength(length)), None);
        }
    }

    #[test]
    fn the_head_is_byte_for_byte_that_of_the_table() {
        let head = layout(100).head();
        assert_eq!(&head[..16], b"MMAPRING\x01\0\0\0\0\0\x01\0");
        assert_eq!(head[16..24], 100_u64.to_le_bytes());
        assert_eq!(head[24..32], 65_536_u64.to_le_bytes());
        assert!(head[40..].iter().all(|byte| *byte == 0));
        // The values of the reference implementation.
        assert_eq!(checksum(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(checksum(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn another_version_is_distinguished_from_damage() {
        let head = layout(100).head();
        let with = |at: usize, byte| {
            let mut head = head;
            head[at] = byte;
            parse(&head)
        };
        assert_eq!(with(8, 2), Err(Flaw::Version(2)));
        assert_eq!(with(0, b'X'), Err(Flaw::NoRing));
        assert_eq!(parse(&[0; USED]), Err(Flaw::NoRing));
        for (at, byte) in head.iter().enumerate().take(40).skip(12) {
            assert_eq!(with(at, byte ^ 0x10), Err(Flaw::Damaged), "{at}");
        }
    }

    proptest! {
        #[test]
        fn any_layout_and_writer_are_read_back(
            length in 1_u64..1 << 40, pid: u32, start: u64, boot: [u8; 16]
        ) {
            let (layout, writer) = (layout(length), Writer { pid, start, boot });
            let mut head = layout.head();
            put(&mut head, WRITER.0, &writer.to_bytes());
            prop_assert_eq!(parse(&head), Ok((layout, writer)));
        }

        #[test]
        fn any_bytes_are_refused_or_read(head: [u8; USED]) {
            let _ = parse(&head);
        }

        #[test]
        fn a_piece_never_touches_the_bytes_that_are_kept(
            length in 1_u64..1 << 22, written: u64, ahead in 0_u64..1 << 20, back in 1_u64..1 << 22
        ) {
            let layout = layout(length);
            let written = written >> 1;
            let ahead = ahead % layout.piece() as u64;
            let back = back.min(length).min(written);
            if back > 0 {
                let stored = layout.place(written + ahead);
                prop_assert_ne!(stored, layout.place(written - back));
            }
        }
    }
}
