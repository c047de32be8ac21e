import { z } from 'zod';
import { EtcdError } from './errors.ts';
import { type CallOptions, EtcdGateway, type EtcdOptions } from './gateway.ts';
import {
  alarmAnswer,
  encode,
  type KeyValue,
  keepAliveAnswer,
  leaseAnswer,
  rangeAnswer,
  rangeEnd,
  statusAnswer,
  txnAnswer,
  watchAnswer,
} from './wire.ts';

/** What must hold for a transaction to be done. */
export interface Guard {
  readonly key: string;
  /** Of the life of the key; `0`: there must be no such key. */
  readonly createRevision: string;
}

export type Change =
  | { readonly put: string; readonly value: string; readonly lease?: string | undefined }
  | { readonly remove: string };

export interface TransactionResult {
  readonly succeeded: boolean;
  readonly revision: string;
  /** What the keys of the guards were like, when it did not succeed. */
  readonly found: readonly KeyValue[];
}

export interface Lease {
  readonly id: string;
  /** Seconds, as etcd grants them: it has a least time. */
  readonly ttl: number;
}

export interface KeyChange {
  readonly type: 'PUT' | 'DELETE';
  readonly kv: KeyValue;
}

/** How a member of the cluster is doing. */
export interface EtcdMemberStatus {
  readonly endpoint: string;
  readonly version: string;
  readonly hasLeader: boolean;
  /** Bytes. */
  readonly databaseSize: number;
  readonly errors: readonly string[];
}

/**
 * etcd by its JSON gateway, as far as a fleet needs it: ranges, guarded transactions, leases, watches. Reads are
 * linearizable. Transactions may be done twice when a member dies before its response; their guards have to make that
 * harmless.
 */
export class EtcdClient {
  readonly #gateway: EtcdGateway;

  constructor(options: EtcdOptions) {
    this.#gateway = new EtcdGateway(options);
  }

  /** All keys that begin with a prefix, and the revision at which it was so. */
  async list(
    prefix: string,
    options?: CallOptions,
  ): Promise<{ readonly keys: readonly KeyValue[]; readonly revision: string }> {
    const question = { key: encode(prefix), range_end: rangeEnd(prefix) };
    const { kvs, header } = await this.#gateway.call('kv/range', question, rangeAnswer, options);
    return { keys: kvs, revision: header.revision };
  }

  async get(key: string, options?: CallOptions): Promise<KeyValue | undefined> {
    const { kvs } = await this.#gateway.call('kv/range', { key: encode(key) }, rangeAnswer, options);
    return kvs[0];
  }

  /** All changes or none, when every guard holds. */
  async commit(
    guards: readonly Guard[],
    changes: readonly Change[],
    options?: CallOptions,
  ): Promise<TransactionResult> {
    const question = {
      compare: guards.map(({ key, createRevision }) => ({
        key: encode(key),
        target: 'CREATE',
        result: 'EQUAL',
        create_revision: createRevision,
      })),
      success: changes.map((change) =>
        'put' in change
          ? {
              request_put: {
                key: encode(change.put),
                value: encode(change.value),
                ...(change.lease === undefined ? {} : { lease: change.lease }),
              },
            }
          : { request_delete_range: { key: encode(change.remove) } },
      ),
      failure: guards.map(({ key }) => ({ request_range: { key: encode(key) } })),
    };
    const { succeeded, header, responses } = await this.#gateway.call('kv/txn', question, txnAnswer, options);
    return {
      succeeded,
      revision: header.revision,
      found: succeeded ? [] : responses.flatMap(({ response_range }) => response_range?.kvs ?? []),
    };
  }

  async grantLease(seconds: number, options?: CallOptions): Promise<Lease> {
    const { ID, TTL } = await this.#gateway.call('lease/grant', { TTL: String(seconds) }, leaseAnswer, options);
    return { id: ID, ttl: Number(TTL) };
  }

  /**
   * @returns seconds that the lease has from now
   * @throws {EtcdError} `POWERVM_ETCD_LEASE_LOST` when it is over
   */
  async keepAlive(lease: string, options?: CallOptions): Promise<number> {
    const { result } = await this.#gateway.call('lease/keepalive', { ID: lease }, keepAliveAnswer, options);
    const ttl = Number(result.TTL);
    if (ttl > 0) return ttl;
    throw new EtcdError('POWERVM_ETCD_LEASE_LOST', 'the lease is over: it was not renewed in time', {
      context: { lease },
    });
  }

  /** With it all keys go that hang on it. */
  async revokeLease(lease: string, options?: CallOptions): Promise<void> {
    await this.#gateway.call('lease/revoke', { ID: lease }, z.unknown(), options);
  }

  /**
   * Reports every change of keys that begin with a prefix, until the stream ends: then it rejects, and whoever wants to
   * continue looks first at what is there now.
   * @param onStart called with the revision from which on nothing is missed
   */
  async watch(
    prefix: string,
    onChanges: (changes: readonly KeyChange[]) => void,
    signal: AbortSignal,
    onStart: (revision: string) => void = () => undefined,
  ): Promise<never> {
    // Progress distinguishes a stream that is quiet from one whose other end is gone.
    const create = { key: encode(prefix), range_end: rangeEnd(prefix), progress_notify: true };
    await this.#gateway.stream(
      'watch',
      { create_request: create },
      (line) => {
        const message = watchAnswer.safeParse(JSON.parse(line));
        if (!message.success) return;
        const { header, events, created, canceled } = message.data.result;
        if (events.length > 0) onChanges(events);
        else if (created && !canceled) onStart(header.revision);
      },
      signal,
    );
    throw new EtcdError('POWERVM_ETCD_UNAVAILABLE', 'etcd has ended the watch');
  }

  /** Every member of the configuration by itself; one that does not answer is an error in its place. */
  statuses(): Promise<readonly PromiseSettledResult<EtcdMemberStatus>[]> {
    return Promise.allSettled(
      this.#gateway.endpoints.map(async (endpoint) => {
        const status = await this.#gateway.callAt(endpoint, 'maintenance/status', {}, statusAnswer);
        return {
          endpoint,
          version: status.version,
          hasLeader: status.leader !== '0',
          databaseSize: Number(status.dbSize),
          errors: status.errors,
        };
      }),
    );
  }

  /** `NOSPACE`, `CORRUPT`: what keeps etcd from taking anything new. */
  async alarms(): Promise<readonly string[]> {
    const { alarms } = await this.#gateway.call('maintenance/alarm', { action: 'GET' }, alarmAnswer);
    return alarms.map(({ alarm }) => alarm);
  }

  close(): void {
    this.#gateway.close();
  }
}
