//! How many bytes the allocator hands out.
//!
//! Upstream: `internal/runtime/gc/sizeclasses.go`, `runtime/malloc.go`, `runtime/mbitmap.go`.

/// The sizes of small objects.
const CLASSES: [u64; 68] = [
    0, 8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320,
    352, 384, 416, 448, 480, 512, 576, 640, 704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792,
    2048, 2304, 2688, 3072, 3200, 3456, 4096, 4864, 5376, 6144, 6528, 6784, 6912, 8192, 9472, 9728,
    10240, 10880, 12288, 13568, 14336, 16384, 18432, 19072, 20480, 21760, 24576, 27264, 28672,
    32768,
];

/// Larger objects get pages of their own.
const PAGE_SIZE: u64 = 8192;

/// The header of larger objects with pointers.
///
/// Upstream: `MallocHeaderSize` in `internal/runtime/gc/malloc.go`.
const HEADER: u64 = 8;

/// Objects without pointers below this size share blocks of this size.
const TINY_BLOCK: u64 = 16;

/// What the allocator hands out for an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Allotted {
    /// How many bytes.
    pub(super) bytes: u64,
    /// Whether several such objects share a block.
    pub(super) tiny: bool,
}

/// What is handed out for `size` bytes.
pub(super) fn allotted(size: u64, has_pointers: bool, word: u64) -> Allotted {
    if !has_pointers && size > 0 && size < TINY_BLOCK {
        // `runtime.mallocgcTiny` aligns within the block by the size's own factors of two.
        return Allotted { bytes: size, tiny: true };
    }
    // Up to as many words as a word has bits, a bitmap says where pointers are.
    // Upstream: `MinSizeForMallocHeader`, `heapBitsInSpan`.
    let with_header = has_pointers && size > word * (8 * word);
    let needed = if with_header { size.saturating_add(HEADER) } else { size };
    let bytes = match CLASSES.iter().find(|&&class| class >= needed) {
        Some(&class) => class,
        None => size.checked_next_multiple_of(PAGE_SIZE).unwrap_or(size),
    };
    Allotted { bytes, tiny: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(size: u64, has_pointers: bool) -> u64 {
        allotted(size, has_pointers, 8).bytes
    }

    #[test]
    fn sizes_are_rounded_up_to_classes() {
        assert_eq!(bytes(0, false), 0);
        assert_eq!(bytes(16, false), 16);
        assert_eq!(bytes(40, true), 48);
        assert_eq!(bytes(1025, false), 1152);
        assert_eq!(bytes(32_768, false), 32_768);
        assert_eq!(bytes(32_769, false), 40_960);
    }

    #[test]
    fn large_objects_with_pointers_have_a_header() {
        assert_eq!(bytes(512, true), 512);
        assert_eq!(bytes(520, true), 576);
        assert_eq!(bytes(576, false), 576);
        assert_eq!(bytes(576, true), 640);
        assert_eq!(allotted(128, true, 4).bytes, 128);
        assert_eq!(allotted(132, true, 4).bytes, 144);
    }

    #[test]
    fn small_objects_without_pointers_share_a_block() {
        assert_eq!(allotted(4, false, 8), Allotted { bytes: 4, tiny: true });
        assert_eq!(allotted(8, true, 8), Allotted { bytes: 8, tiny: false });
    }
}
