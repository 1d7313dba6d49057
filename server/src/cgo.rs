//! What the C names of a package are: the C compiler is asked, as cgo does.
//!
//! Only declarations are looked at; nothing of the package is built. What was asked once is
//! remembered, so that the C compiler runs only when C text, flags or the names used have changed.
//!
//! Upstream: `cmd/cgo`, `cmd/go/internal/work/exec.go`.

mod compiler;
mod convert;
mod ctype;
mod declarations;
mod preamble;

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

use analysis::cgo::{self, Use};
use analysis::host::PackageSource;
use analysis::sha256;
use analysis::syntax::SourceTree;
use analysis::syntax::ast::File;
use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::{FxHashMap, FxHashSet};

use self::compiler::{Answer, Compiler, Kind, Known};
use self::convert::{Converter, GoTypes};
use self::declarations::{Declarations, Declared, is_builtin};
use self::preamble::Directives;
use crate::loader::{Context, Env};

/// How many answers are remembered; then all are forgotten.
const REMEMBERED: usize = 256;

/// The code that makes Go of C: another one may make something else of the same.
const CODE: [&str; 6] = [
    include_str!("cgo.rs"),
    include_str!("cgo/compiler.rs"),
    include_str!("cgo/convert.rs"),
    include_str!("cgo/ctype.rs"),
    include_str!("cgo/declarations.rs"),
    include_str!("cgo/preamble.rs"),
];

/// Finds out what C names are.
#[derive(Debug)]
pub struct Cgo {
    context: Context,
    /// The C compiler and its first arguments.
    command: Vec<String>,
    /// The flags that the environment sets.
    flags: Vec<String>,
    /// The flags of the linker that the environment sets.
    link: Vec<String>,
    pkg_config: String,
    /// All of the above as one text, with what tells the program and this code from other versions.
    compiler: String,
    known: Mutex<FxHashMap<Question, Result<Arc<cgo::Package>, String>>>,
}

/// All that an answer depends on, but for what the C text includes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Question {
    dir: Utf8PathBuf,
    path: String,
    package: String,
    flags: Vec<String>,
    link: Vec<String>,
    noescape: Vec<String>,
    nocallback: Vec<String>,
    /// The C text of each file, and the names it uses.
    files: Vec<(String, Vec<(String, Use)>)>,
}

impl Cgo {
    /// With the C compiler of an environment.
    pub fn new(env: &Env) -> Cgo {
        let var = |name: &str| env.vars.get(name).map_or("", String::as_str);
        let words = |name: &str| preamble::split_quoted(var(name));
        let mut command = words("CC");
        if command.is_empty() {
            command.push("cc".to_owned());
        }
        let mut flags = words("CGO_CPPFLAGS");
        flags.extend(words("CGO_CFLAGS"));
        let mut flags = preamble::harmless(&flags);
        let machine: &[&str] = match (env.goarch.as_str(), env.goos.as_str()) {
            ("amd64", "darwin") => &["-arch", "x86_64", "-m64"],
            ("arm64", "darwin") => &["-arch", "arm64"],
            ("amd64" | "s390x", _) => &["-m64"],
            ("386", _) => &["-m32"],
            ("arm", _) => &["-marm"],
            ("loong64", _) => &["-mabi=lp64d"],
            _ => &[],
        };
        flags.extend(machine.iter().map(|flag| (*flag).to_owned()));
        let pkg_config = Some(var("PKG_CONFIG")).filter(|name| !name.is_empty());
        let pkg_config = pkg_config.unwrap_or("pkg-config").to_owned();
        let link = words("CGO_LDFLAGS");
        let code = sha256::hex(&sha256::sum(CODE.concat().as_bytes()));
        let program = command.first().and_then(stamp);
        let compiler = format!("{code} {command:?} {flags:?} {program:?}");
        let (context, known) = (env.context(), Mutex::default());
        Cgo { context, command, flags, link, pkg_config, compiler, known }
    }

    /// What tells the C compiler and its flags from others.
    pub fn compiler(&self) -> &str {
        &self.compiler
    }

    /// Why the C compiler cannot be asked, and what to do about it.
    pub fn problem(&self) -> Option<String> {
        let (program, first) = self.command.split_first()?;
        match Command::new(program).args(first).arg("--version").output() {
            Ok(output) if output.status.success() => None,
            Ok(output) => Some(format!("a C compiler: {program}: {}; set CC", output.status)),
            Err(error) => Some(format!("a C compiler: {program}: {error}; install one or set CC")),
        }
    }

    /// What the C names in a package's files are; an error in words that name the way out.
    pub fn package(
        &self,
        source: &PackageSource,
        texts: &[Arc<str>],
    ) -> Result<Arc<cgo::Package>, String> {
        let question = self.question(source, texts);
        let lock = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(&question) {
            return known.clone();
        }
        let answer = self
            .answer(&question)
            .map(Arc::new)
            .map_err(|message| format!("what cgo makes of this package is not known: {message}"));
        let mut known = lock();
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(question, answer.clone());
        answer
    }

    fn question(&self, source: &PackageSource, texts: &[Arc<str>]) -> Question {
        let first = source.cgo_files.first().map_or("", |path| path.as_str());
        let dir = Utf8Path::new(first).parent().unwrap_or(Utf8Path::new(".")).to_owned();
        let files: Vec<File> =
            texts.iter().map(|text| SourceTree::parse(Arc::clone(text)).file()).collect();
        let mut directives = Directives::default();
        for (text, file) in texts.iter().zip(&files) {
            directives.add(text, file, &dir, &self.context);
        }
        let mut flags = self.pkg_config(&directives.pkg_config, &dir);
        flags.extend(directives.flags);
        let used = |file: &File| {
            let used = cgo::names_used(file).into_iter();
            used.map(|(name, context)| (name.as_str().to_owned(), context)).collect()
        };
        Question {
            dir,
            path: source.id.path.as_str().to_owned(),
            package: files.first().map_or("", |file| file.package.as_str()).to_owned(),
            flags: preamble::harmless(&flags),
            link: self.link.iter().cloned().chain(directives.link).collect(),
            noescape: directives.noescape,
            nocallback: directives.nocallback,
            files: texts
                .iter()
                .zip(&files)
                .map(|(text, file)| (preamble::c_text(text, file), used(file)))
                .collect(),
        }
    }

    /// The flags that pkg-config gives for some libraries; none if there is no such command.
    fn pkg_config(&self, names: &[String], dir: &Utf8Path) -> Vec<String> {
        let is_plain = |name: &String| {
            !name.starts_with('-')
                && name.chars().all(|c| c.is_alphanumeric() || "+-._=<>".contains(c))
        };
        if names.is_empty() || !names.iter().all(is_plain) {
            return Vec::new();
        }
        let output = Command::new(&self.pkg_config)
            .args(["--cflags", "--"])
            .args(names)
            .current_dir(dir)
            .output();
        match output {
            Ok(output) if output.status.success() => {
                preamble::split_quoted(&String::from_utf8_lossy(&output.stdout))
            }
            _ => Vec::new(),
        }
    }

    fn answer(&self, question: &Question) -> Result<cgo::Package, String> {
        let mut flags = self.flags.clone();
        flags.extend(question.flags.iter().cloned());
        // Headers of the package itself are found in either form of `#include`.
        flags.extend(["-I".to_owned(), question.dir.to_string()]);
        let compiler = Compiler { command: self.command.clone(), flags, dir: question.dir.clone() };
        // One run for each file, side by side.
        let answers: Vec<Result<Answer, String>> = std::thread::scope(|scope| {
            let runs: Vec<_> = question
                .files
                .iter()
                .map(|(preamble, used)| {
                    let mut names: Vec<String> =
                        used.iter().map(|(name, _)| name.clone()).collect();
                    names.dedup();
                    let compiler = &compiler;
                    scope.spawn(move || compiler.ask(preamble, &names))
                })
                .collect();
            let gone = || Err("the C compiler could not be asked".to_owned());
            runs.into_iter().map(|run| run.join().unwrap_or_else(|_| gone())).collect()
        });
        let mut types = GoTypes::default();
        let mut declarations = Declarations {
            package: question.package.clone(),
            path: question.path.clone(),
            link: question.link.clone(),
            noescape: question.noescape.iter().cloned().collect(),
            nocallback: question.nocallback.iter().cloned().collect(),
            ..Declarations::default()
        };
        let mut files = Vec::new();
        for (answer, (_, used)) in answers.into_iter().zip(&question.files) {
            let converted = self.convert(&answer?, &mut types);
            for (name, context) in used {
                match (converted.get(name).map(|declared| &declared.name), context) {
                    (Some(cgo::Name::Func(_)), Use::Call2) if is_builtin(name) => {}
                    (Some(cgo::Name::Func(_)), Use::Call2) => {
                        declarations.called_for_errno.insert(name.clone());
                    }
                    (Some(cgo::Name::Func(_)), Use::Call) => {
                        _ = declarations.called.insert(name.clone())
                    }
                    (Some(cgo::Name::Func(_)), Use::Other) => {
                        declarations.pointed_to.insert(name.clone());
                    }
                    _ => {}
                }
            }
            let mut names = cgo::Names::default();
            for (name, declared) in converted {
                names.insert(name.as_str().into(), declared.name.clone());
                declarations.names.entry(name).or_insert(declared);
            }
            files.push(names);
        }
        Ok(cgo::Package { types: declarations.write(&types).into(), files })
    }

    /// The names of one file in Go.
    fn convert(&self, answer: &Answer, types: &mut GoTypes) -> BTreeMap<String, Declared> {
        let pointer_size = if is_32_bit(&self.context.goarch) { 4 } else { 8 };
        let type_ids: FxHashSet<String> = answer
            .names
            .iter()
            .filter_map(|one| one.name.strip_suffix("GetTypeID"))
            .map(ToOwned::to_owned)
            .collect();
        let mut converter =
            Converter::new(&answer.types, types, pointer_size, &self.context.goos, type_ids);
        let mut converted = BTreeMap::new();
        let mut funcs = Vec::new();
        let mut others = Vec::new();
        // In the order in which cgo learns of them, which numbers structs without a name.
        let has_tag = |one: &&Known| {
            ["struct_", "union_", "enum_"].iter().any(|tag| one.name.starts_with(tag))
        };
        let (tagged, plain): (Vec<_>, Vec<_>) = answer.names.iter().partition(has_tag);
        for one in tagged.into_iter().chain(plain) {
            match (one.kind, one.ty) {
                (Kind::Func, Some(ty)) => funcs.extend(converter.func(ty).map(|func| (one, func))),
                (_, Some(ty)) => others.push((one, Some(converter.whole(ty)))),
                (_, None) => others.push((one, None)),
            }
        }
        for (one, ty) in &others {
            if let (Kind::Type, Some(ty)) = (one.kind, ty) {
                types.declare(&format!("_Ctype_{}", one.name), *ty);
            }
        }
        let types = &*types;
        for (one, func) in funcs {
            let params = func.params.iter().map(|param| cgo::Param {
                ty: types.text(param.go).into(),
                checked: types.has_pointer(param.go, true),
                bad_pointer: param.bad_pointer,
            });
            let func = cgo::Func {
                params: params.collect(),
                result: func.result.map(|result| types.text(result.go).into()),
            };
            let declared = Declared { name: cgo::Name::Func(func), value: None, ty: String::new() };
            converted.insert(one.name.clone(), declared);
        }
        for (one, ty) in others {
            let name = match one.kind {
                Kind::Iconst => cgo::Name::Iconst,
                Kind::Fconst => cgo::Name::Fconst,
                Kind::Sconst => cgo::Name::Sconst,
                Kind::Type => cgo::Name::Type,
                Kind::Macro => cgo::Name::Macro,
                Kind::Var | Kind::Func => cgo::Name::Var,
            };
            let ty = ty.map(|ty| types.text(ty.go)).unwrap_or_default();
            let declared = Declared { name, value: one.value.clone(), ty };
            converted.insert(one.name.clone(), declared);
        }
        converted
    }
}

/// Length and time of the program that a name stands for.
fn stamp(program: &String) -> Option<(u64, Option<std::time::SystemTime>)> {
    let of = |path: std::path::PathBuf| {
        let meta = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
        Some((meta.len(), meta.modified().ok()))
    };
    if program.contains(['/', '\\']) {
        return of(program.into());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).find_map(|dir| of(dir.join(program)))
}

fn is_32_bit(goarch: &str) -> bool {
    matches!(goarch, "386" | "arm" | "mips" | "mipsle")
}
