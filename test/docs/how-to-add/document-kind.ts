import type { WorkedExample } from './worked-example.ts';

/** A kind of document that describes the fans of a frame, once an instant. */
export const documentKind: WorkedExample = {
  adds: 'a kind of PCM document',
  changes: [
    {
      file: 'pcm/model.ts',
      behind: 'export type PcmDocument =',
      insert: ' FanSample |',
    },
    {
      file: 'pcm/model.ts',
      behind: '  readonly celsius: number;\n}\n',
      insert: `
/** The fans of the frame. */
export interface FanSample extends Sample {
  readonly kind: 'fan';
  readonly rotationsPerMinute: number | undefined;
}
`,
    },
    {
      file: 'pcm/documents/fan.ts',
      text: `import { numberField, section } from '../json/fields.ts';
import type { FanSample } from '../model.ts';
import { openEnvelope } from './envelope.ts';

/** @throws {PcmDocumentError} for what is not a fan document */
export function parseFanDocument(text: string): FanSample {
  const { sample, time, status, errors, problems } = openEnvelope(text, 'a fan document');
  const fan = section(sample, 'fan', problems);
  const rotationsPerMinute = numberField(fan, 'rpm', problems);
  return { kind: 'fan', time, status, errors, rotationsPerMinute, problems: problems.found };
}
`,
    },
    {
      file: 'pcm/documents/document-kinds.ts',
      behind: "import { parseEnergyDocument } from './energy.ts';\n",
      insert: "import { parseFanDocument } from './fan.ts';\n",
    },
    {
      file: 'pcm/documents/document-kinds.ts',
      behind: 'export const documentKinds: Readonly<Record<DocumentKind, KindDescription>> = {\n',
      insert:
        "  fan: { terms: ['fan'], isNumbered: false, parse: parseFanDocument, role: 'part', reach: SAMPLE_INTERVAL },\n",
    },
    {
      file: 'pcm/assembly/system-sample.ts',
      behind: 'export interface SystemSample {\n',
      insert: '  readonly fanRotations: number | undefined;\n',
    },
    {
      file: 'pcm/assembly/system-sample.ts',
      behind: '  let energy: EnergySample | undefined;\n',
      insert: '  let fanRotations: number | undefined;\n',
    },
    {
      file: 'pcm/assembly/system-sample.ts',
      behind: "    if (document.kind === 'energy') energy = document;\n",
      insert: "    if (document.kind === 'fan') fanRotations = document.rotationsPerMinute;\n",
    },
    {
      file: 'pcm/assembly/system-sample.ts',
      behind: '  return {\n    systemId,\n',
      insert: '    fanRotations,\n',
    },
  ],
};
