import { readFileSync } from 'node:fs';

interface ShellConfig {
  app: { security: { csp: Record<string, string> } };
}

/** The content security policy of `tauri.conf.json` as one header. */
export function csp(): string {
  const file = new URL('../tauri.conf.json', import.meta.url);
  const config = JSON.parse(readFileSync(file, 'utf8')) as ShellConfig;
  return Object.entries(config.app.security.csp)
    .map(([directive, sources]) => `${directive} ${sources}`)
    .join('; ');
}
