//! Texts that several reports share: ranges, growth, access, flags, resident pages, rates. A text of one report only
//! is in the file of that report.

use std::io;

use super::lines::{Lines, duration};
use super::view::View;
use crate::mapping::measure::proc_maps::VmFlag;
use crate::mapping::measure::residency::Residency;
use crate::mapping::region::observation::FlagState;
use crate::mapping::types::{
    Access, AccessMode, ByteLength, Named, PageCount, SourceOffset, Visibility, pages_text,
};

/// "offset 0 B, 64 KiB".
pub(super) fn range_text(view: &View, offset: SourceOffset, length: ByteLength) -> String {
    format!("offset {}, {}", view.offset(offset), view.size(length))
}

/// "offset 0 B, 16 pages of 4 KiB".
pub(super) fn page_range_text(
    view: &View,
    offset: SourceOffset,
    count: PageCount,
    page_size: u64,
) -> String {
    let offset = view.offset(offset);
    let (count, size) = (pages_text(count.0), view.size(ByteLength(page_size)));
    format!("offset {offset}, {count} of {size}")
}

/// The line on a source that was created or grew; none otherwise.
pub(super) fn write_growth(
    lines: &mut Lines<'_>,
    created: bool,
    old_size: ByteLength,
    new_size: ByteLength,
) -> io::Result<()> {
    let view = lines.view;
    if created {
        lines.line("created", &view.size(new_size).to_string())
    } else if new_size > old_size {
        let [old, new] = view.size_pair([old_size, new_size]);
        lines.line("grown", &format!("from {old} to {new}"))
    } else {
        Ok(())
    }
}

/// "1.2 s, 900 MiB/s"; without a rate for no bytes.
pub(super) fn time_and_rate(view: &View, nanoseconds: u64, bytes: ByteLength) -> String {
    let time = duration(nanoseconds);
    if bytes.is_zero() {
        return time;
    }
    let scaled = u128::from(bytes.0).saturating_mul(1_000_000_000);
    let rate = scaled / u128::from(nanoseconds.max(1));
    let rate = ByteLength(u64::try_from(rate).unwrap_or(u64::MAX));
    format!("{time}, {}/s", view.size(rate))
}

/// A size; "none" for 0.
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

/// The words for the effect of a flag.
pub(super) const fn flag_text(state: FlagState) -> &'static str {
    match state {
        FlagState::Seen => "in effect",
        FlagState::Done => "done",
        FlagState::Ignored => "ignored by the kernel",
        FlagState::NotSeen => "accepted, but not in effect",
        FlagState::NotShown => "accepted; the system does not show its effect",
    }
}

/// "rd mr me ms".
pub(super) fn codes(flags: &[VmFlag]) -> String {
    let codes: Vec<&str> = flags.iter().map(VmFlag::code).collect();
    codes.join(" ")
}

/// A line for each flag, with its meaning.
pub(super) fn explain(lines: &mut Lines<'_>, flags: &[VmFlag]) -> io::Result<()> {
    flags.iter().try_for_each(|flag| {
        let meaning = flag.meaning().unwrap_or("unknown to this program");
        lines.more(&format!("{}  {meaning}", flag.code()))
    })
}

/// The words for an access: "read and write, to private copies; execute".
fn in_words(access: Access) -> String {
    let mode = match access.mode {
        AccessMode::Read => "read",
        AccessMode::Write => "read and write",
        AccessMode::Copy => "read and write, to private copies",
        AccessMode::WriteOnly => "write",
        AccessMode::None if access.execute => return "execute".to_owned(),
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
    let mut text = format!(
        "{resident} of {} ({}%), {}",
        pages_text(counts.pages),
        percent(Some(resident), counts.pages),
        view.size(seen.bytes(resident))
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

/// The lines on the residency before and after. The reason for an unknown residency is given once, and not at all when
/// it is `explained` by another line.
pub(super) fn write_before_and_after(
    lines: &mut Lines<'_>,
    [before, after]: [&Residency; 2],
    explained: bool,
) -> io::Result<()> {
    let text = |seen: &Residency, explained| match explained {
        false => residency_text(lines.view, seen),
        true => {
            let unknown_reason = None;
            residency_text(
                lines.view,
                &Residency {
                    unknown_reason,
                    ..*seen
                },
            )
        }
    };
    let explained_after = explained || before.unknown_reason == after.unknown_reason;
    let [before, after] = [text(before, explained), text(after, explained_after)];
    lines.line("before", &before)?;
    lines.line("after", &after)
}

/// A percentage with one decimal, rounded down: only the whole is 100.0. A part below 0.1 that is not zero is "<0.1".
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
    fn only_the_whole_is_100_percent_and_a_part_is_never_0_percent() {
        assert_eq!(percent(Some(999_999), 1_000_000), "99.9");
        assert_eq!(percent(Some(u64::MAX), u64::MAX), "100.0");
        assert_eq!(percent(Some(1), 1_000_000), "<0.1");
        assert_eq!(percent(Some(0), 1_000_000), "0.0");
        assert_eq!(percent(Some(1), 3), "33.3");
        assert_eq!(percent(None, 3), "?");
        assert_eq!(percent(Some(0), 0), "?");
    }
}
