//! The command line.

use std::path::PathBuf;

use chrono::{NaiveDate, NaiveDateTime};
use clap::{Args, Parser, Subcommand, builder::NonEmptyStringValueParser};

/// Your meetings in the terminal.
#[derive(Debug, Parser)]
#[command(name = "joinbell-cli", version, about, max_term_width = 100)]
pub(crate) struct Arguments {
    /// Folder with Joinbell's data, in place of the system's or of
    /// $JOINBELL_DATA_DIR
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Read the passphrase from standard input, also on a terminal; before a
    /// password, which then is on the next line
    #[arg(long, global = true)]
    pub(crate) passphrase_stdin: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Add, list and remove accounts
    #[command(subcommand)]
    Account(AccountCommand),
    /// Keep passwords and keys under a passphrase where there is no keyring
    #[command(subcommand)]
    Passphrase(PassphraseCommand),
    /// List the coming meetings
    Agenda(AgendaArguments),
    /// Show the meeting that is on or comes next
    Next(NextArguments),
    /// Stay, and print what changes as it changes
    Watch(WatchArguments),
    /// Look for what keeps an account from connecting, step by step
    Doctor(DoctorArguments),
    /// Open a meeting's link: that of the meeting that is on or comes next,
    /// or of the one named
    Join(JoinArguments),
    /// Write join details into your meetings whose location asks for them by
    /// a keyword such as @webex or @meet
    Enrich(EnrichArguments),
    /// Show when people and rooms have time, and which times suit
    Availability(AvailabilityArguments),
    /// Make a meeting and invite people and rooms to it
    Schedule(ScheduleArguments),
}

#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Set an account up; asks for the password, where one is needed
    Add(AddArguments),
    /// List the accounts
    List,
    /// Forget an account, its password and its meetings
    Remove {
        /// The account's id, as `account list` prints it
        id: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum PassphraseCommand {
    /// Choose it; asks for it twice
    Choose,
    /// Do without it, and without the passwords and stored meetings that it
    /// closes
    Forget,
}

#[derive(Debug, Args)]
pub(crate) struct AddArguments {
    /// E-mail address of the mailbox, by which its server is found
    #[arg(long, value_name = "EMAIL")]
    pub(crate) email: Option<String>,
    /// Address of your organisation's hybrid service, in place of an Exchange
    /// server; asks for a code which then is in your calendar
    #[arg(
        long,
        value_name = "URL",
        requires = "email",
        conflicts_with_all = ["server", "user", "allow_basic", "trust", "password_stdin"]
    )]
    pub(crate) service: Option<String>,
    /// Address of the EWS endpoint; a host name will do. Left out, it is found
    /// by the e-mail address, or by the user name where that is one
    #[arg(long, value_name = "URL")]
    pub(crate) server: Option<String>,
    /// User name as the server knows it; the e-mail address when left out
    #[arg(
        long,
        value_name = "NAME",
        required_unless_present = "email",
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub(crate) user: Option<String>,
    /// PEM file with your organisation's own certificate authority
    #[arg(long = "ca", value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Send the password itself (Basic, over TLS) where the server offers no
    /// NTLM, which only proves it
    #[arg(long)]
    pub(crate) allow_basic: bool,
    /// Sign in with the Kerberos ticket of whoever is logged in to this
    /// computer, without a password
    #[arg(long, conflicts_with_all = ["allow_basic", "password_stdin"])]
    pub(crate) kerberos: bool,
    /// Sign in in the browser (OAuth 2.0), as the client that your
    /// administrator has registered Joinbell as
    #[arg(
        long,
        value_name = "CLIENT-ID",
        value_parser = NonEmptyStringValueParser::new(),
        conflicts_with_all = ["kerberos", "allow_basic", "password_stdin"]
    )]
    pub(crate) oauth: Option<String>,
    /// Where people sign in, https://…/oauth2/authorize. Left out, the server
    /// names it
    #[arg(long, value_name = "URL", requires = "oauth")]
    pub(crate) authority: Option<String>,
    /// A server outside the address's domain that your administrator has
    /// confirmed; may be given several times
    #[arg(long, value_name = "HOST[:PORT]", conflicts_with = "server")]
    pub(crate) trust: Vec<String>,
    /// Read the password from standard input, also on a terminal
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of the command line"
)]
pub(crate) struct DoctorArguments {
    /// E-mail address of the mailbox
    #[arg(value_name = "EMAIL")]
    pub(crate) address: String,
    /// Address of the EWS endpoint; a host name will do. Left out, it is found
    /// by the e-mail address, unless an account of that address reads from a
    /// hybrid service
    #[arg(long, value_name = "URL")]
    pub(crate) server: Option<String>,
    /// Address of your organisation's hybrid service, in place of a server
    #[arg(
        long,
        value_name = "URL",
        conflicts_with_all = ["server", "user", "allow_basic", "kerberos", "trust", "password_stdin"]
    )]
    pub(crate) service: Option<String>,
    /// User name as the server knows it; the e-mail address when left out
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Option<String>,
    /// PEM file with your organisation's own certificate authority
    #[arg(long = "ca", value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Send the password itself (Basic, over TLS) where the server offers no
    /// NTLM, which only proves it
    #[arg(long)]
    pub(crate) allow_basic: bool,
    /// Sign in with the Kerberos ticket of whoever is logged in to this
    /// computer, without a password
    #[arg(long, conflicts_with_all = ["allow_basic", "password_stdin"])]
    pub(crate) kerberos: bool,
    /// A server outside the address's domain that your administrator has
    /// confirmed; may be given several times
    #[arg(long, value_name = "HOST[:PORT]")]
    pub(crate) trust: Vec<String>,
    /// Read the password from standard input, also on a terminal
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// Print JSON (docs/cli.md)
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct AgendaArguments {
    /// How many days, today counted
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=32))]
    pub(crate) days: u16,
    /// Show what is stored and ask no server
    #[arg(long)]
    pub(crate) offline: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct NextArguments {
    /// Show what is stored and ask no server
    #[arg(long)]
    pub(crate) offline: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct WatchArguments {
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct JoinArguments {
    /// The meeting's id as the JSON has it, or the beginning of its title
    pub(crate) meeting: Option<String>,
    /// Print the address in place of opening it
    #[arg(long)]
    pub(crate) print: bool,
    /// Ask no server for changes first
    #[arg(long)]
    pub(crate) offline: bool,
}

#[derive(Debug, Args)]
pub(crate) struct EnrichArguments {
    /// Show what would be written, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct AvailabilityArguments {
    #[command(flatten)]
    pub(crate) question: Question,
    /// Print JSON (docs/cli.md)
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ScheduleArguments {
    /// Title of the meeting
    #[arg(long, value_name = "TEXT")]
    pub(crate) title: String,
    /// When it begins, by the clock here; left out, the best time is taken
    #[arg(long, value_name = "YYYY-MM-DDTHH:MM")]
    pub(crate) start: Option<NaiveDateTime>,
    /// Message to those who are invited
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) message: String,
    /// Meet in the room that a keyword of the settings stands for, for example
    /// @webex; `none` for no room. Left out, the first that the settings have
    #[arg(long, value_name = "KEYWORD", conflicts_with = "link")]
    pub(crate) meet: Option<String>,
    /// Meet at a link of your own
    #[arg(long, value_name = "URL")]
    pub(crate) link: Option<String>,
    #[command(flatten)]
    pub(crate) question: Question,
    /// Print JSON (docs/cli.md)
    #[arg(long)]
    pub(crate) json: bool,
}

/// Who is asked, and when it may be.
#[derive(Debug, Args)]
pub(crate) struct Question {
    /// People who have to be there, by address or name
    #[arg(value_name = "EMAIL")]
    pub(crate) required: Vec<String>,
    /// People who may be there
    #[arg(long, value_name = "EMAIL")]
    pub(crate) optional: Vec<String>,
    /// Rooms
    #[arg(long, value_name = "EMAIL")]
    pub(crate) room: Vec<String>,
    /// Length in minutes
    #[arg(long, value_name = "MINUTES", default_value_t = 30, value_parser = clap::value_parser!(u16).range(5..=1440))]
    pub(crate) length: u16,
    /// First day that is looked at; today when left out
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) from: Option<NaiveDate>,
    /// How many days are looked at
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=31))]
    pub(crate) days: u16,
}

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Output {
    /// Print JSON (docs/cli.md)
    #[arg(long)]
    pub(crate) json: bool,
    /// Give the content of private meetings in the JSON as well
    #[arg(long, requires = "json")]
    pub(crate) private: bool,
}
