//! Files: from a tree to the declarations in it.
//!
//! A declaration whose text and surroundings are those of one in the previous version of the file
//! is taken over from there as it is. In a file with syntax errors each stretch from one top-level
//! keyword at the start of a line to the next is parsed for itself, so that an open brace or
//! bracket spoils one declaration only.

use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use tree_sitter::Node;

use super::ast::{
    Decl, DeclAt, DeclKind, File, FuncDecl, Import, Pragmas, Recv, SyntaxError, TypeParam,
};
use super::build::{Builder, unquote};
use super::directives;
use super::kinds::{F, K, field, kind};
use super::stmt::{ConstLine, spec_nodes};
use super::tree::{self, SourceTree};
use crate::symbol::Symbol;

/// The declarations of a file; those that were there before are taken over.
pub fn file(source: &SourceTree, previous: Option<&File>) -> File {
    let text: &str = source.text();
    let mut known = FxHashMap::default();
    for DeclAt { decl, .. } in previous.into_iter().flat_map(|file| &file.decls) {
        known.insert((decl.hash, decl.len), Arc::clone(decl));
    }
    let mut reader = Reader { source, text, known, file: File::default(), last_end: 0, shift: 0 };
    let Some(tree) = source.tree() else {
        let message = format!("file too long: {} bytes", text.len());
        reader.file.errors.push(SyntaxError { range: 0..0, message });
        return reader.file;
    };
    let root = tree.root_node();
    if root.has_error() {
        for chunk in chunks(source.masked()) {
            reader.chunk(chunk);
        }
    } else {
        reader.top_level(root);
    }
    let is_comment = |at: usize| {
        let node = root.descendant_for_byte_range(at, at + 1);
        node.is_some_and(|node| kind(node) == K::Comment && node.start_byte() == at)
    };
    let mut file = reader.file;
    file.line_directives = directives::line_directives(text, &is_comment);
    file.linknames = directives::linknames(text);
    let header = text.get(..file.package_pos as usize).unwrap_or_default();
    file.go_version = directives::build_version(header);
    file
}

struct Reader<'s> {
    source: &'s SourceTree,
    text: &'s str,
    /// The declarations of the previous version, by hash and length.
    known: FxHashMap<(u64, u32), Arc<Decl>>,
    file: File,
    /// Where the last declaration ended: directives stand between it and the next.
    last_end: usize,
    /// Where the offsets of the tree in hand count from.
    shift: usize,
}

impl<'s> Reader<'s> {
    /// Parses a stretch of a file with errors for itself.
    fn chunk(&mut self, range: Range<usize>) {
        let Some(bytes) = self.source.masked().get(range.clone()) else { return };
        let Some(tree) = tree::parse(bytes, None) else { return };
        self.shift = range.start;
        self.top_level(tree.root_node());
        self.shift = 0;
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
                _ => self.bad(node),
            }
            if !cursor.goto_next_sibling() {
                break;
            }
        }
    }

    fn range(&self, node: Node<'_>) -> Range<usize> {
        let range = node.byte_range();
        range.start + self.shift..range.end + self.shift
    }

    fn builder<'t>(&self, start: usize, node: Node<'t>) -> Builder<'t>
    where
        's: 't,
    {
        Builder {
            text: self.text,
            shift: self.shift,
            start,
            fixed: None,
            exprs: Vec::new(),
            stmts: Vec::new(),
            errors: Vec::new(),
            cursor: node.walk(),
        }
    }

    fn package(&mut self, node: Node<'_>) {
        let mut builder = self.builder(0, node);
        let name = builder.children(node).into_iter().find(|child| child.1 == K::Ident);
        if let Some((_, _, name)) = name
            && self.file.package.is_empty()
        {
            self.file.package = Symbol::new(builder.text_of(name));
            self.file.package_pos = self.range(name).start as u32;
        }
        self.last_end = self.range(node).end;
    }

    fn imports(&mut self, node: Node<'_>) {
        let mut builder = self.builder(0, node);
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
            let range = self.range(spec);
            self.file.imports.push(Import {
                name: at(F::Name).map(|name| Symbol::new(builder.text_of(name))),
                path: Symbol::new(&unquote(builder.text_of(path))),
                start: range.start as u32,
                end: range.end as u32,
            });
        }
        self.file.errors.append(&mut builder.errors);
        self.last_end = self.range(node).end;
    }

    fn bad(&mut self, node: Node<'_>) {
        let range = self.range(node);
        let message = "syntax error: non-declaration statement outside function body".to_owned();
        let mut builder = self.builder(range.start, node);
        builder.errors.push(SyntaxError { range: 0..range.len() as u32, message });
        let decl = finish(builder, DeclKind::Bad, self.text, range.clone(), Pragmas::default(), 0);
        self.add(range, decl);
    }

    fn add(&mut self, range: Range<usize>, decl: Decl) {
        self.file.decls.push(DeclAt { start: range.start as u32, decl: Arc::new(decl) });
        self.last_end = range.end;
    }

    /// The directives in front of a declaration.
    fn pragmas(&self, start: usize) -> Pragmas {
        directives::pragmas(self.text.get(self.last_end..start).unwrap_or_default())
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
        let range = self.range(node);
        let pragmas = self.pragmas(range.start);
        let text = self.text.get(range.clone()).unwrap_or_default();
        let hash = hash_of(text, pragmas, context);
        if let Some(decl) = self.known.get(&(hash, range.len() as u32)) {
            let decl = Arc::clone(decl);
            self.file.decls.push(DeclAt { start: range.start as u32, decl });
            self.last_end = range.end;
            return;
        }
        let mut builder = self.builder(range.start, node);
        let kind = build(&mut builder).unwrap_or(DeclKind::Bad);
        let decl = finish(builder, kind, self.text, range.clone(), pragmas, hash);
        self.add(range, decl);
    }

    fn func(&mut self, node: Node<'_>) {
        let range = self.range(node);
        let lists = self.source.method_tparams();
        let tparams = lists.iter().find(|list| range.contains(&(list.start as usize))).cloned();
        let text = self.text;
        self.declare(node, 0, |builder| {
            let children = builder.children(node);
            let at = |wanted| children.iter().find(|child| child.0 == wanted).map(|child| child.2);
            let name = at(F::Name)?;
            let recv = at(F::Receiver).and_then(|list| receiver(builder, list));
            let own = at(F::TypeParameters).map(|list| builder.type_params(list));
            let masked = tparams.map(|list| method_type_params(builder, text, list));
            let name = builder.ident(name);
            let pos = match at(F::Receiver) {
                Some(list) => builder.at(list),
                None => name.pos,
            };
            let sig = builder.signature(&children);
            let body = at(F::Body).map(|body| builder.block(body));
            let tparams = own.or(masked).unwrap_or_default();
            Some(DeclKind::Func(FuncDecl { recv, name, pos, tparams, sig, body }))
        });
    }

    fn consts(&mut self, node: Node<'_>) {
        let mut builder = self.builder(0, node);
        let lines = builder.const_lines(node);
        self.file.errors.append(&mut builder.errors);
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
        self.last_end = self.range(node).end;
    }

    fn vars(&mut self, node: Node<'_>) {
        let mut builder = self.builder(0, node);
        for spec in spec_nodes(&mut builder, node, K::VarSpec) {
            self.declare(spec, 0, |builder| Some(DeclKind::Var(builder.var_spec(spec))));
        }
        self.file.errors.append(&mut builder.errors);
        self.last_end = self.range(node).end;
    }

    fn types(&mut self, node: Node<'_>) {
        let mut builder = self.builder(0, node);
        for (_, what, spec) in builder.children(node) {
            if matches!(what, K::TypeSpec | K::TypeAlias) {
                self.declare(spec, 0, |builder| builder.type_spec(spec).map(DeclKind::Type));
            }
        }
        self.file.errors.append(&mut builder.errors);
        self.last_end = self.range(node).end;
    }
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
    let feeds = own.bytes().enumerate().filter(|&(_, byte)| byte == b'\n');
    Decl {
        kind,
        len: range.len() as u32,
        hash,
        pragmas,
        line_starts: feeds.map(|(at, _)| at as u32 + 1).collect(),
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
    let range = list.start as usize..list.end as usize;
    let Some(own) = text.get(range.clone()) else { return Vec::new() };
    let head = "func f";
    let snippet = format!("{head}{own}()");
    let Some(tree) = tree::parse(snippet.as_bytes(), None) else { return Vec::new() };
    let mut cursor = tree.root_node().walk();
    cursor.goto_first_child();
    cursor.goto_first_child();
    loop {
        if field(cursor.field_id()) == F::TypeParameters {
            break;
        }
        if !cursor.goto_next_sibling() {
            return Vec::new();
        }
    }
    // The nodes are made as if the list stood in the declaration.
    let mut inner = Builder {
        text: &snippet,
        shift: 0,
        start: 0,
        fixed: None,
        exprs: std::mem::take(&mut builder.exprs),
        stmts: Vec::new(),
        errors: Vec::new(),
        cursor: tree.walk(),
    };
    let first = inner.exprs.len();
    let mut params = inner.type_params(cursor.node());
    let Builder { mut exprs, errors, .. } = inner;
    let by = (range.start - builder.start) as i64 - head.len() as i64;
    let moved = |at: u32| (i64::from(at) + by).max(0) as u32;
    for expr in &mut exprs[first..] {
        expr.pos = moved(expr.pos);
        expr.start = moved(expr.start);
        expr.end = moved(expr.end);
        if let super::ast::ExprKind::Selector { sel, .. } = &mut expr.kind {
            sel.pos = moved(sel.pos);
        }
    }
    for param in &mut params {
        param.name.pos = moved(param.name.pos);
    }
    builder.exprs = exprs;
    builder.errors.extend(errors.into_iter().map(|error| SyntaxError {
        range: moved(error.range.start)..moved(error.range.end),
        message: error.message,
    }));
    params
}

/// Splits a text where a line begins with a keyword of a top-level declaration, outside of comments
/// and strings.
fn chunks(text: &[u8]) -> Vec<Range<usize>> {
    const KEYWORDS: [&[u8]; 6] = [b"package", b"import", b"func", b"type", b"var", b"const"];
    let mut starts = vec![0];
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let begins_line = at == 0 || text[at - 1] == b'\n';
        if begins_line && at > 0 {
            let word = rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
            if KEYWORDS.contains(&&rest[..word]) {
                starts.push(at);
                at += word;
                continue;
            }
        }
        let skip = |end: Option<usize>| end.unwrap_or(rest.len());
        at += match rest {
            [b'/', b'/', ..] => skip(rest.iter().position(|&byte| byte == b'\n')),
            [b'/', b'*', ..] => {
                skip(rest[2..].windows(2).position(|pair| pair == b"*/").map(|end| end + 4))
            }
            [b'`', ..] => skip(rest[1..].iter().position(|&byte| byte == b'`').map(|end| end + 2)),
            [quote @ (b'"' | b'\''), ..] => quoted_len(rest, *quote),
            _ => 1,
        };
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
}

/// The length of a string or rune, which ends with its line at the latest.
fn quoted_len(text: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < text.len() {
        match text[at] {
            b'\\' => at += 1,
            b'\n' => return at,
            byte if byte == quote => return at + 1,
            _ => {}
        }
        at += 1;
    }
    text.len()
}
