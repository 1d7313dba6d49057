use std::sync::Arc;

use super::*;
use crate::cancel::CancelToken;
use crate::compile::{Input, ParsedFile, compile};
use crate::key::KeyBuilder;
use crate::release::Target;
use crate::summary::Imports;
use crate::types::ty::PkgId;

const PROGRAM: &str = "\
package p

const (
	Big   = 1 << 100
	Third = 1.0 / 3
	Huge  = 1e-5000
	Wave  = 2 + 3i
	Name  = \"p\\xff\"
)

type Pair[K comparable, V any] struct {
	Key K
	Val V
}

func (p *Pair[K, V]) Set(v V) { p.Val = v }

type Shape interface {
	Area() (size float64)
}

type square struct{ side float64 }

func (s square) Area() float64 { return s.side * s.side }

func New(side float64) Shape { return &square{side} }

func Map[T, U any](list []T, f func(T) U) []U {
	type local struct{ u U }
	out := make([]U, 0, len(list))
	for _, x := range list {
		switch y := any(x).(type) {
		case nil:
			continue
		case int, string:
			_ = local{f(x)}
			_ = y
		}
		out = append(out, f(x))
	}
	return out
}

func Apply(n int) func(int) int {
	return func(m int) int { return n + m }
}
";

fn archive() -> (Key, Vec<u8>, Arc<Summary>) {
    let file = Arc::new(ParsedFile::new("p.go".into(), PROGRAM.into(), None));
    let (import_map, imports) = (Default::default(), Imports::default());
    let key = KeyBuilder::default().key();
    let input = Input {
        id: PkgId::new("p"),
        files: &[file],
        import_map: &import_map,
        imports: &imports,
        go_version: None,
        target: Target::DEFAULT,
        key: Some(key),
        remember: false,
    };
    let Ok(compiled) = compile(&input, None, &CancelToken::default()) else {
        panic!("nothing cancels a test");
    };
    assert!(compiled.left_out.is_empty(), "the program has errors");
    (key, encode(&key, &compiled.summary), compiled.summary)
}

/// All that a summary says, in an order that does not depend on where things lie in memory.
fn said(summary: &Summary) -> Vec<String> {
    let Summary { id, key, types, facts, generics, bodies, params, places, interfaces, imports } =
        summary;
    let mut said = vec![format!("{id} {key:?} {imports:?} {} {:?}", types.name, types.go_version)];
    said.extend(types.scope.iter().map(|entry| format!("{entry:?}")));
    said.extend(types.underlying.iter().map(|entry| format!("{entry:?}")));
    said.extend(types.local_numbers.iter().map(|entry| format!("{entry:?}")));
    said.extend(types.type_params.iter().map(|entry| format!("{entry:?}")));
    said.extend(types.methods.iter().map(|entry| format!("{entry:?}")));
    said.extend(types.funcs.iter().map(|entry| format!("{entry:?}")));
    said.extend(facts.iter().map(|entry| format!("{entry:?}")));
    for (def, source) in generics.iter() {
        let info = &source.info;
        said.push(format!("{def:?} {:?} {:?}", source.decl, source.version));
        said.push(format!("{:?} {:?} {:?} {:?}", info.types, info.modes, info.locals, info.reads));
        said.push(format!("{:?} {:?}", info.errors, info.guessed));
        said.extend(info.consts.iter().map(|entry| format!("{def:?} {entry:?}")));
        said.extend(info.uses.iter().map(|entry| format!("{def:?} {entry:?}")));
        said.extend(info.selections.iter().map(|entry| format!("{def:?} {entry:?}")));
        said.extend(info.instances.iter().map(|entry| format!("{def:?} {entry:?}")));
        said.extend(info.decls.iter().map(|entry| format!("{def:?} {entry:?}")));
        said.extend(info.implicits.iter().map(|entry| format!("{def:?} {entry:?}")));
        said.extend(info.underlying.iter().map(|entry| format!("{def:?} {entry:?}")));
    }
    said.extend(bodies.iter().map(|func| format!("{func:?}")));
    said.extend(params.iter().map(|entry| format!("{entry:?}")));
    said.extend(places.iter().map(|entry| format!("{entry:?}")));
    said.extend(interfaces.iter().map(|entry| format!("{entry:?}")));
    said.sort();
    said
}

#[test]
fn an_archive_says_what_the_summary_said() {
    let (key, bytes, summary) = archive();
    let again = decode(&key, bytes).unwrap();
    assert_eq!(said(&again), said(&summary));
    // What was read can be written again, and says the same still.
    let twice = decode(&key, encode(&key, &again)).unwrap();
    assert_eq!(said(&twice), said(&summary));
}

#[test]
fn what_an_archive_shared_is_shared_again() {
    let (key, bytes, _) = archive();
    let summary = decode(&key, bytes).unwrap();
    let mut files = summary.places.iter().map(|(_, place)| place.lines);
    let first = files.next().unwrap();
    assert!(files.all(|lines| std::ptr::eq(first, lines)));
}

#[test]
fn an_archive_that_is_broken_cut_off_or_of_another_key_is_none() {
    let (key, bytes, _) = archive();
    for at in 0..bytes.len() {
        let mut broken = bytes.clone();
        broken[at] ^= 1 << (at % 8);
        assert!(decode(&key, broken).is_none(), "byte {at}");
        assert!(decode(&key, bytes[..at].to_vec()).is_none(), "{at} bytes");
    }
    assert!(decode(&key, [&bytes[..], b"\0"].concat()).is_none());
    let mut other = KeyBuilder::default();
    other.part(b"other");
    assert!(decode(&other.key(), bytes).is_none());
}

#[test]
fn nothing_panics_whatever_an_archive_holds() {
    let (key, bytes, _) = archive();
    for at in HEADER..bytes.len() {
        for change in [0x01, 0x80, 0xff] {
            let mut broken = bytes.clone();
            broken[at] ^= change;
            let sum = checksum(&broken[HEADER..]).to_le_bytes();
            broken[HEADER - 8..HEADER].copy_from_slice(&sum);
            if let Some(summary) = decode(&key, broken)
                && at % 8 == usize::from(change) % 8
            {
                said(&summary);
            }
        }
    }
}
