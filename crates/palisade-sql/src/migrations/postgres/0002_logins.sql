CREATE TABLE palisade_users (
    id       TEXT COLLATE "C" PRIMARY KEY NOT NULL CHECK (length(id) = 32),
    -- In the spelling that counts; the document has it as it is shown.
    name     TEXT COLLATE "C" NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 128),
    version  BIGINT NOT NULL CHECK (version >= 0),
    document TEXT COLLATE "C" NOT NULL CHECK (length(document) <= 65536)
);
-- Lines of refresh tokens, each by the digest of its last one.
CREATE TABLE palisade_refresh (
    id             TEXT COLLATE "C" PRIMARY KEY NOT NULL CHECK (length(id) = 32),
    holder         TEXT COLLATE "C" NOT NULL CHECK (length(holder) = 32),
    version        BIGINT NOT NULL CHECK (version >= 0),
    token          TEXT COLLATE "C" NOT NULL CHECK (length(token) = 64),
    access         TEXT COLLATE "C" CHECK (length(access) <= 128),
    access_expires BIGINT,
    created        BIGINT NOT NULL,
    renewed        BIGINT NOT NULL,
    expires        BIGINT NOT NULL,
    revoked        BIGINT
);
CREATE INDEX palisade_refresh_holder ON palisade_refresh (holder, renewed, id);
CREATE INDEX palisade_refresh_expires ON palisade_refresh (expires, id);
-- Tokens issued before a cut are void.
CREATE TABLE palisade_revocations (
    id   TEXT COLLATE "C" PRIMARY KEY NOT NULL CHECK (length(id) = 64),
    cut  BIGINT NOT NULL,
    ends BIGINT NOT NULL
);
CREATE INDEX palisade_revocations_ends ON palisade_revocations (ends, id);
