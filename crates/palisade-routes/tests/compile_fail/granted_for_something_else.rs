use palisade_core::{Granted, permissions};

permissions! {
    pub enum Permission {
        ReadModels = "read_models",
        DeleteModels = "delete_models",
    }
}

fn delete(_: &Granted<permission::DeleteModels>) {}

async fn handler(granted: Granted<permission::ReadModels>) {
    delete(&granted);
}

fn main() {
    let _ = handler;
}
