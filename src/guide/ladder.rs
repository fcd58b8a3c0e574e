//! The matrix product, from the plain loop to the edge of what plain loops reach: five rungs, each a
//! step from the one before, and the last the ancestor of the engine's own,
//! `hornpipe_kernels::product`.
//!
//! All compute C = A·B, row-major, for sizes (M, K, N): `a` (M, K), `b` (K, N), `c` (M, N), which is
//! overwritten.
//!
//! ```text
//! c[i][j] = ((a[i][0]*b[0][j] + a[i][1]*b[1][j]) + a[i][2]*b[2][j]) + ...
//! ```
//!
//! A product is 2MKN operations whichever rung computes it. What differs is how many numbers travel
//! between memory, cache and registers for each multiplication, and how many of them a processor may
//! have under way at once:
//!
//! | rung | loads and stores a multiplication | at once |
//! |---|---|---|
//! | [`naive`] | 2, one of them from afar | one number |
//! | [`ordered`] | 3 | a register of them |
//! | [`blocked`] | 3, all of them near | a register of them |
//! | [`packed`] | 1, and 1/W | W |
//! | [`tiled`] | 1/R, and 1/W | R·W |
//!
//! Each element is the same sum in the same order on each rung, so all give the same bits: a test
//! asks for equality, and no tolerance hides a mistake. ([`ordered`] may be vectorised for that
//! reason, and [`naive`] may not: several elements at once keep the order of each sum, several terms
//! of one sum at once do not. The compiler never reorders a sum of floats by itself.)
//!
//! # What is missing at the top
//!
//! A processor of today multiplies and adds in one instruction, on registers of 8 or 16 numbers. What
//! the compiler makes by default runs on each processor of the family, so it holds to registers of 4
//! on x86-64 and knows no such instruction there: [`f32::mul_add`] would be a call into a library for
//! each multiplication. Thus the next rungs are the kernels': [`tiled`] once more with `mul_add`,
//! compiled for each instruction set and chosen when the program runs, and then its rows shared out
//! over the threads ([`parallel_product`](crate::engine::real::parallel_product)). A fused
//! multiply-add rounds once instead of twice: the bits change there, once.
//!
//! `cargo bench --bench ladder` measures every rung.
//!
//! ```
//! use hornpipe::guide::ladder::{naive, pack, tiled};
//!
//! let (sizes, a, b) = ((2, 3, 1), [1., 2., 3., 4., 5., 6.], [1., 10., 100.]);
//! let mut c = [0.0; 2];
//! naive(sizes, &a, &b, &mut c);
//! assert_eq!(c, [321.0, 654.0]);
//! c.fill(f32::NAN);
//! tiled(sizes, &a, &pack((3, 1), &b), &mut c);
//! assert_eq!(c, [321.0, 654.0]);
//! ```

/// M, K, N.
pub type Sizes = (usize, usize, usize);

/// Columns of a panel, as in the kernels, but for AVX-512, which has 32.
pub const W: usize = 16;
/// Rows of a tile: R·W sums fill 8 of the 16 registers, which hold 4 numbers each; B and A need some,
/// too.
pub const R: usize = 2;
/// Rows of a block of B, and its columns: 64 KiB, which the second cache holds.
const BLOCK: (usize, usize) = (64, 256);

/// Lengths are checked once, at the door. No size is 0: some of the loops below would not notice.
fn check((rows, depth, cols): Sizes, a: &[f32], c: &[f32]) {
    assert!(rows.min(depth).min(cols) > 0, "an empty product");
    assert_eq!(a.len(), rows * depth, "A (M, K)");
    assert_eq!(c.len(), rows * cols, "C (M, N)");
}

/// As on paper: each element is a row of A times a column of B.
///
/// A column lies across the rows of B: each step of the innermost loop goes N numbers further, to
/// another line of the cache, of which it uses one number in 16. And each addition waits for the one
/// before.
///
/// # Panics
/// If a size is 0 or a length does not fit; so do all rungs.
pub fn naive(sizes @ (rows, depth, cols): Sizes, a: &[f32], b: &[f32], c: &mut [f32]) {
    check(sizes, a, c);
    assert_eq!(b.len(), depth * cols, "B (K, N)");
    for i in 0..rows {
        for j in 0..cols {
            let mut sum = 0.0;
            for k in 0..depth {
                sum += a[i * depth + k] * b[k * cols + j];
            }
            c[i * cols + j] = sum;
        }
    }
}

/// The loops over j and k exchanged: the innermost runs along a row of B and a row of C.
///
/// Neighbours in memory are used one after the other, a whole register at once, and no sum waits for
/// itself. The price: a sum is no longer kept in a register but read from C and written back for each
/// k.
pub fn ordered(sizes @ (rows, depth, cols): Sizes, a: &[f32], b: &[f32], c: &mut [f32]) {
    check(sizes, a, c);
    assert_eq!(b.len(), depth * cols, "B (K, N)");
    c.fill(0.0);
    for i in 0..rows {
        let c = &mut c[i * cols..][..cols];
        for k in 0..depth {
            add_multiple(c, a[i * depth + k], &b[k * cols..][..cols]);
        }
    }
}

/// c += a·b, along a row.
fn add_multiple(c: &mut [f32], a: f32, b: &[f32]) {
    for (c, b) in c.iter_mut().zip(b) {
        *c += a * b;
    }
}

/// [`ordered`], a block of B after the other: all rows of A meet a block while the cache holds it.
///
/// [`ordered`] reads all of B for each row of A, from as far as B is large. Here B comes from afar
/// once; in return A comes from afar once for each block across, and C once for each block down,
/// which is less. It is worth nothing where the cache holds B anyway or fetches it in time, as it
/// does in the benchmark: what takes the time there is reading and writing C for each k.
pub fn blocked(sizes @ (rows, depth, cols): Sizes, a: &[f32], b: &[f32], c: &mut [f32]) {
    check(sizes, a, c);
    assert_eq!(b.len(), depth * cols, "B (K, N)");
    c.fill(0.0);
    for k0 in (0..depth).step_by(BLOCK.0) {
        for j0 in (0..cols).step_by(BLOCK.1) {
            let (height, width) = (BLOCK.0.min(depth - k0), BLOCK.1.min(cols - j0));
            for i in 0..rows {
                let c = &mut c[i * cols + j0..][..width];
                for k in k0..k0 + height {
                    add_multiple(c, a[i * depth + k], &b[k * cols + j0..][..width]);
                }
            }
        }
    }
}

/// B (K, N) laid out for [`packed`] and [`tiled`]: panels of [`W`] columns one after the other, each
/// (K, W) row-major, the last filled up with zeros. `hornpipe_kernels::Packed` is this.
///
/// It costs one pass over B and pays where B meets many rows: the engine packs weights once for all
/// steps of a window.
///
/// # Panics
/// If a length does not fit.
pub fn pack((depth, cols): (usize, usize), b: &[f32]) -> Vec<[f32; W]> {
    assert_eq!(b.len(), depth * cols, "B (K, N)");
    let mut panels = Vec::with_capacity(depth * cols.div_ceil(W));
    for j in (0..cols).step_by(W) {
        for k in 0..depth {
            let mut row = [0.0; W];
            let width = W.min(cols - j);
            row[..width].copy_from_slice(&b[k * cols + j..][..width]);
            panels.push(row);
        }
    }
    panels
}

/// Blocks as narrow as a panel of B, which [`pack`] has laid out beforehand.
///
/// [`W`] sums fit the registers: C is written once and never read. Cut out of B where it lies, such
/// a narrow block would be K lines far apart, which get in each other's way in the cache; packed it
/// is read in order.
pub fn packed(sizes @ (rows, depth, cols): Sizes, a: &[f32], b: &[[f32; W]], c: &mut [f32]) {
    check(sizes, a, c);
    assert_eq!(b.len(), depth * cols.div_ceil(W), "panels of B (K, N)");
    for (panel, b) in b.chunks_exact(depth).enumerate() {
        for i in 0..rows {
            let mut sums = [0.0; W];
            for (a, b) in a[i * depth..].iter().zip(b) {
                for j in 0..W {
                    sums[j] += a * b[j];
                }
            }
            store(&sums, &mut c[i * cols..][..cols], panel);
        }
    }
}

/// Writes the sums of a panel into a row of C, but for those beyond its end.
fn store(sums: &[f32; W], c: &mut [f32], panel: usize) {
    let c = &mut c[panel * W..];
    let width = W.min(c.len());
    c[..width].copy_from_slice(&sums[..width]);
}

/// [`R`] rows of A at once: what is loaded of B serves R of them.
///
/// R·W sums stay in registers while k runs. Each step loads W numbers of B and R of A for R·W
/// multiplications, and has so many sums under way that none waits for its own last addition. Where a
/// register holds 4 numbers that gains little, as loading is no longer what takes the time; compiled
/// for wider ones (`RUSTFLAGS="-C target-cpu=native"`) the same loop gains much, and more with [`R`]
/// at 4. There is an end to it: once the sums outgrow the registers they travel to memory and back
/// (4 rows by default on x86-64: less than half the speed of 2).
pub fn tiled(sizes @ (rows, depth, cols): Sizes, a: &[f32], b: &[[f32; W]], c: &mut [f32]) {
    check(sizes, a, c);
    assert_eq!(b.len(), depth * cols.div_ceil(W), "panels of B (K, N)");
    for (panel, b) in b.chunks_exact(depth).enumerate() {
        for i in (0..rows).step_by(R) {
            // the last row stands in for those beyond it, whose sums nobody keeps
            let row = |r: usize| &a[(i + r).min(rows - 1) * depth..][..b.len()];
            let a: [&[f32]; R] = std::array::from_fn(row);
            let mut sums = [[0.0; W]; R];
            for (k, b) in b.iter().enumerate() {
                let a: [f32; R] = std::array::from_fn(|r| a[r][k]);
                for j in 0..W {
                    for r in 0..R {
                        sums[r][j] += a[r] * b[j];
                    }
                }
            }
            for (sums, c) in sums.iter().zip(c[i * cols..].chunks_exact_mut(cols)) {
                store(sums, c, panel);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hornpipe_kernels::mix;

    #[test]
    fn every_rung_gives_the_same_bits() {
        let values = |key, count: usize| -> Vec<f32> {
            (0..count as u64).map(|i| (mix(key, i) >> 40) as f32 / 1e6 - 8.0).collect()
        };
        for (m, k, n) in
            [(1, 1, 1), (3, 17, 5), (5, 1, 33), (2, 65, 16), (7, 130, 255), (255, 3, 257)]
        {
            let (a, b) = (values(1, m * k), values(2, k * n));
            let panels = pack((k, n), &b);
            let bits = |rung: &dyn Fn(&mut [f32])| -> Vec<u32> {
                let mut c = vec![f32::NAN; m * n];
                rung(&mut c);
                c.iter().map(|x| x.to_bits()).collect()
            };
            let first = bits(&|c| naive((m, k, n), &a, &b, c));
            let other = [
                ("ordered", bits(&|c| ordered((m, k, n), &a, &b, c))),
                ("blocked", bits(&|c| blocked((m, k, n), &a, &b, c))),
                ("packed", bits(&|c| packed((m, k, n), &a, &panels, c))),
                ("tiled", bits(&|c| tiled((m, k, n), &a, &panels, c))),
            ];
            for (rung, bits) in other {
                assert!(bits == first, "{rung}, ({m}, {k}) x ({k}, {n})");
            }
        }
    }
}
