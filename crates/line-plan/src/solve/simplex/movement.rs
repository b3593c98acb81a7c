//! How far the entering variable moves: rates of everything that moves with it, and what stops it first.

use super::*;

impl Simplex<'_> {
    /// Rates of keys and of the loads of lines, per unit of movement.
    pub(super) fn find_rates(&mut self, entering: Entering, sign: f64) {
        if matches!(self.kernel, Kernel::Sparse(_)) {
            return self.find_sparse_rates(entering, sign);
        }
        let block = self.block;
        for p in 0..self.columns.len() {
            let rate = -sign * self.z.value[p];
            if rate == 0.0 {
                continue;
            }
            match self.columns[p] {
                Column::Arc(j) => {
                    let (j, k) = (j as usize, block.arc_step[j as usize] as usize);
                    self.touch(k);
                    self.key_rate[k] -= rate;
                    self.load_rate[block.arc_line[j] as usize] += block.arc_hours[j] * rate;
                }
                Column::Item(i) => {
                    for k in block.steps_of(i as usize) {
                        self.touch(k);
                        self.key_rate[k] += rate;
                    }
                }
                Column::Theta => self.spread_theta(rate),
                Column::Overtime(l) => self.load_rate[l as usize] -= rate,
                Column::Slack(_) => {}
            }
        }
        match entering {
            Entering::Arc(j) => {
                let k = block.arc_step[j] as usize;
                self.touch(k);
                self.key_rate[k] -= sign;
                self.load_rate[block.arc_line[j] as usize] += block.arc_hours[j] * sign;
            }
            Entering::Item(i) => {
                for k in block.steps_of(i) {
                    self.touch(k);
                    self.key_rate[k] += sign;
                }
            }
            Entering::Theta => self.spread_theta(sign),
            Entering::Overtime(l) => self.load_rate[l] -= sign,
            Entering::Slack(_) => {}
        }
        for t in 0..self.touched.len() {
            let k = self.touched[t] as usize;
            let key = self.key[k] as usize;
            self.load_rate[block.arc_line[key] as usize] += block.arc_hours[key] * self.key_rate[k];
        }
    }

    /// The same where every slack has its own place: what the column says of it is how the load of its line moves.
    fn find_sparse_rates(&mut self, entering: Entering, sign: f64) {
        let block = self.block;
        for at in 0..self.z.places.len() {
            let p = self.z.places[at] as usize;
            let rate = -sign * self.z.value[p];
            match self.columns[p] {
                Column::Arc(j) => {
                    let k = block.arc_step[j as usize] as usize;
                    self.touch(k);
                    self.key_rate[k] -= rate;
                }
                Column::Item(i) => {
                    for k in block.steps_of(i as usize) {
                        self.touch(k);
                        self.key_rate[k] += rate;
                    }
                }
                Column::Slack(l) => {
                    self.moving.push(l);
                    self.load_rate[l as usize] = -rate;
                }
                Column::Theta | Column::Overtime(_) => {}
            }
        }
        match entering {
            Entering::Arc(j) => {
                let k = block.arc_step[j] as usize;
                self.touch(k);
                self.key_rate[k] -= sign;
            }
            Entering::Item(i) => {
                for k in block.steps_of(i) {
                    self.touch(k);
                    self.key_rate[k] += sign;
                }
            }
            Entering::Theta | Entering::Overtime(_) | Entering::Slack(_) => {}
        }
    }

    /// θ raises right sides, which counts as lowering loads.
    pub(super) fn spread_theta(&mut self, rate: f64) {
        for (load, slope) in self.load_rate.iter_mut().zip(&self.slope) {
            *load -= slope * rate;
        }
    }

    pub(super) fn touch(&mut self, k: usize) {
        if !self.is_touched[k] {
            self.is_touched[k] = true;
            self.touched.push(k as u32);
        }
    }

    pub(super) fn clear_rates(&mut self) {
        for &k in &self.touched {
            self.key_rate[k as usize] = 0.0;
            self.is_touched[k as usize] = false;
        }
        self.touched.clear();
        if matches!(self.kernel, Kernel::Dense(_)) {
            self.load_rate.fill(0.0);
        } else {
            self.moving.iter().for_each(|&l| self.load_rate[l as usize] = 0.0);
        }
        self.moving.clear();
    }

    /// Everything that stops the movement: distance to its bound and the rate at which it comes nearer.
    pub(super) fn list_blockers(&mut self, entering: Entering, sign: f64) {
        let block = self.block;
        let mut list = std::mem::take(&mut self.blockers);
        list.clear();
        const SMALL: f64 = 1e-11;
        let own = match entering {
            Entering::Arc(_) | Entering::Slack(_) => f64::INFINITY,
            Entering::Item(i) if sign > 0.0 => block.demand[i] - self.item_value[i],
            Entering::Item(i) => self.item_value[i],
            Entering::Theta if sign > 0.0 => self.theta_high - self.theta,
            Entering::Theta => self.theta - self.theta_low,
            Entering::Overtime(l) if sign > 0.0 => self.over_high[l] - self.over_value[l],
            Entering::Overtime(l) => self.over_value[l],
        };
        if own.is_finite() {
            list.push((Blocking::Own, own, 1.0));
        }
        for &p in &self.z.places {
            let p = p as usize;
            let rate = -sign * self.z.value[p];
            if rate.abs() <= SMALL {
                continue;
            }
            let (low, high) = match self.columns[p] {
                Column::Arc(_) => (0.0, f64::INFINITY),
                Column::Item(i) => (0.0, block.demand[i as usize]),
                Column::Theta => (self.theta_low, self.theta_high),
                Column::Overtime(l) => (0.0, self.over_high[l as usize]),
                Column::Slack(_) => continue,
            };
            let distance = if rate < 0.0 { self.value[p] - low } else { high - self.value[p] };
            if distance.is_finite() {
                list.push((Blocking::Position(p), distance, rate.abs()));
            }
        }
        let entering_step = if let Entering::Arc(j) = entering { block.arc_step[j] as usize } else { usize::MAX };
        for &k in &self.touched {
            let k = k as usize;
            // A key that is alone in its step equals its item, whose own bound is the same; the item leaves then.
            if self.key_rate[k] < -SMALL && (self.extra[k] > 0 || k == entering_step) {
                list.push((Blocking::Key(k), self.key_value[k], -self.key_rate[k]));
            }
        }
        let mut block_slack = |l: usize| {
            if self.line_at[l] < 0 {
                let rate = self.load_rate[l];
                if rate > SMALL || (rate < -SMALL && self.slack_closed[l]) {
                    list.push((Blocking::Slack(l), self.slack[l].max(0.0), rate.abs()));
                }
            }
        };
        match self.kernel {
            Kernel::Dense(_) => (0..self.load_rate.len()).for_each(block_slack),
            Kernel::Sparse(_) => self.moving.iter().for_each(|&l| block_slack(l as usize)),
        }
        self.blockers = list;
    }

    pub(super) fn move_by(&mut self, entering: Entering, sign: f64, step: f64) {
        if step == 0.0 {
            return;
        }
        for &p in &self.z.places {
            self.value[p as usize] -= sign * self.z.value[p as usize] * step;
        }
        for &k in &self.touched {
            self.key_value[k as usize] += self.key_rate[k as usize] * step;
        }
        match self.kernel {
            Kernel::Dense(_) => {
                for l in 0..self.slack.len() {
                    if self.line_at[l] < 0 {
                        self.slack[l] -= self.load_rate[l] * step;
                    }
                }
            }
            Kernel::Sparse(_) => self.moving.iter().for_each(|&l| self.slack[l as usize] -= self.load_rate[l as usize] * step),
        }
        match entering {
            Entering::Item(i) => self.item_value[i] += sign * step,
            Entering::Theta => self.theta += sign * step,
            Entering::Overtime(l) => self.over_value[l] += sign * step,
            Entering::Arc(_) | Entering::Slack(_) => {}
        }
    }
}
