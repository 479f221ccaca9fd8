use palisade_core::permissions;

permissions! {
    pub enum Permission {
        ReadModels = "read_models",
        ListModels = "read_models",
    }
}

fn main() {}
