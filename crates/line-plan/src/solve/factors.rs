//! The working basis of a block with very many lines, as sparse factors and the changes since they were made.
//!
//! Here the basis has a row for every line, with the slack of a line that is not full as its column. Every change is one more factor:
//! a column replaced (the product form of Dantzig and Orchard-Hays, 1954), or a row combined where a step changes its key. θ stands on
//! all lines at once and would make everything dense, so its factor is always the last one: the others hold a unit column, the
//! *stand-in*, in its place, and `border` is θ's column in terms of them.
//!
//! **Invariant:** places of the basis and rows are both numbered by line at the start; what is 0 costs nothing.

mod triangle;

use triangle::Triangles;
pub(crate) use triangle::{Matrix, Sparse};

/// Below this share of its largest entry a column's entry is no pivot while another way exists.
const WEAK: f64 = 1e-2;

/// A change of the basis.
#[derive(Debug)]
enum Change {
    /// Column at the place becomes the one whose entries these are; the first is the place's own.
    Column { place: u32, own: f64 },
    /// Row at the place becomes `own` times itself and these of others.
    Row { place: u32, own: f64 },
}

/// The factors of a basis.
#[derive(Debug, Default)]
pub(crate) struct Factors {
    triangles: Triangles,
    changes: Vec<Change>,
    change_start: Vec<u32>,
    change_place: Vec<u32>,
    change_value: Vec<f64>,
    /// Place of θ and row of its stand-in.
    theta: Option<(usize, usize)>,
    border: Vec<f64>,
    rows: Sparse,
    scratch: Sparse,
    /// The column represented last, θ's factor left out.
    inner: Sparse,
}

impl Factors {
    /// The basis of slacks.
    pub fn new(lines: usize) -> Self {
        let mut factors = Factors {
            border: vec![0.0; lines],
            rows: Sparse::new(lines),
            scratch: Sparse::new(lines),
            inner: Sparse::new(lines),
            ..Factors::default()
        };
        let made = factors.rebuild(&Matrix::unit(lines), None, &[]);
        debug_assert!(made.is_ok(), "a unit matrix is regular");
        factors
    }

    /// Whether so much has changed that new factors are cheaper.
    pub fn is_worn(&self) -> bool {
        self.change_place.len() > 2 * self.triangles.entries() + 40 * self.border.len()
    }

    /// Factors a basis anew. With θ at a place, the matrix has the stand-in's unit column there and `slope` is θ's own column.
    pub fn rebuild(&mut self, matrix: &Matrix, theta: Option<(usize, usize)>, slope: &[f64]) -> Result<(), ()> {
        self.triangles = Triangles::of(matrix)?;
        self.changes.clear();
        self.change_start.clear();
        self.change_start.push(0);
        self.change_place.clear();
        self.change_value.clear();
        self.theta = None;
        if let Some((place, row)) = theta {
            self.set_rows(slope.iter().enumerate().map(|(l, s)| (l, -s)));
            self.solve_inner();
            self.take_border();
            self.theta = Some((place, row));
            if self.border[place].abs() < 1e-11 {
                return Err(());
            }
        }
        Ok(())
    }

    fn set_rows(&mut self, entries: impl Iterator<Item = (usize, f64)>) {
        self.rows.clear();
        entries.filter(|(_, v)| *v != 0.0).for_each(|(l, v)| self.rows.add(l, v));
    }

    /// `inner` = basis without θ, inverted, × `rows`.
    fn solve_inner(&mut self) {
        self.inner.clear();
        self.triangles.solve(&mut self.rows, &mut self.inner);
        let x = &mut self.inner;
        for (c, change) in self.changes.iter().enumerate() {
            let range = self.change_start[c] as usize..self.change_start[c + 1] as usize;
            let entries = self.change_place[range.clone()].iter().zip(&self.change_value[range]);
            match *change {
                Change::Column { place, own } => {
                    let own_value = x.value[place as usize];
                    if own_value != 0.0 {
                        let new = own_value / own;
                        for (&i, v) in entries {
                            x.add(i as usize, -v * new);
                        }
                        x.value[place as usize] = new;
                    }
                }
                Change::Row { place, own } => {
                    let sum: f64 = entries.map(|(&i, v)| v * x.value[i as usize]).sum();
                    let before = x.value[place as usize];
                    let new = own * before + sum;
                    if new != before {
                        x.add(place as usize, new - before);
                    }
                }
            }
        }
    }

    /// `out` = `columns`ᵀ × the inverse of the basis without θ, by rows; `columns` is used up.
    fn solve_transposed_inner(&mut self, columns: &mut Sparse, out: &mut Sparse) {
        for (c, change) in self.changes.iter().enumerate().rev() {
            let range = self.change_start[c] as usize..self.change_start[c + 1] as usize;
            let entries = self.change_place[range.clone()].iter().zip(&self.change_value[range]);
            match *change {
                Change::Column { place, own } => {
                    let sum: f64 = entries.map(|(&i, v)| v * columns.value[i as usize]).sum();
                    let before = columns.value[place as usize];
                    let new = (before - sum) / own;
                    if new != before {
                        columns.add(place as usize, new - before);
                    }
                }
                Change::Row { place, own } => {
                    let before = columns.value[place as usize];
                    if before != 0.0 {
                        for (&i, v) in entries {
                            columns.add(i as usize, v * before);
                        }
                        columns.value[place as usize] = own * before;
                    }
                }
            }
        }
        self.triangles.solve_transposed(columns, out);
    }

    /// `out` = inverse × the column given by (row, value).
    pub fn represent(&mut self, entries: impl Iterator<Item = (usize, f64)>, out: &mut Sparse) {
        self.set_rows(entries);
        self.solve_inner();
        out.clear();
        let of_theta = self.theta.map(|(place, _)| (place, self.inner.value[place] / self.border[place]));
        match of_theta {
            Some((place, theta)) if theta != 0.0 => {
                for (i, &w) in self.border.iter().enumerate() {
                    let value = self.inner.value[i] - w * theta;
                    if value != 0.0 && i != place {
                        out.add(i, value);
                    }
                }
                out.add(place, theta);
            }
            _ => self.inner.places.iter().for_each(|&i| out.add(i as usize, self.inner.value[i as usize])),
        }
    }

    /// `out` = `columns`ᵀ × inverse, by rows; `columns` is used up.
    pub fn price(&mut self, columns: &mut Sparse, out: &mut Sparse) {
        if let Some((place, _)) = self.theta {
            let others: f64 = columns.places.iter().map(|&i| columns.value[i as usize] * self.border[i as usize]).sum();
            let own = columns.value[place];
            let new = (own - (others - own * self.border[place])) / self.border[place];
            columns.add(place, new - own);
        }
        out.clear();
        self.solve_transposed_inner(columns, out);
    }

    /// The column at a place becomes the one represented last, with `more` added to its own entry. Answers where the new column stands:
    /// at the place, or at θ's, which then stands at the place.
    pub fn replace(&mut self, place: usize, more: f64) -> usize {
        if more != 0.0 {
            self.inner.add(place, more);
        }
        let Some((theta, _)) = self.theta else {
            self.push_column(place);
            return place;
        };
        if place == theta {
            self.push_column(place);
            self.theta = None;
            return place;
        }
        let largest = self.inner.places.iter().fold(0.0f64, |most, &i| most.max(self.inner.value[i as usize].abs()));
        if self.inner.value[place].abs() > WEAK * largest {
            self.push_column(place);
            return place;
        }
        self.push_column(theta);
        self.stand_in_at(place);
        theta
    }

    /// θ, represented as `z`, takes the place.
    pub fn enter_theta(&mut self, place: usize, z: &Sparse) {
        self.border.fill(0.0);
        z.places.iter().for_each(|&i| self.border[i as usize] = z.value[i as usize]);
        self.stand_in_at(place);
    }

    /// A stand-in for θ replaces the column at the place; of all rows the one that keeps the basis furthest from singular.
    fn stand_in_at(&mut self, place: usize) {
        let (mut columns, mut out) = (std::mem::take(&mut self.scratch), std::mem::take(&mut self.rows));
        columns.clear();
        out.clear();
        columns.add(place, 1.0);
        self.solve_transposed_inner(&mut columns, &mut out);
        let best = out.places.iter().copied().max_by(|&a, &b| {
            let (x, y) = (out.value[a as usize].abs(), out.value[b as usize].abs());
            x.total_cmp(&y).then(b.cmp(&a))
        });
        let row = best.map_or(place, |r| r as usize);
        out.clear();
        (self.scratch, self.rows) = (columns, out);
        self.set_rows(std::iter::once((row, 1.0)));
        self.solve_inner();
        self.push_column(place);
        self.theta = Some((place, row));
    }

    /// Row at a place becomes `own` times itself and the given multiples of others.
    pub fn combine(&mut self, place: usize, own: f64, others: &[(usize, f64)]) {
        let sum: f64 = others.iter().map(|(o, f)| f * self.border[*o]).sum();
        self.border[place] = own * self.border[place] + sum;
        for &(o, f) in others {
            self.change_place.push(o as u32);
            self.change_value.push(f);
        }
        self.changes.push(Change::Row { place: place as u32, own });
        self.change_start.push(self.change_place.len() as u32);
    }

    /// The column in `inner` becomes the one at the place, for the border too.
    fn push_column(&mut self, place: usize) {
        let own = self.inner.value[place];
        let largest = self.inner.places.iter().fold(0.0f64, |most, &i| most.max(self.inner.value[i as usize].abs()));
        let border = self.border[place] / own;
        for &i in &self.inner.places {
            let value = self.inner.value[i as usize];
            if i as usize != place && value.abs() > 1e-15 * largest {
                self.change_place.push(i);
                self.change_value.push(value);
                self.border[i as usize] -= value * border;
            }
        }
        self.border[place] = border;
        self.changes.push(Change::Column { place: place as u32, own });
        self.change_start.push(self.change_place.len() as u32);
    }

    fn take_border(&mut self) {
        self.border.fill(0.0);
        self.inner.places.iter().for_each(|&i| self.border[i as usize] = self.inner.value[i as usize]);
    }
}

#[cfg(test)]
mod tests;
