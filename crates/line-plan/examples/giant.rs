//! Times the engine on one plant whose lines all hang together, of any size, and prints one JSON line for each task.
//!
//! ```text
//! giant [--lines 10000] [--areas 1] [--periods 1] [--load 1.0] [--reach 0] [--seed 1] [--task unmet,stages,leximin,finished] [--threads 1]
//! ```
//!
//! Every area has `lines ÷ areas` lines and there are two models for each of them; a model can be made on five lines of every
//! area, anywhere among them or, with a `--reach`, within so many of each other. Hours per unit differ between lines.

use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;

use line_plan::{
    Area, Balance, Capability, Demand, Line, Model, NoClock, Options, Period, PlanModel, PriorityReading, Problem, Step, Weight, Window,
    solve,
};
use serde_json::json;

struct Arguments {
    lines: usize,
    areas: usize,
    periods: usize,
    load: f64,
    reach: usize,
    seed: u64,
    tasks: String,
    threads: usize,
}

fn main() -> ExitCode {
    match parse().and_then(|arguments| run(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            let _ = writeln!(std::io::stderr(), "giant: {message}");
            ExitCode::from(2)
        }
    }
}

fn parse() -> Result<Arguments, String> {
    let tasks = "unmet,stages,leximin".to_owned();
    let mut parsed = Arguments { lines: 10_000, areas: 1, periods: 1, load: 1.0, reach: 0, seed: 1, tasks, threads: 1 };
    let mut given = std::env::args().skip(1);
    while let Some(name) = given.next() {
        let value = given.next().ok_or_else(|| format!("{name} needs a value"))?;
        let count = || value.parse::<usize>().map_err(|_| format!("{name} needs a whole number, not '{value}'"));
        match name.as_str() {
            "--lines" => parsed.lines = count()?,
            "--areas" => parsed.areas = count()?.max(1),
            "--periods" => parsed.periods = count()?,
            "--reach" => parsed.reach = count()?,
            "--seed" => parsed.seed = count()? as u64,
            "--threads" => parsed.threads = count()?.max(1),
            "--load" => parsed.load = value.parse().map_err(|_| "--load needs a number".to_owned())?,
            "--task" => parsed.tasks = value,
            _ => return Err(format!("no option '{name}'")),
        }
    }
    Ok(parsed)
}

#[expect(clippy::disallowed_methods, reason = "a timing program: wall-clock time is what it reports")]
fn run(arguments: &Arguments) -> Result<(), String> {
    let problem = plant(arguments);
    let threads = arguments.threads;
    for task in arguments.tasks.split(',') {
        let reading = Some(PriorityReading::Preference);
        let plain = Options { model: PlanModel::Area, priority_reading: reading, gains: 0, threads, ..Options::default() };
        let options = match task {
            "unmet" => Options { balance: Balance::Off, preference: false, weight: Weight::Units, ..plain },
            "stages" => Options { balance: Balance::Max, ..plain },
            "leximin" => plain,
            "finished" => Options { model: PlanModel::Finished, ..plain },
            "prebuild" => Options { model: PlanModel::Prebuild, ..plain },
            other => return Err(format!("no task '{other}'")),
        };
        let started = Instant::now();
        let plan = solve(&problem, &options, &NoClock).map_err(|error| error.to_string())?;
        let line = json!({
            "task": task,
            "wall_s": started.elapsed().as_secs_f64(),
            "status": plan.status,
            "stages": plan.stages.iter().map(|s| s.value).collect::<Vec<_>>(),
            "verified": plan.verification.holds(),
            "rss_mb": peak_memory_mb(),
        });
        writeln!(std::io::stdout(), "{line}").map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn plant(arguments: &Arguments) -> Problem {
    let mut dice = Dice(arguments.seed);
    let mut problem = Problem::default();
    let (areas, per_area) = (arguments.areas, arguments.lines / arguments.areas);
    for a in 0..areas {
        let predecessors = if a > 0 { vec![a - 1] } else { Vec::new() };
        problem.areas.push(Area { name: format!("A{a}"), order: a as u32, predecessors });
        for l in 0..per_area {
            problem.lines.push(Line {
                name: format!("A{a}-L{l:05}"),
                plant: "Monterrey".to_owned(),
                area: a,
                hours_per_day: [14.0, 21.0, 23.0][dice.below(3)],
                overtime_hours_per_day: 0.0,
                operating_days: vec![20.0; arguments.periods],
                maintenance_hours: Vec::new(),
                opening_cost: 0.0,
            });
        }
    }
    for t in 0..arguments.periods {
        problem.periods.push(Period { name: format!("2026-{:02}", t + 1), operating_days: 20.0 });
    }
    for m in 0..2 * per_area {
        problem.models.push(Model {
            name: format!("M{m:05}"),
            customer: String::new(),
            program: String::new(),
            family: String::new(),
            weight: [1.0, 1.0, 2.0][dice.below(3)],
            tier: 1,
            unit_value: None,
            currency: String::new(),
            life: Window::ALWAYS,
        });
        for a in 0..areas {
            let step = problem.steps.len();
            problem.steps.push(Step { model: m, area: a, name: String::new(), passes: 1.0 });
            let mut lines: Vec<usize> = Vec::new();
            while lines.len() < 5.min(per_area) {
                let within =
                    if arguments.reach == 0 { dice.below(per_area) } else { (m / 2 + dice.below(arguments.reach.max(5))) % per_area };
                if !lines.contains(&within) {
                    lines.push(within);
                }
            }
            for l in lines {
                problem.capabilities.push(Capability {
                    step,
                    line: a * per_area + l,
                    cycle_time_s: 60.0 * dice.between(0.85, 1.2),
                    efficiency: 0.85,
                    first_pass_yield: 1.0,
                    pieces_per_panel: 1.0,
                    priority: 1 + dice.below(3) as u32,
                    minimum_lot: 0.0,
                    approved: Window::ALWAYS,
                });
            }
        }
        for period in 0..arguments.periods {
            let units = (arguments.load * 387.0 * 51.0 / 2.0 * dice.between(0.3, 1.7)).round();
            problem.demand.push(Demand { model: m, period, units });
        }
    }
    problem
}

fn peak_memory_mb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib / 1024)
}

/// Repeatable chance (the splitmix64 sequence of Steele, Lea and Flood, 2014).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}
