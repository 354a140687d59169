import fc from 'fast-check';
import { generateSync } from 'otplib';
import { expect, test } from 'vitest';
import { Redacted } from '../../../core/index.ts';
import { seededRandom } from '../../../platform/clock/index.ts';
import { createSecretBox } from './secret-box.ts';
import { newTotpSecret, totpStep, totpUri } from './totp.ts';

const random = seededRandom('totp');

test('a secret is 160 bits of base32 that authenticator apps read', () => {
  const secret = newTotpSecret(random);
  expect(secret).toMatch(/^[A-Z2-7]{32}$/);
  expect(totpUri('a@example.com', secret)).toContain(`secret=${secret}`);
});

test('a code is good for its step and one either side, by our clock', () => {
  const secret = newTotpSecret(random);
  fc.assert(
    fc.property(fc.integer({ min: 1_600_000_000, max: 2_000_000_000 }), fc.integer({ min: -5, max: 5 }), (epoch, steps) => {
      const code = generateSync({ secret, epoch: epoch + steps * 30 });
      const step = totpStep(secret, code, epoch * 1_000);
      if (Math.abs(steps) <= 1) expect(step).not.toBeNull();
      if (step !== null) expect(Math.abs(step - Math.floor(epoch / 30))).toBeLessThanOrEqual(1);
    }),
  );
});

test('what is not six digits is no code', () => {
  const secret = newTotpSecret(random);
  for (const code of ['', '12345', '1234567', '12345a', '１２３４５６', ' 12345']) expect(totpStep(secret, code, 0)).toBeNull();
});

test('a closed secret opens for its owner alone, under its key alone, unchanged', () => {
  const box = createSecretBox(new Redacted(Buffer.alloc(32, 1)), random);
  const other = createSecretBox(new Redacted(Buffer.alloc(32, 2)), random);
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.nat(), (plain, owner, at) => {
      const closed = box.close(plain, owner);
      expect(box.open(closed, owner)).toBe(plain);
      expect(() => box.open(closed, `${owner}x`)).toThrow();
      expect(() => other.open(closed, owner)).toThrow();
      const changed = Buffer.from(closed);
      const index = at % changed.length;
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(() => box.open(changed, owner)).toThrow();
    }),
  );
  expect(() => createSecretBox(new Redacted(Buffer.alloc(16)), random)).toThrow(TypeError);
});
