//! A reader of rings that knows only the format in mmapctl-record(1).

use std::fs;
use std::path::Path;

/// The offset of the data.
pub const DATA: usize = 65_536;

/// A ring, as its file is now.
#[derive(Debug)]
pub struct Ring {
    pub length: u64,
    pub capacity: u64,
    pub written: u64,
    pub runs: u64,
    pub pid: u32,
    pub start: u64,
    pub boot: [u8; 16],
    /// The last bytes, in order.
    pub kept: Vec<u8>,
}

impl Ring {
    /// Reads a ring that nobody is recording into.
    #[track_caller]
    pub fn read(path: impl AsRef<Path>) -> Ring {
        let file = fs::read(path).unwrap();
        assert_eq!(&file[..8], b"MMAPRING");
        assert_eq!(number(&file, 8, 4), 1);
        assert_eq!(number(&file, 12, 4), DATA as u64);
        let sum = file[..32].iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
            (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3_u64)
        });
        assert_eq!(number(&file, 32, 8), sum);
        let (length, capacity) = (number(&file, 16, 8), number(&file, 24, 8));
        assert!(length < capacity && capacity.is_multiple_of(65_536));
        assert_eq!(file.len() as u64, 65_536 + capacity);
        let written = number(&file, 64, 8);
        let place = |position: u64| DATA + usize::try_from(position % capacity).unwrap();
        let kept = (written.saturating_sub(length)..written).map(|at| file[place(at)]);
        Ring {
            length,
            capacity,
            written,
            runs: number(&file, 72, 8),
            pid: u32::try_from(number(&file, 128, 4)).unwrap(),
            start: number(&file, 136, 8),
            boot: file[144..160].try_into().unwrap(),
            kept: kept.collect(),
        }
    }
}

/// A little-endian number.
fn number(bytes: &[u8], at: usize, length: usize) -> u64 {
    let bytes = bytes[at..at + length].iter().rev();
    bytes.fold(0, |number, byte| number << 8 | u64::from(*byte))
}
