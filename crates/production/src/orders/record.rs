//! Production orders and manufacturing orders as declared records.

use factory::boms::BomId;
use factory::items::ItemId;
use factory::partners::CustomerId;
use factory::routings::RoutingId;
use jiff::Timestamp;
use platform::ids::PlantId;
use platform::resource::{Choice, Part, Record, Rules, Shape, Sight, Type};
use platform::{Error, FieldError, Result};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

platform::id_type! {
    /// What is wanted, and when.
    ProductionOrderId,
    /// What a plant makes.
    ManufacturingOrderId,
    /// The approved plan that an order comes from.
    PlanId,
}

// Scenarios are planning's; what is made knows of them only that they are records.
impl Shape for PlanId {
    const TYPE: Type = Type::Reference("scenario");
}

/// What is wanted, and when: the planning object of an ERP, of a plan, or written here.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "production_orders", within = Plant, permission = "production.production_order", label = "code", unique(plant_id, code))]
pub struct ProductionOrder {
    /// The record.
    pub id: ProductionOrderId,
    /// The plant that is to make it.
    #[record(immutable)]
    pub plant_id: PlantId,
    /// Its number; unique in the plant.
    #[record(search, max_length = 100, example = "PO-2026-0417", title = "Number")]
    pub code: String,
    /// What the system it comes from calls it; unique in the plant.
    #[record(search, max_length = 200)]
    pub external_id: Option<String>,
    /// Where it comes from.
    #[record(default = "manual")]
    pub source: OrderSource,
    /// What is wanted.
    pub item_id: ItemId,
    /// How much, in the item's unit.
    #[record(decimals = 6, min = 0.000001, example = "480")]
    pub quantity: Decimal,
    /// When it has to be ready.
    #[record(example = "2026-12-04T14:00:00Z")]
    pub due_at: Timestamp,
    /// 1 comes first.
    #[record(min = 1, max = 99, default = 50)]
    pub priority: i16,
    /// For whom.
    pub customer_id: Option<CustomerId>,
    /// The approved plan it comes from.
    #[record(title = "Plan")]
    pub scenario_id: Option<PlanId>,
    /// What else there is to say.
    #[record(max_length = 2000)]
    pub note: Option<String>,
    /// Where it stands.
    #[record(default = "open")]
    pub status: ProductionOrderStatus,
}

/// Where an order comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Choice)]
#[serde(rename_all = "snake_case")]
pub enum OrderSource {
    /// Written by somebody.
    Manual,
    /// From an approved plan.
    Plan,
    /// From an ERP.
    Erp,
}

/// Where a production order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Choice)]
#[serde(rename_all = "snake_case")]
pub enum ProductionOrderStatus {
    /// Wanted.
    Open,
    /// Served.
    Closed,
    /// No longer wanted.
    Cancelled,
}

impl Rules for ProductionOrder {
    async fn archive(&self, sight: &mut Sight<'_>) -> Result<()> {
        let organization = sight.tx.caller().organization;
        let sql = "select code from manufacturing_orders where organization_id = $1 and production_order_id = $2 and archived_at is null
            and status not in ('closed', 'cancelled') order by code limit 1";
        match sight.tx.query_opt(sql, &[&organization, &self.id]).await? {
            Some(row) => {
                let detail = format!("{} is made for it: close or cancel that first", row.get::<_, String>(0));
                Err(Error::conflict("order_open", detail))
            }
            None => Ok(()),
        }
    }
}

/// What a plant makes: an item, so many, by its routing at its lines.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "manufacturing_orders", within = Plant, permission = "production.manufacturing_order", label = "code", unique(plant_id, code))]
pub struct ManufacturingOrder {
    /// The record.
    pub id: ManufacturingOrderId,
    /// The plant that makes it.
    #[record(immutable)]
    pub plant_id: PlantId,
    /// Its number; unique in the plant.
    #[record(search, max_length = 100, example = "MO-2026-1180", title = "Number")]
    pub code: String,
    /// The production order it serves.
    pub production_order_id: Option<ProductionOrderId>,
    /// What is made, made again or scrapped.
    pub item_id: ItemId,
    /// How much, in the item's unit.
    #[record(decimals = 6, min = 0.000001, example = "480")]
    pub quantity: Decimal,
    /// When it has to be ready.
    #[record(example = "2026-12-04T14:00:00Z")]
    pub due_at: Timestamp,
    /// 1 comes first.
    #[record(min = 1, max = 99, default = 50)]
    pub priority: i16,
    /// What is done.
    #[record(default = "make")]
    pub r#type: OrderType,
    /// Where it stands.
    #[record(read_only, default = "planned")]
    pub status: OrderStatus,
    /// The bill of material it was released with; before that, the one wanted, else the newest that holds.
    pub bom_id: Option<BomId>,
    /// The routing it was released with; before that, the one wanted, else the newest that holds.
    pub routing_id: Option<RoutingId>,
    /// Whether material is taken as units are reported, or when somebody says so.
    #[record(default = "backflush")]
    pub issue_mode: IssueMode,
    /// Whether a step may begin once those before it have delivered their first unit.
    #[record(default = false)]
    pub overlap: bool,
    /// What comes out beside its item.
    #[record(max_length = 50)]
    pub outputs: Vec<Output>,
    /// The order it was split from, or whose units it makes again.
    pub origin_id: Option<ManufacturingOrderId>,
    /// The order it became part of, which makes its units.
    #[record(read_only)]
    pub merged_into_id: Option<ManufacturingOrderId>,
    /// The lot its units become; its own number where none is said.
    #[record(search, max_length = 100)]
    pub lot_code: Option<String>,
    /// Good units of its last steps.
    #[record(read_only, decimals = 6, default = 0)]
    pub good: Decimal,
    /// Units scrapped at any step.
    #[record(read_only, decimals = 6, default = 0)]
    pub scrapped: Decimal,
    /// Units sent to be made again at any step.
    #[record(read_only, decimals = 6, default = 0)]
    pub reworked: Decimal,
    /// When it was released.
    #[record(read_only)]
    pub released_at: Option<Timestamp>,
    /// When its first job began.
    #[record(read_only)]
    pub started_at: Option<Timestamp>,
    /// When its last job ended.
    #[record(read_only)]
    pub completed_at: Option<Timestamp>,
    /// When it was closed; nothing is reported on it any more.
    #[record(read_only)]
    pub closed_at: Option<Timestamp>,
    /// Why it was held or cancelled.
    #[record(read_only, max_length = 1000)]
    pub status_note: Option<String>,
    /// What else there is to say.
    #[record(max_length = 2000)]
    pub note: Option<String>,
}

/// What comes out of an order beside its item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Part)]
pub struct Output {
    /// What.
    pub item_id: ItemId,
    /// How much for one unit of the order's item.
    #[record(decimals = 6, min = 0.000001, example = "0.25")]
    pub quantity_per: Decimal,
    /// Which of the two.
    pub kind: OutputKind,
}

/// What comes out beside an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Choice)]
#[serde(rename_all = "snake_case")]
pub enum OutputKind {
    /// Wanted as much as the item.
    CoProduct,
    /// Comes with it.
    ByProduct,
}

/// What an order does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Choice)]
#[serde(rename_all = "snake_case")]
pub enum OrderType {
    /// Makes units.
    Make,
    /// Makes units good that were not.
    Rework,
    /// Takes units out of use.
    Scrap,
}

/// Where a manufacturing order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Choice)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Wanted; nothing of it is fixed.
    Planned,
    /// Its jobs may begin.
    Released,
    /// One of its jobs has begun.
    Running,
    /// Held: none of its jobs begins.
    Paused,
    /// All of its jobs have ended.
    Completed,
    /// Settled: nothing is reported on it any more.
    Closed,
    /// Given up before anything was made.
    Cancelled,
}

/// When material is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Choice)]
#[serde(rename_all = "snake_case")]
pub enum IssueMode {
    /// As units are reported.
    Backflush,
    /// When somebody says so.
    Explicit,
}

impl ManufacturingOrder {
    /// Members that are fixed from release on and differ from what was.
    fn thawed(&self, before: &Self) -> Vec<&'static str> {
        let same = [
            ("item_id", self.item_id == before.item_id),
            ("quantity", self.quantity == before.quantity),
            ("type", self.r#type == before.r#type),
            ("bom_id", self.bom_id == before.bom_id),
            ("routing_id", self.routing_id == before.routing_id),
            ("outputs", self.outputs == before.outputs),
            ("origin_id", self.origin_id == before.origin_id),
        ];
        same.into_iter().filter(|(_, same)| !same).map(|(member, _)| member).collect()
    }
}

impl Rules for ManufacturingOrder {
    async fn check(&self, before: Option<&Self>, sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        let mut wrong = Vec::new();
        if let Some(before) = before.filter(|before| before.status != OrderStatus::Planned) {
            let frozen = "it is fixed since the order was released; split it, or cancel it and make another";
            wrong.extend(self.thawed(before).into_iter().map(|member| FieldError::new(format!("/{member}"), "frozen", frozen)));
        }
        for (index, output) in self.outputs.iter().enumerate() {
            if output.item_id == self.item_id {
                let detail = "the order's own item comes out of it anyway";
                wrong.push(FieldError::new(format!("/outputs/{index}/item_id"), "same", detail));
            }
        }
        let organization = sight.tx.caller().organization;
        let made_of = "select 1 from boms where organization_id = $1 and id = $2 and item_id = $3";
        if let Some(bom) = self.bom_id
            && sight.tx.query_opt(made_of, &[&organization, &bom, &self.item_id]).await?.is_none()
        {
            wrong.push(FieldError::new("/bom_id", "other_item", "it is another item's bill of material"));
        }
        let made_by = "select 1 from routings where organization_id = $1 and id = $2 and item_id = $3";
        // Units are made good by steps that need not be those of their making.
        if let Some(routing) = self.routing_id
            && self.r#type == OrderType::Make
            && sight.tx.query_opt(made_by, &[&organization, &routing, &self.item_id]).await?.is_none()
        {
            wrong.push(FieldError::new("/routing_id", "other_item", "it is another item's routing"));
        }
        Ok(wrong)
    }

    async fn archive(&self, _sight: &mut Sight<'_>) -> Result<()> {
        match self.status {
            OrderStatus::Planned | OrderStatus::Closed | OrderStatus::Cancelled => Ok(()),
            _ => Err(Error::conflict("order_open", "the order is released: close or cancel it first")),
        }
    }
}
