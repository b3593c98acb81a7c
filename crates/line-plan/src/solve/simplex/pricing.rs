//! Which variable enters: prices of the lines, reduced costs, and the best gain per hour of what is looked at.

use super::*;

impl Simplex<'_> {
    /// Prices of the tight lines from the costs of the basis.
    pub(super) fn find_prices(&mut self) {
        if self.priced {
            return;
        }
        self.price.fill(0.0);
        let n = self.columns.len();
        let mut costs = std::mem::take(&mut self.by_place);
        costs.clear();
        for p in 0..n {
            let cost = self.cost_at(p);
            if cost != 0.0 {
                costs.add(p, cost);
            }
        }
        match &mut self.kernel {
            Kernel::Dense(inverse) => {
                let prices = &mut self.by_row.value[..n];
                prices.fill(0.0);
                for &p in &costs.places {
                    let cost = costs.value[p as usize];
                    for (s, c) in prices.iter_mut().zip(inverse.row(p as usize)) {
                        *s += cost * c;
                    }
                }
                for q in 0..n {
                    self.price[self.rows[q] as usize] = -prices[q];
                }
            }
            Kernel::Sparse(factors) => {
                factors.price(&mut costs, &mut self.by_row);
                for &l in &self.by_row.places {
                    self.price[l as usize] = -self.by_row.value[l as usize];
                }
                self.priced = true;
            }
        }
        self.by_place = costs;
    }

    /// Cost of the basic column at position `p`, that of its keys taken off.
    fn cost_at(&self, p: usize) -> f64 {
        match self.columns[p] {
            Column::Arc(j) => {
                let key = self.key[self.block.arc_step[j as usize] as usize];
                self.arc_cost[j as usize] - self.arc_cost[key as usize]
            }
            Column::Item(i) => {
                self.item_cost[i as usize] + self.block.steps_of(i as usize).map(|k| self.arc_cost[self.key[k] as usize]).sum::<f64>()
            }
            Column::Theta => self.theta_cost,
            Column::Overtime(l) => self.over_cost[l as usize],
            Column::Slack(_) => 0.0,
        }
    }

    /// Reduced cost of a variable that may enter.
    pub(super) fn reduced_cost(&self, entering: Entering) -> f64 {
        match entering {
            Entering::Arc(j) => {
                let at = |j: usize| self.arc_cost[j] + self.price[self.block.arc_line[j] as usize] * self.block.arc_hours[j];
                at(j) - at(self.key[self.block.arc_step[j] as usize] as usize)
            }
            Entering::Item(i) => self.item_reduced_cost(i),
            Entering::Theta => self.theta_cost - self.slope.iter().zip(&self.price).map(|(s, p)| s * p).sum::<f64>(),
            Entering::Overtime(l) => self.over_cost[l] - self.price[l],
            Entering::Slack(l) => self.price[l],
        }
    }

    /// The entering variable with the steepest gain per hour of what was looked at; in careful mode the first by index (Bland).
    pub(super) fn choose_entering(&mut self, careful: bool) -> Option<(Entering, f64)> {
        let block = self.block;
        let mut best = Best { choice: None, gain: 0.0, first: careful };
        if self.theta_at < 0 {
            let d = self.theta_cost - self.slope.iter().zip(&self.price).map(|(s, p)| s * p).sum::<f64>();
            if d > DUAL_TOLERANCE && self.theta > self.theta_low {
                best.offer(Entering::Theta, -1.0, d);
            } else if d < -DUAL_TOLERANCE && self.theta < self.theta_high {
                best.offer(Entering::Theta, 1.0, -d);
            }
        }
        if matches!(self.kernel, Kernel::Sparse(_)) && !careful {
            return self.choose_by_parts(best);
        }
        (0..block.lines()).for_each(|l| self.price_line(l, &mut best));
        let live = self.live.len();
        let enough = (live / PRICING_PARTS).max(12);
        let start = if careful || self.cursor >= live { 0 } else { self.cursor };
        let mut looked = 0;
        for offset in 0..live {
            let at = if start + offset < live { start + offset } else { start + offset - live };
            self.price_item(self.live[at] as usize, &mut best);
            looked += 1;
            if looked >= enough && best.choice.is_some() {
                self.cursor = if at + 1 < live { at + 1 } else { 0 };
                break;
            }
        }
        best.choice
    }

    /// Looks at a part of the lines and items after the other, and ends with the first that offers anything.
    fn choose_by_parts(&mut self, mut best: Best) -> Option<(Entering, f64)> {
        let (live, lines) = (self.live.len(), self.block.lines());
        let bound = |total: usize, part: usize| total * part / SPARSE_PARTS;
        for offset in 0..SPARSE_PARTS {
            let part = (self.cursor + offset) % SPARSE_PARTS;
            (bound(lines, part)..bound(lines, part + 1)).for_each(|l| self.price_line(l, &mut best));
            (bound(live, part)..bound(live, part + 1)).for_each(|at| self.price_item(self.live[at] as usize, &mut best));
            if best.choice.is_some() {
                self.cursor = part + 1;
                break;
            }
        }
        best.choice
    }

    /// Offers the slack of a tight line and its overtime.
    #[inline]
    fn price_line(&self, l: usize, best: &mut Best) {
        let price = self.price[l];
        if price < -DUAL_TOLERANCE && self.line_at[l] >= 0 && !self.slack_closed[l] {
            best.offer(Entering::Slack(l), 1.0, -price);
        }
        if !self.over_closed[l] && self.over_at[l] < 0 {
            let d = self.over_cost[l] - price;
            if d > DUAL_TOLERANCE && self.over_value[l] > 0.0 {
                best.offer(Entering::Overtime(l), -1.0, d);
            } else if d < -DUAL_TOLERANCE && self.over_value[l] < self.over_high[l] {
                best.offer(Entering::Overtime(l), 1.0, -d);
            }
        }
    }

    /// Offers the nonbasic arcs of an item and its finished units. Each promises what it would gain if the whole item moved to it, which it
    /// can at the most: so large items move first, and far fewer pivots are needed than by the gain of an hour.
    #[inline]
    fn price_item(&self, i: usize, best: &mut Best) {
        let block = self.block;
        let demand = block.demand[i];
        let mut finished = self.item_cost[i];
        for k in block.steps_of(i) {
            let key = self.key[k] as usize;
            let base = self.arc_cost[key] + self.price[block.arc_line[key] as usize] * block.arc_hours[key];
            finished += base;
            let arcs = block.arcs_of(k);
            let first = arcs.start;
            // What an arc must cost less than to promise more than the best so far.
            let mut limit = base - best.gain / demand;
            let numbers = block.arc_hours[arcs.clone()].iter().zip(&block.arc_line[arcs.clone()]).zip(&self.arc_cost[arcs]);
            for (at, ((&hours, &line), cost)) in numbers.enumerate() {
                let value = cost + self.price[line as usize] * hours;
                if value < limit && base - value > DUAL_TOLERANCE * hours && self.arc_at[first + at] == OUT && !self.arc_closed[first + at]
                {
                    best.offer(Entering::Arc(first + at), 1.0, (base - value) * demand);
                    limit = base - best.gain / demand;
                }
            }
        }
        if !self.item_closed[i] && self.item_at[i] < 0 {
            if finished > DUAL_TOLERANCE && self.item_value[i] > 0.0 {
                best.offer(Entering::Item(i), -1.0, finished * demand);
            } else if finished < -DUAL_TOLERANCE && self.item_value[i] < demand {
                best.offer(Entering::Item(i), 1.0, -finished * demand);
            }
        }
    }
}

/// How many parts the items are priced in.
const PRICING_PARTS: usize = 16;
/// The same where lines are very many.
const SPARSE_PARTS: usize = 40;

/// The best entering variable so far; what is offered has passed the tolerance.
struct Best {
    choice: Option<(Entering, f64)>,
    gain: f64,
    first: bool,
}

impl Best {
    #[inline]
    fn offer(&mut self, entering: Entering, sign: f64, score: f64) {
        if score > self.gain {
            self.gain = if self.first { f64::INFINITY } else { score };
            self.choice = Some((entering, sign));
        }
    }
}
