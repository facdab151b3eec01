//! The source of the bytes of a dump: the [`Input`] trait that a caller implements, and an input
//! over bytes in memory. Files and mappings are the caller's.

use std::convert::Infallible;
use std::num::{NonZeroU64, NonZeroUsize};

/// What [`Input::next`] delivers. A length is never zero, which could be mistaken for the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// The number of bytes stored at the start of the buffer.
    Bytes(NonZeroUsize),
    /// A hole: the next bytes are this many zeros. Nothing was stored.
    Zeros(NonZeroU64),
    /// There are no bytes yet. Whole lines are written before the next call, which waits for more.
    Pause,
    /// There are no more bytes.
    End,
}

/// A source of bytes, delivered in order in pieces of any size.
pub trait Input {
    /// The error of reading.
    type Error;

    /// Delivers the next piece.
    ///
    /// Bytes go to the start of `buffer`, which is never empty and whose old content has no
    /// meaning. A hole of any length may be one piece.
    ///
    /// # Errors
    /// The error of the source. Everything delivered before the error is printed. The input is not
    /// read again after it.
    fn next(&mut self, buffer: &mut [u8]) -> Result<Piece, Self::Error>;

    /// Passes over the next bytes, at most `most`, and returns their number and a way to read them later; none if they
    /// can only be read in order.
    fn later(&mut self, _most: NonZeroUsize) -> Option<(NonZeroUsize, Box<dyn Later>)> {
        None
    }

    /// Goes back by this many bytes, because bytes could not be read later. Called after [`Input::later`] only.
    fn back(&mut self, _bytes: u64) {}
}

/// Bytes of an input that any thread can read.
pub trait Later: Send {
    /// Reads all of the bytes into `buffer`, which has their number. False if that is not possible: they are then read
    /// again in order, and the input reports the error.
    fn read(&self, buffer: &mut [u8]) -> bool;
}

/// Bytes in memory.
#[derive(Clone, Debug)]
pub struct SliceInput<'a> {
    rest: &'a [u8],
}

impl<'a> SliceInput<'a> {
    /// An input that delivers `bytes` once.
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
