import { randomUUID } from 'node:crypto';

/** Header fields of a notification. */
export interface NotificationForm {
  readonly publisherId: string;
  readonly eventType: string;
  /** Whether the payload is `{"samples": [...]}`, as from a polling agent, or a bare list, as from a pipeline. */
  readonly isPolling: boolean;
}

/** What a polling agent says. */
export const pollingForm: NotificationForm = {
  publisherId: 'ceilometer.polling',
  eventType: 'telemetry.polling',
  isPolling: true,
};

/** What the notifier publisher of a pipeline on `host` says. */
export function pipelineForm(host: string): NotificationForm {
  return { publisherId: `telemetry.publisher.${host}`, eventType: 'metering', isPolling: false };
}

/**
 * The body of an oslo.messaging notification of priority SAMPLE, in the envelope of version 2.0
 * (docs/reference/openstack-formats.md#notification). Call it for every try: a receiver never acknowledges an id that
 * it has seen, and stands still after a hundred of them.
 * @param messages samples as JSON, of {@link MeterMessageWriter}
 * @param now milliseconds since 1970
 */
export function notificationBody(messages: readonly string[], form: NotificationForm, now: number): Buffer {
  const list = `[${messages.join(',')}]`;
  const head = JSON.stringify({
    message_id: randomUUID(),
    publisher_id: form.publisherId,
    event_type: form.eventType,
    priority: 'SAMPLE',
  }).slice(0, -1);
  const tail = JSON.stringify({
    timestamp: `${new Date(now).toISOString().slice(0, -1).replace('T', ' ')}000`,
    _unique_id: randomUUID().replaceAll('-', ''),
  }).slice(1);
  const message = `${head},"payload":${form.isPolling ? `{"samples":${list}}` : list},${tail}`;
  return Buffer.from(JSON.stringify({ 'oslo.version': '2.0', 'oslo.message': message }));
}
