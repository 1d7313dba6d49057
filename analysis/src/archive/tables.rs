//! What is interned: each name, package, declaration, type and function stands once in an archive
//! and is mentioned by its number. It is interned again when it is first asked for.

use std::hash::Hash;
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

use super::codec::{Coded, Reader, Writer};
use crate::ir::func::{FuncId, FuncKey};
use crate::symbol::Symbol;
use crate::types::cx::deep;
use crate::types::ty::{DefId, PkgId, Ty, TyKind};

/// One table while it is made.
struct Entries<T> {
    numbers: FxHashMap<T, u32>,
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

impl<T> Default for Entries<T> {
    fn default() -> Entries<T> {
        Entries { numbers: FxHashMap::default(), bytes: Vec::new(), ends: Vec::new() }
    }
}

impl<T: Eq + Hash> Entries<T> {
    fn add(&mut self, value: T, entry: &[u8]) -> u32 {
        let number = self.ends.len() as u32;
        self.bytes.extend(entry);
        self.ends.push(self.bytes.len() as u32);
        self.numbers.insert(value, number);
        number
    }

    fn finish(&self, out: &mut Vec<u8>) {
        out.extend((self.ends.len() as u32).to_le_bytes());
        self.ends.iter().for_each(|end| out.extend(end.to_le_bytes()));
        out.extend(&self.bytes);
    }
}

/// The tables while they are made.
#[derive(Default)]
pub(super) struct TableWriter {
    symbols: Entries<Symbol>,
    packages: Entries<PkgId>,
    defs: Entries<DefId>,
    types: Entries<Ty>,
    funcs: Entries<FuncId>,
}

impl Writer {
    /// All that was written, the tables behind it, and last where these begin.
    pub(super) fn finish(mut self) -> Vec<u8> {
        let start = self.out.len() as u64;
        let TableWriter { symbols, packages, defs, types, funcs } = &self.tables;
        symbols.finish(&mut self.out);
        packages.finish(&mut self.out);
        defs.finish(&mut self.out);
        types.finish(&mut self.out);
        funcs.finish(&mut self.out);
        self.out.extend(start.to_le_bytes());
        self.out
    }
}

/// One table of an archive.
#[derive(Debug)]
struct Table<T> {
    /// Where the ends of the entries are listed.
    ends: usize,
    /// Where the first entry begins.
    start: usize,
    values: Box<[OnceLock<Option<T>>]>,
}

/// The tables of an archive.
#[derive(Debug)]
pub(super) struct Tables {
    /// Where they begin.
    pub(super) start: usize,
    symbols: Table<Symbol>,
    packages: Table<PkgId>,
    defs: Table<DefId>,
    types: Table<Ty>,
    funcs: Table<FuncId>,
}

fn word(bytes: &[u8], at: usize) -> Option<usize> {
    let word = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(word.try_into().ok()?) as usize)
}

impl Tables {
    /// Finds the tables of an archive whose payload begins at `payload`.
    pub(super) fn locate(bytes: &[u8], payload: usize) -> Option<Tables> {
        let start = u64::from_le_bytes(bytes.last_chunk().copied()?);
        let start = payload.checked_add(usize::try_from(start).ok()?)?;
        let at = &mut start.clone();
        Some(Tables {
            start: (start <= bytes.len()).then_some(start)?,
            symbols: Table::locate(bytes, at)?,
            packages: Table::locate(bytes, at)?,
            defs: Table::locate(bytes, at)?,
            types: Table::locate(bytes, at)?,
            funcs: Table::locate(bytes, at)?,
        })
    }
}

impl<T: Copy> Table<T> {
    /// Finds the table at `at`, which is then where it ends.
    fn locate(bytes: &[u8], at: &mut usize) -> Option<Table<T>> {
        let len = word(bytes, *at)?;
        let ends = *at + 4;
        let start = ends.checked_add(len.checked_mul(4)?)?;
        let size = match len {
            0 => 0,
            _ => word(bytes, start - 4)?,
        };
        *at = start.checked_add(size)?;
        let values = std::iter::repeat_with(OnceLock::new).take(len).collect();
        (*at <= bytes.len()).then_some(Table { ends, start, values })
    }

    /// The entry of that number, made by `read` if it was not asked for before.
    fn get(
        &self,
        archive: &Arc<super::Archive>,
        number: usize,
        read: impl FnOnce(&mut Reader<'_>) -> Option<T>,
    ) -> Option<T> {
        let value = self.values.get(number)?;
        if let Some(known) = value.get() {
            return *known;
        }
        let end = |number| word(&archive.bytes, self.ends + 4 * number);
        let from = if number == 0 { 0 } else { end(number - 1)? };
        let (from, to) = (self.start + from, self.start + end(number)?);
        // What many threads ask for is made by each, and is the same.
        let made = read(&mut Reader::new(archive, from, to));
        *value.get_or_init(|| made)
    }
}

impl Coded for Symbol {
    fn write(&self, to: &mut Writer) {
        let symbols = &mut to.tables.symbols;
        let known = symbols.numbers.get(self).copied();
        let number = known.unwrap_or_else(|| symbols.add(*self, self.as_str().as_bytes()));
        to.number(number.into());
    }

    fn read(from: &mut Reader<'_>) -> Option<Symbol> {
        let number = from.number()? as usize;
        let text =
            |reader: &mut Reader<'_>| std::str::from_utf8(reader.rest()?).ok().map(Symbol::new);
        from.archive.tables.symbols.get(from.archive, number, text)
    }
}

impl Coded for PkgId {
    fn write(&self, to: &mut Writer) {
        let known = to.tables.packages.numbers.get(self).copied();
        let number = known.unwrap_or_else(|| {
            let entry = to.aside(|to| (self.path, self.test_of).write(to));
            to.tables.packages.add(*self, &entry)
        });
        to.number(number.into());
    }

    fn read(from: &mut Reader<'_>) -> Option<PkgId> {
        let number = from.number()? as usize;
        from.archive.tables.packages.get(from.archive, number, |reader| {
            let (path, test_of) = <(Symbol, Symbol)>::read(reader)?;
            Some(PkgId::for_test(path.as_str(), test_of.as_str()))
        })
    }
}

impl Coded for DefId {
    fn write(&self, to: &mut Writer) {
        let known = to.tables.defs.numbers.get(self).copied();
        let number = known.unwrap_or_else(|| {
            let entry = to.aside(|to| {
                deep(|| self.parent.write(to));
                ((self.package, self.name), self.nth).write(to);
            });
            to.tables.defs.add(*self, &entry)
        });
        to.number(number.into());
    }

    fn read(from: &mut Reader<'_>) -> Option<DefId> {
        let number = from.number()? as usize;
        if number >= from.known.0 {
            return None;
        }
        from.archive.tables.defs.get(from.archive, number, |reader| {
            reader.known.0 = number;
            let parent = deep(|| Option::<DefId>::read(reader))?;
            let ((package, name), nth) = <((PkgId, Symbol), u32)>::read(reader)?;
            Some(match parent {
                Some(parent) => parent.child(name, nth),
                None => DefId::nth(package, name, nth),
            })
        })
    }
}

impl Coded for Ty {
    fn write(&self, to: &mut Writer) {
        let known = to.tables.types.numbers.get(self).copied();
        let number = known.unwrap_or_else(|| {
            let entry = to.aside(|to| deep(|| self.kind().write(to)));
            to.tables.types.add(*self, &entry)
        });
        to.number(number.into());
    }

    fn read(from: &mut Reader<'_>) -> Option<Ty> {
        let number = from.number()? as usize;
        if number >= from.known.1 {
            return None;
        }
        from.archive.tables.types.get(from.archive, number, |reader| {
            reader.known.1 = number;
            deep(|| TyKind::read(reader)).map(Ty::new)
        })
    }
}

impl Coded for FuncId {
    fn write(&self, to: &mut Writer) {
        let known = to.tables.funcs.numbers.get(self).copied();
        let number = known.unwrap_or_else(|| {
            let entry = to.aside(|to| self.key().write(to));
            to.tables.funcs.add(*self, &entry)
        });
        to.number(number.into());
    }

    fn read(from: &mut Reader<'_>) -> Option<FuncId> {
        let number = from.number()? as usize;
        let key = |reader: &mut Reader<'_>| FuncKey::read(reader).map(FuncId::new);
        from.archive.tables.funcs.get(from.archive, number, key)
    }
}
