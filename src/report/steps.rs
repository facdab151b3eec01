//! The lines on the steps of `map`: what each changed.

use std::io;

use super::effect::write_effect;
use super::lines::Lines;
use super::theme::Painted;
use super::view::View;
use super::words::flag_text;
use crate::mapping::actions::map::{State, Taken};
use crate::mapping::measure::proc_maps::VmFlag;
use crate::mapping::region::bytes::{Probe, ProbeOutcome};
use crate::mapping::types::{Access, ByteLength, Named};

/// Writes the lines on each step.
pub(super) fn write_steps(lines: &mut Lines<'_>, steps: &[Taken]) -> io::Result<()> {
    for (number, step) in (1..).zip(steps) {
        let changes = changes(lines.view, &step.before, &step.after);
        let theme = lines.view.theme();
        let text = match (step.failed, changes.is_empty()) {
            (Some(kind), true) => {
                Painted::new(theme.warning, format!("failed ({})", kind.name())).to_string()
            }
            (Some(kind), false) => format!("failed ({}); {}", kind.name(), changes.join(", ")),
            (None, true) if step.probe.is_some() => String::new(),
            (None, true) => "succeeded, but nothing changed".to_owned(),
            (None, false) => changes.join(", "),
        };
        let colon = if text.is_empty() { "" } else { ": " };
        lines.line(
            &format!("step {number}"),
            &format!("{}{colon}{text}", step.step),
        )?;
        for effect in &step.flags {
            lines.line(
                "bit",
                &format!("{}: {}", effect.flag, flag_text(effect.effect)),
            )?;
        }
        for effect in &step.effects {
            write_effect(lines, effect)?;
        }
        if let Some(probe) = &step.probe {
            lines.line("probe", &probe_text(probe))?;
        }
    }
    Ok(())
}

/// The differences of two states: "access w to r", "VmFlags -wr", "Rss 0 B to 16 KiB".
fn changes(view: &View, before: &State, after: &State) -> Vec<String> {
    let mut changes = Vec::new();
    if let (Some(old), Some(new)) = (before.address, after.address)
        && old != new
    {
        changes.push(format!("moved from {:#x} to {:#x}", old.0, new.0));
    }
    let sizes = |label: &str, before: Option<ByteLength>, after: Option<ByteLength>| {
        let (before, after) = before
            .zip(after)
            .filter(|(before, after)| before != after)?;
        let [before, after] = view.size_pair([before, after]);
        Some(format!("{label} {before} to {after}"))
    };
    let counts = |label: &str, before: Option<u64>, after: Option<u64>| {
        let (before, after) = before
            .zip(after)
            .filter(|(before, after)| before != after)?;
        Some(format!("{label} {before} to {after}"))
    };
    changes.extend(sizes("mapped", Some(before.length), Some(after.length)));
    changes.extend(counts("mappings", before.mappings, after.mappings));
    if before.access != after.access && !after.access.is_empty() {
        let [old, new] = [&before.access, &after.access].map(|access| accesses(access));
        changes.push(format!("access {old} to {new}"));
    }
    if let (Some(old), Some(new)) = (&before.vm_flags, &after.vm_flags) {
        let flags = difference(old, new);
        changes.extend((!flags.is_empty()).then(|| format!("VmFlags {flags}")));
    }
    if let Some(name) = after
        .name
        .as_ref()
        .filter(|name| before.name.as_ref() != Some(name))
    {
        changes.push(format!("name {name}"));
    }
    changes.extend(counts("resident pages", before.resident, after.resident));
    changes.extend(counts("dirty pages", before.dirty, after.dirty));
    changes.extend(sizes("Rss", before.rss, after.rss));
    changes.extend(sizes(
        "private dirty",
        before.private_dirty,
        after.private_dirty,
    ));
    changes.extend(sizes("huge", before.huge, after.huge));
    changes.extend(sizes("locked", before.locked, after.locked));
    changes
}

/// "r, none".
fn accesses(access: &[Access]) -> String {
    let names: Vec<&str> = access.iter().map(|access| access.name()).collect();
    names.join(", ")
}

/// "+lo -wr".
fn difference(old: &[VmFlag], new: &[VmFlag]) -> String {
    let added = new.iter().filter(|flag| !old.contains(flag));
    let removed = old.iter().filter(|flag| !new.contains(flag));
    let added = added.map(|flag| format!("+{}", flag.code()));
    let removed = removed.map(|flag| format!("-{}", flag.code()));
    added.chain(removed).collect::<Vec<String>>().join(" ")
}

fn probe_text(probe: &Probe) -> String {
    let word = |outcome| match outcome {
        ProbeOutcome::Allowed => "yes",
        ProbeOutcome::Refused => "no",
        ProbeOutcome::Truncated => "no (the file ends before the page)",
        ProbeOutcome::DiskFull => "no (the disk is full)",
        ProbeOutcome::IoError => "no (I/O error)",
        ProbeOutcome::NoMemory => "no (out of memory)",
        ProbeOutcome::HardwareError => "no (hardware error)",
        ProbeOutcome::Unavailable => "no (the page could not be provided)",
        ProbeOutcome::Untried => "not tried (nothing in the page is safe to execute)",
    };
    format!(
        "read {}, write {}, execute {}",
        word(probe.read),
        word(probe.write),
        word(probe.execute)
    )
}
