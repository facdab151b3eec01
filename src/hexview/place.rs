//! Storing short texts of fixed size at a place in a buffer. The texts are built elsewhere.

/// `N` bytes from `at` on.
#[inline(always)]
pub(super) fn room<const N: usize>(space: &mut [u8], at: usize) -> Option<&mut [u8; N]> {
    space.get_mut(at..)?.first_chunk_mut()
}

/// Stores all of `text` at `at`, and returns the place after its first `length` bytes. A copy of
/// fixed size is faster than an exact one, and the next text overwrites the rest.
#[inline(always)]
pub(super) fn store<const N: usize>(
    text: [u8; N],
    length: usize,
    space: &mut [u8],
    at: usize,
) -> usize {
    if let Some(place) = room(space, at) {
        *place = text;
    }
    at + length
}
