//! The tags that a toolchain sets by itself: experiments and levels of processors.
//!
//! Upstream: `internal/buildcfg/{exp,cfg}.go`, `internal/goexperiment/flags.go`.

use analysis::release::Release;

/// The experiments that are on: the release's own, changed by `GOEXPERIMENT`. Names nobody knows
/// are kept, so that a newer toolchain's experiments work as tags.
pub(super) fn enabled(release: Release, goos: &str, goarch: &str, setting: &str) -> Vec<String> {
    let mut on: Vec<&str> = baseline(release, goos, goarch);
    for word in setting.split(',').filter(|word| !word.is_empty()) {
        // `regabi` stands for both of its parts.
        let (name, value) = match word.strip_prefix("no") {
            Some("ne") => {
                on.clear();
                continue;
            }
            Some(rest) => (rest, false),
            None => (word, true),
        };
        let names: &[&str] =
            if name == "regabi" { &["regabiwrappers", "regabiargs"] } else { &[name] };
        on.retain(|known| !names.contains(known));
        if value {
            on.extend(names);
        }
    }
    // The register ABI is no choice where it exists.
    let (wrappers, args) = ("regabiwrappers", "regabiargs");
    on.retain(|name| {
        ![wrappers, args].contains(name) || register_abi(release, goarch) != Abi::Never
    });
    if register_abi(release, goarch) == Abi::Always {
        on.retain(|name| ![wrappers, args].contains(name));
        on.extend([wrappers, args]);
    }
    on.iter().map(|name| (*name).to_owned()).collect()
}

fn baseline(release: Release, goos: &str, goarch: &str) -> Vec<&'static str> {
    let mut on = Vec::new();
    if register_abi(release, goarch) != Abi::Never {
        on.extend(["regabiwrappers", "regabiargs"]);
    }
    if !matches!(goos, "darwin" | "ios" | "aix") {
        on.push("dwarf5");
    }
    on.extend(["randomizedheapbase64", "greenteagc"]);
    if release >= Release::Go1_27 {
        on.extend(["jsonv2", "sizespecializedmalloc"]);
    }
    on
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Abi {
    Always,
    Default,
    Never,
}

fn register_abi(release: Release, goarch: &str) -> Abi {
    match goarch {
        "amd64" | "arm64" | "loong64" | "ppc64le" | "ppc64" | "riscv64" => Abi::Always,
        "s390x" if release >= Release::Go1_27 => Abi::Always,
        "s390x" => Abi::Default,
        _ => Abi::Never,
    }
}

/// The tags for the level of the processor: `amd64.v1` to `amd64.v3` for `GOAMD64=v3`.
pub(super) fn architecture_tags<'a>(goarch: &str, var: &dyn Fn(&str) -> &'a str) -> Vec<String> {
    let or = |value: &'a str, default: &'a str| if value.is_empty() { default } else { value };
    // The first number in a setting: 3 in `v3`, 7 in `7,hardfloat`, 22 in `rva22u64`.
    let number = |value: &str| -> u32 {
        let start = value.find(|c: char| c.is_ascii_digit()).unwrap_or(value.len());
        let digits = &value[start..];
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        digits[..end].parse().unwrap_or(0)
    };
    let tags: Vec<String> = match goarch {
        "386" => vec![or(var("GO386"), "sse2").to_owned()],
        "amd64" => (1..=number(or(var("GOAMD64"), "v1"))).map(|n| format!("v{n}")).collect(),
        "arm" => (5..=number(or(var("GOARM"), "7"))).map(|n| n.to_string()).collect(),
        "arm64" => arm64_levels(or(var("GOARM64"), "v8.0")),
        "mips" | "mipsle" => vec![or(var("GOMIPS"), "hardfloat").to_owned()],
        "mips64" | "mips64le" => vec![or(var("GOMIPS64"), "hardfloat").to_owned()],
        "ppc64" | "ppc64le" => {
            (8..=number(or(var("GOPPC64"), "power8"))).map(|n| format!("power{n}")).collect()
        }
        "riscv64" => {
            let level = number(or(var("GORISCV64"), "rva20u64"));
            [20, 22, 23].iter().filter(|n| **n <= level).map(|n| format!("rva{n}u64")).collect()
        }
        "wasm" => vec!["satconv".to_owned(), "signext".to_owned()],
        _ => Vec::new(),
    };
    tags.into_iter().map(|tag| format!("{goarch}.{tag}")).collect()
}

fn arm64_levels(setting: &str) -> Vec<String> {
    let level = setting.split(',').next().unwrap_or(setting).trim_start_matches('v');
    let (major, minor) = level.split_once('.').unwrap_or((level, "0"));
    let minor: u32 = minor.parse().unwrap_or(0);
    let mut tags: Vec<String> = (0..=minor).map(|n| format!("v{major}.{n}")).collect();
    if major == "9" {
        // v9.1 includes v8.6, and so on.
        tags.extend((0..=(minor + 5).min(9)).map(|n| format!("v8.{n}")));
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_has_its_own_experiments() {
        let on = |release, setting| enabled(release, "linux", "amd64", setting);
        assert!(on(Release::Go1_27, "").contains(&"jsonv2".to_owned()));
        assert!(!on(Release::Go1_26, "").contains(&"jsonv2".to_owned()));
        assert!(!on(Release::Go1_27, "nojsonv2").contains(&"jsonv2".to_owned()));
        assert_eq!(on(Release::Go1_27, "none,simd"), ["simd", "regabiwrappers", "regabiargs"]);
        assert!(
            !enabled(Release::Go1_27, "linux", "386", "regabi").contains(&"regabiargs".to_owned())
        );
    }

    #[test]
    fn a_processor_level_includes_those_below() {
        let tags = |goarch, value| architecture_tags(goarch, &|_| value);
        assert_eq!(tags("amd64", "v3"), ["amd64.v1", "amd64.v2", "amd64.v3"]);
        assert_eq!(tags("amd64", ""), ["amd64.v1"]);
        assert_eq!(tags("arm", "7,hardfloat"), ["arm.5", "arm.6", "arm.7"]);
        assert_eq!(tags("arm64", "v9.0,lse").len(), 7);
        assert_eq!(tags("riscv64", "rva22u64"), ["riscv64.rva20u64", "riscv64.rva22u64"]);
    }
}
