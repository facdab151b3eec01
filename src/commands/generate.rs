//! `generate`: writes the manual pages, the JSON Schemas and the completions from the definitions of the program.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::CommandFactory;

use super::outcome::{Exit, Outcome};
use crate::cli::{Cli, GenerateArgs, completion_scripts};
use crate::manual;
use crate::mapping::error::{Error, Result};
use crate::mapping::source::output::Output;
use crate::mapping::types::{ByteLength, Kind, SourceName};
use crate::report::{Console, GeneratedReport, schema};

/// Carries out the command.
pub(super) fn run(args: &GenerateArgs, console: &mut Console) -> Outcome {
    match (&args.into, &args.name) {
        (Some(directory), _) => write_all(directory, console)?,
        (None, Some(name)) => print(name, console)?,
        (None, None) => {
            for file in generated() {
                console.answer(&file.report(None))?;
            }
        }
    }
    Ok(Exit::SUCCESS)
}

/// A generated file.
#[derive(Clone, Debug)]
pub struct Generated {
    /// Its path in the project.
    pub kept_as: String,
    /// Its path under the prefix where it is installed, which is also its name.
    pub name: String,
    /// Its contents.
    pub contents: Vec<u8>,
}

impl Generated {
    fn report<'a>(&'a self, path: Option<&'a Path>) -> GeneratedReport<'a> {
        GeneratedReport::new(&self.name, ByteLength::of(self.contents.len()), path)
    }
}

/// Every file that the program generates.
#[must_use]
pub fn generated() -> Vec<Generated> {
    let scripts = completion_scripts().into_iter();
    let scripts = scripts.map(|script| Generated {
        kept_as: format!("completions/{}", script.kept_as),
        name: script.installed_as.to_owned(),
        contents: script.contents,
    });
    pages()
        .into_iter()
        .chain(schemas())
        .chain(scripts)
        .collect()
}

fn schemas() -> impl Iterator<Item = Generated> {
    let names = manual::commands().iter().map(|page| page.name);
    let names = names.chain(["error"]);
    let made = names.filter_map(|name| Some((name, schema(name)?)));
    made.map(|(name, schema)| Generated {
        kept_as: format!("schema/{name}.schema.json"),
        name: format!("share/mmapctl/schema/{name}.schema.json"),
        contents: format!("{schema:#}\n").into_bytes(),
    })
}

fn pages() -> Vec<Generated> {
    let mut program = Cli::command();
    program.build();
    let generated = |command: &clap::Command, page: &manual::Page, printed: &str| {
        let name = manual::page_name(page.name);
        Generated {
            kept_as: format!("man/{name}.1"),
            name: format!("share/man/man1/{name}.1"),
            contents: manual::render(command, page, schema(printed).as_ref()).into_bytes(),
        }
    };
    let main = generated(&program, &manual::MAIN, "error");
    let recipes = Generated {
        kept_as: format!("man/{}.7", manual::RECIPES),
        name: format!("share/man/man7/{}.7", manual::RECIPES),
        contents: manual::render_recipes().into_bytes(),
    };
    let commands = manual::commands().iter().filter_map(|page| {
        let command = program.find_subcommand(page.name)?;
        Some(generated(command, page, page.name))
    });
    std::iter::once(main)
        .chain(commands)
        .chain([recipes])
        .collect()
}

fn print(name: &str, console: &mut Console) -> Result<()> {
    if console.json() {
        let refused = Error::usage("--json cannot be used with NAME, which prints the file itself");
        return Err(refused.hint("use 'mmapctl generate --json' to list the files"));
    }
    let file = generated().into_iter().find(|file| file.name == name);
    let file = file.ok_or_else(|| {
        Error::new(
            Kind::NotFound,
            "generate",
            "no generated file has that name",
        )
        .on(&SourceName::File(name.into()))
        .hint("use 'mmapctl generate' to list the names")
    })?;
    console.write_text(|out, _| out.write_all(&file.contents))
}

/// Writes a file. It appears under its name when it is complete.
fn write_whole(path: &Path, contents: &[u8]) -> Result<()> {
    let output = Output::open(path, None)?;
    let written = output.writer()?.write_all(contents);
    written.map_err(|error| output.failure(error))?;
    output.finish()
}

fn write_all(directory: &Path, console: &mut Console) -> Result<()> {
    for file in generated() {
        let path = directory.join(PathBuf::from_iter(file.name.split('/')));
        let parent = path.parent().unwrap_or(directory);
        std::fs::create_dir_all(parent).map_err(|error| {
            Error::os("create the directory", &error).on(&SourceName::File(parent.to_owned()))
        })?;
        write_whole(&path, &file.contents)?;
        console.report(&file.report(Some(&path)))?;
    }
    Ok(())
}
