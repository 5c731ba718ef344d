# Words of the program, English. Texts of the windows that Rust decides come
# first; the windows' own labels follow under their headings.

## The language itself: its own name, and whose names of days it takes.
language-name = English
language-locale = en_GB
# ltr, or rtl where one writes from right to left.
language-direction = ltr

## Times
# By 24 hours $hour has two digits, by 12 as few as it needs; $half is am or pm.
clock-24 = { $hour }:{ $minute }
clock-12 =
    { $half ->
        [am] { $hour }:{ $minute } AM
       *[pm] { $hour }:{ $minute } PM
    }
hour-24 = { $hour }
hour-12 =
    { $half ->
        [am] { $hour } AM
       *[pm] { $hour } PM
    }
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
year-date =
    { $order ->
        [month-first] { $month } { $day }, { $year }
       *[day-first] { $day } { $month } { $year }
    }
# The last two of several that one can choose between.
either = { $others } or { $last }
today = Today
tomorrow = Tomorrow
yesterday = Yesterday
# Within a sentence.
tomorrow-within = tomorrow
yesterday-within = yesterday
day-and-time = { $day } { $time }
times-in = Times in { $city } ({ $distance })
times-by = Times in { $distance }
time-in = { $time } in { $city }
time-by = { $time } { $distance }
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
# Behind a meeting that began and ended while the computer slept.
missed = Reminder missed
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
whereabouts-away-then = Out of office then
presence-out-of-office = Out of office
presence-busy = Busy
presence-in-meeting = In a meeting
presence-elsewhere = Working elsewhere
presence-free = Free
presence-until = until { $time }
presence-until-midnight = until midnight

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
problem-address = “{ $written }” is not the address of an Exchange server; give one like https://mail.example.org/EWS/Exchange.asmx (http is for this computer only).
problem-not-ews = { $host } answered, but not as an Exchange server does; check the address, or ask your administrator for that of Exchange Web Services.
problem-unsupported = { $host } is Exchange Online or an Exchange too old, which Joinbell does not serve; name your organisation’s own Exchange Server (2019 or SE).
problem-failing = { $host } failed to answer as it should; nothing is lost, try again in a few minutes.
problem-credentials = { $host } refused the sign-in of { $user }; check user name and password and sign in again.
problem-no-ticket = There is no Kerberos ticket that { $host } takes; log in to your domain (kinit), or sign in another way.
problem-no-kerberos = This Joinbell was built without Kerberos; sign in with a password, or ask for a build that has it.
problem-sign-in-needed = { $host } wants { $user } to sign in in the browser; sign in again.
problem-browser = Nobody signed in at { $host } in the browser; try again, or ask your administrator whether Joinbell is registered there.
problem-browser-server = A sign-in in the browser is for one server; name its address.
problem-no-client-id = A sign-in in the browser needs a client id; your administrator has it from registering Joinbell.
problem-no-authority = { $host } does not say where people sign in; name that address, or sign in with a password.
problem-authority-address = “{ $written }” is no address where people sign in; it begins with https and ends in /oauth2/authorize or /oauth2/v2.0/authorize.
problem-not-lasting = { $host } lets you in and does not let you stay; ask your administrator to allow refresh tokens (offline_access) for Joinbell.
problem-no-common-scheme = { $host } offers no sign-in that this account allows; ask your administrator for NTLM, or sign in again another way.
problem-certificate = The certificate of { $host } is not trusted on this computer; if your organisation has its own certificate authority, name its PEM file.
problem-authority = The file with the certificate authority for { $host } cannot be used; name the file again.
problem-unreachable = { $host } cannot be reached; check the address and the network, then try again.
problem-throttled = { $host } asks to be left alone for a while; try again in a few minutes.
problem-elsewhere = { $host } has no mailbox for { $user } at the moment; it may be moving, and Joinbell asks again where it is.
problem-refused = { $host } did not let { $user } read the calendar; ask your administrator whether EWS is allowed for the mailbox.
problem-ca-file = { $path } cannot be read as a PEM file with certificates; check the path and the file.
problem-service-address = “{ $written }” is not the address of a hybrid service; give one like https://joinbell.example.org.
problem-no-service = { $host } answered, but not as a hybrid service does; check the address, or ask your administrator for it.
problem-which-organization = { $host } does not say whose service it is; write the whole address that your administrator gave you.
problem-no-organization = { $host } does not serve this organisation; check the end of the address.
problem-connector-silent = Your organisation’s connector does not answer at { $host }; try again later, or tell your administrator.
problem-code-malformed = This is no code; it has sixteen letters and digits, as in 7K3F-Q2ZD-9M4X-1TBV.
problem-code-wrong = This is not the code in your calendar; look at its newest entry and write the code again.
problem-code-over = The code is not valid any more; ask for another one.
problem-code-busy = { $host } has too much to do at the moment; try again in ten minutes.
problem-code-calendar = The code could not be put into your calendar; try again later.
problem-code-not-taken = { $host } does not take this device at the moment; ask for another code later.
problem-code-impostor = The answer did not come from your organisation’s connector, so nothing was set up; tell your administrator.
problem-device-unknown = { $host } does not know this device, or not any more; add the account of { $user } again.
problem-device-refused = { $host } does not let this device read the calendar of { $user }; ask your administrator.
problem-device-missing = The keyring has no key of this device for { $user } at { $host }; add the account again.
problem-service-untrue = What { $host } has is not what your organisation’s connector put there, so the last agenda is kept; tell your administrator.
problem-service-stale = { $host } has heard nothing from your organisation’s connector for more than an hour, so the last agenda is kept; tell your administrator if it stays so.
problem-service-empty = { $host } has nothing of the calendar of { $user } yet; Joinbell tries again by itself.
problem-service-keys = Your organisation’s key service does not answer, so what { $host } has cannot be opened and the last agenda is kept; Joinbell tries again by itself.
problem-clocks-differ = The clocks of this computer and of { $host } are { $minutes } minutes apart, and reminders follow this computer's; set its clock, or tell your administrator if it is right here.
problem-service-clock = The clock of this computer is two minutes off or more, so { $host } does not believe that it is you; set the clock, Joinbell tries again by itself.
problem-account-gone = There is no such account any more; it may have been removed elsewhere, so look at the list of accounts.
problem-keyring-absent = No keyring answers on this computer, so passwords and keys cannot be kept; start one (such as GNOME Keyring or KWallet) and try again, or protect them with a passphrase.
problem-keyring-locked = The keyring is locked, so passwords and keys cannot be read; unlock it and try again.
problem-keyring-silent = The keyring does not answer, so passwords and keys cannot be read; unlock it or start it anew and try again.
problem-keyring-refused = The keyring refuses to keep or give passwords and keys; look into it with the system’s password program and try again.
problem-keyring-passphrase = Your passwords and keys are closed by your passphrase, so the stored meetings cannot be opened and no password is known; enter the passphrase.
problem-passphrase-short = A passphrase needs at least { $least } characters, because whoever gets hold of its file can guess for as long as they like; take several words.
problem-passphrase-wrong = This is not your passphrase; write it once more.
problem-passphrase-twice = The two are not the same; write the passphrase once more.
problem-passphrase-taken = A passphrase was chosen already; enter that one.
problem-passphrase-not-needed = This computer has a keyring, which keeps passwords and keys by itself; unlock it and try again.
problem-passphrase-missing = No passphrase has been chosen; there is nothing to enter or to forget.
problem-passphrase-damaged = The file with your passwords and keys is damaged; put a copy of it back, or forget the passphrase and sign in again.
problem-passphrase-newer = A later version of Joinbell has written the file with your passwords and keys; use that version, or forget the passphrase and sign in again.
problem-passphrase-memory = The computer has too little memory to try the passphrase; close other programs and try again.
problem-passphrase-disk = The file with your passwords and keys cannot be read or written; check the permissions of the data folder and the free space.
problem-password-missing = The keyring has no password for { $user } at { $host }; sign in again.
problem-store = The stored meetings cannot be opened, so Joinbell keeps everything in memory until you quit; check the permissions of { $path } and the free space.
problem-outbox-lost = What was being sent when Joinbell last ran cannot be read any more; see in your calendar whether your last answers and changes are there, and send again what is not.
late-about = “{ $title }”: { $text }
late-sent = It came through after all, and is in your calendar.
late-changed = The change came through after all.
problem-folder-taken = Another Joinbell uses the same data, so this one keeps nothing on disk; close the other one or leave it at that.
problem-homeless = No home folder is known to this system; set { $variable } to a folder for Joinbell’s data.
problem-file-unusable = { $path } cannot be used ({ $reason }); check its permissions and the free space, or set { $variable } to another folder.
problem-accounts-file = { $path }: the list of accounts cannot be read ({ $reason }); correct the file, or delete it and add the accounts again.
problem-accounts-newer = { $path }: the list of accounts has version { $version }, which is newer than this program; update the program.
problem-settings-file = The settings file cannot be read ({ $reason }); correct it or delete it, the defaults are used until then.
problem-settings-newer = The settings file has version { $version }, which is newer than this program; update the program, the defaults are used until then.
problem-settings-value = The settings file cannot be used; correct it or delete it, the defaults are used until then. { $why }
problem-services-file = { $path } cannot be read ({ $reason }); make it readable or take it out of the settings, the built-in video services are used until then.
problem-services-line = { $path }, line { $line }: { $reason }; correct the file or delete it, the built-in video services are used until then.
problem-no-report = There is no report yet; let one be shown first.
problem-report-not-copied = The report could not be copied ({ $reason }); mark it and copy it by hand.
problem-too-long = A field is longer than { $most } bytes; shorten it.
problem-ended = The session has ended; start the program again.
problem-meeting-gone = The meeting is not in the calendar any more.
problem-reminder-gone = The reminder is over.
problem-nothing-rings = Nothing rings at the moment.
problem-no-link = The meeting has no link to join.
problem-no-web-address = The server named no address to open the meeting at.
problem-link-refused = The link to { $host } was not opened, because it is not a safe https address; open the meeting in your calendar to see it.
problem-open-failed = The system could not open the link to { $host }; copy it and open it in your browser.
problem-copy-failed = The link could not be copied; the clipboard does not answer.
problem-made-not-copied = The meeting is in your calendar, but the clipboard does not take its link; copy it from the meeting.
problem-not-joinable-now = No meeting with a link is on or comes next; name one.
problem-link-changed = The link has been changed since it was shown, so nothing was opened: it leads to { $host } now. Look at the meeting, then press again.
problem-doubt = { $host } is no known meeting service; check the address, then press again to open it.
problem-unknown-host = The link leads to { $host }, which is no known meeting service; check it, then join with the meeting’s id.
problem-several-links = The meeting has links to { $hosts }; check them, then join with the meeting’s id to open the first.
problem-no-password = No password was given, so nobody was asked; type it, or give it on standard input.
problem-nothing-stored = Nothing is stored yet; list the meetings once without --offline.
problem-no-such-title = No meeting of the next days that can be joined begins with “{ $written }”; look it up with joinbell-cli agenda.
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
running-late-hello = Hello { $name },
running-late-hello-nobody = Hello,
running-late-mail =
    { $hello }

    I am running late for “{ $title }” at { $time } and will be there as soon as I can.
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
tray-meet-now = Meet now
tray-new-meeting = New meeting
tray-mute = Mute for an hour
tray-unmute = Ring again
tray-muted-until = Muted until { $time }
tray-settings = Settings
tray-quit = Quit Joinbell

## Windows
show-in-agenda = Show in the agenda
meeting-not-listed = The meeting is not in the agenda any more.
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
series-unfollowed = This meeting repeats in a way that cannot be known beforehand. Only this one is shown, and only it rings.
mark-attachment = With attachment
mark-private = Private
join = Join
join-now = Join now
join-label = { $label }, opens { $host }
join-link = Link
join-unknown = not a known service
join-open-anyway = Open anyway
join-choose = Choose which link to open.
join-choice = Choose link
join-several = Several links in this invitation. Check the address before you join.
join-doubt = This link leads to no known service. Check the address before you join.
# Stands in invitations, before the link; one line.
join-details-heading = Join the meeting
opens-host = Opens { $host }
open-not-by-hand = Nothing was opened, because nobody pressed a key or a button; press Join again.
copy-link = Copy link
link-copied = Link copied
open-in-outlook = Open in Outlook
running-late = Running late
running-late-copied = A few words to the organizer are on the clipboard; paste them into a mail or a chat.
your-answer = Your answer
accept = Accept
accept-tentatively = Tentative
decline = Decline
answer-sending = Sending your answer…
answer-given = The organizer has your answer.
change-meeting = Change
cancel-meeting = Cancel meeting
cancel-message = Message to everybody invited
cancel-send = Cancel and tell everybody
cancel-keep = Keep the meeting
cancel-day = Cancel this day
cancel-day-send = Cancel this day and tell everybody
cancel-day-keep = Keep this day
cancel-sending = Cancelling the meeting…
cancel-given = The meeting is cancelled, and everybody invited is told.
delete-appointment = Delete
delete-sure = Delete it?
delete-day = Delete this day
delete-day-sure = Delete only this day?
delete-sending = Taking it out of your calendar…
delete-given = It is gone from your calendar, and nobody was told.
meet-now-sending = Making a meeting…
meet-now-given = Your meeting is in the calendar, and its link is on the clipboard.
jump-today = Today
schedule = Schedule
meet-now = Meet now
settings = Settings
details-shown = details shown
keys = Keyboard shortcuts
keys-close = Close
key-move = Go from meeting to meeting
key-details = Show or hide details
key-join = Join
key-copy = Copy the link
key-accept = Accept
key-tentative = Answer tentatively
key-decline = Decline
key-search = Search
key-schedule = Schedule a meeting
key-titles = Hide titles in tray, ring and notifications, or show them
titles-hidden = Titles are hidden in tray, ring and notifications
titles-shown = Titles are shown again
key-today = Back to today
key-settings = Settings
key-keys = Show these keys
key-escape = Close what is open
snooze = Snooze
dismiss-label = Dismiss { $title }
ring-keys = Enter joins, Esc dismisses
setup-heading = Connect your calendar
setup-lead = Joinbell reads your meetings and rings when it is time.
setup-address = E-mail address
setup-server = Exchange server
setup-server-hint = The address of Exchange Web Services; your administrator knows it.
setup-user = User name
setup-password = Password
setup-password-hint = Kept in the system’s keyring and nowhere else; where there is none, under your passphrase.
setup-ca-file = Certificate authority (optional)
setup-ca-hint = Path of a PEM file, where the company signs its own certificates.
setup-basic = Allow Basic sign-in
setup-basic-hint = Only where the server offers nothing better: the password itself travels, inside the encrypted connection.
setup-another-way = Sign in another way
setup-way-password = Typed in here
setup-way-password-hint = User name and password; NTLM proves the password and does not send it.
setup-way-ticket = With the ticket of this computer
setup-way-ticket-hint = Kerberos: you are logged in to your company’s domain here; there is nothing to type.
setup-way-browser = In the browser
setup-way-browser-hint = Your company’s own sign-in page (AD FS or Entra ID), with whatever it asks for.
setup-client = Client id
setup-client-hint = Your administrator has it from registering Joinbell. It is no secret.
setup-authority = Where people sign in
setup-authority-hint = Leave it empty where the server says it by itself.
setup-connect = Connect
protect = Protect with a passphrase
passphrase-enter = Enter the passphrase
passphrase-choose-heading = Protect with a passphrase
passphrase-choose-lead = This computer has no keyring. Joinbell can keep your passwords and keys in a file of its own instead, closed by a passphrase that you enter each time it starts.
passphrase-enter-heading = Enter your passphrase
passphrase-enter-lead = Your passwords and keys are closed by it. Joinbell runs without it, and knows neither the stored meetings nor your passwords.
passphrase = Passphrase
passphrase-hint = Several words that are not written down beside the computer; at least 12 characters. Nobody can tell it to you if you forget it.
passphrase-again = The passphrase once more
passphrase-protect = Protect
passphrase-open = Open
passphrase-forget = I have forgotten it
passphrase-forget-what = The passwords and the stored meetings are given up; your accounts have to sign in again. Nothing is lost on the server.
passphrase-forget-yes = Give them up
passphrase-kept = From now on passwords and keys are closed by your passphrase
passphrase-forgotten = The passphrase is forgotten, with what was kept under it
problem-mail-address = This is no e-mail address with a domain of its own; it looks like name@example.org.
problem-server-not-found = No Exchange server was found for { $domain }; ask your administrator for the server’s address and write it in.
problem-server-foreign = { $domain } names { $host } as its server, which is outside that domain; if your administrator confirms it, write it in as the server.
problem-server-online = { $domain } keeps its mailboxes in Exchange Online ({ $host }), where EWS ends in April 2027; Joinbell serves Exchange on your own premises.
problem-search-refused = { $host } refused the user name or the password; check both (some servers want DOMAIN\name, others name@domain).
problem-search-no-mailbox = { $host } knows no mailbox of this address; check how it is written.
server-found = Found { $server }.
doctor-discovery = Server by address
doctor-connection = Connection and TLS
doctor-sign-in = Sign-in
doctor-convert-id = EWS (ConvertId)
doctor-calendar = Calendar (GetFolder)
doctor-availability = Availability
doctor-out-of-office = Out of office
doctor-streaming = Notifications (one heartbeat)
doctor-well = ok
doctor-badly = FAILED
doctor-skipped = skipped
doctor-healthy = All is well: { $host } lets { $user } in and sends notifications.
doctor-cause-foreign = { $domain } names { $host } as its server, which is outside that domain; if your administrator confirms it, run this again with --trust { $host }.
doctor-cause-online = { $host } is Exchange Online, where EWS ends in April 2027; Joinbell serves Exchange on your own premises.
doctor-cause-unreachable = { $host } cannot be reached, or ends connections before it answers; check the address, the network and, away from the office, the VPN.
doctor-cause-certificate = This computer does not trust the certificate of { $host }; check the address, or name your company’s own authority with --ca FILE.
doctor-cause-not-ews = { $host } answers, but not as EWS; check the path (usually /EWS/Exchange.asmx), and ask your administrator whether a reverse proxy in front of it passes that path on.
doctor-cause-ews-blocked = { $host } forbids EWS to this user or to this program; ask your administrator to allow it (EwsEnabled, EwsApplicationAccessPolicy and EwsAllowList of the mailbox or the organisation).
doctor-cause-basic-only = { $host } offers Basic alone, which sends the password itself; ask your administrator for NTLM, or allow it for this server with --allow-basic.
doctor-cause-no-known-scheme = { $host } offers no sign-in that Joinbell knows; ask your administrator to allow Windows authentication (NTLM) for the EWS directory.
doctor-cause-extended-protection = { $host } takes the password at Autodiscover and refuses it at EWS: most likely a virus scanner, a proxy or a load balancer ends TLS in between while the server demands Extended Protection; have { $host } exempted from inspection, or ask your administrator to pass TLS through.
doctor-cause-user-name = { $host } refused the sign-in, and the user name is likely not in the form that it wants; try --user { $other }, and check the password.
doctor-cause-password = { $host } refused the user name or the password; check both before you try again, as accounts are locked after a few wrong attempts.
doctor-cause-no-ticket = This computer has no Kerberos ticket that { $host } takes; log in to your domain (kinit), or sign in with a password.
doctor-cause-browser = { $host } takes no token that the browser brought; sign in there again, or ask your administrator whether Joinbell is registered for this server.
doctor-cause-no-mailbox = { $host } lets the user in and has no mailbox for them; check the address and --user, or ask your administrator whether the mailbox has moved.
doctor-cause-busy = { $host } is busy and asks to be left alone; try again in some minutes.
doctor-cause-calendar = { $host } lets the user in and refuses the calendar; ask your administrator for the right to read it.
doctor-cause-availability = { $host } does not tell when people are free, so that planning meetings will not work, while everything else can; ask your administrator to look at the Availability service.
doctor-cause-out-of-office = { $host } does not tell the out-of-office state, so that Joinbell will not show it, while everything else can work; ask your administrator.
doctor-cause-stream-held-back = { $host } opens the stream of notifications, and nothing comes through: most likely a proxy or a load balancer holds answers back until they are whole; ask your administrator to pass /EWS through unbuffered. Until then changes show within 15 minutes.
doctor-cause-no-stream = { $host } gives no stream of notifications, so that changes show within 15 minutes only; ask your administrator to allow streaming subscriptions.
doctor-cause-server = { $host } fails by itself; try again later, and show your administrator the step that failed.
doctor-service-address = Address of the service
doctor-service = Hybrid service
doctor-keys = Key service
doctor-device = This device
doctor-release = Keys of the mailbox
doctor-meetings = Sealed meetings
doctor-connector = Connector
doctor-service-healthy = All is well: { $host } has the calendar of { $user }, sealed by your organisation’s connector.
doctor-service-stranger = { $host } is a hybrid service and answers; add the account of { $user } to look further.
doctor-cause-service-setup = The address { $host }, or the file with your own authority, cannot be used; check both.
doctor-cause-not-service = { $host } answers, but not as your organisation’s hybrid service; check the address, and the organisation’s id behind it where there is one, or ask your administrator for both.
doctor-cause-other-connector = { $host } names another connector than the one that added this device; when your administrator has set it up anew, remove the account and add it again, and otherwise tell your administrator.
doctor-cause-keys-away = Your organisation’s key service { $host } does not answer, so that nothing new can be opened; check the network and, away from the office, the VPN, or ask your administrator whether it runs.
doctor-cause-device = { $host } does not know this device, or not any more: it was revoked, or the mailbox is no longer served; remove the account and add it again, or ask your administrator.
doctor-cause-no-keys = Your organisation’s key service { $host } gives this device no keys: it was revoked, or the mailbox is no longer served; remove the account and add it again, or ask your administrator.
doctor-cause-clock = The clock of this computer and that of { $host } are two minutes apart or more, so it believes nobody; set the clock, or tell your administrator if it is right here.
doctor-cause-impostor = What answers at { $host } is not the key service that the code has proven, so nothing of it is used; tell your administrator.
doctor-cause-untrue = What { $host } has is not what your organisation’s connector put there, so nothing of it is used; tell your administrator.
doctor-cause-empty = { $host } has nothing of this calendar yet; try again in some minutes, and ask your administrator whether the connector serves the mailbox when it stays so.
doctor-cause-stale = Your organisation’s connector has brought nothing to { $host } for more than an hour; ask your administrator whether it runs and reaches Exchange.

## Settings
window-settings = Settings
settings-accounts = Accounts
settings-reminders = Reminders
settings-keywords = Keywords
settings-join = Join
settings-privacy = Privacy
settings-appearance = Appearance and language
settings-shortcuts = Shortcuts
settings-diagnostics = Diagnostics
settings-undo = Undo: { $title }
settings-search = Search in settings
settings-search-nothing = No setting matches “{ $query }”.
settings-sections = Sections
settings-saved = Saved
settings-minutes = minutes
settings-add-account = Add account
settings-sign-in-again = Sign in again
settings-remove-account = Remove
settings-remove-question = Remove { $user } at { $host }?
settings-remove-what = The password and the stored meetings go; the mailbox keeps everything.
settings-remove-yes = Remove the account
settings-keep = Keep it
settings-no-account = No account is set up yet.
settings-report-lead = What helps others to help you, without meetings, names, addresses and passwords. Nothing is sent; look at it and copy it.
settings-report-make = Show the report
settings-report-text = Problem report
settings-report-copy = Copy report
settings-report-copied = Report copied
set-minutes-before = Ring before the start
hint-minutes-before = How many minutes before a meeting it rings; 0 is at the start.
set-again-before = Ring once more
hint-again-before = Beside the first ring; what was joined is left in peace.
set-silent = What does not ring
hint-silent = It stays in the agenda and can be joined as before.
set-silent-tentative = Accepted tentatively
set-silent-not-answered = Not answered
set-silent-free = Shown as free
set-outside-hours = Ring outside of working hours
hint-outside-hours = Switched off, only what begins within them rings.
set-work-days = Working days
set-work-from = Working hours begin
set-work-to = Working hours end
set-again-option = { $minutes ->
    [0] At the start
   *[other] { $minutes } min before
}
set-collapse = Put an unanswered ring away
hint-collapse = After so many minutes it goes to the tray, counted from the start of the meeting.
set-sound = Play a sound
hint-sound = The system’s own sound for reminders.
set-full-screen = Fill the screen
hint-full-screen = A ring takes the whole screen, for those who miss a small one.
set-ring-screen = Screen of the ring
set-ring-screen-pointer = The one with the pointer
set-ring-screen-primary = The main one
set-quiet = Be quiet when the system says so
hint-quiet = While the screen is shared or nobody is to be disturbed, a ring keeps to the tray.
set-at-login = Start when I sign in to this computer
hint-at-login = Joinbell waits in the tray, so that no meeting is missed.
set-personal-room = My own room
hint-personal-room = The link behind @webex and behind “Meet now”.
set-space = Fixed space
hint-space = The link of a space that stays the same for a team.
set-one-time-room = A room for each meeting
hint-one-time-room = { "{id}" } stands for something nobody can guess.
set-webex-means = What @webex means
set-meet-means = What @meet means
set-write-details = Write join details into my own meetings
hint-write-details = Where @webex, @meet or another keyword is the location and the invitation has no link yet.
set-tell-attendees = Tell everybody invited
hint-tell-attendees = They get an updated invitation when join details are written.
set-in-app = Open in their own program
hint-in-app = Links of these services skip the browser, if the program is installed.
set-never = Never open
hint-never = These links are shown and copied, but not opened.
set-never-telephone = Telephone numbers
set-never-video = Video addresses ({ $scheme })
set-services-file = File of video services
hint-services-file = Services of your organisation, beside the built-in ones.
set-hide-titles = Hide titles
hint-hide-titles = Tray, ring and notifications say “Meeting” in place of the title.
set-language = Language
set-hours = Time of day
set-hours-24 = 24 hours
set-hours-12 = 12 hours
set-theme = Colours
set-theme-light = Light
set-theme-dark = Dark
set-by-system = As the system
set-show-declined = Show meetings I have declined
set-join-next = Join the next meeting
hint-join-next = Keys that work in every program, such as Ctrl+Alt+J; empty for none.
set-open-agenda = Open the agenda
set-show-ring = Show what rings
hint-show-ring = The keyboard goes to it as well: Enter joins, Esc dismisses.
set-mute = Mute for an hour
hint-mute = Pressed once more it ends the silence.
problem-setting-minutes = That is no number of minutes which can be used; write a whole number from { $lowest } to { $highest }.
problem-setting-work-hours = Working hours have to be on one day at least, and end after they begin.
problem-setting-room = That is no address of a room; write an https address such as https://acme.webex.com/meet/anna, or leave it empty.
problem-setting-one-time-room = That makes no room for each meeting; write an https address with { "{id}" } in it once, such as https://meet.jit.si/{ "{id}" }.
problem-setting-shortcut = “{ $written }” is no combination of keys that can be taken from other programs; write one such as Ctrl+Alt+J.
problem-setting-same-shortcut = { $written } does something else already; choose other keys.
problem-setting-services-file = The file of video services has to be named by its whole path.
problem-setting-choice = The setting has no such choice; nothing was changed.
problem-setting-long = The text is too long; write at most { $most } bytes.
problem-nothing-to-undo = Nothing was changed since the program started.
problem-shortcut-taken = The system does not give { $keys } to Joinbell, most likely because another program has it; choose other keys.
problem-at-login = The system does not let Joinbell start when you sign in; add it in the system’s own settings.

## Setting an account up
setup-step-discovery = Looking for your server
setup-step-browser = Signing in in the browser
setup-step-connection = Secure connection
setup-step-sign-in = Signing in
setup-step-sign-in-by = Signing in with { $way }
# What was seen on the way.
setup-found = { $host }, asked without a password
setup-certificate = Certificate by { $issuer }, good until { $date }.
setup-ways = Signs in with { $ways }.
setup-sign-in-page = your company’s sign-in page
setup-step-calendar = Your calendar
setup-step-keep = Keeping the account
milliseconds = { $count } ms
setup-failed-discovery = No server was found for this address.
setup-failed-connection = There is no secure connection to { $host }.
setup-failed-answer = { $host } answered, but not as a server that lets people in.
setup-failed-sign-in = { $host } did not let you in.
setup-failed-calendar = { $host } let you in and did not give your calendar.
setup-cause-certificate = This computer does not trust the certificate of { $host }; check the address, or name your company’s own authority under “{ setup-more }”.
setup-cause-basic-only = { $host } offers Basic alone, which sends the password itself; ask your administrator for NTLM, or allow Basic sign-in under “{ setup-more }”.
setup-cause-no-mailbox = { $host } has no mailbox for this user; check the address and the user name, or ask your administrator whether the mailbox has moved.
setup-cause-user-name = The user name is likely not in the form that { $host } wants; try { $other }, and check the password.
setup-kind = Where your calendar is
setup-exchange = Exchange directly
setup-exchange-hint = Your organisation’s own server, or grommunio
setup-service = Hybrid service
setup-service-hint = Your organisation runs a Joinbell connector
setup-service-address = Address of the service
setup-service-address-hint = Your administrator knows it.
setup-code-heading = Look into your calendar
setup-code-lead = If { $address } is a mailbox there, its calendar now has an entry “Joinbell code …”. The code is good for ten minutes.
setup-code = Code
setup-code-hint = Sixteen letters and digits. Show it to nobody.
setup-code-another = Another code
code-of = Code from the calendar of { $user }
code-asked = If { $user } is a mailbox there, its calendar now has an entry “Joinbell code …”; the code is good for ten minutes.
setup-demo = Try with a demo mailbox
setup-continue = Continue
setup-back = Back
setup-more = More
setup-sign-in-heading = Sign in
setup-again-heading = Sign in again
setup-again-lead = { $user } at { $host }
setup-server-lead = Server: { $host }
setup-use-host = Use { $host }
setup-by-hand = Enter the server yourself
setup-copy-report = Copy report
setup-report-copied = Report copied
setup-done-heading = Connected
setup-done-lead = Your meetings are on their way. Joinbell waits in the tray and rings when it is time.
setup-open-agenda = Open agenda
setup-another = Add another account
setup-step-running = under way
setup-step-well = done
setup-step-badly = failed
report-removed =
    { $count ->
        [one] 1 place was taken out.
       *[other] { $count } places were taken out.
    }
## Schedule window
schedule-heading = Schedule meeting
schedule-heading-edit = Change meeting
draft-saved = Draft saved
draft-in-memory = Draft kept until you quit
time-for = { $time } for { $name }
you = You
you-inside = you
met-times =
    { $count ->
        [one] met once
       *[other] met { $count } times
    }
invitee-asked = Looking for who that is; without an answer no invitation is sent.
invitee-nobody = No one with this address was found. It will not be invited; to invite somebody outside, write <name@example.org>.
invitee-several = Several people have this name. Nobody will be invited by it; choose one of them.
invitee-outside = Not in your directory; when they have time is not known.
meet-room = Your room { $room }
meet-new-room = A new room at { $host }
meet-own = Own link
meet-none = None
meet-kept = As it is
meet-own-wrong = This is no link that can be opened safely; it begins with https.
suggested-of = { $shown } of { $count }, best first
suggested-asking = Asking when everybody has time
suggested-none = No time is left in these days; choose later ones.
suggested-short = No time suits all who must be there; these miss the fewest.
reason-all-free =
    { $count ->
        [one] You are free
       *[other] All { $count } free
    }
reason-required-free =
    { $count ->
        [one] You are free
       *[other] All { $count } who must be there are free
    }
reason-away = { $names } busy
reason-tentative = { $names } tentative
reason-unknown = { $names } not known
reason-outside-hours = outside { $names }’s hours
reason-back-to-back = no break for { $names }
reason-room-free = { $names } free
reason-no-room-free = no room free
grid-free = free
grid-busy = Busy
grid-booked = Booked
grid-tentative = Tentative
grid-out-of-office = Out of office
grid-elsewhere = Elsewhere
grid-unknown = not known
grid-outside-hours = outside working hours
grid-spoken = { $name }, { $start } to { $end }, { $kind }
grid-at-slot = { $name }: { $kind }
send-to =
    { $count ->
        [one] Send to 1 person
       *[other] Send to { $count } people
    }
send-to-nobody = Put in my calendar
send-change-to =
    { $count ->
        [one] Send change to 1 person
       *[other] Send change to { $count } people
    }
send-change-to-nobody = Save change
missing-on-its-way = It is on its way.
missing-sent = It has been sent.
missing-time = Choose a time.
missing-over = That time is over; choose another one.
missing-link = Write a safe link, or choose another way to meet.
missing-somebody = Somebody on the list is still being looked up.
missing-nameless = Somebody on the list has no address that is known here; change the list in your calendar.
missing-change = Nothing is changed yet.
outcome-sending = Sending…
outcome-sent = Sent. In your calendar since { $time }.
outcome-changed = The change was sent at { $time }.
outcome-unsure = The answer was lost. From { $time } on Joinbell looks whether it came through, and only sends again if it did not.
outcome-waiting = This was on its way when Joinbell ended. Whether it came through shows once { $account } can be asked again; do not send it a second time before.
refused-gone = The meeting is not in the calendar any more, so nothing was changed.
refused-not-ours = Your server does not let you do this with the meeting; only who called it can change it, and only those who were asked can answer.
refused-moved = The meeting has been moved to another time meanwhile, so nothing was done; look at it again.
refused-others-asked = Somebody else is asked to this by now, so it was not deleted and nobody was told; look at who is in it, and cancel the meeting instead.
refused-whole-series = Your server keeps this series as a whole, so Joinbell cannot change one day of it; nothing was sent. Open it in Outlook or on the web.
refused-full = The mailbox is full, so nothing was sent; make room and send again.
refused-access = You have no right to change this calendar, so nothing was sent; ask your administrator.
refused-too-late = The meeting is over, so nothing was sent.
refused-not-kept = It could not be written down on this computer, so it was not sent; check the free space and send again.
refused-unreachable = The server cannot be reached, so nothing was sent; check the network and send again.
refused-sign-in = The server does not let you in, so nothing was sent; sign in again, then send again.
refused-failing = The server failed each time and nothing came of it; send again later.
refused-account-removed = The account it was sent from was removed before it was certain that it was sent; look in that calendar before you send it again.
refused-other = The server refused it ({ $code }), so nothing was sent; ask your administrator.
unsure-yet = The answer was lost; Joinbell looks in a minute whether it came through, and only tries again if it did not.
problem-no-scheduling = No account can send now; wait for the connection, or sign in again.
problem-no-demo = The demo could not be started here; start it in a terminal with “joinbell --demo”.
problem-no-own-room = The settings name no room of your own to meet in; name one under Keywords.
problem-not-your-meeting = Only who called a meeting can change it.
problem-whole-days = A meeting of whole days cannot be moved here; change it in your calendar.
problem-nobody-there = No one called “{ $who }” was found, or several people were, so nothing was sent; check how it is written, or write <{ $who }> to invite somebody outside.
meet-now-title = Meeting

## Labels of the schedule window
window-schedule = Schedule meeting
schedule-title = Title
schedule-title-hint = What is it about?
schedule-account = From the calendar of
schedule-required = Required
schedule-optional = Optional
schedule-room = Room
schedule-people-hint = Name or address
schedule-room-hint = Name of a room
schedule-people-found =
    { $count ->
        [0] Nobody is known by this; Enter takes it as written
        [one] 1 suggestion
       *[other] { $count } suggestions
    }
schedule-person-menu = { $name }, options
schedule-remove = Remove
schedule-remove-named = Remove { $name }
schedule-make-required = Must be there
schedule-make-optional = May be there
schedule-invite-anyway = Invite all the same
schedule-not-invited = not invited
schedule-length = Length
schedule-between = Between
schedule-between-choose = Days that are looked at: { $days }. Change
schedule-between-calendar = Days that are looked at
schedule-month-before = Month before
schedule-month-after = Month after
schedule-meet-by = Meet by
schedule-own-link = Link
schedule-own-link-hint = https://
schedule-message = Message
schedule-message-hint = What should they know?
schedule-message-edit = New message (replaces the invitation’s text)
schedule-message-edit-hint = Empty: the text stays as it is
schedule-suggested = Suggested
schedule-asking = Asking when people are free…
schedule-availability = When people are free, { $day }
schedule-grid-hint = Arrow keys go from cell to cell; Enter puts the meeting there.
schedule-day-before = Day before
schedule-day-after = Day after
schedule-slot = Time of the meeting
schedule-cell-free = { $name }, free
schedule-legend = What the patterns mean
schedule-kind-busy = Busy
schedule-kind-tentative = Tentative
schedule-kind-out-of-office = Out of office
schedule-kind-elsewhere = Elsewhere
schedule-kind-unknown = Not known
schedule-kind-outside-hours = Outside hours
schedule-no-time = No time chosen
schedule-discard = Discard draft
schedule-discard-sure = Discard for good
schedule-sending = Sending…
schedule-untitled = Send without a title
schedule-again = Schedule another
schedule-close = Close
schedule-loading = Opening the draft
