use super::*;
use crate::{Routes, get, public};
use palisade_core::Scope;

const READ: Scope = Scope::from_static("read_models");
const WRITE: Scope = Scope::from_static("write_models");

async fn handler() {}

fn api() -> Routes {
    Routes::new()
        .route("/health", get(handler).public())
        .route(
            "/models",
            get(handler).requires(READ).post(handler).requires(WRITE & READ).body_limit(10 << 20),
        )
        .mount("/docs", public(), axum::Router::new())
        .fallback(get(handler).optional().report_only())
}

#[test]
fn one_line_for_each_method_and_path() {
    let text = "\
# Who may call what. Compared by a test; `PALISADE_LOCK=update cargo test` writes it anew.
GET      *  optional  report-only
ANY      /docs/{*path}  public  mount
GET      /health  public
GET      /models  requires read_models
POST     /models  requires write_models & read_models  body 10 MiB
";
    assert_eq!(api().lock().to_string(), text);
    assert_eq!(Lock::parse(text), api().lock());
    let windows = text.replace('\n', "\r\n");
    assert_eq!(Lock::parse(&windows), api().lock());
}

#[test]
fn the_order_of_declarations_does_not_matter() {
    let other: Routes = Routes::new().route("/b", get(handler).public()).route("/a", get(handler).public());
    let same: Routes = Routes::new().route("/a", get(handler).public()).route("/b", get(handler).public());
    assert_eq!(other.lock(), same.lock());
}

#[test]
fn a_missing_file_is_an_error_until_it_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("security.lock");
    let error = api().lock().check_or_update(&path, false).unwrap_err();
    assert!(error.to_string().contains("PALISADE_LOCK=update"), "{error}");
    assert!(!path.exists());
    api().lock().check_or_update(&path, true).unwrap();
    api().lock().check_or_update(&path, false).unwrap();
}

#[test]
fn an_update_rewrites() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("security.lock");
    fs::write(&path, "GET      /gone  public\n").unwrap();
    let error = api().lock().check_or_update(&path, false).unwrap_err();
    assert!(error.diff().is_some_and(LockDiff::opens), "{error}");
    api().lock().check_or_update(&path, true).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), api().lock().to_string());
}

#[test]
fn a_path_that_cannot_be_read_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let error = api().lock().check_or_update(dir.path(), true).unwrap_err();
    assert!(error.diff().is_none() && std::error::Error::source(&error).is_some(), "{error}");
}

#[test]
fn a_diff_has_one_line_for_each_change() {
    let file = Lock::parse(
        "GET      /docs  public\n\
         GET      /models  requires read_models\n\
         POST     /models  requires write_models\n",
    );
    let routes: Routes = Routes::new()
        .route("/admin", get(handler).authenticated())
        .route("/models", get(handler).public().post(handler).requires(WRITE))
        .route("/open", get(handler).public());
    let diff = LockDiff::between(&file.0, &routes.lock().0);
    assert_eq!(
        diff.to_string(),
        "+ GET      /admin  authenticated\n\
         - GET      /docs  public\n\
         - GET      /models  requires read_models\n\
         + GET      /models  public   ← this route opens\n\
         + GET      /open  public   ← a new public route\n"
    );
    assert!(diff.opens());
}
