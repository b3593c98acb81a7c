//! The command line: what can be asked, with help and examples. What the words mean for the engine is decided in `commands`.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use line_plan::{Balance, ChangeoverCharging, Frozen, Language, PlanModel, PriorityReading, Weight};

pub mod demo;
pub mod installation;

use demo::{DEMO_EXAMPLES, DemoCommand};
use installation::{
    ADMIN_EXAMPLES, AdminRequest, ConfigCommand, DOCTOR_EXAMPLES, DoctorRequest, EXPORT_EXAMPLES, ExportRequest, IMPORT_EXAMPLES,
    ImportRequest, MIGRATE_EXAMPLES, MigrateRequest, SERVE_EXAMPLES, ServeRequest, UP_EXAMPLES, UpRequest, WORK_EXAMPLES, WorkRequest,
};

/// Manufacturing in one program: a server for plants, and the exact plan of its lines from a workbook.
#[derive(Debug, Parser)]
#[command(name = "gemba", version, max_term_width = 110, subcommand_required = true, arg_required_else_help = true, after_help = EXAMPLES)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  gemba up                                      the server with its database and a demo organization, on this machine
  gemba workbook template -o plan.xlsx          a workbook to fill in
  gemba workbook check plan.xlsx                every mistake in it at once
  gemba optimize plan.xlsx --html report.html   the plan, and a report for an e-mail

Exit codes: 0 done, 1 the input or an output was refused, 2 wrong usage, 3 a limit was reached without proof.";

const OPTIMIZE_EXAMPLES: &str = "\
Examples:
  gemba optimize plan.xlsx
  gemba optimize plan.xlsx --html report.html --xlsx result.xlsx --compare baseline
  gemba optimize plan.xlsx --periods 2026..2030 --days 288 --areas SMT,ICT
  gemba optimize plan.xlsx --model prebuild --weight money --plant Puebla
  gemba optimize plan.xlsx --minimum-lots --max-lines 2 --time-limit 30s
  gemba optimize plan.xlsx --released last-month.json --frozen 2:10
  gemba optimize plan.xlsx --language es --html reporte.html
  gemba optimize plan.xlsx --json - | jq .summary

Exit codes: 0 done, 1 the input or an output was refused, 2 wrong usage, 3 a limit was reached without proof.
The colours of utilisation: blue under 70 %, green to 85 %, yellow to 95 %, orange to 100 %, red above. NO_COLOR turns them off.";

const CHECK_EXAMPLES: &str = "\
Examples:
  gemba workbook check plan.xlsx
  gemba workbook check plan.xlsx --json | jq '.issues[] | select(.severity == \"error\")'

Exit code 0 when the workbook can be planned (warnings may remain), 1 when it has errors.";

const TEMPLATE_EXAMPLES: &str = "\
Examples:
  gemba workbook template -o plan.xlsx
  gemba workbook template -o kapazitaet.xlsx --lang de";

const GENERATE_EXAMPLES: &str = "\
Examples:
  gemba workbook generate --size S --shape plant --seed 1 -o small.xlsx
  gemba workbook generate --size M --shape mixed --seed 7 -o medium.xlsx";

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  gemba completions bash > ~/.local/share/bash-completion/completions/gemba
  gemba completions zsh  > ~/.zfunc/_gemba
  gemba completions fish > ~/.config/fish/completions/gemba.fish";

const MAN_EXAMPLES: &str = "\
Examples:
  gemba man | man -l -
  gemba man ~/.local/share/man/man1";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start everything on this machine: private database, demo organization, server
    #[command(after_help = UP_EXAMPLES)]
    Up(UpRequest),
    /// Serve an installation whose database is named in the settings
    #[command(after_help = SERVE_EXAMPLES)]
    Serve(ServeRequest),
    /// Carry out runs, beside the servers of an installation
    #[command(after_help = WORK_EXAMPLES)]
    Work(WorkRequest),
    /// Bring the database to the shape this version expects
    #[command(after_help = MIGRATE_EXAMPLES)]
    Migrate(MigrateRequest),
    /// Look an installation over: what is not right, and what to do about it
    #[command(after_help = DOCTOR_EXAMPLES)]
    Doctor(DoctorRequest),
    /// Organizations and people, from the machine's command line
    #[command(after_help = ADMIN_EXAMPLES)]
    Admin(AdminRequest),
    /// Bring a workbook, a CSV file or the desktop tool's project into a plant
    #[command(after_help = IMPORT_EXAMPLES)]
    Import(ImportRequest),
    /// Take an organization's or a plant's configuration and data away as one archive
    #[command(after_help = EXPORT_EXAMPLES)]
    Export(ExportRequest),
    /// Play a shift in the demo factory: orders, stops, scrap
    #[command(after_help = DEMO_EXAMPLES)]
    Demo {
        /// What to do.
        #[command(subcommand)]
        command: DemoCommand,
    },
    /// Settings
    Config {
        /// What to do with them.
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Plan a workbook: which line makes how much of which model in which period
    #[command(after_help = OPTIMIZE_EXAMPLES)]
    Optimize(Box<OptimizeRequest>),
    /// Check, template or generate workbooks
    Workbook {
        /// What to do with it.
        #[command(subcommand)]
        command: WorkbookCommand,
    },
    /// Verify the audit trail, take its heads or the trail itself away
    Audit {
        /// What to do with it.
        #[command(subcommand)]
        command: crate::audit::AuditCommand,
    },
    /// Print shell completions
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions {
        /// Shell that they are for
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write one page for each command into a folder
    #[command(after_help = MAN_EXAMPLES)]
    Man {
        /// Folder to write the pages into
        folder: Option<PathBuf>,
    },
}

/// The commands about workbooks.
#[derive(Debug, Subcommand)]
pub enum WorkbookCommand {
    /// Say what was understood of a workbook, and every mistake at once
    #[command(after_help = CHECK_EXAMPLES)]
    Check(CheckRequest),
    /// Write a documented workbook to fill in
    #[command(after_help = TEMPLATE_EXAMPLES)]
    Template(TemplateRequest),
    /// Write an invented plant of a given size
    #[command(after_help = GENERATE_EXAMPLES)]
    Generate(GenerateRequest),
}

/// What `gemba optimize` is asked.
#[derive(Debug, Args)]
pub struct OptimizeRequest {
    /// The workbook (xlsx)
    #[arg(value_name = "PLAN.xlsx")]
    pub workbook: PathBuf,

    /// How demand is read
    #[arg(long, help_heading = "The question", default_value = "finished", value_parser = choice(MODELS), hide_possible_values = false)]
    pub model: PlanModel,
    /// What one unit that cannot be delivered costs, times the model's weight
    #[arg(long, help_heading = "The question", default_value = "hours", value_parser = choice(WEIGHTS))]
    pub weight: Weight,
    /// How far lines are evened out once demand is served
    #[arg(long, help_heading = "The question", default_value = "leximin", value_parser = choice(BALANCES))]
    pub balance: Balance,
    /// How changeovers reduce capacity
    #[arg(long, help_heading = "The question", default_value = "none", value_parser = choice(CHANGEOVERS))]
    pub changeovers: ChangeoverCharging,
    /// What priorities rank; read from the workbook unless given
    #[arg(long, help_heading = "The question", value_parser = choice(PRIORITIES))]
    pub priority: Option<PriorityReading>,

    /// Only these periods: 2026, 2026..2030, 2026-03.., several with commas
    #[arg(long, help_heading = "Scope and what-if", value_name = "PERIODS")]
    pub periods: Option<String>,
    /// Only these plants, separated by commas
    #[arg(long, help_heading = "Scope and what-if", value_name = "PLANTS", value_delimiter = ',')]
    pub plant: Vec<String>,
    /// Operating days of every period, e.g. 240 for a five-day and 288 for a six-day week; more than a period has are days of a year
    #[arg(long, help_heading = "Scope and what-if", value_name = "DAYS", value_parser = days)]
    pub days: Option<f64>,
    /// Areas whose lines work these days, separated by commas [default: all]
    #[arg(long, help_heading = "Scope and what-if", value_name = "AREAS", value_delimiter = ',', requires = "days")]
    pub areas: Vec<String>,

    /// The plan that the plant works by, as an earlier --json wrote it: of equally good plans the nearest to it is chosen
    #[arg(long, help_heading = "The released plan", value_name = "RESULT.json")]
    pub released: Option<PathBuf>,
    /// Keep the first N periods as released, each line and model within PCT percent [PCT: 0]
    #[arg(long, help_heading = "The released plan", value_name = "N[:PCT]", value_parser = frozen, requires = "released")]
    pub frozen: Option<Frozen>,

    /// Keep minimum lots
    #[arg(long, help_heading = "Whole decisions (slower)")]
    pub minimum_lots: bool,
    /// Split a model over at most this many lines in an area and period
    #[arg(long, help_heading = "Whole decisions (slower)", value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_lines: Option<u32>,
    /// Decide which lines open, at their opening cost
    #[arg(long, help_heading = "Whole decisions (slower)")]
    pub openings: bool,
    /// An opened line stays open
    #[arg(long, help_heading = "Whole decisions (slower)", requires = "openings", conflicts_with = "opening_changes")]
    pub openings_stay: bool,
    /// Each line changes between open and closed at most this often
    #[arg(long, help_heading = "Whole decisions (slower)", value_name = "N", requires = "openings")]
    pub opening_changes: Option<u32>,
    /// Choose among the shift patterns that the workbook offers for its lines
    #[arg(long, help_heading = "Whole decisions (slower)")]
    pub shifts: bool,
    /// Longest time to spend, e.g. 10s or 2m [default: 60s with whole decisions, otherwise none]
    #[arg(long, help_heading = "Whole decisions (slower)", value_name = "TIME", value_parser = seconds)]
    pub time_limit: Option<f64>,

    /// Write the whole answer as JSON to a file, `-` for standard output
    #[arg(long, help_heading = "Output", value_name = "FILE|-")]
    pub json: Option<PathBuf>,
    /// Write the result workbook
    #[arg(long, help_heading = "Output", value_name = "FILE")]
    pub xlsx: Option<PathBuf>,
    /// Write a report that opens in any browser, from one file
    #[arg(long, help_heading = "Output", value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Also plan by the rule that plants know, line by line in sheet order, and compare
    #[arg(long, help_heading = "Output", value_name = "WITH", value_parser = choice(COMPARISONS))]
    pub compare: Option<PlanModel>,
    /// Language of the answer and the reports [default: that of the workbook]
    #[arg(long, help_heading = "Output", value_name = "LANGUAGE", value_parser = choice(LANGUAGES))]
    pub language: Option<Language>,
    /// Threads to use [default: one per processor]
    #[arg(long, help_heading = "Output", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

impl OptimizeRequest {
    /// Whether the answer needs integer decisions.
    pub fn decides_integers(&self) -> bool {
        self.minimum_lots || self.max_lines.is_some() || self.openings || self.shifts || self.changeovers == ChangeoverCharging::Campaign
    }
}

/// What `gemba workbook check` is asked.
#[derive(Debug, Args)]
pub struct CheckRequest {
    /// The workbook (xlsx)
    #[arg(value_name = "PLAN.xlsx")]
    pub workbook: PathBuf,
    /// Print the findings as JSON
    #[arg(long)]
    pub json: bool,
}

/// What `gemba workbook template` is asked.
#[derive(Debug, Args)]
pub struct TemplateRequest {
    /// File to write
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Language of headings and explanations
    #[arg(long, default_value = "en", value_parser = choice(LANGUAGES))]
    pub lang: Language,
}

/// What `gemba workbook generate` is asked.
#[derive(Debug, Args)]
pub struct GenerateRequest {
    /// How large
    #[arg(long, default_value = "S", ignore_case = true, value_parser = choice(SIZES))]
    pub size: workbook::Size,
    /// How lines and models fit together
    #[arg(long, default_value = "plant", value_parser = choice(PLANT_SHAPES))]
    pub shape: workbook::Shape,
    /// The same seed gives the same plant
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// File to write
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

/// A word of the command line, what it means and how the help explains it.
type Choice<T> = (&'static str, T, &'static str);

const MODELS: &[Choice<PlanModel>] = &[
    ("area", PlanModel::Area, "each area on its own"),
    ("finished", PlanModel::Finished, "finished units: no area makes what another cannot"),
    ("prebuild", PlanModel::Prebuild, "finished units, which may be made ahead and stocked"),
    ("baseline", PlanModel::Baseline, "line by line in sheet order, as plants do it by hand"),
];
const WEIGHTS: &[Choice<Weight>] =
    &[("hours", Weight::Hours, "its standard hours"), ("units", Weight::Units, "one"), ("money", Weight::Money, "its unit value")];
const BALANCES: &[Choice<Balance>] = &[
    ("leximin", Balance::Leximin, "the fullest line as low as possible, then the next, and so on"),
    ("max", Balance::Max, "only the fullest line of each area and period"),
    ("off", Balance::Off, "not at all"),
];
const CHANGEOVERS: &[Choice<ChangeoverCharging>] = &[
    ("none", ChangeoverCharging::None, "not at all"),
    ("mix", ChangeoverCharging::Mix, "estimated from the mix of models on the line"),
    ("campaign", ChangeoverCharging::Campaign, "exactly, for every model that a line makes"),
];
const PRIORITIES: &[Choice<PriorityReading>] =
    &[("preference", PriorityReading::Preference, "the lines for a model"), ("rank", PriorityReading::Rank, "the models at a line")];
const COMPARISONS: &[Choice<PlanModel>] = &[("baseline", PlanModel::Baseline, "line by line in sheet order")];
const LANGUAGES: &[Choice<Language>] =
    &[("en", Language::English, "English"), ("es", Language::Spanish, "Spanish"), ("de", Language::German, "German")];
const SIZES: &[Choice<workbook::Size>] = &[
    ("S", workbook::Size::S, "20 lines, 60 models, 12 months"),
    ("M", workbook::Size::M, "100 lines, 500 models, 12 months"),
    ("L", workbook::Size::L, "20 plants, 1,000 lines, 5,000 models, 36 months"),
];
const PLANT_SHAPES: &[Choice<workbook::Shape>] = &[
    ("plant", workbook::Shape::Plant, "lines in cells, as most plants are"),
    ("mixed", workbook::Shape::Mixed, "high mix: every model has its own set of lines"),
];

/// What of a file is brought in.
pub(crate) const IMPORT_MODES: &[Choice<planning::imports::session::Mode>] = &[
    ("create", planning::imports::session::Mode::Create, "only records that are not there yet"),
    ("update", planning::imports::session::Mode::Update, "only changes of records that are there"),
    ("merge", planning::imports::session::Mode::Merge, "both"),
];

pub(crate) fn choice<T: Copy + Send + Sync + 'static>(choices: &'static [Choice<T>]) -> impl TypedValueParser<Value = T> {
    let words = choices.iter().map(|(word, _, help)| PossibleValue::new(*word).help(*help));
    PossibleValuesParser::new(words).try_map(move |given: String| {
        let chosen = choices.iter().find(|(word, _, _)| word.eq_ignore_ascii_case(&given));
        chosen.map(|(_, value, _)| *value).ok_or_else(|| format!("`{given}` is none of the words"))
    })
}

fn days(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(days) if days.is_finite() && (0.0..=366.0).contains(&days) => Ok(days),
        _ => Err("give a number of days from 0 to 366".to_owned()),
    }
}

fn frozen(text: &str) -> Result<Frozen, String> {
    let (periods, percent) = text.split_once(':').unwrap_or((text, "0"));
    match (periods.trim().parse::<usize>(), percent.trim().trim_end_matches('%').trim_end().parse::<f64>()) {
        (Ok(periods), Ok(percent)) if periods > 0 && percent.is_finite() && percent >= 0.0 => {
            Ok(Frozen { periods, tolerance: percent / 100.0 })
        }
        _ => Err("give a number of periods and, if they may change a little, percent, e.g. 2 or 2:10".to_owned()),
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    let units = [("ms", 1e-3), ("s", 1.0), ("min", 60.0), ("m", 60.0), ("h", 3600.0)];
    let (number, unit_s) =
        units.iter().find_map(|(unit, seconds)| text.strip_suffix(unit).map(|number| (number, *seconds))).unwrap_or((text, 1.0));
    match number.trim().parse::<f64>() {
        Ok(count) if count.is_finite() && count > 0.0 => Ok(count * unit_s),
        _ => Err("give a time above zero, e.g. 10s, 2m or 500ms".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_carry_their_unit() {
        for (text, expected) in [("10s", 10.0), ("10", 10.0), ("500ms", 0.5), ("2m", 120.0), ("2 min", 120.0), ("1h", 3600.0)] {
            assert_eq!(seconds(text), Ok(expected), "{text}");
        }
        for text in ["", "-1s", "0", "soon", "NaN", "inf"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn frozen_windows_may_have_a_tolerance() {
        for (text, periods, tolerance) in [("2", 2, 0.0), ("3:10", 3, 0.1), ("1:12.5%", 1, 0.125)] {
            assert_eq!(frozen(text), Ok(Frozen { periods, tolerance }), "{text}");
        }
        for text in ["", "0", "-1", "2:", "2:-5", "2:NaN", "two"] {
            assert!(frozen(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_command_line_is_well_formed() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }
}
