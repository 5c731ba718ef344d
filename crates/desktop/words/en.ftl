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
copy-link = Copy link
link-copied = Link copied
open-in-outlook = Open in Outlook
snooze = Snooze
dismiss-label = Dismiss { $title }
ring-keys = Enter joins, Esc closes
setup-heading = Connect your calendar
setup-lead = Joinbell reads your meetings and rings when it is time.
setup-server = Exchange server
setup-server-hint = The address of Exchange Web Services; your administrator knows it.
setup-user = User name
setup-password = Password
setup-password-hint = Kept in the system’s keyring and nowhere else.
setup-ca-file = Certificate authority (optional)
setup-ca-hint = Path of a PEM file, where the company signs its own certificates.
setup-connect = Connect
setup-connecting = Signing in…
