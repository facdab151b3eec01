//! The detail line of `--verbose` on a source: its kind, file system and size, and how its pages were counted.

use crate::mapping::actions::tags::SharedRegion;
use crate::mapping::measure::residency::Residency;
use crate::mapping::source::Source;
use crate::mapping::source::description::Description;
use crate::mapping::types::SourceName;
use crate::report::{Console, description};

/// Writes the detail line on a source, if details are wanted.
pub(super) fn describe(console: &mut Console, source: &Source, counted: Option<&Residency>) {
    if console.is_verbose() {
        write_details(console, source.name(), &source.describe(), counted);
    }
}

/// Writes the detail line on a shared memory region that was not opened as a source.
pub(super) fn describe_region(console: &mut Console, region: &SharedRegion) {
    if console.is_verbose() {
        write_details(
            console,
            &region.name,
            &region.into(),
            Some(&region.residency),
        );
    }
}

fn write_details(
    console: &mut Console,
    name: &SourceName,
    what: &Description,
    counted: Option<&Residency>,
) {
    let text = description(console.view(), what, counted);
    console.detail(Some(name), format_args!("{text}"));
}
