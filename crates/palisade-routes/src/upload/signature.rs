//! How files of a kind begin.

/// The first bytes of a kind of file: one of several patterns, each some bytes at some offsets within the first 64.
///
/// It says that a file begins as one of its kind does, not that it is one: whatever parses it must bear anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature(&'static [Pattern]);

type Pattern = &'static [(usize, &'static [u8])];

impl Signature {
    /// HDF5 without a user block (`.h5`, `.hdf5`, `.h5ad`).
    pub const HDF5: Self = Self(&[&[(0, b"\x89HDF\r\n\x1a\n")]]);
    /// PNG.
    pub const PNG: Self = Self(&[&[(0, b"\x89PNG\r\n\x1a\n")]]);
    /// JPEG.
    pub const JPEG: Self = Self(&[&[(0, b"\xff\xd8\xff")]]);
    /// GIF.
    pub const GIF: Self = Self(&[&[(0, b"GIF87a")], &[(0, b"GIF89a")]]);
    /// WebP.
    pub const WEBP: Self = Self(&[&[(0, b"RIFF"), (8, b"WEBP")]]);
    /// PDF.
    pub const PDF: Self = Self(&[&[(0, b"%PDF-")]]);
    /// ZIP that holds something, and what is made of it (`.docx`, `.npz`).
    pub const ZIP: Self = Self(&[&[(0, b"PK\x03\x04")]]);
    /// gzip (RFC 1952).
    pub const GZIP: Self = Self(&[&[(0, b"\x1f\x8b\x08")]]);
    /// Zstandard (RFC 8878).
    pub const ZSTD: Self = Self(&[&[(0, b"\x28\xb5\x2f\xfd")]]);
    /// NumPy's array (`.npy`).
    pub const NUMPY: Self = Self(&[&[(0, b"\x93NUMPY")]]);
    /// Parquet.
    pub const PARQUET: Self = Self(&[&[(0, b"PAR1")]]);
    /// Weights of a model in GGUF.
    pub const GGUF: Self = Self(&[&[(0, b"GGUF")]]);

    /// Another kind; bytes behind the first 64 are never looked at, so that a pattern with such never fits.
    ///
    /// ```
    /// use palisade_routes::Signature;
    ///
    /// const SQLITE: Signature = Signature::new(&[&[(0, b"SQLite format 3\0")]]);
    /// assert!(SQLITE.fits(b"SQLite format 3\0\x10\x00"));
    /// ```
    #[must_use]
    pub const fn new(patterns: &'static [&'static [(usize, &'static [u8])]]) -> Self {
        Self(patterns)
    }

    /// Whether a file that begins so is one of this kind.
    #[must_use]
    pub fn fits(&self, begin: &[u8]) -> bool {
        let begin = begin.get(..Self::LONGEST).unwrap_or(begin);
        self.0.iter().any(|pattern| {
            pattern.iter().all(|(at, bytes)| begin.get(*at..).is_some_and(|rest| rest.starts_with(bytes)))
        })
    }

    /// How much of a file must be there to tell.
    pub(crate) const LONGEST: usize = 64;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_how_they_begin() {
        for (signature, good, bad) in [
            (Signature::HDF5, &b"\x89HDF\r\n\x1a\nrest"[..], &b"\x89HDF\n\x1a\n"[..]),
            (Signature::GIF, b"GIF89a", b"GIF88a"),
            (Signature::WEBP, b"RIFF\0\0\0\0WEBPVP8 ", b"RIFF\0\0\0\0WAVE"),
            (Signature::JPEG, b"\xff\xd8\xff\xe0", b"\xff\xd8"),
            (Signature::ZIP, b"PK\x03\x04", b"PK\x05\x06"),
        ] {
            assert!(signature.fits(good) && !signature.fits(bad) && !signature.fits(b""), "{signature:?}");
        }
    }
}
