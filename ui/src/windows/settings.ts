import '../lib/dialog.css';
import '../lib/tick.css';
import { say } from '../lib/words';
import Settings from '../settings/Settings.svelte';
import { open } from './open';

void open(Settings, () => say('window-settings'));
