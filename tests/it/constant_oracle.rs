//! Constants against `go/constant`: random computations give what Go gives, to the last bit.
//!
//! Runs the Go program in `oracle/constant` with `go`, or with what `GOESCAPE_GO` names; only if
//! `GOESCAPE_SLOW` is set.

use std::env;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use analysis::syntax::ast::{BinaryOp, LitKind, UnaryOp};
use analysis::types::constant::{Kind, Value};
use analysis::types::ty::Basic;
use tests::random::Random;

#[test]
fn random_computations_give_what_go_constant_gives() {
    if env::var_os("GOESCAPE_SLOW").is_none() {
        return;
    }
    let mut programs: Vec<String> = Vec::new();
    let mut random = Random::new(0x1234_5678_9abc_def1);
    for _ in 0..4000 {
        programs.push(ints(&mut random));
        programs.push(numbers(&mut random));
        programs.push(strings(&mut random));
        programs.push(format!("FLOAT {}", random.float()));
        programs.push(conversion(&mut random));
    }
    programs.extend(EDGES.iter().map(|&edge| edge.to_owned()));

    let answers = ask_go(&programs);
    assert_eq!(answers.lines().count(), programs.len());
    let mut wrong = Vec::new();
    let mut known = 0;
    for (program, want) in programs.iter().zip(answers.lines()) {
        let got = run(program).map_or_else(|| "unknown".to_owned(), |value| describe(&value));
        known += usize::from(want != "unknown");
        if got != want && !differs_by_approximation(&got, want) {
            wrong.push(format!("{program}\n  got  {got}\n  want {want}"));
        }
    }
    assert!(known > programs.len() / 2, "only {known} programs have a result");
    let shown = wrong.iter().take(10).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} of {} differ:\n{shown}", wrong.len(), programs.len());
}

/// Whether two answers differ in nothing but the sixth digit of the short form of a number out of
/// `float64`'s range. It comes from `math.Pow`, whose last bit is not the same on all processors.
fn differs_by_approximation(got: &str, want: &str) -> bool {
    let mut got: Vec<&str> = got.split('\t').collect();
    let mut want: Vec<&str> = want.split('\t').collect();
    if got.len() < 2 || want.len() < 2 {
        return false;
    }
    let number = |text: &str| -> Option<(f64, i64)> {
        let (mant, exp) = text.split_once('e')?;
        Some((mant.parse().ok()?, exp.parse().ok()?))
    };
    match (number(got.remove(1)), number(want.remove(1))) {
        (Some((x, x_exp)), Some((y, y_exp))) => {
            got == want && x_exp == y_exp && x_exp.abs() > 300 && (x - y).abs() < 1.5e-5
        }
        _ => false,
    }
}

/// Programs that chance would hardly find.
const EDGES: &[&str] = &[
    "INT 9223372036854775807\tneg\tINT 1\t-\tINT 1\tneg\t//",
    "INT 9223372036854775807\tneg\tINT 1\t-\tINT 1\tneg\t%",
    "INT 9223372036854775807\tneg\tINT 1\t-\tneg",
    "FLOAT 1e1234\tFLOAT 1e1234\t*",
    "FLOAT 1e-1300\tFLOAT 1e-1300\t*\tFLOAT 1e2600\t*\tint",
    "FLOAT 1e600000000\tFLOAT 1e600000000\t*",
    "FLOAT 1e-600000000\tFLOAT 1e600000000\t/",
    "FLOAT 1e-1886451601",
    "FLOAT 1e646456993",
    "FLOAT 1e646456992",
    "FLOAT 0x1p-1074",
    "FLOAT 0x1p-1075",
    "FLOAT 0x1.8p-1075",
    "FLOAT 0x1p-149",
    "FLOAT 0x1.8p-150",
    "FLOAT 0x1.fffffffffffff7fffp1023",
    "FLOAT 0x1.fffffffffffff8p1023",
    "FLOAT 0x1.ffffffp127",
    "FLOAT 0x1.fffffefp127",
    "FLOAT 100000.5",
    "FLOAT 1000000.25",
    "FLOAT 0.00001",
    "FLOAT 1.0000005",
    "FLOAT 2.5",
    "FLOAT 0.1234565",
    "FLOAT 0.5\tneg",
    "FLOAT 1e4096\tFLOAT 3\t/\tint",
    "IMAG 0123i",
    "IMAG 0x1Fi",
    "IMAG 0b101i",
    "IMAG 1_0.5e1_0i",
    "IMAG 3i\tINT 2\t+\tIMAG 1i\tINT 1\t-\t/",
    "INT 1\t<< 5000\tFLOAT 0.5\t*",
    "INT 1\t<< 4096\tfloat\tint",
    "INT 3\t<< 4094\tINT 7\t/",
];

/// Runs a program; `None` if a step has no result. The steps are those of the Go program.
fn run(program: &str) -> Option<Value> {
    let mut stack: Vec<Value> = Vec::new();
    for step in program.split('\t') {
        let (name, arg) = step.split_once(' ').unwrap_or((step, ""));
        let value = if let Some(kind) = literal_kind(name) {
            Value::from_literal(kind, arg)
        } else if let Some(op) = binary_op(name) {
            let (y, x) = (stack.pop()?, stack.pop()?);
            x.binary_op(op, &y)
        } else if let Some(op) = comparison(name) {
            let (y, x) = (stack.pop()?, stack.pop()?);
            Value::from(x.compare(op, &y))
        } else if name == "//" {
            let (y, x) = (stack.pop()?, stack.pop()?);
            x.int_quo(&y)
        } else if name == "convert" {
            convert(arg)?
        } else {
            let x = stack.pop()?;
            match name {
                "neg" => x.unary_op(UnaryOp::Neg, 0),
                "not" => x.unary_op(UnaryOp::BitNot, arg.parse().ok()?),
                "<<" => x.shift(BinaryOp::Shl, arg.parse().ok()?),
                ">>" => x.shift(BinaryOp::Shr, arg.parse().ok()?),
                "int" => x.to_int(),
                "float" => x.to_float(),
                "complex" => x.to_complex(),
                "real" => x.real(),
                "imag" => x.imag(),
                "float64" => Value::from_f64(x.f64()?),
                "float32" => Value::from_f64(f64::from(x.f32()?)),
                other => panic!("no such step: {other}"),
            }
        };
        if value.is_unknown() {
            return None;
        }
        stack.push(value);
    }
    stack.pop()
}

fn literal_kind(name: &str) -> Option<LitKind> {
    Some(match name {
        "INT" => LitKind::Int,
        "FLOAT" => LitKind::Float,
        "IMAG" => LitKind::Imag,
        "CHAR" => LitKind::Rune,
        "STRING" => LitKind::String,
        _ => return None,
    })
}

fn binary_op(name: &str) -> Option<BinaryOp> {
    Some(match name {
        "+" => BinaryOp::Add,
        "-" => BinaryOp::Sub,
        "*" => BinaryOp::Mul,
        "/" => BinaryOp::Quo,
        "%" => BinaryOp::Rem,
        "&" => BinaryOp::And,
        "|" => BinaryOp::Or,
        "^" => BinaryOp::Xor,
        "&^" => BinaryOp::AndNot,
        _ => return None,
    })
}

fn comparison(name: &str) -> Option<BinaryOp> {
    Some(match name {
        "==" => BinaryOp::Eql,
        "!=" => BinaryOp::Neq,
        "<" => BinaryOp::Lss,
        "<=" => BinaryOp::Leq,
        ">" => BinaryOp::Gtr,
        ">=" => BinaryOp::Geq,
        _ => return None,
    })
}

const TYPES: [(&str, Basic); 17] = [
    ("int", Basic::Int),
    ("int8", Basic::Int8),
    ("int16", Basic::Int16),
    ("int32", Basic::Int32),
    ("int64", Basic::Int64),
    ("uint", Basic::Uint),
    ("uint8", Basic::Uint8),
    ("uint16", Basic::Uint16),
    ("uint32", Basic::Uint32),
    ("uint64", Basic::Uint64),
    ("uintptr", Basic::Uintptr),
    ("float32", Basic::Float32),
    ("float64", Basic::Float64),
    ("complex64", Basic::Complex64),
    ("complex128", Basic::Complex128),
    ("string", Basic::String),
    ("rune", Basic::Rune),
];

/// The value of `T(literal)` or `T(-literal)`.
fn convert(text: &str) -> Option<Value> {
    let (name, arg) = text.strip_suffix(')')?.split_once('(')?;
    let basic = TYPES.iter().find(|(known, _)| *known == name)?.1;
    let literal = arg.trim_start_matches('-');
    let kind = match literal.chars().last()? {
        'i' => LitKind::Imag,
        _ if literal.contains('.') || literal.contains('e') => LitKind::Float,
        _ => LitKind::Int,
    };
    let mut value = Value::from_literal(kind, literal);
    if literal.len() < arg.len() {
        value = value.unary_op(UnaryOp::Neg, 0);
    }
    if kind == LitKind::Int && basic == Basic::String {
        return Some(value.rune_to_string());
    }
    value.representable(basic, 8)
}

fn describe(value: &Value) -> String {
    let kind = value.kind();
    let mut fields = vec![format!("{kind:?}"), value.to_string(), value.exact_string()];
    if let (Some(f64), Some(f32)) = (value.f64(), value.f32()) {
        fields.push(format!("{:x} {:x}", f64.to_bits(), f32.to_bits()));
    }
    if value.is_numeric() {
        fields.push((value.sign() != 0).to_string());
        for converted in [value.to_int(), value.to_float(), value.to_complex()] {
            fields.push(converted.exact_string());
        }
    }
    if kind == Kind::Int {
        let (i, u) = (value.int64(), value.uint64());
        let (sign, bits) = (value.sign(), value.bit_len());
        let (int, uint) = (i.unwrap_or(0), u.unwrap_or(0));
        fields.push(format!("{sign} {bits} {int} {} {uint} {}", i.is_some(), u.is_some()));
    }
    fields.join("\t")
}

#[test]
fn what_prints_is_what_strconv_says() {
    if env::var_os("GOESCAPE_SLOW").is_none() {
        return;
    }
    let version =
        |table: &str| table.lines().find(|line| line.contains("Unicode")).map(str::to_owned);
    let ours = include_str!("../../analysis/src/types/constant/printable.rs");
    let table = String::from_utf8(go(&["printable"], "")).expect("Go prints UTF-8");
    if version(&table) == version(ours) {
        assert_eq!(table, ours);
    } else {
        // An older Unicode has fewer characters, but the same tables in all else.
        assert!(version(&table) < version(ours), "the table is older than that of Go");
    }
}

fn ask_go(programs: &[String]) -> String {
    String::from_utf8(go(&[], &programs.join("\n"))).expect("Go prints UTF-8")
}

/// What the Go program answers.
fn go(args: &[&str], text: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("oracle/constant");
    let go = env::var_os("GOESCAPE_GO").unwrap_or_else(|| "go".into());
    let mut child = Command::new(go)
        .args(["run", "."])
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("go runs");
    let mut input = child.stdin.take().expect("the input is piped");
    let text = text.to_owned();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().expect("go ends");
    writer.join().expect("no panic").expect("go reads all programs");
    assert!(output.status.success());
    output.stdout
}

/// Numbers as they are written in Go.
trait Written {
    fn digits(&mut self, most: usize) -> String;
    fn int(&mut self) -> String;
    fn float(&mut self) -> String;
}

impl Written for Random {
    fn digits(&mut self, most: usize) -> String {
        (0..=self.below(most)).map(|_| char::from(b'0' + self.below(10) as u8)).collect()
    }

    fn int(&mut self) -> String {
        match self.below(8) {
            0 => format!("{:#x}", self.number() << self.below(17)),
            1 => format!("{:#o}", self.number() >> self.below(48)),
            2 => format!("{:#b}", self.number() >> self.below(48)),
            3 => format!("0{:o}", self.number() >> self.below(48)),
            4 => self.pick(&["0", "1", "2", "4294967296", "9223372036854775808"]).to_owned(),
            5 => format!("1_{}", self.digits(60)),
            6 => (1u64 << self.below(63)).to_string(),
            _ => format!("{}{}", 1 + self.below(9), self.digits(19)),
        }
    }

    fn float(&mut self) -> String {
        let exponent = match self.below(6) {
            0 => self.below(1400),
            1 => self.below(400),
            2 => self.below(100_000),
            _ => self.below(20),
        };
        let sign = self.pick(&["", "-", "+"]);
        if self.below(5) == 0 {
            let mant = self.number();
            return format!("0x{:x}.{:x}p{sign}{}", mant >> 40, mant & 0xffff, exponent * 3);
        }
        let (whole, fraction) = (self.digits(8), self.digits(30));
        match self.below(3) {
            0 => format!("{whole}.{fraction}"),
            1 => format!("{whole}.e{sign}{exponent}"),
            _ => format!("{whole}.{fraction}E{sign}{exponent}"),
        }
    }
}

fn ints(random: &mut Random) -> String {
    let mut steps = vec![format!("INT {}", random.int())];
    for _ in 0..1 + random.below(8) {
        match random.below(8) {
            0 => steps.push("neg".to_owned()),
            1 => steps.push(format!("not {}", random.pick(&["0", "8", "32", "64"]))),
            2 => steps.push(format!("<< {}", random.below(300))),
            3 => steps.push(format!(">> {}", random.below(200))),
            _ => {
                steps.push(format!("INT {}", random.int()));
                if random.below(3) == 0 {
                    steps.push("neg".to_owned());
                }
                let ops = ["+", "-", "*", "//", "%", "&", "|", "^", "&^"];
                steps.push(random.pick(&ops).to_owned());
            }
        }
    }
    if random.below(6) == 0 {
        steps.push(format!("INT {}", random.int()));
        steps.push(random.pick(&["==", "!=", "<", "<=", ">", ">="]).to_owned());
    }
    steps.join("\t")
}

fn numbers(random: &mut Random) -> String {
    let literal = |random: &mut Random| match random.below(7) {
        0 | 1 => format!("INT {}", random.int()),
        2 if random.below(3) == 0 => format!("IMAG {}i", random.float()),
        3 => format!("CHAR {}", random.pick(&["'a'", "'\\x00'", "'\\U0010ffff'", "'\\''"])),
        _ => format!("FLOAT {}", random.float()),
    };
    let mut steps = vec![literal(random)];
    for _ in 0..random.below(10) {
        match random.below(24) {
            0 => steps.push("neg".to_owned()),
            1 => steps.push(random.pick(&["real", "imag", "complex", "float64"]).to_owned()),
            2 => steps.push(random.pick(&["float", "float32", "int"]).to_owned()),
            _ => {
                steps.push(literal(random));
                steps.push(random.pick(&["+", "-", "*", "/"]).to_owned());
            }
        }
    }
    if random.below(6) == 0 {
        steps.push(literal(random));
        steps.push(random.pick(&["==", "!="]).to_owned());
    }
    steps.join("\t")
}

fn strings(random: &mut Random) -> String {
    let literal = |random: &mut Random| {
        let pieces = [
            "a",
            "bc",
            " ",
            "\\n",
            "\\x00",
            "\\xff",
            "\\377",
            "\\u00e9",
            "é",
            "世",
            "\\\"",
            "'",
            "\\\\",
            "\\U0001F600",
            "\\ud7ff",
            "\\u200b",
            "\\a",
            "\u{ad}",
            "\\xe4\\xb8",
            "\u{e000}",
            "\\v",
            "\\U0010ffff",
            "\\ufffd",
            "\\x7f",
            "\u{feff}",
            "\u{2028}",
            "\u{3000}",
            "0123456789",
        ];
        let text: String = (0..random.below(24)).map(|_| random.pick(&pieces)).collect();
        format!("STRING \"{text}\"")
    };
    let mut steps = vec![literal(random)];
    for _ in 0..random.below(5) {
        steps.push(literal(random));
        steps.push("+".to_owned());
    }
    if random.below(4) == 0 {
        steps.push(literal(random));
        steps.push(random.pick(&["==", "!=", "<", "<=", ">", ">="]).to_owned());
    }
    steps.join("\t")
}

fn conversion(random: &mut Random) -> String {
    let sign = random.pick(&["", "", "-"]);
    let literal = match random.below(6) {
        0 => format!("{}.0", 1 + random.below(300)),
        1 => format!("{}.e{}", 1 + random.below(99), random.below(400)),
        2 => format!("{}.5i", random.below(99)),
        3 => format!("{}", (1u128 << random.below(70)) - random.below(2) as u128),
        4 => format!("{}.{}e-{}", random.below(9), random.digits(20), random.below(400)),
        _ => format!("{}", random.number() >> random.below(48)),
    };
    format!("convert {}({sign}{literal})", TYPES[random.below(TYPES.len())].0)
}
