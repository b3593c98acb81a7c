//! An organization's text of policies, understood: checked against the language, sorted by what each policy is about, and translated for lists.
//!
//! **Invariant:** what passes [`Compiled::check`] forbids and permits nothing, names every policy, fits the schema, and can be asked of lists.
//! **Invariant:** a kept text that this program does not understand forbids everything but what keeps policies.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use cedar_policy::ffi::DetailedError;
use cedar_policy::pst::{ActionConstraint, ResourceConstraint, Template};
use cedar_policy::{Effect, Policy, PolicyId, PolicySet, ValidationMode, ValidationWarning, Validator};

use crate::error::FieldError;
use crate::permission::Permission;
use crate::policy::language::{Action, Language, groups};
use crate::policy::listing::{self, Node, Unlistable};
use crate::policy::text::{Piece, Wrong, pieces, place};
use crate::resource::Kind;

/// A policy of an organization.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name, from its annotation `@id`.
    pub id: String,
    /// What it says to whom it refuses something, from its annotation `@refusal`.
    pub sentence: Option<String>,
    /// As it was written.
    pub text: String,
    /// Where it begins, from 1.
    pub line: usize,
    /// Where it begins in the line, from 1.
    pub column: usize,
    policy: Policy,
    body: Template,
    start: usize,
}

/// An organization's policies, understood.
pub struct Compiled {
    language: Language,
    rules: Vec<Rule>,
    by_action: BTreeMap<&'static str, Concerning>,
    broken: Option<String>,
}

/// The policies about one action.
pub(super) struct Concerning {
    pub action: Action,
    /// Which they are.
    pub rules: Vec<usize>,
    /// All of them.
    pub all: Arc<PolicySet>,
    /// Those that speak of the place and not of the record; nothing where there are none.
    pub at_place: Option<Arc<PolicySet>>,
    /// Whether some speak of the record.
    pub of_record: bool,
    /// The same for lists, where the action is one of lists.
    pub listed: Vec<(usize, Result<Node, Unlistable>)>,
}

/// The one policy of the program: what roles grant is granted.
pub(super) const GRANTED: &str = "gemba granted by roles";
/// As refusals name a set of policies that is not understood.
const UNREADABLE: &str = "policies";

/// Judging descends into what it judges; how deep is bounded, and this holds that much, also in a slow build.
const STACK: usize = 64 << 20;

fn deeply<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("policies".into()).stack_size(STACK).spawn_scoped(scope, work);
        thread.ok()?.join().ok()
    })
}

impl Compiled {
    /// Understands a text that somebody wants to keep. Takes its time: not for a thread that serves requests.
    ///
    /// # Errors
    /// Everything that is wrong, with line and column, at `/text`.
    pub fn check(text: &str, language: &Language) -> Result<Compiled, Vec<FieldError>> {
        let stopped = || vec![FieldError::new("/text", "policy_unreadable", "the text cannot be judged; make it simpler")];
        let found = deeply(|| checked(text, language)).ok_or_else(stopped)?;
        found.map_err(|mut wrongs| {
            wrongs.sort_by_key(|wrong| wrong.at);
            wrongs.truncate(100);
            wrongs.into_iter().map(|wrong| field_error(text, &wrong)).collect()
        })
    }

    /// Understands a text that was checked when it was kept. What cannot be understood any more forbids everything.
    pub fn load(text: &str, language: &Language) -> Compiled {
        let read = deeply(|| {
            let rules = pieces(text).map_err(|wrong| vec![wrong]).and_then(|pieces| read(text, &pieces))?;
            Ok(Compiled::of(rules, language))
        });
        match read {
            Some(Ok(compiled)) => compiled,
            Some(Err::<_, Vec<Wrong>>(wrongs)) => {
                let why = wrongs.first().map(|wrong| field_error(text, wrong).detail).unwrap_or_default();
                Compiled { language: language.clone(), rules: Vec::new(), by_action: BTreeMap::new(), broken: Some(why) }
            }
            None => Compiled { language: language.clone(), rules: Vec::new(), by_action: BTreeMap::new(), broken: Some("too deep".into()) },
        }
    }

    /// The policies, in the order of the text.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Why nothing is understood, where that is so.
    pub fn broken(&self) -> Option<&str> {
        self.broken.as_deref()
    }

    /// What they speak of.
    pub fn language(&self) -> &Language {
        &self.language
    }

    /// Whether some policy is about this.
    pub fn concerns(&self, permission: Permission) -> bool {
        self.by_action.contains_key(permission.0) || (self.broken.is_some() && self.language.knows(permission.0))
    }

    pub(super) fn concerning(&self, permission: Permission) -> Option<&Concerning> {
        self.by_action.get(permission.0)
    }

    /// The policies about this.
    pub fn about(&self, permission: Permission) -> Vec<&Rule> {
        let of = |concerning: &Concerning| concerning.rules.iter().map(|index| &self.rules[*index]).collect();
        self.by_action.get(permission.0).map(of).unwrap_or_default()
    }

    pub(super) fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    pub(super) fn unreadable(&self, permission: Permission) -> Option<&'static str> {
        (self.broken.is_some() && self.language.knows(permission.0)).then_some(UNREADABLE)
    }

    fn of(rules: Vec<Rule>, language: &Language) -> Compiled {
        let mut by_action = BTreeMap::new();
        let mut sets: HashMap<Vec<usize>, Arc<PolicySet>> = HashMap::new();
        for action in language.actions() {
            let about: Vec<usize> = (0..rules.len()).filter(|index| is_about(&rules[*index].body, action)).collect();
            if about.is_empty() {
                continue;
            }
            let of_place: Vec<usize> = about.iter().copied().filter(|index| !listing::speaks_of_record(&rules[*index].body)).collect();
            let mut set = |of: &[usize]| sets.entry(of.to_vec()).or_insert_with(|| Arc::new(policy_set(&rules, of))).clone();
            let all = set(&about);
            let at_place = (!of_place.is_empty()).then(|| set(&of_place));
            let listed = match action.kind.filter(|_| action.is_listed) {
                Some(kind) => about.iter().map(|index| (*index, listing::condition(&rules[*index].body, kind))).collect(),
                None => Vec::new(),
            };
            let of_record = of_place.len() < about.len();
            by_action.insert(action.permission.0, Concerning { action: *action, rules: about, all, at_place, of_record, listed });
        }
        Compiled { language: language.clone(), rules, by_action, broken: None }
    }

    /// Actions of lists that policies are about, with their kinds.
    pub fn narrowed(&self) -> impl Iterator<Item = (Permission, &'static Kind)> + '_ {
        let listed = self.by_action.values().filter(|concerning| concerning.action.is_listed);
        listed.filter_map(|concerning| Some((concerning.action.permission, concerning.action.kind?)))
    }
}

impl fmt::Debug for Compiled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Compiled({} policies)", self.rules.len())
    }
}

fn policy_set(rules: &[Rule], of: &[usize]) -> PolicySet {
    let granted = Policy::parse(Some(PolicyId::new(GRANTED)), "permit (principal, action, resource);");
    let own = of.iter().map(|index| rules[*index].policy.clone());
    // Names are checked to differ before; without its policies a set would forbid nothing, so it would rather grant nothing.
    PolicySet::from_policies(granted.into_iter().chain(own)).unwrap_or_default()
}

fn is_about(body: &Template, action: &Action) -> bool {
    let names = |name: &str| name == action.permission.0 || groups(action.permission.0).iter().any(|group| group == name);
    let by_action = match &body.action {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(one) => names(one.eid.as_str()),
        ActionConstraint::In(several) => several.iter().any(|one| names(one.eid.as_str())),
    };
    let of_type = |ty: &dyn fmt::Display| ty.to_string() == action.resource();
    let by_resource = match &body.resource {
        ResourceConstraint::Any => true,
        ResourceConstraint::Is(ty) | ResourceConstraint::IsIn(ty, _) => of_type(ty),
        ResourceConstraint::Eq(one) | ResourceConstraint::In(one) => match one {
            cedar_policy::pst::EntityOrSlot::Entity(uid) => of_type(&uid.ty),
            cedar_policy::pst::EntityOrSlot::Slot(_) => true,
        },
    };
    by_action && by_resource
}

fn checked(text: &str, language: &Language) -> Result<Compiled, Vec<Wrong>> {
    let pieces = pieces(text).map_err(|wrong| vec![wrong])?;
    let rules = read(text, &pieces)?;
    let set = PolicySet::from_policies(rules.iter().map(|rule| rule.policy.clone()));
    let set = set.map_err(|error| vec![Wrong { at: 0, code: "policy_unreadable", detail: error.to_string() }])?;
    let judged = Validator::new(language.schema().clone()).validate(&set, ValidationMode::Strict);
    let mut wrongs = Vec::new();
    let at = |id: &PolicyId| {
        let id: &str = id.as_ref();
        rules
            .iter()
            .find(|rule| rule.id == id)
            .map(|rule| Piece { text: &text[rule.start..rule.start + rule.text.len()], start: rule.start })
    };
    for error in judged.validation_errors() {
        told(&DetailedError::from(error), at(error.policy_id()), "policy_wrong", &mut wrongs);
    }
    for warning in judged.validation_warnings() {
        if let ValidationWarning::ImpossiblePolicy(_) | ValidationWarning::InvalidActionApplication(_) = warning
            && wrongs.is_empty()
        {
            told(&DetailedError::from(warning), at(warning.policy_id()), "policy_never_applies", &mut wrongs);
        }
    }
    if !wrongs.is_empty() {
        wrongs.dedup();
        return Err(wrongs);
    }
    let compiled = Compiled::of(rules, language);
    let wrongs = unlistable(&compiled);
    if wrongs.is_empty() { Ok(compiled) } else { Err(wrongs) }
}

/// Policies about reading that cannot be asked of many records, each once.
fn unlistable(compiled: &Compiled) -> Vec<Wrong> {
    let mut found: BTreeMap<(usize, String), Wrong> = BTreeMap::new();
    for concerning in compiled.by_action.values() {
        for (index, node) in &concerning.listed {
            let Err(part) = node else { continue };
            let rule = &compiled.rules[*index];
            // Behind the head, where the words of conditions may stand too.
            let conditions = rule.text.find('{').unwrap_or_default();
            let at = rule.start + rule.text[conditions..].find(&part.word).map_or(0, |at| conditions + at);
            let detail = format!(
                "the policy {} is about {}, so it narrows lists, and this cannot be asked of many records at once: {}",
                rule.id, concerning.action.permission, part.part
            );
            found.entry((*index, part.part.clone())).or_insert(Wrong { at, code: "policy_not_listable", detail });
        }
    }
    found.into_values().collect()
}

fn read(text: &str, pieces: &[Piece<'_>]) -> Result<Vec<Rule>, Vec<Wrong>> {
    let mut rules: Vec<Rule> = Vec::with_capacity(pieces.len());
    let mut wrongs = Vec::new();
    for piece in pieces {
        match rule(text, piece) {
            Ok(rule) => match rules.iter().find(|earlier| earlier.id == rule.id) {
                Some(earlier) => {
                    let detail = format!("the policy of line {} has the id {} too; each needs its own", earlier.line, rule.id);
                    wrongs.push(Wrong { at: piece.start, code: "policy_named_twice", detail });
                }
                None => rules.push(rule),
            },
            Err(found) => wrongs.extend(found),
        }
    }
    if wrongs.is_empty() { Ok(rules) } else { Err(wrongs) }
}

fn rule(text: &str, piece: &Piece<'_>) -> Result<Rule, Vec<Wrong>> {
    let wrong = |code, detail: &str| vec![Wrong { at: piece.start, code, detail: detail.into() }];
    let parsed = match Policy::from_str(piece.text) {
        Ok(parsed) => parsed,
        Err(errors) => {
            let mut wrongs = Vec::new();
            told(&DetailedError::from(&errors), Some(*piece), "policy_unreadable", &mut wrongs);
            return Err(wrongs);
        }
    };
    if parsed.effect() != Effect::Forbid {
        return Err(wrong("policy_widens", "a policy says forbid: what is allowed is said by roles, and policies only narrow it"));
    }
    let id = parsed.annotation("id").unwrap_or_default();
    let is_name =
        |id: &str| !id.is_empty() && id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if !is_name(id) {
        return Err(wrong(
            "policy_unnamed",
            "a policy has a name by which refusals call it: @id(\"certified-approval\"), letters, digits, - _ .",
        ));
    }
    let sentence = parsed.annotation("refusal").map(str::trim).filter(|sentence| !sentence.is_empty()).map(String::from);
    if sentence.as_ref().is_some_and(|sentence| sentence.chars().count() > 300 || sentence.contains(char::is_control)) {
        return Err(wrong("policy_refusal_too_long", "@refusal is one sentence of at most 300 characters"));
    }
    let id = id.to_owned();
    let policy = parsed.new_id(PolicyId::new(&id));
    let body = policy.to_pst().map(|policy| policy.body().clone()).map_err(|error| wrong("policy_unreadable", &error.to_string()))?;
    let (line, column) = place(text, piece.start);
    Ok(Rule { id, sentence, text: piece.text.into(), line, column, policy, body, start: piece.start })
}

/// What Cedar says is wrong, in its own words, with the place.
fn told(error: &DetailedError, piece: Option<Piece<'_>>, code: &'static str, wrongs: &mut Vec<Wrong>) {
    let (text, start) = piece.map_or(("", 0), |piece| (piece.text, piece.start));
    let at = start + error.source_locations.first().map_or(0, |label| label.loc.start.min(text.len()));
    let mut detail = error.message.clone();
    if let Some(label) = error.source_locations.first().and_then(|label| label.label.as_deref()) {
        detail = format!("{detail} ({label})");
    }
    if let Some(help) = &error.help {
        detail = format!("{detail}; {help}");
    }
    wrongs.push(Wrong { at, code, detail });
    for related in &error.related {
        told(related, piece, code, wrongs);
    }
}

fn field_error(text: &str, wrong: &Wrong) -> FieldError {
    let (line, column) = place(text, wrong.at);
    FieldError::new("/text", wrong.code, format!("line {line}, column {column}: {}", wrong.detail))
}
