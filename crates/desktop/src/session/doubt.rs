//! A host of no known service is opened at a second press only, which comes
//! after the user was told its name (SR-32). Whichever window shows a button:
//! the first press was answered here, or there was none.

use calendar::JoinLink;
use chrono::{DateTime, Duration, Utc};

/// What comes sooner is the other half of a double click.
const SOONEST: Duration = Duration::milliseconds(400);
/// For so long what was told is taken to be in sight.
const LATEST: Duration = Duration::seconds(30);

/// Which press it is, as whoever passes it on has shown it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Press {
    /// The button said "Join".
    First,
    /// The button asked whether to open the link all the same.
    Second,
}

/// The link whose host the user was told last.
#[derive(Debug, Default)]
pub(super) struct Doubt(Option<Told>);

#[derive(Debug)]
struct Told {
    meeting: String,
    link: JoinLink,
    at: DateTime<Utc>,
}

impl Doubt {
    /// Whether a press opens the link. Where it does not, the host has to be
    /// told, and the next press may; each is told and opened once.
    pub(super) fn is_settled(
        &mut self,
        meeting: &str,
        link: &JoinLink,
        press: Press,
        now: DateTime<Utc>,
    ) -> bool {
        if link.is_known() {
            return true;
        }
        let told = self.0.take();
        let told = told
            .filter(|told| press == Press::Second && told.meeting == meeting && told.link == *link);
        let since = told.as_ref().map(|told| now - told.at);
        match since {
            Some(since) if (SOONEST..=LATEST).contains(&since) => true,
            // The moment that counts stays that of the first of the two.
            Some(since) if (Duration::zero()..SOONEST).contains(&since) => {
                self.0 = told;
                false
            }
            _ => {
                self.0 = Some(Told {
                    meeting: meeting.to_owned(),
                    link: link.clone(),
                    at: now,
                });
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn link(provider: &str, host: &str) -> JoinLink {
        JoinLink {
            url: format!("https://{host}/j/1").parse().unwrap(),
            provider: provider.to_owned(),
            host: host.to_owned(),
            app: None,
        }
    }

    fn stranger() -> JoinLink {
        link("meet-now.example.net", "meet-now.example.net")
    }

    fn after(milliseconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + Duration::milliseconds(1_000_000 + milliseconds)
    }

    #[test]
    fn sr_32_a_known_service_is_opened_at_the_first_press() {
        let webex = link("Webex", "acme.webex.com");
        assert!(Doubt::default().is_settled("a", &webex, Press::First, after(0)));
    }

    #[rstest]
    #[case::half_a_double_click(300, false)]
    #[case::at_once_after_it(400, true)]
    #[case::when_it_was_read(30_000, true)]
    #[case::when_it_is_forgotten(30_001, false)]
    #[case::by_a_clock_that_was_set_back(-1, false)]
    fn sr_32_the_second_press_comes_when_the_host_was_read(
        #[case] milliseconds: i64,
        #[case] settled: bool,
    ) {
        let mut doubt = Doubt::default();
        assert!(!doubt.is_settled("a", &stranger(), Press::First, after(0)));
        let second = doubt.is_settled("a", &stranger(), Press::Second, after(milliseconds));
        assert_eq!(second, settled);
    }

    #[rstest]
    #[case::that_says_join("a", stranger(), Press::First)]
    #[case::on_another_meeting("b", stranger(), Press::Second)]
    #[case::on_another_link("a", link("other.example", "other.example"), Press::Second)]
    fn sr_32_another_press_is_a_first_one(
        #[case] meeting: &str,
        #[case] other: JoinLink,
        #[case] press: Press,
    ) {
        let mut doubt = Doubt::default();
        assert!(!doubt.is_settled("a", &stranger(), Press::First, after(0)));
        assert!(!doubt.is_settled(meeting, &other, press, after(1_000)));
        // It was told of that one now.
        assert!(doubt.is_settled(meeting, &other, Press::Second, after(2_000)));
    }

    #[test]
    fn sr_32_each_opening_takes_its_own_two_presses() {
        let mut doubt = Doubt::default();
        assert!(!doubt.is_settled("a", &stranger(), Press::Second, after(0)));
        assert!(doubt.is_settled("a", &stranger(), Press::Second, after(1_000)));
        assert!(!doubt.is_settled("a", &stranger(), Press::Second, after(2_000)));
    }

    #[test]
    fn a_double_click_counts_from_its_first_half() {
        let mut doubt = Doubt::default();
        for (at, settled) in [(0, false), (200, false), (400, true)] {
            let press = doubt.is_settled("a", &stranger(), Press::Second, after(at));
            assert_eq!(press, settled, "{at}");
        }
    }
}
