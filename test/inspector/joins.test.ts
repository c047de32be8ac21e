import { describe, expect, test } from 'vitest';
import { emptyInventory, type FrameInventory } from '../../src/inspector/index.ts';
import { metricView, resourceMetricsOf } from '../../src/metrics/index.ts';
import { lpar, PARTITION_ID, phyp, START, storage, vea, vios, viosPartition } from '../helpers/documents.ts';
import { inspectPolls, type Poll, SYSTEM_ID } from '../helpers/frames.ts';
import { pointsOf } from '../helpers/points.ts';

const CLIENT = PARTITION_ID.toLowerCase();
const VIOS = '2a2b3c4d-0000-4000-8000-00000000000b';
const WWPN = 0xc050760937f90908n;

/** The VIOS's side of everything: its bridge, its Fibre Channel port, its vSCSI server. */
const viosDocument = (time: number, overrides: Record<string, unknown> = {}) =>
  vios(time, {
    network: {
      genericAdapters: [
        { id: 'ent0', type: 'physical', physicalLocation: 'U78-P1-C2-T1', receivedBytes: 1 },
        { id: 'ent4', type: 'virtual', physicalLocation: 'U9009.42A.ZZ1-V1-C2-T1', receivedBytes: 1 },
      ],
      sharedAdapters: [{ id: 'ent6', type: 'sea', bridgedAdapters: ['ent0', 'ent4'], receivedBytes: 1 }],
    },
    storage: {
      genericVirtualAdapters: [
        { id: 'vhost1', physicalLocation: 'U9009.42A.ZZ1-V1-C11', ...storage({ readBytes: 11 }) },
        { id: 'vhost0', physicalLocation: 'U9009.42A.ZZ1-V1-C1', ...storage({ readBytes: 22 }) },
      ],
      fiberChannelAdapters: [
        { id: 'fcs0', wwpn: '0000000000000000', physicalLocation: 'U78-P1-C3-T1', runningSpeed: 0, ports: [] },
        {
          id: 'fcs1',
          wwpn: '10000000c9aabbcc',
          physicalLocation: 'U78-P1-C3-T2',
          runningSpeed: 17,
          ...storage(),
          ports: [{ id: 'vfchost3', wwpn: WWPN.toString(16), ...storage({ readBytes: 33 }) }],
        },
      ],
    },
    ...overrides,
  });

const phypDocument = (time: number) => {
  const text = phyp(time, {
    lpars: [
      lpar(time, {
        network: { virtualEthernetAdapters: [vea('U9009.42A.ZZ1-V5-C2', { vlanId: 7, vswitchId: 3 })] },
        storage: {
          genericVirtualAdapters: [{ physicalLocation: 'U9009.42A.ZZ1-V5-C3', viosId: 1, viosAdapterSlotId: 1 }],
          virtualFiberChannelAdapters: [{ physicalLocation: 'U9009.42A.ZZ1-V5-C4', viosId: 1, wwpnPair: ['PAIR', 1] }],
        },
      }),
    ],
    vioses: [
      viosPartition(time, {
        network: {
          virtualEthernetAdapters: [
            vea('U9009.42A.ZZ1-V1-C2', { vlanId: 7, vswitchId: 3 }),
            vea('U9009.42A.ZZ1-V1-C9', { vlanId: 7, vswitchId: 4 }),
          ],
          sriovLogicalPorts: [
            {
              drcIndex: '654327816',
              physicalDrcIndex: '553713696',
              physicalPortId: 1,
              physicalLocation: 'U78-P1-C8-T2-S5',
              clientPartitionUUID: PARTITION_ID.replaceAll('-', ''),
              receivedBytes: 44,
              sentBytes: 55,
            },
          ],
        },
      }),
    ],
  });
  // 64 bits, which no number of JavaScript holds.
  return text.replace('"PAIR"', String(WWPN));
};

const inventory: FrameInventory = {
  ...emptyInventory(SYSTEM_ID),
  partitions: new Map([
    [
      CLIENT,
      {
        operatingSystem: 'AIX 7.2',
        virtualProcessors: 2,
        clientAdapters: new Map([['U9009.42A.ZZ1-V5-C2', { mac: 'fa:16:3e:00:00:01' }]]),
      },
    ],
  ]),
};

const poll = (time: number, viosText: string | undefined = viosDocument(time)): Poll => ({
  time,
  phyp: phypDocument(time),
  vioses: viosText === undefined ? [] : [viosText],
});

function pointsOfPolls(polls: readonly Poll[], adapterAttributes: readonly string[] = []) {
  const frames = inspectPolls(polls, inventory).slice(-1);
  return pointsOf(resourceMetricsOf(frames, metricView({ adapterAttributes })));
}

function linkOf(points: ReturnType<typeof pointsOf>, location: string) {
  const links = points.filter(
    ({ name, attributes }) =>
      name === 'powervm.lpar.adapter.link' && attributes['powervm.adapter.location'] === location,
  );
  expect(links).toHaveLength(1);
  expect(links[0]?.resource['powervm.lpar.id']).toBe(CLIENT);
  expect(links[0]?.value).toBe(1);
  return links[0]?.attributes;
}

describe('one adapter of each kind, from the documents to the link', () => {
  const points = pointsOfPolls([poll(START), poll(START + 30_000)]);
  const viosAttributes = { 'powervm.vios.id': VIOS, 'powervm.vios.number': 1, 'powervm.vios.name': 'vios1' };

  test('virtual Ethernet: VLAN and switch, shared Ethernet adapter, VIOS', () => {
    expect(linkOf(points, 'U9009.42A.ZZ1-V5-C2')).toEqual({
      'powervm.adapter.type': 'vea',
      'powervm.adapter.location': 'U9009.42A.ZZ1-V5-C2',
      'powervm.adapter.mac': 'fa:16:3e:00:00:01',
      'powervm.vlan.id': 7,
      'powervm.vswitch.id': 3,
      'powervm.sea.adapter.id': 'ent6',
      ...viosAttributes,
    });
    const bridge = points.find(({ name }) => name === 'powervm.vios.sea.io');
    expect(bridge?.resource['powervm.lpar.id']).toBe(VIOS);
    expect(bridge?.attributes['powervm.adapter.id']).toBe('ent6');
  });

  test('virtual SCSI: slot on the VIOS, C1 and not C11', () => {
    expect(linkOf(points, 'U9009.42A.ZZ1-V5-C3')).toEqual({
      'powervm.adapter.type': 'vscsi',
      'powervm.adapter.location': 'U9009.42A.ZZ1-V5-C3',
      'powervm.adapter.id': 'vhost0',
      ...viosAttributes,
    });
    const read = points.find(
      ({ name, attributes }) => name === 'powervm.lpar.disk.io' && attributes['powervm.adapter.id'] === 'vhost0',
    );
    expect(read?.value).toBe(22);
  });

  test('NPIV: 64-bit WWPN, virtual port on the VIOS, physical port', () => {
    expect(linkOf(points, 'U9009.42A.ZZ1-V5-C4')).toEqual({
      'powervm.adapter.type': 'npiv',
      'powervm.adapter.location': 'U9009.42A.ZZ1-V5-C4',
      'powervm.adapter.id': 'vfchost3',
      'powervm.adapter.wwpn': 'c050760937f90908',
      'powervm.fc.adapter.id': 'fcs1',
      ...viosAttributes,
    });
    const ports = points.filter(({ name }) => name === 'powervm.vios.fc.speed');
    expect(ports.map(({ attributes, value, resource }) => [attributes, value, resource['powervm.lpar.id']])).toEqual([
      [
        {
          'powervm.adapter.id': 'fcs1',
          'powervm.adapter.wwpn': '10000000c9aabbcc',
          'powervm.adapter.location': 'U78-P1-C3-T2',
        },
        16e9,
        VIOS,
      ],
    ]);
  });

  test('vNIC: backing port, VIOS, client; its bytes once', () => {
    expect(linkOf(points, 'U78-P1-C8-T2-S5')).toEqual({
      'powervm.adapter.type': 'vnic',
      'powervm.adapter.location': 'U78-P1-C8-T2-S5',
      'powervm.adapter.id': '654327816',
      ...viosAttributes,
    });
    const bytes = points.filter(
      ({ name, attributes }) =>
        name === 'powervm.lpar.network.io' && attributes['powervm.adapter.location'] === 'U78-P1-C8-T2-S5',
    );
    expect(bytes.map(({ value, resource }) => [value, resource['powervm.lpar.id']])).toEqual([
      [44, CLIENT],
      [55, CLIENT],
    ]);
  });

  test('partition: processor pool', () => {
    const information = points.find(
      ({ name, resource }) => name === 'powervm.lpar.info' && resource['powervm.lpar.id'] === CLIENT,
    );
    expect(information?.attributes).toMatchObject({ 'powervm.pool.id': 0, 'os.type': 'aix' });
  });

  test('late attributes are set on points only when configured', () => {
    const io = (all: ReturnType<typeof pointsOf>) =>
      all.find(
        ({ name, attributes }) => name === 'powervm.lpar.network.io' && attributes['powervm.adapter.type'] === 'vea',
      )?.attributes;
    expect(Object.keys(io(points) ?? {})).toEqual([
      'powervm.adapter.type',
      'powervm.adapter.location',
      'network.io.direction',
    ]);
    const chosen = pointsOfPolls([poll(START)], ['powervm.vios.name', 'powervm.vlan.id']);
    expect(io(chosen)).toMatchObject({ 'powervm.vios.name': 'vios1', 'powervm.vlan.id': 7 });
    expect(io(chosen)).not.toHaveProperty('powervm.sea.adapter.id');
  });
});

describe('the bridge of a VLAN', () => {
  const locationsOf = (points: ReturnType<typeof pointsOf>) =>
    points
      .filter(({ name, resource }) => name === 'powervm.lpar.network.io' && resource['powervm.lpar.id'] === VIOS)
      .map(({ attributes }) => attributes['powervm.adapter.location']);

  test('is remembered while the VIOS does not report, and so is which adapter is a trunk', () => {
    const silent = { time: START + 30_000, phyp: phypDocument(START + 30_000) };
    const withoutNetwork = poll(START + 60_000, viosDocument(START + 60_000, { network: {} }));
    for (const polls of [
      [poll(START), silent],
      [poll(START), silent, withoutNetwork],
    ]) {
      const points = pointsOfPolls(polls);
      expect(linkOf(points, 'U9009.42A.ZZ1-V5-C2')).toMatchObject({ 'powervm.sea.adapter.id': 'ent6' });
      expect(new Set(locationsOf(points))).toEqual(new Set(['U9009.42A.ZZ1-V1-C9']));
    }
  });

  test('is not guessed: an adapter of a VIOS with unknown bridges may be a trunk', () => {
    const points = pointsOfPolls([{ time: START, phyp: phypDocument(START) }]);
    expect(locationsOf(points)).toEqual([]);
    expect(linkOf(points, 'U9009.42A.ZZ1-V5-C2')).not.toHaveProperty('powervm.sea.adapter.id');
  });

  test('is absent where it is ambiguous, and where the VLAN is unknown', () => {
    const second = { id: 2, uuid: '4A2B3C4D-0000-4000-8000-00000000000D', name: 'vios2' };
    const pair = (time: number) =>
      phyp(time, {
        lpars: [
          lpar(time, {
            network: {
              virtualEthernetAdapters: [
                vea('U9009.42A.ZZ1-V5-C2', { vlanId: 7, vswitchId: 3 }),
                vea('U9009.42A.ZZ1-V5-C8', { vlanId: undefined }),
              ],
            },
          }),
        ],
        vioses: [
          viosPartition(time, {
            network: { virtualEthernetAdapters: [vea('U9009.42A.ZZ1-V1-C2', { vlanId: 7, vswitchId: 3 })] },
          }),
          viosPartition(time, {
            ...second,
            network: { virtualEthernetAdapters: [vea('U9009.42A.ZZ1-V2-C2', { vlanId: 7, vswitchId: 3 })] },
          }),
        ],
      });
    const other = viosDocument(START)
      .replaceAll('U9009.42A.ZZ1-V1', 'U9009.42A.ZZ1-V2')
      .replace('"id":"1","name":"vios1"', '"id":"2","name":"vios2"');
    const points = pointsOfPolls([{ time: START, phyp: pair(START), vioses: [viosDocument(START), other] }]);
    for (const location of ['U9009.42A.ZZ1-V5-C2', 'U9009.42A.ZZ1-V5-C8']) {
      expect(linkOf(points, location)).not.toHaveProperty('powervm.sea.adapter.id');
      expect(linkOf(points, location)).not.toHaveProperty('powervm.vios.id');
    }
  });
});
