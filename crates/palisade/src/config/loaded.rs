//! Settings that are good.

use super::{
    build::{self, Assembly, Kept},
    check,
    effective::Effective,
    given,
    mistake::{Mistake, Mistakes},
    schema::Config,
    sources::Sources,
};
use palisade_core::Permissions;
use palisade_routes::Routes;
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
        self.load_judged(|own, _, _, _| own)
    }

    /// As [`load_with`](Self::load_with), and what `judge` makes of one's own settings: it may find mistakes, which are told with all others,
    /// and put what the program wants into the settings of the stack before they are checked. Settings that could not be read are their
    /// defaults there.
    ///
    /// ```
    /// use palisade::config::{Mistake, Sources};
    ///
    /// #[derive(Default, serde::Deserialize, serde::Serialize)]
    /// #[serde(default, deny_unknown_fields)]
    /// struct Own { speed: Option<u32> }
    ///
    /// let sources = Sources::new().text("app.toml", "auth = \"disabled\"\nspeed = 0");
    /// let told = sources.load_judged(|own: Own, config, effective, mistakes| {
    ///     match own.speed {
    ///         Some(0) => mistakes.push(Mistake::new("speed", "nobody could call")),
    ///         Some(speed) => config.limits.address = Some(format!("{speed}/second")),
    ///         None => {}
    ///     }
    ///     // It stands for a setting of the stack: mistakes there are told with its place.
    ///     effective.follow("limits.address", "speed");
    /// });
    /// assert_eq!(told.map(drop).unwrap_err().to_string(), "app.toml:2: speed: nobody could call");
    /// ```
    ///
    /// # Errors
    ///
    /// Every mistake there is.
    pub fn load_judged<T, R>(
        &self,
        judge: impl FnOnce(T, &mut Config, &mut Effective, &mut Mistakes) -> R,
    ) -> Result<(R, Loaded), Mistakes>
    where
        T: DeserializeOwned + Serialize,
    {
        let mut document = self.document();
        let mut found = Mistakes::new();
        let (own, config) = (document.read::<T>(), document.read::<Config>());
        let read = own.zip(config).map(|(own, mut config)| {
            let made = judge(own, &mut config, document.effective_mut(), &mut found);
            document.effective_mut().show_again(&config);
            (made, config)
        });
        let findings = read.as_ref().map(|(_, config)| check::check(config)).unwrap_or_default();
        document.add(found);
        document.add(findings.mistakes);
        let mut effective = document.finish()?;
        effective.warn(findings.warnings);
        // Nothing was read only where there was a mistake.
        let (made, config) = read.ok_or_else(Mistakes::new)?;
        Ok((made, Loaded { config, effective }))
    }

    /// What is wrong or unwise, and the settings that would hold: what a command such as `--check` prints. See
    /// [`Loaded::rehearse`].
    #[must_use]
    pub fn report(&self) -> Report {
        let loaded = self.load();
        Report { loaded: loaded.and_then(|loaded| loaded.rehearse().map(|()| loaded)), more: Vec::new() }
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

    /// Finds out what would keep [`build`](Self::build) from its work, as far as that can be told without making a file or a directory,
    /// taking a store from whoever has it, or asking a server: reads tokens, certificates and authorities, and looks at files of
    /// stores and logs.
    ///
    /// # Errors
    ///
    /// What `build` would say.
    pub fn rehearse(&self) -> Result<(), Mistakes> {
        self.located(build::rehearse(&self.config)).into_result()
    }

    fn located(&self, mistakes: Mistakes) -> Mistakes {
        let mut located = Mistakes::new();
        located.extend(mistakes.into_iter().map(|mistake| self.effective.locate(mistake)));
        located
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
            Ok(mut assembly) => {
                assembly.stack.given = given::all(&self.config, &self.effective);
                // That nobody is asked who they are, the stack says itself.
                for warning in self.warnings().iter().filter(|warning| warning.path() != "auth") {
                    tracing::warn!(target: "palisade::setup", setting = warning.path(), "{warning}");
                }
                Ok(assembly)
            }
            Err(mistakes) => Err(self.located(mistakes)),
        }
    }
}

/// What was found in settings; it prints for people.
#[derive(Clone, Debug)]
pub struct Report {
    loaded: Result<Loaded, Mistakes>,
    /// What is unwise beside routes.
    more: Vec<Mistake>,
}

impl Report {
    /// Whether a service would start with them, as far as [`Loaded::rehearse`] can tell.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        self.loaded.is_ok()
    }

    /// The same, which also tells of scopes among the settings that none of these routes asks for and that none of these permissions are.
    ///
    /// ```
    /// use palisade::config::Sources;
    /// use palisade::routes::{Routes, get};
    /// use palisade::{Permissions, Scope};
    ///
    /// let digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    /// let toml = format!("[[auth.tokens]]\nname = \"ci\"\nscopes = [\"read_modles\"]\nsha256 = \"{digest}\"");
    /// let routes: Routes = Routes::new().route("/", get(async || "ok").requires(Scope::from_static("read_models")));
    /// let report = Sources::new().text("app.toml", toml).report().beside(&routes, &Permissions::default());
    /// assert!(report.is_good());
    /// assert!(report.to_string().contains("auth.tokens[0].scopes[0]: no route asks for this scope; did you mean `read_models`?"));
    /// ```
    #[must_use]
    pub fn beside<S>(mut self, routes: &Routes<S>, permissions: &Permissions) -> Self {
        if let Ok(loaded) = &self.loaded {
            let given = given::all(&loaded.config, &loaded.effective);
            self.more = given::unasked(&given, routes, Some(permissions));
        }
        self
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.loaded {
            Ok(loaded) => {
                write!(f, "{}", loaded.effective)?;
                for warning in loaded.warnings().iter().chain(&self.more) {
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
