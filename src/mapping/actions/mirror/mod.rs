//! The action `mirror`: maps the same bytes several times in a row (`job`), verifies that, and observes it. The windows
//! themselves are in `region`.

mod job;
mod observation;
#[cfg(test)]
#[cfg(unix)]
mod tests;
mod verification;

pub use job::{MirrorJob, Mirrored, mirror};
pub use observation::{MOST_SHOWN, MirrorObservation, Window};
pub use verification::Verification;
