//! Words that several reports share: what may be done with a mapping, its flags, and which of its pages are in memory.

use std::io;

use super::lines::Lines;
use super::view::View;
use crate::mapping::measure::proc_maps::VmFlag;
use crate::mapping::measure::residency::Residency;
use crate::mapping::types::{Access, AccessMode, ByteLength, Named, Visibility, pages_text};

pub(super) fn size_or_none(view: &View, bytes: ByteLength) -> String {
    if bytes.is_zero() {
        "none".to_owned()
    } else {
        view.size(bytes).to_string()
    }
}

/// "r (read), shared".
pub(super) fn access_text(access: Access, visibility: Visibility) -> String {
    let (access, words) = (access.name(), in_words(access));
    format!("{access} ({words}), {}", visibility.name())
}

/// "rd mr me ms".
pub(super) fn codes(flags: &[VmFlag]) -> String {
    let codes: Vec<&str> = flags.iter().map(VmFlag::code).collect();
    codes.join(" ")
}

/// A line for each flag.
pub(super) fn explain(lines: &mut Lines<'_>, flags: &[VmFlag]) -> io::Result<()> {
    flags.iter().try_for_each(|flag| {
        let meaning = flag.meaning().unwrap_or("unknown to this program");
        lines.more(&format!("{}  {meaning}", flag.code()))
    })
}

/// What an access allows: "read and write, to private copies; execute".
fn in_words(access: Access) -> String {
    let mode = match access.mode {
        AccessMode::Read => "read",
        AccessMode::Write => "read and write",
        AccessMode::Copy => "read and write, to private copies",
        AccessMode::None => "no access",
    };
    let execute = if access.execute { "; execute" } else { "" };
    format!("{mode}{execute}")
}

/// "12 of 100 pages (12.0%), 48 KiB, 3 dirty" or "unknown: …".
pub(super) fn residency_text(view: &View, seen: &Residency) -> String {
    let counts = &seen.counts;
    let Some(resident) = counts.resident else {
        let reason = seen
            .unknown_reason
            .map(|reason| format!(": {}", reason.text()));
        let cached = counts
            .cached
            .map(|cached| format!("; {} cached", pages_text(cached)));
        return format!(
            "unknown{}{}",
            reason.unwrap_or_default(),
            cached.unwrap_or_default()
        );
    };
    if counts.pages == 0 {
        return "no pages".to_owned();
    }
    let mut text = format!(
        "{resident} of {} ({}%), {}",
        pages_text(counts.pages),
        percent(Some(resident), counts.pages),
        view.size(ByteLength(resident.saturating_mul(seen.page_size)))
    );
    for (count, word) in [
        (counts.not_up_to_date(), "cached but not up to date"),
        (counts.dirty, "dirty"),
        (counts.writeback, "under writeback"),
    ] {
        if let Some(count) = count.filter(|count| *count > 0) {
            text.push_str(&format!(", {count} {word}"));
        }
    }
    if let Some(reason) = seen.dirty_unknown_reason.filter(|_| resident > 0) {
        text.push_str(&format!(", dirty unknown: {}", reason.text()));
    }
    text
}

/// A share with one digit after the point, rounded down so that only all of it is 100.0, and something is
/// never nothing.
pub(super) fn percent(part: Option<u64>, whole: u64) -> String {
    let thousandths = part.and_then(|part| {
        let scaled = u128::from(part).saturating_mul(1000);
        scaled.checked_div(u128::from(whole))
    });
    match thousandths {
        None => "?".to_owned(),
        Some(0) if part > Some(0) => "<0.1".to_owned(),
        Some(share) => format!("{}.{}", share / 10, share % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_all_of_it_is_a_hundred_percent_and_something_is_never_nothing() {
        assert_eq!(percent(Some(999_999), 1_000_000), "99.9");
        assert_eq!(percent(Some(u64::MAX), u64::MAX), "100.0");
        assert_eq!(percent(Some(1), 1_000_000), "<0.1");
        assert_eq!(percent(Some(0), 1_000_000), "0.0");
        assert_eq!(percent(Some(1), 3), "33.3");
        assert_eq!(percent(None, 3), "?");
        assert_eq!(percent(Some(0), 0), "?");
    }
}
