//! The list of bytes that differ, in the format of `cmp -l`.

/// The lines of `cmp -l`: the number of the byte, from 1 on, and the byte of each side.
#[derive(Debug)]
pub struct ByteList {
    width: usize,
    decimal: bool,
}

impl ByteList {
    /// Lists bytes in octal or `decimal`. The numbers of bytes are right-aligned to `width` columns.
    #[must_use]
    pub fn new(width: usize, decimal: bool) -> Self {
        Self { width, decimal }
    }

    /// Writes the lines of the bytes that differ to the start of `text`, and returns their length. `first` bytes come
    /// before the first of `a` and `b`. Bytes that only one of them has are left out.
    ///
    /// `text` grows if needed and keeps its length otherwise: a buffer that is used again is not cleared again.
    pub fn lines(&self, first: u64, a: &[u8], b: &[u8], text: &mut Vec<u8>) -> usize {
        text.clear();
        for (place, (a, b)) in a.iter().zip(b).enumerate() {
            let number = first.saturating_add(place as u64).saturating_add(1);
            let width = self.width;
            if a != b {
                let line = match self.decimal {
                    false => format!("{number:>width$} {a:>3o} {b:>3o}\n"),
                    true => format!("{number:>width$} {a:>3} {b:>3}\n"),
                };
                text.extend_from_slice(line.as_bytes());
            }
        }
        text.len()
    }
}

/// The width of the numbers in `cmp -l`: the digits of the number of bytes that can be compared, where it is known.
#[must_use]
pub fn byte_list_width(compared: Option<u64>) -> usize {
    let most = compared.map_or(i64::MAX as u64, |compared| compared.min(i64::MAX as u64));
    most.checked_ilog10()
        .map_or(1, |digits| digits as usize + 1)
}
