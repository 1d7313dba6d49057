//! The values of literals.
//!
//! Upstream: `go/constant.MakeFromLiteral`, `strconv.Unquote`, and `math/big.Float.scan` for how
//! decimal numbers far from one are rounded.

use num_bigint::{BigInt, BigUint, Sign};
use num_traits::{One, Zero};

use super::big_float::{BigFloat, PREC, Rounding};
use super::numbers::{Float, Int, is_small};
use super::rat::Rat;
use super::{Str, Value};
use crate::syntax::ast::LitKind;

/// Numbers with more characters are an error ("excessively long constant", `types2/literals.go`).
pub const MAX_LITERAL_LEN: usize = 10_000;

/// Fractions are not made of powers beyond these (`math/big.Rat.SetString`).
const MAX_RAT_EXP5: u64 = 1_000_000;
const MAX_RAT_EXP2: u64 = 10_000_000;

impl Value {
    /// The value of a literal as written; unknown if it is malformed or too long.
    pub fn from_literal(kind: LitKind, text: &str) -> Value {
        let too_long = text.len() > MAX_LITERAL_LEN;
        let value = match kind {
            LitKind::Int | LitKind::Float | LitKind::Imag if too_long => None,
            LitKind::Int => int(text).map(Value::Int),
            LitKind::Float => float(text).map(Value::Float),
            LitKind::Imag => text
                .strip_suffix('i')
                .and_then(float)
                .map(|im| Value::make_complex(Value::from(0i64), Value::Float(im))),
            LitKind::Rune => rune(text).map(|code| Value::from(i64::from(code))),
            LitKind::String => unquote(text).map(|bytes| Value::String(Str::from_vec(bytes))),
        };
        value.unwrap_or(Value::Unknown)
    }
}

/// The radix a prefix names, and what follows it.
fn prefixed(text: &str) -> Option<(u32, &str)> {
    let radix = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => 16,
        [b'0', b'o' | b'O', ..] => 8,
        [b'0', b'b' | b'B', ..] => 2,
        _ => return None,
    };
    Some((radix, &text[2..]))
}

/// Digits without the `_` between them; `None` if one is misplaced.
fn digits(text: &str) -> Option<String> {
    let misplaced = text.starts_with('_') || text.ends_with('_') || text.contains("__");
    (!misplaced).then(|| text.replace('_', ""))
}

fn natural(digits: &str, radix: u32) -> Option<BigUint> {
    if digits.is_empty() || !digits.bytes().all(|digit| char::from(digit).is_digit(radix)) {
        return None;
    }
    BigUint::parse_bytes(digits.as_bytes(), radix)
}

fn int(text: &str) -> Option<Int> {
    if let Ok(small) = text.parse::<i64>()
        && (small == 0 || !text.starts_with('0'))
    {
        return text.starts_with(|c: char| c.is_ascii_digit()).then(|| Int::from(small));
    }
    let (radix, rest) = match prefixed(text) {
        Some(prefixed) => prefixed,
        None if text.len() > 1 && text.starts_with('0') => (8, &text[1..]),
        None => (10, text),
    };
    // A prefix, a lone 0 included, may have a separator behind it.
    let rest = if radix == 10 { rest } else { rest.strip_prefix('_').unwrap_or(rest) };
    Some(Int::from(BigInt::from(natural(&digits(rest)?, radix)?)))
}

/// A number as its digits give it: `mant · 2^exp2 · 5^exp5`.
struct Scanned {
    mant: BigUint,
    exp2: i64,
    exp5: i64,
}

fn scan(text: &str) -> Option<Scanned> {
    let (radix, rest) = match prefixed(text) {
        Some((radix, rest)) => (radix, rest.strip_prefix('_').unwrap_or(rest)),
        None => (10, text),
    };
    let is_exponent = |c: char| matches!(c, 'p' | 'P') || (radix != 16 && matches!(c, 'e' | 'E'));
    let (mantissa, exponent) = match rest.find(is_exponent) {
        Some(at) => (&rest[..at], Some(rest.split_at(at).1)),
        None => (rest, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let (whole, fraction) = (digits(whole)?, digits(fraction)?);
    let mant = natural(&(whole + &fraction), radix)?;
    let places = i64::try_from(fraction.len()).ok()?;
    let (mut exp2, mut exp5) = match radix {
        2 => (-places, 0),
        8 => (-3 * places, 0),
        16 => (-4 * places, 0),
        _ => (-places, -places),
    };
    if let Some(exponent) = exponent {
        let is_decimal = exponent.starts_with(['e', 'E']);
        let (sign, number) = match exponent.as_bytes().get(1) {
            Some(b'-') => ("-", &exponent[2..]),
            Some(b'+') => ("", &exponent[2..]),
            _ => ("", &exponent[1..]),
        };
        let number = digits(number)?;
        if !number.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        let exponent: i64 = format!("{sign}{number}").parse().ok()?;
        exp2 = exponent.saturating_add(exp2);
        if is_decimal {
            exp5 = exponent.saturating_add(exp5);
        }
    }
    Some(Scanned { mant, exp2, exp5 })
}

fn float(text: &str) -> Option<Float> {
    let Scanned { mant, exp2, exp5 } = scan(text)?;
    if mant.is_zero() {
        return Some(Float::exact(Rat::whole(BigInt::zero())));
    }
    let top = exp2.saturating_add_unsigned(mant.bits());
    i32::try_from(top).ok()?;

    let unscaled = BigFloat::exact(mant.clone(), exp2)?;
    let power = power_of_five(exp5.unsigned_abs());
    let float = match (power, exp5) {
        (_, 0) => unscaled.with_prec(PREC, Rounding::NearestEven)?,
        (Some(power), 1..) => unscaled.mul(&power, PREC)?,
        (Some(power), _) => unscaled.quo(&power, PREC)?,
        (None, 1..) => return None,
        (None, _) => BigFloat::zero(),
    };
    if float.sign() == 0 {
        return Some(Float::exact(Rat::whole(BigInt::zero())));
    }
    let reasonable = exp5.unsigned_abs() <= MAX_RAT_EXP5 && exp2.unsigned_abs() <= MAX_RAT_EXP2;
    if !is_small(&float) || !reasonable {
        return Some(Float::binary(float));
    }
    let exponent = u32::try_from(exp5.unsigned_abs()).ok()?;
    let five = BigUint::from(5u32).pow(exponent);
    let (num, den) = if exp5 > 0 { (mant * five, BigUint::one()) } else { (mant, five) };
    let shift = exp2.unsigned_abs();
    let (num, den) = if exp2 > 0 { (num << shift, den) } else { (num, den << shift) };
    let int = |natural| BigInt::from_biguint(Sign::Plus, natural);
    Rat::new(int(num), int(den)).map(Float::exact)
}

/// `5^n`, rounded as upstream does on the way; `None` if it is too large for a float.
fn power_of_five(mut n: u64) -> Option<BigFloat> {
    /// The largest power that fits in 64 bits, where upstream begins to multiply.
    const TABLE_END: u32 = 27;
    /// The precision of the power and of the squares it is made of.
    const POWER_PREC: u64 = PREC + 64;
    const SQUARE_PREC: u64 = POWER_PREC + 64;

    let in_table = u32::try_from(n).map_or(TABLE_END, |n| n.min(TABLE_END));
    n -= u64::from(in_table);
    let mut power = BigFloat::exact(BigUint::from(5u32).pow(in_table), 0)?;
    let mut square = BigFloat::exact(BigUint::from(5u32), 0);
    while n > 0 {
        let factor = square?;
        if n & 1 != 0 {
            power = power.mul(&factor, POWER_PREC)?;
        }
        square = factor.mul(&factor, SQUARE_PREC);
        n >>= 1;
    }
    Some(power)
}

/// The code of a rune literal.
fn rune(text: &str) -> Option<u32> {
    let inner = text.strip_prefix('\'')?.strip_suffix('\'')?;
    match next_char(inner, '\'')?.0 {
        Char::Code(code) => Some(u32::from(code)),
        Char::Byte(byte) => Some(u32::from(byte)),
    }
}

/// The bytes of a string literal.
fn unquote(text: &str) -> Option<Vec<u8>> {
    if let Some(raw) = text.strip_prefix('`') {
        let raw = raw.strip_suffix('`')?;
        return (!raw.contains('`')).then(|| raw.replace('\r', "").into_bytes());
    }
    let mut rest = text.strip_prefix('"')?.strip_suffix('"')?;
    let mut bytes = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        let plain = rest.find(['\\', '"', '\n']).unwrap_or(rest.len());
        bytes.extend_from_slice(&rest.as_bytes()[..plain]);
        rest = &rest[plain..];
        if rest.is_empty() {
            break;
        }
        if rest.starts_with('\n') {
            return None;
        }
        let (char, tail) = next_char(rest, '"')?;
        match char {
            Char::Code(code) => bytes.extend_from_slice(code.encode_utf8(&mut [0; 4]).as_bytes()),
            Char::Byte(byte) => bytes.push(byte),
        }
        rest = tail;
    }
    Some(bytes)
}

/// What one character or escape sequence stands for.
enum Char {
    Code(char),
    /// `\xff` and `\377`: in strings a byte, which need not begin a character.
    Byte(u8),
}

/// The first character or escape sequence inside of quotes, and what follows.
fn next_char(text: &str, quote: char) -> Option<(Char, &str)> {
    let mut chars = text.chars();
    let first = chars.next()?;
    if first == quote {
        return None;
    }
    if first != '\\' {
        return Some((Char::Code(first), chars.as_str()));
    }
    let code = |digits: usize, radix: u32| {
        let digits = text.get(2..2 + digits)?;
        let valid = digits.chars().all(|digit| digit.is_digit(radix));
        valid.then(|| u32::from_str_radix(digits, radix).ok()).flatten()
    };
    let (char, len) = match chars.next()? {
        'a' => (Char::Code('\x07'), 2),
        'b' => (Char::Code('\x08'), 2),
        'f' => (Char::Code('\x0c'), 2),
        'n' => (Char::Code('\n'), 2),
        'r' => (Char::Code('\r'), 2),
        't' => (Char::Code('\t'), 2),
        'v' => (Char::Code('\x0b'), 2),
        '\\' => (Char::Code('\\'), 2),
        escaped @ ('\'' | '"') if escaped == quote => (Char::Code(escaped), 2),
        'x' => (Char::Byte(u8::try_from(code(2, 16)?).ok()?), 4),
        'u' => (Char::Code(char::from_u32(code(4, 16)?)?), 6),
        'U' => (Char::Code(char::from_u32(code(8, 16)?)?), 10),
        '0'..='7' => {
            let digits = text.get(1..4)?;
            let valid = digits.bytes().all(|digit| matches!(digit, b'0'..=b'7'));
            let value = valid.then(|| u8::from_str_radix(digits, 8).ok()).flatten()?;
            (Char::Byte(value), 4)
        }
        _ => return None,
    };
    Some((char, text.get(len..)?))
}
