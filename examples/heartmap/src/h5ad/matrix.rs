//! The matrix `X` of a file.

use super::{
    attribute::Attributes, dense, elements::Elements, encoding::Encoding, error::H5adError,
    layout::MOST_CHUNK, meter::Meter, meter::Metered, names, sparse::Sparse, tally::Tally,
};
use bytes::Bytes;
use hdf5_reader::{Hdf5File, OpenOptions, group::Group};
use std::{fmt, sync::Arc};

/// The matrix `X` of a file: cells by genes.
pub struct Matrix {
    /// How it is stored.
    pub encoding: Encoding,
    /// Its type of numbers, as `numpy` calls it.
    pub numbers: &'static str,
    /// What it comes to.
    pub tally: Tally,
    file: Hdf5File,
    root: Group,
    meter: Arc<Meter>,
}

impl Matrix {
    /// Reads the file. It keeps a processor busy: call it on a thread that may block.
    ///
    /// # Errors
    ///
    /// What keeps the file from an answer. A fault in the reader may panic; whoever calls takes that for a damaged file.
    pub fn read(bytes: Bytes, meter: &Arc<Meter>) -> Result<Self, H5adError> {
        let options = OpenOptions {
            chunk_cache_bytes: 0,
            chunk_cache_slots: 1,
            max_chunk_bytes: usize::try_from(MOST_CHUNK).unwrap_or(usize::MAX),
            max_read_bytes: 1 << 20,
            max_object_header_bytes: 1 << 20,
            ..OpenOptions::default()
        };
        let storage = Arc::new(Metered::new(bytes, meter.clone()));
        let file = meter.done(Hdf5File::from_storage_with_options(storage, options))?;
        let root = meter.done(file.root_group())?;
        let attributes = Attributes { file: &file, root: &root, meter };
        let kind = attributes.text(root.address(), "encoding-type")?;
        if kind.is_some_and(|kind| kind != "anndata") {
            return Err(H5adError::Layout("the file is of another encoding than `anndata`"));
        }
        let (encoding, (tally, number)) = match meter.done(root.group("X")) {
            Ok(group) => sparse(&attributes, &group)?,
            Err(fault @ (H5adError::OutOfTime | H5adError::TooLarge(_))) => return Err(fault),
            Err(_) => {
                let missing = |fault| match fault {
                    H5adError::Damaged(Some(fault)) if is_missing(&fault) => {
                        H5adError::Layout("there is no matrix `X` in the file")
                    }
                    fault => fault,
                };
                let values = meter.done(root.dataset("X")).map_err(missing)?;
                (Encoding::Dense, dense::tally(&Elements::of(&file, values, meter)?)?)
            }
        };
        meter.check()?;
        Ok(Self { encoding, numbers: number.name(), tally, meter: meter.clone(), root, file })
    }

    /// The names of these genes, where the file tells them.
    ///
    /// # Errors
    ///
    /// That there is no more time.
    pub fn gene_names(&self, genes: &[usize]) -> Result<Vec<Option<String>>, H5adError> {
        let attributes = Attributes { file: &self.file, root: &self.root, meter: &self.meter };
        let names = names::names(&attributes, self.tally.genes.len(), genes);
        self.meter.check()?;
        Ok(names.unwrap_or_else(|_| vec![None; genes.len()]))
    }
}

type Counted = (Tally, super::number::Number);

fn sparse(attributes: &Attributes<'_>, group: &Group) -> Result<(Encoding, Counted), H5adError> {
    let Attributes { file, meter, .. } = *attributes;
    let encoding = match attributes.text(group.address(), "encoding-type")?.as_deref() {
        Some("csr_matrix") => Encoding::Csr,
        Some("csc_matrix") => Encoding::Csc,
        _ => return Err(H5adError::Layout("the group `X` must be a csr_matrix or a csc_matrix")),
    };
    let shape = attributes.pair(group.address(), "shape")?;
    let shape = shape.ok_or(H5adError::Layout("the group `X` has no attribute `shape`"))?;
    let part = |name| Elements::of(file, meter.done(group.dataset(name))?, meter);
    let parts = Sparse { data: part("data")?, indices: part("indices")?, indptr: part("indptr")? };
    Ok((encoding, parts.tally(shape, encoding)?))
}

fn is_missing(fault: &hdf5_reader::error::Error) -> bool {
    matches!(fault, hdf5_reader::error::Error::DatasetNotFound(_))
}

impl fmt::Debug for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Matrix")
            .field("encoding", &self.encoding)
            .field("numbers", &self.numbers)
            .finish_non_exhaustive()
    }
}
