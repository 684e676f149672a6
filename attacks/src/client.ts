import { once } from 'node:events';
import { Agent, type ClientRequestArgs, type OutgoingHttpHeaders, request } from 'node:http';
import { connect, type Socket } from 'node:net';

/** How the system that is attacked is reached. */
export interface Address {
  url: URL;
  /**
   * Whether clients are distinguished by `X-Forwarded-For` (a proxy that trusts us). Otherwise each has a
   * loopback address of its own.
   */
  forwarded: boolean;
}

/** The system that is attacked. */
export interface Target extends Address {
  /** Of each process or container, by name. Rejects when one has ended since the start. */
  memory(): Promise<Record<string, Memory>>;
}

/** In bytes. */
export interface Memory {
  used: number;
  limit: number;
}

export interface Answer {
  status: number;
  body: string;
}

const TIMEOUT_MS = 20_000;

/** One address on the network. */
export class Client {
  readonly #target: Address;
  readonly number: number;
  readonly #agent: Agent;

  /** `number`, below 250, makes the address. */
  constructor(target: Address, number: number) {
    this.#target = target;
    this.number = number;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 100 });
  }

  /** How to connect from this address, and the headers that name it. */
  get connection(): Pick<ClientRequestArgs, 'localAddress'> & { headers: Record<string, string> } {
    return this.#target.forwarded
      ? { headers: { 'x-forwarded-for': `203.0.113.${this.number}` } }
      : { localAddress: `127.0.0.${this.number}`, headers: {} };
  }

  /** Rejects when there is no answer within 20 s. */
  async request(
    path: string,
    options: { method?: string; headers?: OutgoingHttpHeaders; body?: string | Uint8Array } = {},
  ): Promise<Answer> {
    const { headers, ...connection } = this.connection;
    const req = request(new URL(path, this.#target.url), {
      ...connection,
      agent: this.#agent,
      method: options.method ?? 'GET',
      headers: { ...headers, ...options.headers },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    req.end(options.body);
    const [response] = await once(req, 'response');
    let body = '';
    for await (const chunk of response.setEncoding('utf8')) body += chunk;
    return { status: response.statusCode, body };
  }

  post(text: string): Promise<Answer> {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return this.request('/meows', { method: 'POST', headers, body: `body=${encodeURIComponent(text)}` });
  }

  /** A bare connection. Errors of it are ignored. */
  async dial(): Promise<Socket> {
    const { localAddress } = this.connection;
    const socket = connect({
      host: this.#target.url.hostname,
      port: Number(this.#target.url.port),
      localAddress,
    });
    socket.on('error', () => socket.destroy());
    await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
    return socket;
  }

  /** The head of a request on a bare connection. */
  head(line: string, headers: Record<string, string> = {}): string {
    const all = { host: this.#target.url.host, ...this.connection.headers, ...headers };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
    return `${line} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
  }

  /** Opens a WebSocket on a bare connection, which may write whatever it likes. */
  async upgrade(path = '/pusher'): Promise<Socket> {
    const socket = await this.dial();
    const headers = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
    socket.write(this.head(`GET ${path}`, { ...headers, 'sec-websocket-key': 'Y2F0IGNhdCBjYXQgY2F0IQ==' }));
    await Promise.race([once(socket, 'data'), once(socket, 'close')]);
    return socket;
  }

  close(): void {
    this.#agent.destroy();
  }
}
