//! Tests that span formats: against the peers' binaries and against the hexyl crate.

mod peers;

use super::*;

/// The bytes of a dump of `pieces`.
fn dumped(
    format: &Format,
    offset: u64,
    input: &mut (impl Input<Error = impl std::fmt::Debug + Send> + Send),
) -> Vec<u8> {
    let mut output = Vec::new();
    dump(format, offset, input, &mut output, Control::default()).unwrap();
    output
}
