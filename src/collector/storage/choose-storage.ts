import { ConfigurationError } from '../../base/errors/errors.ts';
import { deliverySchema } from '../components/exporters/delivery-options.ts';
import type { Extension } from '../components/extensions/extension-component.ts';
import type { Handover } from '../handover.ts';
import type { Storage } from './storage.ts';

interface Storages {
  readonly extensions: ReadonlyMap<string, Extension>;
  readonly handover: Handover;
}

/** Undefined when nothing is kept on disk. */
export function storageDirectory(extensions: ReadonlyMap<string, Extension>): string | undefined {
  for (const extension of extensions.values()) {
    if (isStorage(extension) && extension.directory !== undefined) return extension.directory;
  }
  return undefined;
}

/** Where an exporter keeps what must outlive it; without an extension for it, as long as the process lives. */
export function storageFor(config: unknown, { extensions, handover }: Storages): Storage {
  const { sending_queue: queue } = deliverySchema.parse(config);
  return storageOf(queue.storage, extensions) ?? handover.memory;
}

/** The storage that an exporter names; without a name the only one there is. */
function storageOf(name: string | undefined, extensions: ReadonlyMap<string, Extension>): Storage | undefined {
  const storages = [...extensions].flatMap(([id, extension]) =>
    isStorage(extension) ? [[id, extension] as const] : [],
  );
  if (name === undefined && storages.length < 2) return storages[0]?.[1];
  const [, named] = storages.find(([id]) => id === name) ?? [];
  if (named) return named;
  throw new ConfigurationError(
    'POWERVM_CONFIG_INVALID',
    `must name one of service.extensions that stores: ${storages.map(([id]) => id).join(', ') || 'there is none'}`,
  );
}

function isStorage(extension: Extension): extension is Extension & Storage {
  return 'entries' in extension && 'set' in extension && 'isLasting' in extension;
}
