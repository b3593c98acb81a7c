//! `gemba workbook`: what a workbook holds and what is wrong with it, templates, invented plants.

use ::workbook::{ReadOptions, generate_workbook, read, template as template_workbook};

use crate::arguments::{CheckRequest, GenerateRequest, TemplateRequest};
use crate::files;
use crate::outcome::{Failure, Outcome};
use crate::terminal;

/// Says what was understood and what is wrong.
pub fn check(request: &CheckRequest) -> Result<Outcome, Failure> {
    let options = ReadOptions::default();
    let bytes = files::read_input(&request.workbook, options.limits.file_bytes)?;
    let reading = read(&bytes, &options);
    let outcome = if reading.problem.is_some() { Outcome::Done } else { Outcome::Refused };
    if request.json {
        #[derive(serde::Serialize)]
        struct Findings<'a> {
            schema: &'static str,
            plannable: bool,
            layout: &'a Option<::workbook::Layout>,
            recognised: &'a [::workbook::RecognisedSheet],
            issues: &'a [line_plan::Issue],
        }
        let findings = Findings {
            schema: "gemba.workbook-check/1",
            plannable: reading.problem.is_some(),
            layout: &reading.layout,
            recognised: &reading.recognised,
            issues: &reading.issues,
        };
        let text = serde_json::to_string_pretty(&findings).map_err(|error| Failure::refused(error.to_string()))?;
        files::print(&format!("{text}\n"))?;
    } else {
        files::print(&terminal::findings(&request.workbook, &reading, terminal::Look::of_stdout()))?;
    }
    Ok(outcome)
}

/// Writes the template.
pub fn template(request: &TemplateRequest) -> Result<Outcome, Failure> {
    files::check_outputs(None, &[&request.output])?;
    if request.output.is_file() {
        // It may be one that somebody has filled in since.
        return Err(Failure::refused(format!("{} is there already; choose another name, or remove it first", request.output.display())));
    }
    let bytes = template_workbook(request.lang).map_err(|error| Failure::refused(error.to_string()))?;
    files::write_output(&request.output, &bytes)?;
    files::print(&format!("{}: fill it in, then `gemba workbook check {0}`\n", request.output.display()))
}

/// Writes an invented plant.
pub fn generate(request: &GenerateRequest) -> Result<Outcome, Failure> {
    files::check_outputs(None, &[&request.output])?;
    let bytes = generate_workbook(request.size, request.shape, request.seed).map_err(|error| Failure::refused(error.to_string()))?;
    files::write_output(&request.output, &bytes)?;
    files::print(&format!("{}: plan it with `gemba optimize {0}`\n", request.output.display()))
}
