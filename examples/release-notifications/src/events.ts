import { parseData } from '@meower/shared/event/define-event.ts';
import { type Message, RefusedError } from '@meower/shared/message/capabilities.ts';
import { z } from 'zod';

export const PRODUCTION = 'production';

export const commitId = z.string().regex(/^[0-9a-f]{7,64}$/, 'must be the hash of a commit');
export const time = z.iso.datetime({ offset: true, error: 'must be a time as in RFC 3339' });
export const name = z.string().min(1).max(200);

const commitPushed = z.object({
  id: commitId,
  repository: name,
  message: z.string(),
  author: name,
  occurred_on: time,
});
const commitDeployed = z.object({ id: commitId, env: name, occurred_on: time });
const deployment = z.object({ commit_id: commitId, env: name, timestamp: time });

export type CommitPushed = z.infer<typeof commitPushed>;
export type CommitDeployed = z.infer<typeof commitDeployed>;
export type Deployment = z.infer<typeof deployment>;
export type ReleaseEvent =
  | ({ type: 'commitPushed' } & CommitPushed)
  | ({ type: 'commitDeployed' } & CommitDeployed);

/** As it goes on the log. Events of one commit keep their order. */
export function toMessage({ type, ...data }: ReleaseEvent): Omit<Message, 'id'> {
  return {
    key: data.id,
    metadata: { event_type: type },
    payload: Buffer.from(JSON.stringify(data)),
  };
}

/** Throws `RefusedError`. */
export function readEvent({ metadata, payload }: Pick<Message, 'metadata' | 'payload'>): ReleaseEvent {
  const type = metadata.event_type;
  if (type === 'commitPushed') return { type, ...parseData(type, commitPushed, payload) };
  if (type === 'commitDeployed') return { type, ...parseData(type, commitDeployed, payload) };
  throw new RefusedError(`events of the type ${type} are not known here`);
}

/** Throws `RefusedError`. */
export const readDeployment = (payload: Uint8Array): Deployment =>
  parseData('a deployment', deployment, payload);
