//! The format of answers, which the completion scripts read.

use std::fmt::Write;

use super::found::{Answer, Candidate};

/// An answer as lines. `line` formats a value.
pub(super) fn lines(answer: &Answer, mut line: impl FnMut(&Candidate) -> String) -> String {
    match answer {
        Answer::Values(candidates) => {
            let mut text = String::from("values\n");
            for candidate in candidates {
                // Writing to a string never fails.
                let _ = writeln!(text, "{}", line(candidate));
            }
            text
        }
        Answer::Files { before } => format!("files\n{before}\n"),
        Answer::Command => "command\n".to_owned(),
    }
}
