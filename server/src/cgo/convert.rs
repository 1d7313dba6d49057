//! From C types to Go types with the same layout.
//!
//! Upstream: `cmd/cgo/gcc.go`, `typeConv`.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::ctype::{CType, Encoding, TypeId, Types};

/// The type of what Go code cannot know the layout of.
const INCOMPLETE: &str = "_cgopackage.Incomplete";

/// Points to a Go type of the same [`GoTypes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct GoId(u32);

/// A Go type as it is written.
#[derive(Debug, Clone)]
enum Go {
    Name(String),
    Pointer(GoId),
    Array(i64, GoId),
    Struct(Vec<(String, GoId)>),
}

/// The types that cgo declares in a package.
#[derive(Debug, Default)]
pub(super) struct GoTypes {
    types: Vec<Go>,
    /// What each name is declared as.
    declared: BTreeMap<String, GoId>,
    /// C unions that hold pointers: for Go they are bytes.
    unions: FxHashSet<GoId>,
    /// How many structs without a name there were.
    unnamed: usize,
}

/// A C type in Go. Upstream: `Type`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Type {
    pub(super) size: i64,
    pub(super) align: i64,
    pub(super) go: GoId,
    pub(super) bad_pointer: bool,
}

/// A C function in Go. Upstream: `FuncType`.
#[derive(Debug, Clone)]
pub(super) struct FuncType {
    pub(super) params: Vec<Type>,
    /// `None` for `void`.
    pub(super) result: Option<Type>,
}

impl GoTypes {
    fn push(&mut self, go: Go) -> GoId {
        self.types.push(go);
        GoId(self.types.len() as u32 - 1)
    }

    /// A type with a name.
    pub(super) fn name(&mut self, name: &str) -> GoId {
        self.push(Go::Name(name.to_owned()))
    }

    /// Bytes.
    fn opaque(&mut self, size: i64) -> GoId {
        let byte = self.name("byte");
        self.push(Go::Array(size, byte))
    }

    /// A type as Go text.
    pub(super) fn text(&self, id: GoId) -> String {
        match &self.types[id.0 as usize] {
            Go::Name(name) => name.clone(),
            Go::Pointer(elem) => format!("*{}", self.text(*elem)),
            Go::Array(len, elem) => format!("[{len}]{}", self.text(*elem)),
            Go::Struct(fields) => {
                let field = |(name, ty): &(String, GoId)| format!("\t{name}\t{}\n", self.text(*ty));
                let fields: String = fields.iter().map(field).collect();
                format!("struct {{\n{fields}}}")
            }
        }
    }

    /// Declares a name that is not declared yet.
    pub(super) fn declare(&mut self, name: &str, ty: Type) {
        self.declared.entry(name.to_owned()).or_insert(ty.go);
    }

    /// The declarations, by name: the name, whether it is an alias, and the type.
    pub(super) fn declarations(&self) -> impl Iterator<Item = (&str, bool, String)> {
        self.declared.iter().map(|(name, &go)| {
            let text = self.text(go);
            let alias = ["_Ctype_enum_", "_Ctype_union_"].iter().any(|kind| name.starts_with(kind));
            (name.as_str(), alias || text.starts_with("_Ctype_"), text)
        })
    }

    fn named(&self, id: GoId) -> Option<&str> {
        if let Go::Name(name) = &self.types[id.0 as usize] { Some(name) } else { None }
    }

    /// Whether a type is or holds a pointer; at the top, a pointer to what may hold pointers.
    /// Upstream: `hasPointer`.
    pub(super) fn has_pointer(&self, id: GoId, top: bool) -> bool {
        const PLAIN: [&str; 17] = [
            "bool",
            "byte",
            "int",
            "uint",
            "rune",
            "int8",
            "uint8",
            "int16",
            "uint16",
            "int32",
            "uint32",
            "int64",
            "uint64",
            "float32",
            "float64",
            "complex64",
            "complex128",
        ];
        match &self.types[id.0 as usize] {
            Go::Array(_, elem) => self.has_pointer(*elem, top),
            Go::Struct(fields) => fields.iter().any(|(_, ty)| self.has_pointer(*ty, top)),
            Go::Pointer(elem) => {
                !top || self.unions.contains(elem) || self.has_pointer(*elem, false)
            }
            Go::Name(name) => match self.declared.get(name) {
                Some(&declared) => self.has_pointer(declared, top),
                None if name == "string" => !top,
                None => !PLAIN.contains(&name.as_str()),
            },
        }
    }

    fn is_struct(&self, id: GoId) -> bool {
        let kinds = ["_Ctype_struct_", "_Ctype_union_", "_Ctype_class_"];
        self.named(id).is_some_and(|name| kinds.iter().any(|kind| name.starts_with(kind)))
    }
}

/// Converts the types of one file.
pub(super) struct Converter<'a> {
    c: &'a Types,
    go: &'a mut GoTypes,
    pointer_size: i64,
    goos: &'a str,
    known: FxHashMap<String, Type>,
    /// Pointers whose targets are not converted yet, in the order in which they came up.
    pointers: Vec<(TypeId, GoId)>,
    tags: FxHashMap<TypeId, String>,
    /// Names `X` for which there is an `XGetTypeID`. Upstream: `getTypeIDs`.
    type_ids: FxHashSet<String>,
}

impl<'a> Converter<'a> {
    pub(super) fn new(
        c: &'a Types,
        go: &'a mut GoTypes,
        pointer_size: i64,
        goos: &'a str,
        type_ids: FxHashSet<String>,
    ) -> Converter<'a> {
        Converter {
            c,
            go,
            pointer_size,
            goos,
            known: FxHashMap::default(),
            pointers: Vec::new(),
            tags: FxHashMap::default(),
            type_ids,
        }
    }

    /// The Go type of a C type, with all that it points to.
    pub(super) fn whole(&mut self, id: TypeId) -> Type {
        let ty = self.convert(id, "");
        self.finish();
        ty
    }

    /// The Go type of a function. `None` if Go cannot call it. Upstream: `FuncType`.
    pub(super) fn func(&mut self, id: TypeId) -> Option<FuncType> {
        let CType::Func { params, result } = &self.c[id] else { return None };
        let mut converted = Vec::new();
        for (index, &param) in params.iter().enumerate() {
            match self.c[param] {
                CType::Dots if index == 0 => break,
                CType::Dots => return None,
                _ => converted.push(self.argument(param)),
            }
        }
        let is_void = matches!(self.c[self.c.base(*result)], CType::Void);
        let result = (!is_void).then(|| self.convert(self.c.unqualified(*result), ""));
        self.finish();
        Some(FuncType { params: converted, result })
    }

    /// Upstream: `FuncArg`.
    fn argument(&mut self, id: TypeId) -> Type {
        let ty = self.convert(self.c.unqualified(id), "");
        match &self.c[id] {
            CType::Array { .. } => {
                let go = self.go.push(Go::Pointer(ty.go));
                let size = self.pointer_size;
                Type { size, align: size, go, bad_pointer: false }
            }
            CType::Typedef(..) => {
                let base = self.c.base(id);
                let CType::Pointer(elem) = self.c[base] else { return ty };
                let is_void = matches!(self.c[self.c.base(elem)], CType::Void);
                if is_void || self.is_bad_pointer(self.innermost_typedef(id)) {
                    return ty;
                }
                self.convert(base, "")
            }
            _ => ty,
        }
    }

    /// Converts what pointers point to. Upstream: `FinishType`.
    fn finish(&mut self) {
        while !self.pointers.is_empty() {
            let (target, _) = self.pointers[0];
            let text = self.c.text(target);
            let (same, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut self.pointers)
                .into_iter()
                .partition(|(other, _)| self.c.text(*other) == text);
            self.pointers = rest;
            let ty = self.convert(target, "");
            for (_, pointer) in same {
                self.go.types[pointer.0 as usize] = Go::Pointer(ty.go);
            }
        }
    }

    /// Upstream: `loadType`.
    fn convert(&mut self, id: TypeId, parent: &str) -> Type {
        let key = format!("{parent} > {}", self.c.text(id));
        if let Some(&known) = self.known.get(&key)
            && !self.is_bad_pointer(id)
        {
            return known;
        }
        let size = self.c.size(id);
        let word = |size: i64, most: i64| size.min(most).max(1);
        let unknown = self.go.name("_Ctype_void");
        let mut ty = Type { size, align: -1, go: unknown, bad_pointer: false };
        let c = self.c;
        match &c[id] {
            CType::Void | CType::Dots => ty.align = 1,
            CType::Basic(encoding, name) => {
                ty = self.basic(*encoding, size);
                if !name.is_empty() {
                    let declared = format!("_Ctype_{}", short_name(name));
                    self.go.declare(&declared, ty);
                    ty.go = self.go.name(&declared);
                }
            }
            CType::Array { in_bits: true, .. } => ty.go = self.go.opaque(size),
            CType::Array { elem, count, .. } => {
                let elem = self.convert(*elem, "");
                let count = (*count).max(0);
                ty.go = self.go.push(Go::Array(count, elem.go));
                ty.align = elem.align;
                ty.size = count * elem.size;
            }
            CType::Enum { values, .. } => {
                let signed = values.iter().any(|(_, value)| *value < 0);
                ty.go = self.go.name(integer_name(signed, size));
                ty.align = word(size, self.pointer_size);
            }
            CType::Func { .. } => {
                // There is no size, so it is bytes in the end.
                ty.align = self.pointer_size;
                ty.size = -1;
            }
            CType::Pointer(elem) => {
                ty.size = self.pointer_size;
                ty.align = self.pointer_size;
                ty.go = if matches!(c[c.base(*elem)], CType::Void) {
                    self.go.name("unsafe.Pointer")
                } else {
                    let pointer = self.go.push(Go::Pointer(unknown));
                    self.pointers.push((*elem, pointer));
                    pointer
                };
            }
            CType::Qualified(_, inner) => {
                ty = self.convert(*inner, "");
                self.known.insert(key, ty);
                return ty;
            }
            CType::Struct { kind, name, .. } => ty = self.structure(id, kind, name, &key),
            CType::Typedef(name, inner) => ty = self.typedef(id, name, *inner, &key),
        }
        if ty.size < 0 {
            ty.size = 0;
            let named = match &c[id] {
                CType::Typedef(..) => true,
                CType::Struct { name, .. } => !name.is_empty(),
                _ => false,
            };
            if !named {
                ty.go = self.go.opaque(0);
            }
        }
        self.known.insert(key, ty);
        ty
    }

    fn basic(&mut self, encoding: Encoding, size: i64) -> Type {
        let align = size.min(self.pointer_size).max(1);
        let (name, align) = match encoding {
            Encoding::Address => ("uintptr", size),
            Encoding::Bool => ("bool", 1),
            Encoding::Char => ("int8", 1),
            Encoding::Uchar => ("uint8", 1),
            Encoding::Int | Encoding::Uint if size == 16 => {
                let byte = self.go.name("uint8");
                let go = self.go.push(Go::Array(16, byte));
                return Type { size, align: 1, go, bad_pointer: false };
            }
            Encoding::Int => (integer_name(true, size), align),
            Encoding::Uint => (integer_name(false, size), align),
            Encoding::Float if size == 4 => ("float32", align),
            Encoding::Float if size == 8 => ("float64", align),
            Encoding::Complex if size == 8 => ("complex64", (size / 2).min(self.pointer_size)),
            Encoding::Complex if size == 16 => ("complex128", (size / 2).min(self.pointer_size)),
            // cgo gives up on these; as bytes they harm nobody who does not touch them.
            Encoding::Float | Encoding::Complex => {
                let go = self.go.opaque(size);
                return Type { size, align: 16, go, bad_pointer: false };
            }
        };
        Type { size, align, go: self.go.name(name), bad_pointer: false }
    }

    fn structure(&mut self, id: TypeId, kind: &str, name: &str, key: &str) -> Type {
        let size = self.c.size(id);
        let tag = match name {
            "" => {
                let go = &mut *self.go;
                let fresh = || {
                    go.unnamed += 1;
                    format!("__{}", go.unnamed - 1)
                };
                self.tags.entry(id).or_insert_with(fresh).clone()
            }
            name => name.to_owned(),
        };
        let declared = format!("_Ctype_{kind}_{tag}");
        let mut ty = Type { size, align: -1, go: self.go.name(&declared), bad_pointer: false };
        // Known before its fields are, which may lead back to it.
        self.known.insert(key.to_owned(), ty);
        if size < 0 {
            let go = self.go.name(INCOMPLETE);
            self.go.declare(&declared, Type { go, ..ty });
            return ty;
        }
        if kind == "struct" {
            let (go, align) = self.fields(id, size);
            ty.align = align;
            self.go.declared.insert(declared, go);
        } else {
            ty.go = self.go.opaque(size);
            ty.align = 1;
            if self.holds_pointer(id) {
                self.go.unions.insert(ty.go);
            }
            self.go.declared.insert(declared, ty.go);
        }
        ty
    }

    /// The fields of a struct, with padding in between; the alignment. Upstream: `Struct`.
    fn fields(&mut self, id: TypeId, size: i64) -> (GoId, i64) {
        let c = self.c;
        let CType::Struct { fields, .. } = &c[id] else { return (self.go.opaque(size), 1) };
        let used: FxHashSet<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        let mut made: Vec<(String, GoId, i64)> = Vec::new();
        let (mut offset, mut align, mut anonymous) = (0, 1, 0);
        for field in fields {
            let ty = self.convert(field.ty, "");
            // What Go cannot express is left out.
            if field.in_bits || (ty.align > 0 && field.offset % ty.align != 0) {
                continue;
            }
            let before = offset;
            let own = ty.align.max(1);
            offset = (offset + own - 1) / own * own;
            if field.offset > offset {
                made.push((
                    "_".into(),
                    self.go.opaque(field.offset - before),
                    field.offset - before,
                ));
                offset = field.offset;
            }
            if field.offset < offset {
                continue;
            }
            let name = if field.name.is_empty() {
                anonymous += 1;
                format!("anon{}", anonymous - 1)
            } else {
                field_name(&field.name, &used)
            };
            made.push((name, ty.go, ty.size));
            offset += ty.size;
            align = align.max(ty.align);
        }
        if offset < size {
            made.push(("_".into(), self.go.opaque(size - offset), size - offset));
            offset = size;
        }
        while offset > 0 && made.last().is_some_and(|(_, _, size)| *size == 0) {
            made.pop();
        }
        let fields = made.into_iter().map(|(name, ty, _)| (name, ty)).collect();
        (self.go.push(Go::Struct(fields)), align)
    }

    fn typedef(&mut self, id: TypeId, name: &str, inner: TypeId, key: &str) -> Type {
        let size = self.c.size(id);
        if name == "_GoString_" {
            let go = self.go.name("string");
            return Type {
                size: 2 * self.pointer_size,
                align: self.pointer_size,
                go,
                bad_pointer: false,
            };
        }
        if name == "_GoBytes_" {
            let go = self.go.name("[]byte");
            return Type {
                size: self.pointer_size + 8,
                align: self.pointer_size,
                go,
                bad_pointer: false,
            };
        }
        let declared = format!("_Ctype_{name}");
        let go = self.go.name(&declared);
        self.known.insert(key.to_owned(), Type { size, align: -1, go, bad_pointer: false });
        let unnamed = matches!(&self.c[inner], CType::Struct { name, .. } if name.is_empty());
        let mut sub = self.convert(inner, if unnamed { key } else { "" });
        if self.is_bad_pointer(id) {
            sub.go = self.go.name("uintptr");
            sub.bad_pointer = true;
            if let Some(old) = self.go.declared.get_mut(&declared) {
                *old = sub.go;
            }
        }
        if self.goos == "windows" && name == "HANDLE" && self.points_to_void(inner) {
            let target = self.go.name(INCOMPLETE);
            sub.go = self.go.push(Go::Pointer(target));
            if let Some(old) = self.go.declared.get_mut(&declared) {
                *old = sub.go;
            }
        }
        let mut ty = Type { go, ..sub };
        if self.go.unions.contains(&sub.go) {
            self.go.unions.insert(go);
        }
        let old = self.go.declared.get(&declared).copied();
        if old.is_none() {
            self.go.declare(&declared, sub);
        }
        if self.go.is_struct(sub.go) {
            ty.go = old.filter(|&old| self.go.is_struct(old)).unwrap_or(sub.go);
        }
        ty
    }

    fn points_to_void(&self, id: TypeId) -> bool {
        self.c.pointee(id).is_some_and(|elem| matches!(self.c[elem], CType::Void))
    }

    fn innermost_typedef(&self, mut id: TypeId) -> TypeId {
        while let CType::Typedef(_, inner) = self.c[id]
            && matches!(self.c[inner], CType::Typedef(..))
        {
            id = inner;
        }
        id
    }

    /// Whether values of a type with this name may be no pointers, whatever C says.
    /// Upstream: `badPointerTypedef`.
    fn is_bad_pointer(&self, id: TypeId) -> bool {
        let CType::Typedef(name, inner) = &self.c[id] else { return false };
        let is_core_foundation = || {
            let of = name.strip_suffix("Ref").filter(|_| matches!(self.goos, "darwin" | "ios"));
            of.is_some_and(|of| {
                let known = |name: &str| self.type_ids.contains(name);
                of == "CFType" || known(of) || known(&of.replacen("Mutable", "", 1))
            })
        };
        let is_egl = || matches!(name.as_str(), "EGLDisplay" | "EGLConfig");
        is_core_foundation() || self.is_jni(id) || (is_egl() && self.points_to_void(*inner))
    }

    /// Upstream: `badJNI`.
    fn is_jni(&self, mut id: TypeId) -> bool {
        let parent = |name: &str| match name {
            "jobject" => Some(""),
            "jclass" | "jthrowable" | "jstring" | "jarray" | "jweak" => Some("jobject"),
            "jbooleanArray" | "jbyteArray" | "jcharArray" | "jshortArray" | "jintArray"
            | "jlongArray" | "jfloatArray" | "jdoubleArray" | "jobjectArray" => Some("jarray"),
            _ => None,
        };
        loop {
            let CType::Typedef(name, inner) = &self.c[id] else { return false };
            let Some(above) = parent(name) else { return false };
            if above.is_empty() {
                let Some(elem) = self.c.pointee(*inner) else { return false };
                return match &self.c[elem] {
                    CType::Void => true,
                    CType::Struct { kind, name, fields, incomplete } => {
                        name == "_jobject"
                            && fields.is_empty()
                            && *incomplete == (*kind == "struct")
                    }
                    _ => false,
                };
            }
            match &self.c[*inner] {
                CType::Typedef(name, _) if name == above => id = *inner,
                _ => return false,
            }
        }
    }

    /// Upstream: `dwarfHasPointer`.
    fn holds_pointer(&self, id: TypeId) -> bool {
        match &self.c[id] {
            CType::Array { elem, .. } => self.holds_pointer(*elem),
            CType::Pointer(_) => true,
            CType::Qualified(_, inner) => self.holds_pointer(*inner),
            CType::Struct { fields, .. } => fields.iter().any(|field| self.holds_pointer(field.ty)),
            CType::Typedef(name, inner) => {
                matches!(name.as_str(), "_GoString_" | "_GoBytes_") || self.holds_pointer(*inner)
            }
            _ => false,
        }
    }
}

fn integer_name(signed: bool, size: i64) -> &'static str {
    match (signed, size) {
        (true, 1) => "int8",
        (true, 2) => "int16",
        (true, 4) => "int32",
        (true, _) => "int64",
        (false, 1) => "uint8",
        (false, 2) => "uint16",
        (false, 4) => "uint32",
        (false, _) => "uint64",
    }
}

/// How Go code calls a basic C type. Upstream: `dwarfToName`.
fn short_name(name: &str) -> String {
    match name {
        "long int" => "long".into(),
        "long unsigned int" | "unsigned long" => "ulong".into(),
        "unsigned int" => "uint".into(),
        "short unsigned int" | "unsigned short" => "ushort".into(),
        "short int" => "short".into(),
        "long long int" => "longlong".into(),
        "long long unsigned int" | "unsigned long long" => "ulonglong".into(),
        "signed char" => "schar".into(),
        "unsigned char" => "uchar".into(),
        name => name.replace(' ', ""),
    }
}

/// The name of a field in Go: keywords get underscores.
fn field_name(name: &str, used: &FxHashSet<&str>) -> String {
    const KEYWORDS: [&str; 25] = [
        "break",
        "case",
        "chan",
        "const",
        "continue",
        "default",
        "defer",
        "else",
        "fallthrough",
        "for",
        "func",
        "go",
        "goto",
        "if",
        "import",
        "interface",
        "map",
        "package",
        "range",
        "return",
        "select",
        "struct",
        "switch",
        "type",
        "var",
    ];
    if !KEYWORDS.contains(&name) {
        return name.to_owned();
    }
    let mut name = format!("_{name}");
    while used.contains(name.as_str()) {
        name.insert(0, '_');
    }
    name
}
