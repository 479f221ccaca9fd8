//! The guide: one page for each feature, whose examples compile and assert.

#[doc = include_str!("../../../docs/guide/getting-started.md")]
pub mod getting_started {}

#[doc = include_str!("../../../docs/guide/migrate-an-open-api.md")]
pub mod migrate_an_open_api {}

#[doc = include_str!("../../../docs/guide/coming-from-tower-governor.md")]
pub mod coming_from_tower_governor {}

#[cfg(feature = "jwt-remote")]
#[doc = include_str!("../../../docs/guide/coming-from-jwt-authorizer.md")]
pub mod coming_from_jwt_authorizer {}

#[doc = include_str!("../../../docs/guide/coming-from-tower-http.md")]
pub mod coming_from_tower_http {}

#[doc = include_str!("../../../docs/guide/routes-and-policies.md")]
pub mod routes_and_policies {}

#[doc = include_str!("../../../docs/guide/permissions.md")]
pub mod permissions {}

#[doc = include_str!("../../../docs/guide/static-tokens.md")]
pub mod static_tokens {}

#[cfg(feature = "observe")]
#[doc = include_str!("../../../docs/guide/access-log.md")]
pub mod access_log {}

#[cfg(all(feature = "observe", feature = "sql"))]
#[doc = include_str!("../../../docs/guide/audit-log.md")]
pub mod audit_log {}
#[cfg(feature = "observe")]
#[doc = include_str!("../../../docs/guide/explain.md")]
pub mod explain {}

#[cfg(feature = "metrics")]
#[doc = include_str!("../../../docs/guide/metrics.md")]
pub mod metrics {}

#[cfg(feature = "api-keys")]
#[doc = include_str!("../../../docs/guide/api-keys.md")]
pub mod api_keys {}

#[cfg(feature = "login")]
#[doc = include_str!("../../../docs/guide/login.md")]
pub mod login {}
#[cfg(feature = "jwt")]
#[doc = include_str!("../../../docs/guide/issue-tokens.md")]
pub mod issue_tokens {}
#[cfg(feature = "jwt")]
#[doc = include_str!("../../../docs/guide/jwt.md")]
pub mod jwt {}
#[cfg(feature = "jwt-remote")]
#[doc = include_str!("../../../docs/guide/openid-connect.md")]
pub mod openid_connect {}

#[doc = include_str!("../../../docs/guide/client-address.md")]
pub mod client_address {}

#[doc = include_str!("../../../docs/guide/rate-limits.md")]
pub mod rate_limits {}

#[doc = include_str!("../../../docs/guide/rate-limit-algorithms.md")]
pub mod rate_limit_algorithms {}

#[doc = include_str!("../../../docs/guide/circuit-breaker.md")]
pub mod circuit_breaker {}

#[doc = include_str!("../../../docs/guide/limit-policies.md")]
pub mod limit_policies {}

#[cfg(feature = "api-keys")]
#[doc = include_str!("../../../docs/guide/limit-by-plan.md")]
pub mod limit_by_plan {}

#[cfg(all(feature = "config", feature = "redis"))]
#[doc = include_str!("../../../docs/guide/move-to-redis.md")]
pub mod move_to_redis {}

#[cfg(feature = "sql")]
#[doc = include_str!("../../../docs/guide/move-to-postgresql.md")]
pub mod move_to_postgresql {}

#[doc = include_str!("../../../docs/guide/concurrency-and-overload.md")]
pub mod concurrency_and_overload {}

#[cfg(feature = "redis")]
#[doc = include_str!("../../../docs/guide/redis.md")]
pub mod redis {}

#[doc = include_str!("../../../docs/guide/errors.md")]
pub mod errors {}

#[doc = include_str!("../../../docs/guide/cors.md")]
pub mod cors {}

#[cfg(feature = "config")]
#[doc = include_str!("../../../docs/guide/configuration.md")]
pub mod configuration {}

#[doc = include_str!("../../../docs/guide/strict-input.md")]
pub mod strict_input {}

#[doc = include_str!("../../../docs/guide/hardening.md")]
pub mod hardening {}

#[doc = include_str!("../../../docs/guide/report-only.md")]
pub mod report_only {}

#[doc = include_str!("../../../docs/guide/gates-by-hand.md")]
pub mod gates_by_hand {}

#[doc = include_str!("../../../docs/guide/writing-a-guard.md")]
pub mod writing_a_guard {}

#[cfg(all(feature = "api-keys", feature = "jwt"))]
#[doc = include_str!("../../../docs/guide/testing.md")]
pub mod testing {}

#[cfg(feature = "openapi")]
#[doc = include_str!("../../../docs/guide/openapi.md")]
pub mod openapi {}

#[cfg(feature = "tls")]
#[doc = include_str!("../../../docs/guide/tls.md")]
pub mod tls {}

#[doc = include_str!("../../../docs/deploy.md")]
pub mod deploy {}
