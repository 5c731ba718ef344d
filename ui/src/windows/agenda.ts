import '../lib/dialog.css';
import '../lib/menu.css';
import { say } from '../lib/words';
import Agenda from '../agenda/Agenda.svelte';
import { open } from './open';

void open(Agenda, () => say('window-agenda'));
