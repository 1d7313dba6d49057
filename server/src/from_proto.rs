//! From what a client says to our own terms.

use camino::Utf8PathBuf;
use tower_lsp::ls_types::{Range, Uri};

use analysis::explain::finding::Location;

use crate::snapshot::Snapshot;

/// The path of a file; none for what is not a file (an unsaved buffer without a name, a text from
/// a version control system) or not a path that can be written down.
pub fn path(uri: &Uri) -> Option<Utf8PathBuf> {
    if !uri.scheme().as_str().eq_ignore_ascii_case("file") {
        return None;
    }
    let decoded = uri.path().decode().to_string().ok()?;
    let native = uri.to_file_path()?;
    // What does not decode to UTF-8 would otherwise be taken for another file.
    debug_assert!(native.to_str().is_some_and(|native| decoded.ends_with(native)) || cfg!(windows));
    Utf8PathBuf::from_path_buf(native.into_owned()).ok()
}

/// A stretch of the file asked about.
pub fn location(snapshot: &Snapshot, range: Range) -> Location {
    let offset = |at| snapshot.document.offset(at, snapshot.encoding());
    let (start, end) = (offset(range.start), offset(range.end));
    Location { file: snapshot.file, start: start.min(end), end: end.max(start) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path_of(uri: &str) -> Option<String> {
        path(&uri.parse().unwrap()).map(String::from)
    }

    #[test]
    #[cfg(not(windows))]
    fn percent_encoded_paths_are_decoded() {
        assert_eq!(path_of("file:///a%20b/%C3%A4%23.go").as_deref(), Some("/a b/ä#.go"));
        assert_eq!(path_of("file:///a+b.go").as_deref(), Some("/a+b.go"));
    }

    #[test]
    fn what_is_not_a_file_on_disk_has_no_path() {
        assert_eq!(path_of("untitled:Untitled-1"), None);
        assert_eq!(path_of("git:/a/b.go?ref=main"), None);
        assert_eq!(path_of("file:///a/%FF.go"), None);
    }
}
