CREATE TABLE palisade_keys (
    id        TEXT COLLATE "C" PRIMARY KEY CHECK (length(id) = 12),
    version   BIGINT NOT NULL CHECK (version >= 0),
    created   BIGINT NOT NULL,
    owner     TEXT COLLATE "C" NOT NULL CHECK (length(owner) <= 256),
    tenant    TEXT COLLATE "C" CHECK (length(tenant) <= 128),
    lineage   TEXT COLLATE "C" NOT NULL CHECK (length(lineage) = 12),
    ends      BIGINT,
    revoked   BIGINT,
    last_used BIGINT,
    document  TEXT COLLATE "C" NOT NULL CHECK (length(document) <= 65536)
);
CREATE INDEX palisade_keys_created ON palisade_keys (created, id);
CREATE INDEX palisade_keys_owner ON palisade_keys (owner, created, id);
CREATE INDEX palisade_keys_tenant ON palisade_keys (tenant, created, id);
CREATE INDEX palisade_keys_lineage ON palisade_keys (lineage, created, id);
