//! Fractions of integers, always reduced.

use std::cmp::Ordering;

use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_traits::{One, Zero};

/// The fraction `num / den`, reduced, with `den > 0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rat {
    pub(super) num: BigInt,
    pub(super) den: BigInt,
}

impl Rat {
    /// `num / den`; `None` if `den` is zero.
    pub(super) fn new(num: BigInt, den: BigInt) -> Option<Rat> {
        let (num, den) = match den.sign() {
            Sign::NoSign => return None,
            Sign::Minus => (-num, -den),
            Sign::Plus => (num, den),
        };
        if den.is_one() {
            return Some(Rat { num, den });
        }
        let common = num.gcd(&den);
        if common.is_one() {
            return Some(Rat { num, den });
        }
        Some(Rat { num: num / &common, den: den / common })
    }

    /// A whole number.
    pub(super) fn whole(num: BigInt) -> Rat {
        Rat { num, den: BigInt::one() }
    }

    /// Whether this is a whole number.
    pub(super) fn is_int(&self) -> bool {
        self.den.is_one()
    }

    /// The negated fraction.
    pub(super) fn neg(&self) -> Rat {
        Rat { num: -&self.num, den: self.den.clone() }
    }

    /// The sum.
    pub(super) fn add(&self, other: &Rat) -> Option<Rat> {
        Rat::new(&self.num * &other.den + &other.num * &self.den, &self.den * &other.den)
    }

    /// The difference.
    pub(super) fn sub(&self, other: &Rat) -> Option<Rat> {
        Rat::new(&self.num * &other.den - &other.num * &self.den, &self.den * &other.den)
    }

    /// The product.
    pub(super) fn mul(&self, other: &Rat) -> Option<Rat> {
        Rat::new(&self.num * &other.num, &self.den * &other.den)
    }

    /// The quotient; `None` if `other` is zero.
    pub(super) fn quo(&self, other: &Rat) -> Option<Rat> {
        if other.num.is_zero() {
            return None;
        }
        Rat::new(&self.num * &other.den, &self.den * &other.num)
    }

    /// Which of two fractions is the greater.
    pub(super) fn order(&self, other: &Rat) -> Ordering {
        (&self.num * &other.den).cmp(&(&other.num * &self.den))
    }
}
