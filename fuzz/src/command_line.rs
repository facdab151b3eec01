//! Command lines: one word in each line. A command line is refused in one line of text, or is a command. Its validation
//! ends the same way. Nothing is carried out, and no file is read.

use std::ffi::OsString;

use clap::CommandFactory;
use mmapctl::cli::{AdviseWork, Answer, Cli, Command, parse_by};
use mmapctl::mapping::error::{Error, Result};
use mmapctl::mapping::source::SourceSpec;
use mmapctl::mapping::types::Kind;

pub fn check(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let words = std::iter::once("mmapctl").chain(text.lines());
    let words: Vec<OsString> = words.map(OsString::from).collect();
    let cli = match parse_by(&mut Cli::command(), &words) {
        Ok(cli) => cli,
        Err(refusal) => {
            if let Answer::Wrong(error) = refusal.answer {
                check_refusal(error);
            }
            return;
        }
    };
    if let Err(error) = validate(&cli) {
        check_refusal(error);
    }
}

fn check_refusal(error: Error) {
    assert_eq!(error.kind(), Kind::Usage, "{error}");
    super::check_report(error);
}

/// What is checked of the arguments before anything is opened.
fn validate(cli: &Cli) -> Result<()> {
    let json = cli.global().json;
    match &cli.command {
        Command::Map(args) => args.own.job().map(drop),
        Command::Mirror(args) => args.own.job().map(drop),
        Command::Advise(args) => {
            if let AdviseWork::Advise(request) = args.own.work()? {
                args.own.job(request, &SourceSpec::Anonymous)?;
            }
            Ok(())
        }
        Command::Dump(args) => {
            args.own.check(json)?;
            args.own.memory.request(&args.own.range).map(drop)
        }
        Command::Diff(args) => args.own.check(json),
        Command::Fill(args) => {
            args.own.supply(0)?;
            args.own.request().map(drop)
        }
        Command::Pmap(args) => args.own.request().map(drop),
        Command::Filesize(args) => args.own.request().map(drop),
        Command::Record(args) => args.own.ring.spec().map(drop),
        Command::Replay(args) => args.own.ring.spec().map(drop),
        Command::Cached(args) if json => args.own.check_json(),
        Command::Unlink(args) => args.own.filter.filters().map(drop),
        Command::Tags(args) => args.own.filter.filters().map(drop),
        _ => Ok(()),
    }
}
