/**
 * Tests a client of the HMC's REST API without an HMC: here a few lines of `fetch`, in your test the client that you have.
 *
 *     npx tsx examples/test-your-client.ts
 */
import { PowerVmSimulator } from 'otel-powervm/simulator';

const simulator = new PowerVmSimulator({
  systems: 1,
  lpars: 12,
  // The first request for the inventory fails, as from a console that has just been started.
  scenario: { faults: [{ requests: ['inventory'], count: 1, status: 503 }] },
});
await simulator.start();
try {
  const systems = await managedSystems(simulator.url, simulator.username, simulator.password);
  console.log(`the client found ${systems.join(', ')}`);
} finally {
  const [seen] = simulator.requestLog;
  console.log('the console saw', seen?.requests, seen?.statuses, `open sessions: ${simulator.sessions.active}`);
  await simulator.stop();
}

/** The client under test. */
async function managedSystems(url: string, user: string, password: string): Promise<readonly string[]> {
  const logon = await fetch(`${url}/rest/api/web/Logon`, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/vnd.ibm.powervm.web+xml; type=LogonRequest' },
    body: `<LogonRequest xmlns="http://www.ibm.com/xmlns/systems/power/firmware/web/mc/2012_10/" schemaVersion="V1_0">
      <UserID>${user}</UserID><Password>${password}</Password></LogonRequest>`,
  });
  // Consoles break the token into lines, and so does the simulator: without this the next request has an invalid header.
  const token = (/<X-API-Session[^>]*>([^<]+)/.exec(await logon.text())?.[1] ?? '').replaceAll(/\s/g, '');
  const headers = { 'X-API-Session': token };
  try {
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      const response = await fetch(`${url}/rest/api/uom/ManagedSystem/quick/All`, { headers });
      if (response.status === 503) continue;
      const systems: readonly { readonly SystemName: string }[] = JSON.parse(await response.text());
      return systems.map(({ SystemName }) => SystemName);
    }
    throw new Error('the console stays busy');
  } finally {
    await fetch(`${url}/rest/api/web/Logon`, { method: 'DELETE', headers });
  }
}
