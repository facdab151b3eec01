//! The action `mirror`: maps the same bytes several times in a row, verifies that, and looks at it.

mod job;
mod observation;
#[cfg(test)]
mod tests;
mod verification;

pub use job::{MirrorJob, Mirrored, mirror};
pub use observation::{MOST_SHOWN, MirrorObservation, Window};
pub use verification::Verification;
