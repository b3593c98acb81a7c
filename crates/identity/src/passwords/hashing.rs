//! Argon2id (RFC 9106), a few at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use platform::{Error, Result};
use tokio::sync::Semaphore;

/// What a hash costs, and how many are computed at once.
#[derive(Clone, Copy, Debug)]
pub struct Hashing {
    /// Memory of one computation (KiB).
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Computations at once.
    pub at_once: usize,
    /// Computations that may wait.
    pub waiting: usize,
}

impl Default for Hashing {
    /// OWASP's first choice for Argon2id: 19 MiB, two passes, one lane.
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Hashing { memory_kib: 19 * 1024, passes: 2, at_once: processors.div_ceil(2), waiting: 64 }
    }
}

/// Computes hashes of passwords. Cheap to clone.
#[derive(Clone)]
pub struct Hasher {
    argon2: Argon2<'static>,
    room: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    most_waiting: usize,
    computed: Arc<AtomicU64>,
    /// The hash of a password nobody has, for accounts that do not exist.
    nobody: Arc<str>,
}

impl Hasher {
    /// One with these costs.
    ///
    /// # Errors
    /// `internal` for costs that Argon2 does not know.
    pub fn new(hashing: Hashing) -> Result<Self> {
        let params = Params::new(hashing.memory_kib, hashing.passes, 1, None).map_err(|wrong| Error::internal(wrong.to_string()))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody = compute(&argon2, crate::tokens::Token::new()?.text().as_bytes())?;
        Ok(Hasher {
            argon2,
            room: Arc::new(Semaphore::new(hashing.at_once.max(1))),
            waiting: Arc::default(),
            most_waiting: hashing.waiting,
            computed: Arc::default(),
            nobody: nobody.into(),
        })
    }

    /// The hash of a new password, in PHC notation.
    ///
    /// # Errors
    /// 503 `sign_in_busy` when too many wait already.
    pub async fn hash(&self, password: &str) -> Result<String> {
        let password = password.to_owned();
        self.work(move |argon2| compute(argon2, password.as_bytes())).await?
    }

    /// Whether `password` is the one behind `hash`; with no hash the same work, and no.
    ///
    /// # Errors
    /// As [`hash`](Self::hash).
    pub async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool> {
        let password = password.to_owned();
        let known = hash.is_some();
        let hash = hash.unwrap_or(&self.nobody).to_owned();
        let right = self
            .work(move |argon2| {
                let parsed = PasswordHash::new(&hash).map_err(|wrong| Error::internal(wrong.to_string()))?;
                Ok::<_, Error>(argon2.verify_password(password.as_bytes(), &parsed).is_ok())
            })
            .await??;
        Ok(right && known)
    }

    /// Whether a hash was computed with other costs than today's, so that a new one should take its place at the next sign-in.
    pub fn is_outdated(&self, hash: &str) -> bool {
        let Ok(parsed) = PasswordHash::new(hash) else { return true };
        Params::try_from(&parsed).map_or(true, |params| {
            let now = self.argon2.params();
            params.m_cost() != now.m_cost() || params.t_cost() != now.t_cost() || params.p_cost() != now.p_cost()
        })
    }

    /// How many hashes were computed so far.
    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    async fn work<T: Send + 'static>(&self, job: impl FnOnce(&Argon2<'static>) -> T + Send + 'static) -> Result<T> {
        let queue = Queue::join(&self.waiting, self.most_waiting).ok_or_else(busy)?;
        let permit = self.room.clone().acquire_owned().await.map_err(Error::internal)?;
        drop(queue);
        let argon2 = self.argon2.clone();
        self.computed.fetch_add(1, Ordering::Relaxed);
        tokio::task::spawn_blocking(move || {
            // The place is given back when the work is done, also when nobody waits for it any more.
            let _permit = permit;
            job(&argon2)
        })
        .await
        .map_err(Error::internal)
    }
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hasher")
    }
}

fn compute(argon2: &Argon2<'static>, password: &[u8]) -> Result<String> {
    argon2.hash_password(password).map(|hash| hash.to_string()).map_err(|wrong| Error::internal(wrong.to_string()))
}

fn busy() -> Error {
    Error::unavailable("sign_in_busy", "too many people sign in at this moment; try again in a few seconds", 3)
}

/// A place among those who wait, given back when dropped.
struct Queue(Arc<AtomicUsize>);

impl Queue {
    fn join(waiting: &Arc<AtomicUsize>, most: usize) -> Option<Queue> {
        waiting.fetch_update(Ordering::AcqRel, Ordering::Acquire, |now| (now <= most).then_some(now + 1)).ok()?;
        Some(Queue(waiting.clone()))
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) const CHEAP: Hashing = Hashing { memory_kib: 64, passes: 1, at_once: 1, waiting: 1 };

    #[tokio::test]
    async fn the_right_password_is_known_and_every_check_costs_one_hash() {
        let hasher = Hasher::new(CHEAP).unwrap();
        let hash = hasher.hash("correct horse battery").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hash}");
        assert_ne!(hash, hasher.hash("correct horse battery").await.unwrap(), "each hash has its own salt");
        let before = hasher.computed();
        assert!(hasher.verify("correct horse battery", Some(&hash)).await.unwrap());
        assert!(!hasher.verify("correct horse batterx", Some(&hash)).await.unwrap());
        assert!(!hasher.verify("correct horse battery", None).await.unwrap());
        assert_eq!(hasher.computed() - before, 3);
    }

    #[tokio::test]
    async fn who_comes_when_too_many_wait_is_told_to_come_back() {
        let hasher = Hasher::new(CHEAP).unwrap();
        let held = hasher.room.clone().acquire_owned().await.unwrap();
        let one = hasher.work(|_| ());
        let two = hasher.work(|_| ());
        let three = hasher.work(|_| ());
        let (one, two, three, ()) = tokio::join!(one, two, three, async {
            tokio::task::yield_now().await;
            drop(held);
        });
        assert!(one.is_ok() && two.is_ok());
        let refused = three.unwrap_err();
        assert_eq!((refused.code, refused.retry_after_s), ("sign_in_busy", Some(3)));
        assert!(hasher.work(|_| ()).await.is_ok(), "places are given back");
    }

    #[tokio::test]
    async fn a_hash_of_other_costs_is_outdated() {
        let hash = Hasher::new(CHEAP).unwrap().hash("correct horse battery").await.unwrap();
        assert!(!Hasher::new(CHEAP).unwrap().is_outdated(&hash));
        assert!(Hasher::new(Hashing { passes: 2, ..CHEAP }).unwrap().is_outdated(&hash));
    }
}
