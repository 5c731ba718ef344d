import type { AccountForm, SignIn, SignInView } from '../lib/bindings';
import type { Kind } from './Kinds.svelte';
import type { Way } from './Ways.svelte';

/** What is typed in the set-up window, in whichever of its steps. */
export class Typed {
  kind = $state<Kind>('exchange');
  service = $state('');
  address = $state('');
  server = $state('');
  user = $state('');
  password = $state('');
  caFile = $state('');
  basic = $state(false);
  way = $state<Way>('password');
  client = $state('');
  authority = $state('');
  /** Whether the account is known and signs in again. */
  again = $state(false);
  /** Whether the fields that few need are unfolded. */
  unfolded = $state(false);
  /** The server that a search has found. */
  #found = '';
  /** The server that was named to the user, and not by them. */
  #named = '';
  /** The address by which the user was named, and not by themselves. */
  #namedUser = '';

  /** As it is shown; Rust decides what the address is. */
  get host(): string {
    return /^\w+:\/\/([^/:]+)/.exec(this.server)?.[1] ?? this.server;
  }

  /** What the account's form said when it was set up. */
  begin(account: SignInView) {
    this.again = true;
    if (account.source === 'service') {
      this.kind = 'service';
      this.service = account.server;
      this.address = account.user;
      this.caFile = account.caFile;
      return;
    }
    this.server = account.server;
    this.user = account.user;
    this.caFile = account.caFile;
    this.basic = account.signIn === 'ntlm-or-basic';
    if (account.signIn === 'kerberos') this.way = 'ticket';
    if (typeof account.signIn === 'object') {
      this.way = 'browser';
      this.client = account.signIn.oauth.client;
      this.authority = account.signIn.oauth.authority;
    }
  }

  /** The user is called as their address, unless they have written another name. */
  nameUser() {
    if (this.user === '' || this.user === this.#namedUser) this.user = this.address;
    this.#namedUser = this.address;
  }

  /** A search has found the server. */
  found(server: string) {
    this.#found = server;
    this.named(server);
  }

  /** The user was told of a server. */
  named(server: string) {
    this.server = server;
    this.#named = server;
    this.nameUser();
  }

  /** What was found belongs to the address; what was written stays. */
  back() {
    if (this.server === this.#named) this.server = '';
    this.password = '';
  }

  /** The form is for another account. */
  another() {
    this.address = '';
    this.user = '';
    this.server = '';
    this.unfolded = false;
    this.again = false;
  }

  /** What signs in. */
  get form(): AccountForm {
    const { server, user, caFile, address } = this;
    return {
      server,
      user,
      caFile,
      password: this.way === 'password' ? this.password : '',
      signIn: this.#signIn(),
      // A server that somebody wrote in is changed by them alone.
      found: server !== '' && server === this.#found ? { address, trusted: [] } : null,
    };
  }

  #signIn(): SignIn {
    if (this.way === 'ticket') return 'kerberos';
    if (this.way === 'browser') {
      return { oauth: { client: this.client, authority: this.authority } };
    }
    return this.basic ? 'ntlm-or-basic' : 'ntlm';
  }
}
