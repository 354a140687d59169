import { ContractFactory, type InterfaceAbi, Contract, HDNodeWallet, JsonRpcProvider, Network, NonceManager } from 'ethers';
import { compileContracts } from './compile.ts';

export type Address = `0x${string}`;

/** A development account of anvil that sends transactions and waits until they are mined. */
export interface DevelopmentSender {
  readonly address: Address;
  /** Deploys by name (`PlainToken`), and gives back its lower-case address. */
  deploy(name: string, ...parameters: readonly unknown[]): Promise<Address>;
  /** Calls a function of a deployed contract; a revert does not throw: the hash comes back either way. */
  call(
    name: string,
    at: Address,
    method: string,
    parameters: readonly unknown[],
    options?: { value?: bigint },
  ): Promise<{ hash: Address; status: number }>;
  /** Sends native coin, in wei. A revert does not throw. */
  pay(to: string, wei: bigint): Promise<{ hash: Address; status: number }>;
  /** Any JSON-RPC method of the node (`anvil_mine`, `evm_setAutomine`, …). */
  rpc(method: string, parameters: readonly unknown[]): Promise<unknown>;
  close(): void;
}

/** Explicit, so that a transaction which must fail is sent and not refused by the estimate. */
const GAS_LIMIT = 3_000_000n;

/**
 * Connects development account `index` (m/44'/60'/0'/0/index of `mnemonic`) to an anvil at `url`. Deploys the contracts of this
 * folder and sends to them: for tests and the demo world. Several calls at once are sent in turn and waited for together.
 */
export async function connectSender(options: {
  url: string;
  chainId: number;
  mnemonic: string;
  index?: number;
  /** Between looks for a new block, in milliseconds. */
  pollMs?: number;
}): Promise<DevelopmentSender> {
  const contracts = await compileContracts();
  const provider = new JsonRpcProvider(options.url, undefined, {
    staticNetwork: Network.from(options.chainId),
    batchMaxCount: 1,
    cacheTimeout: -1,
    pollingInterval: options.pollMs ?? 20,
  });
  const wallet = HDNodeWallet.fromPhrase(options.mnemonic, '', `m/44'/60'/0'/0/${options.index ?? 0}`).connect(provider);
  const signer = new NonceManager(wallet);

  function compiled(name: string) {
    const contract = contracts[name];
    if (contract === undefined) throw new Error(`no contract is named ${name}`);
    return { abi: contract.abi as InterfaceAbi, bytecode: contract.bytecode };
  }

  let turn: Promise<unknown> = Promise.resolve();
  /** One at a time: the nonce is read before, and two that read at once would read the same. */
  function inTurn<Value>(act: () => Promise<Value>): Promise<Value> {
    const mine = turn.then(act, act);
    turn = mine.catch(() => undefined);
    return mine;
  }

  async function send(request: { to: string; data?: string; value?: bigint }) {
    const sent = await inTurn(() => {
      // A reorg or a dropped transaction moves the nonce back: it is read afresh each time.
      signer.reset();
      return signer.sendTransaction({ ...request, gasLimit: GAS_LIMIT });
    });
    const receipt = await provider.waitForTransaction(sent.hash);
    return { hash: sent.hash.toLowerCase() as Address, status: receipt?.status ?? 0 };
  }

  return {
    address: wallet.address.toLowerCase() as Address,
    async deploy(name, ...parameters) {
      const { abi, bytecode } = compiled(name);
      const deployed = await inTurn(() => {
        signer.reset();
        return new ContractFactory(abi, bytecode, signer).deploy(...parameters);
      });
      await deployed.waitForDeployment();
      return (await deployed.getAddress()).toLowerCase() as Address;
    },
    call: (name, at, method, parameters, callOptions = {}) =>
      send({
        to: at,
        data: new Contract(at, compiled(name).abi).interface.encodeFunctionData(method, [...parameters]),
        ...callOptions,
      }),
    pay: (to, wei) => send({ to, value: wei }),
    rpc: (method, parameters) => provider.send(method, [...parameters]) as Promise<unknown>,
    close: () => provider.destroy(),
  };
}
