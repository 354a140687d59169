import { setTimeout as sleep } from 'node:timers/promises';
import type { Draw } from '../world/draw.ts';
import { createAgentAt, type World } from '../world/world.ts';
import { announce, deliverCallback } from '../world/provider.ts';
import { askToPay, follow, newPayee, openAccount, type Person, receive, signIn } from './person.ts';

/** An honest person with habits. */
export interface Customer extends Person {
  /** Median of what this person pays at a time, US dollars. */
  readonly usualUsd: number;
  /** Whom this person pays, the oldest first. */
  readonly payees: string[];
}

/** Shops that many people pay; drawn once a world. */
export type Shops = readonly string[];

/** Payments of one person scatter this much around the median. */
const SCATTER = 0.35;
/** People differ far more from each other: most pay a hundred or two at a time, a few thousands. */
const MEDIAN_USD = 140;
const SPREAD = 0.9;
const USUAL_USD_MAX = 4_000;

function amountOf(customer: Customer): number {
  const usual = customer.draw.logNormal(customer.usualUsd, SCATTER);
  return Math.max(5, Math.min(usual, customer.usualUsd * 2.2));
}

async function pay(customer: Customer, payee: string, usd: number, enough: 'approved' | 'confirmed'): Promise<void> {
  const asked = await askToPay(customer, usd, payee);
  if (asked !== null) await follow(customer, asked, enough);
}

/** The next login comes from another network: a café, the mobile phone's own. */
function changeNetwork(world: World, customer: Customer): void {
  customer.agent = customer.agent.elsewhere(world.networks.next(customer.draw));
}

/** A new customer: account, authenticator, first money. */
export async function arrive(world: World, draw: Draw, shops: Shops): Promise<Customer> {
  const network = world.networks.next(draw);
  const agent = await createAgentAt(world, network);
  const asset = draw.pick([world.assets.ether, world.assets.dollar, world.assets.dollar]);
  const person = await openAccount({ draw, network, agent, asset, totp: true });
  const usualUsd = Math.min(USUAL_USD_MAX, Math.max(20, draw.logNormal(MEDIAN_USD, SPREAD)));
  const own = Array.from({ length: draw.integer(1, 2) }, () => newPayee(draw));
  const customer: Customer = { ...person, usualUsd, payees: [...own, draw.pick(shops)] };
  await receive(world, customer, usualUsd * draw.between(14, 30));
  return customer;
}

/** One day of the past: bills are paid, sometimes wages come in. */
export async function liveThrough(world: World, customer: Customer, day: number): Promise<void> {
  const payee = customer.payees[day % customer.payees.length];
  if (payee === undefined) throw new Error('a customer has somebody to pay');
  const wages = customer.draw.chance(0.3) ? customer.usualUsd * customer.draw.between(3, 9) : null;
  const paid = pay(customer, payee, amountOf(customer), 'confirmed');
  await Promise.all([paid, wages === null ? null : receive(world, customer, wages)]);
}

type Act = (world: World, customer: Customer) => Promise<void>;

async function mistypePassword(customer: Customer): Promise<void> {
  for (let slips = customer.draw.integer(1, 2); slips > 0; slips -= 1) await signIn(customer, `${customer.password}x`);
}

async function lookAround(customer: Customer): Promise<void> {
  for (const path of ['/v1/me', '/v1/me/balances', '/v1/me/alerts']) {
    const request = await customer.agent.prepare('GET', path);
    await customer.agent.send(request);
    // An answer lost on a bad line, and an app that sends the same bytes again.
    if (customer.draw.chance(0.04)) await customer.agent.send(request);
  }
}

const paySomebodyKnown: Act = async (_world, customer) => {
  await pay(customer, customer.draw.pick(customer.payees.slice(0, 2)), amountOf(customer), 'approved');
};

const paySomebodyNew: Act = async (_world, customer) => {
  const payee = newPayee(customer.draw);
  customer.payees.push(payee);
  await pay(customer, payee, customer.usualUsd * customer.draw.between(0.3, 1.1), 'approved');
};

async function claim(customer: Customer, hash: string): Promise<void> {
  const chainId = customer.asset.listed.chainId;
  await customer.agent.api('POST', '/v1/me/deposit-claims', { claim_id: customer.draw.uuid(), chain_id: chainId, tx_hash: hash });
}

const getPaid: Act = async (world, customer) => {
  const usd = customer.usualUsd * customer.draw.between(2, 8);
  const hash = await receive(world, customer, usd, false);
  if (customer.draw.chance(0.5)) {
    const callback = await announce(world, customer.draw, hash);
    // Our answer was slow, so the provider says it again.
    if (customer.draw.chance(0.2)) await deliverCallback(world, world.provider.network, callback);
  }
  if (!customer.draw.chance(0.4)) return;
  // The impatient ask where the money is; the answer is the chain's.
  await claim(customer, hash);
  // And some copy the line above theirs out of the explorer.
  if (customer.draw.chance(0.3)) await claim(customer, world.somebodyElsesPayment);
};

const changePhone: Act = async (world, customer) => {
  if (customer.draw.chance(0.5)) changeNetwork(world, customer);
  await customer.agent.switchDevice();
  if (await signIn(customer))
    await pay(customer, customer.draw.pick(customer.payees.slice(0, 2)), amountOf(customer), 'approved');
};

/** Out of the habit: a car, a deposit for a flat. */
const payMuch: Act = async (_world, customer) => {
  await pay(customer, newPayee(customer.draw), customer.usualUsd * customer.draw.between(2.5, 9), 'approved');
};

const changePhoneAndPaySomebodyNew: Act = async (world, customer) => {
  if (customer.draw.chance(0.5)) changeNetwork(world, customer);
  await customer.agent.switchDevice();
  if (await signIn(customer)) await paySomebodyNew(world, customer);
};

type Acts = readonly (readonly [Act, number])[];

/** Acts of the present, with how often each is chosen. */
const ACTS: Acts = [
  [paySomebodyKnown, 0.3],
  [paySomebodyNew, 0.2],
  [getPaid, 0.25],
  [changePhone, 0.2],
  [payMuch, 0.05],
];

/** The same with what is honest and looks like an attack: models learn most from it. */
const HARD_ACTS: Acts = [
  [paySomebodyKnown, 0.2],
  [paySomebodyNew, 0.15],
  [getPaid, 0.2],
  [changePhone, 0.15],
  [payMuch, 0.15],
  [changePhoneAndPaySomebodyNew, 0.15],
];

function chooseAct(draw: Draw, acts: Acts): Act {
  let rest = draw.uniform();
  for (const [act, share] of acts) {
    rest -= share;
    if (rest < 0) return act;
  }
  return paySomebodyKnown;
}

/** Today: signs in (sometimes at the second try), looks, does a thing or two. */
export async function liveToday(
  world: World,
  customer: Customer,
  { windowMs, hardCases }: { readonly windowMs: number; readonly hardCases: boolean },
): Promise<void> {
  const { draw } = customer;
  await sleep(draw.between(0, windowMs * 0.5));
  if (draw.chance(0.2)) changeNetwork(world, customer);
  if (draw.chance(0.25)) await mistypePassword(customer);
  if (!(await signIn(customer))) return;
  await lookAround(customer);
  await chooseAct(draw, hardCases ? HARD_ACTS : ACTS)(world, customer);
  await sleep(draw.between(0, windowMs * 0.2));
  if (draw.chance(0.5)) await paySomebodyKnown(world, customer);
}
