import type { Backend } from './backend';
import type { FailureView, SetupStep, StepState, StepView } from './bindings';
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
  'watchSetup' | 'showDemo' | 'findServer' | 'connect' | 'askForCode' | 'addDevice'
> {
  const view = (step: SetupStep, state: StepState, time = '', detail = ''): StepView => ({
    step,
    state,
    time,
    detail,
    title: say(`setup-step-${step.replace('_', '-')}`),
  });
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
        show({ account: { ...again, source: 'service', server }, tickets });
      } else {
        show({ account: wish === 'again' || wish === 'browser' ? again : null, tickets });
      }
      // Another window asks for a new account, or for one that is known by its host.
      const ask = (event: Event) => {
        const host = (event as CustomEvent<string>).detail;
        const known = { ...again, server: `https://${host}/EWS/Exchange.asmx` };
        show({ account: host ? known : null, tickets });
      };
      window.addEventListener('fake-setup', ask);
      return () => window.removeEventListener('fake-setup', ask);
    },
    showDemo: () => {
      asked.push(['showDemo']);
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
      told(view('discovery', 'well', '120 ms', HOST));
      return Promise.resolve({ found: { server: SERVER, host: HOST } });
    },
    connect: (address, form, told) => {
      asked.push(['connect', address, { ...form, password: form.password.length }]);
      if (typeof form.signIn === 'object') told(view('browser', 'well'));
      if (wish === 'certificate') {
        told(view('connection', 'badly', '31 ms'));
        return Promise.resolve(untrusted());
      }
      told(view('connection', 'well', '31 ms'));
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
      told(view('keep', 'well'));
      return Promise.resolve(null);
    },
  };
}
