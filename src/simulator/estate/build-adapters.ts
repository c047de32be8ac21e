import type { SeededRandom } from '../random.ts';
import type {
  SimulatedEthernet,
  SimulatedFibreChannel,
  SimulatedLogicalPort,
  SimulatedPhysicalPort,
  SimulatedScsi,
} from './model.ts';

/** What an adapter is built from, of the frame it is on. */
export interface AdapterFrame {
  /** `U9009.42A.ZZ00107` */
  readonly unit: string;
  readonly physicalPorts: readonly SimulatedPhysicalPort[];
}

export const FIRST_VLAN = 100;
const VLANS = 3;
const VIRTUAL_SWITCH = 0;
const FIRST_TRUNK_SLOT = 10;

/** A virtual Ethernet adapter of a client. @param origin work of its partition when its counters stand at zero */
export function buildEthernet(
  frame: AdapterFrame,
  random: SeededRandom,
  number: number,
  slot = 2,
  origin = 0,
): SimulatedEthernet {
  return {
    slot,
    location: `${frame.unit}-V${number}-C${slot}`,
    mac: `FA163E${random.hex('mac', 6).toUpperCase()}`,
    vlanId: FIRST_VLAN + (number % VLANS),
    switchId: VIRTUAL_SWITCH,
    trunkPriority: undefined,
    bytesPerWork: random.integer('network', 200_000, 4_000_000),
    origin,
  };
}

/** The trunk of a VIOS into one virtual LAN. */
export function buildTrunk(
  frame: AdapterFrame,
  random: SeededRandom,
  number: number,
  vlanId: number,
  trunkPriority: number,
): SimulatedEthernet {
  const slot = FIRST_TRUNK_SLOT + vlanId - FIRST_VLAN;
  return {
    slot,
    location: `${frame.unit}-V${number}-C${slot}`,
    mac: `72B5C1${random.hex(`trunk-${vlanId}`, 6).toUpperCase()}`,
    vlanId,
    switchId: VIRTUAL_SWITCH,
    trunkPriority,
    // Counted from what its clients send through it.
    bytesPerWork: 0,
    origin: 0,
  };
}

export function buildLogicalPort(
  frame: AdapterFrame,
  random: SeededRandom,
  slot: number,
  clientId: string | undefined,
  origin = 0,
): SimulatedLogicalPort {
  const ports = frame.physicalPorts.filter(({ kind }) => kind === 'sriov');
  const port = ports[slot % ports.length] ?? ports[0];
  return {
    drcIndex: String(654_327_808 + slot),
    adapterDrcIndex: port?.adapterDrcIndex ?? '',
    physicalPortId: port?.id ?? 0,
    location: `${port?.location}-S${slot}`,
    mac: `2E844C${random.hex('port-mac', 6).toUpperCase()}`,
    bytesPerWork: random.integer('port', 500_000, 8_000_000),
    clientId,
    origin,
  };
}

/** @param pair number of the adapter pair within the partition, from 0 */
export function buildScsi(
  frame: AdapterFrame,
  random: SeededRandom,
  number: number,
  viosNumber: number,
  pair = 0,
  origin = 0,
): SimulatedScsi {
  return {
    location: `${frame.unit}-V${number}-C${viosNumber + 4 + 10 * pair}`,
    viosNumber,
    serverSlot: 1_000 * (1 + 3 * pair) + number,
    bytesPerWork: random.integer(`scsi-${viosNumber}`, 500_000, 9_000_000),
    origin,
  };
}

export function buildFibreChannel(
  frame: AdapterFrame,
  random: SeededRandom,
  number: number,
  viosNumber: number,
  pair = 0,
  origin = 0,
): SimulatedFibreChannel {
  // The prefix that PowerVM gives to its virtual ports; the last bit distinguishes the two of a pair.
  const first = BigInt(`0xc050760${random.hex(`wwpn-${viosNumber}`, 9)}`) & ~1n;
  return {
    location: `${frame.unit}-V${number}-C${viosNumber + 4 + 10 * pair}`,
    viosNumber,
    wwpns: [first, first + 1n],
    activeWwpn: 0,
    portIndex: number % 2,
    bytesPerWork: random.integer(`fibre-${viosNumber}`, 2_000_000, 20_000_000),
    origin,
  };
}
