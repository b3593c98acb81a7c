//! The command line of the demo factory.

use clap::{Args, Subcommand};

use super::installation::FromFile;

/// Help under `gemba demo`.
pub const DEMO_EXAMPLES: &str = "\
Examples:
  gemba demo run                         the last eight hours in a minute, then on with the clock
  gemba demo run --plant BRQ --speed 60  another plant, one hour a minute
  gemba demo run --hours 24 --once       a day to look back at, then end

Run it beside `gemba up`, on a plant that is for show: it makes orders, reports and stops as people would, and nothing takes them back.";

/// The commands of `gemba demo`.
#[derive(Debug, Subcommand)]
pub enum DemoCommand {
    /// Play a shift: orders come in, lines run, stop and scrap
    #[command(after_help = DEMO_EXAMPLES)]
    Run(DemoRequest),
}

/// What `gemba demo run` is asked.
#[derive(Debug, Args)]
pub struct DemoRequest {
    /// Where settings are read from.
    #[command(flatten)]
    pub from: FromFile,
    /// Folder of the private database [default: as for `gemba up`]
    #[arg(long, value_name = "FOLDER")]
    pub data_dir: Option<String>,
    /// The organization
    #[arg(long, value_name = "SLUG", default_value = "demo")]
    pub organization: String,
    /// The plant
    #[arg(long, value_name = "CODE", default_value = "HMO")]
    pub plant: String,
    /// How many hours ago it begins
    #[arg(long, value_name = "HOURS", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=336))]
    pub hours: u16,
    /// How many times as fast as the clock, until it has caught up with it
    #[arg(long, value_name = "TIMES", default_value_t = 480, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub speed: u32,
    /// The same seed plays the same shift
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// End when it has caught up with the clock
    #[arg(long)]
    pub once: bool,
}
