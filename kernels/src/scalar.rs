//! The one scalar trait: f32 is the engine, f64 the audit.
//!
//! f32 transcendentals are built from `mul_add`, `+ - * /` and bit moves only, free of branches, so
//! they vectorise and give the same bits on every CPU. With n = round(x / ln 2), r = x - n ln 2,
//! |r| <= ln(2)/2 and p(r) = expm1(r) = r + r^2 EXPM1(r):
//!
//! ```text
//! exp(x)     = 2^n (1 + p(r))
//! sigmoid(x) = (t if x < 0 else 1) / (1 + t),   t = exp(-|x|)
//! tanh(x)    = sign(x) e / (e + 2),   e = expm1(2|x|) = 2^n p(r) + (2^n - 1)
//! ln(x)      = k ln 2 + f - f^2/2 + f^3 LN(f),   x = 2^k (1 + f), 1 + f in sqrt(1/2)..sqrt(2)
//! ```
//!
//! Coefficients: `polynomials.py` beside this crate. Worst errors over every seventh float, ULP:
//! exp 0.98, ln 0.85, tanh 2.42, sigmoid 2.34 (`tests/accuracy.rs` holds them).

use std::fmt::Debug;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub, SubAssign};

/// f32 (the engine) or f64 (the audit, through `libm`).
///
/// NaN comes out where NaN goes in, for every method but `max`. Error bounds of the f32 functions
/// in ULP of the result, subnormal ones included: exp 1, ln 1, tanh 2.5, sigmoid 2.5.
#[rustfmt::skip]
pub trait Scalar:
    Copy + Send + Sync + PartialOrd + Default + Debug + 'static
    + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self>
    + Neg<Output = Self> + AddAssign + SubAssign
{
    /// 0
    const ZERO: Self;
    /// 1
    const ONE: Self;
    /// Minus infinity: where a running maximum starts.
    const NEG_INFINITY: Self;

    /// Rounded to nearest.
    fn from_f64(x: f64) -> Self;
    /// Exact.
    fn to_f64(self) -> f64;
    /// self * a + b with one rounding.
    fn mul_add(self, a: Self, b: Self) -> Self;
    /// Correctly rounded.
    fn sqrt(self) -> Self;
    /// e^self; 0 below -104 and infinity above 88.8 in f32.
    fn exp(self) -> Self;
    /// Natural logarithm; -infinity at 0, NaN below.
    fn ln(self) -> Self;
    /// Hyperbolic tangent, odd to the bit.
    fn tanh(self) -> Self;
    /// 1 / (1 + exp(-self)).
    fn sigmoid(self) -> Self;

    /// clip(0.2 self + 0.5, 0, 1): Keras's `hard_sigmoid`.
    #[inline(always)]
    fn hard_sigmoid(self) -> Self {
        let y = self.mul_add(Self::from_f64(0.2), Self::from_f64(0.5));
        // Written so that NaN, for which every comparison is false, stays.
        let y = if y < Self::ZERO { Self::ZERO } else { y };
        if y > Self::ONE { Self::ONE } else { y }
    }

    /// The larger; `other` where `self` is NaN.
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        if self > other { self } else { other }
    }
}

const EXPM1: [f32; 6] =
    [0.5, 0.166_666_66, 0.041_666_36, 0.008_333_39, 0.001_394_074_4, 0.000_198_458_87];
#[rustfmt::skip]
const LN: [f32; 9] = [
    0.333_333_13, -0.250_000_1, 0.200_021_19, -0.166_679_96, 0.142_195_52,
    -0.124_055_89, 0.118_881_62, -0.116_756_52, 0.067_466_41,
];
/// ln 2 = LN2_HIGH + LN2_LOW; LN2_HIGH has nine bits, so n * LN2_HIGH is exact.
const LN2_HIGH: f32 = 0.693_359_4;
const LN2_LOW: f32 = -0.000_212_194_44;
/// 1.5 * 2^23: adding it rounds to an integer, which then is the low bits of the sum.
const ROUND: f32 = 12_582_912.0;

/// c[0] + c[1] x + c[2] x^2 + ... by Horner's rule.
#[inline(always)]
fn polynomial<const N: usize>(c: &[f32; N], x: f32) -> f32 {
    let mut y = c[N - 1];
    for &next in c[..N - 1].iter().rev() {
        y = y.mul_add(x, next);
    }
    y
}

/// (n, p) with e^x = 2^n (1 + p), |p| < 0.42; |x| <= 2^21.
#[inline(always)]
fn exp_parts(x: f32) -> (i32, f32) {
    let shifted = x.mul_add(std::f32::consts::LOG2_E, ROUND);
    let n = shifted - ROUND;
    let r = n.mul_add(-LN2_LOW, n.mul_add(-LN2_HIGH, x));
    let p = (r * r).mul_add(polynomial(&EXPM1, r), r);
    ((shifted.to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32), p)
}

/// 2^n for -126 <= n <= 127 (nonsense, but no panic, elsewhere: NaN's n).
#[inline(always)]
fn power_of_two(n: i32) -> f32 {
    f32::from_bits((n.wrapping_add(127) << 23) as u32)
}

/// What both have in common: the compiler's own.
#[rustfmt::skip]
macro_rules! arithmetic {
    ($float:ty) => {
        const ZERO: $float = 0.0;
        const ONE: $float = 1.0;
        const NEG_INFINITY: $float = <$float>::NEG_INFINITY;

        #[inline(always)]
        fn from_f64(x: f64) -> $float { x as $float }
        #[inline(always)]
        fn to_f64(self) -> f64 { f64::from(self) }
        #[inline(always)]
        fn mul_add(self, a: $float, b: $float) -> $float { self.mul_add(a, b) }
        #[inline(always)]
        fn sqrt(self) -> $float { self.sqrt() }
    };
}

impl Scalar for f32 {
    arithmetic!(f32);

    #[inline(always)]
    fn exp(self) -> f32 {
        let (n, p) = exp_parts(self.clamp(-104.0, 89.0));
        // 2^n in two factors, for results beyond the normal range at either end.
        let half = n >> 1;
        (1.0 + p) * power_of_two(half) * power_of_two(n.wrapping_sub(half))
    }
    #[inline(always)]
    fn ln(self) -> f32 {
        const SQRT_HALF: u32 = 0x3f35_04f3;
        let subnormal = self < f32::MIN_POSITIVE;
        let x = if subnormal { self * 8_388_608.0 } else { self };
        // The exponent, counted from sqrt(1/2) so that the mantissa lies in sqrt(1/2)..sqrt(2).
        let bits = x.to_bits().wrapping_sub(SQRT_HALF);
        let k = (bits as i32 >> 23) as f32 - if subnormal { 23.0 } else { 0.0 };
        let f = f32::from_bits((bits & 0x007f_ffff).wrapping_add(SQRT_HALF)) - 1.0;
        let tail = (f * f).mul_add(-0.5, f * f * f * polynomial(&LN, f));
        let y = k.mul_add(LN2_HIGH, k.mul_add(LN2_LOW, tail) + f);
        if self > 0.0 && self < f32::INFINITY {
            y
        } else if self == 0.0 {
            f32::NEG_INFINITY
        } else if self < 0.0 {
            f32::NAN
        } else {
            self
        }
    }
    #[inline(always)]
    fn tanh(self) -> f32 {
        // tanh(10) is 1 to the last bit.
        let (n, p) = exp_parts((2.0 * self.abs()).clamp(0.0, 20.0));
        let scale = power_of_two(n);
        let e = scale.mul_add(p, scale - 1.0);
        (e / (e + 2.0)).copysign(self)
    }
    #[inline(always)]
    fn sigmoid(self) -> f32 {
        let t = Scalar::exp(-self.abs());
        (if self < 0.0 { t } else { 1.0 }) / (1.0 + t)
    }
}

#[rustfmt::skip]
impl Scalar for f64 {
    arithmetic!(f64);

    #[inline(always)]
    fn exp(self) -> f64 { libm::exp(self) }
    #[inline(always)]
    fn ln(self) -> f64 { libm::log(self) }
    #[inline(always)]
    fn tanh(self) -> f64 { libm::tanh(self) }
    #[inline(always)]
    fn sigmoid(self) -> f64 { 1.0 / (1.0 + libm::exp(-self)) }
}
