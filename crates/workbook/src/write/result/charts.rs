//! Native charts of the summary, drawn from its tables.

use rust_xlsxwriter::{Chart, ChartFormat, ChartLegendPosition, ChartLine, ChartSolidFill, ChartType, Color, XlsxError};

use super::page::Page;
use super::summary::Place;

/// First column of the charts, and of the second row of them.
const LEFT: u16 = 7;
const RIGHT: u16 = 16;
const WIDTH: u32 = 560;
const HEIGHT: u32 = 300;
/// Most series that a reader tells apart.
const MOST_SERIES: u32 = 12;

/// Colours of series; those of utilisation are kept for utilisation.
const SERIES: [Color; 8] = [
    Color::RGB(0x1D4ED8),
    Color::RGB(0x0F766E),
    Color::RGB(0x7C3AED),
    Color::RGB(0xB45309),
    Color::RGB(0x475569),
    Color::RGB(0xBE185D),
    Color::RGB(0x0891B2),
    Color::RGB(0x4D7C0F),
];

/// Where the summary's tables are, if they have rows.
pub(super) struct Tables {
    pub areas: Option<Place>,
    pub periods: Option<Place>,
    pub lines: Option<Place>,
    pub unmet: Option<Place>,
}

/// Puts the charts beside the tables of the sheet of that name.
pub(super) fn insert(page: &mut Page<'_>, sheet: &str, periods: usize, tables: Tables) -> Result<(), XlsxError> {
    let l = page.language;
    if let Some(place) = tables.areas {
        let mut chart = utilization_by_area(sheet, place, periods);
        page.sheet.insert_chart(
            3,
            LEFT,
            &finish(
                &mut chart,
                l.of(&["Utilization by area and period", "Utilización por área y periodo", "Auslastung nach Bereich und Periode"]),
            ),
        )?;
    }
    if let Some(place) = tables.periods {
        let mut chart = demand_and_delivered(sheet, place);
        page.sheet.insert_chart(
            3,
            RIGHT,
            &finish(
                &mut chart,
                l.of(&[
                    "Demand and finished units by period",
                    "Demanda y unidades terminadas por periodo",
                    "Bedarf und fertige Stück je Periode",
                ]),
            ),
        )?;
    }
    if let Some(place) = tables.lines {
        let mut chart = bars(sheet, place, "0%");
        page.sheet.insert_chart(
            20,
            LEFT,
            &finish(
                &mut chart,
                l.of(&["Lines with the highest utilization", "Líneas con la mayor utilización", "Linien mit der höchsten Auslastung"]),
            ),
        )?;
    }
    if let Some(place) = tables.unmet {
        let mut chart = bars(sheet, place, "#,##0");
        page.sheet.insert_chart(
            20,
            RIGHT,
            &finish(&mut chart, l.of(&["Unmet units by model", "Unidades no atendidas por modelo", "Fehlende Stück je Modell"])),
        )?;
    }
    Ok(())
}

/// A line for each area; with one period only, columns.
fn utilization_by_area(sheet: &str, place: Place, periods: usize) -> Chart {
    let mut chart = Chart::new(if periods > 1 { ChartType::Line } else { ChartType::Column });
    let last = periods as u16;
    for (at, row) in (place.first..=place.last).take(MOST_SERIES as usize).enumerate() {
        let colour = SERIES[at % SERIES.len()];
        chart
            .add_series()
            .set_name((sheet, row, 0))
            .set_categories((sheet, place.heading, 1, place.heading, last))
            .set_values((sheet, row, 1, row, last))
            .set_format(&mut fill_and_line(colour));
    }
    chart.y_axis().set_num_format("0%").set_min(0);
    chart.legend().set_position(ChartLegendPosition::Bottom);
    chart
}

fn demand_and_delivered(sheet: &str, place: Place) -> Chart {
    let mut chart = Chart::new(ChartType::Column);
    for (column, colour) in [(1, SERIES[4]), (2, SERIES[0])] {
        chart
            .add_series()
            .set_name((sheet, place.heading, column))
            .set_categories((sheet, place.first, 0, place.last, 0))
            .set_values((sheet, place.first, column, place.last, column))
            .set_format(&mut fill_and_line(colour));
    }
    chart.y_axis().set_num_format("#,##0").set_min(0);
    chart.legend().set_position(ChartLegendPosition::Bottom);
    chart
}

/// The second column of a table as horizontal bars, the first row on top.
fn bars(sheet: &str, place: Place, number: &str) -> Chart {
    let mut chart = Chart::new(ChartType::Bar);
    chart
        .add_series()
        .set_name((sheet, place.heading, 1))
        .set_categories((sheet, place.first, 0, place.last, 0))
        .set_values((sheet, place.first, 1, place.last, 1))
        .set_gap(50)
        .set_format(&mut fill_and_line(SERIES[0]));
    // Of a bar chart the upright axis has the categories.
    chart.y_axis().set_reverse();
    chart.x_axis().set_num_format(number).set_min(0);
    chart.legend().set_hidden();
    chart
}

fn fill_and_line(colour: Color) -> ChartFormat {
    let mut format = ChartFormat::new();
    format.set_solid_fill(ChartSolidFill::new().set_color(colour)).set_line(ChartLine::new().set_color(colour).set_width(2.25));
    format
}

fn finish(chart: &mut Chart, title: &str) -> Chart {
    chart.title().set_name(title);
    chart.set_width(WIDTH).set_height(HEIGHT).set_alt_text(title);
    chart.clone()
}
