//! Laws of a risk study: what varies nothing, repeats, scales, and what each sample answers.

use line_plan::risk::{Distribution, Members, Of, Quantity, Question, Quiet, Study, Together, Uncertain, sampled, study};
use line_plan::*;
use proptest::prelude::*;

use crate::instances::{Recipe, cases, recipes, shuffled};

fn uncertain(problem: &Problem, quantity: Quantity, distribution: Distribution) -> Uncertain {
    let of_models = quantity == Quantity::Volume;
    Uncertain {
        quantity,
        members: if of_models {
            Members::Models((0..problem.models.len()).collect())
        } else {
            Members::Lines((0..problem.lines.len()).collect())
        },
        distribution,
        together: if of_models { Together::Family } else { Together::Area },
        correlation: 0.4,
        persistence: 0.7,
        bars: if of_models { Together::Family } else { Together::Alone },
    }
}

/// Every quantity, with a distribution of each kind.
fn everything(problem: &Problem) -> Vec<Uncertain> {
    vec![
        uncertain(problem, Quantity::Volume, Distribution::Normal { mean: 1.0, sd: 0.1, low: 0.5, high: 1.6 }),
        uncertain(problem, Quantity::Efficiency, Distribution::Pert { low: 0.9, mode: 1.0, high: 1.05 }),
        uncertain(problem, Quantity::CycleTime, Distribution::Lognormal { mean: 1.0, cv: 0.05 }),
        uncertain(problem, Quantity::Availability, Distribution::Breakdowns { mtbf_h: 60.0, mttr_h: 4.0 }),
        Uncertain {
            together: Together::Alone,
            ..uncertain(problem, Quantity::Volume, Distribution::Triangular { low: 0.9, mode: 1.0, high: 1.2 })
        },
    ]
}

fn asked(problem: &Problem, inputs: Vec<Uncertain>, samples: u32) -> Question {
    Question { inputs, samples, seed: 20_261_121, tolerance: 0.001, targets: vec![0.85; problem.areas.len()] }
}

fn studied(problem: &Problem, options: &Options, question: &Question, threads: usize) -> Study {
    study(problem, options, question, threads, &Quiet).expect("a well-formed question")
}

fn bytes(study: &Study) -> String {
    serde_json::to_string(study).expect("a study is JSON")
}

proptest! {
    #![proptest_config(cases(16))]

    /// Where nothing varies, every sample is the plan.
    #[test]
    fn samples_without_variance_are_the_deterministic_plan_exactly(recipe in recipes()) {
        let problem = recipe.problem();
        let still = [Quantity::Volume, Quantity::Efficiency, Quantity::CycleTime, Quantity::Availability]
            .map(|quantity| uncertain(&problem, quantity, Distribution::Normal { mean: 1.0, sd: 0.0, low: 1.0, high: 1.0 }));
        for model in [PlanModel::Area, PlanModel::Finished, PlanModel::Prebuild] {
            let options = Options { model, gains: 0, ..Options::default() };
            let question = asked(&problem, still.to_vec(), 3);
            prop_assert_eq!(&sampled(&problem, &question, 2).expect("sound"), &problem);
            let plan = solve(&problem, &options, &NoClock).expect("well formed");
            let found = studied(&problem, &options, &question, 1);
            let (units, weight): (f64, f64) = plan.unmet.iter().fold((0.0, 0.0), |sum, u| (sum.0 + u.units, sum.1 + u.weight));
            for spread in [found.unmet_units, found.unmet_weight] {
                prop_assert!(spread.p5 == spread.p95 && spread.p5 == spread.cvar95.min(spread.p5));
            }
            prop_assert_eq!((found.unmet_units.p50, found.unmet_weight.p50), (units, weight));
            prop_assert_eq!((found.planned.unmet_units, found.planned.unmet_weight), (units, weight));
            prop_assert!(found.short.share == 0.0 || found.short.share == 1.0);
        }
    }

    /// Each sample is what a fresh solve of the sampled problem says.
    #[test]
    fn samples_are_fresh_solves_of_the_sampled_problems(recipe in recipes()) {
        let problem = recipe.problem();
        let options = Options { gains: 0, ..Options::default() };
        let samples = 5;
        for inputs in [everything(&problem), vec![few(&problem)]] {
            let question = asked(&problem, inputs, samples);
            let found = studied(&problem, &options, &question, 2);
            let plans: Vec<Plan> = (0..samples)
                .map(|number| solve(&sampled(&problem, &question, number).expect("sound"), &options, &NoClock).expect("well formed"))
                .collect();
            let mut units: Vec<f64> = plans.iter().map(|plan| plan.unmet.iter().map(|u| u.units).sum()).collect();
            units.sort_by(f64::total_cmp);
            prop_assert_eq!((found.unmet_units.p5, found.unmet_units.p50, found.unmet_units.p95), (units[0], units[2], units[4]));
            // The engine's own count of each line and period.
            for (place, line) in problem.lines.iter().enumerate() {
                for (at, period) in problem.periods.iter().enumerate() {
                    let short = |plan: &&Plan| {
                        let missing = |u: &Unmet| {
                            let wanted = plan.finished.iter().find(|f| f.model == u.model && f.period == u.period).map_or(0.0, |f| f.demand);
                            u.period == at && u.limiting_lines.contains(&place) && u.units > 0.001 * wanted
                        };
                        plan.unmet.iter().any(missing)
                    };
                    let own = found.things.iter().find(|thing| {
                        thing.of == Of::Line && thing.name == line.name && thing.plant == line.plant && thing.period.as_ref() == Some(&period.name)
                    });
                    let own = own.expect("every line in every period");
                    prop_assert_eq!(own.short.share, plans.iter().filter(short).count() as f64 / f64::from(samples));
                    let load = |plan: &Plan| plan.lines.iter().find(|load| load.line == place && load.period == at).copied().expect("every line");
                    let level = |plan: &Plan| {
                        let load = load(plan);
                        if load.hours_available > 0.0 { load.hours_used / load.hours_available } else { f64::from(u8::from(load.hours_used > 0.0)) }
                    };
                    let mean = plans.iter().map(level).sum::<f64>() / f64::from(samples);
                    let told = own.utilization.expect("lines have one").mean;
                    prop_assert!((told - mean).abs() < 1e-8, "{} and {}", told, mean);
                }
            }
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_whatever_the_threads_and_the_order_of_rows(recipe in recipes(), order in any::<u64>()) {
        let problem = recipe.problem();
        let options = Options { gains: 0, ..Options::default() };
        let question = asked(&problem, everything(&problem), 24);
        let one = bytes(&studied(&problem, &options, &question, 1));
        prop_assert_eq!(&one, &bytes(&studied(&problem, &options, &question, 3)));
        // Everything is named by all inputs, so indices need no translation.
        let other = shuffled(&problem, order);
        prop_assert_eq!(&one, &bytes(&studied(&other, &options, &asked(&other, everything(&other), 24), 2)));
        let another = Question { seed: 1, ..question };
        prop_assert!(recipe.periods == 0 || one != bytes(&studied(&problem, &options, &another, 1)));
    }

    /// More demand on the same draws never makes anything less likely to be short.
    #[test]
    fn probabilities_rise_with_demand(recipe in recipes()) {
        let problem = Recipe { tiers: false, ..recipe }.problem();
        let options = Options { gains: 0, balance: Balance::Off, preference: false, ..Options::default() };
        let with = |factor: f64| {
            let mut scaled = problem.clone();
            scaled.demand.iter_mut().for_each(|demand| demand.units *= factor);
            let volumes = uncertain(&scaled, Quantity::Volume, Distribution::Uniform { low: 0.7, high: 1.3 });
            studied(&scaled, &options, &Question { tolerance: 0.0, ..asked(&scaled, vec![volumes], 40) }, 2)
        };
        let (less, more) = (with(1.0), with(1.25));
        prop_assert!(less.short.share <= more.short.share);
        prop_assert!(less.unmet_weight.mean <= more.unmet_weight.mean * (1.0 + 1e-9) + 1e-9);
        prop_assert!(less.unmet_weight.p95 <= more.unmet_weight.p95 * (1.0 + 1e-9) + 1e-9);
    }
}

/// One model's volume alone: most of each sample is remembered from another.
fn few(problem: &Problem) -> Uncertain {
    let one = uncertain(problem, Quantity::Volume, Distribution::Discrete { values: vec![(0.8, 1.0), (1.0, 1.0), (1.4, 1.0)] });
    Uncertain { members: Members::Models(vec![problem.models.len() - 1]), ..one }
}

#[test]
fn integer_plans_are_studied_without_their_integer_decisions_and_say_so() {
    let problem = Recipe::plain(3, 2, 2, 5, 2).problem();
    let question = asked(&problem, everything(&problem), 8);
    let integers = Integers { minimum_lots: true, ..Integers::default() };
    let (plain, integer) = (Options::default(), Options { integers, ..Options::default() });
    let (without, with) = (studied(&problem, &plain, &question, 1), studied(&problem, &integer, &question, 1));
    assert!(!without.simplified && with.simplified);
    assert_eq!(without.unmet_units, with.unmet_units);
    let mix = Options { changeovers: ChangeoverCharging::Mix, ..Options::default() };
    assert!(!studied(&problem, &mix, &question, 1).simplified);
    let rule = Options { model: PlanModel::Baseline, ..Options::default() };
    assert!(studied(&problem, &rule, &question, 2).unmet_weight.mean >= 0.0);
}

#[test]
fn bars_cover_every_driver_and_the_longest_comes_first() {
    let problem = Recipe { load: 1.1, ..Recipe::plain(9, 2, 3, 8, 3) }.problem();
    let found = studied(&problem, &Options::default(), &asked(&problem, everything(&problem), 200), 2);
    // Four families twice, and six lines three times.
    assert_eq!(found.bars.len(), 2 * 4 + 3 * 6);
    assert!(found.bars.windows(2).all(|pair| pair[0].swing() >= pair[1].swing()));
    assert!(found.bars[0].swing() > 0.0 && found.bars.iter().all(|bar| bar.factor_low <= bar.factor_high));
    let volumes = found.bars.iter().filter(|bar| bar.driver.quantity == Quantity::Volume);
    assert!(volumes.filter_map(|bar| bar.correlation_unmet).any(|rho| rho > 0.1), "more volume, more missing");
    assert_eq!(found.convergence.last().map(|point| point.samples), Some(200));
    assert!(found.convergence.windows(2).all(|pair| pair[0].samples < pair[1].samples));
    let counted: u32 = found.units_histogram.zero + found.units_histogram.bins.iter().map(|bin| bin.count).sum::<u32>();
    assert_eq!(counted, 200);
}
