//! C types, as the C compiler describes them in debug information.
//!
//! Upstream: `debug/dwarf/type.go`.

use gimli::{AttributeValue, DW_AT_data_member_location, DwTag, Reader, UnitOffset};
use rustc_hash::FxHashMap;

/// Points to a type of the same [`Types`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct TypeId(u32);

/// A C type.
#[derive(Debug, Clone)]
pub(super) enum CType {
    /// `void`, and what cannot be understood.
    Void,
    /// A type of one machine word or less, as `int`.
    Basic(Encoding, String),
    /// `elem[count]`; -1 for `elem[]`.
    Array { elem: TypeId, count: i64, in_bits: bool },
    /// `enum name`.
    Enum { name: String, values: Vec<(String, i64)> },
    /// A function.
    Func { params: Vec<TypeId>, result: TypeId },
    /// `elem*`.
    Pointer(TypeId),
    /// `const`, `volatile` or `restrict` before another type.
    Qualified(&'static str, TypeId),
    /// `struct name` or `union name`.
    Struct { kind: &'static str, name: String, fields: Vec<Field>, incomplete: bool },
    /// A name for another type.
    Typedef(String, TypeId),
    /// The dots of a function that takes any arguments.
    Dots,
}

/// What the bits of a basic type mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "named as in DWARF")]
pub(super) enum Encoding {
    Address,
    Bool,
    Char,
    Uchar,
    Int,
    Uint,
    Float,
    Complex,
}

/// A field of a struct or union.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) ty: TypeId,
    /// Where it begins, in bytes.
    pub(super) offset: i64,
    /// Whether it is some bits of a word.
    pub(super) in_bits: bool,
}

/// The types of one object file.
#[derive(Debug, Default)]
pub(super) struct Types {
    types: Vec<(CType, i64)>,
    known: FxHashMap<usize, TypeId>,
}

impl std::ops::Index<TypeId> for Types {
    type Output = CType;
    fn index(&self, id: TypeId) -> &CType {
        &self.types[id.0 as usize].0
    }
}

impl Types {
    fn push(&mut self, ty: CType, size: i64) -> TypeId {
        self.types.push((ty, size));
        TypeId(self.types.len() as u32 - 1)
    }

    /// The size in bytes; -1 if it is not known.
    pub(super) fn size(&self, id: TypeId) -> i64 {
        match self[id] {
            CType::Qualified(_, inner) | CType::Typedef(_, inner) => self.size(inner),
            CType::Array { elem, count, .. } => count * self.size(elem),
            _ => self.types[id.0 as usize].1,
        }
    }

    /// A type without the qualifiers before it.
    pub(super) fn unqualified(&self, mut id: TypeId) -> TypeId {
        while let CType::Qualified(_, inner) = self[id] {
            id = inner;
        }
        id
    }

    /// A type without names and qualifiers. Upstream: `cmd/cgo.base`.
    pub(super) fn base(&self, mut id: TypeId) -> TypeId {
        while let CType::Qualified(_, inner) | CType::Typedef(_, inner) = self[id] {
            id = inner;
        }
        id
    }

    /// What a pointer points to.
    pub(super) fn pointee(&self, id: TypeId) -> Option<TypeId> {
        if let CType::Pointer(elem) = self[id] { Some(elem) } else { None }
    }

    /// Whether a type is that of a function.
    pub(super) fn is_func(&self, id: TypeId) -> bool {
        matches!(self[id], CType::Func { .. })
    }

    /// Whether a type is a signed or unsigned integer.
    pub(super) fn is_integer(&self, id: TypeId) -> bool {
        matches!(self[id], CType::Basic(Encoding::Int | Encoding::Uint, _))
    }

    /// Whether a type is an unsigned integer.
    pub(super) fn is_unsigned(&self, id: TypeId) -> bool {
        matches!(self[id], CType::Basic(Encoding::Uint, _))
    }

    /// How a type is written: equal types are written alike. Upstream: `String` of each type.
    pub(super) fn text(&self, id: TypeId) -> String {
        match &self[id] {
            CType::Void => "void".into(),
            CType::Basic(_, name) | CType::Typedef(name, _) => name.clone(),
            CType::Array { elem, count, .. } => format!("[{count}]{}", self.text(*elem)),
            CType::Enum { name, values } => {
                let values: Vec<String> =
                    values.iter().map(|(name, value)| format!("{name}={value}")).collect();
                format!("enum {name} {{{}}}", values.join("; "))
            }
            CType::Func { params, result } => {
                let params: Vec<String> = params.iter().map(|param| self.text(*param)).collect();
                format!("func({}) {}", params.join(", "), self.text(*result))
            }
            CType::Pointer(elem) => format!("*{}", self.text(*elem)),
            CType::Qualified(qualifier, inner) => format!("{qualifier} {}", self.text(*inner)),
            CType::Struct { kind, name, .. } if !name.is_empty() => format!("{kind} {name}"),
            CType::Struct { kind, fields, .. } => {
                let fields: Vec<String> = fields
                    .iter()
                    .map(|field| format!("{} {}@{}", field.name, self.text(field.ty), field.offset))
                    .collect();
                // Structs without a name are told apart by their place.
                format!("{kind} {} {{{}}}", id.0, fields.join("; "))
            }
            CType::Dots => "...".into(),
        }
    }

    /// Reads a type, and all that it is made of.
    pub(super) fn read<R: Reader<Offset = usize>>(
        &mut self,
        dwarf: &gimli::Dwarf<R>,
        unit: &gimli::Unit<R>,
        at: UnitOffset,
    ) -> gimli::Result<TypeId> {
        if let Some(&known) = self.known.get(&at.0) {
            return Ok(known);
        }
        let mut tree = unit.entries_tree(Some(at))?;
        let root = tree.root()?;
        let entry = root.entry().clone();
        let name = attr_string(dwarf, unit, &entry, gimli::DW_AT_name)?;
        let stated =
            entry.attr_value(gimli::DW_AT_byte_size)?.and_then(|value| value.udata_value());
        let size = stated.map_or(-1, |size| size as i64);
        // Types may contain themselves: the number comes first.
        let id = self.push(CType::Void, size);
        self.known.insert(at.0, id);
        let mut children = Vec::new();
        let mut kids = root.children();
        while let Some(kid) = kids.next()? {
            children.push(kid.entry().clone());
        }
        let ty = match entry.tag() {
            gimli::DW_TAG_base_type => CType::Basic(encoding(&entry)?, name),
            gimli::DW_TAG_pointer_type => {
                self.types[id.0 as usize].1 =
                    if size < 0 { i64::from(unit.header.address_size()) } else { size };
                CType::Pointer(self.target(dwarf, unit, &entry)?)
            }
            gimli::DW_TAG_typedef => CType::Typedef(name, self.target(dwarf, unit, &entry)?),
            gimli::DW_TAG_const_type => self.qualified("const", dwarf, unit, &entry)?,
            gimli::DW_TAG_volatile_type => self.qualified("volatile", dwarf, unit, &entry)?,
            gimli::DW_TAG_restrict_type => self.qualified("restrict", dwarf, unit, &entry)?,
            gimli::DW_TAG_array_type => {
                let elem = self.target(dwarf, unit, &entry)?;
                let in_bits = entry.attr_value(gimli::DW_AT_bit_stride)?.is_some();
                let mut counts = Vec::new();
                for kid in children.iter().filter(|kid| kid.tag() == gimli::DW_TAG_subrange_type) {
                    counts.push(count(kid)?.unwrap_or(if counts.is_empty() { -1 } else { 0 }));
                }
                let first = counts.first().copied().unwrap_or(-1);
                let mut elem = elem;
                for &count in counts.iter().skip(1).rev() {
                    elem = self.push(CType::Array { elem, count, in_bits: false }, -1);
                }
                CType::Array { elem, count: first, in_bits }
            }
            gimli::DW_TAG_enumeration_type => {
                let mut values = Vec::new();
                for kid in children.iter().filter(|kid| kid.tag() == gimli::DW_TAG_enumerator) {
                    let name = attr_string(dwarf, unit, kid, gimli::DW_AT_name)?;
                    let value = kid.attr_value(gimli::DW_AT_const_value)?;
                    let value = value.and_then(|value| signed(&value)).unwrap_or_default();
                    values.push((name, value));
                }
                CType::Enum { name, values }
            }
            gimli::DW_TAG_subroutine_type => {
                let result = self.target(dwarf, unit, &entry)?;
                let mut params = Vec::new();
                for kid in &children {
                    match kid.tag() {
                        gimli::DW_TAG_formal_parameter => {
                            params.push(self.target(dwarf, unit, kid)?);
                        }
                        gimli::DW_TAG_unspecified_parameters => {
                            params.push(self.push(CType::Dots, -1));
                        }
                        _ => {}
                    }
                }
                CType::Func { params, result }
            }
            tag => match struct_kind(tag) {
                Some(kind) => {
                    let incomplete = entry.attr_value(gimli::DW_AT_declaration)?.is_some();
                    let fields = self.fields(dwarf, unit, &children, size)?;
                    CType::Struct { kind, name, fields, incomplete }
                }
                None => CType::Void,
            },
        };
        self.types[id.0 as usize].0 = ty;
        Ok(id)
    }

    /// The type that another refers to; `void` where it refers to none.
    pub(super) fn target<R: Reader<Offset = usize>>(
        &mut self,
        dwarf: &gimli::Dwarf<R>,
        unit: &gimli::Unit<R>,
        entry: &gimli::DebuggingInformationEntry<'_, '_, R>,
    ) -> gimli::Result<TypeId> {
        match entry.attr_value(gimli::DW_AT_type)? {
            Some(AttributeValue::UnitRef(at)) => self.read(dwarf, unit, at),
            _ => Ok(self.push(CType::Void, -1)),
        }
    }

    fn qualified<R: Reader<Offset = usize>>(
        &mut self,
        qualifier: &'static str,
        dwarf: &gimli::Dwarf<R>,
        unit: &gimli::Unit<R>,
        entry: &gimli::DebuggingInformationEntry<'_, '_, R>,
    ) -> gimli::Result<CType> {
        Ok(CType::Qualified(qualifier, self.target(dwarf, unit, entry)?))
    }

    fn fields<R: Reader<Offset = usize>>(
        &mut self,
        dwarf: &gimli::Dwarf<R>,
        unit: &gimli::Unit<R>,
        children: &[gimli::DebuggingInformationEntry<'_, '_, R>],
        size: i64,
    ) -> gimli::Result<Vec<Field>> {
        let mut fields: Vec<Field> = Vec::new();
        for kid in children.iter().filter(|kid| kid.tag() == gimli::DW_TAG_member) {
            let name = attr_string(dwarf, unit, kid, gimli::DW_AT_name)?;
            let ty = self.target(dwarf, unit, kid)?;
            let offset = member_offset(unit, kid)?;
            let in_bits = kid.attr_value(gimli::DW_AT_bit_size)?.is_some();
            fields.push(Field { name, ty, offset, in_bits });
        }
        // An array at the very end has no elements, whatever is said of it.
        if let Some(last) = fields.last_mut()
            && last.offset == size
            && let CType::Array { elem, in_bits, .. } = self[last.ty]
        {
            last.ty = self.push(CType::Array { elem, count: 0, in_bits }, -1);
        }
        Ok(fields)
    }
}

fn struct_kind(tag: DwTag) -> Option<&'static str> {
    match tag {
        gimli::DW_TAG_structure_type => Some("struct"),
        gimli::DW_TAG_union_type => Some("union"),
        gimli::DW_TAG_class_type => Some("class"),
        _ => None,
    }
}

fn encoding<R: Reader<Offset = usize>>(
    entry: &gimli::DebuggingInformationEntry<'_, '_, R>,
) -> gimli::Result<Encoding> {
    let value = entry.attr_value(gimli::DW_AT_encoding)?;
    Ok(match value {
        Some(AttributeValue::Encoding(gimli::DW_ATE_boolean)) => Encoding::Bool,
        Some(AttributeValue::Encoding(gimli::DW_ATE_address)) => Encoding::Address,
        Some(AttributeValue::Encoding(gimli::DW_ATE_complex_float)) => Encoding::Complex,
        Some(AttributeValue::Encoding(gimli::DW_ATE_float)) => Encoding::Float,
        Some(AttributeValue::Encoding(gimli::DW_ATE_signed_char)) => Encoding::Char,
        Some(AttributeValue::Encoding(gimli::DW_ATE_unsigned_char)) => Encoding::Uchar,
        Some(AttributeValue::Encoding(gimli::DW_ATE_unsigned)) => Encoding::Uint,
        _ => Encoding::Int,
    })
}

/// The length of a dimension of an array, if it is given.
fn count<R: Reader<Offset = usize>>(
    entry: &gimli::DebuggingInformationEntry<'_, '_, R>,
) -> gimli::Result<Option<i64>> {
    if let Some(count) = entry.attr_value(gimli::DW_AT_count)? {
        return Ok(count.udata_value().map(|count| count as i64));
    }
    let bound = entry.attr_value(gimli::DW_AT_upper_bound)?;
    Ok(bound.and_then(|bound| signed(&bound)).map(|bound| bound + 1))
}

fn signed<R: Reader<Offset = usize>>(value: &AttributeValue<R>) -> Option<i64> {
    value.sdata_value().or_else(|| value.udata_value().map(|value| value as i64))
}

/// Where a field begins: a number, or in old debug information a little program.
fn member_offset<R: Reader<Offset = usize>>(
    unit: &gimli::Unit<R>,
    entry: &gimli::DebuggingInformationEntry<'_, '_, R>,
) -> gimli::Result<i64> {
    match entry.attr_value(DW_AT_data_member_location)? {
        Some(AttributeValue::Exprloc(program)) => {
            let mut operations = program.operations(unit.encoding());
            match operations.next()? {
                Some(gimli::Operation::PlusConstant { value }) => Ok(value as i64),
                _ => Ok(0),
            }
        }
        Some(value) => Ok(signed(&value).unwrap_or_default()),
        None => Ok(0),
    }
}

/// A name, or nothing.
pub(super) fn attr_string<R: Reader<Offset = usize>>(
    dwarf: &gimli::Dwarf<R>,
    unit: &gimli::Unit<R>,
    entry: &gimli::DebuggingInformationEntry<'_, '_, R>,
    at: gimli::DwAt,
) -> gimli::Result<String> {
    let Some(value) = entry.attr_value(at)? else { return Ok(String::new()) };
    Ok(dwarf.attr_string(unit, value)?.to_string_lossy()?.into_owned())
}
