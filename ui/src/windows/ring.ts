import { say } from '../lib/words';
import Ring from '../ring/Ring.svelte';
import { open } from './open';

void open(Ring, () => say('window-ring'));
