//! Parses the arguments, runs the command, and returns the exit status.

use std::ffi::OsString;
use std::process::ExitCode;

use mmapctl::{cli, commands};

fn main() -> ExitCode {
    commands::prepare();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let exit = match cli::parse(&arguments) {
        Ok(cli) => commands::run(&cli),
        Err(refusal) => commands::refuse(refusal),
    };
    ExitCode::from(exit.status())
}
