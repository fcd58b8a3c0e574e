//! f32 exp, ln, tanh and sigmoid against f64, in ULP of the f32 result.

use hornpipe_kernels::Scalar;

type Pair = (&'static str, fn(f32) -> f32, fn(f64) -> f64, f64);

/// The bounds that `Scalar` documents.
const FUNCTIONS: [Pair; 4] = [
    ("exp", <f32 as Scalar>::exp, libm::exp, 1.0),
    ("ln", <f32 as Scalar>::ln, libm::log, 1.0),
    ("tanh", <f32 as Scalar>::tanh, libm::tanh, 2.5),
    ("sigmoid", <f32 as Scalar>::sigmoid, |x| 1.0 / (1.0 + libm::exp(-x)), 2.5),
];

/// The distance of neighbouring f32 around `x`: 2^-23 of its power of two (of subnormals: 2^-149).
fn ulp(x: f64) -> f64 {
    let x = (x.abs() as f32).clamp(f32::MIN_POSITIVE, f32::MAX);
    f64::from(f32::from_bits(x.to_bits() & 0x7f80_0000)) * f64::from(f32::EPSILON)
}

/// Every `stride`-th f32 of either sign, finite and not, against the bounds.
fn sweep(stride: usize) {
    for (name, ours, exact, bound) in FUNCTIONS {
        let mut worst = (0.0, 0.0);
        for x in (0..=u32::MAX).step_by(stride).map(f32::from_bits) {
            let (y, e) = (ours(x), exact(f64::from(x)));
            if y.is_nan() || e.is_nan() || f64::from(y) == e {
                assert_eq!(y.is_nan(), e.is_nan(), "{name}({x:e}) = {y:e}, not {e:e}");
            } else if y.is_infinite() || e.is_infinite() {
                assert_eq!(y, e as f32, "{name}({x:e})");
            } else {
                let error = (f64::from(y) - e).abs() / ulp(e);
                if error > worst.0 {
                    worst = (error, x);
                }
            }
        }
        println!("{name}: {:.3} ULP at {:e}", worst.0, worst.1);
        assert!(worst.0 <= bound, "{name}: {} ULP at {:e}", worst.0, worst.1);
    }
}

#[test]
fn errors_are_within_the_documented_bounds() {
    sweep(1009);
}

#[test]
#[ignore = "minutes; run in release"]
fn errors_are_within_the_documented_bounds_for_every_seventh_float() {
    sweep(7);
}

#[test]
fn special_values_are_kept() {
    let (inf, nan) = (f32::INFINITY, f32::NAN);
    let exp = <f32 as Scalar>::exp;
    assert_eq!([exp(-inf), exp(0.0), exp(inf)], [0.0, 1.0, inf]);
    let ln = <f32 as Scalar>::ln;
    assert_eq!([ln(0.0), ln(-0.0), ln(1.0), ln(inf)], [-inf, -inf, 0.0, inf]);
    assert!(ln(-1.0).is_nan());
    let tanh = <f32 as Scalar>::tanh;
    assert_eq!([tanh(-inf), tanh(1e-40), tanh(inf)], [-1.0, 1e-40, 1.0]);
    assert_eq!(tanh(-0.0).to_bits(), (-0f32).to_bits());
    let sigmoid = <f32 as Scalar>::sigmoid;
    assert_eq!([sigmoid(-inf), sigmoid(0.0), sigmoid(inf)], [0.0, 0.5, 1.0]);
    let hard = <f32 as Scalar>::hard_sigmoid;
    assert_eq!([hard(-inf), hard(0.0), hard(1.0), hard(inf)], [0.0, 0.5, 0.7, 1.0]);
    assert!([exp(nan), ln(nan), tanh(nan), sigmoid(nan), hard(nan)].iter().all(|y| y.is_nan()));
}
