//! The command line.

use clap::Parser;

/// Rings with a Join button for meetings on Microsoft Exchange.
#[derive(Debug, Clone, Default, PartialEq, Eq, Parser)]
#[command(name = "joinbell", version)]
pub(crate) struct Arguments {
    /// Shows a made-up day: a simulated Exchange runs inside the program.
    /// Nothing is read from or written to your own accounts.
    #[arg(long)]
    pub(crate) demo: bool,

    /// Starts in the tray, without a window.
    #[arg(long)]
    pub(crate) hidden: bool,

    /// A link of the form joinbell://agenda, as other programs hand it over.
    #[arg(value_name = "LINK")]
    pub(crate) link: Option<String>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_second_start_with_an_unknown_option_is_no_crash() {
        assert!(Arguments::try_parse_from(["joinbell", "--unknown"]).is_err());
    }
}
