CREATE TABLE palisade_users (
    id       TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 32),
    -- In the spelling that counts; the document has it as it is shown.
    name     TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 128),
    version  INTEGER NOT NULL CHECK (version >= 0),
    document TEXT NOT NULL CHECK (length(document) <= 65536)
) STRICT;
-- Lines of refresh tokens, each by the digest of its last one.
CREATE TABLE palisade_refresh (
    id             TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 32),
    holder         TEXT NOT NULL CHECK (length(holder) = 32),
    version        INTEGER NOT NULL CHECK (version >= 0),
    token          TEXT NOT NULL CHECK (length(token) = 64),
    access         TEXT CHECK (length(access) <= 128),
    access_expires INTEGER,
    created        INTEGER NOT NULL,
    renewed        INTEGER NOT NULL,
    expires        INTEGER NOT NULL,
    revoked        INTEGER
) STRICT;
CREATE INDEX palisade_refresh_holder ON palisade_refresh (holder, renewed, id);
CREATE INDEX palisade_refresh_expires ON palisade_refresh (expires, id);
-- Tokens issued before a cut are void.
CREATE TABLE palisade_revocations (
    id   TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 64),
    cut  INTEGER NOT NULL,
    ends INTEGER NOT NULL
) STRICT;
CREATE INDEX palisade_revocations_ends ON palisade_revocations (ends, id);
