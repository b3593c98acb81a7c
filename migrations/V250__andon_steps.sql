-- Calls for help go up by themselves: by the plant's own steps, or after 5, 15 and 30 minutes where it has none.
create table andon_steps (
    name text not null,
    call text check (call in ('supervisor', 'material', 'quality', 'maintenance', 'safety')),
    after_min integer not null check (after_min between 1 and 10080),
    recipients jsonb not null default '[]'
);
comment on table andon_steps is 'A step by which a call for help goes up that nobody acknowledges.';
comment on column andon_steps.name is 'As people call it: shift lead; unique in the plant.';
comment on column andon_steps.call is 'Only calls of this kind; none for those kinds that have no steps of their own.';
comment on column andon_steps.after_min is 'After how long without an answer (min).';
comment on column andon_steps.recipients is 'Who is told: accounts of the organization; empty for whoever may be told of such calls.';
call gemba.record('andon_steps', 'andon_step', 'plant');
alter table andon_steps add constraint andon_steps_name_key unique (organization_id, plant_id, name);

alter table andon_calls drop constraint andon_calls_level_check;
alter table andon_calls add constraint andon_calls_level_check check (level between 0 and 9);
comment on column andon_calls.level is 'How many steps it has gone up.';
