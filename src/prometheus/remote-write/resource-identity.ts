import type { Attributes } from '@opentelemetry/api';
import { attributesKey, informationMetricOf, ownerOf } from '../labels.ts';

/** Whose series they are, by the attributes of a Resource. */
export interface ResourceIdentity {
  readonly ownerKey: string;
  readonly labels: Attributes;
  /** The frame whose time its series follow; of an instance of OpenStack the instance, where nobody says its frame. */
  readonly source: string;
  /** The metric that carries everything the Resource says, and what distinguishes its series from those of other Resources. */
  readonly information: { readonly name: string; readonly key: string } | undefined;
}

export function identityOf(attributes: Attributes): ResourceIdentity {
  const labels = { ...ownerOf(attributes).labels, ...serviceLabels(attributes) };
  const information = informationMetricOf(attributes);
  const source = String(
    attributes['powervm.system.id'] ??
      attributes['service.instance.id'] ??
      // Of Ceilometer's meters, which do not say whose frame they are of.
      attributes['openstack.instance.id'] ??
      '',
  );
  return {
    ownerKey: source + attributesKey(labels),
    labels,
    source,
    information: information && { name: information.name, key: information.name + attributesKey(attributes) },
  };
}

/** What OTLP's translation makes of a service. */
function serviceLabels(resource: Attributes): Attributes {
  const { 'service.name': job, 'service.instance.id': instance } = resource;
  return { ...(job === undefined ? {} : { job }), ...(instance === undefined ? {} : { instance }) };
}
