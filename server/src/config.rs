//! The user's settings: section `goescape`, read value by value.
//!
//! [`SETTINGS`] is the one list of them; what editors and READMEs say is compared with it. A value
//! that cannot be used leaves the default in force and is named, so that one slip does not undo the
//! rest.

use serde_json::Value;

use crate::loader::EnvOptions;

/// The name of the section.
pub const SECTION: &str = "goescape";

/// A setting as editors list it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setting {
    /// Its name within the section.
    pub name: &'static str,
    /// Its default, in JSON.
    pub default: &'static str,
    /// What it does.
    pub text: &'static str,
    /// The values it may have, if they are few.
    pub choices: &'static [&'static str],
}

/// All settings.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "hints.enable",
        default: "true",
        text: "Show a hint behind each value that is allocated on the heap.",
        choices: &[],
    },
    Setting {
        name: "hints.stack",
        default: "false",
        text: "Also show a hint behind each value that stays on the stack.",
        choices: &[],
    },
    Setting {
        name: "hints.inlining",
        default: "false",
        text: "Also show behind each function's name whether calls of it are inlined.",
        choices: &[],
    },
    Setting {
        name: "diagnostics.enable",
        default: "true",
        text: "Report each heap allocation as a diagnostic, with the way of the value to its cause.",
        choices: &[],
    },
    Setting {
        name: "diagnostics.severity",
        default: "\"hint\"",
        text: "How loud these diagnostics are.",
        choices: &["hint", "information", "off"],
    },
    Setting {
        name: "tests",
        default: "true",
        text: "Analyse `_test.go` files, too.",
        choices: &[],
    },
    Setting {
        name: "go.path",
        default: "\"\"",
        text: "The `go` command whose release and standard library decide; empty: the one on the `PATH`.",
        choices: &[],
    },
    Setting {
        name: "buildFlags",
        default: "[]",
        text: "Flags of `go build` that choose files and rules, such as `-tags=integration`.",
        choices: &[],
    },
];

/// How loud diagnostics are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Severity {
    /// As a hint: editors show it only where the cursor is, or as faint dots.
    #[default]
    Hint,
    /// As information.
    Information,
    /// Not at all.
    Off,
}

/// The settings in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Show hints at all.
    pub hints: bool,
    /// Show hints for what stays on the stack.
    pub stack_hints: bool,
    /// Show hints for the inliner's verdicts.
    pub inlining_hints: bool,
    /// How loud diagnostics are; `Off` too where `diagnostics.enable` is false.
    pub severity: Severity,
    /// Analyse test files.
    pub tests: bool,
    /// The `go` command whose release and standard library decide; empty: the one on the `PATH`.
    pub go_path: String,
    /// Flags on top of `GOFLAGS`.
    pub build_flags: Vec<String>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            hints: true,
            stack_hints: false,
            inlining_hints: false,
            severity: Severity::Hint,
            tests: true,
            go_path: String::new(),
            build_flags: Vec::new(),
        }
    }
}

impl Config {
    /// Reads the section's value, nested (`{"hints": {"enable": true}}`) or flat
    /// (`{"hints.enable": true}`). The texts say which values could not be used.
    pub fn from_json(section: &Value) -> (Config, Vec<String>) {
        let mut reader = Reader { section, problems: Vec::new() };
        let default = Config::default();
        let enabled = reader.flag("diagnostics.enable", true);
        let severity = match reader.text("diagnostics.severity").as_deref() {
            None | Some("hint") => Severity::Hint,
            Some("information") => Severity::Information,
            Some("off") => Severity::Off,
            Some(other) => {
                let other = Value::from(other);
                reader.refuse("diagnostics.severity", &other, "hint, information or off");
                Severity::Hint
            }
        };
        let config = Config {
            hints: reader.flag("hints.enable", default.hints),
            stack_hints: reader.flag("hints.stack", default.stack_hints),
            inlining_hints: reader.flag("hints.inlining", default.inlining_hints),
            severity: if enabled { severity } else { Severity::Off },
            tests: reader.flag("tests", default.tests),
            go_path: reader.text("go.path").unwrap_or_default(),
            build_flags: reader.texts("buildFlags"),
        };
        reader.refuse_unknown(section, "");
        (config, reader.problems)
    }

    /// What the loader needs to know.
    pub fn env_options(&self) -> EnvOptions {
        EnvOptions {
            go: (!self.go_path.is_empty()).then(|| self.go_path.as_str().into()),
            vars: Vec::new(),
            flags: self.build_flags.clone(),
        }
    }

    /// Whether packages have to be loaded anew when `self` becomes `other`.
    pub fn loads_differently(&self, other: &Config) -> bool {
        (&self.go_path, &self.build_flags, self.tests)
            != (&other.go_path, &other.build_flags, other.tests)
    }
}

struct Reader<'a> {
    section: &'a Value,
    problems: Vec<String>,
}

impl<'a> Reader<'a> {
    fn get(&self, name: &str) -> Option<&'a Value> {
        let flat = self.section.get(name);
        let nested = || name.split('.').try_fold(self.section, |value, part| value.get(part));
        flat.or_else(nested).filter(|value| !value.is_null())
    }

    fn flag(&mut self, name: &str, default: bool) -> bool {
        let Some(value) = self.get(name) else { return default };
        value.as_bool().unwrap_or_else(|| {
            self.refuse(name, value, "true or false");
            default
        })
    }

    fn text(&mut self, name: &str) -> Option<String> {
        let value = self.get(name)?;
        if let Some(text) = value.as_str() {
            return Some(text.to_owned());
        }
        self.refuse(name, value, "a text");
        None
    }

    fn texts(&mut self, name: &str) -> Vec<String> {
        let Some(value) = self.get(name) else { return Vec::new() };
        let texts: Option<Vec<String>> = value.as_array().and_then(|values| {
            values.iter().map(|value| value.as_str().map(str::to_owned)).collect()
        });
        texts.unwrap_or_else(|| {
            self.refuse(name, value, "a list of texts");
            Vec::new()
        })
    }

    fn refuse(&mut self, name: &str, value: &Value, wanted: &str) {
        self.problems.push(format!("setting {SECTION}.{name}: {value} is not {wanted}"));
    }

    /// Names what no setting is called: mostly a slip in a name. Objects of clients' own making
    /// (`trace`, `server`) are left alone.
    fn refuse_unknown(&mut self, value: &Value, prefix: &str) {
        let Some(entries) = value.as_object() else { return };
        for (key, value) in entries {
            let name = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
            let known = SETTINGS.iter().any(|setting| setting.name == name);
            let group = SETTINGS.iter().any(|s| s.name.starts_with(&format!("{name}.")));
            if group {
                self.refuse_unknown(value, &name);
            } else if !known && !prefix.is_empty() {
                self.problems.push(format!("setting {SECTION}.{name} is not known"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_are_read_nested_and_flat() {
        let nested = json!({
            "hints": { "enable": false, "stack": true },
            "diagnostics": { "severity": "information" },
            "tests": false,
            "go": { "path": "/opt/go/bin/go" },
            "buildFlags": ["-tags=a,b"],
            "trace": { "server": "off" },
        });
        let (config, problems) = Config::from_json(&nested);
        assert_eq!(problems, Vec::<String>::new());
        let expected = Config {
            hints: false,
            stack_hints: true,
            inlining_hints: false,
            severity: Severity::Information,
            tests: false,
            go_path: "/opt/go/bin/go".to_owned(),
            build_flags: vec!["-tags=a,b".to_owned()],
        };
        assert_eq!(config, expected);
        let flat = json!({ "hints.inlining": true, "diagnostics.enable": false });
        let (config, problems) = Config::from_json(&flat);
        assert!(problems.is_empty() && config.inlining_hints);
        assert_eq!(config.severity, Severity::Off);
    }

    #[test]
    fn a_bad_value_is_named_and_leaves_the_default() {
        let bad = json!({
            "hints": { "enable": "yes", "stock": true },
            "diagnostics": { "severity": "error" },
            "buildFlags": "-race",
        });
        let (config, problems) = Config::from_json(&bad);
        assert_eq!(config, Config::default());
        assert_eq!(
            problems,
            [
                "setting goescape.diagnostics.severity: \"error\" is not hint, information or off",
                "setting goescape.hints.enable: \"yes\" is not true or false",
                "setting goescape.buildFlags: \"-race\" is not a list of texts",
                "setting goescape.hints.stock is not known",
            ]
        );
    }

    #[test]
    fn the_list_of_settings_states_the_defaults() {
        let mut section = serde_json::Map::new();
        for setting in SETTINGS {
            let default: Value = serde_json::from_str(setting.default).unwrap();
            if !setting.choices.is_empty() {
                assert!(setting.choices.contains(&default.as_str().unwrap()), "{}", setting.name);
            }
            section.insert(setting.name.to_owned(), default);
        }
        let (config, problems) = Config::from_json(&Value::Object(section));
        assert_eq!((config, problems), (Config::default(), Vec::new()));
    }
}
