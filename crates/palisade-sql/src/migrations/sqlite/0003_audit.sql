-- Records in a chain. What is bound is the record; the columns before it are what statements compare.
CREATE TABLE palisade_audit (
    sequence INTEGER PRIMARY KEY NOT NULL CHECK (sequence > 0),
    time     INTEGER NOT NULL,
    act      TEXT NOT NULL CHECK (length(act) <= 512),
    actor    TEXT CHECK (length(actor) <= 512),
    target   TEXT CHECK (length(target) <= 512),
    hash     TEXT NOT NULL CHECK (length(hash) = 64),
    record   TEXT NOT NULL CHECK (length(record) <= 65536)
) STRICT;
CREATE INDEX palisade_audit_time ON palisade_audit (time);
CREATE INDEX palisade_audit_act ON palisade_audit (act, sequence);
CREATE INDEX palisade_audit_actor ON palisade_audit (actor, sequence);
CREATE INDEX palisade_audit_target ON palisade_audit (target, sequence);
-- Where the chain begins and ends, sealed by it; nothing where there was no record yet.
CREATE TABLE palisade_audit_ends (
    place  INTEGER PRIMARY KEY CHECK (place = 1),
    anchor TEXT NOT NULL CHECK (length(anchor) <= 256),
    head   TEXT NOT NULL CHECK (length(head) <= 256)
) STRICT;
INSERT INTO palisade_audit_ends (place, anchor, head) VALUES (1, '', '');
