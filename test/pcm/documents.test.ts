import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PcmDocumentError } from '../../src/base/errors/errors.ts';
import {
  parseEnergyDocument,
  parseGuestMemoryDocument,
  parseHypervisorDocument,
  parseViosDocument,
} from '../../src/pcm/index.ts';
import { lpar, PARTITION_ID, phyp, START, storage, vea, vios } from '../helpers/documents.ts';

function onlyPartition(text: string) {
  const [partition, ...others] = parseHypervisorDocument(text).partitions;
  expect(others).toEqual([]);
  if (!partition) throw new Error('there is no partition');
  return partition;
}

describe('the hypervisor document', () => {
  test('is read in full', () => {
    const document = parseHypervisorDocument(phyp(START));
    expect(document).toMatchObject({ time: START, status: 0, mtms: '9009-42A*ZZ1', cyclesPerSecond: 512_000_000 });
    expect(onlyPartition(phyp(START))).toMatchObject({
      id: PARTITION_ID.toLowerCase(),
      number: 5,
      type: 'aix_linux',
      state: 'Running',
      memory: { logicalMib: 4096, backedMib: 4096 },
    });
    expect(document.problems).toEqual([]);
  });

  test.each([
    ['no sections at all', { network: undefined, storage: undefined, memory: undefined }],
    ['empty sections', { network: {}, storage: {}, memory: {} }],
    ['null sections', { network: null, storage: null, memory: null }],
  ])('a partition with %s has no adapters and no memory', (_what, overrides) => {
    const partition = onlyPartition(phyp(START, { lpars: [lpar(START, overrides)] }));
    expect(partition.virtualEthernetAdapters).toEqual([]);
    expect(partition.memory.logicalMib).toBeUndefined();
  });

  test('both spellings of the WWPN pair keep all 64 bits', () => {
    for (const key of ['wwpnPair', 'wwpnpair']) {
      const text = phyp(START, {
        lpars: [
          lpar(START, {
            storage: {
              virtualFiberChannelAdapters: [{ physicalLocation: 'U-V5-C3', viosId: 1, [key]: ['LEFT', 'RIGHT'] }],
            },
          }),
        ],
      });
      const precise = text.replace('"LEFT"', '13857705835384867080').replace('"RIGHT"', '13857705835384867081');
      expect(onlyPartition(precise).virtualFibreChannelAdapters[0]?.wwpns).toEqual([
        'c050760937f90908',
        'c050760937f90909',
      ]);
    }
  });

  test('ids may be numbers or strings, UUIDs with or without dashes', () => {
    const undashed = PARTITION_ID.replaceAll('-', '').toLowerCase();
    expect(onlyPartition(phyp(START, { lpars: [lpar(START, { id: '5', uuid: undashed })] }))).toMatchObject({
      id: PARTITION_ID.toLowerCase(),
      number: 5,
    });
  });

  test('a partition that is listed twice counts once, as its last entry', () => {
    const twice = [lpar(START, { name: 'old' }), lpar(START, { name: 'new', uuid: PARTITION_ID.replaceAll('-', '') })];
    const document = parseHypervisorDocument(phyp(START, { lpars: twice }));
    expect(document.partitions.map(({ name }) => name)).toEqual(['new']);
    expect(document.problems).toHaveLength(1);
  });

  test('an invalid partition is skipped without affecting others', () => {
    const lpars = [lpar(START), lpar(START, { uuid: 'nonsense' }), lpar(START, { uuid: 17 })];
    const document = parseHypervisorDocument(phyp(START, { lpars }));
    expect(document.partitions).toHaveLength(1);
    expect(document.problems.length).toBeGreaterThan(0);
  });

  test('an adapter without a location is left out', () => {
    const network = { virtualEthernetAdapters: [vea('U-V5-C2'), { ...vea('x'), physicalLocation: undefined }] };
    expect(onlyPartition(phyp(START, { lpars: [lpar(START, { network })] })).virtualEthernetAdapters).toHaveLength(1);
  });

  test.each([
    ['another document', '{"a":1}'],
    ['a list', '[]'],
    ['text', '"phyp"'],
    ['a VIOS document', vios(START)],
    ['one without a time', phyp(START, { sample: { timeStamp: undefined } })],
  ])('%s is a typed error', (_what, text) => {
    expect(() => parseHypervisorDocument(text)).toThrow(PcmDocumentError);
  });
});

describe('the VIOS document', () => {
  test('is parsed with its adapters', () => {
    const document = parseViosDocument(
      vios(START, {
        storage: {
          genericVirtualAdapters: [{ id: 'vhost0', type: 'virtual', physicalLocation: 'U-V1-C1000', ...storage() }],
          fiberChannelAdapters: [
            {
              id: 'fcs0',
              wwpn: '10000090FA000001',
              runningSpeed: 17,
              ...storage(),
              ports: [{ id: 'vfchost0', wwpn: 'C05076', ...storage() }],
            },
          ],
        },
        network: {
          genericAdapters: [],
          sharedAdapters: [{ id: 'ent6', type: 'sea', bridgedAdapters: ['ent0'], receivedBytes: 5 }],
        },
      }),
    );
    expect(document).toMatchObject({ number: 1, usedMemoryMib: 2048 });
    expect(document.virtualScsiServers[0]).toMatchObject({ id: 'vhost0', reads: 1, writtenBytes: 1024 });
    expect(document.fibreChannelAdapters[0]?.wwpn).toBe('10000090fa000001');
    expect(document.sharedEthernetAdapters[0]).toMatchObject({ id: 'ent6', receivedBytes: 5 });
  });
});

describe('the lpar document', () => {
  test('marks partitions that did not respond', () => {
    const text = JSON.stringify({
      lparUtil: [
        {
          uuid: PARTITION_ID,
          id: '5',
          name: 'db1',
          timeStamp: '20260304T120000+0000',
          memory: { realMemSizeBytes: 1024, pctRealMemAvbl: 25, vmPgInRate: -1 },
        },
        {
          uuid: PARTITION_ID.replace('A', 'B'),
          id: '6',
          name: 'x',
          timeStamp: null,
          errorInfo: { errorId: '6003', message: 'RMC' },
        },
      ],
    });
    const [first, second] = [...parseGuestMemoryDocument(text).partitions.values()];
    expect(first).toMatchObject({ time: START, totalBytes: 1024, availablePercent: 25, pageInRate: undefined });
    expect(second).toMatchObject({ time: undefined, error: { id: '6003' } });
  });
});

describe('the energy document', () => {
  test('is read in the raw form', () => {
    const text = JSON.stringify({
      timeStamp: '2026-03-04T12:00:00+0000',
      status: 0,
      powerEnergyReading: { currentPowerReading: 512 },
      thermalEnergyReading: { inletTemperatures: [{ entityId: 'x', entityInstance: '1', temperatureData: 24 }] },
    });
    expect(parseEnergyDocument(text)).toMatchObject([
      { time: START, powerWatts: 512, temperatures: [{ location: 'inlet', instance: '1', celsius: 24 }] },
    ]);
  });

  test('is read in the processed form: every sample of the window, oldest first, by its average', () => {
    const sample = (timeStamp: string, watts: number) => ({
      sampleType: 'ManagedSystem',
      sampleInfo: { timeStamp, status: 0 },
      energyUtil: {
        powerUtil: { powerReading: [watts - 9, watts, watts + 9] },
        thermalUtil: { cpuTemperatures: [{ entityId: 'x', entityInstance: '2', temperatureReading: [1, -2.5, 3] }] },
      },
    });
    const document = (...utilSamples: object[]) =>
      JSON.stringify({ systemUtil: { utilInfo: { metricArrayOrder: ['MIN', 'Avg', 'MAX'] }, utilSamples } });
    const newer = sample('2026-03-04T13:00:30+0100', 512);
    const older = sample('2026-03-04T13:00:00+0100', 500);
    expect(parseEnergyDocument(document(newer, older))).toMatchObject([
      { time: START, powerWatts: 500, temperatures: [{ location: 'cpu', instance: '2', celsius: -2.5 }] },
      { time: START + 30_000, powerWatts: 512 },
    ]);
    // A bad sample is skipped alone; a value that is not there is absent.
    const silent = { ...newer, energyUtil: { powerUtil: { powerReading: [null] } } };
    expect(parseEnergyDocument(document(sample('', 1), silent, { sampleInfo: newer.sampleInfo }))).toMatchObject([
      { time: START + 30_000, powerWatts: undefined, temperatures: [] },
    ]);
  });
});

/** Puts `value` into one place of a document. */
function spoil(document: unknown, path: readonly number[], value: unknown): unknown {
  if (typeof document !== 'object' || document === null || path.length === 0) return value;
  const keys = Object.keys(document);
  const [first = 0, ...rest] = path;
  const key = keys[first % Math.max(keys.length, 1)];
  if (key === undefined) return value;
  const spoiled = { [key]: spoil((document as Record<string, unknown>)[key], rest, value) };
  if (!Array.isArray(document)) return { ...document, ...spoiled };
  return document.map((element, index) => (String(index) === key ? spoiled[key] : element));
}

const network = {
  virtualEthernetAdapters: [vea('U-V5-C2')],
  sriovLogicalPorts: [{ drcIndex: '1', physicalLocation: 'T1-S1', ...vea('x') }],
};
const clientStorage = {
  genericVirtualAdapters: [{ physicalLocation: 'U-V5-C3', viosId: 1, viosAdapterSlotId: 1000 }],
  virtualFiberChannelAdapters: [{ physicalLocation: 'U-V5-C4', viosId: 1, wwpnPair: [1, 2] }],
};
const parsers = [
  ['phyp', parseHypervisorDocument, phyp(START, { lpars: [lpar(START, { network, storage: clientStorage })] })],
  [
    'vios',
    parseViosDocument,
    vios(START, {
      storage: {
        genericVirtualAdapters: [{ id: 'vhost0', ...storage() }],
        fiberChannelAdapters: [{ id: 'fcs0', ports: [{ id: 'v' }] }],
      },
    }),
  ],
  [
    'lpar',
    parseGuestMemoryDocument,
    JSON.stringify({ lparUtil: [{ uuid: PARTITION_ID, timeStamp: null, memory: { realMemSizeBytes: 1 } }] }),
  ],
  [
    'processed energy',
    parseEnergyDocument,
    JSON.stringify({
      systemUtil: {
        utilInfo: { metricArrayOrder: ['AVG'] },
        utilSamples: [
          {
            sampleInfo: { timeStamp: '2026-03-04T12:00:00+0000', status: 0 },
            energyUtil: {
              powerUtil: { powerReading: [1] },
              thermalUtil: { inletTemperatures: [{ entityInstance: '1', temperatureReading: [20] }] },
            },
          },
        ],
      },
    }),
  ],
  [
    'energy',
    parseEnergyDocument,
    JSON.stringify({
      timeStamp: '20260304T120000+0000',
      powerEnergyReading: { currentPowerReading: 1 },
      thermalEnergyReading: {},
    }),
  ],
] as const;

test.each(parsers)(
  '%s: any value in any field gives numbers or a typed error, never NaN or a negative counter',
  (_kind, parse, text) => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 7 }), fc.jsonValue(), (path, value) => {
        const spoiled = JSON.stringify(spoil(JSON.parse(text), path, value));
        let document: unknown;
        try {
          document = parse(spoiled);
        } catch (error) {
          expect(error).toBeInstanceOf(PcmDocumentError);
          return;
        }
        // Temperatures are the only numbers that may be below zero.
        const written = JSON.stringify(document, (key, inner) => {
          if (typeof inner === 'bigint') return Number(inner);
          if (typeof inner === 'number' && key !== 'celsius') expect(inner).toBeGreaterThanOrEqual(0);
          if (typeof inner === 'number') expect(Number.isFinite(inner)).toBe(true);
          return inner;
        });
        expect(written).toBeDefined();
      }),
      { numRuns: 400 },
    );
  },
);
