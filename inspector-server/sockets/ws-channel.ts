import type { RawData, WebSocket } from 'ws';
import type { DebugChannel } from '../../shared/protocol/debug/rpc.ts';

/** A WebSocket as a channel, with what the hub needs to know of it to bound it. */
export interface MeteredChannel extends DebugChannel {
  /** The message that is being handled, and its bytes. */
  readonly messageText: string;
  readonly messageBytes: number;
  /** Bytes that were handed over and are not yet gone. */
  readonly buffered: number;
  /** Calls `task` once when what is buffered now is gone, or the socket is. */
  drained(task: () => void): void;
}

/** WebSocket close codes: policy violation, and ours for a first frame that does not fit. */
export const CLOSE_POLICY = 1008;

export function wsChannel(socket: WebSocket, onTraffic: () => void = () => undefined): MeteredChannel {
  let messageBytes = 0;
  let messageText = '';
  return {
    get messageText() {
      return messageText;
    },
    get messageBytes() {
      return messageBytes;
    },
    get buffered() {
      return socket.bufferedAmount;
    },
    send(message) {
      if (socket.readyState === socket.OPEN) socket.send(message);
    },
    drained(task) {
      if (socket.readyState !== socket.OPEN) return;
      // Its callback comes when everything before it is written.
      socket.ping('', false, () => task());
    },
    receive({ message, closed }) {
      socket.on('message', (data: RawData, isBinary) => {
        onTraffic();
        const bytes = Array.isArray(data) ? Buffer.concat(data) : data instanceof ArrayBuffer ? Buffer.from(data) : data;
        messageBytes = bytes.length;
        // A binary frame is handed on as what it is not, so that it is answered like any other text that is no message.
        messageText = isBinary ? '' : bytes.toString('utf8');
        message(messageText);
        messageText = '';
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
