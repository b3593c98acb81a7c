//! The look of every sheet we write: one set of cell formats and the product's colours for utilisation.

use rust_xlsxwriter::{Color, ConditionalFormatCell, ConditionalFormatCellRule, Format, FormatAlign, FormatBorder, Worksheet, XlsxError};

/// Dark ink for titles and required headings.
pub(super) const INK: Color = Color::RGB(0x1F2A37);
/// A calm grey for optional headings and bands.
pub(super) const BAND: Color = Color::RGB(0xE5E7EB);
/// Thin lines.
pub(super) const RULE: Color = Color::RGB(0xCBD5E1);
/// Text that explains.
pub(super) const MUTED: Color = Color::RGB(0x64748B);

/// Utilisation from a limit (a fraction) up to the next: fill and the colour of the text on it.
pub(super) const UTILIZATION_COLOURS: [(f64, Color, Color); 5] = [
    (0.0, Color::RGB(0xDBEAFE), Color::RGB(0x1E3A8A)),
    (0.70, Color::RGB(0xDCFCE7), Color::RGB(0x14532D)),
    (0.85, Color::RGB(0xFEF9C3), Color::RGB(0x713F12)),
    (0.95, Color::RGB(0xFED7AA), Color::RGB(0x7C2D12)),
    (1.0, Color::RGB(0xFECACA), Color::RGB(0x7F1D1D)),
];

/// The cell formats of a workbook.
pub(super) struct Formats {
    /// A sheet's title.
    pub title: Format,
    /// A sentence under the title.
    pub subtitle: Format,
    /// A heading.
    pub heading: Format,
    /// The heading of a column that may stay empty.
    pub optional_heading: Format,
    /// A period over its block of columns.
    pub band: Format,
    /// Plain text.
    pub text: Format,
    /// Text over several lines.
    pub paragraph: Format,
    /// Bold text.
    pub strong: Format,
    /// Units, without decimals.
    pub units: Format,
    /// Hours, one decimal.
    pub hours: Format,
    /// A price or a weight, two decimals.
    pub decimal: Format,
    /// A fraction shown as per cent.
    pub percent: Format,
    /// Units in a row of totals.
    pub total_units: Format,
    /// Hours in a row of totals.
    pub total_hours: Format,
    /// Per cent in a row of totals.
    pub total_percent: Format,
    /// Text in a row of totals.
    pub total_text: Format,
}

impl Formats {
    pub(super) fn new() -> Formats {
        let heading = Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Top).set_border_bottom(FormatBorder::Thin);
        let total =
            |number: &str| Format::new().set_bold().set_num_format(number).set_border_top(FormatBorder::Thin).set_border_top_color(RULE);
        Formats {
            title: Format::new().set_bold().set_font_size(15).set_font_color(INK),
            subtitle: Format::new().set_font_color(MUTED),
            heading: heading.clone().set_background_color(INK).set_font_color(Color::White),
            optional_heading: heading.set_background_color(BAND).set_font_color(INK).set_border_bottom_color(RULE),
            band: Format::new().set_bold().set_align(FormatAlign::Center).set_background_color(BAND).set_font_color(INK),
            text: Format::new(),
            paragraph: Format::new().set_text_wrap().set_align(FormatAlign::Top),
            strong: Format::new().set_bold(),
            units: Format::new().set_num_format("#,##0"),
            hours: Format::new().set_num_format("#,##0.0"),
            decimal: Format::new().set_num_format("#,##0.00"),
            percent: Format::new().set_num_format("0.0%"),
            total_units: total("#,##0"),
            total_hours: total("#,##0.0"),
            total_percent: total("0.0%"),
            total_text: total("@"),
        }
    }
}

/// Colours a range of utilisation fractions by the product's palette.
pub(super) fn colour_utilization(sheet: &mut Worksheet, first: (u32, u16), last: (u32, u16)) -> Result<(), XlsxError> {
    for (place, (from, fill, ink)) in UTILIZATION_COLOURS.into_iter().enumerate() {
        let format = Format::new().set_background_color(fill).set_font_color(ink);
        // 100 % itself still fits, so only what exceeds it, by more than rounding, is red.
        let rule = match UTILIZATION_COLOURS.get(place + 1).map(|next| next.0) {
            Some(1.0) => ConditionalFormatCellRule::Between(from, 1.000_001),
            Some(next) => ConditionalFormatCellRule::Between(from, next - 1e-9),
            None => ConditionalFormatCellRule::GreaterThan(1.000_001),
        };
        let colour = ConditionalFormatCell::new().set_rule(rule).set_format(format).set_stop_if_true(true);
        sheet.add_conditional_format(first.0, first.1, last.0, last.1, &colour)?;
    }
    Ok(())
}

/// Landscape, one page wide, the given rows repeated on every page, name and page in the footer.
pub(super) fn print_setup(sheet: &mut Worksheet, heading_rows: Option<(u32, u32)>) -> Result<(), XlsxError> {
    const A4: u8 = 9;
    sheet.set_landscape().set_paper_size(A4).set_print_fit_to_pages(1, 0).set_footer("&L&A&R&P / &N");
    sheet.set_margins(0.4, 0.4, 0.5, 0.6, 0.3, 0.3);
    if let Some((first, last)) = heading_rows {
        sheet.set_repeat_rows(first, last)?;
    }
    Ok(())
}
