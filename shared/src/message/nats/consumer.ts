import { AckPolicy, type ConsumerConfig, type ConsumerInfo, DeliverPolicy, NatsError, nanos } from 'nats';
import { MAX_ACK_PENDING } from '../common/defaults.ts';
import type { NatsSettings } from './config.ts';
import { askRepeatedly, type JetStreamConnection, translateErrors } from './connection.ts';
import type { NatsContext } from './context.ts';

/** A group of a stream: the server stores its progress in a consumer. */
interface Group {
  stream: string;
  /** Of the stream: see `StreamState`. */
  epoch: number;
  group: string;
}

const CREATE_AGAIN_MS = 1000;
/** With other settings. */
const CONSUMER_EXISTS = 10148;
const CONSUMER_NOT_FOUND = 10014;

/** Creates the consumer of a group, or updates it. Resolves to its name. */
export async function ensureConsumer(
  connection: JetStreamConnection,
  settings: NatsSettings,
  { topics, ...of }: Group & { topics: readonly string[] },
): Promise<string> {
  const name = nameOf(of, settings);
  const wanted: Partial<ConsumerConfig> = {
    durable_name: name,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ...filterOf(topics, settings.streams[of.stream] ?? []),
    ack_wait: nanos(settings.ackWaitMs),
    max_ack_pending: MAX_ACK_PENDING,
    max_deliver: -1,
  };
  try {
    await askRepeatedly(connection, (jsm) => jsm.consumers.add(of.stream, wanted), CREATE_AGAIN_MS);
  } catch (err) {
    if (!isApiError(err, CONSUMER_EXISTS)) throw err;
    await connection.jsm.consumers.update(of.stream, name, wanted);
  }
  if (settings.exactGroups.includes(of.group)) await deleteConsumer(connection, of.stream, nameWithEpoch(of));
  return name;
}

/** The consumer of a group that has joined. Rejects with `BrokerUnavailableError`. */
export async function findConsumer(
  { connector, settings }: NatsContext,
  of: Group,
): Promise<ConsumerInfo | undefined> {
  const { consumers } = connector.get().jsm;
  const finding = consumers.info(of.stream, nameOf(of, settings)).catch((err: unknown) => {
    if (isApiError(err, CONSUMER_NOT_FOUND)) return undefined;
    throw err;
  });
  return translateErrors(finding);
}

/** `last`: of the stream, read before. Messages of other topics do not move the ack floor. */
export function settledSeq({ num_pending, num_ack_pending, ack_floor }: ConsumerInfo, last: number): number {
  return num_pending + num_ack_pending === 0 ? last : ack_floor.stream_seq;
}

/** The consumer of an earlier version: a full stream would wait for it. */
async function deleteConsumer({ jsm }: JetStreamConnection, stream: string, name: string): Promise<void> {
  try {
    await jsm.consumers.delete(stream, name);
  } catch (err) {
    if (!isApiError(err, CONSUMER_NOT_FOUND)) throw err;
  }
}

function nameOf(of: Group, { exactGroups }: NatsSettings): string {
  return exactGroups.includes(of.group) ? of.group : nameWithEpoch(of);
}

/** With it, a late acknowledgement for a deleted stream cannot settle a message of the new one. */
function nameWithEpoch({ group, epoch }: Group): string {
  return `${group}-${epoch.toString(36)}`;
}

/**
 * Both fields, because an update keeps what it does not name: a group may get more topics, or fewer, and goes
 * on where it was.
 */
function filterOf(topics: readonly string[], subjects: readonly string[]) {
  const filters = subjects.every((subject) => topics.includes(subject)) ? [] : [...topics];
  return filters.length === 1
    ? { filter_subject: filters[0], filter_subjects: [] }
    : { filter_subject: '', filter_subjects: filters };
}

function isApiError(error: unknown, code: number): boolean {
  return error instanceof NatsError && error.api_error?.err_code === code;
}
