//! What genes are called.

use super::{attribute::Attributes, elements::Elements, error::H5adError};
use std::collections::HashMap;

/// The names of some genes: the index of the table `var`. Only these are looked up, however many there are.
pub(super) fn names(
    attributes: &Attributes<'_>,
    count: usize,
    wanted: &[usize],
) -> Result<Vec<Option<String>>, H5adError> {
    let Attributes { file, root, meter } = *attributes;
    let table = meter.done(root.group("var"))?;
    let index = attributes.text(table.address(), "_index")?.unwrap_or_else(|| "_index".to_owned());
    let names = Elements::of(file, meter.done(table.dataset(&index))?, meter)?;
    if names.shape() != [count as u64] {
        return Err(H5adError::Layout("the table `var` has another length than the matrix"));
    }
    let size = meter.done(names.dataset().raw_element_size())?;
    let mut found = HashMap::new();
    names.each(|first, bytes| {
        let first = usize::try_from(first).unwrap_or(usize::MAX);
        let run = first..first.saturating_add(bytes.len() / size);
        for gene in wanted.iter().filter(|gene| run.contains(gene)) {
            if let Some(element) = bytes.chunks_exact(size).nth(gene - first) {
                found.insert(*gene, attributes.read_text(names.dataset().dtype(), element)?);
            }
        }
        Ok(())
    })?;
    Ok(wanted.iter().map(|gene| found.remove(gene)).collect())
}
