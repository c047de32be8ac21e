import type { PartitionType } from '../pcm/model.ts';

/** `os.type` of the semantic conventions; IBM i has no value there, so it is `ibmi`. */
export function operatingSystemType(type: PartitionType, description: string | undefined): string | undefined {
  if (type === 'ibm_i') return 'ibmi';
  if (description === undefined) return undefined;
  if (/\baix\b|^vios/i.test(description)) return 'aix';
  if (/linux|ubuntu|debian|red ?hat|rhel|suse|sles|centos|fedora/i.test(description)) return 'linux';
  if (/ibm ?i\b|os\/?400/i.test(description)) return 'ibmi';
  return undefined;
}
