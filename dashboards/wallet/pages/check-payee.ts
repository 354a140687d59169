import { getAddress } from 'ethers/address';

export type PayeeProblem = 'noPayee' | 'payeeShape' | 'payeeCase' | 'payeeChecksum';

/** Whether an address is spelled by EIP-55, whose capital letters catch a slip of the finger; null when it is. */
export function checkPayee(text: string): PayeeProblem | null {
  if (text === '') return 'noPayee';
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) return 'payeeShape';
  const digits = text.slice(2);
  if (/[a-f]/i.test(digits) && (digits === digits.toLowerCase() || digits === digits.toUpperCase())) {
    // One spelling in ten thousand is all of one case by its checksum; that one is right.
    return getAddress(text.toLowerCase()) === text ? null : 'payeeCase';
  }
  return getAddress(text.toLowerCase()) === text ? null : 'payeeChecksum';
}
