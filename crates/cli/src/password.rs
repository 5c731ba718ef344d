//! Where the password comes from: the terminal or standard input, never the
//! command line and never the environment.

use std::io::{self, BufRead, IsTerminal};

use crate::exit::Failure;

/// Longest password that is read, in bytes.
const LENGTH_MAX: u64 = 4_096;

/// Asks on the terminal without echo; reads the first line of standard input
/// where that is no terminal, or `from_stdin` says so.
pub(crate) fn ask(prompt: &str, from_stdin: bool) -> Result<String, Failure> {
    let read = if !from_stdin && io::stdin().is_terminal() {
        rpassword::prompt_password(format!("{prompt}: "))
    } else {
        first_line(io::stdin().lock())
    };
    read.map_err(|error| Failure::other(format!("The password cannot be read: {error}.")))
}

/// The first line without its end; passwords may begin and end with blanks.
fn first_line(input: impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    input.take(LENGTH_MAX).read_line(&mut line)?;
    let password = line.strip_suffix('\n').unwrap_or(&line);
    Ok(password.strip_suffix('\r').unwrap_or(password).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_keeps_its_blanks_and_loses_its_line_end() {
        assert_eq!(first_line(&b" se cret \r\nnext"[..]).unwrap(), " se cret ");
        assert_eq!(first_line(&b"secret"[..]).unwrap(), "secret");
        assert_eq!(first_line(&b""[..]).unwrap(), "");
    }
}
