import type { ServerStatus } from './report/pages.ts';

/** What a server says of itself. */
export async function serverStatus(port: number): Promise<ServerStatus> {
  return (await (await fetch(`http://127.0.0.1:${port}/status.json`)).json()) as ServerStatus;
}
