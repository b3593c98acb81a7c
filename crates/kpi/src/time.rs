//! What a work unit does, and as which element of the time model of ISO 22400-2 that counts.
//!
//! ```text
//! POT  planned operation time
//! ├── PDOT  planned down time: breaks, meetings, preventive maintenance
//! └── PBT   planned busy time
//!     ├── ADOT  actual unit down time: nothing to do, nobody there, no signal
//!     └── AUBT  actual unit busy time
//!         ├── ADET  actual unit delay time: failures, small stops, missing material
//!         └── AUPT  actual unit processing time
//!             ├── AUST  actual unit setup time
//!             └── APT   actual production time
//! ```

use serde::{Deserialize, Serialize};

/// What a line is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It makes pieces.
    Running,
    /// It stands although it has something to make.
    Stopped,
    /// It is set up for what comes next.
    Setup,
    /// It could work and has nothing to do.
    Idle,
    /// Nothing is heard of it.
    Offline,
}

impl State {
    /// All of them.
    pub const ALL: [State; 5] = [State::Running, State::Stopped, State::Setup, State::Idle, State::Offline];

    /// Its name, as JSON and the database have it.
    pub const fn name(self) -> &'static str {
        match self {
            State::Running => "running",
            State::Stopped => "stopped",
            State::Setup => "setup",
            State::Idle => "idle",
            State::Offline => "offline",
        }
    }

    /// The state of this name.
    pub fn named(name: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.name() == name)
    }

    /// As what it counts; a stop by the class of its reason, and as a delay while it has none.
    pub fn class(self, reason: Option<TimeClass>) -> TimeClass {
        match (self, reason) {
            (State::Running, _) => TimeClass::Production,
            (State::Setup, _) => TimeClass::Setup,
            (_, Some(class)) => class,
            (State::Stopped, None) => TimeClass::Delay,
            (State::Idle | State::Offline, None) => TimeClass::Down,
        }
    }
}

/// Which element of the time model a stretch of time belongs to. The classes exclude each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeClass {
    /// APT: value is added.
    Production,
    /// AUST: preparing an order.
    Setup,
    /// ADET without a failure: material missing, jam, adjustment.
    Delay,
    /// ADET because something broke: counts for MTBF and MTTR, and as corrective maintenance.
    Failure,
    /// ADOT: available, and not executing an order.
    Down,
    /// Planned down time: break, meeting, training.
    Planned,
    /// Planned down time for preventive maintenance.
    Preventive,
    /// Outside planned operation time.
    Off,
}

impl TimeClass {
    /// All of them.
    pub const ALL: [TimeClass; 8] = [
        TimeClass::Production,
        TimeClass::Setup,
        TimeClass::Delay,
        TimeClass::Failure,
        TimeClass::Down,
        TimeClass::Planned,
        TimeClass::Preventive,
        TimeClass::Off,
    ];

    /// Its name, as JSON and the database have it.
    pub const fn name(self) -> &'static str {
        match self {
            TimeClass::Production => "production",
            TimeClass::Setup => "setup",
            TimeClass::Delay => "delay",
            TimeClass::Failure => "failure",
            TimeClass::Down => "down",
            TimeClass::Planned => "planned",
            TimeClass::Preventive => "preventive",
            TimeClass::Off => "off",
        }
    }

    /// The class of this name.
    pub fn named(name: &str) -> Option<TimeClass> {
        TimeClass::ALL.into_iter().find(|class| class.name() == name)
    }

    /// Whether it was known beforehand that the line would stand.
    pub const fn is_planned(self) -> bool {
        matches!(self, TimeClass::Planned | TimeClass::Preventive | TimeClass::Off)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back() {
        for state in State::ALL {
            assert_eq!(State::named(state.name()), Some(state));
        }
        for class in TimeClass::ALL {
            assert_eq!(TimeClass::named(class.name()), Some(class));
        }
        assert_eq!((State::named("asleep"), TimeClass::named("")), (None, None));
    }

    #[test]
    fn a_reason_moves_a_stop_and_never_a_run() {
        assert_eq!(State::Running.class(Some(TimeClass::Planned)), TimeClass::Production);
        assert_eq!(State::Stopped.class(None), TimeClass::Delay);
        assert_eq!(State::Stopped.class(Some(TimeClass::Preventive)), TimeClass::Preventive);
        assert_eq!(State::Idle.class(None), TimeClass::Down);
        assert_eq!(State::Idle.class(Some(TimeClass::Planned)), TimeClass::Planned);
    }
}
