import '../lib/menu.css';
import { say } from '../lib/words';
import Schedule from '../schedule/Schedule.svelte';
import { open } from './open';

void open(Schedule, () => say('window-schedule'));
