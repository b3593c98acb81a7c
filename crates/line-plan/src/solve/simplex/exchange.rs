//! Exchanging variables of the basis, so that every step keeps a key and the working basis stays as small as the tight lines.

use super::*;

impl Simplex<'_> {
    /// The entering variable's column on the lines, keys eliminated.
    pub(super) fn load_entering_column(&mut self, entering: Entering) {
        let block = self.block;
        let column = &mut self.entering_column;
        column.clear();
        match entering {
            Entering::Arc(j) => {
                let key = self.key[block.arc_step[j] as usize] as usize;
                column.push((block.arc_line[j] as usize, block.arc_hours[j]));
                column.push((block.arc_line[key] as usize, -block.arc_hours[key]));
            }
            Entering::Item(i) => {
                for k in block.steps_of(i) {
                    let key = self.key[k] as usize;
                    column.push((block.arc_line[key] as usize, block.arc_hours[key]));
                }
            }
            Entering::Theta => {
                column.extend(self.slope.iter().enumerate().filter(|(_, s)| **s != 0.0).map(|(l, s)| (l, -s)));
            }
            Entering::Overtime(l) => column.push((l, -1.0)),
            Entering::Slack(l) => column.push((l, 1.0)),
        }
    }

    /// `z` = inverse × the entering variable's column.
    pub(super) fn represent(&mut self, entering: Entering) {
        self.load_entering_column(entering);
        let inverse = match &mut self.kernel {
            Kernel::Dense(inverse) => inverse,
            Kernel::Sparse(factors) => return factors.represent(self.entering_column.iter().copied(), &mut self.z),
        };
        self.z.clear();
        let n = self.columns.len();
        for &(l, v) in &self.entering_column {
            let q = self.line_at[l];
            if q >= 0 {
                for p in 0..n {
                    self.z.value[p] += inverse.row(p)[q as usize] * v;
                }
            }
        }
        (0..n).for_each(|p| self.z.touch(p));
    }

    /// Exchanges the entering variable, which moved by `step`, and what blocked it.
    pub(super) fn change_basis(&mut self, entering: Entering, blocking: Blocking, step: f64) {
        match blocking {
            Blocking::Own => {}
            Blocking::Position(p) => self.replace(entering, p, step),
            Blocking::Key(k) => self.replace_key(entering, k, step),
            Blocking::Slack(l) => {
                let position = self.add_row(l, entering);
                self.enter(entering, position, step);
            }
        }
    }

    /// The entering variable takes position `p`.
    pub(super) fn replace(&mut self, entering: Entering, p: usize, step: f64) {
        self.leave(p);
        let p = self.put(p, entering, 0.0);
        self.enter(entering, p, step);
    }

    /// The represented column takes position `p` of the kernel; answers the position it got.
    fn put(&mut self, p: usize, entering: Entering, more: f64) -> usize {
        self.follow_prices(p, more);
        match &mut self.kernel {
            Kernel::Dense(inverse) => {
                inverse.replace(p, &self.z.value);
                p
            }
            Kernel::Sparse(factors) if entering == Entering::Theta => {
                factors.enter_theta(p, &self.z);
                p
            }
            Kernel::Sparse(factors) => {
                let place = factors.replace(p, more);
                if place != p {
                    // θ stands where the column left, and leaves its own position to the new one.
                    self.columns[p] = Column::Theta;
                    self.value[p] = self.value[place];
                    self.theta_at = p as i32;
                }
                place
            }
        }
    }

    /// The entering variable drives a step's key to 0: another arc of the step becomes its key.
    pub(super) fn replace_key(&mut self, entering: Entering, k: usize, step: f64) {
        let block = self.block;
        if self.extra[k] > 0 {
            let largest = block
                .arcs_of(k)
                .filter(|&j| self.arc_at[j] >= 0)
                .max_by(|&a, &b| self.value[self.arc_at[a] as usize].total_cmp(&self.value[self.arc_at[b] as usize]).then(b.cmp(&a)));
            let p = self.arc_at[largest.expect("a step with extra basic arcs has one")] as usize;
            self.swap_key(k, p);
            self.represent(entering);
            self.replace(entering, p, step);
        } else if let Entering::Arc(q) = entering {
            let i = block.step_item[k] as usize;
            if let Ok(item) = usize::try_from(self.item_at[i]) {
                if let Kernel::Dense(inverse) = &mut self.kernel {
                    inverse.add_to_column(item, &self.z.value);
                } else {
                    let (column, value) = (self.columns[item], self.value[item]);
                    let place = self.put(item, entering, 1.0);
                    self.columns[place] = column;
                    self.value[place] = value;
                    self.item_at[i] = place as i32;
                }
            }
            self.arc_at[self.key[k] as usize] = OUT;
            self.arc_at[q] = KEY;
            self.key[k] = q as u32;
            self.key_value[k] = step;
        }
    }

    /// The arc at position `p` and the key of its step change places.
    pub(super) fn swap_key(&mut self, k: usize, p: usize) {
        let Column::Arc(new) = self.columns[p] else { return };
        let old = self.key[k];
        let mut others: Vec<(usize, f64)> = Vec::with_capacity(4);
        for j in self.block.arcs_of(k) {
            if self.arc_at[j] >= 0 && self.arc_at[j] as usize != p {
                others.push((self.arc_at[j] as usize, -1.0));
            }
        }
        let item = self.item_at[self.block.step_item[k] as usize];
        if item >= 0 {
            others.push((item as usize, 1.0));
        }
        match &mut self.kernel {
            Kernel::Dense(inverse) => inverse.combine(p, -1.0, &others),
            Kernel::Sparse(factors) => factors.combine(p, -1.0, &others),
        }
        self.columns[p] = Column::Arc(old);
        self.arc_at[old as usize] = p as i32;
        self.arc_at[new as usize] = KEY;
        self.key[k] = new;
        std::mem::swap(&mut self.value[p], &mut self.key_value[k]);
    }

    /// Line `l` loses its slack: the working basis gains its row and the entering variable's column, whose position is answered.
    pub(super) fn add_row(&mut self, l: usize, entering: Entering) -> usize {
        let position = if matches!(self.kernel, Kernel::Dense(_)) {
            self.grow(l);
            self.columns.push(Column::Theta);
            self.value.push(0.0);
            self.columns.len() - 1
        } else {
            self.put(self.slack_at[l] as usize, entering, 0.0)
        };
        self.line_at[l] = self.rows.len() as i32;
        self.rows.push(l as u32);
        self.slack[l] = 0.0;
        position
    }

    fn grow(&mut self, l: usize) {
        let n = self.columns.len();
        let mut entries: Vec<(usize, f64)> = Vec::with_capacity(8);
        for p in 0..n {
            let entry = self.entry(p, l);
            if entry != 0.0 {
                entries.push((p, entry));
            }
        }
        let own: f64 = self.entering_column.iter().filter(|(m, _)| *m == l).map(|(_, v)| v).sum();
        let schur = own - entries.iter().map(|&(p, v)| v * self.z.value[p]).sum::<f64>();
        if let Kernel::Dense(inverse) = &mut self.kernel {
            inverse.grow(&entries, &self.z.value, schur);
        }
    }

    /// Entry of the column at position `p` in the row of line `l`, keys eliminated.
    pub(super) fn entry(&self, p: usize, l: usize) -> f64 {
        let block = self.block;
        let on = |j: usize| if block.arc_line[j] as usize == l { block.arc_hours[j] } else { 0.0 };
        match self.columns[p] {
            Column::Arc(j) => on(j as usize) - on(self.key[block.arc_step[j as usize] as usize] as usize),
            Column::Item(i) => block.steps_of(i as usize).map(|k| on(self.key[k] as usize)).sum(),
            Column::Theta => -self.slope[l],
            Column::Overtime(m) => {
                if m as usize == l {
                    -1.0
                } else {
                    0.0
                }
            }
            Column::Slack(m) => f64::from(u8::from(m as usize == l)),
        }
    }

    /// Marks the column at position `p` nonbasic, at the bound it reached.
    pub(super) fn leave(&mut self, p: usize) {
        let value = self.value[p];
        match self.columns[p] {
            Column::Arc(j) => {
                self.arc_at[j as usize] = OUT;
                self.extra[self.block.arc_step[j as usize] as usize] -= 1;
            }
            Column::Item(i) => {
                let i = i as usize;
                self.item_at[i] = OUT;
                self.item_value[i] = if value > 0.5 * self.block.demand[i] { self.block.demand[i] } else { 0.0 };
            }
            Column::Theta => {
                self.theta_at = OUT;
                let nearer_high = (self.theta_high - value).abs() < (value - self.theta_low).abs();
                self.theta = if nearer_high { self.theta_high } else { self.theta_low };
            }
            Column::Overtime(l) => {
                let l = l as usize;
                self.over_at[l] = OUT;
                self.over_value[l] = if value > 0.5 * self.over_high[l] { self.over_high[l] } else { 0.0 };
            }
            Column::Slack(_) => {}
        }
    }

    /// Puts the entering variable at position `p`. A slack frees its row instead: its column is a unit vector.
    pub(super) fn enter(&mut self, entering: Entering, p: usize, step: f64) {
        let (column, value) = match entering {
            Entering::Arc(j) => {
                self.arc_at[j] = p as i32;
                self.extra[self.block.arc_step[j] as usize] += 1;
                (Column::Arc(j as u32), step)
            }
            Entering::Item(i) => {
                self.item_at[i] = p as i32;
                (Column::Item(i as u32), self.item_value[i])
            }
            Entering::Theta => {
                self.theta_at = p as i32;
                (Column::Theta, self.theta)
            }
            Entering::Overtime(l) => {
                self.over_at[l] = p as i32;
                (Column::Overtime(l as u32), self.over_value[l])
            }
            Entering::Slack(l) => {
                self.drop_row(p, l, step);
                return;
            }
        };
        self.columns[p] = column;
        self.value[p] = value;
    }

    /// Line `l` gains slack: its row and the unit column at position `p` leave the working basis.
    pub(super) fn drop_row(&mut self, p: usize, l: usize, slack: f64) {
        let q = self.line_at[l] as usize;
        match &mut self.kernel {
            Kernel::Dense(inverse) => {
                inverse.shrink(p, q);
                self.columns.swap_remove(p);
                self.value.swap_remove(p);
                if p < self.columns.len() {
                    match self.columns[p] {
                        Column::Arc(j) => self.arc_at[j as usize] = p as i32,
                        Column::Item(i) => self.item_at[i as usize] = p as i32,
                        Column::Theta => self.theta_at = p as i32,
                        Column::Overtime(m) => self.over_at[m as usize] = p as i32,
                        Column::Slack(_) => {}
                    }
                }
            }
            Kernel::Sparse(_) => {
                self.columns[p] = Column::Slack(l as u32);
                self.slack_at[l] = p as u32;
                self.value[p] = slack;
            }
        }
        self.rows.swap_remove(q);
        if q < self.rows.len() {
            self.line_at[self.rows[q] as usize] = q as i32;
        }
        self.line_at[l] = OUT;
        self.slack[l] = slack;
    }

    /// Takes θ out of the basis at its value, which becomes its upper bound; the closed slack of a line takes its place.
    pub fn retire_theta(&mut self) -> Result<(), Stuck> {
        if self.theta_at < 0 {
            self.theta_high = self.theta;
            return Ok(());
        }
        let p = self.theta_at as usize;
        let l = self.most_on_theta(p)?;
        self.theta = self.value[p];
        self.theta_high = self.theta;
        self.theta_at = OUT;
        let slack = Entering::Slack(l);
        self.represent(slack);
        self.gain = self.reduced_cost(slack);
        self.put(p, slack, 0.0);
        self.drop_row(p, l, 0.0);
        self.since_rebuild += 1;
        Ok(())
    }

    /// The tight line whose slack would move θ, at position `p`, most.
    pub(super) fn most_on_theta(&mut self, p: usize) -> Result<usize, Stuck> {
        let best = |a: &(usize, f64), b: &(usize, f64)| a.1.abs().total_cmp(&b.1.abs()).then(b.0.cmp(&a.0));
        let most = match &mut self.kernel {
            Kernel::Dense(inverse) => {
                let row = inverse.row(p);
                (0..row.len()).max_by(|&a, &b| row[a].abs().total_cmp(&row[b].abs())).map(|q| (self.rows[q] as usize, row[q]))
            }
            Kernel::Sparse(factors) => {
                self.by_place.clear();
                self.by_place.add(p, 1.0);
                factors.price(&mut self.by_place, &mut self.by_row);
                let row = &self.by_row;
                self.rows.iter().map(|&l| (l as usize, row.value[l as usize])).max_by(best)
            }
        };
        most.filter(|(_, rate)| rate.abs() >= PIVOT_TOLERANCE).map(|(l, _)| l).ok_or(Stuck)
    }

    /// Prices after the represented column, with `more` added to its own entry, takes position `p` (sparse).
    fn follow_prices(&mut self, p: usize, more: f64) {
        let Kernel::Sparse(factors) = &mut self.kernel else { return };
        if !self.priced {
            return;
        }
        let by = self.gain / (self.z.value[p] + more);
        if by == 0.0 {
            return;
        }
        self.by_place.clear();
        self.by_place.add(p, 1.0);
        factors.price(&mut self.by_place, &mut self.by_row);
        for &l in &self.by_row.places {
            self.price[l as usize] -= by * self.by_row.value[l as usize];
        }
    }
}
