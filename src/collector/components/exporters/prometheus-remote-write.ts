import { z } from 'zod';
import { describeError, ExportError } from '../../../base/errors/errors.ts';
import { readPassword } from '../../../base/files/read-text-file.ts';
import { RemoteWriteExporter } from '../../../prometheus/remote-write/remote-write-exporter.ts';
import { clientTls, tlsOptions } from '../../config/schema/tls.ts';
import { countingNumber, headerValues, milliseconds, positiveDuration } from '../../config/schema/values.ts';
import { checkFormat, formatKeys, inFormat } from './ceilometer/ceilometer-format.ts';
import { exporterComponent } from './exporter-component.ts';

const schema = z.strictObject({
  endpoint: z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' }),
  external_labels: z
    .record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, { error: 'is no name of a label' }), z.string())
    .default({}),
  headers: headerValues.default({}),
  basic_auth: z
    .strictObject({
      username: z.string(),
      password: z.string().optional(),
      password_file: z.string().optional(),
    })
    .refine(({ password, password_file }) => (password === undefined) !== (password_file === undefined), {
      error: 'needs password or password_file, one of the two',
    })
    .optional(),
  bearer_token_file: z.string().optional(),
  tls: clientTls.optional(),
  timeout: positiveDuration.default('30s'),
  max_request_bytes: countingNumber.default(4 * 1024 * 1024),
  ...formatKeys,
});

type Authentication = Pick<z.output<typeof schema>, 'basic_auth' | 'bearer_token_file'>;

/** The time of each sample, and late ones as well: Prometheus, VictoriaMetrics, Mimir. */
export const prometheusRemoteWrite = exporterComponent(
  schema
    .refine(({ basic_auth, bearer_token_file }) => !basic_auth || bearer_token_file === undefined, {
      path: ['bearer_token_file'],
      error: 'there is basic_auth already: give one of the two',
    })
    .superRefine(checkFormat),
  (config, context) => {
    const { clock, staleAfter } = context;
    // What is not there now is a mistake; what goes later fails each request.
    secretsOf(config);
    const exporter = new RemoteWriteExporter({
      endpoint: config.endpoint,
      externalLabels: config.external_labels,
      headers: async () => ({ ...config.headers, ...authorization(config) }),
      ...(config.tls ? { tls: tlsOptions(config.tls) } : {}),
      timeout: milliseconds(config.timeout),
      maxRequestBytes: config.max_request_bytes,
      ...(staleAfter === undefined ? {} : { staleAfter }),
      clock,
    });
    return inFormat(config, context, exporter);
  },
);

/** Files are read for every request, so that a token may be replaced while the collector runs. */
function authorization(config: Authentication): Record<string, string> {
  try {
    return secretsOf(config);
  } catch (error) {
    throw new ExportError('POWERVM_EXPORT_DENIED', describeError(error), { cause: error });
  }
}

/** @throws {ConfigurationError} for a file */
function secretsOf({ basic_auth, bearer_token_file }: Authentication): Record<string, string> {
  if (bearer_token_file !== undefined) return { authorization: `Bearer ${readPassword(bearer_token_file)}` };
  if (basic_auth === undefined) return {};
  const { username, password = '', password_file } = basic_auth;
  const secret = password_file === undefined ? password : readPassword(password_file);
  return { authorization: `Basic ${Buffer.from(`${username}:${secret}`).toString('base64')}` };
}
