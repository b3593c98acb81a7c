//! Reading shape B: families of boards and sides, comma lists of lines, sheets for each area.

use line_plan::Severity;
use workbook::Layout;

use crate::sheets::{Cell, Sheets, row};

fn plant() -> Sheets {
    Sheets::new()
        .with("Notas", vec![row!["llamar a mantenimiento"], row!["viernes"]])
        .with(
            "Lineas_Produccion",
            vec![
                vec![Cell::Merged("Líneas de la planta", 4)],
                row!["Area", "nombre", "tiempo_disponible", "eficiencia", ""],
                row!["SMT", "S1", 76_212, 0.85, "nueva"],
                row!["smt", "S2", 76_212, 0.8, ""],
                row![],
                row!["Final\nAssembly", "E1", 50_400, 0.9, ""],
            ],
        )
        .with(
            "Modelos",
            vec![
                row![
                    "BU",
                    "Area",
                    "Familia",
                    "Nombre",
                    "Lado (Top/Bottom)",
                    "Tiempo de ciclo (s)",
                    "Cantidad Por Producto",
                    "Lineas_compatibles",
                    "Prioridad",
                    "Eficiencia"
                ],
                row!["Auto", "SMT", "ZC", "Principal", "Top", 30, 1, "S1, S2", 1, ""],
                row!["Auto", "SMT", "ZC", "Principal", "Bottom", "22,5", 1, "S1,S2", 1, ""],
                row!["Auto", "Smt", "ZC", "Sensor", "Top", 12, 2, "S2", 2, 0.75],
                row!["Auto", "FINAL ASSEMBLY", "ZC", "Equipo", "", 60, 1, "E1", 1, ""],
            ],
        )
        .with("Volumenes_Produccion", vec![row!["Familia", "Dias Operacion Anual", 2026, "2027"], row!["ZC", 240, 90_000, 95_000]])
        .with("Resultados_SMT", vec![row!["Línea", "Tiempo Utilizado"], row!["S1", 3]])
}

#[test]
fn families_become_models_with_a_step_for_each_board_and_side() {
    let reading = plant().read();
    assert_eq!(reading.layout, Some(Layout::B));
    let problem = plant().problem();
    assert_eq!(
        problem.models.iter().map(|model| (model.name.as_str(), model.family.as_str(), model.customer.as_str())).collect::<Vec<_>>(),
        [("ZC", "ZC", "Auto")]
    );
    let steps: Vec<_> =
        problem.steps.iter().map(|step| (problem.areas[step.area].name.as_str(), step.name.as_str(), step.passes)).collect();
    assert_eq!(
        steps,
        [("SMT", "Principal Top", 1.0), ("SMT", "Principal Bottom", 1.0), ("SMT", "Sensor Top", 2.0), ("Final Assembly", "Equipo", 1.0)]
    );
    let rates: Vec<_> =
        problem.capabilities.iter().map(|c| (c.step, problem.lines[c.line].name.as_str(), c.cycle_time_s, c.efficiency)).collect();
    assert_eq!(
        rates,
        [
            (0, "S1", 30.0, 0.85),
            (0, "S2", 30.0, 0.8),
            (1, "S1", 22.5, 0.85),
            (1, "S2", 22.5, 0.8),
            (2, "S2", 12.0, 0.75),
            (3, "E1", 60.0, 0.9)
        ]
    );
    assert_eq!(
        problem.periods.iter().map(|period| (period.name.as_str(), period.operating_days)).collect::<Vec<_>>(),
        [("2026", 240.0), ("2027", 240.0)]
    );
    assert_eq!(problem.demand.iter().map(|demand| demand.units).collect::<Vec<_>>(), [90_000.0, 95_000.0]);
}

#[test]
fn what_was_ignored_is_named() {
    let reading = plant().read();
    let ignored: Vec<_> = reading.recognised.iter().filter(|sheet| sheet.ignored.is_some()).map(|sheet| sheet.sheet.as_str()).collect();
    assert_eq!(ignored, ["Notas", "Resultados_SMT"]);
    let spelling = reading.issues.iter().filter(|issue| issue.code == "area_spelling").count();
    assert!(spelling >= 2, "{:#?}", reading.issues);
}

#[test]
fn a_sheet_for_an_area_takes_its_area_from_its_name() {
    let sheets = plant().with(
        "Modelos",
        vec![
            row!["Area", "Familia", "Nombre", "Tiempo de ciclo", "Cantidad Por Producto", "Lineas compatibles"],
            row!["Final Assembly", "ZC", "Equipo", 60, 1, "E1"],
        ],
    );
    let sheets = sheets.with(
        "SMT Settings",
        vec![
            row!["Familia", "Nombre", "Tiempo de ciclo", "Cantidad Por Producto", "Lineas compatibles"],
            row!["ZC", "Principal", 30, 1, "S1; S2"],
        ],
    );
    let problem = sheets.problem();
    assert_eq!(problem.steps.len(), 2);
    assert_eq!(problem.capabilities.len(), 3);
}

#[test]
fn a_family_described_in_two_sheets_is_read_from_the_first() {
    let sheets = plant().with(
        "SMT Settings",
        vec![
            row!["Familia", "Nombre", "Tiempo de ciclo", "Cantidad Por Producto", "Lineas compatibles"],
            row!["ZC", "Principal", 99, 1, "S1"],
        ],
    );
    let reading = sheets.read();
    assert!(reading.issues.iter().any(|issue| issue.severity == Severity::Warning && issue.code == "described_twice"));
    assert_eq!(sheets.problem().steps.len(), 4);
}

#[test]
fn mistakes_of_families() {
    for (row, column, value, code) in [
        (1, 7, Cell::from("S1, S9"), "unknown_line"),
        (1, 7, Cell::from("S1, E1"), "area_differs"),
        (1, 1, Cell::from("Pintura"), "unknown_area"),
        (1, 5, Cell::from(0), "zero_cycle_time"),
        (2, 4, Cell::from("Top"), "duplicate"),
        (1, 6, Cell::from(0), "zero_number"),
    ] {
        let mut sheets = plant();
        sheets = match value {
            Cell::Text(text) => sheets.set("Modelos", row, column, text.as_str()),
            Cell::Number(number) => sheets.set("Modelos", row, column, number),
            other => panic!("{other:?}"),
        };
        let reading = sheets.read();
        assert!(reading.errors().any(|error| error.code == code), "{code}: {:#?}", reading.errors().collect::<Vec<_>>());
        assert!(reading.errors().all(|error| error.sheet == "Modelos"));
    }
    let quantity = plant().and("Modelos", row!["Auto", "SMT", "ZC", "Sensor", "Top", 12, 3, "S1", 2]);
    assert!(quantity.read().errors().any(|error| error.code == "conflicting_quantity"));
}
