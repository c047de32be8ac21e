import type { CeilometerSample, JsonObject, ResourceMetadata } from '../samples/sample.ts';
import type { MessageSigner } from './signature.ts';

/**
 * A sample as agents send it to each other, all eleven keys that receivers insist on among them
 * (docs/reference/openstack-formats.md#sample).
 * @param extra more pairs, which are signed as well
 */
export function meterMessage(sample: CeilometerSample, signer: MessageSigner, extra: JsonObject = {}): JsonObject {
  const message = { ...unsignedMessage(sample), ...extra };
  return { ...message, message_signature: signer.sign(message) };
}

/** Writes the same as JSON. Metadata, which many samples share, are written once. */
export class MeterMessageWriter {
  readonly #signer: MessageSigner;
  readonly #metadata = new WeakMap<ResourceMetadata, string>();

  constructor(signer: MessageSigner) {
    this.#signer = signer;
  }

  write(sample: CeilometerSample): string {
    const message = unsignedMessage(sample);
    const signature = this.#signer.sign(message);
    const { resource_metadata, message_id, monotonic_time, ...before } = message;
    const head = JSON.stringify(before).slice(0, -1);
    return `${head},"resource_metadata":${this.#metadataText(resource_metadata)},"message_id":"${message_id}","monotonic_time":${monotonic_time},"message_signature":"${signature}"}`;
  }

  #metadataText(metadata: ResourceMetadata): string {
    let text = this.#metadata.get(metadata);
    if (text === undefined) {
      text = JSON.stringify(metadata);
      this.#metadata.set(metadata, text);
    }
    return text;
  }
}

function unsignedMessage(sample: CeilometerSample) {
  return {
    source: sample.source,
    counter_name: sample.name,
    counter_type: sample.type,
    counter_unit: sample.unit,
    counter_volume: sample.volume,
    user_id: sample.user_id,
    project_id: sample.project_id,
    resource_id: sample.resource_id,
    timestamp: sample.timestamp,
    resource_metadata: sample.resource_metadata,
    message_id: sample.id,
    monotonic_time: sample.monotonic_time,
  };
}
