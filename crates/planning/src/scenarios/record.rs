//! A scenario as a declared record: what it is called, what it changes, how it is planned, where it stands.

use jiff::Timestamp;
use platform::ids::{PlantId, UserId};
use platform::resource::{Choice, Part, Record, Rules, Sight};
use platform::{Error, FieldError, Result};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use factory::capabilities::CapabilityId;
use factory::items::{FamilyId, ItemId};
use factory::partners::CustomerId;
use factory::places::{AreaId, LineId};
use factory::time::ShiftPatternId;
use jiff::civil::Date;

use crate::periods::Span;
use crate::scenarios::versions;

platform::id_type! {
    /// What a plant would do if some things were different.
    ScenarioId,
}

/// What a plant would do if some things were different: the plant's master data, the changes of the scenario it was cloned from, and its own.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "scenarios", within = Plant, permission = "planning.scenario", unique(plant_id, name))]
pub struct Scenario {
    /// The scenario.
    pub id: ScenarioId,
    /// The plant it is about.
    #[record(immutable)]
    pub plant_id: PlantId,
    /// As people call it; unique in the plant.
    #[record(search, max_length = 200, example = "Third shift on coating")]
    pub name: String,
    /// What it is for.
    #[record(search, max_length = 4000)]
    pub description: Option<String>,
    /// Words to find it by.
    #[record(max_length = 50)]
    pub tags: Vec<String>,
    /// Where it stands.
    #[record(read_only, default = "draft")]
    pub status: ScenarioStatus,
    /// The scenario it was cloned from; none for the plant as it is.
    #[record(immutable)]
    pub base_id: Option<ScenarioId>,
    /// The version of that scenario.
    #[record(immutable, min = 1)]
    pub base_version: Option<i64>,
    /// What this version is about.
    #[record(max_length = 1000, example = "Coating works three shifts from 2028")]
    pub message: Option<String>,
    /// Operating days that differ.
    #[record(max_length = 1000)]
    pub operating_days: Vec<OperatingDays>,
    /// Lines that differ.
    #[record(max_length = 2000)]
    pub line_changes: Vec<LineChange>,
    /// Lines that there would be.
    #[record(max_length = 200)]
    pub new_lines: Vec<NewLine>,
    /// Capabilities that differ.
    #[record(max_length = 20000)]
    pub capability_changes: Vec<CapabilityChange>,
    /// Capabilities that there would be: a customer's approval of a line, a model moved to another one.
    #[record(max_length = 20000)]
    pub new_capabilities: Vec<NewCapability>,
    /// Demand that differs, each upon what those before it left.
    #[record(max_length = 20000)]
    pub demand_changes: Vec<DemandChange>,
    /// Changeover times that come before the plant's.
    #[record(max_length = 5000)]
    pub changeover_changes: Vec<ChangeoverChange>,
    /// How it is planned.
    pub parameters: Option<Parameters>,
    /// Who submitted it.
    #[record(read_only)]
    pub submitted_by: Option<UserId>,
    /// When it was submitted.
    #[record(read_only)]
    pub submitted_at: Option<Timestamp>,
    /// Who approved it or sent it back.
    #[record(read_only)]
    pub decided_by: Option<UserId>,
    /// When that was.
    #[record(read_only)]
    pub decided_at: Option<Timestamp>,
    /// What they said.
    #[record(read_only, max_length = 4000)]
    pub decision: Option<String>,
}

/// Where a scenario stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Choice)]
#[serde(rename_all = "snake_case")]
pub enum ScenarioStatus {
    /// Being worked on.
    Draft,
    /// Waiting for a decision; unchangeable meanwhile.
    Submitted,
    /// What the plant works by; unchangeable.
    Approved,
}

/// Operating days of the plant, an area or a period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Part)]
pub struct OperatingDays {
    /// The area; none for all.
    pub area_id: Option<AreaId>,
    /// First period; none for the first of all.
    #[record(max_length = 10, example = "2028")]
    pub from_period: Option<String>,
    /// Last period; none for the last of all.
    #[record(max_length = 10)]
    pub to_period: Option<String>,
    /// Operating days by the year; a shorter period gets its share.
    #[record(min = 0, max = 366, unit = "d/a", example = 288)]
    pub days_per_year: i16,
}

/// What is different about a line. What is left open stays as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Part)]
pub struct LineChange {
    /// The line.
    pub line_id: LineId,
    /// First period; none for the first of all.
    #[record(max_length = 10)]
    pub from_period: Option<String>,
    /// Last period; none for the last of all.
    #[record(max_length = 10)]
    pub to_period: Option<String>,
    /// Whether it is closed.
    #[record(default = false)]
    #[serde(default)]
    pub closed: bool,
    /// Time it can work on an operating day.
    #[record(min = 0, max = 86400, unit = "s/d", example = 79200)]
    pub available_s_per_day: Option<i32>,
    /// Time it can work beyond that.
    #[record(min = 0, max = 86400, unit = "s/d")]
    pub overtime_s_per_day: Option<i32>,
    /// Its shifts.
    pub shift_pattern_id: Option<ShiftPatternId>,
    /// Hours more (or fewer) on an operating day: one more shift is 7.5.
    #[record(decimals = 3, min = -24, max = 24, unit = "h/d", example = "7.5")]
    pub more_hours_per_day: Option<Decimal>,
    /// Operating days by the year.
    #[record(min = 0, max = 366, unit = "d/a")]
    pub days_per_year: Option<i16>,
    /// Efficiency of all it makes, relative to now: 105 is a twentieth better. Never over 100 % in the end.
    #[record(decimals = 3, min = 1, max = 1000, unit = "%")]
    pub relative_efficiency_pct: Option<Decimal>,
    /// Cycle times of all it makes, relative to now: 90 is a tenth faster.
    #[record(decimals = 3, min = 1, max = 1000, unit = "%")]
    pub relative_cycle_time_pct: Option<Decimal>,
    /// Planned maintenance in each period.
    #[record(decimals = 3, min = 0, unit = "h")]
    pub maintenance_h: Option<Decimal>,
}

/// A line that there would be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Part)]
pub struct NewLine {
    /// As people would call it; no other line of the plant is called so.
    #[record(max_length = 200, example = "CC-04")]
    pub name: String,
    /// The area it would work for.
    pub area_id: AreaId,
    /// Time it could work on an operating day; as the line it is like where nothing is said.
    #[record(min = 0, max = 86400, unit = "s/d")]
    pub available_s_per_day: Option<i32>,
    /// Time it could work beyond that.
    #[record(min = 0, max = 86400, unit = "s/d")]
    pub overtime_s_per_day: Option<i32>,
    /// First period in which it is there; none for the first of all.
    #[record(max_length = 10)]
    pub from_period: Option<String>,
    /// The line whose capabilities, days and hours it has.
    pub like_line_id: Option<LineId>,
}

/// What is different about a capability. What is left open stays as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Part)]
pub struct CapabilityChange {
    /// The capability.
    pub capability_id: CapabilityId,
    /// Whether it is no longer there.
    #[record(default = false)]
    #[serde(default)]
    pub removed: bool,
    /// Time for one panel or piece.
    #[record(decimals = 6, min = 0.000001, unit = "s")]
    pub cycle_time_s: Option<Decimal>,
    /// Efficiency.
    #[record(decimals = 3, min = 0.001, max = 100, unit = "%")]
    pub efficiency_pct: Option<Decimal>,
    /// Units good at the first try.
    #[record(decimals = 3, min = 0.001, max = 100, unit = "%")]
    pub first_pass_yield_pct: Option<Decimal>,
    /// 1 is preferred.
    #[record(min = 1, max = 99)]
    pub priority: Option<i16>,
    /// Whether the customer approves it: always, or never.
    pub approved: Option<bool>,
    /// First day of the approval.
    pub approved_from: Option<Date>,
    /// Last day of the approval.
    pub approved_to: Option<Date>,
}

/// A capability that there would be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Part)]
pub struct NewCapability {
    /// The line; or the name of a new one.
    pub line_id: Option<LineId>,
    /// The new line.
    #[record(max_length = 200)]
    pub new_line: Option<String>,
    /// The item.
    pub item_id: ItemId,
    /// Which step of the item, where the line could do several.
    #[record(max_length = 200)]
    pub step: Option<String>,
    /// Time for one panel or piece; the mean of the other lines that can do the step where nothing is said.
    #[record(decimals = 6, min = 0.000001, unit = "s")]
    pub cycle_time_s: Option<Decimal>,
    /// Efficiency; the mean of the others where nothing is said.
    #[record(decimals = 3, min = 0.001, max = 100, unit = "%")]
    pub efficiency_pct: Option<Decimal>,
    /// Units good at the first try.
    #[record(decimals = 3, min = 0.001, max = 100, unit = "%", default = 100)]
    pub first_pass_yield_pct: Option<Decimal>,
    /// Units made in one cycle.
    #[record(min = 1, default = 1)]
    pub pieces_per_panel: Option<i32>,
    /// 1 is preferred.
    #[record(min = 1, max = 99, default = 1)]
    pub priority: Option<i16>,
    /// First day of the approval; none for always.
    pub approved_from: Option<Date>,
    /// Last day of the approval; none for ever.
    pub approved_to: Option<Date>,
}

/// What is different about demand: for an item, a family, a customer, or for all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Part)]
pub struct DemandChange {
    /// Only this item.
    pub item_id: Option<ItemId>,
    /// Only this family.
    pub family_id: Option<FamilyId>,
    /// Only this customer.
    pub customer_id: Option<CustomerId>,
    /// First period; none for the first of all.
    #[record(max_length = 10)]
    pub from_period: Option<String>,
    /// Last period; none for the last of all.
    #[record(max_length = 10)]
    pub to_period: Option<String>,
    /// Units relative to now: 120 is a fifth more.
    #[record(decimals = 3, min = 0, max = 100000, unit = "%", example = "120")]
    pub relative_pct: Option<Decimal>,
    /// Units instead of those there are, in each period; only for an item.
    #[record(decimals = 6, min = 0)]
    pub units: Option<Decimal>,
}

/// A changeover time that comes before the plant's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Part)]
pub struct ChangeoverChange {
    /// Only at this line.
    pub line_id: Option<LineId>,
    /// From this family.
    pub from_family_id: Option<FamilyId>,
    /// To this family.
    pub to_family_id: Option<FamilyId>,
    /// From this item.
    pub from_item_id: Option<ItemId>,
    /// To this item.
    pub to_item_id: Option<ItemId>,
    /// Time it takes.
    #[record(decimals = 2, min = 0, unit = "min")]
    pub minutes: Decimal,
}

/// How a scenario is planned. What is left open is as usual.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Part)]
pub struct Parameters {
    /// What counts as met.
    pub model: Option<DemandModel>,
    /// What a unit of unmet demand costs.
    pub weight: Option<WeightOf>,
    /// How lines are balanced.
    pub balance: Option<Balancing>,
    /// Whether preferred lines are sought after that.
    pub preference: Option<bool>,
    /// How changeovers take time.
    pub changeovers: Option<Changeovers>,
    /// Runs of each model in a period, for changeovers.
    #[record(decimals = 3, min = 0.001, max = 1000)]
    pub campaigns_per_period: Option<Decimal>,
    /// Most stock of a model, as a share of the next period's demand.
    #[record(decimals = 3, min = 0, max = 10000, unit = "%")]
    pub prebuild_cover_pct: Option<Decimal>,
    /// First period; none for the first with demand.
    #[record(max_length = 10)]
    pub from_period: Option<String>,
    /// Last period; none for the last with demand.
    #[record(max_length = 10)]
    pub to_period: Option<String>,
    /// Where the demand comes from: manual, workbook, erp, edi, forecast; none for all of them together.
    #[record(max_length = 200)]
    pub demand_source: Option<String>,
    /// Whether minimum lots are kept.
    pub minimum_lots: Option<bool>,
    /// Most lines over which a model is split.
    #[record(min = 1, max = 1000)]
    pub max_lines_per_step: Option<i32>,
    /// Whether the plan chooses which lines to open.
    pub openings: Option<bool>,
    /// Relative gap that an integer plan may leave.
    #[record(decimals = 6, min = 0, max = 100, unit = "%")]
    pub gap_pct: Option<Decimal>,
    /// How many approvals and shifts are tried for what they would gain.
    #[record(min = 0, max = 1000)]
    pub gains: Option<i32>,
    /// Longest time for an integer plan.
    #[record(decimals = 1, min = 0.1, max = 3600, unit = "s")]
    pub time_limit_s: Option<Decimal>,
}

/// What counts as met demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Choice)]
#[serde(rename_all = "snake_case")]
pub enum DemandModel {
    /// What each area makes, by itself.
    Area,
    /// Finished units, through the whole routing.
    Finished,
    /// Finished units, which may be made ahead.
    Prebuild,
    /// Line by line in the order of the list, as spreadsheets do.
    Baseline,
}

/// What a unit of unmet demand costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Choice)]
#[serde(rename_all = "snake_case")]
pub enum WeightOf {
    /// Its standard hours.
    Hours,
    /// One.
    Units,
    /// Its value.
    Money,
}

/// How lines are balanced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Choice)]
#[serde(rename_all = "snake_case")]
pub enum Balancing {
    /// The fullest line is as empty as can be, then the next, and so on.
    Leximin,
    /// Only the fullest.
    Max,
    /// Not at all.
    Off,
}

/// How changeovers take time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Choice)]
#[serde(rename_all = "snake_case")]
pub enum Changeovers {
    /// Not at all.
    None,
    /// By the mix of a line.
    Mix,
    /// Once for each model and period.
    Campaign,
}

impl Rules for Scenario {
    async fn check(&self, before: Option<&Self>, sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        if let Some(before) = before
            && before.status != ScenarioStatus::Draft
        {
            let stands = if before.status == ScenarioStatus::Submitted { "submitted and waits for a decision" } else { "approved" };
            return Err(Error::conflict("scenario_not_draft", format!("the scenario is {stands}: clone it, and change the clone")));
        }
        let mut wrong = self.periods_that_are_none();
        wrong.extend(self.periods_that_end_first());
        wrong.extend(self.contradictions());
        wrong.extend(versions::base_that_is_none(self, before, sight.tx).await?);
        Ok(wrong)
    }
}

impl Scenario {
    fn periods_that_are_none(&self) -> Vec<FieldError> {
        let mut given: Vec<(String, &Option<String>)> = Vec::new();
        let mut both = |list: &str, index: usize, from, to| {
            given.push((format!("/{list}/{index}/from_period"), from));
            given.push((format!("/{list}/{index}/to_period"), to));
        };
        for (index, change) in self.operating_days.iter().enumerate() {
            both("operating_days", index, &change.from_period, &change.to_period);
        }
        for (index, change) in self.line_changes.iter().enumerate() {
            both("line_changes", index, &change.from_period, &change.to_period);
        }
        for (index, change) in self.demand_changes.iter().enumerate() {
            both("demand_changes", index, &change.from_period, &change.to_period);
        }
        for (index, line) in self.new_lines.iter().enumerate() {
            both("new_lines", index, &line.from_period, &None);
        }
        if let Some(parameters) = &self.parameters {
            given.push(("/parameters/from_period".into(), &parameters.from_period));
            given.push(("/parameters/to_period".into(), &parameters.to_period));
        }
        let wrong = given.into_iter().filter_map(|(pointer, period)| {
            let period = period.as_ref().filter(|period| Span::named(period).is_none())?;
            let detail = format!("there is no period {period}; write 2027, 2027-03, 2027-W14 or 2027-03-31");
            Some(FieldError::new(pointer, "no_such_period", detail))
        });
        wrong.collect()
    }

    /// A change that ends before it begins changes nothing, which is not what anybody meant.
    fn periods_that_end_first(&self) -> Vec<FieldError> {
        let days = self.operating_days.iter().map(|one| ("operating_days", &one.from_period, &one.to_period)).enumerate();
        let lines = self.line_changes.iter().map(|one| ("line_changes", &one.from_period, &one.to_period)).enumerate();
        let demand = self.demand_changes.iter().map(|one| ("demand_changes", &one.from_period, &one.to_period)).enumerate();
        let listed = days.chain(lines).chain(demand).map(|(index, (list, from, to))| (format!("/{list}/{index}"), from, to));
        let planned = self.parameters.iter().map(|one| ("/parameters".to_owned(), &one.from_period, &one.to_period));
        let wrong = listed.chain(planned).filter_map(|(at, from, to)| {
            let (first, last) = (Span::named(from.as_deref()?)?, Span::named(to.as_deref()?)?);
            let detail = format!("it ends with {} before it begins with {}", last.name, first.name);
            (last.last < first.first).then(|| FieldError::new(format!("{at}/to_period"), "ends_before_it_begins", detail))
        });
        wrong.collect()
    }

    fn contradictions(&self) -> Vec<FieldError> {
        let mut wrong = Vec::new();
        for (index, line) in self.new_lines.iter().enumerate() {
            let at = format!("/new_lines/{index}");
            if line.available_s_per_day.is_none() && line.like_line_id.is_none() {
                let detail = "say how long it can work, or which line it is like";
                wrong.push(FieldError::new(format!("{at}/available_s_per_day"), "required", detail));
            }
            if self.new_lines[..index].iter().any(|other| other.name == line.name) {
                wrong.push(FieldError::new(format!("{at}/name"), "taken", "another new line is called so"));
            }
        }
        for (index, capability) in self.new_capabilities.iter().enumerate() {
            let at = format!("/new_capabilities/{index}");
            match (&capability.line_id, &capability.new_line) {
                (Some(_), None) => {}
                (None, Some(name)) if self.new_lines.iter().any(|line| line.name == *name) => {}
                (None, Some(_)) => {
                    let detail = "there is no new line of this name in new_lines";
                    wrong.push(FieldError::new(format!("{at}/new_line"), "unknown_reference", detail));
                }
                _ => wrong.push(FieldError::new(format!("{at}/line_id"), "ambiguous", "name the line or the new line, one of them")),
            }
        }
        for (index, change) in self.demand_changes.iter().enumerate() {
            let at = format!("/demand_changes/{index}");
            match (&change.relative_pct, &change.units) {
                (Some(_), None) => {}
                (None, Some(_)) if change.item_id.is_some() => {}
                (None, Some(_)) => {
                    wrong.push(FieldError::new(format!("{at}/item_id"), "required", "a number of units is of an item: name it"));
                }
                _ => {
                    let detail = "say relative_pct or units, one of them";
                    wrong.push(FieldError::new(format!("{at}/relative_pct"), "ambiguous", detail));
                }
            }
        }
        wrong
    }
}
