//! Products of bf16, the upper half of an f32: two of them where one f32 was, at twice the speed
//! where the processor has `VDPBF16PS`, and with its bits where it has not.
//! [`Pair`] says what a product of them is, to the bit.

use std::iter::repeat;

use crate::isa::{Kind, per_isa};
use crate::lanes::{LANES, load, store};
use crate::{Factor, Isa, MatRef};

/// Two neighbours along K, rounded to bf16: the even one in the lower half of the bits, as in memory.
///
/// Both sides are rounded to nearest, ties to even. A product takes them in pairs of neighbouring k;
/// behind an odd K stands a zero. The sums are f32, one chain per element, k ascending by pairs, the
/// odd one of a pair first:
///
/// ```text
/// sum = c0;  for k = 0, 2, 4, ..:   sum = fma(a[k], b[k], fma(a[k+1], b[k+1], sum))
/// ```
/// No step takes or gives a denormal: a number, an inner or a final sum below 2^-126 is zero and
/// keeps its sign. Whether a sum is so small is asked of what is rounded to 24 bits as if exponents
/// had no end: 2^-126 - 2^-150, which an f32 would round up to 2^-126, is zero too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct Pair(u32);

/// Halfway between the largest number of 24 bits under 2^-126 and 2^-126, which a tie goes to.
const TINY: f64 = f32::MIN_POSITIVE as f64 - f64::from_bits((1023 - 151) << 52);

/// `x` as bf16, in the upper half: nearest, ties to even; a denormal is zero, a NaN stays one.
#[inline(always)]
fn round(x: f32) -> u32 {
    let bits = x.to_bits();
    let even = bits.wrapping_add(0x7fff + (bits >> 16 & 1));
    let bits = if x.is_nan() { bits | 0x0040_0000 } else { even };
    if x.abs() < f32::MIN_POSITIVE { x.to_bits() & 0x8000_0000 } else { bits & 0xffff_0000 }
}

impl Pair {
    /// Both rounded.
    #[inline(always)]
    pub fn new(even: f32, odd: f32) -> Pair {
        Pair(round(even) >> 16 | round(odd))
    }

    #[inline(always)]
    fn even(self) -> f32 {
        f32::from_bits(self.0 << 16)
    }

    #[inline(always)]
    fn odd(self) -> f32 {
        f32::from_bits(self.0 & 0xffff_0000)
    }
}

per_isa! {
    /// A (M,K) as pairs (M, ceil(K/2)), by rows or by columns as A is, in `room`, which grows.
    ///
    /// # Panics
    /// If neither the rows nor the columns of A are contiguous.
    pub fn pairs['r](isa, a: MatRef<f32>, room: &'r mut Vec<Pair>) -> MatRef<'r, Pair> => {
        let depth = a.cols.div_ceil(2);
        let count = a.rows * depth;
        if room.len() < count {
            room.resize(count, Pair::ZERO);
        }
        let out = &mut room[..count];
        if a.col_stride == 1 {
            for (i, out) in out.chunks_exact_mut(depth.max(1)).enumerate() {
                let (both, last) = a.data[i * a.row_stride..][..a.cols].as_chunks::<2>();
                for (out, [even, odd]) in out.iter_mut().zip(both) {
                    *out = Pair::new(*even, *odd);
                }
                last.iter().for_each(|even| out[both.len()] = Pair::new(*even, 0.0));
            }
            return MatRef::row_major(out, a.rows, depth);
        }
        assert_eq!(a.row_stride, 1, "rows or columns of A are contiguous");
        let column = |k| &a.data[k * a.col_stride..][..a.rows];
        for (k, out) in out.chunks_exact_mut(a.rows.max(1)).enumerate() {
            if 2 * k + 1 < a.cols {
                by_columns(column(2 * k), column(2 * k + 1).iter().copied(), out);
            } else {
                by_columns(column(2 * k), repeat(0.0), out);
            }
        }
        MatRef::row_major(out, depth, a.rows).t()
    }
}

/// Pairs of what stands beside each other in two columns.
#[inline(always)]
fn by_columns(even: &[f32], odd: impl Iterator<Item = f32>, out: &mut [Pair]) {
    for (out, (even, odd)) in out.iter_mut().zip(even.iter().zip(odd)) {
        *out = Pair::new(*even, odd);
    }
}

/// One fused multiply-add that takes no denormal and gives none.
#[inline(always)]
fn multiply_add(a: f32, b: f32, c: f32) -> f32 {
    let sum = a.mul_add(b, c);
    // exact where it matters: near 2^-126 the product's 16 bits end far above what an f64 drops
    let exact = f64::from(a) * f64::from(b) + f64::from(c);
    if exact.abs() < TINY { 0f32.copysign(sum) } else { sum }
}

/// Whether [`multiply_add`] may give another number than a fused multiply-add: 0 < |x| <= 2^-126.
#[inline(always)]
fn is_tiny(x: f32) -> bool {
    (x.to_bits() & 0x7fff_ffff).wrapping_sub(1) < f32::MIN_POSITIVE.to_bits()
}

impl Factor for Pair {
    const ZERO: Self = Pair(0);

    #[inline(always)]
    fn begin<const W: usize>(isa: Isa, sums: &mut [[f32; W]]) {
        if isa.kind() == Kind::Avx512Bf16 {
            return; // the instruction takes a denormal as zero
        }
        for sum in sums.as_flattened_mut() {
            *sum = if sum.abs() < f32::MIN_POSITIVE { 0f32.copysign(*sum) } else { *sum };
        }
    }

    #[inline(always)]
    fn add_products<const R: usize, const W: usize>(
        isa: Isa,
        a: &[Pair; R],
        b: &[Pair; W],
        sums: &mut [[f32; W]; R],
    ) {
        for start in (0..W).step_by(LANES) {
            let b = load(b, start);
            for r in 0..R {
                let sum = load(&sums[r], start);
                let next = if isa.kind() == Kind::Avx512Bf16 {
                    by_instruction(&sum, a[r], &b)
                } else {
                    by_multiply_adds(&sum, a[r], &b)
                };
                store(&mut sums[r], start, &next);
            }
        }
    }
}

/// The products of a pair and sixteen others on top of `sums`.
#[inline(always)]
fn by_multiply_adds(sums: &[f32; LANES], a: Pair, b: &[Pair; LANES]) -> [f32; LANES] {
    let (mut next, mut tiny) = (*sums, false);
    for l in 0..LANES {
        let half = a.odd().mul_add(b[l].odd(), sums[l]);
        next[l] = a.even().mul_add(b[l].even(), half);
        tiny |= is_tiny(half) | is_tiny(next[l]);
    }
    if tiny {
        for l in 0..LANES {
            let half = multiply_add(a.odd(), b[l].odd(), sums[l]);
            next[l] = multiply_add(a.even(), b[l].even(), half);
        }
    }
    next
}

/// The same by the one instruction; only where `isa` is [`Kind::Avx512Bf16`].
#[cfg(target_arch = "x86_64")]
#[inline(always)]
#[allow(unsafe_code, reason = "an instruction that no plain loop becomes")]
fn by_instruction(sums: &[f32; LANES], a: Pair, b: &[Pair; LANES]) -> [f32; LANES] {
    use std::arch::x86_64::{__m512, __m512bh, _mm512_dpbf16_ps};
    use std::mem::transmute;
    // SAFETY: an `Isa` of that kind exists only where the host has the instruction. All that is
    // transmuted is 64 bytes of which every pattern is a value.
    unsafe {
        let a = transmute::<[Pair; LANES], __m512bh>([a; LANES]);
        let b = transmute::<[Pair; LANES], __m512bh>(*b);
        let sums = transmute::<[f32; LANES], __m512>(*sums);
        transmute::<__m512, [f32; LANES]>(_mm512_dpbf16_ps(sums, a, b))
    }
}

#[cfg(not(target_arch = "x86_64"))]
use by_multiply_adds as by_instruction; // never called
