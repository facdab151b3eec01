//! What an advice did, in words.

use std::io;

use super::lines::Lines;
use super::theme::Painted;
use crate::mapping::types::{Effect, Lasts};

pub(super) fn write_effect(lines: &mut Lines<'_>, effect: &Effect) -> io::Result<()> {
    let theme = lines.view.theme();
    let (lasts, reason) = (effect.lasts.text(), &effect.reason);
    let text = match (effect.lasts, effect.measured) {
        (Lasts::NoEffect, _) => format!("{} ({reason})", Painted::new(theme.warning, lasts)),
        (_, true) => format!("{}: {reason}", Painted::new(theme.good, lasts)),
        (_, false) => {
            let unknown = Painted::new(theme.warning, "unknown");
            format!("{unknown} ({reason}); what there is of it {lasts}")
        }
    };
    lines.line("effect", &text)?;
    for note in &effect.notes {
        lines.line("note", note)?;
    }
    Ok(())
}
