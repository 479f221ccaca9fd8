//! Keys whose factors can be guessed from the modulus (CVE-2017-15361, "ROCA").
//!
//! A flawed library of smart cards made primes of the form `k·M + 65537^a mod M`, M a product of small primes. Modulo each of
//! those the modulus is then a power of 65537, which a random modulus is for all of them with a chance below one in a hundred
//! million.

/// Small primes that do not have 65537 as a generator.
const PRIMES: [u32; 17] = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157];

/// Whether a modulus, big-endian, bears the mark.
pub(crate) fn is_marked(modulus: &[u8]) -> bool {
    PRIMES.iter().all(|prime| {
        let rest = modulus.iter().fold(0, |rest, byte| (rest << 8 | u32::from(*byte)) % prime);
        is_power(rest, *prime)
    })
}

/// Whether `number` is a power of 65537 modulo `prime`.
fn is_power(number: u32, prime: u32) -> bool {
    let generator = 65_537 % prime;
    let mut power = 1;
    // The order of a group is below its prime.
    (0..prime).any(|_| {
        let found = power == number;
        power = power * generator % prime;
        found
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_told_from_others() {
        // 65537 mod 11 = 10, whose powers are 1 and 10.
        assert!((0..11).filter(|number| is_power(*number, 11)).eq([1, 10]));
        assert!(is_marked(&[1]), "65537 to the power of 0");
        assert!(!is_marked(&[2]));
    }
}
