//! Pieces: from a tree to the declarations in it.
//!
//! A declaration whose text and surroundings are those of one in the previous version of the file
//! is taken over from there as it is.

use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use tree_sitter::Node;

use super::ast::{
    Decl, DeclAt, DeclKind, FuncDecl, Ident, Import, Pragmas, Recv, SyntaxError, TypeParam,
};
use super::build::{Builder, unquote};
use super::kinds::{F, K, field, kind};
use super::repair::{self, Masked};
use super::stmt::{ConstLine, spec_nodes};
use super::{directives, pieces, tree};
use crate::symbol::Symbol;

/// Declarations of an earlier version, by hash and length.
pub(super) type Known = FxHashMap<(u64, u32), Arc<Decl>>;

/// What a piece of a file declares. All offsets count from its first byte.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    /// The name after `package`.
    pub(super) package: Option<Ident>,
    pub(super) imports: Vec<Import>,
    pub(super) decls: Vec<DeclAt>,
    /// Errors outside of the declarations.
    pub(super) errors: Vec<SyntaxError>,
}

impl Parsed {
    /// Parses a piece, with the directives in front of it.
    pub(super) fn new(text: &str, is_decl: bool, pragmas: Pragmas, known: &Known) -> Parsed {
        let mut reader = Reader {
            text,
            masked: repair::mask(text),
            known,
            parsed: Parsed::default(),
            pragmas,
            last_end: 0,
            is_sound: true,
        };
        match is_decl {
            true => reader.declaration(),
            false => reader.bad(0..text.len()),
        }
        reader.parsed
    }

    fn has_errors(&self) -> bool {
        !self.errors.is_empty() || self.decls.iter().any(|at| !at.decl.errors.is_empty())
    }

    /// Adds an error to the declaration that is all of the piece, if there is one.
    fn add_error(&mut self, range: Range<usize>) {
        let range = range.start as u32..range.end as u32;
        let error = SyntaxError { range, message: "syntax error".to_owned() };
        match &mut *self.decls {
            [at] if at.start == 0 => Arc::make_mut(&mut at.decl).errors.push(error),
            _ => self.errors.push(error),
        }
    }
}

struct Reader<'s> {
    text: &'s str,
    masked: Masked,
    known: &'s Known,
    parsed: Parsed,
    /// The directives in front of the piece.
    pragmas: Pragmas,
    /// Where the last declaration ended: directives stand between it and the next.
    last_end: usize,
    /// Whether all of the piece is Go. If not, what its declarations mean does not only depend on
    /// their own text.
    is_sound: bool,
}

impl<'s> Reader<'s> {
    fn declaration(&mut self) {
        let Some(tree) = tree::parse(self.masked.text(self.text)) else {
            return self.bad(0..self.text.len());
        };
        let root = tree.root_node();
        if !root.has_error() {
            return self.top_level(root);
        }
        self.is_sound = false;
        let error = first_error(root);
        if self.text.starts_with("func") && !is_function(root, self.text.len()) {
            self.head();
        } else {
            self.top_level(root);
        }
        if !self.parsed.has_errors() {
            self.parsed.add_error(error);
        }
    }

    /// Reads a function whose body is not understood: its head says what others see of it.
    fn head(&mut self) {
        let whole = 0..self.text.len();
        let Some(brace) = pieces::body(self.text.as_bytes()) else { return self.bad(whole) };
        let head = format!("{}{{}}", &self.text[..brace]);
        let masked = repair::mask(&head);
        let tree = tree::parse(masked.text(&head)).filter(|tree| !tree.root_node().has_error());
        let Some(tree) = tree else { return self.bad(whole) };
        let root = tree.root_node();
        let Some(node) = root.child(0).filter(|_| is_function(root, head.len())) else {
            return self.bad(whole);
        };
        let mut builder = builder(&head, 0, node);
        let kind = function(&mut builder, node, &masked).unwrap_or(DeclKind::Bad);
        let hash = hash_of(self.text, self.pragmas, 1);
        let decl = finish(builder, kind, self.text, whole.clone(), self.pragmas, hash);
        self.add(whole, decl);
    }

    fn top_level(&mut self, root: Node<'_>) {
        let mut cursor = root.walk();
        if !cursor.goto_first_child() {
            return;
        }
        loop {
            let node = cursor.node();
            match kind(node) {
                K::Comment => {}
                K::Other => {}
                K::PackageClause => self.package(node),
                K::ImportDecl => self.imports(node),
                K::FuncDecl | K::MethodDecl => self.func(node),
                K::ConstDecl => self.consts(node),
                K::VarDecl => self.vars(node),
                K::TypeDecl => self.types(node),
                _ => self.bad(node.byte_range()),
            }
            if !cursor.goto_next_sibling() {
                break;
            }
        }
    }

    fn package(&mut self, node: Node<'_>) {
        let mut builder = builder(self.text, 0, node);
        let name = builder.children(node).into_iter().find(|child| child.1 == K::Ident);
        self.parsed.package = name.map(|(_, _, name)| builder.ident(name));
        self.parsed.errors.append(&mut builder.errors);
        self.last_end = node.end_byte();
    }

    fn imports(&mut self, node: Node<'_>) {
        let mut builder = builder(self.text, 0, node);
        let mut todo = vec![node];
        let mut specs = Vec::new();
        while let Some(node) = todo.pop() {
            for (_, what, child) in builder.children(node) {
                match what {
                    K::ImportSpec => specs.push(child),
                    K::ImportSpecList => todo.push(child),
                    _ => {}
                }
            }
        }
        for spec in specs {
            let children = builder.children(spec);
            let at = |wanted| children.iter().find(|child| child.0 == wanted).map(|child| child.2);
            let Some(path) = at(F::Path) else { continue };
            self.parsed.imports.push(Import {
                name: at(F::Name).map(|name| Symbol::new(builder.text_of(name))),
                path: Symbol::new(&unquote(builder.text_of(path))),
                start: spec.start_byte() as u32,
                end: spec.end_byte() as u32,
            });
        }
        self.parsed.errors.append(&mut builder.errors);
        self.last_end = node.end_byte();
    }

    fn bad(&mut self, range: Range<usize>) {
        let message = "syntax error: non-declaration statement outside function body".to_owned();
        let own = self.text.get(range.clone()).unwrap_or_default();
        let decl = Decl {
            kind: DeclKind::Bad,
            len: range.len() as u32,
            hash: hash_of(own, Pragmas::default(), 2),
            pragmas: Pragmas::default(),
            line_starts: line_starts(own),
            errors: vec![SyntaxError { range: 0..range.len() as u32, message }],
            exprs: Vec::new(),
            stmts: Vec::new(),
        };
        self.add(range, decl);
    }

    fn add(&mut self, range: Range<usize>, decl: Decl) {
        let decl = match self.known.get(&(decl.hash, decl.len)) {
            Some(known) if decl.kind == DeclKind::Bad => Arc::clone(known),
            _ => Arc::new(decl),
        };
        self.parsed.decls.push(DeclAt { start: range.start as u32, decl });
        self.last_end = range.end;
    }

    /// The directives in front of a declaration.
    fn pragmas(&self, start: usize) -> Pragmas {
        match self.last_end {
            0 => self.pragmas,
            end => directives::pragmas(self.text.get(end..start).unwrap_or_default()),
        }
    }

    /// Adds a declaration unless it is known already; `build` makes it.
    fn declare<'t>(
        &mut self,
        node: Node<'t>,
        context: u64,
        build: impl FnOnce(&mut Builder<'t>) -> Option<DeclKind>,
    ) where
        's: 't,
    {
        let range = node.byte_range();
        let pragmas = self.pragmas(range.start);
        let text = self.text.get(range.clone()).unwrap_or_default();
        let hash = match self.is_sound {
            true => hash_of(text, pragmas, context),
            false => hash_of(self.text, pragmas, context),
        };
        let known = self.known.get(&(hash, range.len() as u32));
        if let Some(decl) = known.filter(|_| self.is_sound) {
            let decl = Arc::clone(decl);
            self.parsed.decls.push(DeclAt { start: range.start as u32, decl });
            self.last_end = range.end;
            return;
        }
        let mut builder = builder(self.text, range.start, node);
        let kind = build(&mut builder).unwrap_or(DeclKind::Bad);
        let decl = finish(builder, kind, self.text, range.clone(), pragmas, hash);
        self.add(range, decl);
    }

    fn func(&mut self, node: Node<'_>) {
        let masked = std::mem::take(&mut self.masked);
        self.declare(node, 0, |builder| function(builder, node, &masked));
        self.masked = masked;
    }

    /// Directives in front of a group belong to none of its lines.
    fn open_group(&mut self, node: Node<'_>) {
        let mut cursor = node.walk();
        let list = node.children(&mut cursor).find(|child| kind(*child) == K::VarSpecList);
        let node = list.unwrap_or(node);
        let paren = node.children(&mut cursor).find(|child| child.kind() == "(");
        if let Some(paren) = paren {
            self.last_end = paren.end_byte();
        }
    }

    fn consts(&mut self, node: Node<'_>) {
        self.open_group(node);
        let mut builder = builder(self.text, 0, node);
        let lines = builder.const_lines(node);
        self.parsed.errors.append(&mut builder.errors);
        for line in &lines {
            // What a line means depends on where it stands in the group.
            let inherited = |of: Option<Node<'_>>| of.map_or("", |of| builder.text_of(of));
            let context = match line.inherits {
                true => hash_words(line, [inherited(line.ty), inherited(line.values)]),
                false => hash_words(line, ["", ""]),
            };
            self.declare(line.node, context, |builder| {
                builder.const_spec(line).map(DeclKind::Const)
            });
        }
        self.last_end = node.end_byte();
    }

    fn vars(&mut self, node: Node<'_>) {
        self.open_group(node);
        let mut builder = builder(self.text, 0, node);
        for spec in spec_nodes(&mut builder, node, K::VarSpec) {
            self.declare(spec, 0, |builder| Some(DeclKind::Var(builder.var_spec(spec))));
        }
        self.parsed.errors.append(&mut builder.errors);
        self.last_end = node.end_byte();
    }

    fn types(&mut self, node: Node<'_>) {
        self.open_group(node);
        let mut builder = builder(self.text, 0, node);
        for (_, what, spec) in builder.children(node) {
            if matches!(what, K::TypeSpec | K::TypeAlias) {
                self.declare(spec, 0, |builder| builder.type_spec(spec).map(DeclKind::Type));
            }
        }
        self.parsed.errors.append(&mut builder.errors);
        self.last_end = node.end_byte();
    }
}

/// A builder of the declaration at `start`.
fn builder<'t>(text: &'t str, start: usize, node: Node<'t>) -> Builder<'t> {
    Builder {
        text,
        start,
        fixed: None,
        exprs: Vec::new(),
        stmts: Vec::new(),
        errors: Vec::new(),
        cursor: node.walk(),
    }
}

fn function<'t>(builder: &mut Builder<'t>, node: Node<'t>, masked: &Masked) -> Option<DeclKind> {
    let range = node.byte_range();
    let lists = &masked.method_tparams;
    let tparams = lists.iter().find(|list| range.contains(&(list.start as usize))).cloned();
    let children = builder.children(node);
    let at = |wanted| children.iter().find(|child| child.0 == wanted).map(|child| child.2);
    let name = at(F::Name)?;
    let recv = at(F::Receiver).and_then(|list| receiver(builder, list));
    let own = at(F::TypeParameters).map(|list| builder.type_params(list));
    let masked = tparams.map(|list| method_type_params(builder, builder.text, list));
    let name = builder.ident(name);
    let pos = match at(F::Receiver) {
        Some(list) => builder.at(list),
        None => name.pos,
    };
    let sig = builder.signature(&children);
    let body = at(F::Body).map(|body| builder.block(body));
    let tparams = own.or(masked).unwrap_or_default();
    Some(DeclKind::Func(FuncDecl { recv, name, pos, tparams, sig, body }))
}

/// Whether a tree holds one function and nothing else.
fn is_function(root: Node<'_>, len: usize) -> bool {
    root.child(0).is_some_and(|node| {
        matches!(kind(node), K::FuncDecl | K::MethodDecl) && node.byte_range() == (0..len)
    })
}

/// Where a tree first has something that is not Go.
fn first_error(root: Node<'_>) -> Range<usize> {
    let mut cursor = root.walk();
    loop {
        let node = cursor.node();
        if node.is_error() || node.is_missing() {
            return node.byte_range();
        }
        let mut found = node.has_error() && cursor.goto_first_child();
        while found && !cursor.node().has_error() {
            found = cursor.goto_next_sibling();
        }
        if !found {
            return cursor.node().byte_range();
        }
    }
}

/// The offsets just after each line feed.
fn line_starts(text: &str) -> Box<[u32]> {
    text.match_indices('\n').map(|(at, _)| at as u32 + 1).collect()
}

fn hash_of(text: &str, pragmas: Pragmas, context: u64) -> u64 {
    // Its keys are fixed, so the value is the same in every run.
    let mut hasher = std::hash::DefaultHasher::new();
    text.hash(&mut hasher);
    pragmas.hash(&mut hasher);
    context.hash(&mut hasher);
    hasher.finish()
}

fn hash_words(line: &ConstLine<'_>, words: [&str; 2]) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    (line.iota, line.inherits, words).hash(&mut hasher);
    hasher.finish()
}

fn finish(
    builder: Builder<'_>,
    kind: DeclKind,
    text: &str,
    range: Range<usize>,
    pragmas: Pragmas,
    hash: u64,
) -> Decl {
    let own = text.get(range.clone()).unwrap_or_default();
    Decl {
        kind,
        len: range.len() as u32,
        hash,
        pragmas,
        line_starts: line_starts(own),
        errors: builder.errors,
        exprs: builder.exprs,
        stmts: builder.stmts,
    }
}

/// The receiver among a method's first parameters.
fn receiver<'t>(builder: &mut Builder<'t>, list: Node<'t>) -> Option<Recv> {
    let mut variadic = false;
    let mut params = builder.params(list, &mut variadic);
    if params.len() > 1 {
        builder.error(list, "method has multiple receivers");
    }
    if params.is_empty() {
        builder.error(list, "method has no receiver");
        return None;
    }
    let recv = params.swap_remove(0);
    Some(Recv { name: recv.name, ty: recv.ty })
}

/// Parses the type parameter list of a method, which the tree does not hold.
fn method_type_params(builder: &mut Builder<'_>, text: &str, list: Range<u32>) -> Vec<TypeParam> {
    // A function with that list, which stands where the method's does.
    let head = "func f";
    let blanks = (list.start as usize).saturating_sub(head.len());
    let own = text.get(list.start as usize..list.end as usize).unwrap_or_default();
    let snippet = format!("{}{head}{own}()", " ".repeat(blanks));
    let Some(tree) = tree::parse(snippet.as_bytes()) else { return Vec::new() };
    let mut cursor = tree.root_node().walk();
    cursor.goto_first_child();
    cursor.goto_first_child();
    while field(cursor.field_id()) != F::TypeParameters {
        if !cursor.goto_next_sibling() {
            return Vec::new();
        }
    }
    let mut inner = Builder {
        text: &snippet,
        start: builder.start,
        fixed: None,
        exprs: std::mem::take(&mut builder.exprs),
        stmts: Vec::new(),
        errors: std::mem::take(&mut builder.errors),
        cursor: tree.walk(),
    };
    let params = inner.type_params(cursor.node());
    builder.exprs = inner.exprs;
    builder.errors = inner.errors;
    params
}
