//! Whether every window of a mirror shows the same bytes.

use schemars::JsonSchema;
use serde::Serialize;

use crate::mapping::error::{Error, Result};
use crate::mapping::region::copy::{Blocked, Span};
use crate::mapping::region::{Mirror, fault};
use crate::mapping::sys;
use crate::mapping::types::{Kind, RegionOffset, SourceOffset};

/// That every window shows the same bytes of the source.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Verification {
    /// How many windows were looked at.
    pub windows: u64,
    /// Whether the system's account of this process shows each of them as a shared mapping of the same part of
    /// one file; false where there is no such account.
    pub memory_map: bool,
    /// The bytes of the source that read the same through all windows.
    pub offsets: Vec<SourceOffset>,
}

/// Proves that every window shows the same bytes, and changes none of them: the memory map has to show each
/// window as a shared mapping of the same part of one file, and the first and the last byte have to read the
/// same through all windows.
///
/// # Errors
/// `mismatch` for the first window that is or shows something else; `fault` when the bytes cannot be read.
pub(super) fn verify(mirror: &Mirror) -> Result<Verification> {
    verify_unnamed(mirror).map_err(|error| error.on(&mirror.name).over(mirror.range))
}

fn verify_unnamed(mirror: &Mirror) -> Result<Verification> {
    let shown = mirror.count_windows()?;
    if let Some(index) = shown.filter(|shown| *shown != mirror.times as u64) {
        let reason = format!("window {index} is not a shared mapping of these bytes");
        return Err(Error::new(Kind::Mismatch, "verify", reason));
    }
    let whole = mirror
        .reservation
        .raw_span()
        .map_err(|e| Error::os("guard against faults in", &e))?;
    let windows = Windows { mirror, whole };
    let ends = [0, mirror.window.saturating_sub(1)].map(RegionOffset);
    for at in ends {
        windows.compare(at)?;
    }
    Ok(Verification {
        windows: mirror.times as u64,
        memory_map: shown.is_some(),
        offsets: ends.map(|at| source_offset(mirror, at)).into(),
    })
}

fn source_offset(mirror: &Mirror, at: RegionOffset) -> SourceOffset {
    SourceOffset(mirror.range.offset().0.saturating_add(at.0 as u64))
}

/// The bytes of all windows, window by window.
struct Windows<'a> {
    mirror: &'a Mirror,
    whole: Span<'a>,
}

impl Windows<'_> {
    fn of(&self, index: usize) -> Span<'_> {
        let start = index.saturating_mul(self.mirror.window);
        self.whole.part(RegionOffset(start), self.mirror.window)
    }

    fn read(&self, index: usize, at: RegionOffset) -> Result<u8> {
        let mut byte = [0];
        let outcome = self.of(index).read(at, &mut byte);
        outcome.map_err(|blocked| self.explain(blocked))?;
        let [byte] = byte;
        Ok(byte)
    }

    fn explain(&self, blocked: Blocked) -> Error {
        let file = Some(sys::backing::handle(&self.mirror.file));
        let range = self.mirror.range;
        fault::explain("read", blocked, fault::Attempt::Read, range, file)
    }

    /// Sees that a byte reads the same through every window.
    fn compare(&self, at: RegionOffset) -> Result<()> {
        (1..self.mirror.times).try_for_each(|index| self.compare_with_first(index, at))
    }

    /// Others may write the byte between two looks at it; they do not do so each time.
    fn compare_with_first(&self, index: usize, at: RegionOffset) -> Result<()> {
        const LOOKS: u32 = 1000;
        let (mut first, mut found) = (0, 0);
        for _ in 0..LOOKS {
            (first, found) = (self.read(0, at)?, self.read(index, at)?);
            if first == found {
                return Ok(());
            }
        }
        let reason =
            format!("window {index} shows {found:#04x}, and the first window {first:#04x}");
        Err(Error::new(Kind::Mismatch, "verify", reason).at(source_offset(self.mirror, at)))
    }
}
