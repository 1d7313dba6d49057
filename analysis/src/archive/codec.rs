//! How values are written: numbers in as few bytes as they need, lists with their length in
//! front, what is interned by its place in a table of the archive.

use std::hash::Hash;
use std::ops::Range;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Archive;
use super::tables::TableWriter;
use crate::lazy::Lazy;
use crate::shared::Table;
use crate::symbol::Symbol;

/// A value that can be part of an archive.
pub(super) trait Coded: Sized {
    /// Appends the value.
    fn write(&self, to: &mut Writer);
    /// Takes a value; `None` if none stands there.
    fn read(from: &mut Reader<'_>) -> Option<Self>;
}

/// Makes the payload of an archive.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) out: Vec<u8>,
    pub(super) tables: TableWriter,
}

impl Writer {
    pub(super) fn byte(&mut self, byte: u8) {
        self.out.push(byte);
    }

    pub(super) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.out.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.out.push(number as u8);
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.out.extend(bytes);
    }

    /// Writes something apart, so that who reads can pass over it.
    pub(super) fn apart(&mut self, write: impl FnOnce(&mut Writer)) {
        let part = self.aside(write);
        self.bytes(&part);
    }

    /// What `write` writes.
    pub(super) fn aside(&mut self, write: impl FnOnce(&mut Writer)) -> Vec<u8> {
        let outer = std::mem::take(&mut self.out);
        write(self);
        std::mem::replace(&mut self.out, outer)
    }

    /// Writes each of some items.
    pub(super) fn each<'a, T: Coded + 'a>(&mut self, items: impl ExactSizeIterator<Item = &'a T>) {
        self.number(items.len() as u64);
        items.for_each(|item| item.write(self));
    }
}

/// Takes values from an archive, one after the other.
pub(super) struct Reader<'a> {
    pub(super) archive: &'a Arc<Archive>,
    at: usize,
    end: usize,
    /// How many entries of the tables of declarations and of types may be mentioned.
    pub(super) known: (usize, usize),
}

impl<'a> Reader<'a> {
    /// Reads a stretch of the archive's bytes.
    pub(super) fn new(archive: &'a Arc<Archive>, at: usize, end: usize) -> Reader<'a> {
        Reader { archive, at, end, known: (usize::MAX, usize::MAX) }
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        let byte = *self.archive.bytes.get(..self.end)?.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    /// The length of something, which cannot be more than there are bytes.
    pub(super) fn len(&mut self) -> Option<usize> {
        let len = usize::try_from(self.number()?).ok()?;
        (len <= self.end.saturating_sub(self.at)).then_some(len)
    }

    pub(super) fn bytes(&mut self) -> Option<&'a [u8]> {
        let len = self.len()?;
        let bytes = self.archive.bytes.get(self.at..self.at + len)?;
        self.at += len;
        Some(bytes)
    }

    /// All bytes that are left.
    pub(super) fn rest(&mut self) -> Option<&'a [u8]> {
        self.archive.bytes.get(self.at..self.end)
    }

    /// What was written apart, to be read when it is first looked at: `absent` if it cannot be.
    pub(super) fn later<T: Send + 'static>(
        &mut self,
        read: impl FnOnce(&mut Reader<'_>) -> Option<T> + Send + 'static,
        absent: impl FnOnce() -> T + Send + 'static,
    ) -> Option<Lazy<T>> {
        let len = self.len()?;
        let (at, end) = (self.at, self.at + len);
        self.at = end;
        let archive = Arc::clone(self.archive);
        Some(Lazy::new(move || read(&mut Reader::new(&archive, at, end)).unwrap_or_else(absent)))
    }

    fn items<T: Coded, C: FromIterator<T>>(&mut self) -> Option<C> {
        let len = self.len()?;
        (0..len).map(|_| T::read(self)).collect()
    }
}

/// Structs: the names of their fields, which for tuples are numbers.
macro_rules! structs {
    ($($name:ty { $($field:tt),* $(,)? })*) => {$(
        impl Coded for $name {
            fn write(&self, to: &mut Writer) {
                $(self.$field.write(to);)*
            }
            fn read(from: &mut Reader<'_>) -> Option<Self> {
                Some(Self { $($field: Coded::read(from)?),* })
            }
        }
    )*};
}

/// Enums: their variants with what these hold. A variant's number is its place in the list.
macro_rules! enums {
    ($($name:ty { $($variant:ident $(($($part:ident),*))? $({ $($field:ident),* })?),* $(,)? })*) => {$(
        impl Coded for $name {
            fn write(&self, to: &mut Writer) {
                #[allow(dead_code, reason = "only the numbers are used")]
                enum Number { $($variant),* }
                match self {
                    $(Self::$variant $(($($part),*))? $({ $($field),* })? => {
                        to.byte(Number::$variant as u8);
                        $($($part.write(to);)*)?
                        $($($field.write(to);)*)?
                    })*
                }
            }
            fn read(from: &mut Reader<'_>) -> Option<Self> {
                #[allow(dead_code, reason = "only the numbers are used")]
                enum Number { $($variant),* }
                let number = from.byte()?;
                $(if number == Number::$variant as u8 {
                    return Some(Self::$variant
                        $(($({ let $part = Coded::read(from)?; $part }),*))?
                        $({ $($field: Coded::read(from)?),* })?);
                })*
                None
            }
        }
    )*};
}

/// Structs of truth values, at most 32.
macro_rules! bits {
    ($($name:ty { $($field:ident),* $(,)? })*) => {$(
        impl Coded for $name {
            fn write(&self, to: &mut Writer) {
                let mut bits = 0u64;
                $(bits = bits << 1 | u64::from(self.$field);)*
                to.number(bits);
            }
            fn read(from: &mut Reader<'_>) -> Option<Self> {
                let mut flags = Self::default();
                let bits = from.number()?;
                let mut at = 0u32;
                $(let $field = at; at += 1;)*
                $(flags.$field = bits >> (at - 1 - $field) & 1 == 1;)*
                Some(flags)
            }
        }
    )*};
}

pub(super) use {bits, enums, structs};

impl Coded for bool {
    fn write(&self, to: &mut Writer) {
        to.byte(u8::from(*self));
    }
    fn read(from: &mut Reader<'_>) -> Option<bool> {
        from.byte().map(|byte| byte != 0)
    }
}

macro_rules! numbers {
    ($($name:ty)*) => {$(
        impl Coded for $name {
            fn write(&self, to: &mut Writer) {
                to.number(u64::from(*self));
            }
            fn read(from: &mut Reader<'_>) -> Option<$name> {
                <$name>::try_from(from.number()?).ok()
            }
        }
    )*};
}

numbers!(u8 u16 u32 u64);

impl Coded for i64 {
    fn write(&self, to: &mut Writer) {
        to.number((self << 1 ^ self >> 63) as u64);
    }
    fn read(from: &mut Reader<'_>) -> Option<i64> {
        let number = from.number()?;
        Some((number >> 1) as i64 ^ -((number & 1) as i64))
    }
}

impl Coded for i32 {
    fn write(&self, to: &mut Writer) {
        i64::from(*self).write(to);
    }
    fn read(from: &mut Reader<'_>) -> Option<i32> {
        i32::try_from(i64::read(from)?).ok()
    }
}

impl Coded for String {
    fn write(&self, to: &mut Writer) {
        to.bytes(self.as_bytes());
    }
    fn read(from: &mut Reader<'_>) -> Option<String> {
        std::str::from_utf8(from.bytes()?).ok().map(str::to_owned)
    }
}

/// Words of the code itself.
impl Coded for &'static str {
    fn write(&self, to: &mut Writer) {
        Symbol::new(self).write(to);
    }
    fn read(from: &mut Reader<'_>) -> Option<&'static str> {
        Symbol::read(from).map(Symbol::as_str)
    }
}

impl<T: Coded> Coded for Option<T> {
    fn write(&self, to: &mut Writer) {
        to.byte(u8::from(self.is_some()));
        self.iter().for_each(|value| value.write(to));
    }
    fn read(from: &mut Reader<'_>) -> Option<Option<T>> {
        match from.byte()? {
            0 => Some(None),
            _ => T::read(from).map(Some),
        }
    }
}

macro_rules! lists {
    ($($name:ty)*) => {$(
        impl<T: Coded> Coded for $name {
            fn write(&self, to: &mut Writer) {
                to.each(self.iter());
            }
            fn read(from: &mut Reader<'_>) -> Option<$name> {
                from.items()
            }
        }
    )*};
}

lists!(Vec<T> Box<[T]> Arc<[T]>);

macro_rules! holders {
    ($($name:ident)*) => {$(
        impl<T: Coded> Coded for $name<T> {
            fn write(&self, to: &mut Writer) {
                (**self).write(to);
            }
            fn read(from: &mut Reader<'_>) -> Option<$name<T>> {
                T::read(from).map($name::new)
            }
        }
    )*};
}

holders!(Box Arc);

impl<A: Coded, B: Coded> Coded for (A, B) {
    fn write(&self, to: &mut Writer) {
        self.0.write(to);
        self.1.write(to);
    }
    fn read(from: &mut Reader<'_>) -> Option<(A, B)> {
        Some((A::read(from)?, B::read(from)?))
    }
}

impl Coded for Range<u32> {
    fn write(&self, to: &mut Writer) {
        (self.start, self.end).write(to);
    }
    fn read(from: &mut Reader<'_>) -> Option<Range<u32>> {
        <(u32, u32)>::read(from).map(|(start, end)| start..end)
    }
}

impl<K: Coded + Eq + Hash, V: Coded> Coded for FxHashMap<K, V> {
    fn write(&self, to: &mut Writer) {
        to.number(self.len() as u64);
        for (key, value) in self {
            key.write(to);
            value.write(to);
        }
    }
    fn read(from: &mut Reader<'_>) -> Option<FxHashMap<K, V>> {
        let len = from.len()?;
        let mut map = FxHashMap::with_capacity_and_hasher(len, Default::default());
        for _ in 0..len {
            map.insert(K::read(from)?, V::read(from)?);
        }
        Some(map)
    }
}

impl<K: Coded + Eq + Hash + Clone, V: Coded + Clone> Coded for Table<K, V> {
    fn write(&self, to: &mut Writer) {
        to.number(self.len() as u64);
        for (key, value) in self.iter() {
            key.write(to);
            value.write(to);
        }
    }
    fn read(from: &mut Reader<'_>) -> Option<Table<K, V>> {
        let entries = (0..from.len()?).map(|_| Some((K::read(from)?, V::read(from)?)));
        entries.collect()
    }
}

impl<K: Coded + Eq + Hash> Coded for FxHashSet<K> {
    fn write(&self, to: &mut Writer) {
        to.each(self.iter());
    }
    fn read(from: &mut Reader<'_>) -> Option<FxHashSet<K>> {
        from.items()
    }
}
