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

## Fönstren
window-agenda = Möten
window-ring = Påminnelse
window-setup = Anslut din kalender
menu = Meny
agenda-now-next = Nu och härnäst
agenda-list = Kommande möten
agenda-loading = Hämtar dina möten
agenda-empty = Inga möten den närmaste månaden
past-show = Visa de senaste 7 dagarna
past-hide = Dölj de senaste 7 dagarna
search = Sök möten och personer
search-nothing = Inget möte matchar ”{ $query }”.
banner = Behöver åtgärdas
sign-in = Logga in
try-again = Försök igen
people = Personer
mark-recurring = Återkommande
mark-private = Privat
join = Delta
join-now = Delta nu
join-label = { $label }, öppnar { $host }
join-link = Länk
join-unknown = ingen känd tjänst
join-open-anyway = Öppna ändå
join-choose = Välj vilken länk som ska öppnas.
join-several = Flera länkar i inbjudan. Kontrollera adressen innan du deltar.
join-doubt = Länken leder inte till någon känd tjänst. Kontrollera adressen innan du deltar.
opens-host = Öppnar { $host }
copy-link = Kopiera länk
link-copied = Länken är kopierad
open-in-outlook = Öppna i Outlook
snooze = Påminn igen
dismiss-label = Avfärda { $title }
ring-keys = Enter deltar, Esc stänger
setup-heading = Anslut din kalender
setup-lead = Joinbell läser dina möten och ringer när det är dags.
setup-server = Exchange-server
setup-server-hint = Adressen till Exchange Web Services; din administratör känner till den.
setup-user = Användarnamn
setup-password = Lösenord
setup-password-hint = Sparas i systemets nyckelring och ingen annanstans.
setup-ca-file = Certifikatutfärdare (valfritt)
setup-ca-hint = Sökväg till en PEM-fil, om företaget signerar sina egna certifikat.
setup-connect = Anslut
setup-connecting = Loggar in…
