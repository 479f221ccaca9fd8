use palisade::routes::{Routes, get};

fn main() {
    let _: Routes = Routes::new().route("/models", get(async || "llama-7b"));
}
