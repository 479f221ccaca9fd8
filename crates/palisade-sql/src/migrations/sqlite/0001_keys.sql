CREATE TABLE palisade_keys (
    id        TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 12),
    version   INTEGER NOT NULL CHECK (version >= 0),
    created   INTEGER NOT NULL,
    owner     TEXT NOT NULL CHECK (length(owner) <= 256),
    tenant    TEXT CHECK (length(tenant) <= 128),
    lineage   TEXT NOT NULL CHECK (length(lineage) = 12),
    ends      INTEGER,
    revoked   INTEGER,
    last_used INTEGER,
    document  TEXT NOT NULL CHECK (length(document) <= 65536)
) STRICT;
CREATE INDEX palisade_keys_created ON palisade_keys (created, id);
CREATE INDEX palisade_keys_owner ON palisade_keys (owner, created, id);
CREATE INDEX palisade_keys_tenant ON palisade_keys (tenant, created, id);
CREATE INDEX palisade_keys_lineage ON palisade_keys (lineage, created, id);
-- How often keys were changed, so that other processes see that they were.
CREATE TABLE palisade_changes (
    only  INTEGER PRIMARY KEY CHECK (only = 1),
    count INTEGER NOT NULL
) STRICT;
INSERT INTO palisade_changes (only, count) VALUES (1, 0);
