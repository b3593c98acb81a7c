//! The sheets that are lists: every line and period, unmet demand, constraints, gains, explanations and the workbook's issues.

use line_plan::{PlanDocument, Reason, Severity};
use rust_xlsxwriter::XlsxError;

use super::super::problem::Cell;
use super::page::{Page, Show};

/// Every line in every period.
pub(super) fn lines(page: &mut Page<'_>, document: &PlanDocument) -> Result<(), XlsxError> {
    page.title("Lines", "Hours of every line and period, and what one more hour would save in unmet weight.")?;
    let rows: Vec<Vec<Cell>> = document
        .lines
        .iter()
        .map(|line| {
            vec![
                line.plant.as_str().into(),
                line.area.as_str().into(),
                line.line.as_str().into(),
                line.period.as_str().into(),
                line.hours_available.into(),
                line.hours_used.into(),
                line.changeover_hours.into(),
                line.overtime_hours.into(),
                (line.utilization_pct / 100.0).into(),
                line.hour_price.into(),
                if line.constraint { "constraint".into() } else { Cell::Blank },
            ]
        })
        .collect();
    let columns = [
        ("Plant", 14.0, Show::Text),
        ("Area", 16.0, Show::Text),
        ("Line", 18.0, Show::Text),
        ("Period", 11.0, Show::Text),
        ("Available (h)", 13.0, Show::Hours),
        ("Used (h)", 13.0, Show::Hours),
        ("Changeovers (h)", 13.0, Show::Hours),
        ("Overtime (h)", 13.0, Show::Hours),
        ("Utilization (%)", 13.0, Show::Percent),
        ("Price of one more hour (weight/h)", 18.0, Show::Decimal),
        ("Constraint", 13.0, Show::Text),
    ];
    page.list(&columns, &rows, "No line is in scope.")
}

/// What cannot be delivered, and why.
pub(super) fn unmet(page: &mut Page<'_>, document: &PlanDocument) -> Result<(), XlsxError> {
    page.title("Unmet demand", "What cannot be delivered, largest weight first, with the reason.")?;
    let rows: Vec<Vec<Cell>> = document
        .unmet
        .iter()
        .map(|entry| {
            vec![
                entry.model.as_str().into(),
                entry.period.as_str().into(),
                entry.units.into(),
                reason(entry.reason).into(),
                entry.area.as_str().into(),
                entry.plant.as_str().into(),
                entry.limiting_lines.join(", ").as_str().into(),
                entry.explanation.as_str().into(),
                entry.customer.as_str().into(),
                entry.family.as_str().into(),
                entry.weight.into(),
            ]
        })
        .collect();
    let columns = [
        ("Model", 26.0, Show::Text),
        ("Period", 11.0, Show::Text),
        ("Unmet units", 13.0, Show::Units),
        ("Reason", 24.0, Show::Text),
        ("Area", 16.0, Show::Text),
        ("Plant", 14.0, Show::Text),
        ("Limiting lines", 26.0, Show::Sentence),
        ("Explanation", 70.0, Show::Sentence),
        ("Customer", 20.0, Show::Text),
        ("Family", 16.0, Show::Text),
        ("Unmet weight", 13.0, Show::Decimal),
    ];
    page.list(&columns, &rows, "All demand is met.")
}

/// A reason in words.
fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Capacity => "lines are full",
        Reason::NoCapability => "no line can make it",
        Reason::NotApproved => "no line is approved",
        Reason::OutsideProgramLife => "outside program life",
        Reason::NoHours => "lines have no hours",
        Reason::OtherArea => "limited by another area",
        Reason::IntegerRules => "lots, splits or openings",
        Reason::Frozen => "the period is frozen",
    }
}

/// The tight sets of lines.
pub(super) fn constraints(page: &mut Page<'_>, document: &PlanDocument) -> Result<(), XlsxError> {
    page.title("Constraint", "Lines that together limit the plan: what they are full with can be made nowhere else. Worst first.")?;
    let rows: Vec<Vec<Cell>> = document
        .constraints
        .iter()
        .map(|entry| {
            vec![
                entry.area.as_str().into(),
                entry.period.as_str().into(),
                entry.lines.join(", ").as_str().into(),
                entry.hours_needed.into(),
                entry.hours_available.into(),
                (entry.utilization_pct / 100.0).into(),
                if entry.short { "demand is lost" } else { "everything is made" }.into(),
                entry.explanation.as_str().into(),
                entry.models.join(", ").as_str().into(),
                entry.plant.as_str().into(),
            ]
        })
        .collect();
    let columns = [
        ("Area", 16.0, Show::Text),
        ("Period", 11.0, Show::Text),
        ("Lines", 28.0, Show::Sentence),
        ("Needed (h)", 13.0, Show::Hours),
        ("Available (h)", 13.0, Show::Hours),
        ("Needed of available (%)", 13.0, Show::Percent),
        ("Effect", 18.0, Show::Text),
        ("Explanation", 70.0, Show::Sentence),
        ("Models that only these lines make", 50.0, Show::Sentence),
        ("Plant", 14.0, Show::Text),
    ];
    page.list(&columns, &rows, "No set of lines limits the plan.")
}

/// What one more approval or shift would bring.
pub(super) fn gains(page: &mut Page<'_>, document: &PlanDocument) -> Result<(), XlsxError> {
    page.title("Gains", "What one more approval or one more shift would deliver, each computed by planning again. Largest first.")?;
    let rows: Vec<Vec<Cell>> = document
        .gains
        .iter()
        .map(|entry| {
            vec![
                entry.kind.as_str().into(),
                entry.area.as_str().into(),
                entry.line.as_str().into(),
                entry.model.as_deref().unwrap_or_default().into(),
                entry.period.as_str().into(),
                entry.hours.map_or(Cell::Blank, Cell::Number),
                entry.units.into(),
                entry.weight.into(),
                entry.explanation.as_str().into(),
                entry.plant.as_str().into(),
            ]
        })
        .collect();
    let columns = [
        ("What", 12.0, Show::Text),
        ("Area", 16.0, Show::Text),
        ("Line", 18.0, Show::Text),
        ("Model to approve", 26.0, Show::Text),
        ("Period", 11.0, Show::Text),
        ("Hours added (h)", 13.0, Show::Hours),
        ("Units gained", 13.0, Show::Units),
        ("Weight gained", 13.0, Show::Decimal),
        ("Explanation", 70.0, Show::Sentence),
        ("Plant", 14.0, Show::Text),
    ];
    page.list(&columns, &rows, "No single approval or shift would deliver more.")
}

/// What the plan changes against the released one.
pub(super) fn changes(page: &mut Page<'_>, document: &PlanDocument) -> Result<(), XlsxError> {
    let Some(changes) = &document.released else { return Ok(()) };
    page.title("Changes against the released plan", &changes.explanation)?;
    let rows: Vec<Vec<Cell>> = changes
        .moves
        .iter()
        .map(|entry| {
            vec![
                entry.period.as_str().into(),
                entry.area.as_str().into(),
                entry.line.as_str().into(),
                entry.model.as_str().into(),
                entry.step.as_str().into(),
                entry.released_units.into(),
                entry.units.into(),
                (entry.units - entry.released_units).into(),
                entry.hours.into(),
                entry.plant.as_str().into(),
            ]
        })
        .collect();
    let columns = [
        ("Period", 11.0, Show::Text),
        ("Area", 16.0, Show::Text),
        ("Line", 18.0, Show::Text),
        ("Model", 26.0, Show::Text),
        ("Board or side", 14.0, Show::Text),
        ("Released (units)", 14.0, Show::Units),
        ("Now (units)", 14.0, Show::Units),
        ("Difference (units)", 14.0, Show::Units),
        ("Difference (h)", 13.0, Show::Hours),
        ("Plant", 14.0, Show::Text),
    ];
    page.list(&columns, &rows, "Nothing changes.")
}

/// The document's sentences, how good the answer is and what the verifier found.
pub(super) fn explanations(page: &mut Page<'_>, document: &PlanDocument) -> Result<(), XlsxError> {
    page.title("Explanations", "Why the plan is as it is, and how far it is proven.")?;
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    let mut say = |topic: &str, sentence: &str| rows.push(vec![topic.into(), sentence.into()]);
    for sentence in &document.explanations {
        say("Plan", sentence);
    }
    if let Some(comparison) = &document.comparison {
        say("Comparison", &comparison.explanation);
    }
    for stage in &document.stages {
        let proof = if stage.value == stage.bound { "proven optimal".to_owned() } else { format!("proven bound {}", stage.bound) };
        say("Objective", &format!("{}: {} ({proof})", stage.name, stage.value));
    }
    let check = &document.verification;
    let verdict = if check.holds { "holds" } else { "does not hold" };
    let worst = [check.demand_error, check.capacity_error, check.route_error, check.objective_error].into_iter().fold(0.0, f64::max);
    say("Verification", &format!("the balance of demand, capacity, routes and objective {verdict}; largest relative error {worst:.1e}"));
    page.list(&[("About", 16.0, Show::Text), ("Explanation", 130.0, Show::Sentence)], &rows, "")
}

/// What was found in the workbook.
pub(super) fn issues(page: &mut Page<'_>, document: &PlanDocument) -> Result<(), XlsxError> {
    page.title("Issues", "What was found in the workbook that was planned: errors, warnings, and what was done with the rest.")?;
    let rows: Vec<Vec<Cell>> = document
        .issues
        .iter()
        .map(|issue| {
            vec![
                match issue.severity {
                    Severity::Error => "error",
                    Severity::Warning => "warning",
                    Severity::Note => "note",
                }
                .into(),
                issue.sheet.as_str().into(),
                issue.row.map_or(Cell::Blank, |row| f64::from(row).into()),
                issue.column.as_deref().unwrap_or_default().into(),
                issue.found.as_str().into(),
                issue.expected.as_str().into(),
                issue.message.as_str().into(),
                issue.code.as_str().into(),
            ]
        })
        .collect();
    let columns = [
        ("Severity", 10.0, Show::Text),
        ("Sheet", 22.0, Show::Text),
        ("Row", 8.0, Show::Units),
        ("Column", 22.0, Show::Text),
        ("Found", 26.0, Show::Sentence),
        ("Expected", 30.0, Show::Sentence),
        ("Message", 70.0, Show::Sentence),
        ("Code", 20.0, Show::Text),
    ];
    page.list(&columns, &rows, "Nothing was found in the workbook.")
}
