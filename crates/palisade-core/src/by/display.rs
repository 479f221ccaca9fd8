//! What is counted by, in words.

use super::{By, Missing, Part};
use std::fmt;

/// As it was declared, such as `principal or client`, `header x-tenant or exempt` and `(principal or client) and route`.
impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.part {
            Part::Client { v6_prefix: 64 } => f.write_str("client")?,
            Part::Client { v6_prefix } => write!(f, "client/{v6_prefix}")?,
            Part::Widening(_) => f.write_str("client widening")?,
            Part::Principal => f.write_str("principal")?,
            Part::Lineage => f.write_str("lineage")?,
            Part::Tenant => f.write_str("tenant")?,
            Part::Header(name) => write!(f, "header {name}")?,
            Part::Route => f.write_str("route")?,
            Part::Everyone => f.write_str("everyone")?,
            Part::All(parts) => {
                for (at, part) in parts.iter().enumerate() {
                    if at > 0 {
                        f.write_str(" and ")?;
                    }
                    if matches!(
                        (&part.part, &part.missing),
                        (Part::All(_), _) | (_, Missing::Shared | Missing::Exempt | Missing::Else(_))
                    ) {
                        write!(f, "({part})")?;
                    } else {
                        part.fmt(f)?;
                    }
                }
            }
        }
        match &self.missing {
            Missing::Deny => Ok(()),
            Missing::Shared => f.write_str(" or shared"),
            Missing::Exempt => f.write_str(" or exempt"),
            Missing::Else(other) => write!(f, " or {other}"),
        }
    }
}
