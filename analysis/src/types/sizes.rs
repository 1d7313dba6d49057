//! Sizes, alignments and where pointers are, as gc lays out memory.
//!
//! A type that the compiler refuses (one that contains itself, or a type parameter) gets some
//! answer: what matters is that there is one.
//!
//! Upstream: `cmd/compile/internal/types/size.go`, `type.go`.

use super::cx::{Cx, deep};
use super::ty::{Basic, Field, Named, Ty, TyKind};

/// How deep structs and arrays may nest, and how many of them one type may hold; more are only in
/// types that contain themselves in ever new forms.
const NESTING_LIMIT: usize = 1000;
const PARTS_LIMIT: u32 = 20_000;

/// How a type lies in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// The size in bytes.
    pub size: i64,
    /// The alignment in bytes.
    pub align: i64,
    /// The length of the prefix that holds all pointers; 0 if there are none.
    pub ptr_data: i64,
    /// Whether values must not be allocated in the heap.
    pub not_in_heap: bool,
}

impl Layout {
    const EMPTY: Layout = Layout { size: 0, align: 1, ptr_data: 0, not_in_heap: false };

    fn scalar(size: i64, align: i64) -> Layout {
        Layout { size, align, ..Layout::EMPTY }
    }
}

fn round_up(offset: i64, align: i64) -> i64 {
    offset.saturating_add(align - 1) / align * align
}

impl Cx<'_> {
    /// The size of a type in bytes.
    pub fn size_of(&self, ty: Ty) -> i64 {
        self.layout(ty).size
    }

    /// The alignment of a type in bytes.
    pub fn align_of(&self, ty: Ty) -> i64 {
        self.layout(ty).align
    }

    /// The length in bytes of the prefix of a value that holds all its pointers.
    pub fn ptr_data_size(&self, ty: Ty) -> i64 {
        self.layout(ty).ptr_data
    }

    /// Whether values of a type hold pointers that the garbage collector follows.
    pub fn has_pointers(&self, ty: Ty) -> bool {
        self.ptr_data_size(ty) > 0
    }

    /// Whether an interface holds a value of this type itself, not a pointer to it.
    ///
    /// Upstream: `IsDirectIface`.
    pub fn is_direct_iface(&self, ty: Ty) -> bool {
        let layout = self.layout(ty);
        let word = self.target.arch.ptr_size();
        layout.size == word && layout.ptr_data == word
    }

    /// Whether values of a type must not be allocated in the heap.
    pub fn not_in_heap(&self, ty: Ty) -> bool {
        self.layout(ty).not_in_heap
    }

    /// Where the fields of a struct lie; empty for other types.
    pub fn offsets_of(&self, ty: Ty) -> Vec<i64> {
        match self.under(ty).kind() {
            TyKind::Struct(fields) => self.lay_fields(fields).offsets,
            _ => Vec::new(),
        }
    }

    /// How a type lies in memory.
    pub fn layout(&self, ty: Ty) -> Layout {
        if let Some(known) = self.layouts.borrow().get(&ty) {
            return *known;
        }
        let refused = {
            let open = self.layouts_open.borrow();
            if open.is_empty() {
                self.layout_parts.set(0);
            }
            open.len() > NESTING_LIMIT
                || self.layout_parts.get() > PARTS_LIMIT
                || open.contains(&ty)
        };
        if refused {
            return Layout::EMPTY;
        }
        self.layout_parts.set(self.layout_parts.get() + 1);
        self.layouts_open.borrow_mut().push(ty);
        let layout = deep(|| self.compute_layout(ty));
        self.layouts_open.borrow_mut().pop();
        // What is not known now may become known.
        if let Some(layout) = layout {
            self.layouts.borrow_mut().insert(ty, layout);
        }
        layout.unwrap_or(Layout::EMPTY)
    }

    /// `None` if the type is not known.
    fn compute_layout(&self, ty: Ty) -> Option<Layout> {
        let arch = self.target.arch;
        let (word, long) = (arch.ptr_size(), arch.reg_size());
        let pointer = Layout { size: word, align: word, ptr_data: word, not_in_heap: false };
        let under = self.under(ty);
        Some(match under.kind() {
            TyKind::Basic(basic) => match basic {
                Basic::Invalid => return None,
                Basic::Bool | Basic::Int8 | Basic::Uint8 | Basic::Byte | Basic::UntypedBool => {
                    Layout::scalar(1, 1)
                }
                Basic::Int16 | Basic::Uint16 => Layout::scalar(2, 2),
                Basic::Int32
                | Basic::Uint32
                | Basic::Float32
                | Basic::Rune
                | Basic::UntypedRune => Layout::scalar(4, 4),
                Basic::Int64 | Basic::Uint64 | Basic::Float64 | Basic::UntypedFloat => {
                    Layout::scalar(8, long)
                }
                Basic::Complex64 => Layout::scalar(8, 4),
                Basic::Complex128 | Basic::UntypedComplex => Layout::scalar(16, long),
                Basic::Int | Basic::Uint | Basic::Uintptr | Basic::UntypedInt => {
                    Layout::scalar(word, word)
                }
                Basic::String | Basic::UntypedString => Layout { size: 2 * word, ..pointer },
                Basic::UnsafePointer | Basic::UntypedNil => pointer,
            },
            TyKind::Pointer(elem) => {
                // A pointer to what is not in the heap is a number to the garbage collector.
                let ptr_data = if self.declared_not_in_heap(*elem) { 0 } else { word };
                Layout { ptr_data, ..pointer }
            }
            TyKind::Slice(elem) => {
                let ptr_data = if self.declared_not_in_heap(*elem) { 0 } else { word };
                Layout { size: 3 * word, ptr_data, ..pointer }
            }
            TyKind::Map(..) | TyKind::Chan(..) | TyKind::Func(_) => pointer,
            TyKind::Interface(_) | TyKind::Any => {
                Layout { size: 2 * word, ptr_data: 2 * word, ..pointer }
            }
            TyKind::Array(len, elem) => {
                let elem = self.layout(*elem);
                let len = (*len).max(0);
                let ptr_data = if len > 0 && elem.ptr_data > 0 {
                    elem.size.saturating_mul(len - 1).saturating_add(elem.ptr_data)
                } else {
                    0
                };
                Layout { size: elem.size.saturating_mul(len), ptr_data, ..elem }
            }
            TyKind::Struct(fields) => self.struct_layout(ty, fields),
            // A tuple is not a value; its parts lie behind each other in messages about calls.
            TyKind::Tuple(types) => {
                let mut whole = Layout::EMPTY;
                for each in types {
                    let part = self.layout(*each);
                    let offset = round_up(whole.size, part.align);
                    if part.ptr_data > 0 {
                        whole.ptr_data = offset.saturating_add(part.ptr_data);
                    }
                    whole.size = offset.saturating_add(part.size);
                    whole.align = whole.align.max(part.align);
                }
                whole
            }
            TyKind::Union(_) | TyKind::Named(_) | TyKind::Param(_) | TyKind::Shape(_) => {
                return None;
            }
        })
    }

    fn struct_layout(&self, ty: Ty, fields: &[Field]) -> Layout {
        let laid = self.lay_fields(fields);
        let marked = is_align64(ty);
        let align = if marked { laid.align.max(8) } else { laid.align };
        let mut size = laid.end;
        // A pointer to a last field without size must not point to the next object.
        if size > 0 && laid.last_is_empty {
            size += 1;
        }
        Layout {
            size: round_up(size, align),
            align,
            ptr_data: laid.ptr_data,
            not_in_heap: laid.not_in_heap || is_nih(ty),
        }
    }

    fn lay_fields(&self, fields: &[Field]) -> Fields {
        let mut laid = Fields { align: 1, ..Fields::default() };
        for field in fields {
            let layout = self.layout(field.ty);
            let offset = round_up(laid.end, layout.align);
            laid.offsets.push(offset);
            laid.end = offset.saturating_add(layout.size);
            laid.align = laid.align.max(layout.align);
            laid.not_in_heap |= layout.not_in_heap;
            laid.last_is_empty = layout.size == 0;
            if layout.ptr_data > 0 {
                laid.ptr_data = offset.saturating_add(layout.ptr_data);
            }
        }
        laid
    }

    /// Whether what a pointer points to is not in the heap. Pointers make cycles through types:
    /// what is still open has not been marked on the way here.
    fn declared_not_in_heap(&self, elem: Ty) -> bool {
        let mut seen = Vec::new();
        self.nih_within(elem, &mut seen)
    }

    fn nih_within(&self, ty: Ty, seen: &mut Vec<Ty>) -> bool {
        if is_nih(ty) {
            return true;
        }
        if seen.contains(&ty) || seen.len() > NESTING_LIMIT {
            return false;
        }
        match self.under(ty).kind() {
            TyKind::Struct(fields) => {
                seen.push(ty);
                fields.iter().any(|field| deep(|| self.nih_within(field.ty, seen)))
            }
            TyKind::Array(_, elem) => {
                seen.push(ty);
                deep(|| self.nih_within(*elem, seen))
            }
            _ => false,
        }
    }
}

/// The fields of a struct in memory.
#[derive(Default)]
struct Fields {
    offsets: Vec<i64>,
    end: i64,
    align: i64,
    ptr_data: i64,
    not_in_heap: bool,
    last_is_empty: bool,
}

fn is_named(ty: Ty, test: impl Fn(&Named) -> bool) -> bool {
    matches!(ty.kind(), TyKind::Named(named) if named.def.parent.is_none() && test(named))
}

/// The mark that 64-bit atomics are made of. Upstream: `isAtomicStdPkg`.
fn is_align64(ty: Ty) -> bool {
    is_named(ty, |named| {
        named.def.name.as_str() == "align64"
            && matches!(named.def.package.path.as_str(), "sync/atomic" | "internal/runtime/atomic")
    })
}

/// The mark of types that are not in the heap. Upstream: `NewNamed` in `types/type.go`.
fn is_nih(ty: Ty) -> bool {
    is_named(ty, |named| {
        named.def.name.as_str() == "nih"
            && named.def.package.path.as_str() == "internal/runtime/sys"
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::{Arch, Target};
    use crate::types::fixture::Fixture;

    fn layout(declarations: &str, ty: &str) -> Layout {
        let fixture = Fixture::new(declarations);
        let ty = fixture.ty(ty);
        fixture.cx().layout(ty)
    }

    #[test]
    fn a_struct_that_ends_without_size_is_padded() {
        assert_eq!(layout("", "struct { a int64; b struct { } }").size, 16);
        assert_eq!(layout("", "struct { a struct { }; b int64 }").size, 8);
        assert_eq!(layout("", "struct { a struct { } }").size, 0);
    }

    #[test]
    fn one_pointer_word_is_held_by_an_interface_directly() {
        let fixture = Fixture::new("type P struct { z [0]int; p *P }");
        let cx = fixture.cx();
        let direct = |text| cx.is_direct_iface(fixture.ty(text));
        assert!(direct("P") && direct("[1]P") && direct("map[int]P") && direct("func()"));
        assert!(!direct("uintptr") && !direct("struct { p *int; z [0]int }") && !direct("string"));
    }

    #[test]
    fn types_that_contain_themselves_have_some_size() {
        let text = "type T struct { t T; x int }
            type A [2]A
            type B[P any] [2]B[[]P]
            type C[P any] struct { b B[*P]; l C[[]P]; r C[*P]; p *C[func(P)] }
            type G[P any] struct { g G[[]P] }
            type L struct { next *L; l []L }";
        assert_eq!(layout(text, "L").size, 32);
        for ty in ["T", "A", "G[int]", "B[int]", "C[int]", "*C[int]"] {
            assert!(layout(text, ty).size >= 0);
        }
    }

    #[test]
    fn sizes_beyond_all_memory_do_not_overflow() {
        let text = "type A [9000000000000000000]int
            type B struct { a A; b A }";
        assert_eq!(layout(text, "B").align, 8);
        assert!(layout(text, "[7]B").size > 0);
    }

    #[test]
    fn atomics_are_aligned_to_8_bytes_on_all_machines() {
        let text = "type align64 struct { }
            type Int64 struct { a align64; v int64 }";
        let fixture = Fixture::of_package("sync/atomic", text);
        let target = Target { arch: Arch::I386, ..Target::DEFAULT };
        let cx = Cx::new(&fixture, target);
        assert_eq!(cx.align_of(fixture.ty("Int64")), 8);
        assert_eq!(cx.offsets_of(fixture.ty("struct { b bool; i Int64; l int64 }")), [0, 8, 16]);
        assert_eq!(cx.align_of(fixture.ty("int64")), 4);
    }

    #[test]
    fn pointers_to_what_is_not_in_the_heap_are_numbers() {
        let text = "type nih struct { }
            type NotInHeap struct { n nih }
            type S struct { a [2]NotInHeap; next *S }";
        let fixture = Fixture::of_package("internal/runtime/sys", text);
        let cx = fixture.cx();
        assert!(cx.not_in_heap(fixture.ty("S")));
        assert!(!cx.has_pointers(fixture.ty("*S")) && !cx.has_pointers(fixture.ty("[]S")));
        assert!(cx.has_pointers(fixture.ty("**S")));
    }
}
