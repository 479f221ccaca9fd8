//! Where the databases speak differently.

/// Which of the databases is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// A file has one writer at a time, and needs no locks of rows.
    const fn on_server(self, word: &'static str) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => word,
        }
    }

    /// Nobody else changes the row until the end of the transaction.
    #[cfg(feature = "login")]
    pub(crate) const fn for_share(self) -> &'static str {
        self.on_server(" FOR SHARE")
    }

    /// Nobody else changes the row or keeps it as it is until the end of the transaction.
    #[cfg(any(feature = "login", feature = "audit"))]
    pub(crate) const fn for_update(self) -> &'static str {
        self.on_server(" FOR UPDATE")
    }

    /// What others are busy with is left to them.
    #[cfg(feature = "jwt")]
    pub(crate) const fn skip_locked(self) -> &'static str {
        self.on_server(" FOR UPDATE SKIP LOCKED")
    }

    /// Before a moment that is bound next, and by the clock of the database too: one clock that is set forward forgets nothing
    /// on a server.
    #[cfg(feature = "jwt")]
    pub(crate) const fn until(self) -> [&'static str; 2] {
        match self {
            Self::Sqlite => ["MIN(", ", (unixepoch() - 3600) * 1000000000)"],
            Self::Postgres => ["LEAST(", ", (EXTRACT(EPOCH FROM now())::bigint - 3600) * 1000000000)"],
        }
    }
}
