//! Writes a page from the definitions of a command, its prose, and the schema of its JSON. No prose about a single
//! command is here.

use clap::{Arg, Command};
use roff::{Inline, bold, italic, roman};
use serde_json::Value;

use super::objects::{Object, objects};
use super::page::{Example, Page};
use super::pages::main::MAIN;
use super::platforms::notes;
use super::roff::{Writer, inlines, usage};
use crate::mapping::types::{Kind, Named, Platform};

/// The release date of this version, for the foot of the pages.
pub const RELEASED: &str = "2026-11-21";

/// The program and its version, for the foot of the pages.
pub(super) const SOURCE: &str = concat!("mmapctl ", env!("CARGO_PKG_VERSION"));

/// The source of a manual page. `command` is built; its name is `mmapctl` or one of its commands. `schema` describes the
/// objects that the command prints; for the page about all commands, the object of a failure.
#[must_use]
pub fn render(command: &Command, page: &Page, schema: Option<&Value>) -> String {
    let name = page_name(page.name);
    let mut out = Writer::default();
    out.title([&name.to_uppercase(), "1", RELEASED, SOURCE, "User Commands"]);
    out.section("NAME");
    out.line(&format!("{name} - {}", about(command)));
    out.section("SYNOPSIS");
    out.inlines(usage(&synopsis(command)));
    description(&mut out, command, page);
    if page.name == MAIN.name {
        commands(&mut out, command);
    }
    options(&mut out, command);
    for section in page.sections {
        out.section(section.title);
        out.blocks(section.blocks, true);
    }
    exit_status(&mut out, page);
    environment(&mut out, page);
    json(&mut out, page, schema);
    out.section("PORTABILITY");
    out.blocks(page.portability, true);
    platforms(&mut out, page);
    out.section("EXAMPLES");
    for (index, example) in page.examples.iter().enumerate() {
        if index > 0 {
            out.paragraph();
        }
        write_example(&mut out, example);
    }
    see_also(&mut out, command, page);
    out.finish()
}

/// The differences of each platform. The page about all commands has those that the commands share.
fn platforms(out: &mut Writer, page: &Page) {
    let command = (page.name != MAIN.name).then_some(page.name);
    for platform in Platform::ALL {
        let notes = notes(command, platform);
        if notes.is_empty() {
            continue;
        }
        let texts: Vec<String> = notes.iter().map(|note| note.text("`")).collect();
        out.item(inlines(platform.name()), &texts.join("\n\n"));
    }
}

/// The name of the page about a command.
#[must_use]
pub fn page_name(command: &str) -> String {
    if command == MAIN.name {
        MAIN.name.to_owned()
    } else {
        format!("{}-{command}", MAIN.name)
    }
}

fn about(command: &Command) -> String {
    let about = command.get_about().map(ToString::to_string);
    let about = about.unwrap_or_default();
    // whatis(1) shows a phrase in lower case.
    let mut letters = about.trim_end_matches('.').chars();
    letters
        .next()
        .map(|first| first.to_lowercase().chain(letters).collect())
        .unwrap_or_default()
}

fn synopsis(command: &Command) -> String {
    let usage = command.clone().render_usage().to_string();
    let words = usage.trim_start_matches("Usage: ").split_whitespace();
    words.collect::<Vec<_>>().join(" ")
}

fn description(out: &mut Writer, command: &Command, page: &Page) {
    out.section("DESCRIPTION");
    let about = command.get_long_about().or_else(|| command.get_about());
    let about = about.map(ToString::to_string).unwrap_or_default();
    for (index, paragraph) in super::roff::paragraphs(&about).enumerate() {
        if index > 0 {
            out.paragraph();
        }
        let mut text = paragraph;
        if !text.ends_with(['.', ':']) {
            text.push('.');
        }
        out.line(&text);
    }
    out.blocks(page.description, false);
}

fn commands(out: &mut Writer, command: &Command) {
    out.section("COMMANDS");
    for command in command.get_subcommands().filter(|c| !c.is_hide_set()) {
        if command.get_name() == "help" {
            continue;
        }
        let term = vec![bold(page_name(command.get_name())), roman("(1)".to_owned())];
        let about = command.get_about().map(ToString::to_string);
        out.item(term, &about.unwrap_or_default());
    }
}

fn options(out: &mut Writer, command: &Command) {
    out.section("OPTIONS");
    let shown: Vec<&Arg> = command
        .get_arguments()
        .filter(|arg| !arg.is_hide_set())
        .collect();
    let mut headings: Vec<&str> = Vec::new();
    for heading in shown.iter().map(|arg| heading_of(arg)) {
        if !headings.contains(&heading) {
            headings.push(heading);
        }
    }
    // The headings that every command has come last, in this order.
    headings.sort_by_key(|heading| match *heading {
        "Output" => 1,
        HELP => 2,
        _ => 0,
    });
    for heading in headings {
        out.part(heading);
        let (operands, options): (Vec<&Arg>, Vec<&Arg>) = shown
            .iter()
            .copied()
            .filter(|arg| heading_of(arg) == heading)
            .partition(|arg| arg.is_positional());
        for arg in operands.into_iter().chain(options) {
            option(out, arg);
        }
    }
}

/// The heading of the options that clap gives to every program.
const HELP: &str = "Help";

fn heading_of(arg: &Arg) -> &str {
    match arg.get_id().as_str() {
        "help" | "version" => HELP,
        _ => arg.get_help_heading().unwrap_or("Arguments"),
    }
}

fn option(out: &mut Writer, arg: &Arg) {
    let help = arg.get_long_help().or_else(|| arg.get_help());
    let mut help = help.map(ToString::to_string).unwrap_or_default();
    for default in arg
        .get_default_values()
        .iter()
        .filter(|_| takes_values(arg))
    {
        help.push_str(&format!(" [default: {}]", default.to_string_lossy()));
    }
    out.item(term_of(arg), &help);
    let values: Vec<_> = arg
        .get_possible_values()
        .into_iter()
        .filter(|value| !value.is_hide_set())
        .collect();
    if values.is_empty() || !takes_values(arg) {
        return;
    }
    out.shift();
    for (index, value) in values.into_iter().enumerate() {
        if index == 1 {
            out.tight();
        }
        let text = value.get_help().map(ToString::to_string);
        let mut term = vec![bold(value.get_name())];
        for alias in value.get_name_and_aliases().skip(1) {
            term.push(roman(", "));
            term.push(bold(alias));
        }
        out.item(term, &text.unwrap_or_default());
    }
    out.loose();
    out.unshift();
}

fn takes_values(arg: &Arg) -> bool {
    arg.get_num_args().is_none_or(|range| range.takes_values())
}

/// `-o, --offset OFFSET`, `--hold[=DURATION]`, `FILE...`
fn term_of(arg: &Arg) -> Vec<Inline> {
    let mut made = Vec::new();
    if let Some(short) = arg.get_short() {
        made.push(bold(format!("-{short}")));
    }
    if let Some(long) = arg.get_long() {
        if !made.is_empty() {
            made.push(roman(", "));
        }
        made.push(bold(format!("--{long}")));
    }
    if !takes_values(arg) {
        return made;
    }
    let names = arg.get_value_names().unwrap_or_default();
    let names: Vec<&str> = names.iter().map(clap::builder::Str::as_str).collect();
    let value = names.join(" ");
    let range = arg.get_num_args();
    let optional = range.is_some_and(|range| range.min_values() == 0);
    if arg.is_positional() {
        made.push(italic(value));
        if range.is_some_and(|range| range.max_values() > 1) {
            made.push(roman(" ..."));
        }
        return made;
    }
    let (open, close) = match (optional, arg.is_require_equals_set()) {
        (true, true) => ("[=", "]"),
        (true, false) => (" [", "]"),
        (false, true) => ("=", ""),
        (false, false) => (" ", ""),
    };
    made.extend([roman(open), italic(value), roman(close)]);
    made
}

fn exit_status(out: &mut Writer, page: &Page) {
    out.section("EXIT STATUS");
    out.item(vec![bold("0")], "Success.");
    for kind in Kind::ALL {
        let own = page.exits.iter().find(|(own, _)| own == kind);
        let common = page.name == MAIN.name
            || kind.is_request()
            || matches!(kind, Kind::Failed | Kind::Usage);
        let text = match own {
            Some((_, text)) => text,
            None if common => kind.help(),
            None => continue,
        };
        let name = format!(" ({})", kind.name());
        let term = vec![bold(kind.exit_status().to_string()), roman(name)];
        out.item(term, text);
    }
    if page.name != MAIN.name {
        out.paragraph();
        out.line("The table of all statuses is in `mmapctl`(1).");
    }
}

fn environment(out: &mut Writer, page: &Page) {
    out.section("ENVIRONMENT");
    for (name, text) in page.environment {
        out.item(inlines(&format!("`{name}`")), text);
    }
    if page.name != MAIN.name {
        let own = |name| page.environment.iter().any(|(own, _)| *own == name);
        for (name, text) in MAIN.environment.iter().filter(|(name, _)| !own(*name)) {
            out.item(inlines(&format!("`{name}`")), text);
        }
    }
}

fn json(out: &mut Writer, page: &Page, schema: Option<&Value>) {
    out.section("JSON OUTPUT");
    out.blocks(page.json, true);
    let listed = schema.map(objects).unwrap_or_default();
    for (index, object) in listed.iter().enumerate() {
        if index > 0 || !page.json.is_empty() {
            out.paragraph();
        }
        write_object(out, object);
    }
    if page.name != MAIN.name {
        out.paragraph();
        out.line("A failure is one object on standard error: see `mmapctl`(1).");
    }
}

fn write_object(out: &mut Writer, object: &Object) {
    if object.at == [""] {
        out.line(&format!("{}:", object.about));
    } else {
        let paths: Vec<String> = object.at.iter().map(|at| format!("`{at}`")).collect();
        out.line(&format!("{}: {}.", paths.join(", "), object.about));
    }
    out.shift();
    out.tight();
    for field in &object.fields {
        out.item(vec![bold(field.path.as_str())], &field.text);
        if !field.words.is_empty() {
            out.shift();
            for (word, text) in &field.words {
                out.item(vec![bold(word.as_str())], text);
            }
            out.unshift();
        }
    }
    out.loose();
    out.unshift();
}

fn write_example(out: &mut Writer, example: &Example) {
    let mut what = example.what.to_owned();
    if let Some(first) = what.get(..1).map(str::to_uppercase) {
        what.replace_range(..1, &first);
    }
    out.line(&format!("{what}:"));
    out.code(example.command);
}

fn see_also(out: &mut Writer, command: &Command, page: &Page) {
    out.section("SEE ALSO");
    let mut pages: Vec<(String, &str)> = Vec::new();
    if page.name == MAIN.name {
        let own = command.get_subcommands().filter(|c| !c.is_hide_set());
        let own = own.filter(|c| c.get_name() != "help");
        pages.extend(own.map(|c| (page_name(c.get_name()), "1")));
    } else {
        pages.push((MAIN.name.to_owned(), "1"));
    }
    let more = page.see_also.iter();
    pages.extend(more.map(|(name, section)| ((*name).to_owned(), *section)));
    let mut made = Vec::new();
    for (name, section) in pages {
        if !made.is_empty() {
            made.push(roman(", "));
        }
        made.push(bold(name));
        made.push(roman(format!("({section})")));
    }
    out.inlines(made);
}
