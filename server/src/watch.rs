//! Which files a client is asked to watch, and what their changes mean.

use camino::Utf8Path;
use serde_json::{Value, json};
use tower_lsp::ls_types::Registration;

use crate::capabilities::Client;
use crate::config::SECTION;

/// What the client is to watch, as globs.
pub const WATCHED: &[&str] =
    &["**/*.go", "**/go.mod", "**/go.work", "**/go.sum", "**/vendor/modules.txt"];

/// Whether a change of this file can change results.
pub fn matters(path: &Utf8Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    path.extension() == Some("go")
        || matches!(name, "go.mod" | "go.work" | "go.sum")
        || path.ends_with("vendor/modules.txt")
}

/// Whether a module begins or ends when this file comes or goes.
pub fn makes_modules(path: &Utf8Path) -> bool {
    matches!(path.file_name(), Some("go.mod" | "go.work"))
}

/// What to ask the client for, as far as it can be asked.
pub fn registrations(client: &Client) -> Vec<Registration> {
    let registration = |method: &str, options: Value| Registration {
        id: format!("goescape/{method}"),
        method: method.to_owned(),
        register_options: Some(options),
    };
    let mut wanted = Vec::new();
    if client.registers_watchers {
        let watchers: Vec<Value> =
            WATCHED.iter().map(|glob| json!({ "globPattern": glob })).collect();
        let options = json!({ "watchers": watchers });
        wanted.push(registration("workspace/didChangeWatchedFiles", options));
    }
    if client.registers_configuration {
        let options = json!({ "section": SECTION });
        wanted.push(registration("workspace/didChangeConfiguration", options));
    }
    wanted
}
