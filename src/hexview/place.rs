//! Storing short texts of fixed size at a place in a buffer. The texts are built elsewhere.

/// The limit of bytes in a short text.
pub(super) const SHORT: usize = 16;

/// A short text, padded with zeros, and its length.
pub(super) type Short = ([u8; SHORT], usize);

/// A short text; none if it is too long.
pub(super) fn padded(text: &[u8]) -> Option<Short> {
    let mut whole = [0; SHORT];
    whole.get_mut(..text.len())?.copy_from_slice(text);
    Some((whole, text.len()))
}

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

/// Stores a short text in a room of which only the places below `N - SHORT`, a power of two, are used, and returns the
/// place after it.
#[inline(always)]
pub(super) fn put<const N: usize>((text, length): Short, room: &mut [u8; N], at: usize) -> usize {
    // The remainder never changes the place. It proves to the compiler that there is room.
    let at = at % (N - SHORT);
    room[at..at + SHORT].copy_from_slice(&text);
    at + length
}
