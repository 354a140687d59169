import { describe, expect, it } from 'vitest';
import { describeUserAgent, formatRelative, shorten } from './format.ts';
import { retryDelayMs } from './live-socket.ts';

describe('words for people', () => {
  it('name browser and system, and fall back to what was sent', () => {
    const chrome = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36';
    expect(describeUserAgent(chrome)).toBe('Chrome · Windows');
    expect(describeUserAgent(`${chrome} Edg/141.0`)).toBe('Edge · Windows');
    expect(describeUserAgent('Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1')).toBe(
      'Safari · iPhone',
    );
    expect(describeUserAgent('curl/8.5')).toBe('curl/8.5');
    expect(describeUserAgent('')).toBe('—');
  });

  it('say how long ago or ahead, in the largest unit that fits', () => {
    const now = Date.parse('2026-11-21T12:00:00Z');
    expect(formatRelative('2026-11-21T11:57:30Z', 'en', now)).toBe('2 minutes ago');
    expect(formatRelative('2026-11-21T14:10:00Z', 'en', now)).toBe('in 2 hours');
    expect(formatRelative('2026-11-21T12:00:00Z', 'en', now)).toBe('now');
    expect(formatRelative('2026-11-19T12:00:00Z', 'zh', now)).toBe('前天');
  });

  it('shorten only what is longer than what would be left', () => {
    expect(shorten('0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed')).toBe('0x5aAeb6…1BeAed');
    expect(shorten('123456789012345')).toBe('123456789012345');
  });
});

describe('coming back to the live socket', () => {
  it('waits twice as long each time, spread, and never over half a minute', () => {
    expect([0, 1, 2].map((failures) => retryDelayMs(failures, 1))).toEqual([1_000, 2_000, 4_000]);
    expect(retryDelayMs(3, 0)).toBe(4_000);
    expect(retryDelayMs(50, 1)).toBe(30_000);
  });
});
