//! Exact constants: the values that Go's compiler computes with before there is a program.
//!
//! Integers are exact; floats are exact fractions while these stay small, and then binary numbers
//! with a mantissa of 512 bits. A float that has become binary stays so: going back would claim an
//! exactness that is lost. Values are cheap to copy, and operations are total: what Go does not
//! define, or what leaves the range of numbers, is [`Value::Unknown`].
//!
//! Equality of two values is that of their representation; [`Value::compare`] is Go's.
//!
//! Upstream: `go/constant/value.go` and `cmd/compile/internal/types2/const.go`, same words.

mod big_float;
mod literal;
mod numbers;
mod print;
mod printable;
mod quote;
mod rat;
mod represent;
mod text;

use std::cmp::Ordering;
use std::sync::Arc;

use num_bigint::BigInt;

use crate::syntax::ast::{BinaryOp, UnaryOp};

pub use literal::MAX_LITERAL_LEN;
pub(crate) use numbers::Parts;
pub use numbers::{Float, Int};
pub use print::{fmt_const, prints_as_rune};
pub use quote::{is_print, quote, quote_rune};
pub use text::{MAX_STRING_LEN, Str};

/// Untyped integers may not have more bits (`types2.Checker.overflow`).
pub const MAX_UNTYPED_INT_BITS: u64 = 512;

/// A shift to the left gives [`Value::Unknown`] rather than an integer with more bits. Go has no
/// such limit here: its type checker admits no shift that comes near.
const MAX_SHIFTED_BITS: u64 = 1 << 20;

/// The value of a constant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Value {
    /// A value that could not be computed.
    #[default]
    Unknown,
    /// A boolean.
    Bool(bool),
    /// A string, which need not be UTF-8.
    String(Str),
    /// An integer or rune.
    Int(Int),
    /// A floating-point number, perhaps a whole one.
    Float(Float),
    /// A complex number, perhaps with an imaginary part of zero.
    Complex(Arc<Complex>),
}

/// The two parts of a complex number: integers or floats.
#[derive(Debug, PartialEq, Eq)]
pub struct Complex {
    re: Value,
    im: Value,
}

/// The kinds of values, simplest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names are those of Value")]
pub enum Kind {
    Unknown,
    Bool,
    String,
    Int,
    Float,
    Complex,
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Value {
        Value::Int(Int::from(value))
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Value {
        Value::Int(Int::from(BigInt::from(value)))
    }
}

impl From<BigInt> for Value {
    fn from(value: BigInt) -> Value {
        Value::Int(Int::from(value))
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Value {
        Value::String(Str::new(value))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Value {
        Value::from(value.as_bytes())
    }
}

impl Value {
    /// The float `value`; unknown if it is not finite.
    pub fn from_f64(value: f64) -> Value {
        Float::from_f64(value).map_or(Value::Unknown, Value::Float)
    }

    /// The complex number `re + im·i` of two integers or floats.
    pub fn make_complex(re: Value, im: Value) -> Value {
        match (re, im) {
            (re @ (Value::Int(_) | Value::Float(_)), im @ (Value::Int(_) | Value::Float(_))) => {
                Value::Complex(Arc::new(Complex { re, im }))
            }
            _ => Value::Unknown,
        }
    }

    /// The complex number `self·i`.
    pub fn make_imag(&self) -> Value {
        Value::make_complex(Value::from(0i64), self.clone())
    }

    /// What kind of value this is.
    pub fn kind(&self) -> Kind {
        match self {
            Value::Unknown => Kind::Unknown,
            Value::Bool(_) => Kind::Bool,
            Value::String(_) => Kind::String,
            Value::Int(_) => Kind::Int,
            Value::Float(_) => Kind::Float,
            Value::Complex(_) => Kind::Complex,
        }
    }

    /// Whether the value could not be computed.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Value::Unknown)
    }

    /// Whether this is a number.
    pub fn is_numeric(&self) -> bool {
        self.kind() >= Kind::Int
    }

    /// The boolean, if it is one.
    pub fn bool(&self) -> Option<bool> {
        if let Value::Bool(value) = self { Some(*value) } else { None }
    }

    /// The string, if it is one.
    pub fn string(&self) -> Option<&Str> {
        if let Value::String(text) = self { Some(text) } else { None }
    }

    /// The length of a string in bytes, if it is one.
    pub fn string_len(&self) -> Option<usize> {
        self.string().map(Str::len)
    }

    /// The integer, if it is one that fits.
    pub fn int64(&self) -> Option<i64> {
        if let Value::Int(value) = self { value.to_i64() } else { None }
    }

    /// The integer, if it is one that fits.
    pub fn uint64(&self) -> Option<u64> {
        if let Value::Int(value) = self { value.to_u64() } else { None }
    }

    /// The integer, if it is one.
    pub fn big_int(&self) -> Option<BigInt> {
        if let Value::Int(value) = self { Some(value.to_big()) } else { None }
    }

    /// The nearest `float64` to an integer or float, infinite if it is out of range.
    pub fn f64(&self) -> Option<f64> {
        match self {
            Value::Int(value) => Some(value.to_f64()),
            Value::Float(value) => Some(value.to_f64()),
            _ => None,
        }
    }

    /// The nearest `float32` to an integer or float, infinite if it is out of range.
    pub fn f32(&self) -> Option<f32> {
        match self {
            Value::Int(value) => Some(value.to_f32()),
            Value::Float(value) => Some(value.to_f32()),
            _ => None,
        }
    }

    /// The real part of a number.
    pub fn real(&self) -> Value {
        match self {
            Value::Int(_) | Value::Float(_) => self.clone(),
            Value::Complex(parts) => parts.re.clone(),
            Value::Unknown | Value::Bool(_) | Value::String(_) => Value::Unknown,
        }
    }

    /// The imaginary part of a number.
    pub fn imag(&self) -> Value {
        match self {
            Value::Int(_) | Value::Float(_) => Value::from(0i64),
            Value::Complex(parts) => parts.im.clone(),
            Value::Unknown | Value::Bool(_) | Value::String(_) => Value::Unknown,
        }
    }

    /// -1, 0 or 1 as a number is below, equal to or above zero; for a complex number 0 if it is
    /// zero, else something else. An unknown value counts as 1.
    pub fn sign(&self) -> i32 {
        match self {
            Value::Int(value) => value.sign(),
            Value::Float(value) => value.sign(),
            Value::Complex(parts) => parts.re.sign() | parts.im.sign(),
            Value::Unknown | Value::Bool(_) | Value::String(_) => 1,
        }
    }

    /// The bits needed for the absolute value of an integer; 0 for what is none.
    pub fn bit_len(&self) -> u64 {
        if let Value::Int(value) = self { value.bit_len() } else { 0 }
    }

    /// The value as an integer; unknown if it is not whole. A binary float counts as whole if
    /// rounding its last four bits makes it so.
    pub fn to_int(&self) -> Value {
        match self {
            Value::Int(_) => self.clone(),
            Value::Float(value) => value.to_int().map_or(Value::Unknown, Value::Int),
            Value::Complex(_) => self.to_float().to_int(),
            _ => Value::Unknown,
        }
    }

    /// The value as a float; unknown if there is an imaginary part.
    pub fn to_float(&self) -> Value {
        match self {
            Value::Int(value) => Value::Float(Float::from_int(value)),
            Value::Float(_) => self.clone(),
            Value::Complex(parts) if parts.im.sign() == 0 => parts.re.to_float(),
            _ => Value::Unknown,
        }
    }

    /// The value as a complex number.
    pub fn to_complex(&self) -> Value {
        match self {
            Value::Int(_) | Value::Float(_) => Value::make_complex(self.clone(), Value::from(0i64)),
            Value::Complex(_) => self.clone(),
            Value::Unknown | Value::Bool(_) | Value::String(_) => Value::Unknown,
        }
    }

    /// What `string(self)` is for an integer: the character with that code, or U+FFFD.
    pub fn rune_to_string(&self) -> Value {
        let code = self.uint64().and_then(|code| u32::try_from(code).ok());
        let char = code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER);
        Value::from(&*char.encode_utf8(&mut [0; 4]))
    }

    /// `op self`. For `^` on an unsigned type, `unsigned_bits` is the size of the type; else 0.
    pub fn unary_op(&self, op: UnaryOp, unsigned_bits: u32) -> Value {
        match (op, self) {
            (UnaryOp::Plus, Value::Int(_) | Value::Float(_) | Value::Complex(_)) => self.clone(),
            (UnaryOp::Neg, Value::Int(value)) => Value::Int(value.neg()),
            (UnaryOp::Neg, Value::Float(value)) => Value::Float(value.neg()),
            (UnaryOp::Neg, Value::Complex(parts)) => {
                Value::make_complex(parts.re.unary_op(op, 0), parts.im.unary_op(op, 0))
            }
            (UnaryOp::BitNot, Value::Int(value)) => Value::Int(value.not(unsigned_bits)),
            (UnaryOp::Not, Value::Bool(value)) => Value::Bool(!value),
            _ => Value::Unknown,
        }
    }

    /// `self op other` for every operator but comparisons and shifts. The quotient of two integers
    /// is a float here: see [`Value::int_quo`].
    pub fn binary_op(&self, op: BinaryOp, other: &Value) -> Value {
        match (self, other) {
            (Value::Bool(x), Value::Bool(y)) => match op {
                BinaryOp::LAnd => Value::Bool(*x && *y),
                BinaryOp::LOr => Value::Bool(*x || *y),
                _ => Value::Unknown,
            },
            (Value::String(x), Value::String(y)) if op == BinaryOp::Add => {
                Value::String(x.concat(y))
            }
            (Value::Int(x), Value::Int(y)) if op == BinaryOp::Quo => {
                Float::quotient(x, y).map_or(Value::Unknown, Value::Float)
            }
            (Value::Int(x), Value::Int(y)) => x.binary_op(op, y).map_or(Value::Unknown, Value::Int),
            (Value::Complex(_), y) if y.is_numeric() => complex_op(self, op, y),
            (x, Value::Complex(_)) if x.is_numeric() => complex_op(x, op, other),
            _ => match matched_floats(self, other) {
                Some((x, y)) => x.binary_op(op, &y).map_or(Value::Unknown, Value::Float),
                None => Value::Unknown,
            },
        }
    }

    /// `self / other` of integers as an integer, rounded to zero; unknown if `other` is zero.
    pub fn int_quo(&self, other: &Value) -> Value {
        match (self, other) {
            (Value::Int(x), Value::Int(y)) => {
                x.binary_op(BinaryOp::Quo, y).map_or(Value::Unknown, Value::Int)
            }
            _ => Value::Unknown,
        }
    }

    /// `self << count` or `self >> count` of an integer.
    pub fn shift(&self, op: BinaryOp, count: u64) -> Value {
        match (self, op) {
            (Value::Int(value), BinaryOp::Shl) if value.sign() == 0 => self.clone(),
            (Value::Int(value), BinaryOp::Shl)
                if value.bit_len().saturating_add(count) <= MAX_SHIFTED_BITS =>
            {
                Value::Int(value.shl(count))
            }
            (Value::Int(value), BinaryOp::Shr) => Value::Int(value.shr(count)),
            _ => Value::Unknown,
        }
    }

    /// Whether `self op other` holds; false for values that cannot be compared so.
    pub fn compare(&self, op: BinaryOp, other: &Value) -> bool {
        match (self, other) {
            (Value::Bool(x), Value::Bool(y)) => holds_if_equal(x == y, op),
            (Value::String(x), Value::String(y)) => holds(x.cmp(y), op),
            (Value::Int(x), Value::Int(y)) => holds(x.cmp(y), op),
            (x, y) if !x.is_numeric() || !y.is_numeric() => false,
            (Value::Complex(_), _) | (_, Value::Complex(_)) => {
                let same_re = self.real().compare(BinaryOp::Eql, &other.real());
                let same_im = self.imag().compare(BinaryOp::Eql, &other.imag());
                holds_if_equal(same_re && same_im, op)
            }
            _ => matched_floats(self, other).is_some_and(|(x, y)| holds(x.order(&y), op)),
        }
    }
}

/// Two numbers of which at least one is a float, in the representation of the less exact one.
fn matched_floats(x: &Value, y: &Value) -> Option<(Float, Float)> {
    match (x, y) {
        (Value::Float(x), Value::Float(y)) => Some((x.clone(), y.clone())),
        (Value::Int(x), Value::Float(y)) => Some((y.same_form(x), y.clone())),
        (Value::Float(x), Value::Int(y)) => Some((x.clone(), x.same_form(y))),
        _ => None,
    }
}

/// Arithmetic on complex numbers, in the order of operations that decides how parts are rounded.
fn complex_op(x: &Value, op: BinaryOp, y: &Value) -> Value {
    let (a, b) = (x.real(), x.imag());
    let (c, d) = (y.real(), y.imag());
    let add = |x: &Value, y: &Value| x.binary_op(BinaryOp::Add, y);
    let sub = |x: &Value, y: &Value| x.binary_op(BinaryOp::Sub, y);
    let mul = |x: &Value, y: &Value| x.binary_op(BinaryOp::Mul, y);
    match op {
        BinaryOp::Add => Value::make_complex(add(&a, &c), add(&b, &d)),
        BinaryOp::Sub => Value::make_complex(sub(&a, &c), sub(&b, &d)),
        BinaryOp::Mul => {
            let re = sub(&mul(&a, &c), &mul(&b, &d));
            let im = add(&mul(&b, &c), &mul(&a, &d));
            Value::make_complex(re, im)
        }
        BinaryOp::Quo => {
            let norm = add(&mul(&c, &c), &mul(&d, &d));
            let re = add(&mul(&a, &c), &mul(&b, &d));
            let im = sub(&mul(&b, &c), &mul(&a, &d));
            let quo = |x: Value| x.binary_op(BinaryOp::Quo, &norm);
            Value::make_complex(quo(re), quo(im))
        }
        _ => Value::Unknown,
    }
}

fn holds(order: Ordering, op: BinaryOp) -> bool {
    match op {
        BinaryOp::Eql => order.is_eq(),
        BinaryOp::Neq => order.is_ne(),
        BinaryOp::Lss => order.is_lt(),
        BinaryOp::Leq => order.is_le(),
        BinaryOp::Gtr => order.is_gt(),
        BinaryOp::Geq => order.is_ge(),
        _ => false,
    }
}

fn holds_if_equal(equal: bool, op: BinaryOp) -> bool {
    match op {
        BinaryOp::Eql => equal,
        BinaryOp::Neq => !equal,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
