//! The last stage: of all answers that are equally good so far, the one that changes the fewest hours against the released plan.
//!
//! Deviations |x − x⁰| are no linear costs of the structured simplex, so the optimal face that its stages left open goes to the general
//! solver: closed arcs stay at 0, closed items and overtime where they are, lines with a price stay full. Every earlier stage, the whole
//! of leximin included, keeps its value, because nothing outside the face can be reached.
//!
//! **Invariant:** an answer that is no closer than the present one is not taken; the released plan itself, where it is optimal, stays.

use super::areas::settled;
use super::simplex::Simplex;
use crate::highs::{Highs, HighsError, Outcome, Program};

/// Difference between two amounts, relative to the larger, that is rounding.
const SAME: f64 = 1e-9;

/// Scaled units of the arcs that change the fewest hours, if that is fewer than those of `units`.
///
/// # Errors
/// When the general solver fails.
pub(crate) fn closer(simplex: &Simplex, released: &[f64], units: &[f64]) -> Result<Option<Vec<f64>>, HighsError> {
    let same = |(x, r): (&f64, &f64)| (x - r).abs() <= SAME * x.max(*r);
    if units.iter().zip(released).all(same) {
        return Ok(None);
    }
    let block = simplex.block;
    let face = Face::of(simplex, released);
    let mut highs = Highs::new(&face.program)?;
    highs.set_double(c"primal_feasibility_tolerance", SAME)?;
    highs.set_double(c"dual_feasibility_tolerance", SAME)?;
    if highs.run()? != Outcome::Optimal {
        return Err(HighsError::Failed("find the least change"));
    }
    let values = highs.values()?.columns;
    let found = settled(block, |i| values[face.items + i].max(0.0), |j| values[j]);
    let change = |units: &[f64]| (0..block.arcs()).map(|j| block.arc_hours[j] * (units[j] - released[j]).abs()).sum::<f64>();
    Ok((change(&found) < change(units)).then_some(found))
}

/// The optimal face with deviations: arcs, then items, then overtime of the lines, then what is more or less than released.
struct Face {
    program: Program,
    /// First column of the items.
    items: usize,
}

impl Face {
    fn of(simplex: &Simplex, released: &[f64]) -> Face {
        let block = simplex.block;
        let mut program = Program::default();
        for (j, r) in released.iter().enumerate() {
            let most = if simplex.arc_closed[j] { simplex.arc_units(j).max(0.0) } else { f64::INFINITY };
            program.column(if *r > 0.0 { 0.0 } else { block.arc_hours[j] }, 0.0, most);
        }
        let items = program.columns();
        for i in 0..block.items() {
            let units = simplex.item_units(i).max(0.0);
            let (least, most) = if simplex.item_closed[i] { (units, units) } else { (0.0, block.demand[i].max(units)) };
            program.column(0.0, least, most);
        }
        let overtime = program.columns();
        for l in 0..block.lines() {
            let hours = simplex.overtime_units(l);
            let (least, most) = if simplex.over_closed[l] { (hours, hours) } else { (0.0, simplex.over_high[l].max(hours)) };
            program.column(0.0, least, most);
        }
        for k in 0..block.steps() {
            let item = items + block.step_item[k] as usize;
            program.row(0.0, 0.0, block.arcs_of(k).map(|j| (j, 1.0)).chain([(item, -1.0)]));
        }
        add_lines(&mut program, simplex, overtime);
        for (j, r) in released.iter().enumerate().filter(|(_, r)| **r > 0.0) {
            add_deviation(&mut program, j, block.arc_hours[j], *r);
        }
        Face { program, items }
    }
}

/// Loads up to the level that earlier stages left, exactly there where a line is held; the present loads always keep the rows.
fn add_lines(program: &mut Program, simplex: &Simplex, overtime: usize) {
    let block = simplex.block;
    let mut on_line = vec![Vec::new(); block.lines()];
    for j in 0..block.arcs() {
        on_line[block.arc_line[j] as usize].push((j, block.arc_hours[j]));
    }
    for ((l, mut terms), load) in on_line.into_iter().enumerate().zip(simplex.loads()) {
        let level = simplex.cap[l] + simplex.slope[l] * simplex.theta();
        let present = load - simplex.overtime_units(l);
        let least = if simplex.slack_closed[l] { level.min(present) } else { f64::NEG_INFINITY };
        terms.push((overtime + l, -1.0));
        program.row(least, level.max(present), terms);
    }
}

/// Prices what a column is more or less than an amount; answers the two columns.
pub(crate) fn add_deviation(program: &mut Program, column: usize, cost: f64, amount: f64) -> (usize, usize) {
    let more = program.column(cost, 0.0, f64::INFINITY);
    let less = program.column(cost, 0.0, f64::INFINITY);
    program.row(amount, amount, [(column, 1.0), (more, -1.0), (less, 1.0)]);
    (more, less)
}
