# Programmets ord, svenska. Först de texter som bestäms i Rust, sedan
# fönstrens egna etiketter under sina rubriker.

## The language itself: its own name, and whose names of days it takes.
language-name = Svenska
language-locale = sv_SE
language-direction = ltr

## Tider
clock-24 = { $hour }:{ $minute }
clock-12 =
    { $half ->
        [am] { $hour }:{ $minute } fm
       *[pm] { $hour }:{ $minute } em
    }
hour-24 = { $hour }
hour-12 =
    { $half ->
        [am] { $hour } fm
       *[pm] { $hour } em
    }
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
year-date =
    { $order ->
        [month-first] { $month } { $day } { $year }
       *[day-first] { $day } { $month } { $year }
    }
either = { $others } eller { $last }
today = Idag
tomorrow = Imorgon
yesterday = Igår
# Within a sentence.
tomorrow-within = imorgon
yesterday-within = igår
day-and-time = { $day } { $time }
times-in = Tider i { $city } ({ $distance })
times-by = Tider i { $distance }
time-in = { $time } i { $city }
time-by = { $time } { $distance }
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
# Behind a meeting that began and ended while the computer slept.
missed = Missad påminnelse
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
whereabouts-away-then = Frånvarande då
presence-out-of-office = Frånvarande
presence-busy = Upptagen
presence-in-meeting = I möte
presence-elsewhere = Arbetar på annan plats
presence-free = Ledig
presence-until = till { $time }
presence-until-midnight = till midnatt

## Läge
sync-up-to-date = Uppdaterad
sync-updating = Uppdaterar
sync-offline = Frånkopplad
sync-offline-as-of = Frånkopplad, från { $time }
sync-needs-sign-in = Inloggning krävs
sync-failed = Inte uppdaterad
sync-failed-as-of = Inte uppdaterad sedan { $time }

## Terminalen
next-none = Inga fler möten inom en vecka
joining = Öppnar { $host }
accounts-none = Inget konto är upplagt; lägg till ett med: joinbell-cli account add --server URL --user NAME
account-added = { $user } på { $host } har lagts till
account-removed = { $user } på { $host } har tagits bort
password-of = Lösenord för { $user }

## Fel: vad som inte gick, var, vad man gör
problem-address = ”{ $written }” är inte adressen till en Exchange-server; ange en som https://mail.example.org/EWS/Exchange.asmx (http går bara på den egna datorn).
problem-not-ews = { $host } svarade, men inte som en Exchange-server; kontrollera adressen eller fråga administratören efter adressen till Exchange Web Services.
problem-unsupported = { $host } är Exchange Online eller en för gammal Exchange, som Joinbell inte stöder; ange organisationens egen Exchange Server (2019 eller SE).
problem-failing = { $host } svarade inte som den ska; inget har gått förlorat, försök igen om några minuter.
problem-credentials = { $host } godtog inte inloggningen för { $user }; kontrollera användarnamn och lösenord och logga in igen.
problem-no-ticket = Det finns ingen Kerberosbiljett som { $host } godtar; logga in i din domän (kinit), eller logga in på ett annat sätt.
problem-no-kerberos = Denna Joinbell byggdes utan Kerberos; logga in med lösenord, eller be om ett bygge som har det.
problem-sign-in-needed = { $host } vill att { $user } loggar in i webbläsaren; logga in igen.
problem-browser = Ingen loggade in hos { $host } i webbläsaren; försök igen, eller fråga administratören om Joinbell är registrerad där.
problem-browser-server = En inloggning i webbläsaren gäller en server; ange dess adress.
problem-no-client-id = En inloggning i webbläsaren behöver ett klient-id; administratören har det från registreringen av Joinbell.
problem-no-authority = { $host } säger inte var man loggar in; ange den adressen, eller logga in med lösenord.
problem-authority-address = ”{ $written }” är ingen adress där man loggar in; den börjar med https och slutar på /oauth2/authorize eller /oauth2/v2.0/authorize.
problem-not-lasting = { $host } släpper in dig men låter dig inte stanna; be administratören tillåta förnyelse (offline_access) för Joinbell.
problem-no-common-scheme = { $host } erbjuder ingen inloggning som kontot tillåter; be din administratör om NTLM, eller logga in igen på ett annat sätt.
problem-certificate = Certifikatet för { $host } är inte betrott på den här datorn; om organisationen har en egen certifikatutfärdare, ange dess PEM-fil.
problem-authority = Filen med certifikatutfärdaren för { $host } går inte att använda; ange filen igen.
problem-unreachable = { $host } går inte att nå; kontrollera adressen och nätverket och försök igen.
problem-throttled = { $host } ber att få vara i fred en stund; försök igen om några minuter.
problem-elsewhere = { $host } har ingen brevlåda för { $user } just nu; den kan vara på väg till en annan server, och Joinbell frågar igen var den finns.
problem-refused = { $host } lät inte { $user } läsa kalendern; fråga administratören om EWS är tillåtet för brevlådan.
problem-ca-file = { $path } går inte att läsa som en PEM-fil med certifikat; kontrollera sökvägen och filen.
problem-service-address = ”{ $written }” är inte adressen till en hybridtjänst; ange en som https://joinbell.example.org.
problem-no-service = { $host } svarade, men inte som en hybridtjänst; kontrollera adressen, eller fråga administratören efter den.
problem-which-organization = { $host } säger inte vems tjänst den är; skriv hela adressen som du fick av administratören.
problem-no-organization = { $host } betjänar inte den här organisationen; kontrollera adressens slut.
problem-connector-silent = Organisationens connector svarar inte hos { $host }; försök igen senare, eller säg till administratören.
problem-code-malformed = Det här är ingen kod; den har sexton bokstäver och siffror, som i 7K3F-Q2ZD-9M4X-1TBV.
problem-code-wrong = Det här är inte koden i din kalender; titta på den nyaste posten och skriv koden igen.
problem-code-over = Koden gäller inte längre; be om en ny.
problem-code-busy = { $host } har för mycket att göra just nu; försök igen om tio minuter.
problem-code-calendar = Koden kunde inte läggas i din kalender; försök igen senare.
problem-code-not-taken = { $host } tar inte emot den här enheten just nu; be om en ny kod senare.
problem-code-impostor = Svaret kom inte från organisationens connector, så inget har ställts in; säg till administratören.
problem-device-unknown = { $host } känner inte den här enheten, eller inte längre; lägg till kontot för { $user } igen.
problem-device-refused = { $host } låter inte den här enheten läsa kalendern för { $user }; fråga administratören.
problem-device-missing = Nyckelringen har ingen nyckel för den här enheten till { $user } på { $host }; lägg till kontot igen.
problem-service-untrue = Det som { $host } har är inte vad organisationens connector lade dit, så den senaste agendan behålls; säg till administratören.
problem-service-stale = { $host } har inte hört något från organisationens connector på mer än en timme, så den senaste agendan behålls; säg till administratören om det fortsätter.
problem-service-empty = { $host } har inget av kalendern för { $user } ännu; Joinbell försöker igen av sig själv.
problem-service-keys = Organisationens nyckeltjänst svarar inte, så det som { $host } har kan inte öppnas och den senaste agendan behålls; Joinbell försöker igen av sig själv.
problem-clocks-differ = Datorns klocka och klockan hos { $host } går { $minutes } minuter olika, och påminnelserna följer datorns; ställ den, eller säg till administratören om den går rätt här.
problem-service-clock = Datorns klocka går minst två minuter fel, så { $host } tror inte att det är du; ställ klockan, Joinbell försöker igen av sig själv.
problem-account-gone = Det finns inget sådant konto längre; det kan ha tagits bort någon annanstans, så se efter i listan över konton.
problem-keyring-absent = Ingen nyckelring svarar på den här datorn, så lösenord och nycklar kan inte sparas; starta en (till exempel GNOME Keyring eller KWallet) och försök igen, eller skydda dem med en lösenfras.
problem-keyring-locked = Nyckelringen är låst, så lösenord och nycklar kan inte läsas; lås upp den och försök igen.
problem-keyring-silent = Nyckelringen svarar inte, så lösenord och nycklar kan inte läsas; lås upp den eller starta om den och försök igen.
problem-keyring-refused = Nyckelringen vägrar spara eller lämna ut lösenord och nycklar; titta i systemets lösenordsprogram och försök igen.
problem-keyring-passphrase = Dina lösenord och nycklar är låsta med din lösenfras, så de sparade mötena kan inte öppnas och inget lösenord är känt; ange lösenfrasen.
problem-passphrase-short = En lösenfras behöver minst { $least } tecken, eftersom den som kommer över filen kan gissa hur länge som helst; ta flera ord.
problem-passphrase-wrong = Det här är inte din lösenfras; skriv den en gång till.
problem-passphrase-twice = De två är inte lika; skriv lösenfrasen en gång till.
problem-passphrase-taken = En lösenfras har redan valts; ange den.
problem-passphrase-not-needed = Den här datorn har en nyckelring, som själv sparar lösenord och nycklar; lås upp den och försök igen.
problem-passphrase-missing = Ingen lösenfras har valts; det finns inget att ange eller glömma.
problem-passphrase-damaged = Filen med dina lösenord och nycklar är skadad; lägg tillbaka en kopia av den, eller glöm lösenfrasen och logga in igen.
problem-passphrase-newer = En senare version av Joinbell har skrivit filen med dina lösenord och nycklar; använd den versionen, eller glöm lösenfrasen och logga in igen.
problem-passphrase-memory = Datorn har för lite minne för att pröva lösenfrasen; stäng andra program och försök igen.
problem-passphrase-disk = Filen med dina lösenord och nycklar kan inte läsas eller skrivas; kontrollera datamappens rättigheter och det lediga utrymmet.
problem-password-missing = Nyckelringen har inget lösenord för { $user } på { $host }; logga in igen.
problem-store = De sparade mötena går inte att öppna, så allt hålls i minnet tills du avslutar; kontrollera behörigheten till { $path } och ledigt utrymme.
problem-outbox-lost = Det som höll på att skickas när Joinbell senast kördes kan inte läsas längre; se i kalendern om dina senaste svar och ändringar finns där, och skicka det som saknas igen.
late-about = ”{ $title }”: { $text }
late-sent = Det kom fram till slut, och finns i din kalender.
late-changed = Ändringen kom fram till slut.
problem-folder-taken = Ett annat Joinbell använder samma data, så det här sparar inget på disk; stäng det andra eller låt det vara så.
problem-homeless = Systemet känner inte till någon hemkatalog; ange en mapp för Joinbells data i { $variable }.
problem-file-unusable = { $path } går inte att använda ({ $reason }); kontrollera behörigheten och det lediga utrymmet, eller ange en annan mapp i { $variable }.
problem-accounts-file = { $path }: listan över konton går inte att läsa ({ $reason }); rätta filen, eller ta bort den och lägg till kontona igen.
problem-accounts-newer = { $path }: listan över konton har version { $version }, som är nyare än det här programmet; uppdatera programmet.
problem-settings-file = Filen med inställningar går inte att läsa ({ $reason }); rätta eller ta bort den, till dess gäller de förvalda.
problem-settings-newer = Filen med inställningar har version { $version }, som är nyare än det här programmet; uppdatera programmet, till dess gäller de förvalda.
problem-settings-value = Filen med inställningar går inte att använda; rätta eller ta bort den, till dess gäller de förvalda. { $why }
problem-services-file = { $path } går inte att läsa ({ $reason }); gör den läsbar eller ta bort den ur inställningarna, till dess används de inbyggda videotjänsterna.
problem-services-line = { $path }, rad { $line }: { $reason }; rätta eller ta bort filen, till dess används de inbyggda videotjänsterna.
problem-no-report = Det finns ingen rapport än; visa en först.
problem-report-not-copied = Rapporten gick inte att kopiera ({ $reason }); markera den och kopiera för hand.
problem-too-long = Ett fält är längre än { $most } byte; korta det.
problem-ended = Sessionen är avslutad; starta programmet igen.
problem-meeting-gone = Mötet finns inte längre i kalendern.
problem-reminder-gone = Påminnelsen är över.
problem-nothing-rings = Ingen påminnelse väntar just nu.
problem-no-link = Mötet har ingen länk att delta genom.
problem-no-web-address = Servern har inte angett någon adress att öppna mötet på.
problem-link-refused = Länken till { $host } öppnades inte, eftersom den inte är en säker https-adress; öppna mötet i din kalender för att se den.
problem-open-failed = Systemet kunde inte öppna länken till { $host }; kopiera den och öppna den i webbläsaren.
problem-copy-failed = Länken kunde inte kopieras; urklipp svarar inte.
problem-made-not-copied = Mötet finns i din kalender, men urklipp tar inte emot länken; kopiera den från mötet.
problem-not-joinable-now = Inget möte med länk pågår eller är näst; ange ett.
problem-link-changed = Länken har ändrats sedan den visades, så inget öppnades: den leder nu till { $host }. Titta på mötet och tryck sedan igen.
problem-doubt = { $host } är ingen känd mötestjänst; kontrollera adressen och tryck sedan en gång till för att öppna den.
problem-unknown-host = Länken leder till { $host }, som inte är en känd mötestjänst; kontrollera den och delta sedan med mötets id.
problem-several-links = Mötet har länkar till { $hosts }; kontrollera dem och delta sedan med mötets id för att öppna den första.
problem-no-password = Inget lösenord angavs, så ingen tillfrågades; skriv det, eller ge det på standard in.
problem-nothing-stored = Inget är sparat än; lista mötena en gång utan --offline.
problem-no-such-title = Inget möte de närmaste dagarna som går att delta i börjar med ”{ $written }”; slå upp det med joinbell-cli agenda.
problem-ambiguous = Fler än ett möte kan menas med ”{ $written }”; ange id.
problem-enrich = Alla anslutningsuppgifter kunde inte skrivas; listan visar för vilka möten och varför.

## Anslutningsuppgifter för nyckelord
enrich-none = Inget kommande möte har ett nyckelord som @webex eller @meet i platsen.
enrich-series = hela serien
enrich-written = skrivet: { $provider }, { $host }
enrich-would-write = skulle skrivas: { $provider }, { $host }
enrich-no-keyword = har inget nyckelord
enrich-not-ours = någon annan har kallat
enrich-has-details = har redan anslutningsuppgifter
enrich-over = är över
enrich-no-room = inställningarna anger inget rum för { $keyword }
enrich-changed = ändrades i samma ögonblick; kör kommandot igen
enrich-refused = servern vägrar ändringen ({ $code })

## Påminnelse
snooze-minute-before = 1 min före
snooze-at-start = När det börjar
snooze-five-minutes = Om 5 min
snooze-ten-minutes = Om 10 min
join-provider = Delta i { $provider }
running-late-hello = Hej { $name },
running-late-hello-nobody = Hej,
running-late-mail =
    { $hello }

    jag är försenad till ”{ $title }” klockan { $time } och kommer så snart jag kan.
dismiss = Avfärda

## Aktivitetsfältet
tray-no-meetings = Inga fler möten idag
tray-meeting = { $when }  { $title }
tray-join = Delta i { $title }
tray-copy-link = Kopiera länk
tray-show-ring = Visa påminnelsen
tray-open = Öppna agendan
tray-add-account = Lägg till konto
tray-refresh = Uppdatera nu
tray-meet-now = Möt nu
tray-new-meeting = Nytt möte
tray-mute = Tysta i en timme
tray-unmute = Ring igen
tray-muted-until = Tyst till { $time }
tray-settings = Inställningar
tray-quit = Avsluta Joinbell

## Fönstren
show-in-agenda = Visa i agendan
meeting-not-listed = Mötet finns inte längre i agendan.
window-agenda = Möten
window-ring = Påminnelse
window-setup = Anslut din kalender
menu = Meny
agenda-now-next = Nu och härnäst
agenda-list = Kommande möten
agenda-no-account = Ingen kalender är ansluten än.
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
series-unfollowed = Mötet återkommer på ett sätt som inte kan kännas till i förväg. Bara det här visas, och bara det ringer.
mark-attachment = Med bilaga
mark-private = Privat
join = Delta
join-now = Delta nu
join-label = { $label }, öppnar { $host }
join-link = Länk
join-unknown = ingen känd tjänst
join-open-anyway = Öppna ändå
join-choose = Välj vilken länk som ska öppnas.
join-choice = Välj länk
join-several = Flera länkar i inbjudan. Kontrollera adressen innan du deltar.
join-doubt = Länken leder inte till någon känd tjänst. Kontrollera adressen innan du deltar.
# Stands in invitations, before the link; one line.
join-details-heading = Anslut till mötet
opens-host = Öppnar { $host }
open-not-by-hand = Inget öppnades eftersom ingen tryckte på en knapp; tryck på Delta igen.
copy-link = Kopiera länk
link-copied = Länken är kopierad
open-in-outlook = Öppna i Outlook
running-late = Jag är sen
running-late-copied = Några ord till organisatören ligger i urklipp; klistra in dem i ett mejl eller en chatt.
your-answer = Ditt svar
accept = Tacka ja
accept-tentatively = Preliminärt
decline = Tacka nej
answer-sending = Skickar ditt svar…
answer-given = Organisatören har fått ditt svar.
change-meeting = Ändra
cancel-meeting = Ställ in möte
cancel-message = Meddelande till alla inbjudna
cancel-send = Ställ in och meddela alla
cancel-keep = Behåll mötet
cancel-day = Ställ in den här dagen
cancel-day-send = Ställ in den här dagen och meddela alla
cancel-day-keep = Behåll den här dagen
cancel-sending = Ställer in mötet…
cancel-given = Mötet är inställt och alla inbjudna meddelas.
delete-appointment = Ta bort
delete-sure = Verkligen ta bort?
delete-day = Ta bort den här dagen
delete-day-sure = Ta bort bara den här dagen?
delete-sending = Tar bort ur kalendern…
delete-given = Borttaget ur kalendern; ingen har meddelats.
meet-now-sending = Skapar ett möte…
meet-now-given = Mötet finns i kalendern och länken i urklipp.
jump-today = Idag
schedule = Schemalägg
meet-now = Möt nu
settings = Inställningar
details-shown = detaljer visas
keys = Kortkommandon
keys-close = Stäng
key-move = Gå från möte till möte
key-details = Visa eller dölj detaljer
key-join = Delta
key-copy = Kopiera länken
key-accept = Tacka ja
key-tentative = Svara preliminärt
key-decline = Tacka nej
key-search = Sök
key-schedule = Schemalägg möte
key-titles = Dölj eller visa rubriker i aktivitetsfält, påminnelser och aviseringar
titles-hidden = Rubriker döljs i aktivitetsfält, påminnelser och aviseringar
titles-shown = Rubriker visas igen
key-today = Tillbaka till idag
key-settings = Inställningar
key-keys = Visa dessa kortkommandon
key-escape = Stäng det som är öppet
snooze = Påminn igen
dismiss-label = Avfärda { $title }
ring-keys = Enter deltar, Esc avfärdar
setup-heading = Anslut din kalender
setup-lead = Joinbell läser dina möten och ringer när det är dags.
setup-address = E-postadress
setup-server = Exchange-server
setup-server-hint = Adressen till Exchange Web Services; din administratör känner till den.
setup-user = Användarnamn
setup-password = Lösenord
setup-password-hint = Sparas i systemets nyckelring och ingen annanstans; där det inte finns någon, under din lösenfras.
setup-ca-file = Certifikatutfärdare (valfritt)
setup-ca-hint = Sökväg till en PEM-fil, om företaget signerar sina egna certifikat.
setup-basic = Tillåt inloggning med Basic
setup-basic-hint = Bara där servern inte erbjuder något bättre: själva lösenordet skickas, inuti den krypterade anslutningen.
setup-another-way = Logga in på ett annat sätt
setup-way-password = Skriv in här
setup-way-password-hint = Användarnamn och lösenord; NTLM bevisar lösenordet utan att skicka det.
setup-way-ticket = Med datorns biljett
setup-way-ticket-hint = Kerberos: du är inloggad i företagets domän på den här datorn; det finns inget att skriva in.
setup-way-browser = I webbläsaren
setup-way-browser-hint = Företagets egen inloggningssida (AD FS eller Entra ID), med allt den frågar efter.
setup-client = Klient-id
setup-client-hint = Administratören har det från registreringen av Joinbell. Det är ingen hemlighet.
setup-authority = Var man loggar in
setup-authority-hint = Lämna tomt om servern själv säger det.
setup-connect = Anslut
protect = Skydda med en lösenfras
passphrase-enter = Ange lösenfrasen
passphrase-choose-heading = Skydda med en lösenfras
passphrase-choose-lead = Den här datorn har ingen nyckelring. Joinbell kan i stället spara dina lösenord och nycklar i en egen fil, låst med en lösenfras som du anger varje gång det startar.
passphrase-enter-heading = Ange din lösenfras
passphrase-enter-lead = Dina lösenord och nycklar är låsta med den. Joinbell går även utan den, men känner då varken de sparade mötena eller dina lösenord.
passphrase = Lösenfras
passphrase-hint = Flera ord som inte står skrivna bredvid datorn; minst 12 tecken. Ingen kan säga den till dig om du glömmer den.
passphrase-again = Lösenfrasen en gång till
passphrase-protect = Skydda
passphrase-open = Öppna
passphrase-forget = Jag har glömt den
passphrase-forget-what = Lösenorden och de sparade mötena ges upp; dina konton måste logga in igen. Inget går förlorat på servern.
passphrase-forget-yes = Ge upp dem
passphrase-kept = Från och med nu är lösenord och nycklar låsta med din lösenfras
passphrase-forgotten = Lösenfrasen är glömd, med det som var låst med den
problem-mail-address = Det här är ingen e-postadress med en egen domän; den ser ut som namn@example.org.
problem-server-not-found = Ingen Exchange-server hittades för { $domain }; fråga administratören efter serverns adress och skriv in den.
problem-server-foreign = { $domain } anger { $host } som sin server, som ligger utanför domänen; skriv in den som server om administratören bekräftar det.
problem-server-online = { $domain } har sina brevlådor i Exchange Online ({ $host }), där EWS upphör i april 2027; Joinbell är till för Exchange i egna lokaler.
problem-search-refused = { $host } godtog inte användarnamnet eller lösenordet; kontrollera båda (vissa servrar vill ha DOMÄN\namn, andra namn@domän).
problem-search-no-mailbox = { $host } känner ingen brevlåda med den här adressen; kontrollera hur den är skriven.
server-found = Hittade { $server }.
doctor-discovery = Server utifrån adressen
doctor-connection = Anslutning och TLS
doctor-sign-in = Inloggning
doctor-convert-id = EWS (ConvertId)
doctor-calendar = Kalender (GetFolder)
doctor-availability = Tillgänglighet
doctor-out-of-office = Frånvaro
doctor-streaming = Aviseringar (ett livstecken)
doctor-well = ok
doctor-badly = FEL
doctor-skipped = överhoppat
doctor-healthy = Allt är väl: { $host } släpper in { $user } och skickar aviseringar.
doctor-cause-foreign = { $domain } anger { $host } som sin server, som ligger utanför domänen; om administratören bekräftar det, kör igen med --trust { $host }.
doctor-cause-online = { $host } är Exchange Online, där EWS upphör i april 2027; Joinbell är till för Exchange i egna lokaler.
doctor-cause-unreachable = { $host } kan inte nås, eller avslutar anslutningar innan svaret kommer; kontrollera adressen, nätet och, utanför kontoret, VPN.
doctor-cause-certificate = Datorn litar inte på certifikatet hos { $host }; kontrollera adressen, eller ange företagets egen utfärdare med --ca FIL.
doctor-cause-not-ews = { $host } svarar, men inte som EWS; kontrollera sökvägen (oftast /EWS/Exchange.asmx) och fråga administratören om en omvänd proxy framför släpper igenom den.
doctor-cause-ews-blocked = { $host } förbjuder EWS för användaren eller för programmet; be administratören tillåta det (EwsEnabled, EwsApplicationAccessPolicy och EwsAllowList för brevlådan eller organisationen).
doctor-cause-basic-only = { $host } erbjuder bara Basic, som skickar själva lösenordet; be administratören om NTLM, eller tillåt det för den här servern med --allow-basic.
doctor-cause-no-known-scheme = { $host } erbjuder ingen inloggning som Joinbell kan; be administratören tillåta Windows-autentisering (NTLM) för EWS-katalogen.
doctor-cause-extended-protection = { $host } godtar lösenordet hos Autodiscover men inte hos EWS: troligen avslutar ett virusskydd, en proxy eller en lastbalanserare TLS på vägen medan servern kräver Extended Protection; låt undanta { $host } från granskningen, eller be administratören släppa igenom TLS.
doctor-cause-user-name = { $host } godtog inte inloggningen, och användarnamnet har troligen inte den form som servern vill ha; prova --user { $other } och kontrollera lösenordet.
doctor-cause-password = { $host } godtog inte användarnamnet eller lösenordet; kontrollera båda före nästa försök, eftersom konton låses efter några felaktiga.
doctor-cause-no-ticket = Datorn har ingen Kerberosbiljett som { $host } godtar; logga in i din domän (kinit), eller logga in med lösenord.
doctor-cause-browser = { $host } godtar ingen biljett som webbläsaren gav; logga in där igen, eller fråga administratören om Joinbell är registrerad för servern.
doctor-cause-no-mailbox = { $host } släpper in användaren men har ingen brevlåda åt den; kontrollera adressen och --user, eller fråga administratören om brevlådan har flyttats.
doctor-cause-busy = { $host } är upptagen och vill vara i fred; försök igen om några minuter.
doctor-cause-calendar = { $host } släpper in användaren men nekar kalendern; be administratören om rätt att läsa den.
doctor-cause-availability = { $host } talar inte om när folk är lediga, så möten kan inte planeras, medan allt annat kan fungera; be administratören se över tillgänglighetstjänsten.
doctor-cause-out-of-office = { $host } talar inte om frånvaroläget, så Joinbell visar det inte, medan allt annat kan fungera; fråga administratören.
doctor-cause-stream-held-back = { $host } öppnar strömmen av aviseringar, men inget kommer fram: troligen håller en proxy eller lastbalanserare kvar svar tills de är hela; be administratören släppa igenom /EWS obuffrat. Till dess syns ändringar inom 15 minuter.
doctor-cause-no-stream = { $host } ger ingen ström av aviseringar, så ändringar syns först inom 15 minuter; be administratören tillåta strömmande prenumerationer.
doctor-cause-server = { $host } felar av sig självt; försök igen senare och visa administratören steget som misslyckades.
doctor-service-address = Tjänstens adress
doctor-service = Hybridtjänst
doctor-keys = Nyckeltjänst
doctor-device = Den här enheten
doctor-release = Brevlådans nycklar
doctor-meetings = Förseglade möten
doctor-connector = Connector
doctor-service-healthy = Allt är väl: { $host } har kalendern för { $user }, förseglad av organisationens connector.
doctor-service-stranger = { $host } är en hybridtjänst och svarar; lägg till kontot för { $user } för att titta vidare.
doctor-cause-service-setup = Adressen { $host }, eller filen med den egna utfärdaren, kan inte användas; kontrollera båda.
doctor-cause-not-service = { $host } svarar, men inte som organisationens hybridtjänst; kontrollera adressen, och organisationens id efter den om det finns ett, eller fråga administratören efter båda.
doctor-cause-other-connector = { $host } anger en annan connector än den som lade till den här enheten; om administratören har satt upp den på nytt, ta bort kontot och lägg till det igen, och säg annars till administratören.
doctor-cause-keys-away = Organisationens nyckeltjänst { $host } svarar inte, så inget nytt kan öppnas; kontrollera nätet och, utanför kontoret, VPN, eller fråga administratören om den är igång.
doctor-cause-device = { $host } känner inte den här enheten, eller inte längre: den har återkallats, eller brevlådan betjänas inte längre; ta bort kontot och lägg till det igen, eller fråga administratören.
doctor-cause-no-keys = Organisationens nyckeltjänst { $host } ger inte enheten några nycklar: den har återkallats, eller brevlådan betjänas inte längre; ta bort kontot och lägg till det igen, eller fråga administratören.
doctor-cause-clock = Datorns klocka och den hos { $host } skiljer sig minst två minuter, så den tror ingen; ställ klockan, eller säg till administratören om den går rätt här.
doctor-cause-impostor = Det som svarar hos { $host } är inte den nyckeltjänst som koden har bevisat, så inget av det används; säg till administratören.
doctor-cause-untrue = Det som { $host } har är inte vad organisationens connector lade dit, så inget av det används; säg till administratören.
doctor-cause-empty = { $host } har inget av den här kalendern ännu; försök igen om några minuter, och fråga administratören om organisationens connector betjänar brevlådan om det fortsätter.
doctor-cause-stale = Organisationens connector har inte lämnat något till { $host } på mer än en timme; fråga administratören om den är igång och når Exchange.

## Settings
window-settings = Inställningar
settings-accounts = Konton
settings-reminders = Påminnelser
settings-keywords = Nyckelord
settings-join = Delta
settings-privacy = Integritet
settings-appearance = Utseende och språk
settings-shortcuts = Kortkommandon
settings-diagnostics = Felsökning
settings-undo = Ångra: { $title }
settings-search = Sök inställningar
settings-search-nothing = Ingen inställning matchar ”{ $query }”.
settings-sections = Avsnitt
settings-saved = Sparat
settings-minutes = minuter
settings-add-account = Lägg till konto
settings-sign-in-again = Logga in igen
settings-remove-account = Ta bort
settings-remove-question = Ta bort { $user } hos { $host }?
settings-remove-what = Lösenordet och de sparade mötena försvinner; brevlådan behåller allt.
settings-remove-yes = Ta bort kontot
settings-keep = Behåll det
settings-no-account = Inget konto är inlagt än.
settings-report-lead = Det som hjälper andra att hjälpa dig, utan möten, namn, adresser och lösenord. Inget skickas; läs igenom och kopiera.
settings-report-make = Visa rapporten
settings-report-text = Felrapport
settings-report-copy = Kopiera rapporten
settings-report-copied = Rapporten kopierad
set-minutes-before = Ring före start
hint-minutes-before = Hur många minuter före ett möte det ringer; 0 är vid starten.
set-again-before = Ring en gång till
hint-again-before = Utöver den första påminnelsen; möten du har gått med i lämnas i fred.
set-silent = Vad som inte ringer
hint-silent = Det finns kvar i agendan och går att delta i som förut.
set-silent-tentative = Preliminärt accepterat
set-silent-not-answered = Obesvarat
set-silent-free = Visas som ledigt
set-outside-hours = Ring utanför arbetstid
hint-outside-hours = Avstängt ringer bara det som börjar inom den.
set-work-days = Arbetsdagar
set-work-from = Arbetstiden börjar
set-work-to = Arbetstiden slutar
set-again-option = { $minutes ->
    [0] Vid starten
   *[other] { $minutes } min före
}
set-collapse = Lägg undan en obesvarad påminnelse
hint-collapse = Efter så många minuter hamnar den i aktivitetsfältet, räknat från mötets start.
set-sound = Spela ett ljud
hint-sound = Systemets eget ljud för påminnelser.
set-full-screen = Fyll skärmen
hint-full-screen = En påminnelse tar hela skärmen, för den som missar en liten.
set-ring-screen = Påminnelsens skärm
set-ring-screen-pointer = Den med muspekaren
set-ring-screen-primary = Huvudskärmen
set-quiet = Var tyst när systemet säger det
hint-quiet = Medan skärmen delas eller ingen får störa stannar en påminnelse i aktivitetsfältet.
set-at-login = Starta när jag loggar in på datorn
hint-at-login = Joinbell väntar i aktivitetsfältet, så att inget möte missas.
set-personal-room = Mitt eget rum
hint-personal-room = Länken bakom @webex och bakom ”Möt nu”.
set-space = Fast utrymme
hint-space = Länken till ett utrymme som är detsamma för ett team.
set-one-time-room = Ett rum för varje möte
hint-one-time-room = { "{id}" } står för något som ingen kan gissa.
set-webex-means = Vad @webex betyder
set-meet-means = Vad @meet betyder
set-write-details = Skriv in anslutningsuppgifter i mina egna möten
hint-write-details = Där platsen är @webex, @meet eller ett annat nyckelord och inbjudan ännu saknar länk.
set-tell-attendees = Meddela alla inbjudna
hint-tell-attendees = De får en uppdaterad inbjudan när uppgifter skrivs in.
set-in-app = Öppna i eget program
hint-in-app = De här tjänsternas länkar går förbi webbläsaren, om programmet är installerat.
set-never = Öppna aldrig
hint-never = De här länkarna visas och kopieras, men öppnas inte.
set-never-telephone = Telefonnummer
set-never-video = Videoadresser ({ $scheme })
set-services-file = Fil med videotjänster
hint-services-file = Organisationens egna tjänster, vid sidan av de inbyggda.
set-hide-titles = Dölj rubriker
hint-hide-titles = Aktivitetsfält, påminnelser och aviseringar säger ”Möte” i stället för rubriken.
set-language = Språk
set-hours = Klockslag
set-hours-24 = 24 timmar
set-hours-12 = 12 timmar
set-theme = Färger
set-theme-light = Ljusa
set-theme-dark = Mörka
set-by-system = Som systemet
set-show-declined = Visa möten jag har tackat nej till
set-join-next = Delta i nästa möte
hint-join-next = Tangenter som fungerar i alla program, till exempel Ctrl+Alt+J; tomt för ingen.
set-open-agenda = Öppna agendan
set-show-ring = Visa påminnelsen
hint-show-ring = Tangentbordet följer med: Enter deltar, Esc avfärdar.
set-mute = Tysta i en timme
hint-mute = En tryckning till avslutar tystnaden.
problem-setting-minutes = Det är inget antal minuter som går att använda; skriv ett heltal från { $lowest } till { $highest }.
problem-setting-work-hours = Arbetstiden måste vara minst en dag och sluta efter att den har börjat.
problem-setting-room = Det är ingen adress till ett rum; skriv en https-adress som https://acme.webex.com/meet/anna, eller lämna tomt.
problem-setting-one-time-room = Det blir inget rum för varje möte; skriv en https-adress med { "{id}" } en gång, som https://meet.jit.si/{ "{id}" }.
problem-setting-shortcut = ”{ $written }” är ingen tangentkombination som kan tas från andra program; skriv en som Ctrl+Alt+J.
problem-setting-same-shortcut = { $written } gör redan något annat; välj andra tangenter.
problem-setting-services-file = Filen med videotjänster måste anges med hela sin sökväg.
problem-setting-choice = Inställningen har inget sådant val; inget ändrades.
problem-setting-long = Texten är för lång; skriv högst { $most } byte.
problem-nothing-to-undo = Inget har ändrats sedan programmet startade.
problem-shortcut-taken = Systemet ger inte { $keys } till Joinbell, troligen för att ett annat program har tangenterna; välj andra.
problem-at-login = Systemet låter inte Joinbell starta när du loggar in; lägg till det i systemets egna inställningar.

## Setting an account up
setup-step-discovery = Letar efter din server
setup-step-browser = Inloggning i webbläsaren
setup-step-connection = Säker anslutning
setup-step-sign-in = Inloggning
setup-step-sign-in-by = Inloggning med { $way }
setup-found = { $host }, tillfrågad utan lösenord
setup-certificate = Certifikat från { $issuer }, giltigt till { $date }.
setup-ways = Loggar in med { $ways }.
setup-sign-in-page = företagets inloggningssida
setup-step-calendar = Din kalender
setup-step-keep = Sparar kontot
milliseconds = { $count } ms
setup-failed-discovery = Ingen server hittades för den här adressen.
setup-failed-connection = Det finns ingen säker anslutning till { $host }.
setup-failed-answer = { $host } svarade, men inte som en server som släpper in någon.
setup-failed-sign-in = { $host } släppte inte in dig.
setup-failed-calendar = { $host } släppte in dig men gav inte din kalender.
setup-cause-certificate = Datorn litar inte på certifikatet från { $host }; kontrollera adressen, eller ange företagets egen utfärdare under ”{ setup-more }”.
setup-cause-basic-only = { $host } erbjuder bara Basic, som skickar själva lösenordet; be administratören om NTLM, eller tillåt Basic under ”{ setup-more }”.
setup-cause-no-mailbox = { $host } har ingen brevlåda för den här användaren; kontrollera adressen och användarnamnet, eller fråga administratören om brevlådan har flyttats.
setup-cause-user-name = Användarnamnet har troligen inte den form som { $host } vill ha; prova { $other }, och kontrollera lösenordet.
setup-kind = Var din kalender finns
setup-exchange = Exchange direkt
setup-exchange-hint = Organisationens egen server, eller grommunio
setup-service = Hybridtjänst
setup-service-hint = Din organisation kör en Joinbell-connector
setup-service-address = Tjänstens adress
setup-service-address-hint = Din administratör känner till den.
setup-code-heading = Titta i din kalender
setup-code-lead = Om { $address } är en brevlåda där finns nu en post ”Joinbell code …” i dess kalender. Koden gäller i tio minuter.
setup-code = Kod
setup-code-hint = Sexton bokstäver och siffror. Visa den inte för någon.
setup-code-another = Ny kod
code-of = Koden i kalendern för { $user }
code-asked = Om { $user } är en brevlåda där finns nu en post ”Joinbell code …” i dess kalender; koden gäller i tio minuter.
setup-demo = Prova med en påhittad brevlåda
setup-continue = Fortsätt
setup-back = Tillbaka
setup-more = Mer
setup-sign-in-heading = Logga in
setup-again-heading = Logga in igen
setup-again-lead = { $user } hos { $host }
setup-server-lead = Server: { $host }
setup-use-host = Använd { $host }
setup-by-hand = Ange servern själv
setup-copy-report = Kopiera rapporten
setup-report-copied = Rapporten kopierad
setup-done-heading = Ansluten
setup-done-lead = Dina möten är på väg. Joinbell väntar i aktivitetsfältet och ringer när det är dags.
setup-open-agenda = Öppna agendan
setup-another = Lägg till ett konto till
setup-step-running = pågår
setup-step-well = klart
setup-step-badly = misslyckades
report-removed =
    { $count ->
        [one] 1 ställe togs bort.
       *[other] { $count } ställen togs bort.
    }
## Mötesfönstret
schedule-heading = Schemalägg möte
schedule-heading-edit = Ändra möte
draft-saved = Utkastet är sparat
draft-in-memory = Utkastet finns kvar tills du avslutar
time-for = { $time } för { $name }
you = Du
you-inside = dig
met-times =
    { $count ->
        [one] träffats en gång
       *[other] träffats { $count } gånger
    }
invitee-asked = Söker vem det är; utan svar skickas ingen inbjudan.
invitee-nobody = Ingen med den adressen hittades. Den bjuds inte in; skriv <namn@example.org> för att bjuda in någon utanför.
invitee-several = Flera har det namnet. Ingen bjuds in med det; välj en av dem.
invitee-outside = Finns inte i er katalog; när de har tid är okänt.
meet-room = Ditt rum { $room }
meet-new-room = Ett nytt rum hos { $host }
meet-own = Egen länk
meet-none = Ingen
meet-kept = Som det är
meet-own-wrong = Det är ingen länk som kan öppnas säkert; den börjar med https.
suggested-of = { $shown } av { $count }, bäst först
suggested-asking = Frågar när alla har tid
suggested-none = Ingen tid är kvar de här dagarna; välj senare dagar.
suggested-short = Ingen tid passar alla som måste vara med; här saknas minst.
reason-all-free =
    { $count ->
        [one] Du är ledig
       *[other] Alla { $count } lediga
    }
reason-required-free =
    { $count ->
        [one] Du är ledig
       *[other] Alla { $count } som måste vara med är lediga
    }
reason-away = { $names } upptagen
reason-tentative = { $names } preliminärt
reason-unknown = { $names } okänt
reason-outside-hours = utanför arbetstid för { $names }
reason-back-to-back = ingen paus för { $names }
reason-room-free = { $names } ledigt
reason-no-room-free = inget rum ledigt
grid-free = ledig
grid-busy = Upptagen
grid-booked = Bokat
grid-tentative = Preliminärt
grid-out-of-office = Frånvarande
grid-elsewhere = På annan plats
grid-unknown = okänt
grid-outside-hours = utanför arbetstid
grid-spoken = { $name }, { $start } till { $end }, { $kind }
grid-at-slot = { $name }: { $kind }
send-to =
    { $count ->
        [one] Skicka till 1 person
       *[other] Skicka till { $count } personer
    }
send-to-nobody = Lägg i min kalender
send-change-to =
    { $count ->
        [one] Skicka ändring till 1 person
       *[other] Skicka ändring till { $count } personer
    }
send-change-to-nobody = Spara ändringen
missing-on-its-way = Det är på väg.
missing-sent = Det är skickat.
missing-time = Välj en tid.
missing-over = Den tiden är förbi; välj en annan.
missing-link = Skriv en säker länk, eller välj ett annat sätt att mötas.
missing-somebody = Någon på listan slås fortfarande upp.
missing-nameless = Någon på listan har ingen adress som är känd här; ändra listan i din kalender.
missing-change = Inget är ändrat än.
outcome-sending = Skickar…
outcome-sent = Skickat. I din kalender sedan { $time }.
outcome-changed = Ändringen skickades { $time }.
outcome-unsure = Svaret gick förlorat. Från { $time } tittar Joinbell efter om det kom fram, och skickar bara igen om det inte gjorde det.
outcome-waiting = Det här var på väg när Joinbell avslutades. Om det kom fram visar sig när { $account } går att fråga igen; skicka det inte en gång till innan dess.
refused-gone = Mötet finns inte längre i kalendern, så inget ändrades.
refused-not-ours = Din server låter dig inte göra det med mötet; bara den som kallade kan ändra det, och bara de som är kallade kan svara.
refused-moved = Mötet har under tiden flyttats till en annan tid, så inget gjordes; titta på det igen.
refused-others-asked = Någon annan är numera kallad till det här, så det togs inte bort och ingen meddelades; se efter vilka som är med, och ställ in mötet i stället.
refused-whole-series = Servern har serien som en helhet, så Joinbell kan inte ändra en enskild dag; inget skickades. Öppna den i Outlook eller på webben.
refused-full = Brevlådan är full, så inget skickades; gör plats och skicka igen.
refused-access = Du har inte rätt att ändra kalendern, så inget skickades; fråga din administratör.
refused-too-late = Mötet är över, så inget skickades.
refused-not-kept = Det kunde inte skrivas ner på den här datorn, så det skickades inte; kontrollera ledigt utrymme och skicka igen.
refused-unreachable = Servern kan inte nås, så inget skickades; kontrollera nätverket och skicka igen.
refused-sign-in = Servern släpper inte in dig, så inget skickades; logga in igen och skicka sedan igen.
refused-failing = Servern misslyckades varje gång och inget blev av det; skicka igen senare.
refused-account-removed = Kontot som det skickades från togs bort innan det var säkert att det skickats; se efter i den kalendern innan du skickar igen.
refused-other = Servern vägrade ({ $code }), så inget skickades; fråga din administratör.
unsure-yet = Svaret gick förlorat; Joinbell tittar om en minut efter om det kom fram, och försöker bara igen om det inte gjorde det.
problem-no-scheduling = Inget konto kan skicka nu; vänta på anslutningen, eller logga in igen.
problem-no-demo = Demon kunde inte startas härifrån; starta den i en terminal med ”joinbell --demo”.
problem-no-own-room = Inställningarna nämner inget eget rum att mötas i; ange ett under Nyckelord.
problem-not-your-meeting = Bara den som kallade till ett möte kan ändra det.
problem-whole-days = Ett heldagsmöte kan inte flyttas här; ändra det i din kalender.
problem-nobody-there = Ingen som heter ”{ $who }” hittades, eller flera, så inget skickades; kontrollera hur det är skrivet, eller skriv <{ $who }> för att bjuda in någon utanför.
meet-now-title = Möte
## Schemaläggning

## Schemaläggningsfönstrets etiketter
window-schedule = Schemalägg möte
schedule-title = Rubrik
schedule-title-hint = Vad gäller det?
schedule-account = Från kalendern
schedule-required = Måste delta
schedule-optional = Valfria
schedule-room = Rum
schedule-people-hint = Namn eller adress
schedule-room-hint = Rummets namn
schedule-people-found =
    { $count ->
        [0] Ingen är känd under detta; Enter tar det som det står
        [one] 1 förslag
       *[other] { $count } förslag
    }
schedule-person-menu = { $name }, alternativ
schedule-remove = Ta bort
schedule-remove-named = Ta bort { $name }
schedule-make-required = Måste delta
schedule-make-optional = Får delta
schedule-invite-anyway = Bjud in ändå
schedule-not-invited = bjuds inte in
schedule-length = Längd
schedule-between = Mellan
schedule-between-choose = Dagar att söka bland: { $days }. Ändra
schedule-between-calendar = Dagar att söka bland
schedule-month-before = Föregående månad
schedule-month-after = Nästa månad
schedule-meet-by = Mötas via
schedule-own-link = Länk
schedule-own-link-hint = https://
schedule-message = Meddelande
schedule-message-hint = Vad bör de veta?
schedule-message-edit = Nytt meddelande (ersätter inbjudans text)
schedule-message-edit-hint = Tomt: texten är kvar som den är
schedule-suggested = Förslag
schedule-asking = Frågar när alla är lediga…
schedule-availability = Ledig/upptagen, { $day }
schedule-grid-hint = Piltangenterna går från cell till cell; Enter lägger mötet där.
schedule-day-before = Dagen före
schedule-day-after = Dagen efter
schedule-slot = Mötets tid
schedule-cell-free = { $name }, ledig
schedule-legend = Vad mönstren betyder
schedule-kind-busy = Upptagen
schedule-kind-tentative = Preliminärt
schedule-kind-out-of-office = Frånvarande
schedule-kind-elsewhere = Annan plats
schedule-kind-unknown = Okänt
schedule-kind-outside-hours = Utanför arbetstid
schedule-no-time = Ingen tid vald
schedule-discard = Kasta utkastet
schedule-discard-sure = Kasta för gott
schedule-sending = Skickar…
schedule-untitled = Skicka utan rubrik
schedule-again = Schemalägg ett till
schedule-close = Stäng
schedule-loading = Öppnar utkastet
