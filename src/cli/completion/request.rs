//! Answers a request for completion, which an environment variable makes.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::shell::{SHELLS, Shell};
use crate::mapping::error::Error;

/// The environment variable that requests completion. Its value is the name of the shell.
const VARIABLE: &str = "MMAPCTL_COMPLETE";

/// The answer to a request for completion; without words, the script of the shell. `None` without a request.
pub(in crate::cli) fn answer(arguments: &[OsString]) -> Option<Result<Vec<u8>, Error>> {
    let shell = std::env::var_os(VARIABLE).filter(|shell| !shell.is_empty())?;
    Some(answer_shell(&shell, arguments))
}

fn answer_shell(shell: &OsStr, arguments: &[OsString]) -> Result<Vec<u8>, Error> {
    let name = Path::new(shell).file_stem().unwrap_or(shell);
    let name = name.to_string_lossy();
    let shell = Shell::named(&name).ok_or_else(|| {
        let known: Vec<&str> = SHELLS.iter().map(|shell| shell.name).collect();
        let known = known.join(", ");
        Error::usage(format!(
            "{VARIABLE} is '{name}'; the supported shells are {known}"
        ))
    })?;
    let typed = arguments.iter().skip_while(|word| *word != "--").skip(1);
    let typed: Vec<OsString> = typed.cloned().collect();
    if typed.is_empty() {
        return Ok(shell.script.as_bytes().to_vec());
    }
    let answer = (shell.answer)(&typed).map_err(|error| Error::os("complete", &error))?;
    Ok(answer.into_bytes())
}
