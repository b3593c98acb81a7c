//! What becomes of a call for help that nobody acknowledges: it goes up, step by step, by itself.
//!
//! When a call is made, a run is asked for that is due when its first step is; that run lets the call go up and asks for the next one. A plant says by
//! [`AndonStep`]s when that is and who is told; without any it is after 5, 15 and 30 minutes, and those are told who may be.
//!
//! **Invariant:** a call goes up by every step once, whoever lets it: a run, a schedule, or somebody by hand.
//! **Invariant:** what was acknowledged or cleared goes up no further.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use platform::ids::{PlantId, UserId};
use platform::resource::{Record, Rules, Sight};
use platform::runs::{self, Order, Running, WorkKind};
use platform::{FieldError, Result, Tx};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::andon::{self, ANDON_ACKNOWLEDGE, AndonCall, AndonKind};

/// Letting calls go up that nobody acknowledges: one when its time has come, or all by a schedule.
pub const ESCALATE: WorkKind =
    WorkKind { audited: false, scheduled_by: Some(ANDON_ACKNOWLEDGE), ..WorkKind::new("production.escalate_andon", "default") };

/// After how long without an answer a call goes up where its plant says nothing (min).
const USUAL_MIN: [i32; 3] = [5, 15, 30];
/// Steps of a kind of call in a plant at most.
const MOST_STEPS: usize = 9;

platform::id_type! {
    /// A step by which a call for help goes up.
    AndonStepId,
}

/// A step by which a call for help goes up that nobody acknowledges.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "andon_steps", within = Plant, permission = "production.andon_step", unique(plant_id, name))]
pub struct AndonStep {
    /// The record.
    pub id: AndonStepId,
    /// The plant it belongs to.
    #[record(immutable)]
    pub plant_id: PlantId,
    /// As people call it; unique in the plant.
    #[record(search, max_length = 200, example = "Shift lead")]
    pub name: String,
    /// Only for calls of this kind. A kind that has no steps of its own goes by those that name none.
    pub call: Option<AndonKind>,
    /// After how long without an answer.
    #[record(unit = "min", min = 1, max = 10_080, example = 5)]
    pub after_min: i32,
    /// Who is told: people of the organization who may see the plant's calls. Where nobody is named, whoever may be told of calls that nobody acknowledges.
    #[record(max_length = 50)]
    pub recipients: Vec<UserId>,
}

impl Rules for AndonStep {
    async fn check(&self, _before: Option<&Self>, sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        let organization = sight.tx.caller().organization;
        let sql = "select id from users where organization_id = $1 and id = any ($2) and archived_at is null";
        let rows = sight.tx.query(sql, &[&organization, &self.recipients]).await?;
        let known: BTreeSet<UserId> = rows.iter().map(|row| row.get(0)).collect();
        let mut seen = BTreeSet::new();
        let mut wrong = Vec::new();
        for (index, id) in self.recipients.iter().enumerate() {
            let at = format!("/recipients/{index}");
            if !known.contains(id) {
                wrong.push(FieldError::new(at, "unknown_reference", "there is no such account in this organization, or it is closed"));
            } else if !seen.insert(*id) {
                wrong.push(FieldError::new(at, "repeated", "named already"));
            }
        }
        Ok(wrong)
    }

    async fn confirm(&self, sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        let organization = sight.tx.caller().organization;
        let call = self.call.map(AndonKind::text);
        let sql = "select count(*), count(*) filter (where after_min = $4) from andon_steps
            where organization_id = $1 and plant_id = $2 and call is not distinct from $3 and archived_at is null";
        let row = sight.tx.query_one(sql, &[&organization, &self.plant_id, &call, &self.after_min]).await?;
        let (steps, at_once): (i64, i64) = (row.get(0), row.get(1));
        let mut wrong = Vec::new();
        if at_once > 1 {
            wrong.push(FieldError::new("/after_min", "repeated", "another step is due after as long: name both people in one"));
        }
        if steps > MOST_STEPS as i64 {
            wrong.push(FieldError::new("/call", "too_many", format!("expected at most {MOST_STEPS} steps for a kind of call")));
        }
        Ok(wrong)
    }
}

/// A step, as a call goes by it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    after_min: i32,
    /// Nobody: whoever may be told.
    recipients: Vec<UserId>,
}

/// The steps by which a call goes up, the earliest first.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Steps(Vec<Step>);

impl Steps {
    /// Those of a plant without any.
    fn usual() -> Steps {
        Steps(USUAL_MIN.map(|after_min| Step { after_min, recipients: Vec::new() }).into())
    }

    /// How many of them a call has gone up that was made then and that nobody has acknowledged.
    fn level(&self, called_at: Timestamp, now: Timestamp) -> usize {
        self.0.iter().take_while(|step| due(called_at, step) <= now).count()
    }

    /// When the next step is due.
    fn next(&self, called_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
        self.0.iter().map(|step| due(called_at, step)).find(|due| *due > now)
    }

    /// Who is told when a call goes up from one level to another: people by name, and whether all are as well who may be.
    fn told(&self, from: usize, to: usize) -> (BTreeSet<UserId>, bool) {
        let gone = self.0.get(from..to).unwrap_or_default();
        (gone.iter().flat_map(|step| step.recipients.iter().copied()).collect(), gone.iter().any(|step| step.recipients.is_empty()))
    }
}

fn due(called_at: Timestamp, step: &Step) -> Timestamp {
    called_at.checked_add(SignedDuration::from_mins(i64::from(step.after_min))).unwrap_or(Timestamp::MAX)
}

/// The steps of plants, by plant and kind of call.
struct Known(BTreeMap<(PlantId, Option<String>), Vec<Step>>);

impl Known {
    async fn of(tx: &mut Tx, plants: &[PlantId]) -> Result<Known> {
        let organization = tx.caller().organization;
        let plants: Vec<Uuid> = plants.iter().map(|plant| plant.0).collect();
        let sql = "select plant_id, call, after_min, array(select e::uuid from jsonb_array_elements_text(recipients) e) from andon_steps
            where organization_id = $1 and plant_id = any ($2) and archived_at is null order by after_min, id";
        let mut known = BTreeMap::new();
        for row in tx.query(sql, &[&organization, &plants]).await? {
            let steps: &mut Vec<Step> = known.entry((row.get(0), row.get(1))).or_default();
            steps.push(Step { after_min: row.get(2), recipients: row.get(3) });
        }
        Ok(Known(known))
    }

    fn for_call(&self, plant: PlantId, kind: &str) -> Steps {
        let own = self.0.get(&(plant, Some(kind.to_owned()))).or_else(|| self.0.get(&(plant, None)));
        own.map_or_else(Steps::usual, |steps| Steps(steps.clone()))
    }
}

/// Sees that a call goes up that was just made, should nobody acknowledge it.
///
/// # Errors
/// What the database refused.
pub(super) async fn watch(tx: &mut Tx, call: &AndonCall) -> Result<()> {
    let steps = Known::of(tx, &[call.plant_id]).await?.for_call(call.plant_id, &call.kind);
    // Also where the first step is over already: a terminal without a network told of it late.
    let Some(first) = steps.0.first() else { return Ok(()) };
    ask(tx, call, due(call.called_at, first)).await
}

async fn ask(tx: &mut Tx, call: &AndonCall, due: Timestamp) -> Result<()> {
    let order = Order {
        title: format!("Escalate a call for help at {}", call.line),
        payload: json!({ "call_id": call.id }),
        plant: Some(call.plant_id),
        not_before: Some(due),
        ..Order::default()
    };
    // Gemba's own: whoever called need not be there any more, nor have the right to let calls go up.
    runs::enqueue_own(tx, &ESCALATE, order).await?;
    Ok(())
}

/// Lets every call go up that waited too long, at the plants where the caller may; returns how many did.
///
/// # Errors
/// 403 where the caller may nowhere.
pub async fn escalate(tx: &mut Tx) -> Result<usize> {
    tx.caller().require_somewhere(ANDON_ACKNOWLEDGE)?;
    let reach = tx.caller().reach_of(ANDON_ACKNOWLEDGE);
    let calls: Vec<AndonCall> = andon::unanswered(tx, None).await?.into_iter().filter(|call| reach.holds(call.plant_id)).collect();
    let plants: BTreeSet<PlantId> = calls.iter().map(|call| call.plant_id).collect();
    let known = Known::of(tx, &plants.into_iter().collect::<Vec<_>>()).await?;
    let mut gone = 0;
    for call in &calls {
        gone += usize::from(goes_up(tx, call, &known.for_call(call.plant_id, &call.kind)).await?);
    }
    Ok(gone)
}

/// Lets a call go up as far as its time has come; whether it did.
async fn goes_up(tx: &mut Tx, call: &AndonCall, steps: &Steps) -> Result<bool> {
    let now = tx.now();
    let (from, to) = (usize::try_from(call.level).unwrap_or_default(), steps.level(call.called_at, now));
    if to <= from {
        return Ok(false);
    }
    let level = i16::try_from(to).unwrap_or(i16::MAX);
    andon::put_level(tx, call, level, now).await?;
    let (recipients, everybody) = steps.told(from, to);
    let waited_min = (now.as_second() - call.called_at.as_second()) / 60;
    let detail = json!({ "name": call.line, "line": call.line, "kind": call.kind, "level": level, "minutes": waited_min.to_string(), "text": call.text,
        "recipients": recipients, "everybody": everybody });
    andon::noted(tx, call, "andon_call.escalated", detail).await?;
    Ok(true)
}

/// What a run works on: one call; of a schedule, nothing, which is all of them.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    call_id: Option<Uuid>,
}

/// Carries out a run of [`ESCALATE`].
///
/// # Errors
/// As [`escalate`].
pub async fn carry_out(run: Running) -> Result<Value> {
    let Payload { call_id } = run.payload()?;
    let mut tx = run.begin().await?;
    let Some(id) = call_id else {
        let escalated = escalate(&mut tx).await?;
        return run.finish(tx, json!({ "escalated": escalated })).await;
    };
    let Some(call) = andon::unanswered(&mut tx, Some(id)).await?.pop() else {
        return run.finish(tx, json!({ "escalated": 0, "why": "somebody came" })).await;
    };
    let steps = Known::of(&mut tx, &[call.plant_id]).await?.for_call(call.plant_id, &call.kind);
    let escalated = goes_up(&mut tx, &call, &steps).await?;
    if let Some(due) = steps.next(call.called_at, tx.now()) {
        ask(&mut tx, &call, due).await?;
    }
    run.finish(tx, json!({ "escalated": u8::from(escalated) })).await
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn called() -> Timestamp {
        "2026-11-21T14:00:00Z".parse().unwrap()
    }

    fn after(minutes: i64) -> Timestamp {
        called() + SignedDuration::from_mins(minutes)
    }

    #[test]
    fn a_call_goes_up_with_time() {
        let usual = Steps::usual();
        assert_eq!([0, 4, 5, 14, 15, 29, 30, 600].map(|min| usual.level(called(), after(min))), [0, 0, 1, 1, 2, 2, 3, 3]);
        assert_eq!(usual.level(called(), after(-10)), 0, "a device's clock that is ahead escalates nothing");
        assert_eq!(usual.next(called(), after(-10)), Some(after(5)));
        assert_eq!(usual.next(called(), after(5)), Some(after(15)), "what is due now is not due again");
        assert_eq!(usual.next(called(), after(30)), None);
    }

    #[test]
    fn those_are_told_whom_the_steps_gone_up_name() {
        let [first, second]: [UserId; 2] = [Uuid::from_u128(1).into(), Uuid::from_u128(2).into()];
        let step = |after_min, recipients: &[UserId]| Step { after_min, recipients: recipients.to_vec() };
        let steps = Steps(vec![step(1, &[first]), step(2, &[first, second]), step(3, &[])]);
        assert_eq!(steps.told(0, 1), (BTreeSet::from([first]), false));
        assert_eq!(steps.told(0, 2), (BTreeSet::from([first, second]), false));
        assert_eq!(steps.told(2, 3), (BTreeSet::new(), true), "a step that names nobody tells whoever may be told");
        assert_eq!(steps.told(1, 3), (BTreeSet::from([first, second]), true));
        assert_eq!(steps.told(3, 3), (BTreeSet::new(), false));
    }

    proptest! {
        #[test]
        fn whoever_looks_when_a_step_is_due_lets_it_go_up_and_no_step_is_left_out(minutes in prop::collection::btree_set(1_i32..10_080, 1..9)) {
            let steps = Steps(minutes.iter().map(|after_min| Step { after_min: *after_min, recipients: Vec::new() }).collect());
            let (mut now, mut level) = (called(), 0);
            while let Some(due) = steps.next(called(), now) {
                prop_assert!(due > now, "it ends");
                now = due;
                prop_assert_eq!(steps.level(called(), now), level + 1);
                level += 1;
            }
            prop_assert_eq!(level, minutes.len());
        }
    }
}
