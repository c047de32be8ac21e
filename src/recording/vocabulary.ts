import { documentKinds } from '../pcm/documents/document-kinds.ts';

/** What says nothing about whose estate it is. Everything else gets an alias: a list of secrets would never be complete. */

/** Fields and elements whose text is one of a console's own words. */
export const keptFields = new Set(
  [
    'ActivatedServicePackNameAndLevel MachineType Model State SystemType MergedReferenceCode',
    'PartitionState PartitionType OperatingSystemVersion ResourceMonitoringControlState RMCState OperatingSystemType',
    'VNICPortUsage type state mode version metricType monitoringType sampleType frequency metricArrayOrder',
    'entityId entityInstance vnicDeviceMode ReasonCode HTTPStatus osType status',
  ].flatMap((line) => line.split(' ')),
);

/** Parts of the paths of the REST API. */
export const pathWords = new Set(
  [
    'rest api uom pcm web quick All preferences ManagedSystem ManagementConsole LogicalPartition VirtualIOServer',
    'ClientNetworkAdapter SRIOVEthernetLogicalPort VirtualNICDedicated VirtualSwitch VirtualNetwork SharedProcessorPool',
    'SharedMemoryPool SharedStoragePool Cluster SSP RawMetrics ProcessedMetrics AggregatedMetrics LongTermMonitor',
    'ShortTermMonitor EnergyMonitor',
  ].flatMap((line) => line.split(' ')),
);

/** Parts of the names of PCM files, between underscores. */
export const fileWords: ReadonlySet<string> = new Set([
  ...['LTM', 'STM', 'EnergyMetrics', 'ManagedSystem', 'LogicalPartition'],
  ...Object.values(documentKinds).flatMap(({ terms }) => terms),
]);

/** Texts of feeds. */
export const feedTexts = new Set([
  'LongTermMetrics',
  'ShortTermMetrics',
  'EnergyMonitorMetrics',
  'ProcessedMetrics',
  'AggregatedMetrics',
  'ManagedSystem',
  'LogicalPartition',
  'VirtualIOServer',
  'Performance and Capacity Monitoring Preferences',
  'IBM Power Systems Management Console',
]);

/** What an attribute of an element may say as it is. */
export const keptAttributes = new Set('kb kxe ksv schemaVersion group rel frequency version'.split(' '));

/** Which kind of thing a field names. */
export function namedKind(field: string): string | undefined {
  if (/^SystemName$/i.test(field)) return 'system';
  if (/^(?:Partition|LogicalPartition)Name$/i.test(field)) return 'partition';
  if (/name$/i.test(field) || /^(?:user|owner|description|comment|message|label|tag)/i.test(field)) return 'name';
  return undefined;
}

/** Pools that every system has, by their default names. */
export const GENERIC_NAME = /^(?:DefaultPool|SharedPool\d{2})$/;

/** Devices of AIX: numbered by the operating system itself. */
export const DEVICE =
  /^(?:ent|en|et|vhost|vfchost|vscsi|vasi|hdisk|cd|rmt|fcs|fscsi|scsi|sas|sissas|iscsi|nvme|usb|pci|ses|cfgnic|vnicserver)\d{1,6}$/;
