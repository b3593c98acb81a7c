//! What people and machines say of lines, with the rights it takes.

use jiff::Timestamp;
use kpi::State;
use platform::{Error, FieldError, Result, Tx};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::setting::{NewState, Source, set_reason, set_state};
use super::store::{self, LineState};
use super::{STATE_REPORT, counts};

/// What a line does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SaidState {
    /// It makes pieces.
    Running,
    /// It stands although it has something to make.
    Stopped,
    /// It is set up.
    Setup,
    /// It has nothing to do.
    Idle,
    /// Nothing is heard of it.
    Offline,
}

impl From<SaidState> for State {
    fn from(said: SaidState) -> State {
        match said {
            SaidState::Running => State::Running,
            SaidState::Stopped => State::Stopped,
            SaidState::Setup => State::Setup,
            SaidState::Idle => State::Idle,
            SaidState::Offline => State::Offline,
        }
    }
}

/// What a line does from an instant on.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "state": "stopped" }))]
pub struct ReportedState {
    /// What it does.
    pub state: SaidState,
    /// Since when; now unless said. An instant in the past cuts what is known of that time.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
    /// Why it stands.
    pub reason_id: Option<Uuid>,
    /// The job it is busy with.
    pub job_id: Option<Uuid>,
    /// The operator who says so.
    pub operator_id: Option<Uuid>,
    /// How it is known.
    #[serde(default)]
    pub source: Source,
}

/// Says what a line does.
///
/// # Errors
/// 404, 403; 422 for a reason, job or operator that does not fit.
pub async fn report_state(tx: &mut Tx, line: Uuid, said: &ReportedState) -> Result<LineState> {
    let plant = store::plant_of_line(tx, line, STATE_REPORT).await?;
    let new = NewState {
        line,
        state: said.state.into(),
        at: said.at.unwrap_or(tx.now()),
        reason: said.reason_id,
        job: said.job_id,
        operator: said.operator_id,
        source: said.source,
    };
    let id = set_state(tx, plant, &new).await.map_err(no_such_operator)?;
    store::find(tx, id).await
}

/// Why a line stood.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportedReason {
    /// The reason.
    pub reason_id: Uuid,
    /// The operator who says so.
    pub operator_id: Option<Uuid>,
}

/// Says why a line stood, or stands.
///
/// # Errors
/// 404, 403; 409 `not_a_stop`; 422 for a reason or operator that does not fit.
pub async fn report_reason(tx: &mut Tx, stop: Uuid, said: &ReportedReason) -> Result<LineState> {
    let plant = store::plant_of_state(tx, stop, STATE_REPORT).await?;
    set_reason(tx, plant, stop, said.reason_id, said.operator_id).await.map_err(no_such_operator)?;
    store::find(tx, stop).await
}

/// Takes readings of a counter in.
///
/// # Errors
/// As [`counts::take`].
pub async fn report_counts(tx: &mut Tx, line: Uuid, said: &counts::ReportedCounts) -> Result<counts::TakenCounts> {
    let plant = store::plant_of_line(tx, line, super::COUNT_REPORT).await?;
    counts::take(tx, plant, line, said).await
}

fn no_such_operator(error: Error) -> Error {
    error.on_constraint("line_states_operator_id_fkey", || {
        Error::invalid(vec![FieldError::new("/operator_id", "not_found", "there is no such operator in this plant")])
    })
}
