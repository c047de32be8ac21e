import type { z } from 'zod';

/** A kind of component: how its configuration looks, and how one is made of it. */
export interface Component<Made, Context> {
  readonly schema: z.ZodType;
  /** @param config accepted by the schema */
  readonly create: (config: unknown, context: Context) => Made;
}

/** Ties a schema and the code that takes what it accepts together. */
export function component<Schema extends z.ZodType, Made, Context>(
  schema: Schema,
  create: (config: z.output<Schema>, context: Context) => Made,
): Component<Made, Context> {
  return { schema, create: (config, context) => create(schema.parse(config), context) };
}
