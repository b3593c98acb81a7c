//! `gemba import`: a file into a plant's records, from the machine's command line.
//!
//! **Invariant:** it goes the way of an import session, as the API does: read, shown, committed whole, and it can be undone there.
//! **Invariant:** it works as the server's restricted role, and leaves its trail as `system:import`.

use std::collections::BTreeMap;

use planning::imports::commit::commit;
use planning::imports::session::{self, Upload};
use planning::imports::{Ready, read};
use platform::environments::archive;
use platform::error::Kind;
use platform::ids::{OrganizationId, PlantId, RequestId};
use platform::postgres::Visit;
use platform::{Caller, Database, Error};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::arguments::installation::ImportRequest;
use crate::commands::{running, serve};
use crate::files;
use crate::outcome::{Failure, Outcome};
use crate::terminal::{Look, Shares, import_outcome};

/// The largest file that is taken (bytes).
const MOST_BYTES: u64 = 1 << 30;

/// Reads the file, shows what it changes, and makes the changes unless that is only tried.
///
/// # Errors
/// Missing settings, an unknown plant, a file with errors.
pub fn run(request: &ImportRequest) -> Result<Outcome, Failure> {
    let content = files::read_input(&request.file, MOST_BYTES)?;
    let data_dir = request.data_dir.iter().map(|folder| ("data_dir", "--data-dir", folder.clone())).collect();
    let settings = running::settings(request.from.config.as_deref(), data_dir)?;
    platform::telemetry::start_log(&settings.log);
    let name = request.file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let upload = Upload { file_name: name, content };
    running::block_on(async {
        let (url, visit) = match &settings.database.url {
            Some(url) => (url.clone(), None),
            None => {
                let visit = Visit::open(&settings.data_folder, &settings.postgres).await?;
                (visit.urls().app.clone(), Some(visit))
            }
        };
        let done = async {
            platform::database::migrate::check(&url).await?;
            let database = serve::database(&settings.database, &url)?;
            let done = import(&database, request, upload).await;
            database.close();
            done
        };
        let done = done.await;
        if let Some(visit) = visit {
            visit.end().await;
        }
        done
    })
}

async fn import(database: &Database, request: &ImportRequest, upload: Upload) -> Result<Outcome, Error> {
    if archive::is_archive(&upload.content) {
        return import_archive(database, request, &upload).await;
    }
    let code = request.plant.as_deref();
    let missing = || Error::new(Kind::Invalid, "plant_missing", "name the plant that the file is brought into with --plant");
    let code = code.ok_or_else(missing)?;
    let (organization, plant) = find_plant(database, code, request.organization.as_deref()).await?;
    let caller = Caller::system("import", organization, RequestId(database.context().new_id::<Uuid>()));
    let shares = Shares::start();
    let kinds = server::serve::kinds();
    let mut tx = database.begin(&caller).await?;
    let id = session::open(&mut tx, plant, &upload, request.mode).await?;
    tx.commit().await?;
    shares.say(0.02, "reading the file");
    let mut tx = database.read(&caller).await?;
    let mut ready = Ready::of(&mut tx, id).await?;
    tx.commit().await?;
    let contents = ready.contents().await?;
    let mut tx = database.begin(&caller).await?;
    read(&mut tx, &kinds, &ready, &contents, &|share, doing| shares.say(0.2 + 0.3 * share, doing)).await?;
    tx.commit().await?;
    let mut tx = database.read(&caller).await?;
    let session = session::find(&mut tx, id).await?;
    let issues = issues(&mut tx, organization, id).await?;
    tx.commit().await?;
    let errors = session.counts.pointer("/issues/error").and_then(Value::as_u64).unwrap_or(0);
    let mut state = "errors";
    if errors == 0 && !request.dry_run {
        let mut tx = database.begin(&caller).await?;
        commit(&mut tx, &kinds, id, &|share, doing| shares.say(0.5 + 0.5 * share, doing)).await?;
        tx.commit().await?;
        state = "committed";
    } else {
        // What is only tried, or cannot be done, leaves nothing behind.
        let mut tx = database.begin(&caller).await?;
        session::forget(&mut tx, id).await?;
        tx.commit().await?;
        if errors == 0 {
            state = "dry_run";
        }
    }
    drop(shares);
    let said = if request.json {
        let whole = json!({
            "schema": "gemba.import/1", "import_id": (state == "committed").then_some(id), "state": state, "mode": session.mode,
            "sheets": session.sheets, "counts": session.counts, "issues": issues,
        });
        serde_json::to_string_pretty(&whole).map_err(Error::internal)? + "\n"
    } else {
        import_outcome(Look::of_stdout(), state, &session.file_name, code, &session.counts, &issues, id)
    };
    serve::say(&said)?;
    Ok(if errors > 0 { Outcome::Refused } else { Outcome::Done })
}

async fn issues(tx: &mut platform::Tx, organization: OrganizationId, import: Uuid) -> Result<Vec<line_plan::Issue>, Error> {
    let sql = "select jsonb_build_object('severity', severity, 'code', code, 'sheet', sheet, 'row', row_number, 'column', column_name,
            'found', found, 'expected', expected, 'message', message)
        from import_issues where organization_id = $1 and import_id = $2 order by number";
    let rows = tx.query(sql, &[&organization, &import]).await?;
    rows.iter().map(|row| serde_json::from_value(row.get(0)).map_err(Error::internal)).collect()
}

/// Brings an archive of an organization or a plant in, in one transaction.
async fn import_archive(database: &Database, request: &ImportRequest, upload: &Upload) -> Result<Outcome, Error> {
    let organization = find_organization(database, request.organization.as_deref()).await?;
    let caller = Caller::system("import", organization, RequestId(database.context().new_id::<Uuid>()));
    let shares = Shares::start();
    let mut tx = database.begin(&caller).await?;
    let outcome = archive::import(&mut tx, &server::serve::kinds(), &upload.content, &|share, doing| shares.say(share, doing)).await;
    drop(shares);
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(mut refused) => {
            let told: Vec<String> = refused.fields.iter().map(|wrong| format!("\n  {}: {}", wrong.pointer, wrong.detail)).collect();
            refused.detail = format!("{}{}", refused.detail, told.concat());
            return Err(refused);
        }
    };
    if request.dry_run {
        tx.rollback().await?;
    } else {
        tx.commit().await?;
    }
    let sum = |counts: &BTreeMap<&str, usize>| counts.values().sum::<usize>();
    let said = if request.json {
        serde_json::to_string_pretty(&outcome).map_err(Error::internal)? + "\n"
    } else {
        let done = if request.dry_run { "would be" } else { "are" };
        format!(
            "{}: {} records {done} new, {} changed, {} as they were\n",
            upload.file_name,
            sum(&outcome.created),
            sum(&outcome.updated),
            sum(&outcome.unchanged)
        )
    };
    serve::say(&said)?;
    Ok(Outcome::Done)
}

async fn organizations(database: &Database, slug: Option<&str>) -> Result<Vec<OrganizationId>, Error> {
    let tx = database.before_sign_in().await?;
    match slug {
        Some(slug) => {
            let rows = tx.query_once("select gemba.organization_of($1)", &[&slug]).await?;
            let found = rows.first().and_then(|row| row.get(0));
            Ok(vec![found.ok_or_else(|| Error::not_found("organization"))?])
        }
        None => Ok(tx.query_once("select gemba.sealed_organizations()", &[]).await?.iter().map(|row| row.get(0)).collect()),
    }
}

/// The organization of this short name, or the only one there is.
///
/// # Errors
/// 404; `organization_missing` where there are several.
pub async fn find_organization(database: &Database, slug: Option<&str>) -> Result<OrganizationId, Error> {
    match organizations(database, slug).await?.as_slice() {
        [one] => Ok(*one),
        [] => Err(Error::not_found("organization")),
        _ => Err(Error::new(Kind::Invalid, "organization_missing", "there are several organizations: name one with --organization")),
    }
}

/// The plant of this code: the organization's, or the only one there is.
///
/// # Errors
/// `no_such_plant`.
pub async fn find_plant(database: &Database, code: &str, slug: Option<&str>) -> Result<(OrganizationId, PlantId), Error> {
    let organizations = organizations(database, slug).await?;
    let mut found = BTreeMap::new();
    for organization in organizations {
        let caller = Caller::system("import", organization, RequestId(database.context().new_id::<Uuid>()));
        let mut tx = database.read(&caller).await?;
        let sql = "select id from plants where organization_id = $1 and code = $2 and archived_at is null";
        if let Some(row) = tx.query_opt(sql, &[&organization, &code]).await? {
            found.insert(organization.0, (organization, row.get(0)));
        }
        tx.commit().await?;
    }
    let unknown = |detail: String| Error::new(Kind::NotFound, "no_such_plant", detail);
    match found.len() {
        0 => Err(unknown(format!("there is no plant {code}; its code is what labels show, such as HMO"))),
        1 => found.into_values().next().ok_or_else(|| unknown(code.to_owned())),
        _ => Err(unknown(format!("several organizations have a plant {code}: name one with --organization"))),
    }
}
