-- The shop floor for business intelligence: materials, genealogy, orders, what lines did, and key figures by quarter of an hour and by shift.

call gemba.bi_reads('units');
call gemba.bi_reads('suppliers');
call gemba.bi_reads('equipment');
call gemba.bi_reads('shifts');
call gemba.bi_reads('shift_breaks');
call gemba.bi_reads('calendar_exceptions');
call gemba.bi_reads('plant_settings');
call gemba.bi_reads('holidays');
call gemba.bi_reads('locations');
call gemba.bi_reads('lots');
call gemba.bi_reads('serials');
call gemba.bi_reads('license_plates');
call gemba.bi_reads('stock');
call gemba.bi_reads('stock_movements');
call gemba.bi_reads('reservations');
call gemba.bi_reads('genealogy');
call gemba.bi_reads('production_orders');
call gemba.bi_reads('manufacturing_orders');
call gemba.bi_reads('jobs');
call gemba.bi_reads('job_reports');
call gemba.bi_reads('reasons');
call gemba.bi_reads('line_states');
call gemba.bi_reads('line_quarters');

create view bi.locations as
select p.id as location_id, p.plant_id, p.code, p.name as location, p.type, p.parent_id, p.line_id, p.active, p.archived_at is not null as archived from locations p;
comment on view bi.locations is 'Where material lies: warehouses, zones, bins, sides of lines, docks, quarantine.';
comment on column bi.locations.location_id is 'The place.';
comment on column bi.locations.plant_id is 'The plant.';
comment on column bi.locations.code is 'As its label says.';
comment on column bi.locations.location is 'Its name.';
comment on column bi.locations.type is 'warehouse, zone, bin, line_side, quarantine or dock.';
comment on column bi.locations.parent_id is 'The place it is part of.';
comment on column bi.locations.line_id is 'The line whose material lies there.';
comment on column bi.locations.active is 'Whether material may be put there.';
comment on column bi.locations.archived is 'Whether it is kept for the past only.';

create view bi.lots as
select l.id as lot_id, l.plant_id, l.code as lot, l.item_id, l.status, l.expires_on, l.produced_on, l.supplier_id, s.name as supplier, l.supplier_lot,
    l.created_at, l.archived_at is not null as archived
from lots l left join suppliers s on s.organization_id = l.organization_id and s.id = l.supplier_id;
comment on view bi.lots is 'Material of one item with a common origin.';
comment on column bi.lots.lot_id is 'The lot.';
comment on column bi.lots.plant_id is 'The plant.';
comment on column bi.lots.lot is 'As its label says.';
comment on column bi.lots.item_id is 'What it is.';
comment on column bi.lots.status is 'available, blocked or quarantine.';
comment on column bi.lots.expires_on is 'Last day it may be used; none where it does not expire.';
comment on column bi.lots.produced_on is 'The day it was made.';
comment on column bi.lots.supplier_id is 'Who delivered it.';
comment on column bi.lots.supplier is 'The supplier''s name.';
comment on column bi.lots.supplier_lot is 'What the supplier calls it.';
comment on column bi.lots.created_at is 'When it was first known.';
comment on column bi.lots.archived is 'Whether it is kept for the past only.';

create view bi.serials as
select n.id as serial_id, n.plant_id, n.code as serial, n.item_id, n.lot_id, n.status, n.created_at, n.archived_at is not null as archived from serials n;
comment on view bi.serials is 'Pieces with a number of their own.';
comment on column bi.serials.serial_id is 'The piece.';
comment on column bi.serials.plant_id is 'The plant.';
comment on column bi.serials.serial is 'Its number.';
comment on column bi.serials.item_id is 'What it is.';
comment on column bi.serials.lot_id is 'The lot it is part of, if of one.';
comment on column bi.serials.status is 'available, blocked, quarantine, consumed or scrapped.';
comment on column bi.serials.created_at is 'When it was first known.';
comment on column bi.serials.archived is 'Whether it is kept for the past only.';

create view bi.license_plates as
select c.id as license_plate_id, c.plant_id, c.code as license_plate, c.location_id, c.parent_id, c.packaging, c.closed, c.archived_at is not null as archived
from license_plates c;
comment on view bi.license_plates is 'Containers with a number of their own: pallets, boxes, reel racks.';
comment on column bi.license_plates.license_plate_id is 'The license plate.';
comment on column bi.license_plates.plant_id is 'The plant.';
comment on column bi.license_plates.license_plate is 'Its number, often an SSCC.';
comment on column bi.license_plates.location_id is 'Where it stands.';
comment on column bi.license_plates.parent_id is 'The license plate it stands on.';
comment on column bi.license_plates.packaging is 'What it is.';
comment on column bi.license_plates.closed is 'Whether nothing more is put on it.';
comment on column bi.license_plates.archived is 'Whether it is kept for the past only.';

create view bi.stock as
select s.id as stock_id, s.plant_id, s.item_id, s.location_id, s.lot_id, s.serial_id, s.license_plate_id, s.status, s.quantity, s.reserved, u.symbol as unit,
    l.expires_on, i.unit_value * s.quantity as value, i.currency, s.updated_at
from stock s
join items i on i.organization_id = s.organization_id and i.id = s.item_id
join units u on u.organization_id = i.organization_id and u.id = i.unit_id
left join lots l on l.organization_id = s.organization_id and l.id = s.lot_id
where s.quantity > 0;
comment on view bi.stock is 'What lies where now: the sum of the ledger of movements.';
comment on column bi.stock.stock_id is 'This stock, as long as there is some.';
comment on column bi.stock.plant_id is 'The plant.';
comment on column bi.stock.item_id is 'What it is.';
comment on column bi.stock.location_id is 'Where it lies.';
comment on column bi.stock.lot_id is 'Its lot.';
comment on column bi.stock.serial_id is 'The piece.';
comment on column bi.stock.license_plate_id is 'The license plate it is on.';
comment on column bi.stock.status is 'available, blocked or quarantine.';
comment on column bi.stock.quantity is 'How much, in the unit of the item.';
comment on column bi.stock.reserved is 'How much of it is promised to orders.';
comment on column bi.stock.unit is 'The unit.';
comment on column bi.stock.expires_on is 'Last day its lot may be used.';
comment on column bi.stock.value is 'Quantity times the value of one unit; none where no value is known.';
comment on column bi.stock.currency is 'ISO 4217 of the value.';
comment on column bi.stock.updated_at is 'When it last changed.';

create view bi.stock_movements as
select m.id as movement_id, m.plant_id, m.document_id, m.kind, m.at, m.item_id, m.location_id, m.lot_id, m.serial_id, m.license_plate_id, m.status, m.quantity,
    u.symbol as unit, m.reason, m.reference, m.line_id, m.job_id, m.manufacturing_order_id, m.recorded_at
from stock_movements m
join items i on i.organization_id = m.organization_id and i.id = m.item_id
join units u on u.organization_id = i.organization_id and u.id = i.unit_id;
comment on view bi.stock_movements is 'The ledger of materials: every change of stock, never changed afterwards.';
comment on column bi.stock_movements.movement_id is 'The movement.';
comment on column bi.stock_movements.plant_id is 'The plant.';
comment on column bi.stock_movements.document_id is 'What belongs together: both sides of a move, all lines of a count.';
comment on column bi.stock_movements.kind is 'receipt, issue, move, count, adjustment, production, scrap or status.';
comment on column bi.stock_movements.at is 'When it happened.';
comment on column bi.stock_movements.item_id is 'What moved.';
comment on column bi.stock_movements.location_id is 'Where it arrived or left.';
comment on column bi.stock_movements.lot_id is 'Its lot.';
comment on column bi.stock_movements.serial_id is 'The piece.';
comment on column bi.stock_movements.license_plate_id is 'The license plate it was on.';
comment on column bi.stock_movements.status is 'The status of the stock that changed.';
comment on column bi.stock_movements.quantity is 'How much more lies there since, in the unit of the item; negative where it left.';
comment on column bi.stock_movements.unit is 'The unit.';
comment on column bi.stock_movements.reason is 'Why.';
comment on column bi.stock_movements.reference is 'A paper beside it.';
comment on column bi.stock_movements.line_id is 'The line it happened at.';
comment on column bi.stock_movements.job_id is 'The job it was for.';
comment on column bi.stock_movements.manufacturing_order_id is 'The manufacturing order it was for.';
comment on column bi.stock_movements.recorded_at is 'When it was written down.';

create view bi.stock_reservations as
select r.id as reservation_id, r.plant_id, r.stock_id, r.item_id, r.order_id, r.quantity, r.created_at from reservations r;
comment on view bi.stock_reservations is 'Stock that is promised to orders.';
comment on column bi.stock_reservations.reservation_id is 'The reservation.';
comment on column bi.stock_reservations.plant_id is 'The plant.';
comment on column bi.stock_reservations.stock_id is 'The stock.';
comment on column bi.stock_reservations.item_id is 'What is promised.';
comment on column bi.stock_reservations.order_id is 'The order it is promised to.';
comment on column bi.stock_reservations.quantity is 'How much, in the unit of the item.';
comment on column bi.stock_reservations.created_at is 'When it was promised.';

create view bi.genealogy as
select g.id as link_id, g.plant_id, g.child_id, g.child_kind, g.parent_id, g.parent_kind, g.quantity, g.at, g.line_id, g.equipment_id, e.code as equipment,
    g.program, g.job_id, g.manufacturing_order_id, g.recorded_at
from genealogy g left join equipment e on e.organization_id = g.organization_id and e.id = g.equipment_id;
comment on view bi.genealogy is 'What went into what: a lot or piece that was made, and one that was used up in making it.';
comment on column bi.genealogy.link_id is 'The link.';
comment on column bi.genealogy.plant_id is 'The plant.';
comment on column bi.genealogy.child_id is 'What was made: a lot or a piece.';
comment on column bi.genealogy.child_kind is 'lot or serial.';
comment on column bi.genealogy.parent_id is 'What went into it: a lot or a piece.';
comment on column bi.genealogy.parent_kind is 'lot or serial.';
comment on column bi.genealogy.quantity is 'How much of it, in the unit of its item; none where only that is known.';
comment on column bi.genealogy.at is 'When.';
comment on column bi.genealogy.line_id is 'At which line.';
comment on column bi.genealogy.equipment_id is 'At which machine.';
comment on column bi.genealogy.equipment is 'The machine''s number.';
comment on column bi.genealogy.program is 'With which program of the machine.';
comment on column bi.genealogy.job_id is 'At which job.';
comment on column bi.genealogy.manufacturing_order_id is 'For which manufacturing order.';
comment on column bi.genealogy.recorded_at is 'When it was written down.';

create view bi.production_orders as
select o.id as production_order_id, o.plant_id, o.code as production_order, o.external_id, o.source, o.item_id, o.quantity, o.due_at, o.priority, o.customer_id,
    o.status, o.created_at, o.archived_at is not null as archived
from production_orders o;
comment on view bi.production_orders is 'What is wanted, and when: of an ERP, of a plan, or written by hand.';
comment on column bi.production_orders.production_order_id is 'The order.';
comment on column bi.production_orders.plant_id is 'The plant.';
comment on column bi.production_orders.production_order is 'Its number.';
comment on column bi.production_orders.external_id is 'What the system it comes from calls it.';
comment on column bi.production_orders.source is 'manual, plan or erp.';
comment on column bi.production_orders.item_id is 'What is wanted.';
comment on column bi.production_orders.quantity is 'How much, in the unit of the item.';
comment on column bi.production_orders.due_at is 'When it has to be ready.';
comment on column bi.production_orders.priority is '1 comes first.';
comment on column bi.production_orders.customer_id is 'For whom.';
comment on column bi.production_orders.status is 'open, closed or cancelled.';
comment on column bi.production_orders.created_at is 'When it was made.';
comment on column bi.production_orders.archived is 'Whether it is kept for the past only.';

create view bi.manufacturing_orders as
select o.id as manufacturing_order_id, o.plant_id, o.code as manufacturing_order, o.production_order_id, o.item_id, o.type, o.status, o.quantity, o.good, o.scrapped,
    o.reworked, o.due_at, o.priority, o.released_at, o.started_at, o.completed_at, o.closed_at, o.completed_at <= o.due_at as on_time,
    extract(epoch from o.completed_at - o.released_at)::double precision / 3600 as lead_time_h, o.archived_at is not null as archived
from manufacturing_orders o;
comment on view bi.manufacturing_orders is 'What plants make.';
comment on column bi.manufacturing_orders.manufacturing_order_id is 'The order.';
comment on column bi.manufacturing_orders.plant_id is 'The plant.';
comment on column bi.manufacturing_orders.manufacturing_order is 'Its number.';
comment on column bi.manufacturing_orders.production_order_id is 'The production order it serves.';
comment on column bi.manufacturing_orders.item_id is 'What is made.';
comment on column bi.manufacturing_orders.type is 'make, rework or scrap.';
comment on column bi.manufacturing_orders.status is 'planned, released, running, paused, completed, closed or cancelled.';
comment on column bi.manufacturing_orders.quantity is 'Units to make.';
comment on column bi.manufacturing_orders.good is 'Good units of its last steps.';
comment on column bi.manufacturing_orders.scrapped is 'Scrapped units.';
comment on column bi.manufacturing_orders.reworked is 'Units made again.';
comment on column bi.manufacturing_orders.due_at is 'When it has to be ready.';
comment on column bi.manufacturing_orders.priority is '1 comes first.';
comment on column bi.manufacturing_orders.released_at is 'When it was released.';
comment on column bi.manufacturing_orders.started_at is 'When its first job began.';
comment on column bi.manufacturing_orders.completed_at is 'When its last job ended.';
comment on column bi.manufacturing_orders.closed_at is 'When it was closed.';
comment on column bi.manufacturing_orders.on_time is 'Whether it was completed by its due date; none while it is not.';
comment on column bi.manufacturing_orders.lead_time_h is 'From release to completion (h).';
comment on column bi.manufacturing_orders.archived is 'Whether it is kept for the past only.';

create view bi.jobs as
select j.id as job_id, j.plant_id, j.manufacturing_order_id, o.code || '/' || j.number || case when j.part > 1 then '.' || j.part else '' end as job, j.number, j.part,
    j.name as operation, j.area_id, j.line_id, j.status, j.quantity, j.good, j.scrapped, j.reworked, j.cycle_time_s, j.setup_min, j.planned_start, j.planned_end,
    j.setup_started_at, j.started_at, j.ended_at
from jobs j join manufacturing_orders o on o.organization_id = j.organization_id and o.id = j.manufacturing_order_id;
comment on view bi.jobs is 'Steps of manufacturing orders at lines.';
comment on column bi.jobs.job_id is 'The job.';
comment on column bi.jobs.plant_id is 'The plant.';
comment on column bi.jobs.manufacturing_order_id is 'Its order.';
comment on column bi.jobs.job is 'Its number, as on the traveller: MO-1042/20.';
comment on column bi.jobs.number is 'The step''s number in the routing.';
comment on column bi.jobs.part is 'Which part of the step: 1 unless it was split.';
comment on column bi.jobs.operation is 'What is done.';
comment on column bi.jobs.area_id is 'Where it is done.';
comment on column bi.jobs.line_id is 'The line; none while none is chosen.';
comment on column bi.jobs.status is 'waiting, ready, setup, running, paused, completed or cancelled.';
comment on column bi.jobs.quantity is 'Units to do.';
comment on column bi.jobs.good is 'Good units.';
comment on column bi.jobs.scrapped is 'Scrapped units.';
comment on column bi.jobs.reworked is 'Units to be made again.';
comment on column bi.jobs.cycle_time_s is 'Planned time of a unit (s).';
comment on column bi.jobs.setup_min is 'Planned time of its setup (min).';
comment on column bi.jobs.planned_start is 'When it is to begin.';
comment on column bi.jobs.planned_end is 'When it is to end.';
comment on column bi.jobs.setup_started_at is 'When its setup began.';
comment on column bi.jobs.started_at is 'When it began.';
comment on column bi.jobs.ended_at is 'When it ended.';

create view bi.job_reports as
select r.id as report_id, r.plant_id, r.job_id, r.manufacturing_order_id, r.line_id, r.at, r.received_at, r.good, r.scrapped, r.reworked, r.reason_id, s.name as reason,
    r.lot_id, r.late
from job_reports r left join reasons s on s.organization_id = r.organization_id and s.id = r.reason_id;
comment on view bi.job_reports is 'What was reported on jobs: a ledger, in which a correction is an entry of its own.';
comment on column bi.job_reports.report_id is 'The report.';
comment on column bi.job_reports.plant_id is 'The plant.';
comment on column bi.job_reports.job_id is 'The job.';
comment on column bi.job_reports.manufacturing_order_id is 'Its order.';
comment on column bi.job_reports.line_id is 'The line the job was at.';
comment on column bi.job_reports.at is 'When the units were made.';
comment on column bi.job_reports.received_at is 'When it arrived.';
comment on column bi.job_reports.good is 'Good units; less than none in a correction.';
comment on column bi.job_reports.scrapped is 'Scrapped units; less than none in a correction.';
comment on column bi.job_reports.reworked is 'Units to be made again; less than none in a correction.';
comment on column bi.job_reports.reason_id is 'Why units were not good.';
comment on column bi.job_reports.reason is 'The reason''s name.';
comment on column bi.job_reports.lot_id is 'The lot that the good units became.';
comment on column bi.job_reports.late is 'Whether the job had ended already when it arrived.';

create view bi.reasons as
select r.id as reason_id, r.plant_id, r.code, r.name as reason, r.category, r.parent_id, p.name as parent, r.planned, r.time_class, r.archived_at is not null as archived
from reasons r left join reasons p on p.organization_id = r.organization_id and p.id = r.parent_id;
comment on view bi.reasons is 'Why something was scrapped, made again, or stood still: a tree.';
comment on column bi.reasons.reason_id is 'The reason.';
comment on column bi.reasons.plant_id is 'The plant.';
comment on column bi.reasons.code is 'Its short name.';
comment on column bi.reasons.reason is 'Its name.';
comment on column bi.reasons.category is 'scrap, rework or stop.';
comment on column bi.reasons.parent_id is 'The more general reason.';
comment on column bi.reasons.parent is 'Its name.';
comment on column bi.reasons.planned is 'Whether the stop is part of the plan.';
comment on column bi.reasons.time_class is 'Where its time counts by ISO 22400-2, where it says so itself.';
comment on column bi.reasons.archived is 'Whether it is kept for the past only.';

create view bi.line_states as
select s.id as state_id, s.plant_id, s.line_id, s.started_at, s.ended_at, s.state, s.time_class,
    extract(epoch from coalesce(s.ended_at, now()) - s.started_at)::double precision / 60 as duration_min,
    s.state = 'stopped' as is_stop, s.time_class in ('planned', 'preventive', 'off') as is_planned, s.micro as is_micro, s.reason_id, r.name as reason, p.name as reason_group,
    s.job_id, s.source
from line_states s
left join reasons r on r.organization_id = s.organization_id and r.id = s.reason_id
left join reasons p on p.organization_id = r.organization_id and p.id = r.parent_id;
comment on view bi.line_states is 'What lines did from when to when: production, setups, and downtime with its reasons.';
comment on column bi.line_states.state_id is 'The interval.';
comment on column bi.line_states.plant_id is 'The plant.';
comment on column bi.line_states.line_id is 'The line.';
comment on column bi.line_states.started_at is 'When it began.';
comment on column bi.line_states.ended_at is 'When it ended; none while it goes on.';
comment on column bi.line_states.state is 'running, stopped, setup, idle or offline.';
comment on column bi.line_states.time_class is 'What it counts as (ISO 22400-2): production, setup, delay, failure, down, planned, preventive or off.';
comment on column bi.line_states.duration_min is 'How long, or until now (min).';
comment on column bi.line_states.is_stop is 'Whether the line stood.';
comment on column bi.line_states.is_planned is 'Whether that was planned.';
comment on column bi.line_states.is_micro is 'Whether it was an unplanned stop shorter than those that are asked about.';
comment on column bi.line_states.reason_id is 'Why it stood.';
comment on column bi.line_states.reason is 'The reason''s name.';
comment on column bi.line_states.reason_group is 'The more general reason.';
comment on column bi.line_states.job_id is 'The job it was busy with.';
comment on column bi.line_states.source is 'manual, counter, edge or derived.';

create view bi.line_quarters as
select q.line_id, q.quarter as quarter_at, q.job_id, q.plant_id,
    (q.production_us / 3600000000.0)::double precision as production_h, (q.setup_us / 3600000000.0)::double precision as setup_h,
    (q.delay_us / 3600000000.0)::double precision as delay_h, (q.failure_us / 3600000000.0)::double precision as failure_h,
    (q.down_us / 3600000000.0)::double precision as down_h, ((q.planned_us + q.preventive_us) / 3600000000.0)::double precision as planned_h,
    (q.off_us / 3600000000.0)::double precision as off_h, (q.micro_us / 3600000000.0)::double precision as micro_h, q.stops, q.micro_stops, q.failures,
    q.good, q.scrapped, q.reworked, q.first_pass, (q.ideal_s / 3600)::double precision as ideal_h, q.counted
from line_quarters q;
comment on view bi.line_quarters is 'What every line did in every quarter of an hour on every job: sums of intervals that have ended, and of reports.';
comment on column bi.line_quarters.line_id is 'The line.';
comment on column bi.line_quarters.quarter_at is 'The beginning of the quarter of an hour.';
comment on column bi.line_quarters.job_id is 'The job; zeros for none.';
comment on column bi.line_quarters.plant_id is 'The plant.';
comment on column bi.line_quarters.production_h is 'APT, actual production time (h).';
comment on column bi.line_quarters.setup_h is 'AUST, actual unit setup time (h).';
comment on column bi.line_quarters.delay_h is 'ADET, actual unit delay time, that is no failure (h).';
comment on column bi.line_quarters.failure_h is 'ADET that is failures (h).';
comment on column bi.line_quarters.down_h is 'ADOT, actual unit down time (h).';
comment on column bi.line_quarters.planned_h is 'Planned down time, preventive maintenance included (h).';
comment on column bi.line_quarters.off_h is 'Outside planned operation time (h).';
comment on column bi.line_quarters.micro_h is 'Of the delays, what were micro-stops (h).';
comment on column bi.line_quarters.stops is 'Unplanned stops that began.';
comment on column bi.line_quarters.micro_stops is 'Of them micro-stops.';
comment on column bi.line_quarters.failures is 'Failures that began.';
comment on column bi.line_quarters.good is 'Good units reported.';
comment on column bi.line_quarters.scrapped is 'Units reported as scrap.';
comment on column bi.line_quarters.reworked is 'Units reported to be made again.';
comment on column bi.line_quarters.first_pass is 'Good units that were not made again.';
comment on column bi.line_quarters.ideal_h is 'Time that what was made needs by its planned run time (h).';
comment on column bi.line_quarters.counted is 'Pieces that counters saw.';

create view bi.line_shifts as
with hours as (
    -- As the program reads it: a line's calendar is its own, else its area's, else the plant's; its shifts are its own, else the calendar's.
    select l.organization_id, l.plant_id, l.id as line_id, l.name as line, l.area_id, l.available_s_per_day, p.time_zone, c.id as calendar_id,
        coalesce(c.weekdays, '1234567') as weekdays, coalesce(l.shift_pattern_id, c.shift_pattern_id) as shift_pattern_id
    from lines l
    join plants p on p.organization_id = l.organization_id and p.id = l.plant_id
    join areas a on a.organization_id = l.organization_id and a.id = l.area_id
    left join plant_settings s on s.organization_id = l.organization_id and s.plant_id = l.plant_id and s.archived_at is null
    left join calendars c on c.organization_id = l.organization_id and c.id = coalesce(l.calendar_id, a.calendar_id, s.calendar_id)
), patterns as (
    select h.*, s.id as shift_id, s.name as shift, s.starts_at::time as begins, s.duration_min, s.break_min, s.weekdays as shift_weekdays
    from hours h join shifts s on s.organization_id = h.organization_id and s.shift_pattern_id = h.shift_pattern_id and s.archived_at is null
    union all
    -- A line without shifts works the seconds it has a day from 06:00 on, or around the clock.
    select h.*, '00000000-0000-0000-0000-000000000000', 'Day',
        case when h.available_s_per_day between 1 and 86399 then time '06:00' else time '00:00' end,
        case when h.available_s_per_day between 1 and 86399 then h.available_s_per_day / 60 else 1440 end, 0, '1234567'
    from hours h
    where not exists (select from shifts s
        where s.organization_id = h.organization_id and s.shift_pattern_id = h.shift_pattern_id and s.archived_at is null)
), occurrences as (
    select p.*, d.day, w.wall, w.starts, w.ends
    from patterns p
    cross join lateral (
        select min(q.quarter) as first, max(q.quarter) as last from line_quarters q
        where q.organization_id = p.organization_id and q.plant_id = p.plant_id and q.line_id = p.line_id) known
    cross join lateral (
        select g::date as day
        from generate_series((known.first at time zone p.time_zone)::date - 1, (known.last at time zone p.time_zone)::date, interval '1 day') g) d
    -- Columns and not expressions (`offset 0`): behind the walls only plain comparisons of columns lead an index.
    cross join lateral (
        select d.day + p.begins as wall, (d.day + p.begins) at time zone p.time_zone as starts,
            (d.day + p.begins + make_interval(mins => p.duration_min)) at time zone p.time_zone as ends offset 0) w
    left join holidays x on x.organization_id = p.organization_id and x.calendar_id = p.calendar_id and x.on_date = d.day and x.archived_at is null
    where known.first is not null and coalesce(x.works, position(extract(isodow from d.day)::text in p.weekdays) > 0)
        and (coalesce(x.works, false) or position(extract(isodow from d.day)::text in p.shift_weekdays) > 0)
), sums as (
    select o.*, greatest(o.starts, least(o.ends, now())) as until, q.*
    from occurrences o
    cross join lateral (
        select sum(q.production_us)::numeric as production, sum(q.setup_us)::numeric as setup, sum(q.delay_us)::numeric as delay,
            sum(q.failure_us)::numeric as failure, sum(q.down_us)::numeric as down, sum(q.planned_us + q.preventive_us)::numeric as planned,
            sum(q.off_us)::numeric as off, sum(q.micro_us)::numeric as micro, sum(q.stops)::bigint as stops, sum(q.micro_stops)::bigint as micro_stops,
            sum(q.failures)::bigint as failures, sum(q.good) as good, sum(q.scrapped) as scrapped, sum(q.reworked) as reworked,
            sum(q.first_pass) as first_pass, sum(q.ideal_s) as ideal_s, sum(q.counted) as counted, count(*) as quarters
        from line_quarters q
        where q.organization_id = o.organization_id and q.plant_id = o.plant_id and q.line_id = o.line_id and q.quarter >= o.starts and q.quarter < o.ends) q
    where q.quarters > 0
), resting as (
    -- Breaks, and hours that were taken out of the calendar.
    select s.*, r.rest
    from sums s
    cross join lateral (
        select coalesce(range_agg(tstzrange(x.starts, greatest(x.starts, x.ends)) * tstzrange(s.starts, s.until)), '{}') as rest
        from (
            select (s.wall + make_interval(mins => b.after_min)) at time zone s.time_zone as starts,
                (s.wall + make_interval(mins => b.after_min + b.duration_min)) at time zone s.time_zone as ends
            from shift_breaks b where b.organization_id = s.organization_id and b.shift_id = s.shift_id and b.archived_at is null
            union all
            select (s.wall + make_interval(mins => (s.duration_min - s.break_min) / 2)) at time zone s.time_zone,
                (s.wall + make_interval(mins => (s.duration_min - s.break_min) / 2 + s.break_min)) at time zone s.time_zone
            where s.break_min > 0 and not exists (select from shift_breaks b
                where b.organization_id = s.organization_id and b.shift_id = s.shift_id and b.archived_at is null)
            union all
            select e.starts_at, e.ends_at from calendar_exceptions e
            where e.organization_id = s.organization_id and e.plant_id = s.plant_id and e.archived_at is null and not e.works
                and (e.line_id is null or e.line_id = s.line_id) and (e.area_id is null or e.area_id = s.area_id)
                and e.starts_at < s.ends and e.ends_at > s.starts) x) r
), rested as (
    -- What stood in a break is planned, whatever it was told to be.
    select s.*, (extract(epoch from s.until - s.starts) - coalesce(r.rest_s, 0)) * 1000000 as working, coalesce(r.recorded, 0) as r_recorded,
        coalesce(r.delay, 0) as r_delay, coalesce(r.failure, 0) as r_failure, coalesce(r.down, 0) as r_down, coalesce(r.micro, 0) as r_micro,
        coalesce(r.stops, 0) as r_stops, coalesce(r.micro_stops, 0) as r_micro_stops, coalesce(r.failures, 0) as r_failures
    from resting s
    cross join lateral (
        select (select sum(extract(epoch from upper(u) - lower(u))) from unnest(s.rest) u) as rest_s, sum(x.us) as recorded,
            sum(x.us) filter (where x.time_class = 'delay') as delay, sum(x.us) filter (where x.time_class = 'failure') as failure,
            sum(x.us) filter (where x.time_class = 'down') as down, sum(x.us) filter (where x.micro) as micro,
            count(*) filter (where x.began and x.time_class in ('delay', 'failure')) as stops, count(*) filter (where x.began and x.micro) as micro_stops,
            count(*) filter (where x.began and x.time_class = 'failure') as failures
        from (select lower(u) as starts, upper(u) as ends from unnest(s.rest) u offset 0) u
        cross join lateral (
            select coalesce((select b.started_at from line_states b
                where b.organization_id = s.organization_id and b.plant_id = s.plant_id and b.line_id = s.line_id and b.started_at <= u.starts
                order by b.started_at desc limit 1), u.starts) as first
            offset 0) f
        cross join lateral (
            select t.time_class, t.micro, t.started_at >= u.starts as began,
                extract(epoch from least(t.ended_at, u.ends) - greatest(t.started_at, u.starts)) * 1000000 as us
            from line_states t
            where t.organization_id = s.organization_id and t.plant_id = s.plant_id and t.line_id = s.line_id and t.started_at >= f.first
                and t.started_at < u.ends and t.ended_at > u.starts
            offset 0) x) r
), known as (
    select s.*, s.delay - s.r_delay as delays, s.failure - s.r_failure as failed, s.down - s.r_down as stood, s.planned + s.r_delay + s.r_failure + s.r_down as by_plan,
        greatest(0, s.working - (s.production + s.setup + s.delay + s.failure + s.down + s.planned + s.off - s.r_recorded)) as unreported,
        s.good + s.scrapped + s.reworked as produced
    from rested s
), shares as (
    select k.*, (k.production / nullif(k.production + k.setup + k.delays + k.failed + k.stood + k.unreported, 0))::double precision as availability,
        case when k.ideal_s > 0 then (k.ideal_s * 1000000 / nullif(k.production, 0))::double precision end as effectiveness,
        (k.good / nullif(k.produced, 0))::double precision as quality
    from known k
)
select s.line_id, s.day, s.shift_id, s.plant_id, s.line, s.shift, s.starts as starts_at, s.ends as ends_at,
    (s.working / 3600000000.0)::double precision as working_h, (s.production / 3600000000.0)::double precision as production_h,
    (s.setup / 3600000000.0)::double precision as setup_h, (s.delays / 3600000000.0)::double precision as delay_h,
    (s.failed / 3600000000.0)::double precision as failure_h, (s.stood / 3600000000.0)::double precision as down_h,
    (s.unreported / 3600000000.0)::double precision as unreported_h, (s.by_plan / 3600000000.0)::double precision as planned_h,
    ((s.micro - s.r_micro) / 3600000000.0)::double precision as micro_h, s.stops - s.r_stops as stops, s.micro_stops - s.r_micro_stops as micro_stops,
    s.failures - s.r_failures as failures, s.good, s.scrapped, s.reworked, s.first_pass, s.counted, (s.ideal_s / 3600)::double precision as ideal_h,
    100 * s.availability as availability_pct, 100 * s.effectiveness as effectiveness_pct, 100 * s.quality as quality_pct,
    100 * s.availability * s.effectiveness * s.quality as oee_pct, 100 * (s.first_pass / nullif(s.produced, 0))::double precision as first_pass_yield_pct
from shares s;
comment on view bi.line_shifts is 'Key figures of lines by shift (ISO 22400-2), as the program reckons them: whoever stands in a break stands by plan, and working hours of which nothing is known are down time. A quarter of an hour belongs to the shift it begins in, and a shift that goes on is known as far as its intervals have ended.';
comment on column bi.line_shifts.line_id is 'The line.';
comment on column bi.line_shifts.day is 'The day on which the shift begins, by the plant''s clock.';
comment on column bi.line_shifts.shift_id is 'The shift; zeros for a line without shifts.';
comment on column bi.line_shifts.plant_id is 'The plant.';
comment on column bi.line_shifts.line is 'The line''s name.';
comment on column bi.line_shifts.shift is 'The shift''s name.';
comment on column bi.line_shifts.starts_at is 'When it began.';
comment on column bi.line_shifts.ends_at is 'When it ended or will.';
comment on column bi.line_shifts.working_h is 'Its hours without breaks, so far (h).';
comment on column bi.line_shifts.production_h is 'APT, actual production time (h).';
comment on column bi.line_shifts.setup_h is 'AUST, actual unit setup time (h).';
comment on column bi.line_shifts.delay_h is 'ADET, actual unit delay time, that is no failure (h).';
comment on column bi.line_shifts.failure_h is 'ADET that is failures (h).';
comment on column bi.line_shifts.down_h is 'ADOT, actual unit down time, that was reported (h).';
comment on column bi.line_shifts.unreported_h is 'Working hours of which nothing is known; they count as down time (h).';
comment on column bi.line_shifts.planned_h is 'Planned down time that was reported, with breaks in which the line stood and preventive maintenance (h).';
comment on column bi.line_shifts.micro_h is 'Of the delays, what were micro-stops (h).';
comment on column bi.line_shifts.stops is 'Unplanned stops that began.';
comment on column bi.line_shifts.micro_stops is 'Of them micro-stops.';
comment on column bi.line_shifts.failures is 'Failures that began.';
comment on column bi.line_shifts.good is 'Good units reported.';
comment on column bi.line_shifts.scrapped is 'Units reported as scrap.';
comment on column bi.line_shifts.reworked is 'Units reported to be made again.';
comment on column bi.line_shifts.first_pass is 'Good units that were not made again.';
comment on column bi.line_shifts.counted is 'Pieces that counters saw.';
comment on column bi.line_shifts.ideal_h is 'Time that what was made needs by its planned run time (h).';
comment on column bi.line_shifts.availability_pct is 'APT ÷ (APT + AUST + ADET + ADOT) (%).';
comment on column bi.line_shifts.effectiveness_pct is 'Planned run time of what was made ÷ APT (%).';
comment on column bi.line_shifts.quality_pct is 'Good ÷ produced units (%).';
comment on column bi.line_shifts.oee_pct is 'Availability × effectiveness × quality (%).';
comment on column bi.line_shifts.first_pass_yield_pct is 'Good units that were not made again ÷ produced units (%).';

call gemba.bi_view('bi.locations');
call gemba.bi_view('bi.lots');
call gemba.bi_view('bi.serials');
call gemba.bi_view('bi.license_plates');
call gemba.bi_view('bi.stock');
call gemba.bi_view('bi.stock_movements');
call gemba.bi_view('bi.stock_reservations');
call gemba.bi_view('bi.genealogy');
call gemba.bi_view('bi.production_orders');
call gemba.bi_view('bi.manufacturing_orders');
call gemba.bi_view('bi.jobs');
call gemba.bi_view('bi.job_reports');
call gemba.bi_view('bi.reasons');
call gemba.bi_view('bi.line_states');
call gemba.bi_view('bi.line_quarters');
call gemba.bi_view('bi.line_shifts');
