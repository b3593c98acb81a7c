//! `gemba admin`: organizations and people from the machine's command line, for the first ones and for emergencies.
//!
//! **Invariant:** it works through identity's verbs as the server's restricted role, and leaves its trail as `system:admin`.

use identity::Identity;
use identity::admin::{self, First, NewGrant, PasswordLink};
use platform::database::migrate;
use platform::error::Kind;
use platform::feed::accounts::{self, NewAccount};
use platform::ids::{OrganizationId, PlantId};
use platform::postgres::Visit;
use platform::secrets::{self, Secrets};
use platform::settings::Settings;
use platform::{Database, Error, Tx};

use crate::arguments::installation::{AdminCommand, AdminRequest};
use crate::commands::{running, serve, up};
use crate::outcome::{Failure, Outcome};

/// Does what is asked and says what was done.
///
/// # Errors
/// Missing settings, unknown organizations, people and roles, what identity refuses.
pub fn run(request: &AdminRequest) -> Result<Outcome, Failure> {
    let data_dir = request.data_dir.iter().map(|folder| ("data_dir", "--data-dir", folder.clone())).collect();
    let settings = running::settings(request.from.config.as_deref(), data_dir)?;
    platform::telemetry::start_log(&settings.log);
    running::block_on(async {
        let said = match &settings.database.url {
            Some(url) => carry_out(&settings, url, settings.key, &request.command).await?,
            None => {
                let visit = Visit::open(&settings.data_folder, &settings.postgres).await?;
                let key = up::kept_key(visit.folder(), settings.key);
                let said = match key {
                    Ok(key) => carry_out(&settings, &visit.urls().app, Some(key), &request.command).await,
                    Err(refused) => Err(refused),
                };
                visit.end().await;
                said?
            }
        };
        serve::say(&format!("{said}\n"))?;
        Ok(Outcome::Done)
    })
}

async fn carry_out(settings: &Settings, url: &str, key: Option<[u8; 32]>, command: &AdminCommand) -> Result<String, Error> {
    let office = Office::open(settings, url, key).await?;
    let said = office.carry_out(command).await;
    office.database.close();
    said
}

struct Office {
    database: Database,
    identity: Identity,
    secrets: Secrets,
    address: String,
}

impl Office {
    async fn open(settings: &Settings, url: &str, key: Option<[u8; 32]>) -> Result<Office, Error> {
        let missing =
            || Error::new(Kind::Invalid, "setting_missing", "GEMBA_DATABASE_URL is set, but not GEMBA_KEY: set it as the server has it");
        let key = key.ok_or_else(missing)?;
        migrate::check(url).await?;
        let database = serve::database(&settings.database, url)?;
        let identity = serve::identity(&database, settings, key)?;
        let secrets = settings.secrets.open(&key).await?;
        Ok(Office { database, identity, secrets, address: settings.http.public_url.clone().unwrap_or_default() })
    }

    async fn carry_out(&self, command: &AdminCommand) -> Result<String, Error> {
        match command {
            AdminCommand::CreateOrganization { slug, name, admin, admin_name, operates } => {
                let first = First { name, slug, operates: *operates, admin_email: admin, admin_name };
                let made = admin::create_organization(&self.identity, &first).await?;
                Ok(format!("made {slug}; {admin} sets a password at {}", self.link(&made.link)))
            }
            AdminCommand::CreateUser { organization, email, name, role } => {
                let mut tx = self.begin(organization).await?;
                let grants = role.iter().map(|role| NewGrant { role: role.clone(), ..NewGrant::default() }).collect();
                let made = admin::create_user(&mut tx, &self.identity, email, name, grants).await?;
                tx.commit().await?;
                Ok(format!("invited {email}, who sets a password at {}", self.link(&made.link)))
            }
            AdminCommand::ResetPassword { organization, email } => {
                let mut tx = self.begin(organization).await?;
                let user = admin::find_user(&mut tx, email).await?;
                let link = admin::reset_password(&mut tx, &self.identity, user).await?;
                tx.commit().await?;
                Ok(format!("{email} sets a new password at {}", self.link(&link)))
            }
            AdminCommand::GrantRole { organization, email, role, plant } => {
                let mut tx = self.begin(organization).await?;
                let user = admin::find_user(&mut tx, email).await?;
                let plant_id = match plant {
                    Some(code) => Some(find_plant(&mut tx, code).await?.0),
                    None => None,
                };
                let grant = NewGrant { role: role.clone(), plant_id, ..NewGrant::default() };
                admin::grant_role(&mut tx, &self.identity, user, &grant).await?;
                tx.commit().await?;
                Ok(format!("{email} is {role} for {}", plant.as_deref().unwrap_or("the whole organization")))
            }
            AdminCommand::RevokeSessions { organization, email } => {
                let mut tx = self.begin(organization).await?;
                let user = admin::find_user(&mut tx, email).await?;
                let devices = admin::revoke_sessions(&mut tx, user).await?;
                tx.commit().await?;
                Ok(format!("{email} is signed out on {devices} devices"))
            }
            AdminCommand::ConfirmDomain { organization, domain } => {
                let mut tx = self.begin(organization).await?;
                admin::confirm_domain(&mut tx, domain).await?;
                tx.commit().await?;
                Ok(format!("{domain} is {organization}'s: people with such addresses sign in at its identity providers"))
            }
            AdminCommand::FileLimits { organization, largest_mib, quota_gib } => {
                let mut tx = self.begin(organization).await?;
                let bytes = |size: &Option<u32>, shift: u32| size.map(|size| i64::from(size) << shift);
                platform::files::set_limits(&mut tx, bytes(largest_mib, 20), bytes(quota_gib, 30)).await?;
                tx.commit().await?;
                let said = |size: &Option<u32>, unit: &str| size.map_or("as the installation's".into(), |size| format!("{size} {unit}"));
                Ok(format!("files of {organization}: the largest {}, all together {}", said(largest_mib, "MiB"), said(quota_gib, "GiB")))
            }
            AdminCommand::RetirePolicies { organization } => {
                let mut tx = self.begin(organization).await?;
                let number = admin::retire_policies(&mut tx).await?;
                tx.commit().await?;
                Ok(match number {
                    Some(number) => {
                        format!("version {number} of {organization}'s policies counts no more: what roles grant is what people may do")
                    }
                    None => format!("{organization} has no policies that count"),
                })
            }
            AdminCommand::BiAccount { organization, name, plant, days, connections } => {
                let mut tx = self.begin(organization).await?;
                let mut plants = Vec::new();
                for code in plant {
                    plants.push(find_plant(&mut tx, code).await?);
                }
                let new = NewAccount { name, plants, days: *days, connections: *connections };
                let made = accounts::open(&mut tx, &new).await?;
                tx.commit().await?;
                Ok(format!(
                    "-- {name} of {organization} reads the schema bi as\n--   {}\n-- with the password\n--   {}\n{}",
                    made.role, made.password, made.sql
                ))
            }
            AdminCommand::BiAccounts { organization } => {
                let mut tx = self.begin(organization).await?;
                let all = accounts::list(&mut tx).await?;
                tx.commit().await?;
                let said = all.iter().map(|account| {
                    let plants = account.plants.map_or_else(|| "all plants".into(), |plants| format!("{plants} plants"));
                    let until = account.expires_at.map_or_else(String::new, |at| format!(", until {at}"));
                    format!("{}  {}  {plants}, since {}{until}", account.role, account.name, account.created_at)
                });
                let said = said.collect::<Vec<_>>().join("\n");
                Ok(if said.is_empty() { format!("{organization} has no accounts of the database") } else { said })
            }
            AdminCommand::CloseBiAccount { organization, name } => {
                let mut tx = self.begin(organization).await?;
                let sql = accounts::close(&mut tx, name).await?;
                tx.commit().await?;
                Ok(sql)
            }
            AdminCommand::RotateKey { keep_keys } => self.rotate_key(*keep_keys).await,
        }
    }

    async fn rotate_key(&self, keep_keys: bool) -> Result<String, Error> {
        if !keep_keys {
            let name = format!("k{}", self.database.context().now().as_second());
            if !self.secrets.renew(&name).await? {
                let keys =
                    "put a new key first in GEMBA_SECRETS_KEYS, or name a file in GEMBA_SECRETS_KEY_FILE; then run this with --keep-keys";
                return Err(Error::new(Kind::Invalid, "keys_made_elsewhere", keys));
            }
        }
        let done = secrets::rotate(&self.database, &self.secrets, &server::serve::sealed()).await?;
        let keys = self.secrets.keys();
        let said = format!("{} secrets are now sealed with the key '{}'", done.sealed_anew, keys.first().id());
        if done.unreadable > 0 {
            return Err(Error::conflict(
                "secrets_unreadable",
                format!("{said}; {} could not be opened (see the log): keep every key", done.unreadable),
            ));
        }
        let older: Vec<&str> = keys.all().skip(1).map(secrets::Key::id).filter(|id| *id != "installation").collect();
        Ok(if older.is_empty() { said } else { format!("{said}; once every server has it, these can go: {}", older.join(", ")) })
    }

    async fn begin(&self, slug: &str) -> Result<Tx, Error> {
        let organization: OrganizationId = admin::find_organization(&self.identity, slug).await?;
        self.database.begin(&admin::caller(&self.identity, organization)).await
    }

    fn link(&self, link: &PasswordLink) -> String {
        format!("{}{} (until {})", self.address, link.link, link.expires_at)
    }
}

async fn find_plant(tx: &mut Tx, code: &str) -> Result<PlantId, Error> {
    let organization = tx.caller().organization;
    let row = tx.query_opt("select id from plants where organization_id = $1 and code = $2", &[&organization, &code]).await?;
    row.map(|row| row.get(0)).ok_or_else(|| Error::not_found("plant"))
}
