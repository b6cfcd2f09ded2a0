import type { RawData, WebSocket } from 'ws';
import type { DebugChannel } from '../../shared/protocol/debug/rpc.ts';

/** A WebSocket as a channel, with what the hub needs to know of it to bound it. */
export interface MeteredChannel extends DebugChannel {
  receive(handlers: Parameters<DebugChannel['receive']>[0] & {
    /** Is shown each text as its bytes first; true when it took it. */
    bytes?(text: Buffer): boolean;
  }): void;
  /** Sends a text that is UTF-8 already. */
  sendBytes(text: Uint8Array): void;
  /** Bytes that were handed over and are not yet gone. */
  readonly buffered: number;
  /** Calls `task` once when what is buffered now is gone, or the socket is. */
  drained(task: () => void): void;
}

/** WebSocket close codes: policy violation, and ours for a first frame that does not fit. */
export const CLOSE_POLICY = 1008;

export function wsChannel(socket: WebSocket, onTraffic: () => void = () => undefined): MeteredChannel {
  return {
    get buffered() {
      return socket.bufferedAmount;
    },
    send(message) {
      if (socket.readyState === socket.OPEN) socket.send(message);
    },
    sendBytes(text) {
      if (socket.readyState === socket.OPEN) socket.send(text, { binary: false });
    },
    drained(task) {
      if (socket.readyState !== socket.OPEN) return;
      // Its callback comes when everything before it is written.
      socket.ping('', false, () => task());
    },
    receive({ message, closed, bytes: takes }) {
      socket.on('message', (data: RawData, isBinary) => {
        onTraffic();
        const bytes = Array.isArray(data) ? Buffer.concat(data) : data instanceof ArrayBuffer ? Buffer.from(data) : data;
        // A binary frame is handed on as what it is not, so that it is answered like any other text that is no message.
        if (isBinary) message('');
        else if (takes?.(bytes) !== true) message(bytes.toString('utf8'));
      });
      socket.on('close', (code, reason) => closed(reason.length > 0 ? reason.toString('utf8') : `closed with ${code}`));
      // The close that follows says it.
      socket.on('error', () => undefined);
    },
    close(reason = '') {
      socket.close(1000, reason.slice(0, 100));
    },
  };
}
