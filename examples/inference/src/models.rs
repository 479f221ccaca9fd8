//! The models on offer.

mod registration;

use crate::generator::{Model, bundled};
use std::sync::{Arc, PoisonError, RwLock};
use thiserror::Error;

pub use registration::{MAX_TEXT, Registration};

/// The most models at once, the bundled ones included.
pub const MOST: usize = 16;

/// The models on offer, in the order they are listed. Those that were registered are gone when the process ends.
#[derive(Debug)]
pub struct Models(RwLock<Vec<Arc<Model>>>);

/// Why there is no such model now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NotAdded {
    /// There is one of this name.
    #[error("there is a model of this name; delete it first")]
    Taken,
    /// There are as many as there can be.
    #[error("there are {MOST} models; delete one first")]
    Full,
}

impl Models {
    /// The bundled ones.
    #[must_use]
    pub fn bundled() -> Self {
        Self(RwLock::new(bundled().into_iter().map(Arc::new).collect()))
    }

    /// All of them.
    #[must_use]
    pub fn list(&self) -> Vec<Arc<Model>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The one called so, spelled exactly so.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Arc<Model>> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .find(|model| model.name() == name)
            .cloned()
    }

    /// Whether one of this name could be added now.
    ///
    /// # Errors
    ///
    /// Where it could not.
    pub fn admits(&self, name: &str) -> Result<(), NotAdded> {
        admits(&self.0.read().unwrap_or_else(PoisonError::into_inner), name)
    }

    /// Adds one.
    ///
    /// # Errors
    ///
    /// Where there is one of its name, or there are as many as there can be.
    pub fn add(&self, model: Arc<Model>) -> Result<(), NotAdded> {
        let mut models = self.0.write().unwrap_or_else(PoisonError::into_inner);
        admits(&models, model.name())?;
        models.push(model);
        Ok(())
    }

    /// Takes one away; whoever is using it goes on with it.
    pub fn remove(&self, name: &str) -> Option<Arc<Model>> {
        let mut models = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let at = models.iter().position(|model| model.name() == name)?;
        Some(models.remove(at))
    }
}

fn admits(models: &[Arc<Model>], name: &str) -> Result<(), NotAdded> {
    if models.iter().any(|model| model.name() == name) {
        Err(NotAdded::Taken)
    } else if models.len() >= MOST {
        Err(NotAdded::Full)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_an_end_to_them() {
        let models = Models::bundled();
        let text = "one two three four ".repeat(5);
        let add = |n: usize| models.add(Arc::new(Model::train(&format!("m{n}"), "", 2, &text, "").unwrap()));
        for n in 3..MOST {
            add(n).unwrap();
        }
        assert_eq!((add(99), models.admits("m4")), (Err(NotAdded::Full), Err(NotAdded::Taken)));
        assert!(
            models.remove("m4").is_some() && models.remove("m4").is_none() && models.find("m4").is_none()
        );
        add(99).unwrap();
        assert_eq!((models.list().len(), models.find("m99").unwrap().name()), (MOST, "m99"));
    }
}
