//! One connected component of one period, in the numbers the simplex works on.
//!
//! Items want units; every unit passes each of its item's steps; a step is done on one of its arcs, and an arc takes hours of a line.
//! The reading per area makes an item of each (model, area), the finished-units reading one item of each model, so one
//! structure and one algorithm serve both.
//!
//! **Invariant:** quantities are scaled: a line's capacity is at most 1, and an item's unit is the one whose mean work is that of the
//! largest capacity. [`Block::unit`] turns them back.

/// A component's structure and numbers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Block {
    /// Steps of item `i` are `item_start[i]..item_start[i + 1]`.
    pub item_start: Vec<u32>,
    /// Item of each step.
    pub step_item: Vec<u32>,
    /// Arcs of step `k` are `arc_start[k]..arc_start[k + 1]`; never empty.
    pub arc_start: Vec<u32>,
    /// Step of each arc.
    pub arc_step: Vec<u32>,
    /// Line of each arc.
    pub arc_line: Vec<u32>,
    /// Scaled hours of the line for one scaled unit of the item.
    pub arc_hours: Vec<f64>,
    /// Scaled demand of each item.
    pub demand: Vec<f64>,
    /// Scaled hours of each line, overtime not counted; more than 0 or the line has no arcs.
    pub hours: Vec<f64>,
    /// Scaled overtime of each line.
    pub overtime: Vec<f64>,
    /// Units of the plan in one scaled unit of each item.
    pub unit: Vec<f64>,
    /// Hours of the plan in one scaled hour.
    pub hour: f64,
}

impl Block {
    pub fn items(&self) -> usize {
        self.demand.len()
    }

    pub fn steps(&self) -> usize {
        self.step_item.len()
    }

    pub fn arcs(&self) -> usize {
        self.arc_line.len()
    }

    pub fn lines(&self) -> usize {
        self.hours.len()
    }

    pub fn steps_of(&self, item: usize) -> std::ops::Range<usize> {
        self.item_start[item] as usize..self.item_start[item + 1] as usize
    }

    pub fn arcs_of(&self, step: usize) -> std::ops::Range<usize> {
        self.arc_start[step] as usize..self.arc_start[step + 1] as usize
    }

    /// Scales raw numbers in place: `arc_hours` in hours per unit, `demand` in units, `hours` and `overtime` in hours.
    pub fn scale(&mut self) {
        let largest = self.hours.iter().zip(&self.overtime).map(|(h, o)| h + o).fold(0.0, f64::max);
        self.hour = if largest > 0.0 { largest } else { 1.0 };
        for l in 0..self.lines() {
            self.hours[l] /= self.hour;
            self.overtime[l] /= self.hour;
        }
        self.unit.clear();
        for i in 0..self.items() {
            let arcs = self.arc_start[self.item_start[i] as usize] as usize..self.arc_start[self.item_start[i + 1] as usize] as usize;
            let mean = self.arc_hours[arcs.clone()].iter().sum::<f64>() / arcs.len() as f64;
            let unit = self.hour / mean;
            self.unit.push(unit);
            self.demand[i] /= unit;
            for j in arcs {
                self.arc_hours[j] *= unit / self.hour;
            }
        }
    }
}
