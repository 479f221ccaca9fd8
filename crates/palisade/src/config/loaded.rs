//! Settings that are good.

use super::{
    build::{self, Assembly, Kept},
    check,
    effective::Effective,
    mistake::{Mistake, Mistakes},
    schema::Config,
    sources::Sources,
};
use serde::{Serialize, de::DeserializeOwned};

/// Settings in which no mistake was found, and where each comes from.
#[derive(Clone, Debug)]
pub struct Loaded {
    config: Config,
    effective: Effective,
}

impl Sources {
    /// The settings of a stack.
    ///
    /// # Errors
    ///
    /// Every mistake there is.
    pub fn load(&self) -> Result<Loaded, Mistakes> {
        self.load_with::<Nothing>().map(|(_, loaded)| loaded)
    }

    /// The settings of a stack, and beside them those of a type of one's own, which has other names on the outermost level; give it
    /// `#[serde(default, deny_unknown_fields)]`.
    ///
    /// # Errors
    ///
    /// Every mistake there is.
    pub fn load_with<T: DeserializeOwned + Serialize>(&self) -> Result<(T, Loaded), Mistakes> {
        let mut document = self.document();
        let own = document.read::<T>();
        let config = document.read::<Config>();
        let findings = config.as_ref().map(check::check).unwrap_or_default();
        document.add(findings.mistakes);
        let mut effective = document.finish()?;
        effective.warn(findings.warnings);
        match (own, config) {
            (Some(own), Some(config)) => Ok((own, Loaded { config, effective })),
            // Not without a mistake, which was told above.
            _ => Err(Mistakes::new()),
        }
    }

    /// What is wrong or unwise, and the settings that would hold: what a command such as `--check` prints. Opens nothing.
    #[must_use]
    pub fn report(&self) -> Report {
        Report(self.load())
    }
}

/// No settings of one's own.
#[derive(serde::Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

impl Loaded {
    /// The settings.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// The settings as they may be shown, and where each comes from.
    #[must_use]
    pub const fn effective(&self) -> &Effective {
        &self.effective
    }

    /// What is allowed and unwise.
    #[must_use]
    pub fn warnings(&self) -> &[Mistake] {
        self.effective.warnings()
    }

    /// Opens stores and logs, reads tokens, and makes the stack. What is unwise is logged at WARN.
    ///
    /// # Errors
    ///
    /// Everything that cannot be opened or used, with the setting's place.
    pub async fn build(&self) -> Result<Assembly, Mistakes> {
        self.build_with(&Kept::default()).await
    }

    pub(super) async fn build_with(&self, kept: &Kept) -> Result<Assembly, Mistakes> {
        let built = build::build(&self.config, kept).await;
        match built {
            Ok(assembly) => {
                for warning in self.warnings() {
                    tracing::warn!(target: "palisade::setup", setting = warning.path(), "{warning}");
                }
                Ok(assembly)
            }
            Err(mistakes) => {
                let mut located = Mistakes::new();
                located.extend(mistakes.into_iter().map(|mistake| self.effective.locate(mistake)));
                Err(located)
            }
        }
    }
}

/// What was found in settings; it prints for people.
#[derive(Clone, Debug)]
pub struct Report(Result<Loaded, Mistakes>);

impl Report {
    /// Whether a service would start with them, as far as that can be told without opening anything.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        self.0.is_ok()
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Ok(loaded) => {
                write!(f, "{}", loaded.effective)?;
                for warning in loaded.warnings() {
                    writeln!(f, "warning: {warning}")?;
                }
                f.write_str("The settings are good.\n")
            }
            Err(mistakes) => {
                for mistake in mistakes.iter() {
                    writeln!(f, "error: {mistake}")?;
                }
                Ok(())
            }
        }
    }
}
