//! Whether somebody may do a job: the skills it needs, those they have, and until when these count.
//!
//! **Invariant:** a qualification that has run out is none; the last day it counts still counts, by the plant's own calendar.

use jiff::Timestamp;
use platform::ids::PlantId;
use platform::{Result, Tx};
use uuid::Uuid;

use super::working_time::day_at;

/// What a job needs people to be qualified for.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The line it is done at.
    pub line: Option<Uuid>,
    /// Its area.
    pub area: Uuid,
    /// What is made.
    pub item: Uuid,
}

const NEEDED: &str = "select r.skill_id, s.name from skill_requirements r
    join skills s on s.organization_id = $1 and s.id = r.skill_id
    where r.organization_id = $1 and r.plant_id = $2 and r.archived_at is null
        and (r.line_id is null or r.line_id = $3) and (r.area_id is null or r.area_id = $4) and (r.item_id is null or r.item_id = $5)
    group by 1, 2 order by 2, 1";

/// Names of the skills that an operator would need there and does not have at `at`.
///
/// # Errors
/// What the database refused.
pub async fn missing(tx: &mut Tx, plant: PlantId, operator: Uuid, place: Place, at: Timestamp) -> Result<Vec<String>> {
    let organization = tx.caller().organization;
    let needed = tx.query(NEEDED, &[&organization, &plant, &place.line, &place.area, &place.item]).await?;
    if needed.is_empty() {
        return Ok(Vec::new());
    }
    let today = day_at(tx, plant, at).await?;
    let sql = "select skill_id from qualifications where organization_id = $1 and operator_id = $2 and archived_at is null
        and valid_from <= $3 and (valid_until is null or valid_until >= $3)";
    let held: Vec<Uuid> = tx.query(sql, &[&organization, &operator, &today]).await?.iter().map(|row| row.get(0)).collect();
    Ok(needed.iter().filter(|row| !held.contains(&row.get(0))).map(|row| row.get(1)).collect())
}

/// How many operators of a plant could do a job there on the day of `at`: active, qualified for all it needs, and not absent.
///
/// # Errors
/// What the database refused.
pub async fn able(tx: &mut Tx, plant: PlantId, place: Place, at: Timestamp) -> Result<Able> {
    let organization = tx.caller().organization;
    let needed = tx.query(NEEDED, &[&organization, &plant, &place.line, &place.area, &place.item]).await?;
    let skills: Vec<Uuid> = needed.iter().map(|row| row.get(0)).collect();
    let names = needed.iter().map(|row| row.get(1)).collect();
    let today = day_at(tx, plant, at).await?;
    let sql = "select count(*) from operators o
        where o.organization_id = $1 and o.plant_id = $2 and o.active and o.archived_at is null
            and not exists (select from absences a where a.organization_id = $1 and a.operator_id = o.id and a.archived_at is null
                and $4 between a.starts_on and a.ends_on)
            and (select count(distinct q.skill_id) from qualifications q where q.organization_id = $1 and q.operator_id = o.id
                and q.archived_at is null and q.skill_id = any ($3) and q.valid_from <= $4 and (q.valid_until is null or q.valid_until >= $4))
                = cardinality($3)";
    let operators: i64 = tx.query_one(sql, &[&organization, &plant, &skills, &today]).await?.get(0);
    Ok(Able { skills: names, operators })
}

/// Who could do a job.
#[derive(Clone, Debug)]
pub struct Able {
    /// The skills it needs.
    pub skills: Vec<String>,
    /// Operators who have them all and are there.
    pub operators: i64,
}
