//! Attributes of groups and datasets, as far as the layout needs them.

use super::{error::H5adError, meter::Meter, number::Number};
use hdf5_reader::{
    Datatype, Hdf5File, StringSize, VarLenKind,
    group::Group,
    messages::{HdfMessage, attribute::AttributeMessage},
};

/// The longest text that is read of a file, in bytes.
const LONGEST: usize = 256;

/// The attributes of the object at an address.
pub(super) struct Attributes<'f> {
    pub(super) file: &'f Hdf5File,
    pub(super) root: &'f Group,
    pub(super) meter: &'f Meter,
}

impl Attributes<'_> {
    /// A text; `None` where there is none of this name.
    pub(super) fn text(&self, address: u64, name: &str) -> Result<Option<String>, H5adError> {
        self.find(address, name, |attribute| self.read_text(&attribute.datatype, &attribute.raw_data))
    }

    /// Two whole numbers; `None` where there is no attribute of this name.
    pub(super) fn pair(&self, address: u64, name: &str) -> Result<Option<[u64; 2]>, H5adError> {
        self.find(address, name, |attribute| {
            let number = Number::of(&attribute.datatype)?;
            let mut places = number.places(&attribute.raw_data);
            match (places.next().flatten(), places.next().flatten(), places.next()) {
                (Some(first), Some(second), None) => Ok([first, second]),
                _ => Err(H5adError::Layout("the attribute `shape` must be two whole numbers")),
            }
        })
    }

    /// The text that one element of a dataset or attribute is.
    ///
    /// A text of variable length is a length and a place in a heap. The length is looked at first: many texts can share one place.
    pub(super) fn read_text(&self, datatype: &Datatype, element: &[u8]) -> Result<String, H5adError> {
        let bytes = match datatype {
            Datatype::String { size: StringSize::Fixed(_), .. } => element.get(..element.len().min(LONGEST)),
            Datatype::String { size: StringSize::Variable, .. }
            | Datatype::VarLen { kind: VarLenKind::String, .. } => {
                let length = element.first_chunk().map(|bytes| u32::from_le_bytes(*bytes));
                if length.is_none_or(|length| length as usize > LONGEST) {
                    return Err(H5adError::Unsupported("names may have up to 256 bytes"));
                }
                let bytes = self.meter.done(self.root.resolve_vlen_reference_bytes(element, 1))?;
                return Ok(cleaned(&bytes));
            }
            _ => return Err(H5adError::Unsupported("names must be texts")),
        };
        Ok(cleaned(bytes.unwrap_or_default()))
    }

    fn find<T>(
        &self,
        address: u64,
        name: &str,
        read: impl FnOnce(&AttributeMessage) -> Result<T, H5adError>,
    ) -> Result<Option<T>, H5adError> {
        let header = self.meter.done(self.file.get_or_parse_header(address))?;
        let mut found = header.messages.iter().filter_map(|message| match message {
            HdfMessage::Attribute(attribute) if attribute.name == name => Some(attribute),
            _ => None,
        });
        found.next().map(read).transpose()
    }
}

/// Up to the first NUL, without what a terminal would obey.
fn cleaned(bytes: &[u8]) -> String {
    let bytes = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(bytes).chars().filter(|sign| !sign.is_control()).collect()
}
