import { type TaggedEvent, taggedEvents } from '@meower/shared/event/tagged-events.ts';
import { z } from 'zod';

export const PRODUCTION = 'production';

export const commitId = z.string().regex(/^[0-9a-f]{7,64}$/, 'must be the hash of a commit');
export const time = z.iso.datetime({ offset: true, error: 'must be a time as in RFC 3339' });
export const name = z.string().min(1).max(200);
const common = { id: commitId, occurred_on: time };

const releaseEvents = taggedEvents(
  'event_type',
  {
    commitPushed: z.object({ ...common, repository: name, message: z.string(), author: name }),
    commitDeployed: z.object({ ...common, env: name }),
  },
  // Events of one commit keep their order.
  ({ id }) => id,
);
export type ReleaseEvent = TaggedEvent<typeof releaseEvents>;
export const { read: readEvent, write: toMessage } = releaseEvents;

/** For people. */
export function textOf(event: ReleaseEvent): string {
  const commit = event.id.slice(0, 7);
  if (event.type === 'commitDeployed') return `${commit} is deployed to ${event.env}`;
  const [summary] = event.message.split('\n');
  return `${event.author} pushed ${commit} to ${event.repository}: ${summary}`;
}

/** As other teams announce it. */
export const deployment = z.object({ commit_id: commitId, env: name, timestamp: time });
export type Deployment = z.infer<typeof deployment>;
