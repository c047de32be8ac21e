import os from 'node:os';
import { z } from 'zod';
import { readPassword } from '../../../base/files/read-text-file.ts';
import { Secret } from '../../../base/secrets/secret.ts';
import { clientTls, tlsOptions } from '../../config/schema/tls.ts';
import { duration, milliseconds } from '../../config/schema/values.ts';
import { EtcdExtension } from '../../fleet/etcd-extension.ts';
import { extensionComponent } from './extension-component.ts';

const endpoint = z.url({ protocol: /^https?$/, error: 'must be http(s)://host[:port]' });

const leaseTime = duration.refine((text) => milliseconds(text) >= 2_000 && milliseconds(text) <= 600_000, {
  error: 'must be between 2s and 10m',
});

const schema = z
  .strictObject({
    endpoints: z.array(endpoint).min(1, { error: 'must name at least one member of etcd' }),
    tls: clientTls.optional(),
    username: z.string().min(1).optional(),
    password: z.string().optional(),
    password_file: z.string().optional(),
    prefix: z.string().min(1).max(200).default('otel-powervm/'),
    lease_ttl: leaseTime.default('15s'),
    instance_id: z.string().min(1).max(200).optional(),
    session_key: z.string().min(16, { error: 'must have 16 characters at least' }).optional(),
    session_key_file: z.string().optional(),
  })
  .superRefine(({ username, password, password_file, session_key, session_key_file }, { addIssue }) => {
    const hasPassword = password !== undefined || password_file !== undefined;
    const add = (path: string, message: string) => addIssue({ code: 'custom', path: [path], message });
    if (password !== undefined && password_file !== undefined) add('password_file', 'there is a password already');
    if (hasPassword !== (username !== undefined)) add('username', 'user name and password belong together');
    if (session_key !== undefined && session_key_file !== undefined) {
      add('session_key_file', 'there is a session_key already');
    }
  });

/** Where the collectors of a fleet agree on who reads what. */
export const etcd = extensionComponent(schema, (config, { logger }) => {
  const secretOf = (text: string | undefined, file: string | undefined) => {
    const secret = file === undefined ? text : readPassword(file);
    return secret === undefined ? undefined : new Secret(secret);
  };
  return new EtcdExtension({
    etcd: {
      endpoints: config.endpoints,
      tls: tlsOptions(config.tls),
      username: config.username,
      password: secretOf(config.password, config.password_file),
    },
    prefix: config.prefix.endsWith('/') ? config.prefix : `${config.prefix}/`,
    leaseTime: milliseconds(config.lease_ttl),
    name: config.instance_id ?? os.hostname(),
    sessionKey: secretOf(config.session_key, config.session_key_file),
    logger,
  });
});
