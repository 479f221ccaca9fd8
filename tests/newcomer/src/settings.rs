//! What may be set beside the stack.

use palisade::config::{Confidential, Effective, Mistake, Mistakes};
use palisade::limit::Plans;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

/// What may be set beside the stack.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Its name in the tokens that it issues.
    pub issuer: String,
    /// The directory of the keys that sign these.
    pub signing_keys: PathBuf,
    /// The password of the first user.
    pub admin_password: Option<Confidential>,
    /// Quotas by plan; `default` for callers without one.
    pub plans: BTreeMap<String, String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            issuer: "https://notes.example".to_owned(),
            signing_keys: "./data/signing-keys".into(),
            admin_password: None,
            plans: BTreeMap::new(),
        }
    }
}

impl Settings {
    /// The names of plans that keys can be given.
    pub fn plan_names(&self) -> impl Iterator<Item = &str> {
        self.plans.keys().map(String::as_str).filter(|name| *name != "default")
    }

    /// The quotas of all plans.
    ///
    /// # Errors
    ///
    /// What is no quota, with its place.
    pub fn plans(&self, effective: &Effective) -> Result<Plans, Mistakes> {
        let at = |name: &str, what: &dyn std::fmt::Display| {
            let mut mistakes = Mistakes::new();
            mistakes.push(effective.locate(Mistake::new(format!("plans.{name}"), what)));
            mistakes
        };
        let default = self.plans.get("default").map_or("60/minute", String::as_str);
        let mut plans = Plans::new(default).map_err(|error| at("default", &error))?;
        for (name, quotas) in self.plans.iter().filter(|(name, _)| *name != "default") {
            plans = plans.plan(name, quotas.as_str()).map_err(|error| at(name, &error))?;
        }
        Ok(plans)
    }
}
