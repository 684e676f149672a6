import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createIdGenerator } from '../../meow/meow-id.ts';
import { describeReal } from '../../testing/describe-real.ts';
import { createTestIndex, type TestIndex } from '../../testing/elasticsearch.ts';
import { IndexMissingError, type PreparedIndex, SearchUnavailableError } from '../search-repository.ts';

describeReal('elasticsearch', (address) => {
  let index: TestIndex;
  beforeEach(() => {
    index = createTestIndex(address);
  });
  afterEach(() => index.remove());
  const newMeowId = createIdGenerator();
  const newMeow = (body = 'meow') => ({ ...newMeowId(), body });

  describe('preparing', () => {
    test('by several processes concurrently creates one index', async () => {
      const processes = Array.from({ length: 8 }, () => index.another());
      const prepared = await Promise.all(processes.map((repository) => repository.prepare()));
      expect(prepared.map(({ complete }) => complete)).toEqual(processes.map(() => false));
      expect(await index.indexes()).toHaveLength(1);
      await Promise.all(processes.map((repository) => repository.insertMeow(newMeow())));
      expect(await index.repository.count()).toBe(8);
    });

    test('reports an index that has the name of the alias', async () => {
      await index.client.indices.create({ index: index.alias });
      await expect(index.repository.prepare()).rejects.toThrow(
        `Elasticsearch has an index named ${index.alias}`,
      );
    });

    test('creates an index that accepts no unknown field', async () => {
      await index.repository.prepare();
      const stray = index.client.index({ index: index.alias, document: { id: '1', surprise: true } });
      await expect(stray).rejects.toThrow('strict_dynamic_mapping_exception');
    });
  });

  describe('a deleted index', () => {
    let prepared: PreparedIndex;
    beforeEach(async () => {
      prepared = await index.repository.prepare();
      await index.client.indices.delete({ index: await index.indexes() });
    });

    test.each([
      ['insertMeow', () => index.repository.insertMeow(newMeow())],
      ['insertMeows', () => index.repository.insertMeows([newMeow(), newMeow()])],
      ['searchMeows', () => index.repository.searchMeows('meow', 0, 10)],
      ['findIds', () => index.repository.findIds(['id'])],
      ['count', () => index.repository.count()],
      ['setComplete', () => prepared.setComplete(true)],
    ])('is reported by %s, and not created by it', async (_, call) => {
      const error = await call().catch((error: unknown) => error);
      expect(error).toBeInstanceOf(IndexMissingError);
      expect(error).toBeInstanceOf(SearchUnavailableError);
      expect(await index.indexes()).toEqual([]);
    });

    test('is created again by preparing, and is incomplete', async () => {
      expect((await index.repository.prepare()).complete).toBe(false);
      await index.repository.insertMeow(newMeow());
      expect(await index.repository.count()).toBe(1);
    });

    test('cannot be recorded as complete when another process has created it again', async () => {
      const other = index.another();
      await other.prepare();
      await expect(prepared.setComplete(true)).rejects.toThrow(IndexMissingError);
      expect((await other.prepare()).complete).toBe(false);
    });

    test('is incomplete to every process, whichever has created it again', async () => {
      const other = index.another();
      await (await other.prepare()).setComplete(true);
      const search = () => index.repository.searchWithCompleteness('meow', 0, 10);
      expect(await search()).toEqual({ meows: [], complete: true });
      await index.client.indices.delete({ index: await index.indexes() });
      await expect(search()).rejects.toThrow(IndexMissingError);
      await other.prepare();
      expect(await search()).toEqual({ meows: [], complete: false });
      const meow = newMeow();
      await other.insertMeow(meow);
      expect(await search()).toEqual({ meows: [meow], complete: false });
    });
  });

  test('a meow that the engine refuses does not affect others of the batch', async () => {
    await index.repository.prepare();
    const [first, bad, last] = [newMeow(), { ...newMeow(), createdAt: 'yesterday' }, newMeow()];
    expect(await index.repository.insertMeows([first, bad, last])).toEqual([
      { status: 'indexed' },
      { status: 'refused', reason: expect.stringContaining('created_at') },
      { status: 'indexed' },
    ]);
    await expect(index.repository.insertMeow(bad)).rejects.toThrow('created_at');
    expect(await index.repository.findIds([first.id, bad.id, last.id])).toEqual(new Set([first.id, last.id]));
  });

  test('an index that is blocked for writing is busy', async () => {
    await index.repository.prepare();
    const [name] = (await index.indexes()) as [string];
    await index.client.indices.addBlock({ index: name, block: 'write' });
    const [outcome] = await index.repository.insertMeows([newMeow()]);
    expect(outcome).toMatchObject({ status: 'busy' });
    await expect(index.repository.insertMeow(newMeow())).rejects.toThrow(SearchUnavailableError);
    await index.client.indices.putSettings({ index: name, settings: { 'index.blocks.write': false } });
    expect(await index.repository.insertMeows([newMeow()])).toEqual([{ status: 'indexed' }]);
  });

  describe('rebuilding', () => {
    test('leaves one index, with the refresh interval of the settings', async () => {
      await index.repository.prepare();
      for (let i = 0; i < 2; i++) await (await index.repository.rebuild()).swap();
      const indexes = await index.indexes();
      expect(indexes).toHaveLength(1);
      const settings = await index.client.indices.getSettings({ index: index.alias });
      expect(settings[indexes[0] as string]?.settings?.index?.refresh_interval).toBe('100ms');
    });

    test('needs no index in use', async () => {
      const rebuild = await index.repository.rebuild();
      await rebuild.insertMeows([newMeow('fresh')]);
      await rebuild.swap();
      expect(await index.repository.count()).toBe(1);
    });

    test('deletes what an interrupted rebuild has left', async () => {
      await index.repository.prepare();
      const interrupted = await index.repository.rebuild();
      await interrupted.insertMeows([newMeow()]);
      await index.repository.deleteLeftovers();
      expect(await index.indexes()).toHaveLength(2);
      await index.another({ leftoverAfterMs: 0 }).deleteLeftovers();
      expect(await index.indexes()).toHaveLength(1);
      await expect(interrupted.insertMeows([newMeow()])).rejects.toThrow(IndexMissingError);
      await expect(interrupted.swap()).rejects.toThrow(IndexMissingError);
      expect(await index.repository.count()).toBe(0);
    });

    test('can repeat a swap that has failed', async () => {
      await index.repository.prepare();
      const [old] = (await index.indexes()) as [string];
      const rebuild = await index.repository.rebuild();
      const meanwhile = newMeow('meanwhile');
      await index.repository.insertMeow(meanwhile);
      const [fresh] = (await index.indexes()).filter((name) => name !== old) as [string];
      await index.client.indices.addBlock({ index: fresh, block: 'write' });
      await expect(rebuild.swap()).rejects.toThrow(SearchUnavailableError);
      expect(await index.repository.searchMeows('meanwhile', 0, 10)).toEqual([meanwhile]);
      await index.client.indices.putSettings({ index: fresh, settings: { 'index.blocks.write': false } });
      await rebuild.swap();
      expect(await index.indexes()).toEqual([fresh]);
      expect(await index.repository.searchMeows('meanwhile', 0, 10)).toEqual([meanwhile]);
    });

    test('leaves an index incomplete that lacks what was inserted into a lost one', async () => {
      await (await index.repository.prepare()).setComplete(true);
      const [old] = (await index.indexes()) as [string];
      const rebuild = await index.repository.rebuild();
      await index.repository.insertMeow(newMeow('lost'));
      await index.client.indices.delete({ index: old });
      await index.another().prepare();
      await rebuild.swap();
      const { complete } = await index.repository.searchWithCompleteness('lost', 0, 10);
      expect(complete).toBe(false);
      expect(await index.indexes()).toHaveLength(1);
    });

    test('does not disturb a rebuild of another process: the later swap is in use', async () => {
      await index.repository.prepare();
      const one = await index.repository.rebuild();
      const other = await index.another().rebuild();
      await one.insertMeows([newMeow('both'), newMeow('both')]);
      await other.insertMeows([newMeow('both')]);
      await one.swap();
      await index.repository.insertMeow(newMeow('both'));
      await other.swap();
      expect(await index.indexes()).toHaveLength(1);
      expect(await index.repository.searchMeows('both', 0, 10)).toHaveLength(4);
    });

    test('does not delete indexes of another alias', async () => {
      const { client, alias } = index;
      const other = `${alias}-other`;
      await client.indices.create({ index: `${other}-20260101000000000-abcdef` });
      await index.another({ leftoverAfterMs: 0 }).deleteLeftovers();
      expect(await index.indexes()).toContain(`${other}-20260101000000000-abcdef`);
    });
  });
});
