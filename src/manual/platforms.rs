//! The differences of platforms as text, from the table in `mapping::platform`. No platform is described here.

use crate::mapping::platform::Feature;
use crate::mapping::types::{Platform, Support};

/// The features that a platform supports in the same way, other than fully.
pub(super) struct Note {
    features: Vec<Feature>,
    support: Support,
}

/// The differences of a platform for a command; for features that commands share with `None`.
pub(super) fn notes(command: Option<&str>, platform: Platform) -> Vec<Note> {
    let mut notes: Vec<Note> = Vec::new();
    for feature in Feature::all().filter(|feature| feature.command() == command) {
        let support = feature.on(platform);
        match notes.iter_mut().find(|note| note.support == support) {
            _ if support == Support::Yes => {}
            Some(note) => note.features.push(feature),
            None => notes.push(Note {
                features: vec![feature],
                support,
            }),
        }
    }
    notes
}

impl Note {
    /// "`sync`, `--invalidate`: unsupported (…)", with `mark` around each name. Options have no command before them, as
    /// a note is about one command.
    pub(super) fn text(&self, mark: &str) -> String {
        let within = |feature: &Feature| {
            let name = feature.name();
            let own = feature.command().and_then(|command| {
                let rest = name.strip_prefix(command)?.strip_prefix(' ')?;
                Some(rest.to_owned())
            });
            own.unwrap_or(name)
        };
        let names = self.features.iter().map(within);
        let names: Vec<String> = names.map(|name| format!("{mark}{name}{mark}")).collect();
        format!("{}: {}", names.join(", "), self.support)
    }
}

/// The differences of this platform for a command, as `--help` shows them; empty without any.
#[must_use]
pub fn notes_here(command: Option<&str>) -> String {
    let mut text = String::new();
    for note in notes(command, Platform::THIS) {
        if text.is_empty() {
            text = format!("On {}:", Platform::THIS.name());
        }
        text.push_str("\n  ");
        text.push_str(&note.text(""));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_not_plain_is_told_once() {
        for platform in Platform::ALL {
            let mut told: Vec<Feature> = Feature::all()
                .map(Feature::command)
                .collect::<std::collections::BTreeSet<_>>()
                .into_iter()
                .flat_map(|command| notes(command, platform))
                .flat_map(|note| note.features)
                .collect();
            let mut all: Vec<Feature> = Feature::all()
                .filter(|feature| feature.on(platform) != Support::Yes)
                .collect();
            for list in [&mut told, &mut all] {
                list.sort_by_key(|feature| feature.name());
            }
            assert_eq!(told, all);
        }
    }
}
