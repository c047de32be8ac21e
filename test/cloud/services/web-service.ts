import path from 'node:path';
import { isAnswering } from './ports.ts';
import { Service } from './service.ts';

/** A Python application behind uWSGI, as Debian's packages run theirs. The application is in {@link applicationFile}. */
export function webService(
  name: string,
  directory: string,
  port: number,
  { processes, threads }: { readonly processes: number; readonly threads: number } = { processes: 1, threads: 4 },
): Service {
  const options = ['--master', '--enable-threads', '--lazy-apps', '--die-on-term', '--no-orphans', '--need-app'];
  const workers = [`--processes=${processes}`, `--threads=${threads}`];
  const limits = ['--buffer-size=65535', '--add-header=Connection: close'];
  const application = `--wsgi-file=${applicationFile(name, directory)}`;
  return new Service({
    name,
    directory,
    command: ['uwsgi_python3', `--http-socket=127.0.0.1:${port}`, ...options, ...workers, ...limits, application],
    isReady: () => isAnswering(`http://127.0.0.1:${port}/`),
  });
}

export function applicationFile(name: string, directory: string): string {
  return path.join(directory, `${name}-application.py`);
}
