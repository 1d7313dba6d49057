//! What editors and READMEs say about settings is what the server's list says.

use std::fmt::Write as _;

use serde_json::Value;

use server::config::{SECTION, SETTINGS, Setting};

/// A setting as a row of a README's table, with the section's name or without.
fn row(prefix: &str, setting: &Setting) -> String {
    let Setting { name, default, text, choices } = setting;
    let choices: Vec<String> = choices.iter().map(|choice| format!("`{choice}`")).collect();
    let choices = match choices.as_slice() {
        [] => String::new(),
        choices => format!(" One of {}.", choices.join(", ")),
    };
    format!("| `{prefix}{name}` | `{default}` | {text}{choices} |")
}

/// A default as Lua writes it.
fn lua(default: &str) -> String {
    default.replace('"', "'").replace("[]", "{}")
}

#[test]
fn readmes_list_the_settings() {
    let section = format!("{SECTION}.");
    for (file, readme, prefix) in [
        ("server/README.md", include_str!("../../server/README.md"), ""),
        ("editors/README.md", include_str!("../../editors/README.md"), ""),
        (
            "editors/vscode/README.md",
            include_str!("../../editors/vscode/README.md"),
            section.as_str(),
        ),
    ] {
        for setting in SETTINGS {
            let row = row(prefix, setting);
            assert!(readme.lines().any(|line| line == row), "{file} has no line\n{row}");
        }
    }
}

#[test]
fn vs_code_offers_the_settings() {
    let package: Value =
        serde_json::from_str(include_str!("../../editors/vscode/package.json")).unwrap();
    let offered = &package["contributes"]["configuration"]["properties"];
    // What concerns the client alone.
    let own = ["goescape.server.path", "goescape.trace.server"];
    let names: Vec<&str> = offered
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .filter(|name| !own.contains(name))
        .collect();
    let known: Vec<String> = SETTINGS.iter().map(|one| format!("{SECTION}.{}", one.name)).collect();
    assert_eq!(names, known);
    for Setting { name, default, text, choices } in SETTINGS {
        let property = &offered[format!("{SECTION}.{name}")];
        let default: Value = serde_json::from_str(default).unwrap();
        assert_eq!(property["default"], default, "{name}");
        assert_eq!(property["markdownDescription"], *text, "{name}");
        let choices = if choices.is_empty() { Value::Null } else { Value::from(choices.to_vec()) };
        assert_eq!(property["enum"], choices, "{name}");
    }
}

#[test]
fn neovims_help_lists_the_settings() {
    let help = include_str!("../../editors/neovim/doc/goescape.txt");
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for Setting { name, default, text, choices } in SETTINGS {
        let choices: Vec<String> = choices.iter().map(|choice| format!("'{choice}'")).collect();
        let mut entry = format!("{name} {} {text}", lua(default));
        if !choices.is_empty() {
            let _ = write!(entry, " One of {}.", choices.join(", "));
        }
        assert!(help.contains(&entry), "goescape.txt does not say\n{entry}");
    }
}

#[test]
fn neovims_readme_shows_the_defaults() {
    let mut groups: Vec<(&str, Vec<String>)> = Vec::new();
    for Setting { name, default, .. } in SETTINGS {
        let (group, entry) = match name.split_once('.') {
            Some((group, name)) => (group, format!("{name} = {}", lua(default))),
            None => (*name, lua(default)),
        };
        match groups.last_mut() {
            Some((last, entries)) if *last == group => entries.push(entry),
            _ => groups.push((group, vec![entry])),
        }
    }
    let readme = include_str!("../../editors/neovim/README.md");
    for (group, entries) in groups {
        let nested = SETTINGS.iter().any(|setting| setting.name.starts_with(&format!("{group}.")));
        let entries = entries.join(", ");
        let line = if nested {
            format!("    {group} = {{ {entries} }},")
        } else {
            format!("    {group} = {entries},")
        };
        assert!(readme.lines().any(|shown| shown.starts_with(&line)), "no line\n{line}");
    }
}
