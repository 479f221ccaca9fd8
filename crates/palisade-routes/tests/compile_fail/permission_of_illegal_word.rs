use palisade_core::permissions;

permissions! {
    pub enum Permission {
        ReadModels = "read models",
    }
}

permissions! {
    pub enum Wide in wide {
        Models = "models:*",
    }
}

fn main() {}
