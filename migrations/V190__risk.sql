-- Studies of risk: what thousands of samples of a scenario came to.
create table risk_answers (
    organization_id uuid not null references organizations,
    plant_id uuid not null,
    id uuid not null,
    question_hash bytea not null check (length(question_hash) = 32),
    engine text not null,
    samples bigint not null check (samples > 0),
    seed bigint not null check (seed >= 0),
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
comment on table risk_answers is 'What a study of risk found: kept once, whoever asks again.';
comment on column risk_answers.organization_id is 'Whose it is.';
comment on column risk_answers.plant_id is 'The plant it is about.';
comment on column risk_answers.id is 'The answer.';
comment on column risk_answers.question_hash is 'SHA-256 of the question: data, changes, options, uncertain inputs, samples and seed.';
comment on column risk_answers.engine is 'Name and version of the engine that answered.';
comment on column risk_answers.samples is 'How many samples were drawn.';
comment on column risk_answers.seed is 'Where the random numbers began.';
comment on column risk_answers.summary is 'The figures on one page.';
comment on column risk_answers.question is 'The question, JSON packed with gzip.';
comment on column risk_answers.answer is 'The study, JSON packed with gzip.';
comment on column risk_answers.solve_ms is 'Time it took (ms).';
comment on column risk_answers.created_at is 'When it was answered.';
comment on column risk_answers.created_by is 'For whom.';
call gemba.wall('risk_answers', 'risk_answer');
drop trigger audited on risk_answers;
revoke update on risk_answers from gemba_app;

create table scenario_risks (
    organization_id uuid not null references organizations,
    plant_id uuid not null,
    id uuid not null,
    scenario_id uuid not null,
    scenario_version bigint not null check (scenario_version > 0),
    answer_id uuid not null,
    run_id uuid,
    asked jsonb not null,
    findings jsonb not null default '[]',
    created_at timestamptz not null default now(),
    created_by text not null default coalesce(nullif(current_setting('gemba.actor', true), ''), 'database:' || session_user),
    primary key (organization_id, id),
    foreign key (organization_id, plant_id, scenario_id) references scenarios (organization_id, plant_id, id),
    foreign key (organization_id, plant_id, answer_id) references risk_answers (organization_id, plant_id, id)
);
comment on table scenario_risks is 'That the risk of a version of a scenario was studied, and what came out.';
comment on column scenario_risks.organization_id is 'Whose it is.';
comment on column scenario_risks.plant_id is 'The plant of the scenario.';
comment on column scenario_risks.id is 'The study.';
comment on column scenario_risks.scenario_id is 'The scenario.';
comment on column scenario_risks.scenario_version is 'Its version.';
comment on column scenario_risks.answer_id is 'What was found.';
comment on column scenario_risks.run_id is 'The run that did it.';
comment on column scenario_risks.asked is 'What was asked, as it was asked.';
comment on column scenario_risks.findings is 'What was noticed about the data.';
comment on column scenario_risks.created_at is 'When it was done.';
comment on column scenario_risks.created_by is 'For whom.';
create index scenario_risks_by_scenario on scenario_risks (organization_id, plant_id, scenario_id, created_at desc, id desc);
create index scenario_risks_by_answer on scenario_risks (organization_id, plant_id, answer_id);
call gemba.wall('scenario_risks', 'scenario_risk');
