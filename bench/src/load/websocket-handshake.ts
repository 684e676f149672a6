import { connect, type Socket, type TcpNetConnectOpts } from 'node:net';

const REQUEST = [
  'GET /pusher HTTP/1.1',
  'Host: bench',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '\r\n',
].join('\r\n');
const ACCEPTED = 'HTTP/1.1 101';

/** Receives what a socket reads. The bytes are overwritten after it returns. */
export type Read = (chunk: Buffer) => void;
type OpenWebSocket = (address: TcpNetConnectOpts, read: Read) => Promise<Socket>;

/** Opens WebSockets that all read into one buffer: the load must cost little compared with the server. */
export function createWebSocketOpener(): OpenWebSocket {
  const buffer = Buffer.alloc(256 * 1024);
  return (address, read) =>
    new Promise((resolve, reject) => {
      let head: Buffer | undefined = Buffer.alloc(0);
      const readHead = (chunk: Buffer, incomplete: Buffer) => {
        head = Buffer.concat([incomplete, chunk]);
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        if (head.toString('latin1', 0, ACCEPTED.length) !== ACCEPTED) {
          reject(new Error(`no WebSocket: ${head.toString('latin1').split('\r\n')[0]}`));
          socket.destroy();
          return;
        }
        const first = head.subarray(end + 4);
        head = undefined;
        resolve(socket);
        if (first.length > 0) read(first);
      };
      const callback = (bytes: number) => {
        const chunk = buffer.subarray(0, bytes);
        if (head) readHead(chunk, head);
        else read(chunk);
        return true;
      };
      const socket = connect({ ...address, onread: { buffer, callback } });
      socket.once('connect', () => socket.write(REQUEST));
      socket.once('error', reject);
    });
}
