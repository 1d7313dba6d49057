//! Integers and floats, each in the simplest representation that holds them.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use num_bigint::{BigInt, Sign};
use num_traits::{One, ToPrimitive, Zero};

use super::big_float::{BigFloat, PREC, Rounding};
use super::rat::Rat;
use crate::syntax::ast::BinaryOp;

/// Fractions have a numerator and a denominator with fewer bits (`go/constant.maxExp`).
const MAX_EXP: u64 = 4 << 10;

/// An integer of any size. Small ones take no memory of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Int(IntForm);

/// Integers that fit are always `Small`, so that equal integers have equal forms.
#[derive(Debug, Clone, PartialEq, Eq)]
enum IntForm {
    Small(i64),
    Big(Arc<BigInt>),
}

/// A real number: a fraction, or a binary number once a fraction would be too large.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Float(FloatForm);

#[derive(Debug, Clone, PartialEq, Eq)]
enum FloatForm {
    Rat(Arc<Rat>),
    Big(Arc<BigFloat>),
}

/// What a [`Float`] consists of, for writing it down.
pub(crate) enum Parts {
    /// Numerator and denominator.
    Fraction(BigInt, BigInt),
    /// A mantissa with its sign, and the exponent of two.
    Binary(BigInt, i64),
}

impl From<i64> for Int {
    fn from(value: i64) -> Int {
        Int(IntForm::Small(value))
    }
}

impl From<u32> for Int {
    fn from(value: u32) -> Int {
        Int::from(i64::from(value))
    }
}

impl From<BigInt> for Int {
    fn from(value: BigInt) -> Int {
        match value.to_i64() {
            Some(small) => Int::from(small),
            None => Int(IntForm::Big(Arc::new(value))),
        }
    }
}

impl Int {
    fn big(&self) -> Cow<'_, BigInt> {
        match &self.0 {
            IntForm::Small(value) => Cow::Owned(BigInt::from(*value)),
            IntForm::Big(value) => Cow::Borrowed(value),
        }
    }

    /// The integer as one of any size.
    pub fn to_big(&self) -> BigInt {
        self.big().into_owned()
    }

    /// The integer, if it fits.
    pub fn to_i64(&self) -> Option<i64> {
        if let IntForm::Small(value) = self.0 { Some(value) } else { None }
    }

    /// The integer, if it fits.
    pub fn to_u64(&self) -> Option<u64> {
        match &self.0 {
            IntForm::Small(value) => u64::try_from(*value).ok(),
            IntForm::Big(value) => value.to_u64(),
        }
    }

    /// The nearest `float64`, perhaps infinite.
    pub fn to_f64(&self) -> f64 {
        match &self.0 {
            IntForm::Small(value) => *value as f64,
            IntForm::Big(value) => BigFloat::from_int(value).map_or(f64::INFINITY, |f| f.to_f64()),
        }
    }

    /// The nearest `float32`, perhaps infinite.
    pub fn to_f32(&self) -> f32 {
        match &self.0 {
            IntForm::Small(value) => *value as f32,
            IntForm::Big(value) => BigFloat::from_int(value).map_or(f32::INFINITY, |f| f.to_f32()),
        }
    }

    /// -1, 0 or 1.
    pub fn sign(&self) -> i32 {
        match &self.0 {
            IntForm::Small(value) => i32::from(*value > 0) - i32::from(*value < 0),
            IntForm::Big(value) if value.sign() == Sign::Minus => -1,
            IntForm::Big(_) => 1,
        }
    }

    /// The bits needed for the absolute value.
    pub fn bit_len(&self) -> u64 {
        match &self.0 {
            IntForm::Small(value) => u64::from(u64::BITS - value.unsigned_abs().leading_zeros()),
            IntForm::Big(value) => value.bits(),
        }
    }

    pub(super) fn neg(&self) -> Int {
        match &self.0 {
            IntForm::Small(value) if *value != i64::MIN => Int::from(-value),
            _ => Int::from(-self.to_big()),
        }
    }

    /// `^self`, cut to `unsigned_bits` bits if that is not zero.
    pub(super) fn not(&self, unsigned_bits: u32) -> Int {
        let all = match &self.0 {
            IntForm::Small(value) if unsigned_bits == 0 => return Int::from(!value),
            _ => !self.to_big(),
        };
        if unsigned_bits == 0 {
            return Int::from(all);
        }
        let mask = (BigInt::one() << unsigned_bits) - 1u32;
        Int::from(all & mask)
    }

    /// Every operation gives an integer here, `Quo` included; `None` if it is undefined.
    pub(super) fn binary_op(&self, op: BinaryOp, other: &Int) -> Option<Int> {
        if let (IntForm::Small(x), IntForm::Small(y)) = (&self.0, &other.0)
            && let Some(small) = small_op(*x, op, *y)
        {
            return small.map(Int::from);
        }
        let (x, y) = (&*self.big(), &*other.big());
        Some(Int::from(match op {
            BinaryOp::Add => x + y,
            BinaryOp::Sub => x - y,
            BinaryOp::Mul => x * y,
            BinaryOp::Quo | BinaryOp::Rem if y.is_zero() => return None,
            BinaryOp::Quo => x / y,
            BinaryOp::Rem => x % y,
            BinaryOp::And => x & y,
            BinaryOp::Or => x | y,
            BinaryOp::Xor => x ^ y,
            BinaryOp::AndNot => x & &!y,
            _ => return None,
        }))
    }

    pub(super) fn shl(&self, count: u64) -> Int {
        match &self.0 {
            IntForm::Small(value) if count + self.bit_len() < 64 => Int::from(value << count),
            _ => Int::from(self.to_big() << count),
        }
    }

    pub(super) fn shr(&self, count: u64) -> Int {
        match &self.0 {
            IntForm::Small(value) => Int::from(value >> count.min(63)),
            IntForm::Big(value) => Int::from(&**value >> count),
        }
    }

    pub(super) fn cmp(&self, other: &Int) -> Ordering {
        match (&self.0, &other.0) {
            (IntForm::Small(x), IntForm::Small(y)) => x.cmp(y),
            _ => self.big().cmp(&other.big()),
        }
    }

    /// In decimal.
    pub(super) fn decimal(&self) -> String {
        match &self.0 {
            IntForm::Small(value) => value.to_string(),
            IntForm::Big(value) => value.to_string(),
        }
    }
}

/// The operation on machine words: `None` if it needs more room, `Some(None)` if it is undefined.
fn small_op(x: i64, op: BinaryOp, y: i64) -> Option<Option<i64>> {
    Some(match op {
        BinaryOp::Add => Some(x.checked_add(y)?),
        BinaryOp::Sub => Some(x.checked_sub(y)?),
        BinaryOp::Mul => Some(x.checked_mul(y)?),
        BinaryOp::Quo | BinaryOp::Rem if y == 0 => None,
        // Upstream divides machine words too: the least one by -1 stays what it is.
        BinaryOp::Quo => Some(x.wrapping_div(y)),
        BinaryOp::Rem => Some(x.wrapping_rem(y)),
        BinaryOp::And => Some(x & y),
        BinaryOp::Or => Some(x | y),
        BinaryOp::Xor => Some(x ^ y),
        BinaryOp::AndNot => Some(x & !y),
        _ => None,
    })
}

impl Float {
    /// What it consists of.
    pub(crate) fn parts(&self) -> Parts {
        match &self.0 {
            FloatForm::Rat(rat) => Parts::Fraction(rat.num.clone(), rat.den.clone()),
            FloatForm::Big(float) => {
                let (mant, exp) = float.parts();
                let mant = BigInt::from(mant.clone());
                Parts::Binary(if float.sign() < 0 { -mant } else { mant }, exp)
            }
        }
    }

    /// The float of these parts, the very one that they were taken from; `None` if they are of none.
    pub(crate) fn of_parts(parts: Parts) -> Option<Float> {
        match parts {
            Parts::Fraction(num, den) => Some(Float::exact(Rat::new(num, den)?)),
            Parts::Binary(mant, exp) => {
                let float = BigFloat::exact(mant.magnitude().clone(), exp)?;
                Some(Float::binary(if mant.sign() == Sign::Minus { float.neg() } else { float }))
            }
        }
    }

    /// A float that is finite; `None` for others.
    pub fn from_f64(value: f64) -> Option<Float> {
        if !value.is_finite() {
            return None;
        }
        let bits = value.to_bits();
        let (biased, digits) = ((bits >> 52) & 0x7ff, bits & ((1 << 52) - 1));
        // Numbers without a leading 1 have the exponent of the least ones with it.
        let mant = if biased == 0 { digits } else { digits | 1 << 52 };
        let exp = biased.max(1);
        let mant = if value < 0.0 { -BigInt::from(mant) } else { BigInt::from(mant) };
        let rat = match exp.checked_sub(1075) {
            Some(up) => Rat::whole(mant << up),
            None => Rat::new(mant, BigInt::one() << (1075 - exp))?,
        };
        Some(Float::exact(rat))
    }

    /// What an integer is as a float.
    pub(super) fn from_int(value: &Int) -> Float {
        let big = value.to_big();
        if big.bits() < MAX_EXP {
            return Float::exact(Rat::whole(big));
        }
        // An integer is never as large as the largest float.
        Float::binary(BigFloat::from_int(&big).unwrap_or_else(BigFloat::zero))
    }

    /// A fraction, whatever its size.
    pub(super) fn exact(rat: Rat) -> Float {
        Float(FloatForm::Rat(Arc::new(rat)))
    }

    /// A binary number.
    pub(super) fn binary(float: BigFloat) -> Float {
        Float(FloatForm::Big(Arc::new(float)))
    }

    /// A fraction, as a binary number if it is too large.
    fn from_rat(rat: Rat) -> Option<Float> {
        if rat.num.bits() < MAX_EXP && rat.den.bits() < MAX_EXP {
            return Some(Float::exact(rat));
        }
        BigFloat::from_fraction(&rat.num, &rat.den).map(Float::binary)
    }

    /// `num / den`; `None` if `den` is zero.
    pub(super) fn quotient(num: &Int, den: &Int) -> Option<Float> {
        Float::from_rat(Rat::new(num.to_big(), den.to_big())?)
    }

    /// An integer, as a fraction if this is one and as a binary number otherwise.
    pub(super) fn same_form(&self, value: &Int) -> Float {
        match &self.0 {
            FloatForm::Rat(_) => Float::exact(Rat::whole(value.to_big())),
            FloatForm::Big(_) => {
                let float = BigFloat::from_int(&value.big());
                Float::binary(float.unwrap_or_else(BigFloat::zero))
            }
        }
    }

    /// As a binary number, rounded if need be.
    pub(super) fn big(&self) -> Cow<'_, BigFloat> {
        match &self.0 {
            FloatForm::Rat(rat) => {
                let float = BigFloat::from_fraction(&rat.num, &rat.den);
                Cow::Owned(float.unwrap_or_else(BigFloat::zero))
            }
            FloatForm::Big(float) => Cow::Borrowed(float),
        }
    }

    /// The fraction, if this is one.
    pub(super) fn rat(&self) -> Option<&Rat> {
        if let FloatForm::Rat(rat) = &self.0 { Some(rat) } else { None }
    }

    fn for_rounding(&self) -> Cow<'_, BigFloat> {
        match &self.0 {
            FloatForm::Rat(rat) => {
                let float = BigFloat::for_rounding(&rat.num, &rat.den);
                Cow::Owned(float.unwrap_or_else(BigFloat::zero))
            }
            FloatForm::Big(float) => Cow::Borrowed(float),
        }
    }

    /// The nearest `float64`, perhaps infinite.
    pub fn to_f64(&self) -> f64 {
        self.for_rounding().to_f64()
    }

    /// The nearest `float32`, perhaps infinite.
    pub fn to_f32(&self) -> f32 {
        self.for_rounding().to_f32()
    }

    /// -1, 0 or 1.
    pub fn sign(&self) -> i32 {
        match &self.0 {
            FloatForm::Rat(rat) => match rat.num.sign() {
                Sign::Minus => -1,
                Sign::NoSign => 0,
                Sign::Plus => 1,
            },
            FloatForm::Big(float) => float.sign(),
        }
    }

    /// The integer this is, if it is one, perhaps but for what earlier operations rounded off.
    pub(super) fn to_int(&self) -> Option<Int> {
        let float = match &self.0 {
            FloatForm::Rat(rat) => return rat.is_int().then(|| Int::from(rat.num.clone())),
            FloatForm::Big(float) => float,
        };
        /// How many of the last bits are taken for errors (`delta` upstream).
        const DELTA: u64 = 4;
        if !is_small(float) {
            return None;
        }
        let near = |rounding| float.with_prec(PREC - DELTA, rounding)?.to_int();
        float
            .to_int()
            .or_else(|| near(Rounding::ToZero))
            .or_else(|| near(Rounding::AwayFromZero))
            .map(Int::from)
    }

    pub(super) fn neg(&self) -> Float {
        match &self.0 {
            // A literal may be a fraction that is larger than those computed.
            FloatForm::Rat(rat) => Float::from_rat(rat.neg()).unwrap_or_else(|| self.clone()),
            FloatForm::Big(float) => Float::binary(float.neg()),
        }
    }

    /// `None` if the result is undefined or infinite.
    pub(super) fn binary_op(&self, op: BinaryOp, other: &Float) -> Option<Float> {
        if let (FloatForm::Rat(x), FloatForm::Rat(y)) = (&self.0, &other.0) {
            let rat = match op {
                BinaryOp::Add => x.add(y),
                BinaryOp::Sub => x.sub(y),
                BinaryOp::Mul => x.mul(y),
                BinaryOp::Quo => x.quo(y),
                _ => None,
            };
            return Float::from_rat(rat?);
        }
        let (x, y) = (self.big(), other.big());
        let float = match op {
            BinaryOp::Add => x.add(&y),
            BinaryOp::Sub => x.sub(&y),
            BinaryOp::Mul => x.mul(&y, PREC),
            BinaryOp::Quo => x.quo(&y, PREC),
            _ => None,
        };
        float.map(Float::binary)
    }

    /// Which of two floats is the greater, compared as the less exact form of the two.
    pub(super) fn order(&self, other: &Float) -> Ordering {
        match (&self.0, &other.0) {
            (FloatForm::Rat(x), FloatForm::Rat(y)) => x.order(y),
            _ => self.big().order(&other.big()),
        }
    }
}

/// Whether a number gives a fraction of reasonable size.
pub(super) fn is_small(float: &BigFloat) -> bool {
    float.exponent().unsigned_abs() < MAX_EXP
}
