import { isUuid, normalizeUuid } from '../../base/text/uuid.ts';
import type { ClientNetworkAdapter, ManagedSystem, Partition } from '../model.ts';
import { type AtomEntry, child, children, type Element, textAt } from './atom.ts';
import { type QuickObject, quickBoolean, quickNumber, quickText } from './quick-json.ts';

/** A managed system out of a quick object; `undefined` when it does not say which. */
export function systemFromQuick(object: QuickObject): ManagedSystem | undefined {
  const id = uuid(quickText(object, 'UUID'));
  if (id === undefined) return undefined;
  const mtms = quickText(object, 'MTMS');
  return {
    id,
    name: quickText(object, 'SystemName') ?? id,
    mtms,
    ...splitMtms(mtms),
    state: quickText(object, 'State')?.toLowerCase(),
    firmwareVersion: quickText(object, 'ActivatedServicePackNameAndLevel') ?? quickText(object, 'SystemFirmware'),
  };
}

/** A managed system out of an entry of the feed. */
export function systemFromEntry({ element, content }: AtomEntry): ManagedSystem | undefined {
  const id = entryId(element, content);
  if (id === undefined) return undefined;
  const place = child(content, 'MachineTypeModelAndSerialNumber') ?? child(content, 'MachineTypeModelSerialNumber');
  const machineType = textAt(place, 'MachineType');
  const model = textAt(place, 'Model');
  const serialNumber = textAt(place, 'SerialNumber');
  return {
    id,
    name: textAt(content, 'SystemName') ?? id,
    mtms: machineType && model && serialNumber ? `${machineType}-${model}*${serialNumber}` : undefined,
    machineType,
    model,
    serialNumber,
    state: textAt(content, 'State')?.toLowerCase(),
    firmwareVersion: textAt(content, 'ActivatedServicePackNameAndLevel') ?? textAt(content, 'SystemFirmware'),
  };
}

export function partitionFromQuick(object: QuickObject): Partition | undefined {
  const id = uuid(quickText(object, 'UUID'));
  if (id === undefined) return undefined;
  const isDedicated = quickBoolean(object, 'HasDedicatedProcessors') === true;
  return {
    id,
    number: quickNumber(object, 'PartitionID'),
    name: quickText(object, 'PartitionName') ?? id,
    type: quickText(object, 'PartitionType'),
    state: quickText(object, 'PartitionState')?.toLowerCase(),
    operatingSystem: knownText(quickText(object, 'OperatingSystemVersion')),
    rmcState: quickText(object, 'RMCState')?.toLowerCase(),
    // 0 for dedicated processors, which have none.
    virtualProcessors: isDedicated ? undefined : positive(quickNumber(object, 'AllocatedVirtualProcessors')),
    dedicatedProcessors: isDedicated ? positive(quickNumber(object, 'CurrentProcessors')) : undefined,
  };
}

export function partitionFromEntry({ element, content }: AtomEntry): Partition | undefined {
  const id = uuid(textAt(content, 'PartitionUUID')) ?? entryId(element, content);
  if (id === undefined) return undefined;
  const processor = child(content, 'PartitionProcessorConfiguration');
  const allocated = textAt(processor, 'CurrentSharedProcessorConfiguration', 'AllocatedVirtualProcessors');
  return {
    id,
    number: number(textAt(content, 'PartitionID')),
    name: textAt(content, 'PartitionName') ?? id,
    type: textAt(content, 'PartitionType'),
    state: textAt(content, 'PartitionState')?.toLowerCase(),
    operatingSystem: knownText(textAt(content, 'OperatingSystemVersion')),
    rmcState: textAt(content, 'ResourceMonitoringControlState')?.toLowerCase(),
    virtualProcessors: positive(number(allocated)),
    dedicatedProcessors: positive(
      number(textAt(processor, 'CurrentDedicatedProcessorConfiguration', 'CurrentProcessors')),
    ),
  };
}

/** A client network adapter or an SR-IOV logical port; their elements have the same names. */
export function adapterFromEntry({ content }: AtomEntry): ClientNetworkAdapter | undefined {
  const location = textAt(content, 'LocationCode') ?? textAt(content, 'DynamicReconfigurationConnectorName');
  if (location === undefined) return undefined;
  return { location, mac: macAddress(textAt(content, 'CurrentMACAddress') ?? textAt(content, 'MACAddress')) };
}

/** `2AE44C673DFA` → `2a:e4:4c:67:3d:fa` */
function macAddress(text: string | undefined): string | undefined {
  const digits = text?.replaceAll(/[:.-]/g, '').toLowerCase() ?? '';
  return /^[0-9a-f]{12}$/.test(digits) ? digits.replaceAll(/(..)(?=.)/g, '$1:') : undefined;
}

/** `8247-22L*2125D4A` in its parts. */
function splitMtms(mtms: string | undefined): Pick<ManagedSystem, 'machineType' | 'model' | 'serialNumber'> {
  const parts = /^([^-*]+)-([^*]+)\*(.+)$/.exec(mtms ?? '');
  return { machineType: parts?.[1], model: parts?.[2], serialNumber: parts?.[3] };
}

function entryId(element: Element, content: Element | undefined): string | undefined {
  return uuid(textAt(content, 'Metadata', 'Atom', 'AtomID')) ?? uuid(textAt(children(element, 'id')[0]));
}

function uuid(text: string | undefined): string | undefined {
  return text !== undefined && isUuid(text) ? normalizeUuid(text) : undefined;
}

function number(text: string | undefined): number | undefined {
  const value = text === undefined ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function positive(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 ? value : undefined;
}

/** Consoles write `Unknown` and `0.0.0` without RMC data. */
function knownText(text: string | undefined): string | undefined {
  return text === undefined || /^(unknown|unavailable|[0.]+)$/i.test(text) ? undefined : text;
}
