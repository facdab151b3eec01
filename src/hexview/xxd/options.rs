//! The options of the `xxd` format. Lines are built in the other modules.

/// The options of the `xxd` format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct XxdOptions {
    /// Bytes in a line, from 1 to [`XxdOptions::MOST_COLUMNS`].
    pub columns: u16,
    /// Bytes in a group, at least 1 and at most `columns`; a power of two if `little`.
    pub group: u16,
    /// Whether hexadecimal digits are upper case, except those of offsets.
    pub uppercase: bool,
    /// Whether the last byte of a group comes first (`-e`).
    pub little: bool,
    /// Whether bytes are shown as binary digits (`-b`).
    pub binary: bool,
    /// Whether offsets are decimal (`-d`).
    pub decimal: bool,
    /// Whether three or more lines of zeros become one line and a `*` (`-a`).
    pub autoskip: bool,
    /// Whether there is colour, as since `xxd` 2026-05-31.
    pub color: bool,
    /// Whether the characters are those of EBCDIC (`-E`).
    pub ebcdic: bool,
}

impl Default for XxdOptions {
    fn default() -> Self {
        Self {
            columns: 16,
            group: 2,
            uppercase: false,
            little: false,
            binary: false,
            decimal: false,
            autoskip: false,
            color: false,
            ebcdic: false,
        }
    }
}

impl XxdOptions {
    /// The limit of bytes in a line.
    pub const MOST_COLUMNS: u16 = 256;

    /// The options with the number of columns and the group size that `xxd` chooses. A group of 0 bytes, and one that
    /// is longer than a line, is a whole line.
    #[must_use]
    pub fn sized(self, columns: Option<u16>, group: Option<u16>) -> Self {
        let usual = if self.binary { 6 } else { 16 };
        let columns = columns.unwrap_or(usual).clamp(1, Self::MOST_COLUMNS);
        let group = group.unwrap_or(match (self.binary, self.little) {
            (true, _) => 1,
            (false, true) => 4,
            (false, false) => 2,
        });
        Self {
            columns,
            group: if group == 0 {
                columns
            } else {
                group.min(columns)
            },
            ..self
        }
    }
}
