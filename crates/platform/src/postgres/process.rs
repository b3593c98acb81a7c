//! PostgreSQL's process: made ready, started, watched, started again when it dies, stopped.
//!
//! **Invariant:** what PostgreSQL logs passes through Gemba's log, without statements and without the values of rows.

use std::collections::VecDeque;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::account::Account;
use super::binaries::Binaries;
use super::folder::{DataFolder, Passwords, unusable};
use super::{roles, shown};
use crate::error::{Error, Kind, Result};

/// How often a file or process is looked at while waiting for it.
const GLANCE: Duration = Duration::from_millis(20);
/// How long a stop may take before it is made less kind.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often starting is tried again while remains of a killed PostgreSQL go away.
const TRIES: u32 = 40;

/// Makes a cluster from nothing: elsewhere first, so that a half-made one is never taken for a whole one.
pub(super) async fn make_cluster(folder: &DataFolder, binaries: &Binaries, account: &Account, passwords: &Passwords) -> Result<()> {
    let new = folder.cluster_in_the_making();
    let trouble = |cause: std::io::Error| unusable(folder.path(), &cause);
    if new.exists() {
        std::fs::remove_dir_all(&new).map_err(trouble)?;
    }
    std::fs::create_dir(&new).map_err(trouble)?;
    account.own(&new).map_err(trouble)?;
    let password_file = folder.socket_folder().join("password");
    let _ = std::fs::remove_file(&password_file);
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&password_file).map_err(trouble)?;
    file.write_all(passwords.admin.as_bytes()).and_then(|()| account.own(&password_file)).map_err(trouble)?;

    let mut command = program(folder, binaries, "initdb", account);
    command.args(["--username", roles::ADMIN, "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", locale(), "--data-checksums"]);
    command.arg("--pwfile").arg(&password_file).arg("--pgdata").arg(&new);
    let made = tokio::process::Command::from(command).stdin(Stdio::null()).output().await;
    let _ = std::fs::remove_file(&password_file);
    let made = made.map_err(|cause| cannot_run(folder, account, &cause))?;
    if !made.status.success() {
        let said = format!("{}\n{}", String::from_utf8_lossy(&made.stdout), String::from_utf8_lossy(&made.stderr));
        return Err(explain(folder.path(), account, said.lines().rev().find(|line| line.contains("error")).unwrap_or(said.trim()), &said));
    }
    std::fs::rename(&new, folder.cluster()).and_then(|()| std::fs::File::open(folder.path())?.sync_all()).map_err(trouble)
}

/// A PostgreSQL that is started again whenever it dies without having been asked to.
pub(super) struct Watched {
    stop: watch::Sender<bool>,
    watching: tokio::sync::Mutex<Option<JoinHandle<()>>>,
    had_no_room: Arc<AtomicBool>,
}

impl Watched {
    /// Starts PostgreSQL on the folder's data, after seeing to what an earlier Gemba left behind.
    pub async fn start(folder: &DataFolder, binaries: &Binaries, account: Account) -> Result<Arc<Watched>> {
        let start = Start {
            data_folder: folder.path().to_owned(),
            cluster: folder.cluster(),
            socket: folder.socket_folder(),
            binaries: binaries.clone(),
            account,
            had_no_room: Arc::default(),
        };
        let had_no_room = start.had_no_room.clone();
        let (stop, mut asked) = watch::channel(false);
        let running = start.until_ready(&mut asked).await?;
        let watching = tokio::spawn(watch_over(start, running, asked));
        Ok(Arc::new(Watched { stop, watching: tokio::sync::Mutex::new(Some(watching)), had_no_room }))
    }

    /// Whether it has said, since it was last made ready, that there is no room left on its disk.
    pub fn had_no_room(&self) -> bool {
        self.had_no_room.load(Ordering::Relaxed)
    }

    /// Stops it, and returns when it is gone.
    pub async fn stop(&self) {
        self.stop.send_replace(true);
        if let Some(watching) = self.watching.lock().await.take() {
            let _ = watching.await;
        }
    }
}

async fn watch_over(start: Start, mut running: Running, mut asked: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            biased;
            () = told_to_stop(&mut asked) => return running.stop().await,
            status = running.child.wait() => {
                running.gone = true;
                tracing::error!(status = ?status.ok().map(|status| status.to_string()), "postgresql ended unasked; starting it again");
            }
        }
        let mut pause = GLANCE;
        running = loop {
            match start.until_ready(&mut asked).await {
                Ok(running) => break running,
                Err(refused) => tracing::error!(code = refused.code, "postgresql cannot be started again: {}", refused.detail),
            }
            tokio::select! {
                () = told_to_stop(&mut asked) => return,
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(Duration::from_secs(30)),
            }
        };
        tracing::warn!("postgresql is back");
    }
}

async fn told_to_stop(asked: &mut watch::Receiver<bool>) {
    let _ = asked.wait_for(|stop| *stop).await;
}

/// What starting needs.
struct Start {
    data_folder: PathBuf,
    cluster: PathBuf,
    socket: PathBuf,
    binaries: Binaries,
    account: Account,
    had_no_room: Arc<AtomicBool>,
}

/// A process of PostgreSQL. Dropped without [`stop`](Running::stop), it is asked to end all the same.
struct Running {
    child: Child,
    pid: Option<Pid>,
    gone: bool,
    said: Arc<Mutex<VecDeque<String>>>,
}

impl Start {
    /// Starts PostgreSQL and waits until it takes connections, recovery from a crash included, or until `asked` to stop: then what was
    /// started is the caller's to stop, for it may take connections already.
    async fn until_ready(&self, asked: &mut watch::Receiver<bool>) -> Result<Running> {
        self.had_no_room.store(false, Ordering::Relaxed);
        let mut tries = 0;
        loop {
            self.clear_remains().await?;
            let mut running = self.spawn()?;
            let ready = tokio::select! {
                ready = running.ready(&self.cluster) => ready,
                () = told_to_stop(asked) => Ok(()),
            };
            match ready {
                Ok(()) => return Ok(running),
                Err(said) => {
                    tries += 1;
                    // A killed PostgreSQL's workers take a moment to notice.
                    let leaving =
                        said.contains("is still in use") || said.contains("already exists") || said.contains("shared memory block");
                    if !leaving || tries == TRIES {
                        return Err(explain(&self.data_folder, &self.account, last_words(&said), &said));
                    }
                    tokio::time::sleep(GLANCE * 10).await;
                }
            }
        }
    }

    /// Stops a PostgreSQL that an earlier Gemba left running on this data, and removes the marks of one that is gone: another process may
    /// have its number by now, which PostgreSQL would take for itself.
    async fn clear_remains(&self) -> Result<()> {
        let mark = self.cluster.join("postmaster.pid");
        let Some(pid) = read_pid(&mark) else { return Ok(()) };
        if self.is_ours(pid) {
            tracing::warn!(pid = pid.as_raw_nonzero().get(), "postgresql of an earlier gemba is still running; stopping it first");
            let _ = kill_process(pid, Signal::INT);
            if !self.gone_within(pid, PATIENCE).await {
                let _ = kill_process(pid, Signal::QUIT);
                if !self.gone_within(pid, PATIENCE).await {
                    return Err(Error::new(
                        Kind::Unavailable,
                        "postgresql_stuck",
                        format!(
                            "a PostgreSQL (process {}) holds the data folder and does not end: end it, then try again",
                            pid.as_raw_nonzero()
                        ),
                    ));
                }
            }
        }
        let _ = std::fs::remove_file(&mark);
        let _ = std::fs::remove_file(self.socket.join(".s.PGSQL.5432.lock"));
        Ok(())
    }

    async fn gone_within(&self, pid: Pid, limit: Duration) -> bool {
        let gone = async {
            while self.is_ours(pid) {
                tokio::time::sleep(GLANCE).await;
            }
        };
        tokio::time::timeout(limit, gone).await.is_ok()
    }

    /// Whether the process with this number is a PostgreSQL on this data: it works in its data folder. A dead one that nobody has buried has
    /// no folder any more.
    fn is_ours(&self, pid: Pid) -> bool {
        if test_kill_process(pid) == Err(rustix::io::Errno::SRCH) {
            return false;
        }
        match std::fs::read_link(format!("/proc/{}/cwd", pid.as_raw_nonzero())) {
            Ok(works_in) => std::fs::canonicalize(&self.cluster).is_ok_and(|cluster| cluster == works_in),
            Err(_) if Path::new("/proc/self").exists() => false,
            Err(_) => Command::new("ps")
                .args(["-o", "command=", "-p", &pid.as_raw_nonzero().to_string()])
                .output()
                .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(&*self.cluster.to_string_lossy())),
        }
    }

    fn spawn(&self) -> Result<Running> {
        let mut command = command(&self.binaries.program("postgres"), &self.data_folder, &self.account);
        command.arg("-D").arg(&self.cluster);
        for (name, value) in settings(&self.socket) {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        // Not in the terminal's process group: an interrupt is Gemba's to handle, and it stops PostgreSQL last.
        command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = tokio::process::Command::from(command).spawn().map_err(|cause| {
            if cause.kind() == std::io::ErrorKind::PermissionDenied {
                unreachable_folder(&self.data_folder, &self.account)
            } else {
                Error::internal(cause)
            }
        })?;
        let said = Arc::new(Mutex::new(VecDeque::new()));
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(listen(stderr, said.clone(), self.had_no_room.clone()));
        }
        let pid = child.id().and_then(|id| Pid::from_raw(id as i32));
        Ok(Running { child, pid, gone: false, said })
    }
}

impl Running {
    /// Waits until connections are taken; what PostgreSQL said when it ended instead.
    async fn ready(&mut self, cluster: &Path) -> std::result::Result<(), String> {
        let mark = cluster.join("postmaster.pid");
        let mut waited = Duration::ZERO;
        loop {
            if let Ok(Some(_)) = self.child.try_wait() {
                self.gone = true;
                // Its last words may still be on their way.
                tokio::time::sleep(GLANCE).await;
                return Err(self.said());
            }
            if self.is_marked_ready(&mark) {
                return Ok(());
            }
            tokio::time::sleep(GLANCE).await;
            waited += GLANCE;
            if waited.as_millis().is_multiple_of(10_000) {
                tracing::info!(seconds = waited.as_secs(), "postgresql is still recovering what was not yet in its tables");
            }
        }
    }

    /// The first line of the mark is the process, the eighth its state.
    fn is_marked_ready(&self, mark: &Path) -> bool {
        let Ok(text) = std::fs::read_to_string(mark) else { return false };
        let lines: Vec<&str> = text.lines().collect();
        let own = self.pid.is_some_and(|pid| lines.first().is_some_and(|line| line.trim() == pid.as_raw_nonzero().to_string()));
        own && lines.get(7).is_some_and(|state| state.trim() == "ready")
    }

    /// Ends all connections and waits for the end; less and less kindly.
    async fn stop(mut self) {
        for signal in [Signal::INT, Signal::QUIT] {
            if let Some(pid) = self.pid {
                let _ = kill_process(pid, signal);
            }
            if tokio::time::timeout(PATIENCE, self.child.wait()).await.is_ok() {
                self.gone = true;
                return;
            }
            tracing::warn!("postgresql does not stop");
        }
        let _ = self.child.kill().await;
        self.gone = true;
    }

    fn said(&self) -> String {
        let said = self.said.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        said.iter().map(String::as_str).collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let (false, Some(pid)) = (self.gone, self.pid) {
            let _ = kill_process(pid, Signal::INT);
        }
    }
}

async fn listen(stderr: tokio::process::ChildStderr, said: Arc<Mutex<VecDeque<String>>>, had_no_room: Arc<AtomicBool>) {
    let mut lines = BufReader::new(stderr).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if tells_of_no_room(&line) {
            had_no_room.store(true, Ordering::Relaxed);
        }
        if ["FATAL:", "PANIC:", "WARNING:"].iter().any(|severity| line.contains(severity)) {
            tracing::warn!(target: "postgresql", "{line}");
        } else {
            tracing::debug!(target: "postgresql", "{line}");
        }
        let mut said = said.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if said.len() == 50 {
            said.pop_front();
        }
        said.push_back(line);
    }
}

/// What this PostgreSQL is told at every start; the files in its folder keep their defaults.
fn settings(socket: &Path) -> Vec<(&'static str, String)> {
    let text = |value: &str| value.to_owned();
    vec![
        ("listen_addresses", text("")),
        ("unix_socket_directories", shown(socket)),
        ("unix_socket_permissions", text("0700")),
        ("port", text("5432")),
        ("cluster_name", text("gemba")),
        ("max_connections", text("100")),
        ("shared_buffers", format!("{}MB", shared_buffers_mb())),
        ("max_wal_size", text("2GB")),
        ("wal_compression", text("on")),
        ("fsync", text("on")),
        ("full_page_writes", text("on")),
        ("synchronous_commit", text("on")),
        ("password_encryption", text("scram-sha-256")),
        ("timezone", text("UTC")),
        ("log_timezone", text("UTC")),
        // Short statements by the thousand: compiling them costs more than it saves.
        ("jit", text("off")),
        ("idle_in_transaction_session_timeout", text("5min")),
        // The log passes through Gemba's, and must not hold what rows and statements hold.
        ("logging_collector", text("off")),
        ("log_destination", text("stderr")),
        ("log_min_messages", text("log")),
        ("log_min_error_statement", text("panic")),
        ("log_error_verbosity", text("terse")),
        ("log_checkpoints", text("off")),
        ("log_line_prefix", text("")),
        ("lc_messages", text("C")),
    ]
}

/// An eighth of the machine's memory, within 64 MB and 512 MB: other programs live here too.
fn shared_buffers_mb() -> u64 {
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total_kb = memory.lines().find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    total_kb.map_or(128, |kb| (kb / 1024 / 8).clamp(64, 512))
}

fn locale() -> &'static str {
    if cfg!(target_os = "linux") { "C.UTF-8" } else { "en_US.UTF-8" }
}

fn program(folder: &DataFolder, binaries: &Binaries, name: &str, account: &Account) -> Command {
    command(&binaries.program(name), folder.path(), account)
}

/// A program of PostgreSQL, with nothing of the caller's environment but what it needs.
fn command(program: &Path, data_folder: &Path, account: &Account) -> Command {
    let mut command = Command::new(program);
    command.current_dir(data_folder).env_clear().env("LC_ALL", locale()).env("PATH", "/usr/local/bin:/usr/bin:/bin");
    account.apply(&mut command);
    command
}

fn read_pid(mark: &Path) -> Option<Pid> {
    std::fs::read_to_string(mark).ok()?.lines().next()?.trim().parse().ok().and_then(Pid::from_raw)
}

fn cannot_run(folder: &DataFolder, account: &Account, cause: &std::io::Error) -> Error {
    match cause.kind() {
        std::io::ErrorKind::PermissionDenied => unreachable_folder(folder.path(), account),
        _ => Error::new(Kind::Unavailable, "postgresql_missing", format!("PostgreSQL's initdb cannot be run: {cause}")),
    }
}

fn unreachable_folder(folder: &Path, account: &Account) -> Error {
    Error::new(
        Kind::Unavailable,
        "data_folder_unreachable",
        format!(
            "{}, which runs PostgreSQL, cannot reach {}: a folder above it is closed to others; open it ('chmod o+x'), or choose another \
             --data-dir, for example /var/lib/gemba",
            account.name(),
            shown(folder)
        ),
    )
}

/// The line that says why PostgreSQL ended.
fn last_words(said: &str) -> &str {
    let telling = |line: &&str| ["FATAL:", "PANIC:", "could not"].iter().any(|word| line.contains(word));
    said.lines().rev().find(telling).unwrap_or_else(|| said.lines().last().unwrap_or("it said nothing"))
}

fn tells_of_no_room(said: &str) -> bool {
    said.contains("No space left on device") || said.contains("Disk quota exceeded")
}

/// Whether there is no room for another piece of PostgreSQL's log. Errors, other than its end, are not among what it says here.
fn has_no_room(folder: &Path) -> bool {
    rustix::fs::statvfs(folder).is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) < 16 << 20)
}

/// What a person is told whose data folder has no room left.
pub(super) fn disk_full(folder: &Path) -> Error {
    unusable(folder, &std::io::Error::from(std::io::ErrorKind::StorageFull))
}

/// What PostgreSQL's complaint means for the person at the keyboard.
fn explain(folder: &Path, account: &Account, line: &str, said: &str) -> Error {
    let path = shown(folder);
    if tells_of_no_room(said) || has_no_room(folder) {
        return disk_full(folder);
    }
    if said.contains("Permission denied") {
        return unreachable_folder(folder, account);
    }
    if said.contains("database files are incompatible with server") {
        return Error::new(
            Kind::Conflict,
            "data_folder_newer",
            format!(
                "the data in {path} was made by another version of PostgreSQL than this machine has: install that one, or move the data with pg_upgrade"
            ),
        );
    }
    let reason = line.trim_start_matches("postgres: ").trim_start_matches("initdb: ").trim_start_matches("FATAL:").trim();
    Error::new(Kind::Unavailable, "postgresql_refused", format!("PostgreSQL does not start on {path}: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_become_sentences_that_say_what_to_do() {
        let check = |said: &str, code: &str, words: &str| {
            let error = explain(Path::new("/data"), &Account::Own, last_words(said), said);
            assert_eq!(error.code, code, "{said}");
            assert!(error.detail.contains(words), "{error}");
        };
        check("initdb: error: could not write to file \"/data/x\": No space left on device", "disk_full", "free some space");
        check(
            "LOG:  starting\nFATAL:  could not write lock file \"postmaster.pid\": No space left on device",
            "disk_full",
            "free some space",
        );
        check(
            "initdb: error: could not access directory \"/data/postgres.new\": Permission denied",
            "data_folder_unreachable",
            "chmod o+x",
        );
        check("FATAL:  database files are incompatible with server\nDETAIL:  by version 18", "data_folder_newer", "pg_upgrade");
        check("FATAL:  could not map anonymous shared memory: Cannot allocate memory", "postgresql_refused", "on /data: could not map");
        check("", "postgresql_refused", "it said nothing");
    }
}
