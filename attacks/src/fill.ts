// fill.ts URL [COUNT]    posts as many meows as the attacks expect; the limits have to allow it
import { Client } from './client.ts';

/** More than `skip` may pass over, and than a cursor may replay. */
export const MANY = 12_000;
/** What a cursor may replay: so few that CI can post them. */
export const FEW = 3000;
const CLIENTS = 50;

export async function fill(url: URL, count: number): Promise<void> {
  const client = new Client({ url, forwarded: false }, 1);
  let posted = 0;
  const cats = Array.from({ length: CLIENTS }, async () => {
    while (posted < count) {
      const { status, body } = await client.post(`cat number ${++posted} naps in a box`);
      if (status !== 200) throw new Error(`POST /meows: ${status} ${body}`);
    }
  });
  await Promise.all(cats);
  client.close();
}

if (import.meta.main) await fill(new URL(process.argv[2] ?? ''), Number(process.argv[3] ?? MANY));
