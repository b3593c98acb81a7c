//! Who owes a second factor, and when one is fresh enough.

use std::collections::BTreeSet;

use jiff::Timestamp;
use platform::caller::StepUp;
use platform::error::Kind;
use platform::{Caller, Error, FieldError, Permissions, Result};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an organization demands, in its settings under `second_factor`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FactorRules {
    /// Roles whose holders need a second factor of any kind: keys of built-in roles, identifiers of own ones.
    #[schema(example = json!(["tenant_admin"]))]
    pub roles: BTreeSet<String>,
    /// Roles whose holders need a passkey.
    #[schema(example = json!(["it_admin"]))]
    pub passkey_roles: BTreeSet<String>,
    /// How long a second factor that was shown is fresh enough for what is sensitive (s).
    #[schema(minimum = 60, maximum = 86_400, example = 900)]
    pub step_up_s: i64,
}

impl Default for FactorRules {
    /// Nobody has to; who has one shows it again after a quarter of an hour.
    fn default() -> Self {
        FactorRules { roles: BTreeSet::new(), passkey_roles: BTreeSet::new(), step_up_s: 900 }
    }
}

impl FactorRules {
    /// What an organization's settings say, within what is sensible.
    pub(crate) fn of(settings: Option<&serde_json::Value>) -> FactorRules {
        let said = settings.and_then(|settings| settings.get("second_factor")).cloned();
        let rules: FactorRules = said.and_then(|rules| serde_json::from_value(rules).ok()).unwrap_or_default();
        FactorRules { step_up_s: rules.step_up_s.clamp(60, 86_400), ..rules }
    }
}

/// What is known of a session's second factor.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    /// The kinds the person has set up.
    pub set_up: Vec<String>,
    /// The one shown last in this session.
    pub shown: Option<String>,
    /// When.
    pub shown_at: Option<Timestamp>,
}

/// What a session owes before it opens anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Nothing,
    /// To show one of those set up.
    Show,
    /// To set one up.
    SetUp,
}

impl Standing {
    fn has(&self, kind: &str) -> bool {
        self.set_up.iter().any(|each| each == kind)
    }

    /// What a session with these roles owes.
    pub(crate) fn due(&self, rules: &FactorRules, roles: &BTreeSet<String>) -> Due {
        let passkey = !roles.is_disjoint(&rules.passkey_roles);
        let any = passkey || !roles.is_disjoint(&rules.roles);
        match self.shown.as_deref() {
            None if !self.set_up.is_empty() => Due::Show,
            None if any => Due::SetUp,
            Some(shown) if passkey && shown != "passkey" => {
                if self.has("passkey") {
                    Due::Show
                } else {
                    Due::SetUp
                }
            }
            _ => Due::Nothing,
        }
    }

    /// What the session has to do before anything sensitive, if one was shown too long ago; `sensitive` is all that is.
    pub(crate) fn step_up(&self, rules: &FactorRules, now: Timestamp, sensitive: &Permissions) -> Option<StepUp> {
        let shown_at = self.shown_at?;
        if now.as_second() - shown_at.as_second() <= rules.step_up_s {
            return None;
        }
        Some(StepUp { permissions: sensitive.clone(), within_s: rules.step_up_s, how: self.how() })
    }

    fn how(&self) -> Vec<FieldError> {
        let ways = [
            ("totp", "POST /auth/second-factor with the code of your authenticator app"),
            ("passkey", "POST /auth/second-factor/passkey/options, then POST /auth/second-factor/passkey with its answer"),
        ];
        let mut how: Vec<FieldError> =
            ways.into_iter().filter(|(kind, _)| self.has(kind)).map(|(kind, way)| FieldError::new("", kind, way)).collect();
        if how.is_empty() {
            how.push(FieldError::new("", "sign_in_again", "sign in again where you signed in, with your second factor there"));
        }
        how
    }

    /// The refusal of a session that owes something.
    pub(crate) fn refusal(&self, due: Due) -> Error {
        match due {
            Due::SetUp => Error::new(
                Kind::Forbidden,
                "second_factor_setup_required",
                "your role needs a second factor that you have not set up; do so first (POST /me/second-factors/totp or /me/second-factors/passkeys/options)",
            ),
            _ => {
                let detail = "show your second factor to finish signing in";
                let mut error = Error::new(Kind::Unauthenticated, "second_factor_required", detail);
                error.fields = self.how();
                error
            }
        }
    }
}

/// Refuses what concerns one's own proofs of identity when a second factor was shown too long ago.
pub(crate) fn fresh(caller: &Caller) -> Result<()> {
    caller.grants.step_up.as_ref().map_or(Ok(()), |step_up| Err(step_up.refusal()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn who_owes_what() {
        let text = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        let set = |list: &[&str]| list.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
        let rules = FactorRules { roles: set(&["planner"]), passkey_roles: set(&["it_admin"]), step_up_s: 900 };
        for (set_up, shown, roles, due) in [
            (&[][..], None, &["viewer"][..], Due::Nothing),
            (&["totp"], None, &["viewer"], Due::Show),
            (&["totp"], Some("totp"), &["viewer"], Due::Nothing),
            (&[], None, &["planner"], Due::SetUp),
            (&["totp"], None, &["planner"], Due::Show),
            (&[], Some("provider"), &["planner"], Due::Nothing),
            (&["totp"], Some("totp"), &["planner"], Due::Nothing),
            (&[], None, &["it_admin"], Due::SetUp),
            (&["totp"], None, &["it_admin"], Due::Show),
            (&["totp"], Some("totp"), &["it_admin"], Due::SetUp),
            (&["passkey", "totp"], Some("totp"), &["it_admin"], Due::Show),
            (&["passkey", "totp"], Some("passkey"), &["it_admin"], Due::Nothing),
            (&[], Some("provider"), &["it_admin", "viewer"], Due::SetUp),
        ] {
            let standing = Standing { set_up: text(set_up), shown: shown.map(String::from), shown_at: None };
            assert_eq!(standing.due(&rules, &set(roles)), due, "{set_up:?} {shown:?} {roles:?}");
        }
    }

    #[test]
    fn a_factor_is_fresh_for_a_while() {
        let sensitive: Permissions = ["identity.grant.create"].into_iter().collect();
        let standing = Standing { set_up: vec!["totp".into()], shown: Some("totp".into()), shown_at: Some(at(1000)) };
        let rules = FactorRules::default();
        assert!(standing.step_up(&rules, at(1900), &sensitive).is_none());
        let stale = standing.step_up(&rules, at(1901), &sensitive).unwrap();
        assert_eq!(stale.refusal().fields[0].code, "totp");
        assert!(Standing::default().step_up(&rules, at(9999), &sensitive).is_none(), "who has none is not asked");
    }

    #[test]
    fn nonsense_in_the_settings_demands_nothing_and_stays_sensible() {
        let rules = FactorRules::of(Some(&serde_json::json!({ "second_factor": { "roles": 7 } })));
        assert_eq!(rules, FactorRules::default());
        let rules = FactorRules::of(Some(&serde_json::json!({ "second_factor": { "step_up_s": 1 } })));
        assert_eq!(rules.step_up_s, 60);
    }
}
