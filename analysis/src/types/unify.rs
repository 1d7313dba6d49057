//! Unification: finding types for type parameters so that two types match.
//!
//! Inexact unification, used for assignments, lets a defined type match its underlying type and
//! channels match in spite of their direction; what types are made of must match exactly then.
//!
//! Upstream: `cmd/compile/internal/types2/unify.go`.

use super::cx::{Cx, deep};
use super::lookup::{LookupResult, MethodRef};
use super::predicates::{is_type_lit, is_type_param};
use super::ty::{ChanDir, PkgId, Ty, TyKind};

/// Upstream: `unificationDepthLimit`.
const UNIFICATION_DEPTH_LIMIT: usize = 50;

/// How well two types must match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mode {
    assign: bool,
    exact: bool,
}

impl Mode {
    /// At the top and inside, defined types match their underlying types.
    pub const INEXACT: Mode = Mode { assign: false, exact: false };
    /// As in an assignment: inexact at the top, exact inside.
    pub const ASSIGN: Mode = Mode { assign: true, exact: false };
    /// Identity.
    pub const EXACT: Mode = Mode { assign: false, exact: true };

    /// How well the parts of types must match.
    fn inside(self) -> Mode {
        Mode { exact: self.exact || self.assign, ..self }
    }
}

/// The interfaces being compared further out.
#[derive(Clone, Copy)]
struct Pairs<'p> {
    x: Ty,
    y: Ty,
    outer: Option<&'p Pairs<'p>>,
}

impl Pairs<'_> {
    fn contains(&self, x: Ty, y: Ty) -> bool {
        (self.x == x && self.y == y)
            || (self.x == y && self.y == x)
            || self.outer.is_some_and(|outer| outer.contains(x, y))
    }
}

/// Type parameters and what has been found for them.
pub struct Unifier<'c, 'd> {
    cx: &'c Cx<'d>,
    tparams: Vec<Ty>,
    /// For each parameter the place of its type; parameters that must be equal share one.
    handles: Vec<usize>,
    values: Vec<Option<Ty>>,
    depth: usize,
    /// Whether the methods of interfaces help. Since Go 1.21.
    interfaces: bool,
}

impl<'c, 'd> Unifier<'c, 'd> {
    /// A unifier for `tparams`, of which some are known.
    pub fn new(cx: &'c Cx<'d>, tparams: &[Ty], targs: &[Option<Ty>]) -> Unifier<'c, 'd> {
        let known = targs.iter().copied().chain(std::iter::repeat(None));
        Unifier {
            cx,
            tparams: tparams.to_vec(),
            handles: (0..tparams.len()).collect(),
            values: known.take(tparams.len()).collect(),
            depth: 0,
            interfaces: cx.allows(21),
        }
    }

    /// Finds types for parameters so that `x` and `y` match; whether there are any.
    pub fn unify(&mut self, x: Ty, y: Ty, mode: Mode) -> bool {
        self.nify(x, y, mode, None)
    }

    /// What has been found for the parameter at `index`.
    pub fn at(&self, index: usize) -> Option<Ty> {
        self.values[self.handles[index]]
    }

    /// Decides the parameter at `index`.
    pub fn set(&mut self, index: usize, ty: Ty) {
        let handle = self.handles[index];
        self.values[handle] = Some(ty);
    }

    /// How many parameters are not known.
    pub fn unknowns(&self) -> usize {
        (0..self.tparams.len()).filter(|index| self.at(*index).is_none()).count()
    }

    /// What has been found.
    pub fn inferred(&self) -> Vec<Option<Ty>> {
        (0..self.tparams.len()).map(|index| self.at(index)).collect()
    }

    /// The index of a parameter that is being looked for.
    fn bound(&self, ty: Ty) -> Option<usize> {
        if !is_type_param(ty) {
            return None;
        }
        self.tparams.iter().position(|param| *param == ty)
    }

    /// Lets two parameters be equal, unless different types are known for them.
    fn join(&mut self, a: usize, b: usize) -> bool {
        let (keep, give_up) = match (self.handles[a], self.handles[b]) {
            (x, y) if x == y => return true,
            (x, y) => match (self.values[x], self.values[y]) {
                (Some(_), Some(_)) => return false,
                (Some(_), None) => (x, y),
                _ => (y, x),
            },
        };
        for handle in &mut self.handles {
            if *handle == give_up {
                *handle = keep;
            }
        }
        true
    }

    fn nify(&mut self, x: Ty, y: Ty, mode: Mode, outer: Option<&Pairs<'_>>) -> bool {
        if x.canon() == y.canon() {
            return true;
        }
        if self.depth >= UNIFICATION_DEPTH_LIMIT {
            return false;
        }
        self.depth += 1;
        let matches = deep(|| self.step(x, y, mode, outer));
        self.depth -= 1;
        matches
    }

    fn step(&mut self, x: Ty, y: Ty, mode: Mode, outer: Option<&Pairs<'_>>) -> bool {
        let is_named = |ty: Ty| matches!(ty.kind(), TyKind::Named(_));
        let (mut x, mut y) = (x, y);
        // A defined type, if there is one, is `y`; a bound parameter is `x`.
        if is_named(x) || self.bound(y).is_some() {
            (x, y) = (y, x);
        }
        let by_methods = self.interfaces && self.cx.is_interface(x);
        if !mode.exact && is_named(y) && is_type_lit(x) && !by_methods {
            y = self.cx.under(y);
            if x.canon() == y.canon() {
                return true;
            }
        }
        match (self.bound(x), self.bound(y)) {
            (Some(a), Some(b)) => {
                if self.join(a, b) {
                    return true;
                }
                return match (self.at(a), self.at(b)) {
                    (Some(x), Some(y)) => self.nify(x, y, mode, outer),
                    _ => false,
                };
            }
            (Some(a), None) => {
                return match self.at(a) {
                    Some(known) => self.refine(a, known, y, mode, outer),
                    None => {
                        self.set(a, y);
                        true
                    }
                };
            }
            _ => {}
        }
        if x.is_invalid() || y.is_invalid() {
            return true;
        }
        if self.interfaces
            && !mode.exact
            && let Some(matches) = self.by_methods(x, y, outer)
        {
            return matches;
        }
        if is_type_param(y) {
            (x, y) = (y, x);
        }
        self.structural(x, y, mode, outer)
    }

    /// Matches the type known for a parameter with another one; the better of both is kept.
    fn refine(
        &mut self,
        index: usize,
        known: Ty,
        y: Ty,
        mode: Mode,
        outer: Option<&Pairs<'_>>,
    ) -> bool {
        if !self.nify(known, y, mode, outer) {
            return false;
        }
        let named = |ty: Ty| matches!(ty.kind(), TyKind::Named(_));
        match (self.cx.as_interface(known), self.cx.as_interface(y)) {
            (Some(a), Some(b)) => {
                if named(known) && named(y) {
                    return self.cx.identical(known, y);
                }
                if self.cx.type_set(a).methods.len() != self.cx.type_set(b).methods.len() {
                    return false;
                }
            }
            (None, None) => {}
            // Either could be meant; choosing one would depend on the order.
            _ => return false,
        }
        if !mode.exact && !named(known) {
            let directed =
                matches!(self.cx.under(y).kind(), TyKind::Chan(ChanDir::Send | ChanDir::Recv, _));
            // A defined type is kept rather than its underlying type, a directed channel rather
            // than one for both directions: values of the other remain assignable.
            if named(y) || directed {
                self.set(index, y);
            }
        }
        true
    }

    /// Matches by methods where an interface takes part; `None` if none does.
    fn by_methods(&mut self, x: Ty, y: Ty, outer: Option<&Pairs<'_>>) -> Option<bool> {
        let (iface, other) = match (self.cx.as_interface(x), self.cx.as_interface(y)) {
            (Some(a), Some(b)) => return Some(self.two_interfaces(a, b, outer)),
            (Some(a), None) => (a, y),
            (None, Some(b)) => (b, x),
            (None, None) => return None,
        };
        let set = self.cx.type_set(iface);
        Some(set.methods.iter().all(|method| {
            let package = method.package.unwrap_or_else(PkgId::universe);
            let LookupResult::Method(found) = self.cx.lookup(other, false, package, method.name)
            else {
                return false;
            };
            let generic = match found.method {
                MethodRef::Concrete { def, .. } => {
                    self.cx.defs.func(def).is_some_and(|func| !func.tparams.is_empty())
                }
                MethodRef::Interface { .. } => false,
            };
            !generic && self.nify(method.sig, found.sig, Mode::EXACT, outer)
        }))
    }

    /// The methods of one interface must be among those of the other.
    fn two_interfaces(&mut self, a: Ty, b: Ty, outer: Option<&Pairs<'_>>) -> bool {
        let (mut xs, mut ys) = (self.cx.type_set(a), self.cx.type_set(b));
        if xs.comparable != ys.comparable || !xs.terms.equal(self.cx, &ys.terms) {
            return false;
        }
        if outer.is_some_and(|pairs| pairs.contains(a, b)) {
            return true;
        }
        let pairs = Pairs { x: a, y: b, outer };
        if xs.methods.len() > ys.methods.len() {
            (xs, ys) = (ys, xs);
        }
        xs.methods.iter().all(|m| {
            let same = ys.methods.iter().find(|n| n.name == m.name && n.package == m.package);
            same.is_some_and(|n| self.nify(m.sig, n.sig, Mode::EXACT, Some(&pairs)))
        })
    }

    fn all(&mut self, xs: &[Ty], ys: &[Ty], mode: Mode, outer: Option<&Pairs<'_>>) -> bool {
        xs.len() == ys.len() && xs.iter().zip(ys).all(|(x, y)| self.nify(*x, *y, mode, outer))
    }

    fn structural(&mut self, x: Ty, y: Ty, mode: Mode, outer: Option<&Pairs<'_>>) -> bool {
        let inside = mode.inside();
        match (x.kind(), y.kind()) {
            (TyKind::Array(m, a), TyKind::Array(n, b)) => {
                (m == n || *m < 0 || *n < 0) && self.nify(*a, *b, inside, outer)
            }
            (TyKind::Slice(a), TyKind::Slice(b)) | (TyKind::Pointer(a), TyKind::Pointer(b)) => {
                self.nify(*a, *b, inside, outer)
            }
            (TyKind::Struct(fs), TyKind::Struct(gs)) => {
                fs.len() == gs.len()
                    && fs.iter().zip(gs).all(|(f, g)| {
                        f.embedded == g.embedded
                            && f.tag == g.tag
                            && f.name == g.name
                            && f.package == g.package
                            && self.nify(f.ty, g.ty, inside, outer)
                    })
            }
            (TyKind::Tuple(xs), TyKind::Tuple(ys)) => self.all(xs, ys, mode, outer),
            (TyKind::Func(f), TyKind::Func(g)) => {
                f.variadic == g.variadic
                    && self.all(&f.params, &g.params, inside, outer)
                    && self.all(&f.results, &g.results, inside, outer)
            }
            (TyKind::Map(k, v), TyKind::Map(l, w)) => {
                self.nify(*k, *l, inside, outer) && self.nify(*v, *w, inside, outer)
            }
            (TyKind::Chan(d, a), TyKind::Chan(e, b)) => {
                (!mode.exact || d == e) && self.nify(*a, *b, inside, outer)
            }
            (TyKind::Named(a), TyKind::Named(b)) => {
                // The arguments come first: what they teach makes for better messages.
                self.all(&a.args, &b.args, mode, outer) && a.def == b.def
            }
            (TyKind::Interface(_) | TyKind::Any, TyKind::Interface(_) | TyKind::Any) => {
                let (a, b) = (self.cx.type_set(x), self.cx.type_set(y));
                a.methods.len() == b.methods.len() && self.two_interfaces(x, y, outer)
            }
            // The types that an unbound parameter stands for all have the shape of its core type.
            (TyKind::Param(_), _) => match self.cx.core_type(x) {
                Some(core) => self.nify(core, y, Mode::ASSIGN, outer),
                None => false,
            },
            _ => false,
        }
    }
}
