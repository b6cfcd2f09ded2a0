import { z } from 'zod';
import { clientInfoSchema, eventSchema, reads } from './parts.ts';

export const clientMethods = {
  'Client.getInfo': reads('Who the client is and what it can do', z.object({}), clientInfoSchema),
  'Client.enable': reads(
    'Starts the stream of events, from a seq on where the client or the hub still has it',
    z.object({ sinceSeq: z.number().int().nonnegative().optional(), runId: z.string().optional(), frames: z.boolean().optional() }),
    z.object({ runId: z.string(), nextSeq: z.number().int() }),
  ),
  'Client.disable': reads('Ends the stream of events', z.object({}), z.object({})),
  'Client.credit': reads('Gives the sender credit for so many more bytes of events (DB4)', z.object({ bytes: z.number().int().positive() }), z.object({})),
} as const;

export const clientEvents = {
  /** `dropped`: ranges of seq that were left out for want of credit, both ends included. */
  'Client.events': z.object({
    runId: z.string(),
    events: z.array(eventSchema),
    dropped: z.array(z.object({ fromSeq: z.number().int(), toSeq: z.number().int(), reason: z.string() })).optional(),
  }),
  /** To whoever is answering: the request of this id on this socket is no longer wanted (DB6). It is still answered: CANCELLED, or its result when it was too late. */
  'Client.cancel': z.object({ id: z.number().int() }),
  'Client.detached': z.object({ reason: z.string() }),
} as const;
