import { describe, expect, it } from 'vitest';
import { Typed } from './typed.svelte';

const SERVER = 'https://mail.example.org/EWS/Exchange.asmx';

function known() {
  return { source: 'exchange' as const, server: SERVER, user: 'anna', caFile: '/ca.pem' };
}

describe('what is typed to set an account up', () => {
  it('names the user by the address, until they have another name', () => {
    const typed = new Typed();
    typed.address = 'anna@example.org';
    typed.nameUser();
    expect(typed.user).toBe('anna@example.org');
    typed.address = 'omar@example.org';
    typed.nameUser();
    expect(typed.user).toBe('omar@example.org');
    typed.user = 'EXAMPLE\\omar';
    typed.nameUser();
    expect(typed.user).toBe('EXAMPLE\\omar');
  });

  it('may have its server changed where a search has found it, and not where somebody wrote it', () => {
    const typed = new Typed();
    typed.address = 'anna@example.org';
    typed.found(SERVER);
    expect(typed.host).toBe('mail.example.org');
    expect(typed.form.found).toEqual({ address: 'anna@example.org', trusted: [] });
    typed.server = 'https://ex.example.org';
    expect(typed.form.found).toBeNull();
  });

  it('keeps on the way back what was written, and neither what was found nor the password', () => {
    const typed = new Typed();
    typed.found(SERVER);
    typed.password = 'secret';
    typed.back();
    expect([typed.server, typed.password]).toEqual(['', '']);
    typed.server = SERVER.replace('mail', 'ex');
    typed.back();
    expect(typed.server).toContain('ex.example.org');
  });

  it('sends a password only where one signs in by it', () => {
    const typed = new Typed();
    typed.password = 'secret';
    expect(typed.form).toMatchObject({ password: 'secret', signIn: 'ntlm' });
    typed.basic = true;
    expect(typed.form.signIn).toBe('ntlm-or-basic');
    typed.way = 'ticket';
    expect(typed.form).toMatchObject({ password: '', signIn: 'kerberos' });
    typed.way = 'browser';
    typed.client = 'joinbell';
    expect(typed.form).toMatchObject({
      password: '',
      signIn: { oauth: { client: 'joinbell', authority: '' } },
    });
  });

  it('begins again with what the account was set up with', () => {
    const typed = new Typed();
    typed.begin({ ...known(), signIn: 'ntlm-or-basic' });
    expect(typed).toMatchObject({ again: true, user: 'anna', caFile: '/ca.pem', basic: true });
    const service = new Typed();
    service.begin({ ...known(), source: 'service', signIn: 'ntlm' });
    expect(service).toMatchObject({
      kind: 'service',
      service: SERVER,
      address: 'anna',
      server: '',
    });
  });
});
