import { partitionType } from './frames.ts';
import type { InventoryAnswers } from './inventory.ts';
import { type Attributes, known } from './point.ts';
import { toldOf } from './processors.ts';
import { listAt, objectAt, type RawObject, textAt, uuidAt } from './raw-json.ts';
import type { Instant } from './story.ts';

/** Attributes of the Resource that the points of an owner stand on (catalog.md, "Entities"), by owner and instant. */
export function expectResources(instant: Instant, inventory: InventoryAnswers): ReadonlyMap<string, Attributes> {
  const frame = frameAttributes(instant, inventory);
  const resources = new Map<string, Attributes>();
  const name = frame['powervm.system.name'];
  resources.set(
    instant.systemId,
    known({
      ...frame,
      'host.id': instant.systemId,
      'host.name': name,
      'host.arch': 'ppc64',
      'host.type': `${frame['powervm.system.machine_type']}-${frame['powervm.system.model']}`,
    }),
  );
  for (const { element, isVios } of toldOf(instant)) {
    const id = uuidAt(element, 'uuid') ?? '';
    resources.set(id, known({ ...frame, ...partitionAttributes(instant, element, isVios, inventory) }));
  }
  for (const { vios } of instant.vioses.values()) {
    for (const pool of listAt(objectAt(vios, 'storage'), 'sharedStoragePools')) {
      const id = textAt(pool, 'id') ?? '';
      resources.set(id, known({ 'powervm.ssp.id': id, 'powervm.ssp.name': textAt(pool, 'name') }));
    }
  }
  return resources;
}

function frameAttributes({ systemId, info }: Instant, inventory: InventoryAnswers) {
  const mtms = textAt(info, 'mtms') ?? '';
  const [, machineType, model, serialNumber] = /^(.*)-(.*)\*(.*)$/.exec(mtms) ?? [];
  return {
    'powervm.system.id': systemId,
    'powervm.system.name': textAt(info, 'name'),
    'powervm.system.mtms': mtms,
    'powervm.system.machine_type': machineType,
    'powervm.system.model': model,
    'powervm.system.serial_number': serialNumber,
    'powervm.system.firmware_version': inventory.firmware(systemId),
  };
}

function partitionAttributes(instant: Instant, element: RawObject, isVios: boolean, inventory: InventoryAnswers) {
  const id = uuidAt(element, 'uuid') ?? '';
  const processor = objectAt(element, 'processor');
  const type = partitionType(element, isVios);
  const poolId = processor.poolId === undefined ? undefined : Number(processor.poolId);
  return {
    'powervm.lpar.id': id,
    'powervm.lpar.number': Number(element.id),
    'powervm.lpar.name': textAt(element, 'name'),
    'powervm.lpar.type': type,
    'powervm.lpar.sharing_mode': textAt(processor, 'mode'),
    'powervm.pool.id': poolId,
    'os.type': operatingSystem(type, inventory.operatingSystem(instant, id)),
    'host.id': id,
    'host.name': textAt(element, 'name'),
  };
}

/** Only the inventory knows AIX from Linux. */
function operatingSystem(type: string, description: string | undefined): string | undefined {
  if (type === 'ibm_i') return 'ibmi';
  if (description === undefined) return undefined;
  return description.startsWith('Linux') ? 'linux' : 'aix';
}
