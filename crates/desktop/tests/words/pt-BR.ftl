# A language of the tests: of one country, beside the file of the language.
language-name = Português do Brasil
language-locale = pt_BR
language-direction = ltr
day-date = { $weekday }, { $day } de { $month }
short-date = { $day } de { $month }
today = Hoje
now = Agora
join-provider = Participar pelo { $provider }
tray-quit = Fechar o Joinbell
