import type { Explanation } from '../problems/explain.ts';

type Content = Readonly<Record<string, unknown>>;

/**
 * Receivers and exporters that use an OpenStack cloud name one of the `openstack` extensions in use, or there is only
 * one. Looks at the content as it is, valid or not.
 */
export function checkOpenStackReferences(sections: Content): readonly Explanation[] {
  const used = mapAt(sections, 'service').extensions;
  const clouds = (Array.isArray(used) ? used : []).filter((id) => /^openstack(\/|$)/.test(String(id))).map(String);
  return (['receivers', 'exporters'] as const).flatMap((section) =>
    Object.entries(mapAt(sections, section)).flatMap(([id, config]) => {
      if (!isMap(config) || (section === 'exporters' && !asksForInstances(id, config))) return [];
      return [...checkName(config, [section, id], clouds), ...checkGnocchi(config, [section, id], clouds)];
    }),
  );
}

function asksForInstances(id: string, { format }: Content): boolean {
  return /^ceilometer(\/|$)/.test(id) || (/^prometheus(\/|$)/.test(id) && format === 'ceilometer');
}

function checkName(config: Content, path: readonly string[], clouds: readonly string[]): readonly Explanation[] {
  const name = config.openstack;
  const known = clouds.length === 0 ? 'service.extensions has none' : `it has: ${clouds.join(', ')}`;
  if (name === undefined || name === null) {
    if (clouds.length < 2) return [];
    return [{ path, message: `there are several clouds in service.extensions: name one with openstack (${known})` }];
  }
  if (typeof name !== 'string' || clouds.includes(name)) return [];
  return [
    { path: [...path, 'openstack'], message: `${name} is no openstack extension of service.extensions (${known})` },
  ];
}

/** `gnocchi://` without another way in uses Keystone. */
function checkGnocchi({ publishers }: Content, path: readonly string[], clouds: readonly string[]): Explanation[] {
  if (clouds.length > 0 || !Array.isArray(publishers)) return [];
  return publishers.flatMap((publisher, index) =>
    isByKeystone(publisher)
      ? [
          {
            path: [...path, 'publishers', index],
            message: 'needs an openstack extension in service.extensions, or endpoint and auth_type in the URL',
          },
        ]
      : [],
  );
}

function isByKeystone(publisher: unknown): boolean {
  if (typeof publisher !== 'string' || !URL.canParse(publisher)) return false;
  const { protocol, searchParams } = new URL(publisher);
  return protocol === 'gnocchi:' && (searchParams.get('auth_type') ?? 'password') === 'password';
}

function mapAt(map: Content, key: string): Content {
  const value = map[key];
  return isMap(value) ? value : {};
}

function isMap(value: unknown): value is Content {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
