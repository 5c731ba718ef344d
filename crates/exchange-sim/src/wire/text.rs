//! Text forms of values: instants, durations, HTML and plain text.

use chrono::{DateTime, Datelike, NaiveDateTime, Offset, SecondsFormat, TimeZone, Utc};
use chrono_tz::Tz;

/// Writes an instant: `Z` for UTC, else with the zone's offset, as Exchange
/// does under a `TimeZoneContext`.
pub(crate) fn instant(at: DateTime<Utc>, zone: Tz) -> String {
    let local = at.with_timezone(&zone);
    if zone == Tz::UTC || local.offset().fix().local_minus_utc() == 0 && zone == Tz::Etc__UTC {
        at.to_rfc3339_opts(SecondsFormat::Secs, true)
    } else {
        local.to_rfc3339_opts(SecondsFormat::Secs, false)
    }
}

/// Reads a date-time; one without an offset is local time in `zone`.
pub(crate) fn read_instant(value: &str, zone: Tz) -> Option<DateTime<Utc>> {
    if let Ok(at) = DateTime::parse_from_rfc3339(value) {
        return Some(at.with_timezone(&Utc)).filter(|at| YEARS.contains(&at.year()));
    }
    let local: NaiveDateTime = value.parse().ok()?;
    YEARS.contains(&local.year()).then(|| resolve(local, zone))
}

/// Years that .NET, and so Exchange, can count.
const YEARS: std::ops::RangeInclusive<i32> = 1..=9999;

/// The instant of a wall time. A time that does not exist in spring moves
/// forward by the hour that is skipped; a double time in autumn is the first.
pub(crate) fn resolve(local: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    match zone.from_local_datetime(&local) {
        chrono::LocalResult::Single(at) | chrono::LocalResult::Ambiguous(at, _) => {
            at.with_timezone(&Utc)
        }
        chrono::LocalResult::None => {
            let before = zone
                .offset_from_utc_datetime(&(local - chrono::Duration::hours(3)))
                .fix();
            (local - before).and_utc()
        }
    }
}

/// HTML as the plain text Exchange makes of it: links keep their address in
/// angle brackets behind the text, blocks become lines.
pub(crate) fn plain(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut link: Option<String> = None;
    let mut hidden: Option<&str> = None;
    let mut rest = html;
    while let Some(begin) = rest.find('<') {
        let (before, from) = rest.split_at(begin);
        if hidden.is_none() {
            out.push_str(&entities(before));
        }
        let Some(end) = from.find('>') else {
            return out;
        };
        let tag = from.get(1..end).unwrap_or_default();
        rest = from.get(end + 1..).unwrap_or_default();
        let name: String = tag
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '/')
            .collect();
        match name.to_ascii_lowercase().as_str() {
            "style" => hidden = Some("/style"),
            "script" => hidden = Some("/script"),
            closing if hidden == Some(closing) => hidden = None,
            "a" => link = attribute(tag, "href"),
            "/a" => {
                if let Some(address) = link.take()
                    && !out.ends_with(&address)
                {
                    out.extend(["<", &address, ">"]);
                }
            }
            "br" | "br/" | "/p" | "/div" | "/tr" | "/li" | "/h1" | "/h2" => out.push_str("\r\n"),
            _ => {}
        }
    }
    if hidden.is_none() {
        out.push_str(&entities(rest));
    }
    out
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let at = tag.to_ascii_lowercase().find(&format!("{name}="))?;
    let value = tag.get(at + name.len() + 1..)?;
    let quote = value.chars().next()?;
    let inner = value.get(1..)?;
    let end = inner.find(quote)?;
    Some(entities(inner.get(..end)?))
}

fn entities(text: &str) -> String {
    text.replace("&nbsp;", "\u{a0}")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

/// Plain text as the HTML Exchange makes of it.
pub(crate) fn html(plain: &str) -> String {
    let escaped = plain
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let lines: Vec<&str> = escaped.lines().collect();
    format!(
        "<html><body><p>{}</p></body></html>",
        lines.join("<br>\r\n")
    )
}
