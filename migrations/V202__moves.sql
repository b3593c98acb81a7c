-- An item that one plant would make for another: a scenario of each, made together.
create table scenario_moves (
    organization_id uuid not null references organizations,
    id uuid not null,
    item_id uuid not null,
    share_pct numeric(6, 3) not null check (share_pct > 0 and share_pct <= 100),
    from_period text,
    to_period text,
    from_plant_id uuid not null,
    from_scenario_id uuid not null,
    to_plant_id uuid not null,
    to_scenario_id uuid not null,
    created_at timestamptz not null default now(),
    created_by text not null default coalesce(nullif(current_setting('gemba.actor', true), ''), 'database:' || session_user),
    primary key (organization_id, id),
    constraint scenario_moves_from_fkey foreign key (organization_id, from_plant_id, from_scenario_id) references scenarios (organization_id, plant_id, id),
    constraint scenario_moves_to_fkey foreign key (organization_id, to_plant_id, to_scenario_id) references scenarios (organization_id, plant_id, id),
    check (from_plant_id <> to_plant_id)
);
comment on table scenario_moves is 'That an item is moved from one plant to another: a scenario of each, made together.';
comment on column scenario_moves.organization_id is 'Whose it is.';
comment on column scenario_moves.id is 'The move.';
comment on column scenario_moves.item_id is 'What is moved.';
comment on column scenario_moves.share_pct is 'How much of its demand (%).';
comment on column scenario_moves.from_period is 'First period; none for the first of all.';
comment on column scenario_moves.to_period is 'Last period; none for the last of all.';
comment on column scenario_moves.from_plant_id is 'The plant that makes it no more.';
comment on column scenario_moves.from_scenario_id is 'Its scenario.';
comment on column scenario_moves.to_plant_id is 'The plant that makes it instead.';
comment on column scenario_moves.to_scenario_id is 'Its scenario.';
comment on column scenario_moves.created_at is 'When it was made.';
comment on column scenario_moves.created_by is 'Who made it.';
create index scenario_moves_by_from on scenario_moves (organization_id, from_plant_id, from_scenario_id);
create index scenario_moves_by_to on scenario_moves (organization_id, to_plant_id, to_scenario_id);
call gemba.refers('scenario_moves', 'item_id', 'items');
call gemba.wall('scenario_moves', 'scenario_move');
revoke update on scenario_moves from gemba_app;
-- It belongs to two plants: seen by whoever sees both.
create policy both_plants on scenario_moves as restrictive to gemba_app using (
    (select current_setting('gemba.plants', true)) = '*'
    or (from_plant_id = any ((select string_to_array(nullif(current_setting('gemba.plants', true), ''), ','))::uuid[])
        and to_plant_id = any ((select string_to_array(nullif(current_setting('gemba.plants', true), ''), ','))::uuid[])));
