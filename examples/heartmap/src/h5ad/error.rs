//! Why a file gets no answer.

use palisade::{
    Denial, DenialKind,
    routes::{Violation, Violations},
};

/// Why a file gets no answer. No message repeats anything of the file.
#[derive(Debug, thiserror::Error)]
pub enum H5adError {
    /// The bytes are no HDF5 file, or one that contradicts itself.
    #[error("the file is damaged, or is no HDF5 file")]
    Damaged(#[source] Option<Box<hdf5_reader::error::Error>>),
    /// It is HDF5, and not laid out as `anndata` does.
    #[error("{0}")]
    Layout(&'static str),
    /// It is sound and uses something that is not read here.
    #[error("{0}")]
    Unsupported(&'static str),
    /// It claims, or comes to, more than is looked at.
    #[error("{0}")]
    TooLarge(&'static str),
    /// There was no more time, or nobody waits for the answer.
    #[error("the time for one file is over")]
    OutOfTime,
}

impl H5adError {
    /// The word for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Damaged(_) => "file_damaged",
            Self::Layout(_) => "file_layout",
            Self::Unsupported(_) => "file_unsupported",
            Self::TooLarge(_) => "file_too_large_inside",
            Self::OutOfTime => "out_of_time",
        }
    }
}

impl From<hdf5_reader::error::Error> for H5adError {
    fn from(fault: hdf5_reader::error::Error) -> Self {
        use hdf5_reader::error::Error as Fault;
        match fault {
            Fault::ResourceLimit(_) => Self::TooLarge("a part of the file is larger than is read"),
            fault => Self::Damaged(Some(Box::new(fault))),
        }
    }
}

/// A file's fault is 400; that there was no time may be ours, and is 503.
impl From<H5adError> for Denial {
    fn from(fault: H5adError) -> Self {
        match fault {
            H5adError::OutOfTime => {
                Self::new(DenialKind::Overloaded).because("analysis_timeout").retry_after(10)
            }
            fault => {
                let told = Violation::new("/file", fault.code(), fault.to_string());
                Self::from(Violations::from(told)).with_source(fault)
            }
        }
    }
}
