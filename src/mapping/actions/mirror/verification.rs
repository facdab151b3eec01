//! Verifying that all windows of a mirror show the same bytes.

use schemars::JsonSchema;
use serde::Serialize;

use crate::mapping::error::{Error, Result};
use crate::mapping::region::copy::{Blocked, Span};
use crate::mapping::region::{Mirror, fault};
use crate::mapping::sys;
use crate::mapping::types::{Kind, RegionOffset, SourceOffset};

/// The result of verifying a mirror.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Verification {
    /// The number of windows compared.
    pub windows: u64,
    /// Whether the memory map of this process shows each window as a shared mapping of the same part of one file; false
    /// when the system has no memory map (`/proc/self/maps`).
    pub memory_map: bool,
    /// The offsets in the source of the bytes that read the same through all windows.
    pub offsets: Vec<SourceOffset>,
}

/// Verifies that all windows show the same bytes, without changing any: the memory map must show each window as a shared
/// mapping of the same part of one file, and the first and the last byte must read the same through all windows.
///
/// # Errors
/// `mismatch` for the first window that is another mapping or shows another byte; `fault` when the bytes cannot be read.
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
        offsets: ends.map(|at| mirror.range.at(at)).into(),
    })
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

    /// Compares a byte in all windows.
    fn compare(&self, at: RegionOffset) -> Result<()> {
        (1..self.mirror.times).try_for_each(|index| self.compare_with_first(index, at))
    }

    /// Compares a byte in two windows, repeatedly: another process may write it between the two reads.
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
            format!("window {index} shows {found:#04x}, but the first window shows {first:#04x}");
        Err(Error::new(Kind::Mismatch, "verify", reason).at(self.mirror.range.at(at)))
    }
}
