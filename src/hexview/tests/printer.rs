//! The `hexyl` format against the hexyl crate's printer, byte for byte.

use super::*;

/// The output of the crate.
fn printed(options: &HexylOptions, offset: u64, bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut printer = ::hexyl::PrinterBuilder::new(&mut text)
        .show_color(options.color)
        .show_char_panel(options.characters)
        .show_position_panel(options.position)
        .with_border_style(options.border)
        .enable_squeezing(options.squeeze)
        .num_panels(options.panels.get().into())
        .group_size(options.group_size.bytes())
        .with_base(options.base.into())
        .endianness(options.endianness)
        .character_table(options.character_table)
        .color_scheme(options.color_scheme)
        .build();
    printer.display_offset(offset);
    printer.print_all(bytes).unwrap();
    text
}

proptest! {
    #[test]
    fn every_option_matches_the_crate(
        options in hexyl_options(),
        offset in offsets(),
        bytes in content(3000),
        long in any::<bool>(),
    ) {
        // The crate prints short dumps whole, so most inputs are long.
        let bytes = if long { bytes.repeat(5000_usize.div_ceil(bytes.len().max(1))) } else { bytes };
        let mut theirs = printed(&options, offset, &bytes);
        if bytes.is_empty() {
            // The crate has Unicode lines there with every border.
            let own = match options.border {
                BorderStyle::Unicode => "│",
                BorderStyle::Ascii => "|",
                BorderStyle::None => " ",
            };
            theirs = String::from_utf8(theirs).unwrap().replace('│', own).into_bytes();
        }
        for level in levels() {
            let ours = dumped_with(level, &Format::Hexyl(options), offset, &bytes);
            prop_assert_eq!(String::from_utf8_lossy(&ours), String::from_utf8_lossy(&theirs));
            prop_assert_eq!(&ours, &theirs);
        }
    }
}

#[test]
fn a_dump_of_nothing_is_ascii_unless_its_border_is_unicode() {
    for border in [BorderStyle::Ascii, BorderStyle::None] {
        let options = HexylOptions {
            border,
            ..HexylOptions::default()
        };
        let text = dumped_with(None, &Format::Hexyl(options), 0, &[]);
        let text = String::from_utf8(text).unwrap();
        assert!(text.is_ascii() && text.contains("No content"), "{text}");
    }
}

#[test]
fn the_default_layout_never_needs_the_printer_for_its_lines() {
    let is_fast = |options| hexyl::Hexyl::new(options, None).is_fast();
    let options = HexylOptions::default();
    for color in [false, true] {
        for color_scheme in [ColorScheme::Default, ColorScheme::Gradient] {
            for border in [BorderStyle::Unicode, BorderStyle::Ascii, BorderStyle::None] {
                let options = HexylOptions {
                    color,
                    color_scheme,
                    border,
                    ..options
                };
                assert!(is_fast(options));
            }
        }
    }
    let base = Base::Octal;
    assert!(!is_fast(HexylOptions { base, ..options }));
}

/// The crate reads the variables once, so each setting needs a separate process.
#[test]
fn colors_from_the_environment_match_the_crate() {
    if std::env::var_os("HEXYL_COLOR_NULL").is_some() {
        return;
    }
    for [null, other, nonascii] in [
        ["#010203", "default", "red"],
        ["red", "red", "red"],
        ["", "no such colour", "bright blue"],
    ] {
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["hexview::tests::printer", "--test-threads=1"])
            .env("HEXYL_COLOR_NULL", null)
            .env("HEXYL_COLOR_ASCII_OTHER", other)
            .env("HEXYL_COLOR_NONASCII", nonascii)
            .env("HEXYL_COLOR_OFFSET", "#ffffff")
            .env("PROPTEST_CASES", "32")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}");
        assert!(text.contains("4 passed"), "{text}");
    }
}
