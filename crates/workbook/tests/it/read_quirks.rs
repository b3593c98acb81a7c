//! What real workbooks look like: three languages, odd layouts, numbers and dates in every dress.

use line_plan::{ChangeoverKey, PriorityReading, Severity, Window};
use workbook::Reading;

use crate::sheets::{Cell, Sheets, row, small_plant};

fn has(reading: &Reading, severity: Severity, code: &str) -> bool {
    reading.issues.iter().any(|issue| issue.severity == severity && issue.code == code)
}

#[test]
fn the_same_plant_in_spanish_and_german_is_the_same_problem() {
    let spanish = Sheets::new()
        .with(
            "Volúmenes",
            vec![
                row!["Modelo", "Periodo", "Volumen", "Días de operación"],
                row!["ECU 100", 2026, 120_000, 240],
                row!["ECU 100", 2027, 130_000, 240],
                row!["ABS 7", 2026, 50_000, 240],
                row!["ABS 7", 2027, 60_000, 240],
            ],
        )
        .with(
            "Compatibilidades",
            vec![
                row!["Prioridad", "Eficiencia (%)", "Tiempo de ciclo [s]", "Modelo", "Línea"],
                row![1, 85, 30, "ECU 100", "SMT-L1"],
                row![2, 80, 36, "ECU 100", "SMT-L2"],
                row![1, 90, 20, "ABS 7", "SMT-L1"],
                row![1, 85, 45, "ECU 100", "FA-1"],
                row![1, 85, 60, "ABS 7", "FA-1"],
            ],
        )
        .with(
            "Líneas de producción",
            vec![
                row!["Nombre de la línea", "Área", "Segundos disponibles por día"],
                row!["SMT-L1", "SMT", 72_000],
                row!["SMT-L2", "SMT", 36_000],
                row!["FA-1", "Final Assembly", 54_000],
            ],
        )
        .with("Modelos", vec![row!["Familia", "Nombre del modelo"], row!["ECU", "ECU 100"], row!["ABS", "ABS 7"]]);
    let german = Sheets::new()
        .with("Modelle", vec![row!["Modell", "Familie"], row!["ECU 100", "ECU"], row!["ABS 7", "ABS"]])
        .with(
            "Fertigungslinien",
            vec![
                row!["Linie", "Bereich", "Verfügbare Stunden je Tag"],
                row!["SMT-L1", "SMT", 20],
                row!["SMT-L2", "SMT", 10],
                row!["FA-1", "Final Assembly", 15],
            ],
        )
        .with(
            "Kompatibilitäten",
            vec![
                row!["Linie", "Modell", "Zykluszeit (s)", "Wirkungsgrad", "Priorität"],
                row!["SMT-L1", "ECU 100", 30, "85 %", 1],
                row!["SMT-L2", "ECU 100", 36, "80 %", 2],
                row!["SMT-L1", "ABS 7", 20, "90 %", 1],
                row!["FA-1", "ECU 100", 45, "85 %", 1],
                row!["FA-1", "ABS 7", 60, "85 %", 1],
            ],
        )
        .with(
            "Bedarf",
            vec![
                row!["Artikel", "Betriebstage", "Menge 2026", "Menge 2027"],
                row!["ECU 100", 240, 120_000, 130_000],
                row!["ABS 7", 240, 50_000, 60_000],
            ],
        );
    assert_eq!(spanish.problem(), small_plant().problem());
    assert_eq!(german.problem(), small_plant().problem());
}

#[test]
fn titles_blank_rows_formulas_and_repeated_headings() {
    let sheets = small_plant().with(
        "Lines",
        vec![
            vec![Cell::Merged("Lines of the plant, state of March", 3)],
            row![],
            row!["Line", "Area", "Available\nseconds per day"],
            row!["SMT-L1", "SMT", Cell::Formula("=20*3600", "72000")],
            row![],
            row!["Line", "Area", "Available\nseconds per day"],
            row!["SMT-L2", " SMT ", "36.000"],
            row!["FA-1", "Final\nAssembly", "54.000,0"],
        ],
    );
    assert_eq!(sheets.problem(), small_plant().problem());
    let recognised = sheets.read().recognised;
    let lines = recognised.iter().find(|sheet| sheet.sheet == "Lines").unwrap();
    assert_eq!((lines.meaning.as_deref(), lines.header_row), (Some("lines"), Some(3)));
    let columns: Vec<_> = lines.columns.iter().map(|column| (column.letter.as_str(), column.meaning.as_deref().unwrap())).collect();
    assert_eq!(columns, [("A", "name"), ("B", "area"), ("C", "available time per day")]);
}

#[test]
fn efficiencies_in_every_dress() {
    for dress in [
        [Cell::from(85), Cell::from(80)],
        [Cell::from(0.85), Cell::from(0.8)],
        [Cell::from("85 %"), Cell::from("80%")],
        [Cell::from("0,85"), Cell::from("0,80")],
    ] {
        let [first, second] = dress.clone();
        let mut sheets = small_plant();
        for (row, cell) in [(1, &first), (2, &second), (3, &first), (4, &first), (5, &first)] {
            sheets = match cell {
                Cell::Text(text) => sheets.set("Compatibilities", row, 3, text.as_str()),
                Cell::Number(number) => sheets.set("Compatibilities", row, 3, *number),
                other => panic!("{other:?}"),
            };
        }
        let problem = sheets.problem();
        assert_eq!(problem.capabilities.iter().map(|c| c.efficiency).collect::<Vec<_>>(), [0.85, 0.8, 0.85, 0.85, 0.85], "{dress:?}");
    }
}

#[test]
fn volumes_wide_by_real_dates_and_by_months_in_words() {
    let calendar = vec![row!["Month", "Operating days"], row!["2026-01", 21], row!["2026-02", 20]];
    let dates = vec![row!["Model", Cell::Date(2026, 1, 1), Cell::Date(2026, 2, 1)], row!["ECU 100", 100, 200], row!["ABS 7", "-", 50]];
    let words = vec![row!["Modelo", "ene-26", "febrero 2026"], row!["ECU 100", 100, 200], row!["ABS 7", "", 50]];
    let long = vec![
        row!["Model", "Date", "Quantity"],
        row!["ECU 100", Cell::Date(2026, 1, 1), 100],
        row!["ECU 100", "2026-02", 200],
        row!["ABS 7", "02/2026", 50],
    ];
    for volumes in [dates, words, long] {
        let problem = small_plant().with("Volumes", volumes).with("Calendar", calendar.clone()).problem();
        assert_eq!(
            problem.periods.iter().map(|p| (p.name.as_str(), p.operating_days)).collect::<Vec<_>>(),
            [("2026-01", 21.0), ("2026-02", 20.0)]
        );
        assert_eq!(
            problem.demand.iter().map(|d| (d.model, d.period, d.units)).collect::<Vec<_>>(),
            [(0, 0, 100.0), (0, 1, 200.0), (1, 1, 50.0)]
        );
    }
}

#[test]
fn volumes_and_days_beside_the_models_in_pairs_of_columns() {
    let sheets = small_plant().without("Volumes").with(
        "Models",
        vec![
            row!["Plant", "Model Name", "Active", 2026, "Dias Operacion 2026", "2027", "Dias Operacion 2027"],
            row!["P1", "ECU 100", "true", 120_000, 240, 130_000, 288],
            row!["P1", "ABS 7", "true", 50_000, 240, 60_000, 288],
        ],
    );
    let problem = sheets.problem();
    assert_eq!(problem.periods.iter().map(|p| p.operating_days).collect::<Vec<_>>(), [240.0, 288.0]);
    assert_eq!(problem.demand.len(), 4);
    assert!(has(&sheets.read(), Severity::Note, "flag_as_text"));
}

#[test]
fn annual_volumes_without_a_year() {
    let sheets = small_plant()
        .without("Volumes")
        .with("Models", vec![row!["Model", "Annual volume", "Operating days"], row!["ECU 100", 120_000, 240], row!["ABS 7", 50_000, 240]]);
    let problem = sheets.problem();
    assert_eq!((problem.periods.len(), problem.periods[0].operating_days), (1, 240.0));
    assert_eq!(problem.demand.iter().map(|d| d.units).sum::<f64>(), 170_000.0);
}

#[test]
fn several_plants_share_names() {
    let sheets = Sheets::new()
        .with(
            "Areas",
            vec![
                row!["Plant", "Area Code", "Area Name", "Sequence", "Color"],
                row!["North", "SMT", "Surface Mount", 1, "red"],
                row!["South", "SMT", "Surface Mount", 1, "red"],
                row!["North", "AOI", "Inspection", 2, "blue"],
                row!["North", "ICT", "Circuit Test", 2, "blue"],
                row!["North", "FA", "Final", 3, "green"],
            ],
        )
        .with(
            "Lines",
            vec![
                row!["Plant", "Line Name", "Area", "Line Type", "Time Available Hours"],
                row!["North", "L1", "SMT", "shared", 20],
                row!["South", "L1", "surface mount", "shared", 23],
            ],
        )
        .with("Models", vec![row!["Model", "Family"], row!["A", "F"]])
        .with(
            "Compatibilities",
            vec![
                row!["Plant", "Line Name", "Model Name", "Cycle Time", "Efficiency", "Priority"],
                row!["North", "L1", "A", 10, 85, 1],
                row!["South", "L1", "A", 12, 85, 1],
            ],
        )
        .with("Volumes", vec![row!["Model", 2026], row!["A", 1000]])
        .with("Calendar", vec![row!["Year", "Operating days", "Plant"], row![2026, 240, ""], row![2026, 300, "South"]]);
    let problem = sheets.problem();
    assert_eq!(
        problem.areas.iter().map(|a| (a.name.as_str(), a.order, a.predecessors.clone())).collect::<Vec<_>>(),
        [("Surface Mount", 1, vec![]), ("Inspection", 2, vec![0]), ("Circuit Test", 2, vec![0]), ("Final", 3, vec![1, 2])]
    );
    assert_eq!(
        problem.lines.iter().map(|l| (l.plant.as_str(), l.area, l.operating_days[0])).collect::<Vec<_>>(),
        [("North", 0, 240.0), ("South", 0, 300.0)]
    );
    assert_eq!(problem.capabilities.iter().map(|c| c.line).collect::<Vec<_>>(), [0, 1]);
    let ambiguous = sheets.set("Compatibilities", 1, 0, Cell::Blank).read();
    assert!(ambiguous.errors().any(|error| error.code == "ambiguous_line"));
}

#[test]
fn approvals_and_programs_become_windows_of_periods() {
    let sheets = small_plant()
        .with("Volumes", vec![row!["Model", "2026-01", "2026-02", "2026-03"], row!["ECU 100", 1, 1, 1], row!["ABS 7", 1, 1, 1]])
        .with("Calendar", vec![row!["Month", "Working days"], row!["2026-01", 21], row!["2026-02", 20], row!["2026-03", 22]])
        .set("Compatibilities", 0, 5, "Approved from")
        .set("Compatibilities", 0, 6, "Approved to")
        .set("Compatibilities", 1, 5, Cell::Date(2026, 2, 10))
        .set("Compatibilities", 2, 5, Cell::Date(2026, 2, 20))
        .set("Compatibilities", 3, 6, "2026-02")
        .set("Compatibilities", 4, 5, "2027")
        .set("Models", 0, 2, "SOP")
        .set("Models", 1, 2, "2026-02");
    let problem = sheets.problem();
    let windows: Vec<Window> = problem.capabilities.iter().map(|c| c.approved).collect();
    let from = |first| Window { first, last: usize::MAX };
    assert_eq!(windows, [from(1), from(2), Window { first: 0, last: 1 }, Window::NEVER, Window::ALWAYS]);
    assert_eq!(problem.models[0].life, from(1));
    assert!(has(&sheets.read(), Severity::Warning, "partial_period"));
}

#[test]
fn inactive_lines_and_models_are_left_out() {
    let sheets =
        small_plant().set("Lines", 0, 3, "Active").set("Lines", 2, 3, "no").set("Models", 0, 2, "Activo").set("Models", 2, 2, false);
    let problem = sheets.problem();
    assert_eq!(problem.lines.iter().map(|line| line.name.as_str()).collect::<Vec<_>>(), ["SMT-L1", "FA-1"]);
    assert_eq!(problem.models.iter().map(|model| model.name.as_str()).collect::<Vec<_>>(), ["ECU 100"]);
    assert_eq!((problem.capabilities.len(), problem.steps.len(), problem.demand.len()), (2, 2, 2));
    assert!(has(&sheets.read(), Severity::Note, "inactive"));
}

#[test]
fn changeovers_by_family_model_line_and_default() {
    let sheets = small_plant().with(
        "Changeover",
        vec![
            row!["Plant", "From Family", "To Family", "Changeover (min)", "Line"],
            row!["", "ECU", "ABS", 44, ""],
            row!["", "ABS", "ECU", 19, "SMT-L2"],
            row!["", "*", "", 30, ""],
            row!["", "ECU 100", "ABS", 5, ""],
        ],
    );
    let problem = sheets.problem();
    let family = |name: &str| ChangeoverKey::Family(name.to_owned());
    let found: Vec<_> = problem.changeovers.iter().map(|c| (c.from.clone(), c.to.clone(), c.minutes, c.line)).collect();
    assert_eq!(
        found,
        [
            (ChangeoverKey::Any, ChangeoverKey::Any, 30.0, None),
            (family("ABS"), family("ECU"), 19.0, Some(1)),
            (family("ECU"), family("ABS"), 44.0, None),
            (ChangeoverKey::Model(0), family("ABS"), 5.0, None)
        ]
    );
}

#[test]
fn optional_columns_reach_the_problem() {
    let sheets = small_plant()
        .set("Lines", 0, 3, "Overtime hours per day")
        .set("Lines", 1, 3, 2)
        .set("Lines", 0, 4, "Opening cost")
        .set("Lines", 1, 4, 7.5)
        .set("Models", 0, 2, "Customer")
        .set("Models", 1, 2, "Kestrel")
        .set("Models", 0, 3, "Weight")
        .set("Models", 1, 3, 3)
        .set("Models", 0, 4, "Tier")
        .set("Models", 1, 4, 2)
        .set("Models", 0, 5, "Unit value")
        .set("Models", 1, 5, "12,50")
        .set("Models", 0, 6, "Currency")
        .set("Models", 1, 6, "EUR")
        .set("Compatibilities", 0, 5, "Yield %")
        .set("Compatibilities", 1, 5, 98)
        .set("Compatibilities", 0, 6, "Pieces per panel")
        .set("Compatibilities", 1, 6, 4)
        .set("Compatibilities", 0, 7, "Minimum lot")
        .set("Compatibilities", 1, 7, 500);
    let problem = sheets.problem();
    let (line, model, capability) = (&problem.lines[0], &problem.models[0], &problem.capabilities[0]);
    assert_eq!((line.overtime_hours_per_day, line.opening_cost), (2.0, 7.5));
    assert_eq!(
        (model.customer.as_str(), model.weight, model.tier, model.unit_value, model.currency.as_str()),
        ("Kestrel", 3.0, 2, Some(12.5), "EUR")
    );
    assert_eq!((capability.first_pass_yield, capability.pieces_per_panel, capability.minimum_lot), (0.98, 4.0, 500.0));
    assert_eq!(sheets.read().priority_reading, Some(PriorityReading::Preference));
}

#[test]
fn the_unit_of_time_is_taken_from_the_heading_or_the_size() {
    for (heading, times, code) in [
        ("Available time", [20, 10, 15], Some((Severity::Note, "time_unit"))),
        ("Tiempo disponible", [72_000, 36_000, 54_000], Some((Severity::Note, "time_unit"))),
        ("Available time (min/day)", [1200, 600, 900], None),
        ("Time Available Hours", [72_000, 36_000, 54_000], Some((Severity::Warning, "unit_contradicts_heading"))),
    ] {
        let mut sheets = small_plant().set("Lines", 0, 2, heading);
        for (at, time) in times.into_iter().enumerate() {
            sheets = sheets.set("Lines", at + 1, 2, time);
        }
        assert_eq!(sheets.problem().lines.iter().map(|line| line.hours_per_day).collect::<Vec<_>>(), [20.0, 10.0, 15.0], "{heading}");
        assert!(code.is_none_or(|(severity, code)| has(&sheets.read(), severity, code)), "{heading}");
    }
}

#[test]
fn passes_by_model_family_and_column() {
    let rows =
        vec![row!["Area", "Order", "Model or family", "Passes"], row!["SMT", 1], row!["Final Assembly", 2], row!["SMT", "", "ECU", 2]];
    let problem = small_plant().with("Areas", rows).problem();
    assert_eq!(problem.steps.iter().map(|step| step.passes).collect::<Vec<_>>(), [2.0, 1.0, 1.0, 1.0]);
    let wide = vec![row!["Area", "Order", "ABS 7"], row!["SMT", 1, 3], row!["Final Assembly", 2, ""]];
    let problem = small_plant().with("Areas", wide).problem();
    assert_eq!(problem.steps.iter().map(|step| step.passes).collect::<Vec<_>>(), [1.0, 3.0, 1.0, 1.0]);
}
