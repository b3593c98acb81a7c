//! Inverting the working basis anew and recomputing values, which is also where rounding is noticed.

use super::*;
use crate::solve::factors::Matrix;

impl Simplex<'_> {
    /// Inverts the working basis anew and recomputes every basic value from the nonbasic ones.
    pub fn rebuild(&mut self) -> Result<(), Stuck> {
        if matches!(self.kernel, Kernel::Sparse(_)) {
            self.factor()?;
        } else {
            self.invert()?;
        }
        self.since_rebuild = 0;
        self.priced = false;
        self.find_values();
        Ok(())
    }

    /// Whether the sparse factors should be made anew.
    pub(super) fn is_worn(&self) -> bool {
        matches!(&self.kernel, Kernel::Sparse(factors) if factors.is_worn())
    }

    /// Entries of the column at position `p` by line, keys eliminated; θ's are not given.
    fn entries(&self, p: usize, put: &mut dyn FnMut(usize, f64)) {
        let block = self.block;
        let mut arc = |j: usize, factor: f64| put(block.arc_line[j] as usize, factor * block.arc_hours[j]);
        match self.columns[p] {
            Column::Arc(j) => {
                arc(j as usize, 1.0);
                arc(self.key[block.arc_step[j as usize] as usize] as usize, -1.0);
            }
            Column::Item(i) => block.steps_of(i as usize).for_each(|k| arc(self.key[k] as usize, 1.0)),
            Column::Overtime(l) => put(l as usize, -1.0),
            Column::Slack(l) => put(l as usize, 1.0),
            Column::Theta => {}
        }
    }

    fn invert(&mut self) -> Result<(), Stuck> {
        let Kernel::Dense(mut inverse) = std::mem::replace(&mut self.kernel, Kernel::Dense(Inverse::default())) else { return Err(Stuck) };
        let inverted = inverse.rebuild(self.columns.len(), &mut |p, put| match self.columns[p] {
            Column::Theta => self.rows.iter().enumerate().for_each(|(q, &l)| put(q, -self.slope[l as usize])),
            _ => self.entries(p, &mut |l, value| {
                if self.line_at[l] >= 0 {
                    put(self.line_at[l] as usize, value);
                }
            }),
        });
        self.kernel = Kernel::Dense(inverse);
        inverted.map_err(|_| Stuck)
    }

    fn factor(&mut self) -> Result<(), Stuck> {
        let theta = usize::try_from(self.theta_at).ok();
        // The line that θ depends on most stands in for it.
        let stand_in = theta.map(|p| self.most_on_theta(p).map(|l| (p, l))).transpose()?;
        let mut matrix = Matrix::empty();
        for p in 0..self.columns.len() {
            if let Some((_, row)) = stand_in.filter(|(place, _)| *place == p) {
                matrix.put(row, 1.0);
            }
            self.entries(p, &mut |l, value| matrix.put(l, value));
            matrix.end_column();
        }
        let Kernel::Sparse(factors) = &mut self.kernel else { return Err(Stuck) };
        factors.rebuild(&matrix, stand_in, &self.slope).map_err(|()| Stuck)
    }

    /// Inverts anew at the end, and says where rounding got the better of what came before.
    pub fn finish(&mut self) -> Result<(), Stuck> {
        self.rebuild()?;
        let feasible = if self.is_sparse() { FEASIBLE_SPARSE } else { FEASIBLE };
        if self.infeasibility() > feasible { Err(Stuck) } else { Ok(()) }
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
                Column::Slack(_) => continue,
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
        match &mut self.kernel {
            Kernel::Dense(inverse) => {
                for p in 0..n {
                    self.value[p] = inverse.row(p).iter().zip(&self.rows).map(|(c, &l)| c * room[l as usize]).sum();
                }
            }
            Kernel::Sparse(factors) => {
                factors.represent(room.iter().copied().enumerate(), &mut self.z);
                self.value.fill(0.0);
                self.z.places.iter().for_each(|&p| self.value[p as usize] = self.z.value[p as usize]);
            }
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
                Column::Slack(_) => {}
            }
        }
        for l in 0..block.lines() {
            self.slack[l] = if self.line_at[l] < 0 { room[l] } else { 0.0 };
        }
    }
}
