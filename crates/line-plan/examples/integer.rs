//! Measures the integer version on instances in csv: openings, minimum lots, at most three lines per model, changeover hours.
//!
//! `cargo run --release --example integer -- --inst DIR [--limit 2] [--blocks all|0,6] [--areas 5] [--year]` prints one JSON line;
//! `--dump FOLDER` also writes what is made (row of compat.csv u32, month u32, units f64) for a checker from outside.
//! A block is a plant, area and month; with `--year` the twelve months of a plant and area, where an opened line stays open.
//! The objective is 10 × tier × unmet hours (at the model's mean hours in the block) + 40 per open line and month + 1.5 per
//! assignment of a model to a line; an assignment takes 1.5 h, and at least 4 h of work or the whole demand. One thread.

#![expect(clippy::print_stdout, reason = "the measurement is the output")]

use std::collections::BTreeMap;
use std::path::Path;

use line_plan::Clock;
use line_plan::integer::{Block, Costs, Limits, Slot, Solved, solve_block};

const SETUP_HOURS: f64 = 1.5;
const SETUP_COST: f64 = 1.5;
const OPENING_COST: f64 = 40.0;
const LEAST_HOURS: f64 = 4.0;
const MOST_LINES: u32 = 3;
const UNMET_COST: f64 = 10.0;

type Failure = Box<dyn std::error::Error>;

struct Wall(std::time::Instant);

impl Wall {
    #[expect(clippy::disallowed_methods, reason = "a measurement needs a clock")]
    fn start() -> Wall {
        Wall(std::time::Instant::now())
    }
}

impl Clock for Wall {
    fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

/// What the command line asks for.
struct Asked {
    instance: String,
    limit_s: f64,
    months: Option<Vec<usize>>,
    areas: usize,
    year: bool,
    dump: Option<String>,
}

impl Asked {
    fn read() -> Result<Asked, Failure> {
        let mut asked = Asked { instance: String::new(), limit_s: 2.0, months: None, areas: 5, year: false, dump: None };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            match word.as_str() {
                "--inst" => asked.instance = value()?,
                "--limit" => asked.limit_s = value()?.parse()?,
                "--areas" => asked.areas = value()?.parse()?,
                "--blocks" => {
                    let value = value()?;
                    asked.months = if value == "all" { None } else { Some(value.split(',').map(str::parse).collect::<Result<_, _>>()?) };
                }
                "--year" => asked.year = true,
                "--dump" => asked.dump = Some(value()?),
                _ => return Err(format!("unknown: {word}").into()),
            }
        }
        if asked.instance.is_empty() { Err("--inst DIR is needed".into()) } else { Ok(asked) }
    }
}

/// One sheet of the instance.
struct Table {
    columns: BTreeMap<String, usize>,
    rows: Vec<Vec<String>>,
}

impl Table {
    fn read(folder: &str, name: &str) -> Result<Table, Failure> {
        let text = std::fs::read_to_string(Path::new(folder).join(name))?;
        let mut rows = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
        let columns = rows.next().unwrap_or_default().into_iter().enumerate().map(|(i, c)| (c, i)).collect();
        Ok(Table { columns, rows: rows.collect() })
    }

    fn column(&self, name: &str) -> Result<Vec<&str>, Failure> {
        let at = *self.columns.get(name).ok_or(format!("no column {name}"))?;
        Ok(self.rows.iter().map(|row| row[at].as_str()).collect())
    }

    fn numbers(&self, name: &str) -> Result<Vec<f64>, Failure> {
        self.column(name)?.into_iter().map(|v| v.parse().map_err(Failure::from)).collect()
    }
}

/// A capability of the instance.
struct Pair {
    line: usize,
    model: usize,
    hours_per_unit: f64,
}

struct Instance {
    /// Hours of each line in each month (h).
    hours: Vec<Vec<f64>>,
    /// Plant and area of each line.
    place: Vec<(String, String)>,
    tiers: Vec<f64>,
    pairs: Vec<Pair>,
    /// Units of each model in each month.
    volumes: Vec<Vec<f64>>,
    months: usize,
}

fn index<'a>(names: &[&'a str]) -> BTreeMap<&'a str, usize> {
    names.iter().enumerate().map(|(i, name)| (*name, i)).collect()
}

impl Instance {
    fn read(folder: &str) -> Result<Instance, Failure> {
        let tables = ["lines.csv", "models.csv", "compat.csv", "volumes.csv", "calendar.csv"].map(|name| Table::read(folder, name));
        let [lines, models, pairs, volumes, calendar] = tables;
        let (lines, models, pairs, volumes, calendar) = (lines?, models?, pairs?, volumes?, calendar?);
        let (line_at, model_at, month_at) = (lines.column("line")?, models.column("model")?, calendar.column("month")?);
        let (line_at, model_at, month_at) = (index(&line_at), index(&model_at), index(&month_at));
        let find =
            |names: &BTreeMap<&str, usize>, name: &str| names.get(name).copied().ok_or_else(|| Failure::from(format!("unknown {name}")));
        let days = calendar.numbers("working_days")?;
        let hours = lines.numbers("hours_per_day")?.iter().map(|h| days.iter().map(|d| h * d).collect()).collect();
        let place = lines.column("plant")?.iter().zip(lines.column("area")?).map(|(p, a)| ((*p).to_owned(), a.to_owned())).collect();
        let speeds = pairs.numbers("cycle_time_s")?.into_iter().zip(pairs.numbers("efficiency_pct")?);
        let pairs =
            pairs.column("line")?.into_iter().zip(pairs.column("model")?).zip(speeds).map(|((line, model), (cycle, efficiency))| {
                Ok(Pair { line: find(&line_at, line)?, model: find(&model_at, model)?, hours_per_unit: cycle / 36.0 / efficiency })
            });
        let pairs = pairs.collect::<Result<_, Failure>>()?;
        let mut wanted = vec![vec![0.0; days.len()]; model_at.len()];
        for ((model, month), units) in volumes.column("model")?.iter().zip(volumes.column("month")?).zip(volumes.numbers("volume")?) {
            wanted[find(&model_at, model)?][find(&month_at, month)?] = units;
        }
        Ok(Instance { hours, place, tiers: models.numbers("priority_weight")?, pairs, volumes: wanted, months: days.len() })
    }

    /// The pairs of each plant and area, in order of plant and first line.
    fn blocks(&self) -> Vec<Vec<usize>> {
        let mut first: BTreeMap<&(String, String), usize> = BTreeMap::new();
        self.place.iter().enumerate().for_each(|(l, place)| {
            first.entry(place).or_insert(l);
        });
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (i, pair) in self.pairs.iter().enumerate() {
            groups.entry(first[&self.place[pair.line]]).or_default().push(i);
        }
        groups.into_values().collect()
    }

    /// The block with its costs, and the pair and month of each arc.
    fn block(&self, pairs: &[usize], months: &[usize]) -> (Block, Costs, Vec<(usize, usize)>) {
        let mut by_model: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        pairs.iter().for_each(|p| by_model.entry(self.pairs[*p].model).or_default().push(*p));
        let mut origin = Vec::new();
        let mut lines: Vec<usize> = pairs.iter().map(|p| self.pairs[*p].line).collect();
        lines.sort_unstable();
        lines.dedup();
        let mut block = Block::default();
        let mut costs = Costs { unmet: Vec::new(), opening: Vec::new(), overtime: Vec::new(), assignment: Vec::new(), change: Vec::new() };
        for (i, &month) in months.iter().enumerate() {
            let base = block.slots.len();
            for (l, &line) in lines.iter().enumerate() {
                let after = (i > 0).then(|| base - lines.len() + l);
                block.add_slot(Slot { period: i, hours: self.hours[line][month], overtime: 0.0, decided: true, after, ..Slot::default() });
                costs.opening.push(OPENING_COST);
                costs.overtime.push(0.0);
            }
            for (&model, pairs) in &by_model {
                let demand = self.volumes[model][month];
                if demand <= 0.0 {
                    continue;
                }
                block.add_item(demand);
                let mean = pairs.iter().map(|p| self.pairs[*p].hours_per_unit).sum::<f64>() / pairs.len() as f64;
                costs.unmet.push(UNMET_COST * self.tiers[model] * mean);
                block.add_step(Some(MOST_LINES));
                for &place in pairs {
                    let pair = &self.pairs[place];
                    origin.push((place, month));
                    let slot = base + lines.partition_point(|l| *l < pair.line);
                    block.add_arc(slot, pair.hours_per_unit, demand.min(LEAST_HOURS / pair.hours_per_unit), SETUP_HOURS);
                    costs.assignment.push(SETUP_COST);
                    costs.change.push(0.0);
                }
            }
        }
        (block, costs, origin)
    }
}

/// Recomputes everything from the amounts, by nothing that the solver uses; panics when a rule is broken.
fn check(block: &Block, costs: &Costs, solved: &Solved) {
    let units = &solved.amounts.units;
    let mut loads = vec![0.0; block.slots.len()];
    let mut cost = 0.0;
    for (step, unmet) in block.steps.iter().zip(&costs.unmet) {
        let (mut made, mut used) = (0.0, 0);
        for arc in step.arcs.clone().filter(|a| units[*a] > 0.0) {
            let a = &block.arcs[arc];
            assert!(units[arc] >= a.minimum_lot * (1.0 - 1e-6), "minimum lot");
            loads[a.slot] += a.hours_per_unit * units[arc] + SETUP_HOURS;
            (made, used, cost) = (made + units[arc], used + 1, cost + SETUP_COST);
        }
        let demand = block.items[step.item].demand;
        assert!(used <= MOST_LINES && made <= demand * (1.0 + 1e-6), "split or demand");
        cost += unmet * (demand - made).max(0.0);
    }
    for (s, slot) in block.slots.iter().enumerate() {
        let open = solved.amounts.open[s];
        assert!(loads[s] <= if open { slot.hours * (1.0 + 1e-6) } else { 0.0 }, "hours");
        assert!(slot.after.is_none_or(|before| open || !solved.amounts.open[before]), "an opened line stays open");
        cost += if open { OPENING_COST } else { 0.0 };
    }
    assert!((cost - solved.cost).abs() <= 1e-6 * cost.max(1.0), "objective {cost} is not {}", solved.cost);
    assert!(solved.bound <= solved.cost + 1e-6, "bound");
}

fn main() -> Result<(), Failure> {
    let asked = Asked::read()?;
    let instance = Instance::read(&asked.instance)?;
    let months: Vec<usize> = asked.months.clone().unwrap_or_else(|| (0..instance.months).collect());
    let clock = Wall::start();
    let mut made = Vec::new();
    let (mut build_s, mut solve_s, mut cost, mut bound, mut blocks, mut optimal) = (0.0, 0.0, 0.0, 0.0, 0, 0);
    for pairs in instance.blocks().into_iter().take(asked.areas) {
        let jobs: Vec<Vec<usize>> =
            if asked.year { vec![(0..instance.months).collect()] } else { months.iter().map(|month| vec![*month]).collect() };
        for job in jobs {
            let start = clock.seconds();
            let (block, costs, origin) = instance.block(&pairs, &job);
            let built = clock.seconds();
            let limits = Limits { until_s: Some(built + asked.limit_s), relative_gap: 1e-4, rounds: usize::MAX, ..Limits::new(&clock) };
            let solved = solve_block(&block, &costs, &[], None, &limits)?;
            (build_s, solve_s) = (build_s + built - start, solve_s + clock.seconds() - built);
            check(&block, &costs, &solved);
            for ((pair, month), units) in origin.iter().zip(&solved.amounts.units).filter(|(_, units)| **units > 0.0) {
                made.extend((*pair as u32).to_le_bytes());
                made.extend((*month as u32).to_le_bytes());
                made.extend(units.to_le_bytes());
            }
            (cost, bound, blocks) = (cost + solved.cost, bound + solved.bound, blocks + 1);
            optimal += i32::from(solved.gap() <= 1e-4);
        }
    }
    if let Some(folder) = &asked.dump {
        std::fs::create_dir_all(folder)?;
        std::fs::write(Path::new(folder).join("allocations.bin"), &made)?;
    }
    let name = Path::new(&asked.instance).file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    println!(
        "{{\"what\": \"mip_gemba\", \"inst\": \"{name}\", \"year\": {}, \"blocks\": {blocks}, \"limit\": {}, \"build_s\": {build_s:.3}, \"solve_s\": {solve_s:.3}, \"obj\": {cost:.1}, \"bound\": {bound:.1}, \"gap_pct\": {:.3}, \"status\": {{\"optimal\": {optimal}, \"limit\": {}}}, \"threads\": 1}}",
        asked.year,
        asked.limit_s,
        100.0 * (cost - bound) / cost,
        blocks - optimal,
    );
    Ok(())
}
