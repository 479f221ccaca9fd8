//! Events as a label.

use palisade_core::{Event, KeyEvent, TokenEvent, UserEvent};

/// One word for each kind of event.
pub(super) const fn name(event: &Event) -> &'static str {
    match event {
        Event::TokensReloaded { .. } => "tokens_reloaded",
        Event::TokensNotReloaded { .. } => "tokens_not_reloaded",
        Event::SettingsReloaded { .. } => "settings_reloaded",
        Event::SettingsNotReloaded { .. } => "settings_not_reloaded",
        Event::LimiterFull { .. } => "limiter_full",
        Event::LimiterDegraded { .. } => "limiter_degraded",
        Event::LimiterRestored { .. } => "limiter_restored",
        Event::LimiterCorrupt { .. } => "limiter_corrupt",
        Event::RevocationsDegraded { .. } => "revocations_degraded",
        Event::RevocationsRestored { .. } => "revocations_restored",
        Event::BreakerOpened { .. } => "breaker_opened",
        Event::BreakerHalfOpen { .. } => "breaker_half_open",
        Event::BreakerClosed { .. } => "breaker_closed",
        Event::ConcurrencyFull { .. } => "concurrency_full",
        Event::Key(event) => key(event),
        Event::Token(event) => token(event),
        Event::User(event) => user(event),
        Event::Suspicion(_) => "suspicion",
        _ => "other",
    }
}

const fn key(event: &KeyEvent) -> &'static str {
    match event {
        KeyEvent::Created { .. } => "key_created",
        KeyEvent::Changed { .. } => "key_changed",
        KeyEvent::Rotated { .. } => "key_rotated",
        KeyEvent::Revoked { .. } => "key_revoked",
        KeyEvent::Refused { .. } => "key_refused",
        KeyEvent::Upgraded { .. } => "key_upgraded",
        KeyEvent::Weak { .. } => "key_weak",
        KeyEvent::UsedInGrace { .. } => "key_used_in_grace",
        KeyEvent::NotWritten { .. } => "key_not_written",
        _ => "key_other",
    }
}

const fn token(event: &TokenEvent) -> &'static str {
    match event {
        TokenEvent::Rejected { .. } => "token_rejected",
        TokenEvent::Undecided { .. } => "token_undecided",
        TokenEvent::KeysRefreshed { .. } => "issuer_keys_refreshed",
        TokenEvent::KeySkipped { .. } => "issuer_key_skipped",
        TokenEvent::KeysNotRefreshed { .. } => "issuer_keys_not_refreshed",
        TokenEvent::KeysStale { .. } => "issuer_keys_stale",
        TokenEvent::KeysGone { .. } => "issuer_keys_gone",
        TokenEvent::Issued { .. } => "token_issued",
        TokenEvent::KeyAdded { .. } => "signing_key_added",
        TokenEvent::KeyRotated { .. } => "signing_key_rotated",
        TokenEvent::Reused { .. } => "token_reused",
        TokenEvent::Revoked { .. } => "token_revoked",
        TokenEvent::SubjectRevoked { .. } => "subject_revoked",
        _ => "token_other",
    }
}

const fn user(event: &UserEvent) -> &'static str {
    match event {
        UserEvent::LoggedIn { .. } => "logged_in",
        UserEvent::LoginRefused { .. } => "login_refused",
        UserEvent::HashUnusable { .. } => "hash_unusable",
        UserEvent::HashUpgraded { .. } => "hash_upgraded",
        UserEvent::Refreshed { .. } => "token_refreshed",
        UserEvent::TokenReused { .. } => "refresh_token_reused",
        UserEvent::LoggedOut { .. } => "logged_out",
        UserEvent::PasswordChanged { .. } => "password_changed",
        UserEvent::Created { .. } => "user_created",
        UserEvent::Changed { .. } => "user_changed",
        UserEvent::Deleted { .. } => "user_deleted",
        UserEvent::Refused { .. } => "user_refused",
        UserEvent::NotWritten { .. } => "user_not_written",
        _ => "user_other",
    }
}
