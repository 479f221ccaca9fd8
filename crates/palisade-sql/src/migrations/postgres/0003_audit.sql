-- Records in a chain. What is bound is the record; the columns before it are what statements compare.
CREATE TABLE palisade_audit (
    sequence BIGINT PRIMARY KEY CHECK (sequence > 0),
    time     BIGINT NOT NULL,
    act      TEXT COLLATE "C" NOT NULL CHECK (length(act) <= 512),
    actor    TEXT COLLATE "C" CHECK (length(actor) <= 512),
    target   TEXT COLLATE "C" CHECK (length(target) <= 512),
    hash     TEXT COLLATE "C" NOT NULL CHECK (length(hash) = 64),
    record   TEXT COLLATE "C" NOT NULL CHECK (length(record) <= 65536)
);
CREATE INDEX palisade_audit_time ON palisade_audit (time);
CREATE INDEX palisade_audit_act ON palisade_audit (act, sequence);
CREATE INDEX palisade_audit_actor ON palisade_audit (actor, sequence);
CREATE INDEX palisade_audit_target ON palisade_audit (target, sequence);
-- Where the chain begins and ends, sealed by it; nothing where there was no record yet. Whoever appends has the row to themselves.
CREATE TABLE palisade_audit_ends (
    place  INTEGER PRIMARY KEY CHECK (place = 1),
    anchor TEXT COLLATE "C" NOT NULL CHECK (length(anchor) <= 256),
    head   TEXT COLLATE "C" NOT NULL CHECK (length(head) <= 256)
);
INSERT INTO palisade_audit_ends (place, anchor, head) VALUES (1, '', '');
