//! What a source is and how its pages were counted, told when details are wanted.

use crate::mapping::actions::tags::SharedRegion;
use crate::mapping::measure::residency::Residency;
use crate::mapping::source::Source;
use crate::mapping::source::description::Description;
use crate::mapping::types::SourceName;
use crate::report::{Console, description};

/// Tells, when details are wanted, what a source is and how its pages were counted.
pub(super) fn describe(console: &mut Console, source: &Source, counted: Option<&Residency>) {
    if console.is_verbose() {
        tell_description(console, source.name(), &source.describe(), counted);
    }
}

/// The same of a region of shared memory that was only looked at.
pub(super) fn describe_region(console: &mut Console, region: &SharedRegion) {
    if console.is_verbose() {
        tell_description(
            console,
            &region.name,
            &region.into(),
            Some(&region.residency),
        );
    }
}

fn tell_description(
    console: &mut Console,
    name: &SourceName,
    what: &Description,
    counted: Option<&Residency>,
) {
    let text = description(console.view(), what, counted);
    console.detail(Some(name), format_args!("{text}"));
}
