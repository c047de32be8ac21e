import type { WorkedExample } from './worked-example.ts';

/** `otel-powervm units`: every unit of the catalog. Help and completion follow by themselves. */
export const verb: WorkedExample = {
  adds: 'a verb',
  changes: [
    {
      file: 'cli/units.ts',
      text: `import { listMetrics } from '../metrics/index.ts';
import { type ExitCode, exitCodes } from './terminal/exit-code.ts';
import type { Terminal } from './terminal/terminal.ts';

/** Every unit of the catalog. */
export async function units(terminal: Terminal): Promise<ExitCode> {
  for (const unit of new Set(listMetrics().map((metric) => metric.unit))) terminal.print(unit);
  return exitCodes.done;
}
`,
    },
    {
      file: 'cli/program.ts',
      behind: "  const group = (name: string) => program.command(name).helpGroup('Collect:');\n",
      insert: `  group('units')
    .description('the units of the catalog')
    .action(() => execute(async () => (await import('./units.ts')).units(terminal)));
`,
    },
  ],
};
