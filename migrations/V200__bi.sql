-- Reading in bulk, by programs for business intelligence: the figures of plans as columns, the schema `bi` of documented views, and the
-- accounts that log in to read it.
--
-- Whoever logs in to the database can set every setting, so settings say nothing about an analyst. What a reader sees follows from who logged
-- in (session_user): an account's organization and plants stand in bi_accounts, and only for the server the settings of its transaction count.
-- The views belong to gemba_bi_views, which owns nothing else; policies of its own on the tables beneath hold for whoever reads through it,
-- restrictive ones, so that no other policy widens them. They leave alone who is not an analyst: the server, whose walls are those of its settings.
-- The roles gemba_bi (who reads) and gemba_bi_views belong to the cluster, as the others do.

create table plan_figures (
    organization_id uuid not null,
    plant_id uuid not null,
    answer_id uuid not null,
    period_name text[] not null,
    period_operating_days double precision[] not null,
    area_name text[] not null,
    area_id uuid[] not null,
    area_period text[] not null,
    area_hours_available double precision[] not null,
    area_hours_used double precision[] not null,
    area_max_utilization_pct double precision[] not null,
    area_demand_units double precision[] not null,
    area_made_units double precision[] not null,
    area_unmet_units double precision[] not null,
    line_area text[] not null,
    line_name text[] not null,
    line_id uuid[] not null,
    line_period text[] not null,
    line_hours_available double precision[] not null,
    line_hours_used double precision[] not null,
    line_changeover_hours double precision[] not null,
    line_overtime_hours double precision[] not null,
    line_hour_price double precision[] not null,
    line_constraint boolean[] not null,
    made_area text[] not null,
    made_line text[] not null,
    made_line_id uuid[] not null,
    made_item text[] not null,
    made_item_id uuid[] not null,
    made_step text[] not null,
    made_period text[] not null,
    made_units double precision[] not null,
    made_hours double precision[] not null,
    unmet_area text[] not null,
    unmet_area_id uuid[] not null,
    unmet_item text[] not null,
    unmet_item_id uuid[] not null,
    unmet_period text[] not null,
    unmet_units double precision[] not null,
    unmet_weight double precision[] not null,
    unmet_reason text[] not null,
    unmet_lines text[] not null,
    limit_area text[] not null,
    limit_area_id uuid[] not null,
    limit_period text[] not null,
    limit_lines text[] not null,
    limit_hours_needed double precision[] not null,
    limit_hours_available double precision[] not null,
    limit_short boolean[] not null,
    item_name text[] not null,
    item_id uuid[] not null,
    item_period text[] not null,
    item_demand_units double precision[] not null,
    item_finished_units double precision[] not null,
    item_delivered_units double precision[] not null,
    item_stock_units double precision[] not null,
    primary key (organization_id, answer_id),
    foreign key (organization_id, plant_id, answer_id) references plan_answers (organization_id, plant_id, id)
);
create index plan_figures_by_answer on plan_figures (organization_id, plant_id, answer_id);
comment on table plan_figures is 'The figures of an answer of the optimizer as columns: one row for each answer, the entries of a list beside each other.';
comment on column plan_figures.organization_id is 'Whose it is.';
comment on column plan_figures.plant_id is 'The plant it is about.';
comment on column plan_figures.answer_id is 'The answer.';
do $$
declare
    said record;
begin
    for said in values ('period_name', 'Periods.'), ('period_operating_days', 'Operating days of each period.'),
        ('area_name', 'Loads of areas: the area.'), ('area_id', 'Its record.'), ('area_period', 'The period.'), ('area_hours_available', 'Hours available.'),
        ('area_hours_used', 'Hours used.'), ('area_max_utilization_pct', 'Utilisation of its fullest line (%).'), ('area_demand_units', 'Units wanted.'),
        ('area_made_units', 'Units made.'), ('area_unmet_units', 'Units not met for which it is the limit.'),
        ('line_area', 'Loads of lines: the area.'), ('line_name', 'The line.'), ('line_id', 'Its record.'), ('line_period', 'The period.'),
        ('line_hours_available', 'Hours available.'), ('line_hours_used', 'Hours used.'), ('line_changeover_hours', 'Of them changeovers.'),
        ('line_overtime_hours', 'Of them overtime.'), ('line_hour_price', 'Worth of one more hour.'), ('line_constraint', 'Whether it belongs to a constraint.'),
        ('made_area', 'What is made where: the area.'), ('made_line', 'The line.'), ('made_line_id', 'Its record.'), ('made_item', 'The item.'),
        ('made_item_id', 'Its record.'), ('made_step', 'The step.'), ('made_period', 'The period.'), ('made_units', 'Units.'), ('made_hours', 'Hours.'),
        ('unmet_area', 'Demand not met: the area that limits it.'), ('unmet_area_id', 'Its record.'), ('unmet_item', 'The item.'),
        ('unmet_item_id', 'Its record.'), ('unmet_period', 'The period.'), ('unmet_units', 'Units.'), ('unmet_weight', 'Their weight.'),
        ('unmet_reason', 'Why.'), ('unmet_lines', 'Lines that limit it.'),
        ('limit_area', 'Constraints: the area.'), ('limit_area_id', 'Its record.'), ('limit_period', 'The period.'), ('limit_lines', 'The lines.'),
        ('limit_hours_needed', 'Hours needed.'), ('limit_hours_available', 'Hours available.'), ('limit_short', 'Whether demand is lost there.'),
        ('item_name', 'Demand and supply: the item.'), ('item_id', 'Its record.'), ('item_period', 'The period.'), ('item_demand_units', 'Units wanted.'),
        ('item_finished_units', 'Units finished.'), ('item_delivered_units', 'Units delivered.'), ('item_stock_units', 'Units in stock at the end.')
    loop
        execute format('comment on column plan_figures.%I is %L', said.column1, said.column2);
    end loop;
end $$;
call gemba.wall('plan_figures', 'plan_figures');
drop trigger audited on plan_figures;
revoke update on plan_figures from gemba_app;

create table bi_accounts (
    organization_id uuid not null references organizations,
    id uuid not null,
    name text not null check (length(name) between 1 and 100),
    role_name text not null generated always as ('gemba_bi_' || replace(id::text, '-', '')) stored,
    plants uuid[],
    expires_at timestamptz,
    closed_at timestamptz,
    created_at timestamptz not null default now(),
    created_by text not null default coalesce(nullif(current_setting('gemba.actor', true), ''), 'database:' || session_user),
    primary key (organization_id, id)
);
comment on table bi_accounts is 'Accounts of the database that read the schema bi of one organization.';
comment on column bi_accounts.organization_id is 'Whose it is, and whose rows the account sees.';
comment on column bi_accounts.id is 'The account.';
comment on column bi_accounts.name is 'What reads with it.';
comment on column bi_accounts.role_name is 'The role it logs in as; it says nothing about whose it is, because every role of a cluster can be seen.';
comment on column bi_accounts.plants is 'The plants whose rows it sees; none for all of them.';
comment on column bi_accounts.expires_at is 'When it sees nothing any more by itself, if ever.';
comment on column bi_accounts.closed_at is 'Since when it sees nothing any more, if so.';
comment on column bi_accounts.created_at is 'When it was made.';
comment on column bi_accounts.created_by is 'Who made it.';
-- By it the account of whoever logged in is found.
create index bi_accounts_by_role on bi_accounts (role_name);
call gemba.wall('bi_accounts', 'bi_account');
create policy doors on bi_accounts for select to gemba_owner using (true);

-- The organization whose rows are read: of the account that logged in; of the transaction's caller, where that is the server; else none.
create function gemba.organization_of_reader() returns uuid
language sql stable security definer set search_path = pg_catalog, public as $$
    select case
        when session_user like 'gemba\_bi\_%' then (
            -- Should two organizations ever claim one role, neither is right.
            select case when count(*) = 1 then (array_agg(organization_id))[1] end from bi_accounts
            where role_name = session_user and closed_at is null and (expires_at is null or expires_at > now()))
        when pg_has_role(session_user, 'gemba_app', 'member') then nullif(current_setting('gemba.organization', true), '')::uuid
    end
$$;
comment on function gemba.organization_of_reader is 'The organization whose rows whoever logged in may read through the schema bi.';
revoke all on function gemba.organization_of_reader from public;
grant execute on function gemba.organization_of_reader to gemba_app, gemba_bi;

create function gemba.plants_of_reader() returns text
language sql stable security definer set search_path = pg_catalog, public as $$
    select case
        when session_user like 'gemba\_bi\_%' then (
            select case when count(*) = 1 then coalesce((array_agg(array_to_string(plants, ',')))[1], '*') end from bi_accounts
            where role_name = session_user)
        when pg_has_role(session_user, 'gemba_app', 'member') then current_setting('gemba.plants', true)
    end
$$;
comment on function gemba.plants_of_reader is 'The plants whose rows whoever logged in may read through the schema bi, as gemba.plants spells them.';
revoke all on function gemba.plants_of_reader from public;
grant execute on function gemba.plants_of_reader to gemba_app, gemba_bi;

-- Whether whoever logged in is a part of Gemba, whose walls are those of every table. Anybody else is a reader, whatever it sets.
create function gemba.is_server() returns boolean language sql stable set search_path = pg_catalog
    return pg_has_role(session_user, 'gemba_app', 'member') or pg_has_role(session_user, 'gemba_owner', 'member')
        or pg_has_role(session_user, 'gemba_auditor', 'member');
comment on function gemba.is_server is 'Whether whoever logged in is a part of Gemba, and no reader of the schema bi.';

-- Lets the views of the schema bi read a table, behind the reader's walls.
create procedure gemba.bi_reads(target regclass) language plpgsql as $$
declare
    plant_column record;
    condition text := 'organization_id = (select gemba.organization_of_reader())';
    plants constant text := '((select gemba.plants_of_reader()) = ''*'' or plant_id = any '
        '((select string_to_array(nullif(gemba.plants_of_reader(), ''''), '',''))::uuid[]))';
begin
    select attnotnull as required into plant_column from pg_attribute where attrelid = target and attname = 'plant_id' and not attisdropped;
    if plant_column.required then
        condition := condition || ' and ' || plants;
    elsif plant_column.required is not null then
        condition := condition || ' and (plant_id is null or ' || plants || ')';
    end if;
    execute format('grant select on %s to gemba_bi_views', target);
    execute format('create policy bi_reads on %s for select to gemba_bi_views using (%s)', target, condition);
    execute format('create policy bi_walls on %s as restrictive for select to gemba_bi_views using ((select gemba.is_server()) or (%s))', target, condition);
end $$;
comment on procedure gemba.bi_reads is 'Lets the views of the schema bi read a table, behind the reader''s walls.';
revoke all on procedure gemba.bi_reads from public;

-- Gives a finished view of the schema bi to its readers. Views in there only grow.
create procedure gemba.bi_view(target regclass) language plpgsql as $$
begin
    execute format('grant select on %s to gemba_bi, gemba_app', target);
    grant create on schema bi to gemba_bi_views;
    execute format('alter view %s owner to gemba_bi_views', target);
    revoke create on schema bi from gemba_bi_views;
end $$;
comment on procedure gemba.bi_view is 'Gives a finished view of the schema bi to its readers.';
revoke all on procedure gemba.bi_view from public;

create schema bi;
comment on schema bi is 'For business intelligence: documented views of one organization, read only. Version 1: views and columns are only added.';
grant usage on schema bi to gemba_bi, gemba_bi_views, gemba_app;
grant usage on schema public to gemba_bi_views;

call gemba.bi_reads('organizations');
call gemba.bi_reads('regions');
call gemba.bi_reads('plants');
call gemba.bi_reads('areas');
call gemba.bi_reads('lines');
call gemba.bi_reads('families');
call gemba.bi_reads('customers');
call gemba.bi_reads('items');
call gemba.bi_reads('calendars');
call gemba.bi_reads('demand');
call gemba.bi_reads('capabilities');
call gemba.bi_reads('scenarios');
call gemba.bi_reads('scenario_versions');
call gemba.bi_reads('scenario_results');
call gemba.bi_reads('plan_answers');
call gemba.bi_reads('plan_figures');
call gemba.bi_reads('runs');
call gemba.bi_reads('field_entries');
call gemba.bi_reads('field_definitions');

-- Dimensions.

create view bi.about as
select 1 as version, o.organization_id, o.name as organization, now() as read_at from organizations o;
comment on view bi.about is 'Whose data this is, and in which version of the schema.';
comment on column bi.about.version is 'Version of the schema: within one, views and columns are only added.';
comment on column bi.about.organization_id is 'The organization.';
comment on column bi.about.organization is 'Its name.';
comment on column bi.about.read_at is 'When this was read.';

create view bi.regions as
select r.id as region_id, r.name as region, r.description, r.archived_at is not null as archived from regions r;
comment on view bi.regions is 'Groups of plants.';
comment on column bi.regions.region_id is 'The region.';
comment on column bi.regions.region is 'Its name.';
comment on column bi.regions.description is 'What else there is to say.';
comment on column bi.regions.archived is 'Whether it is kept for the past only.';

create view bi.plants as
select p.id as plant_id, p.code, p.name as plant, p.region_id, r.name as region, p.country, p.time_zone, p.archived_at is not null as archived
from plants p left join regions r on r.organization_id = p.organization_id and r.id = p.region_id;
comment on view bi.plants is 'Plants.';
comment on column bi.plants.plant_id is 'The plant.';
comment on column bi.plants.code is 'Its short name.';
comment on column bi.plants.plant is 'Its name.';
comment on column bi.plants.region_id is 'Its region.';
comment on column bi.plants.region is 'The region''s name.';
comment on column bi.plants.country is 'ISO 3166-1 alpha-2.';
comment on column bi.plants.time_zone is 'IANA name of its time zone.';
comment on column bi.plants.archived is 'Whether it is kept for the past only.';

create view bi.areas as
select a.id as area_id, a.plant_id, a.code, a.name as area, a.sequence, a.archived_at is not null as archived from areas a;
comment on view bi.areas is 'Areas that routings pass: SMT, Final Assembly.';
comment on column bi.areas.area_id is 'The area.';
comment on column bi.areas.plant_id is 'Its plant.';
comment on column bi.areas.code is 'Its short name.';
comment on column bi.areas.area is 'Its name.';
comment on column bi.areas.sequence is 'Order along the flow.';
comment on column bi.areas.archived is 'Whether it is kept for the past only.';

create view bi.lines as
select l.id as line_id, l.plant_id, l.area_id, a.name as area, l.name as line, l.line_type, l.available_s_per_day, l.overtime_s_per_day,
    l.efficiency_pct, l.active, l.archived_at is not null as archived
from lines l left join areas a on a.organization_id = l.organization_id and a.plant_id = l.plant_id and a.id = l.area_id;
comment on view bi.lines is 'Production lines.';
comment on column bi.lines.line_id is 'The line.';
comment on column bi.lines.plant_id is 'Its plant.';
comment on column bi.lines.area_id is 'Its area.';
comment on column bi.lines.area is 'The area''s name.';
comment on column bi.lines.line is 'Its name.';
comment on column bi.lines.line_type is 'What kind of line it is.';
comment on column bi.lines.available_s_per_day is 'Time it can work on an operating day (s).';
comment on column bi.lines.overtime_s_per_day is 'Time it can work beyond that (s).';
comment on column bi.lines.efficiency_pct is 'Efficiency of capabilities that state none (%).';
comment on column bi.lines.active is 'Whether it is planned.';
comment on column bi.lines.archived is 'Whether it is kept for the past only.';

create view bi.calendars as
select c.id as calendar_id, c.plant_id, c.code, c.name as calendar, c.operating_days_per_year, c.weekdays, c.archived_at is not null as archived
from calendars c;
comment on view bi.calendars is 'Which days plants, areas and lines work.';
comment on column bi.calendars.calendar_id is 'The calendar.';
comment on column bi.calendars.plant_id is 'Its plant.';
comment on column bi.calendars.code is 'Its short name.';
comment on column bi.calendars.calendar is 'Its name.';
comment on column bi.calendars.operating_days_per_year is 'Operating days of a year, for yearly plans.';
comment on column bi.calendars.weekdays is 'ISO weekdays it works: 12345 is Monday to Friday.';
comment on column bi.calendars.archived is 'Whether it is kept for the past only.';

create view bi.days as
select d::date as day, extract(year from d)::int as year, extract(quarter from d)::int as quarter, extract(month from d)::int as month,
    to_char(d, 'YYYY-MM') as month_name, extract(isoyear from d)::int as iso_year, extract(week from d)::int as iso_week,
    extract(isodow from d)::int as weekday
from generate_series(date_trunc('year', current_date::timestamp) - interval '5 years',
    date_trunc('year', current_date::timestamp) + interval '16 years' - interval '1 day', interval '1 day') d;
comment on view bi.days is 'A calendar of days, five years back and fifteen ahead, to join dates with.';
comment on column bi.days.day is 'The day.';
comment on column bi.days.year is 'Its year.';
comment on column bi.days.quarter is 'Its quarter: 1 to 4.';
comment on column bi.days.month is 'Its month: 1 to 12.';
comment on column bi.days.month_name is 'Its month as periods are named: 2027-03.';
comment on column bi.days.iso_year is 'The year of its ISO week.';
comment on column bi.days.iso_week is 'Its ISO week.';
comment on column bi.days.weekday is 'Its ISO weekday: 1 is Monday.';

create view bi.periods as
with named as (
    select d.period from demand d union select unnest(f.period_name) from plan_figures f
), dated as (
    select period,
        case when period ~ '^[0-9]{4}$' then 'year' when period ~ '^[0-9]{4}-[0-9]{2}$' then 'month'
            when period ~ '^[0-9]{4}-W[0-9]{2}$' then 'week' when period ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' then 'day' end as length,
        -- A year that is none, and a 31st of June, must not keep everything else from being read.
        case when period !~ '^[0-9]{4}' or period ~ '^0000' then null
            when period ~ '^[0-9]{4}$' then make_date(period::int, 1, 1)
            when period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$' then make_date(left(period, 4)::int, right(period, 2)::int, 1)
            when period ~ '^[0-9]{4}-W[0-9]{2}$'
                then date_trunc('week', make_date(left(period, 4)::int, 1, 4)::timestamp)::date + (right(period, 2)::int - 1) * 7
            when period ~ '^[0-9]{4}-(0[1-9]|1[0-2])-[0-9]{2}$'
                then make_date(left(period, 4)::int, substr(period, 6, 2)::int, 1) + (right(period, 2)::int - 1) end as starts_on
    from named
)
select period, length, starts_on,
    case length when 'year' then (starts_on + interval '1 year' - interval '1 day')::date
        when 'month' then (starts_on + interval '1 month' - interval '1 day')::date when 'week' then starts_on + 6 when 'day' then starts_on end as ends_on,
    extract(year from starts_on)::int as year, extract(quarter from starts_on)::int as quarter,
    case when length <> 'year' then extract(month from starts_on)::int end as month
from dated;
comment on view bi.periods is 'The periods of demand and plans: years, months, ISO weeks, days.';
comment on column bi.periods.period is 'Its name: 2027, 2027-03, 2027-W14, 2027-03-31.';
comment on column bi.periods.length is 'year, month, week or day.';
comment on column bi.periods.starts_on is 'First day.';
comment on column bi.periods.ends_on is 'Last day.';
comment on column bi.periods.year is 'The year of its first day.';
comment on column bi.periods.quarter is 'The quarter of its first day.';
comment on column bi.periods.month is 'The month of its first day; none for years.';

create view bi.families as
select f.id as family_id, f.code, f.name as family, f.description, f.archived_at is not null as archived from families f;
comment on view bi.families is 'Items that change over and are planned alike.';
comment on column bi.families.family_id is 'The family.';
comment on column bi.families.code is 'Its short name.';
comment on column bi.families.family is 'Its name.';
comment on column bi.families.description is 'What else there is to say.';
comment on column bi.families.archived is 'Whether it is kept for the past only.';

create view bi.customers as
select c.id as customer_id, c.code, c.name as customer, c.country, c.active, c.archived_at is not null as archived from customers c;
comment on view bi.customers is 'Who is delivered to.';
comment on column bi.customers.customer_id is 'The customer.';
comment on column bi.customers.code is 'Its short name.';
comment on column bi.customers.customer is 'Its name.';
comment on column bi.customers.country is 'ISO 3166-1 alpha-2.';
comment on column bi.customers.active is 'Whether business goes on.';
comment on column bi.customers.archived is 'Whether it is kept for the past only.';

create view bi.items as
select i.id as item_id, i.code, i.name as item, i.category, i.family_id, f.name as family, i.customer_id, c.name as customer, i.program, i.revision,
    i.weight, i.tier, i.unit_value, i.currency, i.program_starts_on, i.program_ends_on, i.active, i.archived_at is not null as archived
from items i
left join families f on f.organization_id = i.organization_id and f.id = i.family_id
left join customers c on c.organization_id = i.organization_id and c.id = i.customer_id;
comment on view bi.items is 'What is made, bought or used; the models of plans are items.';
comment on column bi.items.item_id is 'The item.';
comment on column bi.items.code is 'Part or model number.';
comment on column bi.items.item is 'Its name.';
comment on column bi.items.category is 'product, assembly, component, raw_material, consumable or packaging.';
comment on column bi.items.family_id is 'Its family.';
comment on column bi.items.family is 'The family''s name.';
comment on column bi.items.customer_id is 'For whom it is made, if for one.';
comment on column bi.items.customer is 'The customer''s name.';
comment on column bi.items.program is 'The customer''s program it belongs to.';
comment on column bi.items.revision is 'Engineering revision.';
comment on column bi.items.weight is 'Weight of its demand when not all can be met; none for the standard hours.';
comment on column bi.items.tier is 'Strict priority of its demand: tier 1 before tier 2.';
comment on column bi.items.unit_value is 'Value of one unit.';
comment on column bi.items.currency is 'ISO 4217 of the value.';
comment on column bi.items.program_starts_on is 'First day it is made.';
comment on column bi.items.program_ends_on is 'Last day it is made.';
comment on column bi.items.active is 'Whether it is planned.';
comment on column bi.items.archived is 'Whether it is kept for the past only.';

create view bi.scenarios as
select s.id as scenario_id, s.plant_id, s.name as scenario, s.description, s.status, s.version, s.base_id as base_scenario_id,
    s.base_version as base_scenario_version, s.created_at, s.updated_at, s.submitted_at, s.decided_at, s.archived_at is not null as archived
from scenarios s;
comment on view bi.scenarios is 'What plants would do if some things were different.';
comment on column bi.scenarios.scenario_id is 'The scenario.';
comment on column bi.scenarios.plant_id is 'Its plant.';
comment on column bi.scenarios.scenario is 'Its name.';
comment on column bi.scenarios.description is 'What it is for.';
comment on column bi.scenarios.status is 'draft, submitted or approved.';
comment on column bi.scenarios.version is 'Its present version.';
comment on column bi.scenarios.base_scenario_id is 'The scenario it was cloned from; none for the plant as it is.';
comment on column bi.scenarios.base_scenario_version is 'The version of that scenario.';
comment on column bi.scenarios.created_at is 'When it was made.';
comment on column bi.scenarios.updated_at is 'When it was last changed.';
comment on column bi.scenarios.submitted_at is 'When it was handed in for a decision.';
comment on column bi.scenarios.decided_at is 'When it was approved or sent back.';
comment on column bi.scenarios.archived is 'Whether it is kept for the past only.';

create view bi.scenario_versions as
select v.scenario_id, v.number as version, v.plant_id, v.message, v.created_at from scenario_versions v;
comment on view bi.scenario_versions is 'Versions of scenarios: one for each time that changes or parameters changed.';
comment on column bi.scenario_versions.scenario_id is 'The scenario.';
comment on column bi.scenario_versions.version is 'The version.';
comment on column bi.scenario_versions.plant_id is 'The scenario''s plant.';
comment on column bi.scenario_versions.message is 'What it is about.';
comment on column bi.scenario_versions.created_at is 'When it was written.';

-- Facts of the plants as they are.

create view bi.demand as
select d.id as demand_id, d.plant_id, d.item_id, d.period, d.units, d.operating_days, d.source, d.updated_at
from demand d where d.archived_at is null;
comment on view bi.demand is 'Units wanted of a plant in a period.';
comment on column bi.demand.demand_id is 'The entry.';
comment on column bi.demand.plant_id is 'The plant.';
comment on column bi.demand.item_id is 'The item.';
comment on column bi.demand.period is 'The period; see periods.';
comment on column bi.demand.units is 'Units wanted.';
comment on column bi.demand.operating_days is 'Days over which they are spread; none for the calendar''s.';
comment on column bi.demand.source is 'manual, workbook, erp, edi or forecast.';
comment on column bi.demand.updated_at is 'When it was last changed.';

create view bi.capabilities as
select c.id as capability_id, c.plant_id, c.line_id, c.item_id, c.step, c.cycle_time_s, c.efficiency_pct, c.first_pass_yield_pct, c.pieces_per_panel,
    c.priority, c.minimum_lot, c.approved_from, c.approved_to, c.active
from capabilities c where c.archived_at is null;
comment on view bi.capabilities is 'That a line can make an item, and how fast.';
comment on column bi.capabilities.capability_id is 'The capability.';
comment on column bi.capabilities.plant_id is 'The plant.';
comment on column bi.capabilities.line_id is 'The line.';
comment on column bi.capabilities.item_id is 'The item.';
comment on column bi.capabilities.step is 'Which step of the item, where the line can do several.';
comment on column bi.capabilities.cycle_time_s is 'Time for one panel or piece (s).';
comment on column bi.capabilities.efficiency_pct is 'Efficiency of the pair (%); none for the line''s.';
comment on column bi.capabilities.first_pass_yield_pct is 'Units good at the first try (%).';
comment on column bi.capabilities.pieces_per_panel is 'Units made in one cycle.';
comment on column bi.capabilities.priority is '1 is preferred.';
comment on column bi.capabilities.minimum_lot is 'Least units worth a set-up.';
comment on column bi.capabilities.approved_from is 'First day the customer approves; none for always.';
comment on column bi.capabilities.approved_to is 'Last day the customer approves; none for ever.';
comment on column bi.capabilities.active is 'Whether it is planned.';

create view bi.custom_values with (security_barrier) as
select e.kind, e.record_id, e.key, e.plant_id, d.label, d.value_type, d.unit, e.text_value, e.number_value
from field_entries e
join field_definitions d on d.organization_id = e.organization_id and d.kind = e.kind and d.key = e.key
where d.visible_to = '[]'
    and e.kind in ('region', 'plant', 'area', 'line', 'calendar', 'family', 'customer', 'item', 'demand', 'capability', 'scenario');
comment on view bi.custom_values is 'Custom values of the records that the other views show; those that only some roles see are not among them.';
comment on column bi.custom_values.kind is 'The kind of record: line.';
comment on column bi.custom_values.record_id is 'The record.';
comment on column bi.custom_values.key is 'The custom field.';
comment on column bi.custom_values.plant_id is 'The plant the record belongs to, if to one.';
comment on column bi.custom_values.label is 'The field as people call it.';
comment on column bi.custom_values.value_type is 'text, number, date, choice, reference, boolean or file.';
comment on column bi.custom_values.unit is 'Unit of a number.';
comment on column bi.custom_values.text_value is 'The value as text; numbers, dates and identifiers as the API writes them.';
comment on column bi.custom_values.number_value is 'The value of a number.';

-- Facts of plans.

create view bi.results as
select r.id as result_id, r.plant_id, r.scenario_id, r.scenario_version,
    not exists (select from scenario_results n where n.organization_id = r.organization_id and n.plant_id = r.plant_id
        and n.scenario_id = r.scenario_id and (n.created_at, n.id) > (r.created_at, r.id)) as newest,
    r.run_id, r.created_at as optimized_at, a.engine, a.status, a.gap, a.solve_ms,
    (a.summary ->> 'demand_units')::double precision as demand_units, (a.summary ->> 'finished_units')::double precision as finished_units,
    (a.summary ->> 'unmet_units')::double precision as unmet_units, (a.summary ->> 'unmet_weight')::double precision as unmet_weight,
    (a.summary ->> 'max_utilization_pct')::double precision as max_utilization_pct,
    (a.summary ->> 'overtime_hours')::double precision as overtime_hours, (a.summary ->> 'changeover_hours')::double precision as changeover_hours,
    (a.summary ->> 'hours_available')::double precision as hours_available, (a.summary ->> 'hours_used')::double precision as hours_used
from scenario_results r
join plan_answers a on a.organization_id = r.organization_id and a.plant_id = r.plant_id and a.id = r.answer_id;
comment on view bi.results is 'Plans: what the optimizer answered to a version of a scenario.';
comment on column bi.results.result_id is 'The result; the facts of plans refer to it.';
comment on column bi.results.plant_id is 'The plant.';
comment on column bi.results.scenario_id is 'The scenario.';
comment on column bi.results.scenario_version is 'Its version.';
comment on column bi.results.newest is 'Whether it is the scenario''s newest.';
comment on column bi.results.run_id is 'The run that made it.';
comment on column bi.results.optimized_at is 'When.';
comment on column bi.results.engine is 'Name and version of the engine.';
comment on column bi.results.status is 'optimal, heuristic or limit_reached.';
comment on column bi.results.gap is 'Relative gap between answer and bound.';
comment on column bi.results.solve_ms is 'Time the optimizer took (ms).';
comment on column bi.results.demand_units is 'Finished units wanted.';
comment on column bi.results.finished_units is 'Finished units delivered.';
comment on column bi.results.unmet_units is 'Units not met.';
comment on column bi.results.unmet_weight is 'The same in the chosen weight.';
comment on column bi.results.max_utilization_pct is 'Utilisation of the fullest line (%).';
comment on column bi.results.overtime_hours is 'Overtime (h).';
comment on column bi.results.changeover_hours is 'Changeovers (h).';
comment on column bi.results.hours_available is 'Hours available (h).';
comment on column bi.results.hours_used is 'Hours used (h).';

create view bi.plant_plans as
select p.id as plant_id, s.id as scenario_id, r.scenario_version, r.id as result_id, s.status as scenario_status, r.created_at as optimized_at
from plants p
cross join lateral (
    select s.id, s.status, newest.at from scenarios s
    cross join lateral (select max(r.created_at) as at from scenario_results r
        where r.organization_id = s.organization_id and r.plant_id = s.plant_id and r.scenario_id = s.id) newest
    where s.organization_id = p.organization_id and s.plant_id = p.id and s.archived_at is null and newest.at is not null
    order by s.status = 'approved' desc, case when s.status = 'approved' then s.decided_at end desc nulls last, newest.at desc limit 1) s
cross join lateral (
    select r.id, r.scenario_version, r.created_at from scenario_results r
    where r.organization_id = p.organization_id and r.plant_id = p.id and r.scenario_id = s.id
    order by r.created_at desc, r.id desc limit 1) r
where p.archived_at is null;
comment on view bi.plant_plans is 'The plan that stands for each plant: of the scenario approved last, else of the one optimized last. Join it to see one plan per plant.';
comment on column bi.plant_plans.plant_id is 'The plant.';
comment on column bi.plant_plans.scenario_id is 'The scenario.';
comment on column bi.plant_plans.scenario_version is 'Its version.';
comment on column bi.plant_plans.result_id is 'The result.';
comment on column bi.plant_plans.scenario_status is 'draft, submitted or approved.';
comment on column bi.plant_plans.optimized_at is 'When it was optimized.';

create view bi.allocations as
select r.id as result_id, u.row_number::int as row_number, r.plant_id, r.scenario_id, r.scenario_version,
    u.area, u.line, u.line_id, u.item, u.item_id, nullif(u.step, '') as step, u.period, u.units, u.hours
from scenario_results r
join plan_figures f on f.organization_id = r.organization_id and f.plant_id = r.plant_id and f.answer_id = r.answer_id
cross join lateral unnest(f.made_area, f.made_line, f.made_line_id, f.made_item, f.made_item_id, f.made_step, f.made_period, f.made_units,
    f.made_hours) with ordinality as u(area, line, line_id, item, item_id, step, period, units, hours, row_number);
comment on view bi.allocations is 'What a plan makes where and when.';
comment on column bi.allocations.result_id is 'The plan.';
comment on column bi.allocations.row_number is 'Its entry, from 1.';
comment on column bi.allocations.plant_id is 'The plant.';
comment on column bi.allocations.scenario_id is 'The scenario.';
comment on column bi.allocations.scenario_version is 'Its version.';
comment on column bi.allocations.area is 'The area.';
comment on column bi.allocations.line is 'The line, as the plan calls it.';
comment on column bi.allocations.line_id is 'The line; none for one that the scenario adds.';
comment on column bi.allocations.item is 'The item, as the plan calls it.';
comment on column bi.allocations.item_id is 'The item.';
comment on column bi.allocations.step is 'Which step of the item, where an area has several.';
comment on column bi.allocations.period is 'The period; see periods.';
comment on column bi.allocations.units is 'Units made.';
comment on column bi.allocations.hours is 'Hours they take (h).';

create view bi.line_loads as
select r.id as result_id, u.row_number::int as row_number, r.plant_id, r.scenario_id, r.scenario_version,
    u.area, u.line, u.line_id, u.period, u.hours_available, u.hours_used,
    case when u.hours_available > 0 then 100 * u.hours_used / u.hours_available end as utilization_pct,
    u.changeover_hours, u.overtime_hours, u.hour_price, u.is_constraint
from scenario_results r
join plan_figures f on f.organization_id = r.organization_id and f.plant_id = r.plant_id and f.answer_id = r.answer_id
cross join lateral unnest(f.line_area, f.line_name, f.line_id, f.line_period, f.line_hours_available, f.line_hours_used, f.line_changeover_hours,
    f.line_overtime_hours, f.line_hour_price, f.line_constraint) with ordinality
    as u(area, line, line_id, period, hours_available, hours_used, changeover_hours, overtime_hours, hour_price, is_constraint, row_number);
comment on view bi.line_loads is 'How full each line of a plan is in each period.';
comment on column bi.line_loads.result_id is 'The plan.';
comment on column bi.line_loads.row_number is 'Its entry, from 1.';
comment on column bi.line_loads.plant_id is 'The plant.';
comment on column bi.line_loads.scenario_id is 'The scenario.';
comment on column bi.line_loads.scenario_version is 'Its version.';
comment on column bi.line_loads.area is 'The area.';
comment on column bi.line_loads.line is 'The line, as the plan calls it.';
comment on column bi.line_loads.line_id is 'The line; none for one that the scenario adds.';
comment on column bi.line_loads.period is 'The period; see periods.';
comment on column bi.line_loads.hours_available is 'Hours available (h).';
comment on column bi.line_loads.hours_used is 'Hours used (h).';
comment on column bi.line_loads.utilization_pct is 'Hours used over hours available (%).';
comment on column bi.line_loads.changeover_hours is 'Hours of changeovers among those used (h).';
comment on column bi.line_loads.overtime_hours is 'Hours of overtime among those used (h).';
comment on column bi.line_loads.hour_price is 'What one more hour would save in unmet weight (weight/h).';
comment on column bi.line_loads.is_constraint is 'Whether it belongs to a constraint.';

create view bi.area_loads as
select r.id as result_id, u.row_number::int as row_number, r.plant_id, r.scenario_id, r.scenario_version,
    u.area, u.area_id, u.period, u.hours_available, u.hours_used,
    case when u.hours_available > 0 then 100 * u.hours_used / u.hours_available end as utilization_pct,
    u.max_utilization_pct, u.demand_units, u.made_units, u.unmet_units
from scenario_results r
join plan_figures f on f.organization_id = r.organization_id and f.plant_id = r.plant_id and f.answer_id = r.answer_id
cross join lateral unnest(f.area_name, f.area_id, f.area_period, f.area_hours_available, f.area_hours_used, f.area_max_utilization_pct,
    f.area_demand_units, f.area_made_units, f.area_unmet_units) with ordinality
    as u(area, area_id, period, hours_available, hours_used, max_utilization_pct, demand_units, made_units, unmet_units, row_number);
comment on view bi.area_loads is 'How full each area of a plan is in each period.';
comment on column bi.area_loads.result_id is 'The plan.';
comment on column bi.area_loads.row_number is 'Its entry, from 1.';
comment on column bi.area_loads.plant_id is 'The plant.';
comment on column bi.area_loads.scenario_id is 'The scenario.';
comment on column bi.area_loads.scenario_version is 'Its version.';
comment on column bi.area_loads.area is 'The area.';
comment on column bi.area_loads.area_id is 'The area''s record.';
comment on column bi.area_loads.period is 'The period; see periods.';
comment on column bi.area_loads.hours_available is 'Hours available (h).';
comment on column bi.area_loads.hours_used is 'Hours used (h).';
comment on column bi.area_loads.utilization_pct is 'Hours used over hours available (%).';
comment on column bi.area_loads.max_utilization_pct is 'Utilisation of its fullest line (%).';
comment on column bi.area_loads.demand_units is 'Units wanted of what passes the area.';
comment on column bi.area_loads.made_units is 'Units made.';
comment on column bi.area_loads.unmet_units is 'Units not met for which the area is the limit.';

create view bi.unmet as
select r.id as result_id, u.row_number::int as row_number, r.plant_id, r.scenario_id, r.scenario_version,
    u.area, u.area_id, u.item, u.item_id, u.period, u.units, u.weight, u.reason, nullif(u.lines, '') as limiting_lines
from scenario_results r
join plan_figures f on f.organization_id = r.organization_id and f.plant_id = r.plant_id and f.answer_id = r.answer_id
cross join lateral unnest(f.unmet_area, f.unmet_area_id, f.unmet_item, f.unmet_item_id, f.unmet_period, f.unmet_units, f.unmet_weight, f.unmet_reason,
    f.unmet_lines) with ordinality as u(area, area_id, item, item_id, period, units, weight, reason, lines, row_number);
comment on view bi.unmet is 'Demand that a plan does not meet, and why.';
comment on column bi.unmet.result_id is 'The plan.';
comment on column bi.unmet.row_number is 'Its entry, from 1.';
comment on column bi.unmet.plant_id is 'The plant.';
comment on column bi.unmet.scenario_id is 'The scenario.';
comment on column bi.unmet.scenario_version is 'Its version.';
comment on column bi.unmet.area is 'The area that limits it.';
comment on column bi.unmet.area_id is 'The area''s record.';
comment on column bi.unmet.item is 'The item, as the plan calls it.';
comment on column bi.unmet.item_id is 'The item.';
comment on column bi.unmet.period is 'The period; see periods.';
comment on column bi.unmet.units is 'Units not met.';
comment on column bi.unmet.weight is 'Their weight.';
comment on column bi.unmet.reason is 'capacity, no_capability, not_approved, outside_program_life, no_hours, other_area, integer_rules or frozen.';
comment on column bi.unmet.limiting_lines is 'Lines whose hours limit it, with commas between.';

create view bi.constraints as
select r.id as result_id, u.row_number::int as row_number, r.plant_id, r.scenario_id, r.scenario_version,
    u.area, u.area_id, u.period, u.lines, u.hours_needed, u.hours_available,
    case when u.hours_available > 0 then 100 * u.hours_needed / u.hours_available end as utilization_pct, u.short
from scenario_results r
join plan_figures f on f.organization_id = r.organization_id and f.plant_id = r.plant_id and f.answer_id = r.answer_id
cross join lateral unnest(f.limit_area, f.limit_area_id, f.limit_period, f.limit_lines, f.limit_hours_needed, f.limit_hours_available, f.limit_short)
    with ordinality as u(area, area_id, period, lines, hours_needed, hours_available, short, row_number);
comment on view bi.constraints is 'Lines that together limit a plan, the worst first.';
comment on column bi.constraints.result_id is 'The plan.';
comment on column bi.constraints.row_number is 'Its entry, from 1: the worst.';
comment on column bi.constraints.plant_id is 'The plant.';
comment on column bi.constraints.scenario_id is 'The scenario.';
comment on column bi.constraints.scenario_version is 'Its version.';
comment on column bi.constraints.area is 'The area.';
comment on column bi.constraints.area_id is 'The area''s record.';
comment on column bi.constraints.period is 'The period; see periods.';
comment on column bi.constraints.lines is 'The lines, with commas between.';
comment on column bi.constraints.hours_needed is 'Hours that would be needed (h).';
comment on column bi.constraints.hours_available is 'Hours available (h).';
comment on column bi.constraints.utilization_pct is 'Hours needed over hours available (%).';
comment on column bi.constraints.short is 'Whether demand is lost there.';

create view bi.supply as
select r.id as result_id, u.row_number::int as row_number, r.plant_id, r.scenario_id, r.scenario_version,
    u.item, u.item_id, u.period, u.demand_units, u.finished_units, u.delivered_units, u.stock_units
from scenario_results r
join plan_figures f on f.organization_id = r.organization_id and f.plant_id = r.plant_id and f.answer_id = r.answer_id
cross join lateral unnest(f.item_name, f.item_id, f.item_period, f.item_demand_units, f.item_finished_units, f.item_delivered_units,
    f.item_stock_units) with ordinality as u(item, item_id, period, demand_units, finished_units, delivered_units, stock_units, row_number);
comment on view bi.supply is 'Demand, finished units and stock of each item in each period of a plan.';
comment on column bi.supply.result_id is 'The plan.';
comment on column bi.supply.row_number is 'Its entry, from 1.';
comment on column bi.supply.plant_id is 'The plant.';
comment on column bi.supply.scenario_id is 'The scenario.';
comment on column bi.supply.scenario_version is 'Its version.';
comment on column bi.supply.item is 'The item, as the plan calls it.';
comment on column bi.supply.item_id is 'The item.';
comment on column bi.supply.period is 'The period; see periods.';
comment on column bi.supply.demand_units is 'Units wanted.';
comment on column bi.supply.finished_units is 'Units finished.';
comment on column bi.supply.delivered_units is 'Units delivered.';
comment on column bi.supply.stock_units is 'Units in stock at the end.';

create view bi.runs as
select r.id as run_id, r.plant_id, r.kind, r.title, r.state, r.attempt, r.created_at, r.started_at, r.finished_at,
    extract(epoch from r.started_at - r.created_at)::double precision as waited_s,
    extract(epoch from r.finished_at - r.started_at)::double precision as ran_s, r.error ->> 'code' as error_code
from runs r where r.kind like 'planning.%';
comment on view bi.runs is 'The history of runs of planning: optimizing, bringing files in.';
comment on column bi.runs.run_id is 'The run.';
comment on column bi.runs.plant_id is 'The plant it is about, if about one.';
comment on column bi.runs.kind is 'What is done: planning.optimize.';
comment on column bi.runs.title is 'What is done, for people.';
comment on column bi.runs.state is 'queued, running, succeeded, failed or cancelled.';
comment on column bi.runs.attempt is 'How often it was started.';
comment on column bi.runs.created_at is 'When it was asked for.';
comment on column bi.runs.started_at is 'When it was started last.';
comment on column bi.runs.finished_at is 'When it ended.';
comment on column bi.runs.waited_s is 'Time it waited (s).';
comment on column bi.runs.ran_s is 'Time it took (s).';
comment on column bi.runs.error_code is 'Why it failed, for programs.';

do $$
declare
    made regclass;
begin
    for made in select oid from pg_class where relnamespace = 'bi'::regnamespace and relkind = 'v' order by relname loop
        call gemba.bi_view(made);
    end loop;
end $$;
