import { lpar, phyp, START, storage, vea, vios, viosPartition } from './documents.ts';

/** Documents of one small frame with one of everything, so that a test can spoil any of it. */

const UNIT = 'U9009.42A.ZZ1';
export const VIOS_IDS = {
  1: '2A2B3C4D-0000-4000-8000-00000000000B',
  2: '4A2B3C4D-0000-4000-8000-00000000000D',
} as const;
const LPAR_IDS = [
  '1A2B3C4D-0000-4000-8000-00000000000A',
  '3A2B3C4D-0000-4000-8000-00000000000C',
  '5A2B3C4D-0000-4000-8000-00000000000E',
] as const;
/** As the hypervisor writes it, and the hexadecimal digits of its VIOS. */
const WWPN = { decimal: '13857705835384867080', hexadecimal: 'c050760937f90908' };

/** The documents of one instant, by kind; a VIOS document is `vios 1` or `vios 2`. */
export type SmallFrameDocuments = Readonly<Record<SmallFrameDocument, string>>;
export type SmallFrameDocument = 'phyp' | 'vios 1' | 'vios 2' | 'lpar' | 'energy';

export function smallFrame(time: number): SmallFrameDocuments {
  const grown = (perSecond: number) => 1_000_000 + (perSecond * (time - START)) / 1000;
  return {
    phyp: hypervisor(time, grown),
    'vios 1': vios(time + 1000, { network: bridge(grown), storage: server('1', grown) }, '1'),
    'vios 2': vios(time + 1000, { network: {}, storage: server('2', grown) }, '2'),
    lpar: guestMemory(time),
    energy: energy(time),
  };
}

type Grown = (perSecond: number) => number;

function hypervisor(time: number, grown: Grown): string {
  const lpars = LPAR_IDS.map((uuid, index) =>
    lpar(time, {
      id: 5 + index,
      uuid,
      name: ['db1', 'web1', 'app1'][index],
      network: {
        virtualEthernetAdapters: [vea(`${UNIT}-V${5 + index}-C2`, { receivedBytes: grown(100), sentBytes: grown(50) })],
        sriovLogicalPorts: index === 2 ? [logicalPort('30', grown)] : [],
      },
      storage: {
        genericVirtualAdapters: [1, 2].map((viosId) => ({
          physicalLocation: `${UNIT}-V${5 + index}-C${viosId + 2}`,
          viosId,
          viosAdapterSlotId: 1000 + index,
        })),
        virtualFiberChannelAdapters:
          index === 1 ? [{ physicalLocation: `${UNIT}-V6-C9`, viosId: 1, wwpnPair: ['WWPN', 7] }] : [],
      },
    }),
  );
  const vioses = ([1, 2] as const).map((number) =>
    viosPartition(time, {
      id: number,
      uuid: VIOS_IDS[number],
      name: `vios${number}`,
      network: {
        virtualEthernetAdapters:
          number === 1 ? [vea(`${UNIT}-V1-C10`, { receivedBytes: grown(300), sentBytes: grown(200) })] : [],
        sriovLogicalPorts: number === 2 ? [{ ...logicalPort('31', grown), clientPartitionUUID: LPAR_IDS[0] }] : [],
      },
      storage: {},
    }),
  );
  const seconds = (time - START) / 1000;
  return phyp(time, {
    lpars,
    vioses,
    sample: {
      systemFirmware: { utilizedProcCycles: Math.round((900 + seconds * 0.1) * 512e6), assignedMem: 1024 },
      physicalProcessorPool: {
        totalPoolCycles: (50_000 + seconds * 10) * 512e6,
        utilizedPoolCycles: (4_000 + seconds * 3.75) * 512e6,
        configurablePoolProcUnits: 10,
        currAvailablePoolProcUnits: 2,
        borrowedPoolProcUnits: 0,
      },
      sharedProcessorPool: [
        {
          id: 0,
          name: 'DefaultPool',
          assignedProcCycles: (50_000 + seconds * 10) * 512e6,
          utilizedPoolCycles: (4_000 + seconds * 3.75) * 512e6,
          maxProcUnits: 10,
          borrowedPoolProcUnits: 0,
        },
      ],
      sharedMemoryPool: [
        {
          id: 0,
          name: 'AMS',
          totalMem: 8192,
          assignedMemToLpars: 4096,
          assignedMemToSysFirmware: 256,
          totalIOMem: 128,
          mappedIOMemToLpars: 64,
        },
      ],
      network: {
        sriovAdapters: [
          {
            drcIndex: '553713696',
            physicalPorts: [
              { ...counted(grown), id: 0, physicalLocation: `${UNIT}-P1-C8-T1`, errorIn: 1, errorOut: 2 },
            ],
          },
        ],
      },
    },
  }).replaceAll('"WWPN"', WWPN.decimal);
}

function counted(grown: Grown) {
  return {
    receivedBytes: grown(70),
    sentBytes: grown(80),
    receivedPackets: grown(7),
    sentPackets: grown(8),
    droppedPackets: 4,
  };
}

function logicalPort(drcIndex: string, grown: Grown) {
  const { droppedPackets: _none, ...traffic } = counted(grown);
  return {
    drcIndex,
    physicalDrcIndex: '553713696',
    physicalPortId: 0,
    physicalLocation: `${UNIT}-P1-C8-T1-S${drcIndex}`,
    ...traffic,
    droppedReceivedPackets: 5,
    droppedSentPackets: 6,
    errorIn: 1,
    errorOut: 2,
  };
}

function bridge(grown: Grown) {
  const member = (id: string, type: string, location: string) => ({
    id,
    type,
    physicalLocation: `${UNIT}-${location}`,
    ...counted(grown),
  });
  return {
    genericAdapters: [member('ent0', 'physical', 'P1-C2-T1'), member('ent4', 'virtual', 'V1-C10-T1')],
    sharedAdapters: [{ ...member('ent6', 'sea', 'V1-C10-T1'), bridgedAdapters: ['ent0', 'ent4'] }],
  };
}

function server(number: string, grown: Grown) {
  const traffic = (share: number) =>
    storage({
      numOfReads: grown(share),
      numOfWrites: grown(share),
      readBytes: grown(512 * share),
      writeBytes: grown(256 * share),
    });
  return {
    genericPhysicalAdapters: [
      { id: 'sissas0', type: 'sas', physicalLocation: `${UNIT}-P2-C${number}-T1`, ...traffic(9) },
      { id: 'fscsi0', type: 'sas', physicalLocation: `${UNIT}-P1-C11-T1`, ...traffic(9) },
    ],
    genericVirtualAdapters: LPAR_IDS.map((_, index) => ({
      id: `vhost${index}`,
      type: 'virtual',
      physicalLocation: `${UNIT}-V${number}-C${1000 + index}`,
      ...traffic(index + 1),
    })),
    fiberChannelAdapters: [
      {
        id: 'fcs0',
        wwpn: `10000090fa00000${number}`,
        physicalLocation: `${UNIT}-P1-C11-T1`,
        ...traffic(20),
        runningSpeed: 17,
        ports:
          number === '1' ? [{ id: 'vfchost0', wwpn: WWPN.hexadecimal, physicalLocation: 'x', ...traffic(20) }] : [],
      },
    ],
    sharedStoragePools: [
      { id: 'pool-1', poolDisks: ['hdisk1'], ...traffic(3), totalSpace: 4_194_304, usedSpace: 1_310_720 },
    ],
  };
}

function guestMemory(time: number): string {
  return JSON.stringify({
    lparUtil: [...LPAR_IDS, VIOS_IDS[1]].map((uuid, index) => ({
      uuid,
      id: String(5 + index),
      name: `guest${index}`,
      timeStamp: new Date(time).toISOString(),
      memory: {
        pctRealMemAvbl: 60,
        pctRealMemFree: 40,
        totalPgSpSizeCount: 131_072,
        totalPgSpFreeCount: 130_000,
        vmActivePgCount: 300_000,
        realMemSizeBytes: 4_227_858_432,
        vmPgInRate: 3,
        vmPgOutRate: 2,
        vmPgSpInRate: 1,
        vmPgSpOutRate: -1,
      },
    })),
  });
}

function energy(time: number): string {
  const sensors = (instances: readonly string[]) =>
    instances.map((entityInstance) => ({ entityId: 'x', entityInstance, temperatureData: 30 }));
  return JSON.stringify({
    timeStamp: new Date(time).toISOString(),
    status: 0,
    errorInfo: [],
    powerEnergyReading: { currentPowerReading: 512 },
    thermalEnergyReading: {
      inletTemperatures: sensors(['1']),
      cpuTemperatures: sensors(['1', '2']),
      baseboardTemperatures: sensors(['1']),
    },
  });
}
