//! Literals: basic, function and composite.
//!
//! Upstream: `cmd/compile/internal/types2/literals.go`.

use rustc_hash::{FxHashMap, FxHashSet};

use super::check::{Checker, Delayed};
use super::constant::{MAX_LITERAL_LEN, Value};
use super::exprstring::expr_string;
use super::info::{Mode, Selection, SelectionKind};
use super::lookup::LookupResult;
use super::operand::Operand;
use super::predicates::deref;
use super::ty::{Basic, Field, Ty, TyKind};
use crate::symbol::Symbol;
use crate::syntax::ast::{ExprId, ExprKind, FuncLit, LitKind, Offset};

impl Checker<'_> {
    /// Upstream: `basicLit`.
    pub(super) fn basic_lit(&mut self, e: ExprId, kind: LitKind, text: Symbol) -> Operand {
        let mut x = Operand::invalid(e);
        let number = matches!(kind, LitKind::Int | LitKind::Float | LitKind::Imag);
        if number {
            self.literal_version(e, kind, text.as_str());
            let len = text.as_str().len();
            if len > MAX_LITERAL_LEN {
                let start = &text.as_str()[..10];
                let message = format!("excessively long constant: {start}... ({len} chars)");
                self.error_at(e, message);
                return x;
            }
        }
        let val = Value::from_literal(kind, text.as_str());
        if val.is_unknown() {
            self.error_at(e, format!("malformed constant: {text}"));
            return x;
        }
        x.mode = Mode::Constant;
        x.ty = Ty::basic(match kind {
            LitKind::Int => Basic::UntypedInt,
            LitKind::Float => Basic::UntypedFloat,
            LitKind::Imag => Basic::UntypedComplex,
            LitKind::Rune => Basic::UntypedRune,
            LitKind::String => Basic::UntypedString,
        });
        x.val = Some(val);
        if number {
            self.overflow(&mut x, self.decl[e].start);
        }
        x
    }

    fn literal_version(&mut self, e: ExprId, kind: LitKind, text: &str) {
        if text.len() <= 2 || self.allows(13) {
            return;
        }
        let radix = text.as_bytes()[1] | 0x20;
        let what = if text.contains('_') {
            "underscore in numeric literal"
        } else if !text.starts_with('0') {
            return;
        } else if radix == b'b' {
            "binary literal"
        } else if radix == b'o' {
            "0o/0O-style octal literal"
        } else if kind != LitKind::Int && radix == b'x' {
            "hexadecimal floating-point literal"
        } else {
            return;
        };
        self.require(self.decl[e].start, 13, |_| what.into());
    }

    /// Upstream: `funcLit`.
    pub(super) fn func_lit(&mut self, e: ExprId, lit: &FuncLit) -> Operand {
        let sig = self.literal_sig(&lit.sig);
        self.later(Delayed::Body {
            lit: e,
            block: sig.block,
            iota: self.ctx.iota,
            results: sig.results,
        });
        Operand::new(e, Mode::Value, sig.ty)
    }

    /// Upstream: `compositeLit`.
    pub(super) fn composite_lit(
        &mut self,
        e: ExprId,
        ty: Option<ExprId>,
        elems: &[ExprId],
        rbrace: Offset,
        hint: Option<Ty>,
    ) -> Operand {
        let decl = self.decl;
        let mut open_array = None;
        let (mut typ, base, is_elem) = match (ty, hint) {
            (Some(ty), _) => {
                let typ = match decl[ty].kind {
                    ExprKind::ArrayType { len: None, elem } => {
                        open_array = Some(ty);
                        Ty::array(-1, self.var_type(elem))
                    }
                    _ => self.typ(ty),
                };
                (typ, typ, false)
            }
            (None, Some(hint)) => {
                let (base, pointer) = deref(self.cx.core_type(hint).unwrap_or(hint));
                (hint, if pointer { base } else { hint }, true)
            }
            (None, None) => {
                self.error_at(e, "missing type in composite literal");
                (Ty::invalid(), Ty::invalid(), false)
            }
        };
        if !base.is_invalid() && !self.is_complete(base) {
            self.use_elements(elems);
            return Operand::invalid(e);
        }
        let core = self.cx.core_type(base);
        match core.map(Ty::kind) {
            Some(TyKind::Struct(fields)) => {
                self.struct_elements(base, core.unwrap_or(base), fields, elems, rbrace);
            }
            Some(TyKind::Array(len, elem)) => {
                let known = Some(*len).filter(|len| *len >= 0);
                let max = self.indexed_elements(elems, *elem, known);
                if *len < 0 && open_array.is_some() {
                    typ = Ty::array(max, *elem);
                }
                if let Some(at) = open_array {
                    self.record_type(at, typ);
                }
            }
            Some(TyKind::Slice(elem)) => {
                self.indexed_elements(elems, *elem, None);
            }
            Some(TyKind::Map(key, value)) => self.map_elements(elems, *key, *value),
            other => {
                self.use_elements(elems);
                if matches!(other, Some(TyKind::Basic(Basic::Invalid))) {
                    return Operand::invalid(e);
                }
                let element = if is_elem { " element" } else { "" };
                let cause = if other.is_none() { " (no common underlying type)" } else { "" };
                let name = self.type_string(typ);
                self.error_at(e, format!("invalid composite literal{element} type {name}{cause}"));
                return Operand::invalid(e);
            }
        }
        Operand::new(e, Mode::Value, typ)
    }

    /// Looks at elements of a literal whose type is not known. Keys may be names of fields, so
    /// nothing is said about them.
    fn use_elements(&mut self, elems: &[ExprId]) {
        for elem in elems {
            match self.decl[*elem].kind {
                ExprKind::KeyValue { key, value } => {
                    if let ExprKind::Name(name) = self.decl[key].kind {
                        if let Some(super::check::Found::Local(local)) = self.find(name) {
                            self.mark_used(local);
                        }
                    } else {
                        self.use_expr(key);
                    }
                    self.use_expr(value);
                }
                _ => self.use_expr(*elem),
            }
        }
    }

    fn struct_elements(
        &mut self,
        base: Ty,
        core: Ty,
        fields: &'static [Field],
        elems: &[ExprId],
        rbrace: Offset,
    ) {
        let decl = self.decl;
        let Some(first) = elems.first() else { return };
        if matches!(decl[*first].kind, ExprKind::KeyValue { .. }) {
            self.keyed_fields(base, core, elems);
            return;
        }
        let package = self.package();
        let hidden = |field: &Field| {
            !field.name.is_exported() && field.package.is_some_and(|owner| owner != package)
        };
        for (i, elem) in elems.iter().enumerate() {
            if let ExprKind::KeyValue { value, .. } = decl[*elem].kind {
                let message = "mixture of field:value and value elements in struct literal";
                self.error_at(*elem, message);
                self.use_expr(value);
                continue;
            }
            let mut x = self.generic_expr(*elem, None);
            let Some(field) = fields.get(i) else {
                let name = self.type_string(base);
                let message = format!("too many values in struct literal of type {name}");
                self.error_at(*elem, message);
                break;
            };
            if hidden(field) {
                let (name, ty) = (field.name, self.type_string(base));
                let message = format!(
                    "implicit assignment to unexported field {name} in struct literal of type {ty}"
                );
                self.error_at(*elem, message);
                continue;
            }
            self.assignment(&mut x, Some(field.ty), "struct literal");
        }
        if elems.len() < fields.len() {
            let hint = if fields.iter().any(hidden) {
                " (type has unexported fields - use key:value pairs)"
            } else {
                ""
            };
            let name = self.type_string(base);
            let message = format!("too few values in struct literal of type {name}{hint}");
            self.error(rbrace, message);
        }
    }

    fn keyed_fields(&mut self, base: Ty, core: Ty, elems: &[ExprId]) {
        let decl = self.decl;
        let mut seen: Vec<(Box<[u32]>, Symbol)> = Vec::new();
        // Most fields are of the struct itself, and named once.
        let mut direct: FxHashSet<u32> = FxHashSet::default();
        for elem in elems {
            let ExprKind::KeyValue { key, value } = decl[*elem].kind else {
                let message = "mixture of field:value and value elements in struct literal";
                self.error_at(*elem, message);
                self.use_expr(*elem);
                continue;
            };
            // A literal without type would need a hint, which values of fields have not.
            let mut x = self.generic_expr(value, None);
            let ExprKind::Name(name) = decl[key].kind else {
                let text = expr_string(decl, key);
                let message = format!("invalid field name {text} in struct literal");
                self.error_at(*elem, message);
                continue;
            };
            let found = match self.cx.lookup(core, false, self.package(), name) {
                LookupResult::Field(found) => found,
                LookupResult::Method(_) => {
                    self.error_at(key, format!("{name} is not a field"));
                    continue;
                }
                LookupResult::NotFound(_) => {
                    if !self.cx.has_invalid_embedded(core, &mut Vec::new()) {
                        let message = self.missing_field(base, core, name);
                        self.error_at(key, message);
                    }
                    continue;
                }
            };
            if found.path.len() > 1 {
                let path = self.cx.field_path(core, &found.path);
                let at = decl[key].start;
                let fine = self.require(at, 27, |check| {
                    let name = check.type_string(base);
                    format!("use of promoted field {path} in struct literal of type {name}")
                });
                if !fine {
                    continue;
                }
            }
            if found.indirect {
                let message = format!("invalid implicit pointer indirection to reach {name}");
                self.error_at(key, message);
                continue;
            }
            self.assignment(&mut x, Some(found.ty), "struct literal");
            self.note_field(*elem, name, &found.path, &mut direct, &mut seen);
            let selection = Selection {
                kind: SelectionKind::Field,
                recv: core,
                path: found.path.into(),
                indirect: false,
            };
            self.info.selections.insert(key, selection);
        }
    }

    fn note_field(
        &mut self,
        elem: ExprId,
        name: Symbol,
        path: &[u32],
        direct: &mut FxHashSet<u32>,
        seen: &mut Vec<(Box<[u32]>, Symbol)>,
    ) {
        if let [index] = path {
            if !direct.insert(*index) {
                let message = format!("duplicate field name {name} in struct literal");
                self.error_at(elem, message);
                return;
            }
        } else if seen.is_empty() && !direct.contains(&path[0]) {
            seen.push((path.into(), name));
            return;
        }
        let clash = seen
            .iter()
            .find(|(known, _)| known.starts_with(path) || path.starts_with(known))
            .map(|(known, other)| (known.len(), *other));
        if let Some((len, other)) = clash {
            let message = match len.cmp(&path.len()) {
                std::cmp::Ordering::Equal => {
                    format!("duplicate field name {name} in struct literal")
                }
                std::cmp::Ordering::Less => format!(
                    "cannot specify promoted field {name} and enclosing embedded field {other}"
                ),
                std::cmp::Ordering::Greater => format!(
                    "cannot specify embedded field {name} and enclosed promoted field {other}"
                ),
            };
            self.error_at(elem, message);
        } else if path.len() > 1 && direct.contains(&path[0]) {
            let message =
                format!("cannot specify promoted field {name} and enclosing embedded field");
            self.error_at(elem, message);
        } else if path.len() > 1 {
            seen.push((path.into(), name));
        }
    }

    fn map_elements(&mut self, elems: &[ExprId], key_type: Ty, value_type: Ty) {
        let decl = self.decl;
        let interface = self.cx.is_non_tparam_interface(key_type);
        let mut seen: FxHashMap<String, Vec<Ty>> = FxHashMap::default();
        for elem in elems {
            let ExprKind::KeyValue { key, value } = decl[*elem].kind else {
                self.error_at(*elem, "missing key in map literal");
                self.use_expr(*elem);
                continue;
            };
            let mut x = self.generic_expr(key, Some(key_type));
            self.assignment(&mut x, Some(key_type), "map literal");
            if !x.is_valid() {
                self.use_expr(value);
                continue;
            }
            if let Some(val) = &x.val
                && let Some(text) = key_value(val)
            {
                let types = seen.entry(text).or_default();
                let twice = match interface {
                    true => types.iter().any(|ty| self.cx.identical(*ty, x.ty)),
                    false => !types.is_empty(),
                };
                types.push(x.ty);
                if twice {
                    let message = format!("duplicate key {val} in map literal");
                    self.error_at(key, message);
                    self.use_expr(value);
                    continue;
                }
            }
            let mut y = self.generic_expr(value, Some(value_type));
            self.assignment(&mut y, Some(value_type), "map literal");
        }
    }

    /// The elements of an array or slice literal; the result is its length.
    fn indexed_elements(&mut self, elems: &[ExprId], ty: Ty, len: Option<i64>) -> i64 {
        let decl = self.decl;
        let mut index: i64 = 0;
        let mut max: i64 = 0;
        // Positions can only repeat once a key has been given.
        let mut seen: Option<FxHashSet<i64>> = None;
        for elem in elems {
            let mut valid = true;
            let mut value = *elem;
            if let ExprKind::KeyValue { key, value: v } = decl[*elem].kind {
                value = v;
                let known = seen.get_or_insert_with(|| (0..index).collect());
                let known = std::mem::take(known);
                let (key_type, at) = self.index(key, len);
                seen = Some(known);
                valid = false;
                if let Some(at) = at {
                    index = at;
                    valid = true;
                } else if !key_type.is_invalid() {
                    let text = expr_string(decl, key);
                    self.error_at(*elem, format!("index {text} must be integer constant"));
                }
            } else if let Some(len) = len
                && index >= len
            {
                self.error_at(*elem, format!("index {index} is out of bounds (>= {len})"));
                valid = false;
            }
            if valid
                && let Some(seen) = &mut seen
                && !seen.insert(index)
            {
                let message = format!("duplicate index {index} in array or slice literal");
                self.error_at(*elem, message);
            }
            index = index.saturating_add(1);
            max = max.max(index);
            let mut x = self.generic_expr(value, Some(ty));
            self.assignment(&mut x, Some(ty), "array or slice literal");
        }
        max
    }
}

/// A text that equal keys share, whatever numeric kind they have.
pub(super) fn key_value(val: &Value) -> Option<String> {
    Some(match val {
        Value::Unknown => return None,
        Value::Bool(value) => format!("b{value}"),
        Value::String(text) => {
            use std::fmt::Write;
            let mut out = String::from("s");
            match std::str::from_utf8(text.bytes()) {
                Ok(text) => out.push_str(text),
                Err(_) => {
                    for byte in text.bytes() {
                        // What is not text is told apart byte by byte.
                        let _ = write!(out, "\u{0}{byte:02x}");
                    }
                }
            }
            out
        }
        Value::Int(_) | Value::Float(_) | Value::Complex(_) => {
            let int = val.to_int();
            if let Some(int) = int.big_int() {
                format!("n{int}")
            } else {
                format!("f{:?},{:?}", val.real().f64(), val.imag().f64())
            }
        }
    })
}
