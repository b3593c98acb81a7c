//! Reads a generated planning instance, a folder of csv files, into a [`Problem`].
//!
//! The files are `lines.csv`, `models.csv`, `compat.csv`, `volumes.csv` and `calendar.csv`, as the generator of the
//! comparison writes them: plain numbers and names, no quoting. The tier column is read as the *weight* of a model's
//! demand, every tier is 1, because that is the objective of the programs compared with.
//!
//! **Invariant:** `capability_rows[i]` and `model_rows[i]` are the places of capability and model `i` in their files, so
//! that a checker that knows only the files can read the answer.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use line_plan::{Area, Capability, Demand, Line, Model, Period, Problem, Step, Window};

/// A problem with the way back to the files.
pub struct Instance {
    /// The problem.
    pub problem: Problem,
    /// Row (from 0) of each capability in `compat.csv`.
    pub capability_rows: Vec<u32>,
    /// Row (from 0) of each model in `models.csv`.
    pub model_rows: Vec<u32>,
}

/// Reads the folder; with `plants`, only so many plants in the order of the file.
///
/// Capabilities are put line by line, in the order of `lines.csv`: that is the sheet which the compared greedy rule reads,
/// and it matters to no other task.
pub fn read(folder: &Path, plants: Option<usize>) -> Result<Instance, String> {
    let (periods, days) = read_calendar(folder)?;
    let mut problem = Problem { periods, ..Problem::default() };
    let kept_plants = read_lines(folder, plants, &days, &mut problem)?;
    let model_rows = read_models(folder, &kept_plants, &mut problem)?;
    let capability_rows = read_capabilities(folder, &mut problem)?;
    read_volumes(folder, &mut problem)?;
    Ok(Instance { problem, capability_rows, model_rows })
}

fn read_calendar(folder: &Path) -> Result<(Vec<Period>, Vec<f64>), String> {
    let mut periods = Vec::new();
    for row in Table::read(folder, "calendar.csv", &["month", "working_days"])?.rows() {
        periods.push(Period { name: row.text(0).to_owned(), operating_days: row.number(1)? });
    }
    let days = periods.iter().map(|period| period.operating_days).collect();
    Ok((periods, days))
}

fn read_lines(folder: &Path, plants: Option<usize>, days: &[f64], problem: &mut Problem) -> Result<Vec<String>, String> {
    let mut kept: Vec<String> = Vec::new();
    for row in Table::read(folder, "lines.csv", &["plant", "area", "line", "hours_per_day"])?.rows() {
        if !kept.iter().any(|plant| plant == row.text(0)) {
            if plants.is_some_and(|most| kept.len() >= most) {
                continue;
            }
            kept.push(row.text(0).to_owned());
        }
        let area = problem.areas.iter().position(|area| area.name == row.text(1)).unwrap_or_else(|| {
            let order = problem.areas.len();
            problem.areas.push(Area { name: row.text(1).to_owned(), order: order as u32, predecessors: Vec::new() });
            order
        });
        problem.lines.push(Line {
            name: row.text(2).to_owned(),
            plant: row.text(0).to_owned(),
            area,
            hours_per_day: row.number(3)?,
            overtime_hours_per_day: 0.0,
            operating_days: days.to_vec(),
            maintenance_hours: Vec::new(),
            opening_cost: 0.0,
        });
    }
    Ok(kept)
}

fn read_models(folder: &Path, plants: &[String], problem: &mut Problem) -> Result<Vec<u32>, String> {
    let mut rows = Vec::new();
    for (place, row) in Table::read(folder, "models.csv", &["model", "plant", "family", "priority_weight"])?.rows().enumerate() {
        if !plants.iter().any(|plant| plant == row.text(1)) {
            continue;
        }
        rows.push(place as u32);
        problem.models.push(Model {
            name: row.text(0).to_owned(),
            customer: String::new(),
            program: String::new(),
            family: row.text(2).to_owned(),
            weight: row.number(3)?,
            tier: 1,
            unit_value: None,
            currency: String::new(),
            life: Window::ALWAYS,
        });
    }
    Ok(rows)
}

fn read_capabilities(folder: &Path, problem: &mut Problem) -> Result<Vec<u32>, String> {
    let lines: HashMap<String, usize> = problem.lines.iter().enumerate().map(|(i, line)| (line.name.clone(), i)).collect();
    let models: HashMap<String, usize> = problem.models.iter().enumerate().map(|(i, model)| (model.name.clone(), i)).collect();
    let mut steps: HashMap<(usize, usize), usize> = HashMap::new();
    let mut found: Vec<(u32, Capability)> = Vec::new();
    for (place, row) in
        Table::read(folder, "compat.csv", &["line", "model", "cycle_time_s", "efficiency_pct", "priority"])?.rows().enumerate()
    {
        let (Some(&line), Some(&model)) = (lines.get(row.text(0)), models.get(row.text(1))) else {
            continue;
        };
        let area = problem.lines[line].area;
        let step = *steps.entry((model, area)).or_insert_with(|| {
            problem.steps.push(Step { model, area, name: String::new(), passes: 1.0 });
            problem.steps.len() - 1
        });
        let capability = Capability {
            step,
            line,
            cycle_time_s: row.number(2)?,
            efficiency: row.number(3)? / 100.0,
            first_pass_yield: 1.0,
            pieces_per_panel: 1.0,
            priority: row.number(4)? as u32,
            minimum_lot: 0.0,
            approved: Window::ALWAYS,
        };
        found.push((place as u32, capability));
    }
    found.sort_by_key(|(_, capability)| capability.line);
    let (rows, capabilities) = found.into_iter().unzip();
    problem.capabilities = capabilities;
    Ok(rows)
}

fn read_volumes(folder: &Path, problem: &mut Problem) -> Result<(), String> {
    let models: HashMap<String, usize> = problem.models.iter().enumerate().map(|(i, model)| (model.name.clone(), i)).collect();
    let periods: HashMap<String, usize> = problem.periods.iter().enumerate().map(|(i, period)| (period.name.clone(), i)).collect();
    for row in Table::read(folder, "volumes.csv", &["model", "month", "volume"])?.rows() {
        let Some(&model) = models.get(row.text(0)) else {
            continue;
        };
        let period = *periods.get(row.text(1)).ok_or_else(|| row.says("a month that calendar.csv does not have"))?;
        problem.demand.push(Demand { model, period, units: row.number(2)? });
    }
    Ok(())
}

/// A csv file of which some columns are wanted.
struct Table {
    name: String,
    text: String,
    columns: Vec<usize>,
}

/// One row; places count the wanted columns.
struct Row<'a> {
    table: &'a Table,
    line: usize,
    cells: Vec<&'a str>,
}

impl Table {
    fn read(folder: &Path, name: &str, wanted: &[&str]) -> Result<Table, String> {
        let path = folder.join(name);
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let header: Vec<&str> = text.lines().next().unwrap_or_default().split(',').collect();
        let columns = wanted
            .iter()
            .map(|column| header.iter().position(|cell| cell == column).ok_or_else(|| format!("{name}: no column '{column}'")))
            .collect::<Result<Vec<usize>, String>>()?;
        Ok(Table { name: name.to_owned(), text, columns })
    }

    fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.text.lines().enumerate().skip(1).filter(|(_, line)| !line.is_empty()).map(|(number, line)| Row {
            table: self,
            line: number + 1,
            cells: line.split(',').collect(),
        })
    }
}

impl Row<'_> {
    fn text(&self, place: usize) -> &str {
        self.cells.get(self.table.columns[place]).copied().unwrap_or_default()
    }

    fn number(&self, place: usize) -> Result<f64, String> {
        self.text(place).parse().map_err(|_| self.says(&format!("'{}' where a number is expected", self.text(place))))
    }

    fn says(&self, what: &str) -> String {
        format!("{} line {}: {what}", self.table.name, self.line)
    }
}
