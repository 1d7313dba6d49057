//! Binary numbers of limited precision, rounded to nearest even as `math/big.Float` does.
//!
//! Each operation gives the exact result, rounded once. A result beyond the range of exponents is
//! `None` (infinite) or zero.

use std::cmp::Ordering;

use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;
use num_traits::{One, ToPrimitive, Zero};

/// The precision of constants in bits (`go/constant.prec`).
pub(super) const PREC: u64 = 512;

/// The number `±mant · 2^exp`. `mant` is odd, or zero with `exp` zero and no sign: equal numbers
/// have equal fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BigFloat {
    negative: bool,
    mant: BigUint,
    exp: i64,
}

/// How a number that has too many bits is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rounding {
    /// To the nearest; halfway, to the even one.
    NearestEven,
    ToZero,
    AwayFromZero,
}

impl BigFloat {
    pub(super) fn zero() -> BigFloat {
        BigFloat { negative: false, mant: BigUint::zero(), exp: 0 }
    }

    /// `±mant · 2^exp` rounded to `prec` bits, where `more` says that the true number is greater
    /// by less than the last bit of `mant`.
    fn round(
        negative: bool,
        mant: BigUint,
        exp: i64,
        more: bool,
        prec: u64,
        rounding: Rounding,
    ) -> Option<BigFloat> {
        if mant.is_zero() {
            return Some(BigFloat::zero());
        }
        let extra = mant.bits().saturating_sub(prec);
        let (mut mant, mut exp) = (mant, exp);
        if extra > 0 {
            let half = mant.bit(extra - 1);
            let below = more || mant.trailing_zeros().is_some_and(|zeros| zeros < extra - 1);
            mant >>= extra;
            exp = exp.saturating_add_unsigned(extra);
            let up = match rounding {
                Rounding::NearestEven => half && (below || mant.bit(0)),
                Rounding::ToZero => false,
                Rounding::AwayFromZero => half || below,
            };
            if up {
                mant += 1u32;
            }
        }
        let zeros = mant.trailing_zeros().unwrap_or(0);
        mant >>= zeros;
        exp = exp.saturating_add_unsigned(zeros);
        let float = BigFloat { negative, mant, exp };
        let top = float.exponent();
        if top > i64::from(i32::MAX) {
            None
        } else if top < i64::from(i32::MIN) {
            Some(BigFloat::zero())
        } else {
            Some(float)
        }
    }

    fn nearest(negative: bool, mant: BigUint, exp: i64, more: bool, prec: u64) -> Option<BigFloat> {
        BigFloat::round(negative, mant, exp, more, prec, Rounding::NearestEven)
    }

    /// `mant · 2^exp` with all its bits.
    pub(super) fn exact(mant: BigUint, exp: i64) -> Option<BigFloat> {
        BigFloat::nearest(false, mant, exp, false, u64::MAX)
    }

    /// The integer rounded to [`PREC`] bits.
    pub(super) fn from_int(value: &BigInt) -> Option<BigFloat> {
        let negative = value.sign() == Sign::Minus;
        BigFloat::nearest(negative, value.magnitude().clone(), 0, false, PREC)
    }

    /// `num / den` rounded to [`PREC`] bits; `None` if `den` is zero.
    pub(super) fn from_fraction(num: &BigInt, den: &BigInt) -> Option<BigFloat> {
        let whole = |value: &BigInt| {
            let float = BigFloat::exact(value.magnitude().clone(), 0)?;
            Some(BigFloat { negative: value.sign() == Sign::Minus, ..float })
        };
        whole(num)?.quo(&whole(den)?, PREC)
    }

    /// `num / den` with more bits than any format that it is to be rounded to, the last of which is
    /// set if any further one is: rounding this number is rounding the fraction.
    pub(super) fn for_rounding(num: &BigInt, den: &BigInt) -> Option<BigFloat> {
        if den.is_zero() {
            return None;
        }
        let shift = (PREC + den.bits()).saturating_sub(num.bits());
        let (mut quotient, rest) = (num.magnitude() << shift).div_rem(den.magnitude());
        quotient.set_bit(0, quotient.bit(0) || !rest.is_zero());
        let negative = num.sign() == Sign::Minus;
        BigFloat::nearest(negative, quotient, 0i64.saturating_sub_unsigned(shift), false, u64::MAX)
    }

    /// The `e` with `2^(e-1) <= |self| < 2^e`; 0 for zero.
    pub(super) fn exponent(&self) -> i64 {
        self.exp.saturating_add_unsigned(self.mant.bits())
    }

    /// The mantissa, odd or zero, and its exponent.
    pub(super) fn parts(&self) -> (&BigUint, i64) {
        (&self.mant, self.exp)
    }

    /// The `m` with `self = m · 2^exponent`, rounded to a `float64`.
    pub(super) fn mantissa(&self) -> f64 {
        let exp = self.exp - self.exponent();
        BigFloat { exp, ..self.clone() }.to_f64()
    }

    pub(super) fn is_negative(&self) -> bool {
        self.negative
    }

    pub(super) fn sign(&self) -> i32 {
        match (self.mant.is_zero(), self.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }

    pub(super) fn is_int(&self) -> bool {
        self.exp >= 0
    }

    /// The integer this is, if it is one. The caller makes sure that the exponent is not huge.
    pub(super) fn to_int(&self) -> Option<BigInt> {
        let mant = self.is_int().then(|| &self.mant << self.exp)?;
        Some(BigInt::from_biguint(if self.negative { Sign::Minus } else { Sign::Plus }, mant))
    }

    /// The same number with at most `prec` bits.
    pub(super) fn with_prec(&self, prec: u64, rounding: Rounding) -> Option<BigFloat> {
        BigFloat::round(self.negative, self.mant.clone(), self.exp, false, prec, rounding)
    }

    pub(super) fn neg(&self) -> BigFloat {
        BigFloat { negative: !self.negative && !self.mant.is_zero(), ..self.clone() }
    }

    /// The sum, in [`PREC`] bits, of two numbers that have no more.
    pub(super) fn add(&self, other: &BigFloat) -> Option<BigFloat> {
        if self.mant.is_zero() {
            return Some(other.clone());
        }
        if other.mant.is_zero() {
            return Some(self.clone());
        }
        // Far below the last bit of a number that needs no rounding, another one changes nothing.
        let distance = self.exponent() - other.exponent();
        let far = i64::try_from(PREC + 4).unwrap_or(i64::MAX);
        if distance > far {
            return Some(self.clone());
        }
        if distance < -far {
            return Some(other.clone());
        }
        let exp = self.exp.min(other.exp);
        let at_exp = |float: &BigFloat| {
            let sign = if float.negative { Sign::Minus } else { Sign::Plus };
            BigInt::from_biguint(sign, &float.mant << (float.exp - exp))
        };
        let (sign, mant) = (at_exp(self) + at_exp(other)).into_parts();
        BigFloat::nearest(sign == Sign::Minus, mant, exp, false, PREC)
    }

    pub(super) fn sub(&self, other: &BigFloat) -> Option<BigFloat> {
        self.add(&other.neg())
    }

    /// The product in `prec` bits.
    pub(super) fn mul(&self, other: &BigFloat, prec: u64) -> Option<BigFloat> {
        let negative = self.negative != other.negative;
        BigFloat::nearest(negative, &self.mant * &other.mant, self.exp + other.exp, false, prec)
    }

    /// The quotient in `prec` bits; `None` if `other` is zero.
    pub(super) fn quo(&self, other: &BigFloat, prec: u64) -> Option<BigFloat> {
        if other.mant.is_zero() {
            return None;
        }
        // Two bits more than asked for, and the remainder, decide every rounding.
        let shift = (prec + 2 + other.mant.bits()).saturating_sub(self.mant.bits());
        let (quotient, rest) = (&self.mant << shift).div_rem(&other.mant);
        let exp = (self.exp - other.exp).saturating_sub_unsigned(shift);
        BigFloat::nearest(self.negative != other.negative, quotient, exp, !rest.is_zero(), prec)
    }

    pub(super) fn order(&self, other: &BigFloat) -> Ordering {
        let by_sign = self.sign().cmp(&other.sign());
        if by_sign.is_ne() || self.sign() == 0 {
            return by_sign;
        }
        let by_size = self.exponent().cmp(&other.exponent()).then_with(|| {
            // Equal exponents: the mantissas differ in length by what the exponents differ.
            let exp = self.exp.min(other.exp);
            (&self.mant << (self.exp - exp)).cmp(&(&other.mant << (other.exp - exp)))
        });
        if self.negative { by_size.reverse() } else { by_size }
    }

    /// The nearest `float64`, perhaps infinite or zero.
    pub(super) fn to_f64(&self) -> f64 {
        self.to_ieee(f64::MANTISSA_DIGITS.into(), f64::MIN_EXP.into(), f64::MAX_EXP.into())
    }

    /// The nearest `float32`, perhaps infinite or zero.
    pub(super) fn to_f32(&self) -> f32 {
        // Exact, as all digits fit by now.
        self.to_ieee(f32::MANTISSA_DIGITS.into(), f32::MIN_EXP.into(), f32::MAX_EXP.into()) as f32
    }

    /// Rounds to a format with `digits` bits for numbers from `2^(min_exp-1)`, and fewer below, up
    /// to `2^max_exp`.
    fn to_ieee(&self, digits: i64, min_exp: i64, max_exp: i64) -> f64 {
        let signed = |f: f64| if self.negative { -f } else { f };
        let digits = digits.min(digits + self.exponent() - min_exp);
        let tiny = || {
            // Less than one bit is left: the least number of the format, if more than half of it.
            let up = digits == 0 && !self.mant.is_one();
            BigFloat { negative: false, mant: u32::from(up).into(), exp: self.exponent() }
        };
        let rounded = match u64::try_from(digits) {
            Ok(digits) if digits > 0 => self.with_prec(digits, Rounding::NearestEven),
            _ => Some(tiny()),
        };
        match rounded {
            Some(float) if float.exponent() <= max_exp || float.mant.is_zero() => {
                // A rounded mantissa is exact in 53 bits, and so is its product with a power of
                // two. Two factors reach the numbers that lack digits.
                let mant = float.mant.to_u64().unwrap_or(0) as f64;
                let half = float.exp / 2;
                signed(mant * power_of_two(half) * power_of_two(float.exp - half))
            }
            _ => signed(f64::INFINITY),
        }
    }
}

/// `2^exp`, for exponents of normal numbers.
fn power_of_two(exp: i64) -> f64 {
    let biased = exp.clamp(-1022, 1023) + 1023;
    f64::from_bits(biased.unsigned_abs() << 52)
}
