import { Secret } from '../../../src/base/secrets/secret.ts';
import { type CloudAuth, OpenStackCloud } from '../../../src/openstack/index.ts';
import { afterThisTest } from '../../helpers/console.ts';
import { PASSWORD } from './settings.ts';

const ACCOUNT = {
  username: 'ceilometer',
  project_name: 'service',
  user_domain_name: 'Default',
  project_domain_name: 'Default',
} as const;

/** The account that the cloud has for the product. */
export function serviceAuth(keystone: string): CloudAuth {
  return { auth_url: keystone, password: new Secret(PASSWORD), ...ACCOUNT };
}

/** That account as the value of `auth` in a configuration file. */
export function serviceAuthConfig(keystone: string): string {
  return JSON.stringify({ auth_url: keystone, password: PASSWORD, ...ACCOUNT });
}

/** The way into the cloud with that account, until the end of this test. */
export function openServiceCloud(keystone: string): OpenStackCloud {
  const cloud = new OpenStackCloud({ auth: serviceAuth(keystone) });
  afterThisTest(async () => cloud.close());
  return cloud;
}
