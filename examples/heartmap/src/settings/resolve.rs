//! From sources to settings.

use super::{
    args::Args,
    secrets::Secrets,
    written::{Written, sources},
};
use palisade::{
    NetworkRules,
    config::{
        AccessLogSettings, AuditSettings, AuthSettings, Config, Effective, Loaded, LogFormat, Mistake,
        Mistakes, StoreUrl, SuspicionSettings,
    },
    keys::Tenant,
};
use std::{
    collections::BTreeSet,
    fmt,
    io::{self, IsTerminal as _},
    net::SocketAddr,
    ops::RangeInclusive,
};

/// What the sources came to.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The largest file that is taken, in bytes.
    pub max_file: usize,
    /// How many files are read at once.
    pub threads: usize,
    /// Who is served.
    pub tenants: Vec<Tenant>,
    /// What is kept secret.
    pub secrets: Secrets,
    /// What is allowed and unwise, a line each.
    pub warnings: Vec<String>,
}

const MAX_FILE_MIB: RangeInclusive<usize> = 1..=512;
const THREADS: RangeInclusive<usize> = 1..=16;
const TENANTS: RangeInclusive<usize> = 1..=16;

/// Finds every setting in its strongest source: those of the program, and those of the stack in front of it.
///
/// # Errors
///
/// Every mistake there is. No message repeats a secret.
pub fn resolve(args: &Args) -> Result<(Settings, Loaded), Mistakes> {
    let judged = sources(args).load_judged(|written: Written, config, effective, mistakes| {
        let settings = settings(&written, &mut Judge(mistakes));
        stack(&written, config, effective, mistakes);
        settings
    });
    let (settings, loaded) = judged?;
    let mut settings = settings.ok_or_else(Mistakes::new)?;
    let audit = loaded.config().audit.as_ref();
    if audit.is_some_and(|audit| audit.store.expose() != "memory" && audit.key.is_none()) {
        let warning =
            "the audit log has no key: whoever can write it can change it unseen; set HEARTMAP_AUDIT_KEY";
        settings.warnings.push(warning.to_owned());
    }
    Ok((settings, loaded))
}

/// Whoever looks at settings, and what is wrong with them.
pub(super) struct Judge<'m>(&'m mut Mistakes);

impl Judge<'_> {
    pub(super) fn good<T, E: fmt::Display>(&mut self, path: &str, made: Result<T, E>) -> Option<T> {
        made.map_err(|fault| self.0.push(Mistake::new(path, fault))).ok()
    }
}

/// What is written beside the stack, as the program uses it; nothing where there is a mistake.
fn settings(written: &Written, judge: &mut Judge<'_>) -> Option<Settings> {
    let listen = written.listen.as_ref().map(|text| judge.good("listen", text.parse::<SocketAddr>()));
    let mib = written.max_file_mib.map(|mib| judge.good("max_file_mib", number(mib, &MAX_FILE_MIB)));
    let threads = written.threads.map(|many| judge.good("threads", number(many, &THREADS)));
    let tenants = written.tenants.as_ref().map(|names| judge.good("tenants", tenant_list(names)));
    let secrets = Secrets::find(written, judge);
    Some(Settings {
        listen: listen.unwrap_or(Some(SocketAddr::from(([127, 0, 0, 1], 8002))))?,
        max_file: mib.unwrap_or(Some(64))? << 20,
        threads: threads.unwrap_or(Some(2))?,
        tenants: tenants.unwrap_or_else(|| tenant_list(&["lab".to_owned()]).ok())?,
        secrets,
        warnings: Vec::new(),
    })
}

/// What stands in front of the program, unless the operator says something else.
fn stack(written: &Written, config: &mut Config, effective: &mut Effective, mistakes: &mut Mistakes) {
    if config.auth.is_some() {
        let what = "callers are known by keys of this program and by its login; leave it out";
        mistakes.push(Mistake::new("auth", what));
    }
    config.auth = Some(AuthSettings::Application);
    for (path, list) in [("allow", &written.allow), ("deny", &written.deny)] {
        let Some(list) = list else { continue };
        let rules = match path {
            "allow" => NetworkRules::new().allow(list).map(drop),
            _ => NetworkRules::new().deny(list).map(drop),
        };
        match rules {
            Ok(()) if path == "allow" => config.server.allow.extend(list.iter().cloned()),
            Ok(()) => config.server.deny.extend(list.iter().cloned()),
            Err(fault) => mistakes.push(Mistake::new(path, fault)),
        }
        effective.follow(&format!("server.{path}"), path);
    }
    config.limits.address.get_or_insert_with(|| "20/second burst 60".to_owned());
    if config.limits.plans.is_empty() {
        config.limits.principal.get_or_insert_with(|| "120/minute burst 60".to_owned());
    }
    config.errors.dress_rejections = true;
    let audit = config.audit.get_or_insert_with(AuditSettings::default);
    if let Some(path) = &written.audit_file {
        audit.store = StoreUrl::new(format!("file:{path}"));
        effective.follow("audit.store", "audit_file");
    }
    config.suspicions.get_or_insert_with(|| {
        let mut suspicions = SuspicionSettings::default();
        suspicions.unauthenticated = Some(20);
        suspicions.junk = Some(10);
        suspicions.forbidden = Some(20);
        suspicions
    });
    // A line for every request, for people on a terminal and for machines where it is collected.
    if written.quiet == Some(true) {
        config.access_log = None;
    } else {
        config.access_log.get_or_insert_with(|| {
            let mut log = AccessLogSettings::default();
            log.format = if io::stdout().is_terminal() { LogFormat::Text } else { LogFormat::Json };
            log
        });
    }
}

fn number(number: u64, bounds: &RangeInclusive<usize>) -> Result<usize, String> {
    let number = usize::try_from(number).ok().filter(|number| bounds.contains(number));
    number.ok_or_else(|| format!("not a number from {} to {}", bounds.start(), bounds.end()))
}

fn tenant_list(names: &[String]) -> Result<Vec<Tenant>, String> {
    let distinct: BTreeSet<&String> = names.iter().collect();
    let good = |name: &String| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    if distinct.len() != names.len() || !TENANTS.contains(&names.len()) || !names.iter().all(good) {
        return Err("not 1 to 16 different names of small letters and digits".to_owned());
    }
    names.iter().map(|name| name.parse().map_err(|_| "a name is too long".to_owned())).collect()
}
