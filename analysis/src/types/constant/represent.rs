//! Which constants a basic type can hold, and as what.
//!
//! Upstream: `representableConst` in `cmd/compile/internal/types2/const.go`.

use super::{Kind, Value};
use crate::types::ty::Basic;

impl Value {
    /// The value as `basic` holds it: an integer for integer types, rounded to the type's
    /// precision for floats and complex numbers. `None` if the type has no such value. `ptr_size`
    /// is the size in bytes of `int`, `uint` and `uintptr`.
    ///
    /// An unknown value fits everywhere, so that one mistake is reported once.
    pub fn representable(&self, basic: Basic, ptr_size: i64) -> Option<Value> {
        if self.is_unknown() {
            return Some(Value::Unknown);
        }
        match basic.canon() {
            b if b.is_integer() => {
                let value = self.to_int();
                (value.kind() == Kind::Int && value.fits_integer(b, ptr_size)).then_some(value)
            }
            // The untyped kinds need not round, and keep the value as it was written.
            Basic::UntypedFloat => (!self.to_float().is_unknown()).then(|| self.clone()),
            Basic::UntypedComplex => self.is_numeric().then(|| self.clone()),
            Basic::Float32 => self.to_float().round_float32(),
            Basic::Float64 => self.to_float().round_float64(),
            Basic::Complex64 => {
                let (re, im) = (self.real().round_float32()?, self.imag().round_float32()?);
                Some(Value::make_complex(re, im))
            }
            Basic::Complex128 => {
                let (re, im) = (self.real().round_float64()?, self.imag().round_float64()?);
                Some(Value::make_complex(re, im))
            }
            Basic::String | Basic::UntypedString => {
                (self.kind() == Kind::String).then(|| self.clone())
            }
            Basic::Bool | Basic::UntypedBool => (self.kind() == Kind::Bool).then(|| self.clone()),
            _ => None,
        }
    }

    /// The nearest `float32`, as a float; `None` if that is infinite or this is no real number.
    pub fn round_float32(&self) -> Option<Value> {
        self.f32().filter(|f| f.is_finite()).map(|f| Value::from_f64(f64::from(f)))
    }

    /// The nearest `float64`, as a float; `None` if that is infinite or this is no real number.
    pub fn round_float64(&self) -> Option<Value> {
        self.f64().filter(|f| f.is_finite()).map(Value::from_f64)
    }

    fn fits_integer(&self, basic: Basic, ptr_size: i64) -> bool {
        let signed = |bits: u32| {
            // The absolute value of the least number has one more bit than all others.
            let least = || self.sign() < 0 && self.int64() == Some(i64::MIN >> (64 - bits));
            self.bit_len() < u64::from(bits) || least()
        };
        let unsigned = |bits: u32| self.sign() >= 0 && self.bit_len() <= u64::from(bits);
        let word = if ptr_size == 4 { 32 } else { 64 };
        match basic {
            Basic::Int => signed(word),
            Basic::Int8 => signed(8),
            Basic::Int16 => signed(16),
            Basic::Int32 => signed(32),
            Basic::Int64 => signed(64),
            Basic::Uint | Basic::Uintptr => unsigned(word),
            Basic::Uint8 => unsigned(8),
            Basic::Uint16 => unsigned(16),
            Basic::Uint32 => unsigned(32),
            Basic::Uint64 => unsigned(64),
            Basic::UntypedInt | Basic::UntypedRune => true,
            // The caller has asked for an integer type; `byte` and `rune` are canonical here.
            _ => false,
        }
    }
}
