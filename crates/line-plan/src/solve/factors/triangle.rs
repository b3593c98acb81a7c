//! Sparse triangular factors of a square matrix, and solving with them where little of the right side is not 0.
//!
//! Most of a working basis is a forest: columns with one entry left, then rows with one entry left, are taken as pivots without any
//! arithmetic. What remains, cycles and what items tie together, is eliminated in the order of Markowitz (1957), fewest products first.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

/// A pivot may be this much smaller than the largest entry of its column.
const THRESHOLD: f64 = 0.1;
/// A pivot below this makes the matrix singular.
const SMALLEST: f64 = 1e-11;
/// Above this share of entries that are not 0, going through all is quicker than a heap of those that are.
const SPARSE_SHARE: usize = 16;

/// A vector that knows where it is not 0.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sparse {
    pub value: Vec<f64>,
    /// Places that were ever set; each once.
    pub places: Vec<u32>,
    set: Vec<bool>,
}

impl Sparse {
    pub fn new(size: usize) -> Self {
        Sparse { value: vec![0.0; size], places: Vec::new(), set: vec![false; size] }
    }

    #[inline]
    pub fn add(&mut self, place: usize, value: f64) {
        if !self.set[place] {
            self.set[place] = true;
            self.places.push(place as u32);
        }
        self.value[place] += value;
    }

    /// Notes a place whose value was set past [`Sparse::add`].
    #[inline]
    pub fn touch(&mut self, place: usize) {
        if self.value[place] != 0.0 {
            self.add(place, 0.0);
        }
    }

    pub fn clear(&mut self) {
        for &i in &self.places {
            self.value[i as usize] = 0.0;
            self.set[i as usize] = false;
        }
        self.places.clear();
    }
}

/// A matrix by columns of (row, value), no row twice in a column.
#[derive(Debug)]
pub(crate) struct Matrix(Lists);

impl Matrix {
    /// No column yet.
    pub fn empty() -> Matrix {
        Matrix(Lists::empty())
    }

    /// The unit matrix.
    pub fn unit(size: usize) -> Matrix {
        let mut matrix = Matrix::empty();
        (0..size).for_each(|l| {
            matrix.put(l, 1.0);
            matrix.end_column();
        });
        matrix
    }

    /// Adds to the entry in a row of the column under way.
    #[inline]
    pub fn put(&mut self, row: usize, value: f64) {
        let first = self.0.start[self.0.start.len() - 1] as usize;
        match self.0.index[first..].iter().position(|r| *r as usize == row) {
            Some(same) => self.0.value[first + same] += value,
            None => self.0.put(row as u32, value),
        }
    }

    /// What was put since the last column is one.
    pub fn end_column(&mut self) {
        self.0.end();
    }

    fn columns(&self) -> usize {
        self.0.start.len() - 1
    }

    fn column(&self, p: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.0.of(p)
    }
}

/// Lists of (index, value), one after the other.
#[derive(Debug, Default, Clone)]
struct Lists {
    start: Vec<u32>,
    index: Vec<u32>,
    value: Vec<f64>,
}

impl Lists {
    #[inline]
    fn of(&self, k: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let range = self.start[k] as usize..self.start[k + 1] as usize;
        self.index[range.clone()].iter().zip(&self.value[range]).map(|(i, v)| (*i as usize, *v))
    }

    /// No list yet.
    fn empty() -> Lists {
        Lists { start: vec![0], ..Lists::default() }
    }

    #[inline]
    fn put(&mut self, index: u32, value: f64) {
        self.index.push(index);
        self.value.push(value);
    }

    /// What was put since the last list is one.
    fn end(&mut self) {
        self.start.push(self.index.len() as u32);
    }

    /// The same entries by index: each list of the answer tells in which lists its number stood.
    fn transposed(&self, lists: usize) -> Lists {
        let mut start = vec![0u32; lists + 1];
        self.index.iter().for_each(|i| start[*i as usize + 1] += 1);
        (0..lists).for_each(|l| start[l + 1] += start[l]);
        let mut next = start.clone();
        let (mut index, mut value) = (vec![0; self.index.len()], vec![0.0; self.index.len()]);
        for k in 0..self.start.len() - 1 {
            for (i, v) in self.of(k) {
                let at = next[i] as usize;
                next[i] += 1;
                (index[at], value[at]) = (k as u32, v);
            }
        }
        Lists { start, index, value }
    }
}

/// The factors. Pivot `k` stands in `row[k]` and in column `column[k]`.
#[derive(Debug, Default)]
pub(crate) struct Triangles {
    row: Vec<u32>,
    column: Vec<u32>,
    diagonal: Vec<f64>,
    order_of_row: Vec<u32>,
    order_of_column: Vec<u32>,
    /// Row of each elimination, and (row, multiplier) of what was eliminated.
    lower_row: Vec<u32>,
    lower: Lists,
    /// Entries of pivot `k`'s column in rows of earlier pivots, as (earlier pivot, value); the same by rows.
    upper: Lists,
    upper_by_row: Lists,
    down: BinaryHeap<u32>,
    up: BinaryHeap<Reverse<u32>>,
    waits: Vec<bool>,
}

impl Triangles {
    /// Factors a square matrix; an error where it is singular.
    pub fn of(matrix: &Matrix) -> Result<Triangles, ()> {
        Elimination::new(matrix).run()
    }

    pub fn entries(&self) -> usize {
        self.upper.index.len() + self.lower.index.len()
    }

    /// Solves matrix · out = rows; `rows` is used up, `out` must be clear.
    pub fn solve(&mut self, rows: &mut Sparse, out: &mut Sparse) {
        let n = self.row.len();
        for (k, &r) in self.lower_row.iter().enumerate() {
            let x = rows.value[r as usize];
            if x != 0.0 {
                for (i, m) in self.lower.of(k) {
                    rows.add(i, -m * x);
                }
            }
        }
        let mut scan = n;
        if rows.places.len() * SPARSE_SHARE < n {
            for &r in &rows.places {
                let k = self.order_of_row[r as usize];
                self.waits[k as usize] = true;
                self.down.push(k);
            }
            scan = 0;
            let mut worked = 0;
            while let Some(k) = self.down.pop() {
                let k = k as usize;
                self.waits[k] = false;
                let r = self.row[k] as usize;
                if rows.value[r] == 0.0 {
                    continue;
                }
                let x = rows.value[r] / self.diagonal[k];
                out.add(self.column[k] as usize, x);
                for (e, v) in self.upper.of(k) {
                    rows.add(self.row[e] as usize, -v * x);
                    if !self.waits[e] {
                        self.waits[e] = true;
                        self.down.push(e as u32);
                    }
                }
                worked += 1;
                if worked * SPARSE_SHARE > n {
                    scan = k;
                    break;
                }
            }
            for k in self.down.drain() {
                self.waits[k as usize] = false;
            }
        }
        for k in (0..scan).rev() {
            let r = self.row[k] as usize;
            if rows.value[r] != 0.0 {
                let x = rows.value[r] / self.diagonal[k];
                out.add(self.column[k] as usize, x);
                for (e, v) in self.upper.of(k) {
                    rows.add(self.row[e] as usize, -v * x);
                }
            }
        }
        rows.clear();
    }

    /// Solves transposed matrix · out = columns; `columns` is used up, `out` must be clear.
    pub fn solve_transposed(&mut self, columns: &mut Sparse, out: &mut Sparse) {
        let n = self.row.len();
        let mut scan = 0;
        if columns.places.len() * SPARSE_SHARE < n {
            for &p in &columns.places {
                let k = self.order_of_column[p as usize];
                self.waits[k as usize] = true;
                self.up.push(Reverse(k));
            }
            scan = n;
            let mut worked = 0;
            while let Some(Reverse(k)) = self.up.pop() {
                let k = k as usize;
                self.waits[k] = false;
                let p = self.column[k] as usize;
                if columns.value[p] == 0.0 {
                    continue;
                }
                let y = columns.value[p] / self.diagonal[k];
                out.add(self.row[k] as usize, y);
                for (e, v) in self.upper_by_row.of(k) {
                    columns.add(self.column[e] as usize, -v * y);
                    if !self.waits[e] {
                        self.waits[e] = true;
                        self.up.push(Reverse(e as u32));
                    }
                }
                worked += 1;
                if worked * SPARSE_SHARE > n {
                    scan = k + 1;
                    break;
                }
            }
            for Reverse(k) in self.up.drain() {
                self.waits[k as usize] = false;
            }
        }
        for k in scan..n {
            let p = self.column[k] as usize;
            if columns.value[p] != 0.0 {
                let y = columns.value[p] / self.diagonal[k];
                out.add(self.row[k] as usize, y);
                for (e, v) in self.upper_by_row.of(k) {
                    columns.add(self.column[e] as usize, -v * y);
                }
            }
        }
        columns.clear();
        for (k, &r) in self.lower_row.iter().enumerate().rev() {
            let sum: f64 = self.lower.of(k).map(|(i, m)| m * out.value[i]).sum();
            if sum != 0.0 {
                out.add(r as usize, -sum);
            }
        }
    }
}

/// The elimination under way.
struct Elimination<'m> {
    matrix: &'m Matrix,
    row_done: Vec<bool>,
    column_done: Vec<bool>,
    /// Columns with an entry in each row.
    columns_of: Lists,
    pivots: Vec<(u32, u32, f64)>,
    /// Entries of each column of the kernel in rows of earlier pivots; those of other columns are as in the matrix.
    upper: Vec<Vec<(u32, f64)>>,
    /// Place of each column in `upper`.
    kernel_at: Vec<u32>,
    lower_row: Vec<u32>,
    lower: Lists,
}

impl<'m> Elimination<'m> {
    fn new(matrix: &'m Matrix) -> Self {
        let n = matrix.columns();
        Elimination {
            matrix,
            row_done: vec![false; n],
            column_done: vec![false; n],
            columns_of: matrix.0.transposed(n),
            pivots: Vec::with_capacity(n),
            upper: Vec::new(),
            kernel_at: Vec::new(),
            lower_row: Vec::new(),
            lower: Lists::empty(),
        }
    }

    fn run(mut self) -> Result<Triangles, ()> {
        self.single_columns()?;
        self.single_rows()?;
        self.kernel()?;
        Ok(self.finish())
    }

    fn pivot(&mut self, r: usize, p: usize, value: f64) -> Result<(), ()> {
        if value.abs() < SMALLEST {
            return Err(());
        }
        self.row_done[r] = true;
        self.column_done[p] = true;
        self.pivots.push((r as u32, p as u32, value));
        Ok(())
    }

    /// Columns with one entry left need no arithmetic at all.
    fn single_columns(&mut self) -> Result<(), ()> {
        let n = self.matrix.columns();
        let mut left: Vec<u32> = (0..n).map(|p| self.matrix.column(p).count() as u32).collect();
        let mut queue: Vec<u32> = (0..n as u32).filter(|&p| left[p as usize] == 1).collect();
        while let Some(p) = queue.pop() {
            let p = p as usize;
            let entry = self.matrix.column(p).find(|(r, _)| !self.row_done[*r]);
            let Some((r, value)) = entry else { return Err(()) };
            self.pivot(r, p, value)?;
            for (q, _) in self.columns_of.of(r) {
                if !self.column_done[q] {
                    left[q] -= 1;
                    if left[q] == 1 {
                        queue.push(q as u32);
                    }
                }
            }
        }
        Ok(())
    }

    /// Rows with one entry left only note what to take from the other rows of their column.
    fn single_rows(&mut self) -> Result<(), ()> {
        let n = self.matrix.columns();
        let mut left = vec![0u32; n];
        for r in (0..n).filter(|&r| !self.row_done[r]) {
            left[r] = self.columns_of.of(r).filter(|(p, _)| !self.column_done[*p]).count() as u32;
        }
        let mut queue: Vec<u32> = (0..n as u32).filter(|&r| left[r as usize] == 1).collect();
        while let Some(r) = queue.pop() {
            let r = r as usize;
            if self.row_done[r] {
                continue;
            }
            let entry = self.columns_of.of(r).find(|(p, _)| !self.column_done[*p]);
            let Some((p, value)) = entry else { return Err(()) };
            for (i, v) in self.matrix.column(p).filter(|(i, _)| *i != r) {
                if !self.row_done[i] {
                    self.lower.put(i as u32, v / value);
                    left[i] -= 1;
                    if left[i] == 1 {
                        queue.push(i as u32);
                    }
                }
            }
            self.pivot(r, p, value)?;
            self.end_lower(r);
        }
        Ok(())
    }

    /// What was put to `lower` was eliminated by row `r`.
    fn end_lower(&mut self, r: usize) {
        if self.lower.index.len() > self.lower.start[self.lower_row.len()] as usize {
            self.lower_row.push(r as u32);
            self.lower.end();
        }
    }

    fn kernel(&mut self) -> Result<(), ()> {
        let n = self.matrix.columns();
        if self.pivots.len() == n {
            return Ok(());
        }
        self.kernel_at = vec![u32::MAX; n];
        let mut rows: Vec<Vec<(u32, f64)>> = vec![Vec::new(); n];
        let mut rows_of: Vec<Vec<u32>> = vec![Vec::new(); n];
        let mut queue: BTreeSet<(u32, u32)> = BTreeSet::new();
        for p in (0..n).filter(|&p| !self.column_done[p]) {
            self.kernel_at[p] = self.upper.len() as u32;
            let mut done = Vec::new();
            for (r, v) in self.matrix.column(p) {
                if self.row_done[r] {
                    done.push((r as u32, v));
                } else {
                    rows[r].push((p as u32, v));
                    rows_of[p].push(r as u32);
                }
            }
            self.upper.push(done);
            queue.insert((rows_of[p].len() as u32, p as u32));
        }
        let mut place: Vec<u32> = vec![u32::MAX; n];
        while !queue.is_empty() {
            let (r, p, value) = choose(&queue, &rows, &rows_of).ok_or(())?;
            let pivot_row = std::mem::take(&mut rows[r]);
            for &(q, v) in &pivot_row {
                queue.remove(&(rows_of[q as usize].len() as u32, q));
                rows_of[q as usize].retain(|&i| i as usize != r);
                if q as usize != p {
                    self.upper[self.kernel_at[q as usize] as usize].push((r as u32, v));
                }
            }
            for i in std::mem::take(&mut rows_of[p]) {
                let row = &mut rows[i as usize];
                let at = row.iter().position(|(q, _)| *q as usize == p).ok_or(())?;
                let multiplier = row.swap_remove(at).1 / value;
                self.lower.put(i, multiplier);
                for (at, (q, _)) in row.iter().enumerate() {
                    place[*q as usize] = at as u32;
                }
                let before = row.len();
                for &(q, v) in pivot_row.iter().filter(|(q, _)| *q as usize != p) {
                    let at = place[q as usize];
                    if at != u32::MAX {
                        row[at as usize].1 -= multiplier * v;
                    } else {
                        row.push((q, -multiplier * v));
                        rows_of[q as usize].push(i);
                    }
                }
                row[..before].iter().for_each(|(q, _)| place[*q as usize] = u32::MAX);
            }
            for &(q, _) in pivot_row.iter().filter(|(q, _)| *q as usize != p) {
                queue.insert((rows_of[q as usize].len() as u32, q));
            }
            self.pivot(r, p, value)?;
            self.end_lower(r);
        }
        Ok(())
    }

    fn finish(self) -> Triangles {
        let n = self.pivots.len();
        let mut t = Triangles { order_of_row: vec![0; n], order_of_column: vec![0; n], waits: vec![false; n], ..Triangles::default() };
        for (k, &(r, p, value)) in self.pivots.iter().enumerate() {
            t.row.push(r);
            t.column.push(p);
            t.diagonal.push(value);
            t.order_of_row[r as usize] = k as u32;
            t.order_of_column[p as usize] = k as u32;
        }
        let mut upper = Lists::empty();
        for (k, &p) in t.column.iter().enumerate() {
            match self.kernel_at.get(p as usize) {
                Some(&at) if at != u32::MAX => {
                    self.upper[at as usize].iter().for_each(|&(r, v)| upper.put(t.order_of_row[r as usize], v));
                }
                _ => {
                    let earlier = self.matrix.column(p as usize).map(|(r, v)| (t.order_of_row[r], v)).filter(|(e, _)| (*e as usize) < k);
                    earlier.for_each(|(e, v)| upper.put(e, v));
                }
            }
            upper.end();
        }
        t.upper_by_row = upper.transposed(n);
        t.upper = upper;
        t.lower_row = self.lower_row;
        t.lower = self.lower;
        t
    }
}

/// The pivot with the fewest products among the shortest columns, not much smaller than the largest of its column.
fn choose(queue: &BTreeSet<(u32, u32)>, rows: &[Vec<(u32, f64)>], rows_of: &[Vec<u32>]) -> Option<(usize, usize, f64)> {
    const COLUMNS_LOOKED_AT: usize = 4;
    let mut best: Option<(usize, usize, usize, f64)> = None;
    for &(_, p) in queue.iter().take(COLUMNS_LOOKED_AT) {
        let p = p as usize;
        let value = |r: u32| rows[r as usize].iter().find(|(q, _)| *q as usize == p).map_or(0.0, |(_, v)| *v);
        let entries: Vec<(u32, f64)> = rows_of[p].iter().map(|&r| (r, value(r))).collect();
        let largest = entries.iter().fold(0.0f64, |most, (_, v)| most.max(v.abs()));
        for (r, v) in entries.into_iter().filter(|(_, v)| v.abs() >= THRESHOLD * largest && *v != 0.0) {
            let products = (rows[r as usize].len() - 1) * (rows_of[p].len() - 1);
            if best.is_none_or(|(fewest, ..)| products < fewest) {
                best = Some((products, r as usize, p, v));
            }
        }
    }
    best.map(|(_, r, p, v)| (r, p, v))
}
