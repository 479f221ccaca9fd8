//! From declarations to an axum router.

use crate::{
    check::check,
    endpoint::Build,
    error::{RouteError, RouteErrorKind, RouteErrors},
    policy::Demand,
    routes::{Built, Routes},
    table::{Row, RowKind},
    terms::Terms,
    undeclared::{UndeclaredMethod, UnknownPath},
    verb::Verb,
};
use axum::{
    Router,
    routing::{MethodRouter, any},
};
use http::HeaderValue;
use std::{collections::BTreeSet, sync::Arc};

impl Routes<()> {
    /// Makes the router, or says everything that is wrong with the declarations.
    ///
    /// It demands and does not identify: put it behind a stack, or behind a gate with `Authenticate::…identify()`. Without one,
    /// everything but public routes is refused with 500.
    ///
    /// # Errors
    ///
    /// Every path that is no template, every method declared twice, every pair of templates that match the same paths, and more
    /// than one fallback, and limits of which nobody made a limiter ([`limits_with`](Routes::limits_with)).
    pub fn into_router(self) -> Result<Router, RouteErrors> {
        let (rows, doors, mut errors) = self.into_parts();
        errors.extend(check(&rows));
        errors.extend(rows.iter().flat_map(|row| {
            let idle = row.policy.limits.iter().filter(|_| row.policy.made.is_none());
            idle.map(|limit| {
                RouteError::new(row.template(), RouteErrorKind::LimitNotMade(limit.quotas().to_owned()))
            })
        }));
        RouteErrors::check(errors)?;

        let mut router = Router::new().fallback(UnknownPath);
        let mut paths: Vec<Path> = Vec::new();
        for (row, door) in rows.into_iter().zip(doors) {
            match door {
                Built::Mount(build) => {
                    let terms = Arc::new(Terms::new(&row.template(), row.policy).of_mount());
                    router = build(router, &row.path, terms);
                }
                Built::Handler(build) => {
                    match paths.iter_mut().find(|path| path.kind == row.kind && path.path == row.path) {
                        Some(path) => path.doors.push((row, build)),
                        None => paths.push(Path::new(row, build)),
                    }
                }
            }
        }
        Ok(paths.into_iter().fold(router, |router, path| match path.kind {
            RowKind::Fallback => router.fallback(path.into_method_router()),
            RowKind::Route | RowKind::Mount => {
                let template = path.path.clone();
                router.route(&template, path.into_method_router())
            }
        }))
    }
}

/// Everything declared at one path.
struct Path {
    path: String,
    kind: RowKind,
    doors: Vec<(Row, Build<()>)>,
}

impl Path {
    fn new(row: Row, build: Build<()>) -> Self {
        Self { path: row.path.clone(), kind: row.kind, doors: vec![(row, build)] }
    }

    fn into_method_router(self) -> MethodRouter {
        let open = self.doors.iter().any(|(row, _)| row.verb == Verb::Any);
        // `any` keeps axum from adding an `Allow` of its own, which would tell a stranger what there is.
        let mut methods = match self.kind {
            _ if open => MethodRouter::new(),
            RowKind::Fallback => any(UnknownPath),
            RowKind::Route | RowKind::Mount => any(self.undeclared()),
        };
        for (row, build) in self.doors {
            methods = methods.merge(build(Arc::new(Terms::new(&row.template(), row.policy))));
        }
        methods
    }

    /// One answer for all methods that nobody declared, whatever the order of declarations.
    fn undeclared(&self) -> UndeclaredMethod {
        let rows = || self.doors.iter().map(|(row, _)| row);
        let strictest = Demand::Authenticated;
        let demand = rows().fold(strictest, |laxest, row| laxest.laxer(&row.policy.demand));
        let report_only = rows().any(|row| row.policy.report_only);
        let mut verbs: BTreeSet<Verb> = rows().map(|row| row.verb).collect();
        if verbs.contains(&Verb::Get) {
            verbs.insert(Verb::Head);
        }
        let names: Vec<_> = verbs.into_iter().map(Verb::as_str).collect();
        // Method names are header values.
        let allow = HeaderValue::from_str(&names.join(", ")).unwrap_or(HeaderValue::from_static(""));
        UndeclaredMethod::new(Terms::of(&self.path, &demand, report_only), allow)
    }
}
