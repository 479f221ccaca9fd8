//! The rules that refuse.

/// Which rule refused an act on keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// The caller may not administer keys.
    MayNot,
    /// The caller would grant what they do not have.
    Escalation,
    /// The caller may not decide on plans.
    PlanNotTheirs,
    /// The caller would act for another tenant.
    OtherTenant,
    /// Nobody could administer keys any more.
    LastAdministrator,
    /// The key has a successor already.
    AlreadyRotated,
    /// The key does not hold at the moment.
    NotInForce,
    /// Others kept changing the key.
    ChangedMeanwhile,
    /// The idempotency key was used for something else.
    WordReused,
    /// The same request is being worked on.
    WordInUse,
}

impl Rule {
    /// One word for logs.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::MayNot => "insufficient_scope",
            Self::Escalation => "escalation",
            Self::PlanNotTheirs => "plan_not_theirs",
            Self::OtherTenant => "other_tenant",
            Self::LastAdministrator => "last_administrator",
            Self::AlreadyRotated => "already_rotated",
            Self::NotInForce => "not_in_force",
            Self::ChangedMeanwhile => "changed_meanwhile",
            Self::WordReused => "idempotency_key_reused",
            Self::WordInUse => "idempotency_in_progress",
        }
    }

    /// What the caller reads.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::MayNot => "Permission denied",
            Self::Escalation => "Nobody can grant permissions that they do not have",
            Self::PlanNotTheirs => "The plan of a key is for others to decide",
            Self::OtherTenant => "The key would belong to another tenant",
            Self::LastAdministrator => "This is the last key that may administer keys",
            Self::AlreadyRotated => "The key has a successor already",
            Self::NotInForce => "The key does not hold at the moment",
            Self::ChangedMeanwhile => "The key was changed by others at the same time",
            Self::WordReused => "The idempotency key was used for another request",
            Self::WordInUse => "A request with this idempotency key is being worked on",
        }
    }

    /// Whether another caller might; of the others, whether another time might.
    pub(super) const fn is_about_the_caller(self) -> bool {
        matches!(self, Self::MayNot | Self::Escalation | Self::PlanNotTheirs | Self::OtherTenant)
    }
}
