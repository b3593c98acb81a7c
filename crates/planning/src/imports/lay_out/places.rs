//! Areas, lines and their operating days.

use std::collections::{BTreeMap, HashSet};

use line_plan::Severity;
use serde_json::{Value, json};
use workbook::{At, LineRow, RowScope, folded};

use super::{Table, decimal, members, percent};
use crate::imports::present::{id, text};

const SECONDS_PER_HOUR: f64 = 3600.0;

impl Table<'_> {
    /// Whether a line of the file stands in the plant that is written to: the first of the contents' plants.
    fn is_own(line: &LineRow) -> bool {
        line.plant == 0
    }

    pub(super) fn areas(&mut self) {
        let contents = self.contents;
        let index = self.present.by_name("area");
        let used: HashSet<usize> = contents.lines.iter().filter(|line| Self::is_own(line)).map(|line| line.area).collect();
        let mut last = self.present.in_use("area").filter_map(|area| area.get("sequence")?.as_i64()).max().unwrap_or(0);
        for (number, area) in contents.areas.iter().enumerate() {
            let by_code = || area.code.as_deref().and_then(|code| index.get(&folded(code)));
            let there = index.get(&folded(&area.name)).or_else(by_code).copied();
            let in_use = there.is_some_and(crate::imports::present::in_use);
            self.areas[number] = there.filter(|_| in_use).and_then(|area| id(area, "id"));
            if (area.at.is_none() && (in_use || !used.contains(&number))) || area.name.is_empty() {
                continue;
            }
            let order = area.order.map(i64::from);
            let mut body = members(json!({ "sequence": order }));
            if there.is_none() {
                last += 10;
                let code = match &area.code {
                    Some(code) => self.code("area", code),
                    None => self.code("area", &area.name),
                };
                body.extend(members(json!({
                    "plant_id": self.present.plant, "code": code, "name": area.name, "sequence": order.unwrap_or(last),
                })));
            }
            self.areas[number] = Some(self.say("area", there, &area.name, area.at, body));
        }
    }

    pub(super) fn lines(&mut self) {
        let contents = self.contents;
        let index: BTreeMap<&str, _> = self.present.of("line").iter().map(|line| (text(line, "name"), line)).collect();
        let mut elsewhere: BTreeMap<usize, Vec<&LineRow>> = BTreeMap::new();
        for (number, line) in contents.lines.iter().enumerate() {
            if !Self::is_own(line) {
                elsewhere.entry(line.plant).or_default().push(line);
                continue;
            }
            let there = index.get(line.name.as_str()).copied();
            self.lines[number] = there.and_then(|line| id(line, "id"));
            let Some(at) = line.at else { continue };
            let is_new = there.is_none();
            let said = |table: &Self, meaning: &str| is_new || table.says(Some(at), meaning);
            let currency = there.map(|line| text(line, "currency")).filter(|currency| !currency.is_empty());
            let mut body = members(json!({
                "area_id": self.areas[line.area],
                "available_s_per_day": seconds(line.hours_per_day),
                "overtime_s_per_day": said(self, "overtime hours per day").then(|| seconds(line.overtime_hours_per_day)),
                "efficiency_pct": line.efficiency.map(percent),
                "opening_cost": currency.filter(|_| self.says(Some(at), "opening cost")).map(|_| decimal(line.opening_cost, 2)),
                "active": said(self, "active").then_some(line.active),
            }));
            if is_new {
                body.insert("name".into(), json!(line.name));
            }
            self.lines[number] = Some(self.say("line", there, &line.name, Some(at), body));
            self.left_of_line(line, at, currency.is_some());
        }
        for (plant, lines) in elsewhere {
            let message = format!(
                "{} lines of the plant '{}' and what they make are left: this import is into {}",
                lines.len(),
                contents.plants[plant],
                self.present.names[0]
            );
            self.left(lines.first().and_then(|line| line.at), &contents.plants[plant], message);
        }
    }

    /// What a line of a file can have and a line of a plant has in another way.
    fn left_of_line(&mut self, line: &LineRow, at: At, has_currency: bool) {
        if line.maintenance_hours > 0.0 {
            let message = format!("the planned maintenance of '{}' is left: a scenario says it", line.name);
            self.left(Some(at), line.maintenance_hours, message);
        }
        if !line.patterns.is_empty() {
            let names: Vec<&str> = line.patterns.iter().map(|(name, _)| name.as_str()).collect();
            let message = format!("the shift patterns that '{}' could work are left: a scenario chooses among them", line.name);
            self.left(Some(at), names.join(", "), message);
        }
        if line.opening_cost > 0.0 && !has_currency {
            let message = format!("the opening cost of '{}' is left: the line has no currency", line.name);
            self.left(Some(at), line.opening_cost, message);
        }
    }

    /// Operating days of years become calendars of the areas and lines that work so.
    pub(super) fn calendars(&mut self) {
        let contents = self.contents;
        let mut by_scope: BTreeMap<RowScope, Vec<&workbook::CalendarRow>> = BTreeMap::new();
        for row in &contents.calendar {
            let scope = match row.scope {
                RowScope::Plant(0) => RowScope::All,
                RowScope::Plant(_) => continue,
                scope => scope,
            };
            by_scope.entry(scope).or_default().push(row);
        }
        for (scope, rows) in by_scope {
            let Some(first) = rows.first() else { continue };
            let is_of_years = rows.iter().all(|row| row.period.len() == 4);
            if !is_of_years || rows.iter().any(|row| row.days != first.days) {
                let message = "operating days that differ from period to period are left: a calendar has its weekdays and holidays, a scenario \
                    the days of a year";
                self.left(Some(first.at), rows.len(), message.to_owned());
                continue;
            }
            let days = first.days.round() as i64;
            let calendar = self.calendar(days, first.at);
            match scope {
                RowScope::All | RowScope::Plant(_) => {
                    let listed: Vec<usize> = (0..contents.areas.len()).filter(|area| self.areas[*area].is_some()).collect();
                    listed.into_iter().for_each(|area| self.work_by("area", self.areas[area], calendar, first.at));
                }
                RowScope::Area(area) => self.work_by("area", self.areas[area], calendar, first.at),
                RowScope::Line(line) => self.work_by("line", self.lines[line], calendar, first.at),
            }
        }
    }

    /// The calendar with so many days a year.
    fn calendar(&mut self, days: i64, at: At) -> uuid::Uuid {
        let present = self.present;
        let fitting =
            |calendar: &&crate::imports::present::Stored| calendar.get("operating_days_per_year").and_then(Value::as_i64) == Some(days);
        if let Some(there) = present.in_use("calendar").find(fitting).and_then(|calendar| id(calendar, "id")) {
            return there;
        }
        let label = format!("{days} operating days");
        let spoken = self.intended.iter().find(|intended| intended.kind == "calendar" && intended.label == label);
        if let Some(spoken) = spoken {
            return spoken.id;
        }
        let weekdays = match days {
            ..=261 => "12345",
            262..=313 => "123456",
            _ => "1234567",
        };
        let code = self.code("calendar", &format!("D{days}"));
        let body = members(json!({
            "plant_id": present.plant, "code": code, "name": label, "operating_days_per_year": days, "weekdays": weekdays,
        }));
        self.say("calendar", None, &label, Some(at), body)
    }

    fn work_by(&mut self, kind: &'static str, record: Option<uuid::Uuid>, calendar: uuid::Uuid, at: At) {
        let Some(record) = record else { return };
        match self.spoken.get(&record) {
            Some(place) => _ = self.intended[*place].body.insert("calendar_id".into(), json!(calendar)),
            None => {
                let there = self.present.of(kind).iter().find(|stored| id(stored, "id") == Some(record));
                let label = there.map_or_else(String::new, |stored| text(stored, "name").to_owned());
                self.say(kind, there, &label, Some(at), members(json!({ "calendar_id": calendar })));
            }
        }
    }

    /// Says once how often something was noticed.
    pub(super) fn noticed(&mut self, severity: Severity, code: &str, at: At, count: usize, message: String) {
        self.issue(severity, code, Some(at), count, "", message);
    }
}

fn seconds(hours: f64) -> i64 {
    (hours * SECONDS_PER_HOUR).round() as i64
}
