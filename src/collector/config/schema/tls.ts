import { z } from 'zod';
import type { TlsOptions } from '../../../base/http/tls-options.ts';
import { flag, tlsVersion } from './values.ts';

/** `tls` of whatever connects to a server. */
export const clientTls = z.strictObject({
  ca_file: z.string().optional(),
  cert_file: z.string().optional(),
  key_file: z.string().optional(),
  server_name_override: z.string().optional(),
  min_version: tlsVersion.optional(),
  insecure_skip_verify: flag.default(false),
});

type TlsConfig = z.output<typeof clientTls> & { readonly ciphers?: string | undefined };

/** The same in the words of the code. */
export function tlsOptions(config: Partial<TlsConfig> = {}): TlsOptions {
  return {
    ...(config.ca_file === undefined ? {} : { caFile: config.ca_file }),
    ...(config.cert_file === undefined ? {} : { certFile: config.cert_file }),
    ...(config.key_file === undefined ? {} : { keyFile: config.key_file }),
    ...(config.server_name_override === undefined ? {} : { serverNameOverride: config.server_name_override }),
    ...(config.min_version === undefined ? {} : { minVersion: config.min_version }),
    ...(config.ciphers === undefined ? {} : { ciphers: config.ciphers }),
    insecureSkipVerify: config.insecure_skip_verify ?? false,
  };
}
