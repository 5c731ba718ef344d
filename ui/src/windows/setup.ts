import '../lib/tick.css';
import { say } from '../lib/words';
import Setup from '../setup/Setup.svelte';
import { open } from './open';

void open(Setup, () => say('window-setup'));
