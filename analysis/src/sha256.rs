//! SHA-256, of which the compiler makes the hashes that it prints in names.
//!
//! Upstream: FIPS 180-4; `cmd/internal/hash` flips the first byte of the sum.

/// The length of a sum in bytes.
pub const SIZE: usize = 32;

/// The compiler's own hash of a text: SHA-256 with the first byte flipped.
pub fn compiler_sum(data: &[u8]) -> [u8; SIZE] {
    let mut sum = sum(data);
    sum[0] ^= 0xff;
    sum
}

/// A sum in hexadecimal digits.
pub fn hex(sum: &[u8]) -> String {
    sum.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The SHA-256 sum of a text.
pub fn sum(data: &[u8]) -> [u8; SIZE] {
    let mut state = first_fraction_bits(&PRIMES[..8], square_root);
    let round_constants: [u32; 64] = first_fraction_bits(&PRIMES, cube_root);
    let mut padded = data.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend((data.len() as u64).wrapping_mul(8).to_be_bytes());
    for block in padded.chunks_exact(64) {
        compress(&mut state, block, &round_constants);
    }
    let mut out = [0; SIZE];
    for (bytes, word) in out.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    out
}

fn compress(state: &mut [u32; 8], block: &[u8], round_constants: &[u32; 64]) {
    let mut w = [0u32; 64];
    for (word, bytes) in w.iter_mut().zip(block.chunks_exact(4)) {
        *word = bytes.iter().fold(0, |word, byte| word << 8 | u32::from(*byte));
    }
    for i in 16..64 {
        let s0 = w[i - 15].rotate_right(7) ^ w[i - 15].rotate_right(18) ^ (w[i - 15] >> 3);
        let s1 = w[i - 2].rotate_right(17) ^ w[i - 2].rotate_right(19) ^ (w[i - 2] >> 10);
        w[i] = w[i - 16].wrapping_add(s0).wrapping_add(w[i - 7]).wrapping_add(s1);
    }
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for i in 0..64 {
        let s1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
        let choice = (e & f) ^ (!e & g);
        let t1 = h
            .wrapping_add(s1)
            .wrapping_add(choice)
            .wrapping_add(round_constants[i])
            .wrapping_add(w[i]);
        let s0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
        let majority = (a & b) ^ (a & c) ^ (b & c);
        let t2 = s0.wrapping_add(majority);
        (h, g, f, e) = (g, f, e, d.wrapping_add(t1));
        (d, c, b, a) = (c, b, a, t1.wrapping_add(t2));
    }
    for (word, add) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *word = word.wrapping_add(add);
    }
}

/// The standard's constants are the first 32 bits of the fractions of roots of primes.
fn first_fraction_bits<const N: usize>(primes: &[u32], root: fn(u128) -> u128) -> [u32; N] {
    let mut bits = [0; N];
    for (bits, prime) in bits.iter_mut().zip(primes) {
        *bits = (root(u128::from(*prime)) & 0xffff_ffff) as u32;
    }
    bits
}

/// The largest root, times 2³², that is not too large.
fn search(is_small: impl Fn(u128) -> bool) -> u128 {
    // Roots of the primes used are below 32.
    (0..37)
        .rev()
        .fold(0, |root, bit| if is_small(root | 1 << bit) { root | 1 << bit } else { root })
}

fn square_root(of: u128) -> u128 {
    search(|root| root * root <= of << 64)
}

fn cube_root(of: u128) -> u128 {
    search(|root| root * root * root <= of << 96)
}

const PRIMES: [u32; 64] = [
    2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
    101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167, 173, 179, 181, 191, 193,
    197, 199, 211, 223, 227, 229, 233, 239, 241, 251, 257, 263, 269, 271, 277, 281, 283, 293, 307,
    311,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_standard() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hex(&sum(b"")), empty);
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hex(&sum(b"abc")), abc);
        let long = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
        assert_eq!(hex(&sum(&[b'a'; 1_000_000])), long);
    }
}
