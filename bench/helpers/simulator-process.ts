/** A simulated console in a process of its own, so that its work is not measured. Its clock moves when it is told to. */
import { PowerVmSimulator } from '../../src/simulator/index.ts';

const [lpars = '1000', vioses = '4'] = process.argv.slice(2);
let now = Date.parse('2026-03-04T12:00:10Z');
const simulator = new PowerVmSimulator({
  lpars: Number(lpars),
  vioses: Number(vioses),
  guestMemory: true,
  energy: false,
  now: () => now,
});
await simulator.start();
process.on('message', (milliseconds: number) => {
  now += milliseconds;
  process.send?.({ now, requests: simulator.requests.length });
});
process.send?.({
  url: simulator.url,
  username: simulator.username,
  password: simulator.password,
  systemId: simulator.systems[0]?.id,
});
