//! `join`: the link of one meeting, through the one gate.

use calendar::JoinLink;
use desktop::{
    Shell,
    board::{Board, Entry},
    opener,
    screen::Scene,
    session::Setup,
    words::Words,
};

use crate::{
    arguments::JoinArguments,
    exit::Failure,
    list::{Look, look},
    print,
    shell::TerminalShell,
    text::plain,
};

/// Nothing to join, or no such meeting (docs/cli.md).
const NOTHING: u8 = 8;
/// The link is not opened (docs/cli.md).
const REFUSED: u8 = 9;

pub(crate) async fn run(arguments: JoinArguments, setup: Setup) -> Result<(), Failure> {
    let look = look(setup, arguments.offline).await?;
    // A list that could not be brought up to date may still hold the link;
    // what failed is told only when it does not.
    let chosen = choose(arguments.meeting.as_deref(), &look);
    let link = match (chosen, look.failure()) {
        (Ok(link), _) => link,
        (Err(_), Some(failure)) | (Err(failure), None) => return Err(failure),
    };
    let words = &look.report.surroundings.words;
    let settings = &look.report.surroundings.settings.join;
    let address = opener::for_joining(link, settings)
        .map_err(|_| failure(words, REFUSED, "problem-link-refused", link.host.as_str()))?;
    if arguments.print {
        return print(&format!("{address}\n"));
    }
    TerminalShell
        .open(address)
        .map_err(|_| failure(words, 1, "problem-open-failed", link.host.as_str()))?;
    let said = words.with("joining", [("host", link.host.as_str().into())]);
    print(&format!("{}\n", plain(&said)))
}

fn choose<'a>(written: Option<&str>, look: &'a Look) -> Result<&'a JoinLink, Failure> {
    let board = look.report.board.as_ref();
    let scene = look.scene();
    let words = &look.report.surroundings.words;
    let Some(written) = written else {
        let current = scene.current(&board.entries);
        let with_link = current
            .into_iter()
            .find(|entry| entry.meeting.join.best().is_some());
        let entry = with_link.ok_or_else(|| Failure {
            code: NOTHING,
            sentence: words.text("problem-not-joinable-now"),
        })?;
        return obvious(entry, &scene);
    };
    if let Some(entry) = board.find(written) {
        // Who names the id has seen the host.
        return entry.meeting.join.best().ok_or_else(|| Failure {
            code: NOTHING,
            sentence: words.text("problem-no-link"),
        });
    }
    obvious(by_title(written, board, &scene)?, &scene)
}

/// The next meeting whose title begins as written; of a series its next
/// occurrence.
fn by_title<'a>(written: &str, board: &'a Board, scene: &Scene<'_>) -> Result<&'a Entry, Failure> {
    let beginning = written.to_lowercase();
    let mut matching = board.entries.iter().filter(|entry| {
        entry.stands()
            && entry.meeting.span.end(scene.zone) > scene.now
            && entry.meeting.join.best().is_some()
            && entry.meeting.title.to_lowercase().starts_with(&beginning)
    });
    let Some(first) = matching.next() else {
        let sentence = scene
            .words
            .with("problem-no-such-title", [("written", written.into())]);
        return Err(Failure {
            code: NOTHING,
            sentence,
        });
    };
    if matching.any(|other| other.meeting.title != first.meeting.title) {
        let sentence = scene
            .words
            .with("problem-ambiguous", [("written", written.into())]);
        return Err(Failure {
            code: NOTHING,
            sentence,
        });
    }
    Ok(first)
}

/// The link of a meeting that has one only, to a known service.
fn obvious<'a>(entry: &'a Entry, scene: &Scene<'_>) -> Result<&'a JoinLink, Failure> {
    let joins = scene.joins(&entry.meeting.join);
    match (joins.as_slice(), entry.meeting.join.best()) {
        ([join], Some(link)) if join.known => Ok(link),
        ([join], _) => Err(failure(
            scene.words,
            REFUSED,
            "problem-unknown-host",
            join.host.as_str(),
        )),
        _ => {
            let hosts: Vec<&str> = joins.iter().map(|join| join.host.as_str()).collect();
            let hosts = hosts.join(", ");
            let sentence = scene
                .words
                .with("problem-several-links", [("hosts", hosts.as_str().into())]);
            Err(Failure {
                code: REFUSED,
                sentence,
            })
        }
    }
}

fn failure(words: &Words, code: u8, key: &str, host: &str) -> Failure {
    Failure {
        code,
        sentence: words.with(key, [("host", host.into())]),
    }
}
