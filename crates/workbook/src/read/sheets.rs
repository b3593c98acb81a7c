//! Which of the recognised sheets are used: one for each kind, several for compatibilities and family steps.
//!
//! **Invariant:** every sheet is either used or ignored with a reason.

use super::Layout;
use super::cells::Book;
use super::findings::{Findings, Place, clip};
use super::recognise::{Candidate, is_copy, is_result};
use super::vocabulary::{Field, Kind};

/// What was decided of the sheets.
pub(super) struct Choice<'a> {
    pub shape: Option<Layout>,
    pub used: Vec<(usize, &'a Candidate)>,
    pub ignored: Vec<(usize, String)>,
}

/// What is wanted of the sheets together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    /// A whole plan: every kind of sheet that one needs.
    Plan,
    /// Whatever is there.
    Anything,
}

/// Decides which sheets are used, and notes what is missing.
pub(super) fn choose<'a>(book: &'a Book, want: Want, findings: &mut Findings) -> Choice<'a> {
    let offered: Vec<(usize, &Candidate)> =
        book.sheets.iter().enumerate().filter_map(|(sheet, of)| of.candidates.first().map(|candidate| (sheet, candidate))).collect();
    let has = |kind: Kind| offered.iter().any(|(_, candidate)| candidate.kind == kind && candidate.is_complete());
    let shape = if has(Kind::Capabilities) {
        Some(Layout::A)
    } else if has(Kind::Families) {
        Some(Layout::B)
    } else {
        offered.iter().any(|(_, candidate)| candidate.kind == Kind::Capabilities).then_some(Layout::A)
    };
    let mut choice = Choice { shape, used: Vec::new(), ignored: Vec::new() };
    for kind in Kind::ALL {
        let of_kind: Vec<(usize, &Candidate)> = offered.iter().filter(|(_, candidate)| candidate.kind == kind).copied().collect();
        choose_kind(book, kind, of_kind, &mut choice, findings);
    }
    choice.used.sort_by_key(|(sheet, _)| *sheet);
    name_ignored(book, &mut choice, findings);
    for (sheet, candidate) in &choice.used {
        note_missing_columns(book, *sheet, candidate, want, findings);
    }
    match want {
        Want::Plan => note_missing(&choice, findings),
        Want::Anything if choice.used.is_empty() => {
            let expected = "a sheet of lines, models, compatibilities, volumes, areas, routings, changeovers or operating days";
            let message = "no sheet was recognised; say what a sheet and its columns hold, or use the headings of the template";
            findings.error("nothing_recognised", Place::file(), "no such sheet", expected, message);
        }
        Want::Anything => {}
    }
    choice
}

fn choose_kind<'a>(book: &'a Book, kind: Kind, of_kind: Vec<(usize, &'a Candidate)>, choice: &mut Choice<'a>, findings: &mut Findings) {
    let is_wanted = match kind {
        Kind::Capabilities => choice.shape != Some(Layout::B),
        Kind::Families => choice.shape == Some(Layout::B),
        _ => true,
    };
    let copy = |sheet: usize| is_copy(&book.sheets[sheet].name);
    let best = of_kind
        .iter()
        .max_by_key(|(sheet, candidate)| {
            (candidate.is_chosen, candidate.is_complete(), !copy(*sheet), candidate.score, std::cmp::Reverse(*sheet))
        })
        .copied();
    let Some((best_sheet, best_candidate)) = best else { return };
    for (sheet, candidate) in of_kind {
        let takes_several = matches!(kind, Kind::Capabilities | Kind::Families);
        let is_extra = candidate.is_chosen
            || takes_several && candidate.is_complete() && best_candidate.is_complete() && (!copy(sheet) || copy(best_sheet));
        if is_wanted && (sheet == best_sheet || is_extra) {
            choice.used.push((sheet, candidate));
            continue;
        }
        let reason = if is_wanted {
            format!("the {} are read from the sheet '{}'", kind.name(), clip(&book.sheets[best_sheet].name))
        } else {
            format!("it holds {}, and the other sheets follow the other layout", kind.name())
        };
        let message = format_args!("the sheet looks like {} but is not used: {reason}", kind.name());
        findings.warning("variant_sheet", Place::sheet(sheet), kind.name(), "", message);
        choice.ignored.push((sheet, reason));
    }
}

/// Names the sheets that no one offered a meaning for.
fn name_ignored(book: &Book, choice: &mut Choice<'_>, findings: &mut Findings) {
    for (sheet, of) in book.sheets.iter().enumerate() {
        if choice.used.iter().any(|(used, _)| *used == sheet) || choice.ignored.iter().any(|(ignored, _)| *ignored == sheet) {
            continue;
        }
        let (code, reason) = if is_result(&of.name) {
            ("result_sheet", "its name says that it is an earlier result")
        } else if of.rows() == 0 {
            ("ignored_sheet", "it holds no cells")
        } else {
            ("ignored_sheet", "nothing in it was recognised")
        };
        findings.note(code, Place::sheet(sheet), &of.name, "", format_args!("the sheet is not used: {reason}"));
        choice.ignored.push((sheet, reason.to_owned()));
    }
}

fn note_missing(choice: &Choice<'_>, findings: &mut Findings) {
    let used = |kind: Kind| choice.used.iter().any(|(_, candidate)| candidate.kind == kind);
    let mut missing = |kind: Kind, expected: &str| {
        if !used(kind) {
            let message = format_args!("no sheet of {} was found", kind.name());
            findings.error("missing_sheet", Place::file(), "no such sheet", expected, message);
        }
    };
    missing(Kind::Lines, "a sheet like Lines, Líneas or Linien with line, area and available time per day");
    if choice.shape != Some(Layout::B) {
        missing(Kind::Models, "a sheet like Models, Modelos or Modelle with a model in each row");
        missing(
            Kind::Capabilities,
            "a sheet like Compatibilities, Compatibilidades or Kompatibilitäten with line, model, cycle time and efficiency",
        );
    }
    let beside_models = choice.used.iter().any(|(_, candidate)| {
        candidate.kind == Kind::Models && (candidate.has_volumes() || candidate.column(Field::AnnualVolume).is_some())
    });
    if !beside_models {
        missing(Kind::Volumes, "a sheet like Volumes, Volúmenes or Mengen, or volumes beside the models");
    }
}

fn note_missing_columns(book: &Book, sheet: usize, candidate: &Candidate, want: Want, findings: &mut Findings) {
    let Some(header) = candidate.header else {
        let message = format_args!("the sheet is called like {} but no row of headings was found in it", candidate.kind.name());
        findings.error("missing_header", Place::sheet(sheet), "no headings", candidate.missing.join(", "), message);
        return;
    };
    let unused: Vec<&str> = candidate.columns.iter().filter(|column| column.role.is_none()).map(|column| column.heading.as_str()).collect();
    for missing in &candidate.missing {
        let place = Place::row(sheet, book.sheets[sheet].number(header));
        // Records may leave it open.
        if want == Want::Anything && *missing == Field::Efficiency.name() {
            let message = "no column gives an efficiency; that of the lines holds";
            findings.note("missing_column", place, "no such heading", "", message);
            continue;
        }
        let found = if unused.is_empty() { "no such heading".to_owned() } else { format!("not understood: {}", unused.join(", ")) };
        let message = format_args!("the sheet of {} has no column for the {missing}", candidate.kind.name());
        findings.error("missing_column", place, found, format_args!("a column for the {missing}"), message);
    }
}
