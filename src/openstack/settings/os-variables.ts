import { type CloudEntry, type CloudEnvironment, present } from './cloud-entry.ts';

/** OS_PROJECT_NAME is `auth.project_name`, and so on; older names of the same as well. */
export function entryOfVariables(variables: CloudEnvironment['variables']): CloudEntry {
  const variable = (...names: string[]) =>
    names.map((name) => variables[`OS_${name}`]).find((value) => value !== undefined && value !== '');
  const defaultDomain = { name: variable('DEFAULT_DOMAIN_NAME'), id: variable('DEFAULT_DOMAIN') };
  return {
    auth: present({
      auth_url: variable('AUTH_URL'),
      username: variable('USERNAME', 'USER_NAME'),
      user_id: variable('USER_ID'),
      password: variable('PASSWORD'),
      user_domain_name: variable('USER_DOMAIN_NAME') ?? defaultDomain.name,
      user_domain_id: variable('USER_DOMAIN_ID') ?? defaultDomain.id,
      project_name: variable('PROJECT_NAME', 'TENANT_NAME'),
      project_id: variable('PROJECT_ID', 'TENANT_ID'),
      project_domain_name: variable('PROJECT_DOMAIN_NAME') ?? defaultDomain.name,
      project_domain_id: variable('PROJECT_DOMAIN_ID') ?? defaultDomain.id,
      domain_name: variable('DOMAIN_NAME'),
      domain_id: variable('DOMAIN_ID'),
      system_scope: variable('SYSTEM_SCOPE'),
      application_credential_id: variable('APPLICATION_CREDENTIAL_ID'),
      application_credential_name: variable('APPLICATION_CREDENTIAL_NAME'),
      application_credential_secret: variable('APPLICATION_CREDENTIAL_SECRET'),
      token: variable('TOKEN', 'AUTH_TOKEN'),
    }),
    ...present({
      auth_type: variable('AUTH_TYPE'),
      region_name: variable('REGION_NAME'),
      interface: variable('INTERFACE', 'ENDPOINT_TYPE'),
      cacert: variable('CACERT'),
      cert: variable('CERT'),
      key: variable('KEY'),
      verify: /^(1|true|yes)$/i.test(variable('INSECURE') ?? '') ? false : undefined,
      compute_endpoint_override: variable('COMPUTE_ENDPOINT_OVERRIDE'),
      metric_endpoint_override: variable('METRIC_ENDPOINT_OVERRIDE'),
    }),
  };
}
