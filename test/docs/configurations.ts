import { parse } from 'yaml';
import type { Block, DocumentationPage } from './pages.ts';

type Section = Readonly<Record<string, unknown>>;
type Sections = Readonly<Record<string, Section>>;

const SECTIONS = ['receivers', 'exporters', 'extensions', 'service'];

/** YAML that is not our configuration, and who reads it instead. */
const foreign: readonly (readonly [mark: RegExp, reader: string])[] = [
  [/^# prometheus\.yml/, 'Prometheus'],
  [/^# the OpenTelemetry Collector's own configuration/, 'the OpenTelemetry Collector'],
  [/^# automation\.yaml/, 'the automation server: test/automation/ reads them'],
  [/^(sources|resources):/, 'Ceilometer'],
  [/^"os_compute_api:/, 'Nova: its lines of policy'],
  [/^transports:/, 'sg-core: test/receivers/sg-core.test.ts starts it with the like'],
  [/^events:/, 'the simulator: test/simulator/ plays scenarios'],
];

/** A block of a page with what it leaves out: from the blocks before it, else a simulated console and `debug`. */
export interface Configuration {
  readonly place: string;
  /** Whether the block is a configuration as it stands. */
  readonly isWhole: boolean;
  readonly text: string;
}

const base: Sections = {
  receivers: { powervm: { consoles: [{ simulator: {} }] } },
  exporters: { debug: {} },
  extensions: {},
};

export function configurationsOf({ blocks }: DocumentationPage): readonly Configuration[] {
  let before = base;
  return blocks.filter(isOurs).map(({ place, text }) => {
    const sections: Sections = parse(text);
    const strange = Object.keys(sections).filter((name) => !SECTIONS.includes(name));
    if (strange.length > 0) throw new Error(`${place}: neither our configuration nor listed as another's (${strange})`);
    const { service: _service, ...known } = { ...before, ...sections };
    before = known;
    const { receivers, exporters, service } = sections;
    const isWhole = receivers !== undefined && exporters !== undefined && service !== undefined;
    return { place, isWhole, text: isWhole ? text : JSON.stringify({ ...known, service: serviceOf(known, service) }) };
  });
}

function isOurs({ language, text }: Block): boolean {
  return language === 'yaml' && !foreign.some(([mark]) => mark.test(text));
}

/** Everything that there is in one pipeline. */
function serviceOf({ receivers = {}, exporters = {}, extensions = {} }: Sections, service: Section = {}): Section {
  const metrics = { receivers: Object.keys(receivers), exporters: Object.keys(exporters) };
  return { extensions: Object.keys(extensions), pipelines: { metrics }, ...service };
}
