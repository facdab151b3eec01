//! Where the bytes of a dump come from: the [`Input`] trait that a caller implements, and an
//! input over bytes in memory.

use std::convert::Infallible;
use std::num::{NonZeroU64, NonZeroUsize};

/// What [`Input::next`] delivers: never nothing, which could be taken for the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// That many bytes were stored at the start of the buffer.
    Bytes(NonZeroUsize),
    /// The next so many bytes are zero and were not read: a hole. Nothing was stored.
    Zeros(NonZeroU64),
    /// There is nothing more.
    End,
}

/// A source of bytes, delivered in pieces of any size, in order.
pub trait Input {
    /// What can go wrong while reading.
    type Error;

    /// Delivers the next piece.
    ///
    /// Bytes go to the start of `buffer`, which is never empty and whose old content means
    /// nothing. A hole may be reported in one piece however long it is.
    ///
    /// # Errors
    /// Whatever the source fails with. Everything delivered before the error is still printed;
    /// the input is not asked again after it.
    fn next(&mut self, buffer: &mut [u8]) -> Result<Piece, Self::Error>;
}

/// Bytes that are already in memory.
#[derive(Clone, Debug)]
pub struct SliceInput<'a> {
    rest: &'a [u8],
}

impl<'a> SliceInput<'a> {
    /// Delivers `bytes` once.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }
}

impl Input for SliceInput<'_> {
    type Error = Infallible;

    fn next(&mut self, buffer: &mut [u8]) -> Result<Piece, Infallible> {
        let length = self.rest.len().min(buffer.len());
        let (now, later) = self.rest.split_at(length);
        for (to, from) in buffer.iter_mut().zip(now) {
            *to = *from;
        }
        self.rest = later;
        Ok(NonZeroUsize::new(length).map_or(Piece::End, Piece::Bytes))
    }
}
