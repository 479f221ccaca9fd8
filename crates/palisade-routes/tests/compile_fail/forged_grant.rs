use palisade_core::{Granted, Principal, permissions};
use std::marker::PhantomData;

permissions! {
    pub enum Permission {
        DeleteModels = "delete_models",
    }
}

fn delete(_: &Granted<permission::DeleteModels>) {}

fn main() {
    let principal = Principal::new("static", "admin");
    delete(&Granted { principal, demand: PhantomData });
}
