-- Where areas and lines stand on the drawing of a plant.
create table layouts (
    name text not null,
    places jsonb not null default '[]',
    flows jsonb not null default '[]',
    picture jsonb
);
comment on table layouts is 'A drawing of a plant: where its areas and lines stand.';
comment on column layouts.name is 'As people call it; unique in the plant.';
comment on column layouts.places is 'Where areas and lines stand.';
comment on column layouts.flows is 'Flows between areas that were drawn by hand.';
comment on column layouts.picture is 'The picture beneath: which file, where, how large, how strong.';
call gemba.record('layouts', 'layout', 'plant');
alter table layouts add constraint layouts_name_key unique (organization_id, plant_id, name);
