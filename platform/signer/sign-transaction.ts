import { Interface, type SigningKey, Transaction } from 'ethers';
import type { Hex } from '../chain/port.ts';
import type { SignerAsset } from './evidence.ts';
import type { SignRequest } from './port.ts';

const erc20 = new Interface(['function transfer(address to, uint256 amount) returns (bool)']);

/** What the chain is to be told: the native coin moves by value, a token by `transfer`. */
export function callOf(payee: string, amount: bigint, contract: string | null): { to: string; value: bigint; data: string } {
  if (contract === null) return { to: payee, value: amount, data: '0x' };
  return { to: contract, value: 0n, data: erc20.encodeFunctionData('transfer', [payee, amount]) };
}

/** Reads the signed bytes as a stranger would, and compares them with what was approved. A difference is a bug: it throws. */
export function assertPays(raw: string, request: SignRequest, asset: SignerAsset, from: string): void {
  const decoded = Transaction.from(raw);
  const amount = BigInt(request.payload.amount);
  const problems: string[] = [];
  const expect = (what: string, right: boolean): void => {
    if (!right) problems.push(what);
  };
  expect('type', decoded.type === 2);
  expect('chain id', decoded.chainId === BigInt(request.payload.chain_id) && decoded.chainId > 0n);
  expect('nonce', decoded.nonce === request.nonce);
  expect('sender', decoded.from?.toLowerCase() === from);
  expect('access list', (decoded.accessList ?? []).length === 0);
  expect('fee', decoded.gasLimit * (decoded.maxFeePerGas ?? 0n) <= BigInt(request.payload.fee_cap));
  if (asset.contract === null) {
    expect('recipient', decoded.to === request.payload.payee);
    expect('amount', decoded.value === amount);
    expect('data', decoded.data === '0x');
  } else {
    expect('contract', decoded.to === asset.contract);
    expect('value', decoded.value === 0n);
    const call = erc20.parseTransaction({ data: decoded.data });
    expect('call', call?.name === 'transfer' && decoded.data.length === 2 + 2 * (4 + 32 + 32));
    expect('recipient', call?.args[0] === request.payload.payee);
    expect('amount', call?.args[1] === amount);
  }
  if (problems.length > 0) throw new Error(`the signed transaction differs from what was approved: ${problems.join(', ')}`);
}

/** Signs an EIP-1559 transaction: its chain id is part of what is signed (EIP-155), so that no other chain takes it (attack T20). */
export function signTransaction(
  request: SignRequest,
  asset: SignerAsset,
  wallet: { readonly signingKey: SigningKey; readonly address: Hex },
): { rawTransaction: Hex; hash: Hex } {
  const transaction = Transaction.from({
    type: 2,
    chainId: request.payload.chain_id,
    nonce: request.nonce,
    gasLimit: request.gasLimit,
    maxFeePerGas: request.maxFeePerGas,
    maxPriorityFeePerGas: request.maxPriorityFeePerGas,
    ...callOf(request.payload.payee, BigInt(request.payload.amount), asset.contract),
  });
  transaction.signature = wallet.signingKey.sign(transaction.unsignedHash);
  assertPays(transaction.serialized, request, asset, wallet.address);
  if (transaction.hash === null) throw new Error('a signed transaction has a hash');
  return { rawTransaction: transaction.serialized as Hex, hash: transaction.hash as Hex };
}
