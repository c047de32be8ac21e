import type { WorkedExample } from './worked-example.ts';

/** An exporter that counts points. One that speaks a protocol has a room of its own beside `src/otlp/` for that. */
export const exporter: WorkedExample = {
  adds: 'an exporter',
  changes: [
    {
      file: 'collector/components/exporters/point-counter.ts',
      text: `import { z } from 'zod';
import { exporterComponent } from './exporter-component.ts';

const schema = z.strictObject({ label: z.string().default('points') });

/** Prints how many metrics a batch has. The keys of queue and retry come with every exporter. */
export const pointCounter = exporterComponent(schema, ({ label }, { print }) => ({
  exportBatch: async (resources) => {
    const metrics = resources.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
    print(\`\${label}: \${metrics.reduce((sum, { dataPoints }) => sum + dataPoints.length, 0)}\`);
  },
  shutdown: async () => undefined,
}));
`,
    },
    {
      file: 'collector/components/registry.ts',
      behind: "import { otlpHttp } from './exporters/otlp-http.ts';\n",
      insert: "import { pointCounter } from './exporters/point-counter.ts';\n",
    },
    {
      file: 'collector/components/registry.ts',
      behind: 'export const exporterComponents: Readonly<Record<string, ExporterComponent>> = {\n',
      insert: '  point_counter: pointCounter,\n',
    },
  ],
};
