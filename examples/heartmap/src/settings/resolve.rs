//! From sources to settings.

use super::{
    args::Args,
    mistake::Mistake,
    secrets::Secrets,
    sources::{Env, Read, Sources},
};
use palisade::{NetworkRules, Networks, keys::Tenant};
use std::{collections::BTreeSet, net::SocketAddr, ops::RangeInclusive, path::PathBuf};

/// What the sources came to.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The largest file that is taken, in bytes.
    pub max_file: usize,
    /// How many files are read at once.
    pub threads: usize,
    /// From where requests are taken; from everywhere unless set.
    pub networks: Option<Networks>,
    /// Who is served.
    pub tenants: Vec<Tenant>,
    /// The audit log; in memory unless set.
    pub audit_file: Option<PathBuf>,
    /// Whether no line is written for each request.
    pub quiet: bool,
    /// What is kept secret.
    pub secrets: Secrets,
    /// What is allowed and unwise, a line each.
    pub warnings: Vec<String>,
}

const MAX_FILE_MIB: RangeInclusive<usize> = 1..=512;
const THREADS: RangeInclusive<usize> = 1..=16;
const TENANTS: RangeInclusive<usize> = 1..=16;

/// Finds every setting in its strongest source; `env` looks up an environment variable, `read` reads a file.
///
/// # Errors
///
/// Every mistake there is. No message repeats a secret.
pub fn resolve(args: &Args, env: Env<'_>, read: Read<'_>) -> Result<Settings, Vec<Mistake>> {
    let mut sources = Sources { env, mistakes: Vec::new() };
    let file = sources.file(args, read);
    let text = |number: Option<u64>| number.map(|number| number.to_string());
    let joined = |list: Option<Vec<String>>| list.map(|list| list.join(","));

    let listen = sources.find("listen", args.listen.as_ref(), file.listen);
    let listen = sources.parsed(listen, |text| text.parse());
    let mib = sources.find("max_file_mib", args.max_file_mib.as_ref(), text(file.max_file_mib));
    let mib = sources.parsed(mib, |text| number(text, &MAX_FILE_MIB)).unwrap_or(64);
    let threads = sources.find("threads", args.threads.as_ref(), text(file.threads));
    let threads = sources.parsed(threads, |text| number(text, &THREADS)).unwrap_or(2);
    let allow = sources.find("allow", args.allow.as_ref(), joined(file.allow));
    let allow = sources.parsed(allow, |text| NetworkRules::new().allow(list(text)));
    let deny = sources.find("deny", args.deny.as_ref(), joined(file.deny));
    let deny = sources.parsed(deny, |text| {
        let denied = list(text);
        allow.clone().unwrap_or_default().deny(denied)
    });
    let networks = deny.or(allow).map(Networks::new);
    let tenants = sources.find("tenants", args.tenants.as_ref(), joined(file.tenants));
    let tenants = sources.parsed(tenants, tenant_list);
    let audit_file = sources.find("audit_file", args.audit_file.as_ref(), file.audit_file);
    let audit_file = audit_file.map(|(_, path)| PathBuf::from(path));
    let quiet = sources.find(
        "quiet",
        args.quiet.then(|| "true".to_owned()).as_ref(),
        file.quiet.map(|it| it.to_string()),
    );
    let quiet = sources.parsed(quiet, |text| text.parse().map_err(|_| "write true or false"));
    let secrets = Secrets::find(&mut sources);

    let (Some(secrets), true) = (secrets, sources.mistakes.is_empty()) else { return Err(sources.mistakes) };
    let mut warnings = Vec::new();
    if audit_file.is_some() && !secrets.chain.is_keyed() {
        warnings.push(
            "the audit log has no key: whoever can write it can change it unseen; set HEARTMAP_AUDIT_KEY"
                .to_owned(),
        );
    }
    Ok(Settings {
        listen: listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8002))),
        max_file: mib << 20,
        threads,
        networks,
        tenants: match tenants {
            Some(tenants) => tenants,
            None => tenant_list("lab").unwrap_or_default(),
        },
        audit_file,
        quiet: quiet.unwrap_or(false),
        secrets,
        warnings,
    })
}

fn number(text: &str, bounds: &RangeInclusive<usize>) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| bounds.contains(number));
    number.ok_or_else(|| format!("not a number from {} to {}", bounds.start(), bounds.end()))
}

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|entry| !entry.is_empty())
}

fn tenant_list(text: &str) -> Result<Vec<Tenant>, String> {
    let names: Vec<&str> = list(text).collect();
    let distinct: BTreeSet<&str> = names.iter().copied().collect();
    let good = |name: &&str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if distinct.len() != names.len() || !TENANTS.contains(&names.len()) || !names.iter().all(good) {
        return Err("not 1 to 16 different names of small letters and digits".to_owned());
    }
    names.into_iter().map(|name| name.parse().map_err(|_| "a name is too long".to_owned())).collect()
}
