# Words of the program, English. Texts of the windows that Rust decides come
# first; the windows' own labels follow under their headings.

## Times
time-range = { $start } – { $end }
# $order follows the locale: which of day and month is written first.
day-date =
    { $order ->
        [month-first] { $weekday }, { $month } { $day }
       *[day-first] { $weekday } { $day } { $month }
    }
short-date =
    { $order ->
        [month-first] { $month } { $day }
       *[day-first] { $day } { $month }
    }
today = Today
tomorrow = Tomorrow
yesterday = Yesterday
day-and-time = { $day } { $time }
all-day = All day
row-until = until
in-minutes =
    { $minutes ->
       *[other] In { $minutes } min
    }
now = Now
started-minutes-ago =
    { $minutes ->
       *[other] Started { $minutes } min ago
    }
started-at = Started at { $time }
minutes-short = { $minutes } min

## Agenda
day-empty = No meetings
overlaps = Overlaps
tentative = Tentative
declined = Declined
not-answered = Not answered
cancelled = Cancelled
cancelled-by = Cancelled by { $name }
untitled = No title
private-title = Meeting
people-count =
    { $count ->
        [one] 1 person
       *[other] { $count } people
    }
person-and-others =
    { $count ->
        [one] { $name } and 1 other
       *[other] { $name } and { $count } others
    }
answer-organizer = organizer
answer-yes = accepted
answer-maybe = tentative
answer-no = declined
answer-waiting = no answer yet
answers-yes = { $count } yes
answers-maybe = { $count } maybe
answers-no = { $count } no
answers-waiting = { $count } waiting

## Presence
presence-out-of-office = Out of office
presence-busy = Busy
presence-in-meeting = In a meeting
presence-elsewhere = Working elsewhere
presence-free = Free
presence-until = until { $time }

## Freshness
sync-up-to-date = Up to date
sync-updating = Updating
sync-offline = Offline
sync-offline-as-of = Offline, as of { $time }
sync-needs-sign-in = Needs sign-in
sync-failed = Not updated
sync-failed-as-of = Not updated since { $time }

## Terminal
next-none = No more meetings within a week
joining = Opening { $host }
accounts-none = No account is set up; add one with: joinbell-cli account add --server URL --user NAME
account-added = Added { $user } at { $host }
account-removed = Removed { $user } at { $host }
password-of = Password of { $user }

## Problems: what failed, where, what to do
problem-address = “{ $written }” is not the address of an EWS server; give one like https://mail.example.org/EWS/Exchange.asmx (http is for this computer only).
problem-not-ews = { $host } answered, but not as an Exchange server does; check the address, or ask your administrator for that of the EWS endpoint.
problem-credentials = { $host } refused the sign-in of { $user }; check user name and password and sign in again.
problem-no-common-scheme = { $host } offers no sign-in that this account allows; ask your administrator for NTLM, or allow Basic for this account.
problem-certificate = The certificate of { $host } is not trusted on this computer; if your organisation has its own certificate authority, name its PEM file.
problem-authority = The file with the certificate authority for { $host } cannot be used; name the file again.
problem-unreachable = { $host } cannot be reached; check the address and the network, then try again.
problem-throttled = { $host } asks to be left alone for a while; try again in a few minutes.
problem-refused = { $host } did not let { $user } read the calendar; ask your administrator whether EWS is allowed for the mailbox.
problem-ca-file = { $path } cannot be read as a PEM file with certificates; check the path and the file.
problem-account-gone = There is no such account; list the accounts to see their ids.
problem-keyring-absent = No keyring answers on this computer, so passwords and keys cannot be kept; start one (such as GNOME Keyring or KWallet) and try again.
problem-keyring-locked = The keyring is locked, so passwords and keys cannot be read; unlock it and try again.
problem-keyring-silent = The keyring does not answer, so passwords and keys cannot be read; unlock it or start it anew and try again.
problem-keyring-refused = The keyring refuses to keep or give passwords and keys; look into it with the system’s password program and try again.
problem-password-missing = The keyring has no password for { $user } at { $host }; sign in again.
problem-store = The stored meetings cannot be opened, so this run keeps everything in memory; check the permissions of { $path } and the free space.
problem-folder-taken = Another Joinbell uses the same data, so this one keeps nothing on disk; close the other one or leave it at that.
problem-meeting-gone = The meeting is not in the calendar any more.
problem-reminder-gone = The reminder is over.
problem-no-link = The meeting has no link to join.
problem-no-web-address = The server named no address to open the meeting at.
problem-link-refused = The link to { $host } was not opened, because it is not a safe https address; open the meeting in your calendar to see it.
problem-open-failed = The system could not open the link to { $host }; copy it and open it in your browser.
problem-copy-failed = The link could not be copied; the clipboard does not answer.
problem-not-joinable-now = No meeting with a link is on or comes next; name one.
problem-unknown-host = The link leads to { $host }, which is no known meeting service; check it, then join with the meeting's id.
problem-several-links = The meeting has links to { $hosts }; check them, then join with the meeting’s id to open the first.
problem-nothing-stored = Nothing is stored yet; list the meetings once without --offline.
problem-ambiguous = More than one meeting is meant by “{ $written }”; give the id.
problem-enrich = Not all join details could be written; the list says for which meetings and why.

## Join details for keywords
enrich-none = No coming meeting has a keyword such as @webex or @meet in its location.
enrich-series = whole series
enrich-written = written: { $provider }, { $host }
enrich-would-write = would be written: { $provider }, { $host }
enrich-no-keyword = has no keyword
enrich-not-ours = called by somebody else
enrich-has-details = has join details already
enrich-over = over
enrich-no-room = the settings name no room for { $keyword }
enrich-changed = changed at the same moment; run the command again
enrich-refused = the server refuses the change ({ $code })

## Ring and notification
snooze-minute-before = 1 min before
snooze-at-start = At start
snooze-five-minutes = In 5 min
snooze-ten-minutes = In 10 min
join-provider = Join { $provider }
dismiss = Dismiss

## Tray
tray-no-meetings = No more meetings today
tray-meeting = { $when }  { $title }
tray-join = Join { $title }
tray-copy-link = Copy link
tray-show-ring = Show what rings
tray-open = Open agenda
tray-add-account = Add account
tray-refresh = Update now
tray-quit = Quit Joinbell

## Windows
window-agenda = Meetings
window-ring = Reminder
window-setup = Connect your calendar
menu = Menu
agenda-now-next = Now and next
agenda-list = Coming meetings
agenda-no-account = No calendar is connected yet.
agenda-loading = Loading your meetings
agenda-empty = No meetings in the coming month
past-show = Show the past 7 days
past-hide = Hide the past 7 days
search = Search meetings and people
search-nothing = No meeting matches “{ $query }”.
banner = Needs attention
sign-in = Sign in
try-again = Try again
people = People
mark-recurring = Repeats
mark-private = Private
join = Join
join-now = Join now
join-label = { $label }, opens { $host }
join-link = Link
join-unknown = not a known service
join-open-anyway = Open anyway
join-choose = Choose which link to open.
join-several = Several links in this invitation. Check the address before you join.
join-doubt = This link leads to no known service. Check the address before you join.
opens-host = Opens { $host }
open-not-by-hand = Nothing was opened, because nobody pressed a key or a button; press Join again.
copy-link = Copy link
link-copied = Link copied
open-in-outlook = Open in Outlook
snooze = Snooze
dismiss-label = Dismiss { $title }
ring-keys = Enter joins, Esc closes
setup-heading = Connect your calendar
setup-lead = Joinbell reads your meetings and rings when it is time.
setup-address = E-mail address
setup-find = Find server
setup-finding = Looking for the server…
setup-server = Exchange server
setup-server-hint = The address of Exchange Web Services; your administrator knows it.
setup-user = User name
setup-password = Password
setup-password-hint = Kept in the system’s keyring and nowhere else.
setup-ca-file = Certificate authority (optional)
setup-ca-hint = Path of a PEM file, where the company signs its own certificates.
setup-basic = Allow Basic sign-in
setup-basic-hint = Only where the server offers nothing better: the password itself travels, inside the encrypted connection.
setup-connect = Connect
setup-connecting = Signing in…
problem-mail-address = This is no e-mail address with a domain of its own; it looks like name@example.org.
problem-server-not-found = No Exchange server was found for { $domain }; ask your administrator for the server's address and write it in.
problem-server-foreign = { $domain } names { $host } as its server, which is outside that domain; if your administrator confirms it, write it in as the server.
server-found = Found { $server }.
