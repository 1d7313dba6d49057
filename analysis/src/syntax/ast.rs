//! The syntax of one file, declaration by declaration.
//!
//! A [`Decl`] is one specification: a function, or one line of a `const`, `var` or `type` group.
//! It owns its nodes and counts positions from its own first byte, so that it stays equal, and is
//! shared, when the text around it changes. Expressions and types share one kind of node because
//! Go's grammar cannot tell them apart: `T(x)`, `a[T]`.
//!
//! Invariants: every id in a `Decl` points into the same `Decl`; children have smaller ids than
//! their parents; what could not be parsed is `ExprKind::Bad`, `StmtKind::Bad` or `DeclKind::Bad`
//! and is listed in [`Decl::errors`].
//!
//! Upstream: `cmd/compile/internal/syntax/nodes.go` for what a node's position is.

use std::ops::{Index, Range};
use std::sync::Arc;

use crate::release::GoVersion;
use crate::symbol::Symbol;

/// A place in a declaration, in bytes from its start.
pub type Offset = u32;

/// A file: its header and its declarations in source order.
#[derive(Debug, Clone, Default)]
pub struct File {
    /// The name after `package`; empty if it is missing.
    pub package: Symbol,
    /// Where that name stands, in bytes from the start of the file.
    pub package_pos: u32,
    /// The imports, whose positions count from the start of the file.
    pub imports: Vec<Import>,
    /// The declarations with their places.
    pub decls: Vec<DeclAt>,
    /// `//go:linkname local target` lines and their like, which belong to no declaration.
    pub linknames: Vec<Linkname>,
    /// The language version of a `//go:build go1.N` line, if there is one.
    pub go_version: Option<GoVersion>,
    /// `//line` and `/*line*/` directives in source order.
    pub line_directives: Vec<LineDirective>,
    /// Syntax errors outside of the declarations, with offsets from the start of the file.
    pub errors: Vec<SyntaxError>,
}

/// A declaration and where it stands in its file.
#[derive(Debug, Clone)]
pub struct DeclAt {
    /// The first byte of the declaration, in bytes from the start of the file. All offsets within
    /// the declaration count from here.
    pub start: u32,
    /// The declaration.
    pub decl: Arc<Decl>,
}

/// One line of an import declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The name before the path: a name, `.` or `_`.
    pub name: Option<Symbol>,
    /// The path, unquoted.
    pub path: Symbol,
    /// The first byte of the import, from the start of the file.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// `//go:linkname local target`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linkname {
    /// The name in this package.
    pub local: Symbol,
    /// `importpath.name`, if given.
    pub target: Option<Symbol>,
}

/// `//line file:line:col`: what follows counts as standing there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineDirective {
    /// The byte of the file to which the directive's position applies.
    pub at: u32,
    /// The file named; empty for "the same as before".
    pub file: Symbol,
    /// The line named.
    pub line: u32,
    /// The column named; `None` if the directive names none, and then columns are unknown.
    pub column: Option<u32>,
}

/// Something that is not Go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// From where to where.
    pub range: Range<u32>,
    /// What is wrong, in lower case and without a full stop.
    pub message: String,
}

/// A declaration with its nodes.
///
/// Two declarations are equal when their text is; `hash` is that text's hash together with what
/// is inherited from the group (`iota`, repeated expressions).
#[derive(Debug, Clone)]
pub struct Decl {
    /// What is declared.
    pub kind: DeclKind,
    /// The length of the declaration's text in bytes.
    pub len: u32,
    /// A hash of everything that this declaration was made from.
    pub hash: u64,
    /// The `//go:` directives in the comment before the declaration.
    pub pragmas: Pragmas,
    /// Line starts: the offsets just after each line feed inside the declaration.
    pub line_starts: Box<[Offset]>,
    /// Syntax errors inside the declaration.
    pub errors: Vec<SyntaxError>,
    /// Expressions and types.
    pub exprs: Vec<Expr>,
    /// Statements.
    pub stmts: Vec<Stmt>,
}

impl Decl {
    /// Whether another declaration is the same, the body of a function aside: all that other
    /// declarations can see of it.
    pub fn same_header(&self, other: &Decl) -> bool {
        let (DeclKind::Func(a), DeclKind::Func(b)) = (&self.kind, &other.kind) else {
            return self.hash == other.hash && self.kind == other.kind && self.exprs == other.exprs;
        };
        // Children have smaller ids than their parents, so what is written first ends here.
        let end = a.header_exprs().map(|e| e.0 as usize + 1).max().unwrap_or(0);
        let literal = |e: &Expr| matches!(e.kind, ExprKind::FuncLit(_));
        self.pragmas == other.pragmas
            && (a.body.is_some(), a.pos, &a.recv, &a.name, &a.tparams, &a.sig)
                == (b.body.is_some(), b.pos, &b.recv, &b.name, &b.tparams, &b.sig)
            && self.exprs.get(..end) == other.exprs.get(..end)
            && !self.exprs.iter().take(end).any(literal)
    }
}

impl FuncDecl {
    /// The types in the head of the function.
    fn header_exprs(&self) -> impl Iterator<Item = ExprId> + '_ {
        let recv = self.recv.iter().map(|recv| recv.ty);
        let tparams = self.tparams.iter().map(|tparam| tparam.constraint);
        let params = self.sig.params.iter().chain(&self.sig.results).map(|param| param.ty);
        recv.chain(tparams).chain(params)
    }
}

impl Index<ExprId> for Decl {
    type Output = Expr;
    fn index(&self, id: ExprId) -> &Expr {
        &self.exprs[id.0 as usize]
    }
}

impl Index<StmtId> for Decl {
    type Output = Stmt;
    fn index(&self, id: StmtId) -> &Stmt {
        &self.stmts[id.0 as usize]
    }
}

/// What a declaration declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeclKind {
    /// A function or method.
    Func(FuncDecl),
    /// One line of a constant declaration.
    Const(ConstSpec),
    /// One line of a variable declaration.
    Var(VarSpec),
    /// One line of a type declaration.
    Type(TypeSpec),
    /// Text between declarations that is none.
    Bad,
}

/// A name where it is declared or selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ident {
    /// The name; empty if it is missing.
    pub name: Symbol,
    /// Its first byte.
    pub pos: Offset,
}

/// A function or method declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FuncDecl {
    /// The receiver of a method.
    pub recv: Option<Recv>,
    /// The name.
    pub name: Ident,
    /// The declaration's node position: that of the name, or of the `(` of the receiver.
    pub pos: Offset,
    /// The type parameters, since Go 1.27 also of methods.
    pub tparams: Vec<TypeParam>,
    /// Parameters and results.
    pub sig: FuncSig,
    /// The body; `None` for a function that is implemented elsewhere.
    pub body: Option<Block>,
}

/// A receiver: `(r *T[P])`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recv {
    /// The name, if there is one (it may be `_`).
    pub name: Option<Ident>,
    /// The whole type as written, `*T[P]`. The arguments in brackets are the names that the method
    /// gives to the type's parameters.
    pub ty: ExprId,
}

/// A type parameter; `[P, Q any]` gives two that share their constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeParam {
    /// The name.
    pub name: Ident,
    /// The constraint.
    pub constraint: ExprId,
}

/// Parameters and results of a function, a literal, a function type or an interface's method.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FuncSig {
    /// The parameters; `a, b int` gives two that share their type.
    pub params: Vec<Param>,
    /// The results.
    pub results: Vec<Param>,
    /// Whether the last parameter is `...T`; its type is then `T` here.
    pub variadic: bool,
}

/// A parameter or result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// The name, if there is one (it may be `_`).
    pub name: Option<Ident>,
    /// The type; without the `...` for the last parameter of a variadic function.
    pub ty: ExprId,
    /// The node position: that of the name, or of the type if there is no name.
    pub pos: Offset,
}

/// `name, name T = value, value` in a constant declaration. A line that repeats the one above it
/// carries copies of that line's type and values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConstSpec {
    /// The names.
    pub names: Vec<Ident>,
    /// The type, own or repeated.
    pub ty: Option<ExprId>,
    /// The values, own or repeated.
    pub values: Vec<ExprId>,
    /// The value of `iota`.
    pub iota: u32,
    /// Whether type and values were repeated from a line above, in which case their positions
    /// are those of the first name.
    pub inherited: bool,
}

/// `name, name T = value, value` in a variable declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VarSpec {
    /// The names.
    pub names: Vec<Ident>,
    /// The type, if given.
    pub ty: Option<ExprId>,
    /// The values: none, as many as names, or one.
    pub values: Vec<ExprId>,
}

/// `name[P C] T` or `name[P C] = T`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeSpec {
    /// The name.
    pub name: Ident,
    /// The type parameters.
    pub tparams: Vec<TypeParam>,
    /// Whether there is a `=`.
    pub alias: bool,
    /// The type.
    pub ty: ExprId,
}

/// Points to an expression of the same declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExprId(pub u32);

/// Points to a statement of the same declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StmtId(pub u32);

/// An expression or a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// The node position, which messages of the compiler carry: the operator of a unary or binary
    /// expression, the `(` of a call, the `[` of an index or slice expression, the `.` of a
    /// selector or type assertion, the `{` of a composite literal (its type's start upstream is
    /// not its position), the colon of a key-value pair, the first byte of everything else. See
    /// `cmd/compile/internal/syntax/parser.go`.
    pub pos: Offset,
    /// The first byte.
    pub start: Offset,
    /// One past the last byte.
    pub end: Offset,
}

/// The forms of an expression or type.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are named as in the grammar of Go")]
pub enum ExprKind {
    /// Not Go, or not known to the parser.
    Bad,
    /// `x`.
    Name(Symbol),
    /// `1`, `'a'`, `"s"`, as written.
    BasicLit { kind: LitKind, text: Symbol },
    /// `T{…}`; the type is missing inside another literal. Elements with keys are `KeyValue`.
    CompositeLit { ty: Option<ExprId>, elems: Box<[ExprId]>, rbrace: Offset },
    /// `key: value`, in a composite literal.
    KeyValue { key: ExprId, value: ExprId },
    /// `func(…) … {…}`.
    FuncLit(Box<FuncLit>),
    /// `(x)`.
    Paren(ExprId),
    /// `x.name`.
    Selector { x: ExprId, sel: Ident },
    /// `x[i]`, or `x[T, U]` for an instance.
    Index { x: ExprId, indices: Box<[ExprId]> },
    /// `x[lo:hi:max]`.
    Slice { x: ExprId, lo: Option<ExprId>, hi: Option<ExprId>, max: Option<ExprId>, three: bool },
    /// `x.(T)`; no type for the `x.(type)` of a type switch.
    TypeAssert { x: ExprId, ty: Option<ExprId> },
    /// `f(a, b...)`: a call or a conversion.
    Call { fun: ExprId, args: Box<[ExprId]>, spread: bool },
    /// `*x`: a pointer type or an indirection.
    Star(ExprId),
    /// `-x`, `&x`, `<-x`, `~T`.
    Unary { op: UnaryOp, x: ExprId },
    /// `x + y`; in constraints also `S | T`.
    Binary { op: BinaryOp, x: ExprId, y: ExprId },
    /// `[len]T`; without a length, `[...]T`.
    ArrayType { len: Option<ExprId>, elem: ExprId },
    /// `[]T`.
    SliceType(ExprId),
    /// `struct{…}`.
    StructType(Box<[Field]>),
    /// `func(…) …`.
    FuncType(Box<FuncSig>),
    /// `interface{…}`.
    InterfaceType(Box<[InterfaceElem]>),
    /// `map[K]V`.
    MapType { key: ExprId, value: ExprId },
    /// `chan T`, `chan<- T`, `<-chan T`.
    ChanType { dir: ChanDir, elem: ExprId },
}

/// A function literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FuncLit {
    /// Parameters and results.
    pub sig: FuncSig,
    /// The body.
    pub body: Block,
}

/// The kinds of basic literals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are those of go/token")]
pub enum LitKind {
    Int,
    Float,
    Imag,
    Rune,
    String,
}

/// Directions of a channel type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChanDir {
    /// `chan T`.
    Both,
    /// `chan<- T`.
    Send,
    /// `<-chan T`.
    Recv,
}

/// A field of a struct type; `a, b T` gives two that share their type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The name; for an embedded field, the name of its type.
    pub name: Ident,
    /// The type; `*T` for an embedded pointer.
    pub ty: ExprId,
    /// Whether the field is embedded.
    pub embedded: bool,
    /// The tag, unquoted.
    pub tag: Option<Symbol>,
}

/// An element of an interface type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InterfaceElem {
    /// `Name(…) …`; a method's type is an expression of its own, a `FuncType`.
    Method(Ident, ExprId),
    /// An embedded interface, or a union of terms.
    Embedded(ExprId),
}

/// Unary operators; indirection is [`ExprKind::Star`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `+`
    Plus,
    /// `-`
    Neg,
    /// `!`
    Not,
    /// `^`
    BitNot,
    /// `&`
    Addr,
    /// `<-`
    Recv,
    /// `~`, in constraints.
    Tilde,
}

/// Binary operators, also those of `x op= y`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are those of go/token")]
pub enum BinaryOp {
    LOr,
    LAnd,
    Eql,
    Neq,
    Lss,
    Leq,
    Gtr,
    Geq,
    Add,
    Sub,
    Or,
    Xor,
    Mul,
    Quo,
    Rem,
    And,
    AndNot,
    Shl,
    Shr,
}

/// A list of statements in braces, or in an arm of a `switch` or `select`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Block {
    /// The statements.
    pub stmts: Box<[StmtId]>,
    /// The `{`, or the colon of an arm.
    pub lbrace: Offset,
    /// The `}`, or where the arm ends.
    pub rbrace: Offset,
}

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stmt {
    /// What it is.
    pub kind: StmtKind,
    /// The node position: the operator of an assignment, the `<-` of a send, the first byte of
    /// everything else.
    pub pos: Offset,
    /// The first byte.
    pub start: Offset,
    /// One past the last byte.
    pub end: Offset,
}

/// The forms of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are named as in the grammar of Go")]
pub enum StmtKind {
    /// Not Go, or not known to the parser.
    Bad,
    Empty,
    Expr(ExprId),
    /// `c <- v`.
    Send {
        chan: ExprId,
        value: ExprId,
    },
    /// `x++` or `x--`, which upstream is `x += 1` with an implied one.
    IncDec {
        x: ExprId,
        inc: bool,
    },
    /// `x, y = a, b`.
    Assign {
        lhs: Box<[ExprId]>,
        rhs: Box<[ExprId]>,
    },
    /// `x, y := a, b`.
    Define {
        lhs: Box<[ExprId]>,
        rhs: Box<[ExprId]>,
    },
    /// `x op= y`.
    OpAssign {
        op: BinaryOp,
        x: ExprId,
        y: ExprId,
    },
    /// `go f(x)`; the expression is a call in correct code.
    Go(ExprId),
    /// `defer f(x)`; the expression is a call in correct code.
    Defer(ExprId),
    Return(Box<[ExprId]>),
    Break(Option<Ident>),
    Continue(Option<Ident>),
    Goto(Ident),
    Fallthrough,
    Block(Block),
    /// `else` is a block or another `if`.
    If {
        init: Option<StmtId>,
        cond: ExprId,
        then: Block,
        els: Option<StmtId>,
    },
    Switch {
        init: Option<StmtId>,
        tag: Option<ExprId>,
        clauses: Box<[CaseClause]>,
    },
    /// `switch init; name := x.(type) {…}`.
    TypeSwitch {
        init: Option<StmtId>,
        name: Option<Ident>,
        x: ExprId,
        clauses: Box<[CaseClause]>,
    },
    Select {
        clauses: Box<[CommClause]>,
    },
    For {
        init: Option<StmtId>,
        cond: Option<ExprId>,
        post: Option<StmtId>,
        body: Block,
    },
    /// `for lhs = range x`; `define` for `:=`. `range_pos` is the `range` keyword.
    Range {
        lhs: Box<[ExprId]>,
        define: bool,
        x: ExprId,
        range_pos: Offset,
        body: Block,
    },
    Labeled {
        label: Ident,
        stmt: StmtId,
    },
    Const(Box<[ConstSpec]>),
    Var(Box<[VarSpec]>),
    Type(Box<[TypeSpec]>),
}

/// An arm of a `switch`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseClause {
    /// The `case` or `default` keyword.
    pub pos: Offset,
    /// The expressions or types; `None` for `default`.
    pub cases: Option<Box<[ExprId]>>,
    /// What follows the colon.
    pub body: Block,
}

/// An arm of a `select`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommClause {
    /// The `case` or `default` keyword.
    pub pos: Offset,
    /// The send or receive; `None` for `default`.
    pub comm: Option<StmtId>,
    /// What follows the colon.
    pub body: Block,
}

/// The `//go:` directives before a function or type that change what the compiler does.
///
/// Upstream: `cmd/compile/internal/noder/lex.go`, `ir/node.go` (`PragmaFlag`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[allow(missing_docs, reason = "each field is named after its directive")]
pub struct Pragmas {
    pub noinline: bool,
    pub noescape: bool,
    pub nosplit: bool,
    pub norace: bool,
    pub nocheckptr: bool,
    pub systemstack: bool,
    pub nowritebarrier: bool,
    pub nowritebarrierrec: bool,
    pub yeswritebarrierrec: bool,
    pub cgo_unsafe_args: bool,
    pub uintptrkeepalive: bool,
    pub uintptrescapes: bool,
    pub registerparams: bool,
    pub notinheap: bool,
    pub embed: bool,
}
