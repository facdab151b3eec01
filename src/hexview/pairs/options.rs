//! The options of a drawing of differences.

use std::num::NonZeroU16;

use super::super::hexyl::HexylOptions;

/// How differences are drawn.
#[derive(Clone, Copy, Debug)]
pub struct PairOptions {
    /// The look of a line. Bytes that differ are marked by colour if it has colour, otherwise by a
    /// line of carets.
    pub look: HexylOptions,
    /// Whether the sides are next to each other, instead of a line of the first side above a line
    /// of the second.
    pub side_by_side: bool,
    /// The number of equal lines before and after each line that differs.
    pub context: u16,
    /// The offset of the first byte of each side, as printed.
    pub starts: [u64; 2],
}

impl PairOptions {
    /// The number of panels that fit in `columns` terminal columns, at least one. With the sides
    /// next to each other it is the number of panels of each side, or none if not even one fits.
    #[must_use]
    pub fn panels_for_width(&self, columns: u64) -> Option<NonZeroU16> {
        if !self.side_by_side {
            return Some(self.look.panels_for_width(columns));
        }
        // The sides share a border.
        let [first, second] = self.looks().map(|look| look.offset_width());
        let offsets = first + second - 1;
        let panels = columns.saturating_sub(offsets) / (2 * self.look.full_panel_width());
        NonZeroU16::new(u16::try_from(panels).unwrap_or(u16::MAX))
    }

    /// The look of each side. Next to the first side, the second has an offset column if its
    /// offsets are different.
    pub(super) fn looks(&self) -> [HexylOptions; 2] {
        let [start, second_start] = self.starts;
        let second = HexylOptions {
            position: self.look.position && (!self.side_by_side || start != second_start),
            ..self.look
        };
        [self.look, second]
    }

    /// The number of bytes in a full line of a side.
    pub(super) fn row(&self) -> usize {
        self.look.bytes_per_line()
    }
}
