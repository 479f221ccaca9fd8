use palisade_core::permissions;
use palisade_routes::{Routes, get};

permissions! {
    pub enum Permission {
        ReadModels = "read_models",
    }
}

fn main() {
    let _: Routes = Routes::new().route("/models", get(async || "[]").requires(Permission::ReadModel));
}
