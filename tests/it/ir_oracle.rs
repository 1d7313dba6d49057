//! Lowering against the compiler: for each program in `tests/traps` every function's tree of nodes
//! must be the one that `-gcflags=-d=astdump` shows at phase *start*, with positions, types and
//! properties.
//!
//! Needs a toolchain of Go 1.27 as `go`, or named by `GOESCAPE_GO`; runs only if `GOESCAPE_SLOW` is
//! set.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use analysis::cancel::CancelToken;
use analysis::compile::{Compiled, Input, ParsedFile, compile};
use analysis::ir::dump::Dump;
use analysis::ir::node::{FuncIdx, Pos, Unit};
use analysis::release::{GoVersion, Release, Target};
use analysis::summary::{Imports, Summary};
use analysis::symbol::Symbol;
use analysis::types::cx::Cx;
use analysis::types::format_backend::BackendFormat;
use analysis::types::ty::PkgId;
use rustc_hash::FxHashMap;

use super::types_world::{go, is_slow};

#[test]
fn functions_are_lowered_to_the_nodes_of_the_compiler() {
    if !is_slow() {
        return;
    }
    let version = Command::new(go()).args(["env", "GOVERSION"]).output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    assert_eq!(Release::of_toolchain(version.trim()), (Release::Go1_27, true), "needs Go 1.27");
    let mut traps: Vec<PathBuf> = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("traps"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    traps.sort();
    let (mut compared, mut wrong) = (0, Vec::new());
    for trap in traps {
        compared += compare(&trap, &mut wrong);
    }
    assert!(compared > 250, "only {compared} functions");
    let shown = wrong.iter().take(8).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} of {compared} differ:\n{shown}", wrong.len());
}

/// Compares the functions of one program; says how many there are.
fn compare(trap: &Path, wrong: &mut Vec<String>) -> usize {
    let name = trap.file_stem().unwrap().to_str().unwrap();
    let dir = std::env::temp_dir().join(format!("goescape-ir-{}-{name}", std::process::id()));
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join("go.mod"), "module m\n\ngo 1.27\n").unwrap();
    fs::copy(trap, dir.join("trap.go")).unwrap();
    let flags = ["build", "-o", "/dev/null", "-gcflags=-d=astdump=~.", "."];
    let out = Command::new(go()).args(flags).current_dir(&dir).output().unwrap();
    assert!(out.status.success(), "{name}: {}", String::from_utf8_lossy(&out.stderr));
    let (compiled, world) = compile_all(&dir);
    let ours = dumps(&compiled, &world);
    let mut compared = 0;
    for entry in fs::read_dir(&dir).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "ast") {
            continue;
        }
        let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        let Some(want) = start_phase(&text) else { continue };
        // Functions of other packages that this one compiles anew, and literals, which stand
        // inside the functions around them.
        let Some(func) = func_name(&want) else { continue };
        let Some(got) = ours.get(&func) else {
            if !is_literal(&func) {
                wrong.push(format!("{name}: {func} is missing"));
            }
            continue;
        };
        compared += 1;
        let differs = |(w, g): &(&String, &String)| w != g;
        let pair = want.iter().zip(got).find(differs);
        if let Some((w, g)) = pair {
            wrong.push(format!("{name}: {func}\n  want {w}\n  got  {g}"));
        } else if want.len() != got.len() {
            wrong.push(format!("{name}: {func} has {} lines, want {}", got.len(), want.len()));
        }
    }
    fs::remove_dir_all(&dir).unwrap();
    compared
}

/// Compiles a module's package and all that it depends on.
fn compile_all(dir: &Path) -> (Compiled, Imports) {
    let flags = ["list", "-deps", "-json=ImportPath,Dir,GoFiles,ImportMap,Standard,Module", "."];
    let list = Command::new(go()).args(flags).env("CGO_ENABLED", "0").current_dir(dir).output();
    let list = list.unwrap().stdout;
    let mut summaries: FxHashMap<PkgId, Arc<Summary>> = FxHashMap::default();
    let mut last = None;
    for package in serde_json::Deserializer::from_slice(&list).into_iter::<serde_json::Value>() {
        let package = package.unwrap();
        let path = package["ImportPath"].as_str().unwrap();
        if path == "unsafe" {
            continue;
        }
        let dir = Path::new(package["Dir"].as_str().unwrap());
        let files: Vec<Arc<ParsedFile>> = package["GoFiles"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|file| {
                let path = dir.join(file.as_str().unwrap());
                let text = fs::read_to_string(&path).unwrap().into();
                Arc::new(ParsedFile::new(Symbol::new(path.to_str().unwrap()), text, None))
            })
            .collect();
        let mut import_map = FxHashMap::default();
        for import in files.iter().flat_map(|file| &file.ast.imports) {
            let written = import.path.as_str();
            let meant = package["ImportMap"][written].as_str().unwrap_or(written);
            import_map.insert(import.path, PkgId::new(meant));
        }
        let direct: Vec<PkgId> = import_map.values().copied().collect();
        let mut imports = Imports::new(&direct, &|id| summaries.get(&id).cloned());
        let input = Input {
            id: PkgId::new(path),
            files: &files,
            import_map: &import_map,
            imports: &imports,
            go_version: package["Module"]["GoVersion"].as_str().and_then(GoVersion::parse),
            target: Target::DEFAULT,
            key: None,
            remember: false,
        };
        let compiled = compile(&input, None, &CancelToken::default()).unwrap();
        let summary = Arc::clone(&compiled.summary);
        imports.world.packages.insert(summary.id, summary.types.clone());
        imports.packages.insert(summary.id, Arc::clone(&summary));
        summaries.insert(summary.id, summary);
        last = Some((compiled, imports));
    }
    last.unwrap()
}

/// The lines of each function as it was lowered, by name.
fn dumps(compiled: &Compiled, imports: &Imports) -> FxHashMap<String, Vec<String>> {
    let cx = Cx::new(&imports.world, compiled.target);
    let local = compiled.summary.id;
    let types = BackendFormat { cx: &cx, names: imports, local };
    let place = |unit: &Unit, pos: Pos| {
        if pos == Pos::AUTOGENERATED {
            return "<autogenerated>:1:0".to_string();
        }
        let Some(origin) = unit.origins.get(pos.origin as usize) else { return String::new() };
        let Some(place) = imports.place(origin.decl) else { return "?".into() };
        let (line, column) = place.lines.line_column(place.start + pos.offset);
        let file = place.lines.path.as_str().rsplit('/').next().unwrap_or_default();
        format!("{file}:{line}:{column}")
    };
    let mut all = FxHashMap::default();
    for unit in compiled.originals.values() {
        let pos = |pos| place(unit, pos);
        let text = Dump { unit, types: &types, pos: &pos }.func(FuncIdx::ROOT);
        let lines: Vec<String> = text.lines().map(|line| plain(line.to_string())).collect();
        if unit.id.def().is_none_or(|def| def.package == local) {
            all.insert(unit[FuncIdx::ROOT].name.replace("main.", ""), lines);
        }
    }
    all
}

/// Whether a function is the body of a literal.
fn is_literal(name: &str) -> bool {
    // Those of `main` have lost their first word like everything else of the package.
    let name = format!(".{name}");
    [".func", ".gowrap", ".deferwrap", "-range"].iter().any(|part| name.contains(part))
}

/// The name of the function that a dump shows, if it belongs to the program itself.
fn func_name(lines: &[String]) -> Option<String> {
    let name = lines.first()?.strip_prefix(". DCLFUNC ")?.split(" # ").next()?;
    let name = name.trim_end_matches(" Wrapper").trim_end_matches(" IsClosure");
    let name = name.trim_end_matches(" Dupok");
    (!lines[0].contains("DCLFUNC other")).then(|| name.to_string())
}

/// Subtrees with descriptors of types, which lowering leaves out.
const DROPPED: [&str; 8] = [
    "-TypeWord",
    "-KeyTypeWord",
    "-KeySrcRType",
    "-ValueTypeWord",
    "-ValueSrcRType",
    "-RTypes",
    "-ElemRType",
    "-ElemElemRType",
];

fn is_dropped(header: &str) -> bool {
    let dynamic = header.starts_with("DYNAMIC");
    DROPPED.iter().any(|end| header.ends_with(end))
        || (!dynamic && ["-RType", "-SrcRType", "-ITab"].iter().any(|end| header.ends_with(end)))
}

/// The dump of the first phase, in the form of our own.
fn start_phase(text: &str) -> Option<Vec<String>> {
    let text = text.strip_prefix("start, ")?;
    let mut out: Vec<String> = Vec::new();
    let mut skipped = None;
    for line in text.lines().skip(1) {
        let Some(first) = line.strip_prefix(".   ") else { break };
        let (mut depth, mut rest) = (1, first);
        while let Some(inner) = rest.strip_prefix(".   ") {
            (depth, rest) = (depth + 1, inner);
        }
        if skipped.is_some_and(|outer| depth > outer) {
            continue;
        }
        skipped = is_dropped(rest).then_some(depth);
        if skipped.is_none() {
            // Which word of a dictionary is meant is not known here.
            let of_dict = out.last().is_some_and(|last| last.contains("NAME-.dict P"))
                && !out.last().is_some_and(|last| last.contains("PEXTERN"));
            let rest = if of_dict && rest.starts_with("LITERAL-") {
                format!("LITERAL-0 {}", rest.split_once(' ').map_or("", |(_, rest)| rest))
            } else {
                rest.to_string()
            };
            let node = node(&rest);
            out.push(plain(format!("{}{node}", ". ".repeat(depth))));
        }
    }
    Some(out)
}

/// What neither side can be expected to agree on: how long dictionaries are, positions of names
/// that stand elsewhere.
fn plain(line: String) -> String {
    let mut line = line.replace("main.", "");
    while let Some(end) = line.find("]uintptr") {
        let Some(start) = line[..end].rfind('[') else { break };
        line.replace_range(start..end + "]uintptr".len(), "dictionary");
    }
    if line.contains("NAME-_") || line.contains(" TYPE ") {
        line.truncate(line.find(" # ").unwrap_or(line.len()));
    }
    let blank = line.find("NAME-_ ").map(|at| at + "NAME-_".len());
    line.truncate(blank.unwrap_or(line.len()));
    line.replace("NIL nil", "NIL").trim_end().to_string()
}

/// Properties that say nothing about the shape of the tree.
const WORDS: [&str; 13] = [
    "OnStack",
    "Used",
    "Bounded",
    "Assigned",
    "Transient",
    "Reshape",
    "IsClosureVar",
    "HasDefer",
    "CheckPtr",
    "NonNil",
    "IsPackageInit",
    "Needctxt",
    "InlinabilityChecked",
];
const PREFIXES: [&str; 9] =
    ["Offset:", "ABI:", "Label:", "Pragma:", "DictIndex:", "AsOp:", "NumReturns:", "tc(", "esc("];

/// A node's line in the form of our own dump.
fn node(text: &str) -> String {
    let (text, pos) = text.rsplit_once(" # ").unwrap_or((text, ""));
    let mut pos = pos.trim_start_matches(['+', '_']).split(' ').next().unwrap_or_default();
    let text = text.replace("FUNC-method(*struct {}) ", "FUNC-").replace("Class:", "");
    let words = text.split(' ').filter(|word| {
        !WORDS.contains(word) && !PREFIXES.iter().any(|prefix| word.starts_with(prefix))
    });
    let mut words: Vec<String> = words.map(String::from).collect();
    words.iter_mut().skip(1).for_each(|word| *word = without_kind(word).to_string());
    let op = words.first().map(|word| word.split('-').next().unwrap_or_default().to_string());
    match op.as_deref().unwrap_or_default() {
        // Headers of fields have neither type nor position.
        "DCLFUNC" if words[0] == "DCLFUNC" => {
            let end = words
                .iter()
                .position(|word| word.starts_with("func(") || word.starts_with("FUNC-method("));
            words.truncate(end.unwrap_or(words.len()));
        }
        "NAME" | "NONAME" => {
            let (op, name) = words[0].split_once('-').unwrap_or((&words[0], ""));
            words[0] = format!("{op}-{}", unqualified(name));
            if words.iter().any(|word| word == "PEXTERN" || word == "PFUNC") {
                pos = "";
                words.retain(|word| word != "Addrtaken");
            }
        }
        "DOT" | "DOTPTR" | "DOTINTER" | "METHVALUE" | "METHEXPR" | "LABEL" | "GOTO" | "BREAK"
        | "CONTINUE"
            if words.len() > 1 =>
        {
            words[1] = unqualified(&words[1]).to_string();
        }
        "STRUCTKEY" => words.truncate(1),
        "TYPE" => {
            let from = words.iter().position(|word| word == "type").map_or(1, |at| at + 1);
            words.drain(1..from);
        }
        "CALLFUNC" | "CALLINTER" => {
            if let Some(at) = words.iter().position(|word| word == "struct") {
                words.truncate(at);
                words.push("tuple".into());
            }
        }
        _ => {}
    }
    let text = words.join(" ");
    if pos.is_empty() { text } else { format!("{text} # {pos}") }
}

/// A type without the kind that debugging output puts in front.
fn without_kind(word: &str) -> &str {
    const KINDS: [&str; 8] =
        ["ARRAY-", "CHAN-", "INTER-", "MAP-", "PTR-", "SLICE-", "STRUCT-", "FUNC-func"];
    match KINDS.iter().find(|kind| word.starts_with(**kind)) {
        Some(&"FUNC-func") => &word["FUNC-".len()..],
        Some(kind) if word.len() > kind.len() => &word[kind.len()..],
        _ => word.strip_prefix("UNSAFEPTR-").unwrap_or(word),
    }
}

/// A name without its package.
fn unqualified(name: &str) -> &str {
    let name = name.strip_prefix("main.").unwrap_or(name);
    match name.split_once('.') {
        Some(("map", _)) => name,
        Some((package, rest)) if !package.is_empty() && !package.contains('[') => rest,
        _ => name,
    }
}
