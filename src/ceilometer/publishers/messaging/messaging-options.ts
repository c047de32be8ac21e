import { type TlsOptions, tlsRules } from '../../../base/http/tls-options.ts';
import { flag, fullText, group, type OptionRules, secret, wholeNumber } from '../../../base/options/option-rules.ts';
import type { Secret } from '../../../base/secrets/secret.ts';

/** How notifications go to the message broker: the options of oslo.messaging, with its names in brackets. */
export interface MessagingOptions {
  /** `[DEFAULT] transport_url`: `rabbit://user:password@host1,host2/vhost`. Needed by `notifier://` without a host. */
  readonly transportUrl?: Secret;
  /** `[DEFAULT] control_exchange`. Default `ceilometer`. */
  readonly controlExchange?: string;
  /** `amqp_durable_queues`: how exchange and queue are made where there are none. Default false. */
  readonly durableQueues?: boolean;
  /** `rabbit_quorum_queue`: likewise; quorum queues are durable. Default false. */
  readonly quorumQueue?: boolean;
  /** `ssl` and what belongs to it; `undefined` is clear text. */
  readonly tls?: TlsOptions;
  /** `heartbeat_timeout_threshold`, seconds. Default 60; 0 for none. */
  readonly heartbeat?: number;
  /** `[polling] batch_size`: samples in one message. Default 50; 0 for one. */
  readonly batchSize?: number;
}

export const messagingRules: OptionRules<MessagingOptions> = {
  transportUrl: secret,
  controlExchange: fullText,
  durableQueues: flag,
  quorumQueue: flag,
  tls: group<TlsOptions>(tlsRules),
  // AMQP has two bytes for it.
  heartbeat: wholeNumber(0, 65_535),
  batchSize: wholeNumber(0),
};
