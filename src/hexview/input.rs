//! Where the bytes of a dump come from: the [`Input`] trait that a caller implements, and two
//! ready-made inputs.

use std::convert::Infallible;
use std::io::{self, Read};
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

impl Piece {
    /// What a reader delivered for which no bytes mean the end, as for [`Read`].
    fn read(length: usize) -> Self {
        NonZeroUsize::new(length).map_or(Self::End, Self::Bytes)
    }
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
        Ok(Piece::read(length))
    }
}

/// The bytes of a reader, up to its end.
#[derive(Debug)]
pub struct ReadInput<R>(R);

impl<R: Read> ReadInput<R> {
    /// Reads from `reader`; an interrupted read is tried again.
    pub fn new(reader: R) -> Self {
        Self(reader)
    }
}

impl<R: Read> Input for ReadInput<R> {
    type Error = io::Error;

    fn next(&mut self, buffer: &mut [u8]) -> io::Result<Piece> {
        loop {
            match self.0.read(buffer) {
                Ok(length) => return Ok(Piece::read(length)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}
