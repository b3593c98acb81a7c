-- Genealogy: what went into what. Appended and never changed. Its ends are lots and serials alike, named by identifiers that are unique over
-- both, so that one index serves each direction and a walk need not know which of the two it meets.
create table genealogy (
    organization_id uuid not null references organizations,
    plant_id uuid not null,
    id uuid not null,
    child_id uuid not null,
    child_kind text not null check (child_kind in ('lot', 'serial')),
    parent_id uuid not null,
    parent_kind text not null check (parent_kind in ('lot', 'serial')),
    quantity numeric(18, 6) check (quantity > 0),
    at timestamptz not null,
    job_id uuid,
    manufacturing_order_id uuid,
    line_id uuid,
    equipment_id uuid,
    operator_id uuid,
    program text check (length(program) <= 200),
    actor text not null default coalesce(nullif(current_setting('gemba.actor', true), ''), 'database:' || session_user),
    recorded_at timestamptz not null default now(),
    primary key (organization_id, id),
    constraint genealogy_plant_fkey foreign key (organization_id, plant_id) references plants,
    constraint genealogy_differ check (child_id <> parent_id)
);
comment on table genealogy is 'What went into what: a lot or serial that was made, and one that was used up in making it.';
comment on column genealogy.organization_id is 'Whose it is.';
comment on column genealogy.plant_id is 'The plant it happened in.';
comment on column genealogy.id is 'The link.';
comment on column genealogy.child_id is 'What was made: a lot or a serial.';
comment on column genealogy.child_kind is 'Which of the two.';
comment on column genealogy.parent_id is 'What went into it: a lot or a serial.';
comment on column genealogy.parent_kind is 'Which of the two.';
comment on column genealogy.quantity is 'How much of it, in the unit of its item; none where only that is known.';
comment on column genealogy.at is 'When.';
comment on column genealogy.job_id is 'At which job.';
comment on column genealogy.manufacturing_order_id is 'For which manufacturing order.';
comment on column genealogy.line_id is 'At which line.';
comment on column genealogy.equipment_id is 'At which machine.';
comment on column genealogy.operator_id is 'By which operator.';
comment on column genealogy.program is 'With which program of the machine.';
comment on column genealogy.actor is 'Who wrote it down.';
comment on column genealogy.recorded_at is 'When it was written down.';
-- Everything that a walk and the walls ask is in the index: no row is fetched on the way.
create index genealogy_by_child on genealogy (organization_id, child_id, parent_id) include (parent_kind, plant_id);
create index genealogy_by_parent on genealogy (organization_id, parent_id, child_id) include (child_kind, plant_id);
create index genealogy_by_plant on genealogy (organization_id, plant_id);
create index genealogy_by_order on genealogy (organization_id, manufacturing_order_id) where manufacturing_order_id is not null;
call gemba.wall('genealogy', 'genealogy');
drop trigger audited on genealogy;
revoke update on genealogy from gemba_app;
create trigger append_only before update or delete on genealogy for each row execute function gemba.refuse_change();
create trigger never_emptied before truncate on genealogy for each statement execute function gemba.refuse_change();
