use super::*;
use crate::syntax::ast::LitKind;
use crate::types::ty::Basic;

fn int(text: &str) -> Value {
    Value::from_literal(LitKind::Int, text)
}

fn float(text: &str) -> Value {
    Value::from_literal(LitKind::Float, text)
}

fn string(text: &str) -> Value {
    Value::from_literal(LitKind::String, text)
}

fn rune(text: &str) -> Value {
    Value::from_literal(LitKind::Rune, text)
}

#[test]
fn integers_are_read_in_all_radices() {
    for (text, value) in [
        ("0", "0"),
        ("1_000", "1000"),
        ("0x_Ff", "255"),
        ("0b1_01", "5"),
        ("0o17", "15"),
        ("0_17", "15"),
        ("9223372036854775808", "9223372036854775808"),
        ("08", "unknown"),
        ("1__0", "unknown"),
        ("0x", "unknown"),
        ("", "unknown"),
        ("+1", "unknown"),
    ] {
        assert_eq!(int(text).to_string(), value, "{text}");
    }
}

#[test]
fn characters_and_escapes_are_read() {
    for (text, code) in [
        (r"'a'", Some(97)),
        (r"'\''", Some(39)),
        (r"'\n'", Some(10)),
        (r"'\xff'", Some(255)),
        (r"'\377'", Some(255)),
        (r"'\400'", None),
        (r"'\u00e9'", Some(233)),
        (r"'\U0001F600'", Some(0x1F600)),
        (r"'\ud800'", None),
        (r#"'\"'"#, None),
        ("'世'", Some(0x4e16)),
        ("''", None),
        ("'", None),
    ] {
        assert_eq!(rune(text).int64(), code, "{text}");
    }
    assert_eq!(
        string(r#""\xff\u00e9\"é""#).string().map(Str::bytes),
        Some(&b"\xff\xc3\xa9\"\xc3\xa9"[..])
    );
    assert_eq!(string("`a\r\n\\n`").string().map(Str::bytes), Some(&b"a\n\\n"[..]));
    assert!(string("\"a\nb\"").is_unknown());
    assert!(string("\"").is_unknown());
}

#[test]
fn constants_print_as_in_the_compilers_messages() {
    // The expectations of trap 018.
    assert_eq!(fmt_const(&rune("'a'"), true), "'a'");
    assert_eq!(fmt_const(&float("3.14159265358979"), false), "3.14159");
    assert_eq!(fmt_const(&float("1e100"), false), "1e+100");
    assert_eq!(fmt_const(&Value::from_literal(LitKind::Imag, "2i"), false), "(0 + 2i)");
    assert_eq!(fmt_const(&float("2.0"), false), "2");
    assert_eq!(fmt_const(&Value::from(true), false), "true");
    assert_eq!(fmt_const(&Value::from(-3i64), true), "-3");
    assert_eq!(fmt_const(&float("1e-7"), false), "1e-07");
    assert_eq!(fmt_const(&float("123456789.0"), false), "1.23457e+08");
    assert_eq!(fmt_const(&string(r#""é\x00\xff\u200b""#), false), r#""é\x00\xff\u200b""#);
    let tenth = float("0.1").round_float32().map(|value| fmt_const(&value, false));
    assert_eq!(tenth.as_deref(), Some("0.1"));
    assert!(prints_as_rune(&Value::from(97i64)) && !prints_as_rune(&Value::from(-1i64)));
    assert_eq!(fmt_const(&Value::from(0xd800u64), true), "'\u{fffd}'");
    assert_eq!(fmt_const(&Value::from(0x11_0000u64), true), "1114112");
}

#[test]
fn long_strings_are_cut_at_72_characters() {
    let digits = "0123456789".repeat(10);
    let cut = format!("\"{}...", &digits[..68]);
    assert_eq!(Value::from(&*digits).to_string(), cut);
    assert_eq!(Value::from(&digits[..70]).to_string(), format!("\"{}\"", &digits[..70]));
    assert_eq!(Value::from(&digits[..71]).to_string(), cut);
    assert_eq!(Value::from(&*"\u{1F600}".repeat(1000)).to_string().chars().count(), 72);
}

#[test]
fn what_does_not_print_is_escaped() {
    assert_eq!(
        quote(b"a\"'\\\n\x00\x7f\xff\xc3\xa9\xe2\x80\x8b"),
        r#""a\"'\\\n\x00\x7f\xffé\u200b""#
    );
    assert_eq!(
        quote("\u{ad}\u{e000}\u{10ffff}\u{fffd}".as_bytes()),
        "\"\\u00ad\\ue000\\U0010ffff\u{fffd}\""
    );
    assert_eq!(quote_rune(u32::from('\'')), r"'\''");
    assert_eq!(quote_rune(u32::from('"')), "'\"'");
}

#[test]
fn a_long_chain_of_concatenations_is_put_together_once() {
    let piece = Value::from("0123456789abcdef");
    let mut values = vec![piece.clone()];
    for _ in 0..100_000 {
        let longer = values[values.len() - 1].binary_op(BinaryOp::Add, &piece);
        values.push(longer);
    }
    let last = &values[values.len() - 1];
    assert_eq!(last.string_len(), Some(1_600_016));
    assert_eq!(last.string().map(|text| text.bytes().len()), Some(1_600_016));
    assert!(last.to_string().ends_with("0123..."));
}

#[test]
fn a_string_doubled_many_times_takes_no_memory() {
    let mut value = Value::from("0123456789abcdef");
    for _ in 0..80 {
        value = value.binary_op(BinaryOp::Add, &value);
    }
    assert_eq!(value.string_len(), Some(usize::MAX));
    assert!(value.to_string().ends_with("0123..."));
}

#[test]
fn division_of_integers_is_exact_unless_asked_to_round() {
    let (seven, two) = (Value::from(7i64), Value::from(-2i64));
    assert_eq!(seven.int_quo(&two), Value::from(-3i64));
    assert_eq!(seven.binary_op(BinaryOp::Quo, &two).exact_string(), "-7/2");
    assert_eq!(seven.binary_op(BinaryOp::Rem, &two), Value::from(1i64));
    for op in [BinaryOp::Quo, BinaryOp::Rem] {
        assert!(seven.binary_op(op, &Value::from(0i64)).is_unknown());
    }
    let zero = Value::from(0i64).to_complex();
    assert!(seven.binary_op(BinaryOp::Quo, &zero).is_unknown());
}

#[test]
fn undefined_operations_are_unknown() {
    let (text, number) = (Value::from("a"), Value::from(1i64));
    assert!(text.binary_op(BinaryOp::Add, &number).is_unknown());
    assert!(text.binary_op(BinaryOp::Sub, &text).is_unknown());
    assert!(text.unary_op(UnaryOp::Neg, 0).is_unknown());
    assert!(!text.compare(BinaryOp::Eql, &number));
    assert!(float("1e400").binary_op(BinaryOp::And, &number).is_unknown());
    assert!(number.shift(BinaryOp::Shl, u64::MAX).is_unknown());
    assert_eq!(number.shift(BinaryOp::Shr, u64::MAX), Value::from(0i64));
}

#[test]
fn complement_of_an_unsigned_constant_stays_in_its_type() {
    assert_eq!(Value::from(1i64).unary_op(UnaryOp::BitNot, 0), Value::from(-2i64));
    assert_eq!(Value::from(1i64).unary_op(UnaryOp::BitNot, 8), Value::from(254i64));
    assert_eq!(Value::from(0i64).unary_op(UnaryOp::BitNot, 64), Value::from(u64::MAX));
}

#[test]
fn types_hold_what_fits_and_round_floats() {
    let fits = |value: &Value, basic| value.representable(basic, 8).is_some();
    assert!(fits(&Value::from(-128i64), Basic::Int8));
    assert!(!fits(&Value::from(-129i64), Basic::Int8));
    assert!(!fits(&Value::from(128i64), Basic::Int8));
    assert!(fits(&Value::from(u64::MAX), Basic::Uint));
    assert!(!fits(&Value::from(u64::MAX), Basic::Int));
    assert!(fits(&Value::from(i64::MIN), Basic::Int64));
    assert!(!fits(&int("9223372036854775809").unary_op(UnaryOp::Neg, 0), Basic::Int64));
    assert!(Value::from(1i64 << 31).representable(Basic::Int, 4).is_none());
    assert!(!fits(&Value::from(-1i64), Basic::Byte));
    assert!(!fits(&float("1.5"), Basic::Int));
    assert_eq!(float("1.0").representable(Basic::Rune, 8), Some(Value::from(1i64)));
    assert!(!fits(&float("1e39"), Basic::Float32));
    assert!(fits(&float("1e39"), Basic::Float64));
    assert!(!fits(&float("1e309"), Basic::Complex128));
    assert!(!fits(&Value::from("a"), Basic::Bool));
    assert!(fits(&Value::Unknown, Basic::Bool));
    let tenth = float("0.1").representable(Basic::Float32, 8);
    assert_eq!(tenth.map(|value| value.exact_string()), Some("13421773/134217728".to_owned()));
}

#[test]
fn floats_round_to_the_formats_at_their_ends() {
    assert_eq!(float("4.9e-324").f64(), Some(f64::from_bits(1)));
    assert_eq!(float("2.4e-324").f64(), Some(0.0));
    assert_eq!(float("1.7976931348623157e308").f64(), Some(f64::MAX));
    assert_eq!(float("0x1.fffffffffffff8p1023").f64(), Some(f64::INFINITY));
    assert_eq!(float("0x1.fffffffffffff7p1023").f64(), Some(f64::MAX));
    assert_eq!(float("0x1p-1075").f64(), Some(0.0));
    assert_eq!(float("0x1.00000000000000000000001p-1075").f64(), Some(f64::from_bits(1)));
    assert_eq!(float("0x1p-149").f32(), Some(f32::from_bits(1)));
    assert_eq!(float("0x1.8p-149").f32(), Some(f32::from_bits(2)));
    assert_eq!(float("16777217.0").f32(), Some(16777216.0));
    assert_eq!(Value::from(i64::MAX).f32(), Some(9.223372e18));
}

#[test]
fn integers_become_strings_as_characters() {
    assert_eq!(Value::from(0x4e16i64).rune_to_string(), Value::from("世"));
    for other in [-1i64, 0xd800, 0x11_0000, i64::MAX] {
        assert_eq!(Value::from(other).rune_to_string(), Value::from("\u{fffd}"));
    }
}

#[test]
fn exponents_out_of_range_are_unknown_or_zero() {
    assert!(float("1e9999999999").is_unknown());
    assert!(float("1e99999999999999999999").is_unknown());
    assert_eq!(float("1e-600000000").to_string(), "1e-600000000");
    assert_eq!(float("0e99999999999").to_string(), "0");
    assert!(float("1e600000000").binary_op(BinaryOp::Mul, &float("1e600000000")).is_unknown());
}
