import { z } from 'zod';
import { ConfigurationError } from '../../../base/errors/errors.ts';
import { readPassword } from '../../../base/files/read-text-file.ts';
import type { ProbeResult } from '../../../base/probe.ts';
import { Secret } from '../../../base/secrets/secret.ts';
import { counted } from '../../../base/text/counts.ts';
import { type CloudAuth, type InstanceDirectory, InstanceDiscovery, OpenStackCloud } from '../../../openstack/index.ts';
import { authenticationOf } from '../../../openstack/settings/cloud-settings.ts';
import { clientTls, tlsOptions } from '../../config/schema/tls.ts';
import { flag, milliseconds, positiveDuration } from '../../config/schema/values.ts';
import { component } from '../component.ts';
import type { Extension, ExtensionContext } from './extension-component.ts';

const address = z.url({ protocol: /^https?$/, error: 'must be http(s)://host[:port][/path]' });
const text = z.string().optional();

/** The keys of `auth` in a clouds.yaml, and files for what is secret. */
const auth = z.strictObject({
  auth_url: address.optional(),
  username: text,
  user_id: text,
  password: text,
  password_file: text,
  user_domain_name: text,
  user_domain_id: text,
  project_name: text,
  project_id: text,
  project_domain_name: text,
  project_domain_id: text,
  domain_name: text,
  domain_id: text,
  system_scope: text,
  application_credential_id: text,
  application_credential_name: text,
  application_credential_secret: text,
  application_credential_secret_file: text,
  token: text,
});

const nova = z
  .strictObject({
    enabled: flag.default(true),
    host: text,
    all_tenants: flag.default(true),
    interval: positiveDuration.default('5m'),
  })
  .prefault({});

const schema = z
  .strictObject({
    cloud: text,
    auth: auth.optional(),
    auth_type: z.enum(['password', 'application_credential', 'token']).optional(),
    region: text,
    interface: z.enum(['public', 'internal', 'admin']).optional(),
    tls: clientTls.optional(),
    endpoints: z.strictObject({ compute: address.optional(), metric: address.optional() }).optional(),
    nova,
  })
  .superRefine((config, { addIssue }) => {
    const problem = authProblem(config);
    if (problem !== undefined) addIssue({ code: 'custom', path: ['auth'], message: problem });
  });

type Config = z.output<typeof schema>;

/** A cloud, and which of its instances run as partitions, for receivers and exporters. */
export interface OpenStackExtension extends Extension {
  readonly cloud: OpenStackCloud;
  /** `undefined` when Nova is not to be asked. */
  readonly instances: InstanceDirectory | undefined;
}

export const openstack = component(schema, (config, { logger, clock }: ExtensionContext): OpenStackExtension => {
  const cloud = openCloud(config, logger);
  const { enabled, host, all_tenants, interval } = config.nova;
  const discovery = enabled
    ? new InstanceDiscovery({ cloud, host, allTenants: all_tenants, interval: milliseconds(interval), clock, logger })
    : undefined;
  return {
    cloud,
    instances: discovery,
    get cloudDirectory() {
      if (!discovery) return undefined;
      return {
        age: discovery.age === undefined ? undefined : discovery.age / 1000,
        instances: discovery.instances.length,
      };
    },
    get condition() {
      return discovery?.condition;
    },
    probe: async () => [await probeCloud(cloud, discovery)],
    start: async () => discovery?.start(),
    shutdown: async () => {
      cloud.close();
      await discovery?.stop();
    },
  };
});

/** Keystone, and Nova where it is asked. */
async function probeCloud(cloud: OpenStackCloud, discovery: InstanceDiscovery | undefined): Promise<ProbeResult> {
  if (discovery) {
    const error = await discovery.refresh();
    if (error !== undefined) return { text: 'Nova cannot be read', error };
    const count = discovery.instances.length;
    return {
      text: `${accountText(await cloud.account())}; Nova lists ${counted(count, 'instance')}`,
      ...(count === 0
        ? {
            remark:
              'Without instances no sample is sent: look at nova.host, at the project, and at the rights of the account.',
          }
        : {}),
    };
  }
  try {
    await cloud.client('Keystone', 'identity').send('/v3/auth/catalog', { method: 'GET' });
    return { text: accountText(await cloud.account()) };
  } catch (error) {
    return { text: 'Keystone does not let us in', error };
  }
}

function accountText({ user, project, roles }: Awaited<ReturnType<OpenStackCloud['account']>>): string {
  const who = user === undefined ? '' : ` as ${user}`;
  const where = project === undefined ? '' : ` in project ${project}`;
  const rights = roles.length === 0 ? '' : ` with ${roles.length === 1 ? 'role' : 'roles'} ${roles.join(', ')}`;
  return `Keystone lets us in${who}${where}${rights}`;
}

function openCloud(config: Config, logger: ExtensionContext['logger']): OpenStackCloud {
  const { compute, metric } = config.endpoints ?? {};
  return new OpenStackCloud({
    ...(config.cloud === undefined ? {} : { cloud: config.cloud }),
    ...(config.auth ? { auth: authOf(config.auth) } : {}),
    ...(config.auth_type === undefined ? {} : { authType: config.auth_type }),
    ...(config.region === undefined ? {} : { region: config.region }),
    ...(config.interface === undefined ? {} : { interface: config.interface }),
    ...(config.tls ? { tls: tlsOptions(config.tls) } : {}),
    endpoints: {
      ...(compute === undefined ? {} : { compute }),
      ...(metric === undefined ? {} : { metric }),
    },
    logger,
  });
}

function authOf({
  password,
  password_file,
  application_credential_secret,
  application_credential_secret_file,
  token,
  ...names
}: z.output<typeof auth>): CloudAuth {
  return {
    ...names,
    password: secretOf(password, password_file),
    application_credential_secret: secretOf(application_credential_secret, application_credential_secret_file),
    token: secretOf(token, undefined),
  };
}

function secretOf(value: string | undefined, file: string | undefined): Secret | undefined {
  if (value !== undefined) return new Secret(value);
  return file === undefined ? undefined : new Secret(readPassword(file));
}

/** What is missing for an authentication given in the file; one of a clouds.yaml shows when it is read. */
function authProblem({ cloud, auth: keys, auth_type }: Config): string | undefined {
  if (keys?.password !== undefined && keys.password_file !== undefined) return 'has a password and a password_file';
  if (!keys || keys.auth_url === undefined || cloud !== undefined) return undefined;
  const { password_file, application_credential_secret_file, ...others } = keys;
  try {
    authenticationOf(
      {
        ...others,
        password: others.password ?? password_file,
        application_credential_secret: others.application_credential_secret ?? application_credential_secret_file,
      },
      auth_type,
      'auth',
    );
    return undefined;
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message.replace(/^auth: /, '');
    throw error;
  }
}

/** The extension that a component names, or the only one. */
export function openStackExtension(
  extensions: ReadonlyMap<string, Extension>,
  id: string | undefined,
): OpenStackExtension | undefined {
  const all = [...extensions].filter((entry): entry is [string, OpenStackExtension] => isOpenStack(entry[1]));
  // The configuration was checked: with several of them one is named.
  return id === undefined ? all[0]?.[1] : all.find(([name]) => name === id)?.[1];
}

function isOpenStack(extension: Extension): extension is OpenStackExtension {
  return 'cloud' in extension && extension.cloud instanceof OpenStackCloud;
}
