//! Files of the disk as the analysis reads them.

use std::sync::Arc;

use analysis::cgo;
use analysis::host::{Files, PackageSource};
use analysis::symbol::Symbol;

use crate::cgo::Cgo;
use crate::loader::Env;

/// Reads from disk. Go text is UTF-8; a byte order mark at its beginning does not count.
#[derive(Debug, Default)]
pub struct Disk {
    cgo: Option<Cgo>,
}

impl Disk {
    /// With the C compiler of an environment.
    pub fn new(env: &Env) -> Disk {
        Disk { cgo: Some(Cgo::new(env)) }
    }
}

impl Files for Disk {
    fn c_compiler(&self) -> &str {
        self.cgo.as_ref().map_or("", Cgo::compiler)
    }

    fn cgo(
        &self,
        package: &PackageSource,
        texts: &[Arc<str>],
    ) -> Result<Arc<cgo::Package>, String> {
        match &self.cgo {
            Some(cgo) => cgo.package(package, texts),
            None => Err("cgo needs a Go toolchain: goescape doctor".to_owned()),
        }
    }

    fn read(&self, path: Symbol) -> Result<Arc<str>, String> {
        let bytes = std::fs::read(path.as_str()).map_err(|error| format!("{path}: {error}"))?;
        match String::from_utf8(bytes) {
            Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).into()),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let line = 1 + error.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count();
                Err(format!("{path}:{line}: not UTF-8 text; convert the file"))
            }
        }
    }
}

/// The text of a file for people to look at: what is not UTF-8 in it is replaced.
pub fn read_lossy(path: &str) -> Option<Arc<str>> {
    let bytes = std::fs::read(path).ok()?;
    Some(String::from_utf8_lossy(&bytes).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_utf_8_is_an_error_that_names_file_and_line() {
        let dir = std::env::temp_dir().join(format!("goescape-files-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let path = dir.join("latin1.go");
        std::fs::write(&path, b"package a\n// caf\xe9\n").unwrap();
        let path = path.to_str().unwrap();
        let error = Disk::default().read(Symbol::new(path)).unwrap_err();
        assert_eq!(error, format!("{path}:2: not UTF-8 text; convert the file"));
        assert_eq!(&*read_lossy(path).unwrap(), "package a\n// caf\u{fffd}\n");
        std::fs::write(path, "\u{feff}package a\n").unwrap();
        assert_eq!(&*Disk::default().read(Symbol::new(path)).unwrap(), "package a\n");
        std::fs::remove_dir_all(dir).unwrap();
    }
}
