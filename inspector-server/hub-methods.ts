import { basename } from 'node:path';
import { AppError } from '../shared/base/app-error.ts';
import type { MethodName, ParamsOf, ResultOf } from '../shared/protocol/debug/index.ts';
import type { Pairing } from './access/pairing.ts';
import type { Audit } from './audit.ts';
import type { Directory } from './clients/directory.ts';
import type { Reports } from './reports.ts';
import type { InspectorLink } from './sockets/inspector-link.ts';

export interface HubMethodPorts {
  readonly directory: Directory;
  readonly reports: Reports;
  readonly audit: Audit;
  readonly pairing: Pairing;
  readonly inspectors: ReadonlySet<InspectorLink>;
}

/** The methods that the hub answers itself. */
export function answerHubMethod(method: MethodName, params: unknown, { directory, reports, audit, pairing, inspectors }: HubMethodPorts): unknown {
  switch (method) {
    case 'Hub.targets':
      return { targets: directory.targets() } satisfies ResultOf<'Hub.targets'>;
    case 'Hub.recordings':
      return { recordings: recordings(directory) } satisfies ResultOf<'Hub.recordings'>;
    case 'Hub.reports':
      return { reports: reports.list() } satisfies ResultOf<'Hub.reports'>;
    case 'Hub.openReport':
      return reports.open((params as ParamsOf<'Hub.openReport'>).file);
    case 'Hub.audit':
      return { entries: audit.newest((params as ParamsOf<'Hub.audit'>).limit ?? 200) } satisfies ResultOf<'Hub.audit'>;
    case 'Hub.sessions':
      return { sessions: sessions(inspectors) } satisfies ResultOf<'Hub.sessions'>;
    case 'Hub.pairing': {
      const { contexts = null, mode = 'observe' } = params as ParamsOf<'Hub.pairing'>;
      return pairing.offer({ contexts, mode });
    }
    default:
      throw new AppError('UNSUPPORTED', `The hub does not answer ${method}`);
  }
}

function recordings(directory: Directory): ResultOf<'Hub.recordings'>['recordings'] {
  return [...directory.all()].map((client) => {
    const { reader, bytes } = client.recording();
    const summary = reader.summary();
    client.rest();
    return { file: basename(client.file), clientId: client.clientId, bytes, ...summary };
  });
}

function sessions(inspectors: ReadonlySet<InspectorLink>): ResultOf<'Hub.sessions'>['sessions'] {
  return [...inspectors].flatMap(({ session, client, remote }) =>
    session === null ? [] : [{ sessionId: session.grant.id, name: session.name, mode: session.grant.mode, clientId: client?.clientId ?? null, since: session.since, remote }],
  );
}
