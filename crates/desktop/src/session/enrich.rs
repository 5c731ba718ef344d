//! Join details for the user's own meetings that ask for them by a keyword,
//! without a running session.

use calendar::{Window, keyword::block};
use engine::exchange::{Enriched, Mode, Told, WriteBack};
use uuid::Uuid;

use super::{Session, setup::Setup, unlock};
use crate::{
    problem::{Seat, Trouble},
    screen::Surroundings,
    settings::Settings,
    view::Problem,
    words::Language,
};

/// What came of the keywords in all accounts.
#[derive(Debug)]
pub struct Enrichment {
    /// How it is worded.
    pub surroundings: Surroundings,
    /// Whether an account is set up at all.
    pub has_account: bool,
    /// The meetings with a keyword, account by account.
    pub meetings: Vec<Enriched>,
    /// The first account that could not be looked at, and why.
    pub problem: Option<Problem>,
}

impl Session {
    /// Looks at the meetings that are kept, from now on, and writes join
    /// details where a keyword asks for them; `Mode::Show` writes nothing.
    pub async fn enrich(setup: Setup, mode: Mode) -> Enrichment {
        let (settings, _) = setup.folder.settings();
        let how = write_back(&settings, &setup.locale);
        let zone = (setup.zone)();
        let surroundings = Surroundings::new(settings, &setup.locale, zone);
        let mut found = Enrichment {
            surroundings,
            has_account: false,
            meetings: Vec::new(),
            problem: None,
        };
        let accounts = match setup.folder.accounts() {
            Ok(accounts) => accounts.list,
            Err(trouble) => {
                found.trouble(&trouble.into());
                return found;
            }
        };
        found.has_account = !accounts.is_empty();
        let now = setup.clock.now();
        let window = Window {
            start: now,
            ..Window::around(now, zone)
        };
        for account in accounts {
            let secret = match unlock::secret(&setup.keyring, &account).await {
                Ok(secret) => secret,
                Err(trouble) => {
                    found.trouble(&trouble);
                    // A keyring in trouble is not asked again.
                    if matches!(trouble, Trouble::Keyring(_)) {
                        break;
                    }
                    continue;
                }
            };
            let outcome = setup
                .servers
                .enrich(&account, &secret, &how, (window, zone), mode)
                .await;
            match outcome {
                Ok(meetings) => found.meetings.extend(meetings),
                Err(trouble) => {
                    found.trouble(&Trouble::Server(Seat::from(&account), trouble));
                }
            }
        }
        found
    }
}

impl Enrichment {
    fn trouble(&mut self, trouble: &Trouble) {
        let problem = trouble.problem(&self.surroundings.words);
        self.problem.get_or_insert(problem);
    }
}

/// How keywords become join details, as the settings say.
pub(super) fn write_back(settings: &Settings, locale: &str) -> WriteBack {
    let language = settings
        .appearance
        .language
        .unwrap_or_else(|| Language::of_locale(locale));
    WriteBack {
        rooms: settings.keywords.rooms.clone(),
        told: if settings.keywords.tell_attendees {
            Told::Attendees
        } else {
            Told::Nobody
        },
        language: block::Language::of_culture(language.code()),
        token: || Uuid::new_v4().simple().to_string(),
    }
}
