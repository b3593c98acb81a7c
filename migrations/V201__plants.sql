-- What a plant decides for itself: settings, with the organization's own as defaults, and how it takes items that all plants share.
create table plant_settings (
    language text check (language in ('en', 'es', 'de')),
    currency text check (currency ~ '^[A-Z]{3}$'),
    calendar_id uuid,
    target_utilization_pct numeric(6, 3) check (target_utilization_pct > 0 and target_utilization_pct <= 100),
    full_utilization_pct numeric(6, 3) check (full_utilization_pct > 0 and full_utilization_pct <= 200),
    target_met_pct numeric(6, 3) check (target_met_pct > 0 and target_met_pct <= 100)
);
comment on table plant_settings is 'What a plant, or for all plants the organization, decides: language, currency, calendar, targets, thresholds.';
comment on column plant_settings.language is 'The language of what is sent and printed for it.';
comment on column plant_settings.currency is 'ISO 4217 of its money.';
comment on column plant_settings.calendar_id is 'The calendar, with its shifts and holidays, of areas and lines that have none of their own.';
comment on column plant_settings.target_utilization_pct is 'Utilisation that is aimed at (%).';
comment on column plant_settings.full_utilization_pct is 'Utilisation from which a line is called full (%).';
comment on column plant_settings.target_met_pct is 'Share of demand to be met (%).';
call gemba.record('plant_settings', 'plant_setting', 'either');
alter table plant_settings add constraint plant_settings_plant_key_once unique nulls not distinct (organization_id, plant_id);
-- A calendar is a plant's, so only a plant can name one, and only its own.
alter table plant_settings add constraint plant_settings_calendar_of_plant check (calendar_id is null or plant_id is not null);
alter table plant_settings add constraint plant_settings_calendar_id_fkey
    foreign key (organization_id, plant_id, calendar_id) references calendars (organization_id, plant_id, id);
create index plant_settings_by_calendar_id on plant_settings (organization_id, plant_id, calendar_id);

create table plant_items (
    item_id uuid not null,
    active boolean not null default true,
    local_code text,
    weight numeric(12, 4) check (weight > 0),
    tier smallint check (tier between 1 and 99),
    program_starts_on date,
    program_ends_on date
);
comment on table plant_items is 'Where a plant takes an item otherwise than the organization does; what is left open is as the item has it.';
comment on column plant_items.item_id is 'The item.';
comment on column plant_items.active is 'Whether the plant plans it.';
comment on column plant_items.local_code is 'What the plant calls it.';
comment on column plant_items.weight is 'Weight of its demand when not all can be met.';
comment on column plant_items.tier is 'Strict priority of its demand: tier 1 before tier 2.';
comment on column plant_items.program_starts_on is 'First day the plant makes it.';
comment on column plant_items.program_ends_on is 'Last day the plant makes it.';
call gemba.record('plant_items', 'plant_item', 'plant');
alter table plant_items add constraint plant_items_item_key unique (organization_id, plant_id, item_id);
call gemba.refers('plant_items', 'item_id', 'items');
alter table plant_items add constraint plant_items_program check (program_ends_on >= program_starts_on);
