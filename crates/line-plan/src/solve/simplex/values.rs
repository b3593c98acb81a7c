//! Inverting the working basis anew and recomputing values, which is also where rounding is noticed.

use super::*;

impl Simplex<'_> {
    /// Inverts the working basis anew and recomputes every basic value from the nonbasic ones.
    pub fn rebuild(&mut self) -> Result<(), Stuck> {
        let block = self.block;
        let n = self.columns.len();
        let (columns, key, slope, line_at) = (&self.columns, &self.key, &self.slope, &self.line_at);
        let arc = |j: usize, factor: f64, put: &mut dyn FnMut(usize, f64)| {
            let q = line_at[block.arc_line[j] as usize];
            if q >= 0 {
                put(q as usize, factor * block.arc_hours[j]);
            }
        };
        let rows = &self.rows;
        self.inverse
            .rebuild(n, &mut |p, put| match columns[p] {
                Column::Arc(j) => {
                    arc(j as usize, 1.0, put);
                    arc(key[block.arc_step[j as usize] as usize] as usize, -1.0, put);
                }
                Column::Item(i) => block.steps_of(i as usize).for_each(|k| arc(key[k] as usize, 1.0, put)),
                Column::Theta => rows.iter().enumerate().for_each(|(q, &l)| put(q, -slope[l as usize])),
                Column::Overtime(l) => {
                    if line_at[l as usize] >= 0 {
                        put(line_at[l as usize] as usize, -1.0);
                    }
                }
            })
            .map_err(|_| Stuck)?;
        self.since_rebuild = 0;
        self.find_values();
        Ok(())
    }

    /// The furthest that a basic value lies outside its bounds (scaled).
    pub fn infeasibility(&self) -> f64 {
        let mut worst = self.key_value.iter().fold(0.0f64, |worst, v| worst.max(-v));
        for (p, column) in self.columns.iter().enumerate() {
            let (low, high) = match *column {
                Column::Arc(_) => (0.0, f64::INFINITY),
                Column::Item(i) => (0.0, self.block.demand[i as usize]),
                Column::Theta => (self.theta_low, self.theta_high),
                Column::Overtime(l) => (0.0, self.over_high[l as usize]),
            };
            worst = worst.max(low - self.value[p]).max(self.value[p] - high);
        }
        for l in 0..self.block.lines() {
            if self.line_at[l] < 0 {
                let slack = self.slack[l];
                worst = worst.max(if self.slack_closed[l] { slack.abs() } else { -slack });
            }
        }
        worst
    }

    /// Basic values from the nonbasic ones.
    pub fn find_values(&mut self) {
        let block = self.block;
        let n = self.columns.len();
        let theta = if self.theta_at >= 0 { 0.0 } else { self.theta };
        let mut room: Vec<f64> = (0..block.lines())
            .map(|l| self.cap[l] + self.slope[l] * theta + if self.over_at[l] >= 0 { 0.0 } else { self.over_value[l] })
            .collect();
        for k in 0..block.steps() {
            let i = block.step_item[k] as usize;
            let units = if self.item_at[i] >= 0 { 0.0 } else { self.item_value[i] };
            self.key_value[k] = units;
            let key = self.key[k] as usize;
            room[block.arc_line[key] as usize] -= block.arc_hours[key] * units;
        }
        for p in 0..n {
            self.value[p] = self.inverse.row(p).iter().zip(&self.rows).map(|(c, &l)| c * room[l as usize]).sum();
        }
        for p in 0..n {
            let value = self.value[p];
            match self.columns[p] {
                Column::Arc(j) => {
                    let (j, k) = (j as usize, block.arc_step[j as usize] as usize);
                    let key = self.key[k] as usize;
                    self.key_value[k] -= value;
                    room[block.arc_line[j] as usize] -= block.arc_hours[j] * value;
                    room[block.arc_line[key] as usize] += block.arc_hours[key] * value;
                }
                Column::Item(i) => {
                    for k in block.steps_of(i as usize) {
                        let key = self.key[k] as usize;
                        self.key_value[k] += value;
                        room[block.arc_line[key] as usize] -= block.arc_hours[key] * value;
                    }
                }
                Column::Theta => room.iter_mut().zip(&self.slope).for_each(|(room, slope)| *room += slope * value),
                Column::Overtime(l) => room[l as usize] += value,
            }
        }
        for l in 0..block.lines() {
            self.slack[l] = if self.line_at[l] < 0 { room[l] } else { 0.0 };
        }
    }
}
