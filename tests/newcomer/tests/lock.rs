//! The routes are those of the committed file.

mod common;

use palisade::routes::assert_lock;

#[tokio::test]
async fn routes_are_those_of_the_lock() {
    let directory = tempfile::tempdir().unwrap();
    let service = common::open(directory.path(), "").await;
    assert_lock!(service.routes(), "security.lock");
}
