/** A program that has OpenTelemetry already: what it has installed, and the Nodes that its packages allow. */
export interface Host {
  readonly name: string;
  /** Installed before otel-powervm, with exactly these versions or ranges. */
  readonly packages: readonly string[];
  readonly nodes: readonly NodeLine[];
  /** Whether it starts OpenTelemetry with `NodeSDK`. */
  readonly usesNodeSdk: boolean;
  /** An example that needs what this host has, and what it needs beside that. */
  readonly example?: { readonly file: string; readonly packages: readonly string[] };
  /** Whether it is compiled in every way, and by the older TypeScript as well; the others only as `nodenext`. */
  readonly isCompiledInEveryWay?: boolean;
}

export type NodeLine = '20' | '22' | '24';

/** The oldest Node that we promise, and later lines of long-term support. */
export const nodeVersions: Readonly<Record<NodeLine, string>> = { '20': '20.19.0', '22': '22.23.3', '24': '24.21.0' };

const ALL: readonly NodeLine[] = ['20', '22', '24'];
/** SDK 3 needs Node 22.15. */
const NEWER: readonly NodeLine[] = ['22', '24'];

function plain(name: string, api: string, sdk: string, exporter: string, nodes: readonly NodeLine[]): Host {
  const packages = [
    `@opentelemetry/api@${api}`,
    `@opentelemetry/sdk-metrics@${sdk}`,
    `@opentelemetry/exporter-metrics-otlp-http@${exporter}`,
  ];
  return { name, packages, nodes, usesNodeSdk: false };
}

function nodeSdk(name: string, api: string, sdk: string, nodes: readonly NodeLine[]): Host {
  const packages = [
    `@opentelemetry/api@${api}`,
    `@opentelemetry/sdk-node@${sdk}`,
    `@opentelemetry/exporter-metrics-otlp-http@${sdk}`,
  ];
  return { name, packages, nodes, usesNodeSdk: true, example: { file: 'sdk-node.ts', packages: [] } };
}

/** Each end of what package.json promises, the lines between, and both lines of `sdk-node`. */
export const hosts: readonly Host[] = [
  plain('SDK 2.0.0 with API 1.9.0', '1.9.0', '2.0.0', '0.200.0', ALL),
  plain('SDK 2.11.0', '1.9.1', '2.11.0', '0.222.0', ALL),
  { ...plain('newest SDK 2', '~1.9.0', '^2.0.0', '>=0.200.0 <0.300.0', ALL), isCompiledInEveryWay: true },
  {
    ...plain('newest SDK 3', '^1.10.0', '^3.0.0', '>=0.300.0 <0.400.0', NEWER),
    isCompiledInEveryWay: true,
    example: { file: 'fastify.ts', packages: ['fastify@5'] },
  },
  nodeSdk('sdk-node of SDK 2', '1.9.1', '0.223.0', ALL),
  nodeSdk('sdk-node of SDK 3', '^1.10.0', '>=0.300.0 <0.400.0', NEWER),
];
