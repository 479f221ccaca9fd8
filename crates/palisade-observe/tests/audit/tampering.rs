//! Whoever changes a file is told on.

use crate::support::{entries, keyed, open, place};
use palisade_core::{Secret, UnixTime};
use palisade_observe::audit::{AuditErrorKind, AuditLog, Chain, Fault, FaultKind, FileAudit, Sync};
use std::{fs, path::Path};

/// A log of ten records, what a stranger does to its lines while it is open, and the record that is named.
async fn check(tamper: impl Fn(&mut Vec<String>), expected: Option<(u64, FaultKind)>) {
    let (_directory, path) = place();
    let log = open(&path).unwrap();
    log.append(entries(0..10)).await.unwrap();
    rewrite(&path, tamper);
    let found = log.verify(None).await.unwrap();
    let fault = found.fault.map(|Fault { sequence, kind, .. }| (sequence, kind));
    assert_eq!(fault, expected);
    assert_eq!(found.records, expected.map_or(10, |(sequence, _)| sequence.saturating_sub(1)));
}

/// In place, as an editor does that keeps the file's length where it can.
fn rewrite(path: &Path, tamper: impl Fn(&mut Vec<String>)) {
    let mut lines: Vec<_> = fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect();
    tamper(&mut lines);
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    fs::write(path, text).unwrap();
}

#[tokio::test]
async fn a289_a_record_that_was_changed_deleted_moved_or_cut_off_is_named() {
    check(|_| {}, None).await;
    for at in [0_usize, 4, 9] {
        let n = at as u64 + 1;
        check(|lines| lines[at] = lines[at].replace("user:1", "user:2"), Some((n, FaultKind::Altered))).await;
        check(|lines| lines[at] = lines[at].replace("\"done\"", "\"dono\""), Some((n, FaultKind::Altered)))
            .await;
        check(
            |lines| lines[at] = lines[at].replacen("{\"hash\":\"", "{\"hash\":\"0", 1),
            Some((n, FaultKind::Unreadable)),
        )
        .await;
        check(|lines| lines[at].truncate(40), Some((n, FaultKind::Unreadable))).await;
        check(|lines| drop(lines.remove(at)), Some((n, FaultKind::Missing))).await;
        check(|lines| lines.truncate(at), Some((n, FaultKind::Missing))).await;
        check(|lines| lines[at] = "x".repeat(200_000), Some((n, FaultKind::Unreadable))).await;
    }
    for (one, other) in [(0, 1), (3, 8), (8, 9)] {
        check(|lines| lines.swap(one, other), Some((one as u64 + 1, FaultKind::Missing))).await;
    }
    // A record twice, and one from elsewhere.
    check(|lines| lines.insert(5, lines[4].clone()), Some((6, FaultKind::Missing))).await;
    check(|lines| lines.insert(5, "{}".to_owned()), Some((6, FaultKind::Unreadable))).await;
}

#[tokio::test]
async fn a289_whoever_has_no_key_makes_no_chain_that_holds() {
    let (_directory, path) = place();
    let log = open(&path).unwrap();
    log.append(entries(0..10)).await.unwrap();
    let (_other, forged) = place();
    let forger = FileAudit::open(&forged, Chain::plain(), Sync::Always).unwrap();
    forger.append(entries(100..110)).await.unwrap();
    fs::copy(&forged, &path).unwrap();
    let found = log.verify(None).await.unwrap();
    assert_eq!(found.fault.map(|fault| fault.sequence), Some(1));
    // With the mark of the end, too.
    fs::copy(forged.with_extension("jsonl.head"), path.with_extension("jsonl.head")).unwrap();
    let found = log.verify(None).await.unwrap();
    assert_eq!(found.fault.map(|fault| fault.kind), Some(FaultKind::Mark));
}

#[tokio::test]
async fn an_anchor_cannot_be_made_up() {
    let (_directory, path) = place();
    let log = open(&path).unwrap();
    log.append(entries(0..10)).await.unwrap();
    log.prune(UnixTime::from_secs(1_800_000_005)).await.unwrap();
    assert_eq!(log.verify(None).await.unwrap().fault, None);
    // The anchor is line 1, records 6 to 10 follow.
    rewrite(&path, |lines| drop(lines.remove(1)));
    assert_eq!(log.verify(None).await.unwrap().fault.unwrap().sequence, 6);
    rewrite(&path, |lines| lines[0] = lines[0].replacen("\"5 ", "\"6 ", 1));
    assert_eq!(log.verify(None).await.unwrap().fault.unwrap().kind, FaultKind::Mark);
    rewrite(&path, |lines| drop(lines.remove(0)));
    assert_eq!(log.verify(None).await.unwrap().fault.unwrap().sequence, 1);
}

#[tokio::test]
async fn a_log_that_was_cut_off_or_has_another_key_is_not_opened() {
    let (_directory, path) = place();
    open(&path).unwrap().append(entries(0..10)).await.unwrap();
    let kind = |opened: Result<FileAudit, _>| {
        opened.err().map(|error: palisade_observe::audit::AuditError| error.kind())
    };
    let other = Chain::keyed(&Secret::new("another key of an audit chain")).unwrap();
    assert_eq!(kind(FileAudit::open(&path, other, Sync::Always)), Some(AuditErrorKind::Tampered));
    assert_eq!(kind(FileAudit::open(&path, Chain::plain(), Sync::Always)), Some(AuditErrorKind::Tampered));
    assert_eq!(kind(open(&path)), None);
    let whole = fs::read(&path).unwrap();
    rewrite(&path, |lines| lines.truncate(9));
    assert_eq!(kind(open(&path)), Some(AuditErrorKind::Tampered));
    fs::write(&path, "").unwrap();
    assert_eq!(kind(open(&path)), Some(AuditErrorKind::Tampered));
    fs::write(&path, whole).unwrap();
    fs::remove_file(path.with_extension("jsonl.head")).unwrap();
    assert_eq!(kind(open(&path)), Some(AuditErrorKind::Tampered));
    assert_eq!(
        Chain::keyed(&Secret::new("short")).unwrap_err().to_string(),
        "the key of an audit chain is shorter than 16 bytes: make one with `openssl rand -hex 32`"
    );
    assert!(keyed().is_keyed());
}

#[tokio::test]
async fn a_check_finds_what_an_opening_would_and_makes_nothing() {
    let check = async |spoil: fn(&Path), expected: Option<AuditErrorKind>| {
        let (directory, path) = place();
        open(&path).unwrap().append(entries(0..10)).await.unwrap();
        spoil(&path);
        let files = || {
            let names = fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap().path());
            let mut files: Vec<_> = names.map(|path| (fs::read(&path).unwrap(), path)).collect();
            files.sort();
            files
        };
        let before = files();
        let checked = FileAudit::check(&path, &keyed()).err().map(|error| error.kind());
        assert_eq!(files(), before);
        assert_eq!(checked, expected);
        assert_eq!(open(&path).err().map(|error| error.kind()), expected);
    };
    check(|_| {}, None).await;
    check(|path| rewrite(path, |lines| lines.truncate(9)), Some(AuditErrorKind::Tampered)).await;
    check(|path| fs::write(path, "").unwrap(), Some(AuditErrorKind::Tampered)).await;
    check(|path| fs::remove_file(path).unwrap(), Some(AuditErrorKind::Tampered)).await;
    check(|path| fs::remove_file(path.with_extension("jsonl.head")).unwrap(), Some(AuditErrorKind::Tampered))
        .await;
    let all = |path: &Path| {
        fs::remove_file(path).unwrap();
        fs::remove_file(path.with_extension("jsonl.head")).unwrap();
    };
    check(all, None).await;
}

#[cfg(unix)]
#[test]
fn files_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let (directory, path) = place();
    fs::write(&path, "").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    let _log = open(&path).unwrap();
    for file in fs::read_dir(directory.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
    }
}
