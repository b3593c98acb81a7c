//! Generated plants: their counts, their laws, and the workbook that carries them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use calamine::{Data, Range, Reader, Xlsx, open_workbook_from_rs};
use line_plan::{PriorityReading, Problem};
use workbook::{Shape, Size, generate, generate_workbook};

const SHAPES: [Shape; 2] = [Shape::Plant, Shape::Mixed];

#[test]
fn sizes_have_the_stated_counts() {
    for shape in SHAPES {
        for (size, lines, models, periods, plants) in
            [(Size::S, 20, 60, 12, 1), (Size::M, 100, 500, 12, 1), (Size::L, 1_000, 5_000, 36, 20)]
        {
            let problem = generate(size, shape, 1);
            assert_eq!(
                (problem.areas.len(), problem.lines.len(), problem.models.len(), problem.periods.len()),
                (5, lines, models, periods),
                "{size:?} {shape:?}"
            );
            let names: BTreeSet<&str> = problem.lines.iter().map(|line| line.plant.as_str()).collect();
            assert_eq!(names.len(), plants);
        }
    }
}

#[test]
fn lines_per_model_and_area_are_about_eight() {
    for (size, low, high) in [(Size::S, 2.2, 3.3), (Size::M, 7.0, 9.5)] {
        for shape in SHAPES {
            let means = (1..=6).map(|seed| {
                let problem = generate(size, shape, seed);
                problem.capabilities.len() as f64 / problem.steps.len() as f64
            });
            let mean = means.sum::<f64>() / 6.0;
            assert!((low..high).contains(&mean), "{size:?} {shape:?}: {mean}");
        }
    }
}

#[test]
fn problems_are_well_formed_and_every_step_has_a_line_of_its_area() {
    for shape in SHAPES {
        for seed in 1..=4 {
            let problem = generate(Size::S, shape, seed);
            let mut served = BTreeSet::new();
            let mut pairs = BTreeSet::new();
            for capability in &problem.capabilities {
                assert_eq!(problem.lines[capability.line].area, problem.steps[capability.step].area);
                assert!(capability.cycle_time_s > 0.0 && capability.efficiency > 0.0 && capability.efficiency <= 1.0);
                assert!(pairs.insert((capability.step, capability.line)), "no pair twice");
                served.insert(capability.step);
            }
            assert_eq!(served.len(), problem.steps.len());
            for demand in &problem.demand {
                assert!(problem.models[demand.model].life.contains(demand.period), "no demand outside the program's life");
                assert!(problem.steps.iter().any(|step| step.model == demand.model), "whatever is wanted has a routing");
            }
        }
    }
}

#[test]
fn areas_are_loaded_between_seventy_and_a_hundred_and_eight_per_cent() {
    for shape in SHAPES {
        let problem = generate(Size::M, shape, 2);
        for (area, load) in area_loads(&problem).into_iter().enumerate() {
            assert!((0.68..1.10).contains(&load), "{shape:?} {}: {load}", problem.areas[area].name);
        }
    }
}

/// Hours needed, with models spread evenly over their lines, over hours available.
fn area_loads(problem: &Problem) -> Vec<f64> {
    let mut units: BTreeMap<usize, f64> = BTreeMap::new();
    for demand in &problem.demand {
        *units.entry(demand.model).or_default() += demand.units;
    }
    let mut by_step: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for (index, capability) in problem.capabilities.iter().enumerate() {
        by_step.entry(capability.step).or_default().push(problem.hours_per_unit(index));
    }
    let mut needed = vec![0.0; problem.areas.len()];
    for (step, hours) in by_step {
        let step = &problem.steps[step];
        needed[step.area] += units.get(&step.model).unwrap_or(&0.0) * hours.iter().sum::<f64>() / hours.len() as f64;
    }
    let hours = |area| -> f64 {
        let lines = problem.lines.iter().filter(|line| line.area == area);
        lines.map(|line| (0..problem.periods.len()).map(|period| line.hours(period)).sum::<f64>()).sum()
    };
    needed.into_iter().enumerate().map(|(area, needed)| needed / hours(area)).collect()
}

#[test]
fn mixed_plants_prefer_lines_and_seeds_differ() {
    assert_eq!(generate(Size::S, Shape::Mixed, 1).priority_reading(), PriorityReading::Preference);
    assert_ne!(generate(Size::S, Shape::Mixed, 1), generate(Size::S, Shape::Mixed, 2));
    assert_eq!(generate(Size::S, Shape::Plant, 7), generate(Size::S, Shape::Plant, 7));
}

/// A fingerprint of the numbers that breaks if a machine, a compiler or an edit changes what a seed means.
#[test]
fn a_seed_means_the_same_instance_for_ever() {
    let fingerprint = |size, shape| {
        let problem = generate(size, shape, 1);
        let mut hash = 0xCBF2_9CE4_8422_2325_u64;
        let mut eat = |number: f64| {
            for byte in number.to_bits().to_le_bytes() {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
            }
        };
        problem.capabilities.iter().for_each(|c| [c.line as f64, c.cycle_time_s, c.efficiency].into_iter().for_each(&mut eat));
        problem.demand.iter().for_each(|d| [d.model as f64, d.units].into_iter().for_each(&mut eat));
        hash
    };
    let found = [fingerprint(Size::S, Shape::Plant), fingerprint(Size::S, Shape::Mixed), fingerprint(Size::M, Shape::Mixed)];
    assert_eq!(found.map(|hash| format!("{hash:016x}")), ["ff023816da6de14d", "f44d632afbdeed41", "75a8ece45acdfad8"]);
}

fn sheet(bytes: &[u8], name: &str) -> Range<Data> {
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes)).expect("it opens");
    book.worksheet_range(name).expect("the sheet exists")
}

#[test]
fn the_workbook_carries_every_number_of_the_problem() {
    for shape in SHAPES {
        let problem = generate(Size::S, shape, 5);
        let bytes = generate_workbook(Size::S, shape, 5).expect("a workbook");
        let compatibilities = sheet(&bytes, "Compatibilities");
        assert_eq!(compatibilities.height(), problem.capabilities.len() + 1);
        for (row, capability) in compatibilities.rows().skip(1).zip(&problem.capabilities) {
            assert_eq!(row[0].to_string(), problem.lines[capability.line].name);
            assert_eq!(row[1].to_string(), problem.models[problem.steps[capability.step].model].name);
            assert_eq!(row[2], Data::Float(capability.cycle_time_s));
            assert_eq!(row[3], Data::Float((capability.efficiency * 100.0).round()));
            assert_eq!(row[4], Data::Float(f64::from(capability.priority)));
        }
        let volumes = sheet(&bytes, "Volumes");
        assert_eq!(volumes.get_value((0, 1)), Some(&Data::String("2026-01".to_owned())));
        for demand in &problem.demand {
            let cell = volumes.get_value((demand.model as u32 + 1, demand.period as u32 + 1));
            assert_eq!(cell, Some(&Data::Float(demand.units)));
        }
        assert_eq!(sheet(&bytes, "Lines").height(), 21);
        assert_eq!(sheet(&bytes, "Models").height(), 61);
        assert_eq!(sheet(&bytes, "Calendar").get_value((1, 1)), Some(&Data::Float(21.0)));
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let first = generate_workbook(Size::S, Shape::Mixed, 9).expect("a workbook");
    assert!(first == generate_workbook(Size::S, Shape::Mixed, 9).expect("a workbook"));
}
