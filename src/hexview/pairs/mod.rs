//! The drawing of differences between two sequences of bytes, and the list of the bytes that
//! differ. The caller reads the bytes.

mod drawing;
mod list;
mod options;
mod paint;
mod rows;

pub use list::{ByteList, byte_list_width};
pub use options::PairOptions;
pub use rows::Pairs;
