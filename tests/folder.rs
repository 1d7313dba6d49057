//! Go files in a directory that is removed with its test.

#[cfg(unix)]
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use camino::{Utf8Path, Utf8PathBuf};

/// A directory with files.
#[derive(Debug)]
pub struct Folder {
    path: Utf8PathBuf,
}

impl Folder {
    /// Writes files given as `-- path --` headers, each with its text below.
    pub fn new(files: &str) -> Folder {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let temp = Utf8PathBuf::from_path_buf(std::env::temp_dir()).expect("a UTF-8 path");
        let path = temp.join(format!("goescape-it-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a directory");
        let folder = Folder { path: path.canonicalize_utf8().expect("a path") };
        let mut name = None;
        let mut text = String::new();
        for line in files.lines().chain(["-- end --"]) {
            if let Some(next) = line.strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --")) {
                if let Some(name) = name.replace(next) {
                    folder.write(name, &text);
                }
                text.clear();
            } else {
                text.push_str(line);
                text.push('\n');
            }
        }
        folder
    }

    /// Writes one file; its full path.
    pub fn write(&self, name: &str, text: &str) -> Utf8PathBuf {
        let path = self.path.join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(&self.path)).expect("a directory");
        std::fs::write(&path, text).expect("a written file");
        path
    }

    /// Makes a go command that calls itself `version` and is otherwise the installed one; its
    /// path.
    #[cfg(unix)]
    pub fn go_of(&self, version: &str) -> Utf8PathBuf {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let go = Command::new("go").args(["env", "-json"]).env("GOTOOLCHAIN", "local").output();
        let json = go.expect("an installed go").stdout;
        let mut vars: serde_json::Value = serde_json::from_slice(&json).expect("variables");
        let goroot = self.path.join(format!("goroot-{version}"));
        std::fs::create_dir_all(goroot.join("bin")).expect("a directory");
        std::fs::write(goroot.join("VERSION"), version).expect("a written file");
        let src = Utf8Path::new(vars["GOROOT"].as_str().expect("a path")).join("src");
        symlink(src, goroot.join("src")).expect("a link");
        vars["GOROOT"] = goroot.as_str().into();
        vars["GOVERSION"] = version.into();
        let go = goroot.join("bin/go");
        std::fs::write(&go, format!("#!/bin/sh\ncat <<'END'\n{vars}\nEND\n")).expect("a script");
        std::fs::set_permissions(&go, PermissionsExt::from_mode(0o755)).expect("a command");
        go
    }

    /// The directory.
    pub fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// The text of a file.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path.join(name)).expect("a file")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
