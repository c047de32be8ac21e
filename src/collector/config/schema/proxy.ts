import { getProxyForUrl } from 'proxy-from-env';
import { z } from 'zod';
import { readPassword } from '../../../base/files/read-text-file.ts';
import type { ProxyOptions } from '../../../base/http/proxy-tunnel.ts';
import { Secret } from '../../../base/secrets/secret.ts';
import { flag } from './values.ts';

/** `proxy` of a console. The environment is looked at on explicit wish only: its proxies are often meant for others. */
export const proxySchema = z
  .strictObject({
    url: z.string().optional(),
    username: z.string().optional(),
    password: z.string().optional(),
    password_file: z.string().optional(),
    from_environment: flag.default(false),
  })
  .superRefine((value, context) => {
    const problem = proxyProblem(value);
    if (problem) context.addIssue({ code: 'custom', ...problem });
  });

type ProxyConfig = z.output<typeof proxySchema>;

/** How to go to `endpoint`; undefined without a proxy. */
export function proxyOptions(config: ProxyConfig | undefined, endpoint: string): ProxyOptions | undefined {
  if (!config) return undefined;
  if (config.from_environment) return proxyOfEnvironment(endpoint);
  const { url = '', username, password, password_file } = config;
  const secret = password_file === undefined ? password : readPassword(password_file);
  return {
    url,
    ...(username === undefined ? {} : { username }),
    ...(secret === undefined ? {} : { password: new Secret(secret) }),
  };
}

/** HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, in either case. */
function proxyOfEnvironment(endpoint: string): ProxyOptions | undefined {
  const text = getProxyForUrl(endpoint);
  if (!URL.canParse(text)) return undefined;
  const { protocol, host, username, password } = new URL(text);
  return {
    url: `${protocol}//${host}`,
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: new Secret(decodeURIComponent(password)) }),
  };
}

interface ProxyChoices {
  readonly url?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly password_file?: string | undefined;
  readonly from_environment: boolean;
}

function proxyProblem(value: ProxyChoices): { path: string[]; message: string } | undefined {
  if (value.from_environment) {
    return value.url === undefined
      ? undefined
      : { path: ['url'], message: 'the proxy comes either from here or from the environment' };
  }
  if (value.url === undefined) return { path: [], message: 'needs a url: http://host[:port], or from_environment' };
  if (!/^https?:\/\/[^/]/i.test(value.url) || !URL.canParse(value.url)) {
    return { path: ['url'], message: 'must be http://host[:port] or https://host[:port]' };
  }
  const { username, password } = new URL(value.url);
  if (username !== '' || password !== '') {
    return { path: ['url'], message: 'must not contain a password: use username and password beside it' };
  }
  if (value.password !== undefined && value.password_file !== undefined) {
    return { path: ['password_file'], message: 'there is a password already: give one of the two' };
  }
  return undefined;
}
