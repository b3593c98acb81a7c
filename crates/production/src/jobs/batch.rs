//! Dividing jobs, and running several together: an oven takes boards of two orders at once.
//!
//! **Invariant:** a split neither makes nor loses a unit, and what is reported stays with the job it was reported on.
//! **Invariant:** jobs that run together are at one line.

use platform::caller::Scope;
use platform::{Error, FieldError, Result, Tx};
use rust_decimal::Decimal;
use serde_json::json;
use uuid::Uuid;

use super::actions::{JOB_ASSIGN, movable};
use super::model::{self, Status};
use super::store::{self, Job};

/// Jobs that run together at most.
const MOST: usize = 51;

/// Takes units that nobody has reported yet out of a job into a new one of the same step; returns both.
///
/// # Errors
/// 404, 403; 409 `job_over`; 422 where so many cannot be taken.
pub async fn split(tx: &mut Tx, id: Uuid, quantity: Decimal, line: Option<Uuid>) -> Result<(Job, Job)> {
    let job = store::lock(tx, id).await?;
    tx.require(JOB_ASSIGN, Scope::Plant(job.plant_id))?;
    if job.status.is_over() {
        return Err(Error::conflict("job_over", format!("the job is {}", job.status.text())));
    }
    let (stays, goes) = model::split(job.quantity, job.counted(), quantity)
        .map_err(|rule| Error::invalid(vec![FieldError::new("/quantity", rule.code, rule.says)]))?;
    let (organization, now, new) = (tx.caller().organization, tx.now(), tx.new_id::<Uuid>());
    let sql = "update jobs set quantity = $3, version = version + 1, updated_at = $4, updated_by = current_setting('gemba.actor')
        where organization_id = $1 and id = $2";
    tx.execute(sql, &[&organization, &id, &stays, &now]).await?;
    let status = if job.status == Status::Waiting { Status::Waiting } else { Status::Ready };
    let sql = "insert into jobs (organization_id, plant_id, id, manufacturing_order_id, number, part, name, area_id, line_id, passes, status, quantity,
            equipment_id, cycle_time_s, setup_min, created_at, updated_at)
        select organization_id, plant_id, $3, manufacturing_order_id, number,
            (select max(o.part) + 1 from jobs o where o.organization_id = $1 and o.manufacturing_order_id = j.manufacturing_order_id and o.number = j.number),
            name, area_id, line_id, passes, $4, $5, equipment_id, cycle_time_s, setup_min, $6, $6
        from jobs j where organization_id = $1 and id = $2";
    tx.execute(sql, &[&organization, &id, &new, &status.text(), &goes, &now]).await?;
    let left = store::find(tx, id).await?;
    store::noted(tx, &left, "job.split", json!({ "into": new, "quantity": goes })).await?;
    let made = match line {
        Some(line) => super::actions::assign(tx, new, Some(line), None).await?,
        None => store::find(tx, new).await?,
    };
    Ok((left, made))
}

/// Lets jobs run together from now on; without any, lets `id` run by itself again.
///
/// # Errors
/// 404, 403; 409 `job_over`, `job_running`; 422 where they are not at one line.
pub async fn together(tx: &mut Tx, id: Uuid, others: &[Uuid]) -> Result<Vec<Job>> {
    let first = store::find(tx, id).await?;
    tx.require(JOB_ASSIGN, Scope::Plant(first.plant_id))?;
    let mut ids: Vec<Uuid> = [&[id], others].concat();
    ids.sort();
    ids.dedup();
    if ids.len() > MOST {
        return Err(Error::invalid(vec![FieldError::new("/job_ids", "too_many", format!("expected at most {}", MOST - 1))]));
    }
    store::lock_orders(tx, &ids).await?;
    let mut jobs = Vec::new();
    for one in &ids {
        let job = store::lock(tx, *one).await?;
        movable(&job)?;
        if job.plant_id != first.plant_id || job.line_id != first.line_id || job.line_id.is_none() {
            let detail = format!("{} is not at the line of {}", job.label(), first.label());
            return Err(Error::invalid(vec![FieldError::new("/job_ids", "other_line", detail)]));
        }
        jobs.push(job);
    }
    let (organization, now) = (tx.caller().organization, tx.now());
    let batch = (ids.len() > 1).then(|| tx.new_id::<Uuid>());
    let sql = "update jobs set batch_id = $3, version = version + 1, updated_at = $4, updated_by = current_setting('gemba.actor')
        where organization_id = $1 and id = any ($2)";
    tx.execute(sql, &[&organization, &ids, &batch, &now]).await?;
    for job in &jobs {
        store::noted(tx, job, "job.batched", json!({ "batch_id": batch, "jobs": ids })).await?;
    }
    left_alone(tx, &jobs).await?;
    let mut found = Vec::new();
    for one in ids {
        found.push(store::find(tx, one).await?);
    }
    Ok(found)
}

/// Whoever ran together with these jobs alone runs by itself again: nobody has to take it out of a batch that is none.
async fn left_alone(tx: &mut Tx, jobs: &[Job]) -> Result<()> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let batches: Vec<Uuid> = jobs.iter().filter_map(|job| job.batch_id).collect();
    let sql = "update jobs j set batch_id = null, version = j.version + 1, updated_at = $3, updated_by = current_setting('gemba.actor')
        where j.organization_id = $1 and j.batch_id = any ($2)
            and not exists (select from jobs o where o.organization_id = $1 and o.batch_id = j.batch_id and o.id <> j.id)
        returning j.id";
    for row in tx.query(sql, &[&organization, &batches, &now]).await? {
        let job = store::find(tx, row.get(0)).await?;
        store::noted(tx, &job, "job.batched", json!({ "batch_id": null, "jobs": [job.id] })).await?;
    }
    Ok(())
}
