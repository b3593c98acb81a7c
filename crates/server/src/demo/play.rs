//! A shift that is played: orders come in, lines are set up, run, stop, scrap and go on, and every board lives.
//!
//! It does what people and terminals would, by the same actions, one transaction for each thing that happens: nothing is written behind their back.
//! Plant time begins some hours ago, runs faster than the clock until it has caught up with it, and goes on with it.
//!
//! **Invariant:** nothing is told of the future; the same seed on the same plant plays the same shift.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use jiff::{SignedDuration, Timestamp};
use platform::ids::{OrganizationId, PlantId, RequestId};
use platform::resource::Kinds;
use platform::{Caller, Database, Result, Tx};
use production::dispatch::moves::{Dispatch, dispatch};
use production::jobs::actions::{Said, act};
use production::jobs::model::{From, Verb};
use production::jobs::report::{Report, report};
use production::people::calendar::Hours;
use production::people::pins;
use production::people::working_time;
use production::states::{NewState, Source, State, set_reason, set_state};
use production::terminal::andon::{AndonKind, CalledFrom, NewCall, acknowledge, clear, open_at, raise};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::dice::{Dice, later, seconds};
use super::floor::{self, Floor};
use super::history;
use super::material::PIN;

/// Days of calendar that are known at a time.
const CALENDAR_DAYS: i64 = 21;
/// How often somebody looks whether there is work (s).
const LOOK_S: f64 = 900.0;
/// How often pieces are reported (s).
const REPORT_S: (f64, f64) = (420.0, 900.0);
/// Mean time between stops of a running line (s).
const STOP_EVERY_S: f64 = 1_500.0;

/// How it is played.
#[derive(Clone, Copy, Debug)]
pub struct Play {
    /// The organization.
    pub organization: OrganizationId,
    /// The plant.
    pub plant: PlantId,
    /// How many hours ago it begins (h); never before what was told last.
    pub back_h: i64,
    /// How many times as fast as the clock, until it has caught up with it.
    pub speed: f64,
    /// The same seed plays the same.
    pub seed: u64,
    /// What happens when the clock is reached.
    pub then: Then,
}

/// What happens when the clock is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// The play goes on with it until somebody stops it.
    GoOn,
    /// It ends.
    End,
}

/// What was played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Played {
    /// Things that happened.
    pub events: u64,
    /// Reports of pieces.
    pub reports: u64,
    /// Stops.
    pub stops: u64,
    /// Jobs that were finished.
    pub finished: u64,
    /// Production orders that came in.
    pub orders: u64,
    /// Calls for help.
    pub calls: u64,
}

/// A line of the play.
struct Line {
    id: Uuid,
    operator: Option<Uuid>,
    hours: Hours,
    dice: Dice,
    doing: Doing,
}

/// A job at a line of the play.
#[derive(Clone, Copy, Debug)]
struct Job {
    id: Uuid,
    cycle_s: f64,
    /// Share of the planned speed at which it runs.
    pace: f64,
    scrap: f64,
    /// Time run that no piece was reported for yet (s).
    run_s: f64,
}

#[derive(Clone, Copy, Debug)]
enum Doing {
    /// Looking for a job.
    Looking,
    /// Being set up.
    SettingUp(Job),
    /// Running since, until the next stop and the next report.
    Running { job: Job, since: Timestamp, stop_at: Timestamp, report_at: Timestamp },
    /// Standing; the stop, and its reason if it has one.
    Standing { job: Job, stop: Uuid, reason: Option<Uuid> },
    /// In a break or between shifts.
    Resting(Option<Job>),
}

/// Plays until somebody stops it, or the clock is reached. `told` hears of plant time now and then.
///
/// # Errors
/// What the actions refuse; what the database refused.
pub async fn play(
    database: &Database,
    play: &Play,
    stop: impl Future<Output = ()>,
    mut told: impl FnMut(Timestamp, &Played),
) -> Result<Played> {
    let kinds = crate::serve::kinds();
    let caller = Caller::system("demo", play.organization, RequestId(database.context().new_id::<Uuid>()));
    let mut stage = Stage::set(database, &caller, &kinds, play).await?;
    let began = database.context().now();
    let start = stage.start;
    let mut stop = std::pin::pin!(stop);
    let mut next_told = start;
    while let Some(Reverse((at, number))) = stage.queue.pop() {
        let now = database.context().now();
        let paced = later(began, seconds(start, at) / play.speed.max(1.0));
        let due = paced.max(at);
        if play.then == Then::End && at > now {
            break;
        }
        if due > now {
            let wait = std::time::Duration::from_micros((seconds(now, due) * 1e6).max(0.0) as u64);
            tokio::select! {
                () = &mut stop => break,
                () = tokio::time::sleep(wait) => {}
            }
        }
        let next = stage.step(database, &caller, &kinds, number, at).await?;
        stage.played.events += 1;
        // Two things of one line never happen at the same instant.
        stage.queue.push(Reverse((next.max(later(at, 1.0)), number)));
        if at >= next_told {
            told(at, &stage.played);
            next_told = later(at, 1_800.0);
        }
    }
    Ok(stage.played)
}

struct Stage {
    plant: PlantId,
    start: Timestamp,
    lines: Vec<Line>,
    floor: Floor,
    queue: BinaryHeap<Reverse<(Timestamp, usize)>>,
    dice: Dice,
    ordered_at: Timestamp,
    played: Played,
}

impl Stage {
    async fn set(database: &Database, caller: &Caller, kinds: &Kinds, play: &Play) -> Result<Stage> {
        let mut tx = database.begin(caller).await?;
        let plant = play.plant;
        let sql = "select l.id from lines l join areas a on a.organization_id = $1 and a.id = l.area_id
            where l.organization_id = $1 and l.plant_id = $2 and l.archived_at is null and l.active order by a.sequence, l.name";
        let ids: Vec<Uuid> = tx.query(sql, &[&caller.organization, &plant]).await?.iter().map(|row| row.get(0)).collect();
        let floor = floor::prepare(&mut tx, kinds, plant, ids.len()).await?;
        // Whoever is seen at work can be signed in as: a terminal without their PIN would be a dead end.
        let known = "select id from operator_pins where organization_id = $1 and plant_id = $2";
        let known: Vec<Uuid> = tx.query(known, &[&caller.organization, &plant]).await?.iter().map(|row| row.get(0)).collect();
        for operator in floor.operators.iter().filter(|operator| !known.contains(operator)) {
            pins::set(&mut tx, *operator, Some(PIN)).await?;
        }
        let sql = "select max(started_at) from line_states where organization_id = $1 and plant_id = $2";
        let last: Option<Timestamp> = tx.query_one(sql, &[&caller.organization, &plant]).await?.get(0);
        let back = tx.now().checked_sub(SignedDuration::from_hours(play.back_h)).unwrap_or(tx.now());
        let start = last.map_or(back, |last| back.max(later(last, 1.0))).min(tx.now());
        floor::open(&mut tx, kinds, plant, start).await?;
        if last.is_none() {
            history::make(&mut tx, kinds, plant, &floor.operators, start).await?;
        }
        let mut dice = Dice::of(play.seed, 0);
        let orders = floor::order(&mut tx, kinds, plant, ids.len(), &mut dice).await? as u64;
        dispatch(&mut tx, plant, &Dispatch::default()).await?;
        let calendars = working_time::of_plant(&mut tx, plant).await?;
        tx.commit().await?;
        let first = later(start, -86_400.0);
        let last = later(start, CALENDAR_DAYS as f64 * 86_400.0);
        let mut hours: BTreeMap<Uuid, Hours> = calendars.iter().map(|(line, calendar)| (*line, calendar.working(first, last))).collect();
        let mut lines = Vec::new();
        let mut queue = BinaryHeap::new();
        for (number, id) in ids.into_iter().enumerate() {
            let mut own = Dice::of(play.seed, number as u64 + 1);
            queue.push(Reverse((later(start, own.between(0.0, 300.0)), number)));
            let operator = floor.operators.get(number).copied();
            lines.push(Line { id, operator, hours: hours.remove(&id).unwrap_or_default(), dice: own, doing: Doing::Looking });
        }
        Ok(Stage { plant, start, lines, floor, queue, dice, ordered_at: start, played: Played { orders, ..Played::default() } })
    }

    /// What happens next at a line; returns when the thing after it does.
    async fn step(&mut self, database: &Database, caller: &Caller, kinds: &Kinds, number: usize, at: Timestamp) -> Result<Timestamp> {
        let mut tx = database.begin(caller).await?;
        // Clocks of machines differ by a hair; nothing is told of the future.
        let at = at.min(tx.now());
        if matches!(self.lines[number].doing, Doing::Looking) && seconds(self.ordered_at, at) > 2.0 * 3600.0 {
            self.ordered_at = at;
            self.played.orders += floor::order(&mut tx, kinds, self.plant, self.lines.len(), &mut self.dice).await? as u64;
            dispatch(&mut tx, self.plant, &Dispatch::default()).await?;
        }
        let line = &mut self.lines[number];
        let mut scene = Scene { tx: &mut tx, plant: self.plant, floor: &self.floor, played: &mut self.played, at };
        let next = match line.doing {
            Doing::Looking => scene.look(line).await?,
            Doing::SettingUp(job) => scene.begin(line, job).await?,
            Doing::Running { job, since, stop_at, report_at } => scene.run(line, job, since, stop_at, report_at).await?,
            Doing::Standing { job, stop, reason } => scene.go_on(line, job, stop, reason).await?,
            Doing::Resting(job) => scene.wake(line, job).await?,
        };
        tx.commit().await?;
        Ok(next)
    }
}

/// One thing that happens at a line.
struct Scene<'a> {
    tx: &'a mut Tx,
    plant: PlantId,
    floor: &'a Floor,
    played: &'a mut Played,
    at: Timestamp,
}

impl Scene<'_> {
    fn said(&self, line: &Line) -> Said {
        Said { at: self.at, client_at: None, operator: line.operator, terminal: None, action: None, from: From::Floor }
    }

    async fn set(&mut self, line: &Line, state: State, job: Option<Uuid>) -> Result<Uuid> {
        let new = NewState { job, operator: line.operator, source: Source::Manual, ..NewState::new(line.id, state, self.at) };
        set_state(self.tx, self.plant, &new).await
    }

    /// Until when the line works from now on; none where it does not work now.
    fn works_until(&self, line: &Line) -> Option<Timestamp> {
        let spans = line.hours.spans();
        let next = spans.partition_point(|span| span.end <= self.at);
        spans.get(next).filter(|span| span.start <= self.at).map(|span| span.end)
    }

    async fn rest(&mut self, line: &mut Line, job: Option<Job>) -> Result<Timestamp> {
        self.set(line, State::Idle, None).await?;
        line.doing = Doing::Resting(job);
        Ok(line.hours.opens(self.at).unwrap_or(later(self.at, 8.0 * 3600.0)))
    }

    /// Takes the job that comes next, and sets the line up for it.
    async fn look(&mut self, line: &mut Line) -> Result<Timestamp> {
        if self.works_until(line).is_none() {
            return self.rest(line, None).await;
        }
        let organization = self.tx.caller().organization;
        let sql = "select j.id, gemba.planned_run_time($1, j.id, $3)::float8, j.status, j.setup_min::float8 from jobs j
            join manufacturing_orders m on m.organization_id = $1 and m.id = j.manufacturing_order_id
            where j.organization_id = $1 and j.plant_id = $2 and j.line_id = $3 and j.status in ('running', 'setup', 'paused', 'ready')
                and m.status in ('released', 'running')
            order by j.status = 'running' desc, j.status = 'setup' desc, j.status = 'paused' desc, j.planned_start nulls last, m.priority, j.id limit 1";
        let Some(row) = self.tx.query_opt(sql, &[&organization, &self.plant, &line.id]).await? else {
            self.set(line, State::Idle, None).await?;
            return Ok(later(self.at, LOOK_S * line.dice.between(0.5, 1.0)));
        };
        let (id, cycle_s, status, setup_min): (Uuid, Option<f64>, String, f64) = (row.get(0), row.get(1), row.get(2), row.get(3));
        let job = Job {
            id,
            cycle_s: cycle_s.unwrap_or(60.0).max(0.1),
            pace: line.dice.between(0.84, 0.99),
            scrap: line.dice.between(0.004, 0.028),
            run_s: 0.0,
        };
        if status != "ready" || setup_min <= 0.0 {
            return self.begin(line, job).await;
        }
        act(self.tx, id, Verb::SetupStart, self.said(line), None).await?;
        line.doing = Doing::SettingUp(job);
        Ok(later(self.at, setup_min * 60.0 * line.dice.between(0.8, 1.5)))
    }

    /// The line is set up: it begins.
    async fn begin(&mut self, line: &mut Line, job: Job) -> Result<Timestamp> {
        if self.works_until(line).is_none() {
            return self.rest(line, Some(job)).await;
        }
        act(self.tx, job.id, Verb::Start, self.said(line), None).await?;
        Ok(self.runs(line, job))
    }

    /// The line runs from now on; returns when something happens.
    fn runs(&mut self, line: &mut Line, job: Job) -> Timestamp {
        let stop_at = later(self.at, line.dice.until_next(STOP_EVERY_S).max(20.0));
        let report_at = later(self.at, line.dice.between(REPORT_S.0, REPORT_S.1));
        line.doing = Doing::Running { job, since: self.at, stop_at, report_at };
        let until = self.works_until(line).unwrap_or(stop_at);
        stop_at.min(report_at).min(until)
    }

    async fn run(
        &mut self,
        line: &mut Line,
        mut job: Job,
        since: Timestamp,
        stop_at: Timestamp,
        report_at: Timestamp,
    ) -> Result<Timestamp> {
        job.run_s += seconds(since, self.at);
        let rests = self.works_until(line).is_none();
        if rests || report_at <= self.at || stop_at <= self.at && job.run_s > 300.0 {
            match self.count(line, &mut job).await? {
                Counted::Goes => {}
                Counted::Done => {
                    act(self.tx, job.id, Verb::Finish, self.said(line), None).await?;
                    self.played.finished += 1;
                    line.doing = Doing::Looking;
                    return Ok(later(self.at, line.dice.between(30.0, 240.0)));
                }
                Counted::Starved => {
                    let stop = self.set(line, State::Stopped, Some(job.id)).await?;
                    self.played.stops += 1;
                    line.doing = Doing::Standing { job, stop, reason: self.floor.reasons.get("L-STEP").copied() };
                    return Ok(later(self.at, line.dice.between(400.0, 1_200.0)));
                }
            }
        }
        if rests {
            return self.rest(line, Some(job)).await;
        }
        if stop_at <= self.at {
            return self.stands(line, job).await;
        }
        let report_at = later(self.at, line.dice.between(REPORT_S.0, REPORT_S.1));
        line.doing = Doing::Running { job, since: self.at, stop_at, report_at };
        let until = self.works_until(line).unwrap_or(stop_at);
        Ok(stop_at.min(report_at).min(until))
    }

    /// Something is in the way: mostly for a moment, sometimes a jam, seldom a failure.
    async fn stands(&mut self, line: &mut Line, job: Job) -> Result<Timestamp> {
        let stop = self.set(line, State::Stopped, Some(job.id)).await?;
        self.played.stops += 1;
        let kind = line.dice.share();
        let (codes, lasts_s): (&[&str], f64) = if kind < 0.62 {
            (&[], line.dice.between(15.0, 220.0))
        } else if kind < 0.94 {
            (&["M-FEEDER", "M-NOZZLE", "M-CONVEYOR", "L-MISSING", "L-REEL", "Q-ADJUST", "Q-HOLD"], line.dice.between(320.0, 1_300.0))
        } else if kind < 0.98 {
            (&["M-DRIVE", "M-SENSOR"], line.dice.between(1_200.0, 3_600.0))
        } else {
            (&["P-CLEAN", "P-MAINT"], line.dice.between(900.0, 2_400.0))
        };
        if lasts_s > 600.0 && line.dice.chance(0.35) {
            self.calls(line, job, codes, lasts_s).await?;
        }
        // Not everybody says why.
        let said = line.dice.chance(0.87);
        let reason = line.dice.pick(codes).filter(|_| said).and_then(|code| self.floor.reasons.get(*code)).copied();
        line.doing = Doing::Standing { job, stop, reason };
        Ok(later(self.at, lasts_s))
    }

    /// Somebody calls for help where it takes longer; not everybody.
    async fn calls(&mut self, line: &mut Line, job: Job, codes: &[&str], lasts_s: f64) -> Result<()> {
        let kind = match codes.first() {
            Some(code) if code.starts_with("M-") && lasts_s > 1_200.0 => AndonKind::Maintenance,
            Some(_) if line.dice.chance(0.5) => AndonKind::Material,
            _ => AndonKind::Quality,
        };
        let new = NewCall { line_id: line.id, job_id: Some(job.id), kind, text: None, operator_id: line.operator };
        let call = raise(self.tx, &new, CalledFrom { at: self.at, terminal: None, action: None }).await?;
        self.played.calls += 1;
        // Before the clock is reached somebody came long ago: nobody is told now that it waited for hours.
        if seconds(self.at, self.tx.now()) > 300.0 {
            acknowledge(self.tx, call.id, later(self.at, line.dice.between(40.0, 240.0))).await?;
        }
        Ok(())
    }

    /// Whoever was called has come.
    async fn came(&mut self, line: &Line) -> Result<()> {
        let open: Vec<Uuid> = open_at(self.tx, &[line.id]).await?.into_iter().map(|call| call.id).collect();
        for call in open {
            acknowledge(self.tx, call, self.at).await?;
            clear(self.tx, call, self.at).await?;
        }
        Ok(())
    }

    /// What was in the way is gone; why it stood is told as it goes on.
    async fn go_on(&mut self, line: &mut Line, job: Job, stop: Uuid, reason: Option<Uuid>) -> Result<Timestamp> {
        self.came(line).await?;
        if let Some(reason) = reason {
            set_reason(self.tx, self.plant, stop, reason, line.operator).await?;
        }
        if self.works_until(line).is_none() {
            return self.rest(line, Some(job)).await;
        }
        self.set(line, State::Running, Some(job.id)).await?;
        Ok(self.runs(line, job))
    }

    async fn wake(&mut self, line: &mut Line, job: Option<Job>) -> Result<Timestamp> {
        if self.works_until(line).is_none() {
            return self.rest(line, job).await;
        }
        match job {
            Some(job) => self.begin(line, job).await,
            None => self.look(line).await,
        }
    }

    /// Reports the pieces of the time that was run: not more than the step before has delivered, nor than there are to make.
    async fn count(&mut self, line: &mut Line, job: &mut Job) -> Result<Counted> {
        let organization = self.tx.caller().organization;
        let sql = "select j.quantity, j.good, j.scrapped + j.reworked, (
                select min(d.good) from job_links k join lateral (select sum(b.good) as good from jobs b
                    where b.organization_id = $1 and b.manufacturing_order_id = j.manufacturing_order_id and b.number = k.from_number
                        and b.status <> 'cancelled') d on true
                where k.organization_id = $1 and k.manufacturing_order_id = j.manufacturing_order_id and k.to_number = j.number), j.status,
                i.tracking = 'serial' and not exists (select from job_links n where n.organization_id = $1
                    and n.manufacturing_order_id = j.manufacturing_order_id and n.from_number = j.number), o.code
            from jobs j join manufacturing_orders o on o.organization_id = $1 and o.id = j.manufacturing_order_id
            join items i on i.organization_id = $1 and i.id = o.item_id
            where j.organization_id = $1 and j.id = $2";
        let row = self.tx.query_one(sql, &[&organization, &job.id]).await?;
        let whole = |decimal: Decimal| i64::try_from(decimal.trunc()).unwrap_or_default();
        let (quantity, good, bad) = (whole(row.get(0)), whole(row.get(1)), whole(row.get(2)));
        let delivered = row.get::<_, Option<Decimal>>(3).map(whole);
        if matches!(row.get::<_, String>(4).as_str(), "completed" | "cancelled") {
            return Ok(Counted::Done);
        }
        let (has_serials, order): (bool, String) = (row.get(5), row.get(6));
        let could = (job.run_s * job.pace / job.cycle_s) as i64;
        let wanted = (quantity - good).max(0);
        let fed = delivered.map_or(i64::MAX, |delivered| (delivered - good - bad).max(0));
        let pieces = could.min(wanted).min(fed);
        if pieces > 0 {
            let mut bad = (pieces as f64 * job.scrap + line.dice.share()) as i64;
            // A report of many pieces has some that are not good; one of few seldom.
            bad = bad.min(pieces);
            let rework = if bad > 1 && line.dice.chance(0.4) { bad / 2 } else { 0 };
            let scrap = bad - rework;
            let codes: &[&str] = if scrap >= rework { &["S-BRIDGE", "S-OFFSET", "S-CRACK", "S-COATING"] } else { &["R-SOLDER", "R-LABEL"] };
            let reason = line.dice.pick(codes).filter(|_| bad > 0).and_then(|code| self.floor.reasons.get(*code)).copied();
            let counted = Report {
                good: Decimal::from(pieces - bad),
                scrap: Decimal::from(scrap),
                rework: Decimal::from(rework),
                reason_id: reason,
                operator_id: line.operator,
                serials: (good..good + pieces - bad).filter(|_| has_serials).map(|piece| serial(&order, piece + 1)).collect(),
                ..Report::default()
            };
            report(self.tx, job.id, &counted, self.said(line)).await?;
            self.played.reports += 1;
            job.run_s = (job.run_s - pieces as f64 * job.cycle_s / job.pace).max(0.0);
            if good + pieces - bad >= quantity {
                return Ok(Counted::Done);
            }
        }
        // What the step before has scrapped never comes.
        if fed <= pieces && could > pieces {
            job.run_s = 0.0;
            return if self.fed_up(job).await? { Ok(Counted::Done) } else { Ok(Counted::Starved) };
        }
        Ok(Counted::Goes)
    }

    /// Whether every step before is over: what has not come by now never will.
    async fn fed_up(&mut self, job: &Job) -> Result<bool> {
        let organization = self.tx.caller().organization;
        let sql = "select not exists (select from job_links k
                join jobs b on b.organization_id = $1 and b.manufacturing_order_id = j.manufacturing_order_id and b.number = k.from_number
                where k.organization_id = $1 and k.manufacturing_order_id = j.manufacturing_order_id and k.to_number = j.number
                    and b.status not in ('completed', 'cancelled'))
            from jobs j where j.organization_id = $1 and j.id = $2";
        Ok(self.tx.query_one(sql, &[&organization, &job.id]).await?.get(0))
    }
}

/// The serial of an order's piece.
fn serial(order: &str, piece: i64) -> String {
    format!("{}-{piece:04}", order.trim_start_matches("MO-").chars().take(40).collect::<String>())
}

enum Counted {
    /// There is more to make.
    Goes,
    /// All is made that can be.
    Done,
    /// The step before has delivered nothing more.
    Starved,
}
