import { parseTimeStamp } from '../../base/clock/timestamp.ts';
import { parseUuid } from '../../base/text/uuid.ts';
import {
  hasSection,
  type JsonObject,
  numberField,
  objects,
  Problems,
  rootObject,
  sampleErrors,
  section,
  textField,
} from '../json/fields.ts';
import { parseLosslessJson } from '../json/lossless-json.ts';
import type { GuestMemoryDocument, GuestMemorySample } from '../model.ts';
import { notSuchDocument } from './envelope.ts';

const DOCUMENT_NAME = 'an lpar document';

/**
 * Reads an lpar document: memory inside the guests, as RMC reports it (docs/reference/pcm-documents.md#guest-memory). A
 * partition without a UUID (`vm_inactive_rmc` happens) is left out.
 * @throws {PcmDocumentError} for what is not an lpar document
 */
export function parseGuestMemoryDocument(text: string): GuestMemoryDocument {
  const problems = new Problems();
  const root = rootObject(parseLosslessJson(text), DOCUMENT_NAME);
  if (!Array.isArray(root.lparUtil)) throw notSuchDocument(DOCUMENT_NAME, 'it has no lparUtil list');
  const partitions = new Map<string, GuestMemorySample>();
  objects(root, 'lparUtil', problems).forEach((element, index) => {
    problems.enter('lparUtil', index);
    const id = parseUuid(textField(element, 'uuid', problems) ?? '');
    if (id === undefined) problems.note('uuid', 'is not a UUID; the partition is left out');
    else partitions.set(id, readPartition(id, element, problems));
  });
  return { kind: 'lpar', partitions, problems: problems.found };
}

function readPartition(partitionId: string, element: JsonObject, problems: Problems): GuestMemorySample {
  const stamp = textField(element, 'timeStamp', problems);
  const memory = hasSection(element, 'memory') ? section(element, 'memory', problems) : {};
  return {
    partitionId,
    time: stamp === undefined ? undefined : parseTimeStamp(stamp),
    error: sampleErrors(element.errorInfo)[0],
    totalBytes: numberField(memory, 'realMemSizeBytes', problems),
    availablePercent: percent(memory, 'pctRealMemAvbl', problems),
    freePercent: percent(memory, 'pctRealMemFree', problems),
    pageInRate: known(memory, 'vmPgInRate', problems),
    pageOutRate: known(memory, 'vmPgOutRate', problems),
    swapInRate: known(memory, 'vmPgSpInRate', problems),
    swapOutRate: known(memory, 'vmPgSpOutRate', problems),
    swapTotalPages: known(memory, 'totalPgSpSizeCount', problems),
    swapFreePages: known(memory, 'totalPgSpFreeCount', problems),
  };
}

function percent(memory: JsonObject, name: string, problems: Problems): number | undefined {
  const value = numberField(memory, name, problems);
  return value !== undefined && value <= 100 ? value : undefined;
}

/** −1 is how RMC says that it does not know. */
function known(memory: JsonObject, name: string, problems: Problems): number | undefined {
  return memory[name] === -1 ? undefined : numberField(memory, name, problems);
}
