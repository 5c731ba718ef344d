import type { Backend } from './backend';
import type { FailureView, Problem, SetupStep, StepState, StepView } from './bindings';
import type { Choice } from './fake-choices';
import { say } from './words';

const HOST = 'mail.example.org';
const SERVER = `https://${HOST}/EWS/Exchange.asmx`;

/** Made-up steps of setting an account up. */
export function fakeSetup(
  wish: Choice<'setup', 'setup'>,
  asked: unknown[][],
): Pick<
  Backend,
  | 'watchSetup'
  | 'showDemo'
  | 'findServer'
  | 'connect'
  | 'askForCode'
  | 'addDevice'
  | 'choosePassphrase'
  | 'enterPassphrase'
  | 'forgetPassphrase'
> {
  const view = (step: SetupStep, state: StepState, time = '', detail = ''): StepView => ({
    step,
    state,
    time,
    detail,
    title:
      step === 'sign_in'
        ? say('setup-step-sign-in-by', { way: 'NTLM' })
        : say(`setup-step-${step}`),
  });
  /** Who vouches for the server, and how one gets in there. */
  const vouched = () => {
    const month = document.documentElement.lang === 'sv' ? 'mars' : 'March';
    const date = say('year-date', { order: 'day-first', day: 1, month, year: '2027' });
    const certificate = say('setup-certificate', { issuer: 'Acme Root CA', date });
    return `${certificate}\n${say('setup-ways', { ways: 'NTLM' })}`;
  };
  const refused = (): FailureView => ({
    code: 'credentials',
    text: say('setup-failed-sign-in', { host: HOST }),
    advice: say('doctor-cause-password', { host: HOST }),
    trust: null,
    report: 'sign-in: FAILED, 88 ms',
  });
  const unknown = (): FailureView => ({
    code: 'server',
    text: say(wish === 'foreign' ? 'problem-server-foreign' : 'problem-server-not-found', {
      domain: 'example.org',
      host: 'ex.hoster.net',
    }),
    advice: '',
    trust: wish === 'foreign' ? 'ex.hoster.net' : null,
    report: 'discovery: nobody',
  });
  const untrusted = (): FailureView => ({
    code: 'certificate',
    text: say('setup-failed-connection', { host: HOST }),
    advice: say('setup-cause-certificate', { host: HOST }),
    trust: null,
    report: 'connection: FAILED, 31 ms',
  });
  /** What the hybrid service refuses, by what was wished. */
  const service = (code: FailureView['code'], key: string): FailureView => ({
    code,
    text: say(key, { host: 'joinbell.example.org' }),
    advice: '',
    trust: null,
    report: key,
  });
  /** Whether there is something to keep a password in. */
  let kept = false;
  const refusal = (key: string, named = {}): Problem => ({
    code: 'passphrase',
    text: say(key, named),
  });
  const again = {
    source: 'exchange' as const,
    server: SERVER,
    user: 'anna@example.org',
    caFile: '',
    signIn:
      wish === 'browser'
        ? {
            oauth: {
              client: 'joinbell',
              authority: 'https://adfs.example.org/adfs/oauth2/authorize',
            },
          }
        : ('ntlm' as const),
  };

  return {
    watchSetup: (show) => {
      const tickets = wish !== 'no-tickets';
      const server = 'https://joinbell.example.org/';
      if (wish === 'service-again') {
        show({ account: { ...again, source: 'service', server }, tickets, passphrase: null });
      } else {
        const first = wish === 'passphrase-choose' ? 'choose' : 'enter';
        const passphrase = wish.startsWith('passphrase-') ? first : null;
        const account = wish === 'again' || wish === 'browser' ? again : null;
        show({ account, tickets, passphrase });
      }
      // Another window asks for a new account, or for one that is known by its host.
      const ask = (event: Event) => {
        const host = (event as CustomEvent<string>).detail;
        const known = { ...again, server: `https://${host}/EWS/Exchange.asmx` };
        show({ account: host ? known : null, tickets, passphrase: null });
      };
      window.addEventListener('fake-setup', ask);
      return () => window.removeEventListener('fake-setup', ask);
    },
    showDemo: () => {
      asked.push(['showDemo']);
      return Promise.resolve(null);
    },
    choosePassphrase: (phrase) => {
      asked.push(['choosePassphrase', phrase.length]);
      const short = phrase.length < 12;
      if (!short) kept = true;
      return Promise.resolve(short ? refusal('problem-passphrase-short', { least: 12 }) : null);
    },
    enterPassphrase: (phrase) => {
      asked.push(['enterPassphrase', phrase.length]);
      kept = true;
      const wrong = wish === 'passphrase-wrong';
      return Promise.resolve(wrong ? refusal('problem-passphrase-wrong') : null);
    },
    forgetPassphrase: () => {
      asked.push(['forgetPassphrase']);
      return Promise.resolve(null);
    },
    askForCode: (form) => {
      asked.push(['askForCode', form]);
      if (wish === 'service-away') {
        return Promise.resolve(service('unreachable', 'problem-unreachable'));
      }
      if (wish === 'service-certificate') {
        return Promise.resolve(service('certificate', 'problem-certificate'));
      }
      return Promise.resolve(null);
    },
    addDevice: (code) => {
      asked.push(['addDevice', code]);
      if (wish === 'code-wrong') {
        return Promise.resolve(service('credentials', 'problem-code-wrong'));
      }
      return Promise.resolve(null);
    },
    findServer: (address, _caFile, told) => {
      asked.push(['findServer', address]);
      told(view('discovery', 'running'));
      if (wish === 'searching') return new Promise(() => undefined);
      const mistyped = wish === 'mistyped' && !address.endsWith('@example.org');
      if (wish === 'unknown' || wish === 'foreign' || mistyped) {
        told(view('discovery', 'badly', '412 ms'));
        return Promise.resolve({ failure: unknown() });
      }
      told(view('discovery', 'well', '120 ms', say('setup-found', { host: HOST })));
      told(view('connection', 'running'));
      if (wish === 'certificate') {
        told(view('connection', 'badly', '31 ms'));
        return Promise.resolve({ failure: untrusted() });
      }
      told(view('connection', 'well', '31 ms', vouched()));
      return Promise.resolve({ found: { server: SERVER, host: HOST } });
    },
    connect: (address, form, told) => {
      asked.push(['connect', address, { ...form, password: form.password.length }]);
      if (typeof form.signIn === 'object') told(view('browser', 'well'));
      told(view('connection', 'well', '31 ms', vouched()));
      if (wish === 'signing-in') {
        told(view('sign_in', 'running'));
        return new Promise(() => undefined);
      }
      if (wish === 'credentials') {
        told(view('sign_in', 'badly', '88 ms'));
        return Promise.resolve(refused());
      }
      told(view('sign_in', 'well', '88 ms'));
      told(view('calendar', 'well', '40 ms'));
      if ((wish === 'no-keyring' || wish === 'closed') && !kept) {
        told(view('keep', 'badly'));
        return Promise.resolve(
          wish === 'closed'
            ? service('passphrase', 'problem-keyring-passphrase')
            : service('no_keyring', 'problem-keyring-absent'),
        );
      }
      told(view('keep', 'well'));
      return Promise.resolve(null);
    },
  };
}
