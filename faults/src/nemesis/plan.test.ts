import { expect, test } from 'vitest';
import { faultKinds, planRounds, type Round, type Topology } from './plan.ts';

const topology: Topology = {
  services: ['meow-1', 'meow-2'],
  dependencies: ['postgres', 'nats'],
  links: ['meow-1>nats', '*>nats'],
};
const rounds = (seed: number, count: number): Round[] => {
  const plan = planRounds(seed, topology);
  return Array.from({ length: count }, () => plan.next().value);
};

test('the same seed gives the same plan, another seed another one', () => {
  expect(rounds(7, 50)).toEqual(rounds(7, 50));
  expect(rounds(7, 50)).not.toEqual(rounds(8, 50));
});

test('every kind of fault is planned, alone and together with others', () => {
  const plan = rounds(1, 200);
  const kinds = (chosen: Round[]) => new Set(chosen.flat().map(({ kind }) => kind));
  expect(kinds(plan.filter(({ length }) => length === 1))).toEqual(new Set(faultKinds));
  expect(kinds(plan.filter(({ length }) => length > 1))).toEqual(new Set(faultKinds));
});

test('a round hits no process twice', () => {
  for (const round of rounds(3, 500)) {
    const targets = round.map(({ target }) => target).filter((target) => target !== '');
    expect(new Set(targets).size).toBe(targets.length);
  }
});

test('each fault has a target that suits its kind', () => {
  for (const { kind, target } of rounds(5, 300).flat()) {
    if (kind.endsWith('service')) expect(topology.services).toContain(target);
    else if (kind.endsWith('dependency')) expect(topology.dependencies).toContain(target);
    else if (kind.endsWith('connections')) expect(topology.links).toContain(target);
    else expect(target).toBe('');
  }
});
