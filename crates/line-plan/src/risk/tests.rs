//! Studies whose answer is known: one line and normal demand, discrete availability, groups that move together; and what is refused.

use super::*;
use crate::language::Language;
use crate::problem::*;

/// One line of 100 hours, one model of an hour each.
pub(super) fn plant(units: f64) -> Problem {
    Problem {
        areas: vec![Area { name: "SMT".to_owned(), order: 0, predecessors: vec![] }],
        lines: vec![Line {
            name: "SMT-01".to_owned(),
            plant: "Sibiu".to_owned(),
            area: 0,
            hours_per_day: 10.0,
            overtime_hours_per_day: 0.0,
            operating_days: vec![10.0],
            maintenance_hours: vec![],
            opening_cost: 0.0,
        }],
        models: vec![Model {
            name: "Board".to_owned(),
            customer: "Norte".to_owned(),
            program: String::new(),
            family: "Body".to_owned(),
            weight: 1.0,
            tier: 1,
            unit_value: None,
            currency: String::new(),
            life: Window::ALWAYS,
        }],
        periods: vec![Period { name: "2027".to_owned(), operating_days: 10.0 }],
        steps: vec![Step { model: 0, area: 0, name: String::new(), passes: 1.0 }],
        capabilities: vec![Capability {
            step: 0,
            line: 0,
            cycle_time_s: 1800.0,
            efficiency: 0.5,
            first_pass_yield: 1.0,
            pieces_per_panel: 1.0,
            priority: 1,
            minimum_lot: 0.0,
            approved: Window::ALWAYS,
        }],
        demand: vec![Demand { model: 0, period: 0, units }],
        ..Problem::default()
    }
}

fn volume(distribution: Distribution) -> Uncertain {
    Uncertain {
        quantity: Quantity::Volume,
        members: Members::Models(vec![0]),
        distribution,
        together: Together::Alone,
        correlation: 0.0,
        persistence: 1.0,
        bars: Together::Alone,
    }
}

fn question(inputs: Vec<Uncertain>, samples: u32) -> Question {
    Question { inputs, samples, seed: 17, tolerance: 0.0, targets: vec![0.85] }
}

/// Demand is normal with mean 90 and sd 10, capacity 100: P(short) = Φ(−1), E(missing) = sd · (φ(1) − 1 · (1 − Φ(1))).
#[test]
fn a_single_line_with_normal_demand_is_short_as_often_as_the_normal_law_says() {
    let normal = Distribution::Normal { mean: 1.0, sd: 10.0 / 90.0, low: 0.0, high: 3.0 };
    let study = study(&plant(90.0), &Options::default(), &question(vec![volume(normal)], 20_000), 2, &Quiet).expect("a study");
    let (share, density) = (0.158_655_253_931_457, 0.241_970_724_519_143);
    // Three standard errors.
    assert!((study.short.share - share).abs() < 3.0 * study.short.standard_error, "{:?}", study.short);
    assert!(study.short.low < study.short.share && study.short.share < study.short.high);
    let missing = 10.0 * (density - share);
    assert!((study.unmet_units.mean - missing).abs() < 3.0 * 2.5 / 20_000_f64.sqrt(), "{} and {missing}", study.unmet_units.mean);
    // Expected shortfall of the worst twentieth: mean + sd · φ(z) ÷ 0.05 − capacity, z = 1.645.
    let worst = 90.0 + 10.0 * 0.103_135_640_4 / 0.05 - 100.0;
    assert!((study.unmet_units.cvar95 - worst).abs() < 0.5, "{}", study.unmet_units.cvar95);
    // Over 85 % where demand is over 85 units: Φ(0.5).
    let line = study.things.iter().find(|thing| thing.of == Of::Line && thing.period.is_none()).expect("the line");
    let over = line.over_target.expect("lines have targets");
    assert!((over.share - 0.691_462_461_274_013).abs() < 3.0 * over.standard_error);
    let level = line.utilization.expect("lines have a utilisation");
    assert!((level.p50 - 0.9).abs() < 0.003 && (level.p5 - 0.7355).abs() < 0.006 && level.p95 == 1.0 || (level.p95 - 1.0).abs() < 0.002);
    // The bar goes from the 10th to the 90th percentile of the demand.
    let bar = &study.bars[0];
    assert!((bar.factor_high * 90.0 - (90.0 + 12.815_515_655)).abs() < 1e-6 && (bar.high.unmet_units - 2.815_515_655).abs() < 1e-6);
    assert!(bar.low.unmet_units == 0.0 && bar.correlation_peak.expect("both vary") > 0.95);
    assert_eq!((study.samples, study.checked.samples), (20_000, 313));
    assert!(study.checked.worst_error < 1e-6);
}

/// Wilson's interval for 10 of 100 at 95 %, as textbooks give it.
#[test]
fn the_interval_of_a_probability_is_wilsons() {
    let told = Probability::of(10, 100);
    assert!(
        (told.low - 0.0552).abs() < 1e-4 && (told.high - 0.1744).abs() < 1e-4 && (told.standard_error - 0.03).abs() < 1e-12,
        "{told:?}"
    );
    let (never, always) = (Probability::of(0, 50), Probability::of(50, 50));
    assert!(never.low == 0.0 && never.high > 0.05 && always.high == 1.0 && always.low < 0.95);
}

/// Availability of a share 0.8 or 1 with equal odds on a line that needs 0.9 of its hours.
#[test]
fn discrete_availability_is_short_in_its_share_of_the_samples() {
    let availability = Uncertain {
        quantity: Quantity::Availability,
        members: Members::Lines(vec![0]),
        ..volume(Distribution::Discrete { values: vec![(1.0, 3.0), (0.8, 1.0)] })
    };
    let study = study(&plant(90.0), &Options::default(), &question(vec![availability], 4000), 1, &Quiet).expect("a study");
    assert!((study.short.share - 0.25).abs() < 3.0 * study.short.standard_error);
    let line = study.things.iter().find(|thing| thing.of == Of::Line && thing.period.is_none()).expect("the line");
    // 10 of 90 units miss where 80 hours are left.
    assert!((line.unmet_units.p95 - 10.0).abs() < 0.06 && line.unmet_units.p50 == 0.0);
    assert!((study.unmet_units.mean - 10.0 * study.short.share).abs() < 1e-6);
}

#[test]
fn breakdowns_take_the_share_of_hours_that_repairs_take() {
    let input = Uncertain {
        quantity: Quantity::Availability,
        members: Members::Lines(vec![0]),
        ..volume(Distribution::Breakdowns { mtbf_h: 8.0, mttr_h: 2.0 })
    };
    let mut problem = plant(10.0);
    problem.lines[0].operating_days = vec![300.0];
    let study = study(&problem, &Options::default(), &question(vec![input], 2000), 1, &Quiet).expect("a study");
    // 10 units in 3000 hours · 0.8, and a little more because the line begins running.
    let level = study.things[0].utilization.expect("the line's");
    assert!((level.mean - 10.0 / 2400.0).abs() < 2e-5, "{level:?}");
}

#[test]
fn families_that_move_together_fall_short_together() {
    let mut problem = plant(90.0);
    let mut second = plant(90.0);
    second.models[0].name = "Panel".to_owned();
    second.lines[0].name = "SMT-02".to_owned();
    problem.models.append(&mut second.models);
    problem.lines.append(&mut second.lines);
    problem.steps.push(Step { model: 1, ..problem.steps[0].clone() });
    problem.capabilities.push(Capability { step: 1, line: 1, ..problem.capabilities[0].clone() });
    problem.demand.push(Demand { model: 1, period: 0, units: 90.0 });
    let short = |together: Together, correlation: f64| {
        let normal = Distribution::Normal { mean: 1.0, sd: 10.0 / 90.0, low: 0.0, high: 3.0 };
        let both = Uncertain { members: Members::Models(vec![0, 1]), together, correlation, bars: Together::Family, ..volume(normal) };
        study(&problem, &Options::default(), &question(vec![both], 6000), 2, &Quiet).expect("a study").short
    };
    let one = 0.158_655;
    let (apart, same, half) = (short(Together::Alone, 0.9), short(Together::Family, 1.0), short(Together::Family, 0.5));
    assert!((apart.share - (1.0 - (1.0 - one) * (1.0 - one))).abs() < 3.0 * apart.standard_error, "independent: {apart:?}");
    assert!((same.share - one).abs() < 3.0 * same.standard_error, "one factor: {same:?}");
    assert!(same.share < half.share && half.share < apart.share);
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let even = Distribution::Uniform { low: 0.9, high: 1.1 };
    let models = || volume(even.clone());
    let lines = || Uncertain { quantity: Quantity::Availability, members: Members::Lines(vec![0]), ..models() };
    let cases: Vec<(Uncertain, &str, &str)> = vec![
        (Uncertain { distribution: Distribution::Uniform { low: 1.1, high: 0.9 }, ..models() }, "low", "low_above_high"),
        (Uncertain { distribution: Distribution::Uniform { low: -0.1, high: 0.9 }, ..models() }, "distribution", "below_zero"),
        (Uncertain { distribution: Distribution::Uniform { low: f64::NAN, high: 0.9 }, ..models() }, "low", "out_of_range"),
        (Uncertain { distribution: Distribution::Pert { low: 0.9, mode: 0.8, high: 1.0 }, ..models() }, "mode", "mode_outside"),
        (Uncertain { distribution: Distribution::Lognormal { mean: 0.0, cv: 0.1 }, ..models() }, "mean", "not_positive"),
        (Uncertain { distribution: Distribution::Discrete { values: vec![] }, ..models() }, "values", "no_values"),
        (
            Uncertain { distribution: Distribution::Normal { mean: 1.0, sd: 0.01, low: 2.0, high: 3.0 }, ..models() },
            "low",
            "nothing_between",
        ),
        (
            Uncertain { distribution: Distribution::Breakdowns { mtbf_h: 9.0, mttr_h: 1.0 }, ..models() },
            "distribution",
            "only_availability",
        ),
        (Uncertain { members: Members::Models(vec![0, 0]), ..models() }, "members", "bad_member"),
        (Uncertain { members: Members::Lines(vec![0]), ..models() }, "members", "wrong_members"),
        (Uncertain { together: Together::Area, ..models() }, "together", "wrong_group"),
        (Uncertain { bars: Together::Family, ..lines() }, "bars", "wrong_group"),
        (Uncertain { correlation: 1.5, ..models() }, "correlation", "out_of_range"),
        (Uncertain { persistence: -0.5, ..models() }, "persistence", "out_of_range"),
        (lines(), "distribution", "above_one"),
        (
            Uncertain { quantity: Quantity::Efficiency, distribution: Distribution::Uniform { low: 0.0, high: 1.0 }, ..models() },
            "distribution",
            "not_positive",
        ),
    ];
    for (input, member, code) in cases {
        let told = format!("{input:?}");
        match study(&plant(90.0), &Options::default(), &question(vec![input], 10), 1, &Quiet) {
            Err(RiskError::Wrong { input: Some(0), member: found, code: why, .. }) => assert_eq!((found, why), (member, code), "{told}"),
            other => panic!("{told}: {other:?}"),
        }
    }
    let none = study(&plant(90.0), &Options::default(), &question(vec![], 0), 1, &Quiet);
    assert!(matches!(none, Err(RiskError::Wrong { input: None, member: "samples", .. })));
}

#[test]
fn a_study_says_what_it_found_in_each_language() {
    let normal = Distribution::Normal { mean: 1.0, sd: 0.1, low: 0.5, high: 1.5 };
    let input = Uncertain { bars: Together::Family, ..volume(normal) };
    let study = study(&plant(95.0), &Options::default(), &question(vec![input], 1000), 1, &Quiet).expect("a study");
    let [en, es, de] = Language::ALL.map(|language| study.sentences(language));
    assert!(en[2].starts_with("Line SMT-01 is short in ") && en[2].ends_with("what moves it most is the volume of family Body."), "{en:?}");
    assert!(es[2].contains("el volumen de la familia Body") && de[2].contains("das Volumen der Familie Body"));
    assert!(en.len() == es.len() && es.len() == de.len());
    assert!(en.iter().zip(&de).all(|(a, b)| a != b) && en.iter().zip(&es).all(|(a, b)| a != b));
}

/// Stops at the first question.
struct Never;

impl Control for Never {
    fn progress(&self, _done: f64, _samples: usize, _short: usize) {}

    fn stop(&self) -> bool {
        true
    }
}

#[test]
fn a_stopped_study_says_so() {
    let even = Distribution::Uniform { low: 0.9, high: 1.1 };
    let stopped = study(&plant(90.0), &Options::default(), &question(vec![volume(even)], 1000), 2, &Never);
    assert_eq!(stopped, Err(RiskError::Stopped));
}
