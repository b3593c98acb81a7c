//! Taking back what a job did by mistake: units that were not made after all leave the stock again, and material that was not used up comes back.
//!
//! Each is a movement against the first one, so that the ledger tells both: an issue that comes in, a production that goes out. The genealogy gets links
//! of less than none against those that were written.
//!
//! **Invariant:** nothing comes back that the job had not taken, and nothing leaves that the order had not made.
//! **Invariant:** what came back may be used as its lot may be: a lot that was blocked meanwhile comes back blocked.

use jiff::Timestamp;
use platform::ids::PlantId;
use platform::{Error, FieldError, Result, Tx};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::actions::Taken;
use crate::genealogy::links::Made;
use crate::ledger::{self, Key, Line, Movement, Posting, Status};
use crate::stock::known;

/// What the ledger says of such movements.
const REASON: &str = "Correction of a report";

/// What a correction is about.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// The plant.
    pub plant: PlantId,
    /// The line of the job.
    pub line: Option<Uuid>,
    /// The job that is corrected.
    pub job: Uuid,
    /// Its manufacturing order.
    pub manufacturing_order: Uuid,
    /// Who says so.
    pub operator: Option<Uuid>,
    /// When.
    pub at: Timestamp,
}

impl About {
    fn posting(&self, movement: Movement) -> Posting<'static> {
        Posting {
            plant: self.plant,
            movement,
            at: self.at,
            reason: Some(REASON),
            reference: None,
            line: self.line,
            job: Some(self.job),
            manufacturing_order: Some(self.manufacturing_order),
            operator: self.operator,
        }
    }
}

/// Units that were not made after all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Withdrawn {
    /// How many the ledger had and has no more, in the unit of the item.
    pub quantity: Decimal,
    /// The pieces and lots they were.
    pub made: Vec<Made>,
}

/// Takes finished units out of stock again: the pieces that are named, and for the rest what has no serial, of the lots that the order made, the newest
/// first. What never came into stock (a plant without places) needs not leave it.
///
/// # Errors
/// 409 `units_gone` where they are not in stock any more; 422 `serials_required` where only pieces with serials are left, `not_made_here` for a serial
/// that the order did not make.
pub async fn withdraw(tx: &mut Tx, about: &About, item: Uuid, quantity: Decimal, serials: &[String]) -> Result<Withdrawn> {
    let wanted = quantity.round_dp(crate::units::DECIMALS).min(made_by_order(tx, about, item).await?);
    if wanted <= Decimal::ZERO {
        return Ok(Withdrawn::default());
    }
    let mut lines = pieces(tx, about, item, serials).await?;
    let named = Decimal::from(lines.len());
    if named > wanted {
        return Err(Error::invalid(vec![FieldError::new(
            "/serials",
            "too_many",
            format!("found {named} serials for {}", wanted.normalize()),
        )]));
    }
    let mut made: Vec<Made> = lines.iter().filter_map(|line| line.key.serial).map(Made::Serial).collect();
    let pieces: Vec<Uuid> = lines.iter().filter_map(|line| line.key.serial).collect();
    let mut left = wanted - named;
    if left > Decimal::ZERO {
        for (key, there) in loose(tx, about, item).await? {
            let part = there.min(left);
            if part > Decimal::ZERO {
                left -= part;
                lines.push(Line { key, quantity: -part, entered: None });
                let lot = key.lot.map(Made::Lot).filter(|lot| !made.contains(lot));
                made.extend(lot);
            }
        }
    }
    if left > Decimal::ZERO {
        return Err(missing(tx, about, item, left).await?);
    }
    ledger::post(tx, &about.posting(Movement::Production), &lines).await?;
    known::mark_serials(tx, &pieces, "withdrawn").await?;
    Ok(Withdrawn { quantity: wanted, made })
}

/// How much of an item an order has put into stock by the ledger.
async fn made_by_order(tx: &mut Tx, about: &About, item: Uuid) -> Result<Decimal> {
    let organization = tx.caller().organization;
    let sql = "select coalesce(sum(quantity), 0) from stock_movements
        where organization_id = $1 and plant_id = $2 and manufacturing_order_id = $3 and item_id = $4 and kind = 'production'";
    Ok(tx.query_one(sql, &[&organization, &about.plant, &about.manufacturing_order, &item]).await?.get(0))
}

/// The pieces with these serials, as lines that leave; locked.
async fn pieces(tx: &mut Tx, about: &About, item: Uuid, serials: &[String]) -> Result<Vec<Line>> {
    if serials.is_empty() {
        return Ok(Vec::new());
    }
    let organization = tx.caller().organization;
    let sql = "select n.code, s.location_id, s.lot_id, s.serial_id, s.license_plate_id, s.status,
            coalesce((select sum(m.quantity) > 0 from stock_movements m where m.organization_id = $1 and m.serial_id = n.id
                and m.manufacturing_order_id = $4 and m.kind = 'production'), false)
        from serials n left join stock s on s.organization_id = $1 and s.plant_id = n.plant_id and s.serial_id = n.id and s.quantity > 0
        where n.organization_id = $1 and n.plant_id = $2 and n.item_id = $3 and n.code = any ($5) order by n.code for update of n";
    let rows = tx.query(sql, &[&organization, &about.plant, &item, &about.manufacturing_order, &serials]).await?;
    let mut lines: Vec<Line> = Vec::new();
    for (index, code) in serials.iter().enumerate() {
        let wrong =
            |code: &'static str, detail: String| Err(Error::invalid(vec![FieldError::new(format!("/serials/{index}"), code, detail)]));
        let Some(row) = rows.iter().find(|row| row.get::<_, &str>(0) == code && row.get(6)) else {
            return wrong("not_made_here", format!("the order did not make {code}"));
        };
        let (Some(location), serial) = (row.get::<_, Option<Uuid>>(1), row.get::<_, Option<Uuid>>(3)) else {
            return Err(Error::conflict("units_gone", format!("{code} is not in stock any more: it went into something else, or out")));
        };
        if lines.iter().any(|line| line.key.serial == serial) {
            return wrong("repeated", format!("{code} is said twice"));
        }
        let key = Key { item, location, lot: row.get(2), serial, license_plate: row.get(4), status: Status::of(row.get(5)) };
        lines.push(Line { key, quantity: -Decimal::ONE, entered: None });
    }
    Ok(lines)
}

/// Stock without serials of the lots that an order made, the newest first and where it was put before elsewhere; locked.
async fn loose(tx: &mut Tx, about: &About, item: Uuid) -> Result<Vec<(Key, Decimal)>> {
    let organization = tx.caller().organization;
    let sql = "with made as (
            select lot_id, max(recorded_at) as last from stock_movements
            where organization_id = $1 and plant_id = $2 and manufacturing_order_id = $3 and item_id = $4 and kind = 'production' and serial_id is null
            group by lot_id having sum(quantity) > 0
        )
        select s.location_id, s.lot_id, s.license_plate_id, s.status, s.quantity - s.reserved from stock s
        join made on made.lot_id is not distinct from s.lot_id
        where s.organization_id = $1 and s.plant_id = $2 and s.item_id = $4 and s.serial_id is null and s.quantity > s.reserved
        order by made.last desc, s.license_plate_id is not null, s.updated_at desc, s.id for update of s";
    let rows = tx.query(sql, &[&organization, &about.plant, &about.manufacturing_order, &item]).await?;
    let of = |row: &tokio_postgres::Row| {
        let key =
            Key { item, location: row.get(0), lot: row.get(1), serial: None, license_plate: row.get(2), status: Status::of(row.get(3)) };
        (key, row.get(4))
    };
    Ok(rows.iter().map(of).collect())
}

/// Why so much cannot leave the stock.
async fn missing(tx: &mut Tx, about: &About, item: Uuid, left: Decimal) -> Result<Error> {
    let organization = tx.caller().organization;
    let sql = "select exists (select from stock where organization_id = $1 and plant_id = $2 and item_id = $3 and serial_id is not null and quantity > 0
        and serial_id in (select serial_id from stock_movements where organization_id = $1 and manufacturing_order_id = $4 and kind = 'production'))";
    let with_serials: bool = tx.query_one(sql, &[&organization, &about.plant, &item, &about.manufacturing_order]).await?.get(0);
    Ok(match with_serials {
        true => {
            let detail = format!("{} of them are pieces with serials: name those that were not made", left.normalize());
            Error::invalid(vec![FieldError::new("/serials", "serials_required", detail)])
        }
        false => {
            let detail = format!("{} of them are not in stock any more: used up, promised to an order, or gone", left.normalize());
            Error::conflict("units_gone", detail)
        }
    })
}

/// Material that comes back.
#[derive(Clone, Copy, Debug)]
pub struct Unused {
    /// The item.
    pub item: Uuid,
    /// How much at most, in its unit.
    pub quantity: Decimal,
    /// How much of what the job took it has truly used up: so much stays used.
    pub used: Decimal,
}

/// Gives back material that a job took and did not use up: of the lots and pieces in `of` first, then what was taken last, each where it lay. Answers
/// what came back.
///
/// # Errors
/// What the ledger refused.
pub async fn give_back(tx: &mut Tx, about: &About, unused: &[Unused], of: &[Made]) -> Result<Vec<Taken>> {
    let organization = tx.caller().organization;
    let items: Vec<Uuid> = unused.iter().map(|unused| unused.item).collect();
    let first: Vec<Uuid> = of.iter().map(|made| made.id()).collect();
    // On its license plate where that still stands there, else loose.
    let sql = "select m.item_id, m.location_id, m.lot_id, m.serial_id, p.id, -m.quantity, coalesce(l.status, 'available')
        from (
            select item_id, location_id, lot_id, serial_id, license_plate_id, sum(quantity) as quantity, max(recorded_at) as last, max(at) as last_at
            from stock_movements
            where organization_id = $1 and plant_id = $2 and manufacturing_order_id = $3 and job_id = $4 and item_id = any ($5) and kind = 'issue'
            group by 1, 2, 3, 4, 5 having sum(quantity) < 0
        ) m
        left join license_plates p on p.organization_id = $1 and p.id = m.license_plate_id and p.location_id = m.location_id and p.archived_at is null
        left join lots l on l.organization_id = $1 and l.id = m.lot_id
        order by m.item_id, coalesce(m.serial_id, m.lot_id) = any ($6) desc nulls last, m.last desc, m.last_at desc, m.serial_id, m.lot_id, m.location_id";
    let rows = tx.query(sql, &[&organization, &about.plant, &about.manufacturing_order, &about.job, &items, &first]).await?;
    let (mut lines, mut back) = (Vec::new(), Vec::new());
    for unused in unused {
        let own: Vec<_> = rows.iter().filter(|row| row.get::<_, Uuid>(0) == unused.item).collect();
        let taken: Decimal = own.iter().map(|row| row.get::<_, Decimal>(5)).sum();
        let mut left = unused.quantity.round_dp(crate::units::DECIMALS).min(taken - unused.used);
        for row in own {
            let (there, serial): (Decimal, Option<Uuid>) = (row.get(5), row.get(3));
            let part = there.min(left);
            // A piece comes back whole.
            if part <= Decimal::ZERO || (serial.is_some() && part < there) {
                continue;
            }
            left -= part;
            let status = Status::of(row.get(6));
            let key = Key { item: unused.item, location: row.get(1), lot: row.get(2), serial, license_plate: row.get(4), status };
            lines.push(Line { key, quantity: part, entered: None });
            back.push(Taken { item: unused.item, lot: key.lot, serial, location: key.location, quantity: part });
        }
    }
    ledger::post(tx, &about.posting(Movement::Issue), &lines).await?;
    for status in [Status::Available, Status::Blocked, Status::Quarantine] {
        let pieces: Vec<Uuid> = lines.iter().filter(|line| line.key.status == status).filter_map(|line| line.key.serial).collect();
        known::mark_serials(tx, &pieces, status.text()).await?;
    }
    Ok(back)
}

/// Writes into the genealogy that `made` were not made of `back` after all, as far as they were: the share of each piece, never more than was written.
///
/// # Errors
/// What the database refused.
pub async fn unlink(tx: &mut Tx, about: &About, made: &[Made], back: &[Taken]) -> Result<u64> {
    if made.is_empty() || back.is_empty() {
        return Ok(0);
    }
    let organization = tx.caller().organization;
    let children: Vec<Uuid> = made.iter().map(|made| made.id()).collect();
    let traced = back.iter().filter_map(|taken| Some((taken.serial.or(taken.lot)?, taken.quantity)));
    let (parents, quantities): (Vec<Uuid>, Vec<Decimal>) = traced.unzip();
    let share = Decimal::from(children.len());
    let sql = "with back as (
            select id, sum(quantity) as quantity from unnest($5::uuid[], $6::numeric[]) as b (id, quantity) group by id
        ), written as (
            select g.child_id, g.child_kind, g.parent_id, g.parent_kind, sum(g.quantity) as quantity from genealogy g
            where g.organization_id = $1 and g.plant_id = $2 and g.child_id = any ($4) and g.parent_id = any ($5) and g.manufacturing_order_id = $3
            group by 1, 2, 3, 4 having sum(g.quantity) > 0
        )
        insert into genealogy (organization_id, plant_id, id, child_id, child_kind, parent_id, parent_kind, quantity, at, job_id,
            manufacturing_order_id, line_id, operator_id)
        select $1, $2, gen_random_uuid(), w.child_id, w.child_kind, w.parent_id, w.parent_kind, -least(w.quantity, round(b.quantity / $7, 6)), $8, $9, $3,
            $10, $11
        from written w join back b on b.id = w.parent_id where round(b.quantity / $7, 6) > 0";
    let params: platform::database::Params<'_> = &[
        &organization,
        &about.plant,
        &about.manufacturing_order,
        &children,
        &parents,
        &quantities,
        &share,
        &about.at,
        &about.job,
        &about.line,
        &about.operator,
    ];
    tx.execute(sql, params).await
}

/// What pieces and lots were made of by an order: the lots and pieces that a correction gives back first.
///
/// # Errors
/// What the database refused.
pub async fn made_of(tx: &mut Tx, about: &About, made: &[Made]) -> Result<Vec<Made>> {
    let organization = tx.caller().organization;
    let children: Vec<Uuid> = made.iter().filter(|made| matches!(made, Made::Serial(_))).map(|made| made.id()).collect();
    if children.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "select distinct parent_id, parent_kind = 'lot' from genealogy
        where organization_id = $1 and plant_id = $2 and child_id = any ($3) and manufacturing_order_id = $4 order by 1";
    let rows = tx.query(sql, &[&organization, &about.plant, &children, &about.manufacturing_order]).await?;
    Ok(rows.iter().map(|row| if row.get(1) { Made::Lot(row.get(0)) } else { Made::Serial(row.get(0)) }).collect())
}
