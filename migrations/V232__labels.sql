-- Labels: what they look like is a record; what they say is bound when they are printed.
create table label_templates (
    name text not null,
    subject text not null check (subject in ('lot', 'serial', 'license_plate', 'location', 'traveller')),
    width_mm numeric(7, 2) not null check (width_mm >= 10 and width_mm <= 300),
    height_mm numeric(7, 2) not null check (height_mm >= 5 and height_mm <= 400),
    dpi smallint not null default 203 check (dpi in (203, 300, 600)),
    elements jsonb not null default '[]',
    active boolean not null default true
);
comment on table label_templates is 'What a label looks like.';
comment on column label_templates.name is 'As people call it; unique in the plant.';
comment on column label_templates.subject is 'What it is stuck on: lot, serial, license_plate, location, traveller.';
comment on column label_templates.width_mm is 'From left to right (mm).';
comment on column label_templates.height_mm is 'From top to bottom (mm).';
comment on column label_templates.dpi is 'Dots by the inch of the printer: 203, 300 or 600.';
comment on column label_templates.elements is 'What is on it: texts, bar codes, lines, each with its place.';
comment on column label_templates.active is 'Whether it is printed where no other is asked for.';
call gemba.record('label_templates', 'label_template', 'either');
alter table label_templates add constraint label_templates_name_key unique nulls not distinct (organization_id, plant_id, name);
create index label_templates_by_plant on label_templates (organization_id, plant_id, subject);
