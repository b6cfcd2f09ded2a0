/**
 * The whole of what a transport is: a socket, an extension port, a message port, memory, a recording. Messages arrive in order and
 * whole or not at all; whoever opened a channel closes it. `send` on a closed channel is a no-op, because a close can always be first.
 */
export interface Channel<Out, In = Out> {
  send(message: Out): void;
  /** Takes over the incoming side. Called once, before the first turn of the event loop after the channel was made. */
  receive(handlers: { message(message: In): void; closed(reason: string): void }): void;
}

/** A channel that its maker can close. */
export interface ClosableChannel<Out, In = Out> extends Channel<Out, In> {
  close(reason?: string): void;
}
