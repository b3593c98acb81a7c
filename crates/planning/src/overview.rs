//! All plants on one page: how much of their demand is met, what limits each, which region is at risk, over a range of periods.
//!
//! **Invariant:** a plant is shown by the plan that stands for it (approved last, else optimized last) unless another of its scenarios is named.
//! **Invariant:** totals are sums of the plants that are listed; a plant without a plan is listed, and counts nowhere.

use std::collections::BTreeMap;

use jiff::Timestamp;
use line_plan::{Language, PlanDocument};
use platform::caller::Reach;
use platform::ids::{PlantId, RegionId};
use platform::resource::Record as _;
use platform::{Error, Result, Tx};
use serde::Serialize;
use tokio_postgres::Row;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::periods::Span;
use crate::results;
use crate::scenarios::actions;
use crate::scenarios::record::{Scenario, ScenarioId};

/// Units lost below this are rounding.
const HALF: f64 = 0.5;
/// From here on a line is called full, where nobody says otherwise (%).
const FULL_PCT: f64 = 95.0;

/// All plants within reach.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Overview {
    /// The periods of the plans within the range, in time order.
    pub periods: Vec<String>,
    /// All plants together.
    pub total: Sum,
    /// By region, in the order of their names; plants of none stand last.
    pub regions: Vec<RegionRow>,
    /// By name.
    pub plants: Vec<PlantRow>,
}

/// Figures of several plants, or of one.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub struct Sum {
    /// Plants with a plan.
    pub plants: usize,
    /// Units wanted.
    pub demand_units: f64,
    /// Units delivered.
    pub delivered_units: f64,
    /// Units not met.
    pub unmet_units: f64,
    /// Delivered over wanted (%); none where nothing is wanted.
    pub met_pct: Option<f64>,
    /// Hours available (h).
    pub hours_available: f64,
    /// Hours used (h).
    pub hours_used: f64,
    /// Hours used over hours available (%).
    pub utilization_pct: Option<f64>,
    /// Plants that lose demand.
    pub losing: usize,
    /// Plants with a full line that lose nothing.
    pub full: usize,
}

/// A region.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RegionRow {
    /// The region; none for plants of none.
    pub region_id: Option<Uuid>,
    /// Its name.
    #[schema(example = "South")]
    pub region: Option<String>,
    /// Its plants together.
    #[serde(flatten)]
    pub sum: Sum,
}

/// A plant.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlantRow {
    /// The plant.
    pub plant_id: Uuid,
    /// Its short name.
    #[schema(example = "HMO")]
    pub code: String,
    /// Its name.
    pub plant: String,
    /// Its region.
    pub region_id: Option<Uuid>,
    /// `loses`: demand is lost; `full`: a line is full; `room`; `unplanned`: it has no plan.
    #[schema(example = "loses")]
    pub risk: &'static str,
    /// What it aims at.
    pub targets: Targets,
    /// Its plan and figures; none where it has no plan.
    pub plan: Option<PlanRow>,
}

/// What a plant aims at, as its settings say.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Targets {
    /// Utilisation that is aimed at (%).
    pub target_utilization_pct: Option<f64>,
    /// Utilisation from which a line is called full (%).
    pub full_utilization_pct: f64,
    /// Share of demand to be met (%).
    pub target_met_pct: Option<f64>,
}

impl Targets {
    fn of(settings: Option<&factory::plants::Effective>) -> Targets {
        let number = |name: &str| settings.and_then(|settings| settings.number(name));
        Targets {
            target_utilization_pct: number("target_utilization_pct"),
            full_utilization_pct: number("full_utilization_pct").unwrap_or(FULL_PCT),
            target_met_pct: number("target_met_pct"),
        }
    }
}

/// The plan that a plant is shown by.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlanRow {
    /// The scenario.
    pub scenario_id: Uuid,
    /// Its name.
    #[schema(example = "Plan 2027 to 2030")]
    pub scenario: String,
    /// draft, submitted or approved.
    #[schema(example = "approved")]
    pub scenario_status: String,
    /// Its version whose result this is.
    pub scenario_version: i64,
    /// When it was optimized.
    #[schema(value_type = String, format = DateTime)]
    pub optimized_at: Timestamp,
    /// All periods together.
    #[serde(flatten)]
    pub sum: Sum,
    /// Utilisation of the fullest line in any period (%).
    pub max_utilization_pct: f64,
    /// The first period in which demand is lost.
    #[schema(example = "2029")]
    pub first_loss: Option<String>,
    /// The first period in which a line is full.
    pub first_full: Option<String>,
    /// Utilisation in the last period less that in the first (percentage points).
    pub trend_points: f64,
    /// What limits it first and most.
    pub constraint: Option<Limit>,
    /// Period by period.
    pub periods: Vec<PeriodRow>,
}

/// Lines that together limit a plan.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[allow(missing_docs)]
pub struct Limit {
    #[schema(example = "Conformal")]
    pub area: String,
    #[schema(example = "2029")]
    pub period: String,
    #[schema(example = "CC-01, CC-02")]
    pub lines: String,
    pub hours_needed: f64,
    pub hours_available: f64,
    /// Hours needed over hours available (%).
    pub utilization_pct: f64,
    /// Whether demand is lost there.
    pub short: bool,
}

/// A plant in a period.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[allow(missing_docs)]
pub struct PeriodRow {
    #[schema(example = "2029")]
    pub period: String,
    pub demand_units: f64,
    pub delivered_units: f64,
    pub hours_available: f64,
    pub hours_used: f64,
    /// The fullest area.
    pub area: Option<String>,
    /// Its utilisation (%).
    pub area_utilization_pct: f64,
    /// Utilisation of the fullest line (%).
    pub line_utilization_pct: f64,
}

/// Which plants, by which plans, over which periods.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Only plants of this region.
    pub region: Option<RegionId>,
    /// The first period.
    pub from: Option<Span>,
    /// The last period.
    pub to: Option<Span>,
    /// Scenarios to show plants by, in place of what stands for them.
    pub scenarios: Vec<ScenarioId>,
}

/// The figures of a plan that a page of plants needs.
#[derive(Clone, Debug, Default)]
struct Figures {
    periods: Vec<String>,
    /// Period, wanted, delivered.
    items: Vec<(String, f64, f64)>,
    /// Area, period, available, used.
    areas: Vec<(String, String, f64, f64)>,
    /// Period, available, used.
    lines: Vec<(String, f64, f64)>,
    limits: Vec<Limit>,
}

/// All plants within reach on one page.
///
/// # Errors
/// 403 where the caller may read scenarios nowhere; 404 for a scenario that is not there or was not optimized.
pub async fn overview(tx: &mut Tx, wanted: &Wanted) -> Result<Overview> {
    let read = Scenario::kind().verbs.read;
    tx.caller().require_somewhere(read)?;
    let plants: Option<Vec<Uuid>> = match tx.caller().reach_of(read) {
        Reach::Everywhere => None,
        Reach::Plants(plants) => Some(plants.into_iter().map(|plant| plant.0).collect()),
    };
    let organization = tx.caller().organization;
    let chosen: Vec<Uuid> = wanted.scenarios.iter().map(|scenario| scenario.0).collect();
    let found = tx.query(PLANTS, &[&organization, &plants, &wanted.region, &chosen]).await?;
    if let Some(missing) = chosen.iter().find(|id| !found.iter().any(|row| row.get::<_, Option<Uuid>>(5) == Some(**id))) {
        return Err(Error::new(
            platform::error::Kind::NotFound,
            "no_result",
            format!("the scenario {missing} is not there, was not optimized, or is another plant's beside one that is named"),
        ));
    }
    let plants: Vec<PlantId> = found.iter().map(|row| row.get(0)).collect();
    let settings = factory::plants::effective(tx, &plants).await?;
    let mut rows = Vec::new();
    let mut regions: BTreeMap<(bool, String, Option<Uuid>), Sum> = BTreeMap::new();
    let mut total = Sum::default();
    for row in &found {
        let own = settings.iter().find(|settings| settings.plant_id == row.get::<_, Uuid>(0));
        let targets = Targets::of(own);
        let plant = plant(tx, row, wanted, targets).await?;
        if let Some(plan) = &plant.plan {
            let name: Option<String> = row.get(4);
            let sum = regions.entry((name.is_none(), name.unwrap_or_default(), plant.region_id)).or_default();
            sum.add(plan);
            total.add(plan);
        }
        rows.push(plant);
    }
    let spans = rows.iter().filter_map(|row| row.plan.as_ref()).flat_map(|plan| &plan.periods).filter_map(|row| Span::named(&row.period));
    let periods: BTreeMap<_, String> = spans.map(|span| ((span.first, span.length), span.name)).collect();
    let regions = regions.into_iter().map(|((is_none, region, region_id), sum)| RegionRow {
        region_id,
        region: (!is_none).then_some(region),
        sum: sum.finished(),
    });
    Ok(Overview { periods: periods.into_values().collect(), total: total.finished(), regions: regions.collect(), plants: rows })
}

async fn plant(tx: &mut Tx, row: &Row, wanted: &Wanted, targets: Targets) -> Result<PlantRow> {
    let plan = match row.get::<_, Option<ScenarioId>>(5) {
        Some(scenario) => plan(tx, row, scenario, wanted, targets).await?,
        None => None,
    };
    Ok(PlantRow {
        plant_id: row.get(0),
        code: row.get(1),
        plant: row.get(2),
        region_id: row.get(3),
        risk: plan.as_ref().map_or("unplanned", |plan| match (&plan.first_loss, &plan.first_full) {
            (Some(_), _) => "loses",
            (None, Some(_)) => "full",
            (None, None) => "room",
        }),
        targets,
        plan,
    })
}

async fn plan(tx: &mut Tx, row: &Row, scenario: ScenarioId, wanted: &Wanted, targets: Targets) -> Result<Option<PlanRow>> {
    if tx.caller().policies_on(Scenario::kind().verbs.read).is_some() {
        // What a policy hides is not there.
        match actions::find(tx, scenario, false).await {
            Err(error) if error.kind == platform::error::Kind::NotFound => return Ok(None),
            other => other?,
        };
    }
    let figures = match Figures::of_row(row) {
        Some(figures) => figures,
        None => {
            let standing = actions::find(tx, scenario, false).await?;
            let found = results::newest(tx, &standing, None).await?;
            Figures::of_document(&found.document(Language::English))
        }
    };
    let mut shown = figures.rolled_up(wanted, targets.full_utilization_pct);
    (shown.scenario_id, shown.scenario, shown.scenario_status) = (scenario.0, row.get(6), row.get(7));
    (shown.scenario_version, shown.optimized_at) = (row.get(8), row.get(9));
    Ok(Some(shown))
}

impl Figures {
    fn of_row(row: &Row) -> Option<Figures> {
        let texts = |index: usize| row.get::<_, Option<Vec<String>>>(index);
        let numbers = |index: usize| row.get::<_, Option<Vec<f64>>>(index).unwrap_or_default();
        let limits = texts(21)?.into_iter().zip(texts(22)?).zip(texts(23)?).zip(numbers(24)).zip(numbers(25));
        let shorts = row.get::<_, Option<Vec<bool>>>(26)?;
        Some(Figures {
            periods: texts(10)?,
            items: texts(11)?
                .into_iter()
                .zip(numbers(12))
                .zip(numbers(13))
                .map(|((period, wanted), made)| (period, wanted, made))
                .collect(),
            areas: texts(14)?
                .into_iter()
                .zip(texts(15)?)
                .zip(numbers(16))
                .zip(numbers(17))
                .map(|(((area, period), available), used)| (area, period, available, used))
                .collect(),
            lines: texts(18)?
                .into_iter()
                .zip(numbers(19))
                .zip(numbers(20))
                .map(|((period, available), used)| (period, available, used))
                .collect(),
            limits: limits
                .zip(shorts)
                .map(|(((((area, period), lines), needed), available), short)| limit(area, period, lines, needed, available, short))
                .collect(),
        })
    }

    fn of_document(document: &PlanDocument) -> Figures {
        Figures {
            periods: document.periods.iter().map(|period| period.name.clone()).collect(),
            items: document.finished.iter().map(|of| (of.period.clone(), of.demand_units, of.delivered_units)).collect(),
            areas: document.area_loads.iter().map(|of| (of.area.clone(), of.period.clone(), of.hours_available, of.hours_used)).collect(),
            lines: document.lines.iter().map(|of| (of.period.clone(), of.hours_available, of.hours_used)).collect(),
            limits: document
                .constraints
                .iter()
                .map(|of| limit(of.area.clone(), of.period.clone(), of.lines.join(", "), of.hours_needed, of.hours_available, of.short))
                .collect(),
        }
    }

    /// Over the periods that are wanted. Scenario and time are the caller's to fill in.
    fn rolled_up(self, wanted: &Wanted, full_pct: f64) -> PlanRow {
        let inside = |name: &str| {
            let Some(span) = Span::named(name) else { return true };
            wanted.from.as_ref().is_none_or(|from| span.last >= from.first) && wanted.to.as_ref().is_none_or(|to| span.first <= to.last)
        };
        let mut periods: BTreeMap<usize, PeriodRow> = BTreeMap::new();
        for (at, period) in self.periods.iter().enumerate().filter(|(_, name)| inside(name)) {
            let mut row = PeriodRow {
                period: period.clone(),
                demand_units: 0.0,
                delivered_units: 0.0,
                hours_available: 0.0,
                hours_used: 0.0,
                area: None,
                area_utilization_pct: 0.0,
                line_utilization_pct: 0.0,
            };
            for (_, demand, delivered) in self.items.iter().filter(|(own, ..)| own == period) {
                row.demand_units += demand;
                row.delivered_units += delivered;
            }
            for (area, _, available, used) in self.areas.iter().filter(|(_, own, ..)| own == period) {
                row.hours_available += available;
                row.hours_used += used;
                let share = share(*used, *available).unwrap_or_default();
                if row.area.is_none() || share > row.area_utilization_pct {
                    (row.area, row.area_utilization_pct) = (Some(area.clone()), share);
                }
            }
            let fullest = self.lines.iter().filter(|(own, ..)| own == period).filter_map(|(_, available, used)| share(*used, *available));
            row.line_utilization_pct = fullest.fold(0.0, f64::max);
            periods.insert(at, row);
        }
        let periods: Vec<PeriodRow> = periods.into_values().collect();
        let utilization = |row: Option<&PeriodRow>| row.and_then(|row| share(row.hours_used, row.hours_available)).unwrap_or_default();
        let first = |is: &dyn Fn(&PeriodRow) -> bool| periods.iter().find(|row| is(row)).map(|row| row.period.clone());
        // They come worst first: the worst where demand is lost, else the fullest.
        let mut limits: Vec<Limit> = self.limits.into_iter().filter(|limit| inside(&limit.period)).collect();
        let at = limits.iter().position(|limit| limit.short).or_else(|| {
            let fullest = limits.iter().enumerate().max_by(|(_, a), (_, b)| a.utilization_pct.total_cmp(&b.utilization_pct));
            fullest.map(|(at, _)| at)
        });
        let mut sum = Sum { plants: 1, ..Sum::default() };
        for row in &periods {
            sum.demand_units += row.demand_units;
            sum.delivered_units += row.delivered_units;
            sum.hours_available += row.hours_available;
            sum.hours_used += row.hours_used;
        }
        let (first_loss, first_full) =
            (first(&|row| row.demand_units - row.delivered_units >= HALF), first(&|row| row.line_utilization_pct >= full_pct));
        sum.losing = usize::from(first_loss.is_some());
        sum.full = usize::from(first_loss.is_none() && first_full.is_some());
        PlanRow {
            scenario_id: Uuid::nil(),
            scenario: String::new(),
            scenario_status: String::new(),
            scenario_version: 0,
            optimized_at: Timestamp::UNIX_EPOCH,
            sum: sum.finished(),
            max_utilization_pct: periods.iter().map(|row| row.line_utilization_pct).fold(0.0, f64::max),
            first_loss,
            first_full,
            trend_points: utilization(periods.last()) - utilization(periods.first()),
            constraint: at.map(|at| limits.swap_remove(at)),
            periods,
        }
    }
}

impl Sum {
    fn add(&mut self, plan: &PlanRow) {
        self.plants += 1;
        self.demand_units += plan.sum.demand_units;
        self.delivered_units += plan.sum.delivered_units;
        self.hours_available += plan.sum.hours_available;
        self.hours_used += plan.sum.hours_used;
        self.losing += plan.sum.losing;
        self.full += plan.sum.full;
    }

    /// With what follows from its sums.
    fn finished(self) -> Sum {
        Sum {
            unmet_units: (self.demand_units - self.delivered_units).max(0.0),
            met_pct: share(self.delivered_units, self.demand_units),
            utilization_pct: share(self.hours_used, self.hours_available),
            ..self
        }
    }
}

fn limit(area: String, period: String, lines: String, hours_needed: f64, hours_available: f64, short: bool) -> Limit {
    let utilization_pct = share(hours_needed, hours_available).unwrap_or_default();
    Limit { area, period, lines, hours_needed, hours_available, utilization_pct, short }
}

/// In percent; none of nothing.
fn share(of: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| 100.0 * of / whole)
}

/// Optimizes several scenarios at the same time, each as a run of its own: what one plant waits for does not keep another waiting.
///
/// # Errors
/// As [`work::ask`](crate::work::ask), for the first that cannot be optimized; none is then.
pub async fn optimize(tx: &mut Tx, scenarios: &[ScenarioId]) -> Result<Vec<platform::ids::RunId>> {
    let mut runs = Vec::new();
    for scenario in scenarios {
        runs.push(crate::work::ask(tx, *scenario).await?);
    }
    Ok(runs)
}

/// The scenarios that stand for plants, whether they were optimized or not: approved last, else changed last.
///
/// # Errors
/// What the database refused.
pub async fn standing_for(tx: &mut Tx, plants: &[PlantId]) -> Result<Vec<ScenarioId>> {
    let organization = tx.caller().organization;
    let plants: Vec<Uuid> = plants.iter().map(|plant| plant.0).collect();
    let sql = "select s.id from unnest($2::uuid[]) p(id) cross join lateral (select s.id from scenarios s
            where s.organization_id = $1 and s.plant_id = p.id and s.archived_at is null
            order by s.status = 'approved' desc, case when s.status = 'approved' then s.decided_at end desc nulls last, s.updated_at desc limit 1) s";
    Ok(tx.query(sql, &[&organization, &plants]).await?.iter().map(|row| row.get(0)).collect())
}

/// Plants with the result that each is shown by, and what of its figures the page needs.
const PLANTS: &str = "select p.id, p.code, p.name, p.region_id, g.name, s.id, s.name, s.status, s.scenario_version, s.created_at,
        f.period_name, f.item_period, f.item_demand_units, f.item_delivered_units, f.area_name, f.area_period, f.area_hours_available,
        f.area_hours_used, f.line_period, f.line_hours_available, f.line_hours_used, f.limit_area, f.limit_period, f.limit_lines,
        f.limit_hours_needed, f.limit_hours_available, f.limit_short
    from plants p
    left join regions g on g.organization_id = $1 and g.id = p.region_id
    left join lateral (
        select s.id, s.name, s.status, r.scenario_version, r.created_at, r.answer_id
        from scenarios s
        cross join lateral (select r.scenario_version, r.created_at, r.answer_id from scenario_results r
            where r.organization_id = $1 and r.plant_id = p.id and r.scenario_id = s.id order by r.created_at desc, r.id desc limit 1) r
        where s.organization_id = $1 and s.plant_id = p.id and (s.archived_at is null or s.id = any ($4))
        order by s.id = any ($4) desc, s.status = 'approved' desc, case when s.status = 'approved' then s.decided_at end desc nulls last,
            r.created_at desc limit 1) s on true
    left join plan_figures f on f.organization_id = $1 and f.plant_id = p.id and f.answer_id = s.answer_id
    where p.organization_id = $1 and p.archived_at is null and ($2::uuid[] is null or p.id = any ($2)) and ($3::uuid is null or p.region_id = $3)
    order by p.name, p.code";
