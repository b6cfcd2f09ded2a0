import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '../../shared/base/app-error.ts';
import type { Reports } from '../reports.ts';
import { sendJson } from './respond.ts';

const RANGE = /^bytes (?:(\d{1,15})-(\d{1,15})|\*)\/(\d{1,15})$/;
const ID = /^[A-Za-z0-9_-]{8,64}$/;

/**
 * `POST /reports`: the whole file at once, or in parts. A part names the upload in `Report-Id` and its place in `Content-Range: bytes
 * FROM-TO/TOTAL`; `bytes * /TOTAL` (without the blank) asks how much is here. Answers 202 with `have` until the last byte came, then 201
 * with the name of the file.
 */
export async function takeReport(request: IncomingMessage, response: ServerResponse, reports: Reports): Promise<void> {
  const range = request.headers['content-range'];
  const given = request.headers['report-id'];
  if (range === undefined && given !== undefined) throw new AppError('BAD_PARAMS', 'Report-Id comes with Content-Range');
  if (range !== undefined && (typeof given !== 'string' || !ID.test(given))) throw new AppError('BAD_PARAMS', 'Content-Range comes with Report-Id: 8 to 64 letters, digits, - or _');
  const id = typeof given === 'string' ? given : randomBytes(16).toString('hex');
  const parsed = range === undefined ? undefined : RANGE.exec(range);
  if (parsed === null) throw new AppError('BAD_PARAMS', 'Content-Range is `bytes FROM-TO/TOTAL`');
  if (parsed !== undefined && parsed[1] === undefined) return sendJson(response, 202, { have: reports.have(id) });

  const length = Number(request.headers['content-length'] ?? Number.NaN);
  if (!Number.isSafeInteger(length)) throw new AppError('BAD_PARAMS', 'The upload says its Content-Length');
  const [from, total] = parsed === undefined ? [0, length] : [Number(parsed[1]), Number(parsed[3])];
  if (parsed !== undefined && Number(parsed[2]) - from + 1 !== length) throw new AppError('BAD_PARAMS', 'Content-Range and Content-Length do not agree');
  reports.begin(id, { from, total });
  // What came before a cut stays: the sender asks how much, and goes on from there.
  for await (const chunk of request as AsyncIterable<Buffer>) reports.append(id, chunk, total);
  const have = reports.have(id);
  if (have < total) return sendJson(response, 202, { have });
  sendJson(response, 201, reports.finish(id));
}
