//! Writing the genealogy: what was made, and what it was made of.

use jiff::Timestamp;
use platform::ids::PlantId;
use platform::{Result, Tx};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::actions::{Produce, Taken};

/// What was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// A lot, or the part of it without serials.
    Lot(Uuid),
    /// A piece.
    Serial(Uuid),
}

impl Made {
    /// The lot or serial.
    pub const fn id(self) -> Uuid {
        self.parts().0
    }

    const fn parts(self) -> (Uuid, &'static str) {
        match self {
            Made::Lot(id) => (id, "lot"),
            Made::Serial(id) => (id, "serial"),
        }
    }
}

/// What went into it and can be traced.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Used {
    /// The piece, else the lot.
    pub what: Made,
    /// How much, in the unit of its item; none where only that is known.
    pub quantity: Option<Decimal>,
}

impl Used {
    /// What can be traced of what was taken; nothing for material without lot and serial.
    pub fn of(taken: &Taken) -> Option<Used> {
        let what = taken.serial.map(Made::Serial).or(taken.lot.map(Made::Lot))?;
        Some(Used { what, quantity: Some(taken.quantity) })
    }
}

/// Writes that each of `children` was made of all of `used`, and of what was issued to the manufacturing order otherwise; returns how many links
/// that were.
///
/// # Errors
/// What the database refused.
pub async fn write(tx: &mut Tx, plant: PlantId, children: &[Made], used: &[Used], made: &Produce<'_>) -> Result<u64> {
    if children.is_empty() {
        return Ok(0);
    }
    let (child_ids, child_kinds): (Vec<Uuid>, Vec<&str>) = children.iter().map(|child| child.parts()).unzip();
    let (parent_ids, parent_kinds): (Vec<Uuid>, Vec<&str>) = used.iter().map(|used| used.what.parts()).unzip();
    let share = Decimal::from(children.len().max(1));
    let quantities: Vec<Option<Decimal>> = used.iter().map(|used| used.quantity.map(|quantity| (quantity / share).round_dp(6))).collect();
    let quantities: Vec<Option<Decimal>> = quantities.into_iter().map(|share| share.filter(|share| *share > Decimal::ZERO)).collect();
    let organization = tx.caller().organization;
    // What was issued to the order beside this report: scanned for this job, or taken at another operation. What this job took for its earlier
    // reports is in their genealogy. A piece goes into one thing only; a lot is linked once to each.
    let sql = "with children as (
            select * from unnest($8::uuid[], $9::text[]) as c (id, kind)
        ), said as (
            select * from unnest($10::uuid[], $11::text[], $12::numeric[]) as u (id, kind, quantity)
        ), issued as (
            select distinct m.material_id as id, m.material_kind as kind from issued_materials m
            where m.organization_id = $1 and m.manufacturing_order_id = $4 and m.first_at <= $7
                and (cardinality($10::uuid[]) = 0 or m.job_id <> $3)
        ), parents as (
            select id, kind, quantity from said
            union all
            select i.id, i.kind, null from issued i
            where i.id <> all ($10) and not (i.kind = 'serial' and exists (
                select 1 from genealogy g where g.organization_id = $1 and g.parent_id = i.id))
        )
        insert into genealogy (organization_id, plant_id, id, child_id, child_kind, parent_id, parent_kind, quantity, at, job_id,
            manufacturing_order_id, line_id, operator_id, equipment_id, program)
        select $1, $2, gen_random_uuid(), c.id, c.kind, p.id, p.kind, p.quantity, $7, $3, $4, $5, $6, $13, $14
        from children c cross join parents p
        where p.id <> c.id and (p.quantity is not null or not exists (
            select 1 from genealogy g where g.organization_id = $1 and g.child_id = c.id and g.parent_id = p.id))";
    let at: Timestamp = made.at;
    let params: platform::database::Params<'_> = &[
        &organization,
        &plant,
        &made.job,
        &made.manufacturing_order,
        &made.line,
        &made.operator,
        &at,
        &child_ids,
        &child_kinds,
        &parent_ids,
        &parent_kinds,
        &quantities,
        &made.equipment,
        &made.program,
    ];
    tx.execute(sql, params).await
}
