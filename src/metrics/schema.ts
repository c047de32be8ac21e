/** The version of the semantic conventions that our attributes follow where there is one for them. */
export const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.37.0';
