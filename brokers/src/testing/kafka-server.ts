import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ServerProcess } from '@meower/shared/testing/server-process.ts';
import { Admin } from '@platformatic/kafka';

/** A Kafka of one node for one test, from the folder of its jars. Does not start it yet. */
export async function createKafkaServer(libs: string): Promise<ServerProcess> {
  const java = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', join(libs, '*')];
  const server = await ServerProcess.create({
    binary: 'java',
    args: (_port, folder) => [...java, 'kafka.Kafka', join(folder, 'server.properties')],
    async ask(address) {
      const admin = new Admin({ clientId: 'test', bootstrapBrokers: [address], retries: 0 });
      try {
        const { brokers } = await admin.metadata({ topics: [], forceUpdate: true });
        // After a kill it takes part only when its old session has ended.
        if (brokers.size === 0) throw new Error('the controller knows of no broker');
      } finally {
        await admin.close();
      }
    },
  });
  const config = join(server.folder, 'server.properties');
  await writeFile(config, properties(server));
  const format = [
    'kafka.tools.StorageTool',
    'format',
    '--standalone',
    '--cluster-id',
    'meower-test-kafka-0000',
  ];
  await promisify(execFile)('java', [...java, ...format, '--config', config]);
  return server;
}

function properties({ address, folder }: ServerProcess): string {
  // Of another loopback address, where nothing else listens. Kafka refuses the same port.
  const controller = `127.0.0.2:${Number(address.split(':')[1]) - 1}`;
  return `
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://${address},CONTROLLER://${controller}
advertised.listeners=PLAINTEXT://${address}
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers=${controller}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=${join(folder, 'data')}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
log.cleaner.dedupe.buffer.size=8388608
`;
}
