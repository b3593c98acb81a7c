//! What orders, jobs and operators are called, for whoever knows them by identifiers: the genealogy.
//!
//! **Invariant:** only what the caller may see where it is has a name here.

use std::collections::BTreeMap;

use factory::partners::Customer;
use futures_util::future::BoxFuture;
use inventory::genealogy::names::{Names, OrderNames, Unnamed};
use platform::caller::Scope;
use platform::ids::PlantId;
use platform::resource::Record as _;
use platform::{Result, Tx};
use uuid::Uuid;

use crate::jobs::store::JOB_READ;
use crate::orders::record::ManufacturingOrder;
use crate::people::record::Operator;

/// The names of orders with their customers, of jobs and operators of a plant, as far as the caller may see them.
pub fn name<'a>(tx: &'a mut Tx, plant: PlantId, unnamed: &'a Unnamed) -> BoxFuture<'a, Result<Names>> {
    Box::pin(async move {
        let (organization, place) = (tx.caller().organization, Scope::Plant(plant));
        let mut names = Names::default();
        if tx.caller().may(ManufacturingOrder::kind().verbs.read, place) && !unnamed.orders.is_empty() {
            let sees_customers = tx.caller().may_somewhere(Customer::kind().verbs.read);
            let sql = "select o.id, o.code, c.name from manufacturing_orders o
                left join production_orders p on p.organization_id = $1 and p.id = o.production_order_id
                left join items i on i.organization_id = $1 and i.id = o.item_id
                left join customers c on c.organization_id = $1 and c.id = coalesce(p.customer_id, i.customer_id) and $4
                where o.organization_id = $1 and o.plant_id = $2 and o.id = any ($3)";
            let rows = tx.query(sql, &[&organization, &plant, &unnamed.orders, &sees_customers]).await?;
            names.orders = rows.iter().map(|row| (row.get(0), OrderNames { code: row.get(1), customer: row.get(2) })).collect();
        }
        if tx.caller().may(JOB_READ, place) && !unnamed.jobs.is_empty() {
            let sql = "select j.id, o.code, j.number, j.part from jobs j
                join manufacturing_orders o on o.organization_id = $1 and o.id = j.manufacturing_order_id
                where j.organization_id = $1 and j.plant_id = $2 and j.id = any ($3)";
            let rows = tx.query(sql, &[&organization, &plant, &unnamed.jobs]).await?;
            names.jobs = rows.iter().map(|row| (row.get(0), super::job_code(row.get(1), row.get(2), row.get(3)))).collect();
        }
        if tx.caller().may(Operator::kind().verbs.read, place) && !unnamed.operators.is_empty() {
            let sql = "select id, name from operators where organization_id = $1 and plant_id = $2 and id = any ($3)";
            let rows = tx.query(sql, &[&organization, &plant, &unnamed.operators]).await?;
            names.operators = rows.iter().map(|row| (row.get(0), row.get(1))).collect::<BTreeMap<Uuid, String>>();
        }
        Ok(names)
    })
}
