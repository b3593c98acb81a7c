//! Whose turn it is to have a connection.
//!
//! Connections are few, and whoever asks much would have them all. So they are given in turns: of those who wait, the organization that has the
//! fewest at this moment comes next, and none has more than three quarters of them. What nobody else wants, one organization may use. Before anybody is
//! known, addresses take turns in the same way: a storm of wrong keys or of sign-ins waits for itself.
//!
//! **Invariant:** a turn that is given to somebody who has stopped waiting goes to the next.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::ids::OrganizationId;

/// Who takes turns with whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Who {
    /// An organization.
    Organization(OrganizationId),
    /// Finding out who calls, from an address.
    Nobody(Option<IpAddr>),
    /// Signing in, from an address.
    SigningIn(Option<IpAddr>),
}

/// The turns at a number of connections.
pub(super) struct Turns {
    state: Mutex<State>,
    most: usize,
}

struct State {
    free: usize,
    // Whoever has none is not in it.
    held: HashMap<Who, usize>,
    waiting: VecDeque<(Who, oneshot::Sender<Turn>)>,
}

/// The right to one connection; given back when dropped.
pub(super) struct Turn {
    turns: Arc<Turns>,
    who: Who,
}

impl Turns {
    pub fn new(connections: usize) -> Arc<Turns> {
        let most = if connections < 8 { connections } else { connections - connections / 4 };
        Arc::new(Turns { state: Mutex::new(State { free: connections, held: HashMap::new(), waiting: VecDeque::new() }), most })
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.state().waiting.iter().filter(|(_, sender)| !sender.is_closed()).count()
    }

    /// The next turn of `who`; nothing where it does not come in time.
    pub async fn next(self: &Arc<Self>, who: Who, wait: Duration) -> Option<Turn> {
        let coming = {
            let mut state = self.state();
            let (sender, receiver) = oneshot::channel();
            state.waiting.push_back((who, sender));
            let given = self.give(&mut state);
            drop(state);
            // Outside the lock: a turn that nobody takes gives itself back, which locks.
            hand_out(given);
            receiver
        };
        tokio::time::timeout(wait, coming).await.ok()?.ok()
    }

    /// Takes from those who wait as many as there are connections for, the fewest first, the longest waiting among equals.
    fn give(self: &Arc<Self>, state: &mut State) -> Vec<(oneshot::Sender<Turn>, Turn)> {
        let mut given = Vec::new();
        state.waiting.retain(|(_, sender)| !sender.is_closed());
        while state.free > 0 {
            let held = |who: &Who| state.held.get(who).copied().unwrap_or(0);
            let next = state
                .waiting
                .iter()
                .enumerate()
                .filter(|(_, (who, _))| held(who) < self.most)
                .min_by_key(|(at, (who, _))| (held(who), *at));
            let Some((who, sender)) = next.map(|(at, _)| at).and_then(|at| state.waiting.remove(at)) else { break };
            state.free -= 1;
            *state.held.entry(who).or_default() += 1;
            given.push((sender, Turn { turns: self.clone(), who }));
        }
        given
    }

    fn give_back(self: &Arc<Self>, who: Who) {
        let mut state = self.state();
        state.free += 1;
        match state.held.get_mut(&who) {
            Some(held) if *held > 1 => *held -= 1,
            _ => _ = state.held.remove(&who),
        }
        let given = self.give(&mut state);
        drop(state);
        hand_out(given);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hand_out(given: Vec<(oneshot::Sender<Turn>, Turn)>) {
    for (sender, turn) in given {
        drop(sender.send(turn));
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.give_back(self.who);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn organization(number: u128) -> Who {
        Who::Organization(OrganizationId(Uuid::from_u128(number)))
    }

    /// Who gets a turn next, of those that wait.
    fn queue(turns: &Arc<Turns>, who: Who, told: &tokio::sync::mpsc::UnboundedSender<(Who, Turn)>) {
        let (turns, told) = (turns.clone(), told.clone());
        tokio::spawn(async move {
            if let Some(turn) = turns.next(who, LONG).await {
                let _ = told.send((who, turn));
            }
        });
    }

    async fn until_waiting(turns: &Arc<Turns>, many: usize) {
        while turns.state().waiting.len() < many {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn whoever_has_the_fewest_comes_next_however_many_others_wait() {
        let from = |host: u8| Who::Nobody(Some(IpAddr::from([192, 0, 2, host])));
        whoever_has_the_fewest(organization(1), organization(2)).await;
        whoever_has_the_fewest(from(1), from(2)).await;
    }

    async fn whoever_has_the_fewest(busy: Who, quiet: Who) {
        let turns = Turns::new(2);
        let mut held = vec![turns.next(busy, LONG).await.unwrap(), turns.next(busy, LONG).await.unwrap()];
        let (told, mut next) = tokio::sync::mpsc::unbounded_channel();
        for number in 0..10 {
            queue(&turns, busy, &told);
            until_waiting(&turns, number + 1).await;
        }
        queue(&turns, quiet, &told);
        until_waiting(&turns, 11).await;
        held.pop();
        let (who, turn) = next.recv().await.unwrap();
        assert_eq!(who, quiet);
        drop(turn);
        assert_eq!(next.recv().await.unwrap().0, busy);
    }

    #[tokio::test]
    async fn one_organization_leaves_a_quarter_to_others_at_any_time() {
        let turns = Turns::new(16);
        let mut held = Vec::new();
        for _ in 0..12 {
            held.push(turns.next(organization(1), LONG).await.unwrap());
        }
        assert!(turns.next(organization(1), Duration::ZERO).await.is_none());
        let other = turns.next(organization(2), Duration::ZERO).await;
        assert!(other.is_some());
        assert!(turns.next(Who::Nobody(None), Duration::ZERO).await.is_some());
        held.pop();
        assert!(turns.next(organization(1), Duration::ZERO).await.is_some());
    }

    #[tokio::test]
    async fn whoever_stopped_waiting_takes_nothing_with_them() {
        let turns = Turns::new(1);
        let held = turns.next(organization(1), LONG).await.unwrap();
        for _ in 0..3 {
            assert!(turns.next(organization(2), Duration::ZERO).await.is_none());
        }
        let (told, mut next) = tokio::sync::mpsc::unbounded_channel();
        queue(&turns, organization(3), &told);
        until_waiting(&turns, 1).await;
        drop(held);
        let (who, turn) = next.recv().await.unwrap();
        assert_eq!(who, organization(3));
        drop(turn);
        let state = turns.state();
        assert_eq!((state.free, state.held.len(), state.waiting.len()), (1, 0, 0));
    }
}
