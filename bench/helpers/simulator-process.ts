/** A simulated console in a process of its own, so that its work is not measured. Its clock moves by a message. */
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
/** Its list of requests is bounded, so that its length alone would not do. */
let requests = 0;
let counted: (typeof simulator.requests)[number] | undefined;
function nextAfter(request: typeof counted) {
  return simulator.requests[request ? simulator.requests.lastIndexOf(request) + 1 : 0];
}
await simulator.start();
process.on('message', (milliseconds: number) => {
  now += milliseconds;
  for (; counted !== simulator.requests.at(-1); requests += 1) counted = nextAfter(counted);
  process.send?.({ now, requests, sessions: simulator.sessions.active });
});
process.send?.({
  url: simulator.url,
  username: simulator.username,
  password: simulator.password,
  systemId: simulator.systems[0]?.id,
});
