//! The options of a drawing of differences.

use std::num::NonZeroU16;

use super::super::hexyl::HexylOptions;

/// How differences are drawn.
#[derive(Clone, Copy, Debug)]
pub struct PairOptions {
    /// The look of a line. Bytes that differ are marked by colour if it has colour, otherwise by a line of carets.
    pub look: HexylOptions,
    /// Whether the sides are next to each other, and not a line of the first side above a line of the second.
    pub side_by_side: bool,
    /// The number of equal lines before and after each line that differs.
    pub context: u16,
    /// The offset of the first byte of each side, as printed.
    pub starts: [u64; 2],
}

impl PairOptions {
    /// The number of panels that fit in `columns` terminal columns with these options: for sides next to each other,
    /// the panels of each side, or none if not even one fits.
    #[must_use]
    pub fn panels_for_width(&self, columns: u64) -> Option<NonZeroU16> {
        Some(self.look.panels_for_width(columns))
    }
}
