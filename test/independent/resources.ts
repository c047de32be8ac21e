import { partitionType } from './frames.ts';
import { type Attributes, known } from './point.ts';
import { reportedPartitions } from './processors.ts';
import { listAt, objectAt, type RawObject, textAt, uuidAt } from './raw-json.ts';
import type { Instant } from './story.ts';

/**
 * What never changes and the names: attributes of the Resource that the points of an owner are on, by owner and
 * instant.
 */
export function expectResources(instant: Instant): ReadonlyMap<string, Attributes> {
  const frame = frameAttributes(instant);
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
  for (const { element, isVios } of reportedPartitions(instant)) {
    const id = uuidAt(element, 'uuid') ?? '';
    resources.set(id, known({ ...frame, ...partitionAttributes(element, isVios) }));
  }
  for (const { vios } of instant.vioses.values()) {
    for (const pool of listAt(objectAt(vios, 'storage'), 'sharedStoragePools')) {
      const id = textAt(pool, 'id') ?? '';
      resources.set(id, known({ 'powervm.ssp.id': id, 'powervm.ssp.name': textAt(pool, 'name') }));
    }
  }
  return resources;
}

function frameAttributes({ systemId, info }: Instant) {
  const mtms = textAt(info, 'mtms') ?? '';
  const [, machineType, model, serialNumber] = /^(.*)-(.*)\*(.*)$/.exec(mtms) ?? [];
  return {
    'powervm.system.id': systemId,
    'powervm.system.name': textAt(info, 'name'),
    'powervm.system.mtms': mtms,
    'powervm.system.machine_type': machineType,
    'powervm.system.model': model,
    'powervm.system.serial_number': serialNumber,
  };
}

function partitionAttributes(element: RawObject, isVios: boolean) {
  const id = uuidAt(element, 'uuid') ?? '';
  const type = partitionType(element, isVios);
  return {
    'powervm.lpar.id': id,
    'powervm.lpar.number': Number(element.id),
    'powervm.lpar.name': textAt(element, 'name'),
    'powervm.lpar.type': type,
    'host.id': id,
    'host.name': textAt(element, 'name'),
  };
}
