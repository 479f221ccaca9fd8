//! Settings that change while a service runs.

use super::{
    build::{Assembly, Kept},
    loaded::Loaded,
    mistake::{Mistake, Mistakes},
    sources::Sources,
};
use crate::{
    Stack, StackError, StackErrors,
    protected::{Protected, Replace},
};
use arc_swap::ArcSwap;
use palisade_core::{Event, EventSink, Tracing};
use palisade_routes::Routes;
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

type Make = dyn Fn(&Assembly) -> (Stack, Routes<()>) + Send + Sync;

/// Reads settings again, and puts what they say in the place of what was said before: all of it, or nothing.
///
/// Each request meets one version from beginning to end. Counters, API keys, the access log and the audit log are those of the start,
/// so that nobody gets a fresh quota by a reload; settings of those that differ are a mistake that asks for a new start.
///
/// ```
/// use palisade::config::{Reload, Sources};
/// use palisade::routes::{Routes, get};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("palisade.toml");
/// std::fs::write(&path, "auth = \"disabled\"")?;
/// let routes = |_: &_| Routes::new().route("/", get(async || "ok").public());
/// let (app, settings) = Reload::start(Sources::new().file(&path), routes).await?;
///
/// std::fs::write(&path, "auth = \"\"")?;
/// assert!(settings.reload().await.is_err()); // and `app` is as it was
/// # let _ = app;
/// # Ok(()) }
/// ```
pub struct Reload {
    sources: Sources,
    make: Box<Make>,
    kept: Kept,
    current: ArcSwap<Running>,
    replace: Replace,
    version: AtomicU64,
    busy: AtomicBool,
}

/// The settings in force, and what was made of them.
struct Running {
    loaded: Loaded,
    assembly: Assembly,
}

impl Reload {
    /// Reads the settings, and protects the routes that are made of them; they are made again at every reload.
    ///
    /// # Errors
    ///
    /// Every mistake in the settings, or in the routes.
    pub async fn start<R>(sources: Sources, routes: R) -> Result<(Protected, Self), Mistakes>
    where
        R: Fn(&Assembly) -> Routes<()> + Send + Sync + 'static,
    {
        Self::start_with(sources, move |assembly| (assembly.stack.clone(), routes(assembly))).await
    }

    /// As [`start`](Self::start), for services that change the stack too, such as by a kind of credentials that settings cannot name: both
    /// are made again at every reload.
    ///
    /// ```
    /// use palisade::config::{Reload, Sources};
    /// use palisade::routes::{Routes, get};
    /// use palisade::{Permissions, Scope};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    /// # let toml = format!("[[auth.tokens]]\nname = \"ci\"\nsha256 = \"{digest}\"");
    /// let (read, write) = (Scope::from_static("read_models"), Scope::from_static("write_models"));
    /// let permissions = Permissions::declare([read.clone(), write.clone()]).implies(write, [read]).build()?;
    /// let (app, settings) = Reload::start_with(Sources::new().text("palisade.toml", toml), move |assembly| {
    ///     let stack = assembly.stack.clone().map_auth(|auth| auth.permissions(permissions.clone()));
    ///     (stack, Routes::new().route("/", get(async || "ok").authenticated()))
    /// })
    /// .await?;
    /// # let _ = (app, settings);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Every mistake in the settings, or in the stack and its routes.
    pub async fn start_with<M>(sources: Sources, make: M) -> Result<(Protected, Self), Mistakes>
    where
        M: Fn(&Assembly) -> (Stack, Routes<()>) + Send + Sync + 'static,
    {
        let kept = Kept::default();
        let loaded = sources.load()?;
        let (protected, running) = assemble(loaded, &kept, &make).await?;
        let (protected, replace) = protected.replaceable();
        let (current, make) = (ArcSwap::from_pointee(running), Box::new(make));
        let (version, busy) = (AtomicU64::new(0), AtomicBool::new(false));
        Ok((protected, Self { sources, make, kept, current, replace, version, busy }))
    }

    /// Reads the settings again. The event that tells how it went is in the audit log too, where there is one.
    ///
    /// # Errors
    ///
    /// Every mistake, and everything that is as it was before.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is done, everything is as it was before.
    pub async fn reload(&self) -> Result<u64, Mistakes> {
        let Some(_turn) = Turn::take(&self.busy) else {
            return Err(one(Mistake::new("", "settings are being read again already")));
        };
        match self.read_again().await {
            Ok(()) => {
                let version = self.version.fetch_add(1, Ordering::Relaxed) + 1;
                self.tell(&Event::SettingsReloaded { version });
                Ok(version)
            }
            Err(mistakes) => {
                self.tell(&Event::SettingsNotReloaded { reason: mistakes.to_string() });
                Err(mistakes)
            }
        }
    }

    /// The settings in force.
    #[must_use]
    pub fn loaded(&self) -> Loaded {
        self.current.load().loaded.clone()
    }

    /// What was made of the settings in force.
    #[must_use]
    pub fn assembly(&self) -> Assembly {
        self.current.load().assembly.clone()
    }

    async fn read_again(&self) -> Result<(), Mistakes> {
        let loaded = self.sources.load()?;
        let fixed = Kept::judge(self.loaded().config(), loaded.config());
        let mut located = Mistakes::new();
        located.extend(fixed.into_iter().map(|mistake| loaded.effective().locate(mistake)));
        located.into_result()?;
        let (protected, running) = assemble(loaded, &self.kept, &*self.make).await?;
        self.current.store(Arc::new(running));
        self.replace.by(protected);
        Ok(())
    }

    fn tell(&self, event: &Event) {
        Tracing.emit(event);
        #[cfg(feature = "observe")]
        if let Some(audit) = &self.current.load().assembly.audit {
            audit.emit(event);
        }
    }
}

async fn assemble(loaded: Loaded, kept: &Kept, make: &Make) -> Result<(Protected, Running), Mistakes> {
    let assembly = loaded.build_with(kept).await?;
    let (stack, routes) = make(&assembly);
    let protected = stack.protect(routes);
    let protected = protected.map_err(|errors| of_stack(&errors, &loaded))?;
    Ok((protected, Running { loaded, assembly }))
}

/// What only shows when routes are there.
fn of_stack(errors: &StackErrors, loaded: &Loaded) -> Mistakes {
    let mut mistakes = Mistakes::new();
    for error in errors.iter() {
        let path = match error {
            StackError::Limit { name: "address_limit", .. } => "limits.address",
            StackError::Limit { name: "principal_limit", .. } => "limits.principal",
            StackError::Limit { .. } => "limits.in_flight",
            StackError::LimitSecret => "limits.secret",
            StackError::Cors(_) => "server.cors_origins",
            StackError::NoKind | StackError::SeveralOpaque { .. } => "auth",
            StackError::KeptHere { .. } => "several_nodes",
            StackError::HeadLimit { .. } => "server",
            _ => "",
        };
        let text = error.to_string();
        // Some say themselves where it is.
        let what = text.strip_prefix(path).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(&text);
        mistakes.push(loaded.effective().locate(Mistake::new(path, what)));
    }
    mistakes
}

fn one(mistake: Mistake) -> Mistakes {
    let mut mistakes = Mistakes::new();
    mistakes.push(mistake);
    mistakes
}

/// One at a time.
struct Turn<'b>(&'b AtomicBool);

impl<'b> Turn<'b> {
    fn take(busy: &'b AtomicBool) -> Option<Self> {
        (!busy.swap(true, Ordering::Acquire)).then_some(Self(busy))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl fmt::Debug for Reload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reload")
            .field("sources", &self.sources)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}
