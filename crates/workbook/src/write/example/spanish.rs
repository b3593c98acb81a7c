//! The example plant as the Spanish workbook that it grew by itself (shape B), quirks included.
//!
//! What makes it hard, all seen in the field: titles merged above the headings, one sheet per area beside a sheet for the rest,
//! an older copy of a sheet, areas spelled differently from sheet to sheet and with stray line breaks, lists of lines with every
//! kind of separator, times with decimal commas as text, efficiencies as 0.85, 85 and `85 %`, years as numbers and as text,
//! volumes as formulas and as text, blank rows, notes, a scratch sheet and an old result.

use rust_xlsxwriter::{Format, FormatAlign, Formula, Workbook, Worksheet, XlsxError};

use super::plant::{AREAS, LINES, OPERATING_DAYS, PRODUCTS, Part, Product, YEARS};
use crate::write::{WriteError, new_workbook};

/// The workbook as xlsx bytes.
pub(super) fn workbook() -> Result<Vec<u8>, WriteError> {
    let mut workbook = new_workbook("Capacidad Hermosillo")?;
    let look = Look::new();
    notes(workbook.add_worksheet())?;
    lines(workbook.add_worksheet(), &look)?;
    steps(&mut workbook, &look, "SMT Settings", "Configuración SMT, planta Hermosillo", &[0])?;
    steps(&mut workbook, &look, "Modelos", "Modelos por área (SMT va en su hoja)", &[1, 2, 3, 4, 5])?;
    old_copy(workbook.add_worksheet(), &look)?;
    volumes(workbook.add_worksheet(), &look)?;
    old_result(workbook.add_worksheet(), &look)?;
    scratch(workbook.add_worksheet())?;
    Ok(workbook.save_to_buffer()?)
}

struct Look {
    title: Format,
    heading: Format,
    number: Format,
}

impl Look {
    fn new() -> Look {
        Look {
            title: Format::new().set_bold().set_font_size(14).set_align(FormatAlign::Center).set_background_color(0xFFE699),
            heading: Format::new().set_bold().set_background_color(0xBDD7EE).set_text_wrap(),
            number: Format::new().set_num_format("#,##0"),
        }
    }
}

fn title(sheet: &mut Worksheet, look: &Look, text: &str, last_column: u16) -> Result<(), XlsxError> {
    sheet.merge_range(0, 0, 0, last_column, text, &look.title)?;
    Ok(())
}

fn headings(sheet: &mut Worksheet, look: &Look, row: u32, texts: &[&str]) -> Result<(), XlsxError> {
    for (column, text) in texts.iter().enumerate() {
        sheet.write_string_with_format(row, column as u16, *text, &look.heading)?;
        sheet.set_column_width(column as u16, 18)?;
    }
    Ok(())
}

fn notes(sheet: &mut Worksheet) -> Result<(), XlsxError> {
    sheet.set_name("Notas")?;
    for (row, text) in [
        "Plan de capacidad 2026-2030, versión de trabajo",
        "Recubrimiento: CC-03 solo tiene aprobados cámaras, Halden y servo. Preguntar a calidad por el Battery Monitor Cell.",
        "ICT-05 es de Halden, un turno. No mezclar.",
        "Cluster C1 termina en 2027, entra C2.",
        "Zonal Controller: SOP 2028, aprobar las líneas antes.",
        "¿Y si recubrimiento trabaja 288 días?",
    ]
    .into_iter()
    .enumerate()
    {
        sheet.write_string(row as u32 + row as u32 / 2, 1, text)?;
    }
    Ok(())
}

fn lines(sheet: &mut Worksheet, look: &Look) -> Result<(), XlsxError> {
    sheet.set_name("Lineas_Produccion")?;
    headings(sheet, look, 0, &["Area", "nombre", "tiempo_disponible", "eficiencia", "Comentarios"])?;
    let mut row = 1;
    let mut last_area = 0;
    for (area, name, seconds, efficiency) in &LINES {
        // A blank row between the areas, as people leave it.
        if *area != last_area {
            row += 1;
            last_area = *area;
        }
        sheet.write_string(row, 0, ["SMT", "ICT", "CONFORMAL", "Router", "Final Assembly", "EOL Test"][*area])?;
        sheet.write_string(row, 1, *name)?;
        sheet.write_number(row, 2, *seconds)?;
        sheet.write_number(row, 3, efficiency / 100.0)?;
        match *name {
            "CC-03" => sheet.write_string(row, 4, "dos turnos, material acrílico")?,
            "ICT-05" => sheet.write_string(row, 4, "celda Halden, un turno")?,
            "SMT-06" | "SMT-07" => sheet.write_string(row, 4, "tarjetas pesadas")?,
            _ => sheet,
        };
        row += 1;
    }
    Ok(())
}

const STEP_HEADINGS: [&str; 10] = [
    "BU",
    "Area",
    "Familia",
    "Nombre",
    "Lado (Top/Bottom)",
    "Tiempo de ciclo (s)",
    "Cantidad Por Producto",
    "Lineas_compatibles",
    "Prioridad",
    "Eficiencia",
];

/// A sheet with one row for each board and side of every product in some areas.
fn steps(workbook: &mut Workbook, look: &Look, name: &str, heading: &str, areas: &[usize]) -> Result<(), XlsxError> {
    let sheet = workbook.add_worksheet();
    sheet.set_name(name)?;
    title(sheet, look, heading, 9)?;
    headings(sheet, look, 2, &STEP_HEADINGS)?;
    let mut row = 3;
    for area in areas {
        for product in &PRODUCTS {
            for part in product.parts(*area) {
                step(sheet, row, product, *area, &part)?;
                row += 1;
            }
        }
        row += 1;
    }
    Ok(())
}

fn step(sheet: &mut Worksheet, row: u32, product: &Product, area: usize, part: &Part) -> Result<(), XlsxError> {
    sheet.write_string(row, 0, product.customer)?;
    sheet.write_string(row, 1, spelled_area(area, row))?;
    sheet.write_string(row, 2, if row % 17 == 5 { format!("{} ", product.name) } else { product.name.to_owned() })?;
    sheet.write_string(row, 3, part.name)?;
    if !part.side.is_empty() {
        sheet.write_string(row, 4, part.side)?;
    }
    // Someone typed decimals with a comma, and Excel kept them as text.
    if part.cycle_time_s.fract() != 0.0 && row % 3 == 1 {
        sheet.write_string(row, 5, part.cycle_time_s.to_string().replace('.', ","))?;
    } else {
        sheet.write_number(row, 5, part.cycle_time_s)?;
    }
    sheet.write_number(row, 6, part.pieces)?;
    sheet.write_string(row, 7, line_list(&product.lines(area), row))?;
    sheet.write_number(row, 8, product.priority)?;
    efficiency(sheet, row, product, area)
}

/// The row's own efficiency, where somebody filled it in: it says what the lines say, each time in another way.
fn efficiency(sheet: &mut Worksheet, row: u32, product: &Product, area: usize) -> Result<(), XlsxError> {
    let lines = product.lines(area);
    let Some(first) = lines.first().map(|line| LINES[*line].3) else { return Ok(()) };
    if lines.iter().any(|line| LINES[*line].3 != first) {
        return Ok(());
    }
    match row % 7 {
        1 => sheet.write_number(row, 9, first)?,
        3 => sheet.write_number(row, 9, first / 100.0)?,
        5 => sheet.write_string(row, 9, format!("{first} %"))?,
        _ => sheet,
    };
    Ok(())
}

fn spelled_area(area: usize, row: u32) -> String {
    let name = AREAS[area];
    match row % 5 {
        1 => name.to_uppercase(),
        2 => name.to_lowercase(),
        3 => name.replace(' ', "\n"),
        _ => name.to_owned(),
    }
}

fn line_list(lines: &[usize], row: u32) -> String {
    let names: Vec<&str> = lines.iter().map(|line| LINES[*line].1).collect();
    match row % 4 {
        0 => names.join(","),
        1 => names.join(",\n"),
        2 => names.join(", ") + ",",
        _ => names.join(", "),
    }
}

/// Last year's copy of the SMT sheet, with times that nobody has updated.
fn old_copy(sheet: &mut Worksheet, look: &Look) -> Result<(), XlsxError> {
    sheet.set_name("SMT Settings (2)")?;
    title(sheet, look, "Configuración SMT 2025 (anterior)", 9)?;
    headings(sheet, look, 2, &STEP_HEADINGS)?;
    let mut row = 3;
    for product in PRODUCTS.iter().take(9) {
        for part in product.parts(0) {
            let older = Part { cycle_time_s: part.cycle_time_s + 2.0, ..part };
            step(sheet, row, product, 0, &older)?;
            row += 1;
        }
    }
    Ok(())
}

fn volumes(sheet: &mut Worksheet, look: &Look) -> Result<(), XlsxError> {
    sheet.set_name("Volumenes_Produccion")?;
    title(sheet, look, "Volumen anual por familia (piezas)", 6)?;
    headings(sheet, look, 1, &["Familia", "Dias Operacion Anual"])?;
    for (period, year) in YEARS.iter().enumerate() {
        let column = period as u16 + 2;
        match period {
            3 => sheet.write_string_with_format(1, column, year.to_string(), &look.heading)?,
            _ => sheet.write_number_with_format(1, column, *year, &look.heading)?,
        };
    }
    let mut row = 2;
    for (index, product) in PRODUCTS.iter().enumerate() {
        row += u32::from(index % 12 == 11);
        sheet.write_string(row, 0, product.name)?;
        sheet.write_number(row, 1, OPERATING_DAYS)?;
        for period in 0..YEARS.len() {
            volume(sheet, look, row, period, product)?;
        }
        row += 1;
    }
    Ok(())
}

fn volume(sheet: &mut Worksheet, look: &Look, row: u32, period: usize, product: &Product) -> Result<(), XlsxError> {
    let column = period as u16 + 2;
    let units = product.volumes[period] * 1_000.0;
    let before = period.checked_sub(1).map_or(0.0, |before| product.volumes[before] * 1_000.0);
    if units == 0.0 && row.is_multiple_of(2) {
        return Ok(());
    }
    if row % 6 == 3 && before > 0.0 && units > before {
        let cell = rust_xlsxwriter::utility::row_col_to_cell(row, column - 1);
        let formula = Formula::new(format!("={cell}+{}", units - before)).set_result(units.to_string());
        sheet.write_formula_with_format(row, column, formula, &look.number)?;
    } else if row % 11 == 4 && period == 2 {
        sheet.write_string(row, column, format!("{units} "))?;
    } else {
        sheet.write_number_with_format(row, column, units, &look.number)?;
    }
    Ok(())
}

/// An answer of last year, every product spread evenly over its lines.
fn old_result(sheet: &mut Worksheet, look: &Look) -> Result<(), XlsxError> {
    sheet.set_name("Resultados_SMT")?;
    let shown = &PRODUCTS[..4];
    let mut texts = vec!["Línea".to_owned()];
    for year in &YEARS[..2] {
        texts.push(format!("{year} Tiempo Utilizado"));
        texts.push(format!("{year} Utilización (%)"));
        for product in shown {
            texts.push(format!("{} Piezas Anuales", product.name));
            texts.push(format!("{} Segundos Anuales", product.name));
        }
    }
    headings(sheet, look, 0, &texts.iter().map(String::as_str).collect::<Vec<_>>())?;
    for (row, (index, line)) in LINES.iter().enumerate().filter(|(_, line)| line.0 == 0).enumerate() {
        let row = row as u32 + 1;
        sheet.write_string(row, 0, line.1)?;
        for period in 0..2 {
            let first = 1 + period as u16 * 10;
            let mut used = 0.0;
            for (place, product) in shown.iter().enumerate() {
                let lines = product.lines(0);
                let units = if lines.contains(&index) { product.volumes[period] * 1_000.0 / lines.len() as f64 } else { 0.0 };
                let seconds: f64 = product.parts(0).iter().map(|part| part.cycle_time_s * f64::from(part.pieces)).sum();
                let needed = units * seconds / (line.3 / 100.0);
                used += needed;
                let column = first + 2 + place as u16 * 2;
                sheet.write_number_with_format(row, column, units.round(), &look.number)?;
                sheet.write_number_with_format(row, column + 1, needed.round(), &look.number)?;
            }
            sheet.write_number_with_format(row, first, used.round(), &look.number)?;
            sheet.write_number(row, first + 1, (used / (line.2 * OPERATING_DAYS) * 1_000.0).round() / 10.0)?;
        }
    }
    Ok(())
}

fn scratch(sheet: &mut Worksheet) -> Result<(), XlsxError> {
    sheet.set_name("Hoja1")?;
    sheet.write_string(1, 1, "recubrimiento 2028")?;
    sheet.write_number(2, 1, 90_000)?;
    sheet.write_number(2, 2, 32)?;
    sheet.write_formula(2, 3, Formula::new("=B3*C3/3600/0.8").set_result("1000"))?;
    sheet.write_string(2, 4, "horas inverter")?;
    sheet.write_number(3, 1, 520_000)?;
    sheet.write_number(3, 2, 9)?;
    sheet.write_formula(3, 3, Formula::new("=B4*C4/3600/0.8").set_result("1625"))?;
    sheet.write_string(3, 4, "horas battery cell ???")?;
    sheet.write_string(6, 1, "288 x 21.17 =")?;
    sheet.write_formula(6, 2, Formula::new("=288*21.17").set_result("6096.96"))?;
    Ok(())
}
