import type { AddressKey, Ban } from '@meower/shared/db/moderation-repository.ts';
import { beforeEach, expect, test, vi } from 'vitest';
import { type AddressHashes, createAddressHashes } from './address-hashes.ts';

const DAY_MS = 86_400_000;
const NETWORK = '192.0.2.7';
let now: number;
let keys: AddressKey[];
let bans: Ban[];
const repository = {
  listAddressKeys: vi.fn(async () => [...keys]),
  addAddressKey: async (key: AddressKey) => void keys.push(key),
  listBans: async () => bans,
};
const create = () => createAddressHashes(repository, () => now);
let addresses: AddressHashes;

beforeEach(() => {
  [now, keys, bans] = [Date.parse('2026-11-26T23:59:00Z'), [], []];
  repository.listAddressKeys.mockClear();
  addresses = create();
});

const ban = async (addressHash: string, endsAtMs: number) => {
  bans.push({ meowId: 'meow', addressHash, endsAtMs });
  await addresses.refresh();
};

test('a hash contains its day and not the address, and is the same in every process', async () => {
  const hash = await addresses.admit(NETWORK);
  expect(hash).toMatch(/^2026-11-26:[\w-]{20}$/);
  expect(await create().admit(NETWORK)).toBe(hash);
  expect(await addresses.admit('192.0.2.8')).not.toBe(hash);
});

test('of processes that make the key of a day at the same time, all use the one that is stored', async () => {
  const early = { day: '2026-11-26', key: Buffer.alloc(32, 1) };
  const late = createAddressHashes(
    { ...repository, addAddressKey: async () => void keys.push(early) },
    () => now,
  );
  const hash = await late.admit(NETWORK);
  expect(await create().admit(NETWORK)).toBe(hash);
});

test('concurrent first calls share one request, later calls make none', async () => {
  await Promise.all([addresses.admit(NETWORK), addresses.admit(NETWORK)]);
  const calls = repository.listAddressKeys.mock.calls.length;
  await addresses.admit(NETWORK);
  expect(repository.listAddressKeys).toHaveBeenCalledTimes(calls);
});

test('a banned address is refused with the end of the ban, others are not', async () => {
  await ban(await addresses.admit(NETWORK), now + DAY_MS);
  await expect(addresses.admit(NETWORK)).rejects.toMatchObject({
    status: 403,
    message: 'This address may not post until 2026-11-27 23:59 UTC',
  });
  await addresses.admit('192.0.2.8');
});

test('a ban ends at its time, without being read again', async () => {
  const hash = await addresses.admit(NETWORK);
  await ban(hash, now + 1000);
  now += 1000;
  expect(await addresses.admit(NETWORK)).toBe(hash);
});

test('a new day has a new key, and a ban of the day before still holds', async () => {
  const hash = await addresses.admit(NETWORK);
  const other = await addresses.admit('192.0.2.8');
  await ban(hash, now + 2 * DAY_MS);
  now += DAY_MS;
  await addresses.refresh();
  await expect(addresses.admit(NETWORK)).rejects.toMatchObject({ status: 403 });
  const again = await addresses.admit('192.0.2.8');
  expect(again).toMatch(/^2026-11-27:/);
  expect(again.slice(11)).not.toBe(other.slice(11));
  expect(addresses.all('192.0.2.8')).toEqual([again, other]);
});

test('an error of the first request is reported, and the next call tries again', async () => {
  repository.listAddressKeys.mockRejectedValueOnce(new Error('no database'));
  await expect(addresses.admit(NETWORK)).rejects.toThrow('no database');
  await addresses.admit(NETWORK);
});
