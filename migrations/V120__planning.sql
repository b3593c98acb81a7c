-- Scenarios of a plant, their versions, and what the optimizer answered.
create table scenarios (
    name text not null,
    description text,
    tags jsonb not null default '[]',
    status text not null default 'draft' check (status in ('draft', 'submitted', 'approved')),
    base_id uuid,
    base_version bigint check (base_version > 0),
    message text,
    operating_days jsonb not null default '[]',
    line_changes jsonb not null default '[]',
    new_lines jsonb not null default '[]',
    capability_changes jsonb not null default '[]',
    new_capabilities jsonb not null default '[]',
    demand_changes jsonb not null default '[]',
    changeover_changes jsonb not null default '[]',
    parameters jsonb,
    submitted_by uuid,
    submitted_at timestamptz,
    decided_by uuid,
    decided_at timestamptz,
    decision text,
    check ((base_id is null) = (base_version is null))
);
comment on table scenarios is 'What a plant would do if some things were different.';
comment on column scenarios.name is 'As people call it; unique in the plant.';
comment on column scenarios.description is 'What it is for.';
comment on column scenarios.tags is 'Words to find it by.';
comment on column scenarios.status is 'Where it stands: draft, submitted, approved.';
comment on column scenarios.base_id is 'The scenario it was cloned from; none for the plant as it is.';
comment on column scenarios.base_version is 'The version of that scenario.';
comment on column scenarios.message is 'What this version is about.';
comment on column scenarios.operating_days is 'Operating days that differ.';
comment on column scenarios.line_changes is 'Lines that differ.';
comment on column scenarios.new_lines is 'Lines that there would be.';
comment on column scenarios.capability_changes is 'Capabilities that differ.';
comment on column scenarios.new_capabilities is 'Capabilities that there would be.';
comment on column scenarios.demand_changes is 'Demand that differs.';
comment on column scenarios.changeover_changes is 'Changeover times that come before the plant''s.';
comment on column scenarios.parameters is 'How it is planned.';
comment on column scenarios.submitted_by is 'Who submitted it.';
comment on column scenarios.submitted_at is 'When it was submitted.';
comment on column scenarios.decided_by is 'Who approved it or sent it back.';
comment on column scenarios.decided_at is 'When that was.';
comment on column scenarios.decision is 'What they said.';
call gemba.record('scenarios', 'scenario', 'plant');
call gemba.refers('scenarios', 'base_id', 'scenarios');
call gemba.refers('scenarios', 'submitted_by', 'users');
call gemba.refers('scenarios', 'decided_by', 'users');
alter table scenarios add constraint scenarios_name_key unique (organization_id, plant_id, name);

create table scenario_versions (
    organization_id uuid not null references organizations,
    plant_id uuid not null,
    scenario_id uuid not null,
    number bigint not null check (number > 0),
    content jsonb not null,
    message text,
    created_at timestamptz not null,
    created_by text not null,
    primary key (organization_id, scenario_id, number),
    foreign key (organization_id, plant_id, scenario_id) references scenarios (organization_id, plant_id, id)
);
comment on table scenario_versions is 'What a scenario changed, whenever that was changed; the trail has the change itself.';
comment on column scenario_versions.organization_id is 'Whose it is.';
comment on column scenario_versions.plant_id is 'The plant of the scenario.';
comment on column scenario_versions.scenario_id is 'The scenario.';
comment on column scenario_versions.number is 'The scenario''s version that this is.';
comment on column scenario_versions.content is 'Changes and parameters, as the scenario has them.';
comment on column scenario_versions.message is 'What it is about.';
comment on column scenario_versions.created_at is 'When it was written.';
comment on column scenario_versions.created_by is 'Who wrote it.';
create index scenario_versions_by_scenario on scenario_versions (organization_id, plant_id, scenario_id);
call gemba.wall('scenario_versions', 'scenario_version');
drop trigger audited on scenario_versions;
revoke update on scenario_versions from gemba_app;

-- Keeps every version of what a scenario changes; that it cannot be forgotten is why the database does it.
create function gemba.keep_scenario_version() returns trigger language plpgsql set search_path = pg_catalog, public as $$
declare
    content constant jsonb := jsonb_build_object(
        'operating_days', new.operating_days, 'line_changes', new.line_changes, 'new_lines', new.new_lines,
        'capability_changes', new.capability_changes, 'new_capabilities', new.new_capabilities, 'demand_changes', new.demand_changes,
        'changeover_changes', new.changeover_changes, 'parameters', new.parameters);
begin
    if tg_op = 'UPDATE' and (old.operating_days, old.line_changes, old.new_lines, old.capability_changes, old.new_capabilities, old.demand_changes,
            old.changeover_changes, coalesce(old.parameters, 'null'))
        = (new.operating_days, new.line_changes, new.new_lines, new.capability_changes, new.new_capabilities, new.demand_changes,
            new.changeover_changes, coalesce(new.parameters, 'null')) then
        return null;
    end if;
    insert into scenario_versions (organization_id, plant_id, scenario_id, number, content, message, created_at, created_by)
    values (new.organization_id, new.plant_id, new.id, new.version, content, new.message, new.updated_at, new.updated_by);
    return null;
end $$;
comment on function gemba.keep_scenario_version is 'Keeps every version of what a scenario changes.';
create trigger versioned after insert or update on scenarios for each row execute function gemba.keep_scenario_version();

create table plan_answers (
    organization_id uuid not null references organizations,
    plant_id uuid not null,
    id uuid not null,
    question_hash bytea not null check (length(question_hash) = 32),
    engine text not null,
    status text not null,
    gap double precision,
    summary jsonb not null,
    question bytea not null,
    answer bytea not null,
    solve_ms double precision not null,
    created_at timestamptz not null default now(),
    created_by text not null default coalesce(nullif(current_setting('gemba.actor', true), ''), 'database:' || session_user),
    primary key (organization_id, id),
    unique (organization_id, plant_id, id),
    unique (organization_id, plant_id, question_hash, engine),
    foreign key (organization_id, plant_id) references plants
);
comment on table plan_answers is 'What the optimizer answered to a question: kept once, whoever asks again.';
comment on column plan_answers.organization_id is 'Whose it is.';
comment on column plan_answers.plant_id is 'The plant it is about.';
comment on column plan_answers.id is 'The answer.';
comment on column plan_answers.question_hash is 'SHA-256 of the question: data, changes and options.';
comment on column plan_answers.engine is 'Name and version of the engine that answered.';
comment on column plan_answers.status is 'optimal, heuristic or limit_reached.';
comment on column plan_answers.gap is 'Relative gap between answer and bound.';
comment on column plan_answers.summary is 'The figures on one page.';
comment on column plan_answers.question is 'The question, JSON packed with gzip.';
comment on column plan_answers.answer is 'The answer, JSON packed with gzip.';
comment on column plan_answers.solve_ms is 'Time it took (ms).';
comment on column plan_answers.created_at is 'When it was answered.';
comment on column plan_answers.created_by is 'For whom.';
call gemba.wall('plan_answers', 'plan_answer');
drop trigger audited on plan_answers;
revoke update on plan_answers from gemba_app;

create table scenario_results (
    organization_id uuid not null references organizations,
    plant_id uuid not null,
    id uuid not null,
    scenario_id uuid not null,
    scenario_version bigint not null check (scenario_version > 0),
    answer_id uuid not null,
    run_id uuid,
    findings jsonb not null default '[]',
    records jsonb not null,
    created_at timestamptz not null default now(),
    created_by text not null default coalesce(nullif(current_setting('gemba.actor', true), ''), 'database:' || session_user),
    primary key (organization_id, id),
    foreign key (organization_id, plant_id, scenario_id) references scenarios (organization_id, plant_id, id),
    foreign key (organization_id, plant_id, answer_id) references plan_answers (organization_id, plant_id, id)
);
comment on table scenario_results is 'That a version of a scenario was optimized, and what came out.';
comment on column scenario_results.organization_id is 'Whose it is.';
comment on column scenario_results.plant_id is 'The plant of the scenario.';
comment on column scenario_results.id is 'The result.';
comment on column scenario_results.scenario_id is 'The scenario.';
comment on column scenario_results.scenario_version is 'Its version.';
comment on column scenario_results.answer_id is 'What the optimizer answered.';
comment on column scenario_results.run_id is 'The run that did it.';
comment on column scenario_results.findings is 'What was noticed about the data.';
comment on column scenario_results.records is 'Names in the answer, and whose records they are.';
comment on column scenario_results.created_at is 'When it was done.';
comment on column scenario_results.created_by is 'For whom.';
create index scenario_results_by_scenario on scenario_results (organization_id, plant_id, scenario_id, created_at desc);
create index scenario_results_by_answer on scenario_results (organization_id, plant_id, answer_id);
call gemba.wall('scenario_results', 'scenario_result');
