//! The dense inverse of the working basis, which grows and shrinks with the set of tight lines.
//!
//! Rows of the working basis are tight lines, columns are the basic variables that are no step's key. Its size is at most the number
//! of lines, so a dense inverse is both the simplest and the fastest representation.

/// The inverse, row-major: row = position of a basic column, column = position of a tight line.
#[derive(Debug, Clone, Default)]
pub(crate) struct Inverse {
    size: usize,
    stride: usize,
    cells: Vec<f64>,
    scratch: Vec<f64>,
}

impl Inverse {
    pub fn new(largest: usize) -> Self {
        Inverse { size: 0, stride: largest, cells: vec![0.0; largest * largest], scratch: vec![0.0; largest] }
    }

    #[inline]
    pub fn row(&self, p: usize) -> &[f64] {
        &self.cells[p * self.stride..p * self.stride + self.size]
    }

    /// Column `p` becomes the column whose representation is `z` (= inverse × new column).
    pub fn replace(&mut self, p: usize, z: &[f64]) {
        let (n, stride) = (self.size, self.stride);
        let pivot = 1.0 / z[p];
        self.scratch[..n].copy_from_slice(&self.cells[p * stride..p * stride + n]);
        for v in &mut self.scratch[..n] {
            *v *= pivot;
        }
        for i in 0..n {
            if i != p && z[i] != 0.0 {
                let f = z[i];
                for (c, s) in self.cells[i * stride..i * stride + n].iter_mut().zip(&self.scratch[..n]) {
                    *c -= f * s;
                }
            }
        }
        self.cells[p * stride..p * stride + n].copy_from_slice(&self.scratch[..n]);
    }

    /// A new row (entries `v` in the old columns) and a new column (representation `z` over the old part, Schur complement
    /// `schur`) come last.
    pub fn grow(&mut self, v: &[(usize, f64)], z: &[f64], schur: f64) {
        let (n, stride) = (self.size, self.stride);
        self.scratch[..n].fill(0.0);
        for &(p, value) in v {
            for (s, c) in self.scratch[..n].iter_mut().zip(&self.cells[p * stride..p * stride + n]) {
                *s += value * c;
            }
        }
        let inverse = 1.0 / schur;
        for i in 0..n {
            let f = z[i] * inverse;
            let row = &mut self.cells[i * stride..i * stride + n + 1];
            if f != 0.0 {
                for (c, s) in row[..n].iter_mut().zip(&self.scratch[..n]) {
                    *c += f * s;
                }
            }
            row[n] = -f;
        }
        let last = &mut self.cells[n * stride..n * stride + n + 1];
        for (c, s) in last[..n].iter_mut().zip(&self.scratch[..n]) {
            *c = -s * inverse;
        }
        last[n] = inverse;
        self.size += 1;
    }

    /// Removes column `p` and row `q` of the working basis, where the column is the unit vector of the row; the last of each takes its place.
    pub fn shrink(&mut self, p: usize, q: usize) {
        let (n, stride) = (self.size, self.stride);
        if p != n - 1 {
            self.cells.copy_within((n - 1) * stride..(n - 1) * stride + n, p * stride);
        }
        if q != n - 1 {
            for i in 0..n - 1 {
                self.cells[i * stride + q] = self.cells[i * stride + n - 1];
            }
        }
        self.size -= 1;
    }

    /// Row `p` becomes the given combination of itself and others.
    pub fn combine(&mut self, p: usize, own: f64, others: &[(usize, f64)]) {
        let (n, stride) = (self.size, self.stride);
        for (s, c) in self.scratch[..n].iter_mut().zip(&self.cells[p * stride..p * stride + n]) {
            *s = own * c;
        }
        for &(o, f) in others {
            for (s, c) in self.scratch[..n].iter_mut().zip(&self.cells[o * stride..o * stride + n]) {
                *s += f * c;
            }
        }
        self.cells[p * stride..p * stride + n].copy_from_slice(&self.scratch[..n]);
    }

    /// Adds to column `p` the column whose representation is `z`: W + a·eₚᵀ.
    pub fn add_to_column(&mut self, p: usize, z: &[f64]) {
        let (n, stride) = (self.size, self.stride);
        let inverse = 1.0 / (1.0 + z[p]);
        self.scratch[..n].copy_from_slice(&self.cells[p * stride..p * stride + n]);
        for i in 0..n {
            let f = z[i] * inverse;
            if f != 0.0 {
                for (c, s) in self.cells[i * stride..i * stride + n].iter_mut().zip(&self.scratch[..n]) {
                    *c -= f * s;
                }
            }
        }
    }

    /// Inverts a matrix given by columns of (row, value). Answers the first column found dependent.
    pub fn rebuild(&mut self, size: usize, columns: &mut dyn FnMut(usize, &mut dyn FnMut(usize, f64))) -> Result<(), usize> {
        let stride = self.stride;
        let mut matrix = vec![0.0; size * size];
        for p in 0..size {
            columns(p, &mut |q, value| matrix[q * size + p] += value);
        }
        self.size = size;
        for i in 0..size {
            self.cells[i * stride..i * stride + size].fill(0.0);
            self.cells[i * stride + i] = 1.0;
        }
        // Gauss-Jordan on [matrix | identity]; rows are swapped, so row c of the right side ends as the inverse's row of column c.
        for c in 0..size {
            let mut best = c;
            for i in c + 1..size {
                if matrix[i * size + c].abs() > matrix[best * size + c].abs() {
                    best = i;
                }
            }
            if matrix[best * size + c].abs() < 1e-11 {
                return Err(c);
            }
            if best != c {
                for k in 0..size {
                    matrix.swap(best * size + k, c * size + k);
                    self.cells.swap(best * stride + k, c * stride + k);
                }
            }
            let pivot = 1.0 / matrix[c * size + c];
            for k in 0..size {
                matrix[c * size + k] *= pivot;
                self.cells[c * stride + k] *= pivot;
            }
            for i in 0..size {
                let f = matrix[i * size + c];
                if i != c && f != 0.0 {
                    for k in c..size {
                        matrix[i * size + k] -= f * matrix[c * size + k];
                    }
                    for k in 0..size {
                        self.cells[i * stride + k] -= f * self.cells[c * stride + k];
                    }
                }
            }
        }
        Ok(())
    }
}
