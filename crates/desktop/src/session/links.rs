//! What is opened and copied of one meeting.

use calendar::JoinLink;
use url::Url;

use super::{doubt::Press, driver::Driver};
use crate::{
    board::Entry,
    opener::{self, Refused},
    problem::Trouble,
    reminders::Input,
    screen,
};

impl Driver {
    /// Opens a link whose host was shown as `shown` (SR-31).
    pub(super) fn join(
        &mut self,
        meeting: &str,
        index: u32,
        shown: &str,
        press: Press,
    ) -> Result<(), Trouble> {
        let board = self.state.board();
        let entry = board.find(meeting).ok_or(Trouble::MeetingGone)?;
        let settings = &self.state.surroundings.settings.join;
        let (address, link) = link(entry, index, shown, |link| {
            opener::for_joining(link, settings)
        })?;
        let now = self.setup.clock.now();
        let host = || link.host.clone();
        if !self.state.doubt.is_settled(meeting, link, press, now) {
            return Err(Trouble::UnknownHost { host: host() });
        }
        self.shell.open(address).map_err(|refused| {
            tracing::warn!(%refused, "the link is not opened");
            Trouble::OpenFailed { host: host() }
        })?;
        self.state
            .reminders
            .handle(Input::Joined(meeting.to_owned()), now);
        Ok(())
    }

    pub(super) fn copy_link(&self, meeting: &str, index: u32, shown: &str) -> Result<(), Trouble> {
        let board = self.state.board();
        let entry = board.find(meeting).ok_or(Trouble::MeetingGone)?;
        let (address, _) = link(entry, index, shown, opener::for_copying)?;
        self.shell.copy(address.as_str()).map_err(|refused| {
            tracing::warn!(%refused, "the link is not copied");
            Trouble::CopyFailed
        })
    }

    pub(super) fn running_late(&self, meeting: &str) -> Result<(), Trouble> {
        let board = self.state.board();
        let entry = board.find(meeting).ok_or(Trouble::MeetingGone)?;
        let scene = self.state.surroundings.scene(self.setup.clock.now());
        let mail = screen::running_late(&entry.meeting, &scene);
        self.shell.copy(&mail).map_err(|refused| {
            tracing::warn!(%refused, "the mail is not copied");
            Trouble::CopyFailed
        })
    }

    pub(super) fn open_web(&self, meeting: &str) -> Result<(), Trouble> {
        let board = self.state.board();
        let entry = board.find(meeting).ok_or(Trouble::MeetingGone)?;
        let address = entry.meeting.web_address.as_deref();
        let address = address.ok_or(Trouble::NoWebAddress)?;
        let host = address.host_str().unwrap_or_default().to_owned();
        let Ok((address, host)) = opener::on_the_web(address) else {
            return Err(Trouble::LinkRefused { host });
        };
        self.shell.open(address).map_err(|refused| {
            tracing::warn!(%refused, "the page is not opened");
            Trouble::OpenFailed {
                host: host.to_owned(),
            }
        })
    }
}

/// One link and its address, through the gate. A notification, a menu or a
/// window may show what the meeting had before.
fn link<'a>(
    entry: &'a Entry,
    index: u32,
    shown: &str,
    gate: impl FnOnce(&'a JoinLink) -> Result<&'a Url, Refused>,
) -> Result<(&'a Url, &'a JoinLink), Trouble> {
    let links = &entry.meeting.join.0;
    let link = usize::try_from(index)
        .ok()
        .and_then(|index| links.get(index));
    let link = link.ok_or(Trouble::NoLink)?;
    if link.host != shown {
        return Err(Trouble::LinkChanged {
            host: link.host.clone(),
        });
    }
    match gate(link) {
        Ok(address) => Ok((address, link)),
        Err(reason) => {
            tracing::warn!(%reason, "a link is refused");
            Err(Trouble::LinkRefused {
                host: link.host.clone(),
            })
        }
    }
}
