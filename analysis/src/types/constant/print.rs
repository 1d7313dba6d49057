//! How constants print.
//!
//! Upstream: `String` and `ExactString` in `go/constant/value.go`; `exprFmt` of `OLITERAL` in
//! `cmd/compile/internal/ir/fmt.go`.
//!
//! Floats beyond the range of `float64` print an approximation; its sixth digit may differ from
//! Go's at a tie, as Go's own depends on the processor. No program can have such a value, so only
//! texts of type errors show it.

use std::fmt;

use super::big_float::BigFloat;
use super::numbers::Float;
use super::{Str, Value, quote, quote_rune};

/// Longer strings are cut (`maxLen` in `stringVal.String`); counted in characters, with quotes.
const MAX_QUOTED: usize = 72;

/// A constant as the compiler's messages show it, without the type that may stand around it.
/// `is_rune` says whether its type is `rune`, written so, or that of untyped runes; then it prints
/// as a character if it is one.
pub fn fmt_const(value: &Value, is_rune: bool) -> String {
    match rune_code(value).filter(|_| is_rune) {
        Some(code) => quote_rune(code),
        None => value.to_string(),
    }
}

/// Whether a constant of type `rune` prints as a character, and hence without a type around it:
/// `'a'`, but `rune(-1)`.
pub fn prints_as_rune(value: &Value) -> bool {
    rune_code(value).is_some()
}

fn rune_code(value: &Value) -> Option<u32> {
    let code = u32::try_from(value.uint64()?).ok()?;
    (code <= u32::from(char::MAX)).then_some(code)
}

/// The short form: long strings are cut, floats have six digits.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Unknown => f.write_str("unknown"),
            Value::Bool(value) => write!(f, "{value}"),
            Value::String(text) => f.write_str(&short_string(text)),
            Value::Int(value) => f.write_str(&value.decimal()),
            Value::Float(value) => f.write_str(&short_float(value)),
            Value::Complex(parts) => write!(f, "({} + {}i)", parts.re, parts.im),
        }
    }
}

impl Value {
    /// The form that shows the value whole.
    pub fn exact_string(&self) -> String {
        match self {
            Value::Unknown | Value::Bool(_) | Value::Int(_) => self.to_string(),
            Value::String(text) => quote(text.bytes()),
            Value::Float(value) => match value.rat() {
                Some(rat) if rat.is_int() => rat.num.to_string(),
                Some(rat) => format!("{}/{}", rat.num, rat.den),
                None => exact_binary(&value.big()),
            },
            Value::Complex(parts) => {
                format!("({} + {}i)", parts.re.exact_string(), parts.im.exact_string())
            }
        }
    }
}

fn short_string(text: &Str) -> String {
    // A character has at most four bytes and prints as at least one: more bytes than these cannot
    // change what is shown.
    let quoted = quote(&text.prefix(5 * MAX_QUOTED));
    if quoted.chars().count() <= MAX_QUOTED {
        return quoted;
    }
    let mut cut: String = quoted.chars().take(MAX_QUOTED - 3).collect();
    cut.push_str("...");
    cut
}

/// `0x.` hexadecimal digits of a mantissa between one half and one, `p`, binary exponent.
fn exact_binary(float: &BigFloat) -> String {
    let (mant, _) = float.parts();
    if float.sign() == 0 {
        return "0".to_owned();
    }
    let to_nibble = (4 - mant.bits() % 4) % 4;
    let digits = (mant << to_nibble).to_str_radix(16);
    let sign = if float.is_negative() { "-" } else { "" };
    format!("{sign}0x.{}p{:+}", digits.trim_end_matches('0'), float.exponent())
}

fn short_float(value: &Float) -> String {
    // A fraction prints as what it is when rounded to a binary number.
    let float = value.big();
    let near = float.to_f64();
    if near.is_finite() && (near == 0.0) == (float.sign() == 0) {
        let short = format_g(near, Digits::Six);
        if float.is_int() || short.contains('.') {
            return short;
        }
        return format_g(near, Digits::Shortest);
    }

    // Beyond the range of `float64` an approximation does.
    let decimal_exp = float.exponent() as f64 * (std::f64::consts::LN_2 / std::f64::consts::LN_10);
    let mut mant = float.mantissa();
    let mut exp = decimal_exp.trunc();
    mant *= 10f64.powf(decimal_exp - exp);
    if mant.abs() < 1.0 - 0.5e-6 {
        mant *= 10.0;
        exp -= 1.0;
    } else if mant.abs() >= 10.0 {
        mant /= 10.0;
        exp += 1.0;
    }
    format!("{}e{exp:+}", format_g(mant, Digits::Six))
}

/// How many digits `%g` shows.
#[derive(Clone, Copy)]
enum Digits {
    /// `%.6g`.
    Six,
    /// `%g`: as many as tell the number from its neighbours.
    Shortest,
}

/// A finite number as `fmt` prints it with the verb `g`.
fn format_g(value: f64, digits: Digits) -> String {
    let scientific = match digits {
        Digits::Six => format!("{value:.5e}"),
        Digits::Shortest => format!("{value:e}"),
    };
    let (number, exp) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exp: i32 = exp.parse().unwrap_or(0);
    let (sign, number) = match number.strip_prefix('-') {
        Some(number) => ("-", number),
        None => ("", number),
    };
    let all = number.replace('.', "");
    let digits = match all.trim_end_matches('0') {
        "" => "0",
        digits => digits,
    };
    if (-4..6).contains(&exp) {
        // The point stands behind `point` digits, or before as many zeros.
        let point = exp + 1;
        return match usize::try_from(point) {
            Ok(0) | Err(_) => {
                format!("{sign}0.{}{digits}", "0".repeat(point.unsigned_abs() as usize))
            }
            Ok(point) if digits.len() <= point => format!("{sign}{digits:0<point$}"),
            Ok(point) => format!("{sign}{}.{}", &digits[..point], &digits[point..]),
        };
    }
    let (first, rest) = digits.split_at(1);
    let dot = if rest.is_empty() { "" } else { "." };
    let exp_sign = if exp < 0 { '-' } else { '+' };
    format!("{sign}{first}{dot}{rest}e{exp_sign}{:02}", exp.unsigned_abs())
}
