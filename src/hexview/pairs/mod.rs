//! The drawing of differences between two sequences of bytes, and the list of the bytes that differ. The caller reads
//! the bytes.

mod drawing;
mod list;
mod options;
mod paint;
mod rows;

pub use list::{ByteList, byte_list_width};
pub use options::PairOptions;
pub use rows::Pairs;

/// The number of equal bytes that both sides start with.
fn equal_prefix(a: &[u8], b: &[u8]) -> usize {
    /// Bytes compared at once.
    const CHUNK: usize = 64;
    let chunks = a.as_chunks::<CHUNK>().0.iter();
    let chunks = chunks.zip(b.as_chunks::<CHUNK>().0);
    let equal = CHUNK * chunks.take_while(|(a, b)| a == b).count();
    let rest = a.iter().zip(b).skip(equal);
    equal + rest.take_while(|(a, b)| a == b).count()
}
