//! How a matrix is stored.

use serde::Serialize;

/// How a matrix is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub enum Encoding {
    /// All of it.
    #[serde(rename = "array")]
    Dense,
    /// By cells, without zeros.
    #[serde(rename = "csr_matrix")]
    Csr,
    /// By genes, without zeros.
    #[serde(rename = "csc_matrix")]
    Csc,
}
