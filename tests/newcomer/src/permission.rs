//! What callers may do.

use palisade::permissions;

permissions! {
    /// What callers may do.
    pub enum Permission {
        /// Read notes.
        ReadNotes = "notes:read",
        /// Write and delete them.
        WriteNotes = "notes:write",
        /// Manage keys and users.
        ManageAccess = "manage_access",
        /// Read the audit log.
        ViewAuditLogs = "view_audit_logs",
        /// Read the numbers.
        ReadMetrics = "read_metrics",
    }
}
