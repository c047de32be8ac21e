import { parseTimeStamp } from '../../base/clock/timestamp.ts';
import { PcmDocumentError } from '../../base/errors/errors.ts';
import {
  type JsonObject,
  numberField,
  Problems,
  rootObject,
  sampleErrors,
  section,
  textField,
} from '../json/fields.ts';
import { parseLosslessJson } from '../json/lossless-json.ts';
import type { SampleError, SampleStatus } from '../model.ts';

/** What the phyp and vios documents have in common: `systemUtil` with `utilInfo` and `utilSample`. */
export interface Envelope {
  readonly info: JsonObject;
  readonly sample: JsonObject;
  readonly time: number;
  readonly status: SampleStatus;
  readonly errors: readonly SampleError[];
  readonly problems: Problems;
}

/**
 * Opens a raw document.
 * @param what what the document should be, for the message
 * @throws {PcmDocumentError} `POWERVM_DOCUMENT_INVALID` when it is no such document, or has no usable time
 */
export function openEnvelope(text: string, what: string): Envelope {
  const problems = new Problems();
  const root = rootObject(parseLosslessJson(text), what);
  if (root.systemUtil === undefined) throw notSuchDocument(what, 'it has no systemUtil');
  const util = section(root, 'systemUtil', problems);
  const sample = section(util, 'utilSample', problems);
  problems.enter('systemUtil.utilSample');
  return {
    info: section(util, 'utilInfo', problems),
    sample,
    time: sampleTime(sample, what, problems),
    status: numberField(sample, 'status', problems) ?? 0,
    errors: sampleErrors(sample.errorInfo),
    problems,
  };
}

/** Of a value that is not what it should be, a message needs the beginning. */
const MAX_QUOTE = 60;

/** The inner time stamp, which is the time of the values. A document without one cannot be used. */
export function sampleTime(sample: JsonObject, what: string, problems: Problems): number {
  const stamp = textField(sample, 'timeStamp', problems);
  const time = stamp === undefined ? undefined : parseTimeStamp(stamp);
  if (time === undefined)
    throw notSuchDocument(
      what,
      `its timeStamp is ${stamp === undefined ? 'missing' : `'${stamp.slice(0, MAX_QUOTE)}'`}`,
    );
  return time;
}

export function notSuchDocument(what: string, reason: string): PcmDocumentError {
  return new PcmDocumentError('POWERVM_DOCUMENT_INVALID', `not ${what}: ${reason}`);
}
