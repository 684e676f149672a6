import { connect, type Socket, type TcpNetConnectOpts } from 'node:net';

const HANDSHAKE = [
  'GET /pusher HTTP/1.1',
  'Host: bench',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '\r\n',
].join('\r\n');
const ACCEPTED = 'HTTP/1.1 101';
/** Opens a WebSocket; `onOpen` is given what came right after the handshake, too. */
export function shakeHands(
  address: TcpNetConnectOpts,
  onOpen: (socket: Socket, first: Buffer) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(address);
    socket.once('connect', () => socket.write(HANDSHAKE));
    socket.once('error', reject);
    let head = Buffer.alloc(0);
    const read = (chunk: Buffer) => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      socket.off('data', read);
      if (!head.toString('latin1').startsWith(ACCEPTED)) {
        socket.destroy();
        reject(new Error(`no WebSocket: ${head.toString('latin1').split('\r\n')[0]}`));
        return;
      }
      onOpen(socket, head.subarray(end + 4));
      resolve();
    };
    socket.on('data', read);
  });
}
