//! What the machine and the settings say about Go: one call of `go env -json`, and what follows.
//!
//! Without a go command, the environment and the usual places must do; [`Env::problems`] then says
//! what could not be known. The call is made with `GOTOOLCHAIN=local`, so it never downloads a
//! toolchain; which one the go command would switch to is decided in [`super::toolchain`].
//!
//! Upstream: `cmd/go/internal/{cfg,envcmd,work/init.go}`, `internal/buildcfg`.

use std::collections::BTreeMap;
use std::fmt;
use std::process::{Command, Stdio};

use camino::{Utf8Path, Utf8PathBuf};

use analysis::release::{Arch, GoVersion, Release};

use super::constraint::Context;
use super::error::LoadError;
use super::experiment;
use super::toolchain::{self, Toolchain};

/// What a user can set beside the environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EnvOptions {
    /// The go command; `go` if none is named.
    pub go: Option<Utf8PathBuf>,
    /// Variables on top of the environment: `GOOS`, `GOFLAGS`, `GOROOT`.
    pub vars: Vec<(String, String)>,
    /// Flags on top of `GOFLAGS`: `-tags=integration`.
    pub flags: Vec<String>,
}

/// The flags of a build that choose files, from `GOFLAGS` and the settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BuildFlags {
    /// `-tags`.
    pub tags: Vec<String>,
    /// `-mod`; empty where it was not given.
    pub mod_mode: String,
    /// `-modfile`.
    pub modfile: Option<Utf8PathBuf>,
    /// `-race`, `-msan` or `-asan`, without the dash.
    pub sanitizer: Option<String>,
    /// The flags that matter to nothing here, as they were given.
    pub others: Vec<String>,
}

/// Everything that is known about Go in one directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Env {
    /// The go command that was asked; `None` if none could be.
    pub command: Option<Utf8PathBuf>,
    /// The toolchain in use.
    pub toolchain: Toolchain,
    /// Where modules are kept.
    pub gomodcache: Utf8PathBuf,
    /// The system compiled for.
    pub goos: String,
    /// The processor compiled for.
    pub goarch: String,
    /// Whether cgo is on.
    pub cgo_enabled: bool,
    /// The flags.
    pub flags: BuildFlags,
    /// `GOWORK`: a file, `off`, or nothing.
    pub gowork: String,
    /// `GO111MODULE`.
    pub go111module: String,
    /// The toolchain's experiments that are on, in its order.
    pub experiments: Vec<String>,
    /// All that `go env` printed.
    pub vars: BTreeMap<String, String>,
    /// What is wrong or unknown, and what to do about it.
    pub problems: Vec<String>,
}

impl Env {
    /// Asks `go env -json` in `dir`, or looks around where there is no go command.
    pub fn load(dir: &Utf8Path, options: &EnvOptions) -> Result<Env, LoadError> {
        let command = options.go.clone().unwrap_or_else(|| "go".into());
        match go_env(&command, dir, options) {
            Ok(vars) => {
                let env = Env::from_vars(dir, Some(command.clone()), vars, options, Vec::new())?;
                refuse_unknown_flags(&command, dir, options, &env)?;
                Ok(env)
            }
            Err(refused @ LoadError::Setting { .. }) => Err(refused),
            Err(problem) => {
                let vars = guess_vars(dir, options);
                if vars.get("GOROOT").is_none_or(String::is_empty) {
                    return Err(problem);
                }
                Env::from_vars(dir, None, vars, options, vec![problem.to_string()])
            }
        }
    }

    /// What follows from the variables that `go env` prints.
    fn from_vars(
        dir: &Utf8Path,
        command: Option<Utf8PathBuf>,
        mut vars: BTreeMap<String, String>,
        options: &EnvOptions,
        mut problems: Vec<String>,
    ) -> Result<Env, LoadError> {
        let get = |name: &str| vars.get(name).cloned().unwrap_or_default();
        let flags = parse_flags(&get("GOFLAGS"), &options.flags)?;
        let gomodcache = Utf8PathBuf::from(get("GOMODCACHE"));
        let gotoolchain =
            gotoolchain_setting(options, &get("GOENV"), get("GOROOT").as_str().into());
        let (toolchain, notes) = toolchain::choose(&toolchain::Request {
            dir,
            gowork: &get("GOWORK"),
            modfile: flags.modfile.as_deref(),
            setting: &gotoolchain,
            local_root: get("GOROOT").into(),
            local_version: &get("GOVERSION"),
            modcache: &gomodcache,
            host: (&get("GOHOSTOS"), &get("GOHOSTARCH")),
        })?;
        problems.extend(notes);
        if let (nearest, false) = toolchain.release() {
            problems.push(format!(
                "{} is not a release whose rules are known: those of {nearest}, the nearest one, are used",
                toolchain.version
            ));
        }
        let (goos, goarch) = (get("GOOS"), get("GOARCH"));
        let experiments =
            experiment::enabled(toolchain.release().0, &goos, &goarch, &get("GOEXPERIMENT"));
        let cgo_enabled = get("CGO_ENABLED") == "1";
        let (gowork, go111module) = (get("GOWORK"), get("GO111MODULE"));
        vars.insert("GOTOOLCHAIN".to_owned(), gotoolchain);
        Ok(Env {
            command,
            gomodcache,
            cgo_enabled,
            gowork,
            go111module,
            goos,
            goarch,
            flags,
            toolchain,
            experiments,
            vars,
            problems,
        })
    }

    /// The directory of the Go distribution in use.
    pub fn goroot(&self) -> &Utf8Path {
        &self.toolchain.goroot
    }

    /// The release whose rules apply, and whether it is known.
    pub fn release(&self) -> (Release, bool) {
        self.toolchain.release()
    }

    /// The language version of code that no go.mod speaks for: the toolchain's.
    pub fn language(&self) -> GoVersion {
        self.toolchain.language()
    }

    /// The processor compiled for, if its rules are known.
    pub fn arch(&self) -> Option<Arch> {
        Arch::from_goarch(&self.goarch)
    }

    /// Which build constraints hold.
    pub fn context(&self) -> Context {
        let var = |name: &str| self.vars.get(name).map_or("", String::as_str);
        let mut tags: Vec<String> = self.flags.tags.clone();
        tags.extend(self.experiments.iter().map(|name| format!("goexperiment.{name}")));
        tags.extend(experiment::architecture_tags(&self.goarch, &var));
        tags.extend(self.flags.sanitizer.clone());
        Context {
            goos: self.goos.clone(),
            goarch: self.goarch.clone(),
            cgo: self.cgo_enabled,
            release: self.toolchain.language().minor,
            tags: tags.into_iter().collect(),
        }
    }
}

/// What `doctor` prints.
impl fmt::Display for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = |f: &mut fmt::Formatter<'_>, name: &str, value: &str| {
            writeln!(f, "{name:<12} {}", if value.is_empty() { "-" } else { value })
        };
        let join = |list: &[String]| list.join(" ");
        row(f, "go command", self.command.as_ref().map_or("none", |path| path.as_str()))?;
        row(f, "toolchain", &format!("{} ({})", self.toolchain.version, self.toolchain.reason))?;
        let (release, known) = self.release();
        row(
            f,
            "rules",
            &if known { release.to_string() } else { format!("{release} (nearest known)") },
        )?;
        row(f, "GOROOT", self.goroot().as_str())?;
        row(f, "GOMODCACHE", self.gomodcache.as_str())?;
        row(f, "GOOS/GOARCH", &format!("{}/{}", self.goos, self.goarch))?;
        row(f, "cgo", if self.cgo_enabled { "on" } else { "off" })?;
        row(f, "experiments", &join(&self.experiments))?;
        row(f, "-tags", &self.flags.tags.join(","))?;
        row(f, "-mod", &self.flags.mod_mode)?;
        row(f, "-modfile", self.flags.modfile.as_ref().map_or("", |path| path.as_str()))?;
        row(f, "other flags", &join(&self.flags.others))?;
        row(f, "GOWORK", &self.gowork)?;
        row(f, "GO111MODULE", &self.go111module)?;
        row(f, "GOTOOLCHAIN", self.vars.get("GOTOOLCHAIN").map_or("", String::as_str))?;
        for problem in &self.problems {
            row(f, "problem", problem)?;
        }
        Ok(())
    }
}

/// Runs `go env -json` in `dir`.
pub(super) fn go_env(
    command: &Utf8Path,
    dir: &Utf8Path,
    options: &EnvOptions,
) -> Result<BTreeMap<String, String>, LoadError> {
    let shown = format!("{command} env -json");
    let no_go = |reason: String| LoadError::NoGo { command: shown.clone(), reason };
    let output = Command::new(command)
        .args(["env", "-json"])
        .current_dir(dir)
        .envs(options.vars.iter().map(|(name, value)| (name, value)))
        // PWD lets the go command name files by the same links that the caller used.
        .env("PWD", dir)
        .env("GOTOOLCHAIN", "local")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| no_go(error.to_string()))?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        if let Some((_, pair)) = message.split_once("unsupported GOOS/GOARCH pair ") {
            return Err(LoadError::Setting {
                setting: format!("GOOS/GOARCH {}", pair.trim()),
                problem:
                    "the go command does not compile for this pair: unset GOOS and GOARCH, or \
                          set them to one that `go tool dist list` names"
                        .to_owned(),
            });
        }
        return Err(LoadError::GoEnv { command: shown, message });
    }
    let vars: BTreeMap<String, String> = serde_json::from_slice(&output.stdout)
        .map_err(|error| no_go(format!("its output is not understood: {error}")))?;
    Ok(vars)
}

/// Whether the go command takes all flags. It knows which there are, but `go env` forgives others.
///
/// Upstream: `cmd/go/internal/base/goflags.go`, `InitGOFLAGS`.
fn refuse_unknown_flags(
    command: &Utf8Path,
    dir: &Utf8Path,
    options: &EnvOptions,
    env: &Env,
) -> Result<(), LoadError> {
    if env.flags.others.is_empty() {
        return Ok(());
    }
    let goflags: Vec<String> = env.flags.others.iter().map(|flag| quoted(flag)).collect();
    let output = Command::new(command)
        .arg("version")
        .current_dir(dir)
        .envs(options.vars.iter().map(|(name, value)| (name, value)))
        .env("GOFLAGS", goflags.join(" "))
        .env("GOTOOLCHAIN", "local")
        .stdin(Stdio::null())
        .output();
    let Ok(output) = output else { return Ok(()) };
    let text = String::from_utf8_lossy(&output.stderr);
    let Some((_, flag)) = text.split_once("go: parsing $GOFLAGS: unknown flag ") else {
        return Ok(());
    };
    Err(LoadError::Setting {
        setting: flag.trim().to_owned(),
        problem: "the go command has no such flag: take it out of GOFLAGS (`go env GOFLAGS` shows \
                  them) or of the flags given, or correct it (`go help build` names them)"
            .to_owned(),
    })
}

/// A word of `GOFLAGS`.
fn quoted(word: &str) -> String {
    let quote = if word.contains('\'') { '"' } else { '\'' };
    if word.contains(char::is_whitespace) { format!("{quote}{word}{quote}") } else { word.into() }
}

/// The variables without a go command: from the environment, its file, and the usual places.
fn guess_vars(dir: &Utf8Path, options: &EnvOptions) -> BTreeMap<String, String> {
    let home = setting(options, "HOME").or_else(|| setting(options, "USERPROFILE"));
    let goenv = setting(options, "GOENV").or_else(|| {
        let config = setting(options, "XDG_CONFIG_HOME")
            .or_else(|| home.as_ref().map(|home| format!("{home}/.config")))?;
        Some(format!("{config}/go/env"))
    });
    let file = goenv.as_deref().map(|path| read_env_file(path.into())).unwrap_or_default();
    let var = |name: &str| setting(options, name).or_else(|| file.get(name).cloned());
    let host_os = match std::env::consts::OS {
        "macos" => "darwin",
        os => os,
    };
    let host_arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "x86" => "386",
        "aarch64" => "arm64",
        "loongarch64" => "loong64",
        "powerpc64" => "ppc64le",
        arch => arch,
    };
    let goos = var("GOOS").unwrap_or_else(|| host_os.to_owned());
    let goarch = var("GOARCH").unwrap_or_else(|| host_arch.to_owned());
    let native = goos == host_os && goarch == host_arch;
    let cgo = var("CGO_ENABLED").unwrap_or_else(|| {
        let compilers = [var("CC").unwrap_or_default(), "gcc".into(), "clang".into()];
        let found = compilers.iter().any(|name| !name.is_empty() && find_in_path(name).is_some());
        u8::from(native && found).to_string()
    });
    let gopath = var("GOPATH")
        .and_then(|list| Some(std::env::split_paths(&list).next()?.to_string_lossy().into_owned()))
        .or_else(|| home.as_ref().map(|home| format!("{home}/go")))
        .unwrap_or_default();
    let gomodcache = var("GOMODCACHE").unwrap_or_else(|| format!("{gopath}/pkg/mod"));
    let goroot = var("GOROOT").or_else(|| guess_goroot(home.as_deref())).unwrap_or_default();
    let version = toolchain::read_version(goroot.as_str().into()).unwrap_or_default();
    let gowork = match var("GOWORK") {
        Some(work) if !work.is_empty() => work,
        _ => super::find_upwards(dir, "go.work").map(String::from).unwrap_or_default(),
    };
    let mut vars: BTreeMap<String, String> = [
        ("GOROOT", goroot),
        ("GOVERSION", version),
        ("GOMODCACHE", gomodcache),
        ("GOPATH", gopath),
        ("GOOS", goos),
        ("GOARCH", goarch),
        ("GOHOSTOS", host_os.to_owned()),
        ("GOHOSTARCH", host_arch.to_owned()),
        ("CGO_ENABLED", cgo),
        ("GOWORK", gowork),
        ("GOENV", goenv.unwrap_or_default()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into_iter()
    .collect();
    for name in ["GOFLAGS", "GO111MODULE", "GOEXPERIMENT", "GOAMD64", "GOARM", "GOARM64", "GO386"] {
        vars.insert(name.to_owned(), var(name).unwrap_or_default());
    }
    vars
}

/// A Go distribution in one of the places where installers put it.
fn guess_goroot(home: Option<&str>) -> Option<String> {
    let mut places: Vec<Utf8PathBuf> = [
        "/usr/local/go",
        "/usr/lib/go",
        "/usr/lib/golang",
        "/usr/share/go",
        "/opt/homebrew/opt/go/libexec",
        "/usr/local/opt/go/libexec",
        "/snap/go/current",
        "C:\\Program Files\\Go",
    ]
    .map(Utf8PathBuf::from)
    .to_vec();
    if let Some(home) = home {
        let sdk = Utf8Path::new(home).join("sdk");
        let mut installed: Vec<Utf8PathBuf> = sdk
            .read_dir_utf8()
            .map(|entries| entries.flatten().map(|entry| entry.into_path()).collect())
            .unwrap_or_default();
        installed.sort();
        places.extend(installed.into_iter().rev());
    }
    places.into_iter().find(|place| place.join("src/runtime").is_dir()).map(String::from)
}

/// Where the command `name` is.
pub(super) fn find_in_path(name: &str) -> Option<Utf8PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .filter_map(|dir| Utf8PathBuf::from_path_buf(dir).ok())
        .flat_map(|dir| [dir.join(name), dir.join(format!("{name}.exe"))])
        .find(|file| file.is_file())
}

/// A variable from the settings or the environment.
fn setting(options: &EnvOptions, name: &str) -> Option<String> {
    let own = options.vars.iter().rev().find(|(known, _)| known == name);
    own.map(|(_, value)| value.clone())
        .or_else(|| std::env::var(name).ok())
        .filter(|value| !value.is_empty())
}

/// `GOTOOLCHAIN`: from the environment, the user's file, or the distribution's `go.env`.
fn gotoolchain_setting(options: &EnvOptions, goenv: &str, goroot: &Utf8Path) -> String {
    setting(options, "GOTOOLCHAIN")
        .or_else(|| read_env_file(goenv.into()).remove("GOTOOLCHAIN"))
        .or_else(|| read_env_file(&goroot.join("go.env")).remove("GOTOOLCHAIN"))
        .unwrap_or_default()
}

/// The `NAME=value` lines of a file; none if it cannot be read.
fn read_env_file(path: &Utf8Path) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .filter_map(|line| line.trim().split_once('='))
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Reads `GOFLAGS` and further flags, which win.
fn parse_flags(goflags: &str, more: &[String]) -> Result<BuildFlags, LoadError> {
    let mut flags = BuildFlags::default();
    let words = split_quoted(goflags).ok_or_else(|| LoadError::Setting {
        setting: format!("GOFLAGS={goflags}"),
        problem: "a quote is not closed".to_owned(),
    })?;
    for word in words.iter().chain(more) {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        let Some(name) = name.strip_prefix('-') else {
            // Upstream: `cmd/go/internal/base/goflags.go`.
            return Err(LoadError::Setting {
                setting: word.clone(),
                problem: "is no flag: flags in GOFLAGS begin with `-`".to_owned(),
            });
        };
        let name = name.strip_prefix('-').unwrap_or(name);
        let is_on = || !matches!(value, "false" | "0" | "f" | "F" | "FALSE" | "False");
        match name {
            "tags" => {
                let separators = |c: char| c == ',' || c.is_whitespace();
                let tags = value.split(separators).filter(|tag| !tag.is_empty());
                flags.tags = tags.map(str::to_owned).collect();
            }
            "mod" => match value {
                "readonly" | "vendor" | "mod" => value.clone_into(&mut flags.mod_mode),
                _ => {
                    return Err(LoadError::Setting {
                        setting: word.clone(),
                        problem: "must be readonly, vendor or mod".to_owned(),
                    });
                }
            },
            "modfile" => {
                if !value.ends_with(".mod") {
                    return Err(LoadError::Setting {
                        setting: word.clone(),
                        problem: "file does not have .mod extension".to_owned(),
                    });
                }
                flags.modfile = Some(value.into());
            }
            "race" | "msan" | "asan" => flags.sanitizer = is_on().then(|| name.to_owned()),
            _ => flags.others.push(word.clone()),
        }
    }
    Ok(flags)
}

/// The words of a line in which quotes keep blanks. Upstream: `cmd/internal/quoted`.
fn split_quoted(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if first == '\'' || first == '"' {
            let end = rest[1..].find(first)?;
            words.push(rest[1..=end].to_owned());
            rest = &rest[end + 2..];
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            words.push(rest[..end].to_owned());
            rest = &rest[end..];
        }
        rest = rest.trim_start();
    }
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_from_goflags_and_settings() {
        let more = ["-tags=c".to_owned(), "--race".to_owned()];
        let flags = parse_flags("-mod=mod '-tags=a,b' -modfile=x.mod -v", &more).unwrap();
        assert_eq!(flags.tags, ["c"]);
        assert_eq!(flags.mod_mode, "mod");
        assert_eq!(flags.modfile.as_deref(), Some("x.mod".into()));
        assert_eq!(flags.sanitizer.as_deref(), Some("race"));
        assert_eq!(flags.others, ["-v"]);
        assert_eq!(parse_flags("-tags=a,b", &[]).unwrap().tags, ["a", "b"]);
        let problem = parse_flags("-v tags=a", &[]).unwrap_err().to_string();
        assert_eq!(problem, "tags=a: is no flag: flags in GOFLAGS begin with `-`");
    }

    #[test]
    fn a_refused_flag_is_named() {
        let message = |flags: &str| parse_flags(flags, &[]).unwrap_err().to_string();
        assert_eq!(message("-mod=x"), "-mod=x: must be readonly, vendor or mod");
        assert_eq!(message("'-tags"), "GOFLAGS='-tags: a quote is not closed");
    }
}
