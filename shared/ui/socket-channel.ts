import type { DebugChannel } from '../protocol/debug/rpc.ts';

/** A channel over a WebSocket. What is sent before it is open waits; a socket that cannot open ends as closed. */
export function socketChannel(url: string): DebugChannel {
  const socket = new WebSocket(url);
  const waiting: string[] = [];
  socket.addEventListener('open', () => {
    for (const message of waiting.splice(0)) socket.send(message);
  });
  return {
    send(message) {
      if (socket.readyState === WebSocket.CONNECTING) waiting.push(message);
      else if (socket.readyState === WebSocket.OPEN) socket.send(message);
    },
    receive(handlers) {
      socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
        if (typeof data === 'string') handlers.message(data);
      });
      socket.addEventListener('close', ({ reason, code }) => handlers.closed(reason === '' ? (code === 1006 ? 'the connection was lost' : `closed with ${code}`) : reason));
    },
    close(reason) {
      waiting.length = 0;
      // A close reason has 123 bytes at most.
      socket.close(1000, reason?.slice(0, 40));
    },
  };
}
