use palisade_routes::{Routes, get};

async fn handler() {}

fn main() {
    let _: Routes = Routes::new().route("/models", get(handler));
}
