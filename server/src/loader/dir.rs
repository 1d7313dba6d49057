//! One directory as a package: its files sorted by what they are for, and what they import.
//!
//! Upstream: `go/build.Context.Import`.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::constraint::Context;
use super::disk::Disk;
use super::header::{self, Header, Scan};
use super::{PackageError, PackageErrorKind};

/// Where an import stands first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ImportPlace {
    pub(super) file: Utf8PathBuf,
    pub(super) line: u32,
}

/// Import paths in order.
pub(super) type Imports = BTreeMap<String, ImportPlace>;

/// The Go files of a directory under some constraints. Lists are in byte order of names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Dir {
    pub(super) path: Utf8PathBuf,
    pub(super) name: String,
    pub(super) go: Vec<String>,
    /// Files that import "C".
    pub(super) cgo: Vec<String>,
    pub(super) test: Vec<String>,
    /// Files of the package `name_test`.
    pub(super) external_test: Vec<String>,
    /// Go files that the constraints leave out.
    pub(super) ignored: Vec<String>,
    /// What the files of `go` and `cgo` import.
    pub(super) imports: Imports,
    pub(super) test_imports: Imports,
    pub(super) external_test_imports: Imports,
    pub(super) has_asm: bool,
    /// Files that only cgo can compile: C, C++, Objective-C, Fortran, SWIG.
    pub(super) foreign: Vec<String>,
    /// Whether SWIG makes Go files here.
    pub(super) has_swig: bool,
    pub(super) errors: Vec<PackageError>,
}

/// What kind of file a name's extension makes it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Go,
    /// Assembly for Go's own assembler.
    Asm,
    /// Assembly for the C compiler.
    CAsm,
    Foreign,
    Swig,
    /// Headers: they are neither compiled nor refused.
    Other,
    /// Binary objects, taken without a look inside.
    Object,
}

impl Kind {
    fn of(name: &str) -> Option<Kind> {
        Some(match name.rsplit_once('.')?.1 {
            "go" => Kind::Go,
            "s" => Kind::Asm,
            "S" | "sx" => Kind::CAsm,
            "c" | "cc" | "cpp" | "cxx" | "m" | "f" | "F" | "for" | "f90" => Kind::Foreign,
            "swig" | "swigcxx" => Kind::Swig,
            "h" | "hh" | "hpp" | "hxx" => Kind::Other,
            "syso" => Kind::Object,
            _ => return None,
        })
    }
}

/// Which files of a directory are looked at.
#[derive(Debug, Clone, Copy)]
pub(super) enum Choice<'a> {
    /// Those that the constraints admit.
    Constrained,
    /// These, whatever their constraints say: `go run x.go`.
    Named(&'a [String]),
}

/// Reads the package in `path`; `None` if that is no directory.
pub(super) fn read(
    disk: &Disk,
    context: &Context,
    path: &Utf8Path,
    choice: Choice<'_>,
) -> Option<Dir> {
    let listing = disk.list(path)?;
    let mut dir = Dir { path: path.to_owned(), ..Dir::default() };
    let names = match choice {
        Choice::Constrained => &listing.files,
        Choice::Named(names) => names,
    };
    let mut c_assembly = false;
    let mut first = None;
    for name in names {
        let Some(kind) = Kind::of(name) else { continue };
        if name.starts_with(['_', '.']) {
            continue;
        }
        let named = matches!(choice, Choice::Named(_));
        if !named && !context.matches_name(name) {
            if kind == Kind::Go {
                dir.ignored.push(name.clone());
            }
            continue;
        }
        let file = path.join(name);
        match kind {
            Kind::Go => {
                let read = disk.scan(&file, |bytes, whole| go_file(context, bytes, whole));
                dir.add_go(context, name, file, read, named, &mut first);
            }
            Kind::Object => {}
            _ => {
                let admitted = disk.scan(&file, |bytes, whole| {
                    let comments = header::leading_comments(bytes, whole)?;
                    Some(context.matches_comments(comments).unwrap_or(false))
                });
                if !named && !admitted.unwrap_or(false) {
                    continue;
                }
                match kind {
                    Kind::Asm => dir.has_asm = true,
                    Kind::CAsm => c_assembly = true,
                    Kind::Swig => {
                        dir.has_swig = true;
                    }
                    Kind::Foreign => dir.foreign.push(name.clone()),
                    Kind::Go | Kind::Object | Kind::Other => {}
                }
            }
        }
    }
    // The C compiler only takes part where cgo does.
    dir.has_asm |= c_assembly && !dir.cgo.is_empty();
    if !context.cgo {
        dir.foreign.clear();
        dir.has_swig = false;
    }
    dir.check();
    Some(dir)
}

/// A Go file's header and whether the constraints admit it.
type GoFile = Result<(Header, Result<bool, String>), &'static str>;

fn go_file(context: &Context, bytes: &[u8], whole: bool) -> Option<GoFile> {
    match header::scan(bytes, whole) {
        Scan::More => None,
        Scan::Nul => Some(Err("unexpected NUL in input: is this text?")),
        Scan::Done(header) => {
            let admitted = context.matches_comments(&bytes[..header.len]);
            Some(Ok((header, admitted)))
        }
    }
}

impl Dir {
    /// Whether a package is here at all. Upstream: `build.NoGoError`.
    pub(super) fn is_package(&self) -> bool {
        !(self.go.is_empty()
            && self.cgo.is_empty()
            && self.test.is_empty()
            && self.external_test.is_empty())
    }

    /// Whether cgo takes part in compiling it.
    pub(super) fn uses_cgo(&self) -> bool {
        !self.cgo.is_empty()
    }

    fn add_go(
        &mut self,
        context: &Context,
        name: &str,
        file: Utf8PathBuf,
        read: std::io::Result<GoFile>,
        named: bool,
        first: &mut Option<String>,
    ) {
        let (header, admitted) = match read {
            Ok(Ok(found)) => found,
            Ok(Err(problem)) => {
                return self.error(Some(file), 0, problem.into(), PackageErrorKind::Read);
            }
            Err(error) => {
                let message = format!("cannot read {file}: {error}");
                return self.error(Some(file), 0, message, PackageErrorKind::Read);
            }
        };
        match admitted {
            Ok(admitted) if admitted || named => {}
            Ok(_) => return self.ignored.push(name.to_owned()),
            Err(problem) => {
                return self.error(
                    Some(file),
                    0,
                    format!("{name}: {problem}"),
                    PackageErrorKind::Syntax,
                );
            }
        }
        // Documentation in a form from before Go 1.
        if header.package == "documentation" {
            return self.ignored.push(name.to_owned());
        }
        let is_test = name.ends_with("_test.go");
        let mut package = header.package.as_str();
        let mut external = false;
        if is_test
            && package != self.name
            && let Some(tested) = package.strip_suffix("_test")
        {
            external = true;
            package = tested;
        }
        if let Some((line, problem)) = &header.error {
            self.error(Some(file.clone()), *line, problem.clone(), PackageErrorKind::Syntax);
        } else if self.name.is_empty() {
            package.clone_into(&mut self.name);
            *first = Some(name.to_owned());
        } else if package != self.name {
            let message = format!(
                "found packages {} ({}) and {package} ({name}) in {}",
                self.name,
                first.as_deref().unwrap_or_default(),
                self.path,
            );
            self.error(Some(file.clone()), 0, message, PackageErrorKind::Names);
        }
        let imports_c = header.imports.iter().find(|(path, _)| path == "C");
        let (files, imports) = match imports_c {
            Some((_, line)) if is_test => {
                let message = format!("use of cgo in test {file} not supported");
                self.error(Some(file.clone()), *line, message, PackageErrorKind::Import);
                if external {
                    (&mut self.external_test, &mut self.external_test_imports)
                } else {
                    (&mut self.test, &mut self.test_imports)
                }
            }
            Some(_) if !context.cgo => return self.ignored.push(name.to_owned()),
            Some(_) => (&mut self.cgo, &mut self.imports),
            None if external => (&mut self.external_test, &mut self.external_test_imports),
            None if is_test => (&mut self.test, &mut self.test_imports),
            None => (&mut self.go, &mut self.imports),
        };
        files.push(name.to_owned());
        for (path, line) in header.imports {
            if path != "C" {
                imports.entry(path).or_insert_with(|| ImportPlace { file: file.clone(), line });
            }
        }
    }

    fn error(
        &mut self,
        file: Option<Utf8PathBuf>,
        line: u32,
        message: String,
        kind: PackageErrorKind,
    ) {
        self.errors.push(PackageError { file, line, message, kind });
    }

    fn check(&mut self) {
        if !self.is_package() && self.errors.is_empty() {
            let message = if self.ignored.is_empty() {
                format!("no Go files in {}", self.path)
            } else {
                format!("build constraints exclude all Go files in {}", self.path)
            };
            self.error(None, 0, message, PackageErrorKind::NoFiles);
        }
        if !self.foreign.is_empty() && !self.uses_cgo() && !self.has_swig {
            let message = format!(
                "C source files not allowed when not using cgo or SWIG: {}",
                self.foreign.join(" ")
            );
            self.error(None, 0, message, PackageErrorKind::Syntax);
        }
    }
}
