// Inside the sandbox, while a suite is prepared: hands what comes to 127.0.0.1:3128 to the proxy of the server, which is
// the only thing of the machine that can be reached, by a UNIX socket. Then runs the command that it is given.
import { spawn } from 'node:child_process';
import net from 'node:net';

const server = net.createServer((incoming) => {
  const outgoing = net.connect('/proxy.sock');
  incoming.pipe(outgoing).pipe(incoming);
  incoming.on('error', () => outgoing.destroy());
  outgoing.on('error', () => incoming.destroy());
});
server.listen(3128, '127.0.0.1', () => {
  const child = spawn('sh', ['-c', process.argv[2] ?? ''], { stdio: ['ignore', 'inherit', 'inherit'] });
  child.once('close', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
});
