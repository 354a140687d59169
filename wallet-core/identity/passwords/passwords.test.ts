import { expect, test } from 'vitest';
import { createPasswordHasher } from './password-hash.ts';
import { checkPassword } from './password-policy.ts';

const LIGHT = { memoryCost: 8, timeCost: 1, parallelism: 1 };

test('hashes with Argon2id, verifies, and says what is outdated', async () => {
  const hasher = createPasswordHasher(LIGHT);
  const hash = await hasher.hash('violet anchor tramway');
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=8,t=1,p=1\$/);
  expect(await hasher.verify(hash, 'violet anchor tramway')).toBe(true);
  expect(await hasher.verify(hash, 'violet anchor tramwaY')).toBe(false);
  expect(hasher.isOutdated(hash)).toBe(false);
  expect(createPasswordHasher({ ...LIGHT, timeCost: 2 }).isOutdated(hash)).toBe(true);
});

test('an unknown account is verified against a dummy, and the dummy’s own password does not pass', async () => {
  const hasher = createPasswordHasher(LIGHT);
  expect(await hasher.verify(null, 'no account has this password')).toBe(false);
});

test('one text typed on two keyboards is one password', async () => {
  const hasher = createPasswordHasher(LIGHT);
  const hash = await hasher.hash('Äpfel im Ofen');
  expect(await hasher.verify(hash, 'A\u0308pfel im Ofen')).toBe(true);
});

test('more hashes than fit at once all finish', async () => {
  const hasher = createPasswordHasher(LIGHT);
  const hashes = await Promise.all(Array.from({ length: 30 }, () => hasher.hash('x')));
  expect(new Set(hashes).size).toBe(30);
});

test.each([
  ['seven77', 'password_too_short'],
  ['😀'.repeat(7), 'password_too_short'],
  ['x'.repeat(129), 'password_too_long'],
  ['iloveyou', 'password_common'],
  ['PASSWORD1', 'password_common'],
  ['aaaaaaaaaaaa', 'password_guessable'],
  ['bulwarkwallet', 'password_guessable'],
  ['margaret.hamilton', 'password_guessable'],
])('refuses %s', (password, code) => {
  expect(checkPassword(password, ['margaret.hamilton@example.com'])).toMatchObject({ ok: false, refusal: { code } });
});

test.each(['violet anchor tramway', '纸船 钟楼 薄荷 山径', 'x9$Lq2!v', ' spaces are characters '])('takes %s', (password) => {
  expect(checkPassword(password, ['margaret.hamilton@example.com']).ok).toBe(true);
});
