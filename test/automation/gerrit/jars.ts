import os from 'node:os';
import path from 'node:path';

/** Gerrit's jar files outlive a run: Maven Central is asked once a machine. */
export const GERRIT_JARS = path.join(os.tmpdir(), 'otel-powervm-gerrit-jars-3.10.0');
