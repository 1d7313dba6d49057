//! Versions of modules and of Go: their order, and how paths and versions name files in the
//! module cache.
//!
//! Upstream: `golang.org/x/mod/semver`, `internal/gover`, `golang.org/x/mod/module`.

use std::cmp::Ordering;

/// Compares two module versions as semantic versions; what is none comes first. Metadata behind a
/// `+` does not count.
pub(super) fn compare_semver(a: &str, b: &str) -> Ordering {
    match (Semver::parse(a), Semver::parse(b)) {
        (Some(a), Some(b)) => a.compare(&b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

/// Whether `text` is a semantic version with its leading `v`.
pub(super) fn is_semver(text: &str) -> bool {
    Semver::parse(text).is_some()
}

struct Semver<'a> {
    numbers: [&'a str; 3],
    prerelease: &'a str,
}

impl<'a> Semver<'a> {
    fn parse(text: &'a str) -> Option<Semver<'a>> {
        let text = text.strip_prefix('v')?;
        let (text, build) = split_before(text, '+');
        let (core, prerelease) = split_before(text, '-');
        let is_part = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        let suffix_ok = |suffix: &str| suffix.is_empty() || suffix[1..].split('.').all(is_part);
        if !suffix_ok(prerelease) || !suffix_ok(build) {
            return None;
        }
        let mut numbers = ["0"; 3];
        let mut count = 0;
        for part in core.split('.') {
            let slot = numbers.get_mut(count)?;
            let is_number = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            if !is_number || (part.len() > 1 && part.starts_with('0')) {
                return None;
            }
            *slot = part;
            count += 1;
        }
        // `v1` and `v1.2` are short for `v1.0.0` and `v1.2.0` and have no suffix.
        if count < 3 && !(prerelease.is_empty() && build.is_empty()) {
            return None;
        }
        Some(Semver { numbers, prerelease: prerelease.get(1..).unwrap_or("") })
    }

    fn compare(&self, other: &Semver<'_>) -> Ordering {
        for (a, b) in self.numbers.iter().zip(other.numbers) {
            let order = compare_digits(a, b);
            if order.is_ne() {
                return order;
            }
        }
        match (self.prerelease, other.prerelease) {
            ("", "") => Ordering::Equal,
            ("", _) => Ordering::Greater,
            (_, "") => Ordering::Less,
            (a, b) => compare_prerelease(a, b),
        }
    }
}

fn compare_prerelease(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let (x, y) = match (a.next(), b.next()) {
            (Some(x), Some(y)) => (x, y),
            (x, y) => return x.is_some().cmp(&y.is_some()),
        };
        let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let order = match (is_number(x), is_number(y)) {
            (true, true) => compare_digits(x, y),
            // Numbers come before words.
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => x.cmp(y),
        };
        if order.is_ne() {
            return order;
        }
    }
}

fn compare_digits(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

fn split_before(text: &str, mark: char) -> (&str, &str) {
    text.split_at(text.find(mark).unwrap_or(text.len()))
}

/// Compares two versions of Go as in a `go` line: `1.21` < `1.21rc1` < `1.21.0`. What is no
/// version comes first.
pub(super) fn compare_go(a: &str, b: &str) -> Ordering {
    parse_go(a).cmp(&parse_go(b))
}

/// Whether `text` is a version of Go: `1.21`, `1.21rc1` or `1.21.3`.
pub(super) fn is_go_version(text: &str) -> bool {
    parse_go(text).is_some()
}

/// Whether `text` names a language version, without a patch or a release candidate.
pub(super) fn is_go_language(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit() || b == b'.') && text.matches('.').count() < 2
}

/// The version in the name of a toolchain: `1.21.3` in `go1.21.3-custom`.
pub(super) fn of_toolchain(name: &str) -> Option<&str> {
    let name = name.strip_prefix("go").or_else(|| name.split_once("-go").map(|(_, rest)| rest))?;
    let version = name.split(['-', ' ']).next()?;
    is_go_version(version).then_some(version)
}

/// Major, minor, kind (language version, `alpha`.., release), number.
fn parse_go(text: &str) -> Option<(u32, u32, u8, u32)> {
    let number = |text: &str| -> Option<u32> {
        let plain = text.bytes().all(|b| b.is_ascii_digit());
        if plain && (text == "0" || !text.starts_with('0')) { text.parse().ok() } else { None }
    };
    let (major, rest) = text.split_once('.').unwrap_or((text, ""));
    let major = number(major)?;
    if rest.is_empty() {
        return (!text.ends_with('.')).then_some((major, 0, 4, 0));
    }
    if let Some((minor, patch)) = rest.split_once('.') {
        return Some((major, number(minor)?, 4, number(patch)?));
    }
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (minor, suffix) = rest.split_at(digits);
    let minor = number(minor)?;
    if suffix.is_empty() {
        // Before 1.21 there was no `.0`: `1.20` is the release itself.
        return Some((major, minor, if minor >= 21 { 0 } else { 4 }, 0));
    }
    let (kind, text) = [("alpha", 1), ("beta", 2), ("rc", 3)]
        .into_iter()
        .find_map(|(word, kind)| Some((kind, suffix.strip_prefix(word)?)))?;
    Some((major, minor, kind, number(text)?))
}

/// A module path or version as it names a directory of the module cache, where the file system may
/// not tell `A` from `a`.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    for c in text.chars() {
        if c.is_ascii_uppercase() {
            out.push('!');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn module_versions_are_ordered_as_semantic_versions() {
        let ordered = [
            "not a version",
            "v0.0.0-20190101000000-abcdefabcdef",
            "v0.0.0-20200101000000-0123456789ab",
            "v0.0.0",
            "v1.2.0-alpha",
            "v1.2.0-alpha.1",
            "v1.2.0-alpha.beta",
            "v1.2.0-rc.2",
            "v1.2.0-rc.10",
            "v1.2.0",
            "v1.2.3-0.20200101000000-0123456789ab",
            "v1.2.3",
            "v1.10.0",
            "v2.0.0+incompatible",
        ];
        for (i, a) in ordered.iter().enumerate() {
            for (j, b) in ordered.iter().enumerate() {
                assert_eq!(compare_semver(a, b), i.cmp(&j), "{a} {b}");
            }
        }
        assert_eq!(compare_semver("v2.0.0+incompatible", "v2.0.0"), Ordering::Equal);
        assert!(!is_semver("v1.02.0"));
        assert!(!is_semver("1.2.0"));
    }

    #[test]
    fn go_versions_are_ordered_with_the_language_version_first() {
        let ordered =
            ["1.9", "1.20rc1", "1.20", "1.20.1", "1.21", "1.21rc1", "1.21.0", "1.21.3", "1.22"];
        for (i, a) in ordered.iter().enumerate() {
            for (j, b) in ordered.iter().enumerate() {
                assert_eq!(compare_go(a, b), i.cmp(&j), "{a} {b}");
            }
        }
        assert_eq!(of_toolchain("go1.27.3-custom"), Some("1.27.3"));
        assert_eq!(of_toolchain("default"), None);
        assert!(is_go_language("1.22") && !is_go_language("1.22.0"));
        assert!(!is_go_version("1.x"));
    }

    #[test]
    fn upper_case_letters_are_escaped_in_the_module_cache() {
        assert_eq!(escape("github.com/BurntSushi/toml"), "github.com/!burnt!sushi/toml");
    }
}
