//! The tray as data.

use calendar::meeting::ShowAs;
use chrono::{DateTime, Duration, Utc};

use super::{
    agenda::presence_of,
    scene::{Scene, side_by_side},
};
use crate::{
    board::{Board, Entry},
    view::{PresenceKind, Stage, SyncState, TrayAction, TrayEntry, TrayIcon, TrayView},
};

/// How many of today's coming meetings the menu lists.
const MENU_MEETINGS_MAX: usize = 5;
/// A title in the menu longer than this is cut, in characters.
const MENU_TITLE_CHARS_MAX: usize = 48;
/// Up to this many minutes before the start the tray counts down in its title.
const COUNTDOWN_MINUTES_MAX: i64 = 60;

/// How reminders fare.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bell {
    /// Reminders wait for an answer.
    pub waiting: bool,
    /// Until when nothing rings.
    pub muted_until: Option<DateTime<Utc>>,
}

/// The tray at the scene's moment.
pub fn tray(board: &Board, bell: Bell, scene: &Scene<'_>) -> TrayView {
    let current = scene.current(&board.entries);
    let first = current.first().copied();
    TrayView {
        icon: icon(board, &current, bell, scene),
        tooltip: tooltip(board, first, bell, scene),
        title: first
            .map(|entry| countdown(entry, scene))
            .unwrap_or_default(),
        menu: menu(board, &current, bell, scene),
        middle_click: current.iter().find_map(|entry| join(entry, scene)),
    }
}

fn icon(board: &Board, current: &[&Entry], bell: Bell, scene: &Scene<'_>) -> TrayIcon {
    if board.freshness.state == SyncState::NeedsSignIn || !board.has_account {
        return TrayIcon::NeedsSignIn;
    }
    let lead = Duration::minutes(i64::from(scene.settings.reminders.minutes_before));
    // Who is away is in no meeting, and not about to be.
    let away = |entry: &&&Entry| entry.meeting.show_as == ShowAs::OutOfOffice;
    if let Some(entry) = current.iter().find(|entry| !away(entry)) {
        let start = entry.meeting.span.start(scene.zone);
        if start <= scene.now {
            return TrayIcon::Now;
        }
        if start - lead <= scene.now {
            return TrayIcon::Soon;
        }
    }
    if bell.muted_until.is_some() {
        return TrayIcon::Muted;
    }
    if let Some(chip) = presence_of(board, scene)
        && chip.kind == PresenceKind::OutOfOffice
    {
        return TrayIcon::OutOfOffice;
    }
    match board.freshness.state {
        SyncState::Offline | SyncState::Failed => TrayIcon::Offline,
        SyncState::UpToDate | SyncState::Updating | SyncState::NeedsSignIn => TrayIcon::Idle,
    }
}

fn tooltip(board: &Board, first: Option<&Entry>, bell: Bell, scene: &Scene<'_>) -> String {
    let meeting = first.map_or_else(
        || scene.words.text("tray-no-meetings"),
        |entry| {
            let start = entry.meeting.span.start(scene.zone);
            side_by_side([scene.when(start), scene.public_title(&entry.meeting)])
        },
    );
    let sync = match board.freshness.state {
        SyncState::UpToDate | SyncState::Updating => String::new(),
        _ => scene.sync(board.freshness).text,
    };
    let muted = bell
        .muted_until
        .map(|until| muted(until, scene))
        .unwrap_or_default();
    side_by_side([meeting, away(board, scene), muted, sync])
}

/// That the user is out of office, and until when; empty otherwise.
fn away(board: &Board, scene: &Scene<'_>) -> String {
    match presence_of(board, scene) {
        Some(chip) if chip.kind == PresenceKind::OutOfOffice => {
            format!("{} {}", chip.text, chip.until)
                .trim_end()
                .to_owned()
        }
        _ => String::new(),
    }
}

fn muted(until: DateTime<Utc>, scene: &Scene<'_>) -> String {
    let time = scene.time(until);
    scene
        .words
        .with("tray-muted-until", [("time", time.into())])
}

/// Minutes to the start within the hour before it. Without the title: the
/// panel is on screen when the screen is shared.
fn countdown(entry: &Entry, scene: &Scene<'_>) -> String {
    let start = entry.meeting.span.start(scene.zone);
    let minutes = scene.minutes_until(start);
    if scene.stage(start) == Stage::Before && minutes <= COUNTDOWN_MINUTES_MAX {
        scene
            .words
            .with("minutes-short", [("minutes", minutes.into())])
    } else {
        String::new()
    }
}

fn menu(board: &Board, current: &[&Entry], bell: Bell, scene: &Scene<'_>) -> Vec<TrayEntry> {
    let words = scene.words;
    let item = |text: String, action| TrayEntry::Item { text, action };
    let mut menu = Vec::new();
    if bell.waiting {
        menu.push(item(words.text("tray-show-ring"), TrayAction::ShowRing));
    }
    for entry in current {
        if let Some(action) = join(entry, scene) {
            let title = shortened(scene.public_title(&entry.meeting));
            menu.push(item(
                words.with("tray-join", [("title", title.into())]),
                action,
            ));
        }
    }
    if let Some(TrayAction::Join {
        meeting,
        index,
        host,
    }) = current.iter().find_map(|entry| join(entry, scene))
    {
        menu.push(item(
            words.text("tray-copy-link"),
            TrayAction::CopyLink {
                meeting,
                index,
                host,
            },
        ));
    }
    if !menu.is_empty() {
        menu.push(TrayEntry::Separator);
    }
    if board.has_account {
        let before = menu.len();
        menu.extend(today(board, scene));
        if menu.len() == before {
            menu.push(TrayEntry::Note {
                text: words.text("tray-no-meetings"),
            });
        }
        menu.push(TrayEntry::Separator);
        menu.push(item(words.text("tray-open"), TrayAction::OpenAgenda));
        menu.push(item(words.text("tray-new-meeting"), TrayAction::NewMeeting));
        menu.push(item(words.text("tray-meet-now"), TrayAction::MeetNow));
        menu.push(item(words.text("tray-refresh"), TrayAction::Refresh));
    } else {
        menu.push(item(words.text("tray-add-account"), TrayAction::AddAccount));
    }
    menu.push(TrayEntry::Separator);
    match bell.muted_until {
        None => menu.push(item(words.text("tray-mute"), TrayAction::Mute)),
        Some(until) => {
            menu.push(TrayEntry::Note {
                text: muted(until, scene),
            });
            menu.push(item(words.text("tray-unmute"), TrayAction::Unmute));
        }
    }
    menu.push(item(words.text("tray-settings"), TrayAction::OpenSettings));
    menu.push(TrayEntry::Separator);
    menu.push(item(words.text("tray-quit"), TrayAction::Quit));
    menu
}

/// What is left of today, by start.
fn today<'a>(board: &'a Board, scene: &'a Scene<'_>) -> impl Iterator<Item = TrayEntry> + 'a {
    board
        .entries
        .iter()
        .filter(|entry| {
            let span = entry.meeting.span;
            entry.stands()
                && !span.is_all_day()
                && span.end(scene.zone) > scene.now
                && scene.date_of(span.start(scene.zone)) <= scene.today()
        })
        .take(MENU_MEETINGS_MAX)
        .map(|entry| {
            let when = scene.time(entry.meeting.span.start(scene.zone));
            let title = shortened(scene.public_title(&entry.meeting));
            TrayEntry::Item {
                text: scene.words.with(
                    "tray-meeting",
                    [("when", when.into()), ("title", title.into())],
                ),
                action: TrayAction::ShowMeeting {
                    meeting: entry.id(),
                },
            }
        })
}

/// Joining from the tray takes an obvious link: one, to a known service.
fn join(entry: &Entry, scene: &Scene<'_>) -> Option<TrayAction> {
    match scene.joins(&entry.meeting.join).as_slice() {
        [join] if join.known => Some(TrayAction::Join {
            meeting: entry.id(),
            index: join.index,
            host: join.host.clone(),
        }),
        _ => None,
    }
}

fn shortened(title: String) -> String {
    match title.char_indices().nth(MENU_TITLE_CHARS_MAX) {
        Some((cut, _)) => format!("{}…", title.get(..cut).unwrap_or_default().trim_end()),
        None => title,
    }
}
