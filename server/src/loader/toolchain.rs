//! Which Go distribution the go command would use here.
//!
//! Since Go 1.21 the go command replaces itself by a newer one where a `go` or `toolchain` line
//! asks for it. We find that one where it is installed (on `PATH` or in the module cache) and say
//! so where it is not; nothing is downloaded.
//!
//! Upstream: `cmd/go/internal/toolchain/select.go`.

use camino::{Utf8Path, Utf8PathBuf};

use analysis::release::{GoVersion, Release};

use super::env::{EnvOptions, find_in_path, go_env};
use super::error::LoadError;
use super::modfile::{self, ModFile, Role};
use super::version::{compare_go, is_go_language, of_toolchain};

/// A Go distribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toolchain {
    /// Its directory.
    pub goroot: Utf8PathBuf,
    /// What it calls itself: `go1.27.3`.
    pub version: String,
    /// Why this one: the file or setting that asks for it.
    pub reason: String,
}

impl Toolchain {
    /// The release whose rules apply, and whether it is known.
    pub fn release(&self) -> (Release, bool) {
        Release::of_toolchain(&self.version)
    }

    /// The newest language version that it compiles.
    pub fn language(&self) -> GoVersion {
        GoVersion::parse(&self.version).unwrap_or(self.release().0.language())
    }
}

/// What the choice depends on.
pub(super) struct Request<'a> {
    pub(super) dir: &'a Utf8Path,
    pub(super) gowork: &'a str,
    pub(super) modfile: Option<&'a Utf8Path>,
    /// `GOTOOLCHAIN`.
    pub(super) setting: &'a str,
    pub(super) local_root: Utf8PathBuf,
    pub(super) local_version: &'a str,
    pub(super) modcache: &'a Utf8Path,
    /// `GOHOSTOS` and `GOHOSTARCH`.
    pub(super) host: (&'a str, &'a str),
}

/// The toolchain to use, and what is wrong with it.
pub(super) fn choose(request: &Request<'_>) -> Result<(Toolchain, Vec<String>), LoadError> {
    let version =
        read_version(&request.local_root).unwrap_or_else(|| request.local_version.to_owned());
    let local =
        Toolchain { goroot: request.local_root.clone(), version, reason: "installed".to_owned() };
    if !local.goroot.join("src/runtime").is_dir() {
        return Err(LoadError::NoGoroot(format!("{} has no src/runtime", local.goroot)));
    }
    let local_number = of_toolchain(&local.version).unwrap_or("").to_owned();
    let asked = asked_for(request);
    let (wanted, reason) = select(request.setting, &local_number, &asked)?;
    let Some(wanted) = wanted else {
        let mut notes = Vec::new();
        if compare_go(&asked.go, &local_number).is_gt() && !local_number.is_empty() {
            notes.push(format!(
                "{} requires go >= {} (running {}; GOTOOLCHAIN={}): install that release, or set GOTOOLCHAIN=auto",
                asked.file, asked.go, local.version, request.setting,
            ));
        }
        return Ok((local, notes));
    };
    if wanted == local.version {
        return Ok((local, Vec::new()));
    }
    if let Some(goroot) = find(request, &wanted) {
        let version = read_version(&goroot).unwrap_or_else(|| wanted.clone());
        return Ok((Toolchain { goroot, version, reason }, Vec::new()));
    }
    let note = format!(
        "{reason} asks for {wanted}, which is not installed; {} is used instead: run `go version` there, \
         which downloads it",
        local.version,
    );
    Ok((local, vec![note]))
}

/// The `go` and `toolchain` lines that speak for a directory.
#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    file: Utf8PathBuf,
    go: String,
    toolchain: String,
}

fn asked_for(request: &Request<'_>) -> Asked {
    let work = match request.gowork {
        "off" => None,
        "" => super::find_upwards(request.dir, "go.work"),
        file => Some(file.into()),
    };
    let (file, role) = match work {
        Some(work) => (Some(work), Role::Work),
        None => {
            let alternative = request.modfile.map(|file| request.dir.join(file));
            (alternative.or_else(|| super::find_upwards(request.dir, "go.mod")), Role::Dependency)
        }
    };
    let Some(file) = file else { return Asked::default() };
    let Ok(text) = std::fs::read_to_string(&file) else { return Asked::default() };
    let ModFile { go, toolchain, .. } = match modfile::parse(&file, &text, role) {
        Ok(parsed) => parsed,
        // The loader reports it; until then, any toolchain will do.
        Err(_) => return Asked::default(),
    };
    Asked { file, go, toolchain }
}

/// The name of the toolchain to switch to, if any, and who asks for it.
fn select(
    setting: &str,
    local: &str,
    asked: &Asked,
) -> Result<(Option<String>, String), LoadError> {
    let invalid = |problem: &str| LoadError::Setting {
        setting: format!("GOTOOLCHAIN={setting}"),
        problem: problem.to_owned(),
    };
    let (minimum, mode) = match setting {
        "" | "local" => return Ok((None, String::new())),
        "auto" | "path" => ("local", setting),
        _ => match setting.split_once('+') {
            Some((minimum, mode @ ("auto" | "path"))) => (minimum, mode),
            Some(_) => return Err(invalid("only version suffixes are +auto and +path")),
            None => (setting, ""),
        },
    };
    let mut wanted = None;
    let mut reason = format!("GOTOOLCHAIN={setting}");
    let mut at_least = local.to_owned();
    if minimum != "local" {
        let version = of_toolchain(minimum)
            .ok_or_else(|| invalid("not the name of a toolchain, such as go1.27.3"))?;
        wanted = Some(minimum.to_owned());
        version.clone_into(&mut at_least);
    }
    if mode.is_empty() || asked.toolchain == "default" {
        return Ok((wanted, reason));
    }
    if let Some(version) = of_toolchain(&asked.toolchain)
        && compare_go(version, &at_least).is_gt()
    {
        wanted = Some(asked.toolchain.clone());
        version.clone_into(&mut at_least);
        reason = format!("the toolchain line of {}", asked.file);
    }
    if compare_go(&asked.go, &at_least).is_gt() {
        // Since 1.21 the first release of a language version is called `.0`.
        let patch = is_go_language(&asked.go) && compare_go(&asked.go, "1.21").is_ge();
        wanted = Some(format!("go{}{}", asked.go, if patch { ".0" } else { "" }));
        reason = format!("the go line of {}", asked.file);
    }
    Ok((wanted, reason))
}

/// Where the toolchain `name` is installed.
fn find(request: &Request<'_>, name: &str) -> Option<Utf8PathBuf> {
    let (os, arch) = request.host;
    let cached = request.modcache.join(format!("golang.org/toolchain@v0.0.1-{name}.{os}-{arch}"));
    if cached.join("src/runtime").is_dir() {
        return Some(cached);
    }
    let command = find_in_path(name)?;
    let vars = go_env(&command, request.dir, &EnvOptions::default()).ok()?;
    vars.get("GOROOT").map(Utf8PathBuf::from).filter(|goroot| goroot.join("src/runtime").is_dir())
}

/// What the distribution in `goroot` calls itself: the first line of its VERSION file.
pub(super) fn read_version(goroot: &Utf8Path) -> Option<String> {
    let text = std::fs::read_to_string(goroot.join("VERSION")).ok()?;
    let line = text.lines().next()?.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(setting: &str, go: &str, toolchain: &str) -> Option<String> {
        let asked = Asked { file: "go.mod".into(), go: go.into(), toolchain: toolchain.into() };
        select(setting, "1.26.8", &asked).unwrap().0
    }

    #[test]
    fn the_newest_of_setting_and_go_mod_is_selected() {
        assert_eq!(selected("local", "1.27", "go1.27.3"), None);
        assert_eq!(selected("auto", "1.26", ""), None);
        assert_eq!(selected("auto", "1.27", "").as_deref(), Some("go1.27.0"));
        assert_eq!(selected("auto", "1.27.1", "go1.27.3").as_deref(), Some("go1.27.3"));
        assert_eq!(selected("auto", "1.28", "go1.27.3").as_deref(), Some("go1.28.0"));
        assert_eq!(selected("auto", "1.27rc1", "").as_deref(), Some("go1.27rc1"));
        assert_eq!(selected("auto", "1.24", "default"), None);
        assert_eq!(selected("go1.27.3", "1.30", "").as_deref(), Some("go1.27.3"));
        assert_eq!(selected("go1.25.0+auto", "1.24", "").as_deref(), Some("go1.25.0"));
    }

    #[test]
    fn a_setting_that_names_no_toolchain_is_an_error() {
        let error = select("newest", "1.26.8", &Asked::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "GOTOOLCHAIN=newest: not the name of a toolchain, such as go1.27.3"
        );
    }
}
