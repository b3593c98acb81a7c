//! A finite forward schedule: each line does one thing at a time, in its working time, one job after the other by a rule.
//!
//! It never lets a line wait while something could run on it, which is quick and easy to follow, and no optimum. Whoever schedules better implements
//! [`Scheduler`].
//!
//! **Invariant:** the order of works never changes the answer: labels break ties.
//! **Invariant:** nothing here knows a database or what time it is.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::changeovers::{self, Setup};
use crate::people::calendar::Hours;

/// What there is to schedule, and where.
#[derive(Clone, Debug)]
pub struct Floor {
    /// Nothing is scheduled before then.
    pub now: Timestamp,
    /// The lines.
    pub lines: Vec<LineOf>,
    /// What is to be done.
    pub works: Vec<Work>,
    /// What changing over takes.
    pub changeovers: Vec<changeovers::Rule>,
}

/// A line.
#[derive(Clone, Debug)]
pub struct LineOf {
    /// The line.
    pub id: Uuid,
    /// Its area.
    pub area: Uuid,
    /// Its name.
    pub name: String,
    /// When it works, as far as is looked ahead.
    pub hours: Hours,
    /// What it is set up for.
    pub setup: Option<Setup>,
}

/// A job, or several that run together.
#[derive(Clone, Debug)]
pub struct Work {
    /// The jobs.
    pub jobs: Vec<Uuid>,
    /// The order it belongs to.
    pub order: Uuid,
    /// Its name, which breaks ties: no two are alike.
    pub label: String,
    /// Where it can be done, and how long it takes there.
    pub on: Vec<Candidate>,
    /// What has to be done before.
    pub after: Vec<After>,
    /// What it makes.
    pub setup: Setup,
    /// When it is due.
    pub due: Timestamp,
    /// 1 comes first.
    pub priority: i16,
    /// Its place at the line by hand.
    pub sequence: Option<i32>,
    /// Not before then.
    pub pinned: Option<Timestamp>,
    /// Whether it is at work: it goes on at once, and its line is set up.
    pub is_running: bool,
}

/// Where something can be done.
#[derive(Clone, Copy, Debug)]
pub struct Candidate {
    /// The line, by its place in the list.
    pub line: usize,
    /// Time it takes without changeover (ms).
    pub millis: i64,
    /// Time of the first unit (ms).
    pub first_millis: i64,
}

/// What has to be done before something.
#[derive(Clone, Copy, Debug)]
pub struct After {
    /// The work, by its place in the list.
    pub work: usize,
    /// Whether its first unit is enough.
    pub overlap: bool,
}

/// By which rule a line takes its next job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DispatchRule)]
pub enum Rule {
    /// What is due first.
    #[default]
    Due,
    /// What has the highest priority.
    Priority,
    /// What needs the least changeover.
    Family,
    /// In the order that somebody gave by hand; else what is due first.
    Hand,
}

/// When something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The work, by its place in the list.
    pub work: usize,
    /// The line, by its place in the list.
    pub line: usize,
    /// When it begins, changeover first.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// Changeover before it (ms).
    pub setup_millis: i64,
}

/// Why something is not scheduled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// No line can make it.
    NoLine,
    /// The lines do not work long enough, as far as is looked ahead.
    NoHours,
    /// Something before it is not scheduled.
    Waits,
}

/// A schedule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// What is done when, in the order in which it begins.
    pub planned: Vec<Planned>,
    /// What is not, by its place in the list.
    pub left_out: Vec<(usize, Why)>,
}

/// A way to schedule.
pub trait Scheduler {
    /// A schedule of everything on the floor that can be scheduled.
    fn schedule(&self, floor: &Floor) -> Schedule;
}

/// One job after the other, by a rule.
#[derive(Clone, Copy, Debug, Default)]
pub struct ByRule(pub Rule);

impl Scheduler for ByRule {
    fn schedule(&self, floor: &Floor) -> Schedule {
        let mut placing = Placing::new(floor, self.0);
        placing.go_on();
        while placing.place_next() {}
        placing.finish()
    }
}

#[derive(Clone, Copy, Debug)]
struct Chance {
    line: usize,
    start: Timestamp,
    end: Timestamp,
    setup_millis: i64,
}

struct Placing<'a> {
    floor: &'a Floor,
    rule: Rule,
    free: Vec<Timestamp>,
    setups: Vec<Option<Setup>>,
    planned: Vec<Option<Planned>>,
    /// The best that is known for a work; none where it has to be looked up again.
    best: Vec<Option<Chance>>,
    hopeless: Vec<Option<Why>>,
    /// Works by label, so that their order in the list does not count.
    by_label: Vec<usize>,
}

impl<'a> Placing<'a> {
    fn new(floor: &'a Floor, rule: Rule) -> Self {
        let works = floor.works.len();
        let mut by_label: Vec<usize> = (0..works).collect();
        by_label.sort_by(|a, b| floor.works[*a].label.cmp(&floor.works[*b].label));
        Placing {
            floor,
            rule,
            free: vec![floor.now; floor.lines.len()],
            setups: floor.lines.iter().map(|line| line.setup).collect(),
            planned: vec![None; works],
            best: vec![None; works],
            hopeless: vec![None; works],
            by_label,
        }
    }

    /// What is at work goes on first.
    fn go_on(&mut self) {
        for work in self.by_label.clone() {
            if self.floor.works[work].is_running {
                match self.look(work, false) {
                    Ok(best) => self.put(work, best),
                    Err(why) => self.hopeless[work] = Some(why),
                }
            }
        }
    }

    fn place_next(&mut self) -> bool {
        let open: Vec<usize> = self.by_label.iter().copied().filter(|work| self.is_open(*work)).collect();
        for work in open.iter().copied() {
            if self.best[work].is_none() {
                match self.look(work, true) {
                    Ok(best) => self.best[work] = Some(best),
                    Err(why) => self.hopeless[work] = Some(why),
                }
            }
        }
        let mut choices: Vec<(usize, Chance)> = open.iter().filter_map(|work| Some((*work, self.best[*work]?))).collect();
        if self.rule == Rule::Hand {
            let first: Vec<_> = choices.iter().copied().filter(|(work, at)| !self.is_behind(*work, at.line)).collect();
            // Two lines whose orders by hand wait for each other: what could begin begins.
            if !first.is_empty() {
                choices = first;
            }
        }
        let Some(soonest) = choices.iter().map(|(_, at)| at.start).min() else { return false };
        let name = |line: usize| self.floor.lines[line].name.as_str();
        let at = choices.iter().filter(|(_, at)| at.start == soonest).map(|(_, at)| at.line).min_by_key(|line| name(*line));
        let here = choices.into_iter().filter(|(_, choice)| choice.start == soonest && Some(choice.line) == at);
        let next = here.min_by(|(a, of_a), (b, of_b)| self.key(*a, of_a).cmp(&self.key(*b, of_b)));
        let Some((work, best)) = next else { return false };
        self.put(work, best);
        true
    }

    /// Whether everything before it is scheduled, and it is not.
    fn is_open(&self, work: usize) -> bool {
        self.planned[work].is_none()
            && self.hopeless[work].is_none()
            && self.floor.works[work].after.iter().all(|after| self.planned[after.work].is_some())
    }

    /// Whether something at the line comes before it by hand.
    fn is_behind(&self, work: usize, line: usize) -> bool {
        let Some(own) = self.floor.works[work].sequence else { return false };
        let before = |other: &usize| {
            let work = &self.floor.works[*other];
            work.sequence.is_some_and(|sequence| sequence < own) && work.on.iter().any(|candidate| candidate.line == line)
        };
        self.by_label.iter().filter(|other| self.planned[**other].is_none() && self.hopeless[**other].is_none()).any(before)
    }

    fn key(&self, work: usize, at: &Chance) -> (i64, i64, i64, &str) {
        let of = &self.floor.works[work];
        let (due, priority) = (of.due.as_millisecond(), i64::from(of.priority));
        let first = match self.rule {
            Rule::Due => due,
            Rule::Priority => priority,
            Rule::Family => at.setup_millis,
            Rule::Hand => of.sequence.map_or(i64::MAX, i64::from),
        };
        let second = if self.rule == Rule::Due { priority } else { due };
        (first, second, priority, &of.label)
    }

    /// Where and when a work would be done soonest.
    fn look(&self, work: usize, with_setup: bool) -> Result<Chance, Why> {
        let of = &self.floor.works[work];
        if of.on.is_empty() {
            return Err(Why::NoLine);
        }
        let possible = of.on.iter().filter_map(|candidate| self.at(of, *candidate, with_setup));
        let name = |line: usize| self.floor.lines[line].name.as_str();
        possible.min_by(|a, b| (a.end, a.start, name(a.line)).cmp(&(b.end, b.start, name(b.line)))).ok_or(Why::NoHours)
    }

    fn at(&self, of: &Work, candidate: Candidate, with_setup: bool) -> Option<Chance> {
        let line = &self.floor.lines[candidate.line];
        let mut from = self.free[candidate.line].max(self.floor.now).max(of.pinned.filter(|_| !of.is_running).unwrap_or(Timestamp::MIN));
        for after in &of.after {
            from = from.max(self.ready_after(*after, candidate)?);
        }
        let setup_millis = match with_setup {
            true => changeovers::millis(&self.floor.changeovers, line.id, line.area, self.setups[candidate.line], of.setup),
            false => 0,
        };
        let span = line.hours.work(from, setup_millis + candidate.millis)?;
        Some(Chance { line: candidate.line, start: span.start, end: span.end, setup_millis })
    }

    /// When what comes after may begin: at the end, or with overlap when the first unit is there and no later than would keep it waiting at its end.
    fn ready_after(&self, after: After, next: Candidate) -> Option<Timestamp> {
        let before = self.planned[after.work]?;
        if !after.overlap {
            return Some(before.end);
        }
        let own = self.floor.works[after.work].on.iter().find(|candidate| candidate.line == before.line)?;
        let hours = &self.floor.lines[before.line].hours;
        let first = hours.work(before.start, before.setup_millis + own.first_millis).map_or(before.end, |span| span.end);
        let late = before.end.checked_sub(SignedDuration::from_millis(next.millis - next.first_millis)).unwrap_or(before.end);
        Some(first.max(late).min(before.end))
    }

    fn put(&mut self, work: usize, at: Chance) {
        let Chance { line, start, end, setup_millis } = at;
        self.planned[work] = Some(Planned { work, line, start, end, setup_millis });
        self.free[line] = end;
        self.setups[line] = Some(self.floor.works[work].setup);
        for (other, best) in self.best.iter_mut().enumerate() {
            if self.floor.works[other].on.iter().any(|candidate| candidate.line == line) {
                *best = None;
            }
        }
    }

    fn finish(self) -> Schedule {
        let left_out = (0..self.planned.len())
            .filter(|work| self.planned[*work].is_none())
            .map(|work| (work, self.hopeless[work].unwrap_or(Why::Waits)))
            .collect();
        let mut planned: Vec<Planned> = self.planned.into_iter().flatten().collect();
        planned.sort_by_key(|planned| (planned.start, planned.end, planned.work));
        Schedule { planned, left_out }
    }
}
