//! Which areas an item passes, in which order and how often.

use jiff::civil::Date;
use platform::ids::PlantId;
use platform::resource::{Record, Rules, Sight};
use platform::{FieldError, Result};
use serde::{Deserialize, Serialize};

use crate::boms::RevisionStatus;
use crate::items::{ItemId, ordered};
use crate::places::AreaId;

platform::id_type! {
    /// Which areas an item passes in a plant, in one version.
    RoutingId,
    /// One step of a routing: an area, and how often it is passed.
    RoutingStepId,
    /// That one step of a routing comes before another.
    RoutingLinkId,
}

/// Which areas an item passes in a plant, in one version.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "routings", within = Plant, permission = "factory.routing", label = "revision", unique(plant_id, item_id, revision))]
pub struct Routing {
    /// The record.
    pub id: RoutingId,
    /// The plant it belongs to.
    #[record(immutable)]
    pub plant_id: PlantId,
    /// What is made.
    pub item_id: ItemId,
    /// The version's name; unique for item and plant.
    #[record(max_length = 200)]
    pub revision: String,
    /// First day it holds; none for always.
    pub effective_from: Option<Date>,
    /// Last day it holds; none for ever.
    pub effective_to: Option<Date>,
    /// Whether it may be used.
    #[record(default = "draft")]
    pub status: RevisionStatus,
}

impl Rules for Routing {
    async fn check(&self, _before: Option<&Self>, _sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        Ok(ordered("/effective_to", self.effective_from, self.effective_to))
    }
}

/// One step of a routing: an area, and how often it is passed.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "routing_steps", within = Routing, permission = "factory.routing_step", unique(routing_id, number))]
pub struct RoutingStep {
    /// The record.
    pub id: RoutingStepId,
    /// The routing.
    #[record(immutable)]
    pub routing_id: RoutingId,
    /// The step's number: 10, 20, 30.
    #[record(min = 1)]
    pub number: i32,
    /// As people call it.
    #[record(search, max_length = 200)]
    pub name: String,
    /// Where it is done.
    pub area_id: AreaId,
    /// How often a unit passes: a two-sided board passes SMT twice.
    #[record(min = 1, max = 99, default = 1)]
    pub passes: i32,
}

impl Rules for RoutingStep {}

/// That one step of a routing comes before another.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "routing_links", within = Routing, permission = "factory.routing_link", unique(from_step_id, to_step_id))]
pub struct RoutingLink {
    /// The record.
    pub id: RoutingLinkId,
    /// The routing.
    #[record(immutable)]
    pub routing_id: RoutingId,
    /// The earlier step.
    pub from_step_id: RoutingStepId,
    /// The later step.
    pub to_step_id: RoutingStepId,
}

impl Rules for RoutingLink {
    async fn check(&self, _before: Option<&Self>, sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        if self.from_step_id == self.to_step_id {
            return Ok(vec![FieldError::new("/to_step_id", "loop", "a step does not come before itself")]);
        }
        let organization = sight.tx.caller().organization;
        let sql = "select id from routing_steps where organization_id = $1 and routing_id = $2 and id in ($3, $4)";
        let of_routing = sight.tx.query(sql, &[&organization, &self.routing_id, &self.from_step_id, &self.to_step_id]).await?;
        let known = |step: RoutingStepId| of_routing.iter().any(|row| row.get::<_, RoutingStepId>(0) == step);
        let ends = [("/from_step_id", self.from_step_id), ("/to_step_id", self.to_step_id)];
        let strangers = ends.into_iter().filter(|(_, step)| !known(*step));
        Ok(strangers.map(|(pointer, _)| FieldError::new(pointer, "unknown_reference", "the routing has no such step")).collect())
    }

    async fn confirm(&self, sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        let organization = sight.tx.caller().organization;
        // Two that each add one half of a loop at the same moment must not miss each other.
        let lock = "select pg_advisory_xact_lock(hashtextextended('routing', hashtextextended($1::uuid::text, 0)))";
        sight.tx.query(lock, &[&self.routing_id]).await?;
        let sql = "with recursive later (step_id) as (
                select to_step_id from routing_links
                where organization_id = $1 and routing_id = $2 and from_step_id = $3 and archived_at is null
              union
                select l.to_step_id from later
                join routing_links l on l.organization_id = $1 and l.routing_id = $2 and l.from_step_id = later.step_id and l.archived_at is null
            )
            select 1 from later where step_id = $3";
        let looped = sight.tx.query_opt(sql, &[&organization, &self.routing_id, &self.from_step_id]).await?;
        Ok(looped
            .map(|_| FieldError::new("/to_step_id", "loop", "the steps would come before themselves in a circle"))
            .into_iter()
            .collect())
    }
}
