//! Times the engine on one generated instance, in this process, and prints one JSON line for each run.
//!
//! ```text
//! plan_bench --inst FOLDER --task TASK [--runs 5] [--plants N] [--threads 1] [--samples 10000] [--dump FOLDER]
//! ```
//!
//! The tasks are those that other programs are compared in: `baseline`, `unmet`, `stages`, `finished`, `prebuild`; and
//! `default`, what the command answers when nothing else is asked; `edit`, the same again after one volume has changed, in a
//! [`Session`] that has answered before; `risk`, a study of `--samples` samples in which volumes, efficiencies and availabilities vary. Seconds are CPU seconds of the process; `wall_s` alone is not. `--dump` writes the last run's answer for the independent checker: `allocations.bin` (capability row u32, period
//! u32, units f64) and `finished.bin` (model row u32, period u32, finished f64, delivered f64, stock f64), little endian.

mod instance;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use instance::Instance;
use line_plan::risk::{self, Distribution, Members, Quantity, Question, Quiet, Together, Uncertain};
use line_plan::{Balance, Clock, Options, Plan, PlanError, PlanModel, PriorityReading, Problem, Session, Weight, solve};
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;

/// CPU seconds of this process, all threads: other work on the machine does not count.
struct CpuClock;

impl Clock for CpuClock {
    fn seconds(&self) -> f64 {
        let now = clock_gettime(ClockId::ProcessCPUTime);
        now.tv_sec as f64 + now.tv_nsec as f64 * 1e-9
    }
}

struct Arguments {
    inst: PathBuf,
    task: String,
    runs: usize,
    plants: Option<usize>,
    threads: usize,
    samples: u32,
    dump: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            let _ = writeln!(std::io::stderr(), "plan_bench: {message}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), String> {
    let arguments = parse_arguments()?;
    let options = options_of(&arguments.task, arguments.threads)?;
    let started = CpuClock.seconds();
    let instance = instance::read(&arguments.inst, arguments.plants)?;
    let read_s = CpuClock.seconds() - started;
    if arguments.task == "risk" {
        return (0..arguments.runs).try_for_each(|_| studied(&arguments, &instance.problem, &options));
    }
    let mut last = None;
    let mut session = Session::new(instance.problem.clone());
    if arguments.task.starts_with("edit") {
        session.solve(&options, &CpuClock).map_err(|error| error.to_string())?;
    }
    for number in 0..arguments.runs {
        let (plan, cpu_s, wall_s) = match arguments.task.as_str() {
            "edit" | "edit-gains" => edited_solve(&mut session, number, &options)?,
            _ => timed(|| solve(&instance.problem, &options, &CpuClock))?,
        };
        let line = describe(&arguments, number, &plan, [read_s, cpu_s, wall_s]);
        writeln!(std::io::stdout(), "{line}").map_err(|error| error.to_string())?;
        last = Some(plan);
    }
    match (arguments.dump, last) {
        (Some(folder), Some(plan)) => dump(&folder, &instance, &plan).map_err(|error| format!("{}: {error}", folder.display())),
        _ => Ok(()),
    }
}

#[expect(clippy::disallowed_methods, reason = "a timing program: wall-clock time is what it reports beside CPU time")]
fn timed(answer: impl FnOnce() -> Result<Plan, PlanError>) -> Result<(Plan, f64, f64), String> {
    let (wall, cpu) = (Instant::now(), CpuClock.seconds());
    let plan = answer().map_err(|error| error.to_string())?;
    Ok((plan, CpuClock.seconds() - cpu, wall.elapsed().as_secs_f64()))
}

/// Studies the risk of the instance: volumes ± 10 %, efficiencies ± 3 % in nine of ten cases, short stops of lines.
#[expect(clippy::disallowed_methods, reason = "a timing program: wall-clock time is what it reports beside CPU time")]
fn studied(arguments: &Arguments, problem: &Problem, options: &Options) -> Result<(), String> {
    let (models, lines) = (Members::Models((0..problem.models.len()).collect()), Members::Lines((0..problem.lines.len()).collect()));
    let normal = |within: f64| Distribution::Normal { mean: 1.0, sd: within / 1.645, low: 0.5, high: 1.5 };
    let input = |quantity, members: &Members, distribution, together, correlation, bars| Uncertain {
        quantity,
        members: members.clone(),
        distribution,
        together,
        correlation,
        persistence: 0.8,
        bars,
    };
    let stops = Distribution::Pert { low: 0.94, mode: 0.99, high: 1.0 };
    let inputs = vec![
        input(Quantity::Volume, &models, normal(0.1), Together::Family, 0.5, Together::Family),
        input(Quantity::Efficiency, &lines, normal(0.03), Together::Area, 0.0, Together::Alone),
        input(Quantity::Availability, &lines, stops, Together::Area, 0.0, Together::Alone),
    ];
    let question = Question { inputs, samples: arguments.samples, seed: 1, tolerance: 0.001, targets: vec![0.85; problem.areas.len()] };
    let (wall, cpu) = (Instant::now(), CpuClock.seconds());
    let study = risk::study(problem, options, &question, arguments.threads, &Quiet).map_err(|error| error.to_string())?;
    let cpu_s = CpuClock.seconds() - cpu;
    let line = json!({
        "what": "risk",
        "inst": arguments.inst.file_name().map(|name| name.to_string_lossy()),
        "threads": arguments.threads,
        "samples": study.samples,
        "cpu_s": cpu_s,
        "wall_s": wall.elapsed().as_secs_f64(),
        "ms_per_sample": 1000.0 * cpu_s / f64::from(study.samples),
        "drivers": study.bars.len(),
        "short": study.short,
        "unmet_weight": study.unmet_weight,
        "checked": study.checked,
        "rss_mb": peak_memory_mb(),
    });
    writeln!(std::io::stdout(), "{line}").map_err(|error| error.to_string())
}

/// Raises one volume by a tenth, another one in every run, and answers again; a fresh answer must say the same.
fn edited_solve(session: &mut Session, run: usize, options: &Options) -> Result<(Plan, f64, f64), String> {
    let demand = session.demand_mut();
    let wanted: Vec<usize> = (0..demand.len()).filter(|cell| demand[*cell].units > 0.0).collect();
    let cell = *wanted.get((run + 1) * 7919 % wanted.len().max(1)).ok_or("the instance has no demand to edit")?;
    demand[cell].units = (demand[cell].units * 1.1).ceil();
    let (plan, cpu_s, wall_s) = timed(|| session.solve(options, &CpuClock))?;
    let fresh = solve(session.problem(), options, &CpuClock).map_err(|error| error.to_string())?;
    if (&fresh.allocations, &fresh.unmet) != (&plan.allocations, &plan.unmet) {
        return Err("the session's answer differs from a fresh one".to_owned());
    }
    Ok((plan, cpu_s, wall_s))
}

fn options_of(task: &str, threads: usize) -> Result<Options, String> {
    let plain = Options {
        weight: Weight::Units,
        balance: Balance::Off,
        preference: false,
        priority_reading: Some(PriorityReading::Preference),
        threads,
        ..Options::default()
    };
    Ok(match task {
        "baseline" => Options { model: PlanModel::Baseline, ..plain },
        "unmet" => Options { model: PlanModel::Area, ..plain },
        "stages" => Options { model: PlanModel::Area, balance: Balance::Max, preference: true, ..plain },
        "finished" => Options { model: PlanModel::Finished, ..plain },
        "prebuild" => Options { model: PlanModel::Prebuild, prebuild_cover: 0.5, ..plain },
        "edit" => Options { threads, gains: 0, ..Options::default() },
        "default" | "edit-gains" | "risk" => Options { threads, ..Options::default() },
        other => return Err(format!("no task '{other}'")),
    })
}

/// One JSON line. What is neither explanation nor verification counts as building or solving, so that nothing is left out
/// of the comparison.
fn describe(arguments: &Arguments, run: usize, plan: &Plan, [read_s, cpu_s, wall_s]: [f64; 3]) -> serde_json::Value {
    let timing = plan.timing;
    let extras_s = timing.explain_s + timing.verify_s;
    json!({
        "what": arguments.task,
        "inst": arguments.inst.file_name().map(|name| name.to_string_lossy()),
        "run": run,
        "status": plan.status,
        "read_s": read_s,
        "build_s": (cpu_s - timing.solve_s - extras_s).max(0.0),
        "solve_s": timing.solve_s,
        "explain_s": timing.explain_s,
        "verify_s": timing.verify_s,
        "cpu_s": cpu_s,
        "wall_s": wall_s,
        "unmet_w": plan.unmet.iter().map(|unmet| unmet.weight).sum::<f64>(),
        "unmet_units": plan.unmet.iter().map(|unmet| unmet.units).sum::<f64>(),
        "finished_units": plan.finished.iter().map(|finished| finished.finished).sum::<f64>(),
        "stages": plan.stages,
        "verification": plan.verification,
        "allocations": plan.allocations.len(),
        "rss_mb": peak_memory_mb(),
    })
}

fn peak_memory_mb() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib / 1024)
}

fn dump(folder: &Path, instance: &Instance, plan: &Plan) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut bytes = Vec::with_capacity(plan.allocations.len() * 16);
    for allocation in &plan.allocations {
        bytes.extend(instance.capability_rows[allocation.capability].to_le_bytes());
        bytes.extend((allocation.period as u32).to_le_bytes());
        bytes.extend(allocation.units.to_le_bytes());
    }
    fs::write(folder.join("allocations.bin"), &bytes)?;
    bytes.clear();
    for entry in &plan.finished {
        bytes.extend(instance.model_rows[entry.model].to_le_bytes());
        bytes.extend((entry.period as u32).to_le_bytes());
        for units in [entry.finished, entry.delivered, entry.stock] {
            bytes.extend(units.to_le_bytes());
        }
    }
    fs::write(folder.join("finished.bin"), &bytes)
}

fn parse_arguments() -> Result<Arguments, String> {
    let mut parsed =
        Arguments { inst: PathBuf::new(), task: String::new(), runs: 5, plants: None, threads: 1, samples: 10_000, dump: None };
    let mut given = std::env::args().skip(1);
    while let Some(name) = given.next() {
        let value = given.next().ok_or_else(|| format!("{name} needs a value"))?;
        let count = || value.parse::<usize>().map_err(|_| format!("{name} needs a whole number, not '{value}'"));
        match name.as_str() {
            "--inst" => parsed.inst = PathBuf::from(value),
            "--task" => parsed.task = value,
            "--runs" => parsed.runs = count()?,
            "--plants" => parsed.plants = Some(count()?),
            "--threads" => parsed.threads = count()?.max(1),
            "--samples" => parsed.samples = count()?.try_into().map_err(|_| "--samples is too much".to_owned())?,
            "--dump" => parsed.dump = Some(PathBuf::from(value)),
            _ => return Err(format!("no option '{name}'")),
        }
    }
    if parsed.inst.as_os_str().is_empty() || parsed.task.is_empty() {
        return Err("--inst FOLDER and --task TASK are needed".to_owned());
    }
    Ok(parsed)
}
