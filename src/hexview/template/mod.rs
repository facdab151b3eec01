//! Lines of one length: fixed text with the digits of bytes at fixed places, and then their characters. Which lines are
//! printed, and the offsets before them, is decided elsewhere.

mod shape;
mod tables;
mod vectors;

pub(super) use shape::{Digits, Template};
pub(super) use vectors::digits;
