import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * Packages that synchronous functions need now and then: `import()` would make them asynchronous, and an import at the top
 * would be paid by everybody who imports the package (`npm run bench:import`).
 */
export function requireYaml(): typeof import('yaml') {
  return require('yaml');
}

export function requireMessagePack(): typeof import('@msgpack/msgpack') {
  return require('@msgpack/msgpack');
}

export function requireXmlParser(): typeof import('fast-xml-parser') {
  return require('fast-xml-parser');
}

export function requireZod(): typeof import('zod') {
  return require('zod');
}

/** An optional peer. @throws Node's `MODULE_NOT_FOUND` where it is not installed */
export function requireGrpc(): typeof import('@grpc/grpc-js') {
  return require('@grpc/grpc-js');
}
