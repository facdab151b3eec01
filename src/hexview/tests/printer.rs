//! The `hexyl` format against the hexyl crate's printer, byte for byte.

use super::*;

/// What the crate prints.
fn printed(options: &HexylOptions, offset: u64, bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut printer = ::hexyl::PrinterBuilder::new(&mut text)
        .show_color(options.color)
        .show_char_panel(options.characters)
        .show_position_panel(options.position)
        .with_border_style(options.border.into())
        .enable_squeezing(options.squeeze)
        .num_panels(options.panels.get().into())
        .group_size(options.group_size.bytes())
        .with_base(options.base.into())
        .endianness(options.endianness.into())
        .character_table(options.character_table.into())
        .color_scheme(options.color_scheme.into())
        .build();
    printer.display_offset(offset);
    printer.print_all(bytes).unwrap();
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn every_option_prints_as_the_crate(
        options in hexyl_options(),
        offset in offsets(),
        bytes in content(3000),
    ) {
        let ours = dumped(&Format::Hexyl(options), offset, &mut SliceInput::new(&bytes));
        let theirs = printed(&options, offset, &bytes);
        prop_assert_eq!(String::from_utf8_lossy(&ours), String::from_utf8_lossy(&theirs));
        prop_assert_eq!(&ours, &theirs);
    }
}
