import path from 'node:path';
import { isAnswering } from './ports.ts';
import { Service } from './service.ts';

interface WebServiceOptions {
  readonly processes?: number;
  readonly threads?: number;
  /** Whose packages it has instead of Debian's. */
  readonly virtualEnvironment?: string;
}

/** A Python application behind uWSGI, as Debian's packages run theirs. The application is in {@link applicationFile}. */
export function webService(
  name: string,
  directory: string,
  port: number,
  { processes = 1, threads = 4, virtualEnvironment }: WebServiceOptions = {},
): Service {
  const options = ['--master', '--enable-threads', '--lazy-apps', '--die-on-term', '--no-orphans', '--need-app'];
  const workers = [`--processes=${processes}`, `--threads=${threads}`];
  const python = virtualEnvironment === undefined ? [] : [`--virtualenv=${virtualEnvironment}`];
  // On a busy machine a request may take more than the four seconds that uWSGI waits for the rest of it.
  const limits = ['--buffer-size=65535', '--socket-timeout=120', '--add-header=Connection: close'];
  const application = `--wsgi-file=${applicationFile(name, directory)}`;
  return new Service({
    name,
    directory,
    command: [
      'uwsgi_python3',
      `--http-socket=127.0.0.1:${port}`,
      ...options,
      ...workers,
      ...python,
      ...limits,
      application,
    ],
    isReady: () => isAnswering(`http://127.0.0.1:${port}/`),
  });
}

export function applicationFile(name: string, directory: string): string {
  return path.join(directory, `${name}-application.py`);
}
