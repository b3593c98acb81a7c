-- Orders and jobs: what is to be made, by whom it was asked for, what of it is done.
create table production_orders (
    code text not null,
    external_id text,
    source text not null default 'manual' check (source in ('manual', 'plan', 'erp')),
    item_id uuid not null,
    quantity numeric(18, 6) not null check (quantity > 0),
    due_at timestamptz not null,
    priority smallint not null default 50 check (priority between 1 and 99),
    customer_id uuid,
    scenario_id uuid,
    note text,
    status text not null default 'open' check (status in ('open', 'closed', 'cancelled'))
);
comment on table production_orders is 'What is wanted, and when: the planning object of an ERP, of a plan, or written here.';
comment on column production_orders.code is 'Its number; unique in the plant.';
comment on column production_orders.external_id is 'What the system it comes from calls it; unique in the plant.';
comment on column production_orders.source is 'Where it comes from.';
comment on column production_orders.item_id is 'What is wanted.';
comment on column production_orders.quantity is 'How much, in the item''s unit.';
comment on column production_orders.due_at is 'When it has to be ready.';
comment on column production_orders.priority is '1 comes first.';
comment on column production_orders.customer_id is 'For whom.';
comment on column production_orders.scenario_id is 'The approved plan it comes from.';
comment on column production_orders.note is 'What else there is to say.';
comment on column production_orders.status is 'open, closed or cancelled.';
call gemba.record('production_orders', 'production_order', 'plant');
alter table production_orders add constraint production_orders_code_key unique (organization_id, plant_id, code);
alter table production_orders add constraint production_orders_external_key unique (organization_id, plant_id, external_id);
call gemba.refers('production_orders', 'item_id', 'items');
call gemba.refers('production_orders', 'customer_id', 'customers');
call gemba.refers('production_orders', 'scenario_id', 'scenarios');
create index production_orders_open on production_orders (organization_id, plant_id, due_at) where status = 'open';

create table manufacturing_orders (
    code text not null,
    production_order_id uuid,
    item_id uuid not null,
    quantity numeric(18, 6) not null check (quantity > 0),
    due_at timestamptz not null,
    priority smallint not null default 50 check (priority between 1 and 99),
    type text not null default 'make' check (type in ('make', 'rework', 'scrap')),
    status text not null default 'planned'
        check (status in ('planned', 'released', 'running', 'paused', 'completed', 'closed', 'cancelled')),
    bom_id uuid,
    routing_id uuid,
    issue_mode text not null default 'backflush' check (issue_mode in ('backflush', 'explicit')),
    overlap boolean not null default false,
    outputs jsonb not null default '[]',
    origin_id uuid,
    lot_code text,
    good numeric(18, 6) not null default 0 check (good >= 0),
    scrapped numeric(18, 6) not null default 0 check (scrapped >= 0),
    reworked numeric(18, 6) not null default 0 check (reworked >= 0),
    released_at timestamptz,
    started_at timestamptz,
    completed_at timestamptz,
    closed_at timestamptz,
    status_note text,
    note text
);
comment on table manufacturing_orders is 'What a plant makes: an item, so many, by its routing at its lines.';
comment on column manufacturing_orders.code is 'Its number; unique in the plant.';
comment on column manufacturing_orders.production_order_id is 'The production order it serves.';
comment on column manufacturing_orders.item_id is 'What is made, made again or scrapped.';
comment on column manufacturing_orders.quantity is 'How much, in the item''s unit.';
comment on column manufacturing_orders.due_at is 'When it has to be ready.';
comment on column manufacturing_orders.priority is '1 comes first.';
comment on column manufacturing_orders.type is 'make, rework or scrap.';
comment on column manufacturing_orders.status is 'Where it stands.';
comment on column manufacturing_orders.bom_id is 'The bill of material it was released with; before that, the one wanted.';
comment on column manufacturing_orders.routing_id is 'The routing it was released with; before that, the one wanted.';
comment on column manufacturing_orders.issue_mode is 'Whether material is taken as units are reported (backflush) or when somebody says so (explicit).';
comment on column manufacturing_orders.overlap is 'Whether a step may begin once those before it have delivered their first unit.';
comment on column manufacturing_orders.outputs is 'Co- and by-products: item, how much for one unit, which of the two.';
comment on column manufacturing_orders.origin_id is 'The order it was split from, or whose units it makes again.';
comment on column manufacturing_orders.lot_code is 'The lot its units become.';
comment on column manufacturing_orders.good is 'Good units of its last steps.';
comment on column manufacturing_orders.scrapped is 'Units scrapped at any step.';
comment on column manufacturing_orders.reworked is 'Units sent to be made again at any step.';
comment on column manufacturing_orders.released_at is 'When it was released.';
comment on column manufacturing_orders.started_at is 'When its first job began.';
comment on column manufacturing_orders.completed_at is 'When its last job ended.';
comment on column manufacturing_orders.closed_at is 'When it was closed; nothing is reported on it any more.';
comment on column manufacturing_orders.status_note is 'Why it was held or cancelled.';
comment on column manufacturing_orders.note is 'What else there is to say.';
call gemba.record('manufacturing_orders', 'manufacturing_order', 'plant');
alter table manufacturing_orders add constraint manufacturing_orders_code_key unique (organization_id, plant_id, code);
call gemba.refers('manufacturing_orders', 'production_order_id', 'production_orders');
call gemba.refers('manufacturing_orders', 'item_id', 'items');
call gemba.refers('manufacturing_orders', 'bom_id', 'boms');
call gemba.refers('manufacturing_orders', 'routing_id', 'routings');
call gemba.refers('manufacturing_orders', 'origin_id', 'manufacturing_orders');
create index manufacturing_orders_by_status on manufacturing_orders (organization_id, plant_id, status, due_at);
-- What is counted has its entry in the ledger and its event; the order's own entry would say it once more.
drop trigger audited on manufacturing_orders;
create trigger audited after insert or update or delete on manufacturing_orders for each row
    execute function gemba.audit_row('manufacturing_order', 'id', '{}', '{}', '{good,scrapped,reworked,updated_at,updated_by}');

create table order_components (
    organization_id uuid not null references organizations,
    plant_id uuid not null,
    id uuid not null,
    manufacturing_order_id uuid not null,
    position integer not null check (position > 0),
    kind text not null check (kind in ('input', 'co_product', 'by_product')),
    item_id uuid not null,
    number integer,
    quantity_per numeric(24, 12) not null check (quantity_per > 0),
    quantity numeric(24, 12) not null check (quantity >= 0),
    moved numeric(24, 12) not null default 0 check (moved >= 0),
    reference_designators text,
    primary key (organization_id, id),
    unique (organization_id, manufacturing_order_id, position),
    foreign key (organization_id, plant_id, manufacturing_order_id) references manufacturing_orders (organization_id, plant_id, id)
);
comment on table order_components is 'What goes into an order and comes out beside its item: the bill of material as it was at release.';
comment on column order_components.organization_id is 'Whose it is.';
comment on column order_components.plant_id is 'The plant of the order.';
comment on column order_components.id is 'The component.';
comment on column order_components.manufacturing_order_id is 'The order.';
comment on column order_components.position is 'Its place.';
comment on column order_components.kind is 'input, co_product or by_product.';
comment on column order_components.item_id is 'What goes in or comes out.';
comment on column order_components.number is 'At which step; none for the first where it goes in, for the last where it comes out.';
comment on column order_components.quantity_per is 'For one unit made, what is lost on the way included, in the component''s own unit.';
comment on column order_components.quantity is 'For the whole order.';
comment on column order_components.moved is 'Taken or made so far.';
comment on column order_components.reference_designators is 'Where it goes: R1, R2.';
create index order_components_by_order on order_components (organization_id, plant_id, manufacturing_order_id);
call gemba.refers('order_components', 'item_id', 'items');
call gemba.wall('order_components', 'order_component', quiet => array['moved']);

create table jobs (
    organization_id uuid not null references organizations,
    plant_id uuid not null,
    id uuid not null,
    manufacturing_order_id uuid not null,
    number integer not null check (number > 0),
    part integer not null default 1 check (part > 0),
    name text not null,
    area_id uuid not null,
    line_id uuid,
    line_fixed boolean not null default false,
    passes integer not null default 1 check (passes between 1 and 99),
    status text not null default 'waiting'
        check (status in ('waiting', 'ready', 'setup', 'running', 'paused', 'completed', 'cancelled')),
    quantity numeric(18, 6) not null check (quantity >= 0),
    good numeric(18, 6) not null default 0 check (good >= 0),
    scrapped numeric(18, 6) not null default 0 check (scrapped >= 0),
    reworked numeric(18, 6) not null default 0 check (reworked >= 0),
    cycle_time_s numeric(24, 9) check (cycle_time_s > 0),
    setup_min numeric(10, 2) not null default 0 check (setup_min >= 0),
    sequence integer,
    batch_id uuid,
    pinned_start timestamptz,
    planned_start timestamptz,
    planned_end timestamptz,
    setup_started_at timestamptz,
    started_at timestamptz,
    ended_at timestamptz,
    version bigint not null default 1,
    created_at timestamptz not null default now(),
    created_by text not null default coalesce(nullif(current_setting('gemba.actor', true), ''), 'database:' || session_user),
    updated_at timestamptz not null default now(),
    updated_by text not null default coalesce(nullif(current_setting('gemba.actor', true), ''), 'database:' || session_user),
    primary key (organization_id, id),
    unique (organization_id, plant_id, id),
    unique (organization_id, manufacturing_order_id, number, part),
    foreign key (organization_id, plant_id, manufacturing_order_id) references manufacturing_orders (organization_id, plant_id, id)
);
comment on table jobs is 'One step of an order at a line.';
comment on column jobs.organization_id is 'Whose it is.';
comment on column jobs.plant_id is 'The plant of the order.';
comment on column jobs.id is 'The job.';
comment on column jobs.manufacturing_order_id is 'The order.';
comment on column jobs.number is 'The step''s number in the routing, as it was at release.';
comment on column jobs.part is 'Which part of the step: 1 unless it was split.';
comment on column jobs.name is 'What is done.';
comment on column jobs.area_id is 'Where it is done.';
comment on column jobs.line_id is 'The line; none while none is chosen.';
comment on column jobs.line_fixed is 'Whether somebody chose the line; else the schedule may choose another one.';
comment on column jobs.passes is 'How often a unit passes.';
comment on column jobs.status is 'Where it stands.';
comment on column jobs.quantity is 'Units to make.';
comment on column jobs.good is 'Good units reported.';
comment on column jobs.scrapped is 'Units reported as scrap.';
comment on column jobs.reworked is 'Units reported to be made again.';
comment on column jobs.cycle_time_s is 'Time of the line for one good unit, all passes, yield and efficiency included (s); none where no line can make it.';
comment on column jobs.setup_min is 'Changeover before it, as it was scheduled (min).';
comment on column jobs.sequence is 'Order at the line, by hand.';
comment on column jobs.batch_id is 'Jobs that run together have the same.';
comment on column jobs.pinned_start is 'Not before then, said by hand.';
comment on column jobs.planned_start is 'When it begins by the schedule, changeover first.';
comment on column jobs.planned_end is 'When it ends by the schedule.';
comment on column jobs.setup_started_at is 'When its changeover began.';
comment on column jobs.started_at is 'When it began.';
comment on column jobs.ended_at is 'When it ended.';
comment on column jobs.version is 'Counts changes of all but the counts.';
comment on column jobs.created_at is 'When it was made.';
comment on column jobs.created_by is 'Who made it.';
comment on column jobs.updated_at is 'When it was last changed.';
comment on column jobs.updated_by is 'Who changed it last.';
create index jobs_by_order on jobs (organization_id, plant_id, manufacturing_order_id);
create index jobs_open_by_line on jobs (organization_id, plant_id, line_id, planned_start) where status not in ('completed', 'cancelled');
create index jobs_batched on jobs (organization_id, batch_id) where batch_id is not null;
call gemba.refers('jobs', 'area_id', 'areas');
call gemba.refers('jobs', 'line_id', 'lines');
call gemba.wall('jobs', 'job', quiet => array['good', 'scrapped', 'reworked', 'planned_start', 'planned_end', 'setup_min', 'version', 'updated_at', 'updated_by']);

create table job_links (
    organization_id uuid not null references organizations,
    plant_id uuid not null,
    manufacturing_order_id uuid not null,
    from_number integer not null,
    to_number integer not null check (to_number <> from_number),
    primary key (organization_id, manufacturing_order_id, from_number, to_number),
    foreign key (organization_id, plant_id, manufacturing_order_id) references manufacturing_orders (organization_id, plant_id, id)
);
comment on table job_links is 'That one step of an order comes before another: the routing as it was at release.';
comment on column job_links.organization_id is 'Whose it is.';
comment on column job_links.plant_id is 'The plant of the order.';
comment on column job_links.manufacturing_order_id is 'The order.';
comment on column job_links.from_number is 'The earlier step.';
comment on column job_links.to_number is 'The later step.';
create index job_links_by_order on job_links (organization_id, plant_id, manufacturing_order_id);
call gemba.wall('job_links', 'job_link');
drop trigger audited on job_links;
revoke update on job_links from gemba_app;

create table job_reports (
    organization_id uuid not null references organizations,
    plant_id uuid not null,
    id uuid not null,
    job_id uuid not null,
    manufacturing_order_id uuid not null,
    line_id uuid,
    at timestamptz not null,
    client_at timestamptz,
    received_at timestamptz not null,
    good numeric(18, 6) not null default 0,
    scrapped numeric(18, 6) not null default 0,
    reworked numeric(18, 6) not null default 0,
    reason_id uuid,
    operator_id uuid,
    terminal_id uuid,
    client_action_id uuid,
    lot_id uuid,
    late boolean not null default false,
    note text,
    created_by text not null default coalesce(nullif(current_setting('gemba.actor', true), ''), 'database:' || session_user),
    primary key (organization_id, id),
    foreign key (organization_id, plant_id, job_id) references jobs (organization_id, plant_id, id),
    foreign key (organization_id, plant_id, manufacturing_order_id) references manufacturing_orders (organization_id, plant_id, id)
);
comment on table job_reports is 'What was reported on jobs: a ledger, to which counts are only ever added; a correction is an entry of its own.';
comment on column job_reports.organization_id is 'Whose it is.';
comment on column job_reports.plant_id is 'The plant of the job.';
comment on column job_reports.id is 'The report.';
comment on column job_reports.job_id is 'The job.';
comment on column job_reports.manufacturing_order_id is 'Its order.';
comment on column job_reports.line_id is 'The line the job was at.';
comment on column job_reports.at is 'When the units were made, by the server''s clock.';
comment on column job_reports.client_at is 'When the device said it was.';
comment on column job_reports.received_at is 'When it arrived.';
comment on column job_reports.good is 'Good units; less than none in a correction.';
comment on column job_reports.scrapped is 'Scrapped units; less than none in a correction.';
comment on column job_reports.reworked is 'Units to be made again; less than none in a correction.';
comment on column job_reports.reason_id is 'Why units were not good.';
comment on column job_reports.operator_id is 'Who reported.';
comment on column job_reports.terminal_id is 'At which terminal.';
comment on column job_reports.client_action_id is 'The action of the terminal that it comes from.';
comment on column job_reports.lot_id is 'The lot that the good units became.';
comment on column job_reports.late is 'Whether the job had ended already when it arrived.';
comment on column job_reports.note is 'What else there is to say.';
comment on column job_reports.created_by is 'Who sent it.';
create index job_reports_by_job on job_reports (organization_id, plant_id, job_id, at);
create index job_reports_by_order on job_reports (organization_id, plant_id, manufacturing_order_id);
create index job_reports_by_time on job_reports (organization_id, plant_id, at);
alter table job_reports add constraint job_reports_line_id_fkey foreign key (organization_id, plant_id, line_id) references lines (organization_id, plant_id, id);
create index job_reports_by_line on job_reports (organization_id, plant_id, line_id, at);
call gemba.refers('job_reports', 'reason_id', 'reasons');
call gemba.refers('job_reports', 'operator_id', 'operators');
call gemba.refers('job_reports', 'terminal_id', 'terminals');
call gemba.wall('job_reports', 'job_report');
-- A ledger is its own trail; who reported is in the event job.reported as well.
drop trigger audited on job_reports;
revoke update on job_reports from gemba_app;
create trigger append_only before update or delete on job_reports for each row execute function gemba.refuse_change();
