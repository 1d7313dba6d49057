//! The type checker against `go/types`: the type and value of every expression of the standard
//! library.
//!
//! Runs with `GOESCAPE_SLOW=1`, with the go command on `PATH` or the one in `GOESCAPE_GO`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::Command;

use analysis::syntax::ast::{ChanDir, DeclKind};
use analysis::types::constant::Value;
use analysis::types::format::basic_name;
use analysis::types::info::Mode;
use analysis::types::ty::{Ty, TyKind};
use rustc_hash::FxHashMap;

use super::types_world::{check_all, go, goroot, is_slow};

/// Of a million expressions, so many must have the type and value that `go/types` gives them.
const AGREED_PER_MILLION: usize = 999_900;

#[test]
fn expressions_of_the_standard_library_have_the_types_that_go_types_gives_them() {
    if !is_slow() {
        return;
    }
    let dir = format!("{}/oracle/types", env!("CARGO_MANIFEST_DIR"));
    let output =
        Command::new(go()).args(["run", ".", &go(), "std"]).current_dir(dir).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    type Told<'a> = FxHashMap<(u32, u32), (&'a str, &'a str)>;
    let mut theirs: FxHashMap<&str, Told<'_>> = FxHashMap::default();
    let mut total = 0;
    for line in text.lines() {
        let mut parts = line.split('\t');
        let mut next = || parts.next().unwrap_or_default();
        let (file, start, end) = (next(), next().parse().unwrap(), next().parse().unwrap());
        let known = theirs.entry(file).or_default();
        total += usize::from(known.insert((start, end), (next(), next())).is_none());
    }
    let mut agreed = 0;
    let mut differences: BTreeMap<String, Vec<String>> = BTreeMap::new();
    check_all(&goroot().join("src"), &["std"], &mut |source, checked, _| {
        for (index, file) in source.files.iter().enumerate() {
            let path = source.package.files[index].as_str();
            let Some(wanted) = theirs.get_mut(path) else { continue };
            for (at, decl) in file.decls.iter().enumerate() {
                let Some(info) = checked.info(index, at) else { continue };
                if matches!(&decl.decl.kind, DeclKind::Const(spec) if spec.inherited) {
                    continue;
                }
                for (e, expr) in (0..).zip(&decl.decl.exprs) {
                    let place = (decl.start + expr.start, decl.start + expr.end);
                    let mode = info.modes[e as usize];
                    if mode == Mode::Invalid {
                        continue;
                    }
                    let Some((ty, val)) = wanted.remove(&place) else { continue };
                    let id = analysis::syntax::ast::ExprId(e);
                    let mut own = String::new();
                    write_type(info.types[e as usize].canon(), &mut own);
                    let own_val = info.consts.get(&id).map(value).unwrap_or_default();
                    // Ranged over for its indices, an array is its length: in the compiler's own
                    // checker only.
                    let length = mode == Mode::Constant && own == "int" && val.is_empty();
                    if (own == ty && own_val == val) || length {
                        agreed += 1;
                    } else {
                        let what = format!("{path}:{}: {own} {own_val} for {ty} {val}", place.0);
                        differences.entry(format!("{:?}", mode)).or_default().push(what);
                    }
                }
            }
            for (place, (ty, val)) in wanted.drain() {
                let what = format!("{path}:{}-{}: nothing for {ty} {val}", place.0, place.1);
                differences.entry("missing".into()).or_default().push(what);
            }
        }
    });
    eprintln!("{agreed} of {total} expressions agree");
    for (mode, list) in &differences {
        eprintln!("{mode}: {}", list.len());
        list.iter().take(40).for_each(|line| eprintln!("  {line}"));
    }
    let per_million = agreed * 1_000_000 / total.max(1);
    assert!(per_million >= AGREED_PER_MILLION, "{per_million} of a million agree");
}

fn value(val: &Value) -> String {
    match val {
        Value::Unknown => "?".into(),
        Value::Bool(value) => value.to_string(),
        Value::String(text) => {
            let mut out = String::from("s");
            text.bytes().iter().for_each(|byte| write!(out, "{byte:02x}").unwrap());
            out
        }
        Value::Int(_) | Value::Float(_) | Value::Complex(_) => match val.to_int().big_int() {
            Some(int) => int.to_string(),
            None => {
                let bits = |part: Value| part.f64().unwrap_or_default().to_bits();
                format!("f{:x},{:x}", bits(val.real()), bits(val.imag()))
            }
        },
    }
}

fn write_list(types: &[Ty], variadic: bool, out: &mut String) {
    out.push('(');
    for (i, ty) in types.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        if variadic && i + 1 == types.len() {
            out.push_str("...");
        }
        write_type(*ty, out);
    }
    out.push(')');
}

/// A type in the form of the oracle. A variadic parameter is a slice there too.
fn write_type(ty: Ty, out: &mut String) {
    match ty.kind() {
        TyKind::Basic(basic) => out.push_str(basic_name(*basic)),
        TyKind::Any => out.push_str("interface{}"),
        TyKind::Pointer(elem) => {
            out.push('*');
            write_type(*elem, out);
        }
        TyKind::Slice(elem) => {
            out.push_str("[]");
            write_type(*elem, out);
        }
        TyKind::Array(len, elem) => {
            write!(out, "[{len}]").unwrap();
            write_type(*elem, out);
        }
        TyKind::Map(key, elem) => {
            out.push_str("map[");
            write_type(*key, out);
            out.push(']');
            write_type(*elem, out);
        }
        TyKind::Chan(dir, elem) => {
            out.push_str(match dir {
                ChanDir::Both => "chan (",
                ChanDir::Send => "chan<- (",
                ChanDir::Recv => "<-chan (",
            });
            write_type(*elem, out);
            out.push(')');
        }
        TyKind::Struct(fields) => {
            out.push_str("struct{");
            for field in fields {
                write!(out, "{} ", field.name).unwrap();
                write_type(field.ty, out);
                if !field.tag.is_empty() {
                    out.push(' ');
                    field.tag.as_str().bytes().for_each(|byte| write!(out, "{byte:02x}").unwrap());
                }
                out.push(';');
            }
            out.push('}');
        }
        TyKind::Tuple(types) => write_list(types, false, out),
        TyKind::Func(sig) => {
            out.push_str("func");
            write_list(&sig.params, sig.variadic, out);
            write_list(&sig.results, false, out);
        }
        TyKind::Interface(it) => {
            out.push_str("interface{");
            for method in &it.methods {
                out.push_str(method.name.as_str());
                write_type(method.sig, out);
                out.push(';');
            }
            for embed in &it.embeds {
                write_type(*embed, out);
                out.push(';');
            }
            out.push('}');
        }
        TyKind::Union(terms) => {
            for (i, term) in terms.iter().enumerate() {
                if i > 0 {
                    out.push('|');
                }
                if term.tilde {
                    out.push('~');
                }
                write_type(term.ty, out);
            }
        }
        TyKind::Named(named) => {
            let def = named.def;
            if !def.package.path.is_empty() {
                write!(out, "{}.", def.package.path).unwrap();
            }
            out.push_str(def.name.as_str());
            if def.parent.is_none() {
                for arg in &named.args {
                    out.push('[');
                    write_type(*arg, out);
                    out.push(']');
                }
            }
        }
        TyKind::Param(param) => out.push_str(param.name.as_str()),
        TyKind::Shape(inner) => write_type(*inner, out),
    }
}
