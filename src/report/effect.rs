//! The effect of advice in a report: its duration, the reason, and the notes. The sentences are in `finding`.

use std::borrow::Cow;
use std::io;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use super::finding::finding;
use super::lines::Lines;
use super::theme::Painted;
use crate::mapping::types::{Effect, Finding, Lasts};

/// How long an effect lasts, in words.
#[must_use]
pub(super) const fn lasts_text(lasts: Lasts) -> &'static str {
    match lasts {
        Lasts::OutlivesCommand => "outlives the command",
        Lasts::WhileMapped => "lasts as long as the mapping",
        Lasts::NoEffect => "no effect",
    }
}

/// Writes the lines on an effect.
pub(super) fn write_effect(lines: &mut Lines<'_>, effect: &Effect) -> io::Result<()> {
    let theme = lines.view.theme();
    let (lasts, reason) = (lasts_text(effect.lasts), finding(&effect.reason));
    let text = match (effect.lasts, effect.measured) {
        (Lasts::NoEffect, _) => format!("{} ({reason})", Painted::new(theme.warning, "none")),
        (_, true) => format!("{}: {reason}", Painted::new(theme.good, lasts)),
        (_, false) if matches!(effect.reason, Finding::Changes(_)) => {
            let unknown = Painted::new(theme.warning, "duration unknown");
            format!("{unknown}: {reason}")
        }
        (_, false) => {
            let unknown = Painted::new(theme.warning, "unknown");
            format!("{unknown} ({reason})")
        }
    };
    lines.line("effect", &text)?;
    for note in &effect.notes {
        lines.line("note", &finding(note))?;
    }
    Ok(())
}

impl JsonSchema for Finding {
    fn schema_name() -> Cow<'static, str> {
        "Finding".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

/// A finding is its sentence in JSON.
impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&finding(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::types::{Arrival, Change, ChangeKind, Extent, PageFinding};
    use crate::report::View;

    #[test]
    fn the_line_names_the_duration_or_why_there_is_none() {
        let line = |lasts, measured, reason: Finding| {
            let effect = Effect {
                lasts,
                measured,
                reason,
                notes: Vec::new(),
            };
            let (mut out, view) = (Vec::new(), View::plain());
            write_effect(&mut Lines::new(&mut out, &view), &effect).unwrap();
            String::from_utf8(out).unwrap()
        };
        let came = || {
            Finding::Changes(vec![Change {
                extent: Extent::Pages(2),
                kind: ChangeKind::CameIntoMemory,
            }])
        };
        let label = "  effect      ";
        assert_eq!(
            line(Lasts::OutlivesCommand, true, came()),
            format!("{label}outlives the command: 2 pages became resident\n")
        );
        assert_eq!(
            line(Lasts::OutlivesCommand, false, came()),
            format!("{label}duration unknown: 2 pages became resident\n")
        );
        assert_eq!(
            line(Lasts::NoEffect, true, PageFinding::HugeAlready.into()),
            format!("{label}none (the pages were already huge)\n")
        );
    }

    #[test]
    fn json_has_the_sentences_of_the_text() {
        let effect = Effect {
            lasts: Lasts::NoEffect,
            measured: true,
            reason: PageFinding::HugeAlready.into(),
            notes: vec![Arrival::Missing(1).into()],
        };
        assert_eq!(
            serde_json::to_string(&effect).unwrap(),
            r#"{"lasts":"no-effect","measured":true,"reason":"the pages were already huge","notes":["still missing: 1 page"]}"#
        );
    }
}
