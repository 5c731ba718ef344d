import type { Backend } from './backend';
import type { FailureView, SetupStep, StepState, StepView } from './bindings';
import { say } from './words';

const SERVER = 'https://mail.example.org/EWS/Exchange.asmx';

/** Made-up steps of setting an account up. */
export function fakeSetup(
  wish: string | null,
  language: string,
  asked: unknown[][],
): Pick<Backend, 'beginSetup' | 'findServer' | 'connect' | 'askForCode' | 'addDevice'> {
  const view = (step: SetupStep, state: StepState, time = '', detail = ''): StepView => ({
    step,
    state,
    time,
    detail,
    title: say(`setup-step-${step.replace('_', '-')}`),
  });
  const swedish = language === 'sv';
  const refused: FailureView = {
    code: 'credentials',
    text: swedish
      ? 'mail.example.org släppte inte in dig.'
      : 'mail.example.org did not let you in.',
    advice: swedish
      ? 'mail.example.org nekade användarnamnet eller lösenordet; kontrollera båda innan du försöker igen.'
      : 'mail.example.org refused the user name or the password; check both before you try again, as directories lock accounts after a few attempts.',
    trust: null,
    report: 'sign-in: FAILED, 88 ms',
  };
  const unknown: FailureView = {
    code: 'server',
    text: swedish
      ? 'Ingen Exchange-server hittades för example.org; fråga administratören och skriv in serverns adress.'
      : 'No Exchange server was found for example.org; ask your administrator for the server’s address and write it in.',
    advice: '',
    trust: wish === 'foreign' ? 'ex.hoster.net' : null,
    report: 'discovery: nobody',
  };
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
    beginSetup: () => {
      const tickets = wish !== 'no-tickets';
      if (wish === 'service-again') {
        const server = 'https://joinbell.example.org/';
        return Promise.resolve({ account: { ...again, source: 'service', server }, tickets });
      }
      const account = wish === 'again' || wish === 'browser' ? again : null;
      return Promise.resolve({ account, tickets });
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
      if (wish === 'unknown' || wish === 'foreign') {
        told(view('discovery', 'badly', '412 ms'));
        return Promise.resolve({ failure: unknown });
      }
      told(view('discovery', 'well', '120 ms', 'mail.example.org'));
      return Promise.resolve({ found: { server: SERVER, host: 'mail.example.org' } });
    },
    connect: (address, form, told) => {
      asked.push(['connect', address, { ...form, password: form.password.length }]);
      if (typeof form.signIn === 'object') told(view('browser', 'well'));
      told(view('connection', 'well', '31 ms'));
      if (wish === 'credentials') {
        told(view('sign_in', 'badly', '88 ms'));
        return Promise.resolve(refused);
      }
      told(view('sign_in', 'well', '88 ms'));
      told(view('calendar', 'well', '40 ms'));
      told(view('keep', 'well'));
      return Promise.resolve(null);
    },
  };
}
