//! `generate`: writes the manual pages, the JSON Schemas and the completions from the definitions of the program.

use std::io::Write;
use std::path::Path;

use clap::CommandFactory;

use super::outcome::{Exit, Outcome};
use crate::cli::{Cli, GenerateArgs, completion_scripts};
use crate::manual;
use crate::mapping::error::Error;
use crate::mapping::source::output::Output;
use crate::mapping::types::{Kind, SourceName};
use crate::report::{Console, SCHEMAS, schema};

/// Carries out the command.
pub(super) fn run(args: &GenerateArgs, console: &mut Console) -> Outcome {
    match (&args.into, &args.name) {
        (Some(directory), _) => write_all(directory)?,
        (None, Some(name)) => print(name, console)?,
        (None, None) => console.write_text(|out, _| {
            generated()
                .iter()
                .try_for_each(|file| writeln!(out, "{}", file.name))
        })?,
    }
    Ok(Exit::SUCCESS)
}

/// A generated file.
struct Generated {
    /// Its path from the root of the project.
    name: String,
    contents: Vec<u8>,
}

fn generated() -> Vec<Generated> {
    let scripts = completion_scripts().into_iter();
    let scripts = scripts.map(|(name, contents)| Generated {
        name: format!("completions/{name}"),
        contents,
    });
    pages()
        .into_iter()
        .chain(schemas())
        .chain(scripts)
        .collect()
}

fn schemas() -> impl Iterator<Item = Generated> {
    let made = SCHEMAS
        .iter()
        .filter_map(|name| Some((name, schema(name)?)));
    made.map(|(name, schema)| Generated {
        name: format!("schema/{name}.schema.json"),
        contents: format!("{schema:#}\n").into_bytes(),
    })
}

fn pages() -> Vec<Generated> {
    let mut program = Cli::command();
    program.build();
    let generated = |command: &clap::Command, page: &manual::Page, printed: &str| Generated {
        name: format!("man/{}.1", manual::page_name(page.name)),
        contents: manual::render(command, page, schema(printed).as_ref()).into_bytes(),
    };
    let main = generated(&program, &manual::MAIN, "error");
    let commands = manual::commands().iter().filter_map(|page| {
        let command = program.find_subcommand(page.name)?;
        Some(generated(command, page, page.name))
    });
    std::iter::once(main).chain(commands).collect()
}

fn print(name: &str, console: &mut Console) -> anyhow::Result<()> {
    let file = generated().into_iter().find(|file| file.name == name);
    let file = file.ok_or_else(|| {
        Error::new(Kind::NotFound, "generate", "there is no file of that name")
            .on(&SourceName::File(name.into()))
            .hint("'mmapctl generate' lists the names")
    })?;
    console.write_text(|out, _| out.write_all(&file.contents))?;
    Ok(())
}

/// Writes a file, which gets its name when it is complete.
fn write_whole(path: &Path, contents: &[u8]) -> Result<(), Error> {
    let output = Output::open(path, None)?;
    let written = output.writer()?.write_all(contents);
    written.map_err(|error| output.failure(error))?;
    output.finish()
}

fn write_all(directory: &Path) -> Result<(), Error> {
    for file in generated() {
        let path = directory.join(&file.name);
        let parent = path.parent().unwrap_or(directory);
        std::fs::create_dir_all(parent).map_err(|error| {
            Error::os("create the directory", &error).on(&SourceName::File(parent.to_owned()))
        })?;
        write_whole(&path, &file.contents)?;
    }
    Ok(())
}
