import { describe, expect, it } from 'vitest';
import { checkPayee } from './check-payee.ts';

describe('payees', () => {
  it('are taken in the spelling of EIP-55, whatever case it comes to', () => {
    // The examples of EIP-55, mixed, all capitals and all small.
    for (const address of [
      '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
      '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
      '0x52908400098527886E0F7030069857D2E4169EE7',
      '0xde709f2102306220921060314715629080e2fb77',
    ])
      expect(checkPayee(address)).toBeNull();
  });

  it('are refused with one letter or digit wrong', () => {
    expect(checkPayee('0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD')).toBe('payeeChecksum');
    expect(checkPayee('0x6aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed')).toBe('payeeChecksum');
  });

  it('are refused without the capital letters that carry the check', () => {
    expect(checkPayee('0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed')).toBe('payeeCase');
    expect(checkPayee('0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED')).toBe('payeeCase');
  });

  it('are refused in any other shape', () => {
    expect(checkPayee('')).toBe('noPayee');
    for (const text of [
      '0x',
      '5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
      '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe',
      'vitalik.eth',
    ])
      expect(checkPayee(text)).toBe('payeeShape');
  });
});
