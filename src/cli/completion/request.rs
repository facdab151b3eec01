//! What a shell that asks the program is told.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::shell::{SHELLS, Shell};
use crate::mapping::error::Error;

/// The environment variable that asks for completion, and of which shell.
const VARIABLE: &str = "MMAPCTL_COMPLETE";

/// What a shell is told, when it is a shell that asks: an answer, or its script when nothing is typed.
pub(in crate::cli) fn answer(arguments: &[OsString]) -> Option<Result<Vec<u8>, Error>> {
    let shell = std::env::var_os(VARIABLE).filter(|shell| !shell.is_empty())?;
    Some(tell(&shell, arguments))
}

fn tell(shell: &OsStr, arguments: &[OsString]) -> Result<Vec<u8>, Error> {
    let name = Path::new(shell).file_stem().unwrap_or(shell);
    let name = name.to_string_lossy();
    let shell = Shell::named(&name).ok_or_else(|| {
        let known: Vec<&str> = SHELLS.iter().map(|shell| shell.name).collect();
        let known = known.join(", ");
        Error::usage(format!("{VARIABLE} is '{name}'; the shells are {known}"))
    })?;
    let typed = arguments.iter().skip_while(|word| *word != "--").skip(1);
    let typed: Vec<OsString> = typed.cloned().collect();
    if typed.is_empty() {
        return Ok(shell.script.as_bytes().to_vec());
    }
    let answer = (shell.answer)(&typed).map_err(|error| Error::os("complete", &error))?;
    Ok(answer.into_bytes())
}
