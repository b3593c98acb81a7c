//! The program's one clock; engines get it as an argument.

use std::time::Instant;

/// Seconds since the program asked first.
pub struct MonotonicClock {
    start: Instant,
}

impl MonotonicClock {
    /// Starts at zero.
    #[expect(clippy::disallowed_methods, reason = "this is the one place where time enters the program")]
    pub fn start() -> MonotonicClock {
        MonotonicClock { start: Instant::now() }
    }
}

impl line_plan::Clock for MonotonicClock {
    fn seconds(&self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }
}
