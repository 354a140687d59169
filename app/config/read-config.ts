import { Redacted } from '../../core/index.ts';
import { isIP } from 'node:net';

/** Everything the program may be told, read once. */
export interface Config {
  readonly production: boolean;
  readonly dataDirectory: string;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Origin people's browsers see, without a trailing slash; null means `http://localhost:PORT`. */
  readonly publicUrl: string | null;
  /** Addresses whose X-Forwarded-For is believed; empty believes none. */
  readonly trustedProxies: readonly string[];
  readonly sqlUrl: Redacted<string> | null;
  readonly kafkaBrokers: readonly string[];
  readonly clickhouseUrl: Redacted<string> | null;
  readonly chainRpcUrls: readonly string[];
  readonly chainQuorum: number;
  readonly chainId: number;
  readonly chainConfirmations: number;
  readonly keystorePassphrase: Redacted<string> | null;
  /** Third-party deposit providers: name and webhook secret (`whsec_` and base64). */
  readonly providers: ReadonlyMap<string, Redacted<string>>;
  /** Services that send events: bearer token by name. */
  readonly services: ReadonlyMap<string, Redacted<string>>;
  readonly rulesEvaluator: 'compiled' | 'json-rules-engine';
  readonly rulesDirectory: string | null;
  /** YAML list of assets; without it the native coin alone. */
  readonly assetsFile: string | null;
  /** YAML price table in place of the shipped one. */
  readonly pricesFile: string | null;
  readonly models: 'on' | 'off';
  /** YAML manifest of models, their files beside it, in place of the shipped ones. */
  readonly modelManifest: string | null;
  readonly logLevel: 'silent' | 'error' | 'warn' | 'info' | 'debug';
}

/** What is wrong with one variable, and what it would lead to. */
export interface ConfigProblem {
  readonly variable: string;
  readonly problem: string;
}

/** Thrown with every problem at once, so that nobody mends a configuration one start at a time. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(['the configuration has problems:', ...problems.map((each) => `  ${each.variable}: ${each.problem}`)].join('\n'));
    this.problems = problems;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

class Reader {
  readonly problems: ConfigProblem[] = [];
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  text(variable: string): string | null {
    const value = this.#environment[variable]?.trim();
    return value === undefined || value === '' ? null : value;
  }

  secret(variable: string): Redacted<string> | null {
    const value = this.text(variable);
    return value === null ? null : new Redacted(value);
  }

  list(variable: string): string[] {
    return (this.text(variable) ?? '')
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  }

  integer(variable: string, fallback: number, range: { min: number; max: number }): number {
    const value = this.text(variable);
    if (value === null) return fallback;
    const number = Number(value);
    if (/^\d{1,15}$/.test(value) && number >= range.min && number <= range.max) return number;
    this.problem(variable, `"${value}" is not a whole number from ${range.min} to ${range.max}`);
    return fallback;
  }

  oneOf<const Choice extends string>(variable: string, fallback: Choice, choices: readonly Choice[]): Choice {
    const value = this.text(variable);
    if (value === null) return fallback;
    const found = choices.find((choice) => choice === value);
    if (found === undefined) this.problem(variable, `"${value}" is none of ${choices.join(', ')}`);
    return found ?? fallback;
  }

  url(variable: string, protocols: readonly string[]): string | null {
    const value = this.text(variable);
    if (value === null) return null;
    const protocol = URL.parse(value)?.protocol;
    if (protocol === undefined || !protocols.includes(protocol))
      this.problem(variable, `it is not a URL that begins with ${protocols.join(' or ')}`);
    return value;
  }

  problem(variable: string, problem: string): void {
    this.problems.push({ variable, problem });
  }
}

function readProviders(reader: Reader): Map<string, Redacted<string>> {
  const providers = new Map<string, Redacted<string>>();
  for (const item of reader.list('PROVIDER_SECRETS')) {
    const [, name, secret] = /^([a-z0-9-]{1,40}):(?:whsec_)?([A-Za-z0-9+/]{32,}={0,2})$/.exec(item) ?? [];
    if (name === undefined || secret === undefined)
      reader.problem(
        'PROVIDER_SECRETS',
        'each item is NAME:SECRET, the secret at least 24 bytes in base64; callbacks of a misspelt one would be refused',
      );
    else providers.set(name, new Redacted(`whsec_${secret}`));
  }
  return providers;
}

function readServices(reader: Reader): Map<string, Redacted<string>> {
  const services = new Map<string, Redacted<string>>();
  for (const item of reader.list('SERVICE_TOKENS')) {
    const [, name, token] = /^([a-z0-9-]{1,40}):([\w-]{32,200})$/.exec(item) ?? [];
    if (name === undefined || token === undefined) {
      reader.problem(
        'SERVICE_TOKENS',
        'each item is NAME:TOKEN, the token at least 32 letters, digits, - or _; a shorter one is guessed',
      );
    } else services.set(name, new Redacted(token));
  }
  return services;
}

/** An address, or a range that is not half of the internet: who is believed may say who everybody is. */
function isNarrowRange(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  if (prefix === undefined) return true;
  const [least, most] = family === 4 ? [8, 32] : [16, 128];
  return /^\d{1,3}$/.test(prefix) && Number(prefix) >= least && Number(prefix) <= most;
}

/** A path, query or user part would make links, cookies and tokens speak of different places. */
function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && url.origin === text.toLowerCase();
}

function checkTogether(reader: Reader, config: Config): void {
  for (const proxy of config.trustedProxies) {
    if (!isNarrowRange(proxy))
      reader.problem(
        'BULWARK_TRUSTED_PROXIES',
        `"${proxy}" is no IP address, and no range of a network of yours (at least /8, IPv6 /16); clients could forge their address`,
      );
  }
  if (config.chainRpcUrls.length > 0 && config.chainQuorum > config.chainRpcUrls.length) {
    reader.problem(
      'CHAIN_QUORUM',
      `${config.chainQuorum} of ${config.chainRpcUrls.length} endpoints can never agree; no deposit would ever be credited`,
    );
  }
  if (config.publicUrl !== null && !isOrigin(config.publicUrl)) {
    reader.problem(
      'BULWARK_PUBLIC_URL',
      'it is more or less than an origin (https://wallet.example, a port where it is not 443); sign-ins would fail',
    );
  }
  if (!config.production) return;
  if (config.keystorePassphrase === null)
    reader.problem('KEYSTORE_PASSPHRASE', 'production keeps no passphrase on disk; without it the keys cannot be opened');
  if (config.publicUrl?.startsWith('https://') !== true)
    reader.problem(
      'BULWARK_PUBLIC_URL',
      'production needs the https:// origin people see; sessions and passkeys are bound to it',
    );
  if (config.chainRpcUrls.length === 0) reader.problem('CHAIN_RPC_URLS', 'production refuses the development chain');
  if (config.chainRpcUrls.length > 0 && config.chainQuorum < 2)
    reader.problem('CHAIN_QUORUM', 'one endpoint alone can invent a deposit; production needs at least 2 that agree');
  if (config.chainQuorum * 2 <= config.chainRpcUrls.length) {
    reader.problem(
      'CHAIN_QUORUM',
      `${config.chainQuorum} of ${config.chainRpcUrls.length} is no majority: two groups of endpoints could agree on two truths`,
    );
  }
  if (new Set(config.chainRpcUrls.map((url) => URL.parse(url)?.host)).size < config.chainRpcUrls.length)
    reader.problem('CHAIN_RPC_URLS', 'two endpoints of one host are one witness; production needs different ones');
}

/** Reads and checks the whole configuration; throws ConfigError with every problem. `NODE_ENV=production` is strict. */
export function readConfig(environment: Environment): Config {
  const reader = new Reader(environment);
  const sqlUrl = reader.url('SQL_URL', ['postgres:', 'postgresql:']);
  const clickhouseUrl = reader.url('CLICKHOUSE_URL', ['http:', 'https:']);
  const config: Config = {
    // A misspelt production must not be a lenient one.
    production: reader.oneOf('NODE_ENV', 'development', ['development', 'test', 'production']) === 'production',
    dataDirectory: reader.text('BULWARK_DATA') ?? '.data',
    host: reader.text('BULWARK_HOST') ?? '127.0.0.1',
    port: reader.integer('BULWARK_PORT', 8080, { min: 0, max: 65_535 }),
    publicUrl: reader.url('BULWARK_PUBLIC_URL', ['http:', 'https:'])?.replace(/\/+$/, '') ?? null,
    trustedProxies: reader.list('BULWARK_TRUSTED_PROXIES'),
    sqlUrl: sqlUrl === null ? null : new Redacted(sqlUrl),
    kafkaBrokers: reader.list('KAFKA_BROKERS'),
    clickhouseUrl: clickhouseUrl === null ? null : new Redacted(clickhouseUrl),
    chainRpcUrls: reader.list('CHAIN_RPC_URLS'),
    chainQuorum: reader.integer('CHAIN_QUORUM', 1, { min: 1, max: 20 }),
    chainId: reader.integer('CHAIN_ID', 31_337, { min: 1, max: Number.MAX_SAFE_INTEGER }),
    chainConfirmations: reader.integer('CHAIN_CONFIRMATIONS', 2, { min: 1, max: 10_000 }),
    keystorePassphrase: reader.secret('KEYSTORE_PASSPHRASE'),
    providers: readProviders(reader),
    services: readServices(reader),
    rulesEvaluator: reader.oneOf('RULES_EVALUATOR', 'compiled', ['compiled', 'json-rules-engine']),
    rulesDirectory: reader.text('BULWARK_RULES'),
    assetsFile: reader.text('BULWARK_ASSETS'),
    pricesFile: reader.text('BULWARK_PRICES'),
    models: reader.oneOf('BULWARK_MODELS', 'on', ['on', 'off']),
    modelManifest: reader.text('BULWARK_MODEL_MANIFEST'),
    logLevel: reader.oneOf('LOG_LEVEL', 'info', ['silent', 'error', 'warn', 'info', 'debug']),
  };
  checkTogether(reader, config);
  if (reader.problems.length > 0) throw new ConfigError(reader.problems);
  return config;
}
