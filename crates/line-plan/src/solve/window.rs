//! The frozen periods of a prebuild plan, written out: amounts on every arc between their bounds, steps that make what is finished, lines
//! within their hours. Frozen amounts are few, so the decomposition that serves the other periods would gain nothing here.
//!
//! **Invariant:** columns are units × mean hours of the model, so that they are all of one size.

use std::collections::BTreeMap;

use super::course::Course;
use crate::highs::Program;

/// Where the frozen periods stand in a program.
#[derive(Debug, Default)]
pub(crate) struct Window {
    /// Arc, period, column and mean hours of the model of every amount.
    pub amounts: Vec<(usize, usize, usize, f64)>,
    /// Row, line and period of every line's hours.
    pub lines: Vec<(usize, u32, usize)>,
}

/// What is finished of a model in a period, as columns and a constant.
pub(crate) type Finished = (Vec<(usize, f64)>, f64);

/// Adds the frozen periods of some models. `work` has the mean hours of each model, `bounds` the fewest and most units of an arc in a period.
pub(crate) fn add(
    program: &mut Program,
    course: &Course,
    models: &[usize],
    work: &[f64],
    bounds: impl Fn(usize, usize) -> (f64, f64),
    finished: impl Fn(usize, usize) -> Finished,
) -> Window {
    let n = course.network;
    let mut window = Window::default();
    for t in (0..n.periods).filter(|t| n.frozen(*t).is_some()) {
        let mut loads: BTreeMap<u32, Vec<(usize, f64)>> = BTreeMap::new();
        for (i, &m) in models.iter().enumerate() {
            for k in n.pairs_of(m).flat_map(|p| n.steps_of(p)) {
                let (columns, constant) = finished(i, t);
                let mut terms: Vec<(usize, f64)> = columns.into_iter().map(|(column, value)| (column, -value)).collect();
                for j in n.arcs_of(k).filter(|j| n.usable(*j, t)) {
                    let (least, most) = bounds(j, t);
                    if most > 0.0 {
                        let column = program.column(0.0, least * work[i], most * work[i]);
                        terms.push((column, 1.0));
                        loads.entry(n.arc_line[j]).or_default().push((column, n.arc_hours[j] / work[i]));
                        window.amounts.push((j, t, column, work[i]));
                    }
                }
                program.row(constant, constant, terms);
            }
        }
        for (line, terms) in loads {
            let place = line as usize * n.periods + t;
            window.lines.push((program.row(f64::NEG_INFINITY, n.hours[place] + n.overtime[place], terms), line, t));
        }
    }
    window
}

/// Mean hours of a model for one unit on one line (h); 1 where no line can make it.
pub(crate) fn mean_hours(course: &Course, model: usize) -> f64 {
    let n = course.network;
    let arcs = n.pairs_of(model).flat_map(|p| n.steps_of(p)).flat_map(|k| n.arcs_of(k));
    let (sum, count) = arcs.fold((0.0, 0_usize), |(sum, count), j| (sum + n.arc_hours[j], count + 1));
    if count == 0 { 1.0 } else { sum / count as f64 }
}

/// Most stock of a model at the end of a period (units).
pub(crate) fn cover(course: &Course, model: usize, period: usize) -> f64 {
    let n = course.network;
    if period + 1 < n.periods { course.options.prebuild_cover * n.demand[model * n.periods + period + 1] } else { 0.0 }
}
