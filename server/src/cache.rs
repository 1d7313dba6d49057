//! Summaries of packages on disk, so that what a user does not edit is analysed once and not at
//! each start.
//!
//! A file holds one summary under the hash of all that it was made from, so nothing in here is
//! ever out of date; what is not asked for any more goes once there is too much of it. Several
//! processes may share a directory: files appear whole, and who finds one broken passes it over.
//! The directory can be deleted at any time. What goes wrong costs time and nothing else.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};

use analysis::host::{Archives, Host};
use analysis::key::Key;
use analysis::release::Target;
use analysis::symbol::Symbol;

use crate::files::Disk;

/// The variable that names the directory; `off` for no cache.
pub const VARIABLE: &str = "GOESCAPE_CACHE";

/// How many bytes may be kept.
const LIMIT: u64 = 1 << 30;

/// After so many bytes saved it is looked whether there are too many.
const STEP: u64 = LIMIT / 16;

/// A file in use is marked as used when the last mark is older.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A directory of summaries.
#[derive(Debug)]
pub struct Cache {
    dir: Utf8PathBuf,
    limit: u64,
    /// How many bytes may be saved before it is looked whether there are too many.
    left: AtomicU64,
    temporary: AtomicU64,
    has_complained: AtomicBool,
}

/// What a cache holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// How many summaries.
    pub entries: usize,
    /// How many bytes.
    pub bytes: u64,
}

/// The cache of this process.
static CACHE: OnceLock<Arc<Cache>> = OnceLock::new();

/// A host whose summaries the cache of this process keeps, if [`begin`] gave it one.
pub fn host(files: Disk, target: Target) -> Host {
    let host = Host::new(Arc::new(files), target);
    match CACHE.get() {
        Some(cache) => host.with_archives(Arc::clone(cache) as Arc<dyn Archives>),
        None => host,
    }
}

/// Has all hosts of this process use one cache, from now on. Only the first call counts.
pub fn begin(cache: Option<Cache>) {
    if let Some(cache) = cache {
        CACHE.get_or_init(|| Arc::new(cache));
    }
}

/// The cache that [`begin`] was given.
pub fn current() -> Option<&'static Cache> {
    CACHE.get().map(|cache| &**cache)
}

impl Cache {
    /// The one in this directory, which need not exist.
    pub fn at(dir: impl Into<Utf8PathBuf>) -> Cache {
        Cache::with_limit(dir, LIMIT)
    }

    /// The same with room for so many bytes.
    pub fn with_limit(dir: impl Into<Utf8PathBuf>, limit: u64) -> Cache {
        Cache {
            dir: dir.into(),
            limit,
            left: AtomicU64::new(0),
            temporary: AtomicU64::new(0),
            has_complained: AtomicBool::new(false),
        }
    }

    /// The one that [`VARIABLE`] names.
    pub fn named() -> Option<Cache> {
        let named = std::env::var(VARIABLE).ok().filter(|name| !name.is_empty());
        named.filter(|name| name != "off").map(Cache::at)
    }

    /// The one that [`VARIABLE`] names, or else the user's own where the system keeps such things.
    pub fn of_user() -> Option<Cache> {
        if std::env::var_os(VARIABLE).is_some_and(|name| !name.is_empty()) {
            return Cache::named();
        }
        let dir = Utf8PathBuf::from_path_buf(usual_dir()?).ok()?;
        dir.is_absolute().then(|| Cache::at(dir.join("goescape")))
    }

    /// Where it is.
    pub fn dir(&self) -> &Utf8Path {
        &self.dir
    }

    /// What it holds.
    pub fn usage(&self) -> Usage {
        let files = self.files();
        Usage { entries: files.len(), bytes: files.iter().map(|file| file.len).sum() }
    }

    fn path(&self, key: &Key) -> Utf8PathBuf {
        let name = key.hex();
        self.dir.join(&name[..2]).join(name)
    }

    fn read(&self, key: &Key) -> std::io::Result<Vec<u8>> {
        let mut file = File::open(self.path(key))?;
        let data = file.metadata()?;
        let mut bytes = Vec::with_capacity(usize::try_from(data.len()).unwrap_or_default());
        file.read_to_end(&mut bytes)?;
        let now = SystemTime::now();
        let used = data.modified().unwrap_or(now);
        if now.duration_since(used).is_ok_and(|age| age > DAY) {
            // Where that is not allowed, the file goes sooner.
            let _ = file.set_modified(now);
        }
        Ok(bytes)
    }

    /// Writes a file that others see whole or not at all.
    fn write(&self, path: &Utf8Path, bytes: &[u8]) -> std::io::Result<()> {
        fs::create_dir_all(path.parent().unwrap_or(&self.dir))?;
        let number = self.temporary.fetch_add(1, Ordering::Relaxed);
        let temporary = path.with_extension(format!("{}-{number}", std::process::id()));
        let written = fs::write(&temporary, bytes).and_then(|()| fs::rename(&temporary, path));
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written
    }

    /// Removes what was not used for longest until there is room again.
    fn trim(&self) {
        let mut files = self.files();
        let mut bytes: u64 = files.iter().map(|file| file.len).sum();
        if bytes <= self.limit {
            return;
        }
        files.sort_by_key(|file| file.used);
        for file in files {
            // Some room is made at once, so that this is not needed again so soon.
            if bytes <= self.limit - self.limit / 8 {
                break;
            }
            // Another process may have been quicker.
            let _ = fs::remove_file(&file.path);
            bytes -= file.len;
        }
    }

    fn files(&self) -> Vec<Kept> {
        let list = |dir: PathBuf| fs::read_dir(dir).into_iter().flatten().flatten();
        let dirs = list(self.dir.clone().into_std_path_buf())
            .filter(|dir| dir.file_name().len() == 2 && dir.path().is_dir());
        let files = dirs.flat_map(|dir| list(dir.path()));
        let kept = files.filter_map(|file| {
            let data = file.metadata().ok()?;
            Some(Kept { path: file.path(), len: data.len(), used: data.modified().ok()? })
        });
        kept.collect()
    }
}

/// A file of the cache.
struct Kept {
    path: PathBuf,
    len: u64,
    used: SystemTime,
}

impl Archives for Cache {
    fn stamp(&self, path: Symbol) -> Option<(u64, u128)> {
        let data = fs::metadata(path.as_str()).ok()?;
        let time = data.modified().ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        Some((data.len(), time.as_nanos()))
    }

    fn load(&self, key: &Key) -> Option<Vec<u8>> {
        self.read(key).ok()
    }

    fn save(&self, key: &Key, bytes: &[u8]) {
        let path = self.path(key);
        if let Err(error) = self.write(&path, bytes)
            && !self.has_complained.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(
                "summaries are not kept: {path}: {error}; {VARIABLE} names another place"
            );
        }
        let len = bytes.len() as u64;
        let take = |left: u64| left.checked_sub(len);
        if self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_err() {
            self.left.store(STEP.min(self.limit / 16), Ordering::Relaxed);
            self.trim();
        }
    }
}

fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// Where programs keep what they can make again.
fn usual_dir() -> Option<PathBuf> {
    if cfg!(windows) {
        return variable("LOCALAPPDATA");
    }
    if cfg!(target_os = "macos") {
        return Some(variable("HOME")?.join("Library").join("Caches"));
    }
    variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")))
}

#[cfg(test)]
mod tests {
    use analysis::key::KeyBuilder;

    use super::*;

    fn key(name: &str) -> Key {
        let mut key = KeyBuilder::default();
        key.part(name.as_bytes());
        key.key()
    }

    fn cache(name: &str, limit: u64) -> Cache {
        let name = format!("goescape-cache-{name}-{}", std::process::id());
        let dir = Utf8PathBuf::from_path_buf(std::env::temp_dir()).unwrap().join(name);
        Cache::with_limit(dir, limit)
    }

    #[test]
    fn what_is_saved_is_found_by_its_key_and_by_no_other() {
        let cache = cache("found", LIMIT);
        assert_eq!(cache.load(&key("a")), None);
        cache.save(&key("a"), &[1, 2, 3]);
        assert_eq!(cache.load(&key("a")), Some(vec![1, 2, 3]));
        assert_eq!(cache.load(&key("b")), None);
        assert_eq!(cache.usage(), Usage { entries: 1, bytes: 3 });
        fs::remove_dir_all(cache.dir()).unwrap();
        assert_eq!(cache.load(&key("a")), None);
        assert_eq!(cache.usage(), Usage { entries: 0, bytes: 0 });
    }

    #[test]
    fn what_was_not_used_for_longest_makes_room() {
        let cache = cache("room", 1000);
        for (name, age) in [("old", 50), ("older", 90), ("new", 10)] {
            cache.save(&key(name), &[0; 300]);
            let file = File::options().append(true).open(cache.path(&key(name))).unwrap();
            file.set_modified(SystemTime::now() - age * DAY).unwrap();
        }
        // Whoever is used counts as new.
        assert!(cache.load(&key("older")).is_some());
        cache.save(&key("newest"), &[0; 300]);
        let kept = ["old", "older", "new", "newest"].map(|name| cache.load(&key(name)).is_some());
        assert_eq!(kept, [false, true, false, true], "{:?}", cache.usage());
        fs::remove_dir_all(cache.dir()).unwrap();
    }

    #[test]
    fn a_place_that_cannot_be_written_to_does_no_harm() {
        let cache = cache("file", LIMIT);
        fs::write(cache.dir(), "a file").unwrap();
        cache.save(&key("a"), &[1]);
        assert_eq!(cache.load(&key("a")), None);
        assert_eq!(cache.usage(), Usage { entries: 0, bytes: 0 });
        fs::remove_file(cache.dir()).unwrap();
    }
}
