//! `gemba optimize`: workbook in, plan out, shown on the terminal and written wherever it was asked for.

use std::path::Path;

use line_plan::{
    Clock, DocumentContext, Integers, Issue, Language, Options, Plan, PlanDocument, PlanError, PlanModel, Problem, Severity, TimingMs,
    UnknownName,
};
use workbook::{ReadOptions, read};

use super::released;
use crate::arguments::OptimizeRequest;
use crate::clock::MonotonicClock;
use crate::files;
use crate::outcome::{Failure, Outcome};
use crate::report;
use crate::terminal::{self, Look, Progress};

/// Seconds after which integer plans stop unless told otherwise (s).
const INTEGER_TIME_LIMIT_S: f64 = 60.0;

/// Plans a workbook.
pub fn run(request: &OptimizeRequest) -> Result<Outcome, Failure> {
    check_outputs(request)?;
    let clock = MonotonicClock::start();
    let progress = Progress::start();
    let (mut problem, mut issues, written_in) = read_problem(&request.workbook)?;
    let language = request.language.unwrap_or(written_in);
    let unknown = request.released.as_deref().map(|path| released::put(path, &mut problem)).transpose()?;
    let read_s = clock.seconds();
    let problem = scoped(problem, request)?;
    if request.shifts && problem.shift_patterns.is_empty() {
        return Err(Failure::refused(
            "--shifts: the workbook offers no shift pattern; a line offers them as `3x8 = 21.17 @ 40` in its column `Shift pattern`",
        ));
    }
    if let (Some(path), Some(unknown)) = (&request.released, unknown) {
        issues.extend(released::judge(path, unknown, &problem, request.frozen.map_or(0, |frozen| frozen.periods))?);
    }
    progress.say("solving");
    let before_solve_s = clock.seconds();
    let plan = solve(&problem, &options(request), &clock)?;
    let solve_s = clock.seconds() - before_solve_s;
    let baseline = request
        .compare
        .map(|model| solve(&problem, &Options { model, weight: request.weight, ..Options::default() }, &clock))
        .transpose()?;
    let timing = TimingMs { read: read_s * 1e3, solve: solve_s_alone(&plan, solve_s) * 1e3, ..TimingMs::default() };
    let source = request.workbook.file_name().map(|name| name.to_string_lossy().into_owned());
    let document = PlanDocument::new(&problem, &plan, &DocumentContext { source, issues, baseline: baseline.as_ref(), language, timing });
    progress.say("writing");
    let document = write(document, request, &clock)?;
    drop(progress);
    show(&document, request, clock.seconds())?;
    Ok(if document.status == "limit_reached" { Outcome::LimitReached } else { Outcome::Done })
}

fn check_outputs(request: &OptimizeRequest) -> Result<(), Failure> {
    let json = request.json.as_deref().filter(|path| *path != Path::new("-"));
    let outputs: Vec<&Path> = [json, request.xlsx.as_deref(), request.html.as_deref()].into_iter().flatten().collect();
    files::check_outputs(Some(&request.workbook), &outputs)?;
    request.released.as_deref().map_or(Ok(()), |released| files::check_outputs(Some(released), &outputs))
}

/// The problem, what was found in the workbook, and the language it is written in.
fn read_problem(path: &Path) -> Result<(Problem, Vec<Issue>, Language), Failure> {
    let options = ReadOptions::default();
    let bytes = files::read_input(path, options.limits.file_bytes)?;
    let reading = read(&bytes, &options);
    match reading.problem {
        Some(problem) => Ok((problem, reading.issues, reading.language)),
        None => Err(Failure::refused(terminal::issues(path, &reading.issues, Look::of_stderr()))),
    }
}

/// The problem restricted and changed as the command line asks.
fn scoped(problem: Problem, request: &OptimizeRequest) -> Result<Problem, Failure> {
    let mut problem = problem;
    if !request.plant.is_empty() {
        problem = problem.restrict_plants(&request.plant).map_err(unknown)?;
    }
    if let Some(selection) = &request.periods {
        let periods = problem.find_periods(selection).map_err(unknown)?;
        problem = problem.restrict_periods(&periods);
    }
    if let Some(days) = request.days {
        let areas = problem.find_areas(&request.areas).map_err(unknown)?;
        problem = problem.with_operating_days(days, &areas);
    }
    Ok(problem)
}

fn unknown(error: UnknownName) -> Failure {
    let wanted = error.name.to_lowercase();
    let distance = |known: &&String| strsim::damerau_levenshtein(&wanted, &known.to_lowercase());
    let nearest = error.known.iter().min_by_key(distance).filter(|known| distance(known) <= 1 + wanted.chars().count() / 3);
    let hint = nearest.map_or(String::new(), |name| format!("; did you mean `{name}`?"));
    let list = line_plan::figures::list(&error.known, 40);
    Failure::usage(format!("the workbook has no {} `{}`{hint}\nit has: {list}", error.kind, error.name))
}

fn options(request: &OptimizeRequest) -> Options {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Options {
        model: request.model,
        weight: request.weight,
        balance: request.balance,
        changeovers: request.changeovers,
        priority_reading: request.priority,
        integers: Integers {
            minimum_lots: request.minimum_lots,
            max_lines_per_step: request.max_lines,
            openings: request.openings,
            openings_stay: request.openings_stay,
            max_opening_changes: request.opening_changes,
            shift_patterns: request.shifts,
            ..Integers::default()
        },
        frozen: request.frozen,
        time_limit_s: request.time_limit.or(request.decides_integers().then_some(INTEGER_TIME_LIMIT_S)),
        threads: request.threads.map_or(processors, usize::from),
        ..Options::default()
    }
}

fn solve(problem: &Problem, options: &Options, clock: &dyn Clock) -> Result<Plan, Failure> {
    line_plan::solve(problem, options, clock).map_err(|error| {
        Failure::refused(match error {
            PlanError::Infeasible { conflicts } => format!("no plan keeps all of these wishes:\n  {}", conflicts.join("\n  ")),
            PlanError::Defects { defects } => format!("the workbook cannot be planned:\n  {}", defects.join("\n  ")),
            PlanError::Numerical { .. } => format!("{} plan: {error}", model_name(options.model)),
        })
    })
}

fn model_name(model: PlanModel) -> &'static str {
    match model {
        PlanModel::Area => "area",
        PlanModel::Finished => "finished",
        PlanModel::Prebuild => "prebuild",
        PlanModel::Baseline => "baseline",
    }
}

/// The engine reports its own stages; what it does not report counts as solving.
fn solve_s_alone(plan: &Plan, whole_s: f64) -> f64 {
    (whole_s - plan.timing.prepare_s - plan.timing.explain_s - plan.timing.verify_s).max(plan.timing.solve_s)
}

/// Writes the files; the JSON last, because it tells how long the others took.
fn write(document: PlanDocument, request: &OptimizeRequest, clock: &dyn Clock) -> Result<PlanDocument, Failure> {
    let mut document = document;
    let start_s = clock.seconds();
    if let Some(path) = &request.xlsx {
        let bytes = workbook::write_result(&document).map_err(|error| Failure::refused(error.to_string()))?;
        files::write_output(path, &bytes)?;
    }
    if let Some(path) = &request.html {
        files::write_output(path, report::render(&document).as_bytes())?;
    }
    document.timing_ms.write = (clock.seconds() - start_s) * 1e3;
    if let Some(path) = &request.json {
        let mut bytes = serde_json::to_vec(&document).map_err(|error| Failure::refused(error.to_string()))?;
        bytes.push(b'\n');
        if path == Path::new("-") {
            files::print(&String::from_utf8_lossy(&bytes))?;
        } else {
            files::write_output(path, &bytes)?;
        }
    }
    Ok(document)
}

fn show(document: &PlanDocument, request: &OptimizeRequest, whole_s: f64) -> Result<(), Failure> {
    if request.json.as_deref() == Some(Path::new("-")) {
        return Ok(());
    }
    let written: Vec<&Path> = [&request.html, &request.xlsx, &request.json].into_iter().filter_map(|path| path.as_deref()).collect();
    let warnings = document.issues.iter().filter(|issue| issue.severity == Severity::Warning).count();
    files::print(&terminal::summary(document, &written, warnings, whole_s, Look::of_stdout()))?;
    Ok(())
}
