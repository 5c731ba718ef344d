# Programmets ord, svenska. Först de texter som bestäms i Rust, sedan
# fönstrens egna etiketter under sina rubriker.

## Tider
time-range = { $start }–{ $end }
day-date =
    { $order ->
        [month-first] { $weekday } { $month } { $day }
       *[day-first] { $weekday } { $day } { $month }
    }
short-date =
    { $order ->
        [month-first] { $month } { $day }
       *[day-first] { $day } { $month }
    }
today = Idag
tomorrow = Imorgon
yesterday = Igår
day-and-time = { $day } { $time }
all-day = Hela dagen
row-until = till
in-minutes =
    { $minutes ->
       *[other] Om { $minutes } min
    }
now = Nu
started-minutes-ago =
    { $minutes ->
       *[other] Började för { $minutes } min sedan
    }
started-at = Började { $time }
minutes-short = { $minutes } min

## Kalender
day-empty = Inga möten
overlaps = Krockar
tentative = Preliminärt
declined = Avböjt
not-answered = Obesvarat
cancelled = Inställt
cancelled-by = Inställt av { $name }
untitled = Utan rubrik
private-title = Möte
people-count =
    { $count ->
        [one] 1 person
       *[other] { $count } personer
    }
person-and-others =
    { $count ->
        [one] { $name } och 1 till
       *[other] { $name } och { $count } till
    }
answer-organizer = organisatör
answer-yes = tackat ja
answer-maybe = preliminärt
answer-no = tackat nej
answer-waiting = inget svar än
answers-yes = { $count } ja
answers-maybe = { $count } kanske
answers-no = { $count } nej
answers-waiting = { $count } väntar

## Närvaro
presence-out-of-office = Frånvarande
presence-busy = Upptagen
presence-in-meeting = I möte
presence-elsewhere = Arbetar på annan plats
presence-free = Ledig
presence-until = till { $time }

## Läge
sync-up-to-date = Uppdaterad
sync-updating = Uppdaterar
sync-offline = Frånkopplad
sync-offline-as-of = Frånkopplad, från { $time }
sync-needs-sign-in = Inloggning krävs
sync-failed = Inte uppdaterad
sync-failed-as-of = Inte uppdaterad sedan { $time }

## Påminnelse
snooze-minute-before = 1 min före
snooze-at-start = När det börjar
snooze-five-minutes = Om 5 min
snooze-ten-minutes = Om 10 min
join-provider = Delta i { $provider }
dismiss = Stäng

## Aktivitetsfältet
tray-no-meetings = Inga fler möten idag
tray-meeting = { $when }  { $title }
tray-join = Delta i { $title }
tray-copy-link = Kopiera länk
tray-show-ring = Visa påminnelsen
tray-open = Öppna kalendern
tray-add-account = Lägg till konto
tray-refresh = Uppdatera nu
tray-quit = Avsluta Joinbell
