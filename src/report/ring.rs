//! The report of `record`, and the objects and texts of `replay`.

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::Serialize;

use super::human::Human;
use super::lines::Lines;
use super::name::SourceFields;
use super::outcome::Report;
use super::view::View;
use super::words::time_and_rate;
use crate::mapping::actions::ring::{Piece, Recorded, Replayed};
use crate::mapping::types::{ByteLength, LengthText, SourceName, SourceOffset, count_text};

impl Human for Report<'_, Recorded> {
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let recorded = self.outcome;
        let mut lines = Lines::new(out, view);
        let heading = format!("{} recorded", view.size(recorded.recorded));
        lines.heading(self.source.0, &heading)?;
        let before = recorded.written.minus(recorded.recorded);
        let kept = view.size(recorded.length);
        let history = match recorded.created {
            true => "created".to_owned(),
            false => format!("continued after {}", view.size(before)),
        };
        lines.line("ring", &format!("keeps the last {kept}; {history}"))?;
        let time = time_and_rate(view, recorded.duration_ns, recorded.recorded);
        lines.line("time", &time)
    }
}

/// Bytes of a ring.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PieceReport<'a> {
    /// The ring.
    #[serde(flatten)]
    source: SourceFields<'a>,
    /// The position of the first byte in all bytes recorded since the ring was created.
    position: SourceOffset,
    /// The number of bytes lost before it, because the writer has overtaken this reader.
    lost: ByteLength,
    /// The bytes in base64.
    data_base64: String,
}

impl<'a> PieceReport<'a> {
    /// The object of a piece of a ring.
    #[must_use]
    pub fn new(name: &'a SourceName, piece: &Piece<'_>) -> Self {
        Self {
            source: SourceFields(name),
            position: piece.position,
            lost: piece.lost,
            data_base64: STANDARD.encode(piece.bytes),
        }
    }
}

/// The remark on bytes that were lost.
#[must_use]
pub fn lost_text(lost: ByteLength) -> String {
    format!("{} lost here: the writer was faster", LengthText(lost))
}

/// The detail about a ring that was shown.
#[must_use]
pub fn ring_text(replayed: &Replayed, view: &View) -> String {
    let running = match replayed.writer_runs {
        true => "running",
        false => "not seen running",
    };
    format!(
        "keeps the last {}; {} recorded in {}, last by process {} ({running}); {} shown",
        view.size(replayed.length),
        view.size(replayed.written),
        count_text(replayed.runs, "run"),
        replayed.writer,
        view.size(replayed.shown),
    )
}
