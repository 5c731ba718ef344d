# A language of the tests: with a file for one country beside it.
language-name = Português
language-locale = pt_PT
language-direction = ltr
day-date = { $weekday }, { $day } de { $month }
short-date = { $day } de { $month }
today = Hoje
now = Agora
join-provider = Entrar no { $provider }
tray-quit = Sair do Joinbell
