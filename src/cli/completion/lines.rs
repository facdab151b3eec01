//! Answers as the scripts of shells read them.

use std::fmt::Write;

use super::found::{Answer, Candidate};

/// An answer in lines, with this line for each value.
pub(super) fn lines(answer: &Answer, mut line: impl FnMut(&Candidate) -> String) -> String {
    match answer {
        Answer::Values(candidates) => {
            let mut text = String::from("values\n");
            for candidate in candidates {
                // Writing to memory does not fail.
                let _ = writeln!(text, "{}", line(candidate));
            }
            text
        }
        Answer::Files { before } => format!("files\n{before}\n"),
        Answer::Command => "command\n".to_owned(),
    }
}
