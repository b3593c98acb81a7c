//! What scenarios change, applied to a question in the making.

use std::collections::{BTreeSet, HashMap, HashSet};

use factory::items::FamilyId;
use uuid::Uuid;

use super::{Asking, DAYS_WITHOUT_CALENDAR, Draft, Finding, SECONDS_PER_HOUR, number, same};
use crate::periods::Span;
use crate::plant;
use crate::scenarios::content::Content;
use crate::scenarios::record::{LineChange, NewCapability};

impl Asking<'_> {
    /// Applies what a scenario says.
    pub(super) fn change(&mut self, scenario: &Content) {
        self.change_days(scenario);
        self.add_lines(scenario);
        for change in &scenario.line_changes {
            self.change_line(change);
        }
        self.change_capabilities(scenario);
        for capability in &scenario.new_capabilities {
            self.add_capability(capability);
        }
        self.change_demand(scenario);
        let more = scenario.changeover_changes.iter().map(|change| plant::Changeover {
            line: change.line_id.map(|id| id.0),
            area: None,
            from_family: change.from_family_id.map(|id| id.0),
            to_family: change.to_family_id.map(|id| id.0),
            from_item: change.from_item_id.map(|id| id.0),
            to_item: change.to_item_id.map(|id| id.0),
            minutes: number(change.minutes),
        });
        // The later entry of equal ones counts for the optimizer's reader here, so what a scenario says goes before.
        let more: Vec<_> = more.collect();
        self.changeovers.retain(|old| !more.iter().any(|new| same_changeover(old, new)));
        self.changeovers.extend(more);
    }

    /// The periods from one name to another, by their days.
    fn between(&self, from: Option<&String>, to: Option<&String>) -> Vec<usize> {
        let first = from.and_then(|name| Span::named(name)).map(|span| span.first);
        let last = to.and_then(|name| Span::named(name)).map(|span| span.last);
        let inside = |period: &Span| first.is_none_or(|first| period.last >= first) && last.is_none_or(|last| period.first <= last);
        (0..self.periods.len()).filter(|index| inside(&self.periods[*index])).collect()
    }

    fn change_days(&mut self, scenario: &Content) {
        for change in &scenario.operating_days {
            for period in self.between(change.from_period.as_ref(), change.to_period.as_ref()) {
                let days = f64::from(change.days_per_year) * self.periods[period].share_of_year();
                for line in self.lines.iter_mut().filter(|line| change.area_id.is_none_or(|area| area.0 == line.area)) {
                    line.days[period] = days;
                }
            }
        }
    }

    fn add_lines(&mut self, scenario: &Content) {
        for new in &scenario.new_lines {
            if self.lines.iter().any(|line| line.name == new.name) {
                let message = format!("the new line {} is called as another one of the plant: give it another name", new.name);
                self.findings.push(Finding::block("line_name_taken", message));
                continue;
            }
            let like = new.like_line_id.and_then(|id| self.lines.iter().position(|line| line.id == Some(id.0)));
            let hours = |seconds: i32| f64::from(seconds) / SECONDS_PER_HOUR;
            let count = self.periods.len();
            let usual = like.map(|at| &self.lines[at]);
            let mut days = usual.map_or_else(|| self.days_of_area(new.area_id.0), |line| line.days.clone());
            let from = self.between(new.from_period.as_ref(), None);
            for (_, days) in days.iter_mut().enumerate().filter(|(period, _)| !from.contains(period)) {
                *days = 0.0;
            }
            let draft = Draft {
                id: None,
                name: new.name.clone(),
                area: new.area_id.0,
                days,
                hours_per_day: match new.available_s_per_day {
                    Some(seconds) => vec![hours(seconds); count],
                    None => usual.map_or_else(|| vec![0.0; count], |line| line.hours_per_day.clone()),
                },
                overtime_hours_per_day: new.overtime_s_per_day.map_or_else(|| usual.map_or(0.0, |line| line.overtime_hours_per_day), hours),
                maintenance: vec![0.0; count],
                opening_cost: usual.map_or(0.0, |line| line.opening_cost),
                efficiency: usual.map_or(1.0, |line| line.efficiency),
                relative_efficiency: 1.0,
                relative_cycle_time: 1.0,
            };
            let at = self.lines.len();
            self.lines.push(draft);
            if let Some(like) = like {
                let copies: Vec<_> = self.capabilities.iter().filter(|(line, _)| *line == like).map(|(_, one)| (at, one.clone())).collect();
                self.capabilities.extend(copies);
            }
        }
    }

    /// The days of the lines of an area: those of the first by name.
    fn days_of_area(&self, area: Uuid) -> Vec<f64> {
        let first = self.lines.iter().filter(|line| line.area == area).min_by(|a, b| a.name.cmp(&b.name));
        let without = || self.periods.iter().map(|period| DAYS_WITHOUT_CALENDAR * period.share_of_year()).collect();
        first.map_or_else(without, |line| line.days.clone())
    }

    fn change_line(&mut self, change: &LineChange) {
        let periods = self.between(change.from_period.as_ref(), change.to_period.as_ref());
        let all = periods.len() == self.periods.len();
        let shares: Vec<f64> = self.periods.iter().map(Span::share_of_year).collect();
        let by_shifts = change.shift_pattern_id.and_then(|id| self.plant.pattern_hours.get(&id.0)).copied();
        let Some(line) = self.lines.iter_mut().find(|line| line.id == Some(change.line_id.0)) else {
            let message = "a line that the scenario changes is archived or not planned any more; the change has no effect";
            self.findings.push(Finding::note("line_gone", message).about("line", change.line_id.0));
            return;
        };
        for &period in &periods {
            let hours = &mut line.hours_per_day[period];
            if let Some(seconds) = change.available_s_per_day {
                *hours = f64::from(seconds) / SECONDS_PER_HOUR;
            }
            if let Some(by_shifts) = by_shifts {
                *hours = by_shifts;
            }
            *hours = (*hours + change.more_hours_per_day.map_or(0.0, number)).clamp(0.0, 24.0);
            if let Some(days) = change.days_per_year {
                line.days[period] = f64::from(days) * shares[period];
            }
            if let Some(maintenance) = change.maintenance_h {
                line.maintenance[period] = number(maintenance);
            }
            if change.closed {
                line.days[period] = 0.0;
            }
        }
        let whole = [
            (change.overtime_s_per_day.is_some(), "overtime"),
            (change.relative_cycle_time_pct.is_some(), "cycle times"),
            (change.relative_efficiency_pct.is_some(), "efficiency"),
        ];
        if !all && let Some((_, what)) = whole.iter().find(|(said, _)| *said) {
            let message = format!("{what} of line {} can be changed for all periods only: leave its periods open", line.name);
            self.findings.push(Finding::block("not_by_period", message).about("line", change.line_id.0));
            return;
        }
        if let Some(seconds) = change.overtime_s_per_day {
            line.overtime_hours_per_day = f64::from(seconds) / SECONDS_PER_HOUR;
        }
        line.relative_efficiency *= change.relative_efficiency_pct.map_or(1.0, |percent| number(percent) / 100.0);
        line.relative_cycle_time *= change.relative_cycle_time_pct.map_or(1.0, |percent| number(percent) / 100.0);
    }

    fn change_capabilities(&mut self, scenario: &Content) {
        let by_id: HashMap<Uuid, usize> = self
            .capabilities
            .iter()
            .enumerate()
            .filter(|(_, (line, _))| self.lines[*line].id.is_some())
            .map(|(at, (_, one))| (one.id, at))
            .collect();
        let mut removed = BTreeSet::new();
        for change in &scenario.capability_changes {
            let Some(&at) = by_id.get(&change.capability_id.0) else {
                let message = "a capability that the scenario changes is archived or not planned any more; the change has no effect";
                self.findings.push(Finding::note("capability_gone", message).about("capability", change.capability_id.0));
                continue;
            };
            let capability = &mut self.capabilities[at].1;
            set(&mut capability.cycle_time_s, change.cycle_time_s.map(number));
            set(&mut capability.first_pass_yield, change.first_pass_yield_pct.map(|percent| number(percent) / 100.0));
            set(&mut capability.priority, change.priority.map(|priority| u32::from(priority.unsigned_abs())));
            if let Some(percent) = change.efficiency_pct {
                capability.efficiency = Some(number(percent) / 100.0);
            }
            match change.approved {
                Some(true) => (capability.approved_from, capability.approved_to) = (None, None),
                Some(false) => _ = removed.insert(at),
                None => {}
            }
            capability.approved_from = change.approved_from.or(capability.approved_from);
            capability.approved_to = change.approved_to.or(capability.approved_to);
            if change.removed {
                removed.insert(at);
            }
        }
        let mut at = 0;
        self.capabilities.retain(|_| {
            at += 1;
            !removed.contains(&(at - 1))
        });
    }

    fn add_capability(&mut self, new: &NewCapability) {
        let line = self.lines.iter().position(|line| match (new.line_id, &new.new_line) {
            (Some(id), _) => line.id == Some(id.0),
            (None, Some(name)) => line.id.is_none() && line.name == *name,
            (None, None) => false,
        });
        let Some(line) = line else {
            self.findings.push(Finding::note("line_gone", "a line of a new capability is not planned; it has no effect"));
            return;
        };
        let step = new.step.clone().unwrap_or_default();
        let area = self.lines[line].area;
        let others: Vec<&plant::Capability> = self
            .capabilities
            .iter()
            .filter(|(other, one)| self.lines[*other].area == area && one.item == new.item_id.0 && same(&one.step, &step))
            .map(|(_, one)| one)
            .collect();
        let mean = |of: &dyn Fn(&plant::Capability) -> f64| {
            (!others.is_empty()).then(|| others.iter().map(|one| of(one)).sum::<f64>() / others.len() as f64)
        };
        let Some(cycle_time_s) = new.cycle_time_s.map(number).or_else(|| mean(&|one| one.cycle_time_s)) else {
            let message =
                format!("say the cycle time of the new capability of line {}: no other line can do the step", self.lines[line].name);
            self.findings.push(Finding::block("no_cycle_time", message).about("item", new.item_id.0));
            return;
        };
        let efficiency = new.efficiency_pct.map(|percent| number(percent) / 100.0).or_else(|| mean(&|one| one.efficiency.unwrap_or(1.0)));
        if self.capabilities.iter().any(|(other, one)| *other == line && one.item == new.item_id.0 && same(&one.step, &step)) {
            let message = format!("line {} can make it already: change that capability instead", self.lines[line].name);
            self.findings.push(Finding::block("capability_there", message).about("item", new.item_id.0));
            return;
        }
        let capability = plant::Capability {
            id: Uuid::nil(),
            line: Uuid::nil(),
            item: new.item_id.0,
            step,
            cycle_time_s,
            efficiency,
            first_pass_yield: new.first_pass_yield_pct.map_or(1.0, |percent| number(percent) / 100.0),
            pieces_per_panel: new.pieces_per_panel.map_or(1.0, f64::from),
            priority: new.priority.map_or(1, |priority| u32::from(priority.unsigned_abs())),
            minimum_lot: 0.0,
            approved_from: new.approved_from,
            approved_to: new.approved_to,
        };
        self.capabilities.push((line, capability));
    }

    fn change_demand(&mut self, scenario: &Content) {
        for change in &scenario.demand_changes {
            let periods = self.between(change.from_period.as_ref(), change.to_period.as_ref());
            let concerned: HashSet<Uuid> = self
                .plant
                .items
                .iter()
                .filter(|item| change.item_id.is_none_or(|id| id.0 == item.id))
                .filter(|item| change.family_id.is_none_or(|FamilyId(id)| item.family == Some(id)))
                .filter(|item| change.customer_id.is_none_or(|id| item.customer == Some(id.0)))
                .map(|item| item.id)
                .collect();
            if let Some(units) = change.units {
                for item in change.item_id.iter().map(|id| id.0) {
                    for &period in &periods {
                        self.demand.insert((item, period), number(units));
                    }
                }
            } else if let Some(percent) = change.relative_pct {
                for ((item, period), units) in &mut self.demand {
                    if concerned.contains(item) && periods.contains(period) {
                        *units *= number(percent) / 100.0;
                    }
                }
            }
        }
    }
}

fn same_changeover(a: &plant::Changeover, b: &plant::Changeover) -> bool {
    let key = |one: &plant::Changeover| (one.line, one.area, one.from_family, one.to_family, one.from_item, one.to_item);
    key(a) == key(b)
}

fn set<T>(value: &mut T, new: Option<T>) {
    if let Some(new) = new {
        *value = new;
    }
}
