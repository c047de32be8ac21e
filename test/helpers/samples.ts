import { type CeilometerSample, createSample, type SampleContent } from '../../src/ceilometer/samples/sample.ts';

const TIME = Date.parse('2026-11-22T21:23:57.673Z');

/** A sample of an instance. */
export function sampleOf(changes: Partial<SampleContent> = {}): CeilometerSample {
  const content: SampleContent = {
    name: 'cpu',
    type: 'cumulative',
    unit: 'ns',
    volume: 123456789012,
    user_id: '5f0d6a1e0b7c4c0c9f3c3f0e5a1b2c3d',
    project_id: '9c8b7a6d5e4f40312233445566778899',
    resource_id: 'cccccccc-0000-4000-8000-000000000099',
    time: TIME,
    resource_metadata: { display_name: 'lpar-é-1', flavor: { id: '42', vcpus: 2 }, image: null },
    source: 'openstack',
    ...changes,
  };
  return createSample(content, TIME);
}
