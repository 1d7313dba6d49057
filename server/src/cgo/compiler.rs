//! Asks the C compiler what names are, by compiling a text in which they are used.
//!
//! Upstream: `cmd/cgo/gcc.go`, `guessKinds`, `loadDWARF`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use camino::{Utf8Path, Utf8PathBuf};
use gimli::{EndianArcSlice, RunTimeEndian};
use object::{Object as _, ObjectSection as _, ObjectSymbol as _, RelocationTarget};
use rustc_hash::FxHashMap;

use super::ctype::{TypeId, Types, attr_string};

/// What the names of Go's own helpers mean in C. Upstream: `builtinProlog`.
const PROLOG: &str = "
#include <stddef.h>
typedef ptrdiff_t intgo;
#define GO_CGO_GOSTRING_TYPEDEF
typedef struct { const char *p; intgo n; } _GoString_;
typedef struct { char *p; intgo n; intgo c; } _GoBytes_;
_GoString_ GoString(char *p);
_GoString_ GoStringN(char *p, int l);
_GoBytes_ GoBytes(void *p, int n);
char *CString(_GoString_);
void *CBytes(_GoBytes_);
void *_CMalloc(size_t);
__attribute__ ((unused)) static size_t _GoStringLen(_GoString_ s) { return (size_t)s.n; }
__attribute__ ((unused)) static const char *_GoStringPtr(_GoString_ s) { return s.p; }
";

/// A C compiler with its flags.
pub(super) struct Compiler {
    /// The command and its first arguments.
    pub(super) command: Vec<String>,
    /// Flags for all it compiles.
    pub(super) flags: Vec<String>,
    /// Where it runs.
    pub(super) dir: Utf8PathBuf,
}

/// What a name is. Upstream: `Name.Kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Iconst,
    Fconst,
    Sconst,
    Type,
    Var,
    Macro,
    Func,
}

/// A name with what the C compiler knows of it.
#[derive(Debug, Clone)]
pub(super) struct Known {
    /// The name as in `C.name`.
    pub(super) name: String,
    pub(super) kind: Kind,
    /// The value of a constant, as it is written in Go.
    pub(super) value: Option<String>,
    /// The type, unless the value says it all.
    pub(super) ty: Option<TypeId>,
}

/// The names of one file.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) names: Vec<Known>,
    pub(super) types: Types,
}

/// The C name of `C.name`. Upstream: `cname`.
pub(super) fn c_name(name: &str) -> String {
    const WORDS: [(&str, &str); 9] = [
        ("schar", "signed char"),
        ("uchar", "unsigned char"),
        ("ushort", "unsigned short"),
        ("uint", "unsigned int"),
        ("ulong", "unsigned long"),
        ("longlong", "long long"),
        ("ulonglong", "unsigned long long"),
        ("complexfloat", "float _Complex"),
        ("complexdouble", "double _Complex"),
    ];
    if let Some((_, c)) = WORDS.iter().find(|(word, _)| *word == name) {
        return (*c).to_owned();
    }
    for kind in ["struct", "union", "enum"] {
        if let Some(tag) = name.strip_prefix(kind).and_then(|rest| rest.strip_prefix('_')) {
            return format!("{kind} {tag}");
        }
    }
    match name.strip_prefix("sizeof_") {
        Some(of) => format!("sizeof({})", c_name(of)),
        None => name.to_owned(),
    }
}

impl Compiler {
    /// What the names are that a file with this C text uses. Unknown ones are left out.
    pub(super) fn ask(&self, preamble: &str, names: &[String]) -> Result<Answer, String> {
        if names.is_empty() {
            return Ok(Answer::default());
        }
        let defines = self.defines(preamble)?;
        let mut known: Vec<Known> = Vec::new();
        let mut unknown: Vec<&String> = Vec::new();
        for name in names {
            let c = c_name(name);
            let define = defines.get(c.as_str());
            let one = |kind, value| Known { name: name.clone(), kind, value, ty: None };
            if let Some((kind, value)) = define.and_then(|define| constant(define)) {
                known.push(one(kind, Some(value)));
            } else if ["struct ", "union ", "enum "].iter().any(|kind| c.starts_with(kind)) {
                known.push(one(Kind::Type, None));
            } else {
                unknown.push(name);
            }
        }
        let is_clang = defines.contains_key("__clang__");
        let kinds = self.kinds(preamble, &unknown, is_clang)?;
        for (name, kind) in unknown.into_iter().zip(kinds) {
            let Some(mut kind) = kind else { continue };
            if kind == Kind::Var && defines.contains_key(c_name(name).as_str()) {
                kind = Kind::Macro;
            }
            known.push(Known { name: name.clone(), kind, value: None, ty: None });
        }
        known.sort_by(|a, b| a.name.cmp(&b.name));
        self.describe(preamble, known, is_clang)
    }

    /// What is defined after the preamble.
    fn defines(&self, preamble: &str) -> Result<FxHashMap<String, String>, String> {
        let text = format!("{PROLOG}{preamble}");
        let (output, errors) = self.run(&["-E", "-dM", "-xc"], &text, "-")?;
        if output.is_empty() {
            return Err(first_error(&errors));
        }
        let output = String::from_utf8_lossy(&output);
        let defines = output.lines().filter_map(|line| {
            let (name, value) = line.strip_prefix("#define ")?.split_once([' ', '\t'])?;
            Some((name.to_owned(), value.trim().to_owned()))
        });
        Ok(defines.collect())
    }

    /// The kind of each name, from the errors that its uses give. Names are first taken for
    /// variables where they may be functions or macros.
    fn kinds(
        &self,
        preamble: &str,
        names: &[&String],
        is_clang: bool,
    ) -> Result<Vec<Option<Kind>>, String> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        const UNDECLARED: u8 = 1;
        const NO_TYPE: u8 = 2;
        const NO_INT: u8 = 4;
        const NO_NUMBER: u8 = 8;
        const NO_STRING: u8 = 16;
        let mut text = format!("{PROLOG}{preamble}\n");
        for (index, name) in names.iter().enumerate() {
            let (at, c) = (index + 1, c_name(name));
            let uses = [
                format!("__typeof__({c}) *goescape_1;"),
                format!("{c} *goescape_2;"),
                format!("enum {{ goescape_3 = ({c})*1 }};"),
                format!("static const double goescape_4 = ({c});"),
                format!("static const char goescape_5[] = ({c});"),
            ];
            for (number, one) in uses.iter().enumerate() {
                let _ = writeln!(text, "#line {at} \"goescape-{number}\"");
                let _ = writeln!(text, "void goescape_{at}_{number}(void) {{ {one} }}");
            }
        }
        text.push_str("#line 1 \"goescape-end\"\nint goescape_end = goescape_undeclared;\n");
        let mut flags =
            vec!["-w", "-Wno-error", "-fsyntax-only", "-xc", "-O0", "-fdiagnostics-color=never"];
        if is_clang {
            flags.extend(["-ferror-limit=0", "-fno-builtin"]);
        }
        let (_, errors) = self.run(&flags, &text, "-")?;
        let mut signs = vec![0; names.len()];
        let mut whole = false;
        let mut stray = false;
        for line in errors.lines() {
            // The note that leads to a name from an error in a macro counts as that error.
            let is_error = line.contains(": error:");
            let is_note = line.contains(": note:") && stray;
            if !is_error && !is_note {
                continue;
            }
            let mut parts = line.splitn(3, ':');
            let file = parts.next().unwrap_or_default();
            let at = parts.next().and_then(|at| at.parse::<usize>().ok()).unwrap_or_default();
            let sign = match file {
                "goescape-end" => {
                    whole = true;
                    continue;
                }
                "goescape-0" => UNDECLARED,
                "goescape-1" => NO_TYPE,
                "goescape-2" => NO_INT,
                "goescape-3" => NO_NUMBER,
                "goescape-4" => NO_STRING,
                _ => {
                    stray |= is_error;
                    continue;
                }
            };
            if let Some(signs) = at.checked_sub(1).and_then(|at| signs.get_mut(at)) {
                *signs |= sign;
                stray = false;
            }
        }
        if !whole {
            return Err(first_error(&errors));
        }
        const INT: u8 = NO_STRING | NO_TYPE;
        const FLOAT: u8 = NO_INT | NO_STRING | NO_TYPE;
        const STRING: u8 = NO_INT | NO_NUMBER | NO_TYPE;
        const TYPE: u8 = NO_INT | NO_NUMBER | NO_STRING;
        const OTHER: u8 = NO_INT | NO_NUMBER | NO_STRING | NO_TYPE;
        let kind = |signs: u8| match signs {
            INT => Some(Kind::Iconst),
            FLOAT => Some(Kind::Fconst),
            STRING => Some(Kind::Sconst),
            TYPE => Some(Kind::Type),
            OTHER => Some(Kind::Var),
            _ => None,
        };
        Ok(signs.into_iter().map(kind).collect())
    }

    /// Types and values of names whose kinds are known.
    fn describe(
        &self,
        preamble: &str,
        mut known: Vec<Known>,
        is_clang: bool,
    ) -> Result<Answer, String> {
        let mut text = format!("{PROLOG}{preamble}\n#line 1 \"goescape-types\"\n");
        let wanted: Vec<usize> =
            (0..known.len()).filter(|&index| known[index].value.is_none()).collect();
        if wanted.is_empty() {
            return Ok(Answer { names: known, types: Types::default() });
        }
        let mut ints = String::new();
        let mut floats = String::new();
        for &index in &wanted {
            let (c, kind) = (c_name(&known[index].name), known[index].kind);
            let _ = writeln!(text, "__typeof__({c}) *__cgo__{index};");
            let value = |of| if kind == of { c.as_str() } else { "0" };
            let _ = writeln!(ints, "\t{},", value(Kind::Iconst));
            let _ = writeln!(floats, "\t{},", value(Kind::Fconst));
            if kind == Kind::Iconst {
                let _ = writeln!(text, "enum {{ __cgo_enum__{index} = {c} }};");
            }
            if kind == Kind::Sconst {
                let _ = writeln!(text, "const char __cgo_str__{index}[] = {c};");
            }
        }
        let _ = writeln!(text, "long long __cgo_ints[] = {{\n{ints}\t1\n}};");
        let _ = writeln!(text, "double __cgo_floats[] = {{\n{floats}\t1\n}};");
        let object = Temporary::new();
        let mut flags =
            vec!["-w", "-Wno-error", "-gdwarf-2", "-c", "-xc", "-fno-lto", "-o", object.0.as_str()];
        if is_clang {
            flags.extend(["-ferror-limit=0", "-fno-builtin"]);
        }
        let (_, errors) = self.run(&flags, &text, "-")?;
        let bytes = std::fs::read(&object.0).map_err(|_| first_error(&errors))?;
        let object = object::File::parse(&*bytes).map_err(|error| error.to_string())?;
        let mut types = Types::default();
        let found = read_types(&object, &mut types).map_err(|error| error.to_string())?;
        let data = |name: &str| symbol_data(&object, name).unwrap_or_default();
        let (ints, floats) = (data("__cgo_ints"), data("__cgo_floats"));
        let word = |data: &[u8], at: usize| {
            let bytes = data.get(at * 8..at * 8 + 8)?.try_into().ok()?;
            Some(if object.is_little_endian() {
                u64::from_le_bytes(bytes)
            } else {
                u64::from_be_bytes(bytes)
            })
        };
        for (at, &index) in wanted.iter().enumerate() {
            let one = &mut known[index];
            one.ty = found.get(&index).copied();
            let Some(ty) = one.ty else { continue };
            one.value = match one.kind {
                Kind::Iconst => word(&ints, at).map(|value| integer(&types, ty, value)),
                Kind::Fconst => {
                    if types.is_integer(types.base(ty)) {
                        one.kind = Kind::Var;
                        None
                    } else {
                        word(&floats, at).map(|bits| format!("{:.6}", f64::from_bits(bits)))
                    }
                }
                Kind::Sconst => {
                    let bytes = data(&format!("__cgo_str__{index}"));
                    Some(quoted(bytes.strip_suffix(b"\0").unwrap_or(&bytes)))
                }
                _ => None,
            };
            if one.kind == Kind::Var && types.is_func(ty) {
                one.kind = Kind::Func;
            }
        }
        let is_whole = |one: &Known| one.ty.is_some() || one.value.is_some();
        known.retain(is_whole);
        Ok(Answer { names: known, types })
    }

    /// Runs the compiler on a text; gives its output and its errors.
    fn run(&self, flags: &[&str], text: &str, input: &str) -> Result<(Vec<u8>, String), String> {
        let (program, first) = self.command.split_first().ok_or("no C compiler is set")?;
        let mut child = Command::new(program)
            .args(first)
            .args(flags)
            .args(&self.flags)
            .arg(input)
            .current_dir(&self.dir)
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{program}: {error}"))?;
        let stdin = child.stdin.take();
        let text = text.to_owned();
        let writer =
            std::thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(text.as_bytes())));
        let output = child.wait_with_output().map_err(|error| format!("{program}: {error}"))?;
        // A compiler that stops reading says why on its own.
        let _ = writer.join();
        Ok((output.stdout, String::from_utf8_lossy(&output.stderr).into_owned()))
    }
}

/// A file for the compiler to write, removed at the end.
struct Temporary(Utf8PathBuf);

impl Temporary {
    fn new() -> Temporary {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir();
        let dir = Utf8Path::from_path(&dir).unwrap_or(Utf8Path::new("."));
        Temporary(dir.join(format!("goescape-cgo-{}-{number}.o", std::process::id())))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The first error that a compiler reports.
fn first_error(errors: &str) -> String {
    let line = errors.lines().find(|line| line.contains("error"));
    line.or(errors.lines().next()).unwrap_or("the C compiler failed").to_owned()
}

/// The value of a `#define`, if Go reads it as a constant. Upstream: `guessKinds`.
fn constant(define: &str) -> Option<(Kind, String)> {
    let (negative, digits) = match define.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, define.strip_prefix('+').unwrap_or(define)),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, number) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    if let Ok(value) = i64::from_str_radix(number, radix)
        && !number.starts_with(['+', '-'])
    {
        return Some((Kind::Iconst, format!("{}{value:#x}", if negative { "-" } else { "" })));
    }
    let quoted =
        |quote: char| define.len() > 2 && define.starts_with(quote) && define.ends_with(quote);
    let plain = |quote: char| {
        let inner = &define[1..define.len() - 1];
        !inner.contains(quote) && !inner.contains('\\')
    };
    if quoted('\'') && plain('\'') && define.chars().count() == 3 {
        return Some((Kind::Iconst, define.to_owned()));
    }
    (quoted('"') && plain('"')).then(|| (Kind::Sconst, define.to_owned()))
}

/// An integer as Go is to read it.
fn integer(types: &Types, ty: TypeId, value: u64) -> String {
    if types.is_unsigned(ty) || (value as i64) >= 0 {
        return format!("{value:#x}");
    }
    format!("-{:#x}", (value as i64).unsigned_abs())
}

/// Bytes as a Go string.
fn quoted(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for &byte in bytes {
        match byte {
            b'"' | b'\\' => text.extend(['\\', char::from(byte)]),
            b' '..=b'~' => text.push(char::from(byte)),
            _ => _ = write!(text, "\\x{byte:02x}"),
        }
    }
    text + "\""
}

/// The types of the variables `__cgo__N`, which point to what is asked about.
fn read_types(
    object: &object::File<'_>,
    types: &mut Types,
) -> gimli::Result<FxHashMap<usize, TypeId>> {
    let endian = if object.is_little_endian() { RunTimeEndian::Little } else { RunTimeEndian::Big };
    let load = |id: gimli::SectionId| -> gimli::Result<EndianArcSlice<RunTimeEndian>> {
        let bytes = object.section_by_name(id.name()).map(|section| relocated(object, &section));
        Ok(EndianArcSlice::new(bytes.unwrap_or_default().into(), endian))
    };
    let dwarf = gimli::Dwarf::load(load)?;
    let mut found = FxHashMap::default();
    let mut units = dwarf.units();
    while let Some(header) = units.next()? {
        let unit = dwarf.unit(header)?;
        let mut tree = unit.entries_tree(None)?;
        let mut children = tree.root()?.children();
        let mut variables = Vec::new();
        while let Some(child) = children.next()? {
            let entry = child.entry();
            if entry.tag() != gimli::DW_TAG_variable {
                continue;
            }
            let name = attr_string(&dwarf, &unit, entry, gimli::DW_AT_name)?;
            let number = name.strip_prefix("__cgo__").and_then(|number| number.parse().ok());
            if let (Some(number), Some(gimli::AttributeValue::UnitRef(at))) =
                (number, entry.attr_value(gimli::DW_AT_type)?)
            {
                variables.push((number, at));
            }
        }
        for (number, at) in variables {
            let pointer = types.read(&dwarf, &unit, at)?;
            found.extend(types.pointee(pointer).map(|ty| (number, ty)));
        }
    }
    Ok(found)
}

/// A section of an object file, with what a linker would fill in.
fn relocated(object: &object::File<'_>, section: &object::Section<'_, '_>) -> Vec<u8> {
    let mut data = section.uncompressed_data().map(|data| data.into_owned()).unwrap_or_default();
    for (at, relocation) in section.relocations() {
        let target = match relocation.target() {
            RelocationTarget::Symbol(symbol) => {
                object.symbol_by_index(symbol).map_or(0, |symbol| symbol.address())
            }
            _ => 0,
        };
        let at = at as usize;
        let size = usize::from(relocation.size() / 8);
        let Some(bytes) = data.get_mut(at..at + size).filter(|bytes| matches!(bytes.len(), 4 | 8))
        else {
            continue;
        };
        let mut value = target.wrapping_add_signed(relocation.addend());
        if relocation.has_implicit_addend() {
            let mut own = [0; 8];
            own[..size].copy_from_slice(bytes);
            if object.is_little_endian() {
                value = value.wrapping_add(u64::from_le_bytes(own));
            }
        }
        if object.is_little_endian() {
            bytes.copy_from_slice(&value.to_le_bytes()[..size]);
        } else {
            bytes.copy_from_slice(&value.to_be_bytes()[8 - size..]);
        }
    }
    data
}

/// What a variable holds.
fn symbol_data(object: &object::File<'_>, name: &str) -> Option<Vec<u8>> {
    let is_it = |symbol: &str| symbol == name || symbol.strip_prefix('_') == Some(name);
    let symbol = object.symbols().find(|symbol| symbol.name().is_ok_and(is_it))?;
    let section = object.section_by_index(symbol.section_index()?).ok()?;
    let data = section.uncompressed_data().ok()?;
    let start = (symbol.address() - section.address()) as usize;
    let size = symbol.size() as usize;
    let end = if size > 0 { start + size } else { data.len() };
    data.get(start..end).map(<[u8]>::to_vec)
}
