//! The same without windows, by the client in the terminal with a keyring of
//! its own.

use std::process::Command;

use chrono::Duration;
use engine::{Clock as _, SystemClock};
use exchange_sim::world::details::Details;
use scenarios::{
    hybrid::{programs::Programs, typing},
    stage::ZONE,
    terminal::{self, Home, Outcome, Secrets},
};

use crate::USERS;

/// Everybody adds a device; each sees the own meetings, and a new one comes by
/// itself.
pub(crate) async fn run(programs: &Programs) -> Result<(), String> {
    let mut homes = Vec::new();
    for user in USERS {
        let home = Home::new(Secrets::Working)?;
        let title = format!("Only {user} knows");
        add_meeting(programs, user, &title)?;
        add_account(programs, &home, user).await?;
        homes.push((home, title));
    }
    for (at, (home, title)) in homes.iter().enumerate() {
        until_listed(home, title).await?;
        let agenda = agenda(home).await?;
        for (other, (_, foreign)) in homes.iter().enumerate() {
            if other != at && agenda.contains(foreign) {
                return Err(format!("{} sees a meeting of another user", USERS[at]));
            }
        }
        println!("{}: sees its own meetings and nothing else", USERS[at]);
    }
    let (home, _) = &homes[0];
    add_meeting(programs, USERS[0], "Made a moment ago")?;
    until_listed(home, "Made a moment ago").await?;
    println!("{}: a new meeting has come", USERS[0]);
    let (user, who) = (USERS[1], USERS[0]);
    let availability = command(&homes[1].0, &["availability", who]).await;
    if availability.code != 0 {
        return Err(availability.err.trim().to_owned());
    }
    println!("{user}: has asked when {who} has time");
    Ok(())
}

fn add_meeting(programs: &Programs, user: &str, title: &str) -> Result<(), String> {
    let start = SystemClock.now() + Duration::hours(2);
    let details = Details::new(title, start, start + Duration::minutes(30), ZONE);
    let added = programs.exchange.world(|world| world.add(user, details));
    added.map(drop).map_err(|error| error.to_string())
}

async fn add_account(programs: &Programs, home: &Home, user: &str) -> Result<(), String> {
    let ca = programs.ca_file().display().to_string();
    let url = programs.url().as_str();
    let add = [
        "account",
        "add",
        "--service",
        url,
        "--email",
        user,
        "--ca",
        &ca,
    ];
    let added = typing::run(home.command(&add), || programs.code_of(user)).await;
    if added.code != 0 {
        return Err(added.err.trim().to_owned());
    }
    println!("{}", added.out.lines().last().unwrap_or_default());
    Ok(())
}

async fn command(home: &Home, arguments: &[&str]) -> Outcome {
    let command: Command = home.command(arguments);
    let run = tokio::task::spawn_blocking(move || terminal::run(command, "")).await;
    run.unwrap_or_else(|error| Outcome {
        code: -1,
        out: String::new(),
        err: error.to_string(),
    })
}

async fn agenda(home: &Home) -> Result<String, String> {
    let agenda = command(home, &["agenda"]).await;
    match agenda.code {
        0 => Ok(agenda.out),
        _ => Err(agenda.err.trim().to_owned()),
    }
}

/// The connector may need a moment for what has changed.
async fn until_listed(home: &Home, title: &str) -> Result<(), String> {
    let end = SystemClock.now() + Duration::seconds(30);
    loop {
        let listed = agenda(home).await;
        if listed.as_ref().is_ok_and(|listed| listed.contains(title)) {
            return Ok(());
        }
        if SystemClock.now() > end {
            listed?;
            return Err(format!("“{title}” does not come"));
        }
        let next = SystemClock.now() + Duration::milliseconds(200);
        SystemClock.wait_until(next).await;
    }
}
