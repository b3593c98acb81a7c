-- Counts whose differences are greater than a place lets pass wait for somebody else to decide.
alter table locations add column count_tolerance_pct numeric(6, 3) check (count_tolerance_pct >= 0 and count_tolerance_pct <= 100);
comment on column locations.count_tolerance_pct is 'Differences of counts beyond this share of what was there wait for approval (%); that of the place it is part of where none is said.';

create table stock_counts (
    organization_id uuid not null references organizations,
    plant_id uuid not null,
    id uuid not null,
    location_id uuid not null,
    status text not null default 'waiting' check (status in ('waiting', 'approved', 'rejected')),
    tolerance_pct numeric(6, 3) not null,
    lines jsonb not null,
    at timestamptz not null,
    reason text check (length(reason) <= 500),
    reference text check (length(reference) <= 200),
    document_id uuid,
    counted_by text not null default coalesce(nullif(current_setting('gemba.actor', true), ''), 'database:' || session_user),
    counted_at timestamptz not null default now(),
    counted_person uuid,
    decided_by text,
    decided_person uuid,
    decided_at timestamptz,
    decision_note text check (length(decision_note) <= 500),
    primary key (organization_id, id),
    constraint stock_counts_plant_fkey foreign key (organization_id, plant_id) references plants,
    constraint stock_counts_decided check ((status = 'waiting') = (decided_by is null) and (decided_by is null) = (decided_at is null)),
    -- Four eyes, whatever the program does, and also where one of the two is a key of the same person.
    constraint stock_counts_four_eyes check (status <> 'approved'
        or (decided_by <> counted_by and (counted_person is null or decided_person is null or counted_person <> decided_person)))
);
comment on table stock_counts is 'Counts that found more or less than is booked without a second look, and what became of them.';
comment on column stock_counts.organization_id is 'Whose it is.';
comment on column stock_counts.plant_id is 'The plant.';
comment on column stock_counts.id is 'The count.';
comment on column stock_counts.location_id is 'Where was counted.';
comment on column stock_counts.status is 'waiting, approved or rejected.';
comment on column stock_counts.tolerance_pct is 'What would have been booked at once (%).';
comment on column stock_counts.lines is 'What was counted and what stock said then, line by line.';
comment on column stock_counts.at is 'When it was counted.';
comment on column stock_counts.reason is 'Why, or which list.';
comment on column stock_counts.reference is 'A paper beside it.';
comment on column stock_counts.document_id is 'What was written into the ledger for it.';
comment on column stock_counts.counted_by is 'Who counted.';
comment on column stock_counts.counted_at is 'When it was written down.';
comment on column stock_counts.counted_person is 'The account behind that, if there is one.';
comment on column stock_counts.decided_by is 'Who decided.';
comment on column stock_counts.decided_person is 'The account behind that, if there is one.';
comment on column stock_counts.decided_at is 'When.';
comment on column stock_counts.decision_note is 'Why.';
call gemba.refers('stock_counts', 'location_id', 'locations');
create index stock_counts_by_time on stock_counts (organization_id, plant_id, counted_at desc, id desc);
call gemba.wall('stock_counts', 'stock_count');
