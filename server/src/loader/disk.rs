//! Files as the loader sees them: the disk with unsaved buffers laid over it.
//!
//! A buffer replaces a file's text, and a file that exists only as a buffer counts too. What was
//! read of a directory is kept until [`Disk::forget`] is told that something in it has changed.

use std::io::Read as _;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use dashmap::DashMap;
use rustc_hash::{FxBuildHasher, FxHashMap};

use super::error::LoadError;

/// How much of a file is read at first; nearly every header is shorter.
const FIRST_READ: usize = 8 << 10;

/// The disk under unsaved buffers.
#[derive(Debug, Default)]
pub(super) struct Disk {
    buffers: FxHashMap<Utf8PathBuf, Arc<str>>,
    listings: DashMap<Utf8PathBuf, Option<Arc<Listing>>, FxBuildHasher>,
}

/// The names in a directory, in byte order.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Files and links to files.
    pub(super) files: Vec<String>,
    /// Directories; links to directories are not among them.
    pub(super) dirs: Vec<String>,
}

impl Listing {
    /// Whether a file of this name is there.
    pub(super) fn has_file(&self, name: &str) -> bool {
        self.files.binary_search_by(|known| known.as_str().cmp(name)).is_ok()
    }

    /// Whether any file here is Go, whatever its constraints. Upstream: `fsys.IsGoDir`.
    pub(super) fn has_go(&self) -> bool {
        self.files.iter().any(|name| name.ends_with(".go"))
    }
}

impl Disk {
    /// Lays `text` over the file, or takes it away.
    pub(super) fn set_buffer(&mut self, path: &Utf8Path, text: Option<Arc<str>>) {
        match text {
            Some(text) => self.buffers.insert(path.to_owned(), text),
            None => self.buffers.remove(path),
        };
    }

    /// The text laid over the file.
    pub(super) fn buffer(&self, path: &Utf8Path) -> Option<&Arc<str>> {
        self.buffers.get(path)
    }

    /// Forgets what is known about `dir`.
    pub(super) fn forget(&self, dir: &Utf8Path) {
        self.listings.remove(dir);
    }

    /// Forgets which directories do not exist.
    pub(super) fn forget_missing(&self) {
        self.listings.retain(|_, listing| listing.is_some());
    }

    /// The names in `dir`; `None` if it cannot be read as a directory.
    pub(super) fn list(&self, dir: &Utf8Path) -> Option<Arc<Listing>> {
        if let Some(known) = self.listings.get(dir) {
            return known.clone();
        }
        let listing = self.read_dir(dir).map(Arc::new);
        self.listings.insert(dir.to_owned(), listing.clone());
        listing
    }

    fn read_dir(&self, dir: &Utf8Path) -> Option<Listing> {
        let mut listing = Listing::default();
        let mut exists = false;
        if let Ok(entries) = std::fs::read_dir(dir) {
            exists = true;
            for entry in entries.flatten() {
                // A name that is not UTF-8 cannot be named in a diagnostic or by an editor.
                let Ok(name) = entry.file_name().into_string() else { continue };
                let Ok(kind) = entry.file_type() else { continue };
                if kind.is_dir() {
                    listing.dirs.push(name);
                } else if !kind.is_symlink() || !dir.join(&name).is_dir() {
                    listing.files.push(name);
                }
            }
        }
        for path in self.buffers.keys() {
            if path.parent() == Some(dir)
                && let Some(name) = path.file_name()
            {
                exists = true;
                listing.files.push(name.to_owned());
            }
        }
        listing.files.sort_unstable();
        listing.files.dedup();
        listing.dirs.sort_unstable();
        exists.then_some(listing)
    }

    /// Whether `path` is a file.
    pub(super) fn is_file(&self, path: &Utf8Path) -> bool {
        self.buffers.contains_key(path) || path.is_file()
    }

    /// The whole text of a file, without a byte order mark.
    pub(super) fn text(&self, path: &Utf8Path) -> Result<Arc<str>, LoadError> {
        if let Some(text) = self.buffers.get(path) {
            return Ok(Arc::clone(text));
        }
        let bytes = std::fs::read(path)
            .map_err(|source| LoadError::Read { path: path.to_owned(), source })?;
        match String::from_utf8(bytes) {
            Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).into()),
            Err(_) => Err(LoadError::NotUtf8(path.to_owned())),
        }
    }

    /// Shows `scan` the beginning of a file, and more of it while it answers `None`; the flag
    /// says whether that is the whole file.
    pub(super) fn scan<T>(
        &self,
        path: &Utf8Path,
        scan: impl Fn(&[u8], bool) -> Option<T>,
    ) -> std::io::Result<T> {
        let unfinished = || std::io::Error::other("the file changed while it was read");
        if let Some(text) = self.buffers.get(path) {
            return scan(text.as_bytes(), true).ok_or_else(unfinished);
        }
        let mut file = std::fs::File::open(path)?;
        let mut bytes = vec![0; FIRST_READ];
        let mut len = 0;
        while len < bytes.len() {
            match file.read(&mut bytes[len..]) {
                Ok(0) => break,
                Ok(more) => len += more,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let whole = len < bytes.len();
        bytes.truncate(len);
        if let Some(found) = scan(&bytes, whole) {
            return Ok(found);
        }
        file.read_to_end(&mut bytes)?;
        scan(&bytes, true).ok_or_else(unfinished)
    }
}
