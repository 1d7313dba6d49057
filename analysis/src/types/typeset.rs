//! Type sets: which types an interface means.
//!
//! The set is what has all the methods and is one of the terms (and comparable, if that is asked).
//! Terms are kept disjoint. With terms, `comparable` has been worked into them.
//!
//! Upstream: `cmd/compile/internal/types2/typeset.go`, `termlist.go`, `typeterm.go`, `under.go`.

use std::rc::Rc;

use super::cx::{Cx, EXPANSION_LIMIT, deep};
use super::predicates::is_type_param;
use super::ty::{ChanDir, Interface, Method, PkgId, Term, Ty, TyKind};
use crate::symbol::Symbol;

/// Upstream: `maxTermCount` of `cmd/compile/internal/types2/union.go`.
pub const MAX_TERM_COUNT: usize = 100;

/// How many interfaces one interface embeds at most; more are only in interfaces that embed
/// themselves in ever new forms.
const PARTS_LIMIT: u32 = 2000;

/// The types that an interface means.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeSet {
    /// All methods, sorted as the compiler sorts them: [`compare_names`].
    pub methods: Vec<Method>,
    /// The types that are possible besides having the methods.
    pub terms: Terms,
    /// Whether only comparable types are meant; never set if there are terms.
    pub comparable: bool,
}

/// A set of types, whatever their methods.
#[derive(Debug, Clone, PartialEq)]
pub enum Terms {
    /// All types.
    All,
    /// These; none if the list is empty.
    List(Vec<Term>),
}

/// The order of method names: exported ones first, then by name, then by package.
///
/// Upstream: `cmd/compile/internal/types/sym.go`, `CompareSyms`.
pub fn compare_names(
    (a, a_package): (Symbol, Option<PkgId>),
    (b, b_package): (Symbol, Option<PkgId>),
) -> std::cmp::Ordering {
    let path = |package: Option<PkgId>| package.map_or("", |package| package.path.as_str());
    (b.is_exported().cmp(&a.is_exported()))
        .then_with(|| a.as_str().cmp(b.as_str()))
        .then_with(|| path(a_package).cmp(path(b_package)))
}

/// Whether a name declared as `name` in `declared` is meant by writing `wanted` in `package`.
pub(crate) fn same_name(
    name: Symbol,
    declared: Option<PkgId>,
    wanted: Symbol,
    package: PkgId,
) -> bool {
    name == wanted && (name.is_exported() || declared == Some(package))
}

impl TypeSet {
    /// Whether all types are meant.
    pub fn is_all(&self) -> bool {
        self.is_method_set() && self.methods.is_empty()
    }

    /// Whether methods alone decide.
    pub fn is_method_set(&self) -> bool {
        !self.comparable && matches!(self.terms, Terms::All)
    }

    /// The terms, if there are any to choose from.
    pub fn specific(&self) -> Option<&[Term]> {
        match &self.terms {
            Terms::List(terms) if !terms.is_empty() => Some(terms),
            _ => None,
        }
    }

    /// The method of this name.
    pub fn method(&self, package: PkgId, name: Symbol) -> Option<&Method> {
        if name.is_blank() {
            return None;
        }
        self.methods.iter().find(|m| same_name(m.name, m.package, name, package))
    }

    /// Whether each type of the set is strictly comparable.
    pub(super) fn is_comparable(&self, cx: &Cx<'_>, seen: &mut Vec<Ty>) -> bool {
        match &self.terms {
            Terms::All => self.comparable,
            Terms::List(terms) => {
                !terms.is_empty()
                    && terms.iter().all(|term| cx.comparable_within(term.ty, false, seen))
            }
        }
    }

    fn all() -> TypeSet {
        TypeSet { methods: Vec::new(), terms: Terms::All, comparable: false }
    }
}

impl Terms {
    /// Whether no type is meant.
    pub fn is_empty(&self) -> bool {
        matches!(self, Terms::List(terms) if terms.is_empty())
    }

    /// Whether all types are meant.
    pub fn is_all(&self) -> bool {
        matches!(self, Terms::All)
    }

    /// Whether `ty` is meant.
    pub fn includes(&self, cx: &Cx<'_>, ty: Ty) -> bool {
        match self {
            Terms::All => true,
            Terms::List(terms) => terms.iter().any(|term| term_includes(cx, *term, ty)),
        }
    }

    /// Whether all types meant here are meant by `other`.
    pub fn subset_of(&self, cx: &Cx<'_>, other: &Terms) -> bool {
        match (self, other) {
            (_, Terms::All) => true,
            (Terms::All, Terms::List(_)) => false,
            (Terms::List(a), Terms::List(b)) => {
                a.iter().all(|x| b.iter().any(|y| !cx.disjoint(*x, *y) && (!x.tilde || y.tilde)))
            }
        }
    }

    /// Whether both mean the same types.
    pub fn equal(&self, cx: &Cx<'_>, other: &Terms) -> bool {
        self.subset_of(cx, other) && other.subset_of(cx, self)
    }

    fn union(self, cx: &Cx<'_>, other: &Terms) -> Terms {
        match (self, other) {
            (Terms::List(mut a), Terms::List(b)) => {
                a.extend(b);
                Terms::List(normal(cx, a))
            }
            _ => Terms::All,
        }
    }

    fn intersect(&self, cx: &Cx<'_>, other: &Terms) -> Terms {
        let (a, b) = match (self, other) {
            (Terms::All, terms) | (terms, Terms::All) => return terms.clone(),
            (Terms::List(a), Terms::List(b)) => (a, b),
        };
        let mut both = Vec::new();
        for x in a {
            for y in b.iter().filter(|y| !cx.disjoint(*x, **y)) {
                both.push(if !x.tilde || y.tilde { *x } else { *y });
            }
        }
        Terms::List(normal(cx, both))
    }
}

/// Whether `ty` is one of the types that a term means.
pub(super) fn term_includes(cx: &Cx<'_>, term: Term, ty: Ty) -> bool {
    let ty = if term.tilde { cx.under(ty) } else { ty };
    cx.identical(term.ty, ty)
}

/// The same terms without overlaps.
fn normal(cx: &Cx<'_>, terms: Vec<Term>) -> Vec<Term> {
    let mut list: Vec<Term> = Vec::with_capacity(terms.len());
    for term in terms {
        let mut merged = term;
        // A term that takes in earlier ones stands where the first of them stood.
        let mut place = None;
        let mut index = 0;
        while index < list.len() {
            let known = list[index];
            if cx.disjoint(known, merged) {
                index += 1;
                continue;
            }
            merged = if known.tilde || !merged.tilde { known } else { merged };
            if place.is_some() {
                list.remove(index);
            } else {
                place = Some(index);
                index += 1;
            }
        }
        match place {
            Some(place) => list[place] = merged,
            None => list.push(merged),
        }
    }
    list
}

impl Cx<'_> {
    /// Whether no type is meant by both terms. Upstream: `typeterm.go`, `disjoint`.
    fn disjoint(&self, x: Term, y: Term) -> bool {
        let a = if y.tilde { self.under(x.ty) } else { x.ty };
        let b = if x.tilde { self.under(y.ty) } else { y.ty };
        !self.surely_identical(a, b)
    }

    /// Whether two terms of a union overlap.
    pub fn terms_overlap(&self, x: Term, y: Term) -> bool {
        !self.disjoint(x, y)
    }

    /// The types that an interface or type parameter means; of another type, that type.
    pub fn type_set(&self, ty: Ty) -> Rc<TypeSet> {
        let under = self.under(ty);
        let TyKind::Interface(iface) = under.kind() else {
            let terms = if under.is_invalid() {
                Terms::All
            } else {
                Terms::List(vec![Term { tilde: false, ty }])
            };
            return Rc::new(TypeSet { terms, ..TypeSet::all() });
        };
        if let Some(known) = self.type_sets.borrow().get(&under) {
            return Rc::clone(known);
        }
        if let Some(known) = self.type_sets_partial.borrow().get(&under) {
            return Rc::clone(known);
        }
        // An interface that embeds itself is refused elsewhere; here it must only end.
        if self.is_endless(under) {
            return Rc::new(TypeSet::all());
        }
        self.type_set_parts.set(self.type_set_parts.get() + 1);
        self.type_sets_open.borrow_mut().push(under);
        let (set, complete) = deep(|| self.compute_type_set(iface));
        self.type_sets_open.borrow_mut().pop();
        let set = Rc::new(set);
        let outermost = self.type_sets_open.borrow().is_empty();
        if complete {
            self.type_sets.borrow_mut().insert(under, Rc::clone(&set));
        } else if !outermost {
            self.type_sets_partial.borrow_mut().insert(under, Rc::clone(&set));
        }
        if outermost {
            self.type_set_parts.set(0);
            self.type_sets_partial.borrow_mut().clear();
        }
        set
    }

    /// Whether an interface being worked out embeds itself, perhaps in ever new forms.
    fn is_endless(&self, iface: Ty) -> bool {
        let open = self.type_sets_open.borrow();
        open.contains(&iface)
            || open.len() > EXPANSION_LIMIT
            || self.type_set_parts.get() > PARTS_LIMIT
    }

    /// The set, and whether all that it depends on is known.
    fn compute_type_set(&self, iface: &Interface) -> (TypeSet, bool) {
        let mut methods = iface.methods.to_vec();
        let mut terms = Terms::All;
        let mut comparable = iface.comparable;
        let mut complete = true;
        for embed in &iface.embeds {
            let under = self.under(*embed);
            let (more, more_comparable) = match under.kind() {
                TyKind::Interface(_) if is_type_param(*embed) => continue,
                TyKind::Interface(_) => {
                    complete &= !self.is_endless(under);
                    let set = self.type_set(under);
                    for method in &set.methods {
                        let known = methods
                            .iter()
                            .any(|m| m.name == method.name && m.package == method.package);
                        if !known {
                            methods.push(*method);
                        }
                    }
                    (set.terms.clone(), set.comparable)
                }
                TyKind::Union(list) => {
                    complete &= list.iter().all(|term| !self.under(term.ty).is_invalid());
                    if list.len() > MAX_TERM_COUNT {
                        continue;
                    }
                    (self.union_terms(under), false)
                }
                _ if under.is_invalid() => {
                    complete = false;
                    continue;
                }
                _ => (Terms::List(vec![Term { tilde: false, ty: *embed }]), false),
            };
            terms = terms.intersect(self, &more);
            comparable |= more_comparable;
            if comparable && let Terms::List(list) = &mut terms {
                list.retain(|term| self.comparable_type(term.ty, false));
                comparable = false;
            }
        }
        methods.sort_by(|a, b| compare_names((a.name, a.package), (b.name, b.package)));
        (TypeSet { methods, terms, comparable }, complete)
    }

    /// The types that a union means.
    pub(super) fn union_terms(&self, union: Ty) -> Terms {
        let TyKind::Union(list) = union.kind() else { return Terms::All };
        let mut all = Terms::List(Vec::new());
        for term in list {
            let under = self.under(term.ty);
            let terms = match under.kind() {
                TyKind::Interface(_) => self.type_set(under).terms.clone(),
                _ if under.is_invalid() => continue,
                // No type has an underlying type that is not its own underlying type.
                _ if term.tilde && !self.identical(term.ty, under) => continue,
                _ => Terms::List(vec![*term]),
            };
            all = all.union(self, &terms);
        }
        all
    }

    /// The first name that an interface has two different methods of, if any.
    pub fn duplicate_method(&self, iface: Ty) -> Option<Symbol> {
        let TyKind::Interface(it) = self.under(iface).kind() else { return None };
        let mut seen = it.methods.to_vec();
        if let Some(twice) = seen
            .windows(2)
            .find(|pair| pair[0].name == pair[1].name && pair[0].package == pair[1].package)
        {
            return Some(twice[0].name);
        }
        for embed in it.embeds.iter().filter(|embed| self.is_non_tparam_interface(**embed)) {
            for method in &self.type_set(*embed).methods {
                match seen.iter().find(|m| m.name == method.name && m.package == method.package) {
                    Some(known) if !self.identical(known.sig, method.sig) => {
                        return Some(method.name);
                    }
                    Some(_) => {}
                    None => seen.push(*method),
                }
            }
        }
        None
    }

    /// Calls `test` with each type that `ty` can stand for and its underlying type, until it says
    /// no; with `None` if `ty` is a type parameter without particular types.
    pub fn all_types(&self, ty: Ty, test: &mut dyn FnMut(Option<(Ty, Ty)>) -> bool) -> bool {
        if !is_type_param(ty) {
            return test(Some((ty, self.under(ty))));
        }
        match self.type_set(ty).specific() {
            Some(terms) => terms.iter().all(|term| test(Some((term.ty, self.under(term.ty))))),
            None => test(None),
        }
    }

    /// Calls `test` with each term of a type parameter until it says no; with `None` if it has
    /// none.
    pub fn all_terms(&self, param: Ty, test: &mut dyn FnMut(Option<Term>) -> bool) -> bool {
        match self.type_set(param).specific() {
            Some(terms) => terms.iter().all(|term| test(Some(*term))),
            None => test(None),
        }
    }

    /// The underlying type that all types which `ty` can stand for share; channels may differ in
    /// direction. A type that is no type parameter has its own.
    pub fn core_type(&self, ty: Ty) -> Option<Ty> {
        self.common_under(ty).ok()
    }

    /// As [`Cx::core_type`], with the reason if there is none.
    pub fn common_under(&self, ty: Ty) -> Result<Ty, String> {
        self.common_under_if(ty, &mut |_| None)
    }

    /// As [`Cx::common_under`]; `refuse` can turn a type down with a reason.
    ///
    /// Upstream: `cmd/compile/internal/types2/under.go`, `commonUnder`.
    pub fn common_under_if(
        &self,
        ty: Ty,
        refuse: &mut dyn FnMut(Option<(Ty, Ty)>) -> Option<String>,
    ) -> Result<Ty, String> {
        let mut common: Option<(Ty, Ty)> = None;
        let mut failure = None;
        self.all_types(ty, &mut |each| {
            failure = refuse(each);
            if failure.is_some() {
                return false;
            }
            match self.join_under(common, each) {
                Ok(joined) => common = Some(joined),
                Err(reason) => failure = Some(reason),
            }
            failure.is_none()
        });
        match (failure, common) {
            (Some(reason), _) => Err(reason),
            (None, Some((_, under))) => Ok(under),
            (None, None) => Err("no specific type".into()),
        }
    }

    /// The underlying type that all these terms share.
    pub(super) fn common_of_terms(&self, terms: &[Term]) -> Option<Ty> {
        let mut common = None;
        for term in terms {
            let each = Some((term.ty, self.under(term.ty)));
            common = Some(self.join_under(common, each).ok()?);
        }
        common.map(|(_, under)| under)
    }

    fn join_under(
        &self,
        common: Option<(Ty, Ty)>,
        each: Option<(Ty, Ty)>,
    ) -> Result<(Ty, Ty), String> {
        let Some((ty, under)) = each else { return Err("no specific type".into()) };
        let Some((first, so_far)) = common else { return Ok((ty, under)) };
        let names = || (self.type_string(first), self.type_string(ty));
        if let (TyKind::Chan(d, x), TyKind::Chan(e, y)) = (so_far.kind(), under.kind()) {
            if !self.identical(*x, *y) {
                let (a, b) = names();
                return Err(format!("channels {a} and {b} have different element types"));
            }
            return match (d, e) {
                _ if d == e => Ok((first, so_far)),
                (ChanDir::Both, _) => Ok((ty, under)),
                (_, ChanDir::Both) => Ok((first, so_far)),
                _ => {
                    let (a, b) = names();
                    Err(format!("channels {a} and {b} have conflicting directions"))
                }
            };
        }
        if self.identical(so_far, under) {
            return Ok((first, so_far));
        }
        let (a, b) = names();
        Err(format!("{a} and {b} have different underlying types"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::fixture::Fixture;

    fn set(declarations: &str, ty: &str) -> String {
        let fixture = Fixture::new(declarations);
        let cx = fixture.cx();
        let set = cx.type_set(fixture.ty(ty));
        let methods: Vec<&str> = set.methods.iter().map(|m| m.name.as_str()).collect();
        let terms = match &set.terms {
            Terms::All => "all".into(),
            Terms::List(terms) => {
                let show = |t: &Term| {
                    format!("{}{}", if t.tilde { "~" } else { "" }, cx.type_string(t.ty))
                };
                terms.iter().map(show).collect::<Vec<_>>().join(" | ")
            }
        };
        let comparable = if set.comparable { " comparable" } else { "" };
        format!("{methods:?} {terms}{comparable}")
    }

    #[test]
    fn methods_of_embedded_interfaces_count_once() {
        let text = "type A interface { M(); n() }
            type B interface { A; M(); Z(); C }
            type C interface { B2(); M() }";
        assert_eq!(set(text, "B"), r#"["B2", "M", "Z", "n"] all"#);
    }

    #[test]
    fn elements_intersect_and_unions_unite() {
        let text = "type My int
            type N interface { ~int | ~string | float64 }
            type F func()";
        assert_eq!(set(text, "interface { N; int | string }"), "[] int | string");
        assert_eq!(set(text, "interface { N; My | bool }"), "[] p.My");
        assert_eq!(set(text, "interface { int; string }"), "[] ");
        assert_eq!(set(text, "interface { My | ~int | int }"), "[] ~int");
        assert_eq!(set(text, "interface { comparable; ~int | F | []int }"), "[] ~int");
        assert_eq!(
            set(text, "interface { comparable; String() string }"),
            r#"["String"] all comparable"#
        );
        assert_eq!(set(text, "interface { ~My }"), "[] ");
    }

    #[test]
    fn an_interface_that_embeds_itself_has_a_type_set() {
        assert_eq!(set("type T interface { T; M() }", "T"), r#"["M"] all"#);
        let text = "type A interface { B; M() }
            type B interface { A; N() }";
        assert_eq!(set(text, "A"), r#"["M", "N"] all"#);
        let text = "type G[P any] interface { G[[]P]; G[*P]; M(); Unknown }";
        assert_eq!(set(text, "G[int]"), r#"["M"] all"#);
    }

    fn core(constraint: &str) -> String {
        let fixture = Fixture::new(&format!("type My []byte\n func F[P {constraint}](P)"));
        let cx = fixture.cx();
        match cx.common_under(fixture.ty_in("F", "P")) {
            Ok(ty) => cx.type_string(ty),
            Err(reason) => reason,
        }
    }

    #[test]
    fn a_core_type_is_what_all_types_are_underneath() {
        assert_eq!(core("~[]byte | My"), "[]byte");
        assert_eq!(core("[]int | []string"), "[]int and []string have different underlying types");
        assert_eq!(core("chan int | <-chan int"), "<-chan int");
        assert_eq!(
            core("chan<- int | <-chan int"),
            "channels chan<- int and <-chan int have conflicting directions"
        );
        assert_eq!(core("any"), "no specific type");
    }
}
