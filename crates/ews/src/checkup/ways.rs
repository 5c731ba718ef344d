//! The ways to sign in that a server offers, as people name them.

use super::By;
use crate::transport::{Basic, Knocked, TICKETS};

/// A way to sign in that Joinbell knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignInBy {
    /// The password is proven by NTLM.
    Ntlm,
    /// A Kerberos ticket.
    Kerberos,
    /// A token: somebody signs in in the browser.
    Token,
    /// The password itself.
    Basic,
}

impl SignInBy {
    /// What somebody could sign in by, the usual way first. Basic counts only
    /// where there is nothing better, as it is used.
    pub fn offered(knocked: &Knocked) -> Vec<Self> {
        let better = [
            (Self::Ntlm, offers_ntlm(knocked)),
            (Self::Kerberos, TICKETS && knocked.offers("Negotiate")),
            (Self::Token, knocked.offers("Bearer")),
        ];
        let mut ways: Vec<Self> = better
            .into_iter()
            .filter_map(|(way, is_offered)| is_offered.then_some(way))
            .collect();
        if ways.is_empty() && knocked.offers("Basic") {
            ways.push(Self::Basic);
        }
        ways
    }

    /// What somebody who is proven by `by` will sign in by; `None` where the
    /// server offers nothing for that.
    pub fn taken(knocked: &Knocked, by: By) -> Option<Self> {
        let (way, is_offered) = match by {
            By::Ticket => (Self::Kerberos, knocked.offers("Negotiate")),
            By::Tokens => (Self::Token, knocked.offers("Bearer")),
            By::Password(_) if offers_ntlm(knocked) => (Self::Ntlm, true),
            By::Password(Basic::Allowed) => (Self::Basic, knocked.offers("Basic")),
            By::Password(Basic::Refused) => return None,
        };
        is_offered.then_some(way)
    }
}

/// Windows takes NTLM's messages under either name.
fn offers_ntlm(knocked: &Knocked) -> bool {
    knocked.offers("NTLM") || knocked.offers("Negotiate")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn knocked(offers: &[&str]) -> Knocked {
        Knocked {
            status: 401,
            offers: offers.iter().map(|offer| (*offer).to_owned()).collect(),
            certificate: None,
        }
    }

    #[rstest]
    #[case(&["NTLM"], &[SignInBy::Ntlm])]
    #[case(&["Basic", "ntlm"], &[SignInBy::Ntlm])]
    #[case(&["Basic", "Bearer"], &[SignInBy::Token])]
    #[case(&["basic"], &[SignInBy::Basic])]
    #[case(&["Digest"], &[])]
    fn basic_is_named_where_there_is_nothing_better(
        #[case] offers: &[&str],
        #[case] ways: &[SignInBy],
    ) {
        assert_eq!(SignInBy::offered(&knocked(offers)), ways);
    }

    #[test]
    fn tickets_are_named_by_a_program_that_can_use_them() {
        let ways = SignInBy::offered(&knocked(&["Negotiate"]));
        assert_eq!(ways.contains(&SignInBy::Kerberos), TICKETS);
        assert!(ways.contains(&SignInBy::Ntlm));
    }

    #[rstest]
    #[case(&["Negotiate"], By::Password(Basic::Refused), Some(SignInBy::Ntlm))]
    #[case(&["Basic", "NTLM"], By::Password(Basic::Allowed), Some(SignInBy::Ntlm))]
    #[case(&["Basic"], By::Password(Basic::Allowed), Some(SignInBy::Basic))]
    #[case(&["Basic"], By::Password(Basic::Refused), None)]
    #[case(&["Negotiate", "NTLM"], By::Ticket, Some(SignInBy::Kerberos))]
    #[case(&["NTLM"], By::Ticket, None)]
    #[case(&["Bearer", "NTLM"], By::Tokens, Some(SignInBy::Token))]
    #[case(&["NTLM"], By::Tokens, None)]
    fn what_is_used_follows_from_what_the_user_is_proven_by(
        #[case] offers: &[&str],
        #[case] by: By,
        #[case] way: Option<SignInBy>,
    ) {
        assert_eq!(SignInBy::taken(&knocked(offers), by), way);
    }
}
