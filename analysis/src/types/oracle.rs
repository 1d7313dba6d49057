//! Types against Go: `go/types` on random declarations, the compiler on memory layouts.
//!
//! Runs the Go programs in `tests/oracle` with `go`, or with what `GOESCAPE_GO` names; only if
//! `GOESCAPE_SLOW` is set.

use std::env;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use super::cx::{Cx, Qualifier};
use super::fixture::Fixture;
use super::format_backend::{BackendFormat, PackageNames};
use super::infer::{InferError, Inference};
use super::lookup::{LookupResult, MissingKind, NotFound};
use super::subst::subst;
use super::ty::{PkgId, Ty, TyKind};
use crate::release::{Arch, Target};
use crate::symbol::Symbol;

/// How many packages of random declarations are made.
const SEEDS: u32 = 25;

#[test]
fn random_types_relate_as_go_types_says() {
    if env::var_os("GOESCAPE_SLOW").is_none() {
        return;
    }
    let (mut asked, mut wrong) = (0, Vec::new());
    for seed in 1..=SEEDS {
        let text = go("relations", &[&seed.to_string()], &[]);
        let world = Questions::new(&text);
        for line in text.lines().filter_map(|line| line.strip_prefix("? ")) {
            let (question, want) = line.split_once(" => ").expect("an answer");
            let parts: Vec<&str> = question.split(" | ").collect();
            let got = format!("{:?}", world.answer(parts[0], parts[1], &parts[2..]));
            asked += 1;
            if got != want {
                wrong.push(format!("seed {seed}: {question}\n  got  {got}\n  want {want}"));
            }
        }
    }
    assert!(asked > 3000 * SEEDS, "only {asked} questions");
    let shown = wrong.iter().take(10).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} of {asked} differ:\n{shown}", wrong.len());
}

#[test]
fn random_types_lie_in_memory_as_the_compiler_lays_them() {
    if env::var_os("GOESCAPE_SLOW").is_none() {
        return;
    }
    let types = oracle_dir("sizes").join("types.go");
    let types = std::fs::read_to_string(types).expect("the types");
    let fixture = Fixture::of_package("main", &types);
    // Both run on a 64-bit machine.
    for (goarch, arch) in [("amd64", Arch::Amd64), ("386", Arch::I386)] {
        let cx = Cx::new(&fixture, Target { arch, ..Target::DEFAULT });
        for want in go("sizes", &[], &[("GOARCH", goarch)]).lines() {
            let name = want.split(' ').next().unwrap_or_default();
            let ty = fixture.ty(name);
            let layout = cx.layout(ty);
            let (size, align, pointers) = (layout.size, layout.align, layout.ptr_data);
            let direct = cx.is_direct_iface(ty);
            let mut got = format!("{name} {size} {align} {pointers} {direct}");
            for offset in cx.offsets_of(ty) {
                let _ = write!(got, " {offset}");
            }
            assert_eq!(got, want, "{goarch}: {}", cx.type_string(cx.under(ty)));
        }
    }
}

fn oracle_dir(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/oracle").join(name)
}

/// What a Go program in `tests/oracle` prints.
fn go(program: &str, args: &[&str], env: &[(&str, &str)]) -> String {
    let go = env::var_os("GOESCAPE_GO").unwrap_or_else(|| "go".into());
    let output = Command::new(go)
        .args(["run", "."])
        .args(args)
        .envs(env.iter().copied())
        .current_dir(oracle_dir(program))
        .output()
        .expect("the go command");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// Names the package of the fixture in type strings, but not in messages.
struct Unqualified;

impl Qualifier for Unqualified {
    fn qualifier(&self, _: PkgId) -> Symbol {
        Symbol::EMPTY
    }
}

impl PackageNames for Unqualified {
    fn name(&self, package: PkgId) -> Symbol {
        package.path
    }
}

struct Questions {
    fixture: Fixture,
}

impl Questions {
    fn new(declarations: &str) -> Questions {
        Questions { fixture: Fixture::new(declarations) }
    }

    fn ty(&self, scope: &str, text: &str) -> Ty {
        self.fixture.ty_in(scope, text)
    }

    fn answer(&self, scope: &str, question: &str, args: &[&str]) -> String {
        let cx = self.fixture.cx();
        let first = || self.ty(scope, args[0]);
        let second = || self.ty(scope, args[1]);
        match question {
            "identical" => cx.identical(first(), second()).to_string(),
            "assignable" => cx.assignable_type(first(), second()).is_ok().to_string(),
            "convertible" => cx.convertible(first(), second()).is_ok().to_string(),
            "implements" => cx.implements(first(), second(), false).is_ok().to_string(),
            "satisfies" => cx.implements(first(), second(), true).is_ok().to_string(),
            "comparable" => cx.comparable_type(first(), true).to_string(),
            "string" => cx.type_string(first()),
            "missing" => cx.missing_method(first(), second(), true).map_or("none".into(), |m| {
                let wrong = [MissingKind::WrongSignature, MissingKind::PointerReceiver];
                format!("{} {}", m.method.name, wrong.contains(&m.kind))
            }),
            "lookup" => self.lookup(&cx, first(), args[1] == "true", args[2]),
            "methods" => methods(&cx, first()),
            "verify" => {
                let targs: Vec<Ty> = args[1..].iter().map(|arg| self.ty(scope, arg)).collect();
                let result = cx.verify(&self.fixture.tparams_of(args[0]), &targs);
                result.map_or_else(|unsatisfied| unsatisfied.cause, |()| String::new())
            }
            "message" => self.backend(&cx).go_string(first()),
            "link" => self.backend(&cx).link_string(first()),
            "call" => self.call(scope, args[0], &args[1..]),
            other => panic!("what is {other}?"),
        }
    }

    fn backend<'f>(&'f self, cx: &'f Cx<'f>) -> BackendFormat<'f, 'f> {
        BackendFormat { cx, names: &Unqualified, local: self.fixture.package() }
    }

    fn lookup(&self, cx: &Cx<'_>, ty: Ty, addressable: bool, name: &str) -> String {
        match cx.lookup(ty, addressable, self.fixture.package(), name.into()) {
            LookupResult::Field(f) => {
                format!("field {} {} {}", path(&f.path), f.indirect, cx.type_string(f.ty))
            }
            LookupResult::Method(m) => {
                format!("method {} {} {}", path(&m.path), m.indirect, cx.type_string(m.sig))
            }
            LookupResult::NotFound(reason) => {
                let ambiguous = matches!(reason, NotFound::Ambiguous(_));
                format!("none {ambiguous} {}", reason == NotFound::PointerReceiver)
            }
        }
    }

    fn call(&self, scope: &str, name: &str, args: &[&str]) -> String {
        let func = self.fixture.func_named(name);
        let quiet = self.fixture.cx().with_names(&Unqualified);
        let (mut tparams, map) = quiet.rename_tparams(&func.tparams, 0);
        let TyKind::Func(sig) = func.sig.kind() else { return String::new() };
        let mut params: Vec<Ty> = sig.params.iter().map(|ty| subst(*ty, &map)).collect();
        if let Some(last) = params.last_mut()
            && let TyKind::Slice(elem) = last.kind()
            && sig.variadic
        {
            *last = *elem;
        }
        let own = tparams.len();
        let mut arg_types = Vec::new();
        for (nth, arg) in (1..).zip(args) {
            arg_types.push(match arg.strip_prefix("generic ") {
                // What a generic function is instantiated with is inferred, too.
                Some(name) => {
                    let func = self.fixture.func_named(name);
                    let (more, map) = quiet.rename_tparams(&func.tparams, nth);
                    tparams.extend(more);
                    subst(func.sig, &map)
                }
                None => self.ty(scope, arg),
            });
        }
        let inferred = quiet.infer(&Inference {
            tparams: &tparams,
            targs: &[],
            params: &params,
            args: &arg_types,
            reverse: false,
            describe: &|_| "ARG".into(),
        });
        match inferred {
            Ok(types) => {
                let cx = self.fixture.cx();
                types[..own].iter().map(|ty| cx.type_string(*ty)).collect::<Vec<_>>().join(", ")
            }
            Err(InferError::Message { message, .. }) => message,
            Err(InferError::Unknown { tparam }) => format!("cannot infer {:?}", tparams[tparam].ty),
            Err(InferError::Silent) => "silent".into(),
        }
    }
}

fn path(path: &[u32]) -> String {
    let path: Vec<String> = path.iter().map(u32::to_string).collect();
    format!("[{}]", path.join(" "))
}

/// The method set, in the order of `go/types`: by package and name.
fn methods(cx: &Cx<'_>, ty: Ty) -> String {
    let mut entries = cx.method_set(ty);
    entries.sort_by_key(|entry| match entry.package {
        Some(package) => format!("{}.{}", package.path, entry.name),
        None => entry.name.to_string(),
    });
    let show = |entry: &super::methodset::MethodEntry| {
        format!("{}{}", entry.name, path(&entry.found.path))
    };
    entries.iter().map(show).collect::<Vec<_>>().join(" ")
}
