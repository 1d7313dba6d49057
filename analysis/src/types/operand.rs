//! Operands: what the checker knows of an expression while it works on it.
//!
//! Upstream: `cmd/compile/internal/types2/operand.go`.

use std::sync::Arc;

use super::check::Checker;
use super::constant::Value;
use super::env::TypeParamDef;
use super::exprstring::expr_string;
use super::info::{Builtin, Mode};
use super::predicates::{is_type_param, is_untyped};
use super::ty::{Basic, DefId, Ty, TyKind};
use super::universe;
use crate::syntax::ast::{ExprId, Offset};

/// An expression with what is known of it.
#[derive(Debug, Clone)]
pub(super) struct Operand {
    pub(super) mode: Mode,
    pub(super) ty: Ty,
    /// Present exactly for constants.
    pub(super) val: Option<Value>,
    pub(super) source: Source,
    /// Present exactly for built-in functions.
    pub(super) builtin: Option<Builtin>,
    /// What must still be instantiated.
    pub(super) generic: Option<Generic>,
}

/// Where an operand comes from.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// An expression.
    Expr(ExprId),
    /// Something that is not written as an expression of its own.
    Text(Offset, &'static str),
    /// The n-th result of a call.
    Result(ExprId, usize),
}

/// A generic function or type that has not got its arguments.
#[derive(Debug, Clone)]
pub(super) enum Generic {
    /// A function with these parameters, in terms of which its type is.
    Func(Arc<[TypeParamDef]>),
    /// A type.
    Type(Arc<GenericType>),
}

/// A generic type.
#[derive(Debug, Clone)]
pub(super) struct GenericType {
    /// Its own type parameters.
    pub(super) tparams: Arc<[TypeParamDef]>,
    /// What an instance is made of.
    pub(super) form: GenericForm,
    /// Which declaration, for messages.
    pub(super) def: DefId,
}

/// What an instance of a generic type is made of.
#[derive(Debug, Clone)]
pub(super) enum GenericForm {
    /// A defined type; these arguments come before its own.
    Defined(Arc<[Ty]>),
    /// An alias for this, in terms of its parameters.
    Alias(Ty),
}

impl Operand {
    /// Nothing that can be used.
    pub(super) fn invalid(e: ExprId) -> Operand {
        Operand::new(e, Mode::Invalid, Ty::invalid())
    }

    pub(super) fn new(e: ExprId, mode: Mode, ty: Ty) -> Operand {
        Operand { mode, ty, val: None, source: Source::Expr(e), builtin: None, generic: None }
    }

    /// A value that no expression stands for.
    pub(super) fn text(at: Offset, text: &'static str, ty: Ty) -> Operand {
        Operand {
            mode: Mode::Value,
            ty,
            val: None,
            source: Source::Text(at, text),
            builtin: None,
            generic: None,
        }
    }

    pub(super) fn is_valid(&self) -> bool {
        self.mode != Mode::Invalid
    }

    pub(super) fn is_const(&self) -> bool {
        self.mode == Mode::Constant
    }

    pub(super) fn is_nil(&self) -> bool {
        self.mode == Mode::Nil
    }

    pub(super) fn invalidate(&mut self) {
        self.mode = Mode::Invalid;
        self.val = None;
    }

    /// Makes this a computed value.
    pub(super) fn set_value(&mut self) {
        self.mode = Mode::Value;
        self.val = None;
    }

    /// The expression, if it is one.
    pub(super) fn expr(&self) -> Option<ExprId> {
        match self.source {
            Source::Expr(e) => Some(e),
            Source::Text(..) | Source::Result(..) => None,
        }
    }

    /// The type parameters of a generic function.
    pub(super) fn func_tparams(&self) -> Option<&Arc<[TypeParamDef]>> {
        match &self.generic {
            Some(Generic::Func(tparams)) => Some(tparams),
            _ => None,
        }
    }
}

impl Checker<'_> {
    /// Where messages about an operand go.
    pub(super) fn pos_of(&self, x: &Operand) -> Offset {
        match x.source {
            Source::Expr(e) | Source::Result(e, _) => self.decl[e].start,
            Source::Text(at, _) => at,
        }
    }

    /// The expression of an operand as messages show it.
    pub(super) fn source_string(&self, x: &Operand) -> String {
        match x.source {
            Source::Expr(e) => expr_string(self.decl, e),
            Source::Text(_, text) => text.into(),
            Source::Result(_, n) => {
                let ending = match n {
                    1 => "st",
                    2 => "nd",
                    3 => "rd",
                    _ => "th",
                };
                format!("{n}{ending} function result")
            }
        }
    }

    /// An operand as messages show it.
    pub(super) fn operand_string(&self, x: &Operand) -> String {
        if x.is_nil() {
            return match x.ty.kind() {
                TyKind::Basic(Basic::UntypedNil) => "nil".into(),
                _ if x.ty.is_invalid() => "nil (with invalid type)".into(),
                _ => format!("nil (of type {})", self.type_string(x.ty)),
            };
        }
        let expr = match x.builtin {
            Some(builtin) if x.expr().is_none() => universe::shape(builtin).name.into(),
            _ => self.source_string(x),
        };
        let mut out = format!("{expr} (");
        let typed = match x.mode {
            Mode::Invalid | Mode::NoValue | Mode::Builtin | Mode::TypeExpr => false,
            _ if is_untyped(x.ty) => {
                out.push_str(&self.type_string(x.ty));
                out.push(' ');
                false
            }
            _ => true,
        };
        out.push_str(match x.mode {
            Mode::Invalid => "invalid operand",
            Mode::NoValue => "no value",
            Mode::Builtin => "built-in",
            Mode::TypeExpr => "type",
            Mode::Constant => "constant",
            Mode::Variable => "variable",
            Mode::MapIndex => "map index expression",
            Mode::Value => "value",
            Mode::Nil => "nil",
            Mode::CommaOk => "comma, ok expression",
        });
        if let Some(val) = &x.val {
            let text = val.to_string();
            if text != expr {
                out.push(' ');
                out.push_str(&text);
            }
        }
        if typed && x.ty.is_invalid() {
            out.push_str(" with invalid type");
        } else if typed {
            out.push_str(" of ");
            if x.generic.is_some() {
                out.push_str("generic ");
            }
            if matches!(x.ty.kind(), TyKind::Named(_)) {
                out.push_str(self.kind_word(x.ty).as_str());
                out.push(' ');
            }
            out.push_str("type ");
            out.push_str(&self.type_string(x.ty));
            if is_type_param(x.ty) {
                out.push_str(" constrained by ");
                out.push_str(&self.type_string(self.cx.constraint(x.ty)));
                if self.cx.has_empty_type_set(x.ty) {
                    out.push_str(" with empty type set");
                }
            }
        }
        out.push(')');
        out
    }

    /// `struct`, `map` and so on; of a basic type its name.
    fn kind_word(&self, ty: Ty) -> String {
        self.composite_kind(ty).map_or_else(|| self.type_string(self.cx.under(ty)), str::to_owned)
    }

    /// `struct`, `map` and so on; `None` for basic types.
    pub(super) fn composite_kind(&self, ty: Ty) -> Option<&'static str> {
        Some(match self.cx.under(ty).kind() {
            TyKind::Array(..) => "array",
            TyKind::Slice(_) => "slice",
            TyKind::Struct(_) => "struct",
            TyKind::Pointer(_) => "pointer",
            TyKind::Func(_) => "func",
            TyKind::Interface(_) | TyKind::Any => "interface",
            TyKind::Map(..) => "map",
            TyKind::Chan(..) => "chan",
            TyKind::Tuple(_) => "tuple",
            TyKind::Union(_) => "union",
            TyKind::Basic(_) | TyKind::Named(_) | TyKind::Param(_) | TyKind::Shape(_) => {
                return None;
            }
        })
    }

    /// A type as messages show it.
    pub(super) fn type_string(&self, ty: Ty) -> String {
        self.cx.type_string(ty)
    }
}
