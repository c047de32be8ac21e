export { Collector } from './collector.ts';
export { parseDuration } from './config/duration.ts';
export { type CollectorConfig, loadConfig, parseConfig } from './config/load-config.ts';
export { printConfig } from './config/print-config.ts';
export { InvalidConfiguration } from './config/problem.ts';
export type { ReceiverConfig } from './config/receiver-schema.ts';
export { openConsole, readPassword } from './console-options.ts';
export { createReplay, createSimulator } from './create-simulator.ts';
export { partitionPredicate, systemPredicate } from './filters.ts';
