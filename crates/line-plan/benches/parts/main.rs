//! Criterion benches of the engine's parts, on plants made in memory: to see what a change does, not to compare with others.

mod plant;

use std::hint::black_box;
use std::io::Write;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use line_plan::{Balance, NoClock, Options, PlanModel, Problem, Weight, solve};

/// The questions, from the plainest to what the command asks by default.
fn questions() -> Vec<(&'static str, Options)> {
    let plain = Options { weight: Weight::Units, balance: Balance::Off, preference: false, ..Options::default() };
    vec![
        ("baseline", Options { model: PlanModel::Baseline, ..plain.clone() }),
        ("unmet per area", Options { model: PlanModel::Area, ..plain.clone() }),
        ("three stages", Options { model: PlanModel::Area, balance: Balance::Max, preference: true, ..plain.clone() }),
        ("finished units", Options { model: PlanModel::Finished, ..plain.clone() }),
        ("prebuild", Options { model: PlanModel::Prebuild, ..plain }),
        ("default", Options::default()),
    ]
}

fn plans(criterion: &mut Criterion) {
    for (size, problem) in [("20 lines", plant::plant(4, 60, 2)), ("100 lines", plant::plant(20, 500, 6))] {
        let mut group = criterion.benchmark_group(format!("plan, {size}"));
        group.sample_size(10);
        for (name, options) in questions() {
            if let Err(error) = solve(&problem, &options, &NoClock) {
                let _ = writeln!(std::io::stderr(), "SKIPPED plan, {size}/{name}: {error}");
                continue;
            }
            group.bench_function(name, |bencher| bencher.iter(|| solve(black_box(&problem), &options, &NoClock)));
        }
        group.finish();
    }
}

fn problems(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("problem, 100 lines");
    let problem = plant::plant(20, 500, 6);
    group.bench_function("defects", |bencher| bencher.iter(|| black_box(&problem).defects()));
    group.bench_function("priority reading", |bencher| bencher.iter(|| black_box(&problem).priority_reading()));
    group.bench_with_input(BenchmarkId::new("hours per unit", problem.capabilities.len()), &problem, |bencher, problem: &Problem| {
        bencher.iter(|| (0..problem.capabilities.len()).map(|capability| problem.hours_per_unit(capability)).sum::<f64>());
    });
    group.finish();
}

criterion_group!(parts, problems, plans);
criterion_main!(parts);
