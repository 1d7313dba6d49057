//! Types as the compiler's back end prints them: in `-m` messages and in link names.
//!
//! The two forms differ in how they name packages and in what they keep of the source: messages
//! show `byte`, `any` and package names, link names are equal for identical types and show
//! packages by path. The arguments of an instance are always in link form: `T[int]`'s name is one
//! word to the back end.
//!
//! Upstream: `cmd/compile/internal/types/fmt.go`, `cmd/compile/internal/noder/reader.go`.

use std::fmt::Write;

use super::cx::{Cx, deep, error_type};
use super::format::{TEXT_LIMIT, basic_name, implicit_args, quote};
use super::ty::{Basic, ChanDir, DefId, Field, Named, PkgId, Signature, Ty, TyKind};
use crate::sha256;
use crate::symbol::Symbol;

/// Longer names of shapes give way to a hash. Upstream: `base.Debug.MaxShapeLen`.
const MAX_SHAPE_LEN: usize = 500;

/// How deep a type is printed.
const NESTING_LIMIT: usize = 1000;

/// What printing must know about packages.
pub trait PackageNames {
    /// The name in the package clause.
    fn name(&self, package: PkgId) -> Symbol;

    /// The number that the compiler appends to the link name of a local type, counted over the
    /// whole package.
    fn local_type_number(&self, def: DefId) -> u32 {
        // Who does not know the package counts within the function.
        def.nth + 1
    }
}

/// Prints types for the compilation of one package.
pub struct BackendFormat<'f, 'd> {
    /// Who knows the types.
    pub cx: &'f Cx<'d>,
    /// Who knows the packages.
    pub names: &'f dyn PackageNames,
    /// The package being compiled.
    pub local: PkgId,
}

/// Which form.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    /// Upstream: `fmtGo`.
    Go,
    /// Upstream: `fmtTypeID`.
    Link,
}

impl BackendFormat<'_, '_> {
    /// A type as `-m` messages show it.
    pub fn go_string(&self, ty: Ty) -> String {
        self.print(ty, Form::Go)
    }

    /// A type in link form: the same for identical types, different for different ones.
    pub fn link_string(&self, ty: Ty) -> String {
        self.print(ty, Form::Link)
    }

    /// The name of an instance or shape as the back end's symbol has it, without package.
    pub fn symbol_name(&self, named: &Named) -> String {
        let mut name = self.symbol_base(named);
        if named.def.parent.is_some() {
            let _ = write!(name, "·{}", self.names.local_type_number(named.def));
        }
        name
    }

    /// Type arguments in brackets, in link form; the first `implicit` of them belong to the
    /// function around.
    pub fn type_args(&self, args: &[Ty], implicit: usize) -> String {
        let mut out = String::from("[");
        for (index, arg) in args.iter().enumerate() {
            match index {
                0 => {}
                _ if index == implicit => out.push(';'),
                _ => out.push(','),
            }
            out.push_str(&self.link_string(*arg));
        }
        out.push(']');
        out
    }

    /// The path of a package in link names. Upstream: `cmd/internal/objabi/path.go`,
    /// `PathToPrefix`.
    pub fn link_prefix(&self, package: PkgId) -> String {
        if self.names.name(package).as_str() == "main" {
            return "main".into();
        }
        let path = package.path.as_str();
        let last_slash = path.rfind('/').unwrap_or(0);
        let mut out = String::with_capacity(path.len());
        for (at, byte) in path.bytes().enumerate() {
            let escaped = match byte {
                b'.' => at >= last_slash && path.contains('/') || !path.contains('/'),
                b'%' | b'"' => true,
                _ => byte <= b' ' || byte >= 0x7f,
            };
            if escaped {
                let _ = write!(out, "%{byte:02x}");
            } else {
                out.push(char::from(byte));
            }
        }
        out
    }

    fn symbol_base(&self, named: &Named) -> String {
        let mut name = named.def.name.to_string();
        if !named.args.is_empty() {
            let implicit = implicit_args(named.def, &named.args, self.cx);
            name.push_str(&self.type_args(&named.args, implicit));
        }
        name
    }

    fn print(&self, ty: Ty, form: Form) -> String {
        let mut printer = Printer { format: self, form, out: String::new(), open: Vec::new() };
        printer.ty(ty);
        printer.out
    }

    /// What stands before a name of a package; empty for the package at hand.
    fn qualifier(&self, package: PkgId, form: Form) -> String {
        match form {
            _ if package == PkgId::universe() => String::new(),
            Form::Go if package == self.local => String::new(),
            Form::Go => self.names.name(package).to_string(),
            Form::Link => self.link_prefix(package),
        }
    }
}

/// A type's name without the number of a local type at its end, which messages drop: a shape's
/// name is that of a type in link form. Upstream: `types.SplitVargenSuffix`.
fn without_number(name: &str) -> &str {
    match name.trim_end_matches(|c: char| c.is_ascii_digit()).strip_suffix('·') {
        Some(base) if !name.ends_with('·') => base,
        _ => name,
    }
}

struct Printer<'p, 'f, 'd> {
    format: &'p BackendFormat<'f, 'd>,
    form: Form,
    out: String,
    /// The types being printed and where their text begins: an interface can lead back to itself.
    open: Vec<(Ty, usize)>,
}

impl Printer<'_, '_, '_> {
    fn ty(&mut self, ty: Ty) {
        if let Some((_, offset)) = self.open.iter().find(|(open, _)| *open == ty) {
            let _ = write!(self.out, "@{offset}");
            return;
        }
        if self.open.len() > NESTING_LIMIT || self.out.len() > TEXT_LIMIT {
            self.out.push('…');
            return;
        }
        deep(|| match ty.kind() {
            TyKind::Basic(basic) => self.basic(*basic),
            TyKind::Any if self.form == Form::Go => self.out.push_str("any"),
            TyKind::Any => self.out.push_str("interface {}"),
            TyKind::Named(named) => self.named(ty, named),
            TyKind::Shape(inner) => {
                let mut shape = self.format.link_string(*inner);
                if shape.len() > MAX_SHAPE_LEN {
                    shape = sha256::hex(&sha256::compiler_sum(shape.as_bytes()));
                }
                let shown = match self.form {
                    Form::Go => without_number(&shape),
                    Form::Link => &shape,
                };
                let _ = write!(self.out, "go.shape.{shown}");
            }
            TyKind::Param(param) => self.out.push_str(param.name.as_str()),
            _ => {
                self.open.push((ty, self.out.len()));
                self.literal(ty);
                self.open.pop();
            }
        });
    }

    fn basic(&mut self, basic: Basic) {
        let basic = if self.form == Form::Link { basic.canon() } else { basic };
        self.out.push_str(match basic {
            Basic::UntypedNil => "nil",
            other => basic_name(other),
        });
    }

    fn named(&mut self, ty: Ty, named: &Named) {
        if ty == error_type() {
            self.out.push_str("error");
            return;
        }
        let qualifier = self.format.qualifier(named.def.package, self.form);
        if !qualifier.is_empty() {
            let _ = write!(self.out, "{qualifier}.");
        }
        // Messages drop the number that tells local types apart.
        let name = match self.form {
            Form::Go => self.format.symbol_base(named),
            Form::Link => self.format.symbol_name(named),
        };
        self.out.push_str(&name);
    }

    fn literal(&mut self, ty: Ty) {
        match ty.kind() {
            TyKind::Pointer(elem) => {
                self.out.push('*');
                self.ty(*elem);
            }
            TyKind::Array(len, elem) => {
                let _ = write!(self.out, "[{len}]");
                self.ty(*elem);
            }
            TyKind::Slice(elem) => {
                self.out.push_str("[]");
                self.ty(*elem);
            }
            TyKind::Chan(dir, elem) => self.chan(*dir, *elem),
            TyKind::Map(key, value) => {
                self.out.push_str("map[");
                self.ty(*key);
                self.out.push(']');
                self.ty(*value);
            }
            TyKind::Interface(_) => self.interface(ty),
            TyKind::Func(sig) => {
                self.out.push_str("func");
                self.signature(sig);
            }
            TyKind::Struct(fields) => {
                self.out.push_str("struct {");
                for (index, field) in fields.iter().enumerate() {
                    self.out.push_str(if index > 0 { "; " } else { " " });
                    self.field(field);
                }
                self.out.push_str(if fields.is_empty() { "}" } else { " }" });
            }
            TyKind::Tuple(types) => self.params(types, false),
            TyKind::Union(terms) => {
                for (index, term) in terms.iter().enumerate() {
                    self.out.push_str(if index > 0 { " | " } else { "" });
                    self.out.push_str(if term.tilde { "~" } else { "" });
                    self.ty(term.ty);
                }
            }
            // Printed before they come here.
            TyKind::Basic(_)
            | TyKind::Any
            | TyKind::Named(_)
            | TyKind::Param(_)
            | TyKind::Shape(_) => {}
        }
    }

    fn chan(&mut self, dir: ChanDir, elem: Ty) {
        self.out.push_str(match dir {
            ChanDir::Both => "chan ",
            ChanDir::Send => "chan<- ",
            ChanDir::Recv => "<-chan ",
        });
        if dir == ChanDir::Both && matches!(elem.kind(), TyKind::Chan(ChanDir::Recv, _)) {
            self.out.push('(');
            self.ty(elem);
            self.out.push(')');
        } else {
            self.ty(elem);
        }
    }

    fn interface(&mut self, ty: Ty) {
        let set = self.format.cx.type_set(ty);
        self.out.push_str("interface {");
        for (index, method) in set.methods.iter().enumerate() {
            self.out.push_str(if index > 0 { "; " } else { " " });
            // Unexported methods show their package's path even in messages.
            if let Some(package) = method.package {
                let prefix = self.format.qualifier(package, Form::Link);
                let _ = write!(self.out, "{prefix}.");
            }
            self.out.push_str(method.name.as_str());
            if let TyKind::Func(sig) = method.sig.kind() {
                self.signature(sig);
            }
        }
        self.out.push_str(if set.methods.is_empty() { "}" } else { " }" });
    }

    fn signature(&mut self, sig: &Signature) {
        self.params(&sig.params, sig.variadic);
        match &*sig.results {
            [] => {}
            [one] => {
                self.out.push(' ');
                self.ty(*one);
            }
            many => {
                self.out.push(' ');
                self.params(many, false);
            }
        }
    }

    fn params(&mut self, types: &[Ty], variadic: bool) {
        self.out.push('(');
        for (index, ty) in types.iter().enumerate() {
            if index > 0 {
                self.out.push_str(", ");
            }
            match ty.kind() {
                TyKind::Slice(elem) if variadic && index + 1 == types.len() => {
                    self.out.push_str("...");
                    self.ty(*elem);
                }
                _ => self.ty(*ty),
            }
        }
        self.out.push(')');
    }

    fn field(&mut self, field: &Field) {
        let shown = match (field.embedded, self.form) {
            (false, _) => Some(" "),
            (true, Form::Go) => None,
            // An embedded field may be named by an alias, unlike its type.
            (true, Form::Link) if self.is_named_by_type(field) => None,
            (true, Form::Link) => Some(" = "),
        };
        if let Some(separator) = shown {
            if let Some(package) = field.package {
                let qualifier = self.format.qualifier(package, self.form);
                if !qualifier.is_empty() {
                    let _ = write!(self.out, "{qualifier}.");
                }
            }
            let _ = write!(self.out, "{}{separator}", field.name);
        }
        self.ty(field.ty);
        if !field.tag.is_empty() {
            let _ = write!(self.out, " {}", quote(field.tag.as_str()));
        }
    }

    /// Whether the back end's name of an embedded field's type is the field's name.
    fn is_named_by_type(&self, field: &Field) -> bool {
        let ty = match field.ty.kind() {
            TyKind::Pointer(elem) => *elem,
            _ => field.ty,
        };
        match ty.kind() {
            TyKind::Named(named) => {
                self.format.symbol_name(named) == field.name.as_str()
                    && field.package.is_none_or(|package| package == named.def.package)
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::fixture::Fixture;
    use crate::types::ty::TyKind;

    struct Names;

    impl PackageNames for Names {
        fn name(&self, package: PkgId) -> Symbol {
            package.path.as_str().rsplit('/').next().unwrap_or_default().into()
        }
    }

    fn fixture() -> Fixture {
        let main = "type T struct { x int }
            type G[P any] struct { p P }
            type H[P any, Q any] struct { p P }
            type N interface { n(); Z(); A() }";
        let lib = "type T struct { a int; B string }
            type G[P any] struct { p P }
            type I interface { m(); M() }
            type Anon struct { a int; B string }
            type Hidden interface { m(); M(); h(T) }";
        Fixture::of_package("main", main).with("example.com/lib", lib)
    }

    /// The type in messages and in link form.
    #[track_caller]
    fn check(text: &str, go: &str, link: &str) {
        let fixture = fixture();
        let cx = fixture.cx();
        let format = BackendFormat { cx: &cx, names: &Names, local: fixture.package() };
        let ty = fixture.ty(text);
        assert_eq!(format.go_string(ty), go);
        assert_eq!(format.link_string(ty), link);
    }

    #[test]
    fn predeclared_names_are_kept_in_messages_only() {
        check("any", "any", "interface {}");
        check("[]byte", "[]byte", "[]uint8");
        check("map[rune]int32", "map[rune]int32", "map[int32]int32");
        check("interface { }", "interface {}", "interface {}");
        check("error", "error", "error");
        check("unsafe.Pointer", "unsafe.Pointer", "unsafe.Pointer");
    }

    #[test]
    fn packages_are_names_in_messages_and_paths_in_links() {
        check("T", "T", "main.T");
        check("*lib.T", "*lib.T", "*example.com/lib.T");
        check("G[*lib.T]", "G[*example.com/lib.T]", "main.G[*example.com/lib.T]");
        check("lib.G[G[byte]]", "lib.G[main.G[uint8]]", "example.com/lib.G[main.G[uint8]]");
        check("H[string, []rune]", "H[string,[]int32]", "main.H[string,[]int32]");
    }

    #[test]
    fn unexported_methods_show_their_package() {
        check(
            "interface { m(); B(int, ...string) (int, error); error }",
            "interface { B(int, ...string) (int, error); Error() string; main.m() }",
            "interface { B(int, ...string) (int, error); Error() string; main.m() }",
        );
        check(
            "interface { lib.Hidden }",
            "interface { M(); example.com/lib.h(lib.T); example.com/lib.m() }",
            "interface { M(); example.com/lib.h(example.com/lib.T); example.com/lib.m() }",
        );
    }

    #[test]
    fn embedded_fields_that_are_not_named_by_their_type_show_both_in_links() {
        check(
            "struct { int; error; T; *G[int] }",
            "struct { int; error; T; *G[int] }",
            "struct { main.int = int; main.error = error; main.T; G = *main.G[int] }",
        );
        check(
            "struct { A int `json:\"x\"`; b byte; lib.I }",
            r#"struct { A int "json:\"x\""; b byte; lib.I }"#,
            r#"struct { A int "json:\"x\""; main.b uint8; example.com/lib.I }"#,
        );
    }

    #[test]
    fn functions_and_channels() {
        check(
            "func(int, ...any) error",
            "func(int, ...any) error",
            "func(int, ...interface {}) error",
        );
        check("func() (int, func() int)", "func() (int, func() int)", "func() (int, func() int)");
        check("chan (<-chan int)", "chan (<-chan int)", "chan (<-chan int)");
        check("<-chan chan int", "<-chan chan int", "<-chan chan int");
    }

    #[test]
    fn local_types_have_a_number_in_links() {
        let fixture = fixture();
        let cx = fixture.cx();
        let format = BackendFormat { cx: &cx, names: &Names, local: fixture.package() };
        let func = DefId::new(fixture.package(), "F".into());
        let local = Ty::named(func.child("L".into(), 0), &[]);
        let generic = DefId::new(fixture.package(), "G".into());
        assert_eq!(format.go_string(local), "L");
        assert_eq!(format.link_string(local), "main.L·1");
        assert_eq!(format.go_string(Ty::named(generic, &[local])), "G[main.L·1]");
    }

    #[test]
    fn messages_drop_the_number_at_the_end_of_a_shape() {
        let fixture = fixture();
        let cx = fixture.cx();
        let format = BackendFormat { cx: &cx, names: &Names, local: fixture.package() };
        let func = DefId::new(fixture.package(), "F".into());
        let local = Ty::named(func.child("L".into(), 0), &[]);
        let slice = Ty::new(TyKind::Shape(Ty::slice(local)));
        assert_eq!(format.go_string(slice), "go.shape.[]main.L");
        assert_eq!(format.link_string(slice), "go.shape.[]main.L·1");
        let fields =
            Ty::new(TyKind::Shape(Ty::new(TyKind::Map(Ty::slice(local), Ty::basic(Basic::Int)))));
        assert_eq!(format.go_string(fields), "go.shape.map[[]main.L·1]int");
    }

    #[test]
    fn shapes_show_the_link_form() {
        let fixture = fixture();
        let cx = fixture.cx();
        let format = BackendFormat { cx: &cx, names: &Names, local: fixture.package() };
        let shape = |text| Ty::new(TyKind::Shape(fixture.ty(text)));
        assert_eq!(format.go_string(shape("[]byte")), "go.shape.[]uint8");
        assert_eq!(
            format.go_string(shape("struct { a int; B lib.T }")),
            "go.shape.struct { main.a int; B example.com/lib.T }"
        );
    }

    #[test]
    fn long_shapes_are_hashed() {
        let fields = [("A", 41), ("B", 48), ("C", 40), ("D", 47), ("E", 47), ("F", 52)];
        let maps = fields.map(|(name, times)| format!("{} map[string]int", name.repeat(times)));
        let bools = [("X", 62), ("Y", 77), ("Z", 48)];
        let bools = bools.map(|(name, times)| format!("{} bool", name.repeat(times)));
        let text = format!("struct {{ {}; {} }}", maps.join("; "), bools.join("; "));
        let fixture = fixture();
        let cx = fixture.cx();
        let format = BackendFormat { cx: &cx, names: &Names, local: fixture.package() };
        assert_eq!(
            format.go_string(Ty::new(TyKind::Shape(fixture.ty(&text)))),
            "go.shape.ca26f9bd60d7587491b69ea9acb25535caa147bbf456089a581df242ec3f5975"
        );
    }
}
