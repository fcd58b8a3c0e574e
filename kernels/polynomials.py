"""Coefficients of src/scalar.rs: near-minimax fits (Lawson's reweighted least squares).

    python3 -m venv v && v/bin/pip install numpy mpmath && v/bin/python kernels/polynomials.py

Each block prints the coefficients, constant term first, and the largest error of the fit
(before rounding the coefficients to f32) relative to the function, in f32 ULP (2^-24).
"""
import mpmath
import numpy

mpmath.mp.prec = 120


def fit(name, quotient, weight, low, high, degree):
    """Minimise max |weight(x) * (p(x) - quotient(x))| over low..high for p of that degree."""
    angle = numpy.pi * (numpy.arange(3001) + 0.5) / 3001
    x = (low + high) / 2 + (high - low) / 2 * numpy.cos(angle)
    q = numpy.array([float(quotient(mpmath.mpf(float(t)))) for t in x])
    w = numpy.array([abs(float(weight(mpmath.mpf(float(t))))) for t in x])
    powers = numpy.vander(x / high, degree + 1, increasing=True)
    lawson = numpy.ones_like(x)
    for _ in range(400):
        row = (w * numpy.sqrt(lawson))[:, None]
        p = numpy.linalg.lstsq(powers * row, q * row[:, 0], rcond=None)[0]
        error = abs(w * (powers @ p - q))
        lawson *= error / error.max() + 1e-3
        lawson /= lawson.max()
    coefficients = numpy.float32(p / high ** numpy.arange(degree + 1))
    print(f"{name}: {error.max() * 2**24:.3f} ULP")
    print("  [" + ", ".join(str(c) for c in coefficients) + "]")


# expm1(r) = r + r^2 * p(r), |r| <= ln(2)/2 (a little wider: n is rounded from a rounded product)
fit("EXPM1", lambda r: (mpmath.expm1(r) - r) / r**2, lambda r: r**2 / mpmath.expm1(r),
    -0.347, 0.347, 5)
# ln(1+f) = f - f^2/2 + f^3 * p(f), sqrt(1/2) - 1 <= f <= sqrt(2) - 1
fit("LN", lambda f: (mpmath.log1p(f) - f + f**2 / 2) / f**3, lambda f: f**3 / mpmath.log1p(f),
    2**-0.5 - 1, 2**0.5 - 1, 8)
