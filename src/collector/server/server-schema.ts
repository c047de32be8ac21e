import { z } from 'zod';
import { Secret } from '../../base/secrets/secret.ts';
import type { BoundedServerOptions } from './bounded-server.ts';

const tls = z.strictObject({
  cert_file: z.string(),
  key_file: z.string(),
  client_ca_file: z.string().optional(),
});

const auth = z.strictObject({ token: z.string().min(16, { error: 'must have at least 16 characters' }) });

/** Keys that every page of the collector has: where it listens, and who may come in. */
export const serverKeys = { tls: tls.optional(), auth: auth.optional() };

interface ServerConfig {
  readonly endpoint: string;
  readonly tls?: z.output<typeof tls> | undefined;
  readonly auth?: z.output<typeof auth> | undefined;
}

export function serverOptions({ endpoint, tls: certificates, auth: guard }: ServerConfig): BoundedServerOptions {
  return {
    endpoint,
    ...(certificates === undefined
      ? {}
      : {
          tls: {
            certFile: certificates.cert_file,
            keyFile: certificates.key_file,
            clientCaFile: certificates.client_ca_file,
          },
        }),
    ...(guard === undefined ? {} : { token: new Secret(guard.token) }),
  };
}
