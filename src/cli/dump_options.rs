//! Which options of `dump` apply to which formats, and the format that they imply. The options are declared in `dump`.

use std::path::Path;

use clap::ValueEnum;

use super::dump::DumpArgs;
use super::format_name::FormatName;
use crate::hexview::{Base, GroupSize, HexFormat, XxdOptions, largest};
use crate::mapping::error::{Error, Result};

const HEXYL: FormatName = FormatName::Hex(HexFormat::Hexyl);
const XXD: FormatName = FormatName::Hex(HexFormat::Xxd);
const CANONICAL: FormatName = FormatName::Hex(HexFormat::Canonical);
const PLAIN: FormatName = FormatName::Hex(HexFormat::Plain);
const C: FormatName = FormatName::Hex(HexFormat::C);

/// An option: whether it is given, its name, and the formats that have it.
type Given = (bool, &'static str, &'static [FormatName]);

impl DumpArgs {
    /// The format.
    pub(super) fn format_name(&self) -> FormatName {
        let default = match self.output.output {
            Some(_) => FormatName::Raw,
            None => HEXYL,
        };
        self.requested_format().unwrap_or(default)
    }

    /// The format of `--format`, or the format that other options imply: the first one that has all of them, otherwise
    /// the first one that has the first of them.
    pub(super) fn requested_format(&self) -> Option<FormatName> {
        let implied = || {
            let given: Vec<Given> = self.layout_options().filter(|(given, ..)| *given).collect();
            let (_, _, first) = given.first()?;
            let has_all =
                |format: &&FormatName| given.iter().all(|(.., homes)| homes.contains(format));
            first.iter().find(has_all).or(first.first()).copied()
        };
        self.output.format.or_else(implied)
    }

    /// Refuses options that do not apply to the format.
    ///
    /// # Errors
    /// `usage`, with the option and the format.
    pub fn check(&self, json: bool) -> Result<()> {
        if self.hexyl.plain {
            let complaint = Error::usage("dump has no option -p or --plain");
            return Err(complaint.hint(
                "use '--format plain' for hexadecimal digits only, as printed by xxd -p, or '--bare' for panels \
                 without border, offsets and characters",
            ));
        }
        if self.output.output.as_deref() == Some(Path::new("-")) {
            let complaint = Error::usage("--output takes a file name, and '-' is not one");
            return Err(
                complaint.hint("omit --output to write to standard output; ./- names a file")
            );
        }
        if self.watch.watch.is_some() {
            self.check_watch()?;
        }
        let format = self.format_name();
        let in_json = self
            .requested_format()
            .is_none_or(|f| matches!(f, FormatName::Values | FormatName::Raw));
        if json && self.output.output.is_none() && !in_json {
            return Err(Error::usage(format!(
                "format {} cannot be printed as JSON; with --json use --format values or raw, or omit --format",
                name_of(format)
            )));
        }
        for (given, option, homes) in self.layout_options().chain(self.output_options()) {
            if given && !homes.contains(&format) {
                return Err(Error::usage(format!(
                    "{option} applies to --format {}, not to {}",
                    listed(homes),
                    name_of(format)
                )));
            }
        }
        self.check_layout(format, json)
    }

    /// Refuses what cannot be looked at again and again.
    fn check_watch(&self) -> Result<()> {
        let format = self.format_name();
        let refused = [
            (self.output.output.is_some(), "--output".to_owned()),
            (self.source.anon, "--anon".to_owned()),
            (format != HEXYL, format!("--format {}", name_of(format))),
        ];
        match refused.iter().find(|(given, _)| *given) {
            Some((_, what)) => Err(Error::usage(format!("--watch cannot be used with {what}"))),
            None => Ok(()),
        }
    }

    /// Refuses values that the format does not have.
    fn check_layout(&self, format: FormatName, json: bool) -> Result<()> {
        let layout = &self.layout;
        let refuse = |what: String| Err(Error::usage(what));
        if let (XXD | C, Some(base @ (Base::Octal | Base::Decimal))) = (format, layout.base) {
            return refuse(format!(
                "--base {} does not apply to --format {}; use hexadecimal or binary",
                base.name(),
                name_of(format)
            ));
        }
        if let Some(columns) = layout.columns {
            let (least, most) = match format {
                XXD => (1, XxdOptions::MOST_COLUMNS.into()),
                PLAIN => (0, u32::MAX),
                FormatName::Values => (1, u16::MAX.into()),
                _ => (1, u32::MAX),
            };
            if !(least..=most).contains(&columns) {
                let name = name_of(format);
                return refuse(format!(
                    "--columns in format {name} must be a number from {least} to {most}"
                ));
            }
        }
        match (format, layout.group_size) {
            (HEXYL, Some(size)) if GroupSize::of(size).is_none() => {
                let sizes = "--group-size must be 1, 2, 4 or 8 in format hexyl; use --format xxd for other sizes";
                refuse(sizes.to_owned())
            }
            (XXD, _) => self.check_xxd(),
            (FormatName::Values, _) => self.check_values(json),
            _ => Ok(()),
        }
    }

    /// Refuses combinations that `xxd` refuses, too.
    fn check_xxd(&self) -> Result<()> {
        let options = self.xxd_options(false);
        if options.little && options.binary {
            return Err(Error::usage(
                "--endianness little and --base binary exclude each other in format xxd",
            ));
        }
        if options.little && !options.group.is_power_of_two() {
            return Err(Error::usage(format!(
                "with --endianness little, --group-size must be a power of two and not exceed --columns; a group here \
                 has {} bytes",
                options.group
            )));
        }
        Ok(())
    }

    /// Refuses lines that end within a number, and what JSON has no numbers for.
    fn check_values(&self, json: bool) -> Result<()> {
        let types = self.value_types();
        let size = largest(&types);
        if let Some(columns) = self.layout.columns
            && !(columns as usize).is_multiple_of(size)
        {
            return Err(Error::usage(format!(
                "--columns must be a multiple of {size}, the size of the largest number, not {columns}"
            )));
        }
        if self.layout.columns.is_some() && self.values.width.is_some() {
            return Err(Error::usage("--columns and --width exclude each other"));
        }
        let in_json = json && self.output.output.is_none();
        if in_json && !matches!(types.as_slice(), [(kind, _)] if kind.is_decimal()) {
            return Err(Error::usage(
                "with --json, --type must be one type of decimal numbers, such as u16",
            ));
        }
        Ok(())
    }

    /// The options that imply a format.
    fn layout_options(&self) -> impl Iterator<Item = Given> {
        let (hexyl, layout, xxd, values) = (&self.hexyl, &self.layout, &self.xxd, &self.values);
        [
            (
                self.output.strings.is_some(),
                "--strings",
                &[FormatName::Strings][..],
            ),
            (hexyl.border.is_some(), "--border", &[HEXYL]),
            (hexyl.panels.is_some(), "--panels", &[HEXYL]),
            (hexyl.terminal_width.is_some(), "--terminal-width", &[HEXYL]),
            (
                hexyl.character_table.is_some(),
                "--character-table",
                &[HEXYL],
            ),
            (hexyl.color_scheme.is_some(), "--color-scheme", &[HEXYL]),
            (hexyl.no_characters, "--no-characters", &[HEXYL]),
            (hexyl.characters, "--characters", &[HEXYL]),
            (hexyl.no_position, "--no-position", &[HEXYL]),
            (hexyl.bare, "--bare", &[HEXYL]),
            (xxd.decimal_offsets, "--decimal-offsets", &[XXD]),
            (xxd.autoskip, "--autoskip", &[XXD]),
            (xxd.ebcdic, "--ebcdic", &[XXD]),
            (self.c.name.is_some(), "--name", &[C]),
            (self.c.capitalize, "--capitalize", &[C]),
            (
                !values.value_types.is_empty(),
                "--type",
                &[FormatName::Values],
            ),
            (values.width.is_some(), "--width", &[FormatName::Values]),
            (layout.group_size.is_some(), "--group-size", &[HEXYL, XXD]),
            (layout.base.is_some(), "--base", &[HEXYL, XXD, C]),
            (layout.endianness.is_some(), "--endianness", &[HEXYL, XXD]),
            (layout.little_endian, "-e", &[HEXYL, XXD]),
            (values.offsets.is_some(), "--offsets", &[FormatName::Values]),
            (
                layout.columns.is_some(),
                "--columns",
                &[XXD, PLAIN, C, FormatName::Values],
            ),
            (layout.uppercase, "--uppercase", &[XXD, PLAIN, C]),
        ]
        .into_iter()
    }

    /// The other options that not all formats have.
    fn output_options(&self) -> impl Iterator<Item = Given> {
        let output = &self.output;
        [
            (
                output.no_squeezing,
                "--no-squeezing",
                &[HEXYL, CANONICAL, FormatName::Values][..],
            ),
            (
                output.display_offset.is_some(),
                "--display-offset",
                &[
                    HEXYL,
                    XXD,
                    CANONICAL,
                    FormatName::Values,
                    FormatName::Strings,
                ],
            ),
        ]
        .into_iter()
    }
}

fn name_of(format: FormatName) -> String {
    format
        .to_possible_value()
        .map_or_else(String::new, |value| value.get_name().to_owned())
}

/// The names of formats: "xxd, plain and c".
fn listed(formats: &[FormatName]) -> String {
    let names: Vec<String> = formats.iter().copied().map(name_of).collect();
    match names.as_slice() {
        [others @ .., last] if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        names => names.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct All {
        #[command(flatten)]
        dump: DumpArgs,
    }

    fn parse(arguments: &[&str]) -> Result<DumpArgs, clap::Error> {
        let all = ["x", "file"].into_iter().chain(arguments.iter().copied());
        All::try_parse_from(all).map(|all| all.dump)
    }

    #[test]
    fn an_option_that_does_not_apply_to_the_format_is_refused() {
        assert!(parse(&["--border", "ascii"]).unwrap().check(false).is_ok());
        assert!(
            parse(&["--format", "values", "--type", "u16be"])
                .unwrap()
                .check(false)
                .is_ok()
        );
        assert!(
            parse(&["--format", "canonical", "--no-squeezing"])
                .unwrap()
                .check(false)
                .is_ok()
        );
        for wrong in [
            &["--format", "xxd", "--border", "ascii"][..],
            &["--format", "xxd", "--no-squeezing"],
            &["--format", "xxd", "--columns", "257"],
            &["--format", "c", "--columns", "0"],
            &["--format", "c", "--base", "decimal"],
            &["--format", "hexyl", "--columns", "16"],
            &["--border", "ascii", "--columns", "16"],
            &["--group-size", "3"],
            &["--uppercase", "-e", "--group-size", "3"],
            &["--uppercase", "-e", "--base", "binary"],
            &["--name", "x", "--autoskip"],
            &["--format", "plain", "--display-offset", "1"],
            &["--type", "u8", "--format", "xxd"],
            &["--type", "u8", "--border", "ascii"],
            &["--output", "x", "--no-squeezing"],
            &["--output", "-"],
            &["--plain"],
            &["-p"],
        ] {
            assert!(parse(wrong).unwrap().check(false).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn an_option_of_one_format_implies_it_and_output_implies_raw() {
        let name = |arguments: &[&str]| {
            let dump = parse(arguments).unwrap();
            dump.check(false).unwrap();
            dump.format_name()
        };
        let hexyl = FormatName::Hex(HexFormat::Hexyl);
        assert_eq!(name(&[]), hexyl);
        assert_eq!(name(&["--type", "u16"]), FormatName::Values);
        assert_eq!(name(&["--width", "60"]), FormatName::Values);
        assert_eq!(name(&["--group-size", "4"]), hexyl);
        assert_eq!(name(&["-g3", "--uppercase"]), XXD);
        for option in ["-c8", "-u", "-d", "-a", "-E", "-ec4", "-bbinary -u"] {
            assert_eq!(
                name(&option.split(' ').collect::<Vec<_>>()),
                XXD,
                "{option}"
            );
        }
        assert_eq!(name(&["--columns", "8", "--name", "x"]), C);
        assert_eq!(name(&["--base", "binary", "--capitalize"]), C);
        assert_eq!(name(&["--output", "x"]), FormatName::Raw);
        assert_eq!(name(&["--output", "x", "--type", "u8"]), FormatName::Values);
        assert_eq!(name(&["--output", "x", "--border", "ascii"]), hexyl);
        assert!(parse(&["--border", "ascii"]).unwrap().check(true).is_err());
        assert!(parse(&["--type", "u8"]).unwrap().check(true).is_ok());
    }
}
