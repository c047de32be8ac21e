import type { Attributes } from '@opentelemetry/api';

/** Attributes of a Resource one of which says that it is an entity of a frame. */
const identifying = ['powervm.lpar.id', 'powervm.ssp.id', 'powervm.system.id'] as const;

/**
 * Attributes of Resources that say what an entity is like. They may come late, change, or be switched off: they are not
 * part of its identity.
 */
export const descriptiveAttributes: ReadonlySet<string> = new Set([
  'powervm.system.name',
  'powervm.system.mtms',
  'powervm.system.machine_type',
  'powervm.system.model',
  'powervm.system.serial_number',
  'powervm.system.firmware_version',
  'powervm.lpar.number',
  'powervm.lpar.name',
  'powervm.lpar.type',
  'powervm.lpar.sharing_mode',
  'powervm.pool.id',
  'powervm.ssp.name',
  'powervm.console.name',
  'os.type',
  'host.id',
  'host.name',
  'host.arch',
  'host.type',
  'service.name',
  'service.version',
  'service.instance.id',
  'openstack.instance.id',
  'openstack.instance.name',
  'openstack.project.id',
  'openstack.user.id',
]);

/**
 * The identifying attributes of a Resource: its UUIDs and what a site has added. Everything for a
 * Resource that is no entity of a frame.
 */
export function identityOf(resource: Attributes): Attributes {
  if (!identifying.some((name) => resource[name] !== undefined)) return resource;
  return Object.fromEntries(Object.entries(resource).filter(([name]) => !descriptiveAttributes.has(name)));
}
