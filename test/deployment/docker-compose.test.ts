import { existsSync, readFileSync } from 'node:fs';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readConfig } from '../../app/config/read-config.ts';

const ROOT = new URL('../../', import.meta.url);
const textOf = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

const Duration = Type.String({ pattern: '^[0-9]+(s|m)$' });
const Words = Type.Array(Type.String(), { minItems: 1 });

/**
 * The part of the Compose Specification that the file uses, closed: a misspelt key is refused here, while Compose itself would
 * refuse it only on a machine with an engine.
 */
const Service = Type.Object(
  {
    image: Type.String({ minLength: 1 }),
    build: Type.Optional(Type.Literal('.')),
    init: Type.Optional(Type.Boolean()),
    restart: Type.Literal('unless-stopped'),
    user: Type.Optional(Type.String()),
    entrypoint: Type.Optional(Words),
    command: Type.Optional(Words),
    environment: Type.Optional(Type.Record(Type.String({ pattern: '^[A-Z][A-Z0-9_]*$' }), Type.String())),
    volumes: Type.Optional(Type.Array(Type.String({ pattern: '^[^:]+:/[^:]+(:ro)?$' }))),
    ports: Type.Optional(Type.Array(Type.String())),
    depends_on: Type.Optional(
      Type.Record(Type.String(), Type.Object({ condition: Type.Literal('service_healthy') }, { additionalProperties: false })),
    ),
    ulimits: Type.Optional(
      Type.Object(
        { nofile: Type.Object({ soft: Type.Integer(), hard: Type.Integer() }, { additionalProperties: false }) },
        { additionalProperties: false },
      ),
    ),
    healthcheck: Type.Object(
      {
        test: Words,
        interval: Duration,
        timeout: Duration,
        retries: Type.Integer({ minimum: 1 }),
        start_period: Type.Optional(Duration),
      },
      { additionalProperties: false },
    ),
    mem_limit: Type.String({ pattern: '^[0-9]+(m|g)$' }),
  },
  { additionalProperties: false },
);
const Compose = Type.Object(
  {
    name: Type.Literal('bulwark'),
    services: Type.Record(Type.String({ pattern: '^[a-z]+$' }), Service),
    volumes: Type.Record(Type.String(), Type.Null()),
  },
  { additionalProperties: false },
);
const shape = Compile(Compose);

const document: unknown = parse(textOf('docker-compose.yml'));
const compose = document as Static<typeof Compose>;
const services = Object.entries(compose.services);
const variables = [
  ...textOf('docker-compose.yml')
    .replaceAll(/^\s*#.*$/gm, '')
    .matchAll(/\$\{([^}]*)\}/g),
].map(([, inside]) => inside ?? '');

/** What Compose would hand the service, with a secret for each variable. */
function environmentOf(service: string): Record<string, string> {
  const given = compose.services[service]?.environment ?? {};
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, value.replaceAll(/\$\{[^}]*\}/g, 'a1b2c3')]));
}

describe('docker-compose.yml', () => {
  it('has the shape that Compose wants, and no key that it would not know', () => {
    expect(shape.Errors(document).map(({ instancePath, message }) => `${instancePath} ${message}`)).toEqual([]);
  });

  it('has every service of the distributed form', () => {
    expect(Object.keys(compose.services).toSorted()).toEqual(
      ['anvil', 'app', 'clickhouse', 'grafana', 'kafka', 'mailpit', 'postgres', 'redis'].toSorted(),
    );
  });

  it.each(services)('%s: pinned image, open on this machine alone, waits for what is there and healthy', (_name, service) => {
    expect(service.image).toMatch(/^[a-z0-9./-]+:(?!latest$)(v?\d+\.\d+[\w.-]*|local)$/);
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    for (const other of Object.keys(service.depends_on ?? {})) expect(compose.services).toHaveProperty(other);
    for (const volume of service.volumes ?? []) {
      const [source = ''] = volume.split(':');
      if (source.startsWith('./')) {
        expect(existsSync(new URL(source, ROOT)), source).toBe(true);
        expect(volume).toMatch(/:ro$/);
      } else expect(compose.volumes).toHaveProperty(source);
    }
  });

  it('takes no port of the machine twice', () => {
    const ports = services.flatMap(([, service]) => service.ports ?? []).map((port) => port.split(':')[1]);
    expect(new Set(ports).size).toBe(ports.length);
  });

  it('has no secret of its own: each comes from .env, is named at the head, and is missed when it is missing', () => {
    expect(variables.length).toBeGreaterThan(0);
    const [, listed = ''] = /for name in ([A-Z_ ]+); do/.exec(textOf('docker-compose.yml')) ?? [];
    for (const variable of variables) {
      const [, name = ''] = /^([A-Z_]+):\?.+/.exec(variable) ?? [];
      expect(listed.split(' '), variable).toContain(name);
    }
    for (const [name, service] of services) {
      for (const [key, value] of Object.entries(service.environment ?? {})) {
        if (/PASSWORD|PASSPHRASE|SECRET|AUTH|TOKEN/.test(key)) expect(value, `${name} ${key}`).toMatch(/^\$\{[A-Z_]+:\?/);
        expect(URL.parse(value.replaceAll(/\$\{[^}]*\}/g, ''))?.password ?? '', `${name} ${key}`).toBe('');
      }
    }
  });

  it('gives the app only names that its configuration reads, with values that it takes', () => {
    const given = environmentOf('app');
    const read = new Set<string>();
    const watched = new Proxy(given, {
      get(target, name) {
        if (typeof name === 'string') read.add(name);
        return Reflect.get(target, name) as unknown;
      },
    });
    const config = readConfig(watched);
    expect(Object.keys(given).filter((name) => !read.has(name))).toEqual([]);
    expect(config).toMatchObject({ host: '0.0.0.0', port: 8080, dataDirectory: '/data', kafkaBrokers: ['kafka:9092'] });
    expect(config.clickhouseUrl).not.toBeNull();
    expect(config.sqlUrl).not.toBeNull();
  });

  it('gives its services each other’s right names', () => {
    const urls = Object.values(environmentOf('app')).filter((value) => value.includes('://') && !value.includes('localhost'));
    for (const url of urls) expect(compose.services).toHaveProperty(new URL(url).hostname);
    const clickhouse = compose.services.clickhouse?.environment;
    const app = new URL(environmentOf('app').CLICKHOUSE_URL ?? '');
    expect([app.username, app.pathname.slice(1)]).toEqual([clickhouse?.CLICKHOUSE_USER, clickhouse?.CLICKHOUSE_DB]);
    const postgres = compose.services.postgres?.environment;
    const sql = new URL(environmentOf('app').SQL_URL ?? '');
    expect([sql.username, sql.pathname.slice(1)]).toEqual([postgres?.POSTGRES_USER, postgres?.POSTGRES_DB]);
  });
});

describe('what Grafana is provisioned with', () => {
  const datasources = parse(textOf('dashboards/grafana/provisioning/datasources/clickhouse.yaml')) as {
    datasources: { type: string; jsonData: Record<string, unknown>; secureJsonData: Record<string, string> }[];
  };
  const users = textOf('dashboards/grafana/clickhouse/users.xml');

  it('reads ClickHouse as a user who can select from that database and do nothing else', () => {
    const [source] = datasources.datasources;
    expect(source?.jsonData).toMatchObject({
      username: 'grafana',
      defaultDatabase: compose.services.clickhouse?.environment?.CLICKHOUSE_DB,
    });
    expect(users).toContain('<readonly>1</readonly>');
    expect([...users.matchAll(/GRANT [^<]*/g)].map(([grant]) => grant)).toEqual(['GRANT SELECT ON bulwark.*']);
  });

  it('takes every name in its files from its environment, and has the plugin', () => {
    const given = compose.services.grafana?.environment ?? {};
    const names = [...textOf('dashboards/grafana/provisioning/datasources/clickhouse.yaml').matchAll(/: \$(\w+)/g)].map(
      ([, name]) => name,
    );
    expect(new Set(names)).toEqual(new Set(['CLICKHOUSE_HOST', 'CLICKHOUSE_READONLY_PASSWORD']));
    for (const name of names) expect(given).toHaveProperty(name ?? '');
    expect(given.GF_PLUGINS_PREINSTALL_SYNC).toBe(datasources.datasources[0]?.type);
    expect(users).toContain('from_env="CLICKHOUSE_READONLY_PASSWORD"');
    expect(compose.services.clickhouse?.environment).toHaveProperty('CLICKHOUSE_READONLY_PASSWORD');
  });
});

describe('Dockerfile', () => {
  it('pins the Node that the lock file brings, and runs as nobody special', () => {
    const lines = textOf('Dockerfile').split('\n');
    expect(lines.find((line) => line.startsWith('FROM '))).toMatch(/^FROM node:24\.\d+\.\d+-bookworm-slim$/);
    expect(lines.lastIndexOf('USER node')).toBeGreaterThan(lines.lastIndexOf('COPY . .'));
    expect(textOf('.dockerignore').split('\n')).toEqual(expect.arrayContaining(['.env', '.data', '.git', 'node_modules']));
  });
});
