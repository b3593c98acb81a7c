//! Places for requests that are answered at the same moment, and who gets them.
//!
//! A place stands for work: a connection of the pool, a processor. A request whose body is still on its way does no work, so it waits outside and
//! comes back in when the body is there: who sends slowly, or nothing at all, keeps nobody out. One address has half of the places at most, so that
//! a flood from there leaves the other half to everybody else.
//!
//! **Invariant:** nobody waits for a place at the door: whoever finds none is told when to come back, which costs next to nothing.
//! **Invariant:** bodies on their way are bounded in number, by address and together, and so is what they hold in memory.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::Extensions;
use http_body::{Body as _, Frame, SizeHint};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// Bodies on their way at the same time, together.
const OUTSIDE: usize = 1_024;
/// Bodies on their way at the same time, from one address.
const OUTSIDE_OF_ONE: usize = 128;

/// The places of a server.
pub(in crate::http) struct Places {
    all: Arc<Semaphore>,
    number: usize,
    share: usize,
    taken: Mutex<Taken>,
}

/// Who has how many.
#[derive(Default)]
struct Taken {
    // An address with nothing is not in it.
    by: HashMap<IpAddr, Own>,
    outside: usize,
}

#[derive(Clone, Copy, Default)]
struct Own {
    inside: usize,
    outside: usize,
}

impl Places {
    pub fn new(number: usize) -> Arc<Places> {
        Arc::new(Places { all: Arc::new(Semaphore::new(number)), number, share: number.div_ceil(2), taken: Mutex::default() })
    }

    /// Waits until nobody has one, and gives none away any more.
    pub async fn close(&self) {
        let all = u32::try_from(self.number).unwrap_or(u32::MAX);
        if let Ok(everything) = self.all.acquire_many(all).await {
            everything.forget();
        }
    }

    /// How many are taken.
    pub fn taken_inside(&self) -> usize {
        self.number.saturating_sub(self.all.available_permits())
    }

    /// A place for a request from `address`; nothing where all are taken, or half of them from there.
    pub fn enter(self: &Arc<Self>, address: Option<IpAddr>) -> Option<Place> {
        let permit = self.all.clone().try_acquire_owned().ok()?;
        let address = address.map(network);
        if let Some(address) = address {
            let mut taken = self.taken();
            let own = taken.by.entry(address).or_default();
            if own.inside >= self.share {
                return None;
            }
            own.inside += 1;
        }
        Some(Place { places: self.clone(), address, _permit: permit })
    }

    /// A place outside, for a body on its way.
    fn step_out(self: &Arc<Self>, address: Option<IpAddr>) -> Option<Outside> {
        let mut taken = self.taken();
        if taken.outside >= OUTSIDE {
            return None;
        }
        if let Some(address) = address {
            let own = taken.by.entry(address).or_default();
            if own.outside >= OUTSIDE_OF_ONE {
                return None;
            }
            own.outside += 1;
        }
        taken.outside += 1;
        Some(Outside { places: self.clone(), address })
    }

    fn leave(&self, address: Option<IpAddr>, less: impl FnOnce(&mut Own)) {
        let Some(address) = address else { return };
        let mut taken = self.taken();
        if let Some(own) = taken.by.get_mut(&address) {
            less(own);
            if own.inside == 0 && own.outside == 0 {
                taken.by.remove(&address);
            }
        }
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What counts as one address: of IPv6, the network that one customer has.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// A place; given back when dropped.
pub(in crate::http) struct Place {
    places: Arc<Places>,
    address: Option<IpAddr>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.leave(self.address, |own| own.inside = own.inside.saturating_sub(1));
    }
}

/// A place outside; given back when dropped.
struct Outside {
    places: Arc<Places>,
    address: Option<IpAddr>,
}

impl Drop for Outside {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.outside = taken.outside.saturating_sub(1);
        drop(taken);
        self.places.leave(self.address, |own| own.outside = own.outside.saturating_sub(1));
    }
}

/// The place of one request, as the request goes on: taken, given back while its body is on its way, taken again.
pub(super) struct Held {
    place: Mutex<Option<Place>>,
    unhurried: AtomicBool,
    refused: AtomicBool,
}

impl Held {
    pub fn new(place: Place) -> Arc<Held> {
        Arc::new(Held { place: Mutex::new(Some(place)), unhurried: AtomicBool::new(false), refused: AtomicBool::new(false) })
    }

    /// Gives it back for good.
    pub fn end(&self) {
        drop(self.place().take());
    }

    /// Whether it takes its time, and says itself how long.
    pub fn is_unhurried(&self) -> bool {
        self.unhurried.load(Ordering::Relaxed)
    }

    /// Whether its body found too many others on their way.
    pub fn was_refused(&self) -> bool {
        self.refused.load(Ordering::Relaxed)
    }

    fn place(&self) -> MutexGuard<'_, Option<Place>> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the place back until the body is there; `None` where there was none to give.
    fn step_out(&self) -> Option<Result<Outside, TooMany>> {
        let mut place = self.place();
        let held = place.as_ref()?;
        let Some(outside) = held.places.step_out(held.address) else {
            self.refused.store(true, Ordering::Relaxed);
            return Some(Err(TooMany));
        };
        drop(place.take());
        Some(Ok(outside))
    }
}

#[derive(Debug)]
struct TooMany;

impl std::fmt::Display for TooMany {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("too many bodies are on their way")
    }
}

impl std::error::Error for TooMany {}

/// The place of a request that takes its time, for what has places and limits of its own: a file on its way.
#[derive(Clone, Default)]
pub(crate) struct Unhurried(pub(super) Option<Arc<Held>>);

impl Unhurried {
    /// That of a request.
    pub(crate) fn of(extensions: &Extensions) -> Unhurried {
        extensions.get::<Unhurried>().cloned().unwrap_or_default()
    }

    /// Gives the place back to requests that are answered soon, and lifts the limit of time. Whoever calls this sets others.
    pub(crate) fn begin(&self) {
        if let Some(held) = &self.0 {
            held.unhurried.store(true, Ordering::Relaxed);
            held.end();
        }
    }
}

type Piece = Option<Result<Frame<Bytes>, axum::Error>>;
type Entering = BoxFuture<'static, Result<OwnedSemaphorePermit, AcquireError>>;

/// A body that waits outside while it is on its way.
pub(super) struct Arriving {
    body: Body,
    held: Arc<Held>,
    state: State,
}

enum State {
    /// With its place: not begun, or all there.
    Inside,
    /// On its way.
    Outside(Outside),
    /// All there, and waiting for a place; with the last piece.
    Entering(Outside, Entering, Piece),
}

impl Arriving {
    /// `body` as that of the request that has `held`.
    pub fn of(body: Body, held: Arc<Held>) -> Body {
        if body.is_end_stream() { body } else { Body::new(Arriving { body, held, state: State::Inside }) }
    }

    fn enter(&mut self, outside: Outside, last: Piece) {
        self.state = if self.held.is_unhurried() {
            State::Inside
        } else {
            let entering = outside.places.all.clone().acquire_owned();
            State::Entering(outside, Box::pin(entering), last)
        };
    }
}

impl http_body::Body for Arriving {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Piece> {
        let this = &mut *self;
        loop {
            match std::mem::replace(&mut this.state, State::Inside) {
                State::Inside => {
                    let polled = Pin::new(&mut this.body).poll_frame(cx);
                    if polled.is_ready() {
                        return polled;
                    }
                    match this.held.step_out() {
                        None => return Poll::Pending,
                        Some(Ok(outside)) => this.state = State::Outside(outside),
                        Some(Err(many)) => return Poll::Ready(Some(Err(axum::Error::new(many)))),
                    }
                    return Poll::Pending;
                }
                State::Outside(outside) => match Pin::new(&mut this.body).poll_frame(cx) {
                    Poll::Pending => {
                        this.state = State::Outside(outside);
                        return Poll::Pending;
                    }
                    Poll::Ready(Some(Ok(piece))) if !this.body.is_end_stream() => {
                        this.state = State::Outside(outside);
                        return Poll::Ready(Some(Ok(piece)));
                    }
                    Poll::Ready(last) if this.held.is_unhurried() => return Poll::Ready(last),
                    Poll::Ready(last) => this.enter(outside, last),
                },
                State::Entering(outside, mut entering, last) => match entering.as_mut().poll(cx) {
                    Poll::Pending => {
                        this.state = State::Entering(outside, entering, last);
                        return Poll::Pending;
                    }
                    Poll::Ready(entered) => {
                        if let Ok(permit) = entered {
                            let (places, address) = (outside.places.clone(), outside.address);
                            if let Some(address) = address {
                                places.taken().by.entry(address).or_default().inside += 1;
                            }
                            *this.held.place() = Some(Place { places, address, _permit: permit });
                        }
                        return Poll::Ready(last);
                    }
                },
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.state, State::Inside) && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{StreamExt, stream};
    use http_body_util::BodyExt;

    use super::*;

    const HERE: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)));
    const THERE: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2)));

    #[test]
    fn one_address_has_half_of_the_places_at_most() {
        let places = Places::new(4);
        let mut here: Vec<_> = (0..2).map(|_| places.enter(HERE).unwrap()).collect();
        assert!(places.enter(HERE).is_none());
        let there: Vec<_> = (0..2).map(|_| places.enter(THERE).unwrap()).collect();
        assert!(places.enter(None).is_none(), "all are taken");
        here.pop();
        assert!(places.enter(HERE).is_some());
        drop((here, there));
        assert!(places.taken().by.is_empty(), "whoever has none is forgotten");
        let of_one_customer = ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9"].map(|address| network(address.parse().unwrap()));
        assert_eq!(of_one_customer[0], of_one_customer[1]);
        assert_eq!(network("::ffff:192.0.2.1".parse().unwrap()), HERE.unwrap());
    }

    /// A body whose pieces come when they are sent.
    fn slow() -> (tokio::sync::mpsc::Sender<&'static str>, Body) {
        let (sender, receiver) = tokio::sync::mpsc::channel(1);
        let pieces = stream::unfold(receiver, |mut receiver: tokio::sync::mpsc::Receiver<&'static str>| async move {
            receiver.recv().await.map(|piece| (Ok::<_, std::io::Error>(Bytes::from_static(piece.as_bytes())), receiver))
        });
        (sender, Body::from_stream(pieces.fuse()))
    }

    #[tokio::test]
    async fn a_body_on_its_way_has_no_place_until_it_is_there() {
        let places = Places::new(1);
        let held = Held::new(places.enter(HERE).unwrap());
        let (sender, body) = slow();
        let reading = tokio::spawn(Arriving::of(body, held.clone()).collect());
        sender.send("one, ").await.unwrap();
        let other = loop {
            match places.enter(THERE) {
                Some(place) => break place,
                None => tokio::task::yield_now().await,
            }
        };
        sender.send("two").await.unwrap();
        drop(sender);
        // It is there, and has to wait for the place that somebody else has.
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
        assert!(!reading.is_finished());
        drop(other);
        assert_eq!(reading.await.unwrap().unwrap().to_bytes(), "one, two");
        assert!(places.enter(THERE).is_none(), "the request has its place again");
        held.end();
        assert!(places.enter(THERE).is_some());
        assert_eq!(places.taken().outside, 0);
    }

    #[tokio::test]
    async fn bodies_on_their_way_are_bounded_by_address() {
        let places = Places::new(1_000);
        let mut waiting = Vec::new();
        for _ in 0..OUTSIDE_OF_ONE {
            let (sender, body) = slow();
            let held = Held::new(places.enter(HERE).unwrap());
            waiting.push((sender, tokio::spawn(Arriving::of(body, held).collect())));
        }
        while places.taken().outside < OUTSIDE_OF_ONE {
            tokio::task::yield_now().await;
        }
        let (_sender, body) = slow();
        let held = Held::new(places.enter(HERE).unwrap());
        assert!(Arriving::of(body, held.clone()).collect().await.is_err());
        assert!(held.was_refused());
        let (sender, body) = slow();
        let elsewhere = Held::new(places.enter(THERE).unwrap());
        let reading = tokio::spawn(Arriving::of(body, elsewhere.clone()).collect());
        sender.send("x").await.unwrap();
        drop(sender);
        assert_eq!(reading.await.unwrap().unwrap().to_bytes(), "x");
        assert!(!elsewhere.was_refused());
        for (_, task) in waiting {
            task.abort();
            assert!(task.await.is_err());
        }
        assert_eq!(places.taken().outside, 0, "whoever goes leaves nothing");
    }

    #[tokio::test]
    async fn what_takes_its_time_does_not_come_back_for_a_place() {
        let places = Places::new(1);
        let held = Held::new(places.enter(HERE).unwrap());
        Unhurried(Some(held.clone())).begin();
        let _other = places.enter(THERE).unwrap();
        let (sender, body) = slow();
        let reading = tokio::spawn(Arriving::of(body, held).collect());
        sender.send("a file").await.unwrap();
        drop(sender);
        assert_eq!(reading.await.unwrap().unwrap().to_bytes(), "a file");
    }
}
