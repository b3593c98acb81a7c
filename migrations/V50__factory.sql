-- The factory: what every other part of Gemba talks about. ISA-95 names.
create table units (
    code text not null,
    name text not null,
    symbol text not null,
    dimension text not null check (dimension in ('count', 'mass', 'length', 'area', 'volume', 'time', 'energy', 'temperature', 'other')),
    decimals smallint not null default 0 check (decimals between 0 and 9)
);
comment on table units is 'A unit of measure.';
comment on column units.code is 'UN/ECE Recommendation 20 where there is one: C62 piece, KGM kilogram, MTR metre.';
comment on column units.name is 'As people call it.';
comment on column units.symbol is 'As labels and reports print it: kg.';
comment on column units.dimension is 'What it measures; only units of one dimension convert without an item.';
comment on column units.decimals is 'Decimal places that make sense.';
call gemba.record('units', 'unit', 'organization');
alter table units add constraint units_code_key unique (organization_id, code);

create table families (
    code text not null,
    name text not null,
    description text
);
comment on table families is 'Items that change over and are planned alike.';
comment on column families.code is 'Short name; unique in the organization.';
comment on column families.name is 'As people call it.';
comment on column families.description is 'What else there is to say.';
call gemba.record('families', 'family', 'organization');
alter table families add constraint families_code_key unique (organization_id, code);

create table customers (
    code text not null,
    name text not null,
    gln text check (gln ~ '^[0-9]{13}$'),
    country text check (country ~ '^[A-Z]{2}$'),
    contact text,
    active boolean not null default true
);
comment on table customers is 'Who is delivered to.';
comment on column customers.code is 'Short name; unique in the organization.';
comment on column customers.name is 'As people call it.';
comment on column customers.gln is 'GS1 Global Location Number, 13 digits.';
comment on column customers.country is 'ISO 3166-1 alpha-2.';
comment on column customers.contact is 'Whom to ask.';
comment on column customers.active is 'Whether business goes on.';
call gemba.record('customers', 'customer', 'organization');
alter table customers add constraint customers_code_key unique (organization_id, code);

create table suppliers (
    code text not null,
    name text not null,
    gln text check (gln ~ '^[0-9]{13}$'),
    country text check (country ~ '^[A-Z]{2}$'),
    contact text,
    active boolean not null default true
);
comment on table suppliers is 'Who is bought from.';
comment on column suppliers.code is 'Short name; unique in the organization.';
comment on column suppliers.name is 'As people call it.';
comment on column suppliers.gln is 'GS1 Global Location Number, 13 digits.';
comment on column suppliers.country is 'ISO 3166-1 alpha-2.';
comment on column suppliers.contact is 'Whom to ask.';
comment on column suppliers.active is 'Whether business goes on.';
call gemba.record('suppliers', 'supplier', 'organization');
alter table suppliers add constraint suppliers_code_key unique (organization_id, code);

create table items (
    code text not null,
    name text not null,
    category text not null check (category in ('product', 'assembly', 'component', 'raw_material', 'consumable', 'packaging')),
    family_id uuid,
    customer_id uuid,
    program text,
    unit_id uuid not null,
    revision text,
    gtin text check (gtin ~ '^[0-9]{14}$'),
    tracking text not null default 'none' check (tracking in ('none', 'lot', 'serial')),
    weight numeric(12, 4) check (weight > 0),
    tier smallint not null default 1 check (tier between 1 and 99),
    unit_value numeric(18, 6) check (unit_value >= 0),
    currency text check (currency ~ '^[A-Z]{3}$'),
    program_starts_on date,
    program_ends_on date,
    active boolean not null default true
);
comment on table items is 'What is made, bought or used: a product model, a part, a raw material.';
comment on column items.code is 'Part or model number; unique in the organization.';
comment on column items.name is 'As people call it.';
comment on column items.category is 'What role it plays.';
comment on column items.family_id is 'Its family.';
comment on column items.customer_id is 'For whom it is made, if for one.';
comment on column items.program is 'The customer''s program it belongs to.';
comment on column items.unit_id is 'The unit it is counted in.';
comment on column items.revision is 'Engineering revision.';
comment on column items.gtin is 'GS1 Global Trade Item Number, 14 digits.';
comment on column items.tracking is 'Whether lots or serials are traced.';
comment on column items.weight is 'Weight of its demand when not all can be met; none for the standard hours.';
comment on column items.tier is 'Strict priority of its demand: tier 1 before tier 2.';
comment on column items.unit_value is 'Value of one unit.';
comment on column items.currency is 'ISO 4217 of the value.';
comment on column items.program_starts_on is 'First day it is made.';
comment on column items.program_ends_on is 'Last day it is made.';
comment on column items.active is 'Whether it is planned.';
call gemba.record('items', 'item', 'organization');
alter table items add constraint items_code_key unique (organization_id, code);
call gemba.refers('items', 'family_id', 'families');
call gemba.refers('items', 'customer_id', 'customers');
call gemba.refers('items', 'unit_id', 'units');
alter table items add constraint items_program check (program_ends_on >= program_starts_on);
alter table items add constraint items_value_has_currency check ((unit_value is null) = (currency is null));

create table unit_conversions (
    from_unit_id uuid not null,
    to_unit_id uuid not null,
    item_id uuid,
    factor numeric(24, 12) not null check (factor > 0)
);
comment on table unit_conversions is 'How many of one unit are one of another, in general or for one item.';
comment on column unit_conversions.from_unit_id is 'The unit converted from.';
comment on column unit_conversions.to_unit_id is 'The unit converted to.';
comment on column unit_conversions.item_id is 'Only for this item; none for all.';
comment on column unit_conversions.factor is 'One of the first is so many of the second.';
call gemba.record('unit_conversions', 'unit_conversion', 'organization');
call gemba.refers('unit_conversions', 'from_unit_id', 'units');
call gemba.refers('unit_conversions', 'to_unit_id', 'units');
call gemba.refers('unit_conversions', 'item_id', 'items');
alter table unit_conversions add constraint unit_conversions_differ check (from_unit_id <> to_unit_id);
create unique index unit_conversions_key on unit_conversions (organization_id, from_unit_id, to_unit_id, coalesce(item_id, '00000000-0000-0000-0000-000000000000'));

create table shift_patterns (
    code text not null,
    name text not null,
    description text
);
comment on table shift_patterns is 'Which shifts are worked on an operating day.';
comment on column shift_patterns.code is 'Short name; unique in the plant.';
comment on column shift_patterns.name is 'As people call it.';
comment on column shift_patterns.description is 'What else there is to say.';
call gemba.record('shift_patterns', 'shift_pattern', 'plant');
alter table shift_patterns add constraint shift_patterns_code_key unique (organization_id, plant_id, code);

create table shifts (
    shift_pattern_id uuid not null,
    name text not null,
    starts_at text not null check (starts_at ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
    duration_min integer not null check (duration_min between 1 and 1440),
    break_min integer not null default 0 check (break_min >= 0),
    weekdays text not null default '1234567' check (weekdays ~ '^1?2?3?4?5?6?7?$' and weekdays <> '')
);
comment on table shifts is 'One shift of a pattern.';
comment on column shifts.shift_pattern_id is 'The pattern it belongs to.';
comment on column shifts.name is 'As people call it.';
comment on column shifts.starts_at is 'Local time of the plant, 24 h: 06:00.';
comment on column shifts.duration_min is 'From start to end, breaks included (min).';
comment on column shifts.break_min is 'Breaks in it (min).';
comment on column shifts.weekdays is 'ISO weekdays it is worked: 12345 is Monday to Friday.';
call gemba.record('shifts', 'shift', 'plant');
alter table shifts add constraint shifts_name_key unique (organization_id, shift_pattern_id, name);
call gemba.refers('shifts', 'shift_pattern_id', 'shift_patterns');
alter table shifts add constraint shifts_breaks_fit check (break_min < duration_min);

create table calendars (
    code text not null,
    name text not null,
    shift_pattern_id uuid,
    operating_days_per_year smallint not null default 240 check (operating_days_per_year between 0 and 366),
    weekdays text not null default '12345' check (weekdays ~ '^1?2?3?4?5?6?7?$' and weekdays <> '')
);
comment on table calendars is 'Which days a plant, an area or a line works.';
comment on column calendars.code is 'Short name; unique in the plant.';
comment on column calendars.name is 'As people call it.';
comment on column calendars.shift_pattern_id is 'The pattern worked on its days.';
comment on column calendars.operating_days_per_year is 'Operating days of a year, for yearly plans.';
comment on column calendars.weekdays is 'ISO weekdays it works: 12345 is Monday to Friday.';
call gemba.record('calendars', 'calendar', 'plant');
alter table calendars add constraint calendars_code_key unique (organization_id, plant_id, code);
call gemba.refers('calendars', 'shift_pattern_id', 'shift_patterns');

create table holidays (
    calendar_id uuid not null,
    on_date date not null,
    name text not null,
    works boolean not null default false
);
comment on table holidays is 'A day that differs from the calendar''s rule.';
comment on column holidays.calendar_id is 'The calendar.';
comment on column holidays.on_date is 'The day.';
comment on column holidays.name is 'Why.';
comment on column holidays.works is 'Whether it is worked although the rule says no; else it is not although the rule says yes.';
call gemba.record('holidays', 'holiday', 'plant');
alter table holidays add constraint holidays_day_key unique (organization_id, calendar_id, on_date);
call gemba.refers('holidays', 'calendar_id', 'calendars');

create table areas (
    code text not null,
    name text not null,
    sequence integer not null default 0 check (sequence >= 0),
    color text check (color ~ '^#[0-9A-Fa-f]{6}$'),
    calendar_id uuid
);
comment on table areas is 'A department that a routing passes: SMT, Final Assembly.';
comment on column areas.code is 'Short name; unique in the plant.';
comment on column areas.name is 'As people call it.';
comment on column areas.sequence is 'Order along the flow; equal numbers are parallel branches.';
comment on column areas.color is 'Colour on the canvas.';
comment on column areas.calendar_id is 'Its calendar, where it differs from the plant''s.';
call gemba.record('areas', 'area', 'plant');
alter table areas add constraint areas_code_key unique (organization_id, plant_id, code);
call gemba.refers('areas', 'calendar_id', 'calendars');

create table lines (
    area_id uuid not null,
    name text not null,
    line_type text,
    available_s_per_day integer not null default 0 check (available_s_per_day between 0 and 86400),
    overtime_s_per_day integer not null default 0 check (overtime_s_per_day between 0 and 86400),
    efficiency_pct numeric(6, 3) not null default 100 check (efficiency_pct > 0 and efficiency_pct <= 100),
    calendar_id uuid,
    shift_pattern_id uuid,
    opening_cost numeric(18, 2) check (opening_cost >= 0),
    currency text check (currency ~ '^[A-Z]{3}$'),
    active boolean not null default true
);
comment on table lines is 'A production line: the ISA-95 work center, capacity constrained.';
comment on column lines.area_id is 'The area it works for.';
comment on column lines.name is 'As people call it; unique in the plant.';
comment on column lines.line_type is 'What kind of line it is.';
comment on column lines.available_s_per_day is 'Time it can work on an operating day (s).';
comment on column lines.overtime_s_per_day is 'Time it can work beyond that (s).';
comment on column lines.efficiency_pct is 'Efficiency of capabilities that state none (%).';
comment on column lines.calendar_id is 'Its calendar, where it differs from the area''s.';
comment on column lines.shift_pattern_id is 'Its shifts, where they differ from the calendar''s.';
comment on column lines.opening_cost is 'Cost of opening it, for plans that choose.';
comment on column lines.currency is 'ISO 4217 of the cost.';
comment on column lines.active is 'Whether it is planned.';
call gemba.record('lines', 'line', 'plant');
alter table lines add constraint lines_name_key unique (organization_id, plant_id, name);
call gemba.refers('lines', 'area_id', 'areas');
call gemba.refers('lines', 'calendar_id', 'calendars');
call gemba.refers('lines', 'shift_pattern_id', 'shift_patterns');
alter table lines add constraint lines_day check (available_s_per_day + overtime_s_per_day <= 86400);

create table cells (
    line_id uuid not null,
    name text not null,
    position integer not null default 0 check (position >= 0)
);
comment on table cells is 'A work unit of a line.';
comment on column cells.line_id is 'The line.';
comment on column cells.name is 'As people call it; unique on the line.';
comment on column cells.position is 'Order along the line.';
call gemba.record('cells', 'cell', 'plant');
alter table cells add constraint cells_name_key unique (organization_id, line_id, name);
call gemba.refers('cells', 'line_id', 'lines');

create table equipment (
    code text not null,
    name text not null,
    category text not null default 'machine' check (category in ('machine', 'tool', 'fixture', 'gauge', 'vehicle', 'other')),
    line_id uuid,
    cell_id uuid,
    manufacturer text,
    model text,
    serial_number text,
    commissioned_on date,
    active boolean not null default true
);
comment on table equipment is 'A machine, tool or fixture.';
comment on column equipment.code is 'Asset number; unique in the plant.';
comment on column equipment.name is 'As people call it.';
comment on column equipment.category is 'What it is.';
comment on column equipment.line_id is 'The line it stands at.';
comment on column equipment.cell_id is 'The cell it stands in.';
comment on column equipment.manufacturer is 'Who made it.';
comment on column equipment.model is 'The manufacturer''s model.';
comment on column equipment.serial_number is 'The manufacturer''s serial number.';
comment on column equipment.commissioned_on is 'First day in use.';
comment on column equipment.active is 'Whether it is in use.';
call gemba.record('equipment', 'equipment', 'plant');
alter table equipment add constraint equipment_code_key unique (organization_id, plant_id, code);
call gemba.refers('equipment', 'line_id', 'lines');
call gemba.refers('equipment', 'cell_id', 'cells');

create table boms (
    item_id uuid not null,
    revision text not null,
    effective_from date,
    effective_to date,
    status text not null default 'draft' check (status in ('draft', 'released', 'obsolete')),
    yield_quantity numeric(18, 6) not null default 1 check (yield_quantity > 0)
);
comment on table boms is 'A bill of material: what one unit of an item is made of, in one version.';
comment on column boms.item_id is 'What is made.';
comment on column boms.revision is 'The version''s name; unique for the item.';
comment on column boms.effective_from is 'First day it holds; none for always.';
comment on column boms.effective_to is 'Last day it holds; none for ever.';
comment on column boms.status is 'Whether it may be used.';
comment on column boms.yield_quantity is 'Units of the item that the components below make.';
call gemba.record('boms', 'bom', 'organization');
alter table boms add constraint boms_revision_key unique (organization_id, item_id, revision);
call gemba.refers('boms', 'item_id', 'items');
alter table boms add constraint boms_effective check (effective_to >= effective_from);

create table bom_components (
    bom_id uuid not null,
    position integer not null check (position > 0),
    item_id uuid not null,
    quantity numeric(18, 6) not null check (quantity > 0),
    unit_id uuid not null,
    scrap_pct numeric(6, 3) not null default 0 check (scrap_pct >= 0 and scrap_pct < 100),
    reference_designators text
);
comment on table bom_components is 'One component of a bill of material.';
comment on column bom_components.bom_id is 'The bill.';
comment on column bom_components.position is 'Item number on the bill.';
comment on column bom_components.item_id is 'What goes in.';
comment on column bom_components.quantity is 'How much of it.';
comment on column bom_components.unit_id is 'The quantity''s unit.';
comment on column bom_components.scrap_pct is 'Lost on the way (%).';
comment on column bom_components.reference_designators is 'Where it goes: R1, R2.';
call gemba.record('bom_components', 'bom_component', 'organization');
alter table bom_components add constraint bom_components_position_key unique (organization_id, bom_id, position);
call gemba.refers('bom_components', 'bom_id', 'boms');
call gemba.refers('bom_components', 'item_id', 'items');
call gemba.refers('bom_components', 'unit_id', 'units');

create table routings (
    item_id uuid not null,
    revision text not null,
    effective_from date,
    effective_to date,
    status text not null default 'draft' check (status in ('draft', 'released', 'obsolete'))
);
comment on table routings is 'Which areas an item passes in a plant, in one version.';
comment on column routings.item_id is 'What is made.';
comment on column routings.revision is 'The version''s name; unique for item and plant.';
comment on column routings.effective_from is 'First day it holds; none for always.';
comment on column routings.effective_to is 'Last day it holds; none for ever.';
comment on column routings.status is 'Whether it may be used.';
call gemba.record('routings', 'routing', 'plant');
alter table routings add constraint routings_revision_key unique (organization_id, plant_id, item_id, revision);
call gemba.refers('routings', 'item_id', 'items');
alter table routings add constraint routings_effective check (effective_to >= effective_from);

create table routing_steps (
    routing_id uuid not null,
    number integer not null check (number > 0),
    name text not null,
    area_id uuid not null,
    passes integer not null default 1 check (passes between 1 and 99)
);
comment on table routing_steps is 'One step of a routing: an area, and how often it is passed.';
comment on column routing_steps.routing_id is 'The routing.';
comment on column routing_steps.number is 'The step''s number: 10, 20, 30.';
comment on column routing_steps.name is 'As people call it.';
comment on column routing_steps.area_id is 'Where it is done.';
comment on column routing_steps.passes is 'How often a unit passes: a two-sided board passes SMT twice.';
call gemba.record('routing_steps', 'routing_step', 'plant');
alter table routing_steps add constraint routing_steps_number_key unique (organization_id, routing_id, number);
call gemba.refers('routing_steps', 'routing_id', 'routings');
call gemba.refers('routing_steps', 'area_id', 'areas');

create table routing_links (
    routing_id uuid not null,
    from_step_id uuid not null,
    to_step_id uuid not null
);
comment on table routing_links is 'That one step of a routing comes before another.';
comment on column routing_links.routing_id is 'The routing.';
comment on column routing_links.from_step_id is 'The earlier step.';
comment on column routing_links.to_step_id is 'The later step.';
call gemba.record('routing_links', 'routing_link', 'plant');
alter table routing_links add constraint routing_links_steps_key unique (organization_id, from_step_id, to_step_id);
call gemba.refers('routing_links', 'routing_id', 'routings');
call gemba.refers('routing_links', 'from_step_id', 'routing_steps');
call gemba.refers('routing_links', 'to_step_id', 'routing_steps');
alter table routing_links add constraint routing_links_differ check (from_step_id <> to_step_id);

create table capabilities (
    line_id uuid not null,
    item_id uuid not null,
    step text,
    cycle_time_s numeric(14, 6) not null check (cycle_time_s > 0),
    efficiency_pct numeric(6, 3) check (efficiency_pct > 0 and efficiency_pct <= 100),
    first_pass_yield_pct numeric(6, 3) not null default 100 check (first_pass_yield_pct > 0 and first_pass_yield_pct <= 100),
    pieces_per_panel integer not null default 1 check (pieces_per_panel > 0),
    priority smallint not null default 1 check (priority between 1 and 99),
    minimum_lot numeric(18, 6) not null default 0 check (minimum_lot >= 0),
    approved_from date,
    approved_to date,
    active boolean not null default true
);
comment on table capabilities is 'That a line can make an item, and how fast.';
comment on column capabilities.line_id is 'The line.';
comment on column capabilities.item_id is 'The item.';
comment on column capabilities.step is 'Which step of the item, where the line can do several: Top, Bottom; none where there is one.';
comment on column capabilities.cycle_time_s is 'Time for one panel or piece (s).';
comment on column capabilities.efficiency_pct is 'Efficiency of the pair (%); none for the line''s.';
comment on column capabilities.first_pass_yield_pct is 'Units good at the first try (%).';
comment on column capabilities.pieces_per_panel is 'Units made in one cycle.';
comment on column capabilities.priority is '1 is preferred.';
comment on column capabilities.minimum_lot is 'Least units worth a set-up.';
comment on column capabilities.approved_from is 'First day the customer approves; none for always.';
comment on column capabilities.approved_to is 'Last day the customer approves; none for ever.';
comment on column capabilities.active is 'Whether it is planned.';
call gemba.record('capabilities', 'capability', 'plant');
alter table capabilities add constraint capabilities_pair_key unique nulls not distinct (organization_id, line_id, item_id, step);
call gemba.refers('capabilities', 'line_id', 'lines');
call gemba.refers('capabilities', 'item_id', 'items');
alter table capabilities add constraint capabilities_approved check (approved_to >= approved_from);

create table changeovers (
    line_id uuid,
    area_id uuid,
    from_family_id uuid,
    to_family_id uuid,
    from_item_id uuid,
    to_item_id uuid,
    minutes numeric(10, 2) not null check (minutes >= 0)
);
comment on table changeovers is 'Minutes from one family or item to another: at one line, in one area, or anywhere in the plant.';
comment on column changeovers.line_id is 'Only at this line.';
comment on column changeovers.area_id is 'Only in this area.';
comment on column changeovers.from_family_id is 'From this family.';
comment on column changeovers.to_family_id is 'To this family.';
comment on column changeovers.from_item_id is 'From this item.';
comment on column changeovers.to_item_id is 'To this item.';
comment on column changeovers.minutes is 'Time it takes (min).';
call gemba.record('changeovers', 'changeover', 'plant');
call gemba.refers('changeovers', 'line_id', 'lines');
call gemba.refers('changeovers', 'area_id', 'areas');
call gemba.refers('changeovers', 'from_family_id', 'families');
call gemba.refers('changeovers', 'to_family_id', 'families');
call gemba.refers('changeovers', 'from_item_id', 'items');
call gemba.refers('changeovers', 'to_item_id', 'items');
alter table changeovers add constraint changeovers_place check (line_id is null or area_id is null);
alter table changeovers add constraint changeovers_from check (from_family_id is null or from_item_id is null);
alter table changeovers add constraint changeovers_to check (to_family_id is null or to_item_id is null);
create unique index changeovers_key on changeovers (organization_id, plant_id,
    coalesce(line_id, area_id, '00000000-0000-0000-0000-000000000000'), coalesce(from_item_id, from_family_id, '00000000-0000-0000-0000-000000000000'),
    coalesce(to_item_id, to_family_id, '00000000-0000-0000-0000-000000000000'));

create table demand (
    item_id uuid not null,
    period text not null check (period ~ '^[0-9]{4}(-(0[1-9]|1[0-2])(-[0-3][0-9])?|-W[0-5][0-9])?$'),
    units numeric(18, 6) not null check (units >= 0),
    operating_days smallint check (operating_days between 1 and 366),
    source text not null default 'manual' check (source in ('manual', 'workbook', 'erp', 'edi', 'forecast'))
);
comment on table demand is 'How many units of an item are wanted of a plant in a period.';
comment on column demand.item_id is 'The item.';
comment on column demand.period is 'Year, month, ISO week or day: 2027, 2027-03, 2027-W14, 2027-03-31.';
comment on column demand.units is 'Units wanted.';
comment on column demand.operating_days is 'Days over which they are spread; none for the calendar''s.';
comment on column demand.source is 'Where it comes from.';
call gemba.record('demand', 'demand', 'plant');
alter table demand add constraint demand_period_key unique (organization_id, plant_id, item_id, period, source);
call gemba.refers('demand', 'item_id', 'items');
